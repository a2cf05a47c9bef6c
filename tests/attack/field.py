"""The field of an attack: a course with a toy lab and a real one, honest students, attackers."""

import copy
import json
import os
import secrets
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from autograder.course import Course
from autograder.probes import read_secret, secret_path
from tests.attack.table import IRIS, TOY, Attack, Grounds
from tests.autograder.courses import REPOSITORY, make_course, write
from tests.autograder.edits import RIGHT, TRIPLE, Edit, answering
from tests.submissions import fill_in

_LIMITS = """
c.Execute.timeout = 4
c.Execute.notebook_timeout = 20
c.Execute.memory = 700_000_000
c.Execute.processes = 64
c.Execute.scratch = 50_000_000
c.Execute.output_limit = 400_000  # an honest lab's largest picture has 120,000 characters
"""
_FILES = "import pathlib, threading, time\npathlib.Path('/tmp/mine').write_text('x' * 10**6)\n"
HONEST: Mapping[str, tuple[Edit, float]] = {
    "right": (answering(RIGHT), 3),
    "half-right": (answering("def double(x):\n    return x"), 2),
    "wrong-in-one": (answering(RIGHT, triple="def triple(x):\n    return x"), 2),
    "raises-in-one": (answering("def double(x):\n    return 1 / 0"), 1),
    "patient": (answering("import time\n" + RIGHT.replace("return", "time.sleep(1); return")), 3),
    "uses-files": (answering(_FILES + RIGHT), 3),
    "uses-processes": (answering("import subprocess\nsubprocess.run(['true'])\n" + RIGHT), 3),
    "uses-memory": (answering("kept = b'x' * 200_000_000\n" + RIGHT, triple=TRIPLE), 3),
}
ROUNDS = 2  # so many of each


@dataclass(frozen=True)
class HandedIn:
    """One student of the class."""

    student: str
    lab: str
    attack: Attack | None = None  # an honest one has none
    score: float = 0.0  # what it must get


@dataclass
class Field:
    """A course in a folder of its own, with what nobody may see in it."""

    folder: Path
    port: int
    mark: str = field(default_factory=lambda: f"mark{secrets.token_hex(8)}")
    handed_in: list[HandedIn] = field(default_factory=list)
    canaries: dict[str, str] = field(default_factory=dict)  # text -> what it is

    @property
    def course(self) -> Path:
        return self.folder / "course"

    @property
    def grounds(self) -> Grounds:
        honest = next((h for h in self.handed_in if h.attack is None), None)
        student = honest.student if honest else "nobody"
        return Grounds(self.mark, self.course, REPOSITORY, self.port, self.submitted(student, TOY))

    def submitted(self, student: str, lab: str) -> Path:
        return self.course / "classroom/submitted" / student / lab

    def canary(self, what: str) -> str:
        """Make a text that must not be shown to anybody whose it is not."""
        text = f"canary-{what}-{secrets.token_hex(8)}"
        self.canaries[text] = what
        return text


def lay_out(found: Field, port: int, attacks: Mapping[str, Attack], labs: list[str]) -> Field:
    """Make the course, release its labs, and let honest and dishonest students hand in."""
    found.port = port
    make_course(found.course)
    config = found.course / "nbgrader_config.py"
    config.write_text(config.read_text() + _LIMITS)
    for lab in [lab for lab in labs if lab != TOY]:
        shutil.copytree(REPOSITORY / "solutions" / lab, found.course / "solutions" / lab)
    _hide(found)
    course = Course.load(found.course)
    for lab in labs:
        course.release(lab)
        secret = read_secret(secret_path(course.directory, lab))
        found.canaries |= {secret.hex(): "secret", repr(secret)[2:-1]: "secret"}
    found.canaries["canary-" + found.mark] = "whatever it looked for"
    found.handed_in = _seated(attacks, labs)
    for handed_in in found.handed_in:
        _write(found, handed_in)
    for handed_in in found.handed_in:
        if handed_in.attack is not None:
            folder = found.submitted(handed_in.student, handed_in.lab)
            handed_in.attack.hand_in(folder, found.grounds)
    return found


def _hide(found: Field) -> None:
    """Put canaries into solutions and beside the gradebook."""
    path = found.course / "solutions" / TOY / "toy.ipynb"
    notebook = json.loads(path.read_text())
    for cell in notebook["cells"]:
        text = f"    # {found.canary('solution')}\n    ### END"
        cell["source"] = cell["source"].replace("    ### END", text)
    path.write_text(json.dumps(notebook))
    (found.course / "classroom").mkdir(exist_ok=True)
    (found.course / "classroom/canary.txt").write_text(found.canary("file"))


def _seated(attacks: Mapping[str, Attack], labs: list[str]) -> list[HandedIn]:
    """Seat honest students among the others; they are graded in the order of their numbers."""
    honest = [HandedIn(f"honest-{n}", TOY, None, HONEST[n][1]) for n in HONEST] * ROUNDS
    hostile = [HandedIn(name, attack.lab, attack) for name, attack in attacks.items()]
    seats: list[HandedIn] = []
    step = max(1, len(hostile) // len(honest))
    for place, one in enumerate(hostile):
        if place % step == 0 and honest:
            seats.append(honest.pop(0))
        seats.append(one)
    seats += honest
    if IRIS in labs:
        seats.append(HandedIn("honest-solution", IRIS, None, _points_of_iris()))
    return [
        HandedIn(f"{number:03d}-{h.student}", h.lab, h.attack, h.score)
        for number, h in enumerate(seats)
    ]


def _points_of_iris() -> float:
    from tandem.checks import find_lab

    lab = find_lab("iris")
    assert lab is not None
    return sum(check.points for check in lab.checks.values())


def _write(found: Field, handed_in: HandedIn) -> None:
    lab, name = handed_in.lab, handed_in.lab.split("-")[0]
    release = nbformat.read(found.course / "labs/en" / lab / f"{name}.ipynb", as_version=4)
    notebook = copy.deepcopy(release)
    if lab == TOY and handed_in.attack is not None:
        handed_in.attack.answer(notebook, found.grounds)
    elif lab == TOY:
        HONEST[handed_in.student.split("-honest-")[1]][0](notebook)
        notebook.cells.append(new_code_cell(f"# {found.canary('neighbour')}"))
    else:
        _write_real(notebook, handed_in, found.grounds)
    write(found.submitted(handed_in.student, lab) / f"{name}.ipynb", notebook)


def _write_real(notebook: NotebookNode, handed_in: HandedIn, grounds: Grounds) -> None:
    """An attacker answers nothing; the honest one hands in the solution."""
    if handed_in.attack is None:
        fill_in(notebook, REPOSITORY / "solutions" / handed_in.lab / "iris.ipynb")
        return
    first = next(
        n for n, c in enumerate(notebook.cells) if c.metadata.get("nbgrader", {}).get("grade")
    )
    notebook.cells.insert(first, new_code_cell(grounds.prelude() + handed_in.attack.code))


@contextmanager
def changing(folder: Path | None, grounds: Grounds) -> Iterator[None]:
    """Change a hand-in all the time: a notebook, a link to a secret, a pipe, a folder, nothing."""
    if folder is None:
        yield
        return
    over, path = threading.Event(), folder / "toy.ipynb"
    content = path.read_bytes()

    def change() -> None:
        secret = grounds.course / "classroom/secrets" / f"{TOY}.key"
        for turn in iter(int, 1):
            if over.is_set():
                return
            _remove(path)
            kind = turn_of(turn)
            if kind == "link":
                path.symlink_to(secret)
            elif kind == "pipe":
                os.mkfifo(path)
            elif kind == "folder":
                path.mkdir()
            elif kind == "neighbour":
                path.symlink_to(grounds.honest / "toy.ipynb")
            elif kind == "notebook":
                path.write_bytes(content)
            over.wait(0.002)

    counter = iter(range(10**9))

    def turn_of(_: int) -> str:
        kinds = ("notebook", "link", "notebook", "pipe", "neighbour", "folder", "nothing")
        return kinds[next(counter) % len(kinds)]

    thread = threading.Thread(target=change)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        _remove(path)
        path.write_bytes(content)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    else:
        path.unlink(missing_ok=True)
