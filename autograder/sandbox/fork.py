"""One kernel, forked from a template: how it is heard of, interrupted and killed."""

import json
import os
import select
import shutil
import signal
import socket
from pathlib import Path

from autograder.sandbox import cgroup

PATIENCE = 30  # seconds for a fork to be ready


class SandboxError(RuntimeError):
    """No sandbox could be had; the text says why and what to type."""


class Fork:
    """One kernel: its folder, a handle of PID 1 of its namespaces, and a line to that process."""

    def __init__(
        self, folder: Path, status: socket.socket, group: cgroup.Group | None = None
    ) -> None:
        self.folder, self._group = folder, group
        self.layers: list[str] = []
        self.ended: tuple[str, str] | None = None  # reason, detail
        self._status = status
        self._handle: int | None = None
        self._closed = False

    def wait_until_ready(self) -> None:
        """Wait until its sockets are bound and locked.

        Raises SandboxError when it ends before.
        """
        self._status.settimeout(PATIENCE)
        try:
            while not self.layers and self.ended is None:
                self._receive()
        except TimeoutError:
            self.ended = ("start", f"no answer for {PATIENCE} seconds")
        self._status.setblocking(False)
        if self.ended is not None:
            detail = self.ended[1]
            self.close()
            raise SandboxError(f"the sandbox gave no kernel: {detail}")

    def poll(self) -> bool:
        """Say whether it still runs."""
        while self.ended is None:
            try:
                self._receive()
            except BlockingIOError:
                return True
        return False

    def interrupt(self, number: int) -> None:
        """Send the kernel a signal, as Ctrl-C does."""
        if self.poll():
            try:
                self._status.send(str(int(number)).encode())
            except OSError:
                self.ended = self.ended or ("exit", "")

    def close(self) -> None:
        """Kill all its processes, and remove its folder once they are gone."""
        if self._closed:
            return
        self._closed = True
        self.ended = self.ended or ("closed", "")
        self._status.close()
        if self._handle is not None:
            _kill(self._handle)
            os.close(self._handle)
        if self._group is not None:
            self._group.remove()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _receive(self) -> None:
        text, handles, _, _ = socket.recv_fds(self._status, 10_000, 1)
        event = json.loads(text or '{"event": "ended", "reason": "exit", "detail": ""}')
        if handles:
            self._handle = handles[0]
            if self._group is not None:
                self._group.take(self._handle)
                self._status.send(b"go")
        if event["event"] == "ready":
            self.layers = [*event["layers"], *(["cgroup"] if self._group else [])]
        elif event["event"] == "ended":
            starved = self._group is not None and self._group.out_of_memory()
            self.ended = ("memory" if starved else event["reason"], event["detail"])


def _kill(handle: int) -> None:
    """Kill PID 1, with which the Linux kernel kills all of its namespace; wait until it is gone."""
    try:
        signal.pidfd_send_signal(handle, signal.SIGKILL)
    except ProcessLookupError:
        return
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    poll.poll(5000)
