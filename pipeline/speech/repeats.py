"""What Whisper writes where it loses its place: the same words over and over, or the terms it was told, read out.

Both are found by structure alone.
"""

import re
import zlib
from collections.abc import Sequence
from itertools import product, takewhile
from typing import Final

LONGEST_UNIT: Final = 30  # words in the phrase that repeats
MOST_RATIO: Final = 2.4  # bytes over compressed bytes; openai/whisper's own threshold for a text that repeats itself
LEAST_ECHOED: Final = 4  # terms; people do not name four of them in the very order of the list
NOT_A_LETTER: Final = re.compile(r"\W+")


def loops(words: Sequence[str]) -> list[tuple[int, int]]:
    """Return spans [start, end) of words that only repeat the phrase just before them; the first saying is in none.

    People repeat themselves, too: one word counts as a loop from 8 sayings on, two or three from 6, a phrase from 4.
    """
    plain = [_plain(word) for word in words]
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


def echoes(words: Sequence[str], terms: Sequence[str]) -> list[tuple[int, int]]:
    """Return spans [start, end) of words that read out at least LEAST_ECHOED of the terms in the order of the list."""
    numbers = [number for number, term in enumerate(terms) for _ in term.split()]
    listed = [_plain(word) for term in terms for word in term.split()]
    spoken = [_plain(word) for word in words]
    found = []
    for start, place in product(range(len(spoken)), range(len(listed))):
        if spoken[start] == listed[place]:
            pairs = zip(spoken[start:], listed[place:], strict=False)
            length = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
            if numbers[place + length - 1] - numbers[place] + 1 >= LEAST_ECHOED:
                found.append((start, start + length))
    return _merged(found)


def ratio(text: str) -> float:
    """Return how often over the text says the same: its bytes by its compressed bytes, some 1-1.6 for plain speech."""
    plain = text.encode()
    return len(plain) / len(zlib.compress(plain))


def _plain(word: str) -> str:
    return NOT_A_LETTER.sub("", word.lower()) or word


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
