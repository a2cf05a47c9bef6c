"""What a student reads afterwards, and the command line that makes it."""

import json
import time
import zipfile
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from autograder.cli import main
from autograder.course import Course, CourseError
from autograder.feedback import pack_for_moodle, write_feedback
from autograder.grade import grade
from autograder.page import _answer, _output
from tests.autograder.classes import RIGHT, answering
from tests.autograder.courses import (
    ASSIGNMENT,
    Graded,
    course_of,
    hand_in,
    make_course,
    run_module,
    write,
)
from tests.pace import slowness

HOSTILE = """
YOUR *answer* <script>bad()</script> <img src=x onerror="bad()"> [link](javascript:bad())

$a < b$ and `c < d`
"""


@pytest.fixture(scope="module")
def pages(graded: Graded) -> dict[str, str]:
    written = write_feedback(graded.course, ASSIGNMENT)
    return {path.parent.parent.name: path.read_text() for path in written}


def test_every_submission_has_a_page(graded: Graded, pages: dict[str, str]) -> None:
    assert set(pages) == set(graded.results)


def test_page_shows_the_cards(pages: dict[str, str]) -> None:
    cards = BeautifulSoup(pages["half-right"], "html.parser").select(".tandem-verdict")
    assert cards[0].get_text(" ", strip=True).startswith("◐ double")
    assert "Half of it." in cards[0].get_text()
    assert 'run hint("double")' in cards[0].get_text(), "the next step"
    right = BeautifulSoup(pages["right"], "html.parser").select(".tandem-verdict")
    assert "hint" not in right[0].get_text()


def test_refused_page_gives_the_reason(pages: dict[str, str]) -> None:
    text = BeautifulSoup(pages["not-json"], "html.parser").get_text()
    assert "Your notebook was not graded." in text
    assert "not JSON" in text


def test_page_begins_with_every_item_its_points_and_message(pages: dict[str, str]) -> None:
    soup = BeautifulSoup(pages["half-right"], "html.parser")
    rows = [row.get_text(" ", strip=True) for row in soup.select("tbody tr")]
    assert rows[0].startswith("double ◐ 1 of 2 Half of it.")
    assert rows[-1] == "explain ✗ 0 of 2 no answer: the text is as it was released"
    for link in soup.select("tbody a"):
        assert soup.find(id=str(link["href"])[1:]) is not None


def test_page_needs_no_network_and_no_script(pages: dict[str, str]) -> None:
    for page in pages.values():
        soup = BeautifulSoup(page, "html.parser")
        assert not soup.select("script, link, iframe, object, embed")
        (policy,) = soup.select('meta[http-equiv="Content-Security-Policy"]')
        assert str(policy["content"]).startswith("default-src 'none'; img-src data:;")
        sources = [str(image["src"]) for image in soup.select("img[src]")]
        assert all(source.startswith("data:image/") for source in sources)


def test_a_figure_that_a_student_drew_is_kept(tmp_path: Path) -> None:
    """By the kernel in the sandbox as in JupyterLab: who grades by hand looks at it."""
    draws = "import matplotlib.pyplot as plt\nplt.plot([1, 2])"
    course = course_of(tmp_path / "course", {"ada": answering(RIGHT, before=draws)})
    grade(course, ASSIGNMENT, workers=1)
    graded = nbformat.read(course.folder("autograded", "ada", ASSIGNMENT) / "toy.ipynb", 4)
    shown = [output.get("data", {}) for cell in graded.cells for output in cell.get("outputs", [])]
    assert sum("image/png" in data for data in shown) == 1


def test_no_answer_delays_the_page() -> None:
    """Some texts take minutes to colour or to convert: are they shown as they are?"""
    began = time.monotonic()
    slow = ["\n " * 9_000, "\n " * 50_000, "|a|b|\n|-|-|\n" * 8_000, "[" * 300_000]
    for source in slow:
        for cell in (new_code_cell(source), new_markdown_cell(source)):
            assert "<pre" in _answer(cell) or len(source) < 20_000
    shown = _output(new_output("stream", text="\x1b[1m" * 240_000))
    assert "was cut off" in shown
    assert (time.monotonic() - began) / slowness() < 5


def test_no_script_of_a_student_runs(pages: dict[str, str]) -> None:
    for name in ("scripts", "not-json"):
        for script in BeautifulSoup(pages[name], "html.parser").select("script"):
            assert "bad()" not in script.get_text()


def test_markdown_of_a_student_is_cleaned(tmp_path: Path) -> None:
    folder = make_course(tmp_path / "course")
    assert main(["release", ASSIGNMENT, "--course", str(folder)]) == 0

    def hostile(notebook) -> None:  # type: ignore[no-untyped-def]
        answering(RIGHT)(notebook)
        notebook.cells[-1].source = HOSTILE

    hand_in(folder, {"mallory": hostile})
    out = folder / "results.json"
    done = run_module(folder, "autograder", "grade", ASSIGNMENT, "--json", str(out))
    assert done.returncode == 0, done.stderr
    assert "in a sandbox" in done.stdout
    assert "3 of 5" in done.stdout
    assert "explain" in done.stdout, "what needs a person"
    (result,) = json.loads(out.read_text())
    assert list(result) == [
        *("student", "assignment", "notebook", "score", "max_score", "status", "seconds"),
        *("checks", "findings"),
    ]
    assert result["checks"][0] == {
        "name": "double",
        "points": 2,
        "max_points": 2,
        "message": "Right.",
        "accuracy": None,
        "weights": None,
    }
    assert result["checks"][2]["points"] is None

    moodles_name = "M. Allory_1042_assignsubmission_file"
    downloaded(folder, f"{moodles_name}_", "Participant 1042,M. Allory,mallory")
    assert main(["feedback", ASSIGNMENT, "--zip", "moodle", "--course", str(folder)]) == 0
    page = folder / "classroom" / "feedback" / "mallory" / ASSIGNMENT / "toy.html"
    soup = BeautifulSoup(page.read_text(), "html.parser")
    assert soup.find("em", string="answer") is not None, "honest Markdown stays"
    assert not soup.select("[onerror]")
    assert not soup.select('a[href^="javascript"]')
    assert all("bad()" not in script.get_text() for script in soup.select("script"))
    with zipfile.ZipFile(folder / "classroom" / f"{ASSIGNMENT}-feedback.zip") as packed:
        assert packed.namelist() == [f"{moodles_name}_/toy.html"]
        assert packed.read(f"{moodles_name}_/toy.html") == page.read_bytes()


def downloaded(folder: Path, name: str, *worksheet: str) -> None:
    """What `nbgrader zip_collect` leaves of a download; without rows there is no worksheet."""
    place = folder / "classroom/downloaded" / ASSIGNMENT
    write(place / "extracted" / name / "toy.ipynb", new_notebook())
    if worksheet:
        rows = ["Identifier,Full name,ID number", *worksheet]
        (place / "worksheet.csv").write_text("\n".join(rows), encoding="utf-8")


def test_is_each_page_packed_for_the_student_whose_download_it_was(tmp_path: Path) -> None:
    folder = make_course(tmp_path / "course")
    course = Course.load(folder)
    for student in ("s17", "s18"):
        page = course.folder("feedback", student, ASSIGNMENT) / "toy.html"
        page.parent.mkdir(parents=True)
        page.write_text(student)
    rows = [f"Participant {n},Somebody,s{s}" for n, s in ((1042, 17), (7, 18), (8, 19))]
    for name in (
        "A_1042_assignsubmission_file_",
        "B_7_assignsubmission_file",
        "C_8_assignsubmission_file_",
    ):
        downloaded(folder, name, *rows)
    packed = pack_for_moodle(course, ASSIGNMENT)
    assert (packed.students, packed.without) == (2, ["s19"])
    with zipfile.ZipFile(packed.path) as file:
        assert {name: file.read(name).decode() for name in file.namelist()} == {
            "A_1042_assignsubmission_file_/toy.html": "s17",
            "B_7_assignsubmission_file_/toy.html": "s18",
        }
    downloaded(folder, "D_9_assignsubmission_file_")
    with pytest.raises(CourseError, match="no participant 9"):
        pack_for_moodle(course, ASSIGNMENT)


def test_is_nothing_packed_where_nothing_came_from_moodle(tmp_path: Path) -> None:
    folder = make_course(tmp_path / "course")
    with pytest.raises(CourseError, match=f"nbgrader zip_collect {ASSIGNMENT}"):
        pack_for_moodle(Course.load(folder), ASSIGNMENT)


def test_command_says_what_to_type(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["grade", "iris", "--course", str(tmp_path)]) == 2
    assert "--course DIR" in capsys.readouterr().err
    course = make_course(tmp_path / "course")
    assert main(["feedback", ASSIGNMENT, "--course", str(course)]) == 2
    assert f"autograder grade {ASSIGNMENT}" in capsys.readouterr().err
    with pytest.raises(SystemExit) as stopped:
        main(["grade"])
    assert stopped.value.code == 2
