"""Findings to passages: the pieces of talk that a note quotes or writes, each with the findings it carries."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from ..types import QUOTED, Category, Evidence, Finding, Manner, Polarity, Statement, Transcript, Turn, source_of
from .confine import Room
from .dictated import Dictated
from .formats import Format, Traits
from .headings import Headings
from .merging import merged
from .passage import Passage
from .people import People
from .reported import Telling, exchange, load_vocabulary, narrowed
from .sentences import Span, pieces, sentences
from .techniques import load_techniques
from .wording import Wording

__all__ = ["Passage", "passages"]

# Where a passage carries findings of several categories, the first of these decides its section, so that risk is
# never filed under something milder.
PRECEDENCE: Final[tuple[Category, ...]] = (
    "risk",
    "medication",
    "homework",
    "plan",
    "assessment",
    "intervention",
    "mood",
    "behaviour",
)
USUAL: Final = Manner()
HEADED: Final = "heading."  # rules whose findings are a heading's bare answer: "Risk: low"
ANSWERS: Final = "answer.risk"  # rules whose findings are answers, which always stand with their question
BARE: Final = 4  # words under a heading that need it
BARE_OPENINGS: Final = frozenset(
    {
        "none",
        "no",
        "nil",
        "nothing",
        "low",
        "moderate",
        "medium",
        "high",
        "minimal",
        "mild",
        "elevated",
        "raised",
        "same",
        "unchanged",
        "stable",
        "good",
        "fair",
        "poor",
        "some",
        "completed",
        "done",
    }
    | {"partial", "partially", "declined", "refused", "continue", "continued", "as", "not"}
)
_WORDS: Final = re.compile(r"[^\W_]+")
NO_TITLE: Final = frozenset({"new", "next", "section", "heading", "colon"})
TURNED: Final = re.compile(r"\bbut\b", re.I)


@dataclass(frozen=True)
class _Said:
    """One place where a finding was said."""

    finding: Finding
    evidence: Evidence

    @property
    def span(self) -> Span:
        return self.evidence.start, self.evidence.end

    def traits(self, sentence: str) -> Traits:
        return Traits.of((self.finding,), self.evidence.speaker, sentence)


@dataclass(frozen=True)
class _Cut:
    """A piece of a turn, the findings in it, and the spoken heading that it stands under."""

    span: Span
    findings: tuple[Finding, ...]
    heading: str | None


@dataclass(frozen=True)
class _Page:
    """What all passages of one transcript are written from."""

    transcript: Transcript
    noted: Transcript
    headings: Headings
    wording: Wording
    dictated: Dictated | None
    session: Telling
    room: Room


def passages(
    transcript: Transcript,
    findings: Sequence[Finding],
    form: Format,
    wording: Wording,
    manner: Manner = USUAL,
    people: People | None = None,
) -> tuple[Passage, ...]:
    """Return the passages that carry the findings, in order of the format, then of time.

    `people` are the transcript's; without them they are found in it.
    """
    people = people or People.of(transcript)
    order = {turn.id: index for index, turn in enumerate(transcript.turns)}
    book = load_vocabulary()
    session = Telling(transcript, manner, people, book)
    room = Room(transcript, form)
    dictated = Dictated(wording, transcript, manner, people) if transcript.kind == "dictation" else None
    page = _Page(transcript, transcript.noted(), Headings(transcript, form), wording, dictated, session, room)
    said = [_Said(finding, evidence) for finding in findings for evidence in room.heard(finding.evidence)]
    said.sort(key=lambda item: (order[item.evidence.turn_id], item.evidence.start))
    found: list[Passage] = []
    for turn_id, group in groupby(said, key=lambda item: item.evidence.turn_id):
        index = order[turn_id]
        found += [_passage(page, index, cut) for cut in _cuts(page, index, tuple(group))]
    return merged(sorted(found, key=lambda p: p.place), book, session.told)  # stable: time decides within a place


def _cuts(page: _Page, index: int, said: tuple[_Said, ...]) -> Iterator[_Cut]:
    """Yield the sentences of a turn that carry findings, cut where they belong to different sections."""
    turn, headings = page.noted.turns[index], page.headings
    for start, end in _covering(sentences(turn.text), said):
        held = [item for item in said if start <= item.evidence.start < end]
        observed = page.wording.observed(turn.text[start:end])
        categories = {item.finding.category for item in held}
        heading = headings.at(index, start, categories) if held else None
        owners = [
            (item.span, headings.place(heading, item.finding.category, observed, item.traits(turn.text[start:end]))[0])
            for item in held
        ]
        for a, b in pieces(turn.text, (start, end), owners, _whole(turn.text[start:end], held)):
            inside = tuple(dict.fromkeys(item.finding for item in held if a <= item.evidence.start < b))
            if inside:
                yield _Cut(_shortest(page, turn, (a, b), said), inside, heading)


def _whole(sentence: str, held: Sequence[_Said]) -> bool:
    """Say whether a sentence stays whole: with a denial, and where "but" turns what it says of risk or medication."""
    turned = TURNED.search(sentence) and any(item.finding.category in ("risk", "medication") for item in held)
    return bool(turned) or any(item.finding.polarity == "denied" for item in held)


def _shortest(page: _Page, turn: Turn, span: Span, said: Sequence[_Said]) -> Span:
    """Return the part of a long sentence of a session that its findings stand in; dictated ones stay whole."""
    if page.transcript.kind == "dictation":
        return span
    return narrowed(turn.text, span, [item.span for item in said], load_vocabulary())


def _covering(spans: Iterator[Span], said: Sequence[_Said]) -> Iterator[Span]:
    """Join sentences that one finding's words run across."""
    ends = [item.span for item in said]
    held: Span | None = None
    for start, end in spans:
        held = (held[0], end) if held else (start, end)
        if not any(a < end < b for a, b in ends):
            yield held
            held = None
    if held:
        yield held


def _passage(page: _Page, index: int, cut: _Cut) -> Passage:
    transcript, wording = page.transcript, page.wording
    turn, span, held = page.noted.turns[index], cut.span, cut.findings
    words = turn.text[slice(*span)]
    category = min((f.category for f in held), key=PRECEDENCE.index)
    leading = [f for f in held if f.category == category]
    denied = all(f.polarity == "denied" for f in leading) and not (category == "risk" and wording.turned(words))
    polarity: Polarity = "denied" if denied else "affirmed"
    if page.dictated:
        evidence = transcript.noted_evidence(turn.id, *span)
        text = _quoting(page.dictated.written(turn.id, *span), evidence)
        offer = None
        if heading := _heading_of(transcript, turn, span, bare=all(f.rule.startswith(HEADED) for f in held)):
            evidence = (heading, *evidence)
            said = text.lstrip(" .,;:")
            text = f"{heading.quote.capitalize()}: {said[0].lower()}{said[1:]}"
    else:
        answers = any(finding.rule.startswith(ANSWERS) for finding in held)
        found = exchange(transcript, index, span, category, load_vocabulary(), answers=answers)
        evidence = page.room.standing(found)
        text, offer, evidence = _told(page, evidence, held, polarity)
    statement = Statement(
        text=text,
        source=source_of(transcript.kind, evidence[-1].speaker),
        category=category,
        evidence=evidence,
        polarity=polarity,
        subject="other" if all(f.subject == "other" for f in leading) else "client",
        findings=tuple(f.digest for f in held),
        offer=offer,
    )
    observed = transcript.kind == "dictation" and wording.observed(words)
    traits = Traits.of(leading, evidence[-1].speaker, words)
    return Passage(statement, page.headings.place(cut.heading, category, observed, traits), held)


def _heading_of(transcript: Transcript, turn: Turn, span: Span, *, bare: bool) -> Evidence | None:
    """Return the spoken heading right before words that mean nothing without it ("Medication colon none."), or None."""
    words = _WORDS.findall(turn.text[slice(*span)].casefold())
    before = [c for c in transcript.commands if c.section and c.turn_id == turn.id and c.end <= span[0]]
    if not before or not words or not (bare or (len(words) <= BARE and words[0] in BARE_OPENINGS)):
        return None
    if _WORDS.search(turn.text[before[-1].end : span[0]]):
        return None
    cue = before[-1]
    said = next(one.text for one in transcript.turns if one.id == turn.id)  # there the cue itself is not blank
    title = [word for word in _WORDS.finditer(said, cue.start, cue.end) if word[0].casefold() not in NO_TITLE]
    return transcript.evidence(turn.id, title[0].start(), title[-1].end()) if title else None


def _told(
    page: _Page, evidence: tuple[Evidence, ...], held: Sequence[Finding], polarity: Polarity
) -> tuple[str, str | None, tuple[Evidence, ...]]:
    """Return what a note says of words of a session, the same with a name for what only shows, and the words."""
    techniques, own = load_techniques(), evidence[0]
    named = techniques.named(own.quote) if len(evidence) == 1 and own.speaker == "clinician" else None
    if named:
        return named.text, None, (page.transcript.evidence(own.turn_id, own.start, own.start + named.end),)
    return page.session.told(evidence, polarity), techniques.offered(held, evidence), evidence


def _quoting(text: str, evidence: Sequence[Evidence]) -> str:
    """Take the quotation marks away where a filler or a struck word was left out between them."""
    quotes = [straight or curly for straight, curly in QUOTED.findall(text)]
    if all(any(quote in item.quote for item in evidence) for quote in quotes):
        return text
    return text.translate(dict.fromkeys(map(ord, '"“”')))
