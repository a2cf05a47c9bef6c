"""Malicious input: files and folders that are not what a hand-in should be."""

import json
import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from tests.attack.table import Attack, Grounds, HandIn
from tests.autograder.edits import cell

FILE = "toy.ipynb"


def _replaced(make: Callable[[Path, Grounds], None]) -> HandIn:
    """Return a hand-in whose notebook is removed before `make` puts something in its place."""

    def hand_in(folder: Path, grounds: Grounds) -> None:
        (folder / FILE).unlink()
        make(folder / FILE, grounds)

    return hand_in


def _bytes(content: Callable[[bytes], bytes]) -> HandIn:
    """Return a hand-in whose file's bytes are changed."""

    def hand_in(folder: Path, _: Grounds) -> None:
        (folder / FILE).write_bytes(content((folder / FILE).read_bytes()))

    return hand_in


def _tree(change: Callable[[Any], Any]) -> HandIn:
    """Return a hand-in whose JSON is changed."""
    return _bytes(lambda content: json.dumps(change(json.loads(content))).encode())


def _with(**changes: Any) -> HandIn:
    return _tree(lambda tree: {**tree, **changes})


def _first_cell(**changes: Any) -> HandIn:
    def change(tree: Any) -> Any:
        tree["cells"].insert(0, {"cell_type": "code", "metadata": {}, "source": "", **changes})
        return tree

    return _tree(change)


def _socket(path: Path, _: Grounds) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        place = os.getcwd()
        os.chdir(path.parent)  # a socket's path may have 107 characters
        server.bind(path.name)
        os.chdir(place)


def _folder_is_a_link(folder: Path, grounds: Grounds) -> None:
    shutil.rmtree(folder)
    folder.symlink_to(grounds.honest)


def _shadowing(folder: Path, grounds: Grounds) -> None:
    code = f"open('/tmp/{grounds.mark}-shadow', 'w').write('{grounds.mark}')\n"
    for name in ("numpy.py", "sitecustomize.py", "usercustomize.py", "json.py", "toy_numpy.py"):
        (folder / name).write_text(code)
    for name in ("tandem", "autograder", "IPython", "__pycache__"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(code)
    (folder / "ipython_config.py").write_text(code)
    (folder / "nbgrader_config.py").write_text(code)
    (folder / "data.csv").write_text(grounds.mark)


def _odd_names(folder: Path, _: Grounds) -> None:
    for name in (
        b"\xff\xfe",
        b"a\nb",
        b"<img src=x onerror=bad()>",
        b"\xe2\x80\xaecsv.exe",
        b"-rf",
        b"x" * 255,
    ):
        with open(os.fsencode(folder) + b"/" + name, "wb") as file:
            file.write(b"x")


def _timestamps(folder: Path, _: Grounds) -> None:
    (folder / "timestamp.txt").symlink_to("/dev/zero")


def _many(folder: Path, _: Grounds) -> None:
    deep = folder
    for _ in range(200):
        deep = deep / "d"
    deep.mkdir(parents=True)
    for n in range(2000):
        (folder / f"{n}.txt").touch()


def _reordered(notebook: NotebookNode) -> None:
    notebook.cells.reverse()


def _duplicated(notebook: NotebookNode) -> None:
    again = NotebookNode(cell(notebook, "check-double"))
    again.source = "2.0"
    notebook.cells += [again, NotebookNode(again), new_markdown_cell("x", metadata=again.metadata)]


def _deleted(notebook: NotebookNode) -> None:
    for name in ("check-double", "triple", "check-triple", "explain"):
        notebook.cells.remove(cell(notebook, name))


def _retyped(notebook: NotebookNode) -> None:
    for name, kind in {"check-double": "markdown", "triple": "raw", "explain": "code"}.items():
        found = cell(notebook, name)
        found.cell_type = kind
        for key in ("outputs", "execution_count"):
            found.pop(key, None)


def _odd_ids(notebook: NotebookNode) -> None:
    for name in (
        "../../../evil",
        "check-double\0",
        "x" * 100_000,
        "'; drop table grade; --",
        "<script>bad()</script>",
        "\u202e",
        "",
    ):
        made = new_code_cell("2.0")
        made.metadata["nbgrader"] = {
            "grade_id": name,
            "grade": True,
            "points": 9,
            "schema_version": 3,
        }
        notebook.cells.append(made)


def _scripts(notebook: NotebookNode) -> None:
    text = (
        "<script>bad()</script> <img src=x onerror=bad()> [x](javascript:bad()) <a href='java\nscript:bad()'>x</a>"
        " <iframe srcdoc='<script>bad()</script>'></iframe> <svg><script>bad()</script></svg> <form action=x>"
        " <style>@import 'http://127.0.0.1/'</style> <math><mtext></p><script>bad()</script>"
    )
    cell(notebook, "explain").source = text
    cell(notebook, "explain")["attachments"] = {
        "a.svg": {"image/svg+xml": "<svg onload=bad()>"},
        "b": {"image/png": '"><script>bad()</script>'},
    }
    notebook.cells[0]["outputs"] = [
        {"output_type": "display_data", "metadata": {}, "data": {"text/html": text}}
    ]
    cell(notebook, "double").source += f"\nprint({text!r}); raise ValueError({text!r})"


ATTACKS = {
    "file-is-a-link": Attack("The notebook is a link to the assignment's secret.", hand_in=_replaced(lambda p, g: p.symlink_to(g.course / "classroom/secrets/toy-numpy.key"))),
    "file-is-a-neighbours": Attack("The notebook is a link to a neighbour's.", hand_in=_replaced(lambda p, g: p.symlink_to(g.honest / FILE))),
    "file-is-a-hard-link": Attack("The notebook is a hard link to the solution.", hand_in=_replaced(lambda p, g: os.link(g.course / "solutions/toy-numpy" / FILE, p))),
    "file-is-a-device": Attack("The notebook is a link to a device that never ends.", hand_in=_replaced(lambda p, _: p.symlink_to("/dev/zero"))),
    "file-is-a-pipe": Attack("The notebook is a named pipe that nobody writes to.", hand_in=_replaced(lambda p, _: os.mkfifo(p))),
    "file-is-a-socket": Attack("The notebook is a socket.", hand_in=_replaced(_socket)),
    "file-is-a-folder": Attack("The notebook is a folder.", hand_in=_replaced(lambda p, _: p.mkdir())),
    "folder-is-a-link": Attack("The hand-in's folder is a link to a neighbour's.", hand_in=_folder_is_a_link),
    "files-shadow-modules": Attack("Files beside the notebook are named as modules and settings.", hand_in=_shadowing),
    "files-with-odd-names": Attack("Files' names are no text, hold lines, tags, marks of direction.", hand_in=_odd_names),
    "files-without-number": Attack("Thousands of files and folders 200 deep are handed in.", hand_in=_many),
    "timestamp-is-a-device": Attack("The time of the hand-in never ends.", hand_in=_timestamps),
    "changes-while-read": Attack("Something else changes the hand-in while it is read: see `field.py`."),
    "empty": Attack("The file is empty.", hand_in=_bytes(lambda _: b"")),
    "not-json": Attack("The file is cut off in the middle.", hand_in=_bytes(lambda b: b[: len(b) // 2])),
    "not-utf8": Attack("The file is Latin-1, with a byte that is no text.", hand_in=_bytes(lambda b: b.replace(b"double", b"d\xfcble"))),
    "utf16": Attack("The file is UTF-16.", hand_in=_bytes(lambda b: b.decode().encode("utf-16"))),
    "half-a-surrogate": Attack("The source holds half a surrogate pair.", hand_in=_first_cell(source="\ud800")),
    "nested": Attack("The JSON is nested 10,000 deep.", hand_in=_bytes(lambda _: b'{"a":' * 10_000)),
    "nested-metadata": Attack("A valid notebook's metadata are nested 900 deep.", hand_in=_bytes(lambda b: b.replace(b'"metadata"', b'"metadata": {"a": ' + b"[" * 900 + b"]" * 900 + b'}, "x"', 1))),
    "huge-number": Attack("A number has 100,000 digits.", hand_in=_bytes(lambda b: b.replace(b'"nbformat": 4', b'"nbformat": ' + b"4" * 100_000))),
    "odd-numbers": Attack("Numbers are NaN and infinite.", hand_in=_first_cell(metadata={"a": float("nan"), "b": float("inf")})),
    "200-megabytes": Attack("The file has 200 MB.", hand_in=_bytes(lambda b: b + b" " * 200_000_000)),
    "million-cells": Attack("The notebook has 300,000 cells.", hand_in=_tree(lambda t: {**t, "cells": t["cells"] + [{"cell_type": "raw", "metadata": {}, "source": "", "id": "a"}] * 290_000})),
    "blank-lines": Attack("An answer is 99,000 empty lines, for expressions that look behind each.", hand_in=_first_cell(source="\n" * 99_000)),
    "old-format": Attack("The notebook is of format 3, with a check of its own.", hand_in=_bytes(lambda _: json.dumps({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"metadata": {}, "cells": [{"cell_type": "code", "input": "2.0", "language": "python", "outputs": [], "metadata": {"nbgrader": {"grade_id": "check-double", "grade": True}}}]}]}).encode())),
    "older-format": Attack("The notebook is of format 1.", hand_in=_with(nbformat=1)),
    "format-of-the-future": Attack("The notebook is of format 99.", hand_in=_with(nbformat=99, nbformat_minor=-1)),
    "format-is-text": Attack("The format is no number.", hand_in=_with(nbformat="4")),
    "cells-are-a-number": Attack("The list of cells is a number.", hand_in=_with(cells=7)),
    "cells-are-not-cells": Attack("Cells are numbers, lists and nothing.", hand_in=_with(cells=[1, [], None, "x", {}])),
    "metadata-of-the-wrong-type": Attack("Metadata are lists, numbers and nothing.", hand_in=_with(metadata=[None])),
    "cell-metadata-of-the-wrong-type": Attack("A cell's metadata are of the wrong type.", hand_in=_first_cell(metadata={"nbgrader": [1], "tags": 3})),
    "source-of-the-wrong-type": Attack("A cell's source is a list of numbers.", hand_in=_first_cell(source=[1, 2])),
    "another-kernel": Attack("The kernel is to be bash, of a program of one's own.", hand_in=_with(metadata={"kernelspec": {"name": "bash", "display_name": "x", "argv": ["sh"]}, "language_info": {"name": "bash"}})),
    "cells-duplicated": Attack("The check appears four times, once as text.", edit=_duplicated),
    "cells-deleted": Attack("Checks and an answer are deleted.", edit=_deleted),
    "cells-reordered": Attack("All cells stand in reverse order.", edit=_reordered),
    "cells-retyped": Attack("Cells are of another type.", edit=_retyped),
    "odd-ids": Attack("Ids of cells hold paths, SQL, tags and 100,000 characters.", edit=_odd_ids),
    "scripts": Attack("Answers, outputs and attachments hold scripts.", edit=_scripts),
    "markdown-bomb": Attack("A written answer takes for ever to draw.", edit=lambda n: cell(n, "explain").update(source="[" * 300_000 + "*_" * 200_000)),
    "colours-bomb": Attack("Output is nothing but changes of colour.", "def double(x):\n    print('\\x1b[1m' * 240_000)\n    return 0 * x\n"),
}  # fmt: skip
