"""What drafts are built from and compared with: findings, treatment plans, the clinician's style, hashes of notes."""

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from ..types import Hashes, Note, Style, TreatmentPlan
from . import rows
from .schema import likenesses, notes, plans, styles

MOST_AT_ONCE: Final = 500  # hashes in one query: SQLite takes 999 variables everywhere
MOST_OF_ONE: Final = 100  # rows looked at of one hash: words that stand in so many notes are shown by any of them
INDEXED_AT_ONCE: Final = 200  # notes, in one transaction
_OF_ONE: Final = (
    select(likenesses.c.note, likenesses.c.statement, likenesses.c.band)
    .where(likenesses.c.band == bindparam("band"))
    .limit(MOST_OF_ONE)
)


def plan_of(connection: Connection, client: str) -> TreatmentPlan | None:
    """Return the client's plan as it stands: the last that was kept."""
    query = select(plans).where(plans.c.client == client).order_by(plans.c.created_at.desc(), plans.c.digest)
    return rows.first(connection, TreatmentPlan, query)


def keep_plan(connection: Connection, plan: TreatmentPlan, at: datetime) -> None:
    """Keep a client's plan behind the last one, by whatever clock that was kept."""
    last = connection.scalar(select(func.max(plans.c.created_at)).where(plans.c.client == plan.client))
    behind = at if last is None else max(at, last + timedelta(microseconds=1))
    rows.keep(connection, plans, plan, behind, client=plan.client)


def style_of(connection: Connection, clinician: str) -> Style | None:
    """Return what was learnt of a clinician's wording."""
    return rows.first(connection, Style, select(styles).where(styles.c.clinician == clinician))


def keep_style(connection: Connection, style: Style, at: datetime) -> None:
    """Keep a clinician's style in the place of the one before, of which nothing stays."""
    connection.execute(delete(styles).where(styles.c.clinician == style.clinician))
    rows.keep(connection, styles, style, at, clinician=style.clinician)


def keep_bands(connection: Connection, note: str, hashes: Hashes) -> None:
    """Keep the hashes of a note's statements, and the mark of how they were made, of a note that has none."""
    found = [(band, place) for place, bands in enumerate(hashes.bands) for band in sorted(set(bands))]
    marked = [{"band": band, "note": note, "statement": place} for band, place in [(_mark(hashes.name), 0), *found]]
    connection.execute(insert(likenesses), marked)


def sharing(connection: Connection, hashes: Hashes) -> tuple[tuple[str, int, int], ...]:
    """Return note, place of the statement and hash, for statements of any note that have one of these hashes."""
    found: list[tuple[str, int, int]] = []
    for band in _wanted(hashes):
        found += [(row.note, row.statement, row.band) for row in connection.execute(_OF_ONE, {"band": band})]
    return tuple(found)


def sharing_of(connection: Connection, hashes: Hashes, client: str) -> tuple[tuple[str, int, int], ...]:
    """Return the same of one client's notes, every one of them."""
    wanted, own = _wanted(hashes), select(notes.c.digest).where(notes.c.client == client)
    found: list[tuple[str, int, int]] = []
    for first in range(0, len(wanted), MOST_AT_ONCE):
        query = select(likenesses.c.note, likenesses.c.statement, likenesses.c.band).where(
            likenesses.c.band.in_(wanted[first : first + MOST_AT_ONCE]), likenesses.c.note.in_(own)
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


def indexed(connection: Connection, name: str) -> tuple[int, int]:
    """Return how many notes have hashes of this name, and how many notes there are."""
    marks = select(func.count()).select_from(likenesses).where(likenesses.c.band == _mark(name))
    return connection.scalar(marks) or 0, connection.scalar(select(func.count()).select_from(notes)) or 0


def index(connection: Connection, name: str, hashing: Callable[[Note], Hashes]) -> None:
    """Keep hashes of notes that have none of this name, a batch of them; before the first, all of other names go.

    Those are the notes of an earlier form of the store, and every one where the way to make hashes changed.
    """
    if not indexed(connection, name)[0]:
        connection.execute(delete(likenesses))
    marked = select(likenesses.c.note).where(likenesses.c.band == _mark(name), likenesses.c.note == notes.c.digest)
    query = select(notes).where(~marked.exists()).order_by(notes.c.signed_at, notes.c.digest).limit(INDEXED_AT_ONCE)
    for note in rows.values(connection, Note, query):
        keep_bands(connection, note.digest, hashing(note))


def _wanted(hashes: Hashes) -> list[int]:
    return sorted({band for bands in hashes.bands for band in bands})


def _mark(name: str) -> int:
    """Return the hash that stands for the way the others were made: each note has it once, none is looked up by it."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little") >> 1
