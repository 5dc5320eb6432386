"""The microphone to a sealed recording."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..audio.capture import Desk, Microphone, Recorder, Wish
from ..audio.spool import Spool
from ..config import Settings
from ..errors import ConsentMissing
from ..types import (
    Receipt,
    Seconds,
)
from .order import Order, permit_for
from .standing import REVOKED, not_enough, revoked

if TYPE_CHECKING:
    from ..store import Store


@dataclass(frozen=True)
class Captured:
    """How a recording ended and what is kept of it: nothing, where there is no `spool_id`; why, says the receipt."""

    why: str
    seconds: Seconds
    overruns: int
    spool_id: str | None = None
    receipt: Receipt | None = None


def capture(order: Order, store: "Store", settings: Settings, desk: Desk, channels: int) -> Captured:
    """Record from the microphone into a sealed spool; a session only with consent, and only while it stands.

    Where consent is revoked on the way it stops, and what was recorded is purged. Where it is not enough any more for
    another reason it stops, and what was recorded stays, sealed.

    Raises:
        ConsentMissing: for a session, before the microphone is opened.
        MicrophoneFault: there is none, or another program has it.
        StoreFault: the disk is full or failing; what was recorded until then waits, sealed.
    """
    permit, chosen = permit_for(order, store, settings), settings.capture
    dictation = permit.kind == "dictation"
    wish = Wish(
        hands_free=dictation,
        before=chosen.before_seconds,
        silence=chosen.silence_seconds,
        lost=chosen.lost_seconds,
        longest=settings.speech.longest_hours * 3600,
    )

    def begin() -> Spool:
        who = () if dictation else order.participants
        return Spool.begin(store, permit, medium="pcm", client=order.client, participants=who, channels=channels)

    with Microphone(chosen.device, channels) as microphone:
        recorder = Recorder(microphone, begin, wish, desk, lambda: _stand(_recorded(order, recorder), store, settings))
        try:
            ended = recorder.run()
        except ConsentMissing as error:
            if recorder.spool and revoked(order, store):
                return Captured(REVOKED, recorder.seconds, 0, receipt=recorder.spool.purge())
            stopped = not_enough(error)
            desk.say(f"{stopped.what} {stopped.next_step}")
            ended = recorder.end("consent not enough")
        finally:
            if recorder.spool:
                recorder.spool.close()
    return Captured(ended.why, ended.seconds, ended.overruns, ended.spool.spooled.id if ended.spool else None)


def _recorded(order: Order, recorder: Recorder) -> Order:
    """Return the order with what is recorded by it as its source."""
    return replace(order, source=recorder.spool or order.source)


def _stand(order: Order, store: "Store", settings: Settings) -> None:
    """Raise ConsentMissing where consent no longer stands."""
    if order.decided_kind == "session":
        permit_for(order, store, settings)
