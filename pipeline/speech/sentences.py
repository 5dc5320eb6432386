"""Where a sentence ends, word by word: punctuation, but not that of an abbreviation."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

FINAL: Final = ".!?…。！？"
CLOSING: Final = "\"'”’)]»"
OPENING: Final = "\"'“‘([«"
LONGEST_ABBREVIATION: Final = 10  # characters
TITLE: Final = re.compile(r"(?:dr|mr|mrs|ms|prof|st|vs|approx|[a-hj-z])\.", re.IGNORECASE)
RESUMES: Final = "correction"  # spoken, it goes on with the sentence before it
RETURNS: Final = "sorry"  # begins a sentence that may take back the end of the one before it
LETTERS: Final = re.compile(r"(?:e\.g|i\.e|etc|ph\.d|(?:[a-z]\.)+[a-z])\.", re.IGNORECASE)


def ends(word: str, following: str | None) -> bool:
    """Say whether a word ends a sentence: "Dr." never does, "p.m." before a capital letter or at the end."""
    bare = word.rstrip(CLOSING)
    if not bare or bare[-1] not in FINAL or (following or "").strip(",.:").casefold() == RESUMES:
        return False
    bare = bare.lstrip(OPENING)
    if following and bare[:1].isupper() and bare.strip(",.:").casefold() == RESUMES:
        return False  # a sentence of its own, "Correction.", goes on with what is corrected
    if following is None or len(bare) > LONGEST_ABBREVIATION:
        return True
    if TITLE.fullmatch(bare):
        return False
    return not LETTERS.fullmatch(bare) or following.lstrip(OPENING)[:1].isupper()


def returns(word: str, following: str) -> bool:
    """Say whether the sentence that begins behind a word may take back what was dictated: "800 mg. Sorry, 600 mg."."""
    return any(text[:1].isupper() and text.strip(",.:").casefold() == RETURNS for text in (word, following))


def split(words: Sequence[str]) -> Iterator[str]:
    """Yield the sentences of a line's words, joined by single spaces; one that takes back stays with the one before."""
    first = 0
    for place, word in enumerate(words, 1):
        if place == len(words) or (ends(word, words[place]) and not returns(word, words[place])):
            yield " ".join(words[first:place])
            first = place
