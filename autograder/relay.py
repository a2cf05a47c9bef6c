"""Stand between a kernel and its reader, and count what the kernel sends.

ZeroMQ bounds each frame of a message but not their number, and holds all of them until the last has
come: so one message that never ends would fill the grader's memory, unseen by what reads messages.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path

_CHUNK = 1_000_000  # bytes


class Relay:
    """Sockets in a folder of the reader's, each of which leads to one of the kernel's."""

    def __init__(self, most: int, overflow: Callable[[], None]) -> None:
        """Prepare for `most` bytes from one message heard to the next, then call `overflow`."""
        self._most, self._overflow = most, overflow
        self._passed = 0
        self._servers: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, kernel: str, folder: Path, ports: Iterable[int]) -> str:
        """Listen; return what stands in place of `kernel`: `<kernel>-<port>` are the paths."""
        folder.mkdir(mode=0o700, exist_ok=True)
        place = str(folder / "k")
        for port in ports:
            Path(f"{place}-{port}").unlink(missing_ok=True)
            begin = partial(self._begin, f"{kernel}-{port}")
            server = await asyncio.start_unix_server(begin, f"{place}-{port}", limit=_CHUNK)
            self._servers.append(server)
        return place

    def heard(self) -> None:
        """Count anew: a message has arrived whole."""
        self._passed = 0

    async def close(self) -> None:
        """End every connection, and take no further one; the reader connects no longer."""
        await _settled()
        while self._servers:
            self._servers.pop().close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await _settled()

    def _begin(self, path: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._connect(path, reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(
        self, path: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        ends, asks = [writer], None
        try:
            with suppress(OSError):  # the kernel is gone
                there, back = await asyncio.open_unix_connection(path, limit=_CHUNK)
                ends.append(back)
                asks = asyncio.create_task(_pass_on(reader, back))
                await self._answer(there, writer)
            for end in ends:
                end.close()
        except asyncio.CancelledError:
            for end in ends:
                end.transport.abort()
            raise
        finally:
            if asks is not None:
                asks.cancel()

    async def _answer(self, there: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on what the kernel sends, as far as it is let."""
        while content := await there.read(_CHUNK):
            self._passed += len(content)
            if self._passed > self._most:
                self._overflow()
                return
            writer.write(content)
            await writer.drain()


async def _settled() -> None:
    """Let asyncio make a connection of what was accepted, and close the socket of what was ended.

    Each takes it a few turns of its loop; cut off in between, it would leave the socket open.
    """
    for _ in range(5):
        await asyncio.sleep(0)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what the reader asks, until it hangs up; then hang up, too."""
    with suppress(OSError):
        while content := await reader.read(_CHUNK):
            writer.write(content)
            await writer.drain()
    writer.close()
