"""Grade a batch: many kernels side by side, here or elsewhere; one writer of the gradebook."""

import logging
import os
import time
import warnings
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from autograder.course import Course, CourseError
from autograder.engine import one_engine
from autograder.ledger import alone, forget, recall, remember
from autograder.probes import draw, read_secret, renew_secret, secret_path
from autograder.results import Result
from autograder.sandbox import templates
from autograder.submission import Job, failed, finish, prepare
from autograder.task import Judged, Task, WorkerError, run, run_elsewhere
from tandem.checks import find_lab

if TYPE_CHECKING:
    from distributed import Client

_QUIET_SECONDS = 10  # without any result before the workers are asked after
Report = Callable[[Result, bool], None]
_log = logging.getLogger(__name__)


def grade(
    course: Course,
    assignment: str,
    students: Sequence[str] = (),
    workers: int | None = None,
    fresh_probes: bool = False,
    force: bool = False,
    report: Report = lambda *_: None,
    scheduler: str | None = None,
) -> list[Result]:
    """Grade every submission of an assignment; each gets a result, whatever it does.

    Args:
        students: grade these only.
        workers: kernels side by side, as many as there are processors by default; 0 runs all in
            this thread, for a debugger.
        fresh_probes: draw a new secret first; otherwise a regrade repeats.
        force: grade unchanged hand-ins again too.
        report: called with each result as it comes, and whether it is an unchanged hand-in's.
        scheduler: address of a Dask scheduler whose workers do the work, at most `workers` at once.

    Raises CourseError for an unknown assignment or student, a scheduler or worker that cannot be
    used, PrivateDigitsError for digits that cannot serve, and KeyboardInterrupt, within seconds, at
    Ctrl-C: what is graded by then stays so, and the next call goes on.
    """
    templates.resume()
    notebooks = course.require(assignment)
    chosen = choose(course, assignment, students)
    with alone(course, assignment), one_engine():
        secret = secret_path(course.directory, assignment)
        if fresh_probes:
            renew_secret(secret)
        _draw_all(notebooks, read_secret(secret))  # created now, by one thread
        results, changed = [], deque[Job]()
        for job in (Job(course, assignment, who, name) for who in chosen for name in notebooks):
            kept = None if force else _kept(job)
            if kept is None:
                changed.append(job)
            else:
                report(kept, True)
                results.append(kept)
        for result in _graded(changed, workers, scheduler):
            report(result, False)
            results.append(result)
    return sorted(results, key=lambda result: (result.student, result.notebook))


def _draw_all(notebooks: Sequence[str], secret: bytes) -> None:
    """Draw every probe once: what is wrong with the private digits is no student's fault."""
    for lab in filter(None, map(find_lab, notebooks)):
        for check in lab.checks.values():
            draw(check, secret)


def _kept(job: Job) -> Result | None:
    """Return the stored result of an unchanged hand-in; one that cannot be read is graded anew."""
    try:
        return recall(job)
    except OSError as error:
        _log.warning("%s/%s is graded anew: %s", job.student, job.notebook, error)
        return None


def choose(course: Course, assignment: str, students: Sequence[str]) -> list[str]:
    """Return the students to grade: these, or all who handed something in.

    Raises CourseError when one of them, or everyone, handed in nothing.
    """
    there = course.students(assignment)
    where = course.folder("submitted", "<student>", assignment)
    if unknown := sorted(set(students) - set(there)):
        raise CourseError(
            f"{', '.join(unknown)} handed in nothing for {assignment}: looked for {where}. "
            f"There are: {', '.join(there) or 'no submissions'}."
        )
    if not there:
        raise CourseError(f"Nobody handed in {assignment}: put each submission into {where}.")
    return sorted(set(students)) or there


def _graded(found: deque[Job], workers: int | None, scheduler: str | None) -> Iterator[Result]:
    if not found:
        return
    # Each is forgotten when it is done, and its notebook with it: there may be tens of thousands.
    jobs = (found.popleft() for _ in range(len(found)))
    if scheduler is None and workers == 0:
        yield from _one_by_one(jobs)
        return
    from autograder import cluster  # Dask takes half a second to import

    if scheduler is not None:
        place: AbstractContextManager[Client] = cluster.workers_of(scheduler)
        most = workers or None
    else:
        most = (os.cpu_count() or 1) if workers is None else workers
        place = cluster.workers_here(most)
    with place as client:
        batch = _Batch(client, most, elsewhere=scheduler is not None)
        try:
            yield from batch.graded(jobs)
        except BaseException:  # Ctrl-C: the kernels end now, and with them what waits for them
            templates.stop()
            raise


def _one_by_one(jobs: Iterable[Job]) -> Iterator[Result]:
    for job in jobs:
        try:
            forget(job)
            yield _written(job, run(prepare(job)))
        except Exception as error:
            yield failed(job, error)


def _written(job: Job, judged: Judged) -> Result:
    result = finish(job, judged)
    remember(job, result)
    return result


class _Batch:
    """Keeps workers busy; prepares and writes in this thread, the only one that does."""

    def __init__(self, client: "Client", most: int | None, elsewhere: bool) -> None:
        from distributed import as_completed

        self._client, self._most = client, most
        self._function = run_elsewhere if elsewhere else run
        self._running: dict[Hashable, Job] = {}
        self._ended = as_completed()

    def graded(self, jobs: Iterable[Job]) -> Iterator[Result]:
        """Yield each job's result as it comes."""
        for job in jobs:
            try:
                forget(job)
                self._submit(job, prepare(job))
            except Exception as error:
                yield failed(job, error)
            while len(self._running) > self._room():
                yield self._next()
        while self._running:
            yield self._next()

    def _room(self) -> int:
        """Return how many may be on their way: one more than run, so that no worker waits."""
        from autograder import cluster

        if self._function is run:
            return self._most or 1
        threads = cluster.threads_of(self._client)
        return min(2 * threads, self._most or 2 * threads)  # a way of milliseconds both ways

    def _submit(self, job: Job, task: Task) -> None:
        with warnings.catch_warnings():  # a notebook of 20 MB is large for Dask
            warnings.filterwarnings("ignore", "Sending large graph", UserWarning)
            future = self._client.submit(self._function, task, pure=False)
        self._running[future.key] = job
        self._ended.add(future)

    def _next(self) -> Result:
        """Wait for one task to end and write what it gave."""
        self._wait()
        future = next(self._ended)
        job = self._running.pop(future.key)
        self._require_scheduler()
        try:
            return _written(job, future.result())
        except WorkerError as error:
            raise CourseError(str(error)) from error
        except Exception as error:
            self._require_scheduler()
            return failed(job, error)

    def _wait(self) -> None:
        """Wait until a task has ended, as long as there are workers.

        Raises CourseError when there are none any longer.
        """
        from autograder import cluster

        asked = time.monotonic()
        while not self._ended.has_ready():
            time.sleep(0.01)
            if time.monotonic() - asked > _QUIET_SECONDS:
                self._require_scheduler()
                if cluster.workers_lost(self._client):
                    raise CourseError(
                        "The last worker is gone. What is graded stays graded: start workers "
                        "again, then type the same command to go on."
                    )
                asked = time.monotonic()

    def _require_scheduler(self) -> None:
        from autograder import cluster

        if cluster.lost(self._client):
            raise CourseError(
                "The scheduler is gone. What is graded stays graded: start it and its workers "
                "again, then type the same command to go on."
            )
