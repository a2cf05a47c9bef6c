"""Can the attack suite fail? Without the sandbox, planted attacks succeed, and it must say so."""

import os
import re
import signal
from pathlib import Path

import pytest

from tests.attack.__main__ import CLASSES, attacks
from tests.attack.run import battle
from tests.attack.scoreboard import Scoreboard, active
from tests.attack.table import Attack
from tests.autograder.edits import RIGHT, cell

PLANTED = {
    "gains": Attack("Answers rightly.", edit=lambda nb: cell(nb, "double").update(source=RIGHT)),
    "leaves": Attack(
        "Leaves a file and a process.",
        "import subprocess\nopen('/tmp/' + MARK, 'w').close()\n"
        "subprocess.Popen(['sleep', '600'], start_new_session=True)",
    ),
    "looks": Attack("Shows a file.", "print(open(COURSE + '/classroom/canary.txt').read())"),
    "calls": Attack("Calls.", "import socket; socket.create_connection(('127.0.0.1', PORT))"),
    "rewrites": Attack("Changes a hand-in.", "open(HONEST + '/toy.ipynb', 'a').write(' ')"),
    "misfires": Attack("Does nothing, by a fault of its own.", "no_such_name"),
    "harms": Attack(
        "Takes the points of those before it.",
        """
import sqlite3
with sqlite3.connect(COURSE + "/classroom/gradebook.db", timeout=30) as book:
    book.execute("update grade set auto_score = 0")
""",
    ),
}  # fmt: skip


def test_every_attack_has_a_name_of_its_own_and_a_sentence() -> None:
    assert len(attacks()) == sum(len(module.ATTACKS) for module in CLASSES.values()) >= 60
    assert len({attack.tries for attack in attacks().values()}) == len(attacks())
    for name, attack in attacks().items():
        assert re.fullmatch(r"[a-z0-9-]+", name)
        assert re.fullmatch(r"[`A-Z/0-9].*\.", attack.tries), name


@pytest.fixture(scope="module")
def board() -> Scoreboard:
    found, fought = battle(PLANTED, ["--unsafe-no-sandbox"], most_memory=1_000_000)
    assert fought.failures == [], "a command did not end well, so nothing was counted"
    return found


def test_does_the_scoreboard_show_points_that_were_gained(board: Scoreboard) -> None:
    assert [line for line in board.gained if "gains: 2 points" in line]


def test_does_it_show_honest_students_who_were_harmed(board: Scoreboard) -> None:
    assert [line for line in board.harmed if "honest-right: graded, 3 points, 0 in the" in line]


def test_does_it_show_what_was_left_changed_and_called(board: Scoreboard) -> None:
    found = "\n".join(board.changed)
    (path,) = re.findall(r"(/tmp/mark\w+) is new", found)
    Path(path).unlink()
    (pid,) = re.findall(r"process (\d+) was left: sleep 600", found)
    os.kill(int(pid), signal.SIGKILL)
    assert re.search(r"toy\.ipynb changed", found)
    assert re.search(r"canary socket .* was called", found)


def test_does_it_show_what_was_seen(board: Scoreboard) -> None:
    assert [line for line in board.seen if "looks: file in toy.ipynb" in line]
    assert not board.clean


def test_does_it_show_an_attack_that_is_none(board: Scoreboard) -> None:
    (fault,) = board.misfired
    assert "misfires: NameError: name 'no_such_name' is not defined" in fault


def test_does_it_show_commands_that_took_too_much_memory(board: Scoreboard) -> None:
    (grading,) = [line for line in board.greedy if line.startswith("`autograder grade ")]
    assert re.search(r" had \d\d\d+ MB, at most 1 are meant", grading)


@pytest.mark.parametrize(
    "tag",
    [
        "<script>x</script>",
        "<img src='data:image/png;base64,' ONERROR=x>",
        "<a href='java\nscript:x'>",
        "<svg onload=x>",
        "<a href='data:text/html,x'>",
        "<img src='https://example.org/x.png'>",
        "<img src='data:text/html,x'>",
        "<img srcset='https://example.org/x.png 2x'>",
        "<meta http-equiv=refresh content='0;url=https://example.org'>",
    ],
)
def test_is_what_could_run_or_call_in_a_page_noticed(tag: str) -> None:
    assert list(active(f"<p>{tag}</p>"))


def test_is_a_page_that_only_shows_and_links_let_alone() -> None:
    policy = "<meta http-equiv='Content-Security-Policy' content='img-src data:'>"
    shown = "<a href='https://example.org'>x</a><img src='data:image/png;base64,'>"
    assert not list(active(f"{policy}<p>{shown}</p>"))
