"""Listen to a kernel: take the evidence out of its outputs, drop output beyond the limits."""

from typing import Any

from nbclient.exceptions import CellControlSignal
from nbformat import NotebookNode
from nbgrader.preprocessors import Execute as NbgraderExecute
from traitlets import Integer

from autograder.outputs import LIMIT, truncated
from autograder.run import Run, grade_id
from tandem.checks import Check
from tandem.evidence import MIME, SECOND, Arrays

_KEPT_EVIDENCE = 2  # one is judged, two are too many: further ones need not be kept
# What nbclient keeps of a cell; the rest only passes by.
_OUTPUTS = ("stream", "display_data", "execute_result", "update_display_data", "error")


class Listener(NbgraderExecute):
    """The half of `Execute` that reads what the kernel sends, and trusts none of it."""

    output_limit = Integer(LIMIT, help="Characters of output kept per cell.").tag(config=True)
    flood_limit = Integer(
        100_000_000, help="Characters of output of one cell after which its kernel is killed."
    ).tag(config=True)

    _state: Run
    _check: Check | None  # the check whose cell is running
    _second: Arrays  # the second probe, while it is being answered
    _captured: int  # characters of output of the running cell
    _passed: int  # characters of other messages of it
    _mute: bool  # cells are repeated only for what they define

    def process_message(
        self, msg: dict[str, Any], cell: NotebookNode, cell_index: int
    ) -> NotebookNode | None:
        """Take evidence out of the stream of outputs, and drop output beyond the limit."""
        self._hear()
        try:
            if self._took_evidence(msg, cell) or self._is_too_much(msg):
                return None
            if msg["msg_type"].startswith("comm"):  # nbclient would keep the states of widgets
                return None
            return super().process_message(msg, cell, cell_index)
        except CellControlSignal:
            raise
        except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
            self.log.warning("dropped a message that is not as Jupyter defines it: %r", error)
            return None

    def _took_evidence(self, msg: dict[str, Any], cell: NotebookNode) -> bool:
        data = msg["content"].get("data")
        if not isinstance(data, dict) or MIME not in data:
            return False
        if msg["msg_type"] == "display_data" and self._check is not None:
            name = (grade_id(cell) or "") + (SECOND if self._second else "")
            texts = self._state.evidence.setdefault(name, [])
            if len(texts) < _KEPT_EVIDENCE:
                # A little more than the limit is enough to be refused for its length.
                texts.append(str(data[MIME])[: 4 * (self._check.evidence_limit // 3 + 2)])
        return True

    def _is_too_much(self, msg: dict[str, Any]) -> bool:
        content, kind = msg["content"], msg["msg_type"]
        if kind not in _OUTPUTS:
            self._passed += _characters(content)
            self._mind_the_flood()
            return False
        left = self.output_limit - self._captured
        self._captured += _characters(content["text"] if kind == "stream" else content)
        if left >= 0 > self.output_limit - self._captured and "data" in content:
            content.update(data={"text/plain": truncated(self.output_limit)}, metadata={})
        if kind == "stream":
            content["text"] = content["text"][: max(0, left) + 1]  # one more shows that it was cut
        self._mind_the_flood()
        return left < 0

    def _mind_the_flood(self) -> None:
        if self._captured + self._passed > self.flood_limit:
            self._stop_flood()

    def _hear(self) -> None:
        """Note that a message has arrived whole."""
        raise NotImplementedError

    def _stop_flood(self) -> None:
        """Kill the kernel at once; the cell then ends as when a kernel dies."""
        raise NotImplementedError


def _characters(content: object) -> int:
    """Count the characters of a message, however deep they lie, and two for whatever has none."""
    if isinstance(content, str):
        return len(content)
    if isinstance(content, dict):
        return 2 + sum(len(name) + _characters(value) for name, value in content.items())
    return 2 + (sum(map(_characters, content)) if isinstance(content, list) else 0)
