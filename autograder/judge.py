"""Judge: evidence in, verdict out, and the verdict replaces whatever the cell printed."""

from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import cache

import numpy as np
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import determine_grade, is_grade, is_solution, is_task
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # ships no types

from autograder.outputs import error_output
from autograder.probes import Drawn, bounded, draw
from autograder.run import KEY, PREFIX, Resources, Run, check_of, grade_id, run_of
from autograder.sandbox.limits import explained_in
from autograder.status import ERROR, NOT_RUN
from autograder.weights import weights_mark
from tandem import checks
from tandem.evidence import SECOND, Arrays, encode
from tandem.judging import Evidence, Fault
from tandem.messages import say, speaking
from tandem.verdict import Verdict


@dataclass(frozen=True)
class CheckResult:
    """One graded cell: its points, or None while a person has to give them.

    Accuracy on held-out data and the mark of the trained weights are for the instructor alone:
    no page of a student shows them.
    """

    name: str
    points: float | None
    max_points: float
    message: str
    accuracy: float | None = None
    weights: list[float] | None = None


@dataclass(frozen=True)
class _Measured:
    """What the report shows of a trained network besides its points."""

    accuracy: float | None = None
    weights: list[float] | None = None


_NOTHING = _Measured()


class Judge(NbGraderPreprocessor):
    """Replace every graded cell's output by its verdict, and list the verdicts in the notebook."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Judge in the student's language; no evidence makes this raise."""
        run, notebook = run_of(resources), resources["nbgrader"]["notebook"]
        _prepare(notebook)
        with speaking(run.language):
            results = [
                self._judge(cell, check_of(cell, notebook), run)
                for cell in nb.cells
                if is_grade(cell) or is_task(cell)
            ]
        nb.metadata[KEY] = {
            "status": run.status,
            "reason": run.reason,
            "checks": [asdict(result) for result in results],
            "findings": run.findings,
            "language": run.language,
        }
        return nb, resources

    def _judge(self, cell: NotebookNode, check: checks.Check | None, run: Run) -> CheckResult:
        most = float(cell.metadata.nbgrader["points"])
        name = grade_id(cell) or ""
        if is_task(cell) or is_solution(cell) or cell.cell_type != "code":
            return _by_hand(cell, name, most)
        if check is None:
            return self._in_kernel(cell, name, most, run)
        verdict, measured = self._verdict(check, name, cell, run)
        points = min(max(verdict.points, 0.0), most)
        hint = _next_step(check, run) if points < most else ""
        shown = Verdict(check.name, points, most, verdict.message, hint, verdict.details)
        cell.outputs = [_card(shown, cell.execution_count), *_printed(cell)]
        graded, _ = determine_grade(cell, self.log)
        return CheckResult(
            name.removeprefix(PREFIX),
            graded,
            most,
            shown.message,
            measured.accuracy,
            measured.weights,
        )

    def _verdict(
        self, check: checks.Check, name: str, cell: NotebookNode, run: Run
    ) -> tuple[Verdict, _Measured]:
        texts = run.evidence.get(name, [])
        if run.status in NOT_RUN:
            return check.verdict(0, run.reason), _NOTHING
        if name in run.unrun:
            return check.verdict(0, say("No evidence: {why}", why=run.unrun[name])), _NOTHING
        if not texts:
            return check.verdict(0, say("No evidence: {why}", why=_why_none(cell))), _NOTHING
        if len(texts) > 1:
            twice = say("The cell sent evidence more than once, so none of it counts.")
            return check.verdict(0, twice), _NOTHING
        return self._decided(check, texts[0], _second(run, name + SECOND), run)

    def _decided(
        self, check: checks.Check, text: str, more: str | None, run: Run
    ) -> tuple[Verdict, _Measured]:
        try:
            arrays = bounded(check.receive(text, more))
            drawn = draw(check, run.secret)
            with np.errstate(all="ignore"):
                verdict = check.decide(arrays, drawn.probe, drawn.truth)
            if not np.isfinite(verdict.points):
                raise ValueError(f"the judge gave {verdict.points} points")
            if checks.ERROR in arrays and (
                failure := explained_in(verdict.message[:1000], run.limits)
            ):
                run.status, run.reason = failure
                verdict = replace(verdict, message=f"{verdict.message.rstrip()} {failure[1]}")
        except Exception:  # whatever the student sent, the rest of the batch must be graded
            return self._unjudged(check, run), _NOTHING
        return verdict, self._measured(check, arrays, drawn)

    def _measured(self, check: checks.Check, arrays: Arrays, drawn: Drawn) -> _Measured:
        """Measure what only the report shows; where that fails, no point is lost."""
        if checks.ERROR in arrays:
            return _NOTHING
        accuracy, weights = None, None
        try:
            # A Fault: there is no network to measure, and the verdict says why.
            with suppress(Fault), np.errstate(all="ignore"):
                weights = weights_mark(check.trained_weights(arrays))
                accuracy = check.held_out_accuracy(Evidence(arrays), drawn.probe, drawn.truth)
        except Exception:  # whatever the student sent, its verdict stands
            self.log.error("The check %s could not be measured", check.name, exc_info=True)
        return _Measured(None if accuracy is None else round(accuracy, 4), weights)

    def _unjudged(self, check: checks.Check, run: Run) -> Verdict:
        self.log.error("The check %s could not be judged", check.name, exc_info=True)
        run.status = ERROR
        run.findings.append(
            say("The check {name} could not be judged: see the log.", name=repr(check.name))
        )
        return check.verdict(0, say("This answer could not be judged: tell your instructor."))

    def _in_kernel(self, cell: NotebookNode, name: str, most: float, run: Run) -> CheckResult:
        """Grade a plain assert cell as nbgrader does, but for stderr, which costs nothing."""
        message = "judged in the kernel"
        for output in cell.outputs:
            if output.output_type == "stream":
                output["name"] = "stdout"  # nbgrader would take stderr for a failure
        cell.outputs = [output for output in cell.outputs if not _is_wordless_result(output)]
        if run.status in NOT_RUN or name in run.unrun:
            message = run.unrun.get(name, run.reason)
            cell.outputs = [error_output("NotRun", message)]
        try:
            points, _ = determine_grade(cell, self.log)
        except ValueError:  # more points than the cell has: a forgery, or a fault of the assignment
            message = f"judged in the kernel: its value is no number of points from 0 to {most:g}"
            cell.outputs.insert(0, error_output("NoPoints", message))
            points = 0.0
        return CheckResult(name.removeprefix(PREFIX), points, most, message)


@cache
def _prepare(notebook: str) -> None:
    """Let NumPy judge in the thread that called it: others of this process judge beside it."""
    checks.find_lab(notebook)  # loads the libraries that are to be told
    threadpool_limits(1, "blas")


def _next_step(check: checks.Check, run: Run) -> str:
    """Say what a student can do about lost points, as the check itself says in JupyterLab."""
    if run.status in NOT_RUN or not check.hints:
        return ""
    return say('Next: read the message, or run hint("{name}").', name=check.name)


def _second(run: Run, name: str) -> str | None:
    """Return what came for a second probe, where it came once, or why it did not: no more.

    What the first evidence has earned remains, whatever became of the second.
    """
    if name in run.unrun:
        return encode(checks.failed(run.unrun[name]))
    texts = run.evidence.get(name, [])
    return texts[0] if len(texts) == 1 else None


def _by_hand(cell: NotebookNode, name: str, most: float) -> CheckResult:
    points = None if is_task(cell) else determine_grade(cell)[0]
    message = (
        say("graded by hand")
        if points is None
        else say("no answer: the text is as it was released")
    )
    return CheckResult(name, points, most, message)


def _card(verdict: Verdict, count: int | None) -> NotebookNode:
    data = {"text/plain": repr(verdict), "text/html": verdict._repr_html_()}
    card = new_output("execute_result", data=data, execution_count=count)
    assert isinstance(card, NotebookNode)
    return card


def _printed(cell: NotebookNode) -> list[NotebookNode]:
    return [output for output in cell.outputs if output.output_type in ("stream", "error")]


def _why_none(cell: NotebookNode) -> str:
    errors = [output for output in cell.outputs if output.output_type == "error"]
    if errors:
        return say(
            "the cell raised {name}: {text}", name=errors[-1].ename, text=errors[-1].evalue[:500]
        )
    return say("the cell did not run its check.")


def _is_wordless_result(output: NotebookNode) -> bool:
    return output.output_type == "execute_result" and "text/plain" not in output.data
