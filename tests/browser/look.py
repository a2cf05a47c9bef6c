"""Take pictures of notebooks as a reader sees them: `python -m tests.browser.look NOTEBOOK …`.

They are run in JupyterLab first; the pictures go to `build/screens/`.
"""

import argparse
import shutil
import tempfile
from pathlib import Path

from tests.browser.lab import browser, open_notebook, pictures, run_all, server
from tests.submissions import ROOT

SCREENS = ROOT / "build" / "screens"


def main() -> None:
    """Open, run and photograph each notebook."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notebooks", nargs="+", help="relative to the repository")
    parser.add_argument("--dark", action="store_true", help="in JupyterLab's dark theme")
    parser.add_argument("--zoom", type=float, default=1.0, help="2 for 200 %%")
    parser.add_argument("--unrun", action="store_true", help="do not run the notebook")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "files"
        for top in ("course", "labs"):
            shutil.copytree(ROOT / top, folder / top)
        with server(folder, Path(scratch), options.dark) as address, browser() as chromium:
            for notebook in options.notebooks:
                context = chromium.new_context(device_scale_factor=1)
                page = context.new_page()
                page.set_viewport_size({"width": 1200, "height": 1000})
                open_notebook(page, address, notebook)
                if options.zoom != 1:
                    page.evaluate(f"document.body.style.zoom = {options.zoom}")
                if not options.unrun:
                    run_all(page)
                name = Path(notebook).with_suffix("").as_posix().replace("/", "-")
                name += "-dark" * options.dark
                for taken in pictures(page, SCREENS, name):
                    print(taken)
                context.close()


if __name__ == "__main__":
    main()
