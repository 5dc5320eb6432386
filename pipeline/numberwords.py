"""Number words to numbers, strictly: words that could be read in two ways are no number."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
SMALL: Final = {word: n for n, word in enumerate(_SMALL.split())}
TENS: Final = {word: 10 * n for n, word in enumerate(_TENS.split(), 2)}
DIGITS: Final = {word: str(n) for word, n in SMALL.items() if n < 10} | {"oh": "0"}
BIG: Final = frozenset({"hundred", "thousand"})
POINT: Final = "point"
WORDS: Final = frozenset({*SMALL, *TENS, *BIG, "oh"})
PLAIN: Final = re.compile(r"[\d,]+(?:\.\d+)?", re.ASCII)  # no time, no date: "3:15", "3.3.2026"


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
        return Decimal(words[0].replace(",", "")) if PLAIN.fullmatch(words[0]) else None
    if POINT in words:
        place = list(words).index(POINT)
        whole = _whole(words[:place])
        places = [_digit(word) for word in words[place + 1 :]]
        if whole is None or not places or None in places:
            return None
        return Decimal(f"{whole}.{''.join(filter(None, places))}")
    found = cardinal(words)
    return None if found is None else Decimal(found)


def _whole(words: Sequence[str]) -> int | None:
    """Return the part before the point; none said is zero."""
    if not words or list(words) == ["oh"]:
        return 0
    if len(words) == 1 and words[0].isdecimal():
        return int(words[0])
    return cardinal(words)


def _digit(word: str) -> str | None:
    return word if word.isdecimal() else DIGITS.get(word)


def _below_thousand(words: Sequence[str]) -> int | None:
    if "hundred" not in words:
        return below_hundred(words)
    place = list(words).index("hundred")
    left, right = below_hundred(words[:place]), list(words[place + 1 :])
    if right[:1] == ["and"] and len(right) > 1:
        right = right[1:]
    rest = below_hundred(right) if right else 0
    if not left or rest is None or (right and not rest):
        return None
    return 100 * left + rest


def below_hundred(words: Sequence[str]) -> int | None:
    """Return the whole number below a hundred that one word or two say."""
    if len(words) == 1:
        return SMALL.get(words[0], TENS.get(words[0]))
    if len(words) == 2 and words[0] in TENS and 0 < SMALL.get(words[1], 0) < 10:
        return TENS[words[0]] + SMALL[words[1]]
    return None
