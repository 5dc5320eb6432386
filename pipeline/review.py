"""Decisions to a note: what is still undecided or untouched, and what signing makes. Pure; knows nothing of storage."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time
from typing import Final, Literal

from . import diff, whose
from .errors import NotFound, Refused, Undecided
from .types import (
    Category,
    Change,
    Decision,
    Detail,
    Draft,
    GoalLink,
    MustTouch,
    Note,
    Question,
    Review,
    Section,
    SetAside,
    Signature,
    Statement,
    Typed,
    source_of,
)

DETAILS: Final = ("date", "start_time", "end_time", "minutes", "modality", "participants")
LONGEST: Final = 24 * 60  # minutes that a session can last
LONGEST_SPAN: Final = 10 * 60  # minutes from start to stop above which the two may have been swapped
TURNING: Final = frozenset({"but", "however", "although", "though", "except", "then", "yet", "later", "until", "lied"})
_MINUTES: Final = re.compile(r"(\d{1,4})\s*(?:min(?:ute)?s?\.?)?", re.I)
_CLOCK: Final = r"(\d{1,2}:\d\d)"
_RANGE: Final = re.compile(rf"{_CLOCK}\s*(?:-|–|to)\s*{_CLOCK}")
_SHAPES: Final = {
    "date": "Write the date as 2026-03-31.",
    "minutes": "Write the minutes as 50, or from when to when as 16:00-16:50.",
    "start_time": "Write the time as 16:00.",
    "end_time": "Write the time as 16:50.",
}


def decide(draft: Draft, review: Review, decision: Decision, asked: Sequence[Question] = ()) -> Review:
    """Return the review with one more decision; the last decision on a target counts, earlier ones stay on record.

    Targets: a statement's digest (keep, edit, drop, take; restore for one that was left out, which can be decided on
    like any other from then on), a section's key (add, quote), a must-touch key (acknowledge), a question's key
    (answer, set aside): the draft's, or one of those `asked` since.

    Raises:
        NotFound: the draft has no such target, or section, for this action.
        Refused: an answer is no date, time or number of minutes where it must be one, or none that a session has had.
    """
    statements = {statement.digest for statement in draft.statements()}
    here = statements | _restored(review)
    questions = {question.key for question in (*draft.questions, *asked)}
    sections = {section.key for section in draft.sections}
    targets = {
        "keep": here,
        "edit": here,
        "drop": here,
        "take": {statement.digest for statement in (*draft.statements(), *draft.left_out) if statement.offer} & here,
        "restore": {statement.digest for statement in draft.left_out},
        "move": here,
        "add": sections,
        "quote": sections,
        "acknowledge": {item.target for item in draft.must_touch} - statements,
        "answer": questions,
        "set aside": questions,
    }
    known = decision.section in {None, *sections} and decision.detail in (None, *DETAILS)
    known = known and (decision.evidence is None or decision.evidence.transcript == draft.transcript)
    if not known or decision.target not in targets[decision.action]:
        raise NotFound(f"This draft has nothing to {decision.action} by that name.", "Open the draft again.")
    if decision.detail:
        _demand_possible(_values(decision), decision.at)
    return review.replace(decisions=(*review.decisions, decision), undone=())


def undo(review: Review) -> Review:
    """Return the review without its last decision, which `redo` makes again; unchanged where there is none."""
    if not review.decisions:
        return review
    return review.replace(decisions=review.decisions[:-1], undone=(*review.undone, review.decisions[-1]))


def redo(review: Review) -> Review:
    """Return the review with the decision that was taken back last; unchanged where there is none."""
    if not review.undone:
        return review
    return review.replace(decisions=(*review.decisions, review.undone[-1]), undone=review.undone[:-1])


def untouched(draft: Draft, review: Review) -> tuple[MustTouch, ...]:
    """Return the must-touch items that the clinician has not touched yet.

    Risk that was not addressed is touched by confirming that, or by a typed statement about it.
    """
    touched = set(review.standing)
    typed = {f"not_addressed:{category}" for category in _gained_categories(draft, review)}
    return tuple(item for item in draft.must_touch if item.target not in touched | typed)


def undecided(draft: Draft, review: Review) -> tuple[Statement, ...]:
    """Return the statements that were neither kept, edited nor dropped: nothing is approved beforehand."""
    decided = review.standing
    return tuple(statement for statement in draft.statements() if statement.digest not in decided)


def unanswered(review: Review, asked: Sequence[Question]) -> tuple[Question, ...]:
    """Return those of the questions that were neither answered nor set aside."""
    decided = review.standing
    return tuple(question for question in asked if question.key not in decided)


def apply(draft: Draft, review: Review, *, waiting: bool = False) -> tuple[Section, ...]:
    """Return the draft's sections as the decisions leave them; what is undecided is left out unless `waiting`."""
    typed = tuple(_typing(review))
    have = _gained_categories(draft, review)
    return tuple(
        section.replace(
            statements=(
                *(now for _, now in _decided(draft, section, review, waiting)),
                *(_typed(one, draft, review.reviewer) for one in typed if section.key == (one.section or one.target)),
            ),
            not_addressed=tuple(name for name in section.not_addressed if name not in have),
        )
        for section in draft.sections
    )


def layout(draft: Draft, review: Review) -> dict[str, tuple[Statement, ...]]:
    """Return the statements of each section where they were put: those put back last, those moved where they went."""
    placed = {section.key: list(section.statements) for section in draft.sections}
    known = {statement.digest: statement for statement in (*draft.statements(), *draft.left_out)}
    for decision in review.decisions:
        if decision.action in ("restore", "move") and decision.section:
            statement = known[decision.target]
            for others in placed.values():
                if statement in others:
                    others.remove(statement)
            here = placed[decision.section]
            after = next((place for place, one in enumerate(here) if one.digest == decision.before), len(here))
            here.insert(after, statement)
    return {key: tuple(statements) for key, statements in placed.items()}


def left_out(draft: Draft, review: Review) -> tuple[Statement, ...]:
    """Return what was left out for length and not put back."""
    back = _restored(review)
    return tuple(statement for statement in draft.left_out if statement.digest not in back)


def section_for(draft: Draft, category: Category) -> str:
    """Return the key of the section that takes this category, as far as the draft itself tells; else the last one's.

    It is the section in which that was expected, else the one that has most of it.
    """
    for section in draft.sections:
        if category in section.not_addressed:
            return section.key
    own = [sum(one.category == category for one in section.statements) for section in draft.sections]
    return draft.sections[own.index(max(own)) if any(own) else -1].key


def origins(draft: Draft, review: Review) -> dict[str, str]:
    """Return the digest of the draft's statement for each one that the decisions leave, by that one's own digest."""
    pairs = (pair for section in draft.sections for pair in _decided(draft, section, review, waiting=True))
    return {now.digest: before.digest for before, now in pairs}


def details(draft: Draft, review: Review) -> tuple[Detail, ...]:
    """Return the session details, with what was typed in answer to a question in the place of what there was."""
    known: dict[str, Detail] = {detail.key: detail for detail in draft.details}
    standing = review.standing
    for decision in review.decisions:  # in the order in which they were made: the last answer counts
        if decision.action == "answer" and decision.detail and standing[decision.target] is decision:
            for key, value in _values(decision).items():
                typed = Typed(by=review.reviewer, at=decision.at, quote=decision.text or value)
                fields = {"key": key, "value": value, "source": "typed", "evidence": (typed,)}
                known[key] = Detail.model_validate(fields)
    return tuple(known[key] for key in DETAILS if key in known)


def goals(draft: Draft, review: Review) -> tuple[GoalLink, ...]:
    """Return the links to goals whose statement the decisions leave; an edited one keeps its link."""
    now = {before: after for after, before in origins(draft, review).items()}
    links = (link.replace(statement=now[link.statement]) for link in draft.goals if link.statement in now)
    return tuple(links)


def changes(draft: Draft, review: Review) -> tuple[Change, ...]:
    """Return what the decisions changed of the draft, in the order of the note; holds no word that is not signed."""
    signed = (statement for section in apply(draft, review) for statement in section.statements)
    places = {statement.digest: place for place, statement in enumerate(signed)}
    typed = tuple(_typing(review))
    return tuple(
        change
        for section in draft.sections
        for change in (
            *_reworded(draft, section, review, places),
            *_gained(draft, section, review, typed, places),
        )
    )


def _reworded(draft: Draft, section: Section, review: Review, places: Mapping[str, int]) -> Iterator[Change]:
    decided = review.standing
    for statement in layout(draft, review)[section.key]:
        decision = decided.get(statement.digest)
        if decision and decision.action == "drop":
            yield Change(how="dropped", category=statement.category, removed=len(statement.text.split()))
        elif decision and decision.action in ("edit", "take"):
            now = changed(statement, decision, review.reviewer)
            yield Change(
                how="taken" if decision.action == "take" else "edited",
                category=statement.category,
                place=places[now.digest],
                written=diff.written(statement.text, now.text),
                removed=diff.removed(statement.text, now.text),
            )


def _gained(
    draft: Draft, section: Section, review: Review, typed: Sequence[Decision], places: Mapping[str, int]
) -> Iterator[Change]:
    for decision in typed:
        if section.key == (decision.section or decision.target):
            statement = _typed(decision, draft, review.reviewer)
            how: Literal["quoted", "added"] = "quoted" if decision.action == "quote" else "added"
            yield Change(how=how, category=statement.category, place=places[statement.digest])


def sign(
    draft: Draft,
    review: Review,
    signature: Signature,
    asked: Sequence[Question] | None = None,
    versions: Sequence[str] = (),
) -> Note:
    """Return the signed note. `asked` is what is asked of the note as it is now, without it the draft's questions.

    `versions` name what asked, if that is not what asked when the draft was made.

    Raises:
        Undecided: a must-touch item is untouched, a statement undecided, a question that must be answered is neither
            answered nor set aside, or no statement is left.
    """
    if review.draft != draft.digest:
        raise Undecided("This review is of another draft.", "Open the draft again.")
    asked = draft.questions if asked is None else asked
    _demand_decided(draft, review, asked)
    sections = apply(draft, review)
    if not any(section.statements for section in sections):
        raise Undecided("Not signed: no statement is left.", "Keep or add one.", safe="Your decisions are kept.")
    known = details(draft, review)
    answered = {detail.key.replace("_", " ") for detail in known}
    return Note(
        draft=draft.digest,
        review=review.digest,
        recording=draft.recording,
        kind=draft.kind,
        client=draft.client,
        format=draft.format,
        versions=tuple(dict.fromkeys((*draft.versions, *versions))),
        sections=sections,
        details=known,
        details_not_addressed=tuple(name for name in draft.details_not_addressed if name not in answered),
        signature=signature,
        manner=draft.manner,
        goals=goals(draft, review),
        set_aside=tuple(_set_aside(review, asked)),
        changes=changes(draft, review),
    )


def _demand_decided(draft: Draft, review: Review, asked: Sequence[Question]) -> None:
    items = len({item.target for item in untouched(draft, review)})
    statements = len(undecided(draft, review))
    questions = sum(question.severity == "must" for question in unanswered(review, asked))
    if items or statements or questions:
        raise Undecided(
            f"Not signed: {items} must-touch items are untouched, {statements} statements are undecided, "
            f"{questions} questions must be answered or set aside.",
            "Go on with: evenfall review",
            safe="Your decisions are kept.",
        )


def _set_aside(review: Review, asked: Sequence[Question]) -> Iterator[SetAside]:
    decided = review.standing
    for question in asked:
        decision = decided.get(question.key)
        if decision and decision.action == "set aside" and decision.text:
            yield SetAside(question=question.key, rule=question.rule, reason=decision.text)


def _restored(review: Review) -> set[str]:
    """Return the digests of the statements that were ever put back."""
    return {decision.target for decision in review.decisions if decision.action == "restore"}


def _decided(draft: Draft, section: Section, review: Review, waiting: bool) -> Iterator[tuple[Statement, Statement]]:
    """Yield each statement that stays in a section with how it stands now, in the order that the clinician chose."""
    decided = review.standing
    for statement in layout(draft, review)[section.key]:
        decision = decided.get(statement.digest)
        if decision is None and waiting:
            yield statement, statement
        elif decision is not None and decision.action != "drop":
            yield statement, changed(statement, decision, review.reviewer)


def changed(statement: Statement, decision: Decision, reviewer: str) -> Statement:
    """Apply an edit or the taking of an offer; an edited statement keeps its spoken evidence and gains what was typed.

    It is the client's where its new words are not plainly about whom they were about. What was offered and not taken is
    no part of the note.
    """
    if decision.action == "edit" and decision.text is not None:
        typed = Typed(by=reviewer, at=decision.at, quote=decision.text)
        stays = statement.subject == "client" or whose.still_about(statement.text, decision.text)
        return statement.replace(
            text=decision.text,
            source="typed",
            evidence=(*statement.spoken, typed),
            polarity="denied" if stays and _still_denies(statement, decision.text) else "affirmed",
            subject=statement.subject if stays else "client",
            offer=None,
        )
    if decision.action == "take" and statement.offer:
        return statement.replace(text=statement.offer, offer=None)
    return statement.replace(offer=None)


def _still_denies(statement: Statement, text: str) -> bool:
    """Say whether an edited denial is one: all its words stand in their order, and what was put in turns nothing."""
    before, after = (re.findall(r"[^\W_]+(?:['’][^\W_]+)?", words.casefold()) for words in (statement.text, text))
    rest = iter(after)
    return statement.polarity == "denied" and all(word in rest for word in before) and not TURNING & set(after)


def _gained_categories(draft: Draft, review: Review) -> set[Category | None]:
    """Return what is said of the client by words that were typed, or by an edit of what was about somebody else."""
    pairs = (pair for section in draft.sections for pair in _decided(draft, section, review, waiting=False))
    turned = {now.category for before, now in pairs if before.subject != now.subject}
    return {decision.category for decision in _typing(review)} | turned


def _typing(review: Review) -> Iterator[Decision]:
    """Yield the decisions that make a statement of their own: additions, quotes, and answers as they count now."""
    counting = review.standing
    for decision in review.decisions:
        counts = decision.action == "answer" and decision.category and counting[decision.target] is decision
        if decision.adds or counts:
            yield decision


def _typed(decision: Decision, draft: Draft, reviewer: str) -> Statement:
    if decision.text is None or decision.category is None:  # Decision refuses both
        raise ValueError("an added statement has words and a category")
    if said := decision.evidence:
        source = source_of(draft.kind, said.speaker)
        return Statement(text=decision.text, source=source, category=decision.category, evidence=(said,))
    typed = Typed(by=reviewer, at=decision.at, quote=decision.text)
    return Statement(text=decision.text, source="typed", category=decision.category, evidence=(typed,))


def _values(decision: Decision) -> dict[str, str]:
    """Return the details that an answer gives, as Detail has them: start and stop give two, and the minutes.

    Raises:
        Refused: it is not what the detail takes.
    """
    key, text = decision.detail or "", (decision.text or "").strip()
    try:
        return _read(key, text)
    except ValueError as error:
        raise Refused(f"This is no {key.replace('_', ' ')}.", _SHAPES[key], safe="Nothing was changed.") from error


def _demand_possible(given: Mapping[str, str], at: datetime) -> None:
    """Return if the session can have been so, at this moment; what was decided before is not asked again.

    Raises:
        Refused: its day is still to come, or it began and ended so far apart that the times may be swapped.
    """
    kept = "Nothing was changed."
    if given.get("date", "") > at.astimezone().date().isoformat():
        raise Refused("That day is still to come.", _SHAPES["date"], safe=kept)
    if "start_time" in given and int(given.get("minutes", 0)) > LONGEST_SPAN:
        raise Refused(
            f"From that start to that stop it is more than {LONGEST_SPAN // 60} hours.",
            "Write the times again, the start first; or, if it is so, the minutes alone.",
            safe=kept,
        )


def _read(key: str, text: str) -> dict[str, str]:
    if key == "date":
        return {key: date.fromisoformat(text).isoformat()}
    if key in ("start_time", "end_time"):
        return {key: _time(text)}
    if key != "minutes":
        return {key: text}
    if between := _RANGE.fullmatch(text):
        start, end = _time(between[1]), _time(between[2])
        return {"start_time": start, "end_time": end, key: _some(_minutes_between(start, end))}
    minutes = _MINUTES.fullmatch(text)
    return {key: _some(int(minutes[1]) if minutes else 0)}


def _some(minutes: int) -> str:
    if not 0 < minutes <= LONGEST:
        raise ValueError("no number of minutes")
    return str(minutes)


def _time(text: str) -> str:
    return time.fromisoformat(text.zfill(5)).strftime("%H:%M")


def _minutes_between(start: str, end: str) -> int:
    """Return the minutes from one time to another, over midnight where the second is the earlier."""
    a, b = (time.fromisoformat(text) for text in (start, end))
    return ((b.hour - a.hour) * 60 + b.minute - a.minute) % LONGEST
