"""Choose the device to compute on: `TANDEM_DEVICE` if it is set, else the fastest one present."""

import os
from collections.abc import Mapping

from tandem.messages import say

VARIABLE = "TANDEM_DEVICE"


def choose_device(present: Mapping[str, bool]) -> str:
    """Return the name of the device to use.

    Args:
        present: every name that may be asked for, fastest first, and whether this machine has it.

    Raises ValueError when `TANDEM_DEVICE` asks for anything that is not here.
    """
    here = [name for name, found in present.items() if found]
    wanted = os.environ.get(VARIABLE, "").strip().lower()
    if not wanted:
        return here[0]
    if wanted not in here:
        raise ValueError(
            say(
                "{variable} is {wanted}. This framework knows {known}; this machine has {here}. "
                "Set {variable} to one that it has, or unset it.",
                variable=VARIABLE,
                wanted=repr(wanted),
                known=", ".join(present),
                here=", ".join(here),
            )
        )
    return wanted
