"""Transcript to findings to draft; a draft written anew, in another manner or with other speakers."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .. import __version__, continuity, draft, findings
from ..audio.spool import Spool
from ..config import Settings
from ..draft.carry import carry, chosen
from ..draft.quoting import requoted
from ..draft.rephrase import Rephraser
from ..draft.rewriter import Rewriter
from ..errors import NoSpeech, NotFound, Refused
from ..types import (
    Detail,
    Digest,
    Draft,
    Found,
    Kind,
    Manner,
    Progress,
    Receipt,
    Recording,
    Speaker,
    Statement,
    Transcript,
)
from .hearing import transcribe
from .history import carried_questions
from .leaving import follow_source
from .order import Order, as_ordered, formats, now, typed_details
from .standing import demand_standing

if TYPE_CHECKING:
    from ..store import Store

EMPTY: Final = "nothing for a note in it"  # why a transcript went, in the audit chain


def draft_source(order: Order, store: "Store", settings: Settings, progress: Progress) -> Draft:
    """Make a draft of one source and keep it, sealed, until it is signed or expires.

    The transcript is kept before the draft is made, so that an interrupted run goes on from it. A source that already
    has a draft gives that draft; `again` makes a new one.

    Raises:
        EvenfallError: see `transcribe`; too few words; nothing in them that a note would hold; a draft that it has is
            of another day, or the like.
    """
    check_manner(order, store, settings)
    recording, transcript = transcribe(order, store, settings, progress)
    if earlier := drafted_before(order, recording, store):
        _demand_same(order, transcript, earlier, store)
        return earlier
    keep_heard(order, recording, transcript, store, settings)
    try:
        found = find(recording, transcript)
    except NoSpeech:
        store.forget_undrafted(recording.digest, EMPTY)
        raise
    return draft_found(order, recording, transcript, found, store, settings)


def check_manner(order: Order, store: "Store", settings: Settings) -> Manner:
    """Return how the draft is to be written; what is wrong with that is said before anything is heard.

    Raises:
        SettingsInvalid: there is no such format, or a language model is asked for where none may be.
        Refused: the client cannot be called so.
    """
    usual = Manner(format=settings.draft.format, length=settings.draft.length, call=settings.draft.call)
    manner = as_ordered(usual, order)
    draft.load_format(manner.format, formats(settings))
    _rewriter(store, settings)
    return manner


def drafted_before(order: Order, recording: Recording, store: "Store") -> Draft | None:
    """Return the draft that a recording has, unless the order says to draft it again.

    A file that was moved meanwhile is found again so, to be purged where it lies now; one that is to stay, stays.

    Raises:
        Refused: it is for another client, or written in another manner.
    """
    earlier = None if order.again else store.draft_of(recording.digest)
    if earlier:
        demand_same_manner(order, earlier, anew="--again")
    if earlier and isinstance(order.source, Path) and not order.keep_source:
        follow_source(recording.digest, order.source, store)
    elif earlier and store.sources_of(recording.digest) and order.keep_source:
        store.keep_transcript(*store.heard(earlier.transcript), None)
    return earlier


def demand_same_manner(order: Order, earlier: Draft, *, anew: str) -> None:
    """Return if a draft is for whom and in the manner that is ordered; what an order is silent about is not compared.

    Raises:
        Refused: it is for another client, or written in another manner; `anew` is how to draft it again all the same.
    """
    if order.client not in (None, earlier.client) or as_ordered(earlier.manner, order) != earlier.manner:
        raise Refused(
            "This source has a draft for another client, or written in another manner.",
            f"To write it otherwise: evenfall redraft {earlier.digest[:8]}; to draft it anew: {anew}.",
        )


def _demand_same(order: Order, transcript: Transcript, earlier: Draft, store: "Store") -> None:
    """Return if a draft holds what the order says of its session; what an order is silent about is not compared.

    Raises:
        Refused: its day, its minutes, or who speaks in it as the clinician are others.
    """
    known = {detail.key: detail.value for detail in earlier.details}
    other = [one.key for one in typed_details(order, store.actor) if known.get(one.key) != one.value]
    before = store.transcript(earlier.transcript).turns if order.clinician_label else transcript.turns
    if [turn.speaker for turn in before] != [turn.speaker for turn in transcript.turns]:
        raise Refused(
            "This source has a draft already, with somebody else as the clinician.",
            f"To say who spoke: evenfall speakers {earlier.digest[:8]}; to draft it anew: --again.",
        )
    if other:
        raise Refused(
            f"This source has a draft already, with another {' and other '.join(other)} or none.",
            f"To answer that in its review: evenfall review {earlier.digest[:8]}; to draft it anew: --again.",
        )


def known_draft(sha256: Digest, kind: Kind, store: "Store") -> Draft | None:
    """Return the draft that a file of this content has as a recording of this kind; no file is opened for that."""
    heard = store.transcript_of(sha256, kind)
    return store.draft_of(heard[0].digest) if heard else None


def keep_heard(order: Order, recording: Recording, transcript: Transcript, store: "Store", settings: Settings) -> None:
    """Keep what was heard, so that an interrupted run goes on from it.

    Raises:
        NoSpeech: it is too few words for a note.
        ConsentRevoked: consent was taken back meanwhile.
    """
    if transcript.word_count < settings.draft.least_words:
        raise NoSpeech("There are too few words to make a note of.", "Dictate or record some more, then draft again.")
    kept = order.source.resolve() if isinstance(order.source, Path) and not order.keep_source else None
    demand_standing(order, store, settings)
    store.keep_transcript(recording, transcript, kept, order.client)


def draft_found(
    order: Order, recording: Recording, transcript: Transcript, found: Found, store: "Store", settings: Settings
) -> Draft:
    """Make a draft of what was found in a transcript that is kept, and keep both.

    Raises:
        EvenfallError: see `check_manner`; or the recording was drafted elsewhere meanwhile.
        ConsentRevoked: consent was taken back meanwhile; what was kept is purged.
    """
    demand_standing(order, store, settings, recording)
    found = found.replace(details=(*found.details, *typed_details(order, store.actor)))
    store.keep_found(found)
    manner = check_manner(order, store, settings)
    made = _compose(recording, transcript, found, manner, order.client, settings, store, now())
    earlier = store.draft_of(recording.digest) if order.again else None
    if earlier:
        decided = store.review_of(earlier.digest)  # it goes with its draft: that is what `again` asks for
        store.replace_draft(earlier.digest, made, over=decided.digest if decided else None)
    else:
        store.keep_draft(made)
    demand_standing(order, store, settings, recording)  # whoever revokes from now on is told of the draft
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
        return made, settle_spooled(source, made, store)


def settle_spooled(source: Spool, made: Draft, store: "Store") -> Receipt:
    """Purge a sealed recording that has its draft, once its transcript is seen to be kept."""
    store.transcript(made.transcript)  # read back and compared with its digest: it is kept, whole
    return source.purge(made.recording)


def redraft(store: "Store", prefix: str, manner: Manner, settings: Settings) -> Draft:
    """Write a draft anew in another manner, from what was found when it was made; the review goes on in the new one.

    When it was drafted, is due and expires stays. What of the review did not stand as it was is told in the new draft's
    warnings.

    Raises:
        NotFound: there is no such draft.
        SettingsInvalid: there is no such format.
        Refused: what was edited cannot stand in that format.
        Outdated: somebody decided on the draft meanwhile; nothing is changed.
    """
    form = draft.load_format(manner.format, formats(settings))
    old = store.draft(prefix)
    recording, transcript = store.heard(old.transcript)
    found = store.found_of(old.transcript)
    if found is None:  # it was drafted before findings were kept
        found = find(recording, transcript, tuple(one for one in old.details if one.source == "typed"))
        store.keep_found(found)
    decided = store.review_of(old.digest)
    over = decided.digest if decided else None
    held = chosen(old, decided) if decided else None
    made = _compose(recording, transcript, found, manner, old.client, settings, store, old.drafted_at, held)
    made = made.replace(due_at=old.due_at, expires_at=old.expires_at)
    if decided:
        made, decided = carry(old, decided, made, form)
    store.replace_draft(old.digest, made, decided, over=over)
    return made


def respeak(store: "Store", prefix: str, speakers: Mapping[str, Speaker], settings: Settings) -> Draft:
    """Say who spoke some turns of a draft's session, by their ids; the draft is made anew and the review goes on in it.

    What is found depends on who said it, so it is found anew. When it was drafted, is due and expires stays, and so do
    edits; a statement that somebody else is now known to have said is to be decided on again.

    Raises:
        NotFound: there is no such draft, or no such turn in it.
        Refused: it is a dictation; or what was edited cannot stand.
        NoSpeech: nothing that these speakers said belongs into a note.
        Outdated: somebody decided on the draft meanwhile; nothing is changed.
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
    found = find(recording, transcript, typed)
    decided = store.review_of(old.digest)
    over = decided.digest if decided else None
    held = chosen(old, decided) if decided else None
    made = _compose(recording, transcript, found, old.manner, old.client, settings, store, old.drafted_at, held)
    made = made.replace(due_at=old.due_at, expires_at=old.expires_at)
    if decided:
        decided = decided.replace(decisions=tuple(requoted(one, transcript) for one in decided.decisions))
        form = draft.load_format(old.manner.format, formats(settings))
        made, decided = carry(old, decided, made, form)
    store.replace_heard(old, transcript, found, made, decided, over=over)
    return made


def swapped(transcript: Transcript) -> dict[str, Speaker]:
    """Return the speakers of a session in which clinician and client were taken for each other, by turn."""
    others: dict[Speaker, Speaker] = {"clinician": "client", "client": "clinician"}
    return {turn.id: others[turn.speaker] for turn in transcript.turns if turn.speaker in others}


def find(recording: Recording, transcript: Transcript, typed: tuple[Detail, ...] = ()) -> Found:
    """Return what a draft is built from: what was found in a transcript, with what else is known of the session.

    Raises:
        NoSpeech: there is nothing that a note would hold.
    """
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
    plan = store.plan_of(client) if client else None
    pursued = plan if plan and any(goal.met_at is None for goal in plan.goals) else None
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
        carry=partial(carried_questions, store, client, recording.digest, at=at) if client else None,
        link=partial(continuity.link, pursued) if pursued else None,
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
