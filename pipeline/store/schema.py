"""The tables, the same for SQLCipher and PostgreSQL; each row of values is the value's own JSON under its digest."""

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

DIGEST: Final = 64  # hex characters of a SHA-256

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


def _digest(name: str, *, index: bool = True) -> Column[str]:
    return Column(name, String(DIGEST), nullable=False, index=index)


def _values(name: str, *columns: Column[Any]) -> Table:
    return Table(
        name,
        METADATA,
        Column("digest", String(DIGEST), primary_key=True),
        Column("payload", Text, nullable=False),
        Column("created_at", Moment, nullable=False),
        *columns,
    )


meta = Table(
    "meta",
    METADATA,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)
transcripts = _values(
    "transcripts",
    _digest("recording"),
    Column("recording_payload", Text, nullable=False),
    _digest("sha256"),
    Column("kind", String(16), nullable=False),
    Column("source", Text),
)
drafts = _values(
    "drafts",
    _digest("recording"),
    Column("client", Text),
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
    Column("client", Text, index=True),
    Column("signed_at", Moment, nullable=False, index=True),
)
addenda = _values(
    "addenda",
    Column("note", String(DIGEST), ForeignKey("notes.digest"), nullable=False, index=True),
    Column("signed_at", Moment, nullable=False),
)
consents = _values(
    "consents",
    Column("client", Text, nullable=False, index=True),
    Column("participant", Text, nullable=False),
)
plans = _values("plans", Column("client", Text, nullable=False, index=True))
styles = _values("styles", Column("clinician", Text, nullable=False, index=True))
# Hashes of each note's statements, so that a likeness is looked up and not searched for among ten thousand notes.
likenesses = Table(
    "likenesses",
    METADATA,
    Column("band", BigInteger, primary_key=True, autoincrement=False),
    Column("note", String(DIGEST), ForeignKey("notes.digest"), primary_key=True),
    Column("statement", Integer, primary_key=True, autoincrement=False),  # its place in the note, from 0
    sqlite_with_rowid=False,  # the key is the row: half the size
)
audit = Table(
    "audit",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("payload", Text, nullable=False),
    _digest("digest", index=False),
    Column("mac", String(DIGEST), nullable=False),
)
# Where the chain stood when each note was signed, under a seal of its own: it outlives the note.
anchors = Table(
    "anchors",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    _digest("digest", index=False),
    _digest("note", index=False),
    Column("mac", String(DIGEST), nullable=False),
)
# Recordings on the disk, each with the key that opens it; once the key is destroyed only what the receipt needs stays.
spools = Table(
    "spools",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("payload", Text),
    Column("key", String(64)),
    _digest("recording", index=False),
    Column("begun_at", Moment, nullable=False),
)
purges = Table(
    "purges",
    METADATA,
    Column("id", Integer, primary_key=True),
    _digest("recording"),
    Column("recording_payload", Text),
    Column("source", Text),
    Column("receipt", Text),
    Column("done", Boolean, nullable=False),
)
