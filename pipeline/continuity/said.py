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
    `day` is the session's, of an addendum the day it was signed; `session` is what its note is ordered by.
    """

    text: str
    note: Digest
    statement: Digest
    signed_at: datetime
    day: date
    session: When
    category: Category | None = None
    polarity: Polarity = "affirmed"
    subject: Subject = "client"
    place: int = 0

    @property
    def when(self) -> "When":
        """When it counts among the rest: a note signed late is no news."""
        return self.day, self.signed_at

    def follows(self, item: "Said") -> bool:
        """Whether it was said after the item: what is added to an older note is no word on a newer session."""
        return self.when > item.when and self.session >= item.session

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
    said = (one for each in earlier for one in (*_of_note(each.note), *_of_addenda(each)))
    return tuple(sorted(said, key=lambda one: one.when))


def last(said: Sequence[Said]) -> list[Said]:
    """Return what the note of the newest session says of these, and what was added to it or, since then, to another.

    What is added late to an older note takes the place of nothing that a newer session's note says.
    """
    newest = max((one.session for one in said if one.category), default=None)
    if newest is None:
        return list(said)
    return [one for one in said if one.session == newest or (one.category is None and one.when > newest)]


def of_session(statements: Sequence[Statement], at: datetime) -> tuple[Said, ...]:
    """Return what the statements of the session at hand say; they belong to no note yet."""
    day = at.astimezone().date()
    return tuple(_of_statement(one, "", (day, at)) for one in statements)


def day_in_words(day: date, today: date) -> str:
    """Return a day as 3 March, with the year where it is not this one."""
    return f"{day.day} {day:%B}" if day.year == today.year else f"{day.day} {day:%B} {day.year}"


def _of_note(note: Note) -> Iterator[Said]:
    yield from (_of_statement(one, note.digest, when(note)) for one in note.statements())


def _of_statement(statement: Statement, note: str, session: When) -> Said:
    category, polarity, subject = statement.category, statement.polarity, statement.subject
    return Said(statement.text, note, statement.digest, session[1], session[0], session, category, polarity, subject)


def _of_addenda(each: Earlier) -> Iterator[Said]:
    for added in each.addenda:
        if added.cosigns:
            continue  # it speaks to the clinician, about the note
        day, at, session = added.signature.at.astimezone().date(), added.signature.at, when(each.note)
        for place, sentence in enumerate(sentences(added.text)):
            yield Said(sentence, added.note, added.digest, at, day, session, place=place)


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of an addendum."""
    yield from filter(None, (piece.strip() for piece in _END.split(text)))
