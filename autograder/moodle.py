"""Moodle's grading worksheet: who is behind the number of a participant.

Moodle draws the number anew for each student in each assignment, writes it into the names of the
download ("Ada Lovelace_1042_assignsubmission_file_") and into the worksheet's column Identifier
("Participant 1042"), and matches it nowhere else. So a student is known by the ID number, or, where
Moodle has none, by the e-mail address: both are the same in every assignment.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.course import CourseError

_NUMBER = re.compile(r"\d+$")
_NOT_IN_A_FOLDERS_NAME = re.compile(r"[^\w.@+-]")


@dataclass(frozen=True)
class Participant:
    """A row of the worksheet; empty where Moodle has, or shows, nothing."""

    full_name: str
    id_number: str
    email: str

    @property
    def student(self) -> str:
        """Return the student's id with us: a folder's name, and students write their e-mails."""
        return _NOT_IN_A_FOLDERS_NAME.sub("-", self.id_number or self.email).lstrip(".-")


def read_participants(downloaded: Path) -> dict[str, Participant] | None:
    """Return the participants by number, from every CSV file beside the zip file or one above.

    None where there is no such file. Raises CourseError where one is no worksheet, or names nobody.
    """
    files = sorted([*downloaded.glob("*.csv"), *downloaded.glob("archive/*.csv")])
    found: dict[str, Participant] = {}
    for file in files:
        found |= _read(file)
    _require_one_each(found)
    return found if files else None


def require_known(numbers: Collection[str], participants: Mapping[str, Participant]) -> None:
    """Raise CourseError where the worksheet has not all the numbers: it is another download's."""
    if strangers := sorted(set(numbers) - set(participants)):
        raise CourseError(
            f"The grading worksheet has no participant {', '.join(strangers)}. Download it and the "
            "submissions of the same assignment at the same time, for all groups and without a "
            "filter, and collect again, with --force. Assignments that are handed in by groups "
            "are not supported."
        )


def _read(path: Path) -> dict[str, Participant]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header, *rows = csv.reader(file)
    except (ValueError, csv.Error) as error:  # not UTF-8, or empty
        raise CourseError(f"{path} cannot be read as a CSV file: {error}. {_AS_IT_IS}") from error
    rows = [row for row in rows if len(row) == len(header)]
    if "Identifier" not in header:
        raise CourseError(f"{path} has no column 'Identifier'. {_AS_IT_IS}")
    if not {"ID number", "Email address"} & set(header):
        raise CourseError(f"{path} has neither 'ID number' nor 'Email address'. {_WHO_SEES_THEM}")
    people = [dict(zip(header, (cell.strip() for cell in row), strict=True)) for row in rows]
    return {
        number[0]: Participant(
            person.get("Full name", ""),
            person.get("ID number", ""),
            person.get("Email address", ""),
        )
        for person in people
        if (number := _NUMBER.search(person["Identifier"]))
    }


def _require_one_each(participants: Mapping[str, Participant]) -> None:
    """Two people under one id would be graded as one."""
    numbers = defaultdict(list)
    for number, participant in participants.items():
        numbers[participant.student].append(number)
    for student, several in numbers.items():
        if not student:
            raise CourseError(
                "The grading worksheet gives neither an ID number nor an e-mail address for "
                f"participant {', '.join(several)}: write one into it, any that is theirs alone."
            )
        if len(several) > 1:
            raise CourseError(
                f"In the grading worksheet the participants {', '.join(several)} are all {student}:"
                " give each an ID number of their own there."
            )


_AS_IT_IS = (
    "Download the grading worksheet again, with Moodle set to English, and put it there as it is; "
    "no other CSV file belongs there."
)
_WHO_SEES_THEM = (
    "Moodle shows them to whom its administrators let see them (the setting 'Show user identity'), "
    "and in an anonymous assignment after 'Reveal student identities'. Have them shown, and "
    "download the worksheet again."
)
