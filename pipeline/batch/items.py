"""What a batch is to draft: files that the intake found, and sealed recordings that wait."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..audio.spool import is_busy
from ..errors import EvenfallError, SourceRefused
from ..intake import Incoming, Unusable
from ..types import Digest
from ..workflow import Order

if TYPE_CHECKING:
    from ..store import Store


@dataclass(frozen=True)
class Item:
    """One thing to draft, or why it cannot be.

    `name` is for the clinician's own terminal only: a file's name may hold a client's. `sha256` is of a file's content,
    `spool_id` names a sealed recording.
    """

    name: str
    order: Order
    sha256: Digest | None = None
    spool_id: str | None = None
    error: EvenfallError | None = None

    @property
    def source(self) -> str:
        """What a log calls it by."""
        if self.spool_id:
            return f"recording {self.spool_id[:8]}"
        return f"file {self.sha256[:8]}" if self.sha256 else "a file"


def incoming(found: Iterable[Incoming | Unusable], rest: Order) -> Iterator[Item]:
    """Yield what the intake found; `rest` says what is the same for all: format, length, manner, model."""
    for one in found:
        if isinstance(one, Unusable):
            error = SourceRefused(one.what, one.next_step, safe="It was left as it is.")
            yield Item(one.path.name, rest, one.sha256, error=error)
            continue
        yield Item(one.path.name, ordered(one, rest), one.sha256)


def ordered(found: Incoming, rest: Order) -> Order:
    """Return the order for one file that the intake found; `rest` says what is the same for all."""
    return replace(
        rest,
        source=found.path,
        kind=found.kind,
        client=found.client or None,
        participants=found.participants,
        day=found.day,
        minutes=found.minutes,
    )


def waiting(store: "Store", rest: Order) -> Iterator[Item]:
    """Yield the sealed recordings that wait, the oldest first; not those that are being made or read just now."""
    for spooled in store.spools():
        if not is_busy(store, spooled.id):
            order = replace(
                rest,
                kind=spooled.kind,
                client=spooled.client or rest.client,
                participants=spooled.participants or rest.participants,
            )
            yield Item(f"recording {spooled.id[:8]}", order, spool_id=spooled.id)
