"""Does Hebrew prose turn round, and all code in it stay as it is?"""

from authoring.direction import right_to_left

PROSE = """\
## כותרת `x`

פסקה עם `a < b`, עם $W_1 < 2$ ועם **הדגשה** ו[קישור](a/b.ipynb).

- פריט `model.fit()`
- שני

| שם | קלט `(n, 4)` |
|---|---|
| `x` | `y` |

> ציטוט

```python
x = "`y`"
```"""


def test_is_every_passage_in_its_direction() -> None:
    assert (
        right_to_left(PROSE)
        == """\
<div dir="rtl">

## כותרת <code dir="ltr">x</code>

<p style="text-align: right">פסקה עם <code dir="ltr">a &lt; b</code>, עם $W_1 &lt; 2$ \
ועם <strong>הדגשה</strong> ו<a href="a/b.ipynb">קישור</a>.</p>

- פריט <code dir="ltr">model.fit()</code>
- שני

| שם | קלט <code dir="ltr">(n, 4)</code> |
|---|---|
| <code dir="ltr">x</code> | <code dir="ltr">y</code> |

> <p style="text-align: right">ציטוט</p>

<div dir="ltr">

```python
x = "`y`"
```

</div>

</div>"""
    )


def test_do_details_keep_their_solution() -> None:
    turned = right_to_left("<details>\n<summary>פתרון</summary>\n\n```python\nx\n```\n\n</details>")
    assert "<summary>פתרון</summary>\n\n<div dir" in turned
    assert "```python\nx\n```\n\n</div>\n\n</details>" in turned
