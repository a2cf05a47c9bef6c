"""The warm template: import everything, compute nothing, and fork a kernel for each request."""

import gc
import json
import os
import signal
import socket
import sys
import traceback
from typing import Any, NoReturn

from . import first, isolate, preload

_LARGEST_REQUEST = 1_000_000


def main(handle: int, framework: str) -> None:
    """Serve the grader at the other end of the socket until it closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the grader
    with socket.socket(fileno=handle) as grader:
        grader.set_inheritable(False)
        gc.disable()  # thousands of modules come to stay: to look for garbage takes a second
        try:
            preload.preload(framework)
            threads = len(os.listdir("/proc/self/task"))
            if threads != 1:
                raise RuntimeError(f"the template has {threads} threads, so its forks would hang")
        except BaseException:
            grader.send(json.dumps({"error": traceback.format_exc()[-4000:]}).encode())
            raise
        gc.collect()
        gc.freeze()  # so that collections in the forks do not copy what they share
        gc.enable()
        grader.send(json.dumps({"modules": len(sys.modules)}).encode())
        _serve(grader)


def _serve(grader: socket.socket) -> None:
    while True:
        text, handles, _, _ = socket.recv_fds(grader, _LARGEST_REQUEST, 1)
        if not text:
            return
        with socket.socket(fileno=handles[0]) as status:
            between = os.fork()
            if between == 0:
                grader.close()
                _enter(json.loads(text), status)
            os.waitpid(between, 0)
        _bury()


def _bury() -> None:
    """Reap what has ended: this is the sandbox's first process, so orphans become its children."""
    try:
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
    except ChildProcessError:
        return


def _enter(request: dict[str, Any], status: socket.socket) -> NoReturn:
    """Make the namespaces, leave PID 1 in them, and hand the grader its handle."""
    try:
        isolate.enter_namespaces()
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            first.run(request, status)
        handle = os.pidfd_open(child)
        socket.send_fds(status, [b'{"event": "begun"}'], [handle])
    except BaseException:
        told = {"event": "ended", "reason": "start", "detail": traceback.format_exc()[-2000:]}
        status.send(json.dumps(told).encode())
    finally:
        os._exit(0)
    raise AssertionError
