"""Give the memory of freed arrays back, so that a grader does not grow with the class."""

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # glibc's malloc.h
_LARGE = 256 * 1024  # bytes


def return_large_blocks() -> bool:
    """Have the C library return blocks of 256 kB and more as soon as they are freed.

    glibc otherwise learns from the first ones to keep such blocks, of up to 32 MB, in a heap of
    each thread. In a class of 60 on MNIST the grader's memory rose so from 250 to 440 MB.

    Returns whether it listens: another library than glibc has no such setting.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    return all(mallopt(name, _LARGE) == 1 for name in (_MMAP_THRESHOLD, _TRIM_THRESHOLD))
