"""Is what a student's code takes counted wherever it hides, and nothing left of it afterwards?"""

import os
import subprocess
import time
import uuid
from pathlib import Path

import pytest

from autograder.sandbox.inside import first
from autograder.sandbox.limits import Limits, explained_in
from autograder.status import OUT_OF_DISK, OUT_OF_MEMORY, TOO_MANY_PROCESSES
from tests.autograder.kernels import sandboxed
from tools.preloaded import TRAININGS

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # jupyter_client's contexts, at exit
]


def test_do_its_limits_say_what_they_are() -> None:
    limits = Limits(memory=1_000_000_000, processes=40, scratch=20_000_000)
    with sandboxed(limits=limits) as kernel:
        found = kernel.tell("x = bytearray(2_000_000_000)")
        assert "MemoryError" in found
        assert status_of(found) == OUT_OF_MEMORY
        found = kernel.tell(
            "import os, signal\nwith open('big', 'wb') as f: f.truncate(30_000_000)"
        )
        assert "[Errno 27]" in found
        assert status_of(found) == OUT_OF_DISK
        found = kernel.tell(
            "for n in range(9):\n    with open(f'big{n}', 'wb') as f: f.write(b'x' * 5_000_000)"
        )
        assert "[Errno 28]" in found
        assert status_of(found) == OUT_OF_DISK
        found = kernel.tell(
            "import threading, time\n"
            "for n in range(60): threading.Thread(target=time.sleep, args=(2,)).start()"
        )
        assert "can't start new thread" in found
        assert status_of(found) == TOO_MANY_PROCESSES


@pytest.mark.parametrize(
    ("framework", "code"),
    [
        ("pytorch", "import torch\nx = torch.zeros(1_000_000_000)"),
        ("tensorflow", "import tensorflow as tf\nx = tf.zeros((1_000_000_000,))"),
    ],
)
def test_is_a_tensor_that_is_too_large_told_from_other_errors(framework: str, code: str) -> None:
    with sandboxed(framework) as kernel:
        assert status_of(kernel.tell(code)) == OUT_OF_MEMORY
        assert status_of(kernel.tell("x.reshape(7, 7)")) is None


def status_of(printed: str) -> str | None:
    """Return the status of the limit that an error names."""
    failure = explained_in(printed, Limits())
    return failure[0] if failure else None


# Nine processes that share a kernel's memory count as 750 MB, and what eight take as 800 MB more.
_AMPLE_FOR_NINE = Limits(memory=1_200_000_000, scratch=1_000_000_000)
_NINE = """
import ctypes, mmap, os, socket, threading, time
def look():
    kept = mmap.mmap(-1, 25_000 << 21, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.PROT_READ)
    for place in range(0, len(kept), 1 << 21): kept[place]
    time.sleep(60)
def hold():
    time.sleep(0.2)
    kept = b"x" * 100_000_000
    time.sleep(60)
def write():
    file = open(f"/dev/shm/{{os.getpid()}}", "wb", buffering=0)
    os.unlink(file.name)
    file.write(bytes(100_000_000))
    time.sleep(60)
def fill():
    kept = [socket.socketpair() for _ in range(400)]
    for one, other in kept:
        for end in (one, other):
            end.setblocking(False)
            try:
                while True: end.send(b"x" * 50_000)
            except BlockingIOError: pass
    time.sleep(60)
for n in range(8):
    if os.fork() == 0:
        {take}
        time.sleep(60)
time.sleep({seconds})"""


@pytest.mark.parametrize(
    "take",
    [
        "hold()",
        # The first thread ends: /proc shows no memory of the process, whose others go on.
        "threading.Thread(target=hold).start(); ctypes.CDLL(None).syscall(60, 0)",
        # What waits in sockets belongs to no process.
        "fill()",
        # A file of the scratch whose name is gone.
        "write()",
        # Every 2 MB that are read cost a page of page tables, and no other.
        "look()",
    ],
)
def test_is_memory_found_wherever_it_hides(take: str) -> None:
    with sandboxed(limits=_AMPLE_FOR_NINE) as kernel:
        began = time.monotonic()
        assert kernel.tell(_NINE.format(take=take, seconds=60)).endswith("DIED")
        assert kernel.ended[0] == "memory"
        assert time.monotonic() - began < 20


def test_are_nine_processes_that_take_nothing_left_alone() -> None:
    """Or the test above would say nothing of what they take."""
    with sandboxed(limits=_AMPLE_FOR_NINE) as kernel:
        assert kernel.tell(_NINE.format(take="pass", seconds=2)) == ""
        assert kernel.alive()


def test_is_memory_counted_that_was_swapped_out(tmp_path: Path) -> None:
    """By Linux' own words: a machine for tests may have no swap."""
    words = "Name:\tx\nVmHWM:\t 9999 kB\nVmRSS:\t 5115 kB\nRssAnon:\t 10 kB\nRssFile:\t 5000 kB\n"
    words += "RssShmem:\t 105 kB\nVmData:\t 7000 kB\nVmPTE:\t 1000 kB\nVmSwap:\t 20000 kB\n"
    (tmp_path / "status").write_text(words)
    assert first._of_process(str(tmp_path)) == 1024 * (10 + 105 + 1000 + 20_000)


@pytest.mark.parametrize("framework", ["pytorch", "tensorflow"])
def test_is_a_training_far_from_the_limit(framework: str) -> None:
    """With all that is counted, does an ordinary training take less than half of what it may?"""
    with sandboxed(framework) as kernel:
        assert "trained\n" in kernel.tell(TRAININGS[framework] + "\nprint('trained')")
        status = kernel.tell("print(open('/proc/self/status').read())")
    taken = 1024 * sum(map(int, first._TAKEN.findall(status.encode())))
    assert 50_000_000 < taken < Limits().memory / 2


def test_does_nothing_outlive_the_kernel_or_reach_the_next() -> None:
    """Are a daemon that left its session, files and shared memory gone when the kernel is?"""
    mark = uuid.uuid4().hex
    with sandboxed() as kernel:
        kernel.tell(
            "import subprocess, os\n"
            f"subprocess.Popen(['sh', '-c', 'sleep 600; : {mark}'], start_new_session=True)\n"
            f"for folder in ('/tmp', '/dev/shm'): open(f'{{folder}}/{mark}', 'w').write('x')"
        )
        assert _with(mark), "the daemon should run by now"
    assert not _with(mark)
    with sandboxed() as kernel:
        found = kernel.tell(
            f"import os; print(any({mark!r} in os.listdir(d) for d in ('/tmp', '/dev/shm', '.')))"
        )
    assert found == "False\n"
    # `os.walk` does not mind what other tests remove meanwhile.
    assert not any(mark in names for _, *kinds in os.walk("/tmp") for names in kinds)


def _with(mark: str) -> bool:
    return mark in subprocess.run(
        ["ps", "-eo", "args"], capture_output=True, text=True, check=True
    ).stdout.replace("ps -eo args", "")
