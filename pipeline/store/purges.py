"""Which source audio is still to be deleted, and the receipts of what was."""

from pathlib import Path

from sqlalchemy import Connection, and_, insert, select, update

from ..types import Receipt, Recording
from .rows import DRIVE, read, text_source
from .schema import drafts, own, purges, transcripts


def schedule(connection: Connection, recording: str) -> bool:
    """Put down the source audio of a recording to be deleted; false where there is none that we know of."""
    row = connection.execute(
        select(transcripts.c.recording_payload, transcripts.c.source)
        .where(transcripts.c.recording == recording, transcripts.c.source.is_not(None), own(connection, transcripts))
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
    drafted = select(drafts.c.digest).where(drafts.c.recording == recording, own(connection, drafts))
    mine = and_(transcripts.c.recording == recording, own(connection, transcripts))
    sources = connection.scalars(select(transcripts.c.source).where(mine)).all()  # sealed: no query can compare them
    if connection.scalar(drafted.limit(1)) is None or not any(_same(source, one) for one in sources if one):
        return False
    if not schedule(connection, recording):
        return False
    connection.execute(update(transcripts).where(mine).values(source=None))
    return True


def _same(source: str, other: str) -> bool:
    return source.partition(DRIVE)[0] == other.partition(DRIVE)[0]


def known(connection: Connection, recording: str, place: str) -> tuple[Path, ...]:
    """Return where the source of a recording lies on this computer, as far as that is known and it is to be deleted."""
    heard = select(transcripts.c.source).where(
        transcripts.c.recording == recording, transcripts.c.source.is_not(None), own(connection, transcripts)
    )
    due = select(purges.c.source).where(purges.c.recording == recording, purges.c.done.is_(False))
    found = (source for query in (heard, due) for source in connection.scalars(query))
    return tuple(text_source(source.removeprefix(place))[0] for source in found if source.startswith(place))


def move(connection: Connection, recording: str, source: str) -> None:
    """Put down that the source of a recording lies elsewhere now, wherever it is put down where it lies."""
    mine = (transcripts.c.recording == recording, transcripts.c.source.is_not(None), own(connection, transcripts))
    connection.execute(update(transcripts).where(*mine).values(source=source))
    due = (purges.c.recording == recording, purges.c.done.is_(False))
    connection.execute(update(purges).where(*due).values(source=source))


def pending(connection: Connection, place: str) -> tuple[tuple[Recording, Path, str | None], ...]:
    """Return the audio still to be deleted on this computer, and its drive, oldest first; `place` begins each path."""
    rows = connection.execute(select(purges).where(purges.c.done.is_(False)).order_by(purges.c.id))
    return tuple(
        (read(Recording, row.recording_payload, row.recording), *text_source(row.source.removeprefix(place)))
        for row in rows
        if row.source.startswith(place)
    )


def settle(connection: Connection, receipt: Receipt) -> bool:
    """Keep a receipt; what could not be deleted stays to be deleted, of all else the path is forgotten.

    False, and nothing changed, where the last one says the same: a drive may be away for months.
    """
    payload = receipt.model_dump_json()
    of_recording = purges.c.recording == receipt.recording
    due = select(purges.c.id, purges.c.receipt).where(of_recording, purges.c.done.is_(False)).order_by(purges.c.id)
    found = connection.execute(due.limit(1)).first() if "audio" in receipt.what else None
    if found is None:
        if payload not in connection.scalars(select(purges.c.receipt).where(of_recording)).all():  # sealed, as above
            connection.execute(insert(purges).values(recording=receipt.recording, receipt=payload, done=True))
    elif receipt.outcome == "could not be deleted":
        if found.receipt is not None:
            return False
        connection.execute(update(purges).where(purges.c.id == found.id).values(receipt=payload))
    else:
        connection.execute(
            update(purges)
            .where(purges.c.id == found.id)
            .values(receipt=payload, done=True, source=None, recording_payload=None)
        )
    return True


def receipts(connection: Connection) -> tuple[Receipt, ...]:
    """Return the last receipt of each deletion, oldest first."""
    query = select(purges.c.receipt).where(purges.c.receipt.is_not(None)).order_by(purges.c.id)
    return tuple(read(Receipt, payload) for payload in connection.scalars(query))
