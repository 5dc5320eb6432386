"""Rules and tagger together: rules for what must never be missed, the tagger for what no lexicon lists."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from ..resources import read_yaml
from ..types import CATEGORIES, Category, Finding, Kind, Polarity, Transcript
from .frames import BARE
from .tagger import Reading, Tagged
from .unmeant import load_unmeant

SURE: Final = 0.5  # probability from which a polarity or a subject is the tagger's word
CERTAIN: Final[tuple[Category, ...]] = ("risk",)  # what a rule finds of these is never put aside
APART: Final[tuple[Category, ...]] = ("plan", "risk")  # of these one turn holds several, each a must of its own
CERTAIN_RULES: Final = (
    "assessment.score",
    "assessment.homework-answer",
    "assessment.homework-not-done",
    "behaviour.agreed",
    "behaviour.plain-conduct",
    "mood.course",
)
LONGEST_LABEL: Final = 60  # characters
NEGATION: Final = re.compile(
    r"\b(?:no|not|nor|none|never|nothing|nobody|nope|nah|without|neither|den(?:y|ies|ied|ying|ial)|negative|absent|nil"
    r"|free of|cannot|ruled out)\b|n[’']t\b",
    re.I,
)
OWN_FEELING: Final = re.compile(r"\bI(?:['’]m| am| was| felt| feel| found myself)(?:\s+\w+){0,2}\s*$")
SENTENCE_END: Final = re.compile(r"[.!?]\s")


class Bars(BaseModel):
    """Probabilities of the tagger from which a rule's finding is kept, and one of its own is believed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: Annotated[float, Field(ge=0)]
    alone: Annotated[float, Field(ge=0)]


class _BarFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    dictation: dict[Category, Bars]
    session: dict[Category, Bars]


Weights = Mapping[tuple[Kind, Category], Bars]


def read_bars(path: Path) -> Weights:
    """Read the bars that scripts/tune_findings chose for a tagger.

    Raises:
        SettingsInvalid: the file is missing or wrong.
    """
    file = read_yaml(path, _BarFile)
    kinds: tuple[tuple[Kind, dict[Category, Bars]], ...] = (("dictation", file.dictation), ("session", file.session))
    return {(kind, category): bars[category] for kind, bars in kinds for category in CATEGORIES}


@dataclass(frozen=True, slots=True)
class Weighed:
    """A finding that rules or tagger propose, and how sure the tagger is of its words."""

    finding: Finding
    turn: int
    support: float
    by_rule: bool


def weigh(transcript: Transcript, found: Sequence[Finding], reading: Reading, name: str) -> tuple[Weighed, ...]:
    """Return what the rules found, then what the tagger of this name sees, each with the tagger's support.

    What says nothing of this client, or of what was done, is left out of both.
    """
    order, unmeant = {turn.id: number for number, turn in enumerate(transcript.turns)}, load_unmeant()
    weighed = []
    for finding in found:
        evidence = finding.evidence[0]
        turn = order[evidence.turn_id]
        if unmeant.holds(transcript, turn, evidence.start, evidence.end, finding.category):
            continue
        own = reading.support(turn, evidence.start, evidence.end, finding.category)
        weighed.append(Weighed(finding.replace(score=(1 + own.score) / 2), turn, own.score, by_rule=True))
    weighed += [
        Weighed(_tagged(transcript, one, name), one.turn, one.score, by_rule=False)
        for one in reading.tagged()
        if (one.category != "mood" or _reported(transcript, one))
        and not unmeant.holds(transcript, one.turn, one.start, one.end, one.category)
    ]
    return tuple(weighed)


def select(weighed: Sequence[Weighed], kind: Kind, bars: Weights) -> tuple[Finding, ...]:
    """Return the findings that pass their bar, in order of turn and offset; of the same words a rule's is kept."""
    kept: list[Weighed] = []
    for one in weighed:
        bar = bars[kind, one.finding.category]
        if one.by_rule:
            certain = one.finding.category in CERTAIN or one.finding.rule.partition("@")[0] in CERTAIN_RULES
            certain = certain or one.finding.rule.startswith(BARE)
            passes = certain or one.support >= bar.rule
        else:
            passes = one.support >= bar.alone and not any(_same_words(one, other) for other in kept)
        if passes:
            kept.append(one)
    kept.sort(key=lambda w: (w.turn, w.finding.evidence[0].start, w.finding.evidence[0].end))
    return tuple(_folded(kept) if kind == "session" else (one.finding for one in kept))


def _folded(kept: Sequence[Weighed]) -> Iterator[Finding]:
    """Yield findings, those of one turn that say the same as one: in talk people say a thing in several goes.

    The same is what has one category, polarity and subject, and one label or none but the tagger's own words.
    """
    for _, turn in groupby(kept, key=lambda one: one.turn):
        together: list[list[Weighed]] = []
        for one in turn:
            home = next((group for group in together if _goes_with(one, group)), None)
            if home is None:
                together.append([one])
            else:
                home.append(one)
        for group in together:
            first = max(group, key=lambda one: (one.by_rule, one.finding.score)).finding
            yield first.replace(evidence=tuple(e for one in group for e in one.finding.evidence))


def _goes_with(one: Weighed, group: Sequence[Weighed]) -> bool:
    a, b = one.finding, group[0].finding
    if a.category in APART or (a.category, a.polarity, a.subject) != (b.category, b.polarity, b.subject):
        return False
    labels = {other.finding.label for other in group if other.by_rule}
    return not one.by_rule or not labels or a.label in labels


def _same_words(one: Weighed, other: Weighed) -> bool:
    a, b = one.finding.evidence[0], other.finding.evidence[0]
    alike = one.finding.category == other.finding.category or other.finding.rule.startswith(BARE)
    return one.turn == other.turn and alike and a.start < b.end and b.start < a.end


def _reported(transcript: Transcript, one: Tagged) -> bool:
    """Mood is reported, never detected: not the clinician's words in a session, nor the clinician's own feelings."""
    turn = transcript.turns[one.turn]
    if transcript.kind == "session":
        return turn.speaker != "clinician"
    return not OWN_FEELING.search(turn.text[: one.start])


def _tagged(transcript: Transcript, one: Tagged, name: str) -> Finding:
    turn = transcript.turns[one.turn]
    words = turn.text[one.start : one.end]
    return Finding(
        category=one.category,
        label=" ".join(words.casefold().split())[:LONGEST_LABEL],
        evidence=(transcript.evidence(turn.id, one.start, one.end),),
        rule=name,
        polarity=_polarity(turn.text, one),
        subject="other" if one.other >= SURE else "client",
        score=one.score,
    )


def _polarity(text: str, one: Tagged) -> Polarity:
    """Denied only where the tagger says so and a word of the same sentence denies: a denial needs words that deny."""
    before = [match.end() for match in SENTENCE_END.finditer(text, 0, one.start)]
    after = SENTENCE_END.search(text, one.end)
    sentence = text[before[-1] if before else 0 : after.start() if after else len(text)]
    return "denied" if one.denied >= SURE and NEGATION.search(sentence) else "affirmed"
