"""Does consent still stand? Asked while a session is heard and drafted; where it was taken back, what was made goes."""

import time
from typing import TYPE_CHECKING, Final

from .. import consent
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
    """Return if consent to a session still stands; where it was taken back, purge what is kept of its `recording`.

    The sealed sound goes then, too. What is lacking for another reason (a law that counts anew, a clock that was
    changed) only stops the work.

    Raises:
        ConsentRevoked: somebody took it back; `safe` says what was purged.
        ConsentMissing: it is not enough at this moment; nothing was purged.
    """
    if order.decided_kind == "dictation":
        return
    try:
        permit_for(order, store, settings)
    except ConsentMissing as error:
        if not revoked(order, store):
            raise not_enough(error) from error
        receipts = [store.forget_heard(recording.digest, REVOKED)] if recording else []
        if isinstance(order.source, Spool):
            receipts.append(order.source.purge(recording.digest if recording else None))
        raise ConsentRevoked(
            "Consent was revoked, so the session was not worked on any further.",
            "Record again once everybody consents anew. An audio file that you gave stays where it lies.",
            safe=_purged(receipts),
        ) from error


def revoked(order: Order, store: "Store") -> bool:
    """Say whether a participant of a session took consent back, and gave none since, by whatever clock."""
    given = store.consents(order.client) if order.client else ()
    of_each = [[one for one in given if one.participant == name] for name in order.participants]
    return any(any(one.revoked_at for one in own) and not any(map(consent.allows, own)) for own in of_each)


def not_enough(error: ConsentMissing) -> ConsentMissing:
    """Return what to tell where a session stops for want of consent that nobody took back."""
    return ConsentMissing(
        f"The session was stopped, though nobody took consent back. {error.what}",
        f"{error.next_step} See also whether this computer's clock is right.",
        safe="Nothing was deleted; it can be drafted later.",
    )


def _purged(receipts: list[Receipt]) -> str:
    """Return in a sentence what went, by its receipts; they hold no words."""
    if not receipts:
        return "Nothing of it was kept."
    gone = "; ".join(f"{' and '.join(one.what)} of recording {one.recording[:8]}: {one.outcome}" for one in receipts)
    return f"{gone}. The receipts are kept."
