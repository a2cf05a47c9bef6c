"""The warm templates of this process, one per framework and environment, and forks of them."""

import atexit
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.sandbox import bubblewrap
from autograder.sandbox.folders import prefix, sweep

_START_SECONDS = 120
_FORK_SECONDS = 30
_LAUNCH = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); "
    "from autograder.sandbox.launch import main; main(sys.argv[1:])"
)
_SERVE = (
    "import sys; sys.path[:0] = ['/run/sandbox', {tandem!r}]; "
    "from inside.template import main; main({handle}, {framework!r})"
)


class SandboxError(RuntimeError):
    """No sandbox could be had; the text says why and what to type."""


def launched(stage: Path, command: Sequence[str]) -> list[str]:
    """Return the command that runs bubblewrap's `command` by way of `launch`."""
    repository = str(Path(__file__).resolve().parents[2])
    return [sys.executable, "-I", "-c", _LAUNCH, repository, str(stage), *command]


@dataclass(frozen=True)
class Plan:
    """What makes two kernels forks of the same template."""

    framework: str
    variables: tuple[tuple[str, str], ...]
    readable: tuple[str, ...]
    devices: tuple[str, ...] = ()  # of GPUs

    @classmethod
    def of(
        cls, framework: str, variables: Mapping[str, str], extra: Sequence[str], gpu: bool = False
    ) -> "Plan":
        folders = tuple(bubblewrap.readable(extra))
        devices = tuple(bubblewrap.gpu_devices()) if gpu else ()
        return cls(framework, tuple(sorted(variables.items())), folders, devices)


class Fork:
    """One kernel: its folder, a handle of PID 1 of its namespaces, and a line to that process."""

    def __init__(self, folder: Path, status: socket.socket) -> None:
        self.folder = folder
        self.layers: list[str] = []
        self.ended: tuple[str, str] | None = None  # reason, detail
        self._status = status
        self._handle: int | None = None
        self._closed = False

    def wait_until_ready(self) -> None:
        """Wait until its sockets are bound and locked.

        Raises SandboxError when it ends before.
        """
        self._status.settimeout(_FORK_SECONDS)
        try:
            while not self.layers and self.ended is None:
                self._receive()
        except TimeoutError:
            self.ended = ("start", f"no answer for {_FORK_SECONDS} seconds")
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
        shutil.rmtree(self.folder, ignore_errors=True)

    def _receive(self) -> None:
        text, handles, _, _ = socket.recv_fds(self._status, 10_000, 1)
        if handles:
            self._handle = handles[0]
        if not text:
            self.ended = ("exit", "")
            return
        event = json.loads(text)
        if event["event"] == "ready":
            self.layers = list(event["layers"])
        elif event["event"] == "ended":
            self.ended = (event["reason"], event["detail"])


def _kill(handle: int) -> None:
    """Kill PID 1, with which the Linux kernel kills all of its namespace; wait until it is gone."""
    try:
        signal.pidfd_send_signal(handle, signal.SIGKILL)
    except ProcessLookupError:
        return
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    poll.poll(5000)


class Template:
    """One bubblewrap sandbox with a warm process in it."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._lock = threading.Lock()
        self._count = 0
        self._base = Path(tempfile.mkdtemp(prefix=prefix()))
        self._stage = Path(f"{self._base}-stage")
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  (open as long as the sandbox)
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    def _start(self) -> None:
        sweep()
        self._stage.mkdir(mode=0o755)
        bubblewrap.furnish(self._base)
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                self._command(theirs.fileno()),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                cwd="/",
                start_new_session=True,  # so that Ctrl-C reaches the grader alone
            )
        self._socket.settimeout(_START_SECONDS)
        try:
            answer = json.loads(self._socket.recv(10_000) or b"{}")
        except (TimeoutError, ConnectionError):
            answer = {}
        self._socket.settimeout(_FORK_SECONDS)
        if "modules" not in answer:
            raise SandboxError(self._why(answer))

    def _command(self, handle: int) -> list[str]:
        tandem = str(bubblewrap.tandem_folder())
        serve = _SERVE.format(tandem=tandem, handle=handle, framework=self.plan.framework)
        variables = dict(self.plan.variables)
        program = [sys.executable, "-s", "-P", "-c", serve]
        inner = bubblewrap.command(
            self._base, self.plan.readable, variables, program, self.plan.devices
        )
        return launched(self._stage, inner)

    def _why(self, answer: Mapping[str, Any]) -> str:
        if "error" in answer:
            return f"the {self.plan.framework} template failed:\n{answer['error']}"
        self._log.seek(0)
        said = self._log.read()[-2000:].decode(errors="replace").strip()
        return said or "bubblewrap said nothing"

    def alive(self) -> bool:
        return self._process.poll() is None

    def fork(self, work: Path, request: Mapping[str, Any]) -> Fork:
        """Fork a kernel that works on a copy of `work`; `request` is described in `inside`.

        Raises SandboxError when there is none within seconds.
        """
        with self._lock:
            self._count += 1
            name = f"{self._count}"
        folder = self._base / "kernels" / name
        (folder / "sockets").mkdir(parents=True)
        shutil.copytree(work, folder / "files")
        if os.geteuid() == 0:
            for path in (folder / "sockets", folder / "files", *(folder / "files").rglob("*")):
                os.chown(path, *bubblewrap.identity(), follow_symlinks=False)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        fork = Fork(folder, ours)
        kept = bubblewrap.below_tmp(self.plan.readable)
        text = json.dumps({**request, "name": name, "kept": kept}).encode()
        with theirs, self._lock:
            try:
                socket.send_fds(self._socket, [text], [theirs.fileno()])
            except OSError as error:
                fork.close()
                raise SandboxError(f"the template is gone: {error}") from error
        fork.wait_until_ready()
        return fork

    def close(self) -> None:
        """End the sandbox with all that runs in it."""
        if hasattr(self, "_socket"):
            self._socket.close()
        if hasattr(self, "_process"):
            try:
                self._process.wait(3)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._log.close()
        for folder in (self._base, self._stage):
            shutil.rmtree(folder, ignore_errors=True)


_templates: dict[Plan, Template] = {}
_users: dict[Plan, int] = {}
_lock = threading.Lock()
_stopping = threading.Event()


def fork(plan: Plan, work: Path, request: Mapping[str, Any]) -> Fork:
    """Fork a kernel of the plan's template, which is started by the first call.

    Raises SandboxError when there is no sandbox.
    """
    with _lock:
        if _stopping.is_set():
            raise SandboxError("grading was stopped")
        template = _templates.get(plan)
        if template is None or not template.alive():
            if template is not None:
                template.close()
            _close_idle(plan)
            template = _templates[plan] = Template(plan)
        _users[plan] = _users.get(plan, 0) + 1
    try:
        return template.fork(work, request)
    except BaseException:
        release(plan)
        raise


def release(plan: Plan) -> None:
    """Say that a kernel of this plan has ended."""
    with _lock:
        _users[plan] = max(0, _users.get(plan, 0) - 1)


def _close_idle(wanted: Plan) -> None:
    """Keep memory flat: a grader of many assignments needs one template at a time."""
    for plan in [plan for plan in _templates if plan != wanted and not _users.get(plan)]:
        _templates.pop(plan).close()


def stop() -> None:
    """End every kernel and let no new one begin, until `resume`: this process was interrupted."""
    _stopping.set()
    close_all()


def resume() -> None:
    """Let kernels begin again."""
    _stopping.clear()


def close_all() -> None:
    """End every template of this process."""
    with _lock:
        while _templates:
            _templates.popitem()[1].close()
        _users.clear()


atexit.register(close_all)
