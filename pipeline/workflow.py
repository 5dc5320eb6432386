"""The one page that composes the stages: source to transcript to findings to draft, review to note, audio gone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from . import __version__, consent, draft, export, findings, review
from .audio import channels
from .audio import decode as audio
from .config import Settings
from .errors import ConsentMissing, NoSpeech, Refused
from .export import file
from .speech.choose import load_engine
from .speech.hear import hear
from .speech.speakers import Present
from .speech.transcripts import files
from .speech.transcripts.roles import role_of
from .types import (
    Addendum,
    Detail,
    Draft,
    Found,
    Kind,
    Manner,
    Note,
    Progress,
    Receipt,
    Recording,
    Review,
    Signature,
    Transcript,
    Typed,
)

if TYPE_CHECKING:
    from .store import Store

TEXT: Final = files.SUFFIXES  # extensions of what is read, not heard


@dataclass(frozen=True)
class Order:
    """What the clinician asked for with one source; None: as the source says, or as the settings do."""

    source: Path
    kind: Kind | None = None
    client: str | None = None
    participants: tuple[str, ...] = ("client",)
    day: date | None = None
    minutes: int | None = None
    format: str | None = None
    model: str | None = None
    clinician_label: str | None = None
    speakers: int | None = None  # how many people speak; 0: judge by the voices; None: the clinician and participants
    again: bool = False
    keep_source: bool = False

    @property
    def decided_kind(self) -> Kind:
        """The kind asked for, else what the file is: a transcript with speakers is a session, the rest dictation."""
        return self.kind or files.kind_of(self.source) or "dictation"


def models(settings: Settings) -> Path:
    """Return the folder that `evenfall setup` puts speech models into."""
    return settings.home / "models"


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


def transcribe(
    order: Order, store: "Store | None", settings: Settings, progress: Progress
) -> tuple[Recording, Transcript]:
    """Return what was said in the source, from the store if it was transcribed before; saves nothing.

    Raises:
        EvenfallError: no consent, no speech model, an unreadable source, no speech in it, already signed.
    """
    permit = _permit(order, store)
    if order.source.suffix.lower() in TEXT:
        recording, transcript = files.read_text(order.source, permit, order.clinician_label)
        _refuse_signed(recording, order, store)
        return recording, transcript
    engine = load_engine(order.model, settings.speech, models(settings))
    recording, sound, lost, warnings = audio.load(order.source, permit, settings.speech.longest_hours * 3600)
    _refuse_signed(recording, order, store)
    known = store.transcript_of(recording.sha256, recording.kind) if store and not order.again else None
    if known:
        return known
    least = settings.speech.least_speech_seconds
    present = _present(order, permit, damaged=bool(lost))
    heard = hear(recording, sound, engine, least, progress, lost=lost, warnings=warnings, present=present)
    return recording, heard


def draft_source(order: Order, store: "Store", settings: Settings, progress: Progress) -> Draft:
    """Make a draft of one source and keep it, sealed, until it is signed or expires.

    The transcript is kept before the draft is made, so that an interrupted run goes on from it. A source that already
    has a draft gives that draft; `again` makes a new one.

    Raises:
        EvenfallError: see `transcribe`; too few words; nothing in them that a note would hold.
    """
    manner = Manner(format=order.format or settings.draft.format)
    draft.load_format(manner.format)  # a wrong name is said before anything is heard
    recording, transcript = transcribe(order, store, settings, progress)
    if (earlier := store.draft_of(recording.digest)) and not order.again:
        if order.client not in (None, earlier.client) or order.format not in (None, earlier.format.split("@")[0]):
            raise Refused("This source has a draft for another client or format.", "To draft it anew: --again.")
        return earlier
    if transcript.word_count < settings.draft.least_words:
        raise NoSpeech("There are too few words to make a note of.", "Dictate or record some more, then draft again.")
    found = _find(recording, transcript, _typed_details(order, store.actor))
    store.keep_transcript(recording, transcript, None if order.keep_source else order.source.resolve())
    store.keep_found(found)
    made = _compose(recording, transcript, found, manner, order.client, settings)
    if earlier:
        store.replace_draft(earlier.digest, made)
    else:
        store.keep_draft(made)
    return made


def _find(recording: Recording, transcript: Transcript, typed: tuple[Detail, ...]) -> Found:
    finder = findings.Finder()
    found = finder.find(transcript)
    if not found:
        raise NoSpeech("Nothing was said that a progress note would hold.", "Check that this is the right file.")
    return Found(
        recording=recording.digest,
        transcript=transcript.digest,
        findings=found,
        details=(*findings.find_details(transcript), *typed),
        versions=(f"evenfall@{__version__}", transcript.engine, finder.name),
    )


def _compose(
    recording: Recording,
    transcript: Transcript,
    found: Found,
    manner: Manner,
    client: str | None,
    settings: Settings,
) -> Draft:
    return draft.compose(
        recording,
        transcript,
        found.findings,
        found.details,
        form=draft.load_format(manner.format),
        rules=draft.load_rules(),
        versions=found.versions,
        drafted_at=now(),
        due_hours=settings.draft.due_hours,
        expires_days=settings.draft.expires_days,
        client=client,
        manner=manner,
    )


def start_review(made: Draft, store: "Store", reviewer: str) -> Review:
    """Return the review in progress of this draft, or a new one."""
    return store.review_of(made.digest) or Review(draft=made.digest, reviewer=reviewer, started_at=now())


def sign(made: Draft, decided: Review, name: str, credentials: str, store: "Store") -> tuple[Note, tuple[Receipt, ...]]:
    """Sign a reviewed draft: the note is saved, draft and transcript go, the source audio is purged with a receipt.

    Raises:
        Undecided: something still waits for the clinician.
    """
    note = review.sign(made, decided, Signature(name=name, credentials=credentials, at=now()))
    store.sign(note)
    return note, finish_purges(store)


def addend(store: "Store", prefix: str, text: str, name: str, credentials: str, late: bool) -> Addendum:
    """Add signed words to a signed note; the note itself is never changed.

    Raises:
        NotFound: there is no such note.
        Refused: there are no words to add.
    """
    if not text.strip():
        raise Refused("An addendum needs words.", "Say what to add: --text TEXT.")
    added = Addendum(
        note=store.note(prefix).digest,
        label="Late entry" if late else "Addendum",
        text=text.strip(),
        signature=Signature(name=name, credentials=credentials, at=now()),
    )
    store.addend(added)
    return added


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
    """Purge the source audio of signed notes, also what an interrupted run left to do; each purge has a receipt."""
    receipts = []
    for recording, path in store.pending_purges():
        outcome = audio.purge(path, recording)
        receipt = Receipt(recording=recording.digest, what=("audio",), at=now(), outcome=outcome)
        store.purged(receipt)
        receipts.append(receipt)
    return tuple(receipts)


def _permit(order: Order, store: "Store | None") -> consent.Permit:
    kind = order.decided_kind
    given = store.consents(order.client) if store and order.client else ()
    try:
        return consent.ask(kind, order.client, order.participants, given, now())
    except ConsentMissing:
        if store:
            store.record("refused: no consent")
        raise


def _present(order: Order, permit: consent.Permit, *, damaged: bool) -> Present:
    """Return who is in the room; of a damaged file the channels' times would not be those of its sound."""
    count = 1 + len(order.participants) if order.speakers is None else order.speakers or None
    wanted = permit.kind == "session" and count in (None, 2) and not damaged
    others = tuple(role_of(name) or "other" for name in order.participants)
    return Present(count=count, others=others, levels=channels.levels(order.source, permit) if wanted else None)


def _refuse_signed(recording: Recording, order: Order, store: "Store | None") -> None:
    if store and not order.again and store.note_of(recording.digest):
        raise Refused("A note of this source was signed before.", "To draft it again: --again.")


def _typed_details(order: Order, by: str) -> tuple[Detail, ...]:
    values = {"date": order.day and order.day.isoformat(), "minutes": order.minutes and str(order.minutes)}
    return tuple(
        Detail.model_validate(
            {"key": key, "value": value, "source": "typed", "evidence": (Typed(by=by, at=now(), quote=value),)}
        )
        for key, value in values.items()
        if value
    )
