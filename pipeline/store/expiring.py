"""Drafts that expire go by themselves: once a warning was shown, never while worked on, never by a clock in doubt."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from ..config import Settings
from ..types import AuditEvent, Digest, Receipt
from . import retention, rows
from .record import Record
from .schema import audit, drafts, meta, own, transcripts

WARNED: Final = "warned of expiry"  # keys of `meta`
DOUBT: Final = "clock in doubt"
BACK: Final = timedelta(minutes=5)  # that the clock may lie before the last event: clocks are set, by a little
FORWARD: Final = timedelta(days=10)  # between two events, from which on the clock may be wrong, or somebody was away


@dataclass(frozen=True)
class Passing:
    """A draft that expires soon or has expired, and when it goes: long enough after a warning was shown first."""

    draft: Digest
    recording: Digest
    expires_at: datetime
    goes_at: datetime
    warned: bool


@dataclass(frozen=True)
class Doubt:
    """The clock's time `at` does not fit the `last` thing on record: one of them may be wrong, or nobody was here."""

    at: datetime
    last: datetime


@dataclass(frozen=True)
class Expiry:
    """What went, what goes soon, or why nothing does."""

    receipts: tuple[Receipt, ...] = ()
    soon: tuple[Passing, ...] = ()
    doubt: Doubt | None = None


class Expiring(Record):
    """What goes by itself, when it is time; and what goes at once because consent was taken back."""

    def expire(self, settings: Settings, *, shown: bool) -> Expiry:
        """Delete the drafts whose time has come, each with a receipt; say which go soon, or why none may go.

        `shown` says that a person sees the answer, which counts as the warning: without one nothing goes.
        """
        at, unsure = self._chain.clock(), self.watch_clock()
        with self._database.reading() as connection:
            found = soon(connection, settings, at)
        if unsure or not found:
            return Expiry(soon=found, doubt=unsure)
        with self._database.writing() as connection:
            gone = tuple(
                self._forget_with_receipt(connection, recording, ("transcript", "draft"), "expired")
                for recording in going(connection, settings, at)
            )
            left = soon(connection, settings, at)
            for one in warn(connection, left, at) if shown else ():
                self._chain.append(connection, "warn of expiry", one.draft)
        if gone:
            self._database.truncate_log()
        return Expiry(gone, left)

    def watch_clock(self) -> Doubt | None:
        """Return why the computer's clock is in doubt, if it is; to be asked before anything else is recorded."""
        at = self._chain.clock()
        with self._database.reading() as connection:
            found = doubt(connection, at)
        if found is None:
            return None
        with self._database.writing() as connection:
            if hold(connection, found):
                self._chain.append(connection, "clock in doubt: nothing expires")
        return found

    def trust_clock(self) -> None:
        """Let drafts expire again: their owner has said that the computer's clock is right."""
        with self._database.writing() as connection:
            if trust(connection):
                self._chain.append(connection, "clock confirmed")

    def forget_heard(self, recording: Digest, why: str) -> Receipt:
        """Delete what is kept of a recording that is not signed: transcripts, findings, a draft with its review."""
        with self._database.writing() as connection:
            receipt = self._forget_with_receipt(connection, recording, ("transcript", "draft"), why)
        self._database.truncate_log()
        return receipt

    def forget_undrafted(self, recording: Digest, why: str) -> Receipt | None:
        """Delete a recording's transcripts with what was found in them; None, and all stays, where it has a draft."""
        with self._database.writing() as connection:
            mine = select(drafts.c.digest).where(drafts.c.recording == recording, own(connection, drafts))
            if connection.scalar(mine.limit(1)) is not None:
                return None
            receipt = self._forget_with_receipt(connection, recording, ("transcript",), why)
        self._database.truncate_log()
        return receipt


def soon(connection: Connection, settings: Settings, at: datetime) -> tuple[Passing, ...]:
    """Return the drafts that are to be warned of, the one that expires first first."""
    wait = timedelta(days=settings.retention.warn_days)
    shown = _warned(connection)
    query = select(drafts.c.digest, drafts.c.recording, drafts.c.expires_at).where(
        drafts.c.expires_at <= at + wait, own(connection, drafts)
    )
    found = connection.execute(query.order_by(drafts.c.expires_at, drafts.c.digest))
    passing = []
    for row in found:
        warned = _warning(shown.get(row.recording), row.expires_at - wait)
        goes_at = max(row.expires_at, (warned or at) + wait)
        passing.append(Passing(row.digest, row.recording, row.expires_at, goes_at, warned is not None))
    return tuple(passing)


def going(connection: Connection, settings: Settings, at: datetime) -> tuple[str, ...]:
    """Return the recordings, by digest, whose drafts go now: expired, warned of, and not worked on of late."""
    busy = {one.draft for one in retention.lately_reviewed(connection, settings, at)}
    busy |= retention.lately_written(connection, settings, at)
    due = (one for one in soon(connection, settings, at) if one.warned and one.goes_at <= at)
    return tuple(dict.fromkeys(one.recording for one in due if one.draft not in busy))


def warn(connection: Connection, warned: tuple[Passing, ...], at: datetime) -> tuple[Passing, ...]:
    """Keep that these were warned of, and return those that were not before; what is gone is forgotten."""
    new = tuple(one for one in warned if not one.warned)
    if new:
        shown = _warned(connection)
        there = set(connection.scalars(select(drafts.c.recording)))
        kept = {**shown, **{one.recording: at for one in new}}
        moments = {key: moment.isoformat() for key, moment in kept.items() if key in there}
        _put(connection, WARNED, json.dumps(moments, sort_keys=True))
    return new


def doubt(connection: Connection, at: datetime) -> Doubt | None:
    """Return why nothing may expire now: the clock was set back, or far ahead, since the last event; it is kept.

    It stays in doubt until `trust`, for the next event would look right by the same wrong clock.
    """
    if kept := connection.scalar(select(meta.c.value).where(meta.c.key == DOUBT)):
        moments = json.loads(kept)
        return Doubt(datetime.fromisoformat(moments["at"]), datetime.fromisoformat(moments["last"]))
    mine = select(audit.c.payload).where(own(connection, audit))  # another's computer may have another time
    last = connection.scalar(mine.order_by(audit.c.sequence.desc()).limit(1))
    if last is None or not any(
        connection.scalar(select(table.c.digest).where(own(connection, table)).limit(1))
        for table in (drafts, transcripts)
    ):
        return None
    moment = rows.read(AuditEvent, last).at
    return Doubt(at, moment) if at < moment - BACK or at > moment + FORWARD else None


def hold(connection: Connection, found: Doubt) -> bool:
    """Keep that the clock is in doubt; false where that is known."""
    if connection.scalar(select(meta.c.value).where(meta.c.key == DOUBT)):
        return False
    _put(connection, DOUBT, json.dumps({"at": found.at.isoformat(), "last": found.last.isoformat()}))
    return True


def trust(connection: Connection) -> bool:
    """Forget that the clock was in doubt: its owner said that it is right; false where it was not."""
    return connection.execute(delete(meta).where(meta.c.key == DOUBT)).rowcount > 0


def forget_warnings(connection: Connection) -> None:
    """Forget which drafts were warned of: each is warned of anew, and goes long enough after that."""
    connection.execute(delete(meta).where(meta.c.key == WARNED))


def _warning(shown: datetime | None, earliest: datetime) -> datetime | None:
    """Return a warning if it can be this draft's: one from before was of its recording's draft before it."""
    return None if shown is None or shown < earliest else shown


def _warned(connection: Connection) -> dict[str, datetime]:
    """Return when a draft of each recording was warned of last."""
    kept = connection.scalar(select(meta.c.value).where(meta.c.key == WARNED))
    return {key: datetime.fromisoformat(moment) for key, moment in json.loads(kept or "{}").items()}


def _put(connection: Connection, key: str, value: str) -> None:
    if connection.execute(update(meta).where(meta.c.key == key).values(value=value)).rowcount == 0:
        connection.execute(insert(meta).values(key=key, value=value))
