"""Is what stands in the tree what the texts give, and never half of it?"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

Command = Callable[[Path, str], tuple[int, str, str]]
Tree = Callable[[Path], dict[str, bytes]]

RELEASED = "labs/en/flowers-pytorch/flowers.ipynb"
SOURCE = "solutions/flowers-pytorch/flowers.ipynb"


def test_build_writes_every_notebook(built_once: Path, tree: Tree) -> None:
    assert sorted(path for path in tree(built_once) if not path.startswith("authoring/")) == [
        "course/en/0-own-framework.ipynb",
        "course/en/pytorch/1-tensors.ipynb",
        "course/en/tensorflow/1-tensors.ipynb",
        "labs/en/README.md",
        "labs/en/flowers-pytorch/flowers.ipynb",
        "labs/en/flowers-tensorflow/flowers.ipynb",
        "solutions/flowers-pytorch/flowers.ipynb",
        "solutions/flowers-tensorflow/flowers.ipynb",
    ]
    assert (built_once / "labs/en/README.md").read_text() == "# How labs work\n"


def test_build_twice_changes_no_byte(built: Path, command: Command, tree: Tree) -> None:
    before = tree(built)
    status, out, _ = command(built, "build")
    assert (status, out) == (0, "0 written, 8 unchanged, 0 removed.\n")
    assert tree(built) == before


def test_build_from_nothing_gives_the_same_bytes(built: Path, command: Command, tree: Tree) -> None:
    before = tree(built)
    for path in before:
        if not path.startswith("authoring/"):
            (built / path).unlink()
    assert command(built, "build")[0] == 0
    assert tree(built) == before


@pytest.mark.parametrize("framework", ["pytorch", "tensorflow"])
def test_the_release_holds_no_line_of_a_solution(built_once: Path, framework: str) -> None:
    place = f"flowers-{framework}/flowers.ipynb"
    released = nbformat.read(built_once / "labs/en" / place, as_version=4)
    source = nbformat.read(built_once / "solutions" / place, as_version=4)
    lines = {line.strip() for cell in released.cells for line in cell.source.split("\n")}
    secret = {
        "shifted = z - z.max()",
        "return scale * exp(shifted)",
        "Because exp overflows.",
        "1 point for the word.",
    }
    assert secret <= {line.strip() for cell in source.cells for line in cell.source.split("\n")}
    assert not secret & lines
    sources = {cell.id: cell.source for cell in released.cells}
    assert sources["softmax"].count("raise NotImplementedError()") == 2
    assert "    scale = 1\n" in sources["softmax"]
    assert sources["why"] == "YOUR ANSWER HERE"
    assert [cell.id for cell in released.cells] == [cell.id for cell in source.cells]
    assert released.metadata == source.metadata


def test_an_instructor_who_runs_nbgrader_gets_the_same_bytes(built: Path) -> None:
    expected = (built / RELEASED).read_bytes()
    (built / RELEASED).unlink()
    bin_folder = Path(sys.executable).parent
    subprocess.run(
        [
            *(
                sys.executable,
                "-m",
                "nbgrader",
                "generate_assignment",
                "flowers-pytorch",
                "--force",
            ),
            "--CourseDirectory.source_directory=solutions",
            "--CourseDirectory.release_directory=labs/en",
        ],
        cwd=built,
        env={**os.environ, "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}"},
        check=True,
        capture_output=True,
    )
    assert (built / RELEASED).read_bytes() == expected


def test_a_fault_in_one_text_changes_nothing(built: Path, command: Command, tree: Tree) -> None:
    lesson, lab = built / "authoring/lessons/1-tensors.md", built / "authoring/labs/flowers.md"
    lesson.write_text(lesson.read_text() + "\nA better lesson.\n")
    lab.write_text(lab.read_text() + '\n+++ {"tags": ["jax"]}\n\nNew.\n')
    before = tree(built)
    status, out, err = command(built, "build")
    assert (status, out) == (1, "")
    line = lab.read_text().split("\n").index('+++ {"tags": ["jax"]}') + 1
    assert err.startswith(f"authoring/labs/flowers.md:{line}: unknown tag `jax`; ")
    assert err.endswith("1 fault in the texts: nothing was built.\n")
    assert tree(built) == before


def test_what_nbgrader_refuses_changes_nothing(built: Path, command: Command, tree: Tree) -> None:
    lab = built / "authoring/labs/flowers.md"
    lab.write_text(lab.read_text() + "\n### BEGIN HIDDEN TESTS\n")
    before = tree(built)
    status, out, err = command(built, "build")
    assert (status, out) == (1, "")
    assert "nbgrader refused flowers-pytorch" in err
    assert "No end hidden tests statement found" in err
    assert tree(built) == before


def test_build_removes_what_no_text_gives_any_more(built: Path, command: Command) -> None:
    (built / "authoring/lessons/1-tensors.md").unlink()
    own = built / "course/en/mine.ipynb"
    own.write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    status, out, _ = command(built, "build")
    assert status == 0
    assert "removed course/en/pytorch/1-tensors.ipynb\n" in out
    assert not (built / "course/en/pytorch/1-tensors.ipynb").exists()
    assert own.exists()


def test_a_quiz_is_built_and_goes_with_its_text(built: Path, command: Command, tree: Tree) -> None:
    before = tree(built)
    text = built / "authoring/quizzes/colours.yaml"
    text.parent.mkdir()
    text.write_text(
        "title: A quiz\nintro: One question.\nquestions:\n"
        "  - id: sky\n    text: Which colour has the sky?\n    options:\n"
        "      - {text: Blue., right: true, feedback: Yes.}\n"
        "      - {text: Red., feedback: Only in the evening.}\n"
    )
    made = ["course/en/quiz-colours.ipynb", "tandem/assets/quizzes/colours.json"]
    assert command(built, "check")[2].splitlines() == [
        f"{path} is missing: run `make build`" for path in made
    ]
    assert command(built, "build")[0] == 0
    assert set(made) < set(tree(built))
    text.write_text(text.read_text().replace("feedback: Yes.", ""))
    assert command(built, "build")[2].startswith(
        "authoring/quizzes/colours.yaml:7: `feedback` is missing; "
    )
    assert set(made) < set(tree(built))
    text.unlink()
    assert command(built, "check")[2].splitlines() == [
        f"{path} is not generated by any text: run `make build` to remove it" for path in made
    ]
    assert command(built, "build")[0] == 0
    assert tree(built) == before


def test_check_is_content_with_a_fresh_build(built_once: Path, command: Command) -> None:
    assert command(built_once, "check") == (0, "Every generated file is what its text gives.\n", "")


def test_check_names_each_file_that_is_not_as_built(
    built: Path, command: Command, tree: Tree
) -> None:
    (built / RELEASED).unlink()
    (built / "labs/en/README.md").write_text("# Other\n")
    run = json.loads((built / SOURCE).read_bytes())
    next(cell for cell in run["cells"] if cell["cell_type"] == "code")["execution_count"] = 1
    (built / SOURCE).write_text(json.dumps(run))
    (built / "course/en/old.ipynb").write_text(json.dumps(run))
    (built / "course/en/mine.ipynb").write_text("{}")
    (built / "solutions/flowers-pytorch/answers.txt").write_text("42")
    checkpoint = built / "solutions/flowers-pytorch/.ipynb_checkpoints/flowers-checkpoint.ipynb"
    checkpoint.parent.mkdir()
    checkpoint.write_text("{}")
    before = tree(built)
    status, out, err = command(built, "check")
    assert (status, out) == (1, "")
    assert err.splitlines() == [
        "labs/en/README.md is stale: run `make build`",
        f"{RELEASED} is missing: run `make build`",
        f"{SOURCE} holds outputs: run `make build`, and edit its text instead",
        "course/en/mine.ipynb is not generated by any text: move it elsewhere",
        "course/en/old.ipynb is not generated by any text: run `make build` to remove it",
        "solutions/flowers-pytorch/answers.txt is not generated, "
        "but nbgrader copies it to students: move it elsewhere",
    ]
    assert tree(built) == before


def test_a_folder_without_texts(tmp_path: Path, command: Command) -> None:
    status, out, err = command(tmp_path, "build")
    assert (status, out) == (1, "")
    assert "write authoring/labs/*.md or give --root" in err


def test_a_lab_without_a_definition(built: Path, command: Command) -> None:
    lab = built / "authoring/labs/flowers.md"
    lab.rename(lab.with_name("daisies.md"))
    status, _, err = command(built, "check")
    assert status == 1
    assert err.startswith("authoring/labs/daisies.md:1: tandem has no lab called `daisies`; ")
