"""The warm templates of this process, one per framework and environment, and forks of them."""

import atexit
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.sandbox import bubblewrap, cgroup
from autograder.sandbox.folders import prefix, sweep
from autograder.sandbox.fork import PATIENCE
from autograder.sandbox.fork import Fork as Fork
from autograder.sandbox.fork import SandboxError as SandboxError

_START_SECONDS = 120
_LAUNCH = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); "
    "from autograder.sandbox.launch import main; main(sys.argv[1:])"
)
_SERVE = (
    "import sys; sys.path[:0] = ['/run/sandbox', {tandem!r}]; "
    "from inside.template import main; main({handle}, {framework!r})"
)


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
        self._socket.settimeout(PATIENCE)
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
        parent = cgroup.delegated()
        group = None if parent is None else cgroup.Group(parent, request["limits"])
        fork = Fork(folder, ours, group)
        kept = bubblewrap.below_tmp(self.plan.readable)
        about = {"name": name, "kept": kept, "held": group is not None}
        text = json.dumps({**request, **about}).encode()
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
