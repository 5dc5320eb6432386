"""Many recordings over any concurrent.futures.Executor: this process alone has the record, workers only hear and find.

The record is the state: what it holds is not done again, and what it does not hold was not done. So a batch may be
killed at any moment; the next one goes on. A recording is opened under its permit, sealed with a key of its own, and
sent; its transcript is kept when it comes back, its draft when that is made.
"""

import hashlib
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from .. import workflow
from ..audio import decode as audio
from ..audio.parcel import Key
from ..audio.spool import Content, Spool
from ..config import Settings
from ..consent import Permit
from ..errors import EvenfallError, NoSpeech, Refused, StoreAway, StoreFault, Unready, WorkersGone
from ..types import Draft, Found, Recording, Seconds, Transcript
from ..workflow import Order
from ..workflow.drafting import EMPTY
from . import work
from .items import Item
from .work import Answer, Failed, Texts, opened

if TYPE_CHECKING:
    from ..store import Store

State = Literal["new", "listening", "heard", "waiting", "drafted", "known", "refused", "failed"]

BEAT: Final[Seconds] = 0.5  # between two looks at how far the recordings are
AWAY: Final[Seconds] = 900.0  # that the record's server may be away in the middle: a restart, a short night's upkeep
LOOK: Final[Seconds] = 2.0  # between two looks whether it is back
TRIES: Final = 5  # of one recording whose worker, or scheduler, went away
AGAIN: Final = "Run the same command again."
KEPT: Final = "It was left as it is."
DONE: Final = "What was drafted is kept; the rest was left as it is."
TOGETHER: Final = 2  # items on their way for each one that is being heard: their text stages run meanwhile


@dataclass(frozen=True)
class Event:
    """What happened to one item, or would ("new"); `number` counts them from 1 in the order in which they were found.

    `name` is for the clinician's own terminal, `source` for logs. `share` is how much of it is heard, with "listening".
    "known" has had its draft before, "waiting" goes on when the record's server is back. `why` says why it was refused,
    failed or waits.
    """

    number: int
    name: str
    source: str
    state: State
    share: float = 0.0
    draft: Draft | None = None
    why: EvenfallError | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more happens to the item."""
        return self.state not in ("listening", "heard", "waiting")


@dataclass(frozen=True)
class Crew:
    """Who works for the desk: executors for hearing and for finding, how many recordings may be out, how far one is.

    `ahead` is more than there are workers, so that none waits for its next recording. `share` takes the number that
    `work.hear` was given.
    """

    speech: Executor
    text: Executor
    ahead: Callable[[], int]
    share: Callable[[int], float] = lambda number: 0.0


@dataclass
class _Job:
    """One item on its way."""

    number: int
    item: Item
    order: Order
    spool: Spool | None = None
    key: Key = field(default_factory=Key.new)
    heard: tuple[Recording, Transcript] | None = None
    tries: int = 0
    share: float = 0.0  # as last told

    def event(
        self, state: State, *, share: float = 0.0, draft: Draft | None = None, why: EvenfallError | None = None
    ) -> Event:
        """Return what happened to it."""
        return Event(self.number, self.item.name, self.item.source, state, share, draft, why)


def run(items: Iterable[Item], store: "Store", settings: Settings, crew: Crew) -> Iterator[Event]:
    """Draft every item and yield what happens to each; one that fails stops no other.

    Raises:
        StoreFault: the record cannot be read or written, or its server is away for longer than `AWAY`; what is drafted
            is kept.
        WorkersGone: nobody is left to work; what is drafted is kept.
    """
    desk = _Desk(store, settings, crew)
    try:
        yield from desk.work(iter(items))
    finally:
        desk.let_go()


class _Desk:
    """The items on their way and where each is."""

    def __init__(self, store: "Store", settings: Settings, crew: Crew) -> None:
        self._store, self._settings, self._crew = store, settings, crew
        self._hearing: dict[Future[Answer], _Job] = {}
        self._finding: dict[Future[Answer], _Job] = {}
        self._first = secrets.randbits(20) << 32  # several desks may share a scheduler

    def work(self, items: Iterator[Item]) -> Iterator[Event]:
        """Yield what happens until there is nothing left to do."""
        numbered = enumerate(items, 1)
        more = True
        while more or self._hearing or self._finding:
            while more and self._has_room():
                number, item = next(numbered, (0, None))
                more = item is not None
                if item:
                    yield from self._step(_Job(number, item, item.order), self._begin)
            yield from self._on()

    def let_go(self) -> None:
        """Leave what is not finished as it was."""
        for future, job in (self._hearing | self._finding).items():
            future.cancel()
            _close(job)

    def _has_room(self) -> bool:
        ahead = self._crew.ahead()
        return len(self._hearing) < ahead and len(self._hearing) + len(self._finding) < TOGETHER * ahead

    def _on(self) -> Iterator[Event]:
        """Wait until something is heard or found, or for a beat, and go on with that."""
        done, _ = wait([*self._hearing, *self._finding], BEAT, FIRST_COMPLETED)
        for job in [job for future, job in self._hearing.items() if future not in done]:
            share = self._crew.share(self._first + job.number)
            if share > job.share:
                job.share = share
                yield job.event("listening", share=share)
        for future in done:
            if future in self._hearing:
                yield from self._step(self._hearing.pop(future), partial(self._keep, future))
            else:
                yield from self._step(self._finding.pop(future), partial(self._draft, future))

    def _step(self, job: _Job, further: Callable[[_Job], Event | None]) -> Iterator[Event]:
        """Go on with one item; whatever is wrong with it ends it alone, and a record that is away is waited for.

        `further` may be called again after any error of the record: what it kept before counts as kept.
        """
        end = None
        while True:
            try:
                event = further(job)
                break
            except StoreAway as error:
                if end is not None and time.monotonic() > end:
                    _close(job)
                    raise
                if end is None:
                    end = time.monotonic() + AWAY
                    yield job.event("waiting", why=error)
                time.sleep(LOOK)
            except (StoreFault, WorkersGone):
                _close(job)
                raise
            except Exception as error:  # one bad file never stops the rest
                why = error if isinstance(error, EvenfallError) else Failed.of(error).error()
                event = job.event("refused" if isinstance(why, Refused) else "failed", why=why)
                break
        if event:
            if event.over:
                _close(job)
            yield event

    def _begin(self, job: _Job) -> Event | None:
        """Open an item, under its permit, and send it to be heard; what was heard before, or is text, is found in."""
        if job.item.error:
            raise job.item.error
        if job.item.spool_id and not job.spool:
            job.spool = Spool.open(self._store, job.item.spool_id)
            job.order = replace(job.order, source=job.spool)
        order = job.order
        permit = workflow.permit_for(order, self._store, self._settings)
        workflow.check_manner(order, self._store, self._settings)
        if workflow.is_text(order.source):
            return self._kept(job, *workflow.read_source(order, permit, self._store))
        content = _content(job, permit)
        known = self._store.transcript_of(hashlib.sha256(content.data).hexdigest(), permit.kind)
        if known and not order.again:
            return self._kept(job, *known)
        sealed = workflow.pack(content, permit, order, self._store, job.key)
        future = _send(self._crew.speech, work.hear, self._first + job.number, sealed, job.key)
        self._hearing[future] = job
        return None

    def _keep(self, future: "Future[Answer]", job: _Job) -> Event | None:
        """Keep what was heard, if consent still stands, and send it to be found in."""
        answer = self._answer(future, job)
        if answer is None:
            return self._begin(job)
        heard = opened(workflow.Heard, answer, job.key)
        workflow.demand_standing(job.order, self._store, self._settings)
        workflow.refuse_signed(heard.recording, job.order, self._store)
        if heard.transcript is None:
            raise Refused("A note of this source was signed before.", "To draft it by itself: evenfall draft --again.")
        return self._kept(job, heard.recording, heard.transcript)

    def _kept(self, job: _Job, recording: Recording, transcript: Transcript) -> Event | None:
        if earlier := workflow.drafted_before(job.order, recording, self._store):
            return self._settled(job, "known", earlier)
        workflow.keep_heard(job.order, recording, transcript, self._store, self._settings)
        job.heard = recording, transcript
        return self._find(job, recording, transcript)

    def _find(self, job: _Job, recording: Recording, transcript: Transcript) -> Event:
        texts = Texts(recording=recording, transcript=transcript)
        sealed = job.key.seal(texts.model_dump_json().encode())
        self._finding[_send(self._crew.text, work.find, sealed, job.key)] = job
        return job.event("heard")

    def _draft(self, future: "Future[Answer]", job: _Job) -> Event | None:
        """Make the draft of what was found, and keep it."""
        if job.heard is None:
            raise RuntimeError("nothing was heard that could be found in")
        answer = self._answer(future, job)
        if answer is None:
            return self._find(job, *job.heard)
        try:
            found = opened(Found, answer, job.key)
        except NoSpeech:
            self._store.forget_undrafted(job.heard[0].digest, EMPTY)
            raise
        if earlier := workflow.drafted_before(job.order, job.heard[0], self._store):  # the same came twice
            return self._settled(job, "known", earlier)
        return self._settled(
            job, "drafted", workflow.draft_found(job.order, *job.heard, found, self._store, self._settings)
        )

    def _settled(self, job: _Job, state: State, draft: Draft) -> Event:
        if job.spool:
            workflow.settle_spooled(job.spool, draft, self._store)
        return job.event(state, draft=draft)

    def _answer(self, future: "Future[Answer]", job: _Job) -> Answer | None:
        """Return what a worker answered; None where it was lost on the way and is to be sent again.

        Raises:
            Unready: it was lost too often, or it ended its worker.
        """
        try:
            return future.result()
        except CancelledError as error:
            job.tries += 1
            if job.tries >= TRIES:
                raise Unready("The workers went away again and again.", AGAIN, safe=KEPT) from error
            return None
        except EvenfallError:
            raise
        except Exception as error:  # a library's own word that its worker ended
            raise Unready(
                f"The worker ended while it was at this one ({type(error).__name__}).", AGAIN, safe=KEPT
            ) from error


def _send(executor: Executor, task: Callable[..., Answer], *given: object) -> "Future[Answer]":
    try:
        return executor.submit(task, *given)
    except RuntimeError as error:  # as an executor says that it was shut down, and Dask that its scheduler is gone
        raise WorkersGone("The workers are gone, and did not come back.", AGAIN, safe=DONE) from error


def _content(job: _Job, permit: Permit) -> Content:
    if isinstance(job.order.source, Path):
        return audio.take(job.order.source, permit)
    if job.spool is None:
        raise TypeError("there is nothing to hear")
    return job.spool.read(permit)


def _close(job: _Job) -> None:
    if job.spool:
        job.spool.close()
        job.spool = None
