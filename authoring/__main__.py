"""The builder's command line: `python -m authoring build`, `… check` and `… curves`."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from authoring.build import PointsOf, TextError, build, check, texts
from authoring.catalogues import CatalogueError, languages
from authoring.release import ReleaseError
from authoring.translations import complaints, update


def tandem_points(name: str) -> Mapping[str, float] | None:
    """Return the points of each check of a lab, or of a unit's tasks; None where there is none."""
    from tandem.checks import find_lab  # here, so that a usage error does not wait for NumPy
    from tandem.lessons import find_lesson

    found = find_lab(name) or find_lesson(name)
    return {name: item.points for name, item in found.checks.items()} if found else None


def main(argv: Sequence[str] | None = None, points_of: PointsOf = tandem_points) -> int:
    """Run one command.

    Returns 1 when a text has faults or a generated file is not what its text gives.
    """
    parser = argparse.ArgumentParser(prog="python -m authoring", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build", help="write solutions/, labs/ and course/ from the texts")
    commands.add_parser("check", help="say which generated files are not what the texts give")
    curves = commands.add_parser("curves", help="run lessons and ship their losses to the twins")
    curves.add_argument("units", nargs="*", help="such as 2-training (default: all)")
    translating = commands.add_parser(
        "translations", help="bring the catalogues up to date with the texts"
    )
    translating.add_argument(
        "languages", nargs="*", help="such as ro (default: those that have catalogues)"
    )
    for command in commands.choices.values():
        command.add_argument(
            "--root",
            type=Path,
            default=Path(__file__).resolve().parent.parent,
            help="the folder that holds authoring/ (default: this repository)",
        )
    arguments = parser.parse_args(argv)
    root = arguments.root.resolve()
    if arguments.command == "curves":
        return _curves(root, arguments.units)
    run = _build if arguments.command == "build" else _check
    try:
        if arguments.command == "translations":
            return _translations(root, arguments.languages)
        return run(root, points_of)
    except TextError as error:
        count = len(error.faults)
        print(
            f"{error}\n{count} fault{'s' * (count != 1)} in the texts: nothing was built.",
            file=sys.stderr,
        )
    except (ReleaseError, FileNotFoundError, CatalogueError) as error:
        print(f"{error}\nNothing was built.", file=sys.stderr)
    return 1


def _build(root: Path, points_of: PointsOf) -> int:
    """Build, and say what changed."""
    report = build(root, points_of)
    for verb, paths in (("wrote", report.written), ("removed", report.removed)):
        for path in paths:
            print(f"{verb} {path}")
    counts = f"{len(report.written)} written, {len(report.unchanged)} unchanged"
    print(f"{counts}, {len(report.removed)} removed.")
    return 0


def _check(root: Path, points_of: PointsOf) -> int:
    """Compare, and say what to do."""
    found = check(root, points_of)
    for complaint in found:
        print(complaint, file=sys.stderr)
    if not found:
        print("Every generated file is what its text gives.")
    return 1 if found else 0


def _curves(root: Path, units: list[str]) -> int:
    """Run the lessons' notebooks as they are built, and write what they record."""
    from authoring.curves import write_curves  # here: nothing else needs a kernel

    for path in write_curves(root, units):
        print(f"wrote {path}")
    return 0


def _translations(root: Path, chosen: Sequence[str]) -> int:
    """Update the catalogues of some languages, or of all that have any."""
    english = texts(root)
    for path in update(root, english, chosen or languages(root)):
        print(f"updated {path}")
    left = {code: len(complaints(root, english, [code])) for code in languages(root)}
    counts = ", ".join(f"{count} in {code}" for code, count in left.items())
    print(
        f"To translate or revise: {counts or 'no language yet'}; `make check` names the passages."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
