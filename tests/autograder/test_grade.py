"""The whole way: a class of submissions, each with its stated verdict."""

from pathlib import Path

import nbformat
import numpy as np
import pytest

from autograder.course import Course, CourseError
from autograder.grade import grade
from autograder.private import PrivateDigitsError
from autograder.probes import draw, read_secret, secret_path
from autograder.results import Result
from tandem.checks import find_lab
from tests.autograder.classes import CLASS, RIGHT, WRONG, answering
from tests.autograder.courses import (
    ASSIGNMENT,
    Graded,
    course_of,
    make_course,
    scores,
    submission,
)

FILES = {
    "not-json": "not JSON",
    "nested": "nested too deeply",
    "no-notebook": "no valid notebook",
    "empty": "not JSON",
    "link": "It is a link",
    "hard-link": "hard link",
    "pipe": "no ordinary file",
}


def points(result: Result) -> dict[str, float | None]:
    return {check.name: check.points for check in result.checks}


@pytest.mark.parametrize("name", CLASS)
def test_student_gets_the_stated_verdict(graded: Graded, name: str) -> None:
    student, result = CLASS[name], graded.results[name]
    found = points(result)
    assert (found["double"], found["triple"]) == (student.double, student.triple)
    assert result.status == student.status
    message = next(check.message for check in result.checks if check.name == "double")
    assert student.says in message
    for mark in student.marks:
        assert any(mark in finding for finding in result.findings), result.findings


@pytest.mark.parametrize("name", FILES)
def test_unreadable_file_is_refused_with_a_reason(graded: Graded, name: str) -> None:
    result = graded.results[name]
    assert (result.status, result.score) == ("refused", 0)
    assert points(result) == {"double": 0, "triple": 0, "explain": 0}
    assert FILES[name] in result.checks[0].message


def test_missing_notebook_has_a_status(graded: Graded) -> None:
    result = graded.results["misnamed"]
    assert (result.status, result.score) == ("missing", 0)
    assert "toy.ipynb" in result.checks[0].message
    assert any("my lab.ipynb" in finding for finding in result.findings)


def test_odd_files_do_no_harm_and_are_reported(graded: Graded) -> None:
    result = graded.results["odd-files"]
    assert result.score == 3
    found = "\n".join(result.findings)
    assert "passwords.txt" in found
    assert "toy_numpy.py" in found
    assert "timestamp.txt" in found
    assert "data.csv" not in found
    copied = graded.course.folder("autograded", "odd-files", ASSIGNMENT)
    assert (copied / "data.csv").read_text() == "1,2\n"
    assert not (copied / "passwords.txt").exists()


def test_score_is_what_the_gradebook_holds(graded: Graded) -> None:
    book = scores(graded.folder)
    for name, result in graded.results.items():
        row = book[name, "toy"]
        assert result.score == sum(score or 0 for score in row.values())
        assert result.max_score == 5
        assert points(result) == {cell.removeprefix("check-"): s for cell, s in row.items()}


def test_written_answer_waits_for_a_person(graded: Graded) -> None:
    explain = graded.results["right"].checks[-1]
    assert (explain.name, explain.points) == ("explain", 0), "untouched: nothing to grade"


def test_verdict_replaces_output_and_keeps_what_was_printed(graded: Graded) -> None:
    path = graded.course.folder("autograded", "prints-to-stderr", ASSIGNMENT) / "toy.ipynb"
    notebook = nbformat.read(path, as_version=4)
    check = next(c for c in notebook.cells if c.source == 'check("double", double)')
    assert check.outputs[0].output_type == "execute_result"
    assert check.outputs[0].data["text/plain"] == "2"
    assert "tandem-verdict" in check.outputs[0].data["text/html"]
    assert "hm" in check.outputs[1].text
    assert notebook.metadata.tandem["status"] == "graded"


def test_message_is_in_the_students_language(graded: Graded) -> None:
    path = graded.course.folder("autograded", "romanian", ASSIGNMENT) / "toy.ipynb"
    assert 'lang="ro"' in path.read_text().replace("\\", "")


def test_output_is_limited(graded: Graded) -> None:
    path = graded.course.folder("autograded", "floods", ASSIGNMENT) / "toy.ipynb"
    assert 50_000 < path.stat().st_size < 250_000
    assert "was cut off" in path.read_text()


def test_regrade_repeats_and_fresh_probes_do_not(tmp_path: Path) -> None:
    course = course_of(tmp_path / "course", {"right": answering(RIGHT), "wrong": answering(WRONG)})
    check = find_lab("toy").checks["double"]  # type: ignore[union-attr]
    path = secret_path(course.directory, ASSIGNMENT)

    first, probe = grade(course, ASSIGNMENT, workers=0), draw(check, read_secret(path)).probe
    again, same = grade(course, ASSIGNMENT, workers=2), draw(check, read_secret(path)).probe
    fresh = grade(course, ASSIGNMENT, fresh_probes=True)
    other = draw(check, read_secret(path)).probe

    assert np.array_equal(probe["x"], same["x"])
    assert not np.array_equal(probe["x"], other["x"])
    assert [r.checks for r in first] == [r.checks for r in again]
    assert [r.checks for r in first] != [r.checks for r in fresh], "the message tells numbers"
    assert [r.score for r in first] == [r.score for r in fresh]
    assert path.with_name(f"{path.name}.1").exists(), "the old secret is kept"


def test_grader_fault_in_one_submission_spares_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = course_of(tmp_path / "course", {"first": answering(RIGHT), "second": answering(RIGHT)})
    from autograder import submission as module

    real = module._register

    def failing(job):  # type: ignore[no-untyped-def]
        if job.student == "first":
            raise RuntimeError("disk full")
        real(job)

    monkeypatch.setattr(module, "_register", failing)
    first, second = grade(course, ASSIGNMENT, workers=1)
    assert (first.status, first.score, first.max_score) == ("error", 0, 5)
    assert "disk full" in first.checks[0].message
    assert (second.status, second.score) == ("graded", 3)


def test_digits_that_cannot_serve_stop_the_batch_before_anybody_gets_points(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "course"
    course = course_of(folder, {"ada": answering(RIGHT)})
    check = find_lab("toy").checks["double"]  # type: ignore[union-attr]

    def unusable(*_: object) -> None:
        raise PrivateDigitsError("there is no such file")

    monkeypatch.setattr(type(check), "draw_graded", unusable)
    with pytest.raises(PrivateDigitsError):
        grade(course, ASSIGNMENT, workers=1)
    assert not (folder / "classroom/autograded").exists()
    assert scores(folder) == {}


def test_unregistered_assignment_is_registered_from_its_source(tmp_path: Path) -> None:
    folder = make_course(tmp_path / "course")
    course = Course.load(folder)
    assert course.require(ASSIGNMENT) == ["toy"]
    assert not (folder / "labs").exists(), "grading writes no release"


def test_unknown_names_say_what_there_is(tmp_path: Path) -> None:
    folder = make_course(tmp_path / "course")
    course = Course.load(folder)
    with pytest.raises(CourseError, match=f"There are: {ASSIGNMENT}"):
        grade(course, "irsi")
    with pytest.raises(CourseError, match="Nobody handed in"):
        grade(course, ASSIGNMENT)
    submission(folder, "ada")
    with pytest.raises(CourseError, match="There are: ada"):
        grade(course, ASSIGNMENT, students=["bob"])
    with pytest.raises(CourseError, match="--course DIR"):
        Course.load(tmp_path)
