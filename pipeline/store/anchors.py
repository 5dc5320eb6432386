"""The chain and the notes hold each other: where the chain stood is kept with each note, each note's fate in the chain.

A chain cut back to an earlier end, with the seal that end had then, still holds together. But notes signed since then
have no event, and their anchors point behind the end; a note taken out of the record has no event of its deletion.
"""

from typing import Final

from sqlalchemy import Connection, func, insert, select

from ..types import AuditEvent
from .audit import AuditChain, AuditReport
from .schema import anchors, audit, notes

SIGNED: Final = "sign note"
DELETED: Final = "delete note"


def keep(connection: Connection, chain: AuditChain, signed: AuditEvent) -> None:
    """Keep where the chain stands after the event of a signature."""
    mac = chain.seal("anchor", str(signed.sequence), signed.digest, signed.subject)
    row = {"sequence": signed.sequence, "digest": signed.digest, "note": signed.subject, "mac": mac}
    connection.execute(insert(anchors).values(row))


def verify(connection: Connection, chain: AuditChain, report: AuditReport) -> AuditReport:
    """Compare a chain that holds together in itself with the notes, and say where they part."""
    for row in connection.execute(select(anchors).order_by(anchors.c.sequence)):
        if not chain.is_seal(row.mac, "anchor", str(row.sequence), row.digest, row.note):
            return AuditReport(row.sequence - 1, row.sequence, "what the signature kept of the chain was changed")
        found = connection.scalar(select(audit.c.digest).where(audit.c.sequence == row.sequence))
        if found != row.digest:
            return AuditReport(
                report.events, row.sequence, "the chain was cut back, or made anew, before a signed note"
            )
    return _compare_notes(connection, report)


def _compare_notes(connection: Connection, report: AuditReport) -> AuditReport:
    signed, deleted = _fates(connection)
    anchored = set(connection.scalars(select(anchors.c.sequence)))
    first, there = min(anchored, default=None), _notes_there(connection)
    for note, sequence in signed.items():
        if first is not None and sequence > first and sequence not in anchored:
            return AuditReport(sequence - 1, sequence, "what the signature kept of the chain is missing")
        if note not in deleted and note not in there:
            return AuditReport(sequence, sequence, "the note that was signed here is gone, and nothing says why")
    if any(note not in signed for note in there):
        return AuditReport(report.events, report.events + 1, "a signed note is not in the chain: it was cut back")
    return report


def _notes_there(connection: Connection) -> set[str]:
    """Return the digest of every note, on a server also of those that the login may not read."""
    if connection.dialect.name == "sqlite":
        return set(connection.scalars(select(notes.c.digest)))
    return set(connection.scalars(select(func.note_digests())))


def _fates(connection: Connection) -> tuple[dict[str, int], set[str]]:
    """Return the notes that were signed, with the event's number, and those that were deleted, as the chain says."""
    signed, deleted = {}, set()
    for payload in connection.scalars(select(audit.c.payload).order_by(audit.c.sequence)):
        if f'"{SIGNED}"' not in payload and f'"{DELETED}' not in payload:
            continue  # reading it costs more than all the rest
        event = AuditEvent.read(payload)
        if event.action == SIGNED:
            signed[event.subject] = event.sequence
        elif event.action.startswith(f"{DELETED}:"):
            deleted.add(event.subject)
    return signed, deleted
