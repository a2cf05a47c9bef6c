"""Feedback pages, written by nbgrader's converter through our exporter."""

import glob
from pathlib import Path
from typing import Any

from nbconvert.exporters import Exporter
from nbformat import NotebookNode
from nbgrader.converters import GenerateFeedback, NbGraderException
from traitlets import default

from autograder.course import Course, CourseError
from autograder.page import feedback_page


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
        return feedback_page(nb, resources), resources


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
