"""A kernel in the sandbox to ask: what can a student's code do from within?"""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from queue import Empty
from typing import Any

from autograder.kernels import sandboxed_environment
from autograder.sandbox import templates
from autograder.sandbox.limits import Limits
from autograder.start import manager_of, wait_until_heard

_SECONDS = 60


class Kernel:
    """One fork; `tell` runs code and returns what it printed, with the error if there was one."""

    def __init__(self, folder: Path, framework: str, limits: Limits) -> None:
        templates.resume()  # a test of Ctrl-C in this process may have stopped all
        self.loop = asyncio.new_event_loop()
        (folder / "work").mkdir()
        (folder / "work" / "data.csv").write_text("1,2\n")
        settings = {
            "framework": framework,
            "work": str(folder / "work"),
            "variables": sandboxed_environment(b"a test's own"),
            "own_variables": {"TANDEM_SEED": "1"},
            "limits": asdict(limits),
        }
        self.manager = manager_of("python3", folder, settings)
        self.loop.run_until_complete(self._start())

    async def _start(self) -> None:
        await self.manager.start_kernel()
        self.client = self.manager.client()
        self.client.start_channels()
        await wait_until_heard(self.client, _SECONDS)

    @property
    def ended(self) -> tuple[str, str]:
        reason: tuple[str, str] = self.manager.provisioner.ended
        return reason

    def alive(self) -> bool:
        return bool(self.loop.run_until_complete(self.manager.is_alive()))

    def tell(self, code: str) -> str:
        return self.loop.run_until_complete(self._tell(code))

    async def _tell(self, code: str) -> str:
        request, printed = self.client.execute(code), ""
        for _ in range(10 * _SECONDS):
            try:
                message = await self.client.iopub_channel.get_msg(timeout=0.1)
            except Empty:
                if not await self.manager.is_alive():
                    return printed + "DIED"
                continue
            content: dict[str, Any] = message["content"]
            if message["parent_header"].get("msg_id") != request:
                continue
            printed += content.get("text", "")
            if "ename" in content:
                printed += f"{content['ename']}: {content['evalue']}"
            if content.get("execution_state") == "idle":
                return printed
        raise TimeoutError(code)

    def close(self) -> None:
        self.client.stop_channels()
        self.loop.run_until_complete(self.manager.shutdown_kernel(now=True))
        self.loop.close()


@contextmanager
def sandboxed(framework: str = "plain", limits: Limits | None = None) -> Iterator[Kernel]:
    """Fork a kernel, and kill it after the block."""
    with tempfile.TemporaryDirectory() as folder:
        kernel = Kernel(Path(folder), framework, limits or Limits())
        try:
            yield kernel
        finally:
            kernel.close()
