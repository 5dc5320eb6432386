"""Which source audio is still to be deleted, and the receipts of what was."""

from pathlib import Path

from sqlalchemy import Connection, insert, select, update

from ..types import Receipt, Recording
from .rows import read, text_path
from .schema import drafts, purges, transcripts


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


def schedule_drafted(connection: Connection, recording: str, source: str) -> bool:
    """Put down the audio of a recording that has a draft, if it is this source; at signing it is not put down again."""
    drafted = select(drafts.c.digest).where(drafts.c.recording == recording)
    own = transcripts.c.recording == recording
    sources = connection.scalars(select(transcripts.c.source).where(own)).all()  # sealed: no query can compare them
    if connection.scalar(drafted.limit(1)) is None or source not in sources:
        return False
    if not schedule(connection, recording):
        return False
    connection.execute(update(transcripts).where(own).values(source=None))
    return True


def pending(connection: Connection, place: str) -> tuple[tuple[Recording, Path], ...]:
    """Return the audio still to be deleted on this computer, oldest first; `place` begins each of its paths."""
    rows = connection.execute(select(purges).where(purges.c.done.is_(False)).order_by(purges.c.id))
    return tuple(
        (read(Recording, row.recording_payload, row.recording), text_path(row.source.removeprefix(place)))
        for row in rows
        if row.source.startswith(place)
    )


def settle(connection: Connection, receipt: Receipt) -> None:
    """Keep a receipt; what could not be deleted stays to be deleted, of all else the path is forgotten."""
    payload = receipt.model_dump_json()
    of_recording = purges.c.recording == receipt.recording
    due = select(purges.c.id).where(of_recording, purges.c.done.is_(False))
    found = connection.scalar(due.order_by(purges.c.id).limit(1)) if "audio" in receipt.what else None
    if found is None:
        if payload not in connection.scalars(select(purges.c.receipt).where(of_recording)).all():  # sealed, as above
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
