"""Run all tests: those that need no framework, each framework's apart, then the attack suite."""

import os
import subprocess
import sys

from autograder.sandbox import doctor
from autograder.sandbox.templates import SandboxError

# Where a test hangs, its process ends and another goes on; not one after the other, all day.
PYTEST = [sys.executable, "-m", "pytest", "--max-worker-restart", "1"]
GROUPS = {
    "none": ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"],  # as conftest.py orders
    "pytorch": ["-n", "2"],
    "tensorflow": ["-n", "2"],
}

# One thread, as in the grader's kernel: what TensorFlow computes hangs on it.
SURROUNDINGS = dict.fromkeys(
    ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"), "1"
)


def main(arguments: list[str]) -> int:
    """Run every group, also after a failure; 1 when any failed."""
    try:
        doctor.require()
    except SandboxError as error:
        print(f"✗ nothing was tested, for half of the tests grade in the sandbox: {error}")
        return 1
    environment = os.environ | SURROUNDINGS
    failed = [
        framework
        for framework, options in GROUPS.items()
        if subprocess.run(
            [*PYTEST, "--framework", framework, *options, *arguments],
            env=environment,
            check=False,
        ).returncode
    ]
    if failed:
        print(f"✗ failed: {', '.join(failed)}; alone: `pytest --framework {failed[0]} --lf`")
    return bool(failed) | (not arguments and attacked())


def attacked() -> bool:
    """Run the attack suite alone, for it looks at what changes on the machine; say if it failed."""
    failed = subprocess.run([sys.executable, "-m", "tests.attack"], check=False).returncode
    if failed:
        print("✗ failed: the attack suite; alone: `make attack`")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
