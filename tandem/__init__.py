"""Tandem's helper library: what the lessons and labs import.

import tandem
import tandem.torch as td          # or tandem.tensorflow
from tandem import check, hint, progress

tandem.start("iris", td)
"""

from tandem.installed import __version__, made_for
from tandem.messages import language, say
from tandem.progress import Progress
from tandem.randomness import seed
from tandem.session import check, hint, progress, start
from tandem.verdict import Verdict

__all__ = [
    "Progress",
    "Verdict",
    "__version__",
    "check",
    "hint",
    "language",
    "made_for",
    "progress",
    "say",
    "seed",
    "start",
]
