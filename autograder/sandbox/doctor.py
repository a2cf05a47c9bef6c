"""Which layers of isolation are on, and the cure for each that is off."""

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from autograder.kernels import sandboxed_environment
from autograder.sandbox import bubblewrap, templates
from autograder.sandbox.folders import prefix
from autograder.sandbox.limits import Limits

_PROBE_SECONDS = 20
_SOCKETS = ("shell", "iopub", "stdin", "hb", "control")
_INSTALL = "sudo apt-get install bubblewrap"
_NAMESPACES = (
    "allow user namespaces: `sudo sysctl -w user.max_user_namespaces=15000`, on Debian also "
    "`kernel.unprivileged_userns_clone=1`, on Ubuntu "
    "`kernel.apparmor_restrict_unprivileged_userns=0`; in a container, "
    "start it with --security-opt seccomp=unconfined --security-opt "
    "apparmor=unconfined --security-opt systempaths=unconfined"
)
_READABLE = (  # never the whole folder: solutions, hand-ins and secrets lie beside
    "root gives up its rights before students' code runs, so let every user read what that code "
    "needs, and no more: `chmod -R o+rX .venv tandem`; or grade as an ordinary user"
)
_WAYS_OUT = (
    "{reason}\nThere is no sandbox, so students' code would run as you, and nothing was graded. "
    "Two ways out: {cure}. Or, where the machine holds nothing but the submissions, "
    "grade with --unsafe-no-sandbox. `autograder doctor` shows all layers."
)
_OF_A_FORK = {
    "namespaces": "user, mount, PID, IPC, network and host name namespaces for every notebook",
    "capabilities": "no right of root within them, and no way to new namespaces",
    "limits": "memory of each process, size of files, number of processes and threads",
    "watchdog": "memory of all processes and of the scratch, every 50 ms",
    "cgroup": "memory and processes, counted by Linux itself, its own memory included",
    "landlock": "writing to the scratch only, no TCP, by the kernel's own rules",
    "seccomp": "system calls that a notebook needs not",
}
_UNKNOWN = "it was not reported: run `autograder grade --verbose` and read its log"
_CURES = {
    **dict.fromkeys(
        ("namespaces", "capabilities", "limits", "watchdog", "ordinary user"), _UNKNOWN
    ),
    "cgroup": (
        "not needed, for the watchdog counts; to have it: "
        "`systemd-run --user --scope -p Delegate=yes autograder grade …`"
    ),
    "landlock": "use Linux 6.7 or newer with `landlock` in its list of security modules",
    "seccomp": "its filter is written for x86-64: grade there",
}


@dataclass(frozen=True)
class Layer:
    """One layer: is it on, what it does, what to type where it is off, can it be spared."""

    name: str
    on: bool
    does: str
    cure: str = ""
    spare: bool = False


def examine() -> list[Layer]:
    """Fork a kernel and list every layer of isolation."""
    reason = why_none()
    first = Layer(
        "bubblewrap",
        not reason,
        "hides the machine's files, network and processes",
        f"{reason} The cure: {cure(reason)}",
    )
    found = [] if reason else _layers_of_a_fork()
    user = bubblewrap.identity()[0]
    does = {**_OF_A_FORK, "ordinary user": f"students' code runs as user {user}, never root"}
    return [
        first,
        *(
            Layer(
                name,
                name in found,
                text,
                "needs bubblewrap" if reason else _CURES[name],
                name == "cgroup",
            )
            for name, text in does.items()
        ),
    ]


def require() -> None:
    """Raise SandboxError, with the two ways out, where students' code cannot be isolated."""
    if reason := why_none():
        raise templates.SandboxError(_WAYS_OUT.format(reason=reason, cure=cure(reason)))


def why_none() -> str:
    """Try bubblewrap for a moment; return what it says where it does not work, else ""."""
    with tempfile.TemporaryDirectory(prefix=prefix()) as folder:
        base, stage = Path(folder, "base"), Path(folder + "-stage")
        base.mkdir()
        stage.mkdir(mode=0o755)
        try:
            bubblewrap.furnish(base)
            inner = bubblewrap.command(base, bubblewrap.readable([]), {}, [sys.executable, "-V"])
            done = subprocess.run(
                templates.launched(stage, inner),
                capture_output=True,
                text=True,
                timeout=_PROBE_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"bubblewrap did not answer within {_PROBE_SECONDS} seconds."
        finally:
            stage.rmdir()
    lines = done.stderr.strip().splitlines() or ["bubblewrap failed and said nothing."]
    return "" if done.returncode == 0 else lines[-1]


def cure(reason: str) -> str:
    """Return what to type against a reason why there is no sandbox."""
    if not reason:
        return ""
    if "FileNotFoundError" in reason or "No such file or directory: 'bwrap'" in reason:
        return f"install bubblewrap: `{_INSTALL}`"
    if "ermission denied" in reason and "find" in reason:
        return _READABLE
    return _NAMESPACES


def _layers_of_a_fork() -> list[str]:
    plan = templates.Plan.of("plain", sandboxed_environment(b"doctor"), [])
    sockets = {f"{name}_port": n for n, name in enumerate(_SOCKETS, 1)}
    request = {
        "environment": {},
        "limits": vars(Limits()),
        "connection": {**sockets, "transport": "ipc", "key": "", "signature_scheme": "hmac-sha256"},
    }
    with tempfile.TemporaryDirectory() as work:
        fork = templates.fork(plan, Path(work), request)
    layers = list(fork.layers)
    fork.close()
    templates.release(plan)
    return layers
