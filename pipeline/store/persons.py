"""Clients by reference, their consents, and all that is kept of one."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from ..errors import Refused
from ..types import ClientRecord, Consent, Receipt
from . import clients, consents, leaving, typings
from .leaving import ClientFile
from .record import Record, What


class Persons(Record):
    """Clients, consents, and one client's material as a whole."""

    def clients(self) -> tuple[ClientRecord, ...]:
        """Return every client that anything is kept of, by reference, with what waits and what was signed."""
        with self._database.writing() as connection:
            found = clients.listed(connection)
            if found:
                self._chain.append(connection, "list clients")
            return found

    def add_consent(self, consent: Consent) -> bool:
        """Keep one participant's consent of a day before, which ends what was given before it; false if it is on file.

        Where consent was taken back, or given anew, since that day, it does not stand.
        """
        with self._database.writing() as connection:
            gone = consents.add(connection, consent, self._chain.clock())
            if gone is not None:
                self._chain.append(connection, "add consent", consent.digest)
            self._log_revoked(connection, gone or ())
        return gone is not None

    def renew_consent(self, consent: Consent) -> None:
        """Keep a consent in the place of what stands of that participant: one that covers less ends the one before."""
        with self._writing("add consent", consent.digest) as connection:
            self._log_revoked(connection, consents.renew(connection, consent, self._chain.clock()))

    def consents(self, client: str | None = None) -> tuple[Consent, ...]:
        """Return each consent as it stands now, a revoked one with its `revoked_at`, in the order given."""
        with self._database.reading() as connection:
            return consents.current(connection, client)

    def revoke_consent(self, client: str, participant: str, at: datetime) -> tuple[Consent, ...]:
        """Revoke every standing consent of a participant; what was given before stays on file.

        Raises:
            NotFound: there is none that stands.
            Refused: another clinician's stands still, whose it is to revoke; the user's own are revoked.
        """
        with self._database.writing() as connection:
            revoked = consents.revoke(connection, client, participant, at, self._chain.clock())
            self._log_revoked(connection, revoked)
            whose = consents.whose(connection, client, participant)
        if whose is not None:
            raise Refused(
                f"A consent of this participant that {whose} keeps still stands.",
                f"It is for {whose} to revoke: tell {whose} at once.",
                safe="Your own is revoked." if revoked else "Nothing was changed.",
            )
        return revoked

    def carry_revocations(self, others: Iterable[Consent] | None) -> int | None:
        """Keep what another record says was revoked of what stands in this one; return how many, None: unread."""
        if others is None:
            return None
        with self._database.writing() as connection:
            carried = consents.carry(connection, others, self._chain.clock())
            self._log_revoked(connection, carried)
        return len(carried)

    def _log_revoked(self, connection: Connection, gone: Iterable[Consent]) -> None:
        for consent in gone:
            self._chain.append(connection, "revoke consent", consent.digest)

    def client_file(self, client: str) -> ClientFile:
        """Return all that the record holds of a client.

        Raises:
            NotFound: there is nothing.
        """
        with self._database.writing() as connection:
            found = leaving.file_of(connection, client)
            self._chain.append(connection, "read client's file")
            return found

    def forget_client(self, client: str, *, with_notes: bool) -> tuple[Receipt, ...]:
        """Delete what was not signed of a client; `with_notes` the signed notes too, with plans and consents.

        Sealed recordings are another matter: see `audio.spool.discard`. The audit chain keeps that they were.

        Raises:
            NotFound: there is nothing of that client.
            Refused: another clinician has a draft or a transcript of that client; nothing is deleted.
        """
        why = "client's request"
        with self._database.writing() as connection:
            found = leaving.file_of(connection, client)
            drafted = dict.fromkeys(draft.recording for draft in found.drafts)
            alone = dict.fromkeys(one.recording for one in found.transcripts if one.recording not in drafted)
            doomed: list[tuple[str, What]] = [(recording, ("transcript", "draft")) for recording in drafted]
            doomed += [(recording, ("transcript",)) for recording in alone]
            receipts = [self._forget_with_receipt(connection, *each, why) for each in doomed]
            if leaving.is_anothers(connection, client):
                raise Refused("Some of that is another clinician's.", "Only who made it can change or delete it.")
            for role, digest in typings.forget_client(connection, client):
                self._chain.append(connection, f"delete typing of the {role}: {why}", digest)
            if with_notes:
                for name, digest in leaving.delete_notes(connection, found):
                    self._log_gone(connection, name, (digest,), why)
                receipts += [self._receipt(connection, note.recording, ("note",)) for note in found.notes]
        self._database.truncate_log()
        return tuple(receipts)
