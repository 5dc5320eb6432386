"""Backup and restore: the same record elsewhere, sealed all the way, whatever happens on the way."""

import errno
import hashlib
import io
import itertools
import re
import shutil
import signal
import subprocess
import sys
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import keyring
import pytest
from sqlalchemy import insert

from pipeline import consent
from pipeline.audio.spool import Spool
from pipeline.errors import KeyMissing, Refused, SourceRefused, StoreFault, WrongPassphrase
from pipeline.store import Store, backup
from pipeline.store.backup import MANIFEST, Manifest
from pipeline.store.database import Database
from pipeline.store.migrations import REVISIONS, revision, upgrade
from pipeline.store.schema import meta
from pipeline.types import Consent

from .rings import DictKeyring, no_keyring  # noqa: F401
from .test_evening import Desk, desk  # noqa: F401
from .test_store_sealed import CHILD, PASSPHRASE, WRITES, child, draft, fill, heard, note, opened, posix

DICTATION = consent.ask("dictation", None, (), (), datetime.now(UTC))
DAY = timedelta(days=1)
SOUND = bytes(range(256)) * 64
WORDS = (b"xylophone", b"Quetiapine", b"Klara", b"Abel", PASSPHRASE.encode())


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "stick" / "evenfall.backup"


@pytest.fixture(autouse=True)
def stick(file: Path) -> None:
    file.parent.mkdir()


def recorded(store: Store, sound: bytes = SOUND) -> str:
    with Spool.begin(store, DICTATION, medium="pcm") as spool:
        spool.append(sound)
        spool.finish()
    return spool.spooled.id


def sound_of(store: Store, spool_id: str) -> bytes:
    with Spool.open(store, spool_id) as spool:
        return spool.read(DICTATION).data


def restored(file: Path, home: Path, words: str | None = PASSPHRASE, *, move_aside: bool = False) -> Manifest:
    return Store.restore(file, home, words, actor="Dr. Abel", move_aside=move_aside).manifest


def actions(store: Store) -> list[str]:
    return [event.action for event in store.events()]


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# The whole record, elsewhere


def test_the_record_is_the_same_elsewhere(home: Path, file: Path, tmp_path: Path) -> None:
    with opened(home) as store:
        signed = note(fill(store))
        store.sign(signed)
        fill(store)
        waiting = recorded(store)
        made = store.backup(file)
        events = store.events()
    assert made.recordings == 1
    assert restored(file, tmp_path / "new computer").content == made.content
    with opened(tmp_path / "new computer") as store:
        assert (store.notes(), store.drafts()) == ((signed,), (draft(),))
        assert store.transcript_of("a" * 64, "dictation") == heard()
        assert sound_of(store, waiting) == SOUND
        assert store.events()[: len(events) - 1] == events[:-1]  # all but that the backup was made
        assert actions(store)[len(events) - 1] == "restore backup"
        store.verify_whole()
    assert (events[-1].action, events[-1].subject) == ("back up", hashlib.sha256(file.read_bytes()).hexdigest())
    assert names(home) == {"store.db", "store.json", "store.lock", "spool"}
    assert names(tmp_path / "new computer") == names(home)


@posix
def test_it_is_sealed_and_its_owners_alone(home: Path, file: Path) -> None:
    with opened(home) as store:
        store.sign(note(fill(store)))
        recorded(store)
        store.backup(file)
    assert file.stat().st_mode & 0o777 == 0o600
    data = file.read_bytes()
    assert not any(word in data for word in (*WORDS, SOUND[:64], b"CREATE TABLE"))
    assert names(file.parent) == {file.name}
    with tarfile.open(file) as tar:
        assert {(member.uname, member.mode) for member in tar} == {("", 0o600)}


def test_no_file_is_overwritten_unasked(home: Path, file: Path) -> None:
    file.write_bytes(b"older")
    with opened(home) as store:
        for place in (file, file.parent, file.parent / "nowhere" / "x"):
            with pytest.raises(Refused):
                store.backup(place)
        assert file.read_bytes() == b"older"
        assert "back up" not in actions(store)
        store.backup(file, force=True)
    assert tarfile.is_tarfile(file)


@pytest.mark.parametrize("name", ["backup", "backup.part", "restore.part", "store.db", "store.json"])
def test_evenfalls_own_names_in_its_folder_are_refused(home: Path, name: str) -> None:
    with Store.open(home, PASSPHRASE, actor="Dr. Abel") as store, pytest.raises(Refused, match="Evenfall's own"):
        store.backup(home / name, force=True)
    with Store.open(home, PASSPHRASE, actor="Dr. Abel") as store:
        store.backup(home / "mine")


@pytest.mark.parametrize("full", ["shutil.copyfile", "pipeline.store.backup._unpack_one"])
def test_a_full_disk_of_the_home_folder_is_not_called_the_targets(
    home: Path, file: Path, monkeypatch: pytest.MonkeyPatch, full: str
) -> None:
    def no_room(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    with Store.open(home, PASSPHRASE, actor="Dr. Abel") as store:
        monkeypatch.setattr(full, no_room)
        with pytest.raises(StoreFault, match=re.escape(f"{home}")) as fault:
            store.backup(file)
    assert str(file) not in str(fault.value)


def test_what_was_revoked_since_is_revoked_in_what_is_restored(home: Path, file: Path) -> None:
    now = datetime.now(UTC)
    given = Consent(
        client="K-17", participant="client", scope=("record",), method="written", wording="1", given_at=now - DAY
    )
    with Store.open(home, PASSPHRASE, actor="Dr. Abel") as store:
        for name in ("client", "partner", "mother"):
            store.add_consent(given.replace(participant=name))
        store.revoke_consent("K-17", "mother", now - DAY / 2)
        store.backup(file)
        store.revoke_consent("K-17", "client", now)
        store.add_consent(given.replace(participant="brother"))
    made = Store.restore(file, home, PASSPHRASE, actor="Dr. Abel", move_aside=True)
    assert made.revoked == 1
    with Store.open(home, PASSPHRASE, actor="Dr. Abel") as store:
        standing = {one.participant: one.revoked_at for one in store.consents()}
        assert standing == {"client": now, "partner": None, "mother": now - DAY / 2}
        assert actions(store).count("revoke consent") == 2
        store.verify_audit()
    (home / "store.db").write_bytes(b"no record at all")
    assert Store.restore(file, home, PASSPHRASE, actor="Dr. Abel", move_aside=True).revoked is None


def test_it_is_one_moment_of_a_record_that_others_write(home: Path, file: Path, tmp_path: Path) -> None:
    opened(home).close()
    with child(WRITES, home, "K-1", 1_000_000) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with opened(home) as store:
            for number in range(3):
                store.backup(file, force=number > 0)
        process.send_signal(signal.SIGTERM)
        process.communicate()
    restored(file, tmp_path / "new")
    with opened(tmp_path / "new") as store:
        kept = [int(one.participant) for one in store.consents("K-1")]
        assert kept == list(range(len(kept)))
        assert store.verify_audit() == len(kept) + 1 + 2 + 1  # created, two backups before, restored


def test_a_recording_purged_meanwhile_is_there_as_what_was_made_of_it(
    home: Path, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The draft is kept and the recording purged between the look at what waits and the copy of it."""
    copy = shutil.copyfile

    def late(source: Path, target: Path) -> object:
        if source.suffix == ".spool" and source.exists():
            fill(store)
            with Spool.open(store, waiting) as spool:
                spool.purge(heard()[0].digest)
        return copy(source, target)

    with opened(home) as store:
        waiting = recorded(store)
        with monkeypatch.context() as patch:
            patch.setattr(shutil, "copyfile", late)
            assert store.backup(file).recordings == 0
    restored(file, tmp_path / "new")
    with opened(tmp_path / "new") as store:
        assert (store.spools(), store.drafts()) == ((), (draft(),))


def test_a_recording_begun_meanwhile_is_in_it(
    home: Path, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    copy = shutil.copyfile

    def late(source: Path, target: Path) -> object:
        if source.suffix == ".spool" and not begun:
            begun.append(recorded(store, SOUND[::-1]))
        return copy(source, target)

    with opened(home) as store:
        first = recorded(store)
        with monkeypatch.context() as patch:
            patch.setattr(shutil, "copyfile", late)
            assert store.backup(file).recordings == 2
    restored(file, tmp_path / "new")
    with opened(tmp_path / "new") as store:
        assert (sound_of(store, first), sound_of(store, begun[0])) == (SOUND, SOUND[::-1])


def test_a_recording_whose_bytes_are_gone_holds_nothing_up(home: Path, file: Path) -> None:
    with opened(home) as store:
        gone = recorded(store)
        (store.spool_folder / f"{gone}.spool").unlink()
        assert store.backup(file).recordings == 0


def test_a_backup_of_an_earlier_form_is_brought_up_to_date(
    home: Path, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("pipeline.store.store.upgrade", lambda connection: upgrade(connection, REVISIONS[:3]))
        patch.setattr("pipeline.store.store.REVISIONS", REVISIONS[:3])
        with opened(home) as store:
            fill(store)
            store.backup(file)
    restored(file, tmp_path / "new")
    with opened(tmp_path / "new") as store, store._database.reading() as connection:
        assert revision(connection) == REVISIONS[-1]
        assert store.verify_whole() == 3


# Its key


def test_a_keyrings_key_alone_makes_no_backup_until_there_is_a_recovery_key(
    home: Path, file: Path, tmp_path: Path
) -> None:
    keyring.set_keyring(DictKeyring())
    with opened(home, None) as store:
        fill(store)
        with pytest.raises(Refused, match="keyring alone"):
            store.backup(file)
        assert not file.exists()
        shown = store.make_recovery_key()
        store.backup(file)
    keyring.set_keyring(DictKeyring())  # another computer's
    with pytest.raises(KeyMissing):
        restored(file, tmp_path / "new", None)
    restored(file, tmp_path / "new", shown)
    with opened(tmp_path / "new", shown) as store:
        assert store.drafts() == (draft(),)


def test_a_passphrase_for_a_restored_copy_takes_no_key_from_the_living_record(
    home: Path, file: Path, tmp_path: Path
) -> None:
    ring, look = DictKeyring(), tmp_path / "look"
    keyring.set_keyring(ring)
    with opened(home, None) as store:
        store.make_recovery_key()
        store.backup(file)
    restored(file, look, None)
    assert len(ring.held) == 2
    with opened(look, None) as store:
        store.change_passphrase(PASSPHRASE)
    assert len(ring.held) == 1
    opened(look).close()
    opened(home, None).close()


def test_a_restored_copy_deletes_no_key_that_the_living_record_left_and_took_again(
    home: Path, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring.set_keyring(DictKeyring())
    with opened(home, None) as store:
        with monkeypatch.context() as patch:
            patch.setattr(DictKeyring, "delete_password", None)  # it fails: the key is left there for now
            store.change_passphrase(PASSPHRASE)
            store.backup(file)
        store.change_passphrase(None)
    restored(file, tmp_path / "look")
    opened(tmp_path / "look").close()
    opened(home, None).close()


def test_it_opens_with_the_passphrase_of_then(home: Path, file: Path, tmp_path: Path) -> None:
    with opened(home) as store:
        store.backup(file)
        store.change_passphrase("another passphrase")
    with pytest.raises(WrongPassphrase):
        restored(file, tmp_path / "new", "another passphrase")
    assert names(tmp_path / "new") == {"store.lock"}
    restored(file, tmp_path / "new")


# What is there already


def test_a_record_is_not_overwritten_but_moved_aside_if_asked(home: Path, file: Path) -> None:
    with opened(home) as store:
        store.backup(file)
        fill(store)
        waiting = recorded(store)
    with pytest.raises(Refused, match="--move-aside"):
        restored(file, home)
    with opened(home) as store:
        assert store.drafts() == (draft(),)
    restored(file, home, move_aside=True)
    with opened(home) as store:
        assert store.drafts() == ()
    (aside,) = home.glob("aside-*")
    with opened(aside) as store:
        assert store.drafts() == (draft(),)
        assert sound_of(store, waiting) == SOUND
        store.verify_whole()


# Damage and tricks


@pytest.mark.parametrize("part", range(12))
def test_damage_anywhere_is_seen_and_nothing_is_put_in_place(home: Path, file: Path, tmp_path: Path, part: int) -> None:
    with opened(home) as store:
        fill(store)
        recorded(store)
        store.backup(file)
    data = bytearray(file.read_bytes())
    with tarfile.open(file) as tar:
        inside = [(member.offset_data, member.size) for member in tar]
    offset, size = inside[part % len(inside)]
    data[offset + size * part // 12] ^= 4
    file.write_bytes(data)
    with pytest.raises((SourceRefused, StoreFault)) as caught:
        restored(file, tmp_path / "new")
    assert not any(word.decode() in str(caught.value) for word in WORDS)
    assert names(tmp_path / "new") == {"store.lock"}


@pytest.mark.parametrize("keep", [0, 1, 511, 5_000, 20_000, 60_000])
def test_a_cut_file_is_seen(home: Path, file: Path, tmp_path: Path, keep: int) -> None:
    with opened(home) as store:
        fill(store)
        store.backup(file)
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(SourceRefused):
        restored(file, tmp_path / "new")


def packed(file: Path, members: list[tarfile.TarInfo], content: bytes) -> None:
    with tarfile.open(file, "w") as tar:
        for member in members:
            member.size = len(content) if member.isreg() else 0
            tar.addfile(member, io.BytesIO(content))


def named(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, link
    return member


@pytest.mark.parametrize(
    "member",
    [
        named("../outside"),
        named("/tmp/outside"),  # noqa: S108 (a trick, never written)
        named("spool/../../outside"),
        named("spool/" + "a" * 32 + ".spool/x"),
        named("store.db", tarfile.SYMTYPE, "/etc/passwd"),
        named("store.db", tarfile.LNKTYPE, "../outside"),
        named("store.db", tarfile.FIFOTYPE),
        named("store.db-wal"),
        named("store.lock"),
    ],
    ids=lambda member: f"{member.name[-24:]} {member.type.decode()}",
)
def test_a_made_up_backup_writes_nothing_elsewhere(tmp_path: Path, file: Path, member: tarfile.TarInfo) -> None:
    digest = hashlib.sha256(b"made up").hexdigest()
    files = tuple((name, digest) for name in dict.fromkeys((member.name, "store.db", "store.json")))
    manifest = Manifest(made_at=datetime.now(UTC), files=files, content=digest)
    with tarfile.open(file, "w") as tar:
        for one, content in ((named(MANIFEST), manifest.model_dump_json().encode()), (member, b"made up")):
            one.size = len(content) if one.isreg() else 0
            tar.addfile(one, io.BytesIO(content))
    with pytest.raises(SourceRefused):
        restored(file, tmp_path / "new")
    assert names(tmp_path) == {"stick", "new"}
    assert names(tmp_path / "new") == {"store.lock"}


@pytest.mark.parametrize("content", [b"", b"no tar at all " * 99, b"\0" * 10240])
def test_what_is_no_backup_is_refused(file: Path, tmp_path: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(SourceRefused):
        restored(file, tmp_path / "new")
    with pytest.raises(SourceRefused):
        restored(tmp_path / "not there", tmp_path / "new")


def test_what_cannot_be_read_back_is_no_backup(home: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stick that takes every byte and gives back others."""
    pack: Callable[[Path, Path, Manifest], None] = backup._pack

    def forgetful(part: Path, work: Path, manifest: Manifest) -> None:
        pack(part, work, manifest)
        data = bytearray(part.read_bytes())
        data[len(data) // 2] ^= 1
        part.write_bytes(data)

    with opened(home) as store:
        fill(store)
        with monkeypatch.context() as patch, pytest.raises(StoreFault, match="read back"):
            patch.setattr(backup, "_pack", forgetful)
            store.backup(file)
        assert "back up" not in actions(store)
    assert names(file.parent) == set()


def test_a_backup_that_cannot_be_recorded_is_not_made(home: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Store, action: str, subject: str = "") -> None:
        raise StoreFault("The store cannot grow: the disk is full.", "Make room on the disk, then try again.")

    with opened(home) as store, monkeypatch.context() as patch, pytest.raises(StoreFault, match="full"):
        patch.setattr(Store, "record", full)
        store.backup(file)
    assert names(file.parent) == set()


# Kills

KILLED = """
done = 0
def counting(call):
    def counted(*args, **kwargs):
        global done
        done += 1
        if done == count:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*args, **kwargs)
    return counted
for module, call in ((os, "replace"), (os, "fsync"), (os, "mkdir"), (os, "open")):
    setattr(module, call, counting(getattr(module, call)))
"""
BACKS_UP = (
    """
file = home.parent / "stick" / "evenfall.backup"
with Store.open(home, "a long passphrase", actor="Dr. Abel") as store:
"""
    + KILLED.replace("\n", "\n    ")
    + """
    store.backup(file, force=True)
"""
)
RESTORES = (
    KILLED
    + """
file = home.parent / "stick" / "evenfall.backup"
Store.restore(file, home, "a long passphrase", actor="Dr. Abel", move_aside=name == "aside")
"""
)


def killed(script: str, home: Path, name: str, at: int) -> bool:
    """Run a child that is killed at its `at`-th call that changes the disk; false where it ended before."""
    command = [sys.executable, "-c", CHILD + script, str(home), name, str(at)]
    code = subprocess.run(command, cwd=Path(__file__).parents[1], check=False).returncode
    assert code in (0, -signal.SIGKILL)
    return code != 0


@posix
@pytest.mark.parametrize("at", [1, 3, 6, 9, 12, 15])
def test_a_killed_backup_leaves_the_older_one_or_a_whole_one(home: Path, file: Path, tmp_path: Path, at: int) -> None:
    with opened(home) as store:
        recorded(store)
        store.backup(file)
        fill(store)
    older = file.read_bytes()
    was_killed = killed(BACKS_UP, home, "-", at)
    assert was_killed or at > 9
    restored(file, tmp_path / "new")
    assert file.read_bytes() == older or not was_killed or at > 9
    with opened(home) as store:  # nothing of the broken-off one hinders the next
        store.backup(file, force=True)
        assert store.drafts() == (draft(),)
    assert names(home) == {"store.db", "store.json", "store.lock", "spool"}
    assert names(file.parent) == {file.name}


@posix
@pytest.mark.parametrize("there", ["nothing", "aside"])
@pytest.mark.parametrize("at", [2, 5, 8, 11, 13, 15, 17, 19, 21, 23, 25])
def test_a_killed_restore_is_done_again_and_loses_nothing(
    home: Path, file: Path, tmp_path: Path, there: str, at: int
) -> None:
    source = tmp_path / "source"
    with opened(source) as store:
        signed = note(fill(store))
        store.sign(signed)
        waiting = recorded(store)
        store.backup(file)
    if there == "aside":
        with opened(home) as store:
            fill(store)
    killed(RESTORES, home, there, at)
    if not (home / "store.json").exists() or (there == "aside" and not list(home.glob("aside-*"))):
        restored(file, home, move_aside=there == "aside")
    elif not (home / "store.db").exists():
        restored(file, home, move_aside=True)
    with opened(home) as store:
        if not store.notes():  # killed before anything was moved
            assert store.drafts() == (draft(),)
            return
        assert store.notes() == (signed,)
        assert sound_of(store, waiting) == SOUND
        store.verify_whole()
    if there == "aside":
        folders = sorted(home.glob("aside-*"), reverse=True)  # what was moved first counts
        pieces = {path.name: path for folder in folders for path in folder.iterdir()}
        (tmp_path / "old").mkdir()
        for name in ("store.db", "store.json"):
            shutil.copy(pieces[name], tmp_path / "old" / name)
        with opened(tmp_path / "old") as store:
            assert store.drafts() == (draft(),)


# Looking for damage


def test_damage_to_the_file_is_said_when_it_is_opened(home: Path) -> None:
    with opened(home) as store:
        fill(store)
        store.keep_transcript(heard()[0], heard()[1].replace(engine="x" * 400_000), None)
    data = bytearray((home / "store.db").read_bytes())
    data[len(data) // 2] ^= 1
    (home / "store.db").write_bytes(data)
    with pytest.raises(StoreFault, match="damaged") as caught:
        opened(home)
    assert "evenfall restore" in str(caught.value) or "backup" in str(caught.value)


def test_a_large_record_is_looked_over_for_a_moment_only(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(home) as store:
        with store._database.writing() as connection:
            connection.execute(insert(meta), [{"key": str(number), "value": "x" * 500} for number in range(10_000)])
        assert isinstance(store._database, Database)
        looks = itertools.count()  # at the clock, on which a second goes by between two
        monkeypatch.setattr("pipeline.store.database.time", SimpleNamespace(monotonic=lambda: float(next(looks))))
        store._database.look_over(budget=0.0)
        assert next(looks) == 2  # it looked when it began, and once more: it ended there
        store._database.look_over(budget=1_000_000.0)
        assert next(looks) > 10
        store.verify_whole()


def test_a_value_that_is_not_what_was_put_in_is_found(home: Path) -> None:
    from sqlalchemy import text

    with opened(home) as store:
        fill(store)
        with store._database.writing() as connection:
            connection.execute(text("UPDATE transcripts SET payload = replace(payload, 'sleepy', 'lively')"))
        with pytest.raises(StoreFault, match="transcript in the store is not what was put in"):
            store.verify_whole()


# The commands


def test_back_up_here_restore_there_by_the_commands(desk: Desk, file: Path, tmp_path: Path) -> None:  # noqa: F811
    draft = desk.json("draft", desk.file("dictation.txt"))[0]
    said = desk.run("backup", file)
    assert said.returncode == 0, said.stderr
    assert "restored beside the record and compared" in said.stdout
    assert desk.run("backup", file).returncode == 3
    assert desk.run("restore", file).returncode == 3
    there = Desk(tmp_path / "there")
    there.root.mkdir()
    restored = desk.run("restore", file, "--home", there.home)
    assert restored.returncode == 0, restored.stderr
    assert "What was deleted since then is back" in restored.stdout
    assert "revoked since then stand again" in restored.stdout
    assert [one["digest"] for one in there.json("queue")] == [draft["digest"]]
    assert "every page and all 3 values whole" in there.run("doctor", "--verify").stdout
    assert there.run("audit", "verify").returncode == 0


def test_the_commands_say_what_a_recording_in_a_backup_means(desk: Desk, file: Path) -> None:  # noqa: F811
    with Store.open(desk.home, desk.passphrase, actor="ruiz") as store:
        recorded(store)
    assert "What is purged here later stays in it" in desk.run("backup", file).stdout
