"""Words of a text by their stems, so that "worried" meets "worries", and phrases found in it, as they stand there."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_DOUBLED: Final = re.compile(r"..([bdgmnpt])\1$")  # of "planned" and "cutting"; "worr" stays apart from "worse"
_SIGN: Final = re.compile(r"[,.;:!?()]")
_VOWEL: Final = re.compile("[aeiouy]")
# Endings with the fewest letters that must be left of the word; the first that fits goes, then the next: "worryings".
_ENDINGS: Final = (
    ("ational", 4),
    ("isation", 4),
    ("ization", 4),
    ("ation", 5),
    ("ness", 4),
    ("ment", 4),
    ("ings", 3),
    ("ing", 3),
    ("ist", 5),
    ("ied", 3),
    ("ies", 3),
    ("ed", 3),
    ("ly", 4),
    ("ic", 6),
    ("es", 4),
    ("s", 3),
    ("y", 3),
    ("e", 3),
)
Stems = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Token:
    """One word [start, end) of a text, its stem, and whether no sign stands between it and the word before."""

    start: int
    end: int
    stem: str
    joined: bool = True


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """Return the part of a word that its forms share; not always a word itself."""
    found = word.casefold().removesuffix("'s")
    while ending := next((end for end, least in _ENDINGS if _ends(found, end, least)), ""):
        found = found.removesuffix(ending)
    return found[:-1] if _DOUBLED.search(found) else found


def _ends(word: str, ending: str, least: int) -> bool:
    """Say whether an ending may go: enough is left, with a vowel in it; "stress" does not end in -s."""
    rest = word.removesuffix(ending)
    return rest != word and len(rest) >= least and bool(_VOWEL.search(rest)) and not word.endswith("ss")


def tokens(text: str, irregular: Mapping[str, str]) -> tuple[Token, ...]:
    """Return the words of a text in order; `irregular` gives other forms their word: slept, sleep."""
    plain = text.replace("’", "'")
    found, end = list[Token](), 0
    for match in WORD.finditer(plain):
        word = match[0].casefold().removesuffix("'s")
        joined = not _SIGN.search(plain, end, match.start())
        found.append(Token(*match.span(), stem(irregular.get(word, word)), joined))
        end = match.end()
    return tuple(found)


class Phrases:
    """Phrases of one or more words, each with a name, found by their stems."""

    def __init__(self, named: Iterable[tuple[str, str]], irregular: Mapping[str, str]) -> None:
        self._irregular = irregular
        self._by_first: dict[str, list[tuple[Stems, str]]] = {}
        for name, phrase in named:
            stems = tuple(token.stem for token in tokens(phrase, irregular))
            entries = self._by_first.setdefault(stems[0], [])
            if (stems, name) not in entries:
                entries.append((stems, name))
        for entries in self._by_first.values():
            entries.sort(key=lambda entry: -len(entry[0]))

    def find(self, text: str) -> Iterator[tuple[str, int, int]]:
        """Yield name, start and end of each phrase in a text, in order; the longest one at a place, none inside it."""
        words = tokens(text, self._irregular)
        at = 0
        while at < len(words):
            length = 0
            for stems, name in self._by_first.get(words[at].stem, ()):
                if len(stems) >= length and _are(words[at : at + len(stems)], stems):
                    length = len(stems)
                    yield name, words[at].start, words[at + length - 1].end
            at += length or 1

    def __contains__(self, text: str) -> bool:
        """Say whether any of the phrases is in a text."""
        return next(self.find(text), None) is not None


def _are(words: Sequence[Token], stems: Stems) -> bool:
    """Say whether these words are a phrase, which no sign cuts: "how to say, no voice" does not say no."""
    return tuple(word.stem for word in words) == stems and all(word.joined for word in words[1:])
