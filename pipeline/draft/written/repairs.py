"""What a speaker took back in mid-sentence: like is put against like, and where nothing is alike, all stays."""

import re
from typing import Final

from .vocabulary import Vocabulary, any_of

_WORD: Final = re.compile(r"[\w'’]+(?:[-.:/%][\w'’]+)*%?")
_END: Final = re.compile(r"[.!?](?= )")
LONGEST: Final = 8  # words that one correction replaces

_Word = tuple[str, int, int]  # kind (the word itself, where it is of none), start, end
_CLAUSE: Final = re.compile(r"[^,;.!?]*")


class Repairs:
    """Corrections between two words of one kind: "forty no sorry fifty milligrams"."""

    def __init__(self, words: Vocabulary) -> None:
        apart = any_of(words.repairs_apart)
        marks = rf"(?:{any_of(words.repairs)}|(?<=,\s)(?:{apart}|no(?=,)))"
        self._mark = re.compile(rf"{marks}(?:[,\s]+(?:{any_of(words.repairs)}|{apart}))*", re.I)
        self._sure = re.compile(any_of(words.repairs), re.I)
        self._adding = re.compile(any_of(words.adding), re.I)
        self._answers = re.compile(any_of(words.answers), re.I)
        self._joined = re.compile(rf"[\s,]*{any_of(words.joining)}", re.I)
        self._clauses = re.compile(any_of((*words.begun, *words.begun_verbs)), re.I)
        self._kinds = {word: f"<{kind}>" for kind, named in words.kinds.items() for word in named}
        self._parts = frozenset(words.parts)

    def mended(self, text: str) -> str:
        """Return the sentence with what stands in place of what was taken back, as far as that is clear."""
        at = 0
        while match := self._mark.search(text, at):
            weak = not self._sure.search(match[0])
            start = self._replaced(text[: match.start()], text[match.end() :], weak=weak)
            if start is None:
                at = match.end()
            else:
                text = text[:start] + text[match.end() :].lstrip(" ,;")
                at = start
        return text

    def _replaced(self, before: str, after: str, *, weak: bool) -> int | None:
        """Return where in `before` the words begin that the words `after` replace; a `weak` mark may be none."""
        sentence = max((match.end() for match in _END.finditer(before)), default=0)
        ends = _END.search(after)
        after = after[: ends.end()] if ends else after
        if self._adding.search(after) or (weak and self._answers.search(f"{before[sentence:]} {after}")):
            return None
        earlier, said = self._words(before, sentence)[-LONGEST:], self._words(after, 0)
        later = [kind for kind, _, _ in said]
        for first, (_, start, _) in enumerate(earlier):
            end = [kind for kind, _, _ in earlier[first:]]
            if later[: len(end)] != end or not any(kind.startswith("<") for kind in end):
                continue
            half = end[0] == "<number>" and first and earlier[first - 1][0] in self._parts
            pairs = list(zip(earlier[first:], said, strict=False))
            return None if half or (weak and not self._only_one(before, after, pairs)) else start
        return None

    def _only_one(self, before: str, after: str, pairs: list[tuple[_Word, _Word]]) -> bool:
        """Say whether one of these words is replaced by another, all else is the same, and no clause goes on there."""
        changed = [old for old, new in pairs if before[old[1] : old[2]].lower() != after[new[1] : new[2]].lower()]
        end = pairs[-1][1][2]
        clause = _CLAUSE.match(after, end)
        goes_on = self._joined.match(after, end) or (clause and self._clauses.search(clause[0]))
        return len(changed) == 1 and not goes_on

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
