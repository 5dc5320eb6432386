"""Doses, scores, lengths of time and counts: 50 mg, 7/10, a 50-minute session, 12 cousins."""

from .dates import nth as ordinal_at
from .reading import LEAST_DIGITS, Number, Reading, Written
from .words import BIG


def measure(reading: Reading, at: int) -> Written | None:
    """Write a number, or a range, with what it measures: "50 mg", "5 to 6 hours", "50-minute session", "7/10"."""
    first = reading.amount(at)
    if not first:
        return None
    second = _second(reading, at, first.end)
    last = second or first
    joint = f" {reading.low(first.end)} " if second else ""
    if second and _shares(reading, at, first, second):
        end = unit[1] if (unit := reading.unit(second.end)) else second.end
        return reading.wrote(end, reading.text[reading.atoms[at].start : reading.atoms[end - 1].end])
    if unit := reading.unit(last.end):
        text = f"{first.dose() if second else ''}{joint}{last.dose()}"
        return reading.wrote(unit[1], f"{text}{'' if unit[0] == '%' else ' '}{unit[0]}")
    before = f"{first.plain() if second else ''}{joint}{last.plain()}"
    if behind := _out_of(reading, last) or _lasting(reading, last, alone=not second):
        return reading.wrote(behind[1], f"{before}{behind[0]}")
    if second and reading.low(at) != "a" and max(first.value, last.value) >= LEAST_DIGITS:
        return reading.wrote(last.end, before)
    return None


def nth(reading: Reading, at: int) -> Written | None:
    """Write ordinals from the tenth on in digits; "twenty second" may be a length of time."""
    found = ordinal_at(reading, at)
    if not found or found[0] < LEAST_DIGITS:
        return None
    value, end = found
    if reading.low(at - 1) in ("a", "one") or reading.low(end - 1) == "second":
        return None
    ending = "th" if 10 < value % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
    return reading.wrote(end, f"{value}{ending}")


def count(reading: Reading, at: int) -> Written | None:
    """Write a number from ten on, a decimal or a score in digits."""
    found = reading.number(at)
    if not found or found.raw or reading.says(found.end, "second"):
        return None
    score = reading.scoring and not (found.value == 1 and reading.says(found.end, "of"))
    counted = found.value >= LEAST_DIGITS or found.value != int(found.value)
    return reading.wrote(found.end, found.plain()) if score or counted else None


def _second(reading: Reading, at: int, end: int) -> Number | None:
    """Return the second number of a range."""
    joint = reading.low(end) if reading.joined(end) and reading.joined(end + 1) else ""
    if joint in ("to", "or") or (joint == "and" and reading.low(at - 1) == "between"):
        return reading.amount(end + 1)
    return None


def _shares(reading: Reading, at: int, first: Number, second: Number) -> bool:
    """Say whether "hundred" may belong to both: "two or three hundred" is 2 or 300, and 200 or 300."""
    if BIG & {*reading.words(at, first.end)}:
        return False
    size = {"hundred": 100, "thousand": 1000}
    shared = (size[word] for word in reading.words(first.end, second.end) if word in BIG)
    return any(first.value * times < second.value for times in shared)


def _out_of(reading: Reading, last: Number) -> tuple[str, int] | None:
    """Return what a score is out of as it is written behind it, and the end; days are counted, not scored."""
    if not reading.says(last.end, "out", "of") or not reading.joined(last.end + 2):
        return None
    most = reading.number(last.end + 2)
    if not most or most.value < last.value:
        return None
    if reading.joined(most.end) and reading.low(most.end) in reading.lists.counted:
        return (f" out of {most.plain()}", most.end) if most.value >= LEAST_DIGITS else None
    return (f"/{most.plain()}", most.end) if reading.scoring or most.value in (10, 100) else None


def _lasting(reading: Reading, last: Number, *, alone: bool) -> tuple[str, int] | None:
    """Return a length of time, or "-minute" before a noun, as it is written behind a number, and the end."""
    if not reading.joined(last.end):
        return None
    lists, end = reading.lists, last.end + 1
    word, raw, gap = reading.low(last.end), reading.atoms[last.end].raw, reading.atoms[last.end].gap
    if word not in lists.durations | lists.compounds:
        return (f" {raw}", end) if word.endswith("s") and word[:-1] in lists.durations else None
    if last.value == 1:
        return (f" {raw}", end) if alone and word not in lists.loose | lists.compounds and gap == " " else None
    noun = reading.noun(end)
    if word == "second" or (word in lists.compounds and not noun):
        return None  # "thirty second" is also the one after the thirty-first
    if word in lists.durations and reading.says(end, "old"):
        return f"-{raw}-old", end + 1
    return (f"-{raw}" if noun or gap == "-" else f" {raw}"), end
