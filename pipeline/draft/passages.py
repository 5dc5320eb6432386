"""Findings to passages: the pieces of talk that a note quotes or writes, each with the findings it carries."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from ..types import QUOTED, Category, Evidence, Finding, SourceClass, Statement, Transcript, Turn
from .formats import Format
from .headings import Headings
from .sentences import Span, pieces, sentences
from .wording import Wording

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
SHORT_ANSWER: Final = 3  # words; an answer up to this long means nothing without its question
_WHO: Final = {"clinician": "Clinician", "client": "Client", "client2": "Second client", "other": "Another person"}


@dataclass(frozen=True)
class Passage:
    """One statement to be, its place in the format (section, take) and the findings that it carries."""

    statement: Statement
    place: tuple[int, int]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class _Said:
    """One place where a finding was said."""

    finding: Finding
    evidence: Evidence

    @property
    def span(self) -> Span:
        return self.evidence.start, self.evidence.end


@dataclass(frozen=True)
class _Cut:
    """A piece of a turn, the findings in it, and the spoken heading that it stands under."""

    span: Span
    findings: tuple[Finding, ...]
    heading: str | None


def passages(
    transcript: Transcript, findings: Sequence[Finding], form: Format, wording: Wording
) -> tuple[Passage, ...]:
    """Return the passages that carry the findings, in order of the format, then of time."""
    order = {turn.id: index for index, turn in enumerate(transcript.turns)}
    noted, headings = transcript.noted(), Headings(transcript, form)
    said = [_Said(finding, evidence) for finding in findings for evidence in finding.evidence]
    said.sort(key=lambda item: (order[item.evidence.turn_id], item.evidence.start))
    found: list[Passage] = []
    for turn_id, group in groupby(said, key=lambda item: item.evidence.turn_id):
        index = order[turn_id]
        found += [
            _passage(transcript, noted, index, cut, headings, wording)
            for cut in _cuts(noted.turns[index], index, tuple(group), headings, wording)
        ]
    seen: set[tuple[int, str]] = set()
    kept: list[Passage] = []
    for passage in sorted(found, key=lambda p: p.place):  # stable: time decides within a place
        key = (passage.place[0], passage.statement.text.casefold())
        if key not in seen:
            seen.add(key)
            kept.append(passage)
    return tuple(kept)


def _cuts(turn: Turn, index: int, said: tuple[_Said, ...], headings: Headings, wording: Wording) -> Iterator[_Cut]:
    """Yield the sentences of a turn that carry findings, cut where they belong to different sections."""
    for start, end in _covering(sentences(turn.text), said):
        held = [item for item in said if start <= item.evidence.start < end]
        observed = wording.observed(turn.text[start:end])
        categories = {item.finding.category for item in held}
        heading = headings.at(index, start, categories) if held else None
        owners = [(item.span, headings.place(heading, item.finding.category, observed)[0]) for item in held]
        denied = any(item.finding.polarity == "denied" for item in held)
        for a, b in pieces(turn.text, (start, end), owners, denied):
            inside = tuple(dict.fromkeys(item.finding for item in held if a <= item.evidence.start < b))
            if inside:
                yield _Cut((a, b), inside, heading)


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


def _passage(
    transcript: Transcript, noted: Transcript, index: int, cut: _Cut, headings: Headings, wording: Wording
) -> Passage:
    turn, span, held = noted.turns[index], cut.span, cut.findings
    words = turn.text[slice(*span)]
    category = min((f.category for f in held), key=PRECEDENCE.index)
    leading = [f for f in held if f.category == category]
    if transcript.kind == "dictation":
        evidence = transcript.noted_evidence(turn.id, *span)
        text = _quoting(wording.written(words), evidence)
    else:
        evidence = _exchange(transcript, index, span, category)
        text = " ".join(_said(item) for item in evidence)
    statement = Statement(
        text=text,
        source=_source(transcript, evidence[-1]),
        category=category,
        evidence=evidence,
        polarity="denied" if all(f.polarity == "denied" for f in leading) else "affirmed",
        subject="other" if all(f.subject == "other" for f in leading) else "client",
        findings=tuple(f.digest for f in held),
    )
    observed = transcript.kind == "dictation" and wording.observed(words)
    return Passage(statement, headings.place(cut.heading, category, observed), held)


def _exchange(transcript: Transcript, index: int, span: Span, category: Category) -> tuple[Evidence, ...]:
    """Return the words of a session as evidence: a short answer with its question, a question with its answer."""
    turns = transcript.turns
    turn = turns[index]
    own = transcript.evidence(turn.id, *span)
    if turn.speaker == "clinician":
        asked = own.quote.rstrip().endswith("?") and category != "intervention"
        if asked and index + 1 < len(turns) and turns[index + 1].speaker != turn.speaker:
            answer = turns[index + 1]
            return own, transcript.evidence(answer.id, *next(sentences(answer.text)))
    elif index and len(own.quote.split()) <= SHORT_ANSWER and turns[index - 1].speaker != turn.speaker:
        question = turns[index - 1]
        return transcript.evidence(question.id, *list(sentences(question.text))[-1]), own
    return (own,)


def _said(item: Evidence) -> str:
    who = _WHO.get(item.speaker, "A speaker not told apart")
    verb = "asked" if item.speaker == "clinician" and item.quote.endswith("?") else "said"
    if '"' not in item.quote:
        return f'{who} {verb}: "{item.quote}"'
    # Marks around words that hold marks would quote what was not said; without them the words stand as they are.
    return f"{who} {verb}: {item.quote}"


def _quoting(text: str, evidence: Sequence[Evidence]) -> str:
    """Take the quotation marks away where a filler or a struck word was left out between them."""
    quotes = [straight or curly for straight, curly in QUOTED.findall(text)]
    if all(any(quote in item.quote for item in evidence) for quote in quotes):
        return text
    return text.translate(dict.fromkeys(map(ord, '"“”')))


def _source(transcript: Transcript, item: Evidence) -> SourceClass:
    if transcript.kind == "dictation":
        return "clinician dictated"
    if item.speaker == "clinician":
        return "clinician said"
    return "client said" if item.speaker in ("client", "client2") else "other person said"
