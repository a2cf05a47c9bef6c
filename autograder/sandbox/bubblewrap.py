"""The outer sandbox: what bubblewrap is told to show, which is little."""

import os
import shutil
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path

import tandem
from autograder.sandbox.launch import ROOT_UID

HERE = Path(__file__).resolve().parent

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_ETC = ("ld.so.cache", "localtime", "mime.types")
_HIDDEN = ("autograder", "authoring")


def identity() -> tuple[int, int]:
    """Return the user and group ids under which students' code runs."""
    return (ROOT_UID, ROOT_UID) if os.geteuid() == 0 else (os.geteuid(), os.getegid())


def readable(extra: Sequence[str]) -> list[str]:
    """List the folders outside the system's own that the sandbox may read, outermost first.

    They are this Python, its packages, `tandem` and nothing else of its folder, and the extra ones.
    """
    python = (sys.base_prefix, sys.prefix, str(sysconfig.get_path("purelib")))
    wanted = {
        os.path.abspath(path) for path in (*python, str(Path(tandem.__file__).parent), *extra)
    }
    return [
        path
        for path in sorted(wanted)
        if not any(_below(path, other) for other in (*wanted - {path}, *_SYSTEM))
    ]


def tandem_folder() -> Path:
    """Return the folder from which the sandbox imports `tandem`."""
    return Path(tandem.__file__).resolve().parents[1]


def below_tmp(folders: Sequence[str]) -> list[str]:
    """Of these folders, list those that a kernel's own /tmp would hide."""
    return [path for path in folders if _below(path, "/tmp")]


def gpu_devices(devices: Path = Path("/dev")) -> list[str]:
    """List the devices by which programs reach NVIDIA's GPUs; none where there are none."""
    return sorted(str(path) for path in devices.glob("nvidia*"))


def command(
    base: Path,
    folders: Sequence[str],
    variables: Mapping[str, str],
    program: Sequence[str],
    devices: Sequence[str] = (),
) -> list[str]:
    """Build bubblewrap's command line.

    Args:
        base: the grader's folder for this sandbox, furnished by `furnish`.
        folders: what may be read, from `readable`.
        variables: the whole environment.
        program: what to run within.
        devices: what of /dev may be used, from `gpu_devices`.
    """
    user, group = identity()
    return [
        *("bwrap", "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-net"),
        *("--unshare-uts", "--unshare-cgroup-try", "--new-session", "--hostname", "sandbox"),
        "--as-pid-1",  # when the template ends, Linux kills whatever else runs in here
        *("--uid", str(user), "--gid", str(group), "--clearenv"),
        *(part for name, value in variables.items() for part in ("--setenv", name, value)),
        *(part for path in _SYSTEM if os.path.exists(path) for part in _system(path)),
        *("--tmpfs", "/tmp", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/dev/shm"),
        # Mapped as shared, zeros are memory that belongs to no process.
        *("--dev-bind", "/dev/null", "/dev/zero"),
        *(part for path in devices for part in ("--dev-bind", path, path)),
        *(part for path in folders for part in ("--ro-bind", path, path)),
        *(part for path in _masks(folders) for part in ("--tmpfs", path, "--remount-ro", path)),
        *("--ro-bind", str(base / "etc"), "/etc", "--ro-bind", str(base / "fonts"), "/run/fonts"),
        *("--ro-bind", str(HERE / "inside"), "/run/sandbox/inside", "--dir", "/run/kernel"),
        *("--bind", str(base / "kernels"), "/run/kernels"),
        # What one kernel could write here the next one would find.
        *("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/", "--"),
        *program,
    ]


def furnish(base: Path) -> None:
    """Make the folders that `command` binds: kernels' own, the few files of /etc, fonts."""
    user, group = identity()
    for name in ("kernels", "etc", "fonts"):
        (base / name).mkdir(mode=0o755)
    for name in _ETC:
        if Path("/etc", name).exists():
            shutil.copyfile(Path("/etc", name), base / "etc" / name)
    (base / "etc/passwd").write_text(f"student:x:{user}:{group}::/tmp/home:/bin/sh\n")
    (base / "etc/group").write_text(f"student:x:{group}:\n")
    (base / "etc/nsswitch.conf").write_text("passwd: files\ngroup: files\nhosts: files\n")
    (base / "etc/hosts").write_text("127.0.0.1 localhost sandbox\n")
    for cache in Path.home().glob(".cache/matplotlib/fontlist-*.json"):
        shutil.copyfile(cache, base / "fonts" / cache.name)


def _masks(folders: Sequence[str]) -> list[str]:
    """List what must not be seen though its folder is: the grader, where it is installed there."""
    places = {Path(path) for path in (*folders, sysconfig.get_path("purelib"))}
    hidden = (place / name for place in places for name in _HIDDEN)
    return sorted({str(path) for path in hidden if path.is_dir()})


def _system(path: str) -> tuple[str, str, str]:
    if os.path.islink(path):
        return ("--symlink", os.readlink(path), path)
    return ("--ro-bind", path, path)


def _below(path: str, folder: str) -> bool:
    return os.path.commonpath([path, folder]) == folder
