"""Let a class of attackers and honest students be graded, and look what came of it."""

import io
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.attack.field import Field, changing, lay_out
from tests.attack.host import Host
from tests.attack.scoreboard import Scoreboard, count, look_at_report
from tests.attack.table import TOY, Attack
from tests.autograder.courses import REPOSITORY

MOST_MEMORY = 1_500_000_000  # bytes of a command's own process; it takes about half
_PATIENCE = 900  # seconds for one command, which takes one to four minutes, unless it hangs
_TWICE = ("remembers-the-probe", "note-from-a-neighbour", "start-up-files")  # graded again
_ZIPPED = {  # what a learning management system might hand over: no student's, so it must vanish
    "../../../../{mark}.ipynb": b"{}",
    "/tmp/{mark}.ipynb": b"{}",
    "A_1_assignsubmission_file_\\..\\..\\{mark}.ipynb": b"{}",
    "A_1_assignsubmission_file_/sitecustomize.py": b"open('/tmp/{mark}', 'w')",
    "B_2_assignsubmission_file_/toy.ipynb": bytes(200_000_000),
}


@dataclass
class Battle:
    """The commands that were run and what they took."""

    found: Field
    host: Host
    options: Sequence[str] = ()
    most_memory: int = MOST_MEMORY
    results: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    peaks: dict[str, int] = field(default_factory=dict)  # bytes, of each command's own process
    seconds: dict[str, float] = field(default_factory=dict)

    def fight(self) -> Scoreboard:
        """Grade, collect, write feedback, report and export, then count."""
        self.host.before()
        labs = sorted({handed_in.lab for handed_in in self.found.handed_in}, reverse=True)
        self._collect()
        shifty = [h.student for h in self.found.handed_in if "changes-while-read" in h.student]
        folder = self.found.submitted(shifty[0], TOY) if shifty else None
        for lab in labs:
            with changing(folder if lab == TOY else None, self.found.grounds):
                self._grade(lab, [])
        if again := [h.student for h in self.found.handed_in if h.student[4:] in _TWICE]:
            self._grade(TOY, ["--force", "--student", *again])
        for lab in labs:
            for command in ("feedback", "report", "export"):
                self._run("autograder", command, lab)
        board = count(self.found, self.results)
        for lab in labs:
            page = self.found.course / f"{lab}-report.html"
            if page.exists():  # else the command's failure is told
                look_at_report(board, page)
        board.changed += self.host.changes()
        board.unanswered += self.failures
        board.greedy += [
            f"`{name}` had {peak / 1e6:.0f} MB, at most {self.most_memory / 1e6:.0f} are meant"
            for name, peak in self.peaks.items()
            if peak > self.most_memory
        ]
        return board

    def _grade(self, lab: str, more: list[str]) -> None:
        path = self.found.folder / f"{lab}.json"
        options = ["--workers", "2", "--json", str(path), *more, *self.options]
        path.unlink(missing_ok=True)
        self._run("autograder", "grade", lab, *options)
        if path.exists():
            new = {result["student"]: result for result in json.loads(path.read_text())}
            kept = [r for r in self.results.get(lab, []) if r["student"] not in new]
            self.results[lab] = [*kept, *new.values()]

    def _collect(self) -> None:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
            for name, content in _ZIPPED.items():
                packed.writestr(
                    name.format(mark=self.found.mark),
                    content.replace(b"{mark}", self.found.mark.encode()),
                )
        place = self.found.course / "classroom/downloaded" / TOY / "archive"
        place.mkdir(parents=True)
        (place / "submissions.zip").write_bytes(archive.getvalue())
        self._run("nbgrader", "zip_collect", TOY)

    def _run(self, module: str, *arguments: str) -> None:
        began, name = time.monotonic(), " ".join((module, *arguments[:2]))
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=self.found.course,
                env={
                    **os.environ,
                    "PYTHONPATH": str(REPOSITORY),
                    "PYTHONDONTWRITEBYTECODE": "1",  # so that the host's files stay as they are
                    "TANDEM_CANARY": self.found.canary("environment"),
                },
                stdout=said,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )
            self.host.graders.append(process.pid)
            watch = threading.Thread(target=self._watch, args=(process, name))
            watch.start()
            try:
                code: int | str = process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                code = f"stopped after {_PATIENCE} s: {process.wait()}"
            watch.join()
            said.seek(0)
            text = said.read().decode(errors="replace")
        self.seconds[name] = self.seconds.get(name, 0) + time.monotonic() - began
        if code:
            self.failures.append(f"`{name}` ended with {code}: {text[-1500:]}")

    def _watch(self, process: "subprocess.Popen[bytes]", name: str) -> None:
        """Keep the most memory that the command's own process has had."""
        while process.poll() is None:
            try:
                status = Path("/proc", str(process.pid), "status").read_text()
            except OSError:
                return
            for line in status.splitlines():
                if line.startswith("VmHWM:"):
                    peak = int(line.split()[1]) * 1024
                    self.peaks[name] = max(self.peaks.get(name, 0), peak)
            time.sleep(0.1)


def battle(
    attacks: Mapping[str, Attack], options: Sequence[str] = (), most_memory: int = MOST_MEMORY
) -> tuple[Scoreboard, Battle]:
    """Lay out a field for these attacks, and fight on it.

    Args:
        options: further options of `autograder grade`.
        most_memory: bytes that a command's own process may have.
    """
    labs = sorted({TOY, *(attack.lab for attack in attacks.values())})
    with tempfile.TemporaryDirectory(prefix="attack-", ignore_cleanup_errors=True) as folder:
        host = Host("", Path(folder, "course"))
        found = Field(Path(folder), 0)
        host.mark = found.mark
        try:
            found = lay_out(found, host.listen(), attacks, labs)
            fought = Battle(found, host, options, most_memory)
            return fought.fight(), fought
        finally:
            host.close()
