"""What an attack is, and the tables of all of them by class."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from tests.autograder.edits import answering

NOTHING = "def {name}(x):\n    return 0 * x"  # the wrong answer of every attack
START = "MARK, PORT = "  # of an attack's cell
TOY, IRIS = "toy-numpy", "iris-pytorch"


@dataclass(frozen=True)
class Grounds:
    """Where attacks take place, as they know it: nothing of it is secret.

    Attributes:
        mark: occurs in the name or content of whatever an attack leaves behind.
        port: a TCP port of this machine at which something listens.
        honest: the hand-in of a neighbour, a folder; everybody's lie beside it.
    """

    mark: str
    course: Path
    repository: Path
    port: int
    honest: Path

    def prelude(self) -> str:
        """Return the first lines of every attack's code."""
        return f"""\
{START}{self.mark!r}, {self.port}
COURSE, REPOSITORY, HONEST = {str(self.course)!r}, {str(self.repository)!r}, {str(self.honest)!r}
def tried(call, *arguments, **named):
    try: result = call(*arguments, **named)
    except BaseException as error: result = f"{{type(error).__name__}}: {{error}}"[:300]
    print(repr(result)[:3000])
    return result
def loot(*found): print("canary-" + MARK, *found)
"""


Edit = Callable[[NotebookNode], None]
HandIn = Callable[[Path, Grounds], None]


@dataclass(frozen=True)
class Attack:
    """One way to cheat or to harm.

    Attributes:
        tries: one sentence: what it tries.
        code: a cell before the first check.
        after: a cell after it.
        edit: what it does to the notebook.
        hand_in: what it does to the folder in which its notebook lies already.
        lab: the assignment to which it is handed in.
    """

    tries: str
    code: str = ""
    after: str = ""
    edit: Edit = lambda _: None
    hand_in: HandIn = lambda *_: None
    lab: str = TOY

    def answer(self, notebook: NotebookNode, grounds: Grounds) -> None:
        """Answer the toy lab wrongly and add the attack's cells."""
        cells = {"before": grounds.prelude() + self.code}
        if self.after:
            cells["after"] = self.after
        answering(NOTHING.format(name="double"), NOTHING.format(name="triple"), **cells)(notebook)
        self.edit(notebook)


Table = Mapping[str, Attack]
