"""The list of what the sandbox's template imports before it forks: complete, and importable."""

import json
import os
import subprocess
import sys

import pytest

from autograder.kernels import sandboxed_environment
from autograder.sandbox.inside.preload import LISTED
from tests.submissions import ROOT
from tools.preloaded import TRAININGS

_PROGRAM = """
import json, os, sys, tempfile
from autograder.sandbox.inside import isolate, preload
from tools.preloaded import missing
with tempfile.TemporaryDirectory() as isolate.HOME:
    preload.preload(sys.argv[1])
    threads = len(os.listdir("/proc/self/task"))
    never = [name for name in sys.modules if name.startswith("matplotlib_inline")]
    print(json.dumps([threads, never, missing(sys.argv[1])]))
"""


@pytest.mark.parametrize("framework", TRAININGS)
def test_does_a_training_import_nothing_that_its_template_has_not(framework: str) -> None:
    variables = os.environ | sandboxed_environment(bytes(32)) | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", _PROGRAM, framework]
    done = subprocess.run(
        command, env=variables, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    threads, never, missing = json.loads(done.stdout)
    assert "not preloaded" not in done.stderr
    assert missing == [], "type `python tools/preloaded.py`"
    assert threads == 1, "or its forks would hang"
    assert never == [], "or its forks would show no figure"


def test_does_no_template_import_the_other_framework() -> None:
    listed = json.loads(LISTED.read_text(encoding="utf-8"))
    assert listed.keys() == TRAININGS.keys()
    packages = {name: {module.split(".")[0] for module in listed[name]} for name in listed}
    assert not packages["pytorch"] & {"tensorflow", "keras"}
    assert not packages["tensorflow"] & {"torch", "pytorch_lightning"}
    assert not packages["plain"] & {"tensorflow", "keras", "torch", "pytorch_lightning"}
