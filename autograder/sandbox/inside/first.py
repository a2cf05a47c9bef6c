"""PID 1 of one kernel's namespaces: sets them up, watches over memory, and ends with the kernel.

When it ends, the Linux kernel kills every process of the namespace, daemons included.
"""

import json
import os
import re
import select
import socket
from typing import Any, NoReturn

from . import isolate, kernel, system

# A process may have its pages swapped out (MADV_PAGEOUT), and have tables for pages of nothing.
_TAKEN = re.compile(rb"^(?:RssAnon|RssShmem|VmSwap|VmPTE):\s+(\d+) kB$", re.MULTILINE)
_PERIOD = 50  # milliseconds between two looks at the memory
_SOCKETS = 300  # local sockets that count for nothing: a notebook's kernel has 30
_IN_A_SOCKET = 212_992  # bytes that wait in one, by Linux' default


def run(request: dict[str, Any], status: socket.socket) -> NoReturn:
    """Start the kernel, tell the grader when it is ready and why it ended."""
    if request["held"]:
        status.recv(10)  # until the grader has put this process into a cgroup
    isolate.furnish(request["name"], request["limits"]["scratch"], request["kept"])
    bound, told = os.pipe()
    may_go, go = os.pipe()
    child = os.fork()
    if child == 0:
        status.close()
        os.close(bound)
        os.close(go)
        kernel.run(request, told, may_go)
    os.close(told)
    os.close(may_go)
    system.prctl(system.PR_SET_DUMPABLE, 0)  # the kernel may not look into this process

    layers = os.read(bound, 1000)
    if not layers.startswith(b"{"):
        _, code = os.waitpid(child, 0)
        _end(status, "start", layers.decode(errors="replace") or f"it ended with {code}")
    os.close(bound)
    isolate.lock_sockets()
    system.drop_capabilities()
    os.write(go, b"!")
    os.close(go)
    status.send(json.dumps({"event": "ready", **json.loads(layers)}).encode())
    _watch(child, status, request["limits"]["memory"])


def _watch(child: int, status: socket.socket, memory: int) -> NoReturn:
    ended = os.pidfd_open(child)
    poll = select.poll()
    poll.register(status, select.POLLIN)
    poll.register(ended, select.POLLIN)
    while True:
        ready = {handle for handle, _ in poll.poll(_PERIOD)}
        if status.fileno() in ready:
            order = status.recv(100)
            if not order:  # the grader has gone, or wants this to end
                os._exit(0)
            os.kill(child, int(order))
        if ended in ready:
            _, code = os.waitpid(child, 0)
            _end(status, "exit", str(os.waitstatus_to_exitcode(code)))
        _bury(child)
        if _in_use() > memory:
            _end(status, "memory", "")


def _end(status: socket.socket, reason: str, detail: str) -> NoReturn:
    status.send(json.dumps({"event": "ended", "reason": reason, "detail": detail}).encode())
    os._exit(0)


def _bury(kernel_pid: int) -> None:
    """Reap processes whose parents are gone; the kernel itself is reaped by `_watch`."""
    while True:
        try:
            found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if found is None or found.si_pid == kernel_pid:
            return
        os.waitpid(found.si_pid, 0)


def _in_use() -> int:
    """Count bytes: of every process what no file backs, what lies in the scratch and in sockets."""
    names = [name for name in os.listdir("/proc") if name.isdecimal() and name != "1"]
    total = sum(_of_process(f"/proc/{name}") for name in names)
    with open("/proc/self/net/unix", "rb") as file:
        total += max(0, file.read(10_000_000).count(b"\n") - _SOCKETS) * _IN_A_SOCKET
    for folder in isolate.SCRATCH:
        used = os.statvfs(folder)
        total += (used.f_blocks - used.f_bfree) * used.f_frsize
    return total


def _of_process(folder: str) -> int:
    """Count a process' bytes; those of its threads, which share them, when its first has ended."""
    try:
        found = _of_thread(folder)
        if found is None:
            threads = (_of_thread(f"{folder}/task/{name}") for name in os.listdir(f"{folder}/task"))
            found = next((memory for memory in threads if memory is not None), 0)
    except (FileNotFoundError, ProcessLookupError):  # it ended just now
        return 0
    return found


def _of_thread(folder: str) -> int | None:
    """Count bytes that no file backs, swapped or not, files of the scratch, and page tables.

    None for a thread that has ended. Each fork has page tables of its own.
    """
    with open(f"{folder}/status", "rb") as file:
        found = _TAKEN.findall(file.read())
    return 1024 * sum(map(int, found)) if found else None
