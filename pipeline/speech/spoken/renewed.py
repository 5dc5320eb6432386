"""What a sentence that begins with "sorry", "actually" or "no" does to the one before: "She took ten. No, twelve."."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from .corrections import FINITE, Likeness
from .figures import NUMBER, UNSURE

SHORT: Final = 3  # letters of a word that says little
JOINING: Final = frozenset({"and", "or", "plus"})
_Value = tuple[str, str, str]  # kind, words, the word behind them


@dataclass(frozen=True)
class Renewed:
    """The kinds of `values` that are told apart, of which `plain` ones in whole clauses too; `adding` replaces nothing.

    Behind a sentence that begins with one of `asking` comes an answer.
    """

    likeness: Likeness
    values: frozenset[str]
    plain: frozenset[str]
    adding: frozenset[str]
    asking: frozenset[str]

    def answers(self, before: Sequence[str], *, question: bool) -> bool:
        """Say whether what comes behind `before`, a `question` by its sign or its first word, answers it."""
        return question or before[0] in self.asking

    def replaced(self, before: Sequence[str], after: Sequence[str], *, weak: bool) -> int | None:
        """Return the first word of `before` that `after` replaces up to its end, None where it is not clear.

        One thing takes another's place and all else is the same; behind a `weak` cue it is a number, a day or the like.
        """
        first = None if self.adding & {*after} else self.likeness.like_for_like(before, after, strong=True)
        if first is None:
            return None
        end = self.likeness.items(before[first:])
        changed = [old[0] for old, new in zip(end, self.likeness.items(after), strict=False) if old[1] != new[1]]
        if len(changed) != 1 or (weak and not self._sure(before, after, changed[0])):
            return None
        return first

    def _sure(self, before: Sequence[str], after: Sequence[str], kind: str) -> bool:
        """Say whether a fragment replaces a value, and may be neither a denial nor one more of a list."""
        other = self.clause(after) or JOINING & {*after} or self.likeness.denies((*before, *after))
        return self._told(kind, clause=False) and kind != "<drug>" and not other

    def contests(self, before: Sequence[str], after: Sequence[str]) -> bool:
        """Say whether `after` tells a value of a kind that `before` tells others of: "ten tablets", "twelve"."""
        if not before or not after:
            return False
        clause = self.clause(after)
        earlier, later = self._values(before, clause=clause), self._values(after, clause=clause)
        return any(
            (rivals := [old for old in earlier if _alike(old, new, clause=clause)])
            and all(old[1] != new[1] for old in rivals)
            for new in later
        )

    def turns(self, before: Sequence[str], after: Sequence[str]) -> bool:
        """Say whether one of the two denies what the other says: "denied any plan", "she has a plan"."""
        one, other = self.likeness.denies(before), self.likeness.denies(after)
        named = {word for word in before if len(word) > SHORT} - self.likeness.subjects - self.likeness.denials
        return one != other and bool(named & {*after})

    def _values(self, words: Sequence[str], *, clause: bool) -> list[_Value]:
        items = self.likeness.items(words)
        values = []
        for (kind, said), (_, behind) in zip(items, (*items[1:], ("", "")), strict=True):
            often = kind == NUMBER and behind in ("times", "time")
            name = "<often>" if often else NUMBER if kind == UNSURE else kind
            if self._told(name, clause=clause):
                values.append((name, said, behind))
        return values

    def _told(self, kind: str, *, clause: bool) -> bool:
        return kind == NUMBER or kind.strip("<>") in (self.plain if clause else self.values)

    def clause(self, words: Sequence[str]) -> bool:
        """Say whether words hold a subject or a verb of their own."""
        return not (FINITE | self.likeness.subjects).isdisjoint(words)


def _alike(old: _Value, new: _Value, *, clause: bool) -> bool:
    """Say whether two values are of one kind; in a clause, numbers only of the same thing: "two hours"."""
    same = old[2] == new[2] or not new[2]
    return old[0] == new[0] and (not clause or old[0] != NUMBER or same)
