"""What a speaker took back in mid-sentence: like is put against like, and where nothing is alike, all stays."""

import re
from typing import Final

from .vocabulary import Vocabulary, any_of

_WORD: Final = re.compile(r"[\w'’]+(?:[-.:/%][\w'’]+)*%?")
_MARK: Final = re.compile(r"[.!?]")
LONGEST: Final = 8  # words that one correction replaces

_Word = tuple[str, int, int]  # kind (the word itself, where it is of none), start, end


class Repairs:
    """Corrections between two words of one kind: "forty no sorry fifty milligrams"."""

    def __init__(self, words: Vocabulary) -> None:
        apart = any_of(words.repairs_apart)
        marks = rf"(?:{any_of(words.repairs)}|(?<=,\s)(?:{apart}|no(?=,)))"
        self._mark = re.compile(rf"{marks}(?:[,\s]+(?:{any_of(words.repairs)}|{apart}))*", re.I)
        self._kinds = {word: f"<{kind}>" for kind, named in words.kinds.items() for word in named}
        self._parts = frozenset(words.parts)

    def mended(self, text: str) -> str:
        """Return the sentence with what stands in place of what was taken back, as far as that is clear."""
        at = 0
        while match := self._mark.search(text, at):
            start = self._replaced(text[: match.start()], text[match.end() :])
            if start is None:
                at = match.end()
            else:
                text = text[:start] + text[match.end() :].lstrip(" ,;")
                at = start
        return text

    def _replaced(self, before: str, after: str) -> int | None:
        """Return where in `before` the words begin that the words `after` replace."""
        sentence = max((match.end() for match in _MARK.finditer(before) if before[match.end() :][:1] == " "), default=0)
        earlier = self._words(before, sentence)[-LONGEST:]
        later = [kind for kind, _, _ in self._words(after, 0)]
        for first, (_, start, _) in enumerate(earlier):
            end = [kind for kind, _, _ in earlier[first:]]
            if later[: len(end)] != end or not any(kind.startswith("<") for kind in end):
                continue
            half = end[0] == "<number>" and first and earlier[first - 1][0] in self._parts
            return None if half else start
        return None

    def _words(self, text: str, start: int) -> list[_Word]:
        """Return the words of the text from `start`; a number of several words is one."""
        found: list[_Word] = []
        for match in _WORD.finditer(text, start):
            word = match[0].casefold().replace("’", "'")
            kind = self._kinds.get(word, word)
            if word[0].isdigit() or all(self._kinds.get(part) == "<number>" for part in word.split("-")):
                kind = "<number>"
            joined = found and found[-1][0] == "<number>" and not text[found[-1][2] : match.start()].strip()
            if kind == "<number>" and joined:
                found[-1] = (kind, found[-1][1], match.end())
            else:
                found.append((kind, match.start(), match.end()))
        return found
