"""How one hand-in ended."""

GRADED = "graded"
CRASHED = "crashed"
TIMED_OUT = "timed_out"
OUT_OF_MEMORY = "out_of_memory"
TOO_MANY_PROCESSES = "too_many_processes"
OUT_OF_DISK = "out_of_disk"
TOO_MUCH_OUTPUT = "too_much_output"
REFUSED = "refused"
MISSING = "missing"
ERROR = "error"
NOT_RUN = frozenset({REFUSED, MISSING})

Failure = tuple[str, str]  # one of these, and a sentence for the student
