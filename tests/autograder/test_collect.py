"""Are hand-ins taken out of Moodle's and Canvas' archives, and nothing else?"""

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from autograder.collect import Collector, Extractor
from autograder.intake import LARGEST_NOTEBOOK
from tests.autograder.courses import ASSIGNMENT, make_course, run_module

NOTEBOOK = b'{"cells": []}'


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
    Extractor().extract(str(tmp_path / "archive"), str(to))
    inside = {p.relative_to(to).as_posix(): p.read_bytes() for p in to.rglob("*") if p.is_file()}
    outside = {p.name for p in tmp_path.iterdir()} - {"archive", "extracted"}
    assert not outside
    return inside


@pytest.mark.parametrize(
    ("path", "student", "notebook", "name"),
    [
        ("x/Ada Lovelace_1042_assignsubmission_file_/iris.ipynb", "1042", "iris", "Ada"),
        ("x/Ada Lovelace_1042_assignsubmission_file/iris.ipynb", "1042", "iris", "Ada"),
        ("x/Ana-Maria Ș. Pop_7_assignsubmission_file_iris.ipynb", "7", "iris", "Ana-Maria Ș."),
        ("x/lovelaceada_1042_88123_iris.ipynb", "1042", "iris", None),
        ("x/lovelaceada_LATE_1042_88123_iris-2.ipynb", "1042", "iris", None),
    ],
)
def test_are_students_known_by_the_names_of_both_systems(
    path: str, student: str, notebook: str, name: str | None
) -> None:
    found = Collector().collect(f"/course/extracted/{path}")
    assert found is not None
    assert (found["student_id"], found["file_id"]) == (student, notebook)
    assert found.get("first_name") == name


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
                "A_1_assignsubmission_file_/more.zip": archive({"iris.ipynb": NOTEBOOK}),
            }
        ),
    )
    assert inside == {
        "A_1_assignsubmission_file_/iris.ipynb": NOTEBOOK,
        "etc/evil.ipynb": NOTEBOOK,  # below the folder, under a name that nobody collects
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


def test_does_nbgraders_command_put_them_where_we_grade(tmp_path: Path) -> None:
    course = make_course(tmp_path / "course")
    run_module(course, "autograder", "release", ASSIGNMENT)
    notebook = (course / "labs/en" / ASSIGNMENT / "toy.ipynb").read_bytes()
    place = course / "classroom/downloaded" / ASSIGNMENT / "archive"
    place.mkdir(parents=True)
    names = ["Ada L_1042_assignsubmission_file_/toy.ipynb", "popana_LATE_7_88_toy-1.ipynb"]
    (place / "submissions.zip").write_bytes(archive(dict.fromkeys(names, notebook)))
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "zip_collect", ASSIGNMENT],
        cwd=course, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    submitted = course / "classroom/submitted"
    assert {p.name for p in submitted.iterdir()} == {"1042", "7"}
    assert (submitted / "1042" / ASSIGNMENT / "toy.ipynb").read_bytes() == notebook
