"""Does the documentation name commands, options and paths that exist?"""

import importlib.util
import re
import shlex
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest
from click import ClickException
from distributed.cli import dask_scheduler, dask_worker

from authoring.messages import library_messages
from autograder.cli import _parser
from tests.submissions import ROOT

PAGES = sorted(
    [
        *(ROOT / f"{n}.md" for n in ("README", "CONTRIBUTING", "CHANGELOG")),
        *(ROOT / "docs").glob("*.md"),
    ]
)
BLOCK = re.compile(r"^( *)```(?:sh|powershell)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
OURS = ("autograder", "dask", "make", "nbgrader", "python")
# The shell's own, and programs that are the reader's.
OTHERS = {
    *("cd", "source", "export", "git", "conda", "jupyter", "sudo", "docker", "podman"),
    *(".venv\\Scripts\\Activate.ps1", "Set-ExecutionPolicy"),
    *("chmod", "cp", "rsync", "ssh"),
    "openssl",  # tests/autograder/test_many.py runs it
}
DASK = {"scheduler": dask_scheduler.main, "worker": dask_worker.main}
# Python's own errors and others', in the table of docs/students.md.
FOREIGN = (
    *("ModuleNotFoundError: No module", "NameError: name", "Activate.ps1", "No matching distr"),
    *("python3.11: command not found", "ensurepip is not available"),
)
FOLDERS = {path.name for path in ROOT.iterdir() if path.is_dir()} - {"classroom", "build"}


def lines(page: Path) -> list[str]:
    """Return the commands in the page's blocks, without comments."""
    found = [
        line for _, block in BLOCK.findall(page.read_text("utf-8")) for line in block.split("\n")
    ]
    parts = [part.split(" #")[0] for line in found for part in line.split("&&")]
    return [part.strip() for part in parts if part.strip() and not part.strip().startswith("#")]


def spans(page: Path) -> list[str]:
    text = re.sub(r"^ *```.*?^ *```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    return CODE.findall(text)


@cache
def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@cache
def extras_of_tandem() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return set(project["optional-dependencies"])


@cache
def nbgrader_commands() -> str:
    command = [sys.executable, "-m", "nbgrader", "--help"]
    # Elsewhere: nbgrader would read this folder's configuration.
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=True)
    return done.stdout


def fault(command: str) -> str:
    """Say what is wrong with a command; nothing where it can be run."""
    words = shlex.split(command.replace("…", "").replace("\\", "\\\\"), comments=True)
    program, rest = words[0], words[1:]
    if program in ("py", "python3.11"):
        program, rest = "python", [word for word in rest if word != "-3.11"]
    if program == "make":
        wrong = [word for word in rest if word not in targets() and "=" not in word]
        return f"no such target: {wrong}" if wrong else ""
    if program == "autograder":
        # In a sentence a command may be named without its assignment.
        return "" if _taken(rest) or _taken([*rest, "an-assignment"]) else "not taken"
    if program == "nbgrader":
        return "" if re.search(rf"^{rest[0]}$", nbgrader_commands(), re.MULTILINE) else "no such"
    if program == "pip":
        asked = re.findall(r"\.\[([\w,]+)\]", command)
        wrong = {extra for extras in asked for extra in extras.split(",")} - extras_of_tandem()
        return f"no such extra: {wrong}" if wrong else ""
    if program == "python" and rest[:1] == ["-m"]:
        package = rest[1].split(".")[0]
        there = importlib.util.find_spec(package) and importlib.util.find_spec(rest[1])
        return "" if there else f"no module {rest[1]}"
    if program == "python":
        return "" if (ROOT / rest[0]).is_file() else f"no file {rest[0]}"
    if program == "dask":
        return "" if _taken_by_dask(*rest) else "not taken"
    return "" if program in OTHERS else "unknown program"


def _taken(arguments: list[str]) -> bool:
    try:
        _parser().parse_args(arguments)
    except SystemExit:
        return False
    return True


def _taken_by_dask(command: str, *arguments: str) -> bool:
    try:
        DASK[command].make_context(command, list(arguments))
    except (KeyError, ClickException):
        return False
    return True


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_can_every_command_be_run(page: Path) -> None:
    found = lines(page)
    mentioned = (part.strip() for span in spans(page) for part in span.split("&&"))
    found += [s for s in mentioned if s.split()[0] in OURS and " " in s and "<" not in s]
    assert [f"{command}: {why}" for command in found if (why := fault(command))] == []


def test_is_a_wrong_command_noticed() -> None:
    for command in (
        "make nothing",
        "autograder nothing",
        "nbgrader nothing",
        "dask nothing",
        "dask worker tls://grader:8786 --nothing",
        "python -m nothing.x",
        "python3.11 -m nothing.x",
        'pip install ".[nothing]"',
    ):
        assert fault(command), command
    assert fault("autograder grade iris --nothing")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_does_every_path_exist(page: Path) -> None:
    """Paths in code that begin with one of our folders; those with <…>, * or { stand for many."""
    for span in spans(page):
        path = span.split()[0].rstrip("/")
        if "/" not in span or any(sign in span for sign in "<*{…"):
            continue
        if path.split("/")[0] in FOLDERS and not span.startswith("python"):
            assert (ROOT / path).exists(), f"{page.name}: {span}"


def test_does_every_message_in_the_students_table_exist() -> None:
    """Is what the table says that a student sees what the course says?"""
    table = (ROOT / "docs/students.md").read_text("utf-8").split("| you see |")[1]
    rows = [row.split("|")[1] for row in table.splitlines() if row.startswith("| ")]
    ours = [s for row in rows for s in CODE.findall(row) if not s.startswith((*FOREIGN, "tensorf"))]
    said = [entry.text for entry in library_messages(ROOT)]
    # A message's fields stand for anything; the table may quote its beginning.
    patterns = [re.sub(r"\\{\w+\\}", "[\\\\w. ]+?", re.escape(text)) for text in said]
    assert len(ours) >= 4
    for shown in ours:
        begins = any(text.startswith(shown) for text in said)
        assert begins or any(re.match(first_sentence(p), shown) for p in patterns), shown


def first_sentence(pattern: str) -> str:
    return re.split(r"(?<=\\\.)\\ ", pattern)[0] + "$"


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_does_every_link_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name}: {target}"
