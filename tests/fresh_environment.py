"""Install what students get into an environment of its own, and run it there: `make fresh`.

    python -m tests.fresh_environment [pytorch] [tensorflow] [binder]

`pytorch` and `tensorflow` install the student release with that extra alone: the reference of the
Iris lab and unit 1 run, and the twin's unit says what to do. `binder` installs what
`environment.yml` lists, by pip where Binder has conda, and runs `postBuild` without an index: both
labs and both units run, and JupyterLab opens on the lesson page. Minutes, and gigabytes of disk.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FRAMEWORKS = ("pytorch", "tensorflow")
CONDA_NAMES = {"pytorch": "torch"}
NOT_INSTALLED = "is not installed in the Python that runs this notebook"
ALL_POINTS = re.compile(r"(\d+) of \1 points so far")


class Fresh:
    """A new environment beside a student release, both in one temporary folder."""

    def __init__(self, folder: Path) -> None:
        from tools.student_release import release

        self.tree, self.prefix = folder / "course", folder / "env"
        release(self.tree)
        venv.create(self.prefix, with_pip=True)
        self.python = self.prefix / "bin" / "python"
        # Nothing of the environment that runs this is seen from within.
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        path = f"{self.prefix / 'bin'}:{os.environ['PATH']}"
        self.environment = kept | {"PATH": path, "VIRTUAL_ENV": str(self.prefix)}

    def run(self, *command: str, **more: str) -> str:
        """Run a command in the release's folder; return what it prints, stop if it fails."""
        done = subprocess.run(
            command, cwd=self.tree, env=self.environment | more,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            sys.exit(f"✗ {' '.join(command)}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def pip(self, *arguments: str, **more: str) -> str:
        return self.run(str(self.python), "-m", "pip", *arguments, **more)

    def notebook(self, path: Path) -> dict[str, Any]:
        """Run a notebook in a kernel of the new environment."""
        found: dict[str, Any] = json.loads(
            self.run(str(self.python), str(Path(__file__)), "--notebook", str(path))
        )
        return found


def only(framework: str, fresh: Fresh) -> None:
    """Install one framework alone, in the lock's versions, and run both frameworks' unit 1."""
    (twin,) = (other for other in FRAMEWORKS if other != framework)
    constraint = ("--constraint", str(ROOT / "requirements.lock"))
    fresh.pip("install", "--quiet", "--no-cache-dir", *constraint, f".[{framework}]")
    works(fresh, framework)
    stopped = fresh.notebook(ROOT / "course/en" / twin / "1-tensors.ipynb")
    assert NOT_INSTALLED in stopped["error"], stopped
    print(f"✓ {twin}'s unit 1 stops: {stopped['error']}")


def binder(fresh: Fresh) -> None:
    """Install what environment.yml lists and run postBuild, as Binder does."""
    import yaml

    entries = yaml.safe_load((fresh.tree / "binder/environment.yml").read_text())["dependencies"]
    (listed,) = (entry["pip"] for entry in entries if isinstance(entry, dict))
    for entry in entries:
        if isinstance(entry, str) and "=" in entry and not entry.startswith("python"):
            name, version = entry.split("=")[:2]
            listed.append(f"{CONDA_NAMES.get(name, name)}=={version}")
    # conda-forge's Python brings these.
    fresh.pip("install", "--quiet", "--no-cache-dir", *listed, "setuptools>=77", "wheel")
    before = set(fresh.tree.rglob("*"))
    prefix = {"PIP_NO_INDEX": "1", "XDG_CACHE_HOME": str(fresh.prefix / "cache")}
    began = time.monotonic()
    fresh.run("bash", "binder/postBuild", **prefix)
    print(f"✓ postBuild, {time.monotonic() - began:.0f} s")
    left = sorted(str(p.relative_to(fresh.tree)) for p in set(fresh.tree.rglob("*")) - before)
    assert left == [], f"postBuild leaves {left}"
    for framework in FRAMEWORKS:
        works(fresh, framework)
    opens(fresh)


def works(fresh: Fresh, framework: str) -> None:
    """Run the Iris lab's reference and unit 1."""
    fresh.pip("check")
    lab = fresh.notebook(ROOT / "solutions" / f"iris-{framework}" / "iris.ipynb")
    said = ALL_POINTS.search(lab["shown"])
    assert said is not None, lab
    assert not lab["error"], lab
    unit = fresh.notebook(fresh.tree / "course/en" / framework / "1-tensors.ipynb")
    assert not unit["error"], unit
    print(f"✓ {framework}: the Iris lab's reference has {said[0]}; unit 1 runs to its end")


def opens(fresh: Fresh) -> None:
    """Start JupyterLab without any option of ours, and read where it leads and what it hides."""
    from tests.browser.lab import free_port, wait_for

    port = free_port()
    options = ["--no-browser", "--allow-root", "--IdentityProvider.token=", "--ip=127.0.0.1"]
    command = [str(fresh.prefix / "bin/jupyter"), "lab", *options, f"--port={port}"]
    began = time.monotonic()
    process = subprocess.Popen(
        command, cwd=fresh.tree, env=fresh.environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for(f"http://127.0.0.1:{port}", process)
        print(f"✓ JupyterLab answers after {time.monotonic() - began:.1f} s")
        leads_to_the_lesson_page(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(20)


def leads_to_the_lesson_page(address: str) -> None:
    from urllib.request import urlopen

    with urlopen(address) as answer:
        assert answer.url.endswith("/lab/tree/course/en/README.md"), answer.url
        page = answer.read().decode()
    assert "@jupyter/nbgrader:create-assignment" in page  # among the disabled ones
    with urlopen(f"{address}/lab/api/settings/@jupyterlab/docmanager-extension:plugin") as answer:
        settings = json.loads(answer.read())
    assert "Markdown Preview" in json.dumps(settings["schema"]), settings
    print("✓ it opens on the lesson page, shown as it reads")


def in_a_kernel(path: Path) -> dict[str, str]:
    """Run a notebook as the environment's own Python has it; stop at the first error."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    notebook = nbformat.read(path, as_version=4)
    error = ""
    with contextlib.chdir(tempfile.mkdtemp()):
        try:
            NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
        except CellExecutionError as problem:
            error = problem.evalue
    shown = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return {"error": error, "shown": json.dumps(shown)}


def main() -> None:
    """Do what is named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", metavar="what", help="pytorch, tensorflow or binder")
    parser.add_argument("--notebook", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.notebook:
        print(json.dumps(in_a_kernel(options.notebook)))
        return
    wanted = options.what or [*FRAMEWORKS, "binder"]
    if unknown := set(wanted) - {*FRAMEWORKS, "binder"}:
        parser.error(f"there is no {', '.join(unknown)}")
    for what in wanted:
        folder = Path(tempfile.mkdtemp(prefix=f"tandem-{what}-"))
        try:
            fresh = Fresh(folder)
            binder(fresh) if what == "binder" else only(what, fresh)
        finally:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
