"""What a spoken correction replaces: like is put against like, and where nothing is alike, nothing is said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

NUMBER: Final = "#"
WEAK: Final = frozenset({"who", "whose"})  # too common to say by themselves what "I mean" replaces
LONGEST: Final = 8  # words that a phrase begun again replaces


@dataclass(frozen=True)
class Likeness:
    """Which words are of one kind: by `kinds`, as numbers, as subjects; behind `links` one word replaces one word."""

    kinds: Mapping[str, str]
    numbers: frozenset[str]
    subjects: frozenset[str]
    links: frozenset[str]

    def replaced(self, before: Sequence[str], after: Sequence[str]) -> int | None:
        """Return the first word of `before` that the words `after` a correction replace, up to its end.

        Both are lower-case words of one sentence. None where it is not clear.
        """
        found = self.like_for_like(before, after)
        if found is None:
            found = self._begun_again(before, after)
        if found is None and len(after) == 1 and len(before) > 1 and before[-2] in self.links:
            return len(before) - 1
        return found

    def like_for_like(self, before: Sequence[str], after: Sequence[str], *, strong: bool = False) -> int | None:
        """Return the first word of the longest end of `before` that `after` begins alike: number for number, ...

        `strong` asks for more than two pronouns.
        """
        earlier, later = self._kinds(before), [kind for kind, _ in self._kinds(after)]
        for start in range(len(earlier)):
            end = [kind for kind, _ in earlier[start:]]
            named = {kind for kind in end if kind == NUMBER or kind.startswith("<")}
            telling = named - {f"<{kind}>" for kind in WEAK} if strong else named
            if telling and later[: len(end)] == end:
                return earlier[start][1]
        return None

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

    def _kinds(self, words: Sequence[str]) -> list[tuple[str, int]]:
        """Return each word's kind (itself, where it is of none) and place; a number of several words counts once."""
        kinds: list[tuple[str, int]] = []
        for place, word in enumerate(words):
            joined = word == "and" and kinds and kinds[-1][0] == NUMBER and words[place - 1] in ("hundred", "thousand")
            if word[:1].isdigit() or joined or all(part in self.numbers for part in word.split("-")):
                if not kinds or kinds[-1][0] != NUMBER:
                    kinds.append((NUMBER, place))
            else:
                kind = self.kinds.get(word)
                kinds.append((f"<{kind}>" if kind else word, place))
        return kinds
