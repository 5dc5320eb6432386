"""The record of one clinician: every write in one transaction with its audit event, every reading on the chain."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from sqlalchemy import Connection, Select, func, select, update
from sqlalchemy.sql.expression import ColumnElement

from ..config import Settings
from ..errors import Outdated, Refused, StoreFault
from ..types import (
    Addendum,
    AuditEvent,
    ClientRecord,
    Consent,
    Digest,
    Draft,
    Found,
    Hashes,
    Kind,
    Note,
    Receipt,
    Recording,
    Review,
    Role,
    Spooled,
    Style,
    Transcript,
    TreatmentPlan,
    Typing,
)
from . import (
    anchors,
    backup,
    clients,
    consents,
    drafting,
    leaving,
    owner,
    purges,
    rekey,
    retention,
    rows,
    settled,
    spools,
    typings,
)
from .audit import AuditChain, AuditReport
from .backup import Manifest
from .database import NAME, Database
from .keys import Ask, StoreKey, find_key, new_key
from .leaving import ClientFile
from .migrations import REVISIONS, revision, upgrade
from .retention import DueNotes, Held
from .schema import addenda, audit, drafts, findings, notes, plans, reviews, transcripts
from .sidecar import NAME as SIDECAR
from .sidecar import alone, make_home, read_sidecar, write_sidecar

Clock = Callable[[], datetime]
What = tuple[Literal["audio", "transcript", "draft", "note"], ...]


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


class Store:
    """The sealed record. Open it with `Store.open`; it is a context manager and safe for several threads."""

    def __init__(self, database: Database, key: StoreKey, chain: AuditChain) -> None:
        self._database, self._key, self._chain = database, key, chain

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
            database.look_over()
            if sidecar.left_keyring:
                rekey.clear_keyring(home)
        except StoreFault:
            database.close()
            raise
        return cls(database, key, _chain(key, actor, clock))

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
        return cls(database, key, chain)

    @classmethod
    def restore(
        cls,
        file: Path,
        home: Path,
        passphrase: str | None,
        ask: Ask | None = None,
        *,
        actor: str,
        clock: Clock = now,
        move_aside: bool = False,
    ) -> Manifest:
        """Put a backup's record into a home folder, once it opens, is whole and its audit chain holds.

        Raises:
            Refused: there is a record already; with `move_aside` it is moved into a folder of its own.
            SourceRefused: the file is no backup, or damaged.
            KeyMissing, WrongPassphrase: it does not open; nothing was put into place.
            StoreFault: what it holds is not a whole record, or the folder cannot be written.
        """
        with backup.restoring(file, home, clock(), move_aside=move_aside) as (work, manifest):
            sidecar = read_sidecar(work)
            if sidecar is None:
                raise StoreFault("The backup lacks its store.json.", "Take another backup.")
            key = find_key(sidecar, passphrase, ask)
            database = Database.open(work / NAME, key.derive("database"))
            with cls(database, key, _chain(key, actor, clock)) as store:
                with database.reading() as connection:
                    if backup.content_digest(connection) != manifest.content:
                        raise StoreFault("The backup does not hold what was put into it.", "Take another backup.")
                _bring_up_to_date(database)
                store.verify_whole()
                store.record("restore backup", manifest.content)
        return manifest

    @staticmethod
    def exists(home: Path) -> bool:
        """Say whether a home folder holds a store, or what is left of one."""
        return any((home / name).exists() for name in (NAME, SIDECAR))

    @property
    def actor(self) -> str:
        """Who uses the store, as its audit events name them."""
        return self._chain.actor

    @property
    def home(self) -> Path:
        """The home folder that the store is in."""
        return self._database.path.parent

    def close(self) -> None:
        """Close the store's file."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # What is being typed

    def keep_typing(self, typing: Typing, over: Digest) -> None:
        """Keep what is being typed in the place of what the same role typed before, whose digest is `over`.

        Raises:
            Outdated: what is kept is something else; another window went on.
        """
        with self._writing("keep typing", typing.digest) as connection:
            kept = typings.read(connection, typing.role)
            if kept is not None and kept.digest != over:
                raise Outdated("This was typed on in another window.", "Reload the page to see what is kept.")
            typings.keep(connection, typing)
        self._database.truncate_log()

    def typing_of(self, role: Role) -> Typing | None:
        """Return what somebody in this role was typing."""
        with self._database.writing() as connection:
            typing = typings.read(connection, role)
            if typing is not None:
                self._chain.append(connection, "read typing", typing.digest)
            return typing

    def forget_typing(self, role: Role) -> None:
        """Delete what somebody in this role was typing: it was drafted, or has expired."""
        with self._database.writing() as connection:
            typing = typings.read(connection, role)
            if typing is None:
                return
            typings.forget(connection, role)
            self._chain.append(connection, "delete typing", typing.digest)
        self._database.truncate_log()

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

    def heard(self, transcript: str) -> tuple[Recording, Transcript]:
        """Return a transcript by its digest, with the recording that it is of.

        Raises:
            NotFound: there is none; it goes when its draft is signed or deleted.
        """
        with self._database.writing() as connection:
            row = connection.execute(select(transcripts).where(transcripts.c.digest == transcript)).first()
            if row is None:
                raise rows.missing("transcript")
            self._chain.append(connection, "read transcript", row.digest)
            return (
                rows.read(Recording, row.recording_payload, row.recording),
                rows.read(Transcript, row.payload, row.digest),
            )

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
            self._swap_draft(connection, old, draft, review)
        self._database.truncate_log()

    def replace_heard(
        self, old: Draft, transcript: Transcript, found: Found, draft: Draft, review: Review | None = None
    ) -> None:
        """Put another transcript of a draft's recording in its transcript's place, with what was made of it, as one.

        Raises:
            NotFound: the draft or its transcript is not there; it was signed or deleted elsewhere.
        """
        with self._writing("keep draft", draft.digest) as connection:
            self._chain.append(connection, "reassign speakers", old.digest)
            self._swap_draft(connection, old.digest, draft, review)
            row = connection.execute(select(transcripts).where(transcripts.c.digest == old.transcript)).first()
            if row is None:
                raise rows.missing("transcript")
            for name, table, column in (("findings", findings, "transcript"), ("transcript", transcripts, "digest")):
                self._log_gone(connection, name, rows.remove(connection, table, column, old.transcript), "replaced")
            at, same = self._chain.clock(), ("recording", "recording_payload", "sha256", "kind", "source")
            rows.keep(connection, transcripts, transcript, at, **{name: getattr(row, name) for name in same})
            self._chain.append(connection, "keep transcript", transcript.digest)
            rows.keep(connection, findings, found, at, recording=found.recording, transcript=found.transcript)
            self._chain.append(connection, "keep findings", found.digest)
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
            receipt = self._forget_with_receipt(connection, recording, ("transcript", "draft"), why)
        self._database.truncate_log()
        return receipt

    def keep_review(self, review: Review, over: str | None = None) -> None:
        """Keep the review of a draft in the place of its last one, after each decision.

        `over` is the digest of the review that it goes on from, where another window may have gone on, too.

        Raises:
            NotFound: the draft is no longer there; it was signed or deleted elsewhere.
            Outdated: the review kept is not the one that this goes on from.
        """
        with self._writing("keep review", review.digest) as connection:
            self._demand_draft(connection, review.draft)
            kept = connection.scalar(select(reviews.c.digest).where(reviews.c.draft == review.draft))
            if over is not None and kept != over:
                raise Outdated(
                    "This draft was changed in another window.", "Open it again; nothing of either window is lost."
                )
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

    def sign(self, note: Note, purge: bool = True, hashes: Hashes | None = None) -> None:
        """Make a draft a note, in one transaction: draft, review and transcripts go, the audio is down to be purged.

        `hashes` are those of the note's statements, kept with it so that later ones like them are found.

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
            anchors.keep(connection, self._chain, self._chain.append(connection, anchors.SIGNED, note.digest))
            if hashes is not None:
                drafting.keep_bands(connection, note.digest, hashes)
            if purge and purges.schedule(connection, note.recording):
                self._chain.append(connection, "schedule purge", note.recording)
            self._forget(connection, note.recording, "signed")
        self._database.truncate_log()

    def notes(self, client: str | None = None, last: int | None = None) -> tuple[Note, ...]:
        """Return every note, or one client's, in the order of signing; of many only the `last` so many."""
        query = select(notes).order_by(notes.c.signed_at.desc(), notes.c.digest.desc()).limit(last)
        with self._database.writing() as connection:
            found = rows.values(connection, Note, query if client is None else query.where(notes.c.client == client))
            if found:
                self._chain.append(connection, "list notes")
            return found[::-1]

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
        with self._writing(f"add {addendum.label.lower()}", addendum.digest) as connection:
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

    # Style

    def style_of(self, clinician: str) -> Style:
        """Return what was learnt of a clinician's wording, nothing at first."""
        with self._database.reading() as connection:
            return drafting.style_of(connection, clinician) or Style(clinician=clinician)

    def keep_style(self, style: Style) -> None:
        """Keep a clinician's style in the place of the one before."""
        with self._writing("keep style", style.digest) as connection:
            drafting.keep_style(connection, style, self._chain.clock())
        self._database.truncate_log()

    # Likeness

    def index(self, name: str, hashing: Callable[[Note], Hashes]) -> None:
        """Keep the hashes of every note that has none made in this way; what was done stays when it is stopped."""
        while self._lacks_hashes(name):
            with self._writing("index notes") as connection:
                drafting.index(connection, name, hashing)

    def sharing(
        self, hashes: Hashes, client: str | None
    ) -> tuple[tuple[tuple[str, int, int], ...], tuple[tuple[str, int, int], ...]]:
        """Return which statements share a hash with these: those of the client's notes, then those of any note.

        Each is the note's digest, the statement's place in it and the hash; it holds no words.
        """
        with self._database.reading() as connection:
            own = () if client is None else drafting.sharing_of(connection, hashes, client)
            return own, drafting.sharing(connection, hashes)

    def notes_like(self, digests: Iterable[str]) -> tuple[Note, ...]:
        """Return these notes, to compare a draft with them, in the order of signing."""
        with self._database.writing() as connection:
            found = drafting.by_digest(connection, digests)
            if found:
                self._chain.append(connection, "compare with notes")
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

    # Sealed recordings

    @property
    def spool_folder(self) -> Path:
        """The folder of the sealed recordings."""
        return self._database.path.parent / "spool"

    def begin_spool(self, spooled: Spooled) -> bytes:
        """Make and keep the key of a recording that begins, and return it."""
        with self._writing("begin recording", spooled.digest) as connection:
            return spools.begin(connection, spooled)

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
        """
        with self._database.writing() as connection:
            spooled, key = spools.unlock(connection, spool_id)
            self._chain.append(connection, "open recording", spooled.digest)
            return spooled, key

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
            return spools.destroyed(connection)

    def spool_purged(self, spool_id: str, receipt: Receipt) -> None:
        """Keep the receipt of a recording's deletion; what could not be deleted stays to be deleted."""
        with self._writing(f"purge: {receipt.outcome}", receipt.recording) as connection:
            spools.settle(connection, spool_id, receipt)

    # Clients

    def clients(self) -> tuple[ClientRecord, ...]:
        """Return every client that anything is kept of, by reference, with what waits and what was signed."""
        with self._database.writing() as connection:
            found = clients.listed(connection)
            if found:
                self._chain.append(connection, "list clients")
            return found

    # Consents

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

    def latest(self) -> int:
        """Return the number of the chain's last event, unrecorded: whoever saw the same number saw the same store."""
        with self._database.reading() as connection:
            return connection.scalar(select(func.max(audit.c.sequence))) or 0

    # Its owner

    def proves(self, words: str, role: Role = "clinician") -> bool:
        """Say whether the words are the owner's passphrase or PIN, or the PIN of another role."""
        with self._database.reading() as connection:
            return owner.proves(connection, self._database.path.parent, words, role)

    def has_pin(self) -> bool:
        """Say whether a PIN is set."""
        with self._database.reading() as connection:
            return owner.pin(connection) is not None

    def can_be_proved(self) -> bool:
        """Say whether there is a passphrase or PIN: a keyring's key is typed by nobody, and has none at first."""
        with self._database.reading() as connection:
            return owner.can_be_proved(connection, self._database.path.parent)

    def set_pin(self, words: str, role: Role = "clinician") -> None:
        """Set the PIN that stands beside the passphrase, or the one of another role.

        Raises:
            Refused: it is too short, or somebody's in another role.
        """
        with self._writing("set PIN" if role == "clinician" else f"set PIN of the {role}") as connection:
            owner.set_pin(connection, self._database.path.parent, words, role)

    def change_passphrase(self, words: str | None) -> None:
        """Have the store open with this passphrase from now on, None: with the computer's keyring.

        Raises:
            KeyMissing: the passphrase is empty.
            Refused: there is no keyring that keeps the key.
        """
        self.record("change passphrase" if words is not None else "move key to keyring")
        if words is None:
            rekey.to_keyring(self.home, self._key)
        else:
            rekey.to_passphrase(self.home, self._key, words)

    def make_recovery_key(self) -> str:
        """Make a recovery key in the place of an earlier one and return it as it is shown; it is kept nowhere."""
        self.record("make recovery key")
        return rekey.make_recovery(self.home, self._key)

    def drop_recovery_key(self) -> None:
        """Have no recovery key open the store any more."""
        self.record("drop recovery key")
        rekey.drop_recovery(self.home, self._key)

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

    # Backup

    def backup(self, file: Path, *, force: bool = False) -> Manifest:
        """Write a sealed copy of the whole record, with the recordings that wait, and prove it by restoring it.

        Raises:
            Refused: the name is taken, or the record's key is in this computer's keyring alone.
            StoreFault: it cannot be written, or not be read back as it was written.
        """
        seal = partial(self.record, "back up")
        return backup.make(self._database, file.absolute(), self._chain.clock(), seal, force=force)

    # Retention

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

    def apply_retention(self, settings: Settings) -> tuple[Receipt, ...]:
        """Delete the drafts that have expired, and transcripts that have waited too long for a draft."""
        with self._database.writing() as connection:
            at = self._chain.clock()
            doomed: list[tuple[str, What]] = [
                *((recording, ("transcript", "draft")) for recording in retention.expired(connection, at)),
                *((recording, ("transcript",)) for recording in retention.left_over(connection, settings, at)),
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

    # One client's material

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
            heard = dict.fromkeys(draft.recording for draft in found.drafts)
            receipts = [
                self._forget_with_receipt(connection, recording, ("transcript", "draft"), why) for recording in heard
            ]
            for role, digest in typings.forget_client(connection, client):
                self._chain.append(connection, f"delete typing of the {role}: {why}", digest)
            if with_notes:
                for name, digest in leaving.delete_notes(connection, found):
                    self._log_gone(connection, name, (digest,), why)
                receipts += [self._receipt(connection, note.recording, ("note",)) for note in found.notes]
        self._database.truncate_log()
        return tuple(receipts)

    def _forget_with_receipt(self, connection: Connection, recording: str, what: What, why: str) -> Receipt:
        self._forget(connection, recording, why)
        return self._receipt(connection, recording, what)

    def _receipt(self, connection: Connection, recording: str, what: What) -> Receipt:
        receipt = Receipt(recording=recording, what=what, at=self._chain.clock(), outcome="purged")
        purges.settle(connection, receipt)
        return receipt

    def _lacks_hashes(self, name: str) -> bool:
        with self._database.reading() as connection:
            done, count = drafting.indexed(connection, name)
            return done < count

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

    def _swap_draft(self, connection: Connection, old: str, draft: Draft, review: Review | None) -> None:
        self._demand_draft(connection, old, draft.recording)
        if old != draft.digest:
            self._log_gone(connection, "review", rows.remove(connection, reviews, "draft", old), "replaced")
            self._log_gone(connection, "draft", rows.remove(connection, drafts, "digest", old), "replaced")
            self._insert_draft(connection, draft)
            if review is not None:
                rows.keep(connection, reviews, review, self._chain.clock(), draft=draft.digest)
                self._chain.append(connection, "keep review", review.digest)

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
