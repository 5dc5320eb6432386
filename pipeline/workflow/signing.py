"""Review to note: what is still open, likeness, the signature, what is added later."""

from collections.abc import Container
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .. import consent, draft, review
from ..draft.format_files import OWN
from ..draft.likeness import candidates, load_likenesses
from ..draft.style import load_style_rules
from ..errors import Refused, SettingsInvalid, after
from ..types import (
    Addendum,
    Category,
    Draft,
    Likeness,
    Note,
    Preference,
    Question,
    Receipt,
    Review,
    Signature,
)
from .history import carried_questions, day_of
from .leaving import finish_purges
from .order import now

if TYPE_CHECKING:
    from ..store import Store

CO_SIGNED: Final = "Read and co-signed."  # a co-signature without a comment


def start_review(made: Draft, store: "Store", reviewer: str) -> Review:
    """Return the review in progress of this draft, or a new one."""
    return store.review_of(made.digest) or _begun(made, reviewer)


def begin_review(made: Draft, store: "Store") -> Review:
    """Return the review in progress of this draft, or a new one, kept: a decision in another window is then noticed."""
    return store.begin_review(_begun(made, store.actor))


def _begun(made: Draft, reviewer: str) -> Review:
    return Review(draft=made.digest, reviewer=reviewer, started_at=now())


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
        Refused: there is no name, or there are no credentials, to sign with.
        Undecided: something still waits for the clinician, such as a question that must be answered or set aside.
        Outdated: the draft was decided on elsewhere since this review was read; nothing is signed.
    """
    signature = signed_by(name, credentials)
    versions = draft.load_rules(store.home).versions
    note = review.sign(made, decided, signature, _asked(made, decided, store, signature), versions)
    if not (keep_quotes and may_keep_quotes(made, store)):
        from ..store.retention import without_quotes

        note = without_quotes(note)
    store.sign(note, hashes=load_likenesses().hashes(note.statements()))
    with after("The note is signed and saved; audio that is still there goes when Evenfall is next started."):
        receipts = finish_purges(store)
        if learn:
            _learn(made, decided, store)
    return note, receipts


def _learn(made: Draft, decided: Review, store: "Store") -> None:
    known = store.style_of(store.actor)
    learnt = load_style_rules().learn(known, made, decided)
    if learnt != known:
        store.keep_style(learnt)


def signed_by(name: str, credentials: str) -> Signature:
    """Return a signature of this moment.

    Raises:
        Refused: the name or the credentials are blank.
    """
    if not name.strip() or not credentials.strip():
        raise Refused("A signature needs a name and credentials.", "Give both.")
    return Signature(name=name.strip(), credentials=credentials.strip(), at=now())


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
    others = (one for one in made.questions if not (rules.asked(one) or _of_earlier(one)))
    return draft.by_severity((*rules.check(view), *others, *_carried(made, decided, store)))


def _carried(made: Draft, decided: Review, store: "Store") -> tuple[Question, ...]:
    """Return what earlier notes left open: as it was drafted, or anew where the session's day is another one now."""
    known = review.details(made, decided)
    if made.client is None or day_of(known) == day_of(made.details):
        return tuple(filter(_of_earlier, made.questions))
    said = (*made.statements(), *made.left_out)
    return carried_questions(store, made.client, made.recording, said, known, made.drafted_at)


def _of_earlier(question: Question) -> bool:
    return question.rule.startswith("continuity@")


def section_for(made: Draft, category: Category, home: Path) -> str:
    """Return the key of the draft's section that takes a typed statement of this category.

    A format of the user's own may have been changed or removed since: then the draft itself tells.
    """
    try:
        form = draft.load_format(made.format.split("@")[0], home / OWN)
    except SettingsInvalid:
        return review.section_for(made, category)
    return form.section_for(category) if form.versioned == made.format else review.section_for(made, category)


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
        Refused: there are no words to add, or nobody signs them.
    """
    if not text.strip():
        raise Refused("An addendum needs words.", "Say what to add.")
    added = Addendum(
        note=store.note(prefix).digest,
        label="Late entry" if late else "Addendum",
        text=text.strip(),
        signature=signed_by(name, credentials),
    )
    store.addend(added)
    return added


def cosign(store: "Store", prefix: str, comment: str, name: str, credentials: str) -> Addendum:
    """Add a supervisor's signature to a signed note, with what the supervisor says about it; nothing says CO_SIGNED.

    Raises:
        NotFound: there is no such note.
        Refused: it is signed by the same person, or by nobody; or in a practice, the user is no supervisor of it.
    """
    note = store.note(prefix)
    if name.split() == [] or name.casefold().split() == note.signature.name.casefold().split():
        raise Refused("A co-signature is somebody else's than the signature.", "Give the supervisor's own name.")
    added = Addendum(
        note=note.digest,
        label="Co-signature",
        text=comment.strip() or CO_SIGNED,
        signature=signed_by(name, credentials),
    )
    store.addend(added)
    return added
