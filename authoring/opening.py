"""Complete the first code cell of every notebook, so that no text repeats it.

The author's cell `language` chooses the language. Around it come the lines that fetch the course in
Google Colab, and do nothing elsewhere, and the line that compares the notebook with what is
installed. They differ between frameworks, never between languages.
"""

import tomllib
from pathlib import Path

CELL = "language"
# What Colab lacks. Without dependencies, for pip would replace Colab's own kernel by a newer one.
IN_COLAB = {"pytorch": "pytorch-lightning torchmetrics lightning-utilities"}
COLAB = """\
import sys

if "google.colab" in sys.modules:  # in Google Colab only: fetch what it lacks
    packages = "{packages}"
    get_ipython().run_line_magic("pip", f"install --quiet --no-deps {{packages}}")

"""


def repository(root: Path) -> str:
    """Return the address of the students' repository, [project.urls] Repository; "" for none."""
    settings = root / "pyproject.toml"
    if not settings.is_file():
        return ""
    project = tomllib.loads(settings.read_text(encoding="utf-8"))["project"]
    return str(project.get("urls", {}).get("Repository", ""))


def opening(source: str, framework: str | None, address: str) -> str:
    """Return the first code cell: what Colab lacks, the author's lines, and the comparison.

    address: of the repository that Colab fetches `tandem` from; "" leaves Colab's lines out
    """
    from tandem import __version__  # here, so that a usage error does not wait for NumPy

    packages = " ".join(filter(None, [f"git+{address}", IN_COLAB.get(framework or "")]))
    colab = COLAB.format(packages=packages) if address else ""
    version = ".".join(__version__.split(".")[:2])
    made_for = ", ".join(f'"{fact}"' for fact in (version, framework) if fact)
    return f"{colab}import tandem\n{source.rstrip()}\ntandem.made_for({made_for})"
