"""The tables, the same for SQLCipher and PostgreSQL; each row of values is the value's own JSON under its digest.

On PostgreSQL each has one column more, `author`, that the server fills and its policies go by: see `clinic.policies`.
"""

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    DateTime,
    Dialect,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    TypeDecorator,
    literal_column,
    true,
)

from .seals import DIGEST, Band, By, Matched, MatchedDigest, Sealed

METADATA: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(column_0_label)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """A point in time, kept in UTC: SQLite drops the zone, so that only one zone may go in."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn any aware time into UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """Give back an aware time in UTC."""
        return None if value is None else (value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC))


def own(connection: Connection, table: Table) -> ColumnElement[bool]:
    """Return the condition that a row is the user's own, not one that a supervisor may read."""
    if connection.dialect.name == "sqlite":
        return true()
    return literal_column(f"{table.name}.author") == literal_column("current_user")


def _digest(name: str, *, index: bool = True) -> Column[str]:
    return Column(name, String(DIGEST), nullable=False, index=index)


def _matched(name: str, place: str, by: By = "content") -> Column[str]:
    return Column(name, MatchedDigest(place, by), nullable=False)


def _values(name: str, *columns: Column[Any], guessable: bool = False) -> Table:
    """Make a table of values; of `guessable` ones not even the digest stands in clear on a server."""
    return Table(
        name,
        METADATA,
        Column("digest", MatchedDigest(f"{name}.digest") if guessable else String(DIGEST), primary_key=True),
        Column("payload", Sealed(f"{name}.payload"), nullable=False),
        Column("created_at", Moment, nullable=False),
        *columns,
    )


meta = Table(
    "meta",
    METADATA,
    Column("key", String(64), primary_key=True),
    Column("value", Sealed("meta.value", "audit"), nullable=False),
)
typings = Table(
    "typings",
    METADATA,
    Column("role", String(16), primary_key=True),
    Column("payload", Sealed("typings.payload"), nullable=False),
)
transcripts = _values(
    "transcripts",
    _digest("recording"),
    Column("recording_payload", Sealed("transcripts.recording_payload"), nullable=False),
    _digest("sha256"),
    Column("kind", String(16), nullable=False),
    Column("source", Sealed("transcripts.source")),
    Column("client", Matched("transcripts.client")),  # also where there is no draft yet, or never
)
drafts = _values(
    "drafts",
    _digest("recording"),
    Column("client", Matched("drafts.client")),
    Column("due_at", Moment, nullable=False, index=True),
    Column("expires_at", Moment, nullable=False, index=True),
)
findings = _values("findings", _digest("recording"), _digest("transcript"))
reviews = _values(
    "reviews",
    Column("draft", String(DIGEST), ForeignKey("drafts.digest"), nullable=False, unique=True),
)
notes = _values(
    "notes",
    _digest("recording"),
    Column("client", Matched("notes.client"), index=True),
    Column("signed_at", Moment, nullable=False, index=True),
)
addenda = _values(
    "addenda",
    Column("note", String(DIGEST), ForeignKey("notes.digest"), nullable=False, index=True),
    Column("signed_at", Moment, nullable=False),
)
consents = _values(
    "consents",
    Column("client", Matched("consents.client"), nullable=False, index=True),
    Column("participant", Sealed("consents.participant"), nullable=False),
    guessable=True,
)
plans = _values("plans", Column("client", Matched("plans.client"), nullable=False, index=True), guessable=True)
styles = _values("styles", Column("clinician", Matched("styles.clinician"), nullable=False, index=True), guessable=True)
# Hashes of each note's statements, so that a likeness is looked up and not searched for among ten thousand notes.
likenesses = Table(
    "likenesses",
    METADATA,
    Column("band", Band("likenesses.band"), primary_key=True, autoincrement=False),
    Column("note", String(DIGEST), ForeignKey("notes.digest"), primary_key=True),
    Column("statement", Integer, primary_key=True, autoincrement=False),  # its place in the note, from 0
    sqlite_with_rowid=False,  # the key is the row: half the size
)
audit = Table(
    "audit",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("payload", Sealed("audit.payload", "audit"), nullable=False),
    _matched("digest", "audit.digest", "audit"),
    Column("mac", String(DIGEST), nullable=False),
)
# Where the chain stood when each note was signed, under a seal of its own: it outlives the note.
anchors = Table(
    "anchors",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    _matched("digest", "anchors.digest", "audit"),
    _digest("note", index=False),
    Column("mac", String(DIGEST), nullable=False),
)
# Recordings on the disk, each with the key that opens it; once the key is destroyed only what the receipt needs stays.
spools = Table(
    "spools",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("payload", Sealed("spools.payload")),
    Column("key", Sealed("spools.key", local=64)),
    _matched("recording", "spools.recording"),
    Column("begun_at", Moment, nullable=False),
    Column("place", String(32)),  # of the computer that has its bytes, where several share a record
)
purges = Table(
    "purges",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("recording", MatchedDigest("purges.recording"), nullable=False, index=True),
    Column("recording_payload", Sealed("purges.recording_payload")),
    Column("source", Sealed("purges.source")),
    Column("receipt", Sealed("purges.receipt")),
    Column("done", Boolean, nullable=False),
)
