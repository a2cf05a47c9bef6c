"""A delegated cgroup: is each kernel put into one, where there is one? A folder stands for it."""

import os
from pathlib import Path

import pytest

from autograder.sandbox import cgroup
from autograder.sandbox.limits import Limits
from tests.autograder.kernels import sandboxed


def mounted(folder: Path, controllers: str = "cpu memory pids", kind: str = "domain") -> Path:
    """Make what a cgroup's folder holds, and what /proc says of it; return the latter."""
    own = folder / "user.slice" / "grader.scope"
    own.mkdir(parents=True)
    (own / "cgroup.controllers").write_text(controllers)
    (own / "cgroup.subtree_control").touch()
    (own / "cgroup.procs").touch()
    if kind:
        (own / "cgroup.type").write_text(kind)
    (folder / "proc").write_text("4:memory:/old\n0::/user.slice/grader.scope\n")
    return folder / "proc"


def test_does_the_grader_make_room_below_what_was_delegated(tmp_path: Path) -> None:
    found = cgroup.delegated(tmp_path, mounted(tmp_path))
    assert found == tmp_path / "user.slice" / "grader.scope"
    leaf = found / f"tandem-{os.getpid()}-grader"
    assert (leaf / "cgroup.procs").read_text() == str(os.getpid())
    assert (found / "cgroup.subtree_control").read_text() == "+memory +pids"


def test_is_a_cgroup_without_controllers_or_of_the_whole_machine_left_alone(tmp_path: Path) -> None:
    for name, controllers, kind in (("a", "cpu pids", "domain"), ("b", "memory pids", "")):
        assert (
            cgroup.delegated(tmp_path / name, mounted(tmp_path / name, controllers, kind)) is None
        )
        assert not list((tmp_path / name).rglob("tandem-*"))
    old = tmp_path / "old"
    old.write_text("4:memory:/old\n")
    assert cgroup.delegated(tmp_path, old) is None


def test_is_nothing_changed_where_other_processes_share_it(tmp_path: Path) -> None:
    """Linux then refuses to share out memory; a folder in the file's place does so too."""
    proc = mounted(tmp_path)
    own = tmp_path / "user.slice" / "grader.scope"
    (own / "cgroup.subtree_control").unlink()
    (own / "cgroup.subtree_control").mkdir()
    assert cgroup.delegated(tmp_path, proc) is None
    assert (own / "cgroup.procs").read_text() == str(os.getpid()), "it went back"


def test_is_a_kernel_held_until_it_is_in_its_cgroup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cgroup, "delegated", lambda: tmp_path)
    with sandboxed(limits=Limits(memory=600_000_000, processes=40)) as kernel:
        (group,) = tmp_path.iterdir()
        limits = {path.name: path.read_text() for path in group.iterdir()}
        pid = limits.pop("cgroup.procs")
        assert limits == {"memory.max": "600000000", "memory.oom.group": "1", "pids.max": "48"}
        status = Path("/proc", pid, "status").read_text()
        (own,) = [line for line in status.splitlines() if line.startswith("NSpid:")]
        assert own.split()[-1] == "1", "the first process of the kernel's namespace"
        assert kernel.tell("print(1)") == "1\n"
        (group / "memory.events").write_text("low 0\nhigh 0\nmax 9\noom 1\noom_kill 3\n")
        assert kernel.tell("import os; os._exit(1)").endswith("DIED")
        assert kernel.ended[0] == "memory"
