"""Does every attack that docs/threat-model.md names exist?"""

import re

from tests.attack.__main__ import attacks
from tests.submissions import FRAMEWORKS, LABS, ROOT, submissions
from tests.workshop import variants

PAGE = (ROOT / "docs/threat-model.md").read_text(encoding="utf-8")


def test_every_named_attack_exists() -> None:
    known = {
        *attacks(),
        *(s.name for lab in LABS for f in FRAMEWORKS for s in submissions(f, lab)),
        *(variant.name for f in FRAMEWORKS for variant in variants("mutants", f)),
    }
    last_columns = [line.rsplit("|", 2)[1] for line in PAGE.splitlines() if line.startswith("|")]
    named = re.findall(r"`([^`]+)`", " ".join(last_columns))
    missing = [name for name in named if name not in known and not (ROOT / name).exists()]
    assert named
    assert missing == []


def test_every_attack_of_the_suite_is_named() -> None:
    """The table comes from `tests/attack`: does it name each attack, and how many there are?"""
    missing = [name for name in attacks() if f"`{name}`" not in PAGE]
    assert missing == []
    assert f"a class of {len(attacks())} attackers" in PAGE
