"""Does a notebook that does not fit what is installed say so, and what to do?"""

import importlib.util
import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from tandem import installed
from tandem.installed import explained, made_for, unknown_name

ROOT = Path(__file__).parents[2]
# An environment without a framework, in one process: as if it had never been installed.
WITHOUT = (
    "import sys, importlib.abc\n"
    "class Absent(importlib.abc.MetaPathFinder):\n"
    "    def find_spec(self, name, path=None, target=None):\n"
    "        if name.split('.')[0] in ('torch', 'tensorflow', 'keras'):\n"
    "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
    "sys.meta_path.insert(0, Absent())\n"
)


def test_is_the_version_stated_once() -> None:
    """Is tandem's own version that of the distribution?"""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert installed.__version__ == project["version"]


@pytest.mark.parametrize(
    ("notebook", "present", "said"),
    [
        ("0.1", "0.1.0", ""),
        ("0.1", "0.1.9", ""),
        ("0.2", "0.1.9", "the older 0.1.9 is installed. Fetch the course anew"),
        ("0.10", "0.9.1", "the older 0.9.1 is"),
        ("0.1", "0.2.0", "the newer 0.2.0 is installed. Fetch the notebook anew"),
        ("0.9", "1.0", "the newer 1.0 is"),
    ],
)
def test_is_another_version_told(
    notebook: str, present: str, said: str,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(installed, "__version__", present)
    made_for(notebook)
    printed = capsys.readouterr().out
    assert said in printed
    assert bool(said) == bool(printed)


@pytest.mark.parametrize(("framework", "name"), [("pytorch", "PyTorch"), ("tensorflow", "TensorF")])
def test_does_a_missing_framework_say_what_to_type(
    framework: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(ModuleNotFoundError, match=name) as caught:
        made_for("0.1", framework)
    assert f'pip install ".[{framework}]"' in str(caught.value)


@pytest.mark.parametrize("module", ["torch", "tensorflow", "lightning"])
def test_does_the_import_of_a_missing_framework_say_it_too(module: str) -> None:
    program = f"{WITHOUT}import tandem.{module}"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    last = done.stderr.strip().split("\n")[-1]
    assert last.startswith("ModuleNotFoundError: ")
    assert "is not installed in the Python that runs this notebook" in last


def test_is_a_notebook_with_its_framework_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    made_for("0.1", "pytorch")
    assert capsys.readouterr().out == ""


def test_is_an_unknown_name_explained_under_its_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The name's own error stays, and it stays the error that a grader sees."""
    shell = InteractiveShell()
    monkeypatch.setattr(installed, "get_ipython", lambda: shell)
    made_for("0.1")
    result = shell.run_cell("softmax")
    shown = capsys.readouterr()
    assert isinstance(result.error_in_exec, NameError)
    assert "name 'softmax' is not defined" in shown.out + shown.err
    assert "Run All Above Selected Cell" in shown.out + shown.err
    shell.run_cell("1 / 0")
    assert "Run All Above" not in capsys.readouterr().out


def test_does_the_advice_name_what_is_missing() -> None:
    assert unknown_name(NameError(name="fit")).startswith("`fit` is not known yet.")


def opening(path: str) -> str:
    cells = json.loads((ROOT / path).read_text(encoding="utf-8"))["cells"]
    return next("".join(cell["source"]) for cell in cells if cell["id"] == "language")


@pytest.mark.parametrize("framework", ["pytorch", "tensorflow"])
@pytest.mark.parametrize(
    "notebook", ["labs/en/iris-{}/iris.ipynb", "course/en/{}/2-training.ipynb"]
)
def test_does_colab_fetch_what_it_lacks_and_nobody_else(
    notebook: str, framework: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = opening(notebook.format(framework))
    fetched: list[tuple[str, str]] = []

    class Shell:
        def run_line_magic(self, name: str, line: str) -> None:
            fetched.append((name, line))

    space: dict[str, object] = {"get_ipython": Shell}
    exec(source, space)
    assert fetched == []
    monkeypatch.setitem(sys.modules, "google.colab", sys)
    exec(source, space)
    ((magic, line),) = fetched
    assert magic == "pip"
    assert "git+https://github.com/" in line
    assert ("pytorch-lightning" in line) == (framework == "pytorch")


@pytest.mark.parametrize("missing", ["torch", "pytorch_lightning"])
def test_is_a_missing_framework_explained(missing: str) -> None:
    problem = ModuleNotFoundError(f"No module named {missing!r}", name=missing)
    assert "PyTorch is not installed" in str(explained(problem, "pytorch"))


def test_is_the_error_kept_where_something_else_is_missing() -> None:
    """Whoever has the framework must read what it lacks, and not that it is not there."""
    problem = ModuleNotFoundError("No module named 'sympy'", name="sympy")
    assert explained(problem, "pytorch") is problem
