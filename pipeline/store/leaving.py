"""One client's material as a whole: handed out on request, deleted on request; what the law keeps is named apart."""

from dataclasses import dataclass, fields
from typing import Any, Final

from sqlalchemy import Connection, Select, Table, and_, delete, not_, or_, select

from ..types import (
    Addendum,
    Consent,
    Draft,
    Found,
    Note,
    Review,
    Spooled,
    Transcript,
    TreatmentPlan,
    Typing,
    Value,
)
from . import retention, rows, spools, typings
from .schema import addenda, consents, drafts, findings, likenesses, notes, own, plans, reviews, transcripts

WITH_NOTES: Final = (("treatment plan", plans), ("consent", consents))  # they go with the notes, not before


@dataclass(frozen=True)
class ClientFile:
    """All that the record holds of one client; `recordings` wait on the disk, sealed.

    Reviews and findings are those of what is not signed: a note holds what became of its own.
    """

    client: str
    notes: tuple[Note, ...] = ()
    addenda: tuple[Addendum, ...] = ()
    plans: tuple[TreatmentPlan, ...] = ()
    consents: tuple[Consent, ...] = ()
    drafts: tuple[Draft, ...] = ()
    reviews: tuple[Review, ...] = ()
    transcripts: tuple[Transcript, ...] = ()
    findings: tuple[Found, ...] = ()
    typings: tuple[Typing, ...] = ()
    recordings: tuple[Spooled, ...] = ()

    def values(self) -> dict[str, tuple[Value, ...]]:
        """Return what there is by its kind."""
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name != "client"}


def file_of(connection: Connection, client: str) -> ClientFile:
    """Return all that the record holds of a client.

    Raises:
        NotFound: there is nothing.
    """
    signed = select(notes.c.digest).where(notes.c.client == client)
    heard = select(drafts.c.recording).where(drafts.c.client == client)
    alone = and_(transcripts.c.client == client, retention.undrafted(connection))
    said = or_(transcripts.c.recording.in_(heard), alone)
    made, words = select(drafts.c.digest).where(drafts.c.client == client), select(transcripts.c.digest).where(said)
    found = ClientFile(
        client=client,
        notes=rows.values(connection, Note, _of(notes, client).order_by(notes.c.signed_at, notes.c.digest)),
        addenda=rows.values(
            connection, Addendum, select(addenda).where(addenda.c.note.in_(signed)).order_by(addenda.c.signed_at)
        ),
        plans=rows.values(connection, TreatmentPlan, _of(plans, client).order_by(plans.c.created_at)),
        consents=rows.values(connection, Consent, _of(consents, client).order_by(consents.c.created_at)),
        drafts=rows.values(connection, Draft, _of(drafts, client).order_by(drafts.c.created_at)),
        reviews=rows.values(connection, Review, select(reviews).where(reviews.c.draft.in_(made))),
        transcripts=rows.values(connection, Transcript, select(transcripts).where(said).order_by(transcripts.c.digest)),
        findings=rows.values(connection, Found, select(findings).where(findings.c.transcript.in_(words))),
        typings=typings.of_client(connection, client),
        recordings=tuple(one for one in spools.waiting(connection) if one.client == client),
    )
    if not any(found.values().values()):
        raise rows.missing("client")
    return found


def is_anothers(connection: Connection, client: str) -> bool:
    """Say whether another clinician, whose work the user sees, has a draft or a transcript of a client."""
    theirs = (
        select(table.c.digest).where(table.c.client == client, not_(own(connection, table))).limit(1)
        for table in (drafts, transcripts)
    )
    return any(connection.scalar(query) is not None for query in theirs)


def delete_notes(connection: Connection, found: ClientFile) -> tuple[tuple[str, str], ...]:
    """Delete a client's notes with all that hangs on them, plans and consents; return kind and digest of each."""
    gone: list[tuple[str, str]] = []
    for note in found.notes:
        gone += [("addendum", digest) for digest in rows.remove(connection, addenda, "note", note.digest)]
        connection.execute(delete(likenesses).where(likenesses.c.note == note.digest))
        gone += [("note", digest) for digest in rows.remove(connection, notes, "digest", note.digest)]
    for name, table in WITH_NOTES:
        gone += [(name, digest) for digest in rows.remove(connection, table, "client", found.client)]
    return tuple(gone)


def _of(table: Table, client: str) -> Select[Any]:
    return select(table).where(table.c.client == client)
