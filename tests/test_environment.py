"""Do the files that say what to install agree with each other?"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from autograder.sandbox import doctor
from tests.demo import PLACE
from tools import setup

ROOT = Path(__file__).resolve().parents[1]
CONDA_NAMES = {"pytorch": "torch"}


def lock() -> dict[str, str]:
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    pins = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {normal(name): version for name, version in pins}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def conda_pins() -> dict[str, str]:
    entries = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    pip = next(entry["pip"] for entry in entries if isinstance(entry, dict))
    here = [entry.split(";")[0] for entry in pip if "== 'darwin'" not in entry]  # this is Linux
    named = [entry for entry in [*entries, *here] if isinstance(entry, str) and "=" in entry]
    pairs = [re.split(r"(?:\[\w+\])?=+", entry)[:2] for entry in named]
    return {normal(CONDA_NAMES.get(name, name)): version for name, version in pairs}


def test_binder_uses_the_same_environment() -> None:
    """Is binder/environment.yml the root one, to the byte?"""
    root, binder = ROOT / "environment.yml", ROOT / "binder" / "environment.yml"
    assert binder.read_bytes() == root.read_bytes(), "cp environment.yml binder/"


def test_environment_has_the_versions_of_the_lock() -> None:
    """Does environment.yml pin what requirements.lock pins?"""
    pins = conda_pins()
    assert pins.pop("python") == "3.11"
    assert len(pins) >= 14
    assert pins == {name: lock()[name] for name in pins}


def test_every_direct_dependency_is_locked_and_in_the_environment() -> None:
    """Does the lock satisfy pyproject.toml, and environment.yml name all that users need?"""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    groups = {"": project["dependencies"], **project["optional-dependencies"]}
    for group, entries in groups.items():
        for requirement in map(Requirement, entries):
            if requirement.marker and not requirement.marker.evaluate():
                continue  # for another system
            name = normal(requirement.name)
            assert Version(lock()[name]) in requirement.specifier
            assert group == "dev" or name in conda_pins(), f"add {name} to environment.yml"


def test_lock_pins_exact_public_versions() -> None:
    """Is every line of the lock one exact version, without a local part such as +cpu?"""
    assert len(lock()) > 100
    for name, version in lock().items():
        assert re.fullmatch(r"[0-9][0-9a-z.]*", version), name


def test_does_every_python_3_11_install_the_lock() -> None:
    """Debian 12 has 3.11.2, and some packages ask for a later one."""
    named = {name: metadata.metadata(name).get("Requires-Python", "") for name in lock()}
    assert [name for name, asked in named.items() if "3.11.0" not in SpecifierSet(asked)] == []


def test_does_the_container_hold_what_the_grader_needs() -> None:
    """No engine here builds it: are its files there, and its packages those of the set-up?"""
    text = (ROOT / "Containerfile").read_text()
    copied = re.findall(r"^COPY (\S+) ", text, re.MULTILINE)
    assert copied == ["requirements.lock", "."]
    assert "bubblewrap" in text
    assert setup.DEBIAN["bwrap"] == "bubblewrap"
    assert "debian:bookworm" in text  # whose Python is 3.11
    assert {"python3.11", "python3.11-venv"} <= set(text.split())
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".git", ".venv", "classroom", "build"} <= set(ignored)


def test_does_the_guide_give_the_options_that_the_doctor_names() -> None:
    guide = (ROOT / "docs" / "instructors.md").read_text("utf-8")
    assert "--file Containerfile" in guide
    options = re.findall(r"--security-opt [\w=]+", doctor.cure("no namespaces"))
    assert len(options) == 3
    for option in options:
        assert option in guide, option


def test_is_the_citation_of_this_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert cited["version"] == project["version"]
    assert cited["repository-code"] == project["urls"]["Repository"]
    assert f"## {project['version']}" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_does_make_clean_remove_the_demo_and_spare_a_running_course(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    for file in ("classroom/gradebook.db", ".venv/ready", f"{PLACE}/gradebook.db"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    subprocess.run(["make", "clean"], cwd=tmp_path, check=True, capture_output=True)
    assert not (tmp_path / ".venv").exists()
    assert not (tmp_path / PLACE).exists()
    assert (tmp_path / "classroom/gradebook.db").exists()


def test_is_the_demos_class_kept_from_a_running_course() -> None:
    """Whatever the demo runs has another gradebook and other hand-ins."""
    program = (
        "from pathlib import Path; from autograder.course import Course; "
        "course = Course.load(Path()); print(course.db_url, course.folder('submitted', 'a', 'b'))"
    )
    variables = os.environ | {"TANDEM_CLASSROOM": PLACE}
    said = [
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT, env=env, check=True, capture_output=True, text=True,
        ).stdout
        for env in (os.environ | {"TANDEM_CLASSROOM": ""}, variables)
    ]  # fmt: skip
    assert PLACE not in said[0]
    assert said[0].count(f"{ROOT}/classroom/") == 2
    assert said[1].count(f"{ROOT}/{PLACE}/") == 2
