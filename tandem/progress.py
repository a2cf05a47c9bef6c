"""The table of points so far, and the next step."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from tandem.checks import Lab
from tandem.messages import current_language, direction, say
from tandem.verdict import Verdict


@dataclass(frozen=True)
class Progress:
    """Points per check: (name, points or None when not yet run, most points)."""

    rows: tuple[tuple[str, float | None, float], ...]
    written: bool = True  # whether a written answer remains at the end
    graded: bool = False  # whether the grader runs the notebook, and keeps the verdicts to itself

    @classmethod
    def of(cls, lab: Lab, verdicts: Mapping[str, Verdict]) -> "Progress":
        found = {name: verdict.points for name, verdict in verdicts.items()}
        rows = tuple((c.name, found.get(c.name), c.points) for c in lab.checks.values())
        return cls(rows, lab.written)

    @property
    def summary(self) -> str:
        points = sum(row[1] or 0 for row in self.rows)
        most = sum(row[2] for row in self.rows)
        return say("{points:g} of {most:g} points so far", points=points, most=most)

    @property
    def next_step(self) -> str:
        for name, points, most in self.rows:
            if points is None or points < most:
                return say('Next: the check "{name}".', name=name)
        if not self.written:
            return say("Every task is solved.")
        return say("Every automatic check is passed. The written answer is graded by a person.")

    def __repr__(self) -> str:
        if self.graded:
            return say("This run was graded: the points stand at each check.")
        lines = [f"{_mark(p, m)} {n}: {_points(p, m)}" for n, p, m in self.rows]
        return "\n".join([*lines, self.summary, self.next_step])

    def _repr_html_(self) -> str:
        if self.graded:
            return f'<p dir="auto" style="text-align: start">{escape(repr(self))}</p>'
        rows = "".join(
            f'<tr><td aria-hidden="true">{_mark(points, most)}</td>'
            f'<td style="text-align: start"><code dir="ltr">'
            f"{escape(name)}</code></td><td>{escape(_points(points, most))}</td></tr>"
            for name, points, most in self.rows
        )
        return (
            f'<div class="tandem-progress" lang="{current_language()}"'
            f' dir="{direction()}">'
            f"<table><caption>{escape(self.summary)}</caption>{rows}</table>"
            f'<p style="text-align: start">{escape(self.next_step)}</p></div>'
        )


def _mark(points: float | None, most: float) -> str:
    if points is None:
        return "·"
    return "✓" if points >= most else "◐" if points > 0 else "✗"


def _points(points: float | None, most: float) -> str:
    if points is None:
        return say("not run yet, {most:g} points", most=most)
    return say("{points:g} of {most:g}", points=points, most=most)
