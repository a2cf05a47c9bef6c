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
# A command that we call -> Debian's package that has it: the sandbox of students' code, and the
# browser and the database server of the tests.
DEBIAN = {"bwrap": "bubblewrap", "chromium": "chromium", "pg_ctlcluster": "postgresql"}
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
    install_from_debian([package for name, package in DEBIAN.items() if not shutil.which(name)])
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


def install_from_debian(packages: list[str]) -> None:
    """Install packages where we may; else say the one command, and go on: not all need them."""
    if not packages:
        return
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    if shutil.which("apt-get") and os.geteuid() == 0:
        print(f"Installing {', '.join(packages)} …", flush=True)
        options = {"check": False, "stdout": subprocess.DEVNULL}
        subprocess.run(["apt-get", "update"], **options)
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        if subprocess.run(command, env=quiet, **options).returncode == 0:
            return
    print(f"Missing on this machine: {', '.join(packages)}. Type `sudo {' '.join(command)}`")


def run(*arguments: str) -> None:
    """Run pip; stop with its own message when it fails."""
    if subprocess.run([*PIP, *arguments], check=False).returncode != 0:
        sys.exit(
            f"pip could not {arguments[0]}: see its message above, mend, and repeat the command"
        )


def lock() -> None:
    """Pin every installed distribution, without the local part of a version (`+cpu`)."""
    frozen = subprocess.run([*PIP, "freeze"], check=True, capture_output=True, text=True).stdout
    header = [line for line in LOCK.read_text().splitlines() if line.startswith("#")]
    lines = [line for line in frozen.splitlines() if "==" in line and not line.startswith("#")]
    pins = [line.split("+")[0] for line in lines]
    kept = [pin for pin in pins if pin.split("==")[0].lower() not in UNPINNED]
    LOCK.write_text("\n".join([*header, *kept]) + "\n")
    print(f"requirements.lock: {len(kept)} distributions")


if __name__ == "__main__":
    main(sys.argv[1:])
