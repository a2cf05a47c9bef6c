"""Hand-ins from the zip files of Moodle and Canvas, for `nbgrader zip_collect`.

The zip is built by the system, but the files in it are students': so only notebooks are taken out,
each to a size, under a name of our own making; no link, no path, no archive within the archive.
"""

import re
import zipfile
from pathlib import Path, PurePosixPath

from nbgrader.plugins import ExtractorPlugin, FileNameCollectorPlugin

from autograder.intake import LARGEST_NOTEBOOK

MOST_FILES = 100_000
# Moodle, with or without a folder for each student: `Ada Lovelace_1042_assignsubmission_file_`.
MOODLE = re.compile(
    r"(?P<name>[^/]*)_(?P<student_id>\d+)_assignsubmission_file(?:_?/|_)(?P<file_id>[^/]+)\.ipynb"
)
# Canvas: `lovelaceada_LATE_1042_88123_iris-2.ipynb`, the `-2` for a second attempt.
CANVAS = re.compile(
    r"(?P<name>[^/_]*)(?:_LATE|_late)?_(?P<student_id>\d+)_\d+_(?P<file_id>[^/]+?)(?:-\d+)?\.ipynb"
)


class Extractor(ExtractorPlugin):
    """Takes the notebooks out of the system's archives, and says what it left."""

    def extract(self, archive_path: str, extracted_path: str) -> None:
        """Write every notebook below `extracted_path`, in the folders that the system made."""
        archives = sorted(Path(archive_path).rglob("*.zip"))
        if not archives:
            self.log.warning("No zip file in %s: put the system's download there.", archive_path)
        for archive in archives:
            try:
                with zipfile.ZipFile(archive) as opened:
                    self._extract(opened, Path(extracted_path))
            except zipfile.BadZipFile as error:
                self.log.error("%s is no zip file: %s", archive, error)

    def _extract(self, archive: zipfile.ZipFile, to: Path) -> None:
        for member in archive.infolist()[:MOST_FILES]:
            if member.is_dir():
                continue
            place = _place(member.filename)
            if place is None:
                self.log.warning("%r was left: it is no notebook of a student's.", member.filename)
                continue
            content = _content(archive, member)
            if content is None:
                self.log.warning("%r was left: it is too large or damaged.", member.filename)
                continue
            (to / place).parent.mkdir(parents=True, exist_ok=True)
            (to / place).write_bytes(content)


class Collector(FileNameCollectorPlugin):
    """Reads student and notebook from the names that Moodle and Canvas give."""

    def collect(self, submitted_file: str) -> dict[str, str] | None:
        """Return the student's number in the system, the notebook, and the name if it is known."""
        path = PurePosixPath(submitted_file)
        for pattern in (MOODLE, CANVAS):
            if match := pattern.fullmatch(f"{path.parent.name}/{path.name}"):
                return _described(match)
            if match := pattern.fullmatch(path.name):
                return _described(match)
        self.log.warning("%s is named neither as Moodle nor as Canvas does.", path.name)
        return None


def _described(match: re.Match[str]) -> dict[str, str]:
    found = {"student_id": match["student_id"], "file_id": match["file_id"]}
    first, _, last = match["name"].rpartition(" ")
    return found | ({"first_name": first, "last_name": last} if first else {})


def _place(name: str) -> PurePosixPath | None:
    """Return where a member goes: its last folder and its name, if both are plain."""
    parts = [part for part in PurePosixPath(name.replace("\\", "/")).parts if part != "/"]
    if not parts or not parts[-1].endswith(".ipynb") or ".." in parts or "\0" in name:
        return None
    return PurePosixPath(*parts[-2:])


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes | None:
    """Read a member to the largest size that is graded; what its header says is not believed."""
    try:
        with archive.open(member) as file:
            content = file.read(LARGEST_NOTEBOOK + 1)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError):
        return None  # damaged, encrypted, or packed in a way that nobody uses
    return content if len(content) <= LARGEST_NOTEBOOK else None
