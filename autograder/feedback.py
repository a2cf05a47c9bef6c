"""Feedback pages, written by nbgrader's converter through our exporter."""

import glob
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbconvert.exporters import Exporter
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.converters import GenerateFeedback, NbGraderException
from traitlets import default

from autograder.collect import MOODLE, hand_ins, student_of
from autograder.course import Course, CourseError
from autograder.moodle import read_participants, require_known
from autograder.page import feedback_page
from autograder.results import write_atomically
from autograder.run import Resources


class FeedbackExporter(Exporter):
    """Makes our page of a graded notebook, by whichever command or button of nbgrader's."""

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    def from_notebook_node(
        self, nb: NotebookNode, resources: Any = None, **kw: Any
    ) -> tuple[str, Any]:
        """Let nbgrader's preprocessors put scores and comments in, then write the page."""
        nb, resources = super().from_notebook_node(nb, resources, **kw)
        return feedback_page(nb, resources, _waiting(resources["nbgrader"])), resources


def _waiting(about: Resources) -> set[str]:
    """Return the grade ids of what a person has still to grade."""
    row = (about["notebook"], about["assignment"], about["student"])
    with Gradebook(about["db_url"]) as gradebook:
        grades = gradebook.find_submission_notebook(*row).grades
        return {grade.name for grade in grades if grade.needs_manual_grade}


def write_feedback(course: Course, assignment: str) -> list[Path]:
    """Write every graded student's page anew and return the pages' paths.

    Raises CourseError when nothing has been graded.
    """
    course.require(assignment)
    graded = course.folder("autograded", "*", assignment)
    if not glob.glob(str(graded / "*.ipynb")):
        raise CourseError(
            f"Nothing of {assignment} has been graded: run `autograder grade {assignment}` first."
        )
    config = course.config.copy()
    config.GenerateFeedback.exporter_class = FeedbackExporter
    config.BaseConverter.force = True
    try:
        GenerateFeedback(coursedir=course.directory_of(assignment), config=config).start()
    except NbGraderException as error:
        raise CourseError(
            f"nbgrader could not write the feedback of {assignment}: {error}"
        ) from error
    pages = course.folder("feedback", "*", assignment) / "*.html"
    return sorted(Path(page) for page in glob.glob(str(pages)))


@dataclass(frozen=True)
class Packed:
    """A zip file of pages: for how many students, and who handed in and has no page."""

    path: Path
    students: int
    without: Sequence[str]


def pack_for_moodle(course: Course, assignment: str) -> Packed:
    """Write the pages to `<assignment>-feedback.zip`, in the folders that Moodle's download had.

    By their names Moodle's "Upload multiple feedback files in a zip" knows whose they are. Raises
    CourseError where no hand-in came from Moodle, or the grading worksheet is not the one.
    """
    downloads = course.config.ZipCollectApp.get("downloaded_directory", "downloaded")
    downloaded = Path(course.directory.root, downloads, assignment)
    participants = read_participants(downloaded)
    matches = [match for match in hand_ins(downloaded / "extracted") if match.re is MOODLE]
    if not matches:
        raise CourseError(
            f"{downloaded / 'extracted'} holds nothing from Moodle: collect the hand-ins with "
            f"`nbgrader zip_collect {assignment}` first."
        )
    if participants is not None:
        require_known({match["number"] for match in matches}, participants)
    folders = {match["folder"]: student_of(match, participants) for match in matches}
    path = downloaded.parents[1] / f"{assignment}-feedback.zip"
    packed, without = io.BytesIO(), []
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for folder, student in folders.items():
            pages = sorted(course.folder("feedback", student, assignment).glob("*.html"))
            for page in pages:
                file.write(page, f"{folder}_/{page.name}")
            if not pages:
                without.append(student)
    write_atomically(path, packed.getvalue())
    return Packed(path, len(folders) - len(without), without)
