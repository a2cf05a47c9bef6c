"""Where a student's kernel works and what it sees: a folder of its own, and few variables."""

import os
import re
import shutil
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

from nbformat import NotebookNode

import tandem
from autograder.probes import seed_for
from autograder.sandbox.inside.isolate import HOME

# One thread each: submissions run side by side, and one thread sums in one order.
_THREADS = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "CONDA_PREFIX")


def environment(home: Path, secret: bytes, gpu: bool = False) -> dict[str, str]:
    """Return a kernel's environment variables; its seeds derive from the assignment's secret."""
    without = {"TANDEM_DEVICE": "cpu", "CUDA_VISIBLE_DEVICES": ""}
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {
        "LANG": "C.UTF-8",
        **passed,
        **dict.fromkeys(_THREADS, "1"),
        "HOME": str(home),
        "TMPDIR": str(home / "tmp"),
        "IPYTHONDIR": str(home / ".ipython"),
        "PYTHONHASHSEED": str(seed_for(secret, "hash")),
        "PYTHONPATH": _path_to_tandem(),
        "TANDEM_SEED": str(seed_for(secret, "kernel")),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        **({} if gpu else without),
        "NBGRADER_EXECUTION": "autograde",  # as nbgrader sets it, for labs that ask
    }


def sandboxed_environment(secret: bytes, gpu: bool = False) -> dict[str, str]:
    """Return the environment within the sandbox, which says nothing of the grader's own."""
    return {
        **environment(Path(HOME), secret, gpu),
        "PATH": os.pathsep.join([str(Path(sys.prefix, "bin")), "/usr/bin", "/bin"]),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # read when it is preloaded
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }


def framework_of(notebook: NotebookNode) -> str:
    """Name the template that a notebook wants: by what it imports, for it may import anything."""
    source = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    found = re.search(r"^[ \t]*(?:import|from)[ \t]+(torch|tensorflow)\b", source, re.MULTILINE)
    return {"torch": "pytorch", "tensorflow": "tensorflow"}[found[1]] if found else "plain"


def furnish(home: Path, files: Mapping[str, bytes]) -> Path:
    """Write the instructor's files to where the kernel works, and return that folder.

    The submission's folder is never used: a file of it could stand in for a module.
    """
    work = _made(home / "work")
    _made(home / "tmp")
    for name, content in files.items():
        target = work / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    _lend_font_cache(home)
    return work


def _lend_font_cache(home: Path) -> None:
    """Copy matplotlib's list of fonts, which every fresh home would otherwise rebuild."""
    for cache in Path.home().glob(".cache/matplotlib/fontlist-*.json"):
        shutil.copyfile(cache, _made(home / ".cache" / "matplotlib") / cache.name)


def _path_to_tandem() -> str:
    """Return the folder to import tandem from, empty when Python finds it by itself."""
    folder = str(Path(tandem.__file__).resolve().parents[1])
    installed = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), sys.prefix}
    return "" if folder in installed else folder


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
