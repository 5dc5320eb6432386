"""What happens behind the page: sealed recordings are heard and drafted one after the other, and tell how far they are.

A recording stays sealed until its draft is kept; what fails stays with its reason and can be tried again.
"""

import threading
from dataclasses import dataclass, field
from queue import SimpleQueue

from .. import workflow
from ..config import Settings
from ..errors import ConsentRevoked, EvenfallError
from ..store import Store


@dataclass(frozen=True)
class State:
    """How far one recording is: waiting, at work (`share` in per cent), or failed with what to tell."""

    state: str
    share: int | None = None
    why: str = ""

    @property
    def failed(self) -> bool:
        """Whether it needs somebody."""
        return bool(self.why)


WAITING = State("waits to be transcribed")
DRAFTED = State("drafted")


@dataclass
class Jobs:
    """One worker over the recordings of one record; states are of this run, the recordings outlive it."""

    store: Store
    settings: Settings
    changes: int = 0
    purged: tuple[str, ...] = ()  # what went because consent was taken back, in sentences
    _states: dict[str, State] = field(default_factory=dict)
    _queue: SimpleQueue[str | None] = field(default_factory=SimpleQueue)
    _worker: threading.Thread | None = None

    def add(self, spool_id: str) -> None:
        """Have a recording heard and drafted; one that waits or is at work is not taken twice."""
        known = self._states.get(spool_id)
        if known and not known.failed:
            return
        self._tell(spool_id, WAITING)
        self._queue.put(spool_id)
        if self._worker is None:
            self._worker = threading.Thread(target=self._work, name="drafting", daemon=True)
            self._worker.start()

    def state(self, spool_id: str) -> State | None:
        """Return how far a recording is; None where nobody asked for it."""
        return self._states.get(spool_id)

    @property
    def busy(self) -> bool:
        """Whether a recording waits or is at work."""
        return any(not one.failed and one != DRAFTED for one in tuple(self._states.values()))

    def stop(self) -> None:
        """Let the worker go once it has done what was added."""
        self._queue.put(None)

    def _work(self) -> None:
        while spool_id := self._queue.get():
            self._tell(spool_id, self._draft(spool_id))

    def _draft(self, spool_id: str) -> State:
        def progress(done: float, total: float) -> None:
            self._tell(spool_id, State("transcribing", share=min(99, int(100 * done / total)) if total else None))

        progress(0, 1)
        try:
            workflow.draft_spooled(spool_id, workflow.Order(), self.store, self.settings, progress)
        except ConsentRevoked as error:
            self.purged = (*self.purged, f"{error.what} {error.safe}")
            return State("failed", why=error.what)
        except EvenfallError as error:
            return State("failed", why=f"{error.what} {error.next_step}")
        except Exception as error:  # a thread that ends would leave the rest undone; the type alone holds no words
            return State("failed", why=f"An error inside the program ({type(error).__name__}).")
        return DRAFTED

    def _tell(self, spool_id: str, state: State) -> None:
        if self._states.get(spool_id) != state:
            self._states[spool_id] = state
            self.changes += 1
