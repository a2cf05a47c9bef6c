"""What a command costs with all that it starts: a control group counts, for nothing else does.

Kernels in the sandbox are first killed and then reaped by their own namespace, so that their
processor time reaches no `getrusage` outside.
"""

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

_ROOT = Path("/sys/fs/cgroup")
_EVERY = 0.2  # seconds between two looks at the memory
_JOIN = 'for g in $GROUPS_TO_JOIN; do echo $$ > "$g/cgroup.procs" || exit 1; done; exec "$@"'


class MeterError(RuntimeError):
    """Why nothing can be measured, and what to type."""


@dataclass(frozen=True)
class Cost:
    """Of one command: seconds by the clock, CPU seconds of all processes, bytes at the peak."""

    wall: float
    cpu: float
    peak: int | None  # memory that no file stands behind; None where it is not counted
    output: str

    def line(self) -> dict[str, float | int | None]:
        """Return the figures alone."""
        return {name: value for name, value in asdict(self).items() if name != "output"}


class _Groups:
    """A control group of one's own, in version 1 or 2 of Linux' interface."""

    def __init__(self) -> None:
        name = f"tandem-bench-{os.getpid()}"
        if (_ROOT / "cpuacct").is_dir():
            self._cpu, self._memory = _ROOT / "cpuacct" / name, _ROOT / "memory" / name
            self._counter, self._anonymous, self._unit = "cpuacct.usage", "total_rss", 1e-9
        else:
            own = Path("/proc/self/cgroup").read_text().rpartition("::/")[2].strip()
            self._cpu = self._memory = _ROOT / own / name
            self._counter, self._anonymous, self._unit = "cpu.stat", "anon", 1e-6
        self.folders = sorted({self._cpu, self._memory})
        try:
            for folder in self.folders:
                folder.mkdir()
        except OSError as error:
            raise MeterError(
                f"No control group can be made ({error}), and only one counts the processor time "
                "of killed kernels: measure as root, or by "
                "`systemd-run --user --scope --property Delegate=yes make bench`."
            ) from error

    def cpu(self) -> float:
        words = (self._cpu / self._counter).read_text().split()
        return int(words[1] if words[0] == "usage_usec" else words[0]) * self._unit

    def memory(self) -> int | None:
        try:
            lines = (self._memory / "memory.stat").read_text().splitlines()
        except OSError:
            return None
        return int(dict(line.split() for line in lines)[self._anonymous])

    def close(self) -> None:
        for folder in self.folders:
            for _ in range(50):
                try:
                    folder.rmdir()
                    break
                except OSError:  # its last process has not quite ended
                    time.sleep(0.1)


def metered(command: Sequence[str], folder: Path, variables: Mapping[str, str]) -> Cost:
    """Run a command to its end and return what it cost.

    Raises RuntimeError, with its last words, where it fails, and MeterError.
    """
    groups, peaks, over = _Groups(), [0], threading.Event()

    def look() -> None:
        while not over.wait(_EVERY):
            peaks.append(groups.memory() or 0)

    watch = threading.Thread(target=look, daemon=True)
    try:
        began = time.monotonic()
        watch.start()
        done = subprocess.run(
            ["sh", "-c", _JOIN, "sh", *command],
            cwd=folder,
            env={**os.environ, **variables, "GROUPS_TO_JOIN": " ".join(map(str, groups.folders))},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        wall = time.monotonic() - began
        cpu = groups.cpu()
    finally:
        over.set()
        watch.join()
        groups.close()
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout[-3000:]}")
    return Cost(wall, cpu, max(peaks) or None, done.stdout)
