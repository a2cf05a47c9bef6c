"""Run a student's notebook in a kernel: a probe in with each check's cell, its evidence out."""

import asyncio
import copy
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from typing import Any

from nbclient.client import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from traitlets import Bool, Integer, Unicode

from autograder.kernels import furnish
from autograder.lifetime import Lifetime
from autograder.outputs import error_output, harmless, too_much
from autograder.probes import draw, second_probe
from autograder.run import KEY, Resources, check_of, grade_id, run_of
from autograder.sandbox.folders import prefix
from autograder.sandbox.limits import explained
from autograder.status import CRASHED, GRADED, NOT_RUN, TIMED_OUT, TOO_MUCH_OUTPUT, Failure
from tandem.evidence import METADATA, SECOND, encode
from tandem.messages import say, speaking

_LATE = 2  # seconds by which a timer of a process that runs is never late


class Execute(Lifetime):
    """Run every cell, whatever happens; note evidence and status in the resources."""

    timeout = Integer(120, allow_none=True, help="Seconds that one cell may take.").tag(config=True)
    notebook_timeout = Integer(600, help="Seconds that one notebook may take.").tag(config=True)
    iopub_timeout = Integer(10, help="Seconds to wait for a finished cell's output.").tag(
        config=True
    )
    new_kernels = Integer(3, help="Kernels that may replace dead ones, per notebook.").tag(
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
        run.language = known.get("language", run.language)
        if run.status not in NOT_RUN:
            NotebookClient.__init__(self, nb, km)
            self.resources = resources
            self._begin(resources)
            with speaking(run.language):
                _without_running_loop(self._run())
        for cell in nb.cells:
            if cell.cell_type == "code":
                cell.outputs = harmless(cell.outputs, self.output_limit)
        return nb, resources

    def _begin(self, resources: Resources) -> None:
        self._state, self._notebook = run_of(resources), resources["nbgrader"]["notebook"]
        self._secret = self._state.secret
        self._state.limits = self.limits
        self._spent = 0.0
        self._check, self._second, self._captured, self._passed = None, {}, 0, 0
        self._deadly: set[int] = set()  # cells in which a kernel died
        self._flooded = self._mute = self._waited_again = False
        self._cell_ends = 0.0
        self._asked = ""  # SECOND once the running cell's check asks again

    async def _run(self) -> None:
        with tempfile.TemporaryDirectory(prefix=prefix(), ignore_cleanup_errors=True) as home:
            self._home = Path(home)
            furnish(self._home, self._state.files)
            failure = await self._start()
            if failure:
                return self._stop(0, *failure)
            try:
                await self._run_cells()
            finally:
                await self._end()

    async def _run_cells(self) -> None:
        for index, cell in enumerate(self.nb.cells):
            if self._seconds_left() <= 0:
                sentence = say(
                    "The notebook took longer than {n} seconds in all.", n=self.notebook_timeout
                )
                return self._stop(index, TIMED_OUT, sentence)
            failure = await self._attempt(cell, index)
            if failure is None:
                continue
            self._state.status, self._state.reason = failure
            self._fail(cell, failure[1], self._asked)
            self._deadly.add(index)
            if why := await self._resume(index):
                return self._stop(index + 1, failure[0], why)
        return None

    async def _attempt(self, cell: NotebookNode, index: int) -> Failure | None:
        """Run one cell; return why its kernel cannot be used any longer."""
        self._asked = ""
        began, most = time.monotonic(), self.timeout_func(cell)
        try:
            await self.async_execute_cell(cell, index, self.code_cells_executed + 1)
            await self._follow_up(cell, index)
            if self._flooded:  # its kernel was killed while the cell's end was on its way
                return self._death()
        except DeadKernelError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():  # Ctrl-C, which nbclient takes for a death
                raise asyncio.CancelledError from None
            return self._death()
        except CellTimeoutError as error:
            if "IOPub" in str(error) and time.monotonic() < self._cell_ends:
                return TOO_MUCH_OUTPUT, say(
                    "The output of this cell could not be read to its end: print less."
                )
            return TIMED_OUT, say("This cell did not stop when its time was over.")
        except Exception as error:  # messages that the student's code forged, say
            self.log.warning("cell %s: %r", index, error, exc_info=True)
            return CRASHED, say("The kernel's messages cannot be read: {error!r}", error=error)
        finally:  # far more passes only while this process is stopped, and that is nobody's fault
            self._spent += min(time.monotonic() - began, most)
        return None

    async def _resume(self, index: int) -> str:
        """Go on in a new kernel that repeats what the earlier cells defined; "" or why not.

        Checks are not repeated, for their evidence is there; nor are cells that ended a kernel.
        """
        await self._end()
        if not any(check_of(cell, self._notebook) for cell in self.nb.cells[index + 1 :]):
            return self._state.reason
        if len(self._deadly) > self.new_kernels:
            return say("{n} kernels ended already.", n=len(self._deadly))
        self._flooded, failure = False, await self._start()
        self._mute = True
        for position, cell in enumerate(self.nb.cells[:index]):
            flags = cell.metadata.get("nbgrader", {})
            if position in self._deadly or (flags.get("grade") and not flags.get("solution")):
                continue
            if failure is None and self._seconds_left() > 0:
                failure = await self._attempt(copy.deepcopy(cell), position)
                self.nb.cells[position] = cell  # with the outputs of the first run
        self._mute = False
        return failure[1] if failure else ""

    async def _follow_up(self, cell: NotebookNode, index: int) -> None:
        """Run a check's cell again with a second probe, where the first evidence leaves a need."""
        name = grade_id(cell)
        texts = self._state.evidence.get(name or "", [])
        check = check_of(cell, self._notebook)
        if check is None or len(texts) != 1 or name in self._state.unrun or self._flooded:
            return
        self._second = second_probe(check, texts[0], self._secret)
        if not self._second:
            return
        self._asked = SECOND
        try:
            await self.async_execute_cell(copy.deepcopy(cell), index, self.code_cells_executed)
        finally:
            self._second = {}
            self.nb.cells[index] = cell  # with the outputs of the first run alone

    def _fail(self, cell: NotebookNode, why: str, asked: str = "") -> None:
        """Say in a cell why it has no result, or no second one, and keep that for the judge."""
        if cell.cell_type != "code" or not cell.source.strip():
            return
        cell.setdefault("outputs", []).append(error_output("NotRun", why))
        if name := grade_id(cell):
            self._state.unrun[name + asked] = why

    def _stop(self, index: int, status: str, sentence: str) -> None:
        """Give up before a cell: it and all later ones get no result."""
        self._state.status, self._state.reason = status, sentence
        for cell in self.nb.cells[index:]:
            why = say("This cell was not run, because an earlier one failed: {why}", why=sentence)
            self._fail(cell, why if index else sentence)

    def _seconds_left(self) -> float:
        return self.notebook_timeout - self._spent

    def timeout_func(self, cell: NotebookNode) -> int:
        """Return the seconds that a cell may take: nbclient asks before it runs the cell."""
        return max(1, min(int(self._seconds_left()) + 1, self.timeout or self.notebook_timeout))

    async def _async_handle_timeout(
        self, timeout: int, cell: NotebookNode | None = None
    ) -> dict[str, Any] | None:
        """Interrupt the cell; but wait again, once, if the time is over because this process slept.

        It learns so by waking late: the cell's reply may have come while it was stopped.
        """
        if time.monotonic() - self._cell_ends > _LATE and not self._waited_again:
            self._waited_again = True
            return None
        return await super()._async_handle_timeout(timeout, cell)

    def on_cell_execute(self, cell: NotebookNode, cell_index: int) -> None:
        """Send the probe with the request that runs a check's cell, and with no other."""
        self._captured = self._passed = 0
        self._waited_again = False
        self._cell_ends = time.monotonic() + self.timeout_func(cell)
        self._check = check_of(cell, self._notebook)
        if self._check is None:
            return
        drawn = draw(self._check, self._secret)
        request = {
            "check": self._check.name,
            "probe": encode(self._second) if self._second else drawn.text,
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
        """Close the evidence of the cell, and say which limit it met."""
        super().on_cell_executed(**kwargs)
        self._check = None
        cell, reply = kwargs["cell"], kwargs["execute_reply"]
        if self._mute:
            return
        if self._captured > self.output_limit and self._state.status == GRADED:
            self._state.status, self._state.reason = TOO_MUCH_OUTPUT, too_much(self.output_limit)
        if reply["content"].get("ename") == self.error_on_timeout["ename"]:
            sentence = say("This cell took longer than {n} seconds.", n=self.timeout)
            self._state.status, self._state.reason = TIMED_OUT, sentence
            cell.outputs[-1] = error_output("Timeout", sentence)
            if name := grade_id(cell):
                self._state.unrun[name + self._asked] = sentence
        for output in [output for output in cell.outputs if output.output_type == "error"]:
            name, text = str(output.get("ename")), str(output.get("evalue"))
            if failure := explained(name, text[:1000], self.limits):
                self._state.status, self._state.reason = failure
                output["evalue"] = f"{text} {failure[1]}"
                output.setdefault("traceback", []).append(failure[1])


def _without_running_loop(coroutine: Any) -> None:
    """Run a coroutine to its end, in a thread of its own where an event loop runs (formgrader)."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(coroutine)
    else:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(copy_context().run, asyncio.run, coroutine).result()
