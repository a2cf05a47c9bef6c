"""Which hand-ins are suspiciously alike: the share of what two students wrote the same.

What a student wrote is taken as a sequence of tokens, without comments, layout and the names and
numbers that a copier changes first. Runs of `RUN` tokens are its fingerprints (after S. Schleimer,
D. S. Wilkerson, A. Aiken, "Winnowing: local algorithms for document fingerprinting", 2003). Those
that the release holds, or many students share, say nothing and are left out.
"""

import io
import keyword
import tokenize
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from scipy.sparse import csr_matrix

RUN = 12  # tokens; shorter runs occur in most right answers
COMMON = 0.25  # a fingerprint of more than this share of the class is common knowledge
LEAST = 20  # fingerprints of its own that a hand-in needs to be compared
ALIKE = 0.5  # share of the smaller one's fingerprints from which a pair is named
ROWS = 500  # hand-ins that are compared with all others at a time

_SKIPPED = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
    tokenize.ENCODING, tokenize.ENDMARKER,
}  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """Two students, and what share of the shorter one's own writing the other one has too."""

    one: str
    other: str
    share: float


def alike(sources: Mapping[str, str], released: str = "") -> list[Pair]:
    """Return the pairs of students whose code is alike, the most alike first.

    Args:
        sources: student -> all code that the student wrote.
        released: the code that everybody was given.
    """
    given = fingerprints(released)
    prints = {student: fingerprints(source) - given for student, source in sources.items()}
    counts = Counter(mark for marks in prints.values() for mark in marks)
    # Two who share something are never "many".
    most = max(2, int(COMMON * len(prints)))
    own = {
        student: marks
        for student, found in prints.items()
        if len(marks := {mark for mark in found if counts[mark] <= most}) >= LEAST
    }
    students = sorted(own)
    found = _alike([own[student] for student in students])
    pairs = [Pair(students[i], students[j], round(share, 3)) for i, j, share in found]
    return sorted(pairs, key=lambda pair: (-pair.share, pair.one, pair.other))


def fingerprints(source: str) -> set[int]:
    """Return the hashes of every run of tokens in some code; of broken code, up to the break."""
    words = _tokens(source)
    runs = (" ".join(words[i : i + RUN]) for i in range(len(words) - RUN + 1))
    return {int.from_bytes(blake2b(run.encode(), digest_size=8).digest()) for run in runs}


def _tokens(source: str) -> list[str]:
    words: list[str] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type in _SKIPPED:
                continue
            if token.type == tokenize.NAME and not keyword.iskeyword(token.string):
                words.append("name")
            elif token.type in (tokenize.NUMBER, tokenize.STRING):
                words.append("value")
            else:
                words.append(token.string)
    except (tokenize.TokenError, IndentationError, SyntaxError):
        return words  # what could be read counts
    return words


def _alike(prints: list[set[int]]) -> Iterator[tuple[int, int, float]]:
    """Yield i < j where two sets share at least ALIKE of the smaller one, and that share.

    Some rows at a time: the whole table of a class of 20,000 would have 400 million entries.
    """
    index: dict[int, int] = {}
    columns = [index.setdefault(mark, len(index)) for marks in prints for mark in sorted(marks)]
    rows = np.repeat(np.arange(len(prints)), [len(marks) for marks in prints])
    shape = (len(prints), len(index))
    present = csr_matrix((np.ones(len(columns), np.int32), (rows, columns)), shape=shape)
    sizes = np.array([len(marks) for marks in prints])
    for begin in range(0, len(prints), ROWS):
        shared = (present[begin : begin + ROWS] @ present.T).tocoo()
        one, other = shared.row + begin, shared.col
        share = shared.data / np.minimum(sizes[one], sizes[other])
        named = (one < other) & (share >= ALIKE)
        yield from zip(*(array[named].tolist() for array in (one, other, share)), strict=True)
