"""Real `dask scheduler` and `dask worker` processes on this machine's loopback."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.autograder.courses import REPOSITORY, TOY

_SECONDS = 30


class Cluster:
    """A scheduler and its workers; their output goes to a log each."""

    def __init__(self, folder: Path, protocol: str, variables: Mapping[str, str]) -> None:
        self.folder, self._variables = folder, dict(variables)
        self._contact = folder / "scheduler.json"
        self.scheduler = self._started(
            "scheduler",
            *("--host", f"{protocol}://127.0.0.1", "--port", "0"),
            *("--dashboard-address", "127.0.0.1:0"),
            *("--scheduler-file", str(self._contact)),
        )
        self.workers: list[subprocess.Popen[bytes]] = []
        for _ in range(_SECONDS * 20):
            if self._contact.exists() and self._contact.stat().st_size:
                break
            time.sleep(0.05)
        self.address = str(json.loads(self._contact.read_text())["address"])

    def add_worker(self, *options: str) -> None:
        """Start one that runs one notebook at a time and ends with its scheduler."""
        worker = self._started(
            f"worker-{len(self.workers)}",
            *("--scheduler-file", str(self._contact), "--nthreads", "1", "--no-nanny"),
            *("--preload", str(TOY / "preload.py"), "--dashboard-address", "127.0.0.1:0"),
            *("--local-directory", str(self.folder), *options),
        )
        self.workers.append(worker)

    def _started(self, name: str, *arguments: str) -> "subprocess.Popen[bytes]":
        program = f"distributed.cli.dask_{name.split('-')[0]}"
        with (self.folder / f"{name}.log").open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", program, *arguments],
                cwd=self.folder,
                env={**os.environ, "PYTHONPATH": str(REPOSITORY), **self._variables},
                stdout=log,
                stderr=log,
            )

    def close(self) -> None:
        for process in (self.scheduler, *self.workers):
            process.send_signal(signal.SIGKILL)
            process.wait()


@contextmanager
def dask_cluster(
    folder: Path, workers: int, protocol: str = "tcp", variables: Mapping[str, str] = {}
) -> Iterator[Cluster]:
    folder.mkdir()
    cluster = Cluster(folder, protocol, variables)
    try:
        for _ in range(workers):
            cluster.add_worker()
        yield cluster
    finally:
        cluster.close()
