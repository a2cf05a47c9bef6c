"""Start bubblewrap; as root, first become a user without rights. Run as a program of its own.

bubblewrap must not run as root: student code would, too. But an ordinary user may be unable to
reach the folders that it shall bind, so root binds them first where that user can, in a mount
namespace that only this process has.
"""

import os
import sys
from pathlib import Path

from autograder.sandbox.inside import system

ROOT_UID = 65432  # what a root grader becomes: an id that nothing else uses
_BINDS = ("--bind", "--ro-bind")


def main(arguments: list[str]) -> None:
    """Replace this process by bubblewrap: `launch STAGE bwrap --ro-bind …`."""
    stage, *command = arguments
    if os.geteuid() == 0:
        command = staged(Path(stage), command)
        os.chdir("/")
        os.setgroups([])
        os.setresgid(ROOT_UID, ROOT_UID, ROOT_UID)
        os.setresuid(ROOT_UID, ROOT_UID, ROOT_UID)
    os.execvp(command[0], command)


def staged(stage: Path, command: list[str]) -> list[str]:
    """Bind every source below a folder that anybody can enter; return the command with those."""
    system.unshare(system.CLONE_NEWNS)
    system.mount("none", "/", "", system.MS_REC | system.MS_PRIVATE)
    system.mount("tmpfs", str(stage), "tmpfs", system.MS_NOSUID, "mode=0755,size=1m")
    changed = list(command)
    for place in (i for i, word in enumerate(command[: command.index("--")]) if word in _BINDS):
        target = stage / str(place)
        target.mkdir(mode=0o755)
        system.mount(command[place + 1], str(target), "", system.MS_BIND | system.MS_REC)
        changed[place + 1] = str(target)
    return changed


if __name__ == "__main__":
    main(sys.argv[1:])
