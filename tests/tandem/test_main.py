"""Does `python -m tandem` open the lesson page of a language, or say what to type?"""

import json
import os
import signal
import sys
import threading
from pathlib import Path

import jsonschema
import pytest

from tandem.__main__ import SETTINGS, command, run


@pytest.fixture
def course(tmp_path: Path) -> Path:
    for language in ("en", "he"):
        (tmp_path / "course" / language).mkdir(parents=True)
        (tmp_path / "course" / language / "README.md").write_text("# Course")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "page", "rest"),
    [
        ([], "course/en/README.md", []),
        (["he"], "course/he/README.md", []),
        (["he", "--port", "9000"], "course/he/README.md", ["--port", "9000"]),
        (["--port", "9000"], "course/en/README.md", ["--port", "9000"]),
    ],
)
def test_is_the_page_opened(course: Path, arguments: list[str], page: str, rest: list[str]) -> None:
    found = command(arguments, course)
    assert f"--LabApp.default_url=/lab/tree/{page}" in found
    assert found[len(found) - len(rest) :] == rest


def test_does_jupyterlab_know_each_setting() -> None:
    """It ignores what it does not know."""
    for plugin, values in json.loads((SETTINGS / "overrides.json").read_text()).items():
        schemas = Path(sys.prefix, "share", "jupyter", "lab", "schemas")
        schema = json.loads((schemas / f"{plugin.replace(':', '/')}.json").read_text())
        assert values.keys() <= schema["properties"].keys(), plugin
        jsonschema.validate(values, schema)


@pytest.mark.parametrize("arguments", [[], ["ro"]])
def test_is_another_folder_refused(tmp_path: Path, course: Path, arguments: list[str]) -> None:
    folder = tmp_path / "elsewhere" if not arguments else course
    with pytest.raises(SystemExit, match="go to the folder of the course"):
        command(arguments, folder)


def test_does_ctrl_c_wait_for_the_program_to_end() -> None:
    """As on Windows, where the program cannot take the place of this one."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    program = "import sys, time; time.sleep(1.5); sys.exit(len(sys.argv[1]))"
    try:
        assert run([sys.executable, "-c", program, "C:\\Ada Lovelace"]) == 15
    finally:
        signal.signal(signal.SIGINT, before)
