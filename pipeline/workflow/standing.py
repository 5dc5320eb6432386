"""Does consent still stand? Asked while a session is heard and drafted; where it does not, what was made of it goes."""

import time
from typing import TYPE_CHECKING, Final

from ..audio.spool import Spool
from ..config import Settings
from ..errors import ConsentMissing, ConsentRevoked
from ..types import Progress, Receipt, Recording, Seconds
from .order import Order, permit_for

if TYPE_CHECKING:
    from ..store import Store

REVOKED: Final = "consent revoked"  # why things went, in the audit chain
EVERY: Final[Seconds] = 2.0  # between two looks while an engine listens


def watched(progress: Progress, order: Order, store: "Store | None", settings: Settings) -> Progress:
    """Return a progress that tells as this one does, and stops a session's hearing once consent does not stand."""
    if store is None or order.decided_kind == "dictation":
        return progress
    looked, record = time.monotonic(), store

    def told(done: Seconds, total: Seconds) -> None:
        nonlocal looked
        progress(done, total)
        if time.monotonic() - looked >= EVERY:
            looked = time.monotonic()
            demand_standing(order, record, settings)

    return told


def demand_standing(order: Order, store: "Store", settings: Settings, recording: Recording | None = None) -> None:
    """Return if consent to a session still stands; else purge what is kept of its `recording`, the sealed sound too.

    Raises:
        ConsentRevoked: it does not stand any more; `safe` says what was purged.
    """
    if order.decided_kind == "dictation":
        return
    try:
        permit_for(order, store, settings)
    except ConsentMissing as error:
        receipts = [store.forget_heard(recording.digest, REVOKED)] if recording else []
        if isinstance(order.source, Spool):
            receipts.append(order.source.purge(recording.digest if recording else None))
        raise ConsentRevoked(
            "Consent was revoked, so the session was not worked on any further.",
            "Record again once everybody consents anew. An audio file that you gave stays where it lies.",
            safe=_purged(receipts),
        ) from error


def _purged(receipts: list[Receipt]) -> str:
    """Return in a sentence what went, by its receipts; they hold no words."""
    if not receipts:
        return "Nothing of it was kept."
    gone = "; ".join(f"{' and '.join(one.what)} of recording {one.recording[:8]}: {one.outcome}" for one in receipts)
    return f"{gone}. The receipts are kept."
