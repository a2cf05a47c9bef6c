"""The process of the student's code: rights given up, limits set, then an ordinary kernel."""

import json
import os
import random
import resource
import traceback
from typing import Any, NoReturn

from . import isolate, landlock, seccomp, system

_FILES = 1024


def run(request: dict[str, Any], told: int, may_go: int) -> NoReturn:
    """Become the kernel: tell `told` the layers that are on, or what failed; wait for `may_go`."""
    try:
        layers = confine(request["limits"])
        app = _initialised(request)
        os.write(told, json.dumps({"layers": layers}).encode())
        os.close(told)
        os.read(may_go, 1)
        os.close(may_go)
    except BaseException:
        os.write(told, traceback.format_exc()[-900:].encode())
        os._exit(1)
    try:
        app.start()
    finally:
        os._exit(0)  # past the exit handlers of what the template had imported
    raise AssertionError


def confine(limits: dict[str, int]) -> list[str]:
    """Give up all rights and set the limits; return the names of the layers that are on."""
    _silence()
    os.setsid()
    system.drop_capabilities()
    system.prctl(system.PR_SET_NO_NEW_PRIVS, 1)
    for name, value in {
        resource.RLIMIT_DATA: limits["memory"],
        resource.RLIMIT_FSIZE: limits["scratch"],
        resource.RLIMIT_NPROC: limits["processes"],
        resource.RLIMIT_NOFILE: _FILES,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }.items():
        resource.setrlimit(name, (value, value))
    layers = ["namespaces", "capabilities", "limits", "watchdog", "ordinary user"]
    if landlock.supported():
        landlock.install(isolate.SCRATCH, isolate.SOCKETS)
        layers.append("landlock")
    if seccomp.supported():
        seccomp.install()
        layers.append("seccomp")
    return layers


def _initialised(request: dict[str, Any]) -> Any:
    from ipykernel.kernelapp import IPKernelApp

    os.environ.update(request["environment"])
    os.chdir(isolate.WORK)
    os.umask(0o077)
    _seed(int(request["environment"].get("TANDEM_SEED", "0")))
    file = f"{isolate.HOME}/kernel.json"
    with open(file, "w", encoding="utf-8") as connection:
        json.dump({**request["connection"], "ip": f"{isolate.SOCKETS}/k"}, connection)
    app = IPKernelApp.instance()
    app.initialize([f"--IPKernelApp.connection_file={file}", "--HistoryManager.enabled=False"])
    return app


def _seed(n: int) -> None:
    """Seed what forks share with their template: `random`, NumPy, the framework."""
    from tandem.randomness import seed

    random.seed(n)
    seed(n)


def _silence() -> None:
    """Read from and write to nothing, until the kernel captures its own output."""
    null = os.open(os.devnull, os.O_RDWR)
    for handle in (0, 1, 2):
        os.dup2(null, handle)
    os.close(null)
