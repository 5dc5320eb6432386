"""Killed: what keeps a record: a newer form of it, backup and restore, the passphrase, what expires."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from typing_extensions import override

from pipeline import workflow
from pipeline.errors import EvenfallError, WrongPassphrase
from pipeline.store import Store
from tests import pages
from trial.action import CLIENT, Action, record
from trial.children import Running
from trial.world import USER, World

NEW = "another passphrase 9"


@contextmanager
def older() -> Iterator[None]:
    """Have records made in their first form while the block runs."""
    from pipeline.store import store
    from pipeline.store.migrations import REVISIONS, upgrade

    first = REVISIONS[:1]
    with (
        patch.object(store, "REVISIONS", first),
        patch.object(store, "upgrade", lambda connection: upgrade(connection, first)),
    ):
        yield


class Migrating(Action):
    """A record of an earlier form is opened."""

    name, row, kills = "migrate", "SIGKILL while a record of an earlier form is opened", 12

    @override
    def make(self, world: World) -> None:
        from tests.test_store_sealed import fill

        with older(), world.store() as store:
            fill(store)

    @override
    def start(self, world: World, *, held: bool = False) -> Running:
        return world.start("queue", held=held)

    @override
    def lost(self, world: World, said: str, confirmed: tuple[str, ...]) -> Iterator[str]:
        from tests.test_store_sealed import draft

        with world.store() as store:
            if store.drafts() != (draft(),):
                yield "the draft is not there as it was"


class _Backed(Action):
    """There is a backup, and a record that has gone on since."""

    @override
    def make(self, world: World) -> None:
        record(world)
        world.do("backup", world.out / "evenfall.backup")
        world.do("draft", world.source("wednesday.txt", pages.DICTATION + "She laughed."), "--client", CLIENT)


class BackingUp(_Backed):
    """A newer backup is made in the place of an older one."""

    name, row, kills = "backup", "SIGKILL while a backup is made (`backup`)", 14

    @override
    def start(self, world: World, *, held: bool = False) -> Running:
        return world.start("backup", world.out / "evenfall.backup", "--force", held=held)

    @override
    def lost(self, world: World, said: str, confirmed: tuple[str, ...]) -> Iterator[str]:
        proof = world.folder / "proof"
        try:
            Store.restore(world.out / "evenfall.backup", proof, world.words, actor=USER)
        except EvenfallError as error:
            yield f"no backup is left that restores: {error.what}"
            return
        with world.store(proof) as store:
            count = len(store.drafts())
        if count < (2 if "Written" in said else 1):
            yield f"the backup was said to be written and holds {count} drafts"
        shutil.rmtree(proof)


class Restoring(_Backed):
    """A backup is restored over a record that has gone on since, which is moved aside."""

    name, row, kills = "restore", "SIGKILL while a backup is restored, the record there moved aside (`restore`)", 14
    starts = (0, 4)  # between the two records there is none; it says so

    @override
    def start(self, world: World, *, held: bool = False) -> Running:
        return world.start("restore", world.out / "evenfall.backup", "--move-aside", held=held)

    @override
    def lost(self, world: World, said: str, confirmed: tuple[str, ...]) -> Iterator[str]:
        counts = []
        for home in (world.home, *world.home.glob("aside-*")):
            if (home / "store.json").exists() and (home / "store.db").exists():
                with world.store(home) as store:
                    store.verify_whole()
                    counts.append(len(store.drafts()))
        if "whole" in said and counts[:1] != [1]:
            yield f"the backup was said to be in place; drafts found: {counts}"

    @override
    def lost_in_the_end(self, world: World) -> Iterator[str]:
        counts = []
        for home in world.home.glob("aside-*"):
            if (home / "store.json").exists() and (home / "store.db").exists():
                with world.store(home) as store:
                    counts.append(len(store.drafts()))
        if 2 not in counts:
            yield f"the record that was there is nowhere whole; drafts found aside: {counts}"


class Rekeying(Action):
    """The passphrase is changed."""

    name, row, kills = "passphrase", "SIGKILL while the passphrase is changed (`passphrase`)", 14

    @override
    def make(self, world: World) -> None:
        record(world)

    @override
    def start(self, world: World, *, held: bool = False) -> Running:
        return world.start("passphrase", typed=f"{world.words}\n{NEW}\n{NEW}\n", held=held)

    @override
    def settle(self, world: World) -> None:
        try:
            world.store().close()
        except WrongPassphrase:
            world.words = NEW

    @override
    def lost(self, world: World, said: str, confirmed: tuple[str, ...]) -> Iterator[str]:
        if "The new passphrase opens" in said and world.words != NEW:
            yield "the new passphrase was said to open the record and does not"

    @override
    def again(self, world: World) -> None:
        if world.words != NEW:
            super().again(world)
            world.words = NEW


class Expiring(Action):
    """Drafts that have expired are deleted with their transcripts."""

    name, row, kills = "retention", "SIGKILL while expired drafts are deleted (`retention apply`)", 12

    @override
    def make(self, world: World) -> None:
        record(world)
        world.more = {"EVENFALL_DRAFT__EXPIRES_DAYS": "0.00001"}
        world.source("wednesday.txt", pages.DICTATION + "She laughed.")
        world.source("thursday.txt", pages.DICTATION + "She brought a cake.")
        for name in ("wednesday.txt", "thursday.txt"):
            world.do("draft", world.sources / name, "--client", CLIENT)
        with world.store() as store:
            (world.folder / "expired").write_text(
                "\n".join(d.recording for d in store.drafts() if d.expires_at < workflow.now())
            )

    @override
    def start(self, world: World, *, held: bool = False) -> Running:
        return world.start("retention", "apply", "--yes", held=held)

    @override
    def lost(self, world: World, said: str, confirmed: tuple[str, ...]) -> Iterator[str]:
        expired = (world.folder / "expired").read_text().split()
        with world.store() as store:
            there = {draft.recording for draft in store.drafts()}
            gone = {receipt.recording for receipt in store.receipts()}
        for recording in expired:
            if (recording in there) == (recording in gone):
                yield "a draft is gone without a receipt, or has one and is there"
            if f"of recording {recording[:8]}: purged" in said and recording in there:
                yield "a draft was said to be deleted and is there"
