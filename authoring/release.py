"""Make the student version by nbgrader's own generate_assignment, as an instructor would."""

import logging
import warnings
from pathlib import Path

from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config


class ReleaseError(Exception):
    """nbgrader refused a notebook; the message holds its log."""


def release(course: Path, assignment: str) -> None:
    """Write `labs/en/<assignment>/` from `solutions/<assignment>/`, both under `course`.

    As `nbgrader generate_assignment --no-db`: to make a gradebook takes longer than all the rest.
    Raises ReleaseError with what nbgrader logged.
    """
    errors = _Errors(logging.ERROR)
    log = logging.getLogger(f"authoring.release.{assignment}")
    log.propagate = False
    log.handlers = [errors]
    config = Config()
    config.CourseDirectory.root = str(course.resolve())
    config.CourseDirectory.source_directory = "solutions"
    config.CourseDirectory.release_directory = str(Path("labs", "en"))
    config.CourseDirectory.assignment_id = assignment
    config.GenerateAssignment.no_database = True
    config.SaveCells.enabled = False
    coursedir = CourseDirectory(config=config, log=log)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of nbgrader's own code, which is not ours to mend
        try:
            GenerateAssignment(coursedir=coursedir, config=config, log=log).start()
        except NbGraderException as error:
            raise ReleaseError(
                "\n".join([f"nbgrader refused {assignment}: {error}", *errors.lines])
            ) from error


class _Errors(logging.Handler):
    """Keeps the lines of a log, so that they are shown only on failure."""

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())
