"""Sealed recordings and their keys, source audio that is to be deleted, and the receipts of deletions."""

from collections.abc import Iterable
from pathlib import Path

from ..types import Digest, Receipt, Recording, Spooled
from . import purges, rows, spools
from .record import Record


class Recorded(Record):
    """Recordings, until they are destroyed, and the receipts."""

    def pending_purges(self) -> tuple[tuple[Recording, Path, str | None], ...]:
        """Return the source audio of signed notes that is still to be deleted, with its drive (see `disk.drive_of`)."""
        with self._database.reading() as connection:
            return purges.pending(connection, self._database.place)

    def purge_source(self, recording: Digest, source: Path) -> bool:
        """Put the audio of a recording that has a draft down to be deleted now; false where it was not this source.

        Else it is put down when the note is signed.
        """
        with self._database.writing() as connection:
            place = self._database.place + rows.source_text(source)
            if not purges.schedule_drafted(connection, recording, place):
                return False
            self._chain.append(connection, "schedule purge", recording)
            return True

    def sources_of(self, recording: Digest) -> tuple[Path, ...]:
        """Return where the source of a recording lies on this computer, where it is known and to be deleted."""
        with self._database.reading() as connection:
            return purges.known(connection, recording, self._database.place)

    def move_source(self, recording: Digest, source: Path) -> None:
        """Keep that the source of a recording, which is to be deleted, lies elsewhere now."""
        with self._writing("move source", recording) as connection:
            purges.move(connection, recording, self._database.place + rows.source_text(source))

    def purged(self, receipt: Receipt) -> None:
        """Keep the receipt of a deletion; the audio that could not be deleted stays pending, said once."""
        with self._database.writing() as connection:
            if purges.settle(connection, receipt):
                self._chain.append(connection, f"purge: {receipt.outcome}", receipt.recording)

    def receipts(self) -> tuple[Receipt, ...]:
        """Return the last receipt of each deletion, oldest first."""
        with self._database.reading() as connection:
            return purges.receipts(connection)

    def begin_spool(self, spooled: Spooled) -> bytes:
        """Make and keep the key of a recording that begins, and return it."""
        with self._writing("begin recording", spooled.digest) as connection:
            return spools.begin(connection, spooled, self._database.place)

    def spools(self) -> tuple[Spooled, ...]:
        """Return the recordings that wait, sealed, or are being made, oldest first."""
        with self._database.writing() as connection:
            found = spools.waiting(connection)
            if found:
                self._chain.append(connection, "list recordings")
            return found

    def unlock_spool(self, spool_id: str) -> tuple[Spooled, bytes]:
        """Return a recording and its key.

        Raises:
            NotFound: there is none, or its key is destroyed.
            SourceRefused: it lies on another computer.
        """
        with self._database.writing() as connection:
            spooled, key = spools.unlock(connection, spool_id)
            spools.demand_here(connection, spool_id, self._database.place)
            self._chain.append(connection, "open recording", spooled.digest)
            return spooled, key

    def demand_here(self, recordings: Iterable[Spooled]) -> None:
        """See that the bytes of all these recordings are on this computer, before the first of them is deleted.

        Raises:
            SourceRefused: one of them lies on another.
        """
        with self._database.reading() as connection:
            for one in recordings:
                spools.demand_here(connection, one.id, self._database.place)

    def destroy_spool(self, spool_id: str, recording: Digest | None) -> Digest:
        """Destroy a recording's key for good; return the digest for its receipt: `recording`, else its own.

        Raises:
            NotFound: there is none, or its key is destroyed already.
        """
        with self._database.writing() as connection:
            digest = spools.destroy(connection, spool_id, recording)
            self._chain.append(connection, "destroy recording's key", digest)
        self._database.truncate_log()
        return digest

    def destroyed_spools(self) -> tuple[tuple[str, Digest], ...]:
        """Return the recordings without a key whose bytes are still to be deleted: ids, and digests for receipts."""
        with self._database.reading() as connection:
            return spools.destroyed(connection, self._database.place)

    def spool_purged(self, spool_id: str, receipt: Receipt) -> None:
        """Keep the receipt of a recording's deletion; what could not be deleted stays to be deleted."""
        with self._writing(f"purge: {receipt.outcome}", receipt.recording) as connection:
            spools.settle(connection, spool_id, receipt, self._database.place)
