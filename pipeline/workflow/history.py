"""What one client's signed notes say over time."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from .. import continuity
from ..export import file
from ..types import (
    TreatmentPlan,
)
from .order import now

if TYPE_CHECKING:
    from ..store import Store


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
