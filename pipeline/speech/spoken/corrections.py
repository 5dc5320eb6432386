"""What a spoken correction replaces: like is put against like, and where nothing is alike, nothing is said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from .figures import NUMBER, UNSURE, Figures

WEAK: Final = frozenset({"who", "whose"})  # too common to say by themselves what "I mean" replaces
LONGEST: Final = 8  # words that a phrase begun again replaces
FINITE: Final = frozenset(
    {"is", "are", "was", "were", "am", "has", "have", "had", "does", "do", "did", "isn't", "wasn't"}
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a word or a number is, the place of its first word, and whether a number stands right before it."""

    name: str
    place: int
    beside: bool = False


@dataclass(frozen=True)
class Likeness:
    """Which words are of one kind: by `kinds`, as numbers, as subjects; behind `links` one word replaces one word.

    `denials` turn around what stands behind them; `grave` are words that are not to be put behind one, `small` may.
    """

    kinds: Mapping[str, str]
    figures: Figures
    subjects: frozenset[str]
    links: frozenset[str]
    denials: frozenset[str]
    grave: frozenset[str]
    small: frozenset[str]

    def replaced(self, before: Sequence[str], after: Sequence[str]) -> int | None:
        """Return the first word of `before` that the words `after` a correction replace, up to its end.

        Both are lower-case words of one sentence. None where it is not clear.
        """
        found = self.like_for_like(before, after)
        if found is not None:
            return found
        found = self._begun_again(before, after)
        if found is None and len(after) == 1 and len(before) > 1 and before[-2] in self.links:
            found = len(before) - 1
        return None if found and self._would_turn(before, found, after) else found

    def like_for_like(self, before: Sequence[str], after: Sequence[str], *, strong: bool = False) -> int | None:
        """Return the first word of the longest end of `before` that `after` begins alike: number for number, ...

        `strong` asks for more than two pronouns.
        """
        earlier, later = self._kinds(before), self._kinds(after)
        for start, first in enumerate(earlier):
            end = earlier[start:]
            named = {kind.name for kind in end if kind.name in (NUMBER, UNSURE) or kind.name.startswith("<")}
            telling = named - {f"<{kind}>" for kind in WEAK} if strong else named
            if not telling or len(later) < len(end) or not all(map(_alike, end, later)):
                continue
            said = after[: later[len(end)].place] if len(later) > len(end) else after
            if first.beside and len(end) == 1 and not _same_digits(before[first.place :], said):
                return None  # "at 1 30, correction, 2": of which of them it is said is not clear
            return first.place if not self.denies(before[: first.place]) or self._only(end, after) else None
        return None

    def items(self, words: Sequence[str]) -> list[tuple[str, str]]:
        """Return each word's kind and the words themselves, those of one number together; there must be some."""
        kinds = self._kinds(words)
        ends = [*(kind.place for kind in kinds[1:]), len(words)]
        return [(kind.name, " ".join(words[kind.place : end])) for kind, end in zip(kinds, ends, strict=True)]

    def _would_turn(self, before: Sequence[str], first: int, after: Sequence[str]) -> bool:
        """Say whether `after` would be denied, or is a clause where the words from `first` are only a part of one."""
        clause = (FINITE | self.subjects) & {*after} and not (FINITE | self.subjects) & {*before[first:]}
        return bool(clause) or self.denies(before[:first])

    def _only(self, end: Sequence[_Kind], after: Sequence[str]) -> bool:
        """Say whether nothing but numbers, days and the like are replaced, which may be denied as well as the first."""
        like = all(
            kind.name in (NUMBER, UNSURE) or kind.name.startswith("<") or kind.name in self.small for kind in end
        )
        parts = {part for word in after for part in word.split("-")}
        return like and not (self.subjects | FINITE | self.grave) & parts

    def denies(self, words: Sequence[str]) -> bool:
        """Say whether a word among these denies."""
        return any(word in self.denials or word.endswith("n't") for word in words)

    def _begun_again(self, before: Sequence[str], after: Sequence[str]) -> int | None:
        """Return where what `after` begins with was said last: a clause, or a phrase of about that length."""
        if not after:
            return None
        places = [i for i, word in enumerate(before) if word == after[0]]
        same = [i for i in places if before[i + 1 : i + 2] == after[1:2]]
        if after[0] in self.subjects:
            chosen = same if same else places if places == [0] else []
            return chosen[-1] if len(chosen) == 1 else None
        near = [i for i in same or places if len(before) - i <= min(LONGEST, len(after) + 1)]
        return near[-1] if near and after[0] not in ("the", "a", "an", "and", "to", "of") else None

    def _kinds(self, words: Sequence[str]) -> list[_Kind]:
        """Return each word's kind (itself, where it is of none); a number counts once, a scale with its own number."""
        kinds: list[_Kind] = []
        at = 0
        while at < len(words):
            kind = self.kinds.get(words[at])
            named = f"<{kind}>" if kind else words[at]
            end = self.figures.end_of_name(words, at)
            if end == at + 1 and (number := self.figures.number(words, at, counted=_takes(kinds))):
                named, end = number
            beside = bool(kinds) and {kinds[-1].name, named} <= {NUMBER, UNSURE}
            kinds.append(_Kind(named, at, beside))
            at = end
        return kinds


def _takes(kinds: Sequence[_Kind]) -> bool:
    """Say whether a number behind these is a dose or a score, so that what is said of it may be the next number's."""
    return bool(kinds) and kinds[-1].name in ("<drug>", "<scale>")


def _alike(earlier: _Kind, later: _Kind) -> bool:
    """Say whether one may replace the other; a number that may be two is replaced by none that is surely one."""
    return earlier.name == later.name or (earlier.name == NUMBER and later.name == UNSURE)


def _same_digits(one: Sequence[str], other: Sequence[str]) -> bool:
    """Say whether both are one number of as many digits: "2025" and "2026"."""
    return [len(word) for word in one] == [len(word) for word in other] and all(w.isdecimal() for w in (*one, *other))
