"""Where the words of a spoken cue stand as a cue and not as talk: configs/lexicons/speech/commands.yaml."""

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from ... import drugs
from ...resources import configs, read_yaml
from ...types import Seconds, Turn
from .. import sentences
from ..doubts import doubt
from .corrections import Likeness
from .figures import Figures
from .renewed import Renewed

WORD: Final = re.compile(r"[\w'’]+(?:[-.:,/][\w'’]+)*")
LEAST_SIGNS: Final = 2  # spoken signs that make a habit
MUTTERED: Final = frozenset({"um", "uh", "er", "erm", "oh"})  # said before a cue that begins a sentence
BROKEN: Final = ("correction", "section")  # of these a comma may part the words: "no, make that", "homework, colon"

CueKind = Literal["mark", "paragraph", "strike", "correction", "section", "end"]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Cue(_Table):
    """Phrases that are one cue, and where they are talk instead."""

    kind: CueKind
    place: Literal["alone", "beside", "opens", "starts"]
    phrases: tuple[str, ...]
    not_after: frozenset[str] = frozenset()
    not_before: frozenset[str] = frozenset()
    ends: frozenset[str] = frozenset()
    mark: str = ""
    habit: bool = False
    asks: bool = False
    weak: bool = False
    apart: bool = False
    section: str | None = None


class _File(_Table):
    version: Annotated[int, Field(ge=1)]
    lead_ins: tuple[str, ...]
    cues: tuple[Cue, ...]
    headings: dict[str, tuple[str, ...]]
    not_before_heading: frozenset[str]
    not_after_heading: frozenset[str]
    alike: dict[str, tuple[str, ...]]
    numbers: frozenset[str]
    links: frozenset[str]
    subjects: frozenset[str]
    denials: frozenset[str]
    small: frozenset[str]
    values: frozenset[str]
    plain: frozenset[str]
    adding: frozenset[str]
    asking: frozenset[str]

    def spoken_headings(self) -> Iterator[Cue]:
        """Yield a cue for each heading: "section plan", "next heading plan", "plan colon"."""
        for section, names in self.headings.items():
            called = [
                f"{new}{word} {n}" for n in names for word in ("section", "heading") for new in ("", "new ", "next ")
            ]
            colon = tuple(f"{phrase} colon" for phrase in (*names, *called))
            yield Cue(
                kind="section",
                section=section,
                place="opens",
                phrases=(*called, *colon),
                not_after=self.not_before_heading,
                not_before=self.not_after_heading,
            )


class _Numbers(BaseModel):
    """What is read of numerals.yaml: what is counted or taken, lengths of time, and the scales with a number."""

    taken: frozenset[str]
    durations: frozenset[str]
    numbered: frozenset[str]

    def figures(self, words: frozenset[str]) -> Figures:
        """Return what these words of numbers are read by."""
        counted = frozenset(phrase.split()[0] for phrase in self.taken)
        lasting = self.durations | {f"{word}s" for word in self.durations}
        return Figures(words, counted, lasting, self.numbered)


@dataclass(frozen=True)
class Vocabulary:
    """The cues by their first word, the longest phrase first; `rule` is the vocabulary's versioned name."""

    rule: str
    cues: dict[str, list[tuple[tuple[str, ...], Cue]]]
    lead_ins: list[tuple[str, ...]]
    likeness: Likeness
    renewed: Renewed


@cache
def load_vocabulary() -> Vocabulary:
    """Load configs/lexicons/speech/commands.yaml, the drugs' names, and what numerals.yaml says of numbers.

    Raises:
        SettingsInvalid: a file is missing or a key of it is wrong.
    """
    folder = configs() / "lexicons"
    file = read_yaml(folder / "speech" / "commands.yaml", _File)
    cues: dict[str, list[tuple[tuple[str, ...], Cue]]] = {}
    for cue in (*file.cues, *file.spoken_headings()):
        for phrase in cue.phrases:
            words = tuple(phrase.split())
            cues.setdefault(words[0], []).append((words, cue))
    for phrases in cues.values():
        phrases.sort(key=lambda item: -len(item[0]))
    kinds = {word: kind for kind, words in file.alike.items() for word in words}
    kinds |= dict.fromkeys(drugs.names(), "drug")
    lead_ins = sorted((tuple(phrase.split()) for phrase in file.lead_ins), key=len, reverse=True)
    figures = read_yaml(configs() / "numerals.yaml", _Numbers).figures(file.numbers)
    likeness = Likeness(kinds, figures, file.subjects, file.links, file.denials, doubt.load().grave, file.small)
    renewed = Renewed(likeness, file.values, file.plain, file.adding, file.asking)
    return Vocabulary(f"commands@{file.version}", cues, lead_ins, likeness, renewed)


@dataclass(frozen=True, slots=True)
class Token:
    """One word of one turn, the signs behind it, and whether it is the turn's last or a sentence's last."""

    turn: Turn
    start: int
    end: int
    norm: str
    after: str
    last: bool
    ends: bool

    @property
    def closes(self) -> bool:
        """Whether a sign or the end of the turn follows."""
        return bool(self.after) or self.last

    @property
    def end_of_signs(self) -> int:
        """Where the signs right behind the word end."""
        end = self.end + len(self.after)
        return end if self.turn.text[self.end : end] == self.after else self.end

    @property
    def time(self) -> tuple[Seconds, Seconds] | None:
        """When it was said, if the engine told."""
        for word in self.turn.words:
            if word.start <= self.start < word.end:
                return word.start_time, word.end_time
        return None


@dataclass(frozen=True, slots=True)
class Found:
    """A cue at tokens [start, end), with the words that led into it."""

    cue: Cue
    start: int
    end: int


def tokens(turn: Turn) -> Iterator[Token]:
    """Yield the words of a turn."""
    places = [match.span() for match in WORD.finditer(turn.text)]
    for number, (start, end) in enumerate(places, 1):
        last = number == len(places)
        after = turn.text[end : len(turn.text) if last else places[number][0]].strip()
        word = turn.text[start:end]
        ends = last or sentences.ends(word + after.replace(" ", ""), turn.text[slice(*places[number])])
        yield Token(turn, start, end, word.casefold().replace("’", "'"), after, last, ends)


def find_cues(said: Sequence[Token], vocabulary: Vocabulary) -> Iterator[Found]:
    """Yield the cues in order; of two that begin with the same word the longer one.

    A "period" in speech without signs is one only of somebody who says a sign in every other turn of it.
    """
    signed = {token.turn.id for token in said if token.after}
    free = {token.turn.id for token in said} - signed
    found = tuple(_candidates(said, vocabulary, free))
    found = tuple(sorted((*found, *_starting(said, found, vocabulary)), key=lambda one: one.start))
    spoken = [one for one in found if one.cue.kind == "mark" and said[one.start].turn.id in free]
    habit = len(spoken) >= max(LEAST_SIGNS, len(free) / 2)
    return (one for one in found if habit or not (one.cue.habit and said[one.start].turn.id in free))


def _candidates(said: Sequence[Token], vocabulary: Vocabulary, free: Set[str]) -> Iterator[Found]:
    at = 0
    while at < len(said):
        found = None
        for words, cue in vocabulary.cues.get(said[at].norm, ()):
            if cue.place != "starts" and _says(said, at, words, broken=cue.kind in BROKEN):
                found = _stands(said, at, at + len(words), cue, vocabulary, free=said[at].turn.id in free)
            if found:
                yield found
                break
        at = found.end if found else at + 1


def _starting(said: Sequence[Token], others: Sequence[Found], vocabulary: Vocabulary) -> Iterator[Found]:
    """Yield the cues that begin a sentence behind another, where no other cue stands in them or right behind."""
    taken = {at for one in others for at in range(one.start, one.end)}
    begun = {one.end for one in others if one.cue.kind == "paragraph" or (one.cue.mark and one.cue.mark != ",")}
    for first in range(1, len(said)):
        if not said[first - 1].ends and first not in begun:
            continue
        at = next((i for i in range(first, len(said)) if said[i].norm not in MUTTERED or said[i].ends), first)
        for words, cue in vocabulary.cues.get(said[at].norm, ()):
            end = at + len(words)
            if cue.place != "starts" or not _says(said, at, words, broken=True) or taken & {*range(first, end + 1)}:
                continue
            if _goes_on(said, end, cue):
                yield Found(cue, first, end)
                break


def _goes_on(said: Sequence[Token], end: int, cue: Cue) -> bool:
    """Say whether a cue that begins a sentence is followed as it must be."""
    last = said[end - 1]
    if cue.apart:
        return bool(last.after) and not last.ends
    return end < len(said) and (last.closes or said[end].norm not in cue.not_before)


def _says(said: Sequence[Token], at: int, words: Sequence[str], *, broken: bool) -> bool:
    here = said[at : at + len(words)]
    whole = all(a.turn is b.turn and not a.ends and (broken or not a.after) for a, b in pairwise(here))
    return whole and [token.norm for token in here] == list(words)


def _stands(said: Sequence[Token], at: int, end: int, cue: Cue, vocabulary: Vocabulary, *, free: bool) -> Found | None:
    """Return the cue if its words stand as one; `free` where no signs could tell."""
    start = _led_in(said, at, vocabulary) if cue.kind in ("strike", "correction") else at
    opens = start < at or start == 0 or said[start - 1].turn is not said[start].turn or said[start - 1].closes
    closes = said[end - 1].closes
    if (not opens and said[start - 1].norm in cue.not_after) or (not closes and said[end].norm in cue.not_before):
        return None
    stands = {"alone": opens and closes, "beside": opens or closes, "opens": opens}[cue.place] or free
    if not stands or (cue.ends and not closes and not _asks(said, at, cue.ends)):
        return None
    return Found(cue, start, end)


def _led_in(said: Sequence[Token], at: int, vocabulary: Vocabulary) -> int:
    """Return where the words that lead into a cue begin."""
    for words in vocabulary.lead_ins:
        first = at - len(words)
        if first >= 0 and _says(said, first, words, broken=False) and not said[at - 1].ends:
            return _led_in(said, first, vocabulary)
    return at


def _asks(said: Sequence[Token], at: int, openers: frozenset[str]) -> bool:
    """Say whether the sentence that goes on up to a token began as a question."""
    first = at
    while first and not said[first - 1].ends:
        first -= 1
    return any(token.norm in openers for token in said[first : min(first + 2, at)])
