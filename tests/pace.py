"""How fast is this machine just now, beside the one for which limits of seconds are stated?

Virtual machines that share their processors were seen to take four times the processor time for
the same work, for hours. A limit of seconds says nothing then, unless it is stretched alike.
"""

import time
from statistics import median

# What a million additions take where docs/seconds.md was measured, about: the reference notebook of
# iris-pytorch takes 1.3 s there, and took 3.8 s when a million additions took 0.06 s.
SECONDS_OF_A_MILLION = 0.02


def slowness() -> float:
    """Return how many times slower this machine is; 1 where it is as fast, or faster."""
    return max(1.0, median(_seconds_of_a_million() for _ in range(5)) / SECONDS_OF_A_MILLION)


def _seconds_of_a_million() -> float:
    start, total = time.process_time(), 0
    for number in range(1_000_000):
        total += number
    return time.process_time() - start
