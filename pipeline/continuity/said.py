"""What a client's signed notes and their addenda say, statement by statement, in the order of the sessions."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ..types import Addendum, Category, Digest, Note, Polarity, Statement, Subject

_END = re.compile(r"(?<=[.!?])\s+|\n+")

When = tuple[date, datetime]  # the session's day, then the signature


@dataclass(frozen=True)
class Earlier:
    """A signed note with what was added to it."""

    note: Note
    addenda: tuple[Addendum, ...] = ()


@dataclass(frozen=True)
class Said:
    """One statement of a signed note, or one sentence of an addendum, which has no category.

    `note` is the digest of its note, `statement` its own or the addendum's, where `place` counts the sentences from 0;
    `day` is the session's, of an addendum the day it was signed.
    """

    text: str
    note: Digest
    statement: Digest
    signed_at: datetime
    day: date
    category: Category | None = None
    polarity: Polarity = "affirmed"
    subject: Subject = "client"
    place: int = 0

    @property
    def when(self) -> "When":
        """When it counts among the rest: a note signed late is no news."""
        return self.day, self.signed_at

    @property
    def clause(self) -> str:
        """The text without its full stop, to stand inside a sentence."""
        return self.text.rstrip(". ")


def session_day(note: Note) -> date:
    """Return the day of a note's session; where the note does not hold it, the day of signing, in local time."""
    known = {detail.key: detail.value for detail in note.details}
    return date.fromisoformat(known["date"]) if "date" in known else note.signature.at.astimezone().date()


def when(note: Note) -> When:
    """Return what the order of notes goes by."""
    return session_day(note), note.signature.at


def in_order(earlier: Sequence[Earlier]) -> list[Earlier]:
    """Return the notes in the order of their sessions."""
    return sorted(earlier, key=lambda each: (when(each.note), each.note.digest))


def read(earlier: Sequence[Earlier]) -> tuple[Said, ...]:
    """Return all that the notes and their addenda say, in the order of the sessions."""
    said = (one for each in earlier for one in (*_of_note(each.note), *_of_addenda(each.addenda)))
    return tuple(sorted(said, key=lambda one: one.when))


def of_session(statements: Sequence[Statement], at: datetime) -> tuple[Said, ...]:
    """Return what the statements of the session at hand say; they belong to no note yet."""
    day = at.astimezone().date()
    return tuple(_of_statement(one, "", at, day) for one in statements)


def day_in_words(day: date, today: date) -> str:
    """Return a day as 3 March, with the year where it is not this one."""
    return f"{day.day} {day:%B}" if day.year == today.year else f"{day.day} {day:%B} {day.year}"


def _of_note(note: Note) -> Iterator[Said]:
    day = session_day(note)
    yield from (_of_statement(one, note.digest, note.signature.at, day) for one in note.statements())


def _of_statement(statement: Statement, note: str, at: datetime, day: date) -> Said:
    category, polarity, subject = statement.category, statement.polarity, statement.subject
    return Said(statement.text, note, statement.digest, at, day, category, polarity, subject)


def _of_addenda(addenda: Sequence[Addendum]) -> Iterator[Said]:
    for added in addenda:
        if added.cosigns:
            continue  # it speaks to the clinician, about the note
        at = added.signature.at
        sentences = filter(None, (piece.strip() for piece in _END.split(added.text)))
        for place, sentence in enumerate(sentences):
            yield Said(sentence, added.note, added.digest, at, at.astimezone().date(), place=place)
