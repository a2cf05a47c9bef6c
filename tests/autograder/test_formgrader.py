"""Does nothing of a student's run in the formgrader, where it could do all that a grader can?"""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell
from nbgrader.server_extensions.formgrader import handlers
from traitlets.config import Config

from autograder.course import Course
from tests.autograder.courses import flagged, make_course

HOSTILE = """
<script>bad()</script> <img src="x" onerror="bad()"> <svg onload="bad()"></svg>
[a](javascript:bad()) <iframe srcdoc="<script>bad()</script>"></iframe> $x<script>bad()</script>$
"""
WRITTEN = "**Because** $a<b$ and `W @ x`:\n\n- one\n- two\n"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """The course's configuration with what nbgrader adds for its page."""
    config = Course.load(make_course(tmp_path / "course")).config
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [handlers.template_path]
    return config


def shown(config: Config, source: str) -> BeautifulSoup:
    cells = [new_markdown_cell(source), new_markdown_cell(source), new_raw_cell(source)]
    outputs = [
        new_output("stream", text=source),
        new_output("error", ename="E", evalue=source, traceback=[source]),
    ]
    cells += [new_code_cell(source, outputs=outputs)]
    flagged(cells[0], "why", solution=True, grade=True, points=2, cell_type="markdown")
    about = {"submission_id": "s", "notebook_id": "n", "assignment_id": "a", "base_url": "/"}
    resources = {**about, "index": 0, "total": 1, "mathjax_url": "", "my_notebooks": []}
    html, _ = HTMLExporter(config=config).from_notebook_node(new_notebook(cells=cells), resources)
    return BeautifulSoup(html, "html.parser")


def test_does_no_script_of_a_student_run(config: Config) -> None:
    page = shown(config, HOSTILE)
    assert "bad()" in page.get_text(), "it is shown"
    assert [s for s in page.select("script") if "bad()" in s.get_text()] == []
    for tag in page.find_all(True):
        for name, value in tag.attrs.items():
            assert "bad()" not in str(value), f"<{tag.name} {name}>"
    assert not page.select(".rendered_html iframe, .rendered_html svg")


def test_is_a_written_answer_shown_as_it_reads(config: Config) -> None:
    (answer,) = shown(config, WRITTEN).select(".nbgrader_cell .rendered_html")
    assert [item.get_text() for item in answer.select("li")] == ["one", "two"]
    assert answer.select_one("strong") is not None
    assert "$a<b$" in answer.get_text()
