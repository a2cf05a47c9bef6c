"""What a translation must leave as it is, and what it must not say."""

import re
from collections import Counter
from collections.abc import Iterator

from authoring.paragraphs import without_code
from tandem.messages import RIGHT_TO_LEFT

CODE = re.compile(r"(`+)(.+?)\1")
FIELD = re.compile(r"\{\w*(?:![rsa])?(?::[^{}]*)?\}")
# Name -> what is compared, as often as it stands in the English.
KEPT = {
    "the field": FIELD,
    "the formula": re.compile(r"\$\$.+?\$\$|\$[^$]+\$"),
    "the address": re.compile(r"\]\([^)]*\)"),
    "the tag": re.compile(r"<[a-z/][^>]*>"),
    "the mark": re.compile(r"\*\*"),
}
NUMBER = re.compile(r"\d+(?:[,\u00a0\u202f]\d{3})*(?:\.\d+)?")
SIDES = {
    "en": r"\b(?:left|right)\b",
    "ro": r"\b(?:din|la|spre|partea) (?:stâng|dreapt)\w*",  # alone, "dreapta" is the straight line
    "he": "שמאל|לימין|מימין",
}
# What is drawn in another order inside Hebrew unless it stands in backticks: a tuple, a call, an
# expression.
BARE = re.compile(
    r"\([\d ,]*\d,[\d ,]*\)|[A-Za-z_]\w*\([^)]*\)|[A-Za-z0-9_)]+ ?(?:[=→×+<>]|->) ?[A-Za-z0-9_(]+"
)


def breaches(language: str, english: str, translation: str, message: bool) -> Iterator[str]:
    """Yield a half-sentence for each thing that a translation changes and must not.

    message: the text is one of tandem's, which isolates its code itself; else Markdown
    """
    yield from _code(english, translation)
    for name, pattern in KEPT.items():
        if name != "the field" or message:
            yield from _differences(name, pattern, english, translation)
    yield from _numbers(english, translation)
    if _spaced(english) != _spaced(translation):
        yield "it begins or ends with a space, and the English does not, or the reverse"
    if language == "ro" and re.search("[şţŞŢ]", translation):
        yield "ş or ţ is written with a cedilla; Romanian has a comma below: ș, ț"
    side = SIDES.get(language, "$^")  # of another language nothing is known yet
    if not re.search(SIDES["en"], english, re.IGNORECASE) and re.search(
        side, without_code(translation), re.IGNORECASE
    ):
        yield "it speaks of a side, which other languages turn round"
    if language in RIGHT_TO_LEFT and not message:
        for found in BARE.finditer(without_code(translation)):
            yield f"{found[0]} is drawn in another order in such a text: put it in backticks"


def _spaced(text: str) -> tuple[bool, bool]:
    return text[0].isspace(), text[-1].isspace()


def _code(english: str, translation: str) -> Iterator[str]:
    """Compare the code; more of it may be marked as code than in English."""
    ours = Counter(code for _, code in CODE.findall(english))
    theirs = Counter(code for _, code in CODE.findall(translation))
    for code in ours - theirs:
        yield f"the code `{code}` is missing"
    for code in theirs - ours:
        if code not in CODE.sub("", english):
            yield f"the code `{code}` is not in the English"


def _differences(
    name: str, pattern: re.Pattern[str], english: str, translation: str
) -> Iterator[str]:
    without = (CODE.sub("", text) for text in (english, translation))
    ours, theirs = (Counter(pattern.findall(text)) for text in without)
    for found in ours - theirs:
        yield f"{name} {found} is missing"
    for found in theirs - ours:
        yield f"{name} {found} is not in the English"


def _numbers(english: str, translation: str) -> Iterator[str]:
    ours, theirs = (
        Counter(re.sub(r"[,\u00a0\u202f]", "", n) for n in NUMBER.findall(text))
        for text in (english, translation)
    )
    if ours != theirs:
        changed = ", ".join([*(ours - theirs), *(theirs - ours)])
        yield f"its numbers are not those of the English: {changed}"
