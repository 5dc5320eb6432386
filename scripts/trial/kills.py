"""SIGKILL at any moment of what a clinician does: the next start works, and nothing is lost that was confirmed before.

Every second kill comes after a random time, every other one just before a random write, sync, rename or deletion.
"""

import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path

from pipeline.errors import EvenfallError
from trial import moments, search
from trial.action import Action
from trial.children import Running
from trial.decided import Paging, Signing, Walking
from trial.drafted import Batching, Drafting, Watching
from trial.heard import Dictating, Recording, SpoolDrafting, SpoolPurging
from trial.kept import BackingUp, Expiring, Migrating, Rekeying, Restoring
from trial.moments import After, Before, Moment
from trial.table import Case, Outcome
from trial.world import World, prepared

TRIES = 8  # at a kill before the process ends by itself
ACTIONS: tuple[type[Action], ...] = (
    Dictating,
    Recording,
    SpoolDrafting,
    SpoolPurging,
    Drafting,
    Batching,
    Watching,
    Walking,
    Paging,
    Signing,
    Migrating,
    BackingUp,
    Restoring,
    Rekeying,
    Expiring,
)
FEW = ("sign", "passphrase")
WORDS = search.needles(("marmalade", "landlord", "worry log", "sertraline", "panic attack", "trouble sleeping"))


@dataclass(frozen=True)
class Standing:
    """What stands in a record, without what differs from run to run: times, digests, numbers."""

    drafts: tuple[tuple[str, ...], ...]
    decisions: tuple[int, ...]
    notes: tuple[tuple[str, ...], ...]
    consents: int
    recordings: int
    to_purge: int
    purged: tuple[str, ...]
    sealed_files: int
    sources: tuple[str, ...]

    @classmethod
    def of(cls, world: World) -> "Standing":
        """Look into a record."""
        with world.store() as store:
            drafts, notes, kept = store.drafts(), store.notes(), [store.review_of(d.digest) for d in store.drafts()]
            return cls(
                drafts=tuple(sorted(tuple(one.text for one in draft.statements()) for draft in drafts)),
                decisions=tuple(sorted(len(review.standing) for review in kept if review)),
                notes=tuple(sorted(tuple(one.text for one in note.statements()) for note in notes)),
                consents=len(store.consents()),
                recordings=len(store.spools()),
                to_purge=len(store.pending_purges()) + len(store.destroyed_spools()),
                purged=tuple(sorted({receipt.recording for receipt in store.receipts()})),
                sealed_files=sum(1 for _ in store.spool_folder.glob("*")),
                sources=tuple(sorted(path.name for path in world.sources.iterdir())),
            )

    def differs(self, other: "Standing") -> str:
        """Name what is not the same; receipts are of recordings with keys of their own, so that they are counted."""
        named = [one.name for one in fields(self) if one.name != "purged" and _differs(self, other, one.name)]
        return ", ".join([*named, *(["purged"] if len(self.purged) != len(other.purged) else [])])


def _differs(one: Standing, other: Standing, name: str) -> bool:
    return bool(getattr(one, name) != getattr(other, name))


@dataclass(frozen=True)
class Unkilled:
    """How an action goes that nobody kills."""

    seconds: float
    calls: tuple[Before, ...]
    end: Standing


_unkilled: dict[tuple[str, Path], Unkilled] = {}


def cases(seed: int, few: bool) -> Iterator[Case]:
    """Yield a case for each kill."""
    for action in ACTIONS:
        count = int(action.name in FEW) if few else action.kills
        for number in range(count):
            name = f"{action.name} {number}"
            yield Case(action.row, name, partial(_case, action(), seed, name))


def _case(action: Action, seed: int, name: str, folder: Path) -> Outcome:
    chance = random.Random(f"{seed} {name}")
    known = unkilled(action, folder)
    aimed = chance.random() < 0.5
    for tried in range(TRIES):
        world = prepared(action.name, folder, action.make)
        moment = _moment(known, aimed, chance, 0.8**tried)
        if (found := killed(action, world, moment, known.end)) is not None:
            return Outcome(1, tuple(f"{name}, seed {seed}, killed {moment}: {line}"[:300] for line in found))
    raise RuntimeError("it always ended before it was killed")


def _moment(known: Unkilled, aimed: bool, chance: random.Random, share: float) -> Moment:
    if aimed and known.calls:
        return known.calls[int(chance.random() * share * len(known.calls))]
    return After(chance.uniform(0.0, known.seconds * share))


def unkilled(action: Action, folder: Path) -> Unkilled:
    """Return how an action goes in this folder when nobody kills it; it is done once."""
    if (action.name, folder) not in _unkilled:
        world, calls = prepared(action.name, folder, action.make), list[Before]()
        with held(action, world) as running, moments.counted(running, calls) as clock:
            action.during(world, running)
        if (code := running.wait()) not in action.ends:
            raise RuntimeError(f"{action.name} ends with {code} though nobody kills it: {running.told[-300:]}")
        action.settle(world)
        world.do("queue")
        _unkilled[action.name, folder] = Unkilled(clock.seconds, tuple(calls), Standing.of(world))
    return _unkilled[action.name, folder]


@contextmanager
def held(action: Action, world: World) -> Iterator[Running]:
    """Start an action that stands still, about to begin; whatever happens, it is over after the block."""
    running = action.start(world, held=True)
    try:
        moments.held(running.pid)
        yield running
    finally:
        running.signal(signal.SIGKILL)
        running.wait()


def killed(action: Action, world: World, moment: Moment, end: Standing) -> list[str] | None:
    """Kill an action at a moment, and return what was lost or is not as it should be; None if it ended before."""
    with held(action, world) as running, moment.kill(running):
        confirmed = action.during(world, running)
    if running.wait() != -signal.SIGKILL:
        return None
    try:
        return list(_afterwards(action, world, running.said, confirmed, end))
    except (EvenfallError, RuntimeError, TimeoutError) as error:
        return [f"{type(error).__name__}: {error}"]


def _afterwards(action: Action, world: World, said: str, confirmed: tuple[str, ...], end: Standing) -> Iterator[str]:
    yield from _in_clear(world)
    action.settle(world)
    next_start = world.run("queue")
    if next_start.code not in action.starts:
        yield f"the next start ends with {next_start.code}: {next_start.told[-200:]}"
    if next_start.code == 0:
        yield from _unwhole(world)
        yield from action.lost(world, said, confirmed)
    action.again(world)
    world.do("queue")
    yield from _unwhole(world)
    yield from _in_clear(world)
    yield from action.lost_in_the_end(world)
    if action.ends_alike and (other := Standing.of(world).differs(end)):
        yield f"gone on with, it ends otherwise than without a kill: {other}"


def _unwhole(world: World) -> Iterator[str]:
    """Yield what of a record is not as it must be at any moment between two commands."""
    with world.store() as store:
        store.verify_whole()
        drafts, notes = store.drafts(), store.notes()
        recordings = [draft.recording for draft in drafts]
        if len(set(recordings)) != len(recordings):
            yield "a recording has two drafts"
        if signed := {note.recording for note in notes} & set(recordings):
            yield f"{len(signed)} recordings have a note and a draft"
        if len({note.draft for note in notes}) != len(notes):
            yield "a draft was signed twice"
        for draft in drafts:
            store.transcript(draft.transcript)
        if left := store.pending_purges():
            yield f"{len(left)} purges are still to be done after the next start"
        known = {one.id for one in store.spools()}
        if any(path.stem not in known for path in store.spool_folder.glob("*")):
            yield "a sealed recording without a key is left"


def _in_clear(world: World) -> Iterator[str]:
    """Yield the files in which words of a client stand in clear, besides those that the clinician brought."""
    but = (world.sources, world.folder / "said")
    for hit in search.find(search.files(world.folder, but=but), WORDS):
        yield f"word {hit.word} stands in {hit.file.relative_to(world.folder)} ({hit.how})"
