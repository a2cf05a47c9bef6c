"""What Binder makes of the student release: its Dockerfile, rendered without Docker."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from authoring.catalogues import languages
from authoring.opening import repository
from tests.submissions import ROOT
from tools.student_release import release

ADDRESS = "https://github.com/ada/nets"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("binder") / "course"
    release(folder, ADDRESS)
    return folder


@pytest.fixture(scope="module")
def dockerfile(tree: Path) -> str:
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", "."]
    # As a user: repo2docker refuses to build for root, and copies files as the one who runs it.
    command[3:3] = ["--user-id", "1000", "--user-name", "jovyan"]
    done = subprocess.run(
        command, cwd=tree, capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout + done.stderr


def test_does_binder_read_our_files_and_clean_up_after_conda(dockerfile: str) -> None:
    assert "Building conda environment for python=3.11" in dockerfile
    update = dockerfile.index('env update -p ${NB_PYTHON_PREFIX} --file "binder/environment.yml"')
    assert dockerfile.index("clean --all -f -y", update) < dockerfile.index(
        "RUN ./binder/postBuild"
    )
    assert "COPY --chown=1000:1000 src/" in dockerfile  # so postBuild may write there


def test_does_postbuild_fetch_nothing_and_keep_no_cache(tree: Path) -> None:
    script = (tree / "binder/postBuild").read_text()
    assert os.access(tree / "binder/postBuild", os.X_OK)
    assert "--no-index" in script
    assert "--no-cache-dir" in script
    for place in re.findall(r"^cp (\S+)", script, re.MULTILINE):
        assert list(tree.glob(place)), place


def test_is_the_start_page_there(tree: Path) -> None:
    for settings in json.loads((tree / "binder/start-page.json").read_text()).values():
        page = settings["default_url"].removeprefix("/lab/tree/")
        assert (tree / page).is_file(), page


@pytest.mark.parametrize("language", ["en", *languages(ROOT)])
def test_does_every_badge_open_a_file_that_is_there(tree: Path, language: str) -> None:
    page = tree / ("README.md" if language == "en" else f"README.{language}.md")
    links = re.findall(r"\]\((https://[^)]+)\)", page.read_text("utf-8"))
    binder = [urlsplit(link) for link in links if "mybinder.org/v2" in link]
    colab = [urlsplit(link) for link in links if "colab.research" in link]
    for link in binder:
        assert link.path == "/v2/gh/ada/nets/HEAD"
        (path,) = parse_qs(link.query)["urlpath"]
        assert (tree / path.removeprefix("lab/tree/")).is_file(), path
    for link in colab:
        path = link.path.removeprefix("/github/ada/nets/blob/HEAD/")
        assert (tree / path).is_file(), path
    notebooks = {p for p in tree.glob(f"*/{language}/**/*.ipynb") if "quiz" not in p.name}
    assert len({link.path for link in colab}) == len(notebooks)
    assert len({link.query for link in binder}) == len(notebooks) + 1  # and the lesson page


def test_does_this_repositorys_own_badge_name_its_own_address() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    name = repository(ROOT).removeprefix("https://github.com/")
    places = re.findall(r"mybinder\.org/v2/gh/([^/]+/[^/]+)/HEAD\?urlpath=lab/tree/([^)]+)\)", text)
    assert places
    for owner, page in places:
        assert owner == name
        assert (ROOT / page).is_file(), page
