"""New namespaces for one kernel, and what it sees of the file system in them."""

import os
import shutil
from pathlib import Path

from . import system

SHARED = "/run/kernels"  # one folder per kernel, shared with the grader
SOCKETS = "/run/kernel"  # the kernel's own sockets: read-only once they are bound
HOME = "/tmp/home"
WORK = "/tmp/work"
SCRATCH = ["/tmp", "/dev/shm"]
_PLAIN = system.MS_NOSUID | system.MS_NODEV


def enter_namespaces() -> None:
    """Enter new namespaces of every kind, as a user with all rights within and none without."""
    user, group = os.getuid(), os.getgid()
    system.unshare(
        system.CLONE_NEWUSER
        | system.CLONE_NEWNS
        | system.CLONE_NEWPID
        | system.CLONE_NEWIPC
        | system.CLONE_NEWNET
        | system.CLONE_NEWUTS
    )
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{user} {user} 1")
    _write("/proc/self/gid_map", f"{group} {group} 1")


def furnish(name: str, scratch_bytes: int, kept: list[str]) -> None:
    """Mount a /proc, /tmp and /dev/shm of its own, and hide what belongs to other kernels.

    Args:
        name: the kernel's folder below SHARED.
        kept: folders below /tmp that stay visible.
    """
    system.mount("none", "/", "", system.MS_REC | system.MS_PRIVATE)
    system.mount("proc", "/proc", "proc", _PLAIN | system.MS_NOEXEC)
    # No process here may make namespaces, in which it would have all rights again.
    _write("/proc/sys/user/max_user_namespaces", "0")
    own = Path(SHARED, name)
    system.mount(str(own / "sockets"), SOCKETS, "", system.MS_BIND)
    size = f"size={scratch_bytes},nr_inodes=100000,mode=0700"
    _keep_below_tmp(size, kept)
    system.mount("tmpfs", "/dev/shm", "tmpfs", _PLAIN, size)
    for folder in (HOME, f"{HOME}/tmp"):
        os.mkdir(folder, 0o700)
    shutil.copytree(own / "files", WORK, copy_function=shutil.copyfile)
    for folder in (SHARED, "/dev/pts"):
        system.mount("tmpfs", folder, "tmpfs", _PLAIN | system.MS_RDONLY, "size=4k,mode=0500")


def lock_sockets() -> None:
    """Let nobody replace the sockets on which the grader listens."""
    flags = system.MS_REMOUNT | system.MS_BIND | system.MS_RDONLY | _PLAIN
    system.mount("none", SOCKETS, "", flags)


def _keep_below_tmp(size: str, kept: list[str]) -> None:
    handles = {path: os.open(path, os.O_PATH | os.O_CLOEXEC) for path in kept}
    system.mount("tmpfs", "/tmp", "tmpfs", _PLAIN, size)
    for path, handle in handles.items():
        os.makedirs(path, exist_ok=True)
        system.mount(f"/proc/self/fd/{handle}", path, "", system.MS_BIND | system.MS_REC)
        os.close(handle)


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
