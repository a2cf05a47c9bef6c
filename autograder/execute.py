"""Run a student's notebook in a kernel: a probe in with each check's cell, its evidence out."""

import asyncio
import copy
import os
import signal
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import DEVNULL
from typing import Any

from jupyter_client.kernelspec import NoSuchKernel
from nbclient.client import NotebookClient
from nbclient.exceptions import CellControlSignal, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbgrader.preprocessors import Execute as NbgraderExecute
from traitlets import Bool, Integer, Unicode

from autograder.kernels import environment, furnish
from autograder.outputs import LIMIT, error_output, harmless
from autograder.probes import draw, read_secret, second_probe
from autograder.run import (
    CRASHED,
    ERROR,
    KEY,
    NOT_RUN,
    TIMED_OUT,
    Resources,
    Run,
    check_of,
    grade_id,
    run_of,
)
from tandem.checks import Check
from tandem.evidence import METADATA, MIME, SECOND, Arrays, encode
from tandem.messages import say

_KEPT_EVIDENCE = 2  # one is judged, two are too many: further ones need not be kept


class Execute(NbgraderExecute):
    """Run every cell, whatever happens; note evidence and status in the resources."""

    timeout = Integer(120, allow_none=True, help="Seconds that one cell may take.").tag(config=True)
    notebook_timeout = Integer(600, help="Seconds that one notebook may take.").tag(config=True)
    output_limit = Integer(LIMIT, help="Characters of output kept per cell.").tag(config=True)
    iopub_timeout = Integer(10, help="Seconds to wait for a finished cell's output.").tag(
        config=True
    )
    raise_on_iopub_timeout = Bool(True).tag(config=True)
    shutdown_kernel = Unicode("immediate").tag(config=True)
    store_widget_state = Bool(False).tag(config=True)
    # nbclient joins streams by a regular expression that never ends on one long line.
    coalesce_streams = Bool(False)

    def preprocess(
        self, nb: NotebookNode, resources: Resources, km: Any = None
    ) -> tuple[NotebookNode, Resources]:
        """Run the notebook; whatever the student's code does ends in a status, never raises."""
        run = run_of(resources)
        known = nb.metadata.get(KEY, {})
        run.status, run.reason = known.get("status", run.status), known.get("reason", run.reason)
        run.findings = list(known.get("findings", run.findings))
        if run.status not in NOT_RUN:
            NotebookClient.__init__(self, nb, km)
            self.resources = resources
            self._begin(run, resources["nbgrader"]["notebook"])
            _without_running_loop(self._run())
        for cell in nb.cells:
            if cell.cell_type == "code":
                cell.outputs = harmless(cell.outputs, self.output_limit)
        return nb, resources

    def _begin(self, run: Run, notebook: str) -> None:
        self._state, self._notebook = run, notebook
        self._secret = read_secret(run.secret)
        self._began = time.monotonic()
        self._check: Check | None = None  # the check whose cell is running
        self._second: Arrays = {}  # the second probe, while it is being answered
        self._captured = 0  # characters of output of the running cell

    async def _run(self) -> None:
        with tempfile.TemporaryDirectory(prefix="tandem-", ignore_cleanup_errors=True) as home:
            work = furnish(Path(home), self._state.master)
            group = None
            try:
                self.km = self.create_kernel_manager()
                _without_ports(self.km, Path(home))
                variables = environment(Path(home), self._secret)
                await self.async_start_new_kernel(
                    cwd=str(work), env=variables, stdout=DEVNULL, stderr=DEVNULL
                )
                group = getattr(self.km.provisioner, "pgid", None)
                await self.async_start_new_kernel_client()
            except (RuntimeError, NoSuchKernel, OSError) as error:
                self._stop(0, ERROR, say("The kernel could not be started: {error}", error=error))
            else:
                await self._run_cells()
            finally:
                if self.km is not None:
                    await self._async_cleanup_kernel()
                _kill_group(group)

    async def _run_cells(self) -> None:
        for index, cell in enumerate(self.nb.cells):
            if self._seconds_left() <= 0:
                sentence = say(
                    "The notebook took longer than {n} seconds in all.", n=self.notebook_timeout
                )
                return self._stop(index, TIMED_OUT, sentence)
            try:
                await self.async_execute_cell(cell, index, self.code_cells_executed + 1)
                await self._follow_up(cell, index)
            except DeadKernelError:
                task = asyncio.current_task()
                # Ctrl-C, which nbclient takes for a death.
                if task is not None and task.cancelling():
                    raise asyncio.CancelledError from None
                sentence = say("The kernel died in this cell: did it run out of memory, or exit?")
                return self._stop(index, CRASHED, sentence)
            except CellTimeoutError:
                sentence = say("This cell did not stop when its time was over.")
                return self._stop(index, TIMED_OUT, sentence)
            except Exception as error:  # messages that the student's code forged, say
                self.log.warning("cell %s: %r", index, error, exc_info=True)
                sentence = say("The kernel's messages cannot be read: {error!r}", error=error)
                return self._stop(index, CRASHED, sentence)
        return None

    async def _follow_up(self, cell: NotebookNode, index: int) -> None:
        """Run a check's cell again with a second probe, where the first evidence leaves a need."""
        name = grade_id(cell)
        texts = self._state.evidence.get(name or "", [])
        check = check_of(cell, self._notebook)
        if check is None or len(texts) != 1 or name in self._state.unrun:
            return
        self._second = second_probe(check, texts[0], self._secret)
        if not self._second:
            return
        try:
            await self.async_execute_cell(copy.deepcopy(cell), index, self.code_cells_executed)
        finally:
            self._second = {}
            self.nb.cells[index] = cell  # with the outputs of the first run alone

    def _stop(self, index: int, status: str, sentence: str) -> None:
        """Give up at a cell: it and all later ones get no result."""
        self._state.status, self._state.reason = status, sentence
        for position, cell in enumerate(self.nb.cells[index:]):
            if cell.cell_type != "code" or not cell.source.strip():
                continue
            why = sentence
            if position:
                why = say(
                    "This cell was not run, because an earlier one failed: {why}", why=sentence
                )
            cell.setdefault("outputs", []).append(error_output("NotRun", why))
            if name := grade_id(cell):
                self._state.unrun[name] = why

    def _seconds_left(self) -> float:
        return self.notebook_timeout - (time.monotonic() - self._began)

    def timeout_func(self, cell: NotebookNode) -> int:
        """Return the seconds that a cell may take: nbclient asks before it runs the cell."""
        return max(1, min(int(self._seconds_left()) + 1, self.timeout or self.notebook_timeout))

    def on_cell_execute(self, cell: NotebookNode, cell_index: int) -> None:
        """Send the probe with the request that runs a check's cell, and with no other."""
        self._captured = 0
        self._check = check_of(cell, self._notebook)
        if self._check is None:
            return
        drawn = draw(self._check, self._secret)
        request = {
            "check": self._check.name,
            "probe": encode(self._second or drawn.probe),
            "seed": drawn.seed,
            SECOND: bool(self._second),
        }
        assert self.kc is not None
        self.kc.session.metadata = {METADATA: request}

    def on_cell_complete(self, cell: NotebookNode, cell_index: int) -> None:
        """Forget the probe: nbclient calls this as soon as the request is sent."""
        assert self.kc is not None
        self.kc.session.metadata = {}

    def on_cell_executed(self, **kwargs: Any) -> None:
        """Close the evidence of the cell, and say what a timeout means."""
        super().on_cell_executed(**kwargs)
        self._check = None
        cell, reply = kwargs["cell"], kwargs["execute_reply"]
        if reply["content"].get("ename") == self.error_on_timeout["ename"]:
            sentence = say("This cell took longer than {n} seconds.", n=self.timeout)
            self._state.status, self._state.reason = TIMED_OUT, sentence
            cell.outputs[-1] = error_output("Timeout", sentence)
            if name := grade_id(cell):
                self._state.unrun[name] = sentence

    def process_message(
        self, msg: dict[str, Any], cell: NotebookNode, cell_index: int
    ) -> NotebookNode | None:
        """Take evidence out of the stream of outputs, and drop output beyond the limit."""
        try:
            if self._took_evidence(msg, cell) or self._is_too_much(msg):
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
        if msg["msg_type"] not in (
            "stream",
            "display_data",
            "execute_result",
            "update_display_data",
        ):
            return False
        left = self.output_limit - self._captured
        content = msg["content"]
        if "text" in content:
            content["text"] = content["text"][: max(0, left) + 1]  # one more shows that it was cut
        self._captured += len(content.get("text", ""))
        self._captured += sum(map(len, content.get("data", {}).values()))
        return left < 0


def _without_ports(manager: Any, home: Path) -> None:
    """Talk to the kernel through sockets in its own folder.

    Ports are chosen before they are bound, so that kernels started side by side can choose the same
    one; and any user of the machine can connect to them.
    """
    manager.transport = "ipc"
    manager.connection_file = str(home / "kernel.json")
    manager.ip = str(home / "kernel")


def _without_running_loop(coroutine: Any) -> None:
    """Run a coroutine to its end, in a thread of its own where an event loop runs (formgrader)."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(coroutine)
    else:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(asyncio.run, coroutine).result()


def _kill_group(group: int | None) -> None:
    """Kill what the kernel started and left behind."""
    if not group:
        return
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return
