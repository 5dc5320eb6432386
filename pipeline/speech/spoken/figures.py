"""Where a spoken number begins and ends among words, and where two may be one: "three hundred three times a day"."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ...numberwords import BIG, DIGITS, SMALL, below_hundred, number

NUMBER: Final = "#"
UNSURE: Final = "##"  # it may be two: "three hundred three times a day"
ADDED: Final = ("and", "a", "half")
LONGEST_NAME: Final = 2  # words of a scale's own number


@dataclass(frozen=True)
class Figures:
    """The words of numbers, what is counted behind them, lengths of time, and the scales' names ("PHQ-9")."""

    words: frozenset[str]
    counted: frozenset[str]
    lasting: frozenset[str]
    named: frozenset[str]

    def end_of_name(self, words: Sequence[str], at: int) -> int:
        """Return the end of the name at a place: a scale's own number is no score."""
        for end in range(min(at + 1 + LONGEST_NAME, len(words)), at + 1, -1):
            own = number([part for word in words[at + 1 : end] for part in word.split("-")])
            if own is not None and f"{words[at].upper()}-{own}" in self.named:
                return end
        return at + 1

    def number(self, words: Sequence[str], at: int, *, counted: bool) -> tuple[str, int] | None:
        """Return what the number at a place is, NUMBER or UNSURE, and its end; `counted` if a dose may stand here."""
        end = self._end(words, at)
        if end == at:
            return None
        parts = [part for word in words[at:end] for part in word.split("-")]
        if parts[0] == "a":
            parts[0] = "one"
        if tuple(parts[-3:]) == ADDED:
            parts = parts[:-3]
        following = words[end] if end < len(words) else ""
        takes = following in self.counted or (counted and following in self.lasting)
        split = takes and len(parts) > 1 and parts[-1] in DIGITS and parts[-2] != "and"
        return (UNSURE if split or not _one(parts) else NUMBER), end

    def _end(self, words: Sequence[str], at: int) -> int:
        """Return the end of the number at a place: digits are one by themselves, "a hundred" begins with its "a"."""
        end = at
        if words[at] == "a" and words[at + 1 : at + 2] and words[at + 1] in BIG:
            end += 1
        if words[at][:1].isdigit():
            end += 1
            while end < len(words) and words[end] in BIG:
                end += 1
        else:
            while end < len(words) and (self._says(words[end]) or self._adds(words, at, end)):
                end += 1
        return end + 3 if end > at and tuple(words[end : end + 3]) == ADDED else end

    def _says(self, word: str) -> bool:
        return all(part in self.words for part in word.split("-"))

    def _adds(self, words: Sequence[str], first: int, at: int) -> bool:
        """Say whether an "and" stands within a number: "a hundred and fifty"."""
        within = first < at and words[at] == "and" and words[at - 1] in BIG
        return within and at + 1 < len(words) and self._says(words[at + 1])


def _one(parts: Sequence[str]) -> bool:
    """Say whether words are one number, also as it is said for short: "two fifty", "twenty oh five"."""
    if len(parts) == 1 or parts[0][:1].isdigit() or number(parts) is not None:
        return True
    rest = parts[2:] if parts[1] == "oh" else parts[1:]
    small = below_hundred(rest)
    return (parts[0] in SMALL or parts[0] == "twenty") and small is not None and (parts[1] == "oh") == (small < 10)
