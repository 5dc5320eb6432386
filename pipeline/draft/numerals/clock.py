"""Times of day: 3:15 pm, 2:30 to 3:20 pm, 3 o'clock."""

import re
from dataclasses import dataclass

from .reading import Number, Reading, Written
from .words import number

FROM = ("from", "between")
WHEN = ("at", "until", "till", "before", "after", "since")  # "at ten to three" is no range


@dataclass(frozen=True, slots=True)
class _Half:
    """am or pm, in atoms up to `end` and characters up to `stop`; `dotted` where it is written "p.m."."""

    text: str
    end: int
    stop: int
    dotted: bool = False


def past_or_to(reading: Reading, at: int) -> Written | None:
    """Write "quarter past three p m" as 3:15 pm; "ten to four" may be a range and stays."""
    first = at + (reading.low(at) == "a" and reading.says(at + 1, "quarter"))
    part = {"quarter": 15, "half": 30}.get(reading.low(first))
    found = _minutes_named(reading, at) if part is None else (part, first + 1, True)
    if not found:
        return None
    minutes, place, named = found
    past = reading.says(place, "past")
    hour = _hour(reading, place + 1) if reading.joined(place + 1) and (past or reading.says(place, "to")) else None
    if not hour or reading.run(place + 1) != hour.end or _measured(reading, hour.end):
        return None
    half = _half_of_day(reading, hour.end)
    if not past and not _certain_to(reading, at, minutes, part, named=named, half=half):
        stays = reading.low(at - 1) in WHEN and not half and reading.low(hour.end) != "out"
        return reading.wrote(hour.end, " ".join(reading.words(at, hour.end))) if stays else None
    clock = 60 * int(hour.value) + (minutes if past else -minutes)
    text = f"{clock // 60 or 12}:{clock % 60:02d}"
    return Written(half.end, f"{text} {half.text}", half.stop) if half else reading.wrote(hour.end, text)


def _minutes_named(reading: Reading, at: int) -> tuple[int, int, bool] | None:
    """Return five, ten, twenty or twenty five, the end, and whether "minutes" was said."""
    found = reading.number(at)
    if not found or found.value not in (5, 10, 20, 25):
        return None
    named = reading.says(found.end, "minutes")
    return int(found.value), found.end + named, named


def _certain_to(reading: Reading, at: int, minutes: int, part: int | None, *, named: bool, half: _Half | None) -> bool:
    """Say whether "twenty to three p m" is a time, not a range of numbers."""
    if part == 15:
        first = at - (reading.low(at) != "a")
        return bool(half) or reading.words(first - 1, first + 1) != ["by", "a"]
    if not half or part == 30:
        return False
    return named or not (minutes in reading.lists.either_hour or reading.low(at - 1) in FROM)


def _measured(reading: Reading, at: int) -> bool:
    """Say whether the number before a place counts something, and is no hour: "by a quarter to three tablets"."""
    return reading.measured(at) or reading.counts(at) or reading.says(at, "and", "a", "half")


def time_of_day(reading: Reading, at: int) -> Written | None:
    """Write "three fifteen p m" as 3:15 pm, "two thirty to three p m" as 2:30 to 3 pm, and "3 o'clock"."""
    first = _time(reading, at)
    if not first:
        return None
    text, end = first
    if reading.says(end, "o'clock"):
        return None if ":" in text else reading.wrote(end + 1, f"{text} o'clock")
    half = _half_of_day(reading, end)
    if half:
        kept = half.dotted and reading.low(at)[:1].isdigit()
        return None if kept else Written(half.end, f"{text} {half.text}", half.stop)
    if reading.low(end) not in ("to", "until", "till") or not (reading.joined(end) and reading.joined(end + 1)):
        return None
    second = _time(reading, end + 1)
    half = _half_of_day(reading, second[1]) if second else None
    if not second or not half:
        return None
    if text in map(str, reading.lists.either_hour) and reading.low(at - 1) not in FROM:
        return Written(half.end, reading.text[reading.atoms[at].start : half.stop], half.stop)
    return Written(half.end, f"{text} {reading.low(end)} {second[0]} {half.text}", half.stop)


def _hour(reading: Reading, at: int) -> Number | None:
    """Return an hour of the clock in one word."""
    value = number([reading.low(at)]) if reading.low(at) else None
    return Number(value, at + 1) if value is not None and value == int(value) and 1 <= value <= 12 else None


def _time(reading: Reading, at: int) -> tuple[str, int] | None:
    """Return an hour, or an hour and minutes as they are said ("three oh five", "3:05"), and the end."""
    end = reading.run(at)
    words = reading.words(at, end)
    if len(words) == 1 and re.fullmatch(r"\d{1,2}:\d\d", words[0]):
        return words[0], end
    hour = _hour(reading, at)
    if not hour or len(words) < 2:
        return (f"{hour.value}", end) if hour and words else None
    if words[1] == "oh":
        minute = number(words[2:]) if len(words) == 3 else None
        return (f"{hour.value}:0{minute}", end) if minute is not None and 0 < minute < 10 else None
    minute = number(words[1:])
    fits = minute is not None and minute == int(minute) and 10 <= minute < 60
    return (f"{hour.value}:{minute}", end) if fits else None


def _half_of_day(reading: Reading, at: int) -> _Half | None:
    low = reading.low(at)
    if not reading.joined(at):
        return None
    if low in ("am", "pm"):
        return _Half(low, at + 1, reading.atoms[at].end)
    if low not in ("a", "p") or reading.low(at + 1) != "m" or reading.atoms[at + 1].gap not in (" ", ".", ". "):
        return None
    stop = reading.atoms[at + 1].end
    dotted = "." in reading.atoms[at + 1].gap
    if dotted and reading.text[stop : stop + 1] == "." and reading.text[stop + 1 :].strip():
        stop += 1  # the point of "p.m." that does not end the sentence as well
    return _Half(f"{low}m", at + 2, stop, dotted)
