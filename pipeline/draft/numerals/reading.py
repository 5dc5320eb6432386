"""One sentence as words and numbers in a row, and what the rules ask about it."""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from ... import drugs
from .words import BIG, DIGITS, POINT, WORDS, number

ATOM: Final = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*")
LEAST_DIGITS: Final = 10  # smaller numbers stay words where nothing is measured
LONGEST_NAME: Final = 3  # words between a strength and what is taken of it: "milligram slow release diazepam tablets"
LEAST_COMMA: Final = 10_000  # a smaller number in a text may be a year


class Lists(BaseModel):
    """configs/numerals.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Annotated[int, Field(ge=1)]
    doses: dict[str, tuple[str, ...]]
    durations: frozenset[str]
    loose: frozenset[str]
    compounds: frozenset[str]
    no_nouns: frozenset[str]
    numbered: tuple[str, ...]
    scales: frozenset[str]
    scored: frozenset[str]
    on_the_way: frozenset[str]
    scores_as: frozenset[str]
    at_present: frozenset[str]
    counted: frozenset[str]
    taken: frozenset[str]
    several: frozenset[str]
    back: frozenset[str]
    reaching: frozenset[str]
    decades: frozenset[str]
    parts: frozenset[str]
    ages: frozenset[str]
    pieces: frozenset[str]
    noun_point: frozenset[str]
    between_scores: frozenset[str]
    spelled: frozenset[str]
    codes: frozenset[str]
    months: tuple[str, ...]
    doubtful_months: frozenset[str]
    dated: frozenset[str]
    dating: frozenset[str]
    either_hour: frozenset[int]

    @cached_property
    def unit_of(self) -> dict[str, str]:
        """Return how each spoken unit of dose is written."""
        return {said: unit for unit, ways in self.doses.items() for said in ways}

    @cached_property
    def month_of(self) -> dict[str, str]:
        """Return each month by its name in lower case."""
        return {month.casefold(): month for month in self.months}


@dataclass(frozen=True, slots=True)
class Atom:
    """A word or a number in digits, and what stands between it and the one before."""

    start: int
    end: int
    raw: str
    low: str
    gap: str


@dataclass(frozen=True, slots=True)
class Written:
    """What is written in place of the atoms up to `end`, and of the characters up to `stop`."""

    end: int
    text: str
    stop: int


@dataclass(frozen=True, slots=True)
class Number:
    """A number in atoms up to `end`; `raw` where it is in digits already."""

    value: Decimal
    end: int
    raw: str = ""

    def plain(self) -> str:
        """Write it in digits."""
        return self.raw or (f"{self.value:,}" if self.value >= LEAST_COMMA else f"{self.value}")

    def dose(self) -> str:
        """Write it as a dose: no zero at the end, a comma from 1,000."""
        text = f"{self.value:,}"
        return self.raw or (text.rstrip("0").rstrip(".") if "." in text else text)


class Reading:
    """A sentence that is read from left to right; `scoring` says whether a number at the place read is a score."""

    def __init__(self, text: str, lists: Lists) -> None:
        self.text, self.lists, self.scoring = text, lists, False
        self.atoms: list[Atom] = []
        end = 0
        for match in ATOM.finditer(text):
            low = match[0].casefold().replace("’", "'")
            self.atoms.append(Atom(*match.span(), match[0], low, text[end : match.start()]))
            end = match.end()

    def low(self, at: int) -> str:
        """Return the word at a place in lower case, nothing beyond the ends."""
        return self.atoms[at].low if 0 <= at < len(self.atoms) else ""

    def words(self, start: int, end: int) -> list[str]:
        """Return words in lower case."""
        return [self.low(i) for i in range(start, end)]

    def joined(self, at: int) -> bool:
        """Say whether a word follows the one before it with nothing but a space or a hyphen between."""
        return 0 < at < len(self.atoms) and self.atoms[at].gap in (" ", "-")

    def says(self, at: int, *words: str) -> bool:
        """Say whether these words follow, joined to what stands before them."""
        return all(self.joined(at + i) and self.low(at + i) == word for i, word in enumerate(words))

    def wrote(self, end: int, text: str) -> Written:
        """Return a text in place of the words up to `end`."""
        return Written(end, text, self.atoms[end - 1].end)

    def run(self, at: int) -> int:
        """Return the end of the longest run of number words from a place on."""
        end = at
        while end < len(self.atoms) and (end == at or self.joined(end)) and self._numeral(end, first=end == at):
            end += 1
        return end

    def number(self, at: int) -> Number | None:
        """Return the number that the whole run of number words at a place says."""
        end = self.run(at)
        words = self.words(at, end)
        if not words or words in (["hundred"], ["thousand"]):
            return None
        if self._two(at, end):
            return None  # "three hundred three times a day" is not 303
        if self._torn(at) or (self.joined(end) and self.low(end) in self.lists.decades):
            return None
        if words[:2] == ["one", POINT] and self.low(at - 1) == "at":
            return None  # "at one point five milligrams" may be 5 mg at one time
        raw = self.atoms[at].raw if words[0][:1].isdigit() and len(words) == 1 else ""
        value = number(words)
        return None if value is None else Number(value, end, raw)

    def amount(self, at: int) -> Number | None:
        """Return a number, one "and a half" too, or "a hundred"."""
        if self.low(at) == "a" and self.joined(at + 1) and self.low(at + 1) in BIG:
            end = self.run(at + 1)
            value = number(["one", *self.words(at + 1, end)])
            return None if value is None else Number(value, end)
        found = self.number(at)
        if found and self.says(found.end, "and", "a", "half"):
            return Number(found.value + Decimal("0.5"), found.end + 3)
        return found

    def unit(self, at: int) -> tuple[str, int] | None:
        """Return a unit of dose as it is written, and the end of its words."""
        if not self.joined(at):
            return None
        both = f"{self.low(at)} {self.low(at + 1)}"
        if self.joined(at + 1) and both in self.lists.unit_of:
            return self.lists.unit_of[both], at + 2
        unit = self.lists.unit_of.get(self.low(at))
        if unit and unit.casefold() == self.low(at):
            unit = self.atoms[at].raw
        return (unit, at + 1) if unit else None

    def measured(self, at: int) -> bool:
        """Say whether a unit stands here, so that the number before it counts something."""
        return self.unit(at) is not None or self.low(at).removesuffix("s") in self.lists.durations

    def noun(self, at: int) -> bool:
        """Say whether a word follows that may belong to the number before it, and is no number itself."""
        low = self.low(at)
        return self.joined(at) and low.isalpha() and low not in self.lists.no_nouns and low not in WORDS

    def counts(self, at: int) -> bool:
        """Say whether a word stands here that is counted: tablets, times, people."""
        return self.joined(at) and self.low(at) in (self.lists.pieces | self.lists.counted) - {"of", "who"}

    def _two(self, at: int, end: int) -> bool:
        """Say whether a number of several words may be two: a dose and how many are taken, a score and how long ago."""
        words = self.words(at, end)
        if len(words) < 2 or (POINT in words and words.index(POINT) > len(words) - 3):
            return False
        strength = self.unit(end)
        if strength and self._several(strength[1]) and POINT not in words:
            said_apart = all(self.atoms[i].gap != "-" for i in range(at + 1, end))
            return said_apart and "and" not in words  # "thirty two milligram tablets" may be 30 of 2 mg
        if words[-1] not in DIGITS or words[-2] == "and":
            return False
        return self._back(at, end) if self._lasts(end) else not self.scoring and self._taken(end)

    def _several(self, at: int) -> bool:
        """Say whether tablets or the like follow, at once or behind their name."""
        for place in range(at, at + LONGEST_NAME + 1):
            if self.joined(place) and self.low(place) in self.lists.several:
                return True
            if not self.noun(place):
                return False
        return False

    def _lasts(self, at: int) -> bool:
        return self.joined(at) and self.low(at).removesuffix("s") in self.lists.durations

    def _back(self, at: int, end: int) -> bool:
        """Say whether only the last word of a number may say how long ago: "sertraline fifty two weeks ago"."""
        before, back = self.low(at - 1), self.joined(end + 1) and self.low(end + 1) in self.lists.back
        if back and not self.low(end).endswith("s"):
            return True  # "thirty one month ago"
        return self.scoring or before in drugs.names() or (back and before in self.lists.reaching)

    def _torn(self, at: int) -> bool:
        """Say whether a "point" before a number may belong to it: "from point seventy five to one" is not 75 to 1."""
        before = self.low(at - 1) == POINT and self.joined(at) and self.low(at) != POINT
        return before and self.low(at - 2) not in self.lists.noun_point

    def _taken(self, at: int) -> bool:
        """Say whether the last small number before a place may be how many are taken, or the first of a range."""
        if any(" ".join(self.words(at, at + n)) in self.lists.taken for n in (1, 2, 3)):
            return True
        if self.says(at, "and", "a", "half"):
            return self._taken(at + 3)
        end = self.run(at + 1) if self.low(at) in ("to", "or") else at
        timed = self.low(end) in ("am", "pm") or self.low(end + 1) == "m"
        return end > at + 1 and not timed and self._taken(end)

    def _numeral(self, at: int, *, first: bool) -> bool:
        low, following = self.low(at), self.low(at + 1)
        if low == "and":
            return not first and self.low(at - 1) in BIG and following in WORDS - BIG and self.joined(at + 1)
        if low == POINT:
            goes_on = (following in WORDS or following.isdigit()) and self.joined(at + 1)
            noun = first and self.low(at - 1) in self.lists.noun_point
            return goes_on and not noun and (not first or self._dose_after_point(at))
        return low in WORDS or low[:1].isdigit()

    def _dose_after_point(self, at: int) -> bool:
        """Say whether "point five" stands before a unit of dose: "at that point five people" is no number."""
        end = at + 1
        while self.joined(end) and self.low(end) in DIGITS:
            end += 1
        if end == at + 1:
            return False
        second = self.run(end + 1) if self.joined(end + 1) and self.says(end, self.low(end)) else end
        ranged = self.low(end) in ("to", "or", "and") and second > end + 1
        return self.unit(second if ranged else end) is not None
