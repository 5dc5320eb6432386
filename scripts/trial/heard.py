"""Killed: recording, and what becomes of sealed recordings."""

import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import ClassVar

import numpy as np
from typing_extensions import override

from pipeline import consent
from pipeline.audio.spool import Spool
from pipeline.store import Store
from pipeline.types import SAMPLE_RATE
from tests.microphone import RATE, Speaker, tone
from trial.action import CLIENT, CLIP, CONSENT, DICTATION, Action, drafts, named, spooled
from trial.children import PATIENCE, Running
from trial.world import World


class SpoolDrafting(Action):
    """A sealed recording is drafted, and then purged."""

    name, row, kills = "spool-draft", "SIGKILL while a sealed recording is drafted, then purged (`spool draft`)", 16
    whole = int(CLIP * SAMPLE_RATE) * 2

    @override
    def make(self, world: World) -> None:
        spooled(world)

    @override
    def start(self, world: World, *, held: bool = False) -> Running:
        with world.store() as store:
            (one,) = store.spools()
        return world.start("spool", "draft", one.id[:8], held=held)

    @override
    def lost(self, world: World, said: str, confirmed: tuple[str, ...]) -> Iterator[str]:
        with world.store() as store:
            made, gone = drafts(store), [one.outcome for one in store.receipts()]
        left = waiting(world)
        if left not in ([], [self.whole]):
            yield f"of the recording {left} bytes are left"
        if not left and (len(made), gone) != (1, ["purged"]):
            yield f"the recording went: {len(made)} drafts, receipts {gone}"
        yield from (f"draft {one} was shown and is not there" for one in named(r"^Draft (\w{8}),", said) - made)

    @override
    def again(self, world: World) -> None:
        if waiting(world):
            super().again(world)


def waiting(world: World) -> list[int]:
    """Return the bytes of sound of each recording that waits."""
    with world.store() as store:
        found = []
        for one in store.spools():
            with Spool.open(store, one.id) as spool:
                content = spool.read(DICTATION)
                found.append(len(content.data) if content.whole and content.finished else -1)
        return found


class SpoolPurging(Action):
    """A sealed recording is deleted by hand."""

    name, row, kills = "spool-purge", "SIGKILL while a sealed recording is deleted (`spool purge`)", 10

    @override
    def make(self, world: World) -> None:
        spooled(world, 60.0)

    @override
    def start(self, world: World, *, held: bool = False) -> Running:
        with world.store() as store:
            (one,) = store.spools()
        return world.start("spool", "purge", one.id[:8], "--yes", held=held)

    @override
    def lost(self, world: World, said: str, confirmed: tuple[str, ...]) -> Iterator[str]:
        left = waiting(world)
        if left and (left[0] <= 0 or "purged" in said):
            yield f"half purged: {left} bytes left, said to be purged: {'purged' in said}"
        with world.store() as store:
            if not left and [one.outcome for one in store.receipts()] not in (["purged"], ["already gone"]):
                yield "it went without its receipt"

    @override
    def again(self, world: World) -> None:
        if waiting(world):
            super().again(world)


class Capture(Action):
    """Somebody speaks; the microphone is PortAudio over ALSA, which reads a pipe, in real time."""

    command: ClassVar[tuple[str, ...]]
    ends_alike = False
    spoken = 6.0  # seconds

    @override
    def start(self, world: World, *, held: bool = False) -> Running:
        user = world.folder / "user"
        (user / "sound").unlink(missing_ok=True)
        self.speaker = Speaker(user, 1.0, 1)
        return world.start(*self.command, "--no-draft", held=held)

    @override
    def during(self, world: World, running: Running) -> tuple[str, ...]:
        end = time.monotonic() + PATIENCE
        while not running.told and running.alive and time.monotonic() < end:
            time.sleep(0.02)
        until = time.monotonic() + 1.0  # the microphone is opened after the greeting
        while running.alive and time.monotonic() < until:
            time.sleep(0.02)
        self.speaker.spoken = 0
        self.speaker.say(tone(self.spoken))
        while running.alive and not self.speaker.silent:
            time.sleep(0.01)
        spoken = self.speaker.spoken / 2 / RATE
        if running.alive:
            time.sleep(0.3)
            running.signal(signal.SIGINT)
        running.wait()
        self.speaker.close()
        return (f"{spoken:.3f}",)

    @override
    def lost(self, world: World, said: str, confirmed: tuple[str, ...]) -> Iterator[str]:
        heard = 0.0
        with world.store() as store:
            for one in store.spools():
                with Spool.open(store, one.id) as spool:
                    content = spool.read(self.permit(store))
                if not content.whole:
                    yield "a part of what was sealed is damaged"
                heard += float(np.count_nonzero(np.frombuffer(content.data, "<i2")) / SAMPLE_RATE)
        if float(confirmed[0]) - heard >= 1.0:
            yield f"{confirmed[0]} s were spoken, {heard:.3f} s are there"

    @override
    def again(self, world: World) -> None:
        world.do("spool", "list")

    def permit(self, store: Store) -> consent.Permit:
        """Return leave to open what was recorded."""
        raise NotImplementedError


class Dictating(Capture):
    """A dictation."""

    name, row, kills = "dictate", "SIGKILL while somebody dictates (`dictate`), less than 1 s lost", 20
    command = ("dictate",)

    @override
    def make(self, world: World) -> None:
        world.do("queue")

    @override
    def permit(self, store: Store) -> consent.Permit:
        return DICTATION


class Recording(Capture):
    """A session, with consent on file."""

    name, row, kills = "record", "SIGKILL while a session is recorded (`record`), less than 1 s lost", 14
    command = ("record", "--client", CLIENT)

    @override
    def make(self, world: World) -> None:
        world.do(*CONSENT)

    @override
    def permit(self, store: Store) -> consent.Permit:
        return consent.ask("session", CLIENT, ("client",), store.consents(CLIENT), datetime.now(UTC))
