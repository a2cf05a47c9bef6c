"""One hash of all that decides points besides the hand-in: code, labs, private digits, packages."""

import hashlib
import os
import platform
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

import tandem.labs
from autograder.private import SETTING, SHIPPED

_OURS = Path(__file__).resolve().parent


@cache
def digest() -> bytes:
    """Hash our code, the labs, both halves of the digits, and the versions of everything installed.

    It does not hang on where they are installed.
    """
    found = hashlib.sha256(platform.python_version().encode())
    folders = [_OURS, Path(tandem.__file__).parent, *map(Path, tandem.labs.__path__)]
    for folder in dict.fromkeys(folders):
        for path in sorted((*folder.rglob("*.py"), *folder.rglob("*.npz"))):
            found.update(path.read_bytes())
    digits = Path(os.environ.get(SETTING) or SHIPPED).expanduser()
    found.update(digits.read_bytes() if digits.is_file() else b"")
    found.update("\n".join(sorted({f"{d.name}=={d.version}" for d in distributions()})).encode())
    return found.digest()
