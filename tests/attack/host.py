"""What of the host must not change, looked at before and after: files, processes, sockets.

Two kinds of folders. In *quiet* ones nothing but the grader works, so any difference counts. In
*shared* ones, /tmp say, other programs work too; there a new file counts that bears the attacks'
mark, in its name or content, or belongs to the user as whom a root grader runs students' code.
"""

import ctypes
import os
import socket
import stat
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from autograder.sandbox.bubblewrap import identity
from tests.autograder.courses import REPOSITORY

_QUIET = ("/etc", "/usr/local", "/var/spool", "/boot", "/opt")
_QUIET_IN_HOME = (
    ".bashrc", ".profile", ".ssh", ".local/bin", ".local/lib", ".jupyter", ".config/pip",
    ".ipython/profile_default/startup",
)  # fmt: skip
_SHARED = ("/tmp", "/var/tmp", "/dev/shm", "/run")
_CACHES = {"__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", "build"}
_NOT_OURS = {".git", "classroom", ".venv", *_CACHES}  # of the repository
_LARGEST = 1_000_000  # bytes of a file in which the mark is looked for
_PR_SET_CHILD_SUBREAPER = 36
_FACTS = ("/proc/self/mountinfo", "/proc/sys/kernel/hostname", "/proc/sys/user/max_user_namespaces",
          "/proc/sysvipc/shm", "/proc/sysvipc/sem", "/proc/sysvipc/msg")  # fmt: skip
Signature = tuple[int, ...]


def _adopt(whoever: bool) -> None:
    """Let orphans below this process become its children, or no longer."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, int(whoever), 0, 0, 0)


@dataclass
class Host:
    """Look with `before`, let the attacks go, look with `changes`; `close` ends the canaries."""

    mark: str
    course: Path
    graders: list[int] = field(default_factory=list)  # processes whose folders must be gone
    _quiet: dict[str, Signature] = field(default_factory=dict)
    _shared: set[str] = field(default_factory=set)
    _facts: dict[str, str] = field(default_factory=dict)
    _sleepers: "list[subprocess.Popen[bytes]]" = field(default_factory=list)
    _servers: list[socket.socket] = field(default_factory=list)

    def listen(self) -> int:
        """Open canary sockets; return the port of the one that listens to TCP."""
        port = self._server(socket.AF_INET, ("127.0.0.1", 0))
        datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        datagrams.bind(("127.0.0.1", port))
        self._servers.append(datagrams)
        for path in (f"\0{self.mark}", str(self.course.parent / "canary.socket")):
            self._server(socket.AF_UNIX, path)
        for server in self._servers:
            server.setblocking(False)
        return port

    def _server(self, family: int, address: object) -> int:
        server = socket.socket(family, socket.SOCK_STREAM)
        server.bind(address)  # type: ignore[arg-type]
        server.listen(100)
        self._servers.append(server)
        name = server.getsockname()
        return int(name[1]) if family == socket.AF_INET else 0

    def before(self) -> None:
        """Remember how things are, and let canary processes sleep, as each user concerned."""
        # Whatever the grader leaves running becomes a child of this process, wherever it went.
        _adopt(True)
        users = {os.geteuid(), identity()[0]}
        for user in users:
            change = {"user": user} if user != os.geteuid() else {}
            self._sleepers.append(subprocess.Popen(["sleep", "3600"], cwd="/", **change))
        self._quiet, self._shared, self._facts = self._seen(), _in_shared(), _facts()

    def changes(self) -> list[str]:
        """Name every file, process, socket and setting that is not as it was."""
        return [
            *self._changed_files(),
            *self._new_files(),
            *self._left_processes(),
            *self._harmed_processes(),
            *self._called(),
            *(f"{name} changed" for name, text in _facts().items() if self._facts[name] != text),
        ]

    def close(self) -> None:
        _adopt(False)  # or what others leave would stay, dead, as a child of this process
        for sleeper in self._sleepers:
            sleeper.kill()
            sleeper.wait()
        for server in self._servers:
            server.close()

    def _changed_files(self) -> Iterator[str]:
        now = self._seen()
        for path in sorted(now.keys() | self._quiet.keys()):
            if now.get(path) != self._quiet.get(path):
                yield f"{path} {'changed' if path in now and path in self._quiet else 'came or went'}"

    def _seen(self) -> dict[str, Signature]:
        roots = [*_QUIET, *(str(Path.home() / name) for name in _QUIET_IN_HOME)]
        seen = {}
        for path in _below(roots):
            _note(seen, path)
        kinds = ("purelib", "platlib", "scripts", "stdlib")
        python = {sysconfig.get_path(name) for name in kinds}
        for path in _below([*python, os.path.realpath(sys.executable)], without=_CACHES):
            _note(seen, path)
        for path in _below([str(REPOSITORY)], without=_NOT_OURS):
            _note(seen, path)
        for name in (
            "solutions",
            "labs",
            "nbgrader_config.py",
            "classroom/secrets",
            "classroom/submitted",
        ):
            for path in _below([str(self.course / name)]):
                # One hand-in changes by itself; the first report makes the key of its pseudonyms.
                if "changes-while-read" not in path and not path.endswith("/.pseudonyms.key"):
                    _note(seen, path)
        return seen

    def _new_files(self) -> Iterator[str]:
        student, me = identity()[0], os.geteuid()
        own = str(self.course.parent)
        for path in sorted(_in_shared() - self._shared):
            if path.startswith(own):
                continue
            try:
                status = os.lstat(path)
            except OSError:
                continue  # another program's, gone by now
            students = student != me and status.st_uid == student
            if (students and not _of_a_grader(path)) or self._is_marked(path, status):
                yield f"{path} is new"

    def _is_marked(self, path: str, status: os.stat_result) -> bool:
        own = (self.mark, *(f"/tandem-{pid}-" for pid in self.graders))
        if any(part in path for part in own):
            return True
        if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
            return False
        try:
            return self.mark.encode() in Path(path).read_bytes()
        except OSError:
            return False

    def _left_processes(self) -> Iterator[str]:
        """Wait a moment for what ends; what is still there was left behind."""
        known = {sleeper.pid for sleeper in self._sleepers} | {os.getpid()}
        for _ in range(30):
            left = [pid for pid in _children() if pid not in known and not _reaped(pid)]
            if not left:
                break
            time.sleep(0.1)
        for pid in left:
            yield f"process {pid} was left: {_command(pid)}"

    def _harmed_processes(self) -> Iterator[str]:
        for sleeper in self._sleepers:
            state = _status(sleeper.pid)
            if sleeper.poll() is not None or state[0] != "S" or state[1] != "0":
                yield f"canary process {sleeper.pid} was killed, stopped or slowed: {state}"

    def _called(self) -> Iterator[str]:
        for server in self._servers:
            try:
                if server.type == socket.SOCK_DGRAM:
                    server.recv(1000)
                else:
                    server.accept()[0].close()
            except BlockingIOError:
                continue
            yield f"canary socket {server.getsockname()!r} was called"


def _below(roots: "list[str] | tuple[str, ...]", without: set[str] | None = None) -> Iterator[str]:
    for root in roots:
        if os.path.lexists(root):
            yield root
        for folder, folders, files in os.walk(root):
            folders[:] = [name for name in folders if name not in (without or set())]
            yield from (os.path.join(folder, name) for name in (*folders, *files))


def _in_shared() -> set[str]:
    """List what lies in shared folders, and what the home folder itself holds."""
    return {*_below(_SHARED), *map(str, Path.home().iterdir())}


def _note(seen: dict[str, Signature], path: str) -> None:
    try:
        found = os.lstat(path)
    except OSError:
        return
    kept = (found.st_mode, found.st_uid, found.st_gid)
    if not stat.S_ISDIR(found.st_mode):
        kept += (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
    seen[path] = kept


def _of_a_grader(path: str) -> bool:
    """Say whether a path is a grader's own; those of the graders here are found by their names."""
    return path.startswith(os.path.join(tempfile.gettempdir(), "tandem-"))


def _facts() -> dict[str, str]:
    """Read what holds for the whole machine; of what programs share, what is the student's."""
    user, found = str(identity()[0]), {}
    for name in filter(os.path.exists, _FACTS):
        lines = Path(name).read_text().splitlines()
        if "sysvipc" in name and lines:
            place = lines[0].split().index("uid")
            mine = [line.split() for line in lines[1:] if line.split()[place] == user]
            lines = [" ".join(line[:4]) for line in mine]  # key, number, mode and size, no times
        found[name] = "\n".join(lines)
    return found


def _children() -> list[int]:
    me, found = str(os.getpid()), []
    for name in filter(str.isdecimal, os.listdir("/proc")):
        try:
            after = Path("/proc", name, "stat").read_text().rpartition(") ")[2].split()
        except OSError:
            continue
        if after[1] == me:
            found.append(int(name))
    return found


def _reaped(pid: int) -> bool:
    """Bury a child that has ended; say whether it had."""
    try:
        return os.waitpid(pid, os.WNOHANG) != (0, 0)
    except ChildProcessError:
        return True


def _status(pid: int) -> tuple[str, str]:
    """Return a process' state and its niceness."""
    try:
        after = Path("/proc", str(pid), "stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return ("gone", "")
    return after[0], after[16]


def _command(pid: int) -> str:
    try:
        return Path("/proc", str(pid), "cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return "?"
