"""What leaves the record: exports, purges, one client's material."""

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from .. import export
from ..audio import purging, spool
from ..errors import Refused, after
from ..export import file
from ..types import Digest, Draft, Receipt
from .order import now

if TYPE_CHECKING:
    from ..store import Store
    from ..store.leaving import ClientFile


def export_note(
    store: "Store", prefix: str, order: export.Order, out: Path | None, *, unsigned: bool = False, force: bool = False
) -> bytes:
    """Return a signed note with its addenda as bytes, or a draft marked as one, and write them to `out` if it is given.

    No byte leaves before the audit chain holds the export: where it cannot be recorded, there is none.

    Raises:
        NotFound: there is no such note, or draft.
        Refused: see `export.export`; or the file is there already and `force` does not say to overwrite it.
    """
    if out:
        file.demand_free(out, force)
    note = store.draft(prefix) if unsigned else store.note(prefix)
    content = export.export(note, store.addenda(note.digest), order, now())
    store.record(f"export {'draft' if unsigned else 'note'} as {order.name}", note.digest)
    if out:
        file.write(out, content, force)
    return content


def finish_purges(store: "Store") -> tuple[Receipt, ...]:
    """Purge the source audio of signed notes, and what an interrupted run left to do; each purge has a receipt."""
    receipts = []
    for recording, path, drive in store.pending_purges():
        outcome = purging.purge(path, recording, drive)
        receipt = Receipt(recording=recording.digest, what=("audio",), at=now(), outcome=outcome)
        store.purged(receipt)
        receipts.append(receipt)
    return (*receipts, *spool.finish_purges(store))


def follow_source(recording: Digest, source: Path, store: "Store") -> None:
    """Keep where the source of a recording lies now, if it is to be deleted and is no longer where it was."""
    before = store.sources_of(recording)
    if before and source.is_file() and not any(os.path.lexists(path) for path in before):
        store.move_source(recording, source.resolve())


def purge_drafted(made: Draft, source: Path, store: "Store") -> tuple[Receipt, ...]:
    """Purge the audio that a draft was made of at once, and not when it is signed; its transcript is read back first.

    Nothing is purged where the draft was made of another file.

    Raises:
        NotFound: the draft has no transcript: the audio stays.
    """
    store.transcript(made.transcript)  # compared with its digest: it is kept, whole
    follow_source(made.recording, source, store)
    if not store.purge_source(made.recording, source.resolve()):
        return ()
    return tuple(receipt for receipt in finish_purges(store) if receipt.recording == made.recording)


def export_client(store: "Store", client: str, out: Path, *, force: bool = False) -> "ClientFile":
    """Write all that the record holds of a client into a zip file, readable by whoever has it: the client's own copy.

    Each signed note is a text, with what was added to it; `record.json` holds every value as it is kept.

    Raises:
        NotFound: there is nothing of that client.
        Refused: the file is there already and `force` does not say to overwrite it.
    """
    file.demand_free(out, force)
    found = store.client_file(client)
    content = export.bundle(found.values(), found.notes, found.addenda, now())
    store.record("export client's file", hashlib.sha256(content).hexdigest())
    file.write(out, content, force)
    return found


def export_audit(store: "Store", out: Path, *, force: bool = False) -> int:
    """Write the audit chain as JSON lines for an auditor and return how many lines there are.

    Raises:
        Refused: the file is there already and `force` does not say to overwrite it.
    """
    file.demand_free(out, force)
    lines = store.audit_lines()
    file.write(out, "".join(f"{line}\n" for line in lines).encode(), force)
    return len(lines)


def delete_client(store: "Store", client: str, *, with_notes: bool) -> tuple[Receipt, ...]:
    """Delete what was not signed of a client, recordings too; `with_notes` the signed notes as well, with consents.

    Raises:
        NotFound: there is nothing of that client.
        Refused: a recording of the client is being made or read just now.
        SourceRefused: one lies on another computer; nothing is deleted.
    """
    waiting = store.client_file(client).recordings
    store.demand_here(waiting)
    if any(spool.is_busy(store, spooled.id) for spooled in waiting):
        raise Refused("A recording of this client is being made or read just now.", "Wait until that is finished.")
    receipts = store.forget_client(client, with_notes=with_notes)
    with after("All but their sealed recordings is deleted. To delete those: evenfall spool purge"):
        return (*receipts, *(spool.discard(store, spooled.id) for spooled in waiting))
