"""Run the reference answers and their judges on a GPU where there is one: `make test-gpu`.

Each framework in a process of its own; where it finds no GPU it says that nothing was tested.
"""

import os
import subprocess
import sys

from tests.submissions import FRAMEWORKS, LABS

_FINDERS = {
    "pytorch": (
        "import torch; print('cuda' if torch.cuda.is_available() else "
        "'mps' if torch.backends.mps.is_available() else '')"
    ),
    "tensorflow": (
        "import tensorflow as tf; print('gpu' if tf.config.list_physical_devices('GPU') else '')"
    ),
}


def main(arguments: list[str]) -> int:
    """Test every framework that has a GPU, or one on a device: `tests.gpu pytorch cuda`."""
    if arguments:
        return run(*arguments)
    failed = 0
    for framework in FRAMEWORKS:
        device = find(framework)
        if not device:
            print(f"{framework}: no GPU that it can use, so nothing was tested", flush=True)
            continue
        print(f"{framework} on {device}:", flush=True)
        command = [sys.executable, "-m", "tests.gpu", framework, device]
        environment = os.environ | {"TANDEM_DEVICE": device}
        failed += subprocess.run(command, env=environment, check=False).returncode != 0
    return bool(failed)


def find(framework: str) -> str:
    """Return the device that a framework computes on, as `TANDEM_DEVICE` names it; "" for none."""
    done = subprocess.run(
        [sys.executable, "-c", _FINDERS[framework]], capture_output=True, text=True, check=False
    )
    return done.stdout.strip()


def run(framework: str, device: str) -> int:
    """Judge the reference answers of all labs on this device; 1 when one loses a point."""
    from tests import workshop  # after the choice of framework, which it imports with the labs

    lost = 0
    for lab in LABS:
        for verdict in workshop.judged(workshop.reference(lab, framework), every=True).values():
            lost += not verdict.passed
            points = f"{verdict.points:g} of {verdict.max_points:g}"
            print(f"  {lab} {verdict.check}: {points}  {verdict.message}", flush=True)
    print(f"  {device}: {'all points' if not lost else f'{lost} checks lost points'}")
    return bool(lost)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
