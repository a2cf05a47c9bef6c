"""Grade a batch: many kernels side by side, one writer of the gradebook."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from autograder.course import Course, CourseError
from autograder.ledger import forget, recall, remember
from autograder.probes import read_secret, renew_secret, secret_path
from autograder.results import Result
from autograder.sandbox import templates
from autograder.submission import Job, execute, failed, finish, prepare

Report = Callable[[Result, bool], None]


def grade(
    course: Course,
    assignment: str,
    students: Sequence[str] = (),
    workers: int | None = None,
    fresh_probes: bool = False,
    force: bool = False,
    report: Report = lambda *_: None,
) -> list[Result]:
    """Grade every submission of an assignment; each gets a result, whatever it does.

    Args:
        students: grade these only.
        workers: kernels side by side, as many as there are processors by default; 0 runs all in
            this thread, for a debugger.
        fresh_probes: draw a new secret first; otherwise a regrade repeats.
        force: grade unchanged hand-ins again too.
        report: called with each result as it comes, and whether it is an unchanged hand-in's.

    Raises CourseError for an unknown assignment or student, and KeyboardInterrupt, within seconds,
    at Ctrl-C: what is graded by then stays so, and the next call goes on.
    """
    templates.resume()
    notebooks = course.require(assignment)
    chosen = choose(course, assignment, students)
    secret = secret_path(course.db_url, assignment)
    if fresh_probes:
        renew_secret(secret)
    read_secret(secret)  # created now, by one thread
    jobs = (Job(course, assignment, student, name) for student in chosen for name in notebooks)
    count = (os.cpu_count() or 1) if workers is None else workers
    results, changed = [], []
    for job in jobs:
        kept = None if force else recall(job)
        if kept is None:
            changed.append(job)
        else:
            report(kept, True)
            results.append(kept)
    for result in _side_by_side(iter(changed), count) if count else _one_by_one(iter(changed)):
        report(result, False)
        results.append(result)
    return sorted(results, key=lambda result: (result.student, result.notebook))


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


def _one_by_one(jobs: Iterator[Job]) -> Iterator[Result]:
    for job in jobs:
        try:
            forget(job)
            prepare(job)
            execute(job)
            yield _finished_one(job)
        except Exception as error:
            yield failed(job, error)


def _side_by_side(jobs: Iterator[Job], workers: int) -> Iterator[Result]:
    """Keep the workers busy; prepare and finish in this thread, the only one that writes."""
    running: dict[Future[None], Job] = {}
    with ThreadPoolExecutor(workers) as pool:
        try:
            for job in jobs:
                try:
                    forget(job)
                    prepare(job)
                except Exception as error:
                    yield failed(job, error)
                    continue
                running[pool.submit(execute, job)] = job
                if len(running) > workers:
                    yield from _finished(running)
            while running:
                yield from _finished(running)
        except BaseException:  # Ctrl-C: the kernels end now, and with them what waits for them
            pool.shutdown(wait=False, cancel_futures=True)
            templates.stop()
            raise


def _finished_one(job: Job) -> Result:
    result = finish(job)
    remember(job, result)
    return result


def _finished(running: dict[Future[None], Job]) -> Iterator[Result]:
    """Wait for at least one, and finish all that are done."""
    done, _ = wait(running, return_when=FIRST_COMPLETED)
    for future in done:
        job = running.pop(future)
        try:
            future.result()
            yield _finished_one(job)
        except Exception as error:
            yield failed(job, error)
