"""Write the tree that students get, ready to be pushed as a repository of its own.

    python tools/student_release.py [FOLDER]

It holds the course, the labs, `tandem` and what installs them; no solutions, no grader, nothing
held out. A folder that an earlier release made is brought up to date; its `.git` stays.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "student-release"
GIVEN = ("course", "labs", "tandem", "binder", "environment.yml", "LICENSE")
MARKER = ".tandem-student-release"
EXTRAS = ("pytorch", "tensorflow")  # not the grader's, the author's and the developer's
PYPROJECT = """\
[build-system]
requires = {requires}
build-backend = "setuptools.build_meta"

[project]
name = {name}
version = {version}
description = {description}
license = {license}
requires-python = {python}
dependencies = {dependencies}

[project.optional-dependencies]
{extras}

[tool.setuptools]
packages = {packages}

[tool.setuptools.package-data]
tandem = {data}
"""


def release(folder: Path) -> int:
    """Write the student's tree; return how many files it has.

    Raises SystemExit for a folder that holds anything else.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / MARKER).exists():
        sys.exit(f"{folder} holds something else: empty it, or name another folder")
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if old.name != ".git":
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    files = given()
    for file in files:
        place = folder / file
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, place)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (folder / "pyproject.toml").write_text(pyproject(project), encoding="utf-8")
    shutil.copyfile(ROOT / "authoring/student.md", folder / "README.md")
    (folder / MARKER).write_text("Made by `make student-release`: do not edit.\n")
    (folder / ".gitignore").write_text(".venv/\n.ipynb_checkpoints/\n__pycache__/\n*.egg-info/\n")
    return len(files) + 4


def given() -> list[str]:
    """List the committed files that students get."""
    command = ["git", "ls-files", "-z", "--", *GIVEN]
    found = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return sorted(filter(None, found.split("\0")))


def pyproject(own: dict[str, Any]) -> str:
    """Return the student's pyproject.toml: this project's, with `tandem` alone."""
    project, setuptools = own["project"], own["tool"]["setuptools"]
    # JSON's strings and arrays are TOML's too.
    return PYPROJECT.format(
        requires=json.dumps(own["build-system"]["requires"]),
        name=json.dumps(project["name"]),
        version=json.dumps(project["version"]),
        description=json.dumps(project["description"]),
        license=json.dumps(project["license"]),
        python=json.dumps(project["requires-python"]),
        dependencies=json.dumps(project["dependencies"]),
        extras="\n".join(
            f"{extra} = {json.dumps(project['optional-dependencies'][extra])}" for extra in EXTRAS
        ),
        packages=json.dumps([p for p in setuptools["packages"] if p.split(".")[0] == "tandem"]),
        data=json.dumps(setuptools["package-data"]["tandem"]),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    chosen = parser.parse_args().folder
    print(f"{release(chosen)} files: {chosen}")
