"""What is killed: an action with the world that it begins in, what it confirmed by answering, and how it goes on."""

import re
import wave
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import ClassVar

from pipeline import consent
from pipeline.audio.spool import Spool
from pipeline.store import Store
from tests import pages
from trial.children import Running
from trial.world import World

CLIENT = pages.CLIENT
DICTATION = consent.ask("dictation", None, (), (), datetime.now(UTC))
CLIP = 12.0  # seconds of the bundled dictation
SIGNING = ("--name", "Jane Doe", "--credentials", "LCSW")
CONSENT = ("consent", "add", "--client", CLIENT, "--participant", "client")


class Action:
    """One thing that a clinician does, killed on its way."""

    name: ClassVar[str]
    row: ClassVar[str]  # in the table: "SIGKILL while ..."
    kills: ClassVar[int]
    ends: ClassVar[tuple[int, ...]] = (0,)  # exit codes of its own when nobody kills it
    starts: ClassVar[tuple[int, ...]] = (0,)  # exit codes of the next start
    ends_alike: ClassVar[bool] = True  # gone on with, it ends as it does without a kill

    def make(self, world: World) -> None:
        """Make what the action begins with."""
        raise NotImplementedError

    def start(self, world: World, *, held: bool = False) -> Running:
        """Begin it."""
        raise NotImplementedError

    def during(self, world: World, running: Running) -> tuple[str, ...]:
        """Use it until it ends; return what it confirmed besides what it printed."""
        running.wait()
        return ()

    def settle(self, world: World) -> None:
        """Find out, once it is dead, what the next start has to know."""

    def lost(self, world: World, said: str, confirmed: tuple[str, ...]) -> Iterator[str]:
        """Yield what it confirmed before it died and is not there after the next start."""
        raise NotImplementedError

    def lost_in_the_end(self, world: World) -> Iterator[str]:
        """Yield what is not there once it was done again."""
        yield from ()

    def again(self, world: World) -> None:
        """Do it again, or go on with it, to its end."""
        running = self.start(world)
        self.during(world, running)
        if (code := running.wait()) not in self.ends:
            raise RuntimeError(f"done again it ends with {code}: {running.told[-300:]}")


def drafts(store: Store) -> set[str]:
    """Return the first characters of each draft's digest, as commands show them."""
    return {draft.digest[:8] for draft in store.drafts()}


def named(pattern: str, said: str) -> set[str]:
    """Return what a pattern picks out of the lines that were said."""
    return set(re.findall(pattern, said, re.MULTILINE))


def spooled(world: World, seconds: float = CLIP) -> bytes:
    """Have a sealed recording wait, of the bundled dictation; return its samples."""
    with wave.open(str(pages.SPOKEN)) as whole:
        samples = bytes(whole.readframes(int(seconds * whole.getframerate())))
    with world.store() as store, Spool.begin(store, DICTATION, medium="pcm") as spool:
        spool.append(samples)
        spool.finish()
    return samples


def record(world: World) -> None:
    """Make a record with a signed note, a draft and a recording that waits."""
    world.do("draft", world.source("monday.txt", pages.DICTATION), "--client", CLIENT)
    world.do("review", *SIGNING, typed=world.answers())
    world.do("draft", world.source("tuesday.txt", pages.SECOND), "--client", CLIENT)
    spooled(world)
