"""The grader's parts, each alone."""

import json
import os
import stat
import time
from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from nbgrader.coursedir import CourseDirectory

from autograder.exporter import read_submission
from autograder.intake import (
    MOST_CELLS,
    MOST_FINDINGS,
    Finding,
    Refusal,
    most,
    parse_notebook,
    read_notebook,
    unexpected,
)
from autograder.kernels import framework_of
from autograder.listen import _characters
from autograder.outputs import harmless
from autograder.probes import SECRET_BYTES, read_secret, renew_secret, secret_path, seed_for
from autograder.released import ReleasedCell
from autograder.run import Run, grade_id
from autograder.sanitise import LONGEST_CODE, restored, shortened
from tests.autograder.courses import REPOSITORY
from tests.pace import slowness

PIXEL = "iVBORw0KGgo="


def test_secret_is_created_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = secret_path(CourseDirectory(root=str(tmp_path)), "iris-pytorch")
    assert path == tmp_path / "secrets" / "iris-pytorch.key"
    first = read_secret(path)
    assert len(first) == SECRET_BYTES
    assert read_secret(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    renew_secret(path)
    assert read_secret(path) != first
    assert path.with_name("iris-pytorch.key.1").read_bytes() == first
    assert list(path.parent.glob("tmp*")) == [], "nothing half-written stays"


def test_damaged_secret_is_never_used(tmp_path: Path) -> None:
    path = tmp_path / "iris.key"
    path.write_bytes(b"short")
    with pytest.raises(ValueError, match="--fresh-probes"):
        read_secret(path)


def test_secrets_lie_beside_the_gradebook_or_where_a_server_has_it_beside_the_hand_ins(
    tmp_path: Path,
) -> None:
    course = CourseDirectory(root=str(tmp_path), submitted_directory="classroom/submitted")
    course.db_url = f"sqlite:///{tmp_path}/books/gradebook.db"
    assert secret_path(course, "iris") == tmp_path / "books" / "secrets" / "iris.key"
    course.db_url = "postgresql+psycopg://somewhere/gradebook"
    assert secret_path(course, "iris") == tmp_path / "classroom" / "secrets" / "iris.key"


@given(st.binary(min_size=32, max_size=32), st.text(), st.text())
def test_seeds_differ_by_label_and_fit_every_framework(secret: bytes, a: str, b: str) -> None:
    assert 0 <= seed_for(secret, a) < 2**32
    assert seed_for(secret, a) == seed_for(secret, a)
    if a != b:
        assert seed_for(secret, a, b) != seed_for(secret, b, a)
        assert seed_for(secret, a + b) != seed_for(secret, a, b)


@given(st.binary(max_size=200) | st.text().map(str.encode))
def test_any_bytes_are_refused_with_a_sentence(content: bytes) -> None:
    with pytest.raises(Refusal, match=r"The file .*\."):
        parse_notebook(content)


def test_lone_surrogates_are_refused() -> None:
    content = rb'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"id": "a", '
    content += rb'"cell_type": "markdown", "metadata": {}, "source": "\ud800"}]}'
    with pytest.raises(Refusal):
        parse_notebook(content)


def test_a_folder_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="no ordinary file"):
        read_notebook(tmp_path)


def test_more_cells_than_anybody_writes_are_refused() -> None:
    cells = [{"cell_type": "raw", "metadata": {}, "source": "", "id": "a"}] * (MOST_CELLS + 1)
    tree = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    with pytest.raises(Refusal, match="more than 2,000 cells"):
        parse_notebook(json.dumps(tree).encode())


def test_are_the_cells_of_an_old_format_counted() -> None:
    cells = [{"cell_type": "markdown", "metadata": {}, "source": ""}] * (MOST_CELLS // 2 + 1)
    sheets = [{"cells": cells, "metadata": {}}] * 2
    tree = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": sheets}
    with pytest.raises(Refusal, match="more than 2,000 cells"):
        parse_notebook(json.dumps(tree).encode())


def test_does_a_file_that_vanishes_while_it_is_looked_at_leave_the_others(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / name).touch()
    found = unexpected(tmp_path, ())
    assert next(found).name == "a"  # by now all are listed
    (tmp_path / "b").unlink()
    assert [finding.name for finding in found] == ["c"]
    assert list(unexpected(tmp_path / "gone", ())) == []


def test_names_of_files_are_told_in_one_short_line_of_text() -> None:
    name = os.fsdecode(b"\xff\na\xe2\x80\xae" + b"x" * 200)
    told = str(Finding(name, "it is a link."))
    assert told.startswith("\\udcff\\na\\u202exxx")
    assert told.endswith("x… was not used: it is a link.")
    assert told.encode().isascii() is False
    assert len(told) < 200


def test_of_many_findings_the_first_are_told() -> None:
    told = most([Finding(f"{n}", "") for n in range(MOST_FINDINGS + 5)])
    assert len(told) == MOST_FINDINGS + 1
    assert told[-1] == "And 5 more of this kind."
    assert most(["a"]) == ["a"]


def test_blank_lines_do_not_delay_the_choice_of_a_template() -> None:
    began = time.monotonic()
    source = "\n" * 100_000 + "\tfrom torch import nn"
    assert framework_of(NotebookNode(cells=[new_code_cell(source)])) == "pytorch"
    assert framework_of(NotebookNode(cells=[new_code_cell("\n " * 50_000)])) == "plain"
    assert (time.monotonic() - began) / slowness() < 2


def test_characters_are_counted_however_deep_they_lie() -> None:
    deep = {"data": {"application/json": {"a": ["x" * 50, 1, None]}}, "metadata": {"m": "xx"}}
    names = len("data") + len("application/json") + len("a") + len("metadata") + len("m")
    assert _characters(deep) == 50 + 2 + names + 2 * 7, "five containers, two values without text"
    assert _characters([{}] * 1000) > 2000


def test_old_format_is_converted() -> None:
    content = b'{"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": '
    content += b'[{"cell_type": "code", "input": "1 + 1", "language": "python", "outputs": [], '
    content += b'"metadata": {}}], "metadata": {}}]}'
    assert parse_notebook(content).cells[0].source == "1 + 1"


def bundle(kind: str = "display_data", **data: str) -> NotebookNode:
    return new_output(kind, data={name.replace("_", "/"): text for name, text in data.items()})


def test_outputs_keep_text_and_pictures_only() -> None:
    outputs = harmless(
        [
            bundle(text_html="<script>bad()</script>", text_plain="table"),
            bundle(image_png=PIXEL),
            bundle(image_png='"><script>bad()</script>'),
            bundle(text_html="<b>alone</b>"),
            NotebookNode(output_type="unheard-of"),
        ]
    )
    assert [dict(output.data) for output in outputs] == [
        {"text/plain": "table"},
        {"image/png": PIXEL},
    ]


def test_output_is_joined_limited_and_shown_as_on_a_terminal() -> None:
    def stream(text: str, name: str = "stdout") -> NotebookNode:
        return new_output("stream", name=name, text=text)

    assert harmless([stream("10%\r20%"), stream("\r30%\nend\r\n")])[0].text == "30%\nend\n"
    names = [output.name for output in harmless([stream("a"), stream("b", "stderr"), stream("c")])]
    assert names == ["stdout", "stderr", "stdout"]
    cut = harmless([stream("x" * 50), stream("y" * 500), stream("z" * 500)], limit=100)
    text = "".join(output.text for output in cut)
    assert text.startswith("x" * 50 + "y" * 50 + "\n…")
    assert "z" not in text


RELEASED = [
    ReleasedCell("one", "code", "pass", "1", False, False, True, False, 0),
    ReleasedCell("check-one", "code", "check(one)", "2", True, True, False, False, 2),
    ReleasedCell("two", "code", "pass", "3", False, False, True, False, 0),
    ReleasedCell("check-two", "code", "check(two)", "4", True, True, False, False, 1),
    ReleasedCell("why", "markdown", "ANSWER", "5", False, True, True, False, 3),
]


def submitted(name: str | None, kind: str) -> NotebookNode:
    cell = (new_code_cell if kind == "code" else new_markdown_cell)(f"mine: {name}")
    if name is not None:
        cell.metadata["nbgrader"] = NotebookNode(grade_id=name)
    return cell


@given(
    st.lists(
        st.builds(
            submitted,
            st.sampled_from([None, "unheard-of", *(cell.name for cell in RELEASED)]),
            st.sampled_from(["code", "markdown"]),
        )
    )
)
def test_whatever_is_submitted_every_graded_cell_is_there_once(cells: list[NotebookNode]) -> None:
    mine = [cell.source for cell in cells if grade_id(cell) in (None, "one", "two")]
    result, _ = restored(cells, RELEASED)
    by_name = {grade_id(cell): cell for cell in result if grade_id(cell)}
    assert len(by_name) == sum(grade_id(cell) is not None for cell in result), "no name twice"
    assert set(by_name) <= {cell.name for cell in RELEASED}
    for cell in RELEASED:
        if cell.indispensable:
            assert by_name[cell.name].metadata.nbgrader.points == cell.points
            assert by_name[cell.name].cell_type == cell.cell_type
        if cell.locked:
            assert by_name[cell.name].source == cell.source
    kept = [cell.source for cell in result]
    assert all(source in kept for source in mine), "the student's own text stays"


def test_missing_check_is_put_back_behind_its_answer() -> None:
    cells = [submitted(None, "code"), submitted("one", "code"), submitted("two", "code")]
    result, findings = restored(cells, RELEASED)
    names = [grade_id(cell) for cell in result]
    assert names == [None, "one", "check-one", "two", "check-two", "why"]
    assert len(findings) == 3


def test_code_beyond_the_limit_says_so_instead_of_running() -> None:
    weights = new_code_cell(f"weights = {'9' * LONGEST_CODE}")
    locked = new_code_cell("check()" * LONGEST_CODE)
    locked.metadata["nbgrader"] = NotebookNode(grade_id="check-fit", locked=True)
    answer, prose = new_code_cell("x = 1"), new_markdown_cell("x" * 2 * LONGEST_CODE)
    before = [cell.source for cell in (locked, answer, prose)]
    (finding,) = shortened([weights, locked, answer, prose])
    assert finding.startswith("The cell 0 has 100,010 characters and was not run")
    assert [cell.source for cell in (locked, answer, prose)] == before
    with pytest.raises(RuntimeError, match="was not run"):
        exec(weights.source)


def test_the_limit_of_code_holds_for_all_cells_together() -> None:
    cells = [new_code_cell("#" * (LONGEST_CODE // 3)) for _ in range(4)]
    assert len(shortened(cells)) == 1
    assert shortened([new_code_cell("#" * LONGEST_CODE)]) == []


@pytest.mark.parametrize(
    ("about", "reason"),
    [
        ({"framework": "pytorch"}, ""),
        ({"framework": "tensorflow"}, "This is the TensorFlow notebook, handed in for PyTorch"),
        ({"framework": "<script>"}, ""),
        ({"framework": ["tensorflow"]}, ""),
        ("tensorflow", ""),
        (None, ""),
    ],
    ids=str,
)
def test_is_the_other_frameworks_notebook_refused(
    tmp_path: Path, about: object, reason: str
) -> None:
    """Both are called iris.ipynb, and only what they say of themselves tells them apart."""
    master = REPOSITORY / "solutions" / "iris-pytorch"
    notebook = json.loads((master / "iris.ipynb").read_text())
    notebook["metadata"]["tandem"] = about
    path = tmp_path / "iris.ipynb"
    path.write_text(json.dumps(notebook))
    with pytest.raises(Refusal, match=reason) if reason else nullcontext():
        assert read_submission(path, master, Run(b"")).cells
