"""Fork, thread, memory, disk, output and time bombs; ignored signals; daemons."""

from tests.attack.table import Attack

ATTACKS = {
    "fork-bomb": Attack(
        "Processes fork without end.",
        "import os\ndef double(x):\n    while True:\n        try: os.fork()\n        except OSError: pass\n",
    ),
    "thread-bomb": Attack(
        "Threads start threads without end.",
        """
import threading
def more():
    while True:
        try: threading.Thread(target=more).start()
        except RuntimeError: pass
def double(x): more()
""",
    ),
    "memory-bomb": Attack(
        "Memory is asked for without end.",
        "kept = []\ndef double(x):\n    while True: kept.append(bytearray(10**8))\n",
    ),
    "memory-in-children": Attack(
        "Each of many processes takes what one may take.",
        """
import os, time
def double(x):
    for _ in range(20):
        if os.fork() == 0: kept = b"x" * 200_000_000; time.sleep(60)
    time.sleep(60)
""",
    ),
    "memory-shared": Attack(
        "Memory is mapped as shared, which no limit of a process counts.",
        """
import mmap
kept = []
def double(x):
    while True:
        kept.append(mmap.mmap(-1, 10**8))
        for place in range(0, 10**8, 4096): kept[-1][place] = 1
""",
    ),
    "memory-shared-by-the-dead": Attack(
        "Children fill memory that is shared with their parent, and end.",
        """
import mmap, os
kept = []
def double(x):
    while True:
        kept.append(mmap.mmap(-1, 10**8))
        if os.fork() == 0:
            for place in range(0, 10**8, 4096): kept[-1][place] = 1
            os._exit(0)
        os.wait()
""",
    ),
    "memory-of-zeros": Attack(
        "/dev/zero is mapped as shared, which makes memory of it.",
        """
import mmap, os
kept = []
def double(x):
    while True:
        handle = os.open("/dev/zero", os.O_RDONLY)
        kept.append(mmap.mmap(handle, 10**8, mmap.MAP_SHARED, mmap.PROT_READ))
        os.close(handle)
        sum(kept[-1][place] for place in range(0, 10**8, 4096))
""",
    ),
    "memory-in-page-tables": Attack(
        "Of a huge empty mapping one byte in 2 MB is read, so that page tables alone take memory.",
        """
import mmap
kept = []
def double(x):
    while True:
        kept.append(mmap.mmap(-1, 1 << 36, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.PROT_READ))
        for place in range(0, 1 << 36, 1 << 21): kept[-1][place]
""",
    ),
    "memory-behind-a-dead-leader": Attack(
        "A process' first thread ends, so that /proc shows no memory of what its others take.",
        """
import ctypes, os, threading, time
def take():
    time.sleep(0.2)
    kept = []
    while True: kept.append(b"x" * 20_000_000); time.sleep(0.01)
def double(x):
    for _ in range(9):
        if os.fork() == 0:
            threading.Thread(target=take).start()
            ctypes.CDLL(None).syscall(60, 0)
    time.sleep(60)
""",
    ),
    "memory-of-the-linux-kernel": Attack(
        "Sockets and pipes are filled with what nobody reads.",
        """
import os, socket, time
def fill():
    kept = []
    while True:
        try:
            kept.append(socket.socketpair())
            for end in kept[-1]:
                end.setblocking(False)
                try:
                    while True: end.send(b"x" * 100_000)
                except BlockingIOError: pass
        except OSError: time.sleep(60)
def double(x):
    for _ in range(100):
        if os.fork() == 0: fill()
    time.sleep(60)
""",
    ),
    "disk-bomb": Attack(
        "The scratch and every other folder are filled with large files.",
        """
def double(x):
    for n in range(1000):
        for folder in ("/tmp", "/dev/shm", ".", "/run/kernel", COURSE):
            try:
                with open(f"{folder}/{MARK}-{n}", "wb") as file:
                    for _ in range(40): file.write(b"x" * 1_000_000)
            except OSError: pass
    return 0 * x
""",
    ),
    "many-files": Attack(
        "A million files and folders in folders are made, for whoever has to remove them.",
        """
import os
def double(x):
    try:
        for n in range(1_000_000): open(f"/tmp/f{n}", "w").close()
    except OSError: pass
    for _ in range(5000):
        try: os.mkdir("d"); os.chdir("d")
        except OSError: break
    return 0 * x
""",
    ),
    "descriptor-bomb": Attack(
        "Files are opened until none can be.",
        "kept = []\ndef double(x):\n    while True: kept.append(open('/dev/null'))\n",
    ),
    "output-bomb": Attack(
        "Text is printed without end.",
        "def double(x):\n    while True: print('x' * 100_000, flush=True)\n",
    ),
    "one-line-bomb": Attack(
        "One line of 200 million characters is printed.",
        "def double(x):\n    print('x' * 200_000_000)\n    return 0 * x\n",
    ),
    "display-bomb": Attack(
        "Displays hide their size in nested JSON and metadata.",
        """
from IPython.display import display
big = {"a": ["x" * 1_000_000] * 9}
def double(x):
    while True:
        display({"application/json": big}, raw=True)
        display({"text/plain": ""}, metadata={"m": big}, raw=True)
""",
    ),
    "error-bomb": Attack(
        "Errors with tracebacks of megabytes are sent without end.",
        """
kernel = get_ipython().kernel
content = {"ename": "E", "evalue": "x" * 1_000_000, "traceback": ["x" * 1_000_000] * 9}
def double(x):
    while True:
        kernel.session.send(kernel.iopub_socket, "error", content, parent=kernel.get_parent("shell"))
""",
    ),
    "message-without-end": Attack(
        "One message has thousands of parts of megabytes, of which none is too large by itself.",
        """
kernel = get_ipython().kernel
def double(x):
    kernel.iopub_socket.send_multipart([b"x"] + [bytes(10_000_000)] * 5_000, copy=False)
    import time; time.sleep(60)
""",
    ),
    "widget-bomb": Attack(
        "Widgets with states of megabytes are opened without end, for the grader to keep.",
        """
kernel = get_ipython().kernel
def double(x):
    n = 0
    while True:
        n += 1
        content = {"comm_id": str(n), "target_name": "jupyter.widget", "data": {"state": {"a": "x" * 9_000_000}}}
        kernel.session.send(kernel.iopub_socket, "comm_open", content, parent=kernel.get_parent("shell"))
""",
    ),
    "json-bomb": Attack(
        "A message of 14 MB is a list of millions of empty objects.",
        """
kernel = get_ipython().kernel
def double(x):
    for _ in range(3):
        content = {"data": {"application/json": [{}] * 3_500_000}, "metadata": {}}
        kernel.session.send(kernel.iopub_socket, "display_data", content, parent=kernel.get_parent("shell"))
    return 0 * x
""",
    ),
    "endless-loop": Attack(
        "A loop without end catches the interrupt.",
        """
def double(x):
    while True:
        try:
            while True: pass
        except BaseException: continue
""",
    ),
    "signals-ignored": Attack(
        "Every signal is ignored, in a call that cannot be interrupted.",
        """
import re, signal
def double(x):
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}: signal.signal(number, signal.SIG_IGN)
    re.match("(a+)+$", "a" * 60 + "b")
""",
    ),
    "sleeping": Attack(
        "Every cell sleeps a little less than it may.",
        "import time\ndef double(x):\n    time.sleep(3)\n    return 0 * x\n",
        after="\n".join(["time.sleep(3)"] * 3),
    ),
    "stopped": Attack(
        "The kernel stops itself, so that it neither answers nor ends.",
        "import os, signal\ndef double(x):\n    os.kill(os.getpid(), signal.SIGSTOP)\n    return 0 * x\n",
    ),
    "daemon": Attack(
        "A daemon leaves its session and works on when the notebook has ended.",
        """
import os, subprocess, sys
tried(subprocess.Popen, ["sh", "-c", f"sleep 600; : {MARK}"], start_new_session=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execv(sys.executable, [sys.executable, "-c", f"import time; time.sleep(600)  # {MARK}"])
    os._exit(0)
""",
    ),
    "crash": Attack(
        "Native code writes where it must not.",
        "import ctypes\ndef double(x):\n    ctypes.memset(0, 1, 100)\n",
    ),
    "deep-recursion": Attack(
        "The stack overflows in C.",
        """
import sys, threading
def double(x):
    sys.setrecursionlimit(10**9)
    def deeper(n): return deeper(n + 1)
    return deeper(0)
""",
    ),
    "exit-handlers": Attack(
        "Handlers that run at the kernel's end do not end.",
        """
import atexit, os, threading, time
atexit.register(time.sleep, 600)
threading.Thread(target=time.sleep, args=(600,)).start()
get_ipython().events.register("shell_initialized", lambda *_: time.sleep(600))
def double(x): raise SystemExit
""",
    ),
}
