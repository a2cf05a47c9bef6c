"""Does the report say of every hand-in what became of it?"""

from bs4 import BeautifulSoup

from autograder.report import report
from tests.autograder.courses import ASSIGNMENT, Graded


def test_report_says_why_a_hand_in_was_refused_or_limited(graded: Graded) -> None:
    page = BeautifulSoup(report(graded.course, ASSIGNMENT), "html.parser")
    rows = {}
    for row in page.select("table")[-1].select("tbody tr"):
        name, *cells = [cell.get_text(" ", strip=True) for cell in row.find_all(["th", "td"])]
        rows[name] = cells
    assert rows.keys() == graded.results.keys()
    silent = {name for name, cells in rows.items() if cells[1] != "graded" and not cells[-1]}
    assert silent == set(), "a status without its reason"
    assert "not JSON" in rows["not-json"][-1]
    assert rows["right"][-1] == ""
