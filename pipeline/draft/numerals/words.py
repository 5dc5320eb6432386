"""Number words to numbers, strictly: words that could be read in two ways are no number."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_NTH = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth"
)
SMALL: Final = {word: n for n, word in enumerate(_SMALL.split())}
TENS: Final = {word: 10 * n for n, word in enumerate(_TENS.split(), 2)}
NTH: Final = {word: n for n, word in enumerate(_NTH.split(), 1)} | {f"{word[:-1]}ieth": n for word, n in TENS.items()}
DIGITS: Final = {word: str(n) for word, n in SMALL.items() if n < 10} | {"oh": "0"}
BIG: Final = frozenset({"hundred", "thousand"})
POINT: Final = "point"
WORDS: Final = frozenset({*SMALL, *TENS, *BIG, "oh"})


def cardinal(words: Sequence[str]) -> int | None:
    """Return the whole number below a million that words say, or None: "two fifty" says none."""
    if "thousand" not in words:
        return _below_thousand(words)
    place = list(words).index("thousand")
    left, right = _below_thousand(words[:place]), words[place + 1 :]
    joined = right[:1] == ["and"]
    rest = _below_thousand(right[1:] if joined else right) if right else 0
    if not left or rest is None or (right and not rest) or (joined and rest >= 100):
        return None
    return 1000 * left + rest


def number(words: Sequence[str]) -> Decimal | None:
    """Return the number that words or one word of digits say; a decimal keeps the places that were said."""
    if len(words) == 1 and words[0][:1].isdigit():
        return Decimal(words[0].replace(",", "")) if ":" not in words[0] else None
    if POINT in words:
        place = list(words).index(POINT)
        whole = _whole(words[:place])
        places = [_digit(word) for word in words[place + 1 :]]
        if whole is None or not places or None in places:
            return None
        return Decimal(f"{whole}.{''.join(filter(None, places))}")
    found = cardinal(words)
    return None if found is None else Decimal(found)


def year(words: Sequence[str]) -> int | None:
    """Return the year from 1900 to 2099 that words say: "nineteen ninety eight", "twenty oh five", "two thousand"."""
    if len(words) == 1:
        return int(words[0]) if words[0].isdigit() and len(words[0]) == 4 and words[0][:2] in ("19", "20") else None
    if words[0] in ("nineteen", "twenty"):
        century = 1900 if words[0] == "nineteen" else 2000
        if words[1] == "oh":
            unit = SMALL.get(words[2], 0) if len(words) == 3 else 0
            return century + unit if 0 < unit < 10 else None
        rest = _below_hundred(words[1:])
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


def _whole(words: Sequence[str]) -> int | None:
    """Return the part before the point; none said is zero."""
    if not words or list(words) == ["oh"]:
        return 0
    if len(words) == 1 and words[0].isdigit():
        return int(words[0])
    return cardinal(words)


def _digit(word: str) -> str | None:
    return word if word.isdigit() else DIGITS.get(word)


def _below_thousand(words: Sequence[str]) -> int | None:
    if "hundred" not in words:
        return _below_hundred(words)
    place = list(words).index("hundred")
    left, right = _below_hundred(words[:place]), list(words[place + 1 :])
    if right[:1] == ["and"] and len(right) > 1:
        right = right[1:]
    rest = _below_hundred(right) if right else 0
    if not left or rest is None or (right and not rest):
        return None
    return 100 * left + rest


def _below_hundred(words: Sequence[str]) -> int | None:
    if len(words) == 1:
        return SMALL.get(words[0], TENS.get(words[0]))
    if len(words) == 2 and words[0] in TENS and 0 < SMALL.get(words[1], 0) < 10:
        return TENS[words[0]] + SMALL[words[1]]
    return None
