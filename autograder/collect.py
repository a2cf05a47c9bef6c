"""Hand-ins from the zip files of Moodle and Canvas, for `nbgrader zip_collect`.

The zip is built by the system, but the files in it are students': so only notebooks are taken out,
each to a size, under a name of our own making; no link, no path, no archive within the archive.
"""

import re
import sys
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path, PurePosixPath

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.plugins import ExtractorPlugin, FileNameCollectorPlugin

from autograder.course import CourseError, find_own_programs
from autograder.intake import LARGEST_NOTEBOOK
from autograder.moodle import Participant, read_participants, require_known

MOST_FILES = 100_000
# Moodle, with or without a folder for each student: `Ada Lovelace_1042_assignsubmission_file_`. It
# writes a name's underscores as spaces; so what follows the first underscore is Moodle's, and a
# student who calls a file `x_7_assignsubmission_file_iris.ipynb` is not taken for number 7.
MOODLE = re.compile(
    r"(?P<folder>(?P<name>[^/_]*)_(?P<number>\d+)_assignsubmission_file)(?:_?/|_)"
    r"(?P<notebook>[^/]+)\.ipynb"
)
_MOODLE_FOLDER = re.compile(r"[^/_]*_\d+_assignsubmission_(?P<plugin>[a-z]+)_?")
# Canvas: `lovelaceada_LATE_1042_88123_iris-2.ipynb`, the `-2` for a second attempt.
CANVAS = re.compile(
    r"(?P<name>[^/_]*)(?P<late>_LATE|_late)?_(?P<number>\d+)_(?P<file>\d+)_(?P<notebook>[^/]+?)(?:-\d+)?\.ipynb"
)
Participants = Mapping[str, Participant] | None


class Extractor(ExtractorPlugin):
    """Takes the notebooks out of the system's archives, and says what it left."""

    def extract(self, archive_path: str, extracted_path: str) -> None:
        """Write every notebook below `extracted_path`, in the folders that the system made.

        Whom the archives name, the gradebook knows afterwards. Ends the program, with a sentence,
        where the grading worksheet does not fit.
        """
        archives, to = sorted(Path(archive_path).rglob("*.zip")), Path(extracted_path)
        if not archives:
            self.log.warning("No zip file in %s: put the system's download there.", archive_path)
        try:
            participants = read_participants(to.parent)
            for archive in archives:
                try:
                    with zipfile.ZipFile(archive) as opened:
                        self._extract(opened, to)
                except zipfile.BadZipFile as error:
                    self.log.error("%s is no zip file: %s", archive, error)
            self._introduce(list(hand_ins(to)), participants)
        except CourseError as error:
            self.log.error("%s", error)
            sys.exit(1)

    def _extract(self, archive: zipfile.ZipFile, to: Path) -> None:
        taken = set()
        for member in sorted(archive.infolist()[:MOST_FILES], key=_preference):
            if member.is_dir():
                continue
            place = _place(member.filename)
            if place is None:
                self.log.warning("%r was left: it is no notebook of a student's.", member.filename)
                continue
            if (identity := _identity(place)) in taken:
                self.log.warning("%r was left: there are two of this name.", member.filename)
                continue
            content = _content(archive, member)
            if content is None:
                self.log.warning("%r was left: it is too large or damaged.", member.filename)
                continue
            taken.add(identity)
            (to / place).parent.mkdir(parents=True, exist_ok=True)
            (to / place).write_bytes(content)

    def _introduce(self, found: list[re.Match[str]], participants: Participants) -> None:
        """Tell the gradebook what the names and the worksheet say of those who handed in."""
        numbers = [match["number"] for match in found if match.re is MOODLE]
        if participants is not None:
            require_known(numbers, participants)
        elif numbers:
            self.log.warning(_NO_WORKSHEET)
        if late := [m["number"] for m in found if m.re is CANVAS and m["late"]]:
            self.log.warning("Late, says Canvas: %s. %s", ", ".join(late), _NO_TIME)
        if not found:
            return
        find_own_programs()
        course = self.parent.coursedir
        with Gradebook(course.db_url, course.course_id) as gradebook:
            for match in found:
                known = _known(match, participants)
                _fill_in(gradebook, student_of(match, participants), known)


class Collector(FileNameCollectorPlugin):
    """Reads student and notebook from the names that Moodle and Canvas give."""

    def collect(self, submitted_file: str) -> dict[str, str] | None:
        """Return the student's id with us and the notebook; None for a file of another name."""
        path = Path(submitted_file)
        match = read_name(path)
        if match is None:
            self.log.warning("%s is named neither as Moodle nor as Canvas does.", path.name)
            return None
        participants = _participants_for(path)
        return {"student_id": student_of(match, participants), "file_id": match["notebook"]}


def read_name(path: Path) -> re.Match[str] | None:
    """Match a file, by its folder and name, to the names that Moodle and Canvas give."""
    for pattern in (MOODLE, CANVAS):
        for name in (f"{path.parent.name}/{path.name}", path.name):
            if match := pattern.fullmatch(name):
                return match
    return None


def hand_ins(extracted: Path) -> Iterator[re.Match[str]]:
    """Yield what `read_name` reads of each notebook that was taken out of the archives."""
    for path in sorted(extracted.rglob("*.ipynb")):
        if match := read_name(path):
            yield match


def student_of(match: re.Match[str], participants: Participants) -> str:
    """Return the student's id with us: by Moodle's worksheet if there is one, else the number."""
    if match.re is MOODLE and participants is not None:
        return participants[match["number"]].student
    return match["number"]


def _participants_for(path: Path) -> Participants:
    """Read the worksheet of the lab of which the file is, once; the file lies as `_place` says."""
    in_folder = MOODLE.fullmatch(f"{path.parent.name}/{path.name}")
    return _read_once((path.parents[1] if in_folder else path.parent).parent)


_read_once = cache(read_participants)


def _known(match: re.Match[str], participants: Participants) -> dict[str, str]:
    """Return what is known of the student, in the gradebook's words; nothing is empty."""
    if match.re is CANVAS:
        return {"lms_user_id": match["number"]}
    person = None if participants is None else participants[match["number"]]
    first, _, last = (person.full_name if person else match["name"]).rpartition(" ")
    known = {"first_name": first, "last_name": last} if person or first else {}
    if person:
        known |= {"email": person.email, "lms_user_id": person.id_number}
    return {field: value for field, value in known.items() if value}


def _fill_in(gradebook: Gradebook, student: str, known: Mapping[str, str]) -> None:
    """Write what the gradebook does not have; what a person imported stays."""
    try:
        there = gradebook.find_student(student)
    except MissingEntry:
        gradebook.add_student(student, **known)
        return
    missing = {field: value for field, value in known.items() if not getattr(there, field)}
    if missing:
        gradebook.update_or_create_student(student, **missing)


def _place(name: str) -> PurePosixPath | None:
    """Return where a member goes: its name, in the folder that Moodle made, if it made one.

    Below Moodle's folder the folders are a student's, and may be called like somebody else's.
    """
    path = PurePosixPath(name.replace("\\", "/"))
    if path.suffix != ".ipynb" or path.name.startswith(".") or ".." in path.parts or "\0" in name:
        return None
    for part in path.parts[:-1]:
        if match := _MOODLE_FOLDER.fullmatch(part):
            return PurePosixPath(part, path.name) if match["plugin"] == "file" else None
    return PurePosixPath(path.name)


def _preference(member: zipfile.ZipInfo) -> tuple[int, int]:
    """Sort first what wins where two have one name: next to the root, and Canvas' latest file."""
    match = CANVAS.fullmatch(member.filename)
    return member.filename.count("/"), -int(match["file"]) if match else 0


def _identity(place: PurePosixPath) -> tuple[str, ...]:
    """Return whose which notebook a file is: `iris.ipynb` and `iris-1.ipynb` are one to Canvas."""
    match = read_name(Path(place))
    return (match.re.pattern, match["number"], match["notebook"]) if match else (str(place),)


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes | None:
    """Read a member to the largest size that is graded; what its header says is not believed."""
    try:
        with archive.open(member) as file:
            content = file.read(LARGEST_NOTEBOOK + 1)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError):
        return None  # damaged, encrypted, or packed in a way that nobody uses
    return content if len(content) <= LARGEST_NOTEBOOK else None


_NO_WORKSHEET = (
    "There is no grading worksheet of Moodle's, so each student is known by a number that Moodle "
    "draws anew in each assignment: grades cannot be imported, and who did a lab in both "
    "frameworks counts as two. Download the worksheet (a CSV file), put it beside the zip file, "
    "delete the folders in classroom/submitted that are called by such numbers, and type the "
    "command again, with --force."
)
_NO_TIME = "No time comes along: let Canvas take the points, or write a timestamp.txt."
