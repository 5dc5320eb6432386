"""Killed: drafting, of files by name, of a folder by several processes, of a folder that a phone syncs into."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from typing_extensions import override

from tests import pages
from trial.action import CLIENT, CLIP, CONSENT, Action, drafts, named, spooled
from trial.children import PATIENCE, Running
from trial.world import World

ORPHANS = 20.0  # seconds in which the processes of a batch that was killed have to end
TOLD = r"drafted\b.*?(\w{8}), (?:due|overdue)"  # how batch and watch name a draft


class Drafting(Action):
    """Two typed dictations, a session's transcript and a recording are drafted in one go."""

    name, row, kills = "draft", "SIGKILL while four sources are drafted (`draft`)", 20

    @override
    def make(self, world: World) -> None:
        world.source("monday.txt", pages.DICTATION)
        world.source("tuesday.txt", pages.SECOND)
        world.source("wednesday.vtt", pages.SESSION)
        world.spoken("thursday.wav", CLIP)
        world.do(*CONSENT)

    @override
    def start(self, world: World, *, held: bool = False) -> Running:
        return world.start("draft", *sorted(world.sources.iterdir()), "--client", CLIENT, held=held)

    @override
    def lost(self, world: World, said: str, confirmed: tuple[str, ...]) -> Iterator[str]:
        with world.store() as store:
            for draft in named(r"^Draft (\w{8}),", said) - drafts(store):
                yield f"draft {draft} was shown and is not there"
        if len(list(world.sources.iterdir())) != 4:
            yield "a source went though nothing was signed"


def synced(world: World) -> None:
    """Have a phone's files lie in the sources: their names say whose they are and what."""
    world.do(*CONSENT)
    world.source("K-12 2026-03-02 dictation.txt", pages.DICTATION)
    world.source("K-12 2026-03-03 session.vtt", pages.SESSION)
    world.spoken("K-12 2026-03-04 dictation.wav", CLIP)


class Batching(Action):
    """What lies in a folder is drafted by several processes, with a sealed recording that waits."""

    name, row, kills = "batch", "SIGKILL while a folder and what waits are drafted at once (`batch`)", 16

    @override
    def make(self, world: World) -> None:
        synced(world)
        spooled(world, 2 * CLIP)

    @override
    def start(self, world: World, *, held: bool = False) -> Running:
        options = ("--unattended", "--workers", "2", "--client", CLIENT)
        running = world.start("batch", world.sources, *options, held=held)
        self.session = running.pid
        return running

    @override
    def settle(self, world: World) -> None:
        """Wait until its processes, which were not killed, have ended."""
        end = time.monotonic() + ORPHANS
        while (left := _in_session(self.session)) and time.monotonic() < end:
            time.sleep(0.1)
        if left:
            for pid in left:
                os.kill(pid, signal.SIGKILL)
            raise RuntimeError(f"{len(left)} processes of the batch outlive it")

    @override
    def lost(self, world: World, said: str, confirmed: tuple[str, ...]) -> Iterator[str]:
        with world.store() as store:
            made, left = drafts(store), len(store.spools())
        for draft in named(TOLD, said) - made:
            yield f"draft {draft} was told and is not there"
        if len(list(world.sources.iterdir())) != 3:
            yield "a source went though nothing was signed"
        if not (left or made):
            yield "the recording that waited is gone and nothing is drafted"


def _in_session(session: int) -> list[int]:
    """Return the processes of a session that live."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, _, of, *_ = stat.read_text().rpartition(")")[2].split()
            if int(of) == session and state not in "ZX":
                found.append(int(stat.parent.name))
    return found


class Watching(Action):
    """A folder that a phone syncs into is watched; the audio goes once its draft is kept."""

    name, row, kills = "watch", "SIGKILL while a synced folder is watched, its audio purged (`watch`)", 12

    @override
    def make(self, world: World) -> None:
        synced(world)
        (world.home / "intake.yaml").write_text("watch: {still_seconds: 0.3, look_seconds: 0.3}\n")

    @override
    def start(self, world: World, *, held: bool = False) -> Running:
        return world.start("watch", world.sources, "--client", CLIENT, held=held)

    @override
    def during(self, world: World, running: Running) -> tuple[str, ...]:
        end = time.monotonic() + PATIENCE
        while running.alive and time.monotonic() < end:
            if len(named(TOLD, running.said)) >= 2 and not list(world.sources.glob("*.wav")):
                break
            time.sleep(0.05)
        running.signal(signal.SIGTERM)
        running.wait()
        return ()

    @override
    def lost(self, world: World, said: str, confirmed: tuple[str, ...]) -> Iterator[str]:
        with world.store() as store:
            made, gone = drafts(store), [receipt.outcome for receipt in store.receipts()]
        for draft in named(TOLD, said) - made:
            yield f"draft {draft} was told and is not there"
        audio = list(world.sources.glob("*.wav"))
        if not audio and not (made and gone == ["purged"]) and gone != ["already gone"]:
            yield f"the audio is gone: {len(made)} drafts, receipts {gone}"
        if audio and "audio purged" in said:
            yield "the audio was said to be purged and is there"
