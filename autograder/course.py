"""One course folder as nbgrader sees it: configuration, folders, gradebook, submissions."""

import glob
import os
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import GenerateAssignment, NbGraderException
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

CONFIG = "nbgrader_config.py"


class CourseError(Exception):
    """What keeps a command from being done, and what to type instead."""


@dataclass(frozen=True)
class Course:
    """A course folder with an `nbgrader_config.py`."""

    config: Config
    directory: CourseDirectory

    @classmethod
    def load(cls, folder: Path) -> "Course":
        """Load the course.

        Raises CourseError when the folder is no course.
        """
        folder = folder.resolve()
        if not (folder / CONFIG).is_file():
            raise CourseError(
                f"{folder} holds no {CONFIG}, so it is no course folder: "
                "go to the course's folder, or name it with --course DIR."
            )
        find_own_programs()
        config = PyFileConfigLoader(CONFIG, path=str(folder)).load_config()
        root = config.CourseDirectory.get("root", str(folder))
        return cls(config, CourseDirectory(config=config, root=str(root)))

    @property
    def db_url(self) -> str:
        return str(self.directory.db_url)

    def folder(self, step: str, student: str, assignment: str) -> Path:
        """Return a folder of the course; `step` is nbgrader's: source, submitted, autograded, …"""
        name = getattr(self.directory, f"{step}_directory")
        return Path(self.directory.format_path(name, student, assignment))

    def students(self, assignment: str) -> list[str]:
        """List who handed in a folder for the assignment."""
        pattern = self.folder("submitted", "*", assignment)
        matcher = re.compile(
            self.directory.format_path(
                self.directory.submitted_directory, "(?P<student>[^/]*)", assignment, escape=True
            )
        )
        found = (matcher.fullmatch(path) for path in glob.glob(str(pattern)) if os.path.isdir(path))
        return sorted(match["student"] for match in found if match)

    def assignments(self) -> list[str]:
        """List the assignments that have a source."""
        pattern = str(self.folder("source", ".", "*") / "*.ipynb")
        return sorted({Path(path).parent.name for path in glob.glob(pattern)})

    def notebooks(self, assignment: str) -> list[str]:
        """List the notebooks that the gradebook has of the assignment; empty when it has none."""
        with Gradebook(self.db_url, self.directory.course_id) as gradebook:
            try:
                return sorted(nb.name for nb in gradebook.find_assignment(assignment).notebooks)
            except MissingEntry:
                return []

    def require(self, assignment: str) -> list[str]:
        """Return the assignment's notebooks, registered from their source if need be.

        Raises CourseError for an assignment that does not exist.
        """
        found = self.notebooks(assignment)
        if found:
            return found
        if assignment not in self.assignments():
            raise CourseError(self._no_such(assignment))
        with tempfile.TemporaryDirectory() as scratch:
            self.release(assignment, Path(scratch))
        return self.notebooks(assignment)

    def release(self, assignment: str, to: Path | None = None) -> None:
        """Register the assignment in the gradebook and write the student's version, by nbgrader.

        Raises CourseError when nbgrader cannot.
        """
        if assignment not in self.assignments():
            raise CourseError(self._no_such(assignment))
        directory = self.directory_of(assignment)
        if to is not None:
            directory.release_directory = str(to)
        config = self.config.copy()
        config.BaseConverter.force = True
        try:
            GenerateAssignment(coursedir=directory, config=config).start()
        except NbGraderException as error:
            raise CourseError(
                f"nbgrader could not release {assignment}: {error}. "
                f"Run `nbgrader generate_assignment {assignment} --force` to see its whole log."
            ) from error

    def directory_of(self, assignment: str) -> CourseDirectory:
        """Return a CourseDirectory that nbgrader's converters may change."""
        return CourseDirectory(
            config=self.config, root=self.directory.root, assignment_id=assignment
        )

    def _no_such(self, assignment: str) -> str:
        names = self.assignments()
        there = (
            f"There are: {', '.join(names)}." if names else "There is none: run `make build` first."
        )
        return f"There is no assignment {assignment!r} in {self.directory.root}. {there}"


def find_own_programs() -> None:
    """Let nbgrader find `alembic`, which it calls by name, where this Python's programs are."""
    own, path = str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)
    if own not in path.split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([own, path])
