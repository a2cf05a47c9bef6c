"""Lets a `dask worker` find the toy lab: `--preload` of this file."""

from pathlib import Path

import tandem.labs

LABS = str(Path(__file__).parent / "labs")
if LABS not in tandem.labs.__path__:  # Dask loads this file more than once
    tandem.labs.__path__.append(LABS)
