"""Decisions to a note: what is still undecided or untouched, and what signing makes. Pure; knows nothing of storage."""

from collections.abc import Sequence

from .errors import NotFound, Undecided
from .types import Decision, Draft, MustTouch, Note, Review, Section, Signature, Statement, Typed


def decide(draft: Draft, review: Review, decision: Decision) -> Review:
    """Return the review with one more decision; the last decision on a target counts, earlier ones stay on record.

    Targets: a statement's digest (keep, edit, drop), a section's key (add), a must-touch key (acknowledge).

    Raises:
        NotFound: the draft has no such target for this action.
    """
    statements = {statement.digest for statement in draft.statements()}
    targets = {
        "keep": statements,
        "edit": statements,
        "drop": statements,
        "add": {section.key for section in draft.sections},
        "acknowledge": {item.target for item in draft.must_touch} - statements,
    }
    if decision.target not in targets[decision.action]:
        raise NotFound(f"This draft has nothing to {decision.action} by that name.", "Open the draft again.")
    return review.replace(decisions=(*review.decisions, decision))


def standing(review: Review) -> dict[str, Decision]:
    """Return the decision that counts for each target, additions apart."""
    return {decision.target: decision for decision in review.decisions if decision.action != "add"}


def untouched(draft: Draft, review: Review) -> tuple[MustTouch, ...]:
    """Return the must-touch items that the clinician has not touched yet.

    Risk that was not addressed is touched by confirming that, or by adding a statement about it.
    """
    touched = set(standing(review))
    added = {f"not_addressed:{decision.category}" for decision in review.decisions if decision.action == "add"}
    return tuple(item for item in draft.must_touch if item.target not in touched | added)


def undecided(draft: Draft, review: Review) -> tuple[Statement, ...]:
    """Return the statements that were neither kept, edited nor dropped: nothing is approved beforehand."""
    decided = standing(review)
    return tuple(statement for statement in draft.statements() if statement.digest not in decided)


def apply(draft: Draft, review: Review) -> tuple[Section, ...]:
    """Return the draft's sections as the decisions leave them; what is undecided is left out."""
    decided = standing(review)
    added = [decision for decision in review.decisions if decision.action == "add"]
    have = {decision.category for decision in added}
    return tuple(
        section.replace(
            statements=(
                *_decided(section.statements, decided, review.reviewer),
                *(_typed(decision, review.reviewer) for decision in added if decision.target == section.key),
            ),
            not_addressed=tuple(name for name in section.not_addressed if name not in have),
        )
        for section in draft.sections
    )


def sign(draft: Draft, review: Review, signature: Signature) -> Note:
    """Return the signed note.

    Raises:
        Undecided: a must-touch item is untouched, a statement undecided, or no statement is left.
    """
    if review.draft != draft.digest:
        raise Undecided("This review is of another draft.", "Open the draft again.")
    items = len({item.target for item in untouched(draft, review)})
    open_statements = len(undecided(draft, review))
    if items or open_statements:
        raise Undecided(
            f"Not signed: {items} must-touch items are untouched, {open_statements} statements are undecided.",
            "Go on with: evenfall review",
            safe="Your decisions are kept.",
        )
    sections = apply(draft, review)
    if not any(section.statements for section in sections):
        raise Undecided("Not signed: no statement is left.", "Keep or add one.", safe="Your decisions are kept.")
    return Note(
        draft=draft.digest,
        review=review.digest,
        recording=draft.recording,
        kind=draft.kind,
        client=draft.client,
        format=draft.format,
        versions=draft.versions,
        sections=sections,
        details=draft.details,
        details_not_addressed=draft.details_not_addressed,
        signature=signature,
    )


def _decided(statements: Sequence[Statement], decided: dict[str, Decision], reviewer: str) -> list[Statement]:
    """Apply keep, edit and drop; an edited statement keeps its spoken evidence and gains what was typed."""
    kept = []
    for statement in statements:
        decision = decided.get(statement.digest)
        if decision is None or decision.action == "drop":
            continue
        if decision.action == "edit" and decision.text is not None:
            typed = Typed(by=reviewer, at=decision.at, quote=decision.text)
            statement = statement.replace(text=decision.text, source="typed", evidence=(*statement.spoken, typed))
        kept.append(statement)
    return kept


def _typed(decision: Decision, reviewer: str) -> Statement:
    if decision.text is None or decision.category is None:  # Decision refuses both
        raise ValueError("an added statement has words and a category")
    typed = Typed(by=reviewer, at=decision.at, quote=decision.text)
    return Statement(text=decision.text, source="typed", category=decision.category, evidence=(typed,))
