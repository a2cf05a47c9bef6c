"""A ranking by accuracy on held-out data, in which students have pseudonyms."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_LEAST, _NUMBERS = 100_000, 900_000  # six digits: few classes have two students of one number


@dataclass(frozen=True)
class Place:
    """One line of a ranking; who is equally accurate shares a place."""

    place: int
    student: str
    accuracy: float


def pseudonyms(students: Iterable[str], key: bytes) -> dict[str, str]:
    """Return a pseudonym for each student, "student 483213" say, that does not tell the name.

    It depends on the key and the student alone, so that it stays when others join or leave; only
    where two would have the same number does one of them take the next.
    """
    taken: dict[int, str] = {}
    for student in sorted(students):
        mixed = hmac.digest(key, student.encode(), hashlib.sha256)
        number = int.from_bytes(mixed[:8], "big") % _NUMBERS
        while number in taken:
            number = (number + 1) % _NUMBERS
        taken[number] = student
    return {student: f"student {_LEAST + number}" for number, student in taken.items()}


def ranked(accuracies: Mapping[str, float]) -> list[Place]:
    """Sort from best; those who are equal by name, so that the order tells nothing more."""
    ordered = sorted(accuracies.items(), key=lambda entry: (-entry[1], entry[0]))
    places: list[Place] = []
    for number, (student, accuracy) in enumerate(ordered, 1):
        tied = bool(places) and places[-1].accuracy == accuracy
        places.append(Place(places[-1].place if tied else number, student, accuracy))
    return places
