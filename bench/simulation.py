"""A class of 20,000 on many workers, simulated from measured costs: what becomes the limit?

One writer prepares hand-ins and writes what comes back, as `autograder.grade` does: it keeps at
most twice as many on their way as there are workers. Every task passes the scheduler, which serves
one at a time, to the first free worker and back.
"""

import heapq
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

HAND_INS = 20_000
WORKERS = (1, 2, 5, 10, 20, 50, 100, 150, 200)


@dataclass(frozen=True)
class Costs:
    """Seconds: of the writer per hand-in, before and after, of the scheduler per task, of workers.

    `graded` are measured durations on a worker, from which each hand-in draws one.
    """

    prepare: float
    finish: float
    scheduler: float
    graded: Sequence[float]


@dataclass(frozen=True)
class Outcome:
    """How long all took, and which share of that time each part was busy."""

    workers: int
    seconds: float
    writer: float
    scheduler: float
    busy: float


def simulate(costs: Costs, workers: int, hand_ins: int = HAND_INS, seed: int = 0) -> Outcome:
    """Run the batch; each of its parts does one thing at a time, in the order of arrival."""
    durations = np.random.default_rng(seed).choice(costs.graded, hand_ins)
    free = [0.0] * workers  # when each worker is next idle
    returned: list[float] = []  # when results reach the writer
    way = deque(durations.tolist())
    writer = scheduler = spent = 0.0
    on_their_way = written = 0
    while written < hand_ins:
        if way and on_their_way < 2 * workers:
            writer += costs.prepare
            scheduler = max(scheduler, writer) + costs.scheduler / 2
            began = max(heapq.heappop(free), scheduler)
            duration = way.popleft()
            spent += duration
            heapq.heappush(free, began + duration)
            heapq.heappush(returned, began + duration + costs.scheduler / 2)
            on_their_way += 1
        else:
            writer = max(writer, heapq.heappop(returned)) + costs.finish
            on_their_way -= 1
            written += 1
    own = hand_ins * (costs.prepare + costs.finish)
    return Outcome(
        workers,
        writer,
        own / writer,
        hand_ins * costs.scheduler / writer,
        spent / (workers * writer),
    )
