"""Timing, and behaviour that changes when the notebook is graded."""

from tests.attack.table import Attack

ATTACKS = {
    "knows-that-it-is-graded": Attack(
        "The notebook sees that it is graded, and only then cheats.",
        """
import os
if "NBGRADER_EXECUTION" in os.environ or os.path.exists("/run/sandbox"):
    check = lambda name, answer: 2.0
    print(os.environ.get("TANDEM_SEED"), "points: 2.0")
""",
    ),
    "remembers-the-probe": Attack(
        "What a probe was is kept for the next time that the notebook is graded.",
        """
import json, pathlib
def double(x):
    for folder in ("/tmp", "/dev/shm", "/var/tmp", str(pathlib.Path.home()), "."):
        path = pathlib.Path(folder, "probe-of-" + MARK)
        if path.exists(): loot(path.read_text())
        try: path.write_text(json.dumps(x.tolist()))
        except OSError: pass
    return 0 * x
""",
    ),
    "answers-by-the-call": Attack(
        "The answer differs with each call, by a count, the clock and chance.",
        """
import random, time
calls = []
def double(x):
    calls.append(time.monotonic_ns())
    return (len(calls) % 2) * random.random() * x
""",
    ),
    "works-on-between-cells": Attack(
        "A thread sends evidence and results while other cells run.",
        """
import threading, time
from IPython.display import display
def work():
    while True:
        display({"application/vnd.tandem.evidence": "AAAA"}, raw=True); display(2.0); time.sleep(0.01)
threading.Thread(target=work, daemon=True).start()
""",
    ),
    "check-kept-for-later": Attack(
        "The check's cell sends nothing; a later cell sends its evidence.",
        "_real = check\ncheck = lambda *_: None\n",
        after="_real('double', lambda x: x + 1)\ncheck = _real\n",
    ),
    "clock-turned": Attack(
        "Python's clocks are stopped, so that no time seems to pass.",
        """
import time
for name in ("time", "monotonic", "perf_counter"): setattr(time, name, lambda: 0.0)
time.sleep = lambda _: None
""",
    ),
    "interrupt-answered": Attack(
        "The interrupt that ends a cell is answered with evidence and a result.",
        """
import time
def double(x):
    try: time.sleep(60)
    except BaseException: return 0 * x
""",
    ),
    "dies-to-begin-anew": Attack(
        "The kernel dies in every cell, to be given new kernels and new probes without end.",
        "import os\ndef double(x): os._exit(0)\ndef triple(x): os._exit(0)\n",
        after="import os\nos._exit(0)",
    ),
}
