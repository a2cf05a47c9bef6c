"""Do exported grades say what the gradebook says, in the columns that each system documents?"""

import csv
import io
from datetime import datetime
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder import cli
from autograder.course import Course, CourseError
from autograder.export import FORMATS, Grade, grades, to_canvas, to_csv, to_moodle
from tests.autograder.courses import make_course

STUDENTS = {
    "ada": {
        "first_name": "Ada",
        "last_name": 'Lovelace, "Countess"',
        "email": "ada@example.org",
        "lms_user_id": "17",
    },
    "רחל": {"first_name": "רחל", "last_name": "כהן"},
    "nobody": {},
}
# Points in (toy-numpy, toy-jax); None: handed in nothing.
POINTS: dict[str, tuple[float | None, float | None]] = {
    "ada": (2.0, 3.5),
    "רחל": (None, 1.0),
    "nobody": (0.0, None),
}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course with a lab in two frameworks, graded by a hand that writes the gradebook."""
    folder = make_course(tmp_path_factory.mktemp("export") / "course")
    for assignment in ("toy-numpy", "toy-jax"):
        source = folder / "solutions" / assignment / "toy.ipynb"
        if not source.exists():
            source.parent.mkdir(parents=True)
            source.write_bytes((folder / "solutions/toy-numpy/toy.ipynb").read_bytes())
    course = Course.load(folder)
    with Gradebook(course.db_url, course.directory.course_id) as gradebook:
        for position, assignment in enumerate(("toy-numpy", "toy-jax")):
            gradebook.add_assignment(assignment)
            gradebook.add_notebook("toy", assignment)
            gradebook.add_grade_cell("check-a", "toy", assignment, max_score=4, cell_type="code")
            for student, points in POINTS.items():
                if points[position] is None:
                    continue
                gradebook.update_or_create_student(student, **STUDENTS[student])
                row = gradebook.add_submission(
                    assignment, student, timestamp=datetime(2026, 2, 3, 10)
                )
                grade = gradebook.find_grade("check-a", "toy", assignment, student)
                grade.auto_score, grade.needs_manual_grade = points[position], student == "nobody"
                gradebook.db.commit()
                if (student, assignment) == ("ada", "toy-jax"):
                    row.notebooks[0].late_submission_penalty = 0.5
                    gradebook.db.commit()
    return course


def table(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_does_the_better_framework_count_after_what_lateness_took(course: Course) -> None:
    found = {grade.student: grade for grade in grades(course, "toy")}
    assert {s: (g.assignment, g.score) for s, g in found.items()} == {
        "ada": ("toy-jax", 3.0),
        "nobody": ("toy-numpy", 0.0),
        "רחל": ("toy-jax", 1.0),
    }
    assert found["ada"].late_penalty == 0.5


def test_does_an_assignment_alone_count_only_itself(course: Course) -> None:
    assert [(g.student, g.score) for g in grades(course, "toy-numpy")] == [
        ("ada", 2.0),
        ("nobody", 0.0),
    ]


def test_has_canvas_its_columns_and_the_row_of_possible_points(course: Course) -> None:
    header, possible, *rows = table(to_canvas(grades(course, "toy"), "toy"))
    assert header == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "toy"]
    assert (possible[0], possible[-1]) == ("Points Possible", "4")
    assert rows[0] == ['Lovelace, "Countess", Ada', "17", "", "ada", "", "3"]
    assert rows[1] == ["nobody", "", "", "nobody", "", "0"]
    assert all(len(row) == len(header) for row in (possible, *rows))


def test_has_moodle_what_it_matches_students_by(course: Course) -> None:
    header, *rows = table(to_moodle(grades(course, "toy"), "toy"))
    assert header == ["ID number", "Email address", "Last name", "First name", "toy"]
    assert rows[0] == ["17", "ada@example.org", 'Lovelace, "Countess"', "Ada", "3"]
    assert rows[1] == ["nobody", "", "", "", "0"]
    assert rows[2] == ["רחל", "", "כהן", "רחל", "1"]


def test_are_students_who_came_by_zip_files_found_by_what_the_systems_call_them() -> None:
    def one(student: str, email: str, lms_id: str) -> Grade:
        return Grade(student, "", "", email, lms_id, "toy-numpy", "", 0, 1, 2, False)

    _, _, of_canvas = table(to_canvas([one("1042", "", "1042")], "toy"))
    assert of_canvas[:5] == ["1042", "1042", "", "", ""]
    by_number, by_mail = one("2026-7", "a@x.org", "2026/7"), one("b@x.org", "b@x.org", "")
    _, *of_moodle = table(to_moodle([by_number, by_mail], "toy"))
    assert [row[:2] for row in of_moodle] == [["2026/7", "a@x.org"], ["", "b@x.org"]]


def test_has_plain_csv_everything(course: Course) -> None:
    header, *rows = table(to_csv(grades(course, "toy"), "toy"))
    ada = dict(zip(header, rows[0], strict=True))
    assert ada["assignment"] == "toy-jax"
    assert ada["handed in (UTC)"].startswith("2026-02-03 10:00")
    assert (ada["late penalty"], ada["score"], ada["max score"]) == ("0.5", "3", "4")
    waiting = {row[0]: row[-1] for row in rows}
    assert waiting == {"ada": "no", "nobody": "yes", "רחל": "no"}


@pytest.mark.parametrize("name", FORMATS)
def test_does_the_command_write_the_file_and_say_who_waits(
    course: Course, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "grades.csv"
    options = ["--to", name, "--output", str(output), "--course", str(course.directory.root)]
    assert cli.main(["export", "toy", *options]) == 0
    assert output.read_text(encoding="utf-8") == FORMATS[name](grades(course, "toy"), "toy")
    said = capsys.readouterr().out
    assert "3 grades" in said
    assert "1 of them wait" in said
    assert ("Of 2 the gradebook knows neither" in said) == (name == "moodle")


def test_do_names_and_grades_stay_in_the_classroom(course: Course) -> None:
    """Without --output the file goes where git and other users see nothing."""
    root = Path(course.directory.root)
    before = set(root.iterdir())
    assert cli.main(["export", "toy", "--to", "moodle", "--course", str(root)]) == 0
    assert (root / "classroom" / "toy-moodle.csv").is_file()
    assert set(root.iterdir()) == before


def test_is_an_unknown_lab_refused_with_those_there_are(course: Course) -> None:
    with pytest.raises(CourseError, match="There are: toy-jax, toy-numpy"):
        grades(course, "iris")


def test_is_an_ungraded_lab_refused_with_the_next_command(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="autograder grade toy-numpy"):
        grades(Course.load(make_course(tmp_path / "course")), "toy")


def test_is_who_has_no_name_shown_by_id() -> None:
    grade = Grade("x1", "", "", "", "", "toy-numpy", "", 0, 1, 2, False)
    assert grade.name == "x1"
