"""Does every attack that docs/threat-model.md names exist?"""

import re

from tests.submissions import FRAMEWORKS, LABS, ROOT, submissions
from tests.workshop import variants

PAGE = (ROOT / "docs/threat-model.md").read_text(encoding="utf-8")


def test_every_named_attack_exists() -> None:
    known = {
        *(s.name for lab in LABS for f in FRAMEWORKS for s in submissions(f, lab)),
        *(variant.name for f in FRAMEWORKS for variant in variants("mutants", f)),
    }
    last_columns = [line.rsplit("|", 2)[1] for line in PAGE.splitlines() if line.startswith("|")]
    named = re.findall(r"`([^`]+)`", " ".join(last_columns))
    missing = [name for name in named if name not in known and not (ROOT / name).exists()]
    assert named
    assert missing == []
