"""What a check is, what a lab is, and how a lab is found by name."""

import importlib
import pkgutil
import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, ClassVar

import numpy as np

import tandem.labs
from tandem.data import Split
from tandem.evidence import Arrays, EvidenceError, decode
from tandem.judging import Evidence, Fault
from tandem.messages import say
from tandem.verdict import Verdict

PUBLIC_SEED = 0
ERROR = "error"  # the evidence array that holds what the student's code raised
SECOND_ERROR = "second_error"  # likewise, while it answered a second probe


class AnswerError(Exception):
    """The answer cannot be read as what the check asks for; the text is for the student."""


class Check(ABC):
    """One graded question: `collect` runs beside the student's code, `judge` never sees it.

    Attributes:
        name: slug; the grade id of its cell is `check-<name>`.
        points: the most that it gives.
        hints: staged, marked with `messages.later`; the first gives no answer.
        evidence_limit: bytes of evidence accepted.
    """

    name: ClassVar[str]
    points: ClassVar[float]
    hints: ClassVar[tuple[str, ...]]
    evidence_limit: ClassVar[int] = 1_000_000

    @abstractmethod
    def draw(self, rng: np.random.Generator) -> tuple[Arrays, Arrays]:
        """Draw a probe, which enters the student's kernel, and the truth, which never does."""

    def draw_graded(
        self, rng: np.random.Generator, private: Callable[[], Split]
    ) -> tuple[Arrays, Arrays]:
        """Draw what is graded; `private` loads the digits that only the grader has."""
        return self.draw(rng)

    @abstractmethod
    def collect(self, answer: Any, probe: Arrays, td: ModuleType) -> Arrays:
        """Run the student's `answer` on the probe and return what came back as named arrays.

        `td` is `tandem.torch` or `tandem.tensorflow`. Raises whatever the answer raises.
        """

    @abstractmethod
    def judge(self, evidence: Evidence, probe: Arrays, truth: Arrays) -> Verdict:
        """Decide from arrays alone.

        Raises Fault for what is wrong.
        """

    def follow_up(self, arrays: Arrays, probe: Arrays, truth: Arrays) -> Arrays:
        """Return a second probe for evidence that cannot be judged alone; by default none, `{}`.

        It is decided beside the judge, and answered by `collect_more` in the student's kernel.
        """
        return {}

    def collect_more(self, probe: Arrays, td: ModuleType) -> Arrays:
        """Answer a second probe from what `collect` kept; its arrays are judged with the first."""
        return {}

    def held_out_accuracy(self, evidence: Evidence, probe: Arrays, truth: Arrays) -> float | None:
        """Return the share of rows right that never entered the kernel; by default none, `None`.

        An instructor's report ranks by it; it decides no points. Raises Fault where the evidence
        holds no network that can be measured.
        """
        return None

    def trained_weights(self, arrays: Arrays) -> list[np.ndarray]:
        """Return the weights, as sent, of the one network by which trainings are compared.

        By default none, `[]`: weights that follow from the probe alone tell nobody apart.
        """
        return []

    def public(self) -> tuple[Arrays, Arrays]:
        """Return the probe and truth that a student sees in JupyterLab: always the same."""
        return self.draw(np.random.default_rng(PUBLIC_SEED))

    def receive(self, text: str, more: str | None = None) -> Arrays:
        """Decode what a kernel sent, and what it sent further for a second probe.

        What cannot be decoded counts as an error. The second evidence replaces nothing of the
        first, and an error in it stands beside the first: what that has earned remains.
        """
        first = self._decoded(text)
        if more is None:
            return first
        second = self._decoded(more)
        if ERROR in second:
            second = {SECOND_ERROR: second[ERROR]}
        return second | first

    def _decoded(self, text: str) -> Arrays:
        try:
            return decode(text, self.evidence_limit)
        except EvidenceError as problem:
            return failed(str(problem))

    def decide(self, arrays: Arrays, probe: Arrays, truth: Arrays) -> Verdict:
        """Turn evidence into a verdict: what the answer raised, a fault, or what `judge` says."""
        evidence = Evidence(arrays)
        verdict = self._decided(evidence, probe, truth)
        if verdict.passed or SECOND_ERROR not in evidence:
            return verdict
        later_on = say("Called again: {error}", error=evidence.text(SECOND_ERROR))
        return self.verdict(verdict.points, f"{verdict.message}\n{later_on}")

    def _decided(self, evidence: Evidence, probe: Arrays, truth: Arrays) -> Verdict:
        try:
            # Huge but finite evidence overflows in the judge: no number agrees with what results.
            with np.errstate(all="ignore"):
                if ERROR in evidence:
                    return self.verdict(0, evidence.text(ERROR))
                return self.judge(evidence, probe, truth)
        except Fault as fault:
            return self.verdict(fault.points, fault.message)

    def verdict(self, points: float, message: str) -> Verdict:
        return Verdict(self.name, points, self.points, message)

    def right(self) -> Verdict:
        return self.verdict(self.points, say("Right."))


def failed(sentence: str) -> Arrays:
    """Return evidence that tells what went wrong, and nothing else."""
    text = sentence.encode("utf-8", "backslashreplace")  # an error may quote half a surrogate pair
    return {ERROR: np.frombuffer(text[:2000], np.uint8)}


@dataclass(frozen=True)
class Lab:
    """The checks of one lab, or the tasks of one lesson, in the order of its notebook.

    Attributes:
        written: whether it ends with a written answer, which a person grades.
    """

    name: str
    checks: dict[str, Check]
    written: bool = True

    @classmethod
    def of(cls, name: str, *checks: Check, written: bool = True) -> "Lab":
        return cls(name, {check.name: check for check in checks}, written)


def find_lab(name: str) -> Lab | None:
    """Find a lab by its notebook's name, `iris` say; None when there is no such lab."""
    if not re.fullmatch(r"[a-z0-9_]+", name) or name not in lab_names():
        return None
    lab = importlib.import_module(f"tandem.labs.{name}").LAB
    assert isinstance(lab, Lab)
    return lab


def lab_names() -> list[str]:
    """List every lab that `tandem.labs` defines."""
    return sorted(module.name for module in pkgutil.iter_modules(tandem.labs.__path__))
