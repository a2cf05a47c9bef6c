"""Tandem's helper library: what the lessons and labs import.

import tandem
import tandem.torch as td          # or tandem.tensorflow
from tandem import check, hint, progress

tandem.start("iris", td)
"""

from tandem.messages import language, say
from tandem.progress import Progress
from tandem.randomness import seed
from tandem.session import check, hint, progress, start
from tandem.verdict import Verdict

__all__ = ["Progress", "Verdict", "check", "hint", "language", "progress", "say", "seed", "start"]
__version__ = "0.1.0"
