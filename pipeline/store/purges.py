"""Which source audio is still to be deleted, and the receipts of what was."""

from pathlib import Path

from sqlalchemy import Connection, insert, select, update

from ..types import Receipt, Recording
from .rows import read, text_path
from .schema import purges, transcripts


def schedule(connection: Connection, recording: str) -> bool:
    """Put down the source audio of a recording to be deleted; false where there is none that we know of."""
    row = connection.execute(
        select(transcripts.c.recording_payload, transcripts.c.source)
        .where(transcripts.c.recording == recording, transcripts.c.source.is_not(None))
        .limit(1)
    ).first()
    if row is None or read(Recording, row.recording_payload, recording).medium != "audio":
        return False
    connection.execute(
        insert(purges).values(
            recording=recording, recording_payload=row.recording_payload, source=row.source, done=False
        )
    )
    return True


def pending(connection: Connection) -> tuple[tuple[Recording, Path], ...]:
    """Return the audio still to be deleted, oldest first."""
    rows = connection.execute(select(purges).where(purges.c.done.is_(False)).order_by(purges.c.id))
    return tuple((read(Recording, row.recording_payload, row.recording), text_path(row.source)) for row in rows)


def settle(connection: Connection, receipt: Receipt) -> None:
    """Keep a receipt; what could not be deleted stays to be deleted, of all else the path is forgotten."""
    payload = receipt.model_dump_json()
    due = select(purges.c.id).where(purges.c.recording == receipt.recording, purges.c.done.is_(False))
    found = connection.scalar(due.order_by(purges.c.id).limit(1)) if "audio" in receipt.what else None
    if found is None:
        known = select(purges.c.id).where(purges.c.recording == receipt.recording, purges.c.receipt == payload)
        if connection.scalar(known.limit(1)) is None:
            connection.execute(insert(purges).values(recording=receipt.recording, receipt=payload, done=True))
    elif receipt.outcome == "could not be deleted":
        connection.execute(update(purges).where(purges.c.id == found).values(receipt=payload))
    else:
        connection.execute(
            update(purges)
            .where(purges.c.id == found)
            .values(receipt=payload, done=True, source=None, recording_payload=None)
        )


def receipts(connection: Connection) -> tuple[Receipt, ...]:
    """Return the last receipt of each deletion, oldest first."""
    query = select(purges.c.receipt).where(purges.c.receipt.is_not(None)).order_by(purges.c.id)
    return tuple(read(Receipt, payload) for payload in connection.scalars(query))
