"""Run the attack suite and print its scoreboard; 1 unless nothing was gained or harmed."""

import argparse
import faulthandler
import os
import sys

from autograder.sandbox import doctor
from tests.attack import (
    behaviour,
    bombs,
    evidence,
    handins,
    hooks,
    iris,
    library,
    looking,
    ordinary,
    reaching,
    verdict,
)
from tests.attack.run import battle
from tests.attack.table import Attack

CLASSES = {
    "verdict channel": verdict,
    "library": library,
    "hooks": hooks,
    "looking": looking,
    "reaching": reaching,
    "bombs": bombs,
    "behaviour": behaviour,
    "evidence": evidence,
    "hand-ins": handins,
    "a real lab": iris,
}


def attacks() -> dict[str, Attack]:
    """Return all attacks by name."""
    return {name: attack for module in CLASSES.values() for name, attack in module.ATTACKS.items()}


def main() -> int:
    faulthandler.dump_traceback_later(1800, exit=True)  # it takes a few minutes, unless it hangs
    parser = argparse.ArgumentParser(description="Attack the grader with wrong answers.")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="try these alone")
    parser.add_argument(
        "--ordinary", action="store_true", help="as an ordinary user too, where root runs this"
    )
    parser.add_argument("--list", action="store_true", help="say what each attack tries")
    options = parser.parse_args()
    chosen = attacks()
    if options.list:
        for name, attack in chosen.items():
            print(f"{name:32} {attack.tries}")
        return 0
    if options.only:
        chosen = {name: chosen[name] for name in options.only}
    doctor.require()
    board, fought = battle(chosen)
    print(f"As user {os.geteuid()}:\n{board}")
    print(f"       the grader's own process had at most {max(fought.peaks.values()) / 1e6:.0f} MB")
    for command, seconds in fought.seconds.items():
        print(f"       {seconds:6.1f} s  {command}")
    if not (options.ordinary and os.geteuid() == 0):
        return int(not board.clean)
    names = ["--only", *options.only] if options.only else []
    return int(not board.clean) | ordinary.run("tests.attack", names)


if __name__ == "__main__":
    sys.exit(main())
