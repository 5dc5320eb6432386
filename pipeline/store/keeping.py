"""Keeping the record: the audit chain, its owner and key, backup, retention, settings."""

from collections.abc import Container
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, func, select

from ..config import Settings
from ..errors import Refused, StoreFault
from ..types import AuditEvent, Digest, Draft, Receipt, Role
from . import anchors, backup, owner, rekey, retention, rows, settled
from .audit import AuditReport
from .backup import Manifest
from .database import Database
from .record import Record, What
from .retention import DueNotes, Held
from .schema import audit


class Keeping(Record):
    """The audit chain, the owner, backup, retention and settings."""

    def events(self) -> tuple[AuditEvent, ...]:
        """Return the whole audit chain, oldest first."""
        with self._database.reading() as connection:
            return self._chain.events(connection)

    def latest(self) -> int:
        """Return the number of the chain's last event, unrecorded: whoever saw the same number saw the same store."""
        with self._database.reading() as connection:
            return connection.scalar(select(func.max(audit.c.sequence))) or 0

    def verify_audit(self) -> int:
        """Follow the audit chain from its first event to its last and return how many there are.

        Raises:
            StoreFault: it is broken; the error says at which event and how.
        """
        with self._database.reading() as connection:
            report = self._verified(connection)
        if report.broken_at is not None:
            raise StoreFault(
                f"The audit chain is broken at event {report.broken_at}: {report.reason}.",
                "Keep a copy of the store as it is, and find out who had access to it.",
            )
        return report.events

    def audit_lines(self) -> tuple[str, ...]:
        """Return the audit chain as JSON lines for an auditor, a broken one too; that it was exported is in it."""
        self.record("export audit chain")
        with self._database.reading() as connection:
            return tuple(self._chain.lines(connection, self._verified(connection)))

    def verify_whole(self) -> int:
        """Read every page, every value and the whole audit chain; return how many values are as they were put in.

        Raises:
            StoreFault: something is damaged, or not what was put in.
        """
        self._database.look_through()
        with self._database.reading() as connection:
            count = rows.verify(connection)
        self.verify_audit()
        return count

    def _verified(self, connection: Connection) -> AuditReport:
        report = self._chain.verify(connection)
        return report if report.broken_at is not None else anchors.verify(connection, self._chain, report)

    def proves(self, words: str, role: Role = "clinician") -> bool:
        """Say whether the words are the owner's passphrase or PIN, or the PIN of another role."""
        with self._database.reading() as connection:
            return owner.proves(connection, self._way, words, role)

    def has_pin(self) -> bool:
        """Say whether a PIN is set."""
        with self._database.reading() as connection:
            return owner.pin(connection) is not None

    def can_be_proved(self) -> bool:
        """Say whether there is a passphrase or PIN: a keyring's key is typed by nobody, and has none at first."""
        with self._database.reading() as connection:
            return owner.can_be_proved(connection, self._way)

    def set_pin(self, words: str, role: Role = "clinician") -> None:
        """Set the PIN that stands beside the passphrase, or the one of another role.

        Raises:
            Refused: it is too short, or somebody's in another role.
        """
        with self._writing("set PIN" if role == "clinician" else f"set PIN of the {role}") as connection:
            owner.set_pin(connection, self._way, words, role)

    def change_passphrase(self, words: str | None) -> None:
        """Have the store open with this passphrase from now on, None: with the computer's keyring.

        Raises:
            KeyMissing: the passphrase is empty.
            Refused: there is no keyring that keeps the key.
        """
        if words is None and not isinstance(self._database, Database):
            raise Refused("A practice's key is kept by no keyring.", "Take a passphrase.")
        self.record("change passphrase" if words is not None else "move key to keyring")
        if words is None:
            rekey.to_keyring(self._way, self._key)
        else:
            rekey.to_passphrase(self._way, self._key, words)

    def make_recovery_key(self) -> str:
        """Make a recovery key in the place of an earlier one and return it as it is shown; it is kept nowhere."""
        self.record("make recovery key")
        return rekey.make_recovery(self._way, self._key)

    def drop_recovery_key(self) -> None:
        """Have no recovery key open the store any more."""
        self.record("drop recovery key")
        rekey.drop_recovery(self._way, self._key)

    def backup(self, file: Path, *, force: bool = False) -> Manifest:
        """Write a sealed copy of the whole record, with the recordings that wait, and prove it by restoring it.

        Raises:
            Refused: the name is taken, or the record's key is in this computer's keyring alone.
            StoreFault: it cannot be written, or not be read back as it was written.
        """
        if not isinstance(self._database, Database):
            raise Refused(
                "A practice's record is backed up on its server, sealed as it is there.",
                "Use pg_dump, as the server's own user (postgres); to take it to one computer: evenfall store copy.",
            )
        seal = partial(self.record, "back up")
        return backup.make(self._database, file.absolute(), self._chain.clock(), seal, force=force)

    def held(self, settings: Settings) -> tuple[Held, ...]:
        """Return what is kept of each kind, until when, and what is due."""
        with self._database.reading() as connection:
            return retention.held(connection, settings, self._chain.clock(), self.spool_folder)

    def due_notes(self, settings: Settings) -> tuple[DueNotes, ...]:
        """Return whose notes no rule asks to keep any longer; nothing deletes them by itself."""
        with self._database.writing() as connection:
            self._chain.append(connection, "list notes due")
            return retention.due_notes(connection, settings, self._chain.clock())

    def left_over(self, settings: Settings) -> tuple[Digest, ...]:
        """Return the recordings, by digest, whose transcripts have waited too long for a draft."""
        with self._database.reading() as connection:
            return retention.left_over(connection, settings, self._chain.clock())

    def due_drafts(self, settings: Settings) -> tuple[Draft, ...]:
        """Return the drafts that have expired and were not worked on of late; in a practice the user's own."""
        with self._database.writing() as connection:
            found = retention.expired(connection, settings, self._chain.clock())
            if found:
                self._chain.append(connection, "list drafts")
            return found

    def apply_retention(self, settings: Settings, shown: Container[Digest] | None = None) -> tuple[Receipt, ...]:
        """Delete the drafts that are due, and transcripts that have waited too long for a draft.

        Of them only what was `shown`, by the digests of drafts and of recordings, where somebody was asked.
        """
        with self._database.writing() as connection:
            at = self._chain.clock()
            due = [one for one in retention.expired(connection, settings, at) if shown is None or one.digest in shown]
            left = [one for one in retention.left_over(connection, settings, at) if shown is None or one in shown]
            doomed: list[tuple[str, What]] = [
                *((one.recording, ("transcript", "draft")) for one in due),
                *((recording, ("transcript",)) for recording in left),
            ]
            receipts = tuple(self._forget_with_receipt(connection, *each, "expired") for each in doomed)
        self._database.truncate_log()
        return receipts

    def use_settings(self, settings: Settings) -> None:
        """Record which settings are others than when the record was last used, by name; their values are not."""
        with self._database.reading() as connection:
            if not settled.changed(connection, settings):
                return
        with self._database.writing() as connection:
            names = settled.keep(connection, settings)
            if names:
                self._chain.append(connection, f"settings changed: {', '.join(names)}")
