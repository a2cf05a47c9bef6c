"""What can a student's code see and do from within the sandbox?"""

import os
import shlex
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from autograder.cli import main
from autograder.kernels import sandboxed_environment
from autograder.sandbox import bubblewrap, cgroup, doctor, templates
from autograder.sandbox.inside import landlock, seccomp
from tests.autograder.courses import ASSIGNMENT, REPOSITORY, course_of
from tests.autograder.edits import RIGHT, answering
from tests.autograder.kernels import Kernel, sandboxed

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # jupyter_client's contexts, at exit
]
_CALL = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def call(name, *arguments):
    result = getattr(libc, name)(*arguments)
    return os.strerror(ctypes.get_errno()) if result == -1 else result
"""


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    with sandboxed() as kernel:
        kernel.tell(_CALL)
        yield kernel


@pytest.mark.parametrize(
    "path",
    [
        *("solutions", "autograder", "autograder/assets", "tests", ".git", "README.md"),
        *("/home", "/etc/shadow", "/etc/hostname", "/var", "/sys", "/run/kernels/1", "/mnt"),
    ],
)
def test_is_it_hidden(kernel: Kernel, path: str) -> None:
    full = str(REPOSITORY / path)
    found = kernel.tell(f"import os; print(os.path.exists({full!r}), os.access({full!r}, os.R_OK))")
    assert found == "False False\n"


def test_is_the_course_folder_empty_but_for_tandem_and_its_python(kernel: Kernel) -> None:
    found = kernel.tell(f"import os; print(sorted(os.listdir({str(REPOSITORY)!r})))")
    assert found == "['.venv', 'tandem']\n"


def test_is_the_home_folder_hidden_but_for_a_python_in_it(kernel: Kernel) -> None:
    home = Path.home()
    python = Path(sys.base_prefix)
    shown = {python.relative_to(home).parts[0]} if python.is_relative_to(home) else set()
    found = kernel.tell(f"import os; print(*os.listdir({str(home)!r}))")
    assert "FileNotFoundError" in found or set(found.split()) == shown


def test_can_the_grader_be_imported(kernel: Kernel) -> None:
    assert "ModuleNotFoundError" in kernel.tell("import autograder")
    assert "ModuleNotFoundError" in kernel.tell("import authoring")


def test_does_it_find_what_a_notebook_needs(kernel: Kernel) -> None:
    assert kernel.tell("print(open('data.csv').read())") == "1,2\n\n"
    assert kernel.tell("from tandem import data, check; import numpy, sklearn; print(1)") == "1\n"


def test_does_the_environment_tell_nothing(kernel: Kernel) -> None:
    found = kernel.tell("import os; print(*os.environ)")
    assert set(found.split()) & {"PWD", "USER", "LOGNAME", "PYTEST_VERSION", "SHLVL"} <= {"PWD"}
    assert {"PATH", "TANDEM_SEED"} <= set(found.split())
    assert "Permission" in kernel.tell("open('/proc/1/environ').read()")
    assert "Permission" in kernel.tell("os.listdir('/proc/1/fd')")


def test_has_it_no_descriptor_of_the_graders(kernel: Kernel) -> None:
    """Is every open descriptor the kernel's own: no pipe or socket of its template?"""
    found = kernel.tell(
        "import stat\n"
        "for name in os.listdir('/proc/self/fd'):\n"
        "    try: print(os.readlink(f'/proc/self/fd/{name}'))\n"
        "    except OSError: pass"
    )
    files = [line for line in found.splitlines() if line.startswith("/")]
    assert set(files) <= {"/dev/null", "/proc/2/fd"}, files


@pytest.mark.parametrize("address", ["('1.1.1.1', 53)", "('127.0.0.1', {port})"])
def test_is_there_no_network(kernel: Kernel, address: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        where = address.format(port=server.getsockname()[1])
        found = kernel.tell(f"import socket; socket.create_connection({where}, 2)")
    assert "Error" in found


def test_has_it_no_rights(kernel: Kernel) -> None:
    found = kernel.tell("print(os.getuid(), open('/proc/self/status').read())")
    assert not found.startswith("0 ")
    for line in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert f"{line}:\t{'0' * 16}\n" in found
    assert "NoNewPrivs:\t1" in found
    assert ("Seccomp:\t2" in found) == seccomp.supported()


@pytest.mark.parametrize(
    "call",
    [
        "'unshare', 0x10000000",  # a user namespace, in which it would have all rights
        "'unshare', 0x00020000",
        "'mount', b'none', b'/tmp', b'tmpfs', 0, None",
        "'umount2', b'/proc', 2",
        "'umount2', b'/tmp', 2",
        "'umount2', b'/run/kernels', 2",
        "'mount', b'none', b'/run/kernel', None, 4096 | 32, None",
        "'setuid', 0",
        "'sethostname', b'x', 1",
        "'ptrace', 16, 1, 0, 0",
        "'memfd_create', b'x', 0",
        "'shmget', 0, 1000, 0o1600",
        "'setns', 0, 0",
        "'syscall', 425, 8, 0",  # io_uring
        "'syscall', 321, 0, 0, 0",  # bpf
        "'mmap', None, 4096, 3, 0x21, -1, 0",  # shared memory that is no file's
        # What would starve the watchdog, process 1: SCHED_IDLE, the least priority, no processor.
        "'syscall', 142, 1, bytes(4)",
        "'syscall', 144, 1, 5, bytes(4)",
        "'syscall', 314, 1, bytes([48, 0, 0, 0, 5]) + bytes(43), 0",
        "'syscall', 144, ctypes.c_long(1 << 32 | 1), 5, bytes(4)",  # Linux reads the lower half
        "'setpriority', 0, 1, 19",
        "'setpriority', 1, 0, 19",
        "'setpriority', 2, os.getuid(), 19",
        "'syscall', 251, 1, 1, 3 << 13",
        "'syscall', 203, 1, 8, bytes([1]) + bytes(7)",
        "'syscall', 302, 1, 0, b'\\xff' * 16, None",
    ],
)
def test_is_the_call_refused(kernel: Kernel, call: str) -> None:
    assert kernel.tell(f"print(call({call}))") in (
        "Operation not permitted\n",
        "Function not implemented\n",
        "Invalid argument\n",  # of an id that has no name here
    )


def test_may_it_set_its_own_priority_processors_and_limits(kernel: Kernel) -> None:
    """Libraries that compute in threads do: is only the watchdog spared?"""
    for own in ("0", "os.getpid()"):
        found = kernel.tell(
            "import resource\n"
            f"os.setpriority(os.PRIO_PROCESS, {own}, os.getpriority(os.PRIO_PROCESS, 0))\n"
            f"os.sched_setscheduler({own}, os.SCHED_OTHER, os.sched_param(0))\n"
            f"os.sched_setparam({own}, os.sched_param(0))\n"
            f"os.sched_setaffinity({own}, os.sched_getaffinity(0))\n"
            f"print(resource.prlimit({own}, resource.RLIMIT_CORE, (0, 0)))"
        )
        assert found == "(0, 0)\n"


@pytest.mark.parametrize(
    "path", ["/run/kernel/x", "/run/x", "/dev/x", "/etc/x", "/x", "/usr/x", "/proc/sys/user/x"]
)
def test_can_it_write_nothing_but_its_scratch(kernel: Kernel, path: str) -> None:
    assert "Error" in kernel.tell(f"open({path!r}, 'w')")
    for folder in ("/tmp", "/dev/shm", "."):
        assert kernel.tell(f"print(open({folder + '/x'!r}, 'w').write('x'))") == "1\n"


def test_can_it_replace_its_sockets(kernel: Kernel) -> None:
    found = kernel.tell("import glob; print(*sorted(glob.glob('/run/kernel/*')))")
    assert found.count("/run/kernel/k-") == 5
    for change in ("os.unlink(p)", "os.rename(p, p + 'x')", "os.chmod(p, 0)"):
        assert "Error" in kernel.tell(f"p = '/run/kernel/k-1'; {change}")


def test_does_it_see_only_its_own_processes_and_spare_the_first(kernel: Kernel) -> None:
    assert kernel.tell("print(sorted(n for n in os.listdir('/proc') if n.isdecimal()))") == (
        "['1', '2']\n"
    )
    kernel.tell("for n in range(1, 65): call('kill', 1, n)")
    assert kernel.tell("print('still here')") == "still here\n"


def test_is_there_no_endless_source_of_zeros(kernel: Kernel) -> None:
    """Mapped as shared, /dev/zero is memory that no process is charged with."""
    assert kernel.tell("print(open('/dev/zero', 'rb').read(9))") == "b''\n"


def test_are_gpus_bound_only_where_they_are_asked_for(tmp_path: Path) -> None:
    for name in ("nvidia0", "nvidiactl", "nvidia-uvm", "null"):
        (tmp_path / name).touch()
    devices = bubblewrap.gpu_devices(tmp_path)
    assert [Path(device).name for device in devices] == ["nvidia-uvm", "nvidia0", "nvidiactl"]
    rendered = bubblewrap.command(tmp_path, [], {}, ["true"], devices)
    bound = [rendered[i + 1 : i + 3] for i, word in enumerate(rendered) if word == "--dev-bind"]
    assert bound == [["/dev/null", "/dev/zero"], *([device, device] for device in devices)]
    assert "nvidia" not in " ".join(bubblewrap.command(tmp_path, [], {}, ["true"]))


def test_does_the_environment_hide_gpus_that_were_not_asked_for() -> None:
    without, having = sandboxed_environment(b""), sandboxed_environment(b"", gpu=True)
    assert (without["CUDA_VISIBLE_DEVICES"], without["TANDEM_DEVICE"]) == ("", "cpu")
    assert not {"CUDA_VISIBLE_DEVICES", "TANDEM_DEVICE"} & having.keys()
    assert templates.Plan.of("plain", {}, [], gpu=False).devices == ()


def test_are_two_forks_given_different_places_and_the_same_seed() -> None:
    with sandboxed() as one, sandboxed() as other:
        question = "import random; print(random.random())"
        assert one.tell(question) == other.tell(question)
        one.tell("open('/tmp/note', 'w').write('x')")
        assert other.tell("import os; print(os.path.exists('/tmp/note'))") == "False\n"
        server = "import socket; s = socket.socket(socket.AF_UNIX); s.{}('\\0name')"
        one.tell(server.format("bind") + "; s.listen()")
        assert "Error" in other.tell(server.format("connect"))


def test_does_the_doctor_find_every_layer_on() -> None:
    on = {layer.name: layer.on for layer in doctor.examine()}
    assert on.pop("landlock") == landlock.supported()
    assert on.pop("seccomp") == seccomp.supported()
    assert on.pop("cgroup") == (cgroup.delegated() is not None)
    assert len(on) == 6
    assert all(on.values())


@contextmanager
def failing(said: str) -> Iterator[None]:
    """Let a bubblewrap come first that says so and ends with 1."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        # Not tmp_path, which is closed to other users.
        Path(folder).chmod(0o755)
        fake = Path(folder, "bwrap")
        fake.write_text(f"#!/bin/sh\necho {shlex.quote(said)} >&2\nexit 1\n")
        fake.chmod(0o755)
        patch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        yield


@pytest.mark.parametrize(
    ("said", "cure"),
    [
        ("bwrap: No permissions to create new namespace", "kernel.unprivileged_userns_clone=1"),
        ("bwrap: Creating new namespace failed: Operation not permitted", "seccomp=unconfined"),
        ("FileNotFoundError: [Errno 2] No such file or directory", "apt-get install bubblewrap"),
        ("bwrap: Can't find source path /x: Permission denied", "chmod -R o+rX .venv tandem"),
    ],
)
def test_does_the_refusal_name_the_reason_and_two_ways_out(said: str, cure: str) -> None:
    with failing(said), pytest.raises(templates.SandboxError) as refusal:
        doctor.require()
    for part in (said, cure, "--unsafe-no-sandbox"):
        assert part in str(refusal.value)


@pytest.mark.parametrize("workers", ["0", "1"])
def test_does_the_command_refuse_to_grade_without_a_sandbox(
    workers: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where bubblewrap fails, does no code of a student's run, and is nothing graded?"""
    folder, trace = tmp_path / "course", tmp_path / "trace"
    course_of(folder, {"writes": answering(RIGHT, before=f"open({str(trace)!r}, 'w').close()")})
    said = "bwrap: No permissions to create new namespace"
    with failing(said):
        status = main(["grade", ASSIGNMENT, "--course", str(folder), "--workers", workers])
    assert status == 2
    told = capsys.readouterr().err
    for part in (said, "user.max_user_namespaces", "--unsafe-no-sandbox", "nothing was graded"):
        assert part in told
    assert not trace.exists()
    assert not list((folder / "classroom").glob("autograded/*"))
