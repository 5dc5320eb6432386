"""Dates and years: 3 March 2026, March 3, 2026, as they were ordered when they were said."""

from .reading import Reading, Written
from .words import WORDS, ordinal, year


def day_first(reading: Reading, at: int) -> Written | None:
    """Write "the third of march twenty twenty six" as 3 March 2026."""
    day = _day(reading, at + (reading.low(at) == "the" and reading.joined(at + 1)))
    if not day or (reading.low(at) != "the" and reading.low(at - 1) in reading.lists.parts):
        return None  # "for a third of march"
    of = reading.says(day[1], "of")
    place = day[1] + of
    month = reading.lists.month_of.get(reading.low(place)) if reading.joined(place) else None
    known = _year(reading, place + 1)
    if not month or not (of or known):
        return None  # "the third march through the city"
    return reading.wrote(known[1] if known else place + 1, f"{day[0]} {month}" + (f" {known[0]}" if known else ""))


def month_first(reading: Reading, at: int) -> Written | None:
    """Write "march third twenty twenty six" as March 3, 2026, and "march twenty twenty six" as March 2026."""
    month = reading.lists.month_of.get(reading.low(at))
    if not month:
        return None
    first = at + 1 + reading.says(at + 1, "the")
    day = _day(reading, first) if reading.joined(first) else None
    known = _year(reading, day[1] if day else at + 1)
    if not day:
        spoken = known and not reading.low(at + 1).isdigit()
        return reading.wrote(known[1], f"{month} {known[0]}") if known and spoken else None
    sure = month not in reading.lists.doubtful_months or (at > 0 and reading.low(at - 1) in reading.lists.dated)
    if not known and (not sure or reading.measured(day[1]) or reading.noun(day[1])):
        return None  # "in march second thoughts came"
    return reading.wrote(known[1] if known else day[1], f"{month} {day[0]}" + (f", {known[0]}" if known else ""))


def year_alone(reading: Reading, at: int) -> Written | None:
    """Write "nineteen ninety eight" as 1998; hindsight is "twenty twenty"."""
    end = reading.run(at)
    words = reading.words(at, end)
    found = year(words) if words and not words[0].isdigit() else None
    if not found or reading.measured(end) or reading.counts(end) or reading.says(end, "out", "of"):
        return None
    if reading.low(at - 1) in reading.lists.ages:
        return None  # "aged nineteen twenty one and twenty four"
    if words[0] == "twenty" and words[1] != "oh" and (reading.noun(end) or not _dating(reading, at)):
        return None
    return reading.wrote(end, str(found))


def _dating(reading: Reading, at: int) -> bool:
    """Say whether what stands before makes "twenty thirty" a year, as another year before "to" does."""
    before = reading.low(at - 1)
    if before in reading.lists.dating or before in reading.lists.month_of:
        return True
    start = at - 1
    while reading.low(start - 1) in WORDS:
        start -= 1
    earlier = reading.words(start, at - 1)
    joins = before in ("to", "through", "and", "or") and earlier and year(earlier)
    return bool(joins) and _dating(reading, start)


def _day(reading: Reading, at: int) -> tuple[int, int] | None:
    found = nth(reading, at)
    return found if found and found[0] <= 31 else None


def nth(reading: Reading, at: int) -> tuple[int, int] | None:
    """Return the number that an ordinal in one word or two says, and its end."""
    for end in (at + 2, at + 1):
        if end <= len(reading.atoms) and (end == at + 1 or reading.joined(at + 1)):
            value = ordinal(reading.words(at, end))
            if value:
                return value, end
    return None


def _year(reading: Reading, at: int) -> tuple[int, int] | None:
    """Return a year that follows, perhaps behind a comma, and its end."""
    if not (reading.joined(at) or (at < len(reading.atoms) and reading.atoms[at].gap == ", ")):
        return None
    end = reading.run(at)
    words = reading.words(at, end)
    found = year(words) if words else None
    return (found, end) if found and not reading.measured(end) and not reading.counts(end) else None
