"""Does every check of the Iris lab tell right answers from wrong ones, and survive garbage?"""

import ast
import json
import re
import textwrap
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem.checks import Check, find_lab, lab_names
from tandem.evidence import MIME, Arrays
from tandem.labs.iris import LAB
from tests.tandem import iris_training_mistakes
from tests.tandem.iris_answers import RIGHT, Answer, check_named, collected, judged, sent
from tests.tandem.iris_mistakes import ONLY_WHEN_GRADED, TABLE
from tests.tandem.strategies import arrays, garbage_like

mpl.use("Agg")
assert iris_training_mistakes.wrong  # its import adds to TABLE
SEEDS = 30
CHECKS = list(LAB.checks)
SOLUTIONS = Path(__file__).parents[2] / "solutions"
each_check = pytest.mark.parametrize("name", CHECKS)
drawn_checks = st.sampled_from(CHECKS)


def draw(check: Check, seed: int) -> tuple[Arrays, Arrays]:
    return check.draw(np.random.default_rng(seed))


def label(entry: tuple[str, Answer]) -> str:
    return f"{entry[0]}-{entry[1].__name__}"


@pytest.fixture(scope="module")
def right_evidence() -> dict[str, tuple[Arrays, Arrays, Arrays]]:
    """Evidence of a right answer to each check, with its probe and truth."""
    answers = dict(reversed(RIGHT))
    poses = {name: draw(check, 0) for name, check in LAB.checks.items()}
    return {
        name: (collected(LAB.checks[name], answers[name], pose[0]), *pose)
        for name, pose in poses.items()
    }


@pytest.mark.parametrize("entry", RIGHT, ids=label)
def test_does_a_right_answer_get_full_points_from_every_probe(entry: tuple[str, Answer]) -> None:
    check = check_named(entry[0])
    for seed in range(SEEDS):
        verdict = judged(check, entry[1], *draw(check, seed))
        assert verdict.points == check.points, (seed, verdict.message)
        assert verdict.message.startswith("Right")


@pytest.mark.parametrize("entry", RIGHT, ids=label)
def test_does_a_right_answer_get_full_points_in_jupyterlab(entry: tuple[str, Answer]) -> None:
    check = check_named(entry[0])
    assert judged(check, entry[1], *check.public()).passed


@pytest.mark.parametrize("entry", TABLE, ids=lambda entry: label(entry[:2]))
def test_does_a_wrong_answer_get_its_points_and_its_sentence(
    entry: tuple[str, Answer, float, str],
) -> None:
    name, answer, points, sentence = entry
    check = check_named(name)
    poses = [draw(check, seed) for seed in range(3)]
    if answer not in ONLY_WHEN_GRADED:
        poses.append(check.public())
    for pose in poses:
        verdict = judged(check, answer, *pose)
        assert sentence in verdict.message
        assert verdict.points == points, verdict.message


def test_has_every_check_right_answers_and_three_wrong_ones() -> None:
    for name in CHECKS:
        assert name in dict(RIGHT)
        assert sum(entry[0] == name for entry in TABLE) >= 3


@given(drawn_checks, st.data())
@settings(max_examples=300, derandomize=True)
def test_does_garbage_never_raise_and_never_earn_a_point(
    right_evidence: dict[str, tuple[Arrays, Arrays, Arrays]], name: str, data: st.DataObject
) -> None:
    right, probe, truth = right_evidence[name]
    verdict = LAB.checks[name].decide(data.draw(garbage_like(right)), probe, truth)
    assert verdict.points == 0, verdict.message
    assert verdict.message


@given(drawn_checks, st.data())
@settings(max_examples=300, derandomize=True)
def test_does_one_spoilt_array_never_raise_and_never_leave_full_points(
    right_evidence: dict[str, tuple[Arrays, Arrays, Arrays]], name: str, data: st.DataObject
) -> None:
    right, probe, truth = right_evidence[name]
    spoilt = data.draw(st.sampled_from(sorted(right)))
    shape = right[spoilt].shape
    value = data.draw(arrays() | arrays(st.just(shape)) | st.just(np.full(shape, 1e308)))
    verdict = LAB.checks[name].decide(right | {spoilt: value}, probe, truth)
    assert 0 <= verdict.points <= verdict.max_points
    # Any text is a label; of the single step, the arguments are not looked at again.
    if not re.match("label|step_given", spoilt):
        assert not verdict.passed


@each_check
def test_does_missing_evidence_say_so(
    name: str, right_evidence: dict[str, tuple[Arrays, Arrays, Arrays]]
) -> None:
    right, probe, truth = right_evidence[name]
    check = LAB.checks[name]
    assert check.decide(right, probe, truth).passed
    assert check.decide({}, probe, truth).points == 0
    for missing in right:
        verdict = check.decide({n: a for n, a in right.items() if n != missing}, probe, truth)
        if missing.startswith("step_given"):
            continue  # of the single step, the arguments are not looked at again
        assert not verdict.passed, missing
        assert re.search("The evidence lacks|draws no line|no layers that can be", verdict.message)


@each_check
def test_does_an_error_count_for_nothing_even_beside_right_evidence(
    name: str, right_evidence: dict[str, tuple[Arrays, Arrays, Arrays]]
) -> None:
    right, probe, truth = right_evidence[name]
    error = {"error": np.frombuffer(b"it broke", np.uint8)}
    verdict = LAB.checks[name].decide(right | error, probe, truth)
    assert (verdict.points, verdict.message) == (0, "it broke")


@each_check
def test_is_the_evidence_of_another_probe_worth_less(
    name: str, right_evidence: dict[str, tuple[Arrays, Arrays, Arrays]]
) -> None:
    """Is an answer worthless that returns what was right for a probe it has seen before?"""
    right = right_evidence[name][0]
    assert LAB.checks[name].decide(right, *draw(LAB.checks[name], 1)).points == 0


@each_check
def test_does_one_seed_draw_one_probe_and_another_seed_another(name: str) -> None:
    check = LAB.checks[name]
    (one, truth), (same, same_truth), (other, _) = (draw(check, seed) for seed in (5, 5, 6))
    public = zip(check.public(), check.public(), strict=True)
    for first, second in ((one, same), (truth, same_truth), *public):
        assert first.keys() == second.keys()
        assert all(np.array_equal(first[key], second[key]) for key in first)
    assert one.keys() == other.keys()
    assert any(not np.array_equal(one[key], other[key]) for key in one)


@each_check
@pytest.mark.parametrize("seed", range(5))
def test_is_no_truth_in_the_probe(name: str, seed: int) -> None:
    probe, truth = draw(LAB.checks[name], seed)
    assert not probe.keys() & truth.keys()
    entered = {row.tobytes() for array in probe.values() for row in np.atleast_2d(array)}
    for key, array in truth.items():
        assert not any(np.array_equal(array, given) for given in probe.values()), key
        assert not any(row.tobytes() in entered for row in np.atleast_2d(array)), key


def test_do_fresh_flowers_share_none_with_iris() -> None:
    """Are the flowers that a hand-in is graded on none of the 150 that everyone has?"""
    public, _ = check_named("fit").public()
    parts = [array for name, array in public.items() if name.startswith("x_train")]
    known = {row.tobytes() for part in parts for row in np.sort(part)}
    assert len(known) > 130  # 150 flowers, some of them alike
    for name in ("fit", "high-level"):
        probe, truth = draw(check_named(name), 0)
        for array in (probe["x_train_0"], truth["x_test_0"]):
            assert not known & {row.tobytes() for row in np.sort(array)}


@each_check
def test_does_the_kernel_receive_the_probe_and_send_one_message(name: str) -> None:
    check = LAB.checks[name]
    messages = sent(name, dict(reversed(RIGHT))[name], draw(check, 3)[0])
    assert [list(message) for message in messages] == [[MIME]]
    assert len(messages[0][MIME]) < check.evidence_limit


@each_check
def test_do_seed_and_probe_alone_decide_the_evidence(name: str) -> None:
    answer, (probe, _) = dict(RIGHT)[name], draw(LAB.checks[name], 3)
    one, again = (sent(name, answer, probe, seed=11) for _ in range(2))
    assert one == again


def test_are_no_figures_left_open() -> None:
    plt.close("all")
    probe, _ = draw(check_named("learning-curves"), 0)
    for name, answer, *_ in (entry for entry in (*RIGHT, *TABLE) if entry[0] == "learning-curves"):
        sent(name, answer, probe)
    assert plt.get_fignums() == []


def test_is_a_lab_found_by_name_and_nothing_else() -> None:
    assert find_lab("iris") is LAB
    assert "iris" in lab_names()
    for name in ("", "Iris", "iris.steps", "../iris", "__init__", "os", "iris\n"):
        assert find_lab(name) is None


@each_check
def test_are_there_staged_hints_whose_first_gives_no_code(name: str) -> None:
    hints = LAB.checks[name].hints
    assert len(hints) >= 2
    assert len(set(hints)) == len(hints)
    fragments = [squeezed(code) for code in solution_code(name)]
    assert len(fragments) > 2, f"no solution of {name} found in solutions/: run `make build`"
    for fragment in fragments:
        assert fragment not in squeezed(hints[0])


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text).replace('"', "'")


def solution_code(name: str) -> list[str]:
    """List the statements, calls and operations of what the lab's own solutions say."""
    code = []
    for path in sorted(SOLUTIONS.glob("iris-*/iris.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["id"] == name:
                source = "".join(cell["source"])
                blocks = re.findall(r"BEGIN SOLUTION\n(.*?)\s*### END", source, re.DOTALL)
                code += [textwrap.dedent(block) for block in blocks]
    kinds = (ast.Call, ast.BinOp, ast.Assign, ast.Return, ast.Expr)
    nodes = (node for block in code for node in ast.walk(ast.parse(block)))
    return [ast.unparse(node) for node in nodes if isinstance(node, kinds)]
