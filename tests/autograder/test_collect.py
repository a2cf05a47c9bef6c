"""Are hand-ins taken out of Moodle's and Canvas' archives, and nothing else?"""

import io
import zipfile
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from traitlets import Instance
from traitlets.config import Configurable

from autograder.collect import Collector, Extractor
from autograder.intake import LARGEST_NOTEBOOK
from tests.autograder.courses import ASSIGNMENT, make_course, run_module

NOTEBOOK = b'{"cells": []}'
# As Moodle writes it: with a byte order mark, and with more columns than we read.
WORKSHEET = (
    '\ufeffIdentifier,"Full name","ID number","Email address",Status,Grade\r\n'
    '"Participant 1042","Ada King Lovelace",s17,ada@example.org,Submitted,\r\n'
    '"Participant 7","Ana-Maria Ș. Pop",,ana+pop@example.org,Submitted,\r\n'
)
ADA, ANA = (
    "Ada King Lovelace_1042_assignsubmission_file",
    "Ana-Maria Ș. Pop_7_assignsubmission_file",
)


class Command(Configurable):
    """Stands for nbgrader's `zip_collect`: plugins ask it for the course."""

    coursedir = Instance(CourseDirectory)


def command(db_url: str = "sqlite:///:memory:") -> Command:
    return Command(coursedir=CourseDirectory(db_url=db_url))


def archive(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return packed.getvalue()


def extracted(tmp_path: Path, content: bytes) -> dict[str, bytes]:
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive/download.zip").write_bytes(content)
    to = tmp_path / "extracted"
    Extractor(parent=command()).extract(str(tmp_path / "archive"), str(to))
    inside = {p.relative_to(to).as_posix(): p.read_bytes() for p in to.rglob("*") if p.is_file()}
    outside = {p.name for p in tmp_path.iterdir()} - {"archive", "extracted"}
    assert not outside
    return inside


def collect(folder: Path, members: list[str], worksheet: str = WORKSHEET) -> list[str]:
    """Extract and collect as nbgrader does, into the gradebook above; return the students' ids."""
    (folder / "archive").mkdir(parents=True)
    (folder / "archive/all.zip").write_bytes(archive(dict.fromkeys(members, NOTEBOOK)))
    if worksheet:
        (folder / "worksheet.csv").write_text(worksheet, encoding="utf-8")
    parent = command(gradebook_url(folder.parent))
    Extractor(parent=parent).extract(str(folder / "archive"), str(folder / "extracted"))
    files = sorted((folder / "extracted").rglob("*.ipynb"))
    found = [Collector(parent=parent).collect(str(file)) for file in files]
    return [one["student_id"] for one in found if one]


def gradebook_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'gradebook.db'}"


def known(folder: Path) -> dict[str, tuple[str | None, ...]]:
    with Gradebook(gradebook_url(folder)) as gradebook:
        return {
            s.id: (s.first_name, s.last_name, s.email, s.lms_user_id) for s in gradebook.students
        }


ADA_KNOWN = ("Ada King", "Lovelace", "ada@example.org", "s17")
ANA_KNOWN = ("Ana-Maria Ș.", "Pop", "ana+pop@example.org", None)


@pytest.mark.parametrize(
    ("path", "student"),
    [
        ("Ada Lovelace_1042_assignsubmission_file_/iris.ipynb", "1042"),
        ("Ada Lovelace_1042_assignsubmission_file/iris.ipynb", "1042"),
        ("Ana-Maria Ș. Pop_7_assignsubmission_file_iris.ipynb", "7"),
        ("lovelaceada_1042_88123_iris.ipynb", "1042"),
        ("lovelaceada_LATE_1042_88123_iris-2.ipynb", "1042"),
    ],
)
def test_are_students_known_by_the_names_of_both_systems(path: str, student: str) -> None:
    found = Collector().collect(f"/course/extracted/{path}")
    assert found == {"student_id": student, "file_id": "iris"}


def test_does_the_worksheet_make_one_student_of_two_numbers(tmp_path: Path) -> None:
    other = WORKSHEET.replace("1042", "2001").replace("Participant 7", "Participant 2002")
    for lab, ada, ana, worksheet in (("a", 1042, 7, WORKSHEET), ("b", 2001, 2002, other)):
        members = [f"{ADA}_/iris.ipynb", f"{ANA}_iris.ipynb"]
        renamed = [m.replace("1042", str(ada)).replace("_7_", f"_{ana}_") for m in members]
        assert collect(tmp_path / lab, renamed, worksheet) == ["s17", "ana+pop@example.org"]
    assert known(tmp_path) == {"s17": ADA_KNOWN, "ana+pop@example.org": ANA_KNOWN}


def test_does_what_a_person_imported_stay(tmp_path: Path) -> None:
    with Gradebook(gradebook_url(tmp_path)) as gradebook:
        gradebook.add_student("s17", first_name="Ada", last_name="King Lovelace")
    collect(tmp_path / "a", [f"{ADA}/iris.ipynb"])
    assert known(tmp_path) == {"s17": ("Ada", "King Lovelace", "ada@example.org", "s17")}


def test_is_the_number_taken_without_a_worksheet_and_what_follows_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert collect(tmp_path / "a", [f"{ADA}/iris.ipynb"], worksheet="") == ["1042"]
    assert known(tmp_path) == {"1042": ("Ada King", "Lovelace", None, None)}
    assert "no grading worksheet" in caplog.text
    assert "--force" in caplog.text


def test_is_canvas_number_its_own_id_and_who_was_late_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    members = ["lovelaceada_1042_88_iris.ipynb", "popana_LATE_7_89_iris-1.ipynb"]
    assert collect(tmp_path / "a", members, worksheet="") == ["1042", "7"]
    assert {student: who[3] for student, who in known(tmp_path).items()} == {
        "1042": "1042",
        "7": "7",
    }
    assert "Late, says Canvas: 7." in caplog.text
    assert "worksheet" not in caplog.text


def without(column: str) -> str:
    return WORKSHEET.replace(column, "Spalte")


@pytest.mark.parametrize(
    ("worksheet", "said"),
    [
        ("", "cannot be read"),
        (without("Identifier"), "set to English"),
        (without("ID number").replace("Email address", "E-Mail"), "Show user identity"),
        (WORKSHEET.replace("Participant 7", "Participant 8"), "has no participant 7"),
        (WORKSHEET.replace("ana+pop@example.org", ""), "for participant 7"),
        (WORKSHEET.replace("ana+pop@example.org", "s17"), "1042, 7 are all s17"),
    ],
)
def test_is_a_worksheet_that_does_not_fit_refused_with_the_cure(
    tmp_path: Path, worksheet: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/any name.csv").write_text(worksheet, encoding="utf-8")
    with pytest.raises(SystemExit):
        collect(tmp_path / "a", [f"{ADA}/iris.ipynb", f"{ANA}/iris.ipynb"], worksheet="")
    assert said in caplog.text


def test_can_a_students_e_mail_name_no_other_folder(tmp_path: Path) -> None:
    hostile = WORKSHEET.replace("ana+pop@", "../../s17/*@")
    assert collect(tmp_path / "a", [f"{ANA}/iris.ipynb"], hostile) == ["s17--@example.org"]


def test_can_the_name_of_a_file_or_folder_not_pass_for_another_student(tmp_path: Path) -> None:
    members = [
        "A_1_assignsubmission_file_B_2_assignsubmission_file_iris.ipynb",
        "A_3_assignsubmission_file_/B_2_assignsubmission_file_/iris.ipynb",
        "A_4_assignsubmission_file_/x_2_88_iris.ipynb",
        "A_5_assignsubmission_onlinetext_/x_2_88_iris.ipynb",
        "a_6_88_x_2_89_iris.ipynb",
    ]
    assert set(collect(tmp_path / "a", members, worksheet="")) == {"1", "3", "4", "6"}


def test_does_the_file_outside_a_students_own_folders_count(tmp_path: Path) -> None:
    name = "A_1_assignsubmission_file_"
    inside = extracted(
        tmp_path,
        archive({f"{name}/old/iris.ipynb": b"{}", f"{name}/iris.ipynb": NOTEBOOK}),
    )
    assert inside == {f"{name}/iris.ipynb": NOTEBOOK}


def test_is_a_file_of_another_name_left() -> None:
    assert Collector().collect("/course/extracted/x/iris.ipynb") is None


def test_are_only_notebooks_taken_out_and_no_path_followed(tmp_path: Path) -> None:
    inside = extracted(
        tmp_path,
        archive(
            {
                "A_1_assignsubmission_file_/iris.ipynb": NOTEBOOK,
                "../../evil.ipynb": NOTEBOOK,
                "/etc/evil.ipynb": NOTEBOOK,
                "B_2_assignsubmission_file_\\..\\..\\evil.ipynb": NOTEBOOK,
                "A_1_assignsubmission_file_/sitecustomize.py": b"raise SystemExit",
                "__MACOSX/A_1_assignsubmission_file_/._iris.ipynb": b"of macOS",
                "A_1_assignsubmission_file_/more.zip": archive({"iris.ipynb": NOTEBOOK}),
            }
        ),
    )
    assert inside == {
        "A_1_assignsubmission_file_/iris.ipynb": NOTEBOOK,
        "evil.ipynb": NOTEBOOK,  # below the folder, under a name that nobody collects
    }


def test_does_a_bomb_stay_packed(tmp_path: Path) -> None:
    bomb = bytes(LARGEST_NOTEBOOK + 1)
    inside = extracted(tmp_path, archive({"A_1_2_iris.ipynb": bomb, "B_2_3_iris.ipynb": NOTEBOOK}))
    assert inside == {"B_2_3_iris.ipynb": NOTEBOOK}


def test_is_a_damaged_or_false_archive_survived(tmp_path: Path) -> None:
    assert extracted(tmp_path, b"PK\x03\x04 no zip") == {}


def test_does_a_wrong_checksum_leave_only_that_file(tmp_path: Path) -> None:
    content = bytearray(archive({"A_1_2_iris.ipynb": NOTEBOOK * 9, "B_2_3_iris.ipynb": NOTEBOOK}))
    content[content.index(b"A_1_2_iris.ipynb") + len("A_1_2_iris.ipynb") + 3] ^= 0xFF
    assert extracted(tmp_path, bytes(content)) == {"B_2_3_iris.ipynb": NOTEBOOK}


def test_does_a_damaged_stream_leave_only_that_file(tmp_path: Path) -> None:
    content = bytearray(archive({"A_1_2_iris.ipynb": NOTEBOOK * 9, "B_2_3_iris.ipynb": NOTEBOOK}))
    begin = content.index(b"A_1_2_iris.ipynb") + len("A_1_2_iris.ipynb")
    content[begin : begin + 8] = b"\xff" * 8  # a kind of block that there is not
    assert extracted(tmp_path, bytes(content)) == {"B_2_3_iris.ipynb": NOTEBOOK}


def test_does_of_two_notebooks_that_canvas_names_alike_the_later_one_count(tmp_path: Path) -> None:
    """nbgrader would stop there, for everybody."""
    members = {
        "a_1_88_iris-1.ipynb": b"{}",
        "a_1_9_iris.ipynb": b"{}",
        "a_1_89_iris.ipynb": NOTEBOOK,
    }
    others = {"a_1_7_mnist.ipynb": b"{}", "b_2_5_iris-1.ipynb": b"{}"}
    inside = extracted(tmp_path, archive(members | others))
    assert inside == {"a_1_89_iris.ipynb": NOTEBOOK} | others


def test_does_nbgraders_command_put_them_where_we_grade(tmp_path: Path) -> None:
    course = make_course(tmp_path / "course")
    run_module(course, "autograder", "release", ASSIGNMENT)
    notebook = (course / "labs/en" / ASSIGNMENT / "toy.ipynb").read_bytes()
    place = course / "classroom/downloaded" / ASSIGNMENT / "archive"
    place.mkdir(parents=True)
    names = [f"{ADA}_/toy.ipynb", "popana_LATE_9_88_toy-1.ipynb"]
    (place / "submissions.zip").write_bytes(archive(dict.fromkeys(names, notebook)))
    (place / "Grades-TANDEM-Iris.csv").write_text(WORKSHEET, encoding="utf-8")
    submitted = course / "classroom/submitted"
    for again in ([], ["--force"]):
        done = run_module(course, "nbgrader", "zip_collect", ASSIGNMENT, *again)
        assert done.returncode == 0, done.stderr[-2000:]
        assert {p.name for p in submitted.iterdir()} == {"s17", "9"}
        assert (submitted / "s17" / ASSIGNMENT / "toy.ipynb").read_bytes() == notebook
        assert known(course / "classroom") == {
            "s17": ADA_KNOWN,
            "9": (None, None, None, "9"),
        }
