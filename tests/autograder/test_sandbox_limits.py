"""Is what a student's code takes counted wherever it hides, and nothing left of it afterwards?"""

import os
import subprocess
import time
import uuid

import pytest

from autograder.sandbox.limits import Limits
from tests.autograder.kernels import sandboxed

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # jupyter_client's contexts, at exit
]


def test_do_its_limits_say_what_they_are() -> None:
    limits = Limits(memory=1_000_000_000, processes=40, scratch=20_000_000)
    with sandboxed(limits=limits) as kernel:
        assert "MemoryError" in kernel.tell("x = bytearray(2_000_000_000)")
        assert "[Errno 27]" in kernel.tell(
            "import os, signal\nwith open('big', 'wb') as f: f.truncate(30_000_000)"
        )
        assert "[Errno 28]" in kernel.tell(
            "for n in range(9):\n    with open(f'big{n}', 'wb') as f: f.write(b'x' * 5_000_000)"
        )
        found = kernel.tell(
            "import threading, time\n"
            "for n in range(60): threading.Thread(target=time.sleep, args=(2,)).start()"
        )
        assert "can't start new thread" in found


def test_is_memory_counted_over_all_processes() -> None:
    code = (
        "import os, time\n"
        "for n in range(8):\n"
        "    if os.fork() == 0:\n"
        "        x = b'x' * 100_000_000\n"
        "        time.sleep(60)\n"
        "time.sleep(60)"
    )
    with sandboxed(limits=Limits(memory=600_000_000)) as kernel:
        began = time.monotonic()
        assert kernel.tell(code).endswith("DIED")
        assert kernel.ended[0] == "memory"
        assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    "take",
    [
        # The first thread ends: /proc shows no memory of the process, whose others go on.
        "threading.Thread(target=hold).start(); ctypes.CDLL(None).syscall(60, 0)",
        # What waits in sockets belongs to no process.
        "fill()",
        # A file of the scratch whose name is gone.
        "f = open('/dev/shm/x', 'wb'); os.unlink('/dev/shm/x'); f.write(b'x' * 10**8); hold()",
    ],
)
def test_is_memory_found_wherever_it_hides(take: str) -> None:
    code = f"""
import ctypes, os, socket, threading, time
def hold():
    time.sleep(0.2)
    kept = b"x" * 100_000_000
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
time.sleep(60)"""
    with sandboxed(limits=Limits(memory=600_000_000)) as kernel:
        assert kernel.tell(code).endswith("DIED")
        assert kernel.ended[0] == "memory"


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
