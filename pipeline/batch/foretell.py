"""What a batch would do with each item, said without doing it: nothing is heard, drafted or kept."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from .. import workflow
from ..config import Settings
from ..errors import Refused
from ..types import Draft
from .desk import Event, State
from .items import Item

if TYPE_CHECKING:
    from ..store import Store


def foretell(items: Iterable[Item], store: "Store", settings: Settings) -> Iterator[Event]:
    """Yield for each item that it is "new", "known" or "refused"; a refusal for lack of consent is on the chain."""
    for number, item in enumerate(items, 1):
        why, known = item.error, None
        try:
            if not why:
                workflow.permit_for(item.order, store, settings)
                known = _known(item, store)
        except Refused as error:
            why = error
        state: State = "refused" if why else "known" if known else "new"
        yield Event(number, item.name, item.source, state, draft=None if why else known, why=why)


def _known(item: Item, store: "Store") -> Draft | None:
    """Return the draft that an item has.

    Raises:
        Refused: it is for another client, or written in another manner.
    """
    known = workflow.known_draft(item.sha256, item.order.decided_kind, store) if item.sha256 else None
    if known and not item.order.again:
        workflow.demand_same_manner(item.order, known, anew="evenfall draft --again")
    return known
