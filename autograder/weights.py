"""Which trained networks are suspiciously alike: a short mark of each one's weights, compared.

The whole class trains on the same digits or flowers, in the same disguise and from the same seed.
So the same training gives the same weights, however its code is written; another seed, order,
learning rate or number of epochs gives others. A mark is a count sketch (M. Charikar, K. Chen,
M. Farach-Colton, "Finding frequent items in data streams", 2002) of all weights, of length 1:
what separates two marks is, on average, what separates two networks, relative to their size.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from autograder.likeness import ALIKE, COMMON, Pair

NUMBERS = 16  # of a mark
# The same training written in other operations of float32 differed by 1e-6 (flowers) to 2e-5 (a
# network of 128 for digits, Adam at 0.003, 15 epochs). Of 11,175 pairs of softmax regressions on
# flowers, of usual settings and unlike seeds, the two nearest were 1e-3 apart; of digits' networks,
# one epoch more made 0.06, another seed 1.6.
SAME = 1e-4
_DIGITS = 6  # decimals that are kept
_SEED = 0


def weights_mark(weights: Sequence[np.ndarray]) -> list[float] | None:
    """Return 16 numbers that stand for a network's weights; None where it has none to compare.

    Args:
        weights: any arrays that a student's kernel sent.
    """
    floats = [array.ravel() for array in weights if array.dtype.kind == "f"]
    flat = np.concatenate(floats or [np.zeros(0)]).astype(np.float64)
    # A bit generator's own numbers stay the same in every version of NumPy.
    drawn = np.random.PCG64(_SEED).random_raw(len(flat))
    places, signs = (drawn >> 60).astype(np.int64), np.where(drawn & 1, 1.0, -1.0)
    sums = np.bincount(places, flat * signs, NUMBERS)
    length = float(np.linalg.norm(sums))
    if not 0 < length < np.inf:
        return None
    return [round(float(number), _DIGITS) for number in sums / length]


def alike_weights(marks: Mapping[str, Mapping[str, Sequence[float]]]) -> list[Pair]:
    """Return the pairs of students whose networks are alike, with the share of those that are.

    Args:
        marks: check -> student -> mark.

    As with code, what more than a quarter of the class shares is common knowledge: it is a usual
    setting. A pair is named from half of the networks that both have.
    """
    same: Counter[tuple[str, str]] = Counter()
    for of_check in marks.values():
        students = sorted(of_check)
        same.update(_same(students, np.array([of_check[student] for student in students])))
    found = []
    for (one, other), count in same.items():
        both = sum(one in of_check and other in of_check for of_check in marks.values())
        found.append(Pair(one, other, round(count / both, 3)))
    named = [pair for pair in found if pair.share >= ALIKE]
    return sorted(named, key=lambda pair: (-pair.share, pair.one, pair.other))


def _same(students: list[str], marks: np.ndarray) -> Iterable[tuple[str, str]]:
    """Yield the pairs whose marks, (students, 16), agree, unless many others' do too."""
    if len(students) < 2:
        return
    from scipy.spatial import cKDTree  # half a second, and grading does without

    near = cKDTree(marks).query_ball_point(marks, SAME, return_length=True)  # itself among them
    rare = np.flatnonzero(near <= max(2, int(COMMON * len(students))))
    if len(rare) < 2:
        return
    for pair in cKDTree(marks[rare]).query_pairs(SAME):
        i, j = sorted(rare[list(pair)])
        yield students[i], students[j]
