"""What the regular forms of an English word share: -s, -ed, -ing and the letters that change before them."""

import re
from typing import Final

_VOWELS: Final = "aeiouy"
_SHORT: Final = re.compile(r"[^aeiouy]*[aeiouy][^aeiouywx]")  # stop, plan: the last letter doubles before -ed
_NO_PLURAL: Final = ("ss", "us", "is")
_KEPT: Final = ("ll", "ss", "zz", "ff")  # doubled in the word itself


def stem(word: str) -> str:
    """Return what a word in lower case has in common with its regular forms; it need not be a word.

    Derived words are others: anxious and anxiety, depress and depression, severe and severely do not share a stem.
    """
    if len(word) > 3 and word.endswith("s") and not word.endswith(_NO_PLURAL):
        word = _singular(word)
    for ending in ("ing", "ed"):
        base = word.removesuffix(ending)
        if base != word and not word.endswith("eed") and len(base) > 1 and any(letter in _VOWELS for letter in base):
            return _bare(base)
    return _bare(word[:-1], e=True) if word.endswith("e") and len(word) > 3 else _y(word)


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    if word.endswith("oes"):
        return word[:-2]
    return word[:-1]


def _bare(base: str, *, e: bool = False) -> str:
    """Return the stem of a word that lost an ending: hop(e)d is hope, hopped is hop."""
    if _SHORT.fullmatch(base):
        return f"{base}e"
    if not e and len(base) > 3 and base[-1] == base[-2] and (not base.endswith(_KEPT) or len(base) > 6):
        return base[:-1]
    return _y(base)


def _y(word: str) -> str:
    """Return a stem with i for a last y behind a consonant: cry and cried."""
    return f"{word[:-1]}i" if len(word) > 2 and word[-1] == "y" and word[-2] not in _VOWELS else word
