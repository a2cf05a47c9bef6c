"""What Dask's scheduler takes for one task that carries a notebook and brings one back."""

import time
from pathlib import Path
from typing import Any

from distributed import Client, as_completed

from tests.autograder.dask import dask_cluster

_TASKS = 2000
_ON_THEIR_WAY = 40
_NOTEBOOK = 60_000  # characters, as of a lab handed in
_TICKS = 100  # of Linux, a second


def measured(folder: Path) -> dict[str, Any]:
    """Send tasks that do nothing through a real scheduler to two workers, over loopback.

    Returns CPU seconds per task: `scheduler`, and `client`, the command's own share.
    """
    with dask_cluster(folder / "dask", workers=2) as cluster, Client(cluster.address) as client:
        client.wait_for_workers(2)
        began, own = _cpu(cluster.scheduler.pid), time.process_time()
        waiting = as_completed()
        for number in range(_TASKS):
            text = f"{number:{_NOTEBOOK}}"
            waiting.add(client.submit(str.upper, text, pure=False))
            if waiting.count() > _ON_THEIR_WAY:
                next(waiting).result()
        for future in waiting:
            future.result()
        spent = _cpu(cluster.scheduler.pid) - began
        return {"scheduler": spent / _TASKS, "client": (time.process_time() - own) / _TASKS}


def _cpu(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
