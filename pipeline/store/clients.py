"""Whose material the record holds: each client's reference with what waits and what was signed; no words of a note."""

from collections import Counter

from sqlalchemy import Connection, func, select

from ..types import ClientRecord
from . import spools, typings
from .schema import consents, drafts, notes, plans, transcripts


def listed(connection: Connection) -> tuple[ClientRecord, ...]:
    """Return every client that anything is kept of, by reference."""
    recordings = Counter(spooled.client for spooled in spools.waiting(connection))
    waiting = select(drafts.c.client, func.count().label("many"), func.min(drafts.c.due_at).label("at"))
    signed = select(notes.c.client, func.count().label("many"), func.max(notes.c.signed_at).label("at"))
    by_draft = {row.client: row for row in connection.execute(waiting.group_by(drafts.c.client))}
    by_note = {row.client: row for row in connection.execute(signed.group_by(notes.c.client))}
    kept = (transcripts, plans, consents)
    others = {name for table in kept for name in connection.scalars(select(table.c.client).distinct())}
    typed = typings.clients(connection)
    names = {name for name in (*recordings, *by_draft, *by_note, *others, *typed) if name}
    return tuple(
        ClientRecord(
            client=name,
            recordings=recordings[name],
            drafts=by_draft[name].many if name in by_draft else 0,
            due_at=by_draft[name].at if name in by_draft else None,
            notes=by_note[name].many if name in by_note else 0,
            signed_at=by_note[name].at if name in by_note else None,
        )
        for name in sorted(names, key=lambda name: (name.casefold(), name))
    )
