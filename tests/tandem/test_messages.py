"""Is every text said in the right language, with all its fields filled?"""

import ast
import gettext
import threading
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from authoring.messages import library_messages
from tandem import messages
from tandem.checks import find_lab
from tandem.lessons import find_lesson, lesson_names
from tandem.messages import LANGUAGES, current_language, language, language_of, later, say, speaking
from tests.submissions import LABS

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "tandem").rglob("*.py")) + sorted((ROOT / "autograder").glob("*.py"))


@pytest.fixture(autouse=True)
def no_language_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "_chosen", "")
    monkeypatch.delenv("TANDEM_LANG", raising=False)


def calls(name: str) -> Iterator[tuple[str, ast.Call]]:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name:
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_does_every_call_fill_exactly_the_fields_of_its_template() -> None:
    checked = 0
    for where, call in calls("say"):
        (template,) = call.args
        given = {keyword.arg for keyword in call.keywords}
        if not isinstance(template, ast.Constant):
            kinds = ast.Name | ast.Attribute | ast.Subscript  # marked with `later` elsewhere
            assert isinstance(template, kinds), f"{where}: neither a literal nor marked as one"
            assert not given, f"{where}: fields of a template that is not written here"
            continue
        assert isinstance(template.value, str)
        fields = {field for _, field, _, _ in Formatter().parse(template.value) if field}
        # Without fields `say` does not format, so braces stand for themselves.
        assert fields == given, f"{where}: {template.value!r} is given {sorted(map(str, given))}"
        checked += 1
    assert checked > 50


def test_is_every_text_marked_for_later_a_literal() -> None:
    found = list(calls("later"))
    assert len(found) > 20
    for where, call in found:
        assert isinstance(call.args[0], ast.Constant), where
        assert not call.keywords, where


def test_is_every_hint_in_the_catalogues() -> None:
    """Is each hint a literal marked by `later`, so that translators are given it?"""
    known = {entry.text for entry in library_messages(ROOT)}
    units = [find_lesson(name) for name in lesson_names()]
    labs = [find_lab(name) for name in LABS]  # and not those that other tests add
    hints = [
        hint
        for lab in (*units, *labs)
        if lab is not None
        for check in lab.checks.values()
        for hint in check.hints
    ]
    assert len(hints) > 100
    assert [hint for hint in hints if hint not in known] == []


def test_says_no_template_anything_that_translators_are_not_given() -> None:
    """Catalogues are filled from Python alone, so a page's words must come from there."""
    templates = list((ROOT / "autograder" / "assets").glob("*.j2"))
    assert templates
    assert [t.name for t in templates if "say(" in t.read_text(encoding="utf-8")] == []


def test_are_braces_in_values_and_in_plain_texts_left_alone() -> None:
    assert say("{text}", text="{x} {") == "{x} {"
    assert say('Return {"loss": […]}.') == 'Return {"loss": […]}.'
    assert later("{x}") == "{x}"
    assert say("") == ""  # and not the header of a catalogue


@pytest.mark.parametrize("code", ["", "fr", "EN", "en_GB", "../en"])
def test_is_an_unknown_language_refused_with_those_there_are(code: str) -> None:
    with pytest.raises(ValueError, match=f"unknown language {code!r}: choose one of en, ro, he"):
        language(code)
    with pytest.raises(ValueError, match="choose one of en, ro, he"), speaking(code):
        pass
    assert current_language() == "en"


def test_is_a_language_in_force_until_another_is_chosen() -> None:
    for code in LANGUAGES:
        language(code)
        assert current_language() == code


@pytest.mark.parametrize(("value", "code"), [("ro", "ro"), ("he", "he"), ("xx", "en"), ("", "en")])
def test_does_the_environment_choose_only_what_the_notebook_leaves_open(
    value: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANDEM_LANG", value)
    assert current_language() == code
    language("en")
    assert current_language() == "en"


def test_does_speaking_nest_and_end_also_after_an_error() -> None:
    language("ro")
    with speaking("he"):
        with speaking("en"):
            assert current_language() == "en"
        assert current_language() == "he"
        with pytest.raises(KeyError), speaking("ro"):
            raise KeyError
        assert current_language() == "he"
    assert current_language() == "ro"


def test_do_threads_speak_side_by_side() -> None:
    together = threading.Barrier(len(LANGUAGES))
    heard: dict[str, list[str]] = {code: [] for code in LANGUAGES}

    def grade(code: str) -> None:
        for _ in range(50):
            with speaking(code):
                together.wait(10)
                heard[code].append(current_language())
                together.wait(10)

    threads = [threading.Thread(target=grade, args=(code,)) for code in LANGUAGES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert heard == {code: [code] * 50 for code in LANGUAGES}


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ('from tandem import language\nlanguage("ro")', "ro"),
        ("language('he')", "he"),
        ('x = 1\nlanguage( "ro" )  # Romanian', "ro"),
        ('language("en")\nlanguage("ro")', "en"),
        ('language("fr")', "en"),
        ('# language("ro")', "en"),
        ('    language("ro")', "en"),
        ('my_language("ro")', "en"),
        ("print('language(\"ro\")')", "en"),
        ("language(code)", "en"),
        ('language("ro', "en"),
        ('language("../ro")', "en"),
        ("", "en"),
    ],
)
def test_is_the_set_up_line_found_and_nothing_else(source: str, code: str) -> None:
    assert language_of(source) == code


class Hebrew(gettext.NullTranslations):
    """Translates a template by what a translator might write."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def gettext(self, message: str) -> str:
        return self.text


@pytest.mark.parametrize(
    ("text", "values", "shown"),
    [
        ("הצורה היא {shape}.", {"shape": (32, 1)}, "הצורה היא ⟪(32, 1)⟫."),
        ("שגיאה {error:.2f} של {n}", {"error": 0.125, "n": 3}, "שגיאה ⟪0.12⟫ של ⟪3⟫"),
        ("הצורה (32, 1) קבועה", {}, "הצורה ‹(32, 1)› קבועה"),
        ("קראו ל-td.History() פעם אחת", {}, "קראו ל-‹td.History()› פעם אחת"),
        ("חסר (1 - p) ** gamma כאן", {}, "חסר ‹(1 - p) ** gamma› כאן"),
        ("קראו ל-`fit(x)`.", {}, "קראו ל-‹`fit(x)`›."),
        ("כאן 784 → 10 שכבות", {}, "כאן ‹784 → 10› שכבות"),
        ('הריצו hint("{check}") עכשיו', {"check": "fit"}, 'הריצו ‹hint("⟪fit⟫")› עכשיו'),
        ("הצורה (rows, {n}) היא", {"n": 3}, "הצורה ‹(rows, ⟪3⟫)› היא"),
        ("מ-(x - mean) / deviation והלאה", {}, "מ-‹(x - mean) / deviation› והלאה"),
        ("חשבו x - y. אחר כך עצרו", {}, "חשבו ‹x - y›. אחר כך עצרו"),
        ('התו history["loss"], ואז', {}, 'התו ‹history["loss"]›, ואז'),
        ("עם hidden=[128, 64], למשל", {}, "עם ‹hidden=[128, 64]›, למשל"),
        ("השתמשו ב-f(g(x), 1) או h", {}, "השתמשו ב-‹f(g(x), 1)› או h"),
        ("כאן ({why})", {"why": "סוף"}, "כאן (⟪סוף⟫)"),
        ("מלא (ולא {n})", {"n": 2}, "מלא (ולא ⟪2⟫)"),
        ("האימון ב-PyTorch נגמר", {}, "האימון ב-PyTorch נגמר"),
    ],
)
def test_are_values_and_code_isolated_where_text_runs_from_right_to_left(
    text: str, values: dict[str, object], shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is every value (⟪ ⟫: by its first letter) and piece of code (‹ ›: left to right) apart?"""
    monkeypatch.setattr(messages, "_catalogue", lambda _: Hebrew(text))
    signs = str.maketrans("⟪⟫‹›", "\u2068\u2069\u2066\u2069")
    with speaking("he"):
        assert say("English", **values) == shown.translate(signs)
    with speaking("ro"):
        assert say("English", **values) == text.format(**values)
