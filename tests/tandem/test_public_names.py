"""Do `tandem.torch` and `tandem.tensorflow` offer the same names, each in its framework alone?"""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "tandem"
NAMES = [
    "NAME",
    "History",
    "device",
    "layers",
    "parameter",
    "predict",
    "preserved_randomness",
    "seed",
    "set_weights",
    "tensor",
    "to_numpy",
]


def module(framework: str) -> ast.Module:
    return ast.parse((PACKAGE / f"{framework}.py").read_text(encoding="utf-8"))


def exported(framework: str) -> list[str]:
    for statement in module(framework).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "__all__":
            return list(ast.literal_eval(statement.value))
    raise AssertionError(f"tandem/{framework}.py has no __all__")


def signatures(framework: str) -> dict[str, str]:
    """Arguments of every public function; what tensors are called differs, so results do too."""
    return {
        statement.name: ast.unparse(statement.args)
        for statement in module(framework).body
        if isinstance(statement, ast.FunctionDef) and not statement.name.startswith("_")
    }


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=PACKAGE.parent, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("framework", ["torch", "tensorflow"])
def test_are_the_public_names_locked(framework: str) -> None:
    assert exported(framework) == NAMES


def test_are_the_signatures_equal() -> None:
    assert signatures("torch") == signatures("tensorflow")
    assert set(signatures("torch")) == set(NAMES) - {"NAME", "History"}


def test_does_torch_import_without_tensorflow_and_without_lightning() -> None:
    result = run(
        "import sys; sys.modules['pytorch_lightning'] = sys.modules['tensorflow'] = None\n"
        "import tandem.torch as td\n"
        "assert not {'keras', 'lightning'} & set(sys.modules)\n"
        "print(td.NAME)"
    )
    assert (result.stdout, result.stderr, result.returncode) == ("pytorch\n", "", 0)


def test_does_tensorflow_import_quietly_and_without_torch() -> None:
    result = run(
        "import sys\nimport tandem.tensorflow as td\n"
        "assert 'torch' not in sys.modules\n"
        "print(td.NAME)"
    )
    assert (result.stdout, result.stderr, result.returncode) == ("tensorflow\n", "", 0)


def test_is_an_unknown_name_refused() -> None:
    result = run("import tandem.torch as td\ntd.histroy")
    assert result.returncode == 1
    assert "has no attribute 'histroy'" in result.stderr
