"""Say what to do where a notebook and what is installed do not fit: version, framework, order."""

import importlib.util
from types import TracebackType
from typing import Any

from IPython.core.getipython import get_ipython

from tandem.messages import say
from tandem.telling import tell

__version__ = "0.1.0"

# The extra that installs a framework -> its name, and the modules that it brings, itself first.
FRAMEWORKS = {
    "pytorch": ("PyTorch", ("torch", "pytorch_lightning")),
    "tensorflow": ("TensorFlow", ("tensorflow", "keras")),
}


def made_for(version: str, framework: str | None = None) -> None:
    """Compare what is installed with what a notebook was made for; explain unknown names later on.

    Args:
        version: the notebook's, such as "0.1": what follows the second number does not matter.
        framework: `pytorch` or `tensorflow`, None for a notebook that needs neither.

    Prints what to do where the versions differ: a notebook may well run all the same.
    Raises ModuleNotFoundError, with what to type, where the framework is not installed.
    """
    wanted, present = _numbers(version), _numbers(__version__)
    if present < wanted:
        tell(
            say(
                "This notebook was made for tandem {wanted}; here the older {present} is "
                "installed. Fetch the course anew, type `pip install .` in its folder, and "
                "restart the kernel.",
                wanted=version,
                present=__version__,
            )
        )
    elif present > wanted:
        tell(
            say(
                "This notebook was made for tandem {wanted}; here the newer {present} is "
                "installed. Fetch the notebook anew and copy your answers into it.",
                wanted=version,
                present=__version__,
            )
        )
    if framework and importlib.util.find_spec(FRAMEWORKS[framework][1][0]) is None:
        raise lacking(framework)
    if shell := get_ipython():
        shell.set_custom_exc((NameError,), _explain)


def lacking(framework: str) -> ModuleNotFoundError:
    """Return the error that says how to install a framework."""
    name, modules = FRAMEWORKS[framework]
    return ModuleNotFoundError(
        say(
            "{name} is not installed in the Python that runs this notebook. In the course's folder "
            'type `pip install ".[{extra}]"` and restart the kernel; or open the notebook of the '
            "framework that you have.",
            name=name,
            extra=framework,
        ),
        name=modules[0],
    )


def explained(problem: ModuleNotFoundError, framework: str) -> ModuleNotFoundError:
    """Return the error to raise where a framework's import failed: its own, if another is amiss."""
    return lacking(framework) if problem.name in FRAMEWORKS[framework][1] else problem


def unknown_name(problem: NameError) -> str:
    """Say what to do about a name that is not defined."""
    return say(
        "{name} is not known yet. If a cell further up defines it, that cell was not run since the "
        "kernel started: choose Run → Run All Above Selected Cell. Otherwise look for a typing "
        "mistake.",
        name=f"`{problem.name}`",
    )


def _explain(
    shell: Any,
    kind: type[NameError],
    problem: NameError,
    trace: TracebackType,
    tb_offset: int | None = None,
) -> None:
    """Show the error as IPython does, with the advice beneath."""
    problem.add_note(unknown_name(problem))
    shell.showtraceback((kind, problem, trace), tb_offset=tb_offset)


def _numbers(version: str) -> tuple[int, ...]:
    """Return the first two numbers of a version."""
    return tuple(int(part) for part in version.split(".")[:2])
