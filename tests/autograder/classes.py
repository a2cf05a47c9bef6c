"""A class to grade: what each student does to the released toy lab, and what that is worth."""

from dataclasses import dataclass, field

from tests.autograder.edits import (
    ALWAYS_EQUAL,
    FAKE_TANDEM,
    FORGING,
    RIGHT,
    WRONG,
    Edit,
    all_deleted,
    answering,
    corrupt_metadata,
    deleted,
    duplicated,
    forged_output,
    retyped,
    sending,
    tagged,
    ungraded,
    with_wrong,
)


@dataclass(frozen=True)
class Student:
    """What a student does to the released notebook, and what that must be worth."""

    edit: Edit
    double: float
    triple: float = 1
    status: str = "graded"
    says: str = ""  # part of the message on `double`
    marks: list[str] = field(default_factory=list)  # parts of findings


CLASS = {
    "right": Student(answering(RIGHT), 2, says="Right."),
    "half-right": Student(answering("def double(x):\n    return x"), 1),
    "right-when-called-again": Student(
        answering("calls = []\ndef double(x):\n    calls.append(x)\n    return len(calls) * x"), 2
    ),
    "raises-when-called-again": Student(
        answering(
            "calls = []\ndef double(x):\n    calls.append(x)\n    return 1 // (2 - len(calls)) * x"
        ),
        1,
        says="Half of it.\nCalled again: Your code raised",
    ),
    "sleeps-when-called-again": Student(
        answering(
            "import time\ncalls = []\ndef double(x):\n    calls.append(x)\n"
            "    time.sleep(60 * (len(calls) - 1))\n    return x"
        ),
        1,
        status="timed_out",
        says="Half of it.\nCalled again: This cell took longer",
    ),
    "dies-when-called-again": Student(
        answering(
            "import os\ncalls = []\ndef double(x):\n    calls.append(x)\n"
            "    if calls[1:]: os._exit(1)\n    return x"
        ),
        1,
        status="crashed",
        says="Half of it.\nCalled again: The kernel died",
    ),
    "wrong": Student(answering(WRONG), 0, says="expected"),
    "untouched": Student(lambda _: None, 0, 0, says="Nothing here yet"),
    "raises": Student(answering("def double(x):\n    return 1 / 0"), 0, says="ZeroDivisionError"),
    "syntax-error": Student(answering("def double(x) return"), 0, says="NameError"),
    "prints-to-stderr": Student(
        answering(
            "import sys, warnings\ndef double(x):\n    print('hm', file=sys.stderr)\n"
            "    warnings.warn('look')\n    return 2 * x"
        ),
        2,
    ),
    "romanian": Student(answering(WRONG, before='from tandem import language\nlanguage("ro")'), 0),
    # cheats: none gains a point
    "skip-tag": Student(with_wrong(tagged), 0, says="expected"),
    "skip-tag-while-right": Student(with_wrong(tagged, RIGHT), 2),
    "forged-output": Student(with_wrong(forged_output), 0),
    "always-equal": Student(answering(ALWAYS_EQUAL), 0),
    "fake-tandem": Student(answering(WRONG, before=FAKE_TANDEM), 0, 0, says="No evidence"),
    "patched-result": Student(answering(WRONG, before=FORGING), 0),
    "check-deleted": Student(with_wrong(deleted), 0, marks=["put back"]),
    "check-deleted-while-right": Student(with_wrong(deleted, RIGHT), 2, marks=["put back"]),
    "everything-deleted": Student(all_deleted, 0, 0, marks=["put back"]),
    "check-duplicated": Student(with_wrong(duplicated), 0, marks=["twice"]),
    "check-retyped": Student(with_wrong(retyped), 0, marks=["code cell again"]),
    "grade-false": Student(with_wrong(ungraded), 0),
    "corrupt-metadata": Student(with_wrong(corrupt_metadata, RIGHT), 2, marks=["unheard-of"]),
    # evidence that cannot be judged: a verdict, no crash
    "large": Student(answering(RIGHT, before=sending("send('A' * 9_000_000)")), 0, says="larger"),
    "huge": Student(
        answering(RIGHT, before=sending("send('A' * 100_000_000)")),
        0,
        status="too_much_output",
        says="could not be read",
    ),
    "wrong-dtype": Student(
        answering(RIGHT, before=sending("send(raw(y=np.ones(5, np.int64)))")), 0, says="int64"
    ),
    "odd-dtype": Student(
        answering(RIGHT, before=sending("send(raw(y=np.ones(5, np.uint16)))")), 0, says="U16"
    ),
    "nan": Student(
        answering("def double(x):\n    return x * float('nan')"), 0, says="nan or infinite"
    ),
    "object-array": Student(
        answering("import numpy as np\ndef double(x):\n    return np.array([None] * 5)"), 0
    ),
    "pickle": Student(
        answering(RIGHT, before=sending("send(base64.b64encode(pickle.dumps([1])).decode())")),
        0,
        says="damaged",
    ),
    "no-text": Student(answering(RIGHT, before=sending("send({'a': 1})")), 0),
    "missing-name": Student(
        answering(RIGHT, before=sending("send(raw(z=np.ones(5, np.float32)))")), 0, says="lacks y"
    ),
    "twice": Student(
        answering(RIGHT, before=sending("_real(name, answer); _real(name, answer)")),
        0,
        says="more than once",
    ),
    "from-another-cell": Student(
        answering(RIGHT, before=sending("pass"), after="_real('double', double)"),
        0,
        says="did not run its check",
    ),
    "rewritten-later": Student(
        answering(
            WRONG,
            before=sending("""
            import toy_numpy
            probe = toy_numpy.tensor(np.zeros(5, np.float32))
            send(raw(y=np.zeros(5, np.float32)), display_id="mine")"""),
            after='send(raw(y=np.ones(5, np.float32)), display_id="mine", update=True)',
        ),
        0,
    ),
    "judge-fails": Student(
        answering("def double(x):\n    return 0 * x + 666"),
        0,
        status="error",
        says="could not be judged",
    ),
    # kernels that do not come back
    "kernel-dies": Student(
        answering("import os\ndef double(x):\n    os._exit(1)"), 0, 1, "crashed", "kernel died"
    ),
    "kernel-dies-in-an-answer": Student(
        answering("import os\ndef double(x):\n    return 2 * x\nos._exit(1)"), 0, 1, "crashed"
    ),
    "kernel-dies-after-a-check": Student(
        answering(RIGHT, after="import os\nos._exit(1)"),
        2,
        1,
        "crashed",
    ),
    "endless-loop": Student(
        answering("def double(x):\n    while True: pass"), 0, 1, "timed_out", "longer than"
    ),
    "uninterruptible": Student(
        answering("""
            import signal
            def double(x):
                signal.signal(signal.SIGINT, signal.SIG_IGN)
                while True: pass"""),
        0,
        1,
        "timed_out",
    ),
    "floods": Student(
        answering("def double(x):\n    print('x' * 10_000_000)\n    return 2 * x"),
        2,
        status="too_much_output",
    ),
    "floods-and-never-ends": Student(
        answering("def double(x):\n    print('x' * 1_000_000)\n    while True: pass"),
        0,
        1,
        "timed_out",
        "longer than",
    ),
    "floods-without-end": Student(
        answering("""
            def double(x):
                for _ in range(50):
                    print("x" * 1_000_000, flush=True)
                return 2 * x"""),
        0,
        status="too_much_output",
        says="had more than 20,000,000 characters",
    ),
    "eats-memory": Student(
        answering("def double(x):\n    return [bytearray(10**9) for n in range(9)]"),
        0,
        1,
        status="out_of_memory",
        says="MemoryError: Your code may use 1 GB of memory, and needed more.",
    ),
    "eats-memory-in-children": Student(
        answering("""
            import os, time
            def double(x):
                for n in range(20):
                    if os.fork() == 0:
                        y = b"x" * 10**8
                        time.sleep(60)
                time.sleep(60)"""),
        0,
        status="out_of_memory",
        says="may use 1 GB of memory",
    ),
    "eats-memory-in-an-answer": Student(
        answering("def double(x):\n    return 2 * x\ntoo_much = bytearray(2 * 10**9)"),
        2,
        status="out_of_memory",
    ),
    "starts-too-many": Student(
        answering("""
            import threading, time
            def double(x):
                for n in range(200):
                    threading.Thread(target=time.sleep, args=(1,)).start()"""),
        0,
        1,
        status="too_many_processes",
        says="may have 128 processes and threads at once",
    ),
    "fills-the-disk": Student(
        answering("""
            def double(x):
                with open("big", "wb") as file:
                    file.write(bytes(300_000_000))"""),
        0,
        1,
        status="out_of_disk",
        says="may write 256 MB of files",
    ),
    "scripts": Student(
        answering(
            RIGHT,
            before="from IPython.display import HTML, Javascript, display\n"
            "display(HTML('<script>bad()</script>'), Javascript('bad()'))",
        ),
        2,
    ),
}

OF_EACH_KIND = (
    *("right", "half-right", "untouched", "prints-to-stderr", "skip-tag", "forged-output"),
    *("always-equal", "fake-tandem", "check-deleted", "everything-deleted", "check-duplicated"),
    *("check-retyped", "grade-false", "corrupt-metadata", "huge", "twice", "judge-fails"),
    *("kernel-dies", "endless-loop", "uninterruptible"),
)
