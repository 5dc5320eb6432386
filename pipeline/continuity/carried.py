"""What a client's earlier signed notes leave open, as questions: never as facts, never as text of the new note."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from ..types import Carried, Goal, Question, Statement, TreatmentPlan
from .goals import link
from .lists import Carry, load_lists
from .mention import holds, says_unchanged, speaks_of
from .said import Earlier, Said, When, day_in_words, in_order, of_session, read

_NEVER: Final[When] = (date.min, datetime.min.replace(tzinfo=UTC))


@dataclass(frozen=True)
class Open:
    """Something that the notes leave open, and of which kind it is."""

    kind: Carry
    said: Said


def carry_forward(
    earlier: Sequence[Earlier], plan: TreatmentPlan | None, statements: Sequence[Statement], at: datetime
) -> tuple[Question, ...]:
    """Return what to ask of one client's earlier notes and plan, without what these statements already speak of.

    `earlier` are the notes of one client only; `at` is when the draft is made.
    """
    said = of_session(statements, at)
    waiting = [item for item in open_items(read(earlier)) if not any(_closes(item, one) for one in said)]
    once = {(item.said.statement, item.said.text): item for item in reversed(waiting)}  # asked of its first kind
    asked = (_question(item, at) for item in waiting if item in once.values())
    return (*asked, *_goal_questions(earlier, plan, statements, at))


def look_back() -> int:
    """Return how many of a client's last signed notes `carry_forward` needs.

    Twice as many as it looks at: those signed last are not always those of the last sessions.
    """
    lists = load_lists()
    return 2 * max(lists.goals.sessions, *(kind.sessions for kind in lists.carry))


def open_items(said: Sequence[Said]) -> tuple[Open, ...]:
    """Return what the notes leave open by kind, the newest first, as the lists say how long and how many."""
    return tuple(
        Open(kind, item)
        for kind in load_lists().carry
        for item in sorted(_open(kind, said), key=lambda one: one.when, reverse=True)[: kind.most]
    )


def _open(kind: Carry, said: Sequence[Said]) -> Iterator[Said]:
    """Yield what is open of one kind, in the order it was said."""
    held = [one for one in said if holds(kind, one)]
    if kind.keep == "last":
        held = [one for one in held if one.note == held[-1].note]
    for item in held:
        later = [one for one in said if one.when > item.when]
        if item.polarity == "denied" or (_named(kind, held) and says_unchanged(kind, item)):
            continue
        if not any(speaks_of(kind, item, one) for one in later) and _age(kind, item, said) < kind.sessions:
            yield item


def _named(kind: Carry, held: Sequence[Said]) -> bool:
    """Say whether a statement of medication names a drug: then "no changes" adds nothing to it."""
    return kind.kind == "medication" and not all(says_unchanged(kind, one) for one in held)


def _age(kind: Carry, item: Said, said: Sequence[Said]) -> int:
    """Return how many sessions with a note came after the item, or after its kind was last said to be unchanged."""
    again = [one.when for one in said if kind.kind == "medication" and says_unchanged(kind, one)]
    since = max([item.when, *again])
    return len({one.note for one in said if one.category is not None and one.when > since})


def _closes(item: Open, said: Said) -> bool:
    """Say whether this session speaks of the item: of medication, "no changes" speaks of every drug."""
    if item.kind.kind == "medication" and says_unchanged(item.kind, said):
        return True
    return speaks_of(item.kind, item.said, said)


def _question(item: Open, at: datetime) -> Question:
    kind, said = item.kind, item.said
    day = day_in_words(said.day, at.astimezone().date())
    return Question(
        key=f"carried:{kind.kind}:{said.statement[:8]}{f'.{said.place}' if said.place else ''}",
        text=kind.ask.format(day=day, quote=said.clause),
        citation=kind.citation,
        severity=kind.severity,
        rule=f"continuity@{load_lists().version}:{kind.kind}",
        category=kind.answer,
        carried=(_carried(said),),
    )


def _carried(said: Said) -> Carried:
    return Carried(note=said.note, statement=said.statement, signed_at=said.signed_at, quote=said.text)


def _goal_questions(
    earlier: Sequence[Earlier], plan: TreatmentPlan | None, statements: Sequence[Statement], at: datetime
) -> Iterator[Question]:
    """Yield a question for each open goal that nothing bears on, the one that was left longest first."""
    if plan is None:
        return
    lists, today = load_lists(), at.astimezone().date()
    touched = {found.goal for found in link(plan, statements)}
    recent = [each.note.digest for each in in_order(earlier)[-lists.goals.sessions :]]
    waiting = [
        (goal, last_addressed(earlier, goal)) for goal in plan.goals if goal.met_at is None and goal.key not in touched
    ]
    left = [(goal, said) for goal, said in waiting if said is None or said.note not in recent]
    left.sort(key=lambda each: each[1].when if each[1] else _NEVER)
    for goal, said in left[: lists.goals.most]:
        yield Question(
            key=f"carried:goal:{goal.key}",
            text=lists.goals.ask.format(goal=goal.text.rstrip(". "), when=when_addressed(said, len(earlier), today)),
            citation=lists.goals.citation,
            severity=lists.goals.severity,
            rule=f"continuity@{lists.version}:goal",
            category=lists.goals.answer,
            carried=(_carried(said),) if said else (),
        )


def when_addressed(said: Said | None, notes: int, today: date) -> str:
    """Return when a goal was last addressed, in words, as far as the notes at hand tell."""
    if said:
        return f"last addressed on {day_in_words(said.day, today)}"
    return f"not addressed in the last {notes} notes" if notes > 1 else "not addressed yet"


def last_addressed(earlier: Sequence[Earlier], goal: Goal) -> Said | None:
    """Return the last statement of a signed note that the clinician let stand as bearing on this goal of the plan."""
    for each in reversed(in_order(earlier)):
        linked = {found.statement for found in each.note.goals if (found.goal, found.text) == (goal.key, goal.text)}
        for said in read([each]):
            if said.statement in linked:
                return said
    return None
