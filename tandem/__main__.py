"""Open JupyterLab on the lesson page, in the folder that holds `course/`: `python -m tandem`.

Pages are shown as they read, not as they are written. A language may be named, and whatever
JupyterLab takes may follow it: `python -m tandem ro --port 9000`.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tandem.messages import LANGUAGES

SETTINGS = Path(__file__).parent / "assets" / "jupyterlab"


def command(arguments: Sequence[str], folder: Path) -> list[str]:
    """Return the command that opens JupyterLab on a folder.

    Raises SystemExit with what to type where the folder holds no course.
    """
    language, rest = "en", list(arguments)
    if rest and rest[0] in LANGUAGES:
        language = rest.pop(0)
    page = f"course/{language}/README.md"
    if not (folder / page).is_file():
        sys.exit(f"{folder} holds no {page}: go to the folder of the course and type this again.")
    return [
        *(sys.executable, "-m", "jupyter", "lab"),
        f"--LabApp.app_settings_dir={SETTINGS}",
        f"--LabApp.default_url=/lab/tree/{page}",
        *rest,
    ]


def run(found: list[str]) -> int:
    """Run a command to its end; what Ctrl+C means is for the command to say."""
    with subprocess.Popen(found) as process:
        while True:
            with contextlib.suppress(KeyboardInterrupt):
                return process.wait()


if __name__ == "__main__":
    found = command(sys.argv[1:], Path.cwd())
    if os.name == "nt":  # there `execv` quotes nothing, and returns to the prompt at once
        sys.exit(run(found))
    os.execv(found[0], found)
