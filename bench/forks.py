"""Do kernels forked from a warm template ever hang? Fork many, train in each.

    python -m bench.forks pytorch 500

Prints how many trained, and the seconds from the request until the kernel could be heard.
"""

import argparse
import statistics
import time

from tests.autograder.kernels import sandboxed
from tools.preloaded import TRAININGS


def main() -> int:
    """Fork, train, kill, as often as asked; 1 when a training failed or hung."""
    parser = argparse.ArgumentParser(description="Fork a warm template many times.")
    parser.add_argument("framework", choices=[name for name in TRAININGS if TRAININGS[name]])
    parser.add_argument("count", type=int)
    options = parser.parse_args()
    ready, trained, failures = [], [], []
    for number in range(options.count):
        began = time.monotonic()
        with sandboxed(options.framework) as kernel:
            heard = time.monotonic()
            try:
                said = kernel.tell(TRAININGS[options.framework] + "\nprint('trained')")
            except TimeoutError:
                said = "hung"
            ready.append(heard - began)
            trained.append(time.monotonic() - heard)
            if "trained\n" not in said:
                failures.append((number, said[-300:]))
    later = ready[1:] or ready  # the first waits for the template
    print(f"{options.framework}: {options.count - len(failures)} of {options.count} trained")
    print(f"  ready after {statistics.median(later):.3f} s, at most {max(later):.3f} s")
    print(f"  trained in {statistics.median(trained):.3f} s, at most {max(trained):.3f} s")
    for number, said in failures:
        print(f"  fork {number}: {said}")
    return bool(failures)


if __name__ == "__main__":
    raise SystemExit(main())
