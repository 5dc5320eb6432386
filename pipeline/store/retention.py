"""What is kept how long: the one place that says it, finds what is there, and deletes what is due."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, Connection, Table, func, literal_column, select, true

from .. import law, resources
from ..config import RetentionSettings, Settings
from ..errors import SettingsInvalid
from ..types import Consent, Detail, Digest, Draft, Evidence, Note, Review, Statement, Typed
from . import consents, rows
from .schema import audit, drafts, notes, own, purges, reviews, spools, transcripts

KINDS: Final = ("recording", "source", "transcript", "orphan", "draft", "quotes", "note", "chain")
SPOKEN: Final = re.compile(
    r'"turn_id":"[^{}]{1,400}"speaker":"\w+","quote":"[^"]'
)  # evidence with its words, as it is kept
OF_SESSIONS: Final = "Of a session only where everybody agreed to that: evenfall consent list (keep quotes)."
Goes = Literal["itself", "apply", "asks"]


class Kind(BaseModel):
    """One kind of thing that is kept, until when, how it goes and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    until: str
    goes: Goes
    why: str


class Schedule(BaseModel):
    """configs/retention.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Literal["retention"]
    version: Annotated[int, Field(ge=1)]
    kinds: Mapping[str, Kind]


@dataclass(frozen=True)
class Held:
    """What is there of one kind: how many, since when, and how many of them are due; `files` counts those on disk."""

    key: str
    title: str
    until: str
    goes: Goes
    why: str
    count: int
    oldest: datetime | None = None
    due: int = 0
    next_due: datetime | None = None
    files: int | None = None


@dataclass(frozen=True)
class DueNotes:
    """A client's notes that no rule asks to keep any longer, unless the client was a minor then."""

    client: str | None
    notes: int
    last_service: datetime
    minor_until: datetime


@lru_cache
def load_schedule() -> Schedule:
    """Read what is kept how long.

    Raises:
        SettingsInvalid: configs/retention.yaml is wrong.
    """
    path = resources.configs() / "retention.yaml"
    found = resources.read_yaml(path, Schedule)
    if tuple(found.kinds) != KINDS:
        raise SettingsInvalid(f"{path}: kinds: it lists {', '.join(KINDS)}, in this order.", "Mend that key.")
    return found


def held(connection: Connection, settings: Settings, at: datetime, folder: Path) -> tuple[Held, ...]:
    """Return what is there of each kind, in the record and, of recordings, as files in `folder`."""
    wait, kept = settings.retention, transcripts.c
    orphan, waiting, pending = undrafted(connection), spools.c.key.is_not(None), purges.c.done.is_(False)
    on_disk = sum(1 for _ in folder.glob("*.spool"))
    old = at - timedelta(days=wait.recording_days)
    return (
        _held("recording", settings, connection, spools, waiting, spools.c.begun_at, old, files=on_disk),
        _held("source", settings, connection, purges, pending, None, None),
        _held("transcript", settings, connection, transcripts, ~orphan, kept.created_at, None),
        _held(
            "orphan", settings, connection, transcripts, orphan, kept.created_at, at - timedelta(wait.transcript_days)
        ),
        _drafts(connection, settings, at),
        _one("quotes", settings, count=_with_quotes(connection)),
        _notes(connection, settings, at),
        _one("chain", settings, count=connection.scalar(select(func.count()).select_from(audit)) or 0),
    )


def expired(connection: Connection, settings: Settings, at: datetime) -> tuple[Draft, ...]:
    """Return the user's own drafts that have expired, but none that was worked on, or written anew, of late."""
    query = select(drafts).where(drafts.c.expires_at <= at, own(connection, drafts))
    found = rows.values(connection, Draft, query.order_by(drafts.c.expires_at, drafts.c.digest))
    # to look at the queue begins a review of each: that alone is no work on it
    worked = (one for one in lately_reviewed(connection, settings, at) if one.decisions or one.undone or one.recalled)
    busy = {one.draft for one in worked} | lately_written(connection, settings, at)
    return tuple(one for one in found if one.digest not in busy)


def lately_reviewed(connection: Connection, settings: Settings, at: datetime) -> tuple[Review, ...]:
    """Return the reviews that were begun, or gone on with, so lately that their drafts are not to go by themselves."""
    return rows.values(connection, Review, select(reviews).where(reviews.c.created_at > _lately(settings, at)))


def lately_written(connection: Connection, settings: Settings, at: datetime) -> set[Digest]:
    """Return the drafts, by digest, that were written so lately, as in another format, that they are not to go yet."""
    return set(connection.scalars(select(drafts.c.digest).where(drafts.c.created_at > _lately(settings, at))))


def _lately(settings: Settings, at: datetime) -> datetime:
    return at - timedelta(hours=settings.retention.edited_hours)


def left_over(connection: Connection, settings: Settings, at: datetime) -> tuple[str, ...]:
    """Return the recordings, by digest, whose transcripts have no draft and are older than they may be."""
    old = at - timedelta(days=settings.retention.transcript_days)
    latest = func.max(transcripts.c.created_at)
    mine = select(transcripts.c.recording).where(undrafted(connection), own(connection, transcripts))
    query = mine.group_by(transcripts.c.recording)
    return tuple(connection.scalars(query.having(latest <= old).order_by(latest)))


def undrafted(connection: Connection) -> ColumnElement[bool]:
    """Return the condition that a transcript's recording has no draft of the same clinician."""
    whose = true() if connection.dialect.name == "sqlite" else literal_column("drafts.author = transcripts.author")
    return ~select(drafts.c.digest).where(drafts.c.recording == transcripts.c.recording, whose).exists()


def due_notes(connection: Connection, settings: Settings, at: datetime) -> tuple[DueNotes, ...]:
    """Return whose notes no rule asks to keep, by the last signature; nothing deletes them but their owner's word.

    When the client was born is not in the record: `minor_until` is when the notes of one born on the last day of
    service would be due.
    """
    last = func.max(notes.c.signed_at)
    query = select(notes.c.client, func.count().label("many"), last.label("last")).group_by(notes.c.client)
    due = []
    for row in connection.execute(query.order_by(last)).all():
        rules = _by_law(settings, () if row.client is None else consents.current(connection, row.client))
        if _years_after(row.last, rules.note_years) <= at:
            of_minor = _years_after(row.last, rules.majority_years + rules.minor_years)
            due.append(DueNotes(row.client, row.many, row.last, of_minor))
    return tuple(due)


def warns(draft: Draft, settings: Settings, at: datetime) -> bool:
    """Say whether a draft expires soon enough, or has expired, to warn of it."""
    return draft.expires_at - at <= timedelta(days=settings.retention.warn_days)


def quotes_in_words(settings: Settings) -> str:
    """Return what happens to the words of evidence when a note is signed, in a sentence for the clinician."""
    if settings.retention.keep_quotes:
        return "The words that each statement rests on are kept with the signed note."
    return (
        "The words that each statement rests on go when the note is signed: turn, time, speaker and a digest are kept."
    )


def without_quotes(note: Note) -> Note:
    """Return a note whose evidence says where its words stood, and no longer which; what was typed stays."""
    sections = tuple(one.replace(statements=tuple(map(_bare_statement, one.statements))) for one in note.sections)
    bare = (statement.digest for section in sections for statement in section.statements)
    now = dict(zip((statement.digest for statement in note.statements()), bare, strict=True))
    return note.replace(
        sections=sections,
        details=tuple(_bare_detail(detail) for detail in note.details),
        goals=tuple(goal.replace(statement=now.get(goal.statement, goal.statement)) for goal in note.goals),
    )


def _bare_statement(statement: Statement) -> Statement:
    return statement.replace(evidence=_bare(statement.evidence, statement.quotations))


def _bare_detail(detail: Detail) -> Detail:
    return detail.replace(evidence=_bare(detail.evidence, ()))


def _bare(evidence: tuple[Evidence | Typed, ...], quotations: tuple[str, ...]) -> tuple[Evidence | Typed, ...]:
    return tuple(item.without_words(quotations) if isinstance(item, Evidence) else item for item in evidence)


def _held(
    key: str,
    settings: Settings,
    connection: Connection,
    table: Table,
    which: ColumnElement[bool],
    since: "ColumnElement[Any] | None",
    due_before: datetime | None,
    files: int | None = None,
) -> Held:
    count = connection.scalar(select(func.count()).select_from(table).where(which)) or 0
    oldest = None if since is None else connection.scalar(select(func.min(since)).where(which))
    due = 0
    if since is not None and due_before is not None:
        due = connection.scalar(select(func.count()).select_from(table).where(which, since <= due_before)) or 0
    return _one(key, settings, count=count, oldest=oldest, due=due, files=files)


def _drafts(connection: Connection, settings: Settings, at: datetime) -> Held:
    oldest, soonest = connection.execute(select(func.min(drafts.c.created_at), func.min(drafts.c.expires_at))).one()
    count = connection.scalar(select(func.count()).select_from(drafts)) or 0
    return _one(
        "draft", settings, count=count, oldest=oldest, due=len(expired(connection, settings, at)), next_due=soonest
    )


def _notes(connection: Connection, settings: Settings, at: datetime) -> Held:
    count = connection.scalar(select(func.count()).select_from(notes)) or 0
    oldest = connection.scalar(select(func.min(notes.c.signed_at)))
    due = sum(client.notes for client in due_notes(connection, settings, at))
    return _one("note", settings, count=count, oldest=oldest, due=due)


def _with_quotes(connection: Connection) -> int:
    """Return how many signed notes hold words of evidence, as their own JSON says."""
    return sum(1 for payload in connection.scalars(select(notes.c.payload)) if SPOKEN.search(payload))


def _one(
    key: str,
    settings: Settings,
    *,
    count: int,
    oldest: datetime | None = None,
    due: int = 0,
    next_due: datetime | None = None,
    files: int | None = None,
) -> Held:
    kind = load_schedule().kinds[key]
    numbers = {**_by_law(settings).model_dump(), "expires_days": settings.draft.expires_days}
    shown = {name: f"{value:g}" for name, value in numbers.items() if name != "keep_quotes"}
    quotes = f"{quotes_in_words(settings)} {OF_SESSIONS if settings.retention.keep_quotes else ''}".strip()
    until = kind.until.format(**shown, quotes=quotes)
    return Held(key, kind.title, until, kind.goes, kind.why, count, oldest, due, next_due, files)


def _by_law(settings: Settings, given: Iterable[Consent] = ()) -> RetentionSettings:
    """Return how long things are kept, longer where the law of the practice, or of a client's consents, says so."""
    rules = settings.retention
    years, minors = law.of_client(settings.law, given, settings.home).years(rules.note_years, rules.minor_years)
    return rules.model_copy(update={"note_years": years, "minor_years": minors})


def _years_after(moment: datetime, years: int) -> datetime:
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:  # 29 February
        return moment.replace(year=moment.year + years, month=3, day=1)
