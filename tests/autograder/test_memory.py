"""Does a grader give back what large arrays took, though threads made them?"""

import subprocess
import sys

from tests.submissions import ROOT

PROGRAM = """
import re, threading
import numpy as np
from autograder.memory import return_large_blocks
assert return_large_blocks()
def resident():
    return int(re.search(r"RssAnon:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024
before = resident()
def judge(seed):
    rng, kept = np.random.default_rng(seed), []
    for _ in range(60):  # arrays of 1 to 8 MB and small ones that stay, as verdicts do
        arrays = [np.ones(rng.integers(2**17, 2**20)) for _ in range(4)]
        kept.append([str(n) for n in range(2000)])
        del arrays
threads = [threading.Thread(target=judge, args=(seed,)) for seed in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(resident() - before)
"""


def test_is_the_memory_of_freed_arrays_returned() -> None:
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert float(done.stdout) < 60, "megabytes"
