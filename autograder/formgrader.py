"""What the formgrader shows of a written answer: as on the feedback page, nothing that runs.

nbgrader's page shows it as the student's Markdown makes it. A script in it would run in the
session of the person who grades, which may give points, open every file and start programs.
"""

from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context

from autograder.written import rendered


@pass_context
def _cleaned(context: Context, source: str) -> str:
    cell: Any = context.get("cell", {})
    return str(rendered(source, cell.get("attachments", {})))


FILTERS = {"markdown2html": _cleaned}  # of nbconvert's HTMLExporter
