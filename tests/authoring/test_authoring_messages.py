"""Is every text that code says or draws found, and nothing else?"""

from authoring.messages import code_messages, library_messages
from tests.submissions import ROOT


def texts(source: str) -> list[str]:
    return [entry.text for entry in code_messages(source, "lesson.md", 1)]


def test_are_said_texts_found_wherever_the_function_comes_from() -> None:
    assert texts('say("one", n=1)\nmessages.later("two")\nprint("three")') == ["one", "two"]


def test_are_labels_of_series_and_axes_found() -> None:
    source = 'plot.lines({"training": a, f"{x}": b}, None, "step", ylabel="loss", ax=ax)'
    assert texts(source) == ["training", "step", "loss"]
    assert texts('plot.label(ax, "petal length", title="Iris")') == ["petal length", "Iris"]
    assert texts('label(ax, "of another function")') == []


def test_does_an_entry_say_the_line_of_the_file() -> None:
    (entry,) = code_messages('x = 1\nsay("one")', "lessons/1.md", 40)
    assert (entry.path, entry.line) == ("lessons/1.md", 41)


def test_are_the_librarys_messages_found() -> None:
    found = {entry.text for entry in library_messages(ROOT)}
    assert {"Right.", "petal length (cm)", "{points:g} of {most:g} points so far"} <= found
    assert len(found) > 200
