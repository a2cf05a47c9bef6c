"""Write the tree that students get, ready to be pushed as a repository of its own.

    python tools/student_release.py [FOLDER] [--repository https://github.com/OWNER/NAME]

It holds the course, the labs, `tandem` and what installs them; no solutions, no grader, nothing
held out. A folder that an earlier release made is brought up to date; its `.git` stays, and so does
the address that was named to it.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # for `authoring`, also where another checkout is installed

from authoring.catalogues import languages  # noqa: E402
from authoring.opening import repository  # noqa: E402
from authoring.student import readme  # noqa: E402

FOLDER = ROOT / "build" / "student-release"
GIVEN = ("course", "labs", "tandem", "binder", "environment.yml", "LICENSE")
MARKER = ".tandem-student-release"
EXTRAS = ("pytorch", "tensorflow")  # not the grader's, the author's and the developer's
GITHUB = re.compile(r"https://github\.com/[\w.-]+/[\w.-]+")
PLACEHOLDER = "/OWNER/"
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

[project.urls]
Repository = {address}

[tool.setuptools]
packages = {packages}

[tool.setuptools.package-data]
tandem = {data}
"""


def release(folder: Path, address: str = "") -> int:
    """Write the student's tree; return how many files it has.

    address: of the students' repository, for badges and Google Colab; by default the one that this
        folder's earlier release was given, else this project's own
    Raises SystemExit for a folder that holds anything else, or an address that is not GitHub's.
    """
    there = [old for old in folder.iterdir() if old.name != ".git"] if folder.exists() else []
    if there and not (folder / MARKER).exists():
        sys.exit(f"{folder} holds something else: empty it, or name another folder")
    address = checked(address or repository(folder) or repository(ROOT))
    files = contents(address)
    # The mark first, and the address stays: who is interrupted types the same command again.
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARKER).write_bytes(files[MARKER])
    for old in there:
        if old.name not in (MARKER, "pyproject.toml"):
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    for file, content in files.items():
        place = folder / file
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        if (ROOT / file).is_file():
            shutil.copymode(ROOT / file, place)
    return len(files)


def contents(address: str) -> dict[str, bytes]:
    """Return the student's tree, path -> bytes."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    files = {"pyproject.toml": pyproject(project, address).encode()}
    files |= {file: (ROOT / file).read_bytes() for file in given()}
    for file in [file for file in files if file.endswith("environment.yml")]:
        files[file] = environment(files[file].decode(), project["project"]).encode()
    for file in [file for file in files if file.endswith(".ipynb")]:
        files[file] = files[file].replace(repository(ROOT).encode(), address.encode())
    shown = "" if PLACEHOLDER in address else address
    for language in ("en", *languages(ROOT)):
        name = "README.md" if language == "en" else f"README.{language}.md"
        files[name] = readme(ROOT, language, shown).encode()
    files[MARKER] = b"Made by `make student-release`: do not edit.\n"
    files[".gitignore"] = b".venv/\n.ipynb_checkpoints/\n__pycache__/\n*.egg-info/\nbuild/\n"
    return files


def checked(address: str) -> str:
    """Return the address without what GitHub adds for git.

    Raises SystemExit for one that is not of a repository on GitHub.
    """
    plain = address.rstrip("/").removesuffix(".git")
    if not GITHUB.fullmatch(plain):
        sys.exit(
            f"{address} is no repository on GitHub, which Google Colab reads from: name one as "
            "https://github.com/OWNER/NAME"
        )
    return plain


def given() -> list[str]:
    """List the committed files that students get."""
    command = ["git", "ls-files", "-z", "--", *GIVEN]
    found = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return sorted(filter(None, found.split("\0")))


def environment(text: str, project: dict[str, Any]) -> str:
    """Return environment.yml without what only graders and authors need: a smaller image."""
    extras = project["optional-dependencies"]
    kept = {name_of(entry) for entry in project["dependencies"]}
    kept |= {name_of(entry) for extra in EXTRAS for entry in extras[extra]}
    others = {name_of(e) for extra in set(extras) - {*EXTRAS} for e in extras[extra]} - kept
    lines = text.splitlines(keepends=True)
    return "".join(ln for ln in lines if name_of(ln.strip().removeprefix("- ")) not in others)


def name_of(requirement: str) -> str:
    """Return the name that a requirement begins with."""
    return re.split(r"[^\w.-]", requirement, maxsplit=1)[0].lower()


def pyproject(own: dict[str, Any], address: str) -> str:
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
        address=json.dumps(address),
        packages=json.dumps([p for p in setuptools["packages"] if p.split(".")[0] == "tandem"]),
        data=json.dumps(setuptools["package-data"]["tandem"]),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--repository", default="", help="where you will push it, for the badges")
    chosen = parser.parse_args()
    print(f"{release(chosen.folder, chosen.repository)} files: {chosen.folder}")
    if PLACEHOLDER in repository(chosen.folder):
        print(
            "Its README has no badges yet, and Google Colab would find nothing: say where you will "
            "push it, `make student-release REPOSITORY=https://github.com/OWNER/NAME`"
        )
