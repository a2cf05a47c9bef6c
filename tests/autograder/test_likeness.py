"""Are copies found though names change, and are independent answers left alone?"""

import numpy as np
import pytest

from autograder import likeness
from autograder.likeness import Pair, alike, fingerprints

GIVEN = "import numpy as np\n" + "\n".join(
    f"def given_{i}(x):\n    return x + {i}" for i in range(9)
)


def program(seed: int, lines: int = 40) -> str:
    """Write a program of one's own: the seed decides which operations follow each other."""
    rng = np.random.default_rng(seed)
    forms = [
        *("x = y + 1", "for i in y:\n    z(i)", "if x < y:\n    x = -x", "w[i] = (x, y)"),
        *("def f(x, *, y=2):\n    return {x: y}", "x @= y[1:, ::2]", "assert not x or y"),
        *("x = [i ** 2 for i in y if i]", "with x as y:\n    pass", "lambda x: x % 3"),
    ]
    return GIVEN + "\n" + "\n".join(rng.choice(forms, lines))


def renamed(source: str) -> str:
    changes = {"x": "value", "y": "other", "1": "7", "i": "index"}
    for old, new in changes.items():
        source = source.replace(f"{old} ", f"{new} ").replace(f"({old}", f"({new}")
    return "# my own work\n" + source.replace("\n", "\n\n")


def test_is_a_copy_found_though_names_numbers_and_layout_changed() -> None:
    sources = {f"student-{seed}": program(seed) for seed in range(30)}
    sources["copier"] = renamed(sources["student-3"])
    (pair,) = alike(sources, GIVEN)
    assert {pair.one, pair.other} == {"copier", "student-3"}
    assert pair.share > 0.9


def test_is_half_a_copy_found_by_the_shorter_one() -> None:
    sources = {f"student-{seed}": program(seed) for seed in range(30)}
    sources["copier"] = program(99, 60) + "\n" + program(3)
    (pair,) = alike(sources, GIVEN)
    assert (pair.one, pair.other) == ("copier", "student-3")


@pytest.mark.parametrize("rows", [1, 7, 31])
def test_are_the_same_pairs_found_however_many_are_compared_at_a_time(
    monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    sources = {f"student-{seed}": program(seed) for seed in range(30)}
    sources |= {"copier": renamed(sources["student-3"]), "another": program(29)}
    found = alike(sources, GIVEN)
    assert {(pair.one, pair.other) for pair in found} == {
        ("copier", "student-3"),
        ("another", "student-29"),
    }
    monkeypatch.setattr(likeness, "ROWS", rows)
    assert alike(sources, GIVEN) == found


def test_does_what_everybody_was_given_or_writes_not_count() -> None:
    assert alike({f"student-{n}": GIVEN for n in range(9)}, GIVEN) == []
    common = program(5)
    assert alike({f"student-{n}": common for n in range(9)}, GIVEN) == []


@pytest.mark.parametrize("source", ["", "x = (", "if x:\n  y\n z", "'" * 7, "\0", "\\"])
def test_does_broken_code_harm_nobody(source: str) -> None:
    assert isinstance(fingerprints(source), set)
    assert alike({"a": source, "b": source}) == []


def test_are_pairs_in_order_of_likeness() -> None:
    sources = {f"student-{seed}": program(seed) for seed in range(30)}
    sources["a"] = program(1)
    sources["b"] = "\n".join(program(2).split("\n")[:-12]) + "\n" + program(77, 12)
    found = alike(sources, GIVEN)
    assert [pair.share for pair in found] == sorted((p.share for p in found), reverse=True)
    assert found[0] == Pair("a", "student-1", 1.0)
