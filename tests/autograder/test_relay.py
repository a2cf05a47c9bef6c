"""Does what stands between kernel and reader pass on everything, and stop what never ends?"""

import asyncio
import gc
import socket
import warnings
from contextlib import suppress
from pathlib import Path

import pytest

from autograder.relay import Relay

MOST = 3_000_000
BYTES = bytes(range(256)) * 8_000  # 2 MB


async def kernel(folder: Path, answers: int) -> asyncio.Server:
    """Answer each line that is asked with that line, and `BYTES` so many times."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):  # the relay hangs up where it is too much
            while line := await reader.readline():
                writer.write(line)
                for _ in range(answers):
                    writer.write(BYTES)
                    await writer.drain()
        writer.close()

    return await asyncio.start_unix_server(talk, folder / "kernel-1")


def told(tmp_path: Path, answers: int, asked: int = 1, hears: bool = True) -> tuple[bytes, int]:
    """Return what the reader got, and how often the relay said that it was too much."""
    overflows: list[int] = []

    async def ask() -> bytes:
        server, relay = await kernel(tmp_path, answers), Relay(MOST, lambda: overflows.append(1))
        place = await relay.open(str(tmp_path / "kernel"), tmp_path / "relay", [1])
        reader, writer = await asyncio.open_unix_connection(f"{place}-1")
        got = b""
        for number in range(asked):
            writer.write(b"%d\n" % number)
            expected = len(got) + len(b"%d\n" % number) + answers * len(BYTES)
            while len(got) < expected and (content := await reader.read(100_000)):
                got += content
            if hears:
                relay.heard()
        writer.close()
        await relay.close()
        server.close()
        await asyncio.sleep(0.1)
        return got

    return asyncio.run(asyncio.wait_for(ask(), 20)), len(overflows)


def test_passes_everything_both_ways(tmp_path: Path) -> None:
    got, overflows = told(tmp_path, answers=1, asked=5)
    assert got == b"".join(b"%d\n" % number + BYTES for number in range(5))
    assert overflows == 0


def test_stops_what_is_too_much_for_one_message(tmp_path: Path) -> None:
    got, overflows = told(tmp_path, answers=500)
    assert len(got) <= MOST
    assert overflows == 1


def test_counts_from_one_message_heard_to_the_next(tmp_path: Path) -> None:
    _, overflows = told(tmp_path, answers=1, asked=5, hears=False)
    assert overflows == 1


def test_is_a_kernel_that_is_gone_a_broken_connection(tmp_path: Path) -> None:
    async def ask() -> bytes:
        relay = Relay(MOST, lambda: None)
        place = await relay.open(str(tmp_path / "nobody"), tmp_path / "relay", [1])
        reader, writer = await asyncio.open_unix_connection(f"{place}-1")
        said = await reader.read()
        writer.close()
        await relay.close()
        with pytest.raises(OSError, match=r"refused|No such file"):
            await asyncio.open_unix_connection(f"{place}-1")
        return said

    assert asyncio.run(asyncio.wait_for(ask(), 20)) == b""


@pytest.mark.parametrize("steps", range(8))
def test_does_no_socket_stay_open_however_soon_it_closes(tmp_path: Path, steps: int) -> None:
    """A kernel may end while its reader still connects."""

    async def hasten() -> None:
        server, relay = await kernel(tmp_path, answers=1), Relay(MOST, lambda: None)
        place = await relay.open(str(tmp_path / "kernel"), tmp_path / "relay", [1])
        reader = socket.socket(socket.AF_UNIX)
        reader.connect(f"{place}-1")
        for _ in range(steps):
            await asyncio.sleep(0)
        await relay.close()
        reader.close()
        server.close()

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", ResourceWarning)
        asyncio.run(asyncio.wait_for(hasten(), 20))
        gc.collect()
    assert [str(warning.message) for warning in told if "relay" in str(warning.message)] == []
