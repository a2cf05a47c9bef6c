"""Feedback pages by nbgrader's converter, in which no script of a student's can run."""

import glob
from pathlib import Path
from typing import Any

from bleach import clean  # type: ignore[import-untyped]  # ships no types
from bleach.sanitizer import ALLOWED_TAGS  # type: ignore[import-untyped]
from jinja2 import pass_context
from nbconvert.exporters import HTMLExporter
from nbgrader.converters import GenerateFeedback, NbGraderException

from autograder.course import Course, CourseError

_TAGS = frozenset(ALLOWED_TAGS) | {
    *(
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "p",
        "br",
        "hr",
        "div",
        "span",
        "pre",
        "del",
        "sub",
        "sup",
    ),
    *("table", "thead", "tbody", "tr", "th", "td", "caption", "dl", "dt", "dd", "img", "details"),
    *("summary", "figure", "figcaption", "kbd", "s", "u"),
}
_ATTRIBUTES = {
    "*": ["id", "class", "dir", "lang", "title", "align"],
    "a": ["href", "name"],
    "img": ["src", "alt", "width", "height"],
    "td": ["colspan", "rowspan"],
    "th": ["colspan", "rowspan", "scope"],
}
_PROTOCOLS = frozenset({"http", "https", "mailto", "data"})


class FeedbackExporter(HTMLExporter):
    """nbgrader's feedback template, with all that Markdown turns into cleaned.

    nbgrader's template does not heed `sanitize_html`. Outputs hold text, pictures and our cards
    only, since `autograder.outputs` rebuilt them.
    """

    @pass_context
    def markdown2html(self, context: Any, source: str) -> str:
        """Convert Markdown, and drop every tag, attribute and address that could run a script."""
        html = super().markdown2html(context, source)
        return str(clean(html, tags=_TAGS, attributes=_ATTRIBUTES, protocols=_PROTOCOLS))


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
