"""A watched folder, by the real command: files that arrive in pieces, twice, too early; and a watch that is killed."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from pipeline import workflow
from pipeline.config import Settings
from pipeline.intake import Arrivals, load_rules, ticks
from pipeline.intake.arrivals import is_being_written
from pipeline.store import Store

from .test_evening import DICTATION, SAMPLE, VTT, Desk

PATIENCE: Final = 90.0  # seconds; far more than anything here takes
QUICK: Final = "watch: {still_seconds: 0.5, look_seconds: 0.1}\n"
OTHER: Final = DICTATION.replace("four most nights", "five most nights")
STOPPED: Final = "Stopped. What was finished is kept"


class Watching:
    """A watch that runs as a process of its own, and the lines that it has said."""

    def __init__(self, desk: Desk, *options: str, path: str | None = None) -> None:
        command = [sys.executable, "-u", "-c", "from pipeline.cli import main; main()", "watch", str(folder(desk))]
        environment = {**desk.environment(), **({"PATH": path} if path else {})}
        self.process = subprocess.Popen(
            [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        )
        self.lines: list[str] = []
        self._heard = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            with self._heard:
                self.lines.append(line.rstrip())
                self._heard.notify_all()

    def wait(self, words: str, times: int = 1) -> str:
        """Wait until so many lines hold these words, and return the last."""
        with self._heard:
            done = self._heard.wait_for(lambda: sum(words in line for line in self.lines) >= times, PATIENCE)
        assert done, f"no {words!r} in {self.lines}"
        return [line for line in self.lines if words in line][-1]

    def end(self, number: int = signal.SIGTERM) -> int:
        """End it by a signal and return its exit status."""
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        assert self.process.stdout
        self.process.stdout.close()
        return code


@contextmanager
def watching(desk: Desk, *options: str, path: str | None = None) -> Iterator[Watching]:
    """Watch until the block ends; what it said last is that it was stopped."""
    started = Watching(desk, *options, path=path)
    try:
        started.wait("Watching 1 folder")
        yield started
        assert started.end() == 0
        assert STOPPED in started.lines[-1]
    finally:
        if started.process.poll() is None:
            started.end(signal.SIGKILL)


def folder(desk: Desk) -> Path:
    return desk.root / "Synced in"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path)
    made.home.mkdir()
    (made.home / "intake.yaml").write_text(QUICK)
    folder(made).mkdir()
    return made


def sound(seconds: int = 12) -> bytes:
    """Return a WAV file with the first seconds of the bundled dictation."""
    from io import BytesIO

    made = BytesIO()
    with wave.open(str(SAMPLE)) as whole, wave.open(made, "wb") as part:
        part.setparams(whole.getparams())
        part.writeframes(whole.readframes(seconds * whole.getframerate()))
    return made.getvalue()


def in_pieces(path: Path, content: bytes, pause: float) -> None:
    """Write a file as a slow transfer does: opened anew for each piece, so that only its growing tells."""
    for start in range(0, len(content), len(content) // 5):
        with path.open("ab") as file:
            file.write(content[start : start + len(content) // 5])
        time.sleep(pause)


@contextmanager
def record(desk: Desk) -> Iterator[Store]:
    with Store.open(desk.home, desk.passphrase, actor="test") as store:
        yield store


def test_what_is_synced_in_is_drafted_when_it_is_whole_and_its_sound_goes(desk: Desk) -> None:
    there = folder(desk) / "AB12 2026-03-31 dictation.wav"
    there.write_bytes(sound(11))
    with watching(desk, "--model", "rough") as watch:
        watch.wait("audio purged")  # it was there at the start
        slow = folder(desk) / "K7 2026-04-01 dictation.wav"
        in_pieces(slow, sound(12), pause=0.3)  # each piece within the half second
        part = folder(desk) / "Marmalade.txt.part"
        part.write_text(DICTATION)
        watch.wait("audio purged", times=2)
        part.rename(folder(desk) / "C3 memo.txt")
        text = watch.wait("drafted as", times=3)
        assert "purged" not in text  # a typed dictation is no raw audio
        copy = folder(desk) / "C3 summary.txt"
        copy.write_text(DICTATION)
        assert "left alone" in watch.wait("drafted before")
    assert sorted(path.name for path in folder(desk).iterdir()) == ["C3 memo.txt", "C3 summary.txt"]
    with record(desk) as store:
        drafts = {draft.client: draft for draft in store.drafts()}
        assert set(drafts) == {"AB12", "K7", "C3"}
        receipts = store.receipts()
        assert {receipt.recording for receipt in receipts} == {drafts["AB12"].recording, drafts["K7"].recording}
        assert {receipt.outcome for receipt in receipts} == {"purged"}
        assert store.pending_purges() == ()
        store.verify_audit()
        assert [event.action for event in store.events()].count("schedule purge") == 2
    said = "\n".join(watch.lines)
    assert [name for name in ("AB12", "K7", "C3", "Marmalade", "Synced") if name in said] == []


def test_what_lacks_something_is_told_once_and_drafted_when_it_is_there(desk: Desk) -> None:
    session, memo = folder(desk) / "zoom.vtt", folder(desk) / "New Recording 12.wav"
    session.write_text(VTT)
    memo.write_bytes(sound())
    with watching(desk, "--model", "rough") as watch:
        watch.wait("Nothing says whose it is", times=2)
        (folder(desk) / "zoom.yaml").write_text("client: K7\nkind: session\n")
        watch.wait("There is no consent on file")
        (folder(desk) / "zoom.json").write_text('{"client": "K7", "colour": "red"}')
        watch.wait("colour")
        (folder(desk) / "zoom.json").unlink()
        assert desk.run("consent", "add", "--client", "K7", "--participant", "client").returncode == 0
        watch.wait("drafted as")
        assert memo.exists()
        (folder(desk) / "New Recording 12.yaml").write_text("client: K7\nkind: dictation\n")
        watch.wait("audio purged")
    assert sum("Nothing says whose it is" in line for line in watch.lines) == 2
    assert not memo.exists()
    assert session.exists()


def test_what_cannot_be_drafted_is_neither_purged_nor_stops_the_rest(desk: Desk) -> None:
    with wave.open(str(folder(desk) / "AB12 dictation.wav"), "wb") as silence:
        silence.setnchannels(1)
        silence.setsampwidth(2)
        silence.setframerate(16_000)
        silence.writeframes(bytes(160_000))
    (folder(desk) / "B2 dictation.m4a").write_bytes(b"no sound at all" * 100)
    (folder(desk) / "C3 dictation.txt").write_text(DICTATION)
    with watching(desk, "--model", "rough") as watch:
        watch.wait("drafted as")
        assert len([line for line in watch.lines if ": " in line]) == 3
    assert len(list(folder(desk).iterdir())) == 3
    assert len(desk.json("queue")) == 1


def test_killed_at_any_moment_it_loses_nothing_and_drafts_nothing_twice(desk: Desk) -> None:
    names = ("AB12 dictation.wav", "K7 dictation.wav")
    for number, name in enumerate(names):
        (folder(desk) / name).write_bytes(sound(10 + number))
    (folder(desk) / "C3 dictation.txt").write_text(OTHER)
    for delay in (random.uniform(0, 1.0), random.uniform(0, 3.0), random.uniform(0, 5.0)):
        killed = Watching(desk, "--model", "rough")
        killed.wait("Watching 1 folder")
        time.sleep(delay)
        killed.end(signal.SIGKILL)
        with record(desk) as store:
            drafted = {draft.client for draft in store.drafts()}
            gone = [name for name in names if not (folder(desk) / name).exists()]
            assert [name for name in gone if name.split()[0] not in drafted] == []
    with watching(desk, "--model", "rough") as watch:
        while any((folder(desk) / name).exists() for name in names):
            time.sleep(0.1)
            assert watch.process.poll() is None
        while not any("drafted" in line and "audio" not in line for line in watch.lines):
            time.sleep(0.1)
            assert watch.process.poll() is None
    with record(desk) as store:
        assert sorted(draft.client or "" for draft in store.drafts()) == ["AB12", "C3", "K7"]
        assert [event.action for event in store.events()].count("keep draft") == 3
        outcomes = [receipt.outcome for receipt in store.receipts()]
        assert outcomes == ["purged", "purged"]


def drafted(desk: Desk, source: Path, *, keep: bool = False) -> None:
    """Draft a file as the watch does, and stop before its sound goes."""
    order = workflow.Order(source=source, kind="dictation", client="AB12", model="rough", keep_source=keep)
    with record(desk) as store:
        workflow.draft_source(order, store, settings(desk), lambda done, total: None)


def settings(desk: Desk) -> Settings:
    return Settings(home=desk.home)


@pytest.mark.parametrize("scheduled", [False, True])
def test_killed_between_draft_and_purge_the_sound_goes_at_the_next_start(
    desk: Desk,
    *,
    scheduled: bool,
) -> None:
    source = folder(desk) / "AB12 dictation.wav"
    source.write_bytes(sound())
    drafted(desk, source)
    if scheduled:
        with record(desk) as store:
            assert store.purge_source(store.drafts()[0].recording, source)
    with watching(desk, "--model", "rough") as watch:
        if not scheduled:
            assert "audio purged" in watch.wait("drafted before")
    with record(desk) as store:
        assert not source.exists()
        assert [receipt.outcome for receipt in store.receipts()] == ["purged"]
        assert len(store.drafts()) == 1


def test_only_the_very_file_that_was_drafted_is_purged(desk: Desk) -> None:
    """A changed file, a copy elsewhere, and one that is to be kept stay; so does sound without a draft."""
    source, copy = folder(desk) / "AB12 dictation.wav", folder(desk) / "AB12 again.wav"
    source.write_bytes(sound())
    copy.write_bytes(sound())
    drafted(desk, source)
    with record(desk) as store:
        (made,) = store.drafts()
        assert workflow.purge_drafted(made, copy, store) == ()
        source.write_bytes(sound(5))
        (receipt,) = workflow.purge_drafted(made, source, store)
        assert receipt.outcome == "changed, left in place"
        assert workflow.purge_drafted(made, source, store) == ()
    assert source.exists()
    assert copy.exists()
    kept = folder(desk) / "kept.wav"
    kept.write_bytes(sound(13))
    drafted(desk, kept, keep=True)
    with record(desk) as store:
        made = next(draft for draft in store.drafts() if draft != made)
        assert workflow.purge_drafted(made, kept, store) == ()
    assert kept.exists()


@pytest.mark.parametrize(
    ("sidecar", "said"),
    [("client: B2\nkind: dictation\n", "for another client"), ("client: AB12\nkind: session\n", "as a dictation, not")],
)
def test_a_draft_that_is_of_another_client_or_kind_is_told_and_no_sound_goes(
    desk: Desk, sidecar: str, said: str
) -> None:
    source = folder(desk) / "New Recording 12.wav"
    source.write_bytes(sound())
    drafted(desk, source)
    source.with_suffix(".yaml").write_text(sidecar)
    with watching(desk, "--model", "rough") as watch:
        assert "the file is left as it is" in watch.wait(said)
        assert source.exists()
        source.with_suffix(".yaml").write_text("client: AB12\nkind: dictation\n")
        assert "audio purged" in watch.wait("drafted before")
    assert not source.exists()
    with record(desk) as store:
        assert len(store.drafts()) == 1


def test_sound_that_was_heard_but_not_drafted_stays(desk: Desk) -> None:
    source = folder(desk) / "AB12 dictation.wav"
    source.write_bytes(sound())
    order = workflow.Order(source=source, kind="dictation", client="AB12", model="rough")
    with record(desk) as store:
        recording, transcript = workflow.transcribe(order, store, settings(desk), lambda done, total: None)
        store.keep_transcript(recording, transcript, source)
        assert not store.purge_source(recording.digest, source)
        assert store.pending_purges() == ()


def test_polling_keeping_the_source_and_a_notification_with_counts(desk: Desk) -> None:
    log, tools = desk.root / "shown", desk.root / "bin"
    tools.mkdir()
    (tools / "notify-send").write_text(f'#!/bin/sh\necho "$@" >> {log}\n')
    (tools / "notify-send").chmod(0o755)
    kept = folder(desk) / "AB12 dictation.wav"
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    with watching(desk, "--model", "rough", "--poll", "--keep-source", "--notify", path=path) as watch:
        kept.write_bytes(sound())
        assert "purged" not in watch.wait("drafted as")
        (folder(desk) / "Marmalade.txt").write_text(DICTATION)
        watch.wait("Nothing says whose")
        refused = desk.run("watch", folder(desk))
        assert refused.returncode == 3
        assert "Another watch works for this record" in refused.stderr
    assert kept.exists()
    shown = log.read_text()
    assert "1 draft waits." in shown
    assert "1 draft waits, 1 file needs you." in shown
    assert "AB12" not in shown
    assert "armalade" not in shown


def test_a_file_is_complete_when_it_is_still_and_nobody_writes(desk: Desk) -> None:
    (desk.home / "intake.yaml").write_text("watch: {still_seconds: 10}\n")
    arrivals = Arrivals((folder(desk),), load_rules(desk.home))
    path = folder(desk) / "AB12 dictation.txt"
    path.write_text("Mood: calm.")
    assert arrivals.settled(100.0) == {}
    assert arrivals.settled(109.0) == {}
    assert list(arrivals.settled(110.0)) == [path]
    assert not arrivals.restless
    with path.open("a") as file:
        file.write(" And rested.")
    assert arrivals.settled(111.0) == {}
    assert arrivals.restless
    assert list(arrivals.settled(121.0)) == [path]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who has a file open")
def test_a_file_that_somebody_has_open_to_write_is_not_complete(desk: Desk) -> None:
    path = folder(desk) / "AB12 dictation.wav"
    path.write_bytes(b"sound")
    program = "import sys; file = open(sys.argv[1], 'ab'); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", program, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout
        assert writer.stdin
        writer.stdout.readline()
        assert is_being_written(path)
        writer.stdin.close()
        writer.wait(PATIENCE)
    assert not is_being_written(path)
    with path.open("rb"):
        assert not is_being_written(path)


def test_a_folder_that_goes_and_comes_back_is_watched_on(desk: Desk) -> None:
    """As with a stick that is pulled out: its own notifications end with it."""
    looks = ticks((folder(desk),), 0.2, threading.Event(), poll=False)
    assert next(looks) is False
    folder(desk).rmdir()
    threading.Timer(0.5, folder(desk).mkdir).start()
    while not folder(desk).exists():
        next(looks)
    while next(looks):  # until it is quiet again
        pass
    (folder(desk) / "AB12 dictation.txt").write_text("Mood: calm.")
    assert any(next(looks) for _ in range(20))


def test_a_folder_that_is_not_there_is_told(desk: Desk) -> None:
    result = desk.run("watch", desk.root / "nowhere")
    assert result.returncode == 3
    assert "There is no such folder" in result.stderr
