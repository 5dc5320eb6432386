"""What a client's earlier signed notes leave open, as questions: never as facts, never as text of the new note."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from ..types import Carried, Goal, Question, Statement, TreatmentPlan
from .goals import link, reason_for
from .lists import Carry, load_lists
from .mention import answered, holds, says_unchanged
from .said import Earlier, Said, When, day_in_words, in_order, last, of_session, read

_ADDED: Final = ("risk", "medication")  # of these an addendum stands beside the words of a note, never for them
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
    waiting = list(_foremost(item for item in open_items(read(earlier)) if not _closed(item, said)))
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
    """Return what the notes leave open by kind, the newest first, as the lists say how long."""
    return tuple(
        Open(kind, item)
        for kind in load_lists().carry
        for item in sorted(_open(kind, said), key=lambda one: one.when, reverse=True)
    )


def _foremost(items: Iterable[Open]) -> Iterator[Open]:
    """Yield so many of each kind as the lists say, of notes and of what was added to them each."""
    had = Counter[tuple[str, bool]]()
    for item in items:
        had[place := (item.kind.kind, item.said.category is None)] += 1
        if had[place] <= item.kind.most:
            yield item


def _open(kind: Carry, said: Sequence[Said]) -> Iterator[Said]:
    """Yield what is open of one kind, in the order it was said."""
    held = [one for one in said if holds(kind, one)]
    if kind.keep == "last":
        held = last(held)
    for item in held:
        later = [one for one in said if one.follows(item) and _replaces(kind, one)]
        if item.polarity == "denied" or (_named(kind, held) and says_unchanged(kind, item)):
            continue
        if not answered(kind, item, later) and _age(kind, item, said) < kind.sessions:
            yield item


def _replaces(kind: Carry, later: Said) -> bool:
    """Say whether a statement can stand in place of an older one of this kind: no denial tells which drug is taken."""
    if kind.kind in _ADDED and later.category is None:
        return False
    return kind.kind != "medication" or later.polarity == "affirmed"


def _named(kind: Carry, held: Sequence[Said]) -> bool:
    """Say whether a statement of medication names a drug: then "no changes" adds nothing to it."""
    return kind.kind == "medication" and not all(says_unchanged(kind, one) for one in held)


def _age(kind: Carry, item: Said, said: Sequence[Said]) -> int:
    """Return how many sessions with a note came after the item, or after its kind was last said to be unchanged."""
    again = [one.when for one in said if kind.kind == "medication" and says_unchanged(kind, one)]
    since = max([item.when, *again])
    return len({one.note for one in said if one.category is not None and one.when > since})


def _closed(item: Open, said: Sequence[Said]) -> bool:
    """Say whether this session speaks of the item: of medication, "no changes" speaks of every drug."""
    if item.kind.kind == "medication" and any(says_unchanged(item.kind, one) for one in said):
        return True
    return answered(item.kind, item.said, said)


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
    waiting = [goal for goal in plan.goals if goal.met_at is None and goal.key not in touched]
    found = [(goal, last_addressed(earlier, goal)) for goal in waiting]
    left = [(goal, said or perhaps_addressed(earlier, goal), said) for goal, said in found]
    left = [each for each in left if each[2] is None or each[2].note not in recent]
    left.sort(key=lambda each: each[1].when if each[1] else _NEVER)
    for goal, said, linked in left[: lists.goals.most]:
        when = f"{when_addressed(said, linked, len(earlier))}{f' on {day_in_words(said.day, today)}' if said else ''}"
        yield Question(
            key=f"carried:goal:{goal.key}",
            text=lists.goals.ask.format(goal=goal.text.rstrip(". "), when=when),
            citation=lists.goals.citation,
            severity=lists.goals.severity,
            rule=f"continuity@{lists.version}:goal",
            category=lists.goals.answer,
            carried=(_carried(said),) if said else (),
        )


def when_addressed(said: Said | None, linked: Said | None, notes: int) -> str:
    """Return how a goal was last addressed, in words for a day to follow, as far as the notes at hand tell."""
    if said:
        return "last addressed" if linked else "perhaps spoken of without a link"
    notes = min(notes, look_back())
    return f"not addressed in the last {notes} notes" if notes > 1 else "not addressed yet"


def last_addressed(earlier: Sequence[Earlier], goal: Goal) -> Said | None:
    """Return the last statement of a signed note that the clinician let stand as bearing on this goal of the plan."""
    for each in reversed(in_order(earlier)):
        linked = {found.statement for found in each.note.goals if (found.goal, found.text) == (goal.key, goal.text)}
        for said in read([each]):
            if said.statement in linked:
                return said
    return None


def perhaps_addressed(earlier: Sequence[Earlier], goal: Goal) -> Said | None:
    """Return the last words that bear on a goal by their meaning, in the last notes: none is linked to a newer goal."""
    for each in in_order(earlier)[: -look_back() - 1 : -1]:
        for said in reversed(read([each])):
            if said.subject == "client" and reason_for(goal, said.text):
                return said
    return None
