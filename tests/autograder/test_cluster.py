"""Do workers elsewhere grade as those here do, whoever is killed, and is nobody else let in?"""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autograder import cluster
from autograder.course import Course, CourseError
from autograder.grade import grade
from autograder.results import Result
from tests.autograder.classes import RIGHT, answering
from tests.autograder.courses import (
    ASSIGNMENT,
    REPOSITORY,
    begun,
    course_of,
    wait_for_results,
)
from tests.autograder.dask import dask_cluster

PAGE = REPOSITORY / "docs" / "instructors.md"


def listening() -> set[str]:
    """Return the addresses on which this process listens, as Linux writes them."""
    handles = {os.readlink(path) for path in Path("/proc/self/fd").iterdir() if path.is_symlink()}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path("/proc/self/net", table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in handles:
                found.add(fields[1])
    return found


def test_does_no_profiler_look_at_the_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before Python 3.11.9 the call can stop the whole process for ever."""
    looks: list[float] = []

    def look() -> dict[int, object]:
        looks.append(time.monotonic())
        return {}

    monkeypatch.setattr(sys, "_current_frames", look)
    with cluster.workers_here(2) as client:
        client.submit(time.sleep, 0.5).result()  # the profiler would look fifty times
    assert looks == []


def test_does_a_batch_listen_on_no_port(tmp_path: Path) -> None:
    """By default whoever could talk to Dask would run programs as the grader."""
    folder = tmp_path / "course"
    course_of(folder, {"ada": answering(RIGHT), "bob": answering(RIGHT)})
    before, seen = listening(), []
    results = grade(
        Course.load(folder),
        ASSIGNMENT,
        workers=2,
        report=lambda *_: seen.append(listening()),
    )
    assert [result.score for result in results] == [3, 3]
    assert seen == [before, before]
    with socket.create_server(("127.0.0.1", 0)):
        assert listening() != before, "a port would have been noticed"


@pytest.fixture
def few(tmp_path: Path) -> tuple[Path, dict[str, float]]:
    """Eight students, of whom each takes a second."""
    folder = tmp_path / "course"
    answers = {
        f"s{n}": (3.0, RIGHT) if n % 2 else (2.0, "def double(x):\n    return x") for n in range(8)
    }
    slow = "import time; time.sleep(1)"
    course_of(folder, {name: answering(code, before=slow) for name, (_, code) in answers.items()})
    return folder, {name: points for name, (points, _) in answers.items()}


def points_written(folder: Path) -> dict[str, float]:
    written = json.loads((folder / "results.json").read_text())
    assert {row["status"] for row in written} == {"graded"}
    return {row["student"]: row["score"] for row in written}


def test_does_a_killed_worker_cost_nobody_anything(
    few: tuple[Path, dict[str, float]], tmp_path: Path
) -> None:
    folder, expected = few
    with dask_cluster(tmp_path / "dask", workers=2) as dask:
        process = begun(folder, "--scheduler", dask.address)
        wait_for_results(folder, 2)
        killed = dask.workers[0]
        sandboxes = [
            pid
            for pid in map(int, filter(str.isdigit, os.listdir("/proc")))
            if parent_of(pid) == killed.pid
        ]
        killed.send_signal(signal.SIGKILL)
        said, _ = process.communicate(timeout=120)
        assert process.returncode == 0, said
        assert points_written(folder) == expected
        assert sandboxes, "it had begun"
        for _ in range(600):  # one that is still importing ends when that is done
            if not any(Path(f"/proc/{pid}").exists() for pid in sandboxes):
                break
            time.sleep(0.05)
        else:
            raise AssertionError("a killed worker left its sandbox behind")


def parent_of(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return None


def test_is_a_batch_finished_whose_scheduler_was_killed(
    few: tuple[Path, dict[str, float]], tmp_path: Path
) -> None:
    folder, expected = few
    with dask_cluster(tmp_path / "dask", workers=1) as dask:
        process = begun(folder, "--scheduler", dask.address)
        wait_for_results(folder, 2)
        dask.scheduler.send_signal(signal.SIGKILL)
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 2, said
    assert "The scheduler is gone" in said
    assert "type the same command" in " ".join(said.split())
    with dask_cluster(tmp_path / "again", workers=1) as dask:
        process = begun(folder, "--scheduler", dask.address)
        said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert "unchanged since they were graded" in said
    assert points_written(folder) == expected


def test_has_a_scheduler_that_is_gone_no_workers(tmp_path: Path) -> None:
    with (
        dask_cluster(tmp_path / "dask", workers=1) as dask,
        cluster.workers_of(dask.address) as client,
    ):
        assert cluster.threads_of(client) == 1
        dask.scheduler.send_signal(signal.SIGKILL)
        for _ in range(600):
            if cluster.threads_of(client) == 0:
                break
            time.sleep(0.05)
        else:
            pytest.fail("its workers are still counted after half a minute")
        assert cluster.lost(client)


def test_does_a_batch_end_whose_last_worker_was_killed(
    few: tuple[Path, dict[str, float]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autograder.grade._QUIET_SECONDS", 1)
    graded = []
    with dask_cluster(tmp_path / "dask", workers=1) as dask:

        def kill(result: Result, _: bool) -> None:
            graded.append(result.student)
            monkeypatch.setattr("autograder.cluster._WORKER_SECONDS", 1)
            dask.workers[0].send_signal(signal.SIGKILL)

        with pytest.raises(CourseError, match=r"The last worker is gone.*the same command"):
            grade(Course.load(few[0]), ASSIGNMENT, scheduler=dask.address, report=kill)
    assert 1 <= len(graded) <= 2, "what was graded is told, once"


def test_is_a_worker_of_another_version_refused(
    few: tuple[Path, dict[str, float]], tmp_path: Path
) -> None:
    digits = tmp_path / "digits.npz"
    digits.write_bytes(b"others")
    variables = {"TANDEM_PRIVATE_DIGITS": str(digits)}
    with dask_cluster(tmp_path / "dask", workers=1, variables=variables) as dask:
        process = begun(few[0], "--scheduler", dask.address)
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 2, said
    assert "has another version of Tandem" in said


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("tcp://192.0.2.7:8786", "must be tls://"),
        ("tcp://localhost.example.org:8786", "must be tls://"),
        ("192.0.2.7:8786", "must be tls://"),
        ("tls://192.0.2.7:8786", "DASK_DISTRIBUTED__COMM__TLS__CA_FILE"),
        ("tcp://127.0.0.1:9", "dask scheduler"),
    ],
)
def test_is_an_unsafe_or_silent_scheduler_refused_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, address: str, says: str
) -> None:
    monkeypatch.setattr(cluster, "_ANSWER_SECONDS", 1)
    with pytest.raises(CourseError, match=says), cluster.workers_of(address):
        pass


def test_do_the_guides_certificates_encrypt(
    few: tuple[Path, dict[str, float]], tmp_path: Path
) -> None:
    """With them the batch is graded; a client without them is not let in."""
    folder, expected = few
    text = PAGE.read_text(encoding="utf-8").replace("/srv/dask", str(tmp_path / "tls"))
    (tmp_path / "tls").mkdir()
    command = re.search(r"^openssl .*$", text, re.MULTILINE)
    assert command
    subprocess.run(shlex.split(command[0]), check=True, capture_output=True)
    settings = re.search(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert settings
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "tls.yaml").write_text(settings[1])
    variables = {"DASK_CONFIG": str(tmp_path / "config")}
    with dask_cluster(tmp_path / "dask", 1, "tls", variables) as dask:
        assert dask.address.startswith("tls://127.0.0.1:")
        options = ("--scheduler", dask.address, "--student", "s1", "s2")
        refused = begun(folder, *options, DASK_CONFIG=str(tmp_path / "none"))
        said, _ = refused.communicate(timeout=60)
        assert (refused.returncode, "needs certificates" in said) == (2, True)
        process = begun(folder, *options, **variables)
        said, _ = process.communicate(timeout=60)
        assert process.returncode == 0, said
    assert points_written(folder) == {name: expected[name] for name in ("s1", "s2")}
