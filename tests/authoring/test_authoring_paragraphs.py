"""Is exactly what has words taken out of a text, and put back in its place?"""

import re
from pathlib import Path

import pytest

from authoring.paragraphs import has_words, paragraphs, translated
from tests.submissions import ROOT

TEXT = """\
## A title

A paragraph with `code` and $x^2$
over two lines.

| name | meaning |
|---|---|
| `x` | the input |
| $y$ | `y` |

- one item
- two items
  go on

  with a second paragraph

> a quotation

$$
\\text{a formula}
$$

```python
print("code")
```

1. **First** step

<details>
<summary>Hint</summary>

Inside.

</details>"""


def test_are_all_passages_with_words_found_in_order() -> None:
    assert [p.text for p in paragraphs(TEXT)] == [
        "A title",
        "A paragraph with `code` and $x^2$ over two lines.",
        "name",
        "meaning",
        "the input",
        "one item",
        "two items go on",
        "with a second paragraph",
        "a quotation",
        "**First** step",
        "Hint",
        "Inside.",
    ]


def test_are_translations_put_where_the_passages_stood() -> None:
    found = translated(TEXT, lambda text: f"<{text.split()[0].strip('*')}>")
    assert (
        found
        == """\
## <A>

<A>

| <name> | <meaning> |
|---|---|
| `x` | <the> |
| $y$ | `y` |

- <one>
- <two>

  <with>

> <a>

$$
\\text{a formula}
$$

```python
print("code")
```

1. <First>

<details>
<summary><Hint></summary>

<Inside.>

</details>"""
    )


@pytest.mark.parametrize(
    "cells", ["| same | same |", "| a | a b | b |", "| `x` | x in `x` |"], ids=str
)
def test_are_cells_that_repeat_kept_apart(cells: str) -> None:
    table = f"{cells}\n{re.sub('[^|]+', '---', cells)}\n{cells}"
    numbers = iter(range(10, 99))
    replaced = translated(table, lambda _: str(next(numbers)))
    taken = re.findall(r"\d+", replaced)
    assert taken == sorted(taken)
    assert len(set(taken)) == len(taken)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("`model.fit()`", False),
        ("$W x + b$", False),
        ("1, 2 — 3", False),
        ("[](pytorch/1-tensors.ipynb)", False),
        ("[tensors](pytorch/1-tensors.ipynb)", True),
        ("`x` is", True),
    ],
)
def test_does_what_has_no_words_stay(text: str, expected: bool) -> None:
    assert has_words(text) is expected


@pytest.mark.parametrize("path", sorted((ROOT / "authoring").rglob("*.md")), ids=lambda p: p.name)
def test_do_our_texts_come_back_when_nothing_is_translated(path: Path) -> None:
    """But for line breaks inside a passage."""
    text = path.read_text(encoding="utf-8")
    body = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    assert translated(body, lambda same: same).split() == body.split()
