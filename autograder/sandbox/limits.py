"""What a student's code may use, and how a student is told that it used more."""

import re
from dataclasses import dataclass

from autograder.status import OUT_OF_DISK, OUT_OF_MEMORY, TOO_MANY_PROCESSES, Failure
from tandem.messages import say

_NO_MEMORY = ("DefaultCPUAllocator: can't allocate memory", "OOM when allocating tensor")


@dataclass(frozen=True)
class Limits:
    """Limits of one notebook's kernel and all its processes together.

    Attributes:
        memory: bytes of memory.
        processes: processes and threads.
        scratch: bytes of one file, and of each of /tmp and /dev/shm.
    """

    memory: int = 3_000_000_000
    processes: int = 128
    scratch: int = 256_000_000


def explained(name: str, text: str, limits: Limits) -> Failure | None:
    """Return which limit a Python error comes from; None when from none."""
    if name == "MemoryError" or any(words in text for words in _NO_MEMORY):
        return out_of_memory(limits)
    if name == "OSError" and re.match(r"\[Errno (27|28|122)\]", text):
        return OUT_OF_DISK, say(
            "Your code may write {n} MB of files, and wrote more.", n=limits.scratch // 1_000_000
        )
    if "can't start new thread" in text or (name == "BlockingIOError" and "[Errno 11]" in text):
        return TOO_MANY_PROCESSES, say(
            "Your code may have {n} processes and threads at once, and started more.",
            n=limits.processes,
        )
    return None


def explained_in(sentence: str, limits: Limits) -> Failure | None:
    """Return which limit the error comes from that a check's evidence tells."""
    found = re.search(r"\b(MemoryError|OSError|BlockingIOError): ?(.*)", sentence, re.DOTALL)
    name, text = found.groups() if found else ("", sentence)
    return explained(name, text, limits)


def out_of_memory(limits: Limits) -> Failure:
    """Say that the memory was used up."""
    return OUT_OF_MEMORY, say(
        "Your code may use {n:g} GB of memory, and needed more.", n=limits.memory / 1_000_000_000
    )
