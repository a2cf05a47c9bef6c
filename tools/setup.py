"""Make the environment in .venv, exactly as requirements.lock says. Standard library only.

`--lock` writes requirements.lock from what is installed instead.
"""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
PIP = [str(ENVIRONMENT / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
# Not ours to pin: the course itself, and the installer.
UNPINNED = {"pip", "wheel", "tandem-course"}


def main(arguments: list[str]) -> None:
    """Set up, or lock; end with a sentence that says what to type when something is missing."""
    if sys.version_info[:2] != (3, 11):
        found = ".".join(map(str, sys.version_info[:2]))
        sys.exit(
            f"Tandem needs Python 3.11, found {found}: try `make PYTHON=/path/to/python3.11 …`"
        )
    if arguments == ["--lock"]:
        lock()
        return
    create()
    run("install", "--quiet", "--requirement", str(LOCK))
    run("install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    install_sandbox()
    (ENVIRONMENT / "ready").touch()
    print("The environment is ready in .venv")


def create() -> None:
    """Create .venv; an existing one is kept, for pip to bring up to date."""
    print("Setting up .venv: about two minutes and 3 GB the first time …", flush=True)
    if works():
        return
    try:
        venv.create(ENVIRONMENT, with_pip=True, symlinks=True, clear=True)
    except (subprocess.CalledProcessError, ImportError):
        sys.exit("Python's venv is incomplete here: type `sudo apt-get install python3.11-venv`")


def works() -> bool:
    """Say whether .venv is there with a pip that starts; half an environment is not."""
    try:
        return subprocess.run([*PIP, "--version"], check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def run(*arguments: str) -> None:
    """Run pip; stop with its own message when it fails."""
    if subprocess.run([*PIP, *arguments], check=False).returncode != 0:
        sys.exit(
            f"pip could not {arguments[0]}: see its message above, mend, and repeat the command"
        )


def install_sandbox() -> None:
    """Install bubblewrap, in which students' code is graded, where this user may; else say how."""
    if shutil.which("bwrap"):
        return
    install = ["apt-get", "install", "--yes", "bubblewrap"]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing bubblewrap, the sandbox of students' code …", flush=True)
        if done(*install) or (done("apt-get", "update") and done(*install)):
            return
    print(
        "bubblewrap is missing, without which nothing is graded: type "
        "`sudo apt-get install bubblewrap`, or what your system has instead of apt-get"
    )


def done(*command: str) -> bool:
    """Run a command, quiet unless it fails; say whether it succeeded."""
    return subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode == 0


def lock() -> None:
    """Pin every installed distribution, without the local part of a version (`+cpu`)."""
    frozen = subprocess.run([*PIP, "freeze"], check=True, capture_output=True, text=True).stdout
    header = [line for line in LOCK.read_text().splitlines() if line.startswith("#")]
    pins = [line.split("+")[0] for line in frozen.splitlines() if "==" in line]
    kept = [pin for pin in pins if pin.split("==")[0].lower() not in UNPINNED]
    LOCK.write_text("\n".join([*header, *kept]) + "\n")
    print(f"requirements.lock: {len(kept)} distributions")


if __name__ == "__main__":
    main(sys.argv[1:])
