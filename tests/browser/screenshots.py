"""Make the documentation's pictures: `python -m tests.browser.screenshots`.

They show the real thing: JupyterLab on the lesson page, a check that fails and its message, a
training beside its twin's, the report on a small class and a student's feedback.
"""

import io
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from tests.browser.lab import browser, open_notebook, run_all, server, wait_until_run
from tests.browser.test_student import WRONG, cell, run, write
from tests.submissions import ROOT, submissions

IMAGES = ROOT / "docs" / "images"
MOST_BYTES = 300_000
LAB = "iris-pytorch"


def main() -> None:
    """Take every picture anew."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, browser() as chromium:
        students(chromium, Path(scratch) / "students")
        instructors(chromium, Path(scratch) / "desk")


def students(chromium: Browser, folder: Path) -> None:
    """Picture what a student sees in JupyterLab."""
    for top in ("course", "labs"):
        shutil.copytree(ROOT / top, folder / "files" / top)
    with server(folder / "files", folder) as address:
        page = chromium.new_page(viewport={"width": 1100, "height": 760})
        page.goto(f"{address}/lab/tree/course/en/README.md")
        page.wait_for_selector(".jp-MarkdownViewer table", timeout=60_000)
        page.wait_for_timeout(1500)
        keep(page, "lesson-page")

        open_notebook(page, address, f"labs/en/{LAB}/iris.ipynb")
        for text in ("from tandem import language", 'tandem.start("iris", td)'):
            run(page, cell(page, text))
        answer, check = cell(page, "def softmax(logits):"), cell(page, 'check("softmax", softmax)')
        write(page, answer, WRONG["pytorch"])
        run(page, answer)
        run(page, check)
        show(page, "def softmax(logits):")
        keep(page, "check")

        open_notebook(page, address, "course/en/pytorch/2-training.ipynb")
        run_all(page, 300)
        show(page, "curves.side_by_side", "img")
        keep(page, "curves")
        page.close()


def show(page: Page, text: str, part: str = "") -> None:
    """Scroll the first code cell with a text to the top, or a part of it into the middle."""
    page.evaluate(
        """([text, part]) => {
            const cell = [...document.querySelectorAll('.jp-CodeCell')]
                .find(cell => cell.innerText.includes(text));
            if (part) cell.querySelector(part).scrollIntoView({block: 'center'});
            else cell.scrollIntoView({block: 'start'});
        }""",
        [text, part],
    )
    wait_until_run(page)


def instructors(chromium: Browser, folder: Path) -> None:
    """Picture the report on a class of made-up students, and the feedback of one of them."""
    shutil.copytree(ROOT / "solutions" / LAB, folder / "solutions" / LAB)
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    names = [s for s in submissions("pytorch", "iris") if s.status == "graded"]
    for submission in names:
        submission.write(folder / "classroom/submitted")
    page = chromium.new_page(viewport={"width": 1100, "height": 760})
    for command in ("release", "grade", "feedback", "report"):
        subprocess.run([sys.executable, "-m", "autograder", command, LAB], cwd=folder, check=True)
    page.set_viewport_size({"width": 1100, "height": 1100})
    page.goto((folder / "classroom" / f"{LAB}-report.html").as_uri())
    keep(page, "report")
    feedback = folder / "classroom/feedback/unstable-softmax" / LAB / "iris.html"
    page.goto(feedback.as_uri())
    keep(page, "feedback")


def keep(page: Page, name: str) -> None:
    """Write a picture of the window in 128 colours, which text and figures do with."""
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    place = IMAGES / f"{name}.png"
    picture.quantize(128).save(place, optimize=True)
    assert place.stat().st_size < MOST_BYTES, place
    print(json.dumps({str(place.relative_to(ROOT)): place.stat().st_size}))


if __name__ == "__main__":
    main()
