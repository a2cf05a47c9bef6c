"""A delegated cgroup (version 2), where there is one: Linux itself counts memory and processes.

What it counts includes its own memory, which the watchdog cannot see. To have one, start the grader
by `systemd-run --user --scope -p Delegate=yes autograder grade …`.
"""

import itertools
import os
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_MOUNT, _OURS = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")
_CONTROLLERS = {"memory", "pids"}
_OF_THE_SANDBOX = 8  # processes besides the student's
_numbers = itertools.count(1)


@cache
def delegated(mount: Path = _MOUNT, ours: Path = _OURS) -> Path | None:
    """Return a cgroup below which this process may make others; None where there is none.

    This process moves into a child of it, for Linux shares out what a cgroup may use only where
    no process is in it; where others are, nothing is changed.
    """
    line = next((row for row in ours.read_text().splitlines() if row.startswith("0::/")), None)
    if line is None:
        return None
    folder = mount / line.removeprefix("0::/")
    leaf = folder / f"tandem-{os.getpid()}-grader"
    try:
        # The machine's own first cgroup has no type, and is nobody's to change.
        there = set((folder / "cgroup.controllers").read_text().split())
        if not there >= _CONTROLLERS or not (folder / "cgroup.type").exists():
            return None
        leaf.mkdir()
    except OSError:
        return None
    try:
        (leaf / "cgroup.procs").write_text(str(os.getpid()))
        (folder / "cgroup.subtree_control").write_text("+memory +pids")
    except OSError:
        _undo(folder, leaf)
        return None
    return folder


def _undo(folder: Path, leaf: Path) -> None:
    try:
        (folder / "cgroup.procs").write_text(str(os.getpid()))
        leaf.rmdir()
    except OSError:
        return  # an empty cgroup harms nobody


class Group:
    """The cgroup of one kernel."""

    def __init__(self, parent: Path, limits: Mapping[str, int]) -> None:
        self.folder = parent / f"tandem-{os.getpid()}-{next(_numbers)}"
        self.folder.mkdir()
        self._set("memory.max", limits["memory"])
        self._set("memory.oom.group", 1)  # so that none is left without the others
        self._set("pids.max", limits["processes"] + _OF_THE_SANDBOX)
        if (self.folder / "memory.swap.max").exists():
            self._set("memory.swap.max", 0)

    def _set(self, name: str, value: int) -> None:
        (self.folder / name).write_text(str(value))

    def take(self, handle: int) -> None:
        """Move a process, by its pidfd, into the cgroup: all that it starts will be in it too."""
        lines = Path(f"/proc/self/fdinfo/{handle}").read_text().splitlines()
        pid = next(line.split()[1] for line in lines if line.startswith("Pid:"))
        (self.folder / "cgroup.procs").write_text(pid)

    def out_of_memory(self) -> bool:
        """Say whether Linux has killed processes in it for want of memory."""
        try:
            events = (self.folder / "memory.events").read_text().split()
        except FileNotFoundError:
            return False
        return int(dict(zip(events[::2], events[1::2], strict=False)).get("oom_kill", "0")) > 0

    def remove(self) -> None:
        """Remove it, once the last of its processes has been buried."""
        for _ in range(20):
            try:
                self.folder.rmdir()
            except OSError:
                time.sleep(0.01)
            else:
                return
