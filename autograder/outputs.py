"""Rebuild a cell's outputs from what is known to be harmless and small.

What a kernel sends is the student's: HTML and SVG may hold scripts, which would run in the
instructor's browser, and a single cell may print for ever.
"""

import base64
import binascii
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output

from tandem.messages import say

LIMIT = 1_000_000  # characters per cell
_PICTURES = ("image/png", "image/jpeg")


def harmless(outputs: list[NotebookNode], limit: int = LIMIT) -> list[NotebookNode]:
    """Return text and pictures of the outputs, at most about `limit` characters of them."""
    kept: list[NotebookNode] = []
    left = limit
    for output in outputs:
        rebuilt = _rebuilt(output, left)
        if rebuilt is None:
            continue
        if kept and rebuilt.output_type == "stream" and kept[-1].get("name") == rebuilt.name:
            kept[-1]["text"] += rebuilt.text
        else:
            kept.append(rebuilt)
        left -= _size(rebuilt)
        if left <= 0:
            kept.append(new_output("stream", name="stdout", text=truncated(limit)))
            break
    for output in kept:
        if output.output_type == "stream":
            output["text"] = _as_on_a_terminal(output.text)
    return kept


def error_output(name: str, sentence: str) -> NotebookNode:
    """Build an output that says why a cell has no result, which nbgrader reads as no points."""
    output = new_output("error", ename=name, evalue=sentence, traceback=[f"{name}: {sentence}"])
    assert isinstance(output, NotebookNode)
    return output


def plain(value: object) -> str:
    """Return text that UTF-8 can hold; lines of a list are joined."""
    text = "".join(map(str, value)) if isinstance(value, list) else str(value)
    return text.encode("utf-8", "replace").decode("utf-8")


def _rebuilt(output: NotebookNode, left: int) -> NotebookNode | None:
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return new_output("stream", name=name, text=plain(output.get("text", ""))[:left])
    if kind == "error":
        lines = output.get("traceback")
        traceback = [plain(line) for line in lines] if isinstance(lines, list) else []
        if sum(map(len, traceback)) > left:
            traceback = ["".join(traceback)[:left]]
        name, value = plain(output.get("ename"))[:200], plain(output.get("evalue"))[:left]
        return new_output("error", ename=name, evalue=value, traceback=traceback)
    bundle = output.get("data")
    data = _data(bundle, left) if isinstance(bundle, dict) else {}
    if not data or kind not in ("execute_result", "display_data"):
        return None
    count = {"execution_count": None} if kind == "execute_result" else {}
    return new_output(kind, data=data, **count)


def _as_on_a_terminal(text: str) -> str:
    """Return what is left of lines that a progress bar wrote over and over."""
    return "\n".join(line.rstrip("\r").rsplit("\r", 1)[-1] for line in text.split("\n"))


def _data(data: dict[str, Any], left: int) -> dict[str, str]:
    kept = {}
    if text := plain(data.get("text/plain", "")):
        kept["text/plain"] = text[:left]
    for mime in _PICTURES:
        if mime in data and len(picture := plain(data[mime])) <= left and _is_base64(picture):
            kept[mime] = picture
    return kept


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _size(output: NotebookNode) -> int:
    return sum(
        len(part)
        for part in (
            output.get("text", ""),
            output.get("evalue", ""),
            *output.get("traceback", []),
            *output.get("data", {}).values(),
        )
    )


def too_much(limit: int) -> str:
    """Say that a cell printed or drew more than this many characters."""
    return say("This cell's output had more than {n:,} characters.", n=limit)


def truncated(limit: int) -> str:
    """Say that an output was cut off."""
    return (
        "\n" + say("… the rest of this output was cut off after {n:,} characters.", n=limit) + "\n"
    )
