"""Import what a notebook will import: by name, and what `tools/preloaded.py` has listed besides."""

import importlib
import json
import os
import shutil
import sys
from pathlib import Path

from . import figures, isolate, pipelines

LISTED = Path(__file__).with_name("modules.json")
_COMMON = (
    *("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.debugger", "matplotlib.pyplot"),
    *("numpy", "tandem", "tandem.data", "tandem.plot", "tandem.session"),
)
_OWN = {
    "plain": (),
    "pytorch": ("torch", "tandem.torch"),
    "tensorflow": ("tensorflow", "keras", "tandem.tensorflow"),
}


def preload(framework: str, listed: bool = True) -> None:
    """Import everything for `plain`, `pytorch` or `tensorflow`, running no operation.

    Args:
        listed: import what the list names, too; what it misses costs time alone, in every fork.
    """
    os.makedirs(isolate.HOME, exist_ok=True)
    if os.path.isdir("/run/fonts"):  # matplotlib's list of fonts takes seconds to make
        shutil.copytree("/run/fonts", Path(isolate.HOME, ".cache", "matplotlib"))
    for name in (*_COMMON, *_OWN[framework]):
        importlib.import_module(name)
    _import_labs()
    for name in json.loads(LISTED.read_text(encoding="utf-8"))[framework] if listed else ():
        try:
            importlib.import_module(name)
        except Exception as error:  # another version of its package has no such module, say
            print(f"not preloaded: {name}: {error!r}", file=sys.stderr)
    figures.draw_when_shown()
    if framework == "tensorflow":
        pipelines.leave_untuned()


def _import_labs() -> None:
    from tandem.checks import find_lab, lab_names

    for name in lab_names():
        find_lab(name)
