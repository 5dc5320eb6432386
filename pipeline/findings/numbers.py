"""Numbers as they are spoken: "fifty", "forty-five", "march fourth", "twenty twenty-five"."""

from typing import Final

_UNIT_WORDS: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TEN_WORDS: Final = "twenty thirty forty fifty sixty seventy eighty ninety"
_ORDINAL_WORDS: Final = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth"
)
UNITS: Final = {word: n for n, word in enumerate(_UNIT_WORDS.split(" "))}
TENS: Final = {word: 10 * n for n, word in enumerate(_TEN_WORDS.split(" "), 2)}
ORDINALS: Final = {word: n for n, word in enumerate(_ORDINAL_WORDS.split(" "), 1)} | {"thirtieth": 30}
HOUR_WORDS: Final = "|".join(list(UNITS)[1:13])
_ALL: Final = UNITS | TENS | ORDINALS
_TENS = "|".join(TENS)
_UNITS = "|".join(sorted(UNITS, key=len, reverse=True))
NUMBER: Final = rf"(?:(?:{_TENS})(?:[ -](?:{_UNITS}))?|{_UNITS})"
_ORDINAL = "|".join(sorted(ORDINALS, key=len, reverse=True))
DAY_WORDS: Final = rf"(?:(?:twenty|thirty)[ -](?:{_ORDINAL})|{_ORDINAL}|{NUMBER})"


def value(words: str) -> int | None:
    """Return the number that words or digits ("4th" too) say, or None."""
    low = words.lower().replace("-", " ").strip()
    digits = low.rstrip("stndrh")
    if digits.isascii() and digits.isdigit():
        return int(digits)
    parts = low.split()
    if not parts or any(part not in _ALL for part in parts):
        return None
    if len(parts) == 2 and (parts[0] not in TENS or _ALL[parts[1]] > 9):
        return None
    return sum(_ALL[part] for part in parts) if len(parts) <= 2 else None


def year_of(words: str) -> int | None:
    """Return the year that "2025" or "twenty twenty-five" says, or None."""
    if words.isdigit():
        return int(words)
    last = value(words.lower().replace("-", " ").removeprefix("twenty").strip())
    return None if last is None else 2000 + last
