"""What a lab notebook calls: `start`, `check`, `hint`, `progress`.

In JupyterLab `check` judges at once, on public probes. When graded, the request that runs the cell
carries a fresh probe; then `check` only sends evidence back, and the grader judges it.
"""

import contextlib
import logging
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

from IPython.core.getipython import get_ipython
from IPython.display import display

from tandem import plain
from tandem.checks import ERROR, PUBLIC_SEED, AnswerError, Check, Lab, failed, find_lab, lab_names
from tandem.evidence import METADATA, MIME, SECOND, Arrays, decode, encode
from tandem.installed import unknown_name
from tandem.lessons import find_lesson, lesson_names
from tandem.messages import say
from tandem.progress import Progress
from tandem.telling import tell
from tandem.verdict import Verdict

_PROBE_LIMIT = 200_000_000  # bytes; a probe comes from the grader, so this only bounds accidents


@dataclass
class _Session:
    lab: Lab
    framework: ModuleType
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    hints_given: dict[str, int] = field(default_factory=dict)
    graded: bool = False  # whether a grader has sent a probe


_session: _Session | None = None


def start(lab: str, framework: ModuleType = plain) -> None:
    """Begin a lab or a lesson: `start("iris", tandem.torch)`; without a framework, with NumPy.

    Raises ValueError for a lab that does not exist.
    """
    global _session
    found = find_lab(lab) or find_lesson(lab)
    if found is None:
        names = [*lab_names(), *lesson_names()]
        raise ValueError(
            say("There is no lab {lab}; choose one of {labs}.", lab=repr(lab), labs=names)
        )
    _session = _Session(found, framework)
    if "TANDEM_SEED" in os.environ:
        framework.seed(int(os.environ["TANDEM_SEED"]))


def check(name: str, answer: Any) -> Verdict | None:
    """Check an answer and show the verdict; when graded, send the evidence and return None.

    Raises ValueError when the lab has no such check.
    """
    session = _current()
    item = _item(session, name)
    request = _request(name)
    if request is not None:
        session.graded = True
        probe, seed = decode(request["probe"], _PROBE_LIMIT), int(request["seed"])
        collect = _collect_more if request.get(SECOND) else _collect
        arrays, _ = collect(item, answer, probe, session.framework, seed)
        display({MIME: _encoded(arrays)}, raw=True)
        return None
    probe, truth = item.public()
    collected, details = _collect(item, answer, probe, session.framework, PUBLIC_SEED)
    first, more = _encoded(collected), None  # as sent to the grader: what passes here, passes there
    arrays = item.receive(first)
    if ERROR not in arrays and (second := item.follow_up(arrays, probe, truth)):
        collected, details = _collect_more(item, answer, second, session.framework, PUBLIC_SEED)
        more = _encoded(collected)
    found = item.decide(item.receive(first, more), probe, truth)
    verdict = Verdict(
        found.check,
        found.points,
        found.max_points,
        found.message,
        "" if found.passed else say('Next: read the message, or run hint("{name}").', name=name),
        details,
    )
    session.verdicts[name] = verdict
    return verdict


def hint(name: str) -> None:
    """Tell the next hint of a check; after the last one, all of them again."""
    session = _current()
    item = _item(session, name)
    given = session.hints_given.get(name, 0)
    if given >= len(item.hints):
        tell(say("These are all the hints:"))
        shown = list(enumerate(item.hints, 1))
    else:
        session.hints_given[name] = given + 1
        shown = [(given + 1, item.hints[given])]
    for number, text in shown:
        tell(say("Hint {number} of {total}:", number=number, total=len(item.hints)), say(text))


def progress() -> Progress:
    """Return the points so far and the next step, to be shown."""
    session = _current()
    return replace(Progress.of(session.lab, session.verdicts), graded=session.graded)


def _current() -> _Session:
    if _session is None:
        raise RuntimeError(
            say("The lab has not been started: run the set-up cells at the top first.")
        )
    return _session


def _item(session: _Session, name: str) -> Check:
    if name not in session.lab.checks:
        raise ValueError(
            say(
                "There is no check {name}; choose one of {checks}.",
                name=repr(name),
                checks=", ".join(session.lab.checks),
            )
        )
    return session.lab.checks[name]


def _request(name: str) -> dict[str, Any] | None:
    """Return what the grader sent with this cell for this check, if it is grading."""
    kernel = getattr(get_ipython(), "kernel", None)
    if kernel is None:
        return None
    request = kernel.get_parent("shell").get("metadata", {}).get(METADATA)
    return request if isinstance(request, dict) and request.get("check") == name else None


def _collect(
    item: Check, answer: Any, probe: Arrays, framework: ModuleType, seed: int
) -> tuple[Arrays, str]:
    """Collect with a seed of its own, and leave the student's random state as it was.

    Returns the arrays and, where the answer raised, its traceback.
    """
    return _shielded(lambda: item.collect(answer, probe, framework), framework, seed)


def _collect_more(
    item: Check, _answer: Any, probe: Arrays, framework: ModuleType, seed: int
) -> tuple[Arrays, str]:
    """Answer a second probe from what `collect` kept; the answer itself is not called again."""
    return _shielded(lambda: item.collect_more(probe, framework), framework, seed)


def _shielded(
    collect: Callable[[], Arrays], framework: ModuleType, seed: int
) -> tuple[Arrays, str]:
    with framework.preserved_randomness(), _reports_held_back():
        framework.seed(seed)
        try:
            return collect(), ""
        except AnswerError as problem:
            return failed(str(problem)), ""
        except Exception as problem:
            if isinstance(problem, NotImplementedError) and not problem.args:  # the stub
                return failed(say("Nothing here yet: write your answer in the cell above.")), ""
            sentence = say(
                "Your code raised {kind}: {text}", kind=type(problem).__name__, text=problem
            )
            if isinstance(problem, NameError):
                sentence += " " + unknown_name(problem)
            return failed(sentence), traceback.format_exc()


@contextlib.contextmanager
def _reports_held_back() -> Iterator[None]:
    """Keep libraries' reports out of a check's cell, and warnings off its stderr.

    nbgrader's Validate takes any line on stderr for a failure, and Lightning reports every `fit`.
    """
    before = logging.root.manager.disable
    logging.disable(max(before, logging.WARNING))
    try:
        with contextlib.redirect_stderr(sys.stdout):
            yield
    finally:
        logging.disable(before)


def _encoded(arrays: Arrays) -> str:
    try:
        return encode(arrays)
    except TypeError as problem:
        return encode(failed(str(problem)))
