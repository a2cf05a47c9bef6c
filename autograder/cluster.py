"""Workers by Dask: threads of this process, or a scheduler elsewhere."""

import asyncio
import ipaddress
import logging
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import dask.config
from distributed import Client, Scheduler, Security, SpecCluster, Worker

from autograder.course import CourseError
from autograder.sandbox.folders import prefix

_ANSWER_SECONDS = 10
_WORKER_SECONDS = 30
# Dask keeps the latest thousand messages for its own developers, and a hand-in is in four of them.
_NO_HISTORY = {"distributed.admin.low-level-log-length": 0}
# Before Python 3.11.9 `sys._current_frames` can stop every thread of a process for ever, when the
# garbage is collected within (https://github.com/python/cpython/issues/106883). Dask's profiler
# calls it a hundred times a second.
_NO_PROFILE = {"distributed.worker.profile.enabled": False}
_CERTIFICATES = {
    "tls_ca_file": "DASK_DISTRIBUTED__COMM__TLS__CA_FILE",
    "tls_client_cert": "DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT",
    "tls_client_key": "DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY",
}


class _NoPort:
    """Every Dask server opens a port for its web page, which any user of the machine can read."""

    def start_http_server(self, *args: Any, **kwargs: Any) -> None:
        """Open none."""


class _Scheduler(_NoPort, Scheduler):
    pass


class _Worker(_NoPort, Worker):
    pass


def _keep_quiet() -> None:
    """Dask tells of everything, and by whatever handlers the program has: say what matters here."""
    for name in ("distributed", "distributed.client", "distributed.gc"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


@contextmanager
def workers_here(count: int) -> Iterator[Client]:
    """Run `count` tasks at a time in threads of this process, without any listening port.

    Threads suffice, for the work is in the sandboxes' processes. At the end tasks that still run
    are not waited for. The worker is never given up for its silence, as one elsewhere is: it is
    silent when this whole process stood still (Ctrl-Z, a computer that slept), and no other comes.
    """
    _keep_quiet()
    with (
        dask.config.set({"distributed.scheduler.worker-ttl": None, **_NO_HISTORY, **_NO_PROFILE}),
        tempfile.TemporaryDirectory(prefix=prefix(), ignore_cleanup_errors=True) as scratch,
    ):
        options = {"nthreads": count, "memory_limit": None, "local_directory": scratch}
        cluster = SpecCluster(
            scheduler={"cls": _Scheduler, "options": {"protocol": "inproc://"}},
            workers={0: {"cls": _Worker, "options": options}},
        )
        with cluster, Client(cluster) as client:
            try:
                yield client
            finally:
                worker = cluster.workers[0]
                closing = worker.close(timeout=1, executor_wait=False, reason="batch-ended")
                with suppress(TimeoutError, asyncio.TimeoutError):
                    cluster.sync(asyncio.wait_for, closing, 2)


@contextmanager
def workers_of(address: str) -> Iterator[Client]:
    """Use the workers of a scheduler that runs already.

    Raises CourseError where it does not answer, has no worker, or is off this machine without TLS.
    """
    security = _security(address)
    _keep_quiet()
    wait = {"distributed.comm.timeouts.connect": f"{_ANSWER_SECONDS} s"}
    with dask.config.set(wait | _NO_HISTORY):
        try:
            client = Client(address, security=security, timeout=_ANSWER_SECONDS)
        except (OSError, TimeoutError, ValueError) as error:
            raise CourseError(
                f"No scheduler can be talked to at {address}: {error}. Start one there by "
                "`dask scheduler`, and see docs/instructors.md, “Many hand-ins”."
            ) from error
        with client:
            try:
                client.wait_for_workers(1, timeout=_WORKER_SECONDS)
            except TimeoutError as error:
                raise CourseError(
                    f"The scheduler at {address} has no worker: start some on other machines by "
                    f"`dask worker {address} --nthreads 1 --nworkers -1`, then try again."
                ) from error
            yield client


def threads_of(client: Client) -> int:
    """Count how many tasks the present workers run at a time: none where the scheduler is gone."""
    workers = client.scheduler_info(n_workers=-1).get("workers", {})
    return sum(int(worker["nthreads"]) for worker in workers.values())


def workers_lost(client: Client) -> bool:
    """Say whether no worker is left, and none comes within half a minute."""
    deadline = time.monotonic() + _WORKER_SECONDS
    while not lost(client) and threads_of(client) == 0:
        if time.monotonic() > deadline:
            return True
        time.sleep(1)
    return False


def lost(client: Client) -> bool:
    """Say whether the scheduler is gone."""
    return str(client.status) != "running"


def _security(address: str) -> Security:
    """Return what to connect with; TLS with both sides' certificates, but on this machine alone."""
    url = urlsplit(address)
    if url.scheme == "tcp" and _is_this_machine(url.hostname or ""):
        return Security()
    if url.scheme != "tls":
        raise CourseError(
            f"{address} is no address of a scheduler that hand-ins may be sent to. Whoever can "
            "talk to a scheduler runs programs as you, so off this machine it must be "
            "tls://HOST:PORT, with certificates for both sides: docs/instructors.md, “Many "
            "hand-ins”, has the commands. On this machine tcp://127.0.0.1:8786 will do."
        )
    security = Security(require_encryption=True)
    if missing := [name for key, name in _CERTIFICATES.items() if not getattr(security, key)]:
        raise CourseError(
            f"{address} needs certificates, which Dask's configuration does not name: set "
            f"{', '.join(missing)}, as docs/instructors.md, “Many hand-ins”, shows."
        )
    return security


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
