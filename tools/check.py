"""Run every check that is not a test: lint, format, types, freshness of generated files."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHECKS = {
    "lint": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "types": ["mypy"],
    "generated files": ["authoring", "check"],
}
CURES = {
    "lint": "ruff check --fix .",
    "format": "ruff format .",
    "types": "read the lines above",
    "generated files": "read the lines above",
}


def main() -> int:
    """Run all of them, so that one run shows everything; 1 when any failed."""
    failed = []
    for name, command in CHECKS.items():
        print(f"── {name}", flush=True)
        if subprocess.run([sys.executable, "-m", *command], cwd=ROOT, check=False).returncode:
            failed.append(name)
    for name in failed:
        print(f"✗ {name} failed; the cure: {CURES[name]}")
    if not failed:
        print("✓ all checks passed")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
