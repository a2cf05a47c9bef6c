"""The kernel of one notebook: started in the sandbox, ended, and why it died."""

import os
import signal
from dataclasses import asdict
from pathlib import Path
from subprocess import DEVNULL
from typing import Any

from jupyter_client.kernelspec import NoSuchKernel
from traitlets import Bool, Integer, List, Unicode

from autograder.kernels import environment, framework_of, sandboxed_environment
from autograder.listen import Listener
from autograder.outputs import too_much
from autograder.relay import Relay
from autograder.run import check_of
from autograder.sandbox.limits import Limits, out_of_memory
from autograder.sandbox.provisioner import PORTS
from autograder.sandbox.templates import SandboxError
from autograder.start import bound_messages, manager_of, wait_until_heard
from autograder.status import CRASHED, ERROR, TOO_MUCH_OUTPUT, Failure
from tandem.messages import say

_DEFAULT = Limits()
_MESSAGE = 16_000_000  # bytes of one message besides its evidence: as JSON, up to 20 times as many


class Lifetime(Listener):
    """The part of `Execute` that has a kernel begin and end."""

    sandbox = Bool(True, help="Run students' code in the sandbox.").tag(config=True)
    memory = Integer(_DEFAULT.memory, help="Bytes of memory of one notebook.").tag(config=True)
    processes = Integer(_DEFAULT.processes, help="Processes and threads of one notebook.").tag(
        config=True
    )
    scratch = Integer(_DEFAULT.scratch, help="Bytes of files that a notebook may write.").tag(
        config=True
    )
    gpu = Bool(False, help="Let students' code use this machine's NVIDIA GPUs.").tag(config=True)
    readable = List(Unicode(), help="Folders that students' code may read besides its own.").tag(
        config=True
    )

    _home: Path  # folder of the kernel on the grader's side
    _secret: bytes
    _notebook: str
    _relay: Relay | None = None  # of the kernel in the sandbox
    _flooded: bool  # whether the kernel was killed for its output

    @property
    def limits(self) -> Limits:
        return Limits(self.memory, self.processes, self.scratch)

    async def _start(self) -> Failure | None:
        """Start a kernel and wait until it can be heard; return why there is none."""
        settings = self._settings() if self.sandbox else None
        name = self.nb.metadata.get("kernelspec", {}).get("name", "python3")
        self.km = manager_of(name, self._home, settings, config=self.config)
        checks = (check_of(cell, self._notebook) for cell in self.nb.cells)
        largest = max((check.evidence_limit for check in checks if check), default=0)
        try:
            await self.async_start_new_kernel(
                cwd=str(self._home / "work"),
                env=environment(self._home, self._secret, self.gpu),
                stdout=DEVNULL,
                stderr=DEVNULL,
            )
            most = _MESSAGE + 4 * largest // 3
            if settings is not None:
                await self._interpose(most)
            self.kc = self.km.client()
            bound_messages(self.kc, most)
            # No heartbeat: its thread never ends when the kernel breaks off within a frame.
            self.kc.start_channels(hb=False)
            self.kc.allow_stdin = False
            await wait_until_heard(self.kc, self.startup_timeout)
        except SandboxError:
            await self._end()
            raise  # it is the grader's fault, not the student's: no grade
        except (RuntimeError, NoSuchKernel, OSError) as error:
            self.log.error("no kernel: %s", error)
            await self._end()
            return ERROR, say("The kernel could not be started: {error}", error=error)
        return None

    async def _interpose(self, most: int) -> None:
        """Let all that the kernel sends pass a relay, which stops a message that never ends."""
        assert self.km is not None
        self._relay = Relay(most + _MESSAGE, self._stop_flood)
        ports = (getattr(self.km, port) for port in PORTS)
        self.km.ip = await self._relay.open(self.km.ip, self._home / "relay", ports)

    def _settings(self) -> dict[str, Any]:
        variables = sandboxed_environment(self._secret, self.gpu)
        return {
            "framework": framework_of(self.nb),
            "work": str(self._home / "work"),
            "variables": variables,
            "own_variables": {"TANDEM_SEED": variables["TANDEM_SEED"]},
            "readable": list(self.readable),
            "gpu": self.gpu,
            "limits": asdict(self.limits),
        }

    async def _end(self) -> None:
        if self.km is None:
            return
        group = getattr(self.km.provisioner, "pgid", None)
        await self._async_cleanup_kernel()
        if self._relay is not None:
            await self._relay.close()
        if group:
            _kill_group(group)

    def _death(self) -> Failure:
        assert self.km is not None
        if self._flooded:
            return TOO_MUCH_OUTPUT, too_much(self.flood_limit)
        reason, _ = getattr(self.km.provisioner, "ended", ("exit", ""))
        if reason == "memory":
            return out_of_memory(self.limits)
        return CRASHED, say("The kernel died in this cell: did it run out of memory, or exit?")

    def _hear(self) -> None:
        if self._relay is not None:
            self._relay.heard()

    def _stop_flood(self) -> None:
        assert self.km is not None
        self._flooded = True
        if hasattr(self.km.provisioner, "close"):
            self.km.provisioner.close()


def _kill_group(group: int) -> None:
    """Kill what the kernel started and left behind."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return
