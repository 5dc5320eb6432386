"""Words that look like a finding and say nothing of this client, or of what was done; they are configs/unmeant.yaml.

A clinician tells of people in general and of themselves, or of a technique that was left; a client tells what a miracle
would change. A client's words about risk are never among them.
"""

import re
from functools import lru_cache
from typing import Final

from pydantic import BaseModel, ConfigDict

from .. import resources
from ..types import Category, Transcript
from .words import holds

Told = frozenset[Category]
GENERAL: Final[Told] = frozenset({"risk", "medication", "mood", "behaviour", "assessment"})
OWN: Final[Told] = frozenset({"medication", "behaviour", "assessment"})
TOLD_OWN: Final[Told] = frozenset({"medication", "behaviour", "mood", "assessment"})
SUPPOSED: Final[Told] = frozenset({"medication", "mood", "behaviour", "homework", "assessment", "plan"})
NEAR: Final = 4  # words between "I had" and what was had
_END: Final = re.compile(r"[.!?…]+[\"”']?\s+|\n+")
_WORD: Final = re.compile(r"\w+(?:['’]\w+)*")
_YOU: Final = frozenset({"you", "you're", "you've", "you'd", "you'll", "yourself"})


class Unmeant(BaseModel):
    """configs/unmeant.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    people: frozenset[str]
    not_general: frozenset[str]
    comparing: frozenset[str]
    points: frozenset[str]
    points_are: frozenset[str]
    own: frozenset[str]
    not_own: frozenset[str]
    told_own: frozenset[str]
    told_own_shared: frozenset[str]
    disclosing: frozenset[str]
    opening: frozenset[str]
    not_told_own: frozenset[str]
    speaking: frozenset[str]
    leaving: frozenset[str]
    work: frozenset[str]
    intended: frozenset[str]
    left: frozenset[str]
    supposing: frozenset[str]
    supposed: frozenset[str]

    def holds(self, transcript: Transcript, turn: int, start: int, end: int, category: Category) -> bool:
        """Say whether the characters [start, end) of a turn say nothing in this category."""
        said = transcript.turns[turn]
        before, words, after = _around(said.text, start, end)
        if category == "intervention":
            return self._left(before + words + after)
        if transcript.kind != "session":
            return (category in TOLD_OWN or category == "risk") and self._told_own(said.text, start, end, category)
        if said.speaker == "clinician":
            general = category in GENERAL and self._general(before, words, after)
            return general or (category in OWN and self._own(before, words, after))
        asked = transcript.turns[turn - 1] if turn else None
        if category not in SUPPOSED or asked is None or asked.speaker != "clinician":
            return False
        return holds(self.supposing, _words(asked.text)) and holds(self.supposed, before + words)

    def _general(self, before: list[str], words: list[str], after: list[str]) -> bool:
        """Say whether these words are told of people, or of a point on a scale, and not of "you"."""
        if self._point(before + words) or self._point(words + after, inside=True):
            return True
        if _YOU & set(words) or _YOU & set(after[:NEAR]):
            return False
        general = False
        for at, word in enumerate(before):
            if word in self.people or " ".join(before[at : at + 2]) in self.people:
                general = not (at and before[at - 1] in self.not_general)
            elif word in _YOU and not (general and set(before[max(0, at - 2) : at]) & self.comparing):
                general = False
        return general

    def _point(self, row: list[str], *, inside: bool = False) -> bool:
        """Say whether "you" is anybody at a point on a scale ("five is you cut yourself"), here or just before."""
        said = " ".join(row)
        points, are = (f"(?:{'|'.join(words)})" for words in (sorted(self.points), sorted(self.points_are)))
        found = list(re.finditer(rf"\b{points} {are} (?:that |when |where |like )?you\b", said))
        return bool(found) and (inside or len(said[found[-1].end() :].split()) <= NEAR)

    def _own(self, before: list[str], words: list[str], after: list[str]) -> bool:
        """Say whether "I" and a verb of one's own past stand right before these words, or open them."""
        row = before + words
        places = [at for at, word in enumerate(row) if word in ("i", "i've", "i'm")]
        if not places or len(before) - places[-1] > NEAR + 2:
            return False
        told = [*{"i've": ("have",), "i'm": ("am",)}.get(row[places[-1]], ()), *row[places[-1] + 1 :]]
        owns = any(_opens(told, phrase) for phrase in self.own)
        return owns and not holds(self.not_own, told + after[:NEAR])

    def _told_own(self, text: str, start: int, end: int, category: Category) -> bool:
        """Say whether a dictating clinician tells of themselves here; of a risk only that work may be left."""
        before, words, after = _around(text, start, end)
        row, first = _apart(before + words + after), _first(text, start)
        while row and row[0] in self.opening:
            row = row[1:]
        if row[:1] != ["i"]:
            return False
        told = row[1:]
        shared = max((p for p in self.disclosing if _opens(told, p)), key=len, default="")
        told = told[len(shared.split()) :]
        if shared:
            if told[:1] != ["i"]:
                return False
            told = told[1:]
        phrases = self.told_own | (self.told_own_shared if shared or "myself" in told else frozenset())
        own = max((p for p in phrases if _opens(told, p)), key=len, default="")
        rest = told[len(own.split()) :]
        if not own or holds(self.not_told_own, told):
            return False
        leaves = bool(rest) and rest[0] in self.leaving and rest[-1] in self.work and len(rest) <= NEAR
        if category == "risk" and not leaves:
            return False
        while first:
            earlier = _words(text[_first(text, first - 1) : first])
            if holds(self.speaking, earlier) or '"' in text[:start] or "“" in text[:start]:
                return False
            if _apart(earlier)[:1] != ["i"]:
                break
            first = _first(text, first - 1)
        return True

    def _left(self, row: list[str]) -> bool:
        """Say whether a sentence tells of what was intended and left."""
        return holds(self.intended, row) and holds(self.left, row)


def _around(text: str, start: int, end: int) -> tuple[list[str], list[str], list[str]]:
    """Return the words of a sentence before characters [start, end), in them and after them."""
    last = _END.search(text, end)
    return (
        _words(text[_first(text, start) : start]),
        _words(text[start:end]),
        _words(text[end : last.start() if last else len(text)]),
    )


def _first(text: str, start: int) -> int:
    """Return where the sentence of a place begins."""
    return max((match.end() for match in _END.finditer(text, 0, start)), default=0)


def _apart(row: list[str]) -> list[str]:
    """Return words with "I'm" and "I've" as two."""
    return [word for said in row for word in {"i'm": ("i", "am"), "i've": ("i", "have")}.get(said, (said,))]


def _opens(row: list[str], phrase: str) -> bool:
    return f"{' '.join(row)} ".startswith(f"{phrase} ")


def _words(text: str) -> list[str]:
    return [match[0].lower().replace("’", "'") for match in _WORD.finditer(text)]


@lru_cache
def load_unmeant() -> Unmeant:
    """Load configs/unmeant.yaml.

    Raises:
        SettingsInvalid: a key of it is wrong.
    """
    return resources.read_yaml(resources.configs() / "unmeant.yaml", Unmeant)
