"""The keys of recordings on the disk: made when one begins, destroyed before its bytes are."""

import secrets
from typing import Final

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select, update

from ..errors import SourceRefused, StoreFault
from ..types import Digest, Receipt, Spooled
from . import purges
from .rows import missing, read
from .schema import spools

KEY_BYTES: Final = 32  # of AES-256


def begin(connection: Connection, spooled: Spooled, place: str) -> bytes:
    """Make the key of a recording that begins, and keep both; `place` says on which computer its bytes are."""
    key = secrets.token_bytes(KEY_BYTES)
    connection.execute(
        insert(spools).values(
            id=spooled.id,
            payload=spooled.model_dump_json(),
            key=key.hex(),
            recording=spooled.digest,
            begun_at=spooled.begun_at,
            place=place,
        )
    )
    return key


def waiting(connection: Connection) -> tuple[Spooled, ...]:
    """Return the recordings that have their key, oldest first."""
    query = select(spools.c.payload).where(spools.c.key.is_not(None)).order_by(spools.c.begun_at, spools.c.id)
    return tuple(read(Spooled, payload) for payload in connection.scalars(query))


def unlock(connection: Connection, spool_id: str) -> tuple[Spooled, bytes]:
    """Return a recording and its key.

    Raises:
        NotFound: there is none, or its key is destroyed.
    """
    row = connection.execute(select(spools).where(spools.c.id == spool_id, spools.c.key.is_not(None))).first()
    if row is None:
        raise missing("recording")
    spooled = read(Spooled, row.payload)
    if spooled.id != spool_id:
        raise StoreFault("A recording in the record is not what was put in.", "Put the record back from a backup.")
    return spooled, bytes.fromhex(row.key)


def demand_here(connection: Connection, spool_id: str, place: str) -> None:
    """See that a recording's bytes are on this computer.

    Raises:
        SourceRefused: they are on another.
    """
    found = connection.scalar(select(spools.c.place).where(spools.c.id == spool_id))
    if found not in (None, place):
        raise SourceRefused("That recording lies on another computer.", "Open Evenfall there.")


def destroy(connection: Connection, spool_id: str, recording: Digest | None) -> Digest:
    """Destroy a key, and all that is known of its recording but the digest for the receipt, which is returned.

    Raises:
        NotFound: there is none, or its key is destroyed already.
    """
    spooled, _ = unlock(connection, spool_id)
    kept = recording or spooled.digest
    connection.execute(update(spools).where(spools.c.id == spool_id).values(key=None, payload=None, recording=kept))
    return kept


def destroyed(connection: Connection, place: str) -> tuple[tuple[str, Digest], ...]:
    """Return the recordings without a key whose bytes are still to be deleted here: ids, and the receipts' digests."""
    query = select(spools.c.id, spools.c.recording).where(spools.c.key.is_(None), _at(place))
    return tuple((row.id, row.recording) for row in connection.execute(query.order_by(spools.c.begun_at)))


def settle(connection: Connection, spool_id: str, receipt: Receipt, place: str) -> None:
    """Keep the receipt of a deletion; what could not be deleted, or is on another computer, stays to be deleted."""
    purges.settle(connection, receipt)
    if receipt.outcome != "could not be deleted":
        connection.execute(delete(spools).where(spools.c.id == spool_id, spools.c.key.is_(None), _at(place)))


def _at(place: str) -> ColumnElement[bool]:
    return or_(spools.c.place.is_(None), spools.c.place == place)
