"""The one page that composes the stages: source to transcript to findings to draft, review to note, audio gone."""

import hashlib
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from . import __version__, consent, continuity, draft, export, findings, review
from .audio import channels, spool
from .audio import decode as audio
from .audio.capture import Desk, Microphone, Recorder, Wish
from .audio.spool import Spool
from .config import Settings
from .draft.carry import carry, chosen
from .draft.format_files import OWN
from .draft.likeness import candidates, load_likenesses
from .draft.quoting import requoted
from .draft.rephrase import Rephraser
from .draft.rewriter import Rewriter
from .draft.style import load_style_rules
from .errors import ConsentMissing, NoSpeech, NotFound, Refused
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
    Length,
    Likeness,
    Manner,
    Note,
    Preference,
    Progress,
    Question,
    Receipt,
    Recording,
    Review,
    Seconds,
    Signature,
    Speaker,
    Statement,
    Transcript,
    TreatmentPlan,
    Typed,
)

if TYPE_CHECKING:
    from .store import Store
    from .store.leaving import ClientFile

TEXT: Final = files.SUFFIXES  # extensions of what is read, not heard
CO_SIGNED: Final = "Read and co-signed."  # a co-signature without a comment


@dataclass(frozen=True)
class Order:
    """What the clinician asked for with one source; None: as the source says, or as the settings do.

    `draft_spooled` puts the sealed recording in the source's place.
    """

    source: Path | Spool | files.Pasted = Path()
    kind: Kind | None = None
    client: str | None = None
    participants: tuple[str, ...] = ("client",)
    day: date | None = None
    minutes: int | None = None
    format: str | None = None
    length: Length | None = None
    call: str | None = None
    initials: str | None = None
    pronoun: str | None = None
    model: str | None = None
    clinician_label: str | None = None
    speakers: int | None = None  # how many people speak; 0: judge by the voices; None: the clinician and participants
    again: bool = False
    keep_source: bool = False

    @property
    def decided_kind(self) -> Kind:
        """The kind asked for, else what the file is: a transcript with speakers is a session, the rest dictation."""
        if isinstance(self.source, Spool):
            return self.source.spooled.kind
        return self.kind or files.kind_of(self.source) or "dictation"


def models(settings: Settings) -> Path:
    """Return the folder that `evenfall setup` puts speech models into."""
    return settings.home / "models"


def formats(settings: Settings) -> Path:
    """Return the folder of the user's own formats."""
    return settings.home / OWN


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
    permit, source = permit_for(order, store), order.source
    if isinstance(source, files.Pasted) or (isinstance(source, Path) and source.suffix.lower() in TEXT):
        recording, transcript = files.read_text(source, permit, order.clinician_label)
        _refuse_signed(recording, order, store)
        return recording, transcript
    engine = load_engine(order.model, settings.speech, models(settings))
    recording, sound, lost, warnings = _load(source, permit, settings.speech.longest_hours * 3600)
    _refuse_signed(recording, order, store)
    known = store.transcript_of(recording.sha256, recording.kind) if store and not order.again else None
    if known:
        return known
    least = settings.speech.least_speech_seconds
    present = _present(order, source, permit, damaged=bool(lost))
    heard = hear(recording, sound, engine, least, progress, lost=lost, warnings=warnings, present=present)
    return recording, heard


def draft_source(order: Order, store: "Store", settings: Settings, progress: Progress) -> Draft:
    """Make a draft of one source and keep it, sealed, until it is signed or expires.

    The transcript is kept before the draft is made, so that an interrupted run goes on from it. A source that already
    has a draft gives that draft; `again` makes a new one.

    Raises:
        EvenfallError: see `transcribe`; too few words; nothing in them that a note would hold.
    """
    usual = Manner(format=settings.draft.format, length=settings.draft.length, call=settings.draft.call)
    manner = _as_ordered(usual, order)
    draft.load_format(manner.format, formats(settings))  # a wrong name is said before anything is heard
    _rewriter(store, settings)  # so is a wrong address
    recording, transcript = transcribe(order, store, settings, progress)
    if (earlier := store.draft_of(recording.digest)) and not order.again:
        if order.client not in (None, earlier.client) or _as_ordered(earlier.manner, order) != earlier.manner:
            raise Refused(
                "This source has a draft for another client, or written in another manner.",
                f"To write it otherwise: evenfall redraft {earlier.digest[:8]}; to draft it anew: --again.",
            )
        return earlier
    if transcript.word_count < settings.draft.least_words:
        raise NoSpeech("There are too few words to make a note of.", "Dictate or record some more, then draft again.")
    found = _find(recording, transcript, _typed_details(order, store.actor))
    kept = order.source.resolve() if isinstance(order.source, Path) and not order.keep_source else None
    store.keep_transcript(recording, transcript, kept)
    store.keep_found(found)
    made = _compose(recording, transcript, found, manner, order.client, settings, store, now())
    if earlier:
        store.replace_draft(earlier.digest, made)
    else:
        store.keep_draft(made)
    return made


def draft_spooled(
    spool_id: str, order: Order, store: "Store", settings: Settings, progress: Progress
) -> tuple[Draft, Receipt]:
    """Make a draft of a sealed recording as `draft_source` does; then the recording is purged, with a receipt.

    Kind, client and participants are those it was begun with; the order's client counts where it has none. Whatever
    fails on the way leaves the recording as it is.

    Raises:
        NotFound: there is no such recording.
        EvenfallError: see `draft_source`; or it is being made, or read elsewhere.
    """
    with Spool.open(store, spool_id) as source:
        spooled = source.spooled
        order = replace(
            order,
            source=source,
            client=spooled.client or order.client,
            participants=spooled.participants or order.participants,
        )
        made = draft_source(order, store, settings, progress)
        store.transcript(made.transcript)  # read back and compared with its digest: it is kept, whole
        return made, source.purge(made.recording)


def wished(
    manner: Manner,
    *,
    format: str | None = None,  # noqa: A002 (the field's name)
    length: str | None = None,
    call: str | None = None,
    initials: str | None = None,
    pronoun: str | None = None,
) -> Manner:
    """Return the manner with what the clinician asks for in it; None leaves it as it is. Initials are for calling by.

    Raises:
        Refused: it asks for initials or a pronoun and has none, or they are none.
    """
    call = call or ("initials" if initials else None)
    asked = {"format": format, "length": length, "call": call, "initials": initials, "pronoun": pronoun}
    try:
        return manner.replace(**{name: value for name, value in asked.items() if value is not None})
    except ValidationError as error:
        raise Refused(
            "The client cannot be called so.",
            "Give the initials as J.D. (--initials), the pronoun as she, he or they (--pronoun).",
        ) from error


def _as_ordered(manner: Manner, order: Order) -> Manner:
    return wished(
        manner,
        format=order.format,
        length=order.length,
        call=order.call,
        initials=order.initials,
        pronoun=order.pronoun,
    )


def redraft(store: "Store", prefix: str, manner: Manner, settings: Settings) -> Draft:
    """Write a draft anew in another manner, from what was found when it was made; the review goes on in the new one.

    When it was drafted, is due and expires stays. What of the review did not stand as it was is told in the new draft's
    warnings.

    Raises:
        NotFound: there is no such draft.
        SettingsInvalid: there is no such format.
        Refused: what was edited cannot stand in that format.
    """
    form = draft.load_format(manner.format, formats(settings))
    old = store.draft(prefix)
    recording, transcript = store.heard(old.transcript)
    found = store.found_of(old.transcript)
    if found is None:  # it was drafted before findings were kept
        found = _find(recording, transcript, tuple(one for one in old.details if one.source == "typed"))
        store.keep_found(found)
    decided = store.review_of(old.digest)
    held = chosen(old, decided) if decided else None
    made = _compose(recording, transcript, found, manner, old.client, settings, store, old.drafted_at, held)
    made = made.replace(due_at=old.due_at, expires_at=old.expires_at)
    if decided:
        made, decided = carry(old, decided, made, form)
    store.replace_draft(old.digest, made, decided)
    return made


def respeak(store: "Store", prefix: str, speakers: Mapping[str, Speaker], settings: Settings) -> Draft:
    """Say who spoke some turns of a draft's session, by their ids; the draft is made anew and the review goes on in it.

    What is found depends on who said it, so it is found anew. When it was drafted, is due and expires stays, and so do
    edits; a statement that somebody else is now known to have said is to be decided on again.

    Raises:
        NotFound: there is no such draft, or no such turn in it.
        Refused: it is a dictation; or what was edited cannot stand.
        NoSpeech: nothing that these speakers said belongs into a note.
    """
    old = store.draft(prefix)
    if old.kind == "dictation":
        raise Refused("A dictation has one speaker.", "If it is a session, draft it anew with: --kind session --again")
    recording, before = store.heard(old.transcript)
    if speakers.keys() - {turn.id for turn in before.turns}:
        raise NotFound("There is no such turn in what was said.", "Look at the turns with: evenfall speakers DRAFT")
    transcript = before.respoken(speakers)
    if transcript == before:
        return old
    known = store.found_of(old.transcript)
    typed = tuple(one for one in (known.details if known else old.details) if one.source == "typed")
    found = _find(recording, transcript, typed)
    decided = store.review_of(old.digest)
    held = chosen(old, decided) if decided else None
    made = _compose(recording, transcript, found, old.manner, old.client, settings, store, old.drafted_at, held)
    made = made.replace(due_at=old.due_at, expires_at=old.expires_at)
    if decided:
        decided = decided.replace(decisions=tuple(requoted(one, transcript) for one in decided.decisions))
        form = draft.load_format(old.manner.format, formats(settings))
        made, decided = carry(old, decided, made, form)
    store.replace_heard(old, transcript, found, made, decided)
    return made


def swapped(transcript: Transcript) -> dict[str, Speaker]:
    """Return the speakers of a session in which clinician and client were taken for each other, by turn."""
    others: dict[Speaker, Speaker] = {"clinician": "client", "client": "clinician"}
    return {turn.id: others[turn.speaker] for turn in transcript.turns if turn.speaker in others}


@dataclass(frozen=True)
class Captured:
    """How a recording ended and what is kept of it: nothing, where there is no `spool_id`; why, says the receipt."""

    why: str
    seconds: Seconds
    overruns: int
    spool_id: str | None = None
    receipt: Receipt | None = None


def capture(order: Order, store: "Store", settings: Settings, desk: Desk, channels: int) -> Captured:
    """Record from the microphone into a sealed spool; a session only with consent, and only while it stands.

    Where consent is revoked on the way it stops, and what was recorded is purged.

    Raises:
        ConsentMissing: for a session, before the microphone is opened.
        MicrophoneFault: there is none, or another program has it.
        StoreFault: the disk is full or failing; what was recorded until then waits, sealed.
    """
    permit, chosen = permit_for(order, store), settings.capture
    dictation = permit.kind == "dictation"
    wish = Wish(
        hands_free=dictation,
        before=chosen.before_seconds,
        silence=chosen.silence_seconds,
        lost=chosen.lost_seconds,
        longest=settings.speech.longest_hours * 3600,
    )

    def begin() -> Spool:
        who = () if dictation else order.participants
        return Spool.begin(store, permit, medium="pcm", client=order.client, participants=who, channels=channels)

    with Microphone(chosen.device, channels) as microphone:
        recorder = Recorder(microphone, begin, wish, desk, lambda: _stand(order, store))
        try:
            ended = recorder.run()
        except ConsentMissing:
            receipt = recorder.spool.purge() if recorder.spool else None
            return Captured("consent revoked", recorder.seconds, 0, receipt=receipt)
        finally:
            if recorder.spool:
                recorder.spool.close()
    return Captured(ended.why, ended.seconds, ended.overruns, ended.spool.spooled.id if ended.spool else None)


def _stand(order: Order, store: "Store") -> None:
    """Raise ConsentMissing where consent no longer stands."""
    if order.decided_kind == "session":
        permit_for(order, store)


def _load(source: Path | Spool, permit: consent.Permit, longest: Seconds) -> audio.Loaded:
    if isinstance(source, Spool):
        return audio.load_sealed(source.read(permit), permit, longest)
    return audio.load(source, permit, longest)


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
    store: "Store",
    at: datetime,
    held: Callable[[Statement], bool] | None = None,
) -> Draft:
    past = earlier_notes(store, client, continuity.look_back()) if client else ()
    past = tuple(each for each in past if each.note.recording != recording.digest)
    plan = store.plan_of(client) if client else None
    rewriter = _rewriter(store, settings)
    made = draft.compose(
        recording,
        transcript,
        found.findings,
        found.details,
        form=draft.load_format(manner.format, formats(settings)),
        rules=draft.load_rules(settings.home),
        versions=found.versions,
        drafted_at=at,
        due_hours=settings.draft.due_hours,
        expires_days=settings.draft.expires_days,
        client=client,
        manner=manner,
        carry=lambda said: continuity.carry_forward(past, plan, said, at),
        link=partial(continuity.link, plan) if plan else None,
        held=held,
        rewrite=rewriter,
    )
    return rewriter.finish(made, held)


def _rewriter(store: "Store", settings: Settings) -> Rewriter:
    """Return what words a draft's statements as the clinician does, by what edits showed and what is set up.

    Raises:
        SettingsInvalid: a language model is set up on another computer that is not allowed by name.
    """
    style = store.style_of(store.actor) if settings.draft.learn_style else None
    return Rewriter(style, Rephraser(settings.draft.rephrase) if settings.draft.rephrase.url else None)


def earlier_notes(store: "Store", client: str, last: int | None = None) -> tuple[continuity.Earlier, ...]:
    """Return one client's signed notes with what was added to them, in the order of signing; all, or the last few."""
    return tuple(continuity.Earlier(note, store.addenda(note.digest)) for note in store.notes(client, last))


def brief_of(store: "Store", client: str, today: date) -> continuity.Brief:
    """Return half a page before a session: what one client's signed notes last said, and the goals."""
    return continuity.brief(earlier_notes(store, client), store.plan_of(client), today)


def change_plan(
    store: "Store", client: str, change: Callable[[TreatmentPlan | None, str, datetime], TreatmentPlan]
) -> TreatmentPlan:
    """Keep one client's treatment plan as `change` makes it of the plan so far, of who changes it, and when."""
    changed = change(store.plan_of(client), store.actor, now())
    store.keep_plan(changed)
    return changed


def trends_of(
    store: "Store", client: str, out: Path | None, picture: continuity.Picture, *, force: bool = False
) -> continuity.Trends:
    """Return what one client's signed notes report over sessions, and draw it into `out` if that is given.

    As with an export, no byte leaves before the audit chain holds it.

    Raises:
        Refused: there is no note to draw, or the file is there already and `force` does not say to overwrite it.
    """
    if out:
        file.demand_free(out, force)
    found = continuity.trends(earlier_notes(store, client))
    if out:
        content = continuity.chart(found, picture)
        store.record(f"export trends as {picture}", found.digest)
        file.write(out, content, force)
    return found


def start_review(made: Draft, store: "Store", reviewer: str) -> Review:
    """Return the review in progress of this draft, or a new one."""
    return store.review_of(made.digest) or Review(draft=made.digest, reviewer=reviewer, started_at=now())


def sign(
    made: Draft,
    decided: Review,
    name: str,
    credentials: str,
    store: "Store",
    *,
    learn: bool = True,
    keep_quotes: bool = True,
) -> tuple[Note, tuple[Receipt, ...]]:
    """Sign a reviewed draft: the note is saved, draft and transcript go, the source audio is purged with a receipt.

    With `learn`, what was edited teaches how the clinician words a note. Without `keep_quotes`, or everybody's consent
    to it, the evidence stays without its words.

    Raises:
        Undecided: something still waits for the clinician, such as a question that must be answered or set aside.
    """
    signature = Signature(name=name, credentials=credentials, at=now())
    versions = draft.load_rules(store.home).versions
    note = review.sign(made, decided, signature, _asked(made, decided, store, signature), versions)
    if not (keep_quotes and may_keep_quotes(made, store)):
        from .store.retention import without_quotes

        note = without_quotes(note)
    store.sign(note, hashes=load_likenesses().hashes(note.statements()))
    if learn:
        known = store.style_of(store.actor)
        learnt = load_style_rules().learn(known, made, decided)
        if learnt != known:
            store.keep_style(learnt)
    return note, finish_purges(store)


def may_keep_quotes(made: Draft, store: "Store") -> bool:
    """Say whether everybody in a session consented that their words stay with the signed note."""
    given = store.consents(made.client) if made.client else ()
    return consent.keeps_quotes(made.kind, given, made.drafted_at)


def questions(made: Draft, decided: Review, store: "Store", signature: Signature | None = None) -> tuple[Question, ...]:
    """Return what is open on the note as it would be now, the gravest first; what was decided on is left out.

    The rules run anew, on what is decided so far and on what still waits; with a signature also those about signing.

    Raises:
        SettingsInvalid: the practice's rules.yaml is wrong.
    """
    return review.unanswered(decided, _asked(made, decided, store, signature))


def _asked(made: Draft, decided: Review, store: "Store", signature: Signature | None) -> tuple[Question, ...]:
    rules = draft.load_rules(store.home)
    found = store.found_of(made.transcript)
    goal_rule = any(question.rule.endswith(":goals") for question in made.questions)
    view = draft.View(
        sections=review.apply(made, decided, waiting=True),
        details=review.details(made, decided),
        at=signature.at if signature else now(),
        format=made.format.split("@")[0],
        findings=found.findings if found else (),
        goals=review.goals(made, decided),
        planned=bool(made.goals) or goal_rule,
        alike=tuple(one.statement for one in likenesses(made, decided, store)),
        unnamed=draft.People.of(store.transcript(made.transcript)).unnamed,
        signature=signature,
        origins=review.origins(made, decided),
    )
    others = (question for question in made.questions if not rules.asked(question))
    return draft.by_severity((*rules.check(view), *others))


def switch_rule(id_: str, on: bool, store: "Store") -> None:
    """Switch a rule on or off for this practice; the audit chain holds it before the practice's rules.yaml does.

    Raises:
        NotFound: there is no such rule.
        SettingsInvalid: the practice's rules.yaml is wrong as it stands.
    """
    draft.load_rules(store.home).rule(id_)
    store.record(f"rule {'on' if on else 'off'}: {id_}")
    draft.switch_rule(store.home, id_, on)


def forget_style(store: "Store", forgotten: Container[Preference]) -> None:
    """Forget habits that were learnt from the clinician's edits; the next drafts are worded without them."""
    found = store.style_of(store.actor)
    store.keep_style(found.replace(preferences=tuple(one for one in found.preferences if one not in forgotten)))


def likenesses(made: Draft, decided: Review, store: "Store") -> tuple[Likeness, ...]:
    """Return which statements, as they would be signed now, stand nearly so in signed notes of other recordings.

    Another client's words are among them: the store is one clinician's, who wrote those too.
    """
    rules = load_likenesses()
    store.index(rules.name, lambda note: rules.hashes(note.statements()))
    statements = [one for section in review.apply(made, decided, waiting=True) for one in section.statements]
    asked = rules.hashes(statements)
    own, all_notes = store.sharing(asked, made.client)
    known = {note for note, _, _ in own}
    others = [row for row in all_notes if row[0] not in known]
    notes = store.notes_like((*candidates(own, asked), *candidates(others, asked)))
    return rules.compare(statements, [note for note in notes if note.recording != made.recording], made.client)


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


def cosign(store: "Store", prefix: str, comment: str, name: str, credentials: str) -> Addendum:
    """Add a supervisor's signature to a signed note, with what the supervisor says about it; nothing says CO_SIGNED.

    Raises:
        NotFound: there is no such note.
        Refused: it is signed by the same person.
    """
    note = store.note(prefix)
    if name.split() == [] or name.casefold().split() == note.signature.name.casefold().split():
        raise Refused("A co-signature is somebody else's than the signature.", "Give the supervisor's own name.")
    added = Addendum(
        note=note.digest,
        label="Co-signature",
        text=comment.strip() or CO_SIGNED,
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
    """Purge the source audio of signed notes, and what an interrupted run left to do; each purge has a receipt."""
    receipts = []
    for recording, path in store.pending_purges():
        outcome = audio.purge(path, recording)
        receipt = Receipt(recording=recording.digest, what=("audio",), at=now(), outcome=outcome)
        store.purged(receipt)
        receipts.append(receipt)
    return (*receipts, *spool.finish_purges(store))


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
    """
    waiting = store.client_file(client).recordings
    if any(spool.is_busy(store, spooled.id) for spooled in waiting):
        raise Refused("A recording of this client is being made or read just now.", "Wait until that is finished.")
    receipts = store.forget_client(client, with_notes=with_notes)
    return (*receipts, *(spool.discard(store, spooled.id) for spooled in waiting))


def permit_for(order: Order, store: "Store | None") -> consent.Permit:
    """Return leave to open what the order names; a refusal is on the chain.

    Raises:
        ConsentMissing: it is a session, and somebody in it has not consented.
    """
    kind = order.decided_kind
    given = store.consents(order.client) if store and order.client else ()
    try:
        return consent.ask(kind, order.client, order.participants, given, now())
    except ConsentMissing:
        if store:
            store.record("refused: no consent")
        raise


def _present(order: Order, source: Path | Spool, permit: consent.Permit, *, damaged: bool) -> Present:
    """Return who is in the room; of a damaged file the channels' times would not be those of its sound."""
    count = 1 + len(order.participants) if order.speakers is None else order.speakers or None
    wanted = permit.kind == "session" and count in (None, 2) and not damaged
    others = tuple(role_of(name) or "other" for name in order.participants)
    return Present(count=count, others=others, levels=_levels(source, permit) if wanted else None)


def _levels(source: Path | Spool, permit: consent.Permit) -> channels.Levels | None:
    if isinstance(source, Spool):
        return channels.sealed_levels(source.read(permit), permit)
    return channels.levels(source, permit)


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
