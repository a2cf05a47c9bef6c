"""Write grades as a file that a learning management system imports unchanged.

The columns are those which the systems document: Canvas matches a student by one of ID, SIS User ID
and SIS Login ID, wants a Section column, and reads the row "Points Possible" below the header;
Moodle's import lets its user map columns, and matches by ID number or by e-mail address. In both,
what the gradebook calls `lms_user_id` is the system's own: Canvas' ID, Moodle's ID number.
"""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from nbgrader.api import Gradebook

from autograder.course import Course, CourseError


@dataclass(frozen=True)
class Grade:
    """One student's best submission of a lab; `score` is after what lateness took."""

    student: str
    first_name: str
    last_name: str
    email: str
    lms_id: str
    assignment: str
    handed_in: str
    late_penalty: float
    score: float
    max_score: float
    by_hand: bool  # whether a person still has to grade a part

    @property
    def name(self) -> str:
        """Return "Last, First", or the student's id where no name is known."""
        return ", ".join(part for part in (self.last_name, self.first_name) if part) or self.student


def grades(course: Course, lab: str) -> list[Grade]:
    """Return one grade per student of an assignment, or of a lab in whichever framework was best.

    Args:
        lab: `iris-pytorch`, or `iris` for the better one of `iris-pytorch` and `iris-tensorflow`.

    Raises CourseError where there is no such lab, or nobody has been graded.
    """
    assignments = _assignments(course, lab)
    best: dict[str, Grade] = {}
    with Gradebook(course.db_url, course.directory.course_id) as gradebook:
        for assignment in assignments:
            for submission in gradebook.assignment_submissions(assignment):
                grade = _grade(submission, assignment)
                kept = best.get(grade.student)
                if kept is None or grade.score > kept.score:
                    best[grade.student] = grade
    if not best:
        raise CourseError(
            f"Nothing of {lab} has been graded: run `autograder grade {assignments[0]}` first."
        )
    return [best[student] for student in sorted(best)]


def _assignments(course: Course, lab: str) -> list[str]:
    there = course.assignments()
    found = [name for name in there if name == lab or name.rpartition("-")[0] == lab]
    registered = [name for name in found if course.notebooks(name)]
    if not found:
        raise CourseError(f"There is no lab {lab!r}. There are: {', '.join(there) or 'none'}.")
    return registered or found


def _grade(submission: Any, assignment: str) -> Grade:
    """Read one row of nbgrader's gradebook."""
    student, penalty = submission.student, float(submission.late_submission_penalty or 0)
    return Grade(
        student=student.id,
        first_name=student.first_name or "",
        last_name=student.last_name or "",
        email=student.email or "",
        lms_id=student.lms_user_id or "",
        assignment=assignment,
        handed_in=str(submission.timestamp or ""),
        late_penalty=penalty,
        score=max(0.0, float(submission.score) - penalty),
        max_score=float(submission.max_score),
        by_hand=bool(submission.needs_manual_grade),
    )


def to_csv(found: Sequence[Grade], lab: str) -> str:
    """Write everything that the gradebook knows, a line per student."""
    header = ["student", "last name", "first name", "email", "lab", "assignment", "handed in (UTC)"]
    header += ["late penalty", "score", "max score", "waits for a person"]
    rows = [header]
    for g in found:
        who = [g.student, g.last_name, g.first_name, g.email, lab, g.assignment, g.handed_in]
        points = [_number(g.late_penalty), _number(g.score), _number(g.max_score)]
        rows.append([*who, *points, "yes" if g.by_hand else "no"])
    return _table(rows)


def to_canvas(found: Sequence[Grade], lab: str) -> str:
    """Write a file for Canvas' "Import Grades"; a student's id that is not Canvas' is the login."""
    most = _number(max(grade.max_score for grade in found))
    rows = [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", lab],
        ["Points Possible", "", "", "", "", most],
    ]
    for g in found:
        login = "" if g.student == g.lms_id else g.student
        rows.append([g.name, g.lms_id, "", login, "", _number(g.score)])
    return _table(rows)


def to_moodle(found: Sequence[Grade], lab: str) -> str:
    """Write a file for Moodle's grade import; a student's id that is no e-mail is an ID number."""
    rows = [["ID number", "Email address", "Last name", "First name", lab]]
    for g in found:
        number = g.lms_id or ("" if "@" in g.student else g.student)
        rows.append([number, g.email, g.last_name, g.first_name, _number(g.score)])
    return _table(rows)


FORMATS: dict[str, Callable[[Sequence[Grade], str], str]] = {
    "csv": to_csv,
    "canvas": to_canvas,
    "moodle": to_moodle,
}


def _number(value: float) -> str:
    return f"{value:g}"


def _table(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
