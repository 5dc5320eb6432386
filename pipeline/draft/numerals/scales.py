"""Scales, diagnosis codes and what is spelled letter by letter: PHQ-9, F41.1, BID."""

from decimal import Decimal
from typing import Final

from .reading import Reading, Written
from .words import POINT, number

LONGEST_SPELLED: Final = 5  # letters
LONGEST_NUMBER: Final = 3  # words in the number of a scale


def code(reading: Reading, at: int) -> Written | None:
    """Write "F forty one point one" as F41.1."""
    if reading.low(at) not in reading.lists.codes or not reading.joined(at + 1) or reading.low(at + 1)[:1].isdigit():
        return None
    found = reading.number(at + 1)
    if found is None or POINT not in reading.words(at + 1, found.end) or found.value >= 100:
        return None
    whole, _, places = f"{found.value}".partition(".")
    return reading.wrote(found.end, f"{reading.atoms[at].raw.upper()}{whole:0>2}.{places}")


def scale(reading: Reading, at: int) -> Written | None:
    """Write "p h q nine" as PHQ-9; a number that is not the scale's own is no part of its name."""
    found = _named(reading, at)
    if not found:
        return None
    name, end = found
    for numbered in reading.lists.numbered:
        head, _, own = numbered.partition("-")
        for last in range(end + 1, min(end + LONGEST_NUMBER, len(reading.atoms)) + 1):
            joined = all(map(reading.joined, range(end, last)))
            if head != name or not joined or number(reading.words(end, last)) != Decimal(own):
                continue
            if not _is_name(reading, numbered, last):
                continue
            if _counting(reading, last):
                text = name + reading.text[reading.atoms[end - 1].end : reading.atoms[last - 1].end]
                return reading.wrote(last, text) if name in reading.lists.scales else None
            return reading.wrote(last, numbered)
    return reading.wrote(end, name) if name in reading.lists.scales else None


def _is_name(reading: Reading, numbered: str, end: int) -> bool:
    """Say whether a scale's name ends here; "PHQ fifteen today, down from nineteen" is a score of 15, and no PHQ-15.

    The first of a head in the list is meant by its name alone; of the others, a score has to follow.
    """
    lists, at = reading.lists, end
    if numbered == next(name for name in lists.numbered if name.startswith(f"{numbered.partition('-')[0]}-")):
        while reading.low(at) in lists.at_present:
            at += 1
        if reading.words(at, at + 2) not in (["down", "from"], ["up", "from"]):
            return True
        return reading.low(reading.run(at + 2)) == "to"
    while reading.joined(at) and reading.low(at) in lists.scores_as:
        at += 1
    return (reading.joined(at) and reading.run(at) > at) or _counting(reading, end)


def _counting(reading: Reading, at: int) -> bool:
    """Say whether the number before a place counts something: "PHQ two weeks ago" is no PHQ-2."""
    low = reading.low(at)
    lasting = low.removesuffix("s") in reading.lists.durations
    return reading.joined(at) and (lasting or low in reading.lists.between_scores)


def spelled(reading: Reading, at: int) -> Written | None:
    """Write "b i d" as BID."""
    found = _letters(reading, at)
    return reading.wrote(found[1], found[0]) if found else None


def scores_after(reading: Reading, at: int, written: Written | None) -> bool:
    """Say whether a number behind this place is a score: a scale or "scored" stands before it, or stood there."""
    low, lists = reading.low(at), reading.lists
    if low in lists.scored or (written and written.text in {*lists.numbered, *lists.scales}):
        return True
    return reading.scoring and (low in lists.on_the_way or reading.run(at) > at)


def _named(reading: Reading, at: int) -> tuple[str, int] | None:
    """Return the name of a scale without its number, and its end."""
    if letters := _letters(reading, at):
        return letters
    name = reading.low(at).upper()
    heads = {numbered.partition("-")[0] for numbered in reading.lists.numbered}
    return (name, at + 1) if name in reading.lists.scales | heads else None


def _letters(reading: Reading, at: int) -> tuple[str, int] | None:
    """Return the longest word that is spelled letter by letter from a place on, and its end."""
    letters, found = "", None
    for i in range(at, min(at + LONGEST_SPELLED, len(reading.atoms))):
        low = reading.low(i)
        if len(low) != 1 or not low.isalpha() or (i > at and reading.atoms[i].gap != " "):
            break
        letters += low.upper()
        if len(letters) > 1 and letters in reading.lists.spelled | reading.lists.scales:
            found = letters, i + 1
    return found
