"""Whether a time, a length, a date or a place that is named is the session's own, or something else's.

A heading names them in fragments ("Four p.m., fifty minutes by video"), a sentence by a word for the session ("she was
seen for fifty minutes"). What somebody does or has keeps its own times. The words are configs/session.yaml.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from pydantic import BaseModel, ConfigDict

from .. import resources
from .numbers import NUMBER

PLACED: Final = ("modality", "participants")
MASK: Final = "¤"  # stands for each character of what may be a detail
NEAR: Final = 3  # words behind a detail that say what it is of
_SENTENCE = re.compile(r"[^\s.!?](?:[^.!?\n]|[.!?](?!\s|$))*")
_EDGE = re.compile(r"[,;:–—]")
_WORD = re.compile(rf"{MASK}+|[^\W{MASK}]+(?:['’-][^\W{MASK}]+)*")
_PREPOSITION = re.compile(r"\b(?:on|at|for|in|around|about|after|during|within|by)(?: about| around)? *$", re.I)


class Lists(BaseModel):
    """configs/session.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    told: tuple[str, ...]
    header: tuple[str, ...]
    fillers: tuple[str, ...]
    pronouns: tuple[str, ...]
    people: tuple[str, ...]
    no_verbs: tuple[str, ...]
    reported: tuple[str, ...]
    other_days: tuple[str, ...]
    events: tuple[str, ...]
    no_session: tuple[str, ...]
    otherwise: tuple[str, ...]
    for_a_while: tuple[str, ...]


class Named(NamedTuple):
    """What may be a detail, the text around it in its sentence, other details masked, and the sentence before."""

    key: str
    text: str
    before: str
    after: str
    earlier: str = ""

    @property
    def piece(self) -> tuple[str, str]:
        """Return what stands before and behind it up to the next comma or colon."""
        return _EDGE.split(self.before)[-1], _EDGE.split(self.after)[0]


class Occasion:
    """The words of configs/session.yaml as patterns."""

    def __init__(self, lists: Lists) -> None:
        header, people = _either(lists.header), _either(lists.people)
        filler = rf"(?:{header}\b(?!['’])|{_either(lists.fillers)}\b|{NUMBER}\b|\d+\b|{MASK}+)"
        # Possessive: a word is read in one way only, however long the row of them is.
        fill = rf"(?:[\s,-]|{filler})*+"
        self._told = re.compile(rf"\b{_either(lists.told)}\b(?: (?-i:[A-Z]\w+))?{fill}$", re.I)  # "I met with Wren"
        ours = _either([words for words in lists.told if words.startswith(("i ", "we "))])
        self._met = re.compile(rf"[\s,]*{ours}\b", re.I)
        self._filled = re.compile(fill, re.I)
        self._headed = re.compile(rf"(?:^|{MASK}|\b{header}\b){fill}$", re.I)
        self._heads = re.compile(rf"[\s-]*(?:$|(?:\w+ )?{header}\b|{filler})", re.I)
        pronoun = rf"{_either(lists.pronouns)}\b(?! (?:is )?{NUMBER}\b| them\b)"
        person = rf"{people} (?!{_either(lists.no_verbs)}\b|{NUMBER}\b)(?=[^\W\d])"
        self._subject = re.compile(rf"\b(?:{pronoun}|{person})", re.I)
        self._reported = _words(lists.reported)
        self._other_days, self._events = _words(lists.other_days), _words(lists.events)
        self._no_session, self._otherwise = _words(lists.no_session), _words(lists.otherwise)
        self._while = _words(lists.for_a_while)

    def is_meant(self, named: Named, *, dictated: bool, opening: bool) -> bool:
        """Say whether a detail is the session's; a fragment names one only in the opening of a dictation."""
        if self._is_elsewhere(named):
            return False
        if self._told.search(named.before) and not self._reported.search(named.before):
            return True
        if named.key == "date" and dictated and self._met.match(named.after):
            return True
        if not dictated:
            return named.key in PLACED and not self._subject.search(named.piece[0])
        return opening and self._is_heading(named)

    def _is_elsewhere(self, named: Named) -> bool:
        """Say whether the words around it name something that has its own day, time, length or place."""
        near, behind = named.piece[0], _first(named.piece[1])
        if named.key in (*PLACED, "minutes"):
            whole, piece = f"{named.before} | {named.after}", " | ".join(named.piece)
            if self._otherwise.search(whole) or self._while.search(piece):
                return True
        if named.key in PLACED:
            return bool(self._no_session.search(f"{named.text} {behind}") or self._events.search(near))
        if named.text.lower().endswith("minute") and not self._heads.match(behind):
            return True
        if named.key == "minutes" and behind.startswith("for "):
            behind = ""  # "seen for fifty minutes for panic": the reason, not what lasted
        before = near if named.key == "minutes" else named.before
        owners = self._other_days if named.key == "date" else self._events
        around = f"{before} | {behind}"
        return bool(owners.search(around) or self._other_days.search(around))

    def _is_heading(self, named: Named) -> bool:
        """Say whether it stands in a fragment as a note begins, and is not what somebody did."""
        before, behind = named.piece
        if not named.before and self._goes_on(named):
            return False
        done = self._subject.search(named.before)
        timed = named.key not in (*PLACED, "minutes")
        if not timed and self._filled.fullmatch(before) and self._filled.fullmatch(behind):
            return not (done and self._events.search(named.before))
        if done or (_PREPOSITION.search(named.before) and self._subject.match(named.after.lstrip(" ,"))):
            return False
        if not timed:
            return not before.endswith(" for ") or bool(self._headed.search(before))
        return bool(self._headed.search(before) and (named.key == "date" or self._heads.match(behind)))

    def _goes_on(self, named: Named) -> bool:
        """Say whether a sentence that begins with a detail goes on about the one before: "She cried. Half an hour."."""
        if named.key in PLACED or (named.key == "minutes" and not self._subject.search(named.earlier)):
            return False
        return bool(self._events.search(named.earlier) or self._other_days.search(named.earlier))


def sentences(masked: str) -> Iterator[tuple[int, int]]:
    """Yield the characters [start, end) of the sentences of a text whose details are masked."""
    yield from (match.span() for match in _SENTENCE.finditer(masked))


@lru_cache
def load_occasion() -> Occasion:
    """Load configs/session.yaml.

    Raises:
        SettingsInvalid: a key of it is wrong.
    """
    return Occasion(resources.read_yaml(resources.configs() / "session.yaml", Lists))


def _either(words: Sequence[str]) -> str:
    """Return a pattern of words and phrases, the longest first; a star in them stands for any ending."""
    patterns = [re.escape(word).replace(r"\*", r"\w*") for word in sorted(words, key=len, reverse=True)]
    return f"(?:{'|'.join(patterns)})"


def _words(words: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"\b{_either(words)}\b", re.I)


def _first(text: str) -> str:
    """Return the first words of a text."""
    return " ".join(match[0] for match, _ in zip(_WORD.finditer(text), range(NEAR), strict=False))
