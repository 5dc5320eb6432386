"""What one client's signed notes say over time."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from .. import continuity
from ..export import file
from ..types import (
    Detail,
    Digest,
    Note,
    Question,
    Statement,
    TreatmentPlan,
)
from .order import now

if TYPE_CHECKING:
    from ..store import Store


def earlier_notes(store: "Store", client: str, last: int | None = None) -> tuple[continuity.Earlier, ...]:
    """Return one client's signed notes with what was added to them, in the order of signing; all, or the last few."""
    return tuple(continuity.Earlier(note, store.addenda(note.digest)) for note in store.notes(client, last))


def carried_questions(
    store: "Store",
    client: str,
    recording: Digest,
    statements: Sequence[Statement],
    details: Sequence[Detail],
    at: datetime,
) -> tuple[Question, ...]:
    """Return what one client's earlier notes and plan leave open for a session that is drafted at this moment.

    Notes of the same recording, and of sessions on later days than its own, are no earlier ones. Where a day is not
    known, nothing says that a note is later: it is asked of.
    """
    day, last = day_of(details), continuity.look_back()
    past = earlier_notes(store, client, last)
    if any(_came_after(each.note, day) for each in past):  # of those signed last, few may be earlier
        past = tuple(each for each in earlier_notes(store, client) if not _came_after(each.note, day))[-last:]
    past = tuple(each for each in past if each.note.recording != recording)
    return continuity.carry_forward(past, store.plan_of(client), statements, at)


def day_of(details: Sequence[Detail]) -> date | None:
    """Return the day that these details give a session."""
    known = next((detail.value for detail in details if detail.key == "date"), None)
    return date.fromisoformat(known) if known else None


def _came_after(note: Note, day: date | None) -> bool:
    """Say whether a note's session is known to have been on a later day."""
    known = day_of(note.details)
    return known is not None and day is not None and known > day


def brief_of(store: "Store", client: str, today: date) -> continuity.Brief:
    """Return half a page before a session: what one client's signed notes last said, and the goals."""
    return continuity.brief(earlier_notes(store, client), store.plan_of(client), today)


def change_plan(
    store: "Store", client: str, change: Callable[[TreatmentPlan | None, str, datetime], TreatmentPlan]
) -> TreatmentPlan:
    """Keep one client's treatment plan as `change` makes it of the plan so far, of who changes it, and when."""
    return store.change_plan(client, lambda plan: change(plan, store.actor, now()))


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
