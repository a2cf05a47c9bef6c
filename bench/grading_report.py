"""Writes docs/benchmark.md from the recorded runs of `bench.grading` and `bench.forks`."""

from collections.abc import Iterable, Sequence
from statistics import mean, median
from typing import Any

from bench import records
from bench.phases import WRITER
from bench.simulation import HAND_INS, WORKERS, Costs, simulate
from tests.submissions import ROOT

FORKS = records.RESULTS / "forks.jsonl"
PAGE = ROOT / "docs" / "benchmark.md"
TARGETS = {"iris-pytorch": 10, "iris-tensorflow": 5, "mnist-pytorch": 3, "mnist-tensorflow": 3}
MOST_OVERHEAD = 0.8  # CPU seconds per hand-in
COMPARED = 10

Line = dict[str, Any]


def write(lines: Sequence[Line]) -> None:
    """Write the page; what was not measured is left out."""
    names = [name for name in TARGETS if _of(lines, "tandem", name)]
    sections = [_HEAD, _machine(lines)]
    if compared := [name for name in names if _of(lines, "stock", name)]:
        sections += [_AGAINST, _against_stock(lines, compared)]
    if looked := [name for name in names if _of(lines, "phases", name)]:
        sections += [_PHASES, _phases(lines, looked), _bound(lines, looked)]
    sections += [_SIZE, _sizes(lines, names), _RATE, _rates(lines, names)]
    sections += [_OVERHEAD, _overheads(lines, names)]
    if forks := records.read(FORKS):
        sections += [_FORKS, forks_table(forks)]
    if costs := {name: found for name in names if (found := costs_of(lines, name))}:
        sections += [_SIMULATED.format(n=HAND_INS), _simulated(costs)]
    PAGE.write_text("\n\n".join(sections) + "\n", encoding="utf-8")
    print(f"✓ wrote {PAGE.relative_to(ROOT)}")


def costs_of(lines: Sequence[Line], name: str) -> Costs | None:
    """Return the marginal costs of one lab: between its smallest and its largest class.

    None where not all of it was measured, or at one size alone.
    """
    runs, tasks = _by_size(lines, name), _of(lines, "dask", "")
    phases = [line["phases"]["each"] for line in _of(lines, "phases", name)]
    if len(runs) < 2 or not tasks or not phases:
        return None
    least, most = min(runs), max(runs)
    refits = _refits(lines, name, most)
    if not refits:
        return None

    def marginal(figure: str) -> float:
        middle = median(line[figure] for line in runs[least])
        return (runs[most][0][figure] - middle) / (most - least)

    # The writer by the clock and alone: it waits for the disk.
    prepare, finish = (phases[-1][phase] + tasks[-1]["client"] / 2 for phase in WRITER)
    beyond = max(0.0, marginal("cpu") - marginal("writer") - mean(refits))
    graded = [second + beyond for second in refits]
    return Costs(prepare, finish, tasks[-1]["scheduler"], graded)


def _of(lines: Iterable[Line], how: str, name: str, workers: int | None = None) -> list[Line]:
    return [
        line
        for line in lines
        if line["how"] == how
        and line["assignment"] == name
        and (workers is None or line["workers"] == workers)
    ]


def _beside(lines: Iterable[Line], how: str, name: str, count: int = COMPARED) -> list[Line]:
    """Return stock nbgrader's runs, or the cells', beside a class of this size, or else of ten."""
    found = _of(lines, how, name)
    near = [line for line in found if line["beside"] == count]
    return near or [line for line in found if line["beside"] == COMPARED]


def _refits(lines: Iterable[Line], name: str, count: int = COMPARED) -> list[float]:
    return [second for line in _beside(lines, "alone", name, count) for second in line["seconds"]]


def _by_size(lines: Sequence[Line], name: str) -> dict[int, list[Line]]:
    found: dict[int, list[Line]] = {}
    for line in _of(lines, "tandem", name, 2):
        found.setdefault(line["count"], []).append(line)
    return dict(sorted(found.items()))


def _table(head: str, rows: Iterable[str]) -> str:
    rule = "| --- " * (head.count("|") - 1) + "|"
    return "\n".join([head, rule, *rows])


def _machine(lines: Sequence[Line]) -> str:
    load = max(line["load"] for line in lines)
    return (
        f"{lines[-1]['machine']}. While it was measured, up to {load:.1f} processes wanted to run."
    )


def _against_stock(lines: Sequence[Line], names: Sequence[str]) -> str:
    rows = []
    for name in names:
        theirs, ours = _beside(lines, "stock", name), _by_size(lines, name)[COMPARED]
        pairs = list(zip(theirs, ours, strict=False))
        ratio = {f: sorted(a[f] / b[f] for a, b in pairs) for f in ("wall", "cpu")}
        cells = [
            f"{median(line[figure] for line in found) / COMPARED:.1f}"
            for figure in ("wall", "cpu")
            for found in (theirs, ours)
        ]
        kept = "✓" if median(ratio["wall"]) >= TARGETS[name] else "✗"
        rows.append(
            f"| `{name}` | {cells[0]} | {cells[1]} | **{_spread(ratio['wall'])}** "
            f"| {TARGETS[name]} {kept} | {cells[2]} | {cells[3]} | {_spread(ratio['cpu'])} |"
        )
    head = (
        "| lab | stock, s | Tandem, s | ratio | promised | stock, CPU s | Tandem, CPU s | ratio |"
    )
    return _table(head, rows)


def _spread(ratios: Sequence[float]) -> str:
    return f"{median(ratios):.1f} ({ratios[0]:.1f}–{ratios[-1]:.1f})"


def _kept(times: float, target: float) -> str:
    return f"{times:.1f} of {target} {'✓' if times >= target else '✗'}"


def _sizes(lines: Sequence[Line], names: Sequence[str]) -> str:
    rows = []
    for name in names:
        for count, found in _by_size(lines, name).items():
            wall, cpu = (median(line[f] for line in found) / count for f in ("wall", "cpu"))
            peaks = [line["peak"] for line in found if line["peak"]]
            peak = f"{max(peaks) / 1e6:,.0f}" if peaks else "not counted"
            beside = _beside(lines, "stock", name, count)
            theirs = [line["wall"] / line["count"] for line in beside]
            times = _kept(median(theirs) / wall, TARGETS[name]) if theirs else ""
            rows.append(f"| `{name}` | {count} | {wall:.2f} | {times} | {cpu:.2f} | {peak} |")
    head = "| lab | hand-ins | s each | times stock, of promised | CPU s each | peak memory, MB |"
    return _table(head, rows)


def _rates(lines: Sequence[Line], names: Sequence[str]) -> str:
    rows = []
    for name in names:
        rates = []
        for workers in (1, 2):
            found = [run for run in _of(lines, "tandem", name, workers) if run["count"] == COMPARED]
            seconds = [60 * COMPARED / line["wall"] for line in found]
            rates.append(f"{median(seconds):.0f}" if seconds else "")
        rows.append(f"| `{name}` | {rates[0]} | {rates[1]} |")
    return _table("| lab | a minute, 1 worker | a minute, 2 workers |", rows)


def _overheads(lines: Sequence[Line], names: Sequence[str]) -> str:
    rows = []
    for name in names:
        for count, found in _by_size(lines, name).items():
            refits = _refits(lines, name, count)
            if not refits:
                continue
            whole = median(line["cpu"] for line in found) / count
            writer = median(line["writer"] for line in found) / count
            process = median(line["process"] for line in found) / count
            over = whole - mean(refits)
            kept = "✓" if over <= MOST_OVERHEAD else "✗"
            rows.append(
                f"| `{name}` | {count} | {whole:.2f} | {mean(refits):.2f} | **{over:.2f}** {kept} "
                f"| {writer:.2f} | {process - writer:.2f} |"
            )
    head = "| lab | hand-ins | whole job | cells and refits | overhead | writer | other threads |"
    return _table(head, rows)


def _phases(lines: Sequence[Line], names: Sequence[str]) -> str:
    found = {name: _of(lines, "phases", name)[-1]["phases"] for name in names}
    rows = []
    for part, title in (("start", "once: "), ("each", "")):
        for phase in found[names[0]][part]:
            seconds = [f"{found[name][part][phase]:.2f}" for name in names]
            rows.append(f"| {title}{phase} | {' | '.join(seconds)} |")
    head = f"| seconds | {' | '.join(f'`{name}`' for name in names)} |"
    longest = [
        f"`{name}`: " + ", ".join(f"`{cell}` {s:.2f}" for cell, s in found[name]["longest"].items())
        for name in names
    ]
    return "\n\n".join([_table(head, rows), "The cells that take longest, seconds each:", *longest])


def _bound(lines: Sequence[Line], names: Sequence[str]) -> str:
    rows = []
    for name in names:
        refits = _refits(lines, name)
        theirs = [line["wall"] / line["count"] for line in _beside(lines, "stock", name)]
        if not refits or not theirs:
            continue
        start = sum(_of(lines, "phases", name)[-1]["phases"]["start"].values())
        least = mean(refits) / 2
        at_ten = median(theirs) / (least + start / COMPARED)
        rows.append(
            f"| `{name}` | {least:.2f} | {median(theirs) / least:.1f} | {at_ten:.1f} "
            f"| {TARGETS[name]} |"
        )
    head = "| lab | cells on 2 processors, s each | times stock, at most | at ten | promised |"
    return "\n\n".join([_BOUND, _table(head, rows)])


def forks_table(lines: Iterable[Line]) -> str:
    """Show the latest run of `bench.forks` in each framework, and what its versions were."""
    latest = {line["framework"]: line for line in lines}
    rows = [
        f"| {name} | {line['count']} | {line['trained']} {'✗' if line['failures'] else '✓'} "
        f"| {line['ready']['median']:.2f} | {line['ready']['most']:.2f} "
        f"| {line['training']['median']:.2f} | {line['training']['most']:.2f} |"
        for name, line in sorted(latest.items())
    ]
    head = "| framework | forks | trained | ready, s | at most, s | training, s | at most, s |"
    named = [f"{name}: {line['machine']}." for name, line in sorted(latest.items())]
    return "\n\n".join([_table(head, rows), *named])


def _simulated(costs: dict[str, Costs]) -> str:
    parts = []
    for name, found in costs.items():
        outcomes = [simulate(found, workers) for workers in WORKERS]
        rows = [
            f"| {one.workers} | {one.seconds / 3600:.2f} | {outcomes[0].seconds / one.seconds:.0f} "
            f"| {one.busy:.0%} | {one.writer:.0%} | {one.scheduler:.0%} |"
            for one in outcomes
        ]
        writer, worker = found.prepare + found.finish, mean(found.graded)
        limit, which = max((writer, "writer"), (found.scheduler, "scheduler"))
        parts.append(
            f"`{name}`: the writer takes {writer * 1000:.0f} ms a hand-in, the scheduler "
            f"{found.scheduler * 1000:.1f} ms, a worker {worker:.2f} s. So the {which} is the "
            f"limit, from about {worker / limit:.0f} workers on."
        )
        head = "| workers | hours | times faster than 1 | workers busy | writer | scheduler |"
        parts.append(_table(head, rows))
    return "\n\n".join(parts)


_HEAD = """<!-- Generated by `python -m bench.grading`; do not edit. -->

# How fast is grading?"""
_AGAINST = """## Beside stock nbgrader

The same ten hand-ins (six right in different styles, four wrong) are graded in turn by `nbgrader
autograde`, with its own settings, one after the other in kernels without a sandbox, and by
`autograder grade` with two workers. Seconds per hand-in, start included; medians, and of the ratios
the least and the greatest. Stock nbgrader checks with the public probes alone."""
_SIZE = """## Does it stay so?

The start, which imports the framework, is shared by all; stock nbgrader, which starts a kernel for
each, takes as long for each however many there are. So a class stands beside ten that it graded
just before, or, where none were measured then, beside those of the first table. Classes may
have been measured on different days, and a machine's speed differs: compare ratios, not seconds.
Memory is that of all processes together, without files, each shared page once."""
_PHASES = """## Where the seconds go

The same ten, one after the other in one thread (`bench.phases`): seconds by the clock, of the start
once, of all else for each hand-in."""
_BOUND = """About what two processors could do at best: the students' cells and the judge's refits
alone (`bench.alone`), evenly on both, and nothing else; at ten hand-ins with the start, which
runs on one. What is promised and stands above the column *at ten* no grader that runs these cells
can hold there; the next table has larger classes."""
_RATE = "## One worker and two"
_OVERHEAD = """## What the grader adds

CPU seconds per hand-in of the whole job, less those of the students' cells and the judge's refits
alone, forked from a warm process (`bench.alone`). At most 0.8 are promised. The last columns are
parts of the overhead: the one thread that reads, sanitises and writes, and the process' other
threads, which talk to the kernels and judge; the rest is in the sandboxes."""
_FORKS = """## Forks in a row

Does a kernel that is forked from a warm template ever hang? The latest run of `bench.forks` in each
framework: one after the other is forked, trains a small network and is killed; medians, without the
first, which waits for its template, until it is ready."""
_SIMULATED = """## {n:,} hand-ins

Simulated from the costs above (`bench/simulation.py`): one writer, one scheduler, each doing one
thing at a time; at most twice as many hand-ins on their way as there are workers, one notebook to a
worker. The writer's seconds are by the clock, so that its waits for the disk count; the network is
taken as fast, and workers as fast as this machine's processors. The share of the time in which each
is busy shows which one is the limit."""
