"""What drafts are built from and compared with: findings, treatment plans, the clinician's style, hashes of notes."""

from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import Connection, delete, insert, select

from ..types import Note, TreatmentPlan
from . import rows
from .schema import likenesses, notes, plans

MOST_AT_ONCE: Final = 500  # hashes in one query: SQLite takes 999 variables everywhere


def plan_of(connection: Connection, client: str) -> TreatmentPlan | None:
    """Return the client's plan as it stands: the last that was kept."""
    query = select(plans).where(plans.c.client == client).order_by(plans.c.created_at.desc(), plans.c.digest)
    return rows.first(connection, TreatmentPlan, query)


def keep_bands(connection: Connection, note: str, bands: Mapping[int, Iterable[int]]) -> None:
    """Keep the hashes of a note's statements, by their place in the note; earlier ones of the note go."""
    connection.execute(delete(likenesses).where(likenesses.c.note == note))
    found = [
        {"band": band, "note": note, "statement": place} for place, hashes in bands.items() for band in set(hashes)
    ]
    if found:
        connection.execute(insert(likenesses), found)


def sharing(connection: Connection, bands: Iterable[int]) -> tuple[tuple[str, int, int], ...]:
    """Return note, place of the statement and hash, for each statement of any note that has one of these hashes."""
    wanted = sorted(set(bands))
    found: list[tuple[str, int, int]] = []
    for first in range(0, len(wanted), MOST_AT_ONCE):
        query = select(likenesses.c.note, likenesses.c.statement, likenesses.c.band).where(
            likenesses.c.band.in_(wanted[first : first + MOST_AT_ONCE])
        )
        found += [(row.note, row.statement, row.band) for row in connection.execute(query)]
    return tuple(found)


def by_digest(connection: Connection, digests: Iterable[str]) -> tuple[Note, ...]:
    """Return the notes of these digests, in the order of signing."""
    wanted = sorted(set(digests))
    found: list[Note] = []
    for first in range(0, len(wanted), MOST_AT_ONCE):
        query = select(notes).where(notes.c.digest.in_(wanted[first : first + MOST_AT_ONCE]))
        found += rows.values(connection, Note, query)
    return tuple(sorted(found, key=lambda note: (note.signature.at, note.digest)))


def without_bands(connection: Connection) -> tuple[Note, ...]:
    """Return the notes that no hash is kept of: those of an earlier form of the store."""
    query = select(notes).where(~select(likenesses.c.note).where(likenesses.c.note == notes.c.digest).exists())
    return rows.values(connection, Note, query.order_by(notes.c.signed_at, notes.c.digest))
