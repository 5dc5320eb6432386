"""Clients by reference, their consents, and all that is kept of one."""

from datetime import datetime

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

    def add_consent(self, consent: Consent) -> None:
        """Keep one participant's consent."""
        with self._writing("add consent", consent.digest) as connection:
            consents.insert(connection, consent, self._chain.clock())

    def renew_consent(self, consent: Consent) -> None:
        """Keep a consent in the place of what stands of that participant: one that covers less ends the one before."""
        with self._writing("add consent", consent.digest) as connection:
            for ended in consents.renew(connection, consent, self._chain.clock()):
                self._chain.append(connection, "revoke consent", ended.digest)

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
            for consent in revoked:
                self._chain.append(connection, "revoke consent", consent.digest)
            whose = consents.whose(connection, client, participant)
        if whose is not None:
            raise Refused(
                f"A consent of this participant that {whose} keeps still stands.",
                f"It is for {whose} to revoke: tell {whose} at once.",
                safe="Your own is revoked." if revoked else "Nothing was changed.",
            )
        return revoked

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
        """
        why = "client's request"
        with self._database.writing() as connection:
            found = leaving.file_of(connection, client)
            drafted = dict.fromkeys(draft.recording for draft in found.drafts)
            alone = dict.fromkeys(one.recording for one in found.transcripts if one.recording not in drafted)
            doomed: list[tuple[str, What]] = [(recording, ("transcript", "draft")) for recording in drafted]
            doomed += [(recording, ("transcript",)) for recording in alone]
            receipts = [self._forget_with_receipt(connection, *each, why) for each in doomed]
            for role, digest in typings.forget_client(connection, client):
                self._chain.append(connection, f"delete typing of the {role}: {why}", digest)
            if with_notes:
                for name, digest in leaving.delete_notes(connection, found):
                    self._log_gone(connection, name, (digest,), why)
                receipts += [self._receipt(connection, note.recording, ("note",)) for note in found.notes]
        self._database.truncate_log()
        return tuple(receipts)
