"""The record of one clinician: every write in one transaction with its audit event, every reading on the chain."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, Select, select, update
from sqlalchemy.sql.expression import ColumnElement

from ..errors import Refused, StoreFault
from ..types import (
    Addendum,
    AuditEvent,
    Consent,
    Draft,
    Found,
    Kind,
    Note,
    Receipt,
    Recording,
    Review,
    Transcript,
    TreatmentPlan,
)
from . import consents, drafting, purges, rows
from .audit import AuditChain
from .database import NAME, Database
from .keys import Ask, StoreKey, find_key, new_key
from .migrations import REVISIONS, revision, upgrade
from .schema import addenda, drafts, findings, notes, plans, reviews, transcripts
from .sidecar import NAME as SIDECAR
from .sidecar import alone, make_home, read_sidecar, write_sidecar

Clock = Callable[[], datetime]


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


class Store:
    """The sealed record. Open it with `Store.open`; it is a context manager and safe for several threads."""

    def __init__(self, database: Database, chain: AuditChain) -> None:
        self._database, self._chain = database, chain

    @classmethod
    def open(
        cls, home: Path, passphrase: str | None, ask: Ask | None = None, *, actor: str, clock: Clock = now
    ) -> Self:
        """Open the store in a home folder, making it where there is none; `actor` is named in each audit event.

        Raises:
            KeyMissing: there is no passphrase, no usable keyring and nobody to ask.
            WrongPassphrase: the key is not the store's; no file was touched.
            StoreFault: the store is damaged, newer than this Evenfall, or cannot be written.
        """
        home = home.absolute()
        make_home(home)
        sidecar = read_sidecar(home)
        if sidecar is None or not sidecar.ready:
            with alone(home):
                sidecar = read_sidecar(home)  # another process may have made it while this one waited
                if sidecar is None or not sidecar.ready:
                    return cls._create(home, passphrase, ask, actor, clock, begun=sidecar is not None)
        key = find_key(sidecar, passphrase, ask)
        database = Database.open(home / NAME, key.derive("database"))
        try:
            _bring_up_to_date(database)
        except StoreFault:
            database.close()
            raise
        return cls(database, _chain(key, actor, clock))

    @classmethod
    def _create(
        cls, home: Path, passphrase: str | None, ask: Ask | None, actor: str, clock: Clock, *, begun: bool
    ) -> Self:
        path = home / NAME
        if not begun and path.exists():
            raise StoreFault(f"{home} holds a store but not its store.json.", "Put it back from a backup.")
        sidecar, key = new_key(passphrase, ask)
        write_sidecar(home, sidecar)
        database, chain = Database.create(path, key.derive("database")), _chain(key, actor, clock)
        try:
            with database.writing() as connection:
                upgrade(connection)
                chain.append(connection, "create store")
            write_sidecar(home, sidecar.model_copy(update={"ready": True}))
        except StoreFault:
            database.close()
            raise
        return cls(database, chain)

    @staticmethod
    def exists(home: Path) -> bool:
        """Say whether a home folder holds a store, or what is left of one."""
        return any((home / name).exists() for name in (NAME, SIDECAR))

    @property
    def actor(self) -> str:
        """Who uses the store, as its audit events name them."""
        return self._chain.actor

    def close(self) -> None:
        """Close the store's file."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Transcripts

    def keep_transcript(self, recording: Recording, transcript: Transcript, source: Path | None) -> None:
        """Keep what a recording said, and where its source lies so that it can be purged; None keeps the source.

        The last word on the source counts, for the recording's earlier transcripts too.
        """
        if transcript.recording != recording.digest:
            raise ValueError("the transcript is of another recording")
        place = None if source is None else rows.path_text(source)
        with self._writing("keep transcript", transcript.digest) as connection:
            rows.keep(
                connection,
                transcripts,
                transcript,
                self._chain.clock(),
                recording=recording.digest,
                recording_payload=recording.model_dump_json(),
                sha256=recording.sha256,
                kind=recording.kind,
            )
            same = transcripts.c.recording == recording.digest
            connection.execute(update(transcripts).where(same).values(source=place))

    def transcript_of(self, recording_sha256: str, kind: Kind) -> tuple[Recording, Transcript] | None:
        """Return what these bytes said when they were heard before as this kind of recording; the newest, or None."""
        query = select(transcripts).where(transcripts.c.sha256 == recording_sha256, transcripts.c.kind == kind)
        with self._database.writing() as connection:
            row = connection.execute(query.order_by(transcripts.c.created_at.desc()).limit(1)).first()
            if row is None:
                return None
            self._chain.append(connection, "read transcript", row.digest)
            return (
                rows.read(Recording, row.recording_payload, row.recording),
                rows.read(Transcript, row.payload, row.digest),
            )

    def transcript(self, digest: str) -> Transcript:
        """Return a transcript by its digest.

        Raises:
            NotFound: there is none; it goes when its draft is signed or deleted.
        """
        with self._database.writing() as connection:
            transcript = rows.by_prefix(connection, transcripts, Transcript, digest)
            self._chain.append(connection, "read transcript", transcript.digest)
            return transcript

    # Findings

    def keep_found(self, found: Found) -> None:
        """Keep what was found in a transcript, in the place of what was found before; it goes with the draft."""
        with self._writing("keep findings", found.digest) as connection:
            rows.remove(connection, findings, "transcript", found.transcript)
            columns = {"recording": found.recording, "transcript": found.transcript}
            rows.keep(connection, findings, found, self._chain.clock(), **columns)

    def found_of(self, transcript: str) -> Found | None:
        """Return what was found in a transcript, by the transcript's digest."""
        query = select(findings).where(findings.c.transcript == transcript)
        with self._database.writing() as connection:
            found = rows.first(connection, Found, query)
            if found is not None:
                self._chain.append(connection, "read findings", found.digest)
            return found

    # Drafts and reviews

    def keep_draft(self, draft: Draft) -> None:
        """Keep the draft of a recording; the same one again changes nothing.

        Raises:
            Refused: the recording has another draft; `replace_draft` takes its place knowingly.
        """
        with self._writing("keep draft", draft.digest) as connection:
            others = select(drafts.c.digest).where(
                drafts.c.recording == draft.recording, drafts.c.digest != draft.digest
            )
            if connection.scalar(others.limit(1)) is not None:
                raise Refused("This recording has a draft already.", "Review or delete that one first.")
            self._insert_draft(connection, draft)

    def replace_draft(self, old: str, draft: Draft, review: Review | None = None) -> None:
        """Put another draft of the same recording in the place of one, whose review goes; `review` is the new one's.

        Raises:
            NotFound: there is no such draft of this recording.
        """
        with self._writing("keep draft", draft.digest) as connection:
            self._demand_draft(connection, old, draft.recording)
            if old != draft.digest:
                self._log_gone(connection, "review", rows.remove(connection, reviews, "draft", old), "replaced")
                self._log_gone(connection, "draft", rows.remove(connection, drafts, "digest", old), "replaced")
                self._insert_draft(connection, draft)
                if review is not None:
                    rows.keep(connection, reviews, review, self._chain.clock(), draft=draft.digest)
                    self._chain.append(connection, "keep review", review.digest)
        self._database.truncate_log()

    def draft(self, prefix: str) -> Draft:
        """Return the draft whose digest begins so.

        Raises:
            NotFound: none does, more than one does, or fewer than four characters were given.
        """
        with self._database.writing() as connection:
            draft = rows.by_prefix(connection, drafts, Draft, prefix)
            self._chain.append(connection, "read draft", draft.digest)
            return draft

    def drafts(self) -> tuple[Draft, ...]:
        """Return every draft, the one due first first."""
        return self._list_drafts()

    def draft_of(self, recording: str) -> Draft | None:
        """Return the draft of a recording, by the recording's digest."""
        query = select(drafts).where(drafts.c.recording == recording)
        with self._database.writing() as connection:
            draft = rows.first(connection, Draft, query)
            if draft is not None:
                self._chain.append(connection, "read draft", draft.digest)
            return draft

    def expired(self, now: datetime) -> tuple[Draft, ...]:
        """Return the drafts that have expired by now."""
        return self._list_drafts(drafts.c.expires_at <= now)

    def delete_draft(self, digest: str, why: str) -> Receipt:
        """Delete a draft with its review and its recording's transcripts, not the source audio; `why` names no one.

        Raises:
            NotFound: there is no such draft.
        """
        with self._database.writing() as connection:
            recording = connection.scalar(select(drafts.c.recording).where(drafts.c.digest == digest))
            if recording is None:
                raise rows.missing("draft")
            self._forget(connection, recording, why)
            receipt = Receipt(
                recording=recording, what=("transcript", "draft"), at=self._chain.clock(), outcome="purged"
            )
            purges.settle(connection, receipt)
        self._database.truncate_log()
        return receipt

    def keep_review(self, review: Review) -> None:
        """Keep the review of a draft in the place of its last one, after each decision.

        Raises:
            NotFound: the draft is no longer there; it was signed or deleted elsewhere.
        """
        with self._writing("keep review", review.digest) as connection:
            self._demand_draft(connection, review.draft)
            rows.remove(connection, reviews, "draft", review.draft)
            rows.keep(connection, reviews, review, self._chain.clock(), draft=review.draft)

    def review_of(self, draft: str) -> Review | None:
        """Return the review begun on a draft, by the draft's digest."""
        with self._database.writing() as connection:
            review = rows.first(connection, Review, select(reviews).where(reviews.c.draft == draft))
            if review is not None:
                self._chain.append(connection, "read review", review.digest)
            return review

    # Notes

    def sign(self, note: Note, purge: bool = True) -> None:
        """Make a draft a note, in one transaction: draft, review and transcripts go, the audio is down to be purged.

        Raises:
            NotFound: the note's draft is not there; it was signed or deleted elsewhere.
        """
        with self._database.writing() as connection:
            self._demand_draft(connection, note.draft, note.recording)
            rows.keep(
                connection,
                notes,
                note,
                self._chain.clock(),
                recording=note.recording,
                client=note.client,
                signed_at=note.signature.at,
            )
            self._chain.append(connection, "sign note", note.digest)
            if purge and purges.schedule(connection, note.recording):
                self._chain.append(connection, "schedule purge", note.recording)
            self._forget(connection, note.recording, "signed")
        self._database.truncate_log()

    def notes(self, client: str | None = None) -> tuple[Note, ...]:
        """Return every note, or one client's, in the order of signing."""
        query = select(notes).order_by(notes.c.signed_at, notes.c.digest)
        with self._database.writing() as connection:
            found = rows.values(connection, Note, query if client is None else query.where(notes.c.client == client))
            if found:
                self._chain.append(connection, "list notes")
            return found

    def note(self, prefix: str) -> Note:
        """Return the note whose digest begins so.

        Raises:
            NotFound: none does, more than one does, or fewer than four characters were given.
        """
        with self._database.writing() as connection:
            note = rows.by_prefix(connection, notes, Note, prefix)
            self._chain.append(connection, "read note", note.digest)
            return note

    def note_of(self, recording: str) -> Note | None:
        """Return the last note signed of a recording, by the recording's digest."""
        query = select(notes).where(notes.c.recording == recording).order_by(notes.c.signed_at.desc())
        with self._database.writing() as connection:
            note = rows.first(connection, Note, query)
            if note is not None:
                self._chain.append(connection, "read note", note.digest)
            return note

    def addend(self, addendum: Addendum) -> None:
        """Add to a signed note; the note stays as it was.

        Raises:
            NotFound: there is no such note.
        """
        with self._writing("add addendum", addendum.digest) as connection:
            if connection.scalar(select(notes.c.digest).where(notes.c.digest == addendum.note)) is None:
                raise rows.missing("note")
            columns = {"note": addendum.note, "signed_at": addendum.signature.at}
            rows.keep(connection, addenda, addendum, self._chain.clock(), **columns)

    def addenda(self, note: str) -> tuple[Addendum, ...]:
        """Return what was added to a note, by its digest, in the order of signing."""
        query = select(addenda).where(addenda.c.note == note).order_by(addenda.c.signed_at, addenda.c.digest)
        with self._database.writing() as connection:
            found = rows.values(connection, Addendum, query)
            if found:
                self._chain.append(connection, "read addenda", note)
            return found

    # Treatment plans

    def keep_plan(self, plan: TreatmentPlan) -> None:
        """Keep a client's treatment plan; it counts from now on, earlier ones stay on record."""
        with self._writing("keep treatment plan", plan.digest) as connection:
            rows.keep(connection, plans, plan, self._chain.clock(), client=plan.client)

    def plan_of(self, client: str) -> TreatmentPlan | None:
        """Return the client's treatment plan as it stands."""
        with self._database.writing() as connection:
            plan = drafting.plan_of(connection, client)
            if plan is not None:
                self._chain.append(connection, "read treatment plan", plan.digest)
            return plan

    # Source audio

    def pending_purges(self) -> tuple[tuple[Recording, Path], ...]:
        """Return the source audio of signed notes that is still to be deleted."""
        with self._database.reading() as connection:
            return purges.pending(connection)

    def purged(self, receipt: Receipt) -> None:
        """Keep the receipt of a deletion; the audio that could not be deleted stays pending."""
        with self._writing(f"purge: {receipt.outcome}", receipt.recording) as connection:
            purges.settle(connection, receipt)

    def receipts(self) -> tuple[Receipt, ...]:
        """Return the last receipt of each deletion, oldest first."""
        with self._database.reading() as connection:
            return purges.receipts(connection)

    # Consents

    def add_consent(self, consent: Consent) -> None:
        """Keep one participant's consent."""
        with self._writing("add consent", consent.digest) as connection:
            consents.insert(connection, consent, self._chain.clock())

    def consents(self, client: str | None = None) -> tuple[Consent, ...]:
        """Return each consent as it stands now, a revoked one with its `revoked_at`, in the order given."""
        with self._database.reading() as connection:
            return consents.current(connection, client)

    def revoke_consent(self, client: str, participant: str, at: datetime) -> tuple[Consent, ...]:
        """Revoke every standing consent of a participant; what was given before stays on file.

        Raises:
            NotFound: there is none that stands.
        """
        with self._database.writing() as connection:
            revoked = consents.revoke(connection, client, participant, at, self._chain.clock())
            for consent in revoked:
                self._chain.append(connection, "revoke consent", consent.digest)
            return revoked

    # The audit chain

    def record(self, action: str, subject: str = "") -> None:
        """Record an event that changes nothing in the store, such as a refusal or an export; `subject` is a digest."""
        with self._writing(action, subject):
            pass

    def events(self) -> tuple[AuditEvent, ...]:
        """Return the whole audit chain, oldest first."""
        with self._database.reading() as connection:
            return self._chain.events(connection)

    def verify_audit(self) -> int:
        """Follow the audit chain from its first event to its last and return how many there are.

        Raises:
            StoreFault: it is broken; the error says at which event and how.
        """
        with self._database.reading() as connection:
            report = self._chain.verify(connection)
        if report.broken_at is not None:
            raise StoreFault(
                f"The audit chain is broken at event {report.broken_at}: {report.reason}.",
                "Keep a copy of the store as it is, and find out who had access to it.",
            )
        return report.events

    @contextmanager
    def _writing(self, action: str, subject: str = "") -> Iterator[Connection]:
        """Run a block and its audit event in one transaction."""
        with self._database.writing() as connection:
            yield connection
            self._chain.append(connection, action, subject)

    def _list_drafts(self, *which: ColumnElement[bool]) -> tuple[Draft, ...]:
        query: Select[Any] = select(drafts).where(*which).order_by(drafts.c.due_at, drafts.c.digest)
        with self._database.writing() as connection:
            found = rows.values(connection, Draft, query)
            if found:
                self._chain.append(connection, "list drafts")
            return found

    def _insert_draft(self, connection: Connection, draft: Draft) -> None:
        columns = {
            "recording": draft.recording,
            "client": draft.client,
            "due_at": draft.due_at,
            "expires_at": draft.expires_at,
        }
        rows.keep(connection, drafts, draft, self._chain.clock(), **columns)

    def _demand_draft(self, connection: Connection, digest: str, recording: str | None = None) -> None:
        found = connection.scalar(select(drafts.c.recording).where(drafts.c.digest == digest))
        if found is None or recording not in (None, found):
            raise rows.missing("draft")

    def _forget(self, connection: Connection, recording: str, why: str) -> None:
        for draft in connection.scalars(select(drafts.c.digest).where(drafts.c.recording == recording)).all():
            self._log_gone(connection, "review", rows.remove(connection, reviews, "draft", draft), why)
        self._log_gone(connection, "draft", rows.remove(connection, drafts, "recording", recording), why)
        self._log_gone(connection, "findings", rows.remove(connection, findings, "recording", recording), why)
        self._log_gone(connection, "transcript", rows.remove(connection, transcripts, "recording", recording), why)

    def _log_gone(self, connection: Connection, name: str, gone: tuple[str, ...], why: str) -> None:
        for digest in gone:
            self._chain.append(connection, f"delete {name}: {why}", digest)


def _chain(key: StoreKey, actor: str, clock: Clock) -> AuditChain:
    return AuditChain(key.derive("audit"), actor, clock)


def _bring_up_to_date(database: Database) -> None:
    with database.reading() as connection:
        found = revision(connection)
    if found is None:
        raise StoreFault(f"{database.path} holds no record.", "Put it back from a backup.")
    if found == REVISIONS[-1]:
        return
    with database.writing() as connection:
        upgrade(connection)
