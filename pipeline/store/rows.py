"""Values in and out of their tables: written under their digest, believed on reading only if it still is theirs."""

import os
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote_from_bytes, unquote_to_bytes

from pydantic import ValidationError
from sqlalchemy import Connection, Select, Table, and_, delete, insert, select

from ..disk import drive_of
from ..errors import NotFound, Refused, StoreFault
from ..types import (
    Addendum,
    Consent,
    Draft,
    Found,
    Note,
    Review,
    Style,
    Transcript,
    TreatmentPlan,
    Value,
)
from . import schema

LEAST_PREFIX: Final = 4  # characters of a digest that a person must give
DRIVE: Final = "|"  # between a path and its drive; in neither, for both are quoted

KINDS: Final[tuple[tuple[Table, type[Value]], ...]] = (
    (schema.transcripts, Transcript),
    (schema.findings, Found),
    (schema.drafts, Draft),
    (schema.reviews, Review),
    (schema.notes, Note),
    (schema.addenda, Addendum),
    (schema.consents, Consent),
    (schema.plans, TreatmentPlan),
    (schema.styles, Style),
)

V = TypeVar("V", bound=Value)


def keep(connection: Connection, table: Table, value: Value, at: datetime, **columns: Any) -> bool:
    """Insert a value under its digest; false, and nothing changed, where the user has it already."""
    mine = schema.own(connection, table)
    if connection.scalar(select(table.c.digest).where(table.c.digest == value.digest, mine).limit(1)) is not None:
        return False
    row = {"digest": value.digest, "payload": value.model_dump_json(), "created_at": at, **columns}
    connection.execute(insert(table).values(row))
    return True


def read(kind: type[V], payload: str, digest: str | None = None) -> V:
    """Read one value back.

    Raises:
        StoreFault: it is no such value, or its digest is not the one it was kept under.
    """
    try:
        value = kind.read(payload)
    except ValidationError:
        value = None  # the error's own text would show the client's words
    if value is None or (digest is not None and value.digest != digest):
        raise StoreFault(
            f"A {kind.__name__.lower()} in the store is not what was put in.", "Put the store back from a backup."
        )
    return value


def values(connection: Connection, kind: type[V], query: Select[Any]) -> tuple[V, ...]:
    """Read every value that a query on one table of values finds."""
    return tuple(read(kind, row.payload, row.digest) for row in connection.execute(query))


def first(connection: Connection, kind: type[V], query: Select[Any]) -> V | None:
    """Read the first value that a query finds, None where it finds none."""
    row = connection.execute(query.limit(1)).first()
    return None if row is None else read(kind, row.payload, row.digest)


def by_prefix(connection: Connection, table: Table, kind: type[V], prefix: str) -> V:
    """Read the one value whose digest begins so.

    Raises:
        NotFound: none does, more than one does, or fewer than four hexadecimal characters were given.
    """
    name = kind.__name__.lower()
    prefix = prefix.lower()
    if len(prefix) < LEAST_PREFIX or prefix.strip("0123456789abcdef"):
        raise NotFound(f"That is no {name}'s number.", f"Give at least its first {LEAST_PREFIX} characters.")
    begins = table.c.digest.startswith(prefix, autoescape=True)
    found = connection.scalars(select(table.c.digest).where(begins).distinct().limit(2)).all()
    if not found:
        raise missing(name)
    if len(found) > 1:
        raise NotFound(f"More than one {name} begins with {prefix}.", "Give more of its characters.")
    payload = connection.scalar(select(table.c.payload).where(table.c.digest == found[0]).limit(1))
    return read(kind, str(payload), found[0])


def verify(connection: Connection) -> int:
    """Read every value of every table and return how many there are.

    Raises:
        StoreFault: one is not what was put in.
    """
    count = 0
    for table, kind in KINDS:
        for row in connection.execute(select(table.c.payload, table.c.digest)):
            read(kind, row.payload, row.digest)
            count += 1
    return count


def remove(connection: Connection, table: Table, column: str, digest: str) -> tuple[str, ...]:
    """Delete the rows whose column holds this digest and return their own digests.

    Raises:
        Refused: one of them is another clinician's.
    """
    chosen = table.c[column] == digest
    gone = tuple(connection.scalars(select(table.c.digest).where(chosen).order_by(table.c.digest)))
    if connection.execute(delete(table).where(chosen)).rowcount != len(gone):
        raise Refused("That is another clinician's.", "Only who made it can change or delete it.")
    return gone


def remove_own(connection: Connection, table: Table, column: str, digest: str) -> tuple[str, ...]:
    """Delete the user's own rows whose column holds this digest, and return their own digests."""
    chosen = and_(table.c[column] == digest, schema.own(connection, table))
    gone = tuple(connection.scalars(select(table.c.digest).where(chosen).order_by(table.c.digest)))
    connection.execute(delete(table).where(chosen))
    return gone


def missing(name: str) -> NotFound:
    """Return the error that says there is no such value."""
    return NotFound(
        f"There is no such {name}.",
        f"List the {name}s to see which there are; it may have been signed or deleted elsewhere.",
    )


def path_text(path: Path) -> str:
    """Write a path as plain ASCII: on Linux a file's name is bytes and may be no text at all."""
    return quote_from_bytes(os.fsencode(path.absolute()))


def text_path(text: str) -> Path:
    """Read back what `path_text` wrote."""
    return Path(os.fsdecode(unquote_to_bytes(text)))


def source_text(path: Path) -> str:
    """Write where source audio lies, and on which drive: an empty folder in its place does not say that it is gone."""
    return f"{path_text(path)}{DRIVE}{quote_from_bytes(os.fsencode(drive_of(path)))}"


def text_source(text: str) -> tuple[Path, str | None]:
    """Read back what `source_text` wrote; the drive is None in a record of before."""
    path, drive = text.partition(DRIVE)[::2]
    return text_path(path), os.fsdecode(unquote_to_bytes(drive)) or None
