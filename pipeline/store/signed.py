"""Signed notes with their addenda, and what the next draft is built from and compared with."""

from collections.abc import Callable, Iterable

from sqlalchemy import select

from ..errors import Refused
from ..types import Addendum, Digest, Hashes, Note, Style, TreatmentPlan
from . import anchors, drafting, purges, rows
from .record import Record
from .schema import addenda, notes


class Signed(Record):
    """Notes, addenda, treatment plans, the clinician's style and the hashes of notes."""

    def sign(self, note: Note, purge: bool = True, hashes: Hashes | None = None) -> None:
        """Make a draft a note, in one transaction: draft, review and transcripts go, the audio is down to be purged.

        `hashes` are those of the note's statements, kept with it so that later ones like them are found.

        Raises:
            NotFound: the note's draft is not there; it was signed or deleted elsewhere.
            Outdated: the review kept of the draft is not the note's; a decision was made elsewhere.
        """
        with self._database.writing() as connection:
            self._demand_draft(connection, note.draft, note.recording)
            step, safe = "Open it again; nothing was signed.", "Every decision is kept."
            self._demand_review(connection, note.draft, note.review, step, safe)
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

    def signed_recordings(self) -> tuple[Digest, ...]:
        """Return the digests of the recordings that a note was signed of."""
        with self._database.reading() as connection:
            return tuple(connection.scalars(select(notes.c.recording).distinct().order_by(notes.c.recording)))

    def may_cosign(self) -> bool:
        """Say whether the user may co-sign: in a practice its supervisors, else whoever opens the record."""
        return self._way.may_cosign()

    def addend(self, addendum: Addendum) -> None:
        """Add to a signed note; the note stays as it was.

        Raises:
            NotFound: there is no such note.
            Refused: it is a co-signature in a practice, by one who is no supervisor there.
        """
        if addendum.cosigns and not self.may_cosign():
            raise Refused("Only a supervisor of the practice co-signs.", "Have the supervisor sign in and co-sign it.")
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

    def style_of(self, clinician: str) -> Style:
        """Return what was learnt of a clinician's wording, nothing at first."""
        with self._database.reading() as connection:
            return drafting.style_of(connection, clinician) or Style(clinician=clinician)

    def keep_style(self, style: Style) -> None:
        """Keep a clinician's style in the place of the one before."""
        with self._writing("keep style", style.digest) as connection:
            drafting.keep_style(connection, style, self._chain.clock())
        self._database.truncate_log()

    def index(self, name: str, hashing: Callable[[Note], Hashes]) -> None:
        """Keep the hashes of every note that has none made in this way; what was done stays when it is stopped."""
        while self._lacks_hashes(name):
            with self._writing("index notes") as connection:
                drafting.index(connection, name, hashing)

    def _lacks_hashes(self, name: str) -> bool:
        with self._database.reading() as connection:
            done, count = drafting.indexed(connection, name)
            return done < count

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

    def keep_plan(self, plan: TreatmentPlan) -> None:
        """Keep a client's treatment plan; it counts from now on, earlier ones stay on record."""
        with self._writing("keep treatment plan", plan.digest) as connection:
            drafting.keep_plan(connection, plan, self._chain.clock())

    def change_plan(self, client: str, change: Callable[[TreatmentPlan | None], TreatmentPlan]) -> TreatmentPlan:
        """Keep a client's treatment plan as `change` makes it of the plan so far; nobody else changes it in between."""
        with self._database.writing() as connection:
            plan = drafting.plan_of(connection, client)
            if plan is not None:
                self._chain.append(connection, "read treatment plan", plan.digest)
            changed = change(plan)
            drafting.keep_plan(connection, changed, self._chain.clock())
            self._chain.append(connection, "keep treatment plan", changed.digest)
        return changed

    def plan_of(self, client: str) -> TreatmentPlan | None:
        """Return the client's treatment plan as it stands."""
        with self._database.writing() as connection:
            plan = drafting.plan_of(connection, client)
            if plan is not None:
                self._chain.append(connection, "read treatment plan", plan.digest)
            return plan
