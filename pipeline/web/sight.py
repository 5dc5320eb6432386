"""What the pages show: the values of a draft turned into what a template prints; nothing is decided here."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from .. import review as reviewing
from ..draft.likeness import describe
from ..errors import NotFound
from ..moments import clock, due_in_words
from ..types import (
    Decision,
    Draft,
    Evidence,
    Likeness,
    MustTouch,
    Question,
    Review,
    Section,
    Statement,
    Transcript,
    Turn,
)

KEY: Final = 12  # characters of a statement's digest that name it in a page
SOON: Final = 4.0  # hours before a note is due that it is shown as due soon
WHO: Final = {
    "clinician": "Clinician",
    "client": "Client",
    "client2": "Second client",
    "other": "Another person",
    "unknown": "Not known who",
}


@dataclass(frozen=True)
class Piece:
    """Characters of a turn that are shown alike: `of` are the keys of the statements that stand on them."""

    text: str
    of: tuple[str, ...]
    doubtful: bool


@dataclass(frozen=True)
class TurnSight:
    """One turn of the transcript."""

    id: str
    who: str
    speaker: str
    at: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class StatementSight:
    """One statement as it stands now, with what was decided on it and why it must be touched."""

    key: str
    digest: str
    text: str
    drafted: str
    source: str
    category: str
    told: tuple[str, ...]
    evidence: tuple[str, ...]
    marks: tuple[str, ...]
    state: str  # "", kept, edited, dropped, taken
    offer: str | None

    @property
    def must(self) -> bool:
        """Whether it must be touched before signing."""
        return bool(self.marks)


@dataclass(frozen=True)
class SectionSight:
    """One section with its statements, in the order of the note."""

    key: str
    title: str
    statements: tuple[StatementSight, ...]
    not_addressed: tuple[str, ...]


@dataclass(frozen=True)
class TouchSight:
    """One must-touch item of the list; `key` is its statement's, "" where it stands for itself."""

    target: str
    key: str
    message: str
    touched: bool


@dataclass(frozen=True)
class AlikeSight:
    """A statement as it will be signed, how it stands in an earlier note, and what is to be said of that."""

    told: str
    now: str
    earlier: str


def turns(transcript: Transcript, statements: Sequence[Statement]) -> tuple[TurnSight, ...]:
    """Return the transcript, cut where evidence or doubt begins or ends."""
    spans: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for statement in statements:
        for item in statement.spoken:
            spans[item.turn_id].append((item.start, item.end, key_of(statement.digest)))
    return tuple(
        TurnSight(
            id=turn.id,
            who=WHO[turn.speaker],
            speaker=turn.speaker,
            at=clock(turn.start) if turn.end else "",
            pieces=tuple(_pieces(turn, spans[turn.id])),
        )
        for turn in transcript.turns
    )


def _pieces(turn: Turn, spans: Sequence[tuple[int, int, str]]) -> Iterator[Piece]:
    doubtful = [(word.start, word.end) for word in turn.words if word.doubtful and word.weighty]
    edges = {
        0,
        len(turn.text),
        *(edge for a, b, _ in spans for edge in (a, b)),
        *(e for word in doubtful for e in word),
    }
    bounds = sorted(edge for edge in edges if edge <= len(turn.text))
    for start, end in zip(bounds, bounds[1:], strict=False):
        yield Piece(
            text=turn.text[start:end],
            of=tuple(dict.fromkeys(key for a, b, key in spans if a <= start and end <= b)),
            doubtful=any(a <= start and end <= b for a, b in doubtful),
        )


def sections(draft: Draft, review: Review) -> tuple[SectionSight, ...]:
    """Return the draft's sections with what was decided; what was added by hand stands at its section's end."""
    decided = review.standing
    marks, placed = _marks(draft.must_touch), reviewing.layout(draft, review)
    as_signed = {section.key: section for section in reviewing.apply(draft, review)}
    gained_by_hand = {statement.digest for statement in gained(draft, review)}
    return tuple(
        SectionSight(
            key=section.key,
            title=section.title,
            statements=(
                *(
                    _statement(one, decided.get(one.digest), marks.get(one.digest, ()), review.reviewer)
                    for one in placed[section.key]
                ),
                *(_added(one) for one in as_signed[section.key].statements if one.digest in gained_by_hand),
            ),
            not_addressed=as_signed[section.key].not_addressed,
        )
        for section in draft.sections
    )


def gained(draft: Draft, review: Review) -> tuple[Statement, ...]:
    """Return what the note gained by hand: statements that were typed, and words quoted out of the transcript."""
    drafted = reviewing.origins(draft, review)
    standing = (one for section in reviewing.apply(draft, review) for one in section.statements)
    return tuple(one for one in standing if one.digest not in drafted)


def _statement(statement: Statement, decision: Decision | None, marks: Sequence[str], reviewer: str) -> StatementSight:
    states = {"keep": "kept", "edit": "edited", "drop": "dropped", "take": "taken"}
    action = decision.action if decision else ""
    text = statement.text
    if decision and action == "edit" and decision.text:
        text = decision.text
    elif action == "take" and statement.offer:
        text = statement.offer
    return StatementSight(
        key=key_of(statement.digest),
        digest=statement.digest,
        text=text,
        drafted=statement.text,
        source=statement.source,
        category=statement.category,
        told=tuple(_told(reviewing.changed(statement, decision, reviewer) if decision else statement)),
        evidence=tuple(_evidence(item) for item in statement.spoken),
        marks=tuple(marks),
        state=states.get(action, ""),
        offer=statement.offer,
    )


def _added(statement: Statement) -> StatementSight:
    return StatementSight(
        key=key_of(statement.digest),
        digest=statement.digest,
        text=statement.text,
        drafted=statement.text,
        source=statement.source,
        category=statement.category,
        told=(),
        evidence=tuple(_evidence(item) for item in statement.spoken),
        marks=(),
        state="added",
        offer=None,
    )


def _told(statement: Statement) -> Iterator[str]:
    if statement.polarity == "denied":
        yield "denied"
    if statement.subject == "other":
        yield "about another person"


def _evidence(item: Evidence) -> str:
    at = f"{clock(item.start_time)}, " if item.end_time else ""
    return f"{at}{WHO[item.speaker].lower()}{', words not kept' if item.dropped else f': “{item.quote}”'}"


def _marks(items: Sequence[MustTouch]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for item in items:
        found[item.target].append(item.message)
    return {target: tuple(messages) for target, messages in found.items()}


def moved(placed: Mapping[str, Sequence[Statement]], target: str, where: str) -> tuple[str, str | None]:
    """Return the section that a statement goes to, and the digest of the one that it goes before, None at the end.

    `where` is up, down or to:SECTION; at the top of its section "up" leaves it there, as "down" does at the bottom.

    Raises:
        NotFound: it is in no section.
    """
    if where.startswith("to:"):
        return where.removeprefix("to:"), None
    for section, statements in placed.items():
        digests = [statement.digest for statement in statements]
        if target in digests:
            place = digests.index(target)
            rest = [digest for digest in digests if digest != target]
            after = max(0, place - 1) if where == "up" else place + 1
            return section, rest[after] if after < len(rest) else None
    raise NotFound("There is no such statement in the note.", "Reload the page.")


def to_touch(draft: Draft, review: Review) -> tuple[TouchSight, ...]:
    """Return the must-touch list, one entry a target, what is still open first."""
    waiting = {item.target for item in reviewing.untouched(draft, review)}
    known = {statement.digest for statement in draft.statements()}
    entries = [
        TouchSight(
            target=target,
            key=key_of(target) if target in known else "",
            message=" ".join(messages),
            touched=target not in waiting,
        )
        for target, messages in _marks(draft.must_touch).items()
    ]
    return tuple(sorted(entries, key=lambda entry: entry.touched))


def alike(found: Sequence[Likeness], signed: Sequence[Section]) -> tuple[AlikeSight, ...]:
    """Return what stands nearly so in earlier notes beside how it stands there."""
    texts = {statement.digest: statement.text for section in signed for statement in section.statements}
    return tuple(
        AlikeSight(told=describe(item), now=texts[item.statement], earlier=item.text)
        for item in found
        if item.statement in texts
    )


def grouped(questions: Sequence[Question]) -> dict[str, tuple[Question, ...]]:
    """Return questions by severity, the weightiest first."""
    order = ("must", "should", "consider")
    return {name: tuple(question for question in questions if question.severity == name) for name in order}


def key_of(digest: str) -> str:
    """Return what names a statement in a page."""
    return digest[:KEY]


def due(at: datetime, now: datetime) -> tuple[str, str]:
    """Return how long until a note is due in words, and how pressing that is: "", soon or over."""
    hours = (at - now).total_seconds() / 3600
    return due_in_words(at, now), "over" if hours < 0 else "soon" if hours < SOON else ""
