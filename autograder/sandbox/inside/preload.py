"""Import what a notebook will import, found out by a throw-away child that trains once."""

import importlib
import json
import os
import shutil
import sys
import traceback
from pathlib import Path

from . import exercise, isolate

_COMMON = (
    *("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.debugger", "matplotlib.pyplot"),
    *("numpy", "tandem", "tandem.data", "tandem.plot", "tandem.session"),
)
_OWN = {
    "plain": (),
    "pytorch": ("torch", "tandem.torch"),
    "tensorflow": ("tensorflow", "keras", "tandem.tensorflow"),
}
# Whoever imports it first decides on its settings: it registers with the running IPython.
_NEVER = ("matplotlib_inline.backend_inline", "ipykernel.pylab", "__main__", "__mp_main__")


def preload(framework: str) -> None:
    """Import everything for `plain`, `pytorch` or `tensorflow`, running no operation."""
    os.makedirs(isolate.HOME, exist_ok=True)
    if os.path.isdir("/run/fonts"):  # matplotlib's list of fonts takes seconds to make
        shutil.copytree("/run/fonts", Path(isolate.HOME, ".cache", "matplotlib"))
    for name in (*_COMMON, *_OWN[framework]):
        importlib.import_module(name)
    _import_labs()
    for name in _used_by_a_training(framework):
        if name not in sys.modules and not name.startswith(_NEVER):
            try:
                importlib.import_module(name)
            except Exception as error:  # a module that only its package may import, say
                print(f"not preloaded: {name}: {error!r}", file=sys.stderr)


def _import_labs() -> None:
    from tandem.checks import find_lab, lab_names

    for name in lab_names():
        find_lab(name)


def _used_by_a_training(framework: str) -> list[str]:
    """Train in a child, where it may start threads, and return the modules that it ended with."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            exercise.run(framework)
            with os.fdopen(write, "w", encoding="utf-8") as file:
                json.dump(list(sys.modules), file)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, encoding="utf-8") as file:
        text = file.read()
    os.waitpid(child, 0)
    return list(json.loads(text)) if text else []
