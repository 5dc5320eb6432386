"""Ordinals and years in words; the numbers themselves are read in numberwords.py."""

from collections.abc import Sequence
from typing import Final

from ...numberwords import BIG, DIGITS, POINT, SMALL, TENS, WORDS, below_hundred, cardinal, number

__all__ = ["BIG", "DIGITS", "NTH", "POINT", "WORDS", "cardinal", "number", "ordinal", "year"]

_NTH = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth"
)
NTH: Final = {word: n for n, word in enumerate(_NTH.split(), 1)} | {f"{word[:-1]}ieth": n for word, n in TENS.items()}


def year(words: Sequence[str]) -> int | None:
    """Return the year from 1900 to 2099 that words say: "nineteen ninety eight", "twenty oh five", "two thousand"."""
    if len(words) == 1:
        return int(words[0]) if words[0].isdecimal() and len(words[0]) == 4 and words[0][:2] in ("19", "20") else None
    if words[0] in ("nineteen", "twenty"):
        century = 1900 if words[0] == "nineteen" else 2000
        if words[1] == "oh":
            unit = SMALL.get(words[2], 0) if len(words) == 3 else 0
            return century + unit if 0 < unit < 10 else None
        rest = below_hundred(words[1:])
        return century + rest if rest is not None and rest >= 10 else None
    if words[:2] == ["two", "thousand"]:
        found = cardinal(words)
        return found if found is not None and found < 2100 else None
    return None


def ordinal(words: Sequence[str]) -> int | None:
    """Return the number below 100 that an ordinal says, in one word or two."""
    if len(words) == 1:
        return NTH.get(words[0])
    if len(words) == 2 and words[0] in TENS and NTH.get(words[1], 10) < 10:
        return TENS[words[0]] + NTH[words[1]]
    return None
