"""Loops: the same words over and over, which Whisper writes where it loses its place; found by structure alone."""

import re
import zlib
from collections.abc import Sequence
from typing import Final

LONGEST_UNIT: Final = 30  # words in the phrase that repeats
MOST_RATIO: Final = 2.4  # bytes over compressed bytes; openai/whisper's own threshold for a text that repeats itself
NOT_A_LETTER: Final = re.compile(r"\W+")


def loops(words: Sequence[str]) -> list[tuple[int, int]]:
    """Return spans [start, end) of words that only repeat the phrase just before them; the first saying is in none.

    People repeat themselves, too: one word counts as a loop from 8 sayings on, two or three from 6, a phrase from 4.
    """
    plain = [NOT_A_LETTER.sub("", word.lower()) or word for word in words]
    found: list[tuple[int, int]] = []
    for unit in range(1, min(LONGEST_UNIT, len(plain) // 2) + 1):
        start = unit
        for place in range(unit, len(plain) + 1):
            if place < len(plain) and plain[place] == plain[place - unit]:
                continue
            if place - start >= unit * (_sayings(unit) - 1):
                found.append((start, place))
            start = place + 1
    return _merged(found)


def ratio(text: str) -> float:
    """Return how often over the text says the same: its bytes by its compressed bytes, some 1-1.6 for plain speech."""
    plain = text.encode()
    return len(plain) / len(zlib.compress(plain))


def _sayings(unit: int) -> int:
    return 8 if unit == 1 else 6 if unit <= 3 else 4


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join spans that overlap: a loop of one phrase is one of two phrases as well."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
