"""Do pseudonyms hide names and stay, and do equals share a place?"""

from autograder.ranking import Place, pseudonyms, ranked

KEY = bytes(32)
CLASS = [f"student-{n}" for n in range(60)]


def test_do_pseudonyms_differ_and_stay_when_others_join_or_leave() -> None:
    called = pseudonyms(CLASS, KEY)
    assert len(set(called.values())) == len(CLASS)
    assert called == pseudonyms(reversed(CLASS), KEY)
    fewer = pseudonyms(CLASS[5:], KEY)
    assert fewer == {student: called[student] for student in CLASS[5:]}
    assert all(
        called[student] == name
        for student, name in pseudonyms([*CLASS, "ada"], KEY).items()
        if student != "ada"
    )


def test_does_a_pseudonym_depend_on_the_key() -> None:
    one, other = pseudonyms(CLASS, KEY), pseudonyms(CLASS, bytes(31) + b"\1")
    assert not set(one.values()) & set(other.values())


def test_does_everybody_in_a_crowd_get_a_number_of_six_digits() -> None:
    """Among 5,000 some would have the same number: do they still get one each?"""
    called = set(pseudonyms((f"s{n}" for n in range(5_000)), KEY).values())
    assert len(called) == 5_000
    assert {len(name) for name in called} == {len("student 100000")}


def test_do_equals_share_a_place() -> None:
    assert ranked({"d": 0.5, "c": 0.9, "b": 0.9, "a": 0.7}) == [
        Place(1, "b", 0.9),
        Place(1, "c", 0.9),
        Place(3, "a", 0.7),
        Place(4, "d", 0.5),
    ]
    assert ranked({}) == []
