"""Is what students get whole, installable, and free of what only instructors may have?"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from authoring.catalogues import languages
from tests.submissions import ROOT
from tools import student_release


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("release") / "course"
    student_release.release(folder)
    return folder


def readmes() -> list[str]:
    return ["README.md", *(f"README.{language}.md" for language in languages(ROOT))]


def test_are_only_the_students_folders_there(tree: Path) -> None:
    found = {path.name for path in tree.iterdir()}
    assert found == {
        *readmes(), "LICENSE", "pyproject.toml", "environment.yml", ".gitignore",
        student_release.MARKER, "course", "labs", "tandem", "binder",
    }  # fmt: skip


def test_is_nothing_of_the_instructors_in_it(tree: Path) -> None:
    """Neither a file, nor a line of a solution, nor the markers around one."""
    names = [path.relative_to(tree).as_posix() for path in tree.rglob("*")]
    for word in ("solutions", "autograder", "mnist-private", "gradebook", "secrets"):
        assert not [name for name in names if word in name], word
    for path in tree.rglob("*.ipynb"):
        assert "BEGIN SOLUTION" not in path.read_text(encoding="utf-8"), path


def test_does_it_declare_tandem_alone(tree: Path) -> None:
    ours = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    theirs = tomllib.loads((tree / "pyproject.toml").read_text())
    assert {p.split(".")[0] for p in theirs["tool"]["setuptools"]["packages"]} == {"tandem"}
    assert theirs["project"]["dependencies"] == ours["dependencies"]
    assert set(theirs["project"]["optional-dependencies"]) == {"pytorch", "tensorflow"}
    assert "scripts" not in theirs["project"]


def test_does_what_it_installs_import_without_the_repository(tree: Path, tmp_path: Path) -> None:
    """Install without dependencies, which this environment has, and start a lab's helper."""
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target"]
    install += [str(tmp_path / "site"), "--no-build-isolation", str(tree)]
    subprocess.run(install, check=True, capture_output=True)
    program = (
        "import sys\nsys.path.insert(0, sys.argv[1])\n"
        "import tandem.curves, tandem.data, tandem.lessons\nfrom tandem.checks import find_lab\n"
        "assert tandem.__file__.startswith(sys.argv[1]), tandem.__file__\n"
        "assert find_lab('iris') and find_lab('mnist') and tandem.lessons.lesson_names()\n"
        "print(len(tandem.data.load_mnist().x_train), list(tandem.curves.FOLDER.glob('*'))[:1])\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", program, str(tmp_path / "site")],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_is_an_interrupted_release_made_by_the_same_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = "https://github.com/ada/course"
    (tmp_path / ".git").mkdir()  # an empty repository, cloned
    student_release.release(tmp_path, address)
    expected = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    real, written = Path.write_bytes, []

    def interrupted(path: Path, content: bytes) -> int:
        written.append(path)
        if len(written) == 20:
            raise KeyboardInterrupt
        return real(path, content)

    monkeypatch.setattr(Path, "write_bytes", interrupted)
    with pytest.raises(KeyboardInterrupt):
        student_release.release(tmp_path)
    monkeypatch.undo()
    student_release.release(tmp_path)
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == expected


def test_is_a_release_brought_up_to_date_and_its_history_kept(tmp_path: Path) -> None:
    student_release.release(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / "course" / "gone.ipynb").write_text("{}")
    student_release.release(tmp_path)
    assert (tmp_path / ".git").is_dir()
    assert not (tmp_path / "course" / "gone.ipynb").exists()


def notebook(tree: Path) -> str:
    return (tree / "course/en/quiz-before.ipynb").read_text(encoding="utf-8")


def test_does_the_address_reach_badges_and_notebooks_and_stay(tmp_path: Path) -> None:
    own, named = "github.com/OWNER/tandem", "https://github.com/ada/nets"
    student_release.release(tmp_path)
    assert own in notebook(tmp_path)
    assert "mybinder.org" not in (tmp_path / "README.md").read_text()  # it would lead nowhere
    student_release.release(tmp_path, f"{named}.git")
    student_release.release(tmp_path)
    for file in ("README.md", "pyproject.toml", "course/en/quiz-before.ipynb"):
        text = (tmp_path / file).read_text(encoding="utf-8")
        assert "ada/nets" in text, file
        assert own not in text, file


@pytest.mark.parametrize("address", ["ada/nets", "https://gitlab.com/a/b", "https://github.com/a"])
def test_is_an_address_that_colab_cannot_read_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(SystemExit, match="name one as https://github"):
        student_release.release(tmp_path, address)


def test_is_the_environment_the_same_without_what_students_do_not_need(tree: Path) -> None:
    theirs = (tree / "environment.yml").read_text()
    assert theirs == (tree / "binder/environment.yml").read_text()
    assert set(theirs.splitlines()) <= set((ROOT / "environment.yml").read_text().splitlines())
    for name in ("torch=", "tensorflow-cpu==", "nbgrader==", "jupyterlab=="):
        assert name in theirs, name
    for name in ("distributed", "jupytext", "polib", "psycopg", "rich"):
        assert name not in theirs, name


@pytest.mark.parametrize("page", readmes())
def test_do_the_readmes_links_lead_somewhere(tree: Path, page: str) -> None:
    text = (tree / page).read_text(encoding="utf-8")
    found = re.findall(r"\]\(([^)#]+)\)|href=\"([^\"#]+)", text)
    links = [link for pair in found for link in pair if link and "://" not in link]
    language = page.split(".")[1] if page != "README.md" else "en"
    assert {f"course/{language}/README.md", f"labs/{language}/README.md"} <= set(links)
    for link in links:
        assert (tree / link).exists(), link


def test_is_a_folder_with_something_else_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(SystemExit, match="holds something else"):
        student_release.release(tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "mine"
