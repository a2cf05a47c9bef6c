"""The suite once more as an ordinary user, where root runs it: from a copy that this user owns."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from autograder.sandbox.inside import system
from tests.autograder.courses import REPOSITORY

USER = "nobody"
_LEFT = shutil.ignore_patterns(
    ".git", ".venv", "classroom", "build", "__pycache__", ".*_cache", ".hypothesis"
)


def run(module: str, arguments: Sequence[str]) -> int:
    """Run `python -m module arguments` as USER in a copy of the repository; return its status.

    This Python may lie where only root can enter, so it is bound there in a mount namespace that
    only the new process has: everything else of that folder is gone from it.
    """
    user = pwd.getpwnam(USER)
    with tempfile.TemporaryDirectory(prefix="ordinary-") as folder:
        Path(folder).chmod(0o755)
        copy, home = Path(folder, "repository"), Path(folder, "home")
        shutil.copytree(REPOSITORY, copy, ignore=_LEFT, symlinks=True)
        home.mkdir()
        for path in (home, copy, *copy.rglob("*")):
            os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)

        def become() -> None:
            _open_the_way(sorted({sys.base_prefix, os.path.realpath(sys.prefix)}))
            os.setgroups([])
            os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
            os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)

        return subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=copy,
            env={**os.environ, "PYTHONPATH": str(copy), "HOME": str(home), "USER": USER},
            preexec_fn=become,
            check=False,
        ).returncode


def _open_the_way(roots: Sequence[str]) -> None:
    """Let anybody reach these folders, by hiding whatever else lies in a closed folder above."""
    closed = {folder for root in roots if (folder := _closed(Path(root)))}
    if not closed:
        return
    system.unshare(system.CLONE_NEWNS)
    system.mount("none", "/", "", system.MS_REC | system.MS_PRIVATE)
    handles = {root: os.open(root, os.O_PATH) for root in roots}
    for folder in closed:
        system.mount("tmpfs", str(folder), "tmpfs", system.MS_NOSUID, "mode=0755,size=1m")
    for root, handle in handles.items():
        if any(Path(root).is_relative_to(folder) for folder in closed):
            os.makedirs(root, exist_ok=True)
            system.mount(f"/proc/self/fd/{handle}", root, "", system.MS_BIND | system.MS_REC)
        os.close(handle)


def _closed(path: Path) -> Path | None:
    """Return the outermost folder on the way to a path that other users cannot enter."""
    way = [*reversed(path.parents), path]
    return next((folder for folder in way if not folder.stat().st_mode & 0o001), None)
