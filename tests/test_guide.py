"""Do the instructors' guide's commands of git and nbgrader do what the guide says, as it has them?

Those of `autograder` and `make` have tests of their own; here the lines are read from the page.
"""

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from nbgrader.api import Gradebook, MissingEntry

from tests.autograder.courses import ASSIGNMENT, make_course, run_module
from tests.submissions import ROOT
from tests.test_docs import lines, spans
from tools import student_release

GUIDE = ROOT / "docs/instructors.md"
ADDRESS = "https://github.com/OWNER/NAME"
GIT = {
    **{f"GIT_{who}_NAME": "Ada" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "ada@example.org" for who in ("AUTHOR", "COMMITTER")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}


def git(command: str, cwd: Path) -> str:
    done = subprocess.run(
        shlex.split(command),
        cwd=cwd,
        env=os.environ | GIT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return done.stdout


def test_are_the_students_repository_and_its_next_version_pushed(tmp_path: Path) -> None:
    """From the guide: make the release, put it into a repository, push; later the same again."""
    bare = tmp_path / "github.git"
    git(f"git init --quiet --bare {bare}", tmp_path)
    release, releases = tmp_path / "build/student-release", 0
    for line in lines(GUIDE):
        if line.startswith("make student-release"):
            named = re.search(r"REPOSITORY=(\S+)", line)
            student_release.release(release, named[1] if named else "")
            (release / "course/en/README.md").write_text(f"# Version {releases}")
            releases += 1
        elif line.startswith("git -C build/student-release"):
            git(line.replace(f"{ADDRESS}.git", str(bare)), tmp_path)
    assert releases == 2
    history = git(f"git -C {bare} log --format=%s main", tmp_path).splitlines()
    assert history == ["What changed", "The course"]
    pushed = git(f"git -C {bare} ls-tree -r --name-only main", tmp_path).splitlines()
    assert "labs/en/iris-pytorch/iris.ipynb" in pushed
    assert not [path for path in pushed if path.startswith(("solutions", "autograder"))]
    assert git(f"git -C {bare} show main:course/en/README.md", tmp_path) == "# Version 1"
    assert ADDRESS in git(f"git -C {bare} show main:pyproject.toml", tmp_path)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    folder = make_course(tmp_path / "course")
    assert run_module(folder, "autograder", "release", ASSIGNMENT).returncode == 0
    return folder


def as_in_the_guide(course: Path, beginning: str, **replaced: str) -> None:
    """Run the guide's one command that begins so, on this course's assignment."""
    (command,) = {s for s in [*lines(GUIDE), *spans(GUIDE)] if s.startswith(beginning)}
    for old, new in {"iris-pytorch": ASSIGNMENT, **replaced}.items():
        command = command.replace(old, new)
    program, *arguments = shlex.split(command)
    done = run_module(course, program, *arguments)
    assert done.returncode == 0, done.stderr[-2000:]


def test_are_students_imported_dated_and_deleted(course: Path) -> None:
    (course / "classroom/students.csv").write_text(
        "id,first_name,last_name,email,lms_user_id\nada,Ada,Lovelace,ada@example.org,17\n"
    )
    as_in_the_guide(course, "nbgrader db student import")
    as_in_the_guide(course, "nbgrader db assignment add")
    url = f"sqlite:///{course}/classroom/gradebook.db"
    with Gradebook(url) as gradebook:
        ada = gradebook.find_student("ada")
        assert (ada.last_name, ada.lms_user_id) == ("Lovelace", "17")
        due = gradebook.find_assignment(ASSIGNMENT).duedate
        assert f"{due:%Y-%m-%d %H:%M}" in GUIDE.read_text(encoding="utf-8")
        assert gradebook.find_assignment(ASSIGNMENT).max_score > 0, "the release stays"
    as_in_the_guide(course, "nbgrader db student remove ID", ID="ada")
    with Gradebook(url) as gradebook, pytest.raises(MissingEntry):
        gradebook.find_student("ada")
