"""The sealed spool: nothing in clear on the disk, every change seen, what is intact kept, gone with a receipt."""

import errno
import hashlib
import io
import os
import signal
import struct
import subprocess
import sys
import wave
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import consent, resources, workflow
from pipeline.audio import channels, decode
from pipeline.audio.spool import Content, Noted, Spool, discard, finish_purges, is_busy, sentences
from pipeline.audio.spool.chunks import LARGEST, MARK, Chunk, Part, Sealer
from pipeline.config import load_settings
from pipeline.errors import ConsentMissing, NoSpeech, NotFound, Refused, SourceRefused, StoreFault
from pipeline.store import Store
from pipeline.types import SAMPLE_RATE, Consent

HOUR = 3600.0
ID = "0123456789abcdef" * 2
SAMPLE = resources.configs() / "sample" / "dictation.wav"
DICTATION = consent.ask("dictation", None, (), (), datetime.now(UTC))
GIVEN = Consent(
    client="K-12",
    participant="client",
    scope=("record", "transcribe"),
    method="written",
    wording="form@1",
    given_at=datetime(2026, 1, 1, tzinfo=UTC),
)
SESSION = consent.ask("session", "K-12", ("client",), (GIVEN,), datetime.now(UTC))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with opened(tmp_path) as made:
        yield made


def opened(folder: Path) -> Store:
    return Store.open(folder / "home", "correct horse", actor="ruiz")


def tone(seconds: float, frequency: float = 440.0) -> bytes:
    """Return 16-bit samples of one channel at our rate."""
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return np.asarray(np.sin(2 * np.pi * frequency * time) * 9000, "<i2").tobytes()


def recorded(store: Store, *parts: bytes, finish: bool = True) -> str:
    """Make a recording of these parts and return its id."""
    with Spool.begin(store, DICTATION, medium="pcm") as spool:
        for part in parts:
            spool.append(part)
        if finish:
            spool.finish()
    return spool.spooled.id


def content(store: Store, spool_id: str, permit: consent.Permit = DICTATION) -> Content:
    with Spool.open(store, spool_id) as spool:
        return spool.read(permit)


def file_of(store: Store, spool_id: str) -> Path:
    return store.spool_folder / f"{spool_id}.spool"


def change(path: Path, alter: Callable[[bytes], bytes]) -> None:
    path.write_bytes(alter(path.read_bytes()))


def pieces(data: bytes) -> list[bytes]:
    """Return the sealed chunks of a file, one by one."""
    return [MARK + part for part in data.split(MARK)[1:]]


def everything(folder: Path) -> bytes:
    return b"\0".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_what_was_recorded_is_read_back_and_nowhere_in_clear(store: Store, tmp_path: Path) -> None:
    parts = [tone(0.5, 440), tone(0.5, 660), tone(0.5, 880)]
    with Spool.begin(store, SESSION, medium="pcm", client="K-12 Xanthippe", participants=("client",)) as spool:
        for part in parts:
            spool.append(part)
        spool.note(Noted(what="marked", at=1.0))
        spool.finish()
    found = content(store, spool.spooled.id, SESSION)
    assert found.data == b"".join(parts)
    assert (found.whole, found.finished, found.lost) == (True, True, ())
    assert found.notes == (Noted(what="marked", at=1.0),)
    on_disk = everything(tmp_path)
    assert len(on_disk) > len(found.data)
    as_floats = decode.load_sealed(found, SESSION, HOUR).sound.tobytes()
    for secret in (found.data, as_floats):
        assert [at for at in range(400, 40_000, 400) if secret[at : at + 32] in on_disk] == []
    assert b"Xanthippe" not in on_disk
    assert b"marked" not in file_of(store, spool.spooled.id).read_bytes()


def test_the_file_tells_nothing_by_its_name_and_is_its_owners(store: Store) -> None:
    path = file_of(store, recorded(store, tone(0.1)))
    assert len(path.stem) == 32
    assert set(path.stem) <= set("0123456789abcdef")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_the_same_sound_twice_is_two_different_files(store: Store) -> None:
    first, second = (pieces(file_of(store, recorded(store, tone(0.5))).read_bytes())[0] for _ in range(2))
    shared = {first[at : at + 16] for at in range(32, len(first) - 16, 16)}  # after the place, which says no more
    assert not any(second[at : at + 16] in shared for at in range(32, len(second) - 16, 16))


def test_what_append_returned_from_is_there_though_the_recording_was_broken_off(store: Store) -> None:
    spool = Spool.begin(store, DICTATION, medium="pcm")
    spool.append(tone(0.5))
    on_disk = file_of(store, spool.spooled.id).read_bytes()
    spool.append(tone(0.5, 660))
    spool.close()
    found = content(store, spool.spooled.id)
    assert len(found.data) == 32_000
    assert not found.finished
    change(file_of(store, spool.spooled.id), lambda _: on_disk)
    assert content(store, spool.spooled.id).data == tone(0.5)


def test_append_returns_when_it_is_on_the_disk_not_before(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    sync = os.fsync

    def seen(descriptor: int) -> None:
        sync(descriptor)
        synced.append(os.fstat(descriptor).st_size)

    with Spool.begin(store, DICTATION, medium="pcm") as spool:
        monkeypatch.setattr(os, "fsync", seen)
        for part in (tone(0.5), tone(0.5)):
            spool.append(part)
            assert synced[-1] == file_of(store, spool.spooled.id).stat().st_size


PARTS = [tone(0.5, 400 + 50 * number) for number in range(8)]


def flip(place: float) -> Callable[[bytes], bytes]:
    def flipped(data: bytes) -> bytes:
        at = int(len(data) * place)
        return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]

    return flipped


def reorder(data: bytes) -> bytes:
    found = pieces(data)
    return b"".join([*found[:2], found[4], found[3], found[2], *found[5:]])


def repeat(data: bytes) -> bytes:
    found = pieces(data)
    return b"".join([*found[:3], found[1], *found[3:]])


def leave_out(data: bytes) -> bytes:
    found = pieces(data)
    return b"".join([*found[:3], *found[4:]])


CHANGED: dict[str, tuple[Callable[[bytes], bytes], set[int], bool]] = {
    # name: what is done to the file, the parts that are lost by it, whether the end is still seen
    "a byte flipped in the middle": (flip(0.45), {3}, True),
    "a byte flipped at the start": (flip(0.0), {0}, True),
    "two chunks exchanged": (reorder, set(), True),
    "a chunk repeated": (repeat, set(), True),
    "a chunk left out": (leave_out, {3}, True),
    "something put in between": (lambda data: b"".join([*pieces(data)[:2], b"junk", *pieces(data)[2:]]), set(), True),
    "something added at the end": (lambda data: data + b"junk", set(), True),
    "cut in the middle of a chunk": (lambda data: data[: int(len(data) * 0.45)], {3, 4, 5, 6, 7}, False),
    "the end mark cut off": (lambda data: b"".join(pieces(data)[:-1]), set(), False),
    "the last part cut off with it": (lambda data: b"".join(pieces(data)[:-2]), {7}, False),
}


@pytest.mark.parametrize("name", CHANGED)
def test_a_changed_file_is_seen_and_what_is_intact_is_kept(store: Store, name: str) -> None:
    alter, lost, ended = CHANGED[name]
    spool_id = recorded(store, *PARTS)
    change(file_of(store, spool_id), alter)
    found = content(store, spool_id)
    assert not (found.whole and found.finished)
    assert found.finished == ended
    expected = b"".join(bytes(16_000) if number in lost else part for number, part in enumerate(PARTS))
    assert found.data == (expected if ended else expected[: len(PARTS) * 16_000 - 16_000 * len(lost)])
    loaded = decode.load_sealed(found, DICTATION, HOUR)
    assert [(gap.start, gap.end) for gap in loaded.lost] == [(n / 2, n / 2 + 0.5) for n in sorted(lost) if ended]
    assert loaded.warnings


def test_a_torn_last_chunk_is_cut_off_at_every_length(store: Store) -> None:
    spool_id = recorded(store, *PARTS[:3], finish=False)
    path = file_of(store, spool_id)
    whole = path.read_bytes()
    last = len(whole) - len(pieces(whole)[-1])
    for length in (last, last + 1, last + 10, last + 40, len(whole) - 1):
        path.write_bytes(whole[:length])
        found = content(store, spool_id)
        assert found.data == b"".join(PARTS[:2])
        assert (found.whole, found.finished) == (True, False)


@given(
    parts=st.lists(st.binary(max_size=300), max_size=6),
    flipped=st.none() | st.floats(0, 0.999),
    key=st.binary(min_size=32, max_size=32),
)
def test_any_bytes_come_back_and_no_flipped_bit_goes_unseen(
    parts: list[bytes], flipped: float | None, key: bytes
) -> None:
    sealer = Sealer(key, ID)
    chunks, offset = [], 0
    for number, plain in enumerate([*parts, b""]):
        part: Part = "end" if number == len(parts) else "sound"
        chunks.append(Chunk(part, number, offset, plain))
        offset += len(plain)
    data = b"".join(sealer.seal(chunk) for chunk in chunks)
    if flipped is not None:
        data = flip(flipped)(data)
    found = sealer.unseal(data)
    assert set(found.chunks) <= set(chunks)
    if flipped is None:
        assert found.chunks == tuple(chunks)
        assert (found.damaged, found.misplaced, found.torn) == (0, 0, False)
    else:
        assert len(found.chunks) == len(chunks) - 1
        assert found.damaged or found.torn


@given(st.binary(max_size=400) | st.binary(max_size=60).map(lambda data: MARK + data))
def test_what_is_no_recording_gives_nothing(data: bytes) -> None:
    assert Sealer(bytes(32), ID).unseal(data).chunks == ()


def test_another_key_or_another_recordings_chunk_opens_nothing(store: Store) -> None:
    first, second = recorded(store, *PARTS[:2]), recorded(store, *PARTS[:2])
    change(file_of(store, first), lambda _: file_of(store, second).read_bytes())
    with pytest.raises(SourceRefused, match="not the one of its key"):
        content(store, first)
    assert file_of(store, first).exists()
    key = bytes(32)
    sealed = Sealer(key, ID).seal(Chunk("sound", 0, 0, b"words"))
    assert Sealer(key, ID[::-1]).unseal(sealed).chunks == ()


def test_it_is_held_by_one_at_a_time(store: Store) -> None:
    with Spool.begin(store, DICTATION, medium="pcm") as spool:
        spool.append(tone(0.1))
        assert is_busy(store, spool.spooled.id)
        with pytest.raises(Refused, match="just now"):
            Spool.open(store, spool.spooled.id)
        with pytest.raises(Refused, match="just now"):
            discard(store, spool.spooled.id)
    assert not is_busy(store, spool.spooled.id)
    assert content(store, spool.spooled.id).data == tone(0.1)


def test_consent_is_asked_for_by_every_way_in_and_out(store: Store) -> None:
    with pytest.raises(TypeError):
        Spool.begin(store, "session", medium="pcm")  # type: ignore[arg-type]
    with Spool.begin(store, SESSION, medium="pcm", client="K-12") as spool:
        spool.append(tone(0.1))
        spool.finish()
    with Spool.open(store, spool.spooled.id) as again:
        with pytest.raises(TypeError):
            again.read("session")  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            again.read(DICTATION)
        found = again.read(SESSION)
    for opener in (decode.load_sealed, channels.sealed_levels):
        with pytest.raises(TypeError):
            opener(found, object(), HOUR) if opener is decode.load_sealed else opener(found, object())  # type: ignore


# Purge


def test_purge_destroys_key_then_bytes_and_keeps_a_receipt(store: Store, tmp_path: Path) -> None:
    spool_id = recorded(store, *PARTS)
    path = file_of(store, spool_id)
    before = path.read_bytes()
    with Spool.open(store, spool_id) as spool:
        _, key = store.unlock_spool(spool_id)
        receipt = spool.purge()
    assert receipt.outcome == "purged"
    assert receipt in store.receipts()
    assert not path.exists()
    assert store.spools() == ()
    path.write_bytes(before)  # as somebody would who had copied the file
    with pytest.raises(NotFound):
        Spool.open(store, spool_id)
    actions = [event.action for event in store.events()]
    assert actions.index("destroy recording's key") < actions.index("purge: purged")
    store.verify_audit()
    assert key not in everything(tmp_path)
    assert key.hex().encode() not in everything(tmp_path)


def test_a_purge_that_was_killed_after_the_key_is_finished_by_the_next_start(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        spool_id = recorded(store, *PARTS)
        store.destroy_spool(spool_id, None)
    with opened(tmp_path) as store:
        assert file_of(store, spool_id).exists()
        (receipt,) = workflow.finish_purges(store)
        assert receipt.outcome == "purged"
        assert not file_of(store, spool_id).exists()
        assert store.receipts() == (receipt,)
        assert workflow.finish_purges(store) == ()


def test_a_purge_whose_receipt_could_not_be_kept_is_called_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise StoreFault("The server is away.", "Wait.")

    with Spool.open(store, recorded(store, *PARTS)) as spool:
        with monkeypatch.context() as patched:
            patched.setattr(store, "spool_purged", fail)
            with pytest.raises(StoreFault):
                spool.purge()
        receipt = spool.purge()
    assert receipt.outcome == "purged"
    assert store.receipts() == (receipt,)
    assert finish_purges(store) == ()


def test_a_purge_that_was_killed_before_its_receipt_has_one_in_the_end(store: Store) -> None:
    spool_id = recorded(store, *PARTS)
    store.destroy_spool(spool_id, None)
    file_of(store, spool_id).unlink()
    assert [receipt.outcome for receipt in finish_purges(store)] == ["already gone"]
    assert finish_purges(store) == ()


def test_bytes_that_cannot_be_deleted_stay_due_and_are_said(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    spool_id = recorded(store, *PARTS)

    def refuse(*_: object) -> None:
        raise OSError(errno.EACCES, "held by another program")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        assert discard(store, spool_id).outcome == "could not be deleted"
        assert [receipt.outcome for receipt in finish_purges(store)] == ["could not be deleted"]
        assert len(store.receipts()) == 1
    assert file_of(store, spool_id).read_bytes() == b""  # nothing of it is left in it even so
    assert [receipt.outcome for receipt in finish_purges(store)] == ["purged"]
    assert store.destroyed_spools() == ()


def test_a_recording_whose_file_is_gone_can_be_forgotten(store: Store) -> None:
    spool_id = recorded(store, *PARTS)
    file_of(store, spool_id).unlink()
    with pytest.raises(SourceRefused, match="no longer on the disk"):
        Spool.open(store, spool_id)
    assert discard(store, spool_id).outcome == "already gone"
    assert store.spools() == ()


def test_a_key_is_not_destroyed_where_the_audit_fails(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    spool_id = recorded(store, *PARTS)

    def refuse(*_: object) -> None:
        raise StoreFault("The audit chain is full.", "")

    with monkeypatch.context() as patch:
        patch.setattr("pipeline.store.audit.AuditChain.append", refuse)
        with pytest.raises(StoreFault):
            store.destroy_spool(spool_id, None)
        with pytest.raises(StoreFault):
            Spool.begin(store, DICTATION, medium="pcm")
    assert content(store, spool_id).data == b"".join(PARTS)
    assert len(list(store.spool_folder.iterdir())) == 1


# The disk


FILLING = """
import resource, signal, sys
from pathlib import Path
from datetime import UTC, datetime
from pipeline import consent
from pipeline.audio.spool import Spool
from pipeline.errors import StoreFault
from pipeline.store import Store

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with Store.open(Path(sys.argv[1]), "correct horse", actor="ruiz") as store:
    spool = Spool.begin(store, consent.ask("dictation", None, (), (), datetime.now(UTC)), medium="pcm")
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
    count = 0
    try:
        while True:
            spool.append(bytes([count]) * 16_000)
            count += 1
    except StoreFault as error:
        print(error, file=sys.stderr)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    spool.append(b"after" * 100)
    spool.finish()
    print(spool.spooled.id, count)
"""


def test_a_full_disk_is_said_and_what_was_written_is_kept(tmp_path: Path) -> None:
    """No byte beyond 100 kB can be written for a while, as on a full disk; then there is room again."""
    result = subprocess.run(
        [sys.executable, "-c", FILLING, str(tmp_path / "home")], capture_output=True, text=True, check=True
    )
    assert "What was recorded until then is kept" in result.stderr
    spool_id, count = result.stdout.split()
    assert int(count) == 6
    with opened(tmp_path) as store:
        found = content(store, spool_id)
    assert found.data == b"".join(bytes([n]) * 16_000 for n in range(6)) + b"after" * 100
    assert (found.whole, found.finished) == (True, True)


def test_a_folder_that_cannot_be_written_is_said(store: Store) -> None:
    store.spool_folder.write_text("a file in its place")
    with pytest.raises(StoreFault, match="cannot be begun"):
        Spool.begin(store, DICTATION, medium="pcm")
    assert store.spools() == ()


APPENDING = """
import os, sys
from pathlib import Path
from datetime import UTC, datetime
from pipeline import consent
from pipeline.audio.spool import Spool
from pipeline.store import Store
import cryptography.hazmat.primitives.ciphers.aead

for _ in sys.stdin:
    if os.fork():
        os.wait()
        print("dead", flush=True)
        continue
    print(os.getpid(), flush=True)
    with Store.open(Path(sys.argv[1]), "correct horse", actor="ruiz") as store:
        for run in range(40):
            permit = consent.ask("dictation", None, (), (), datetime.now(UTC))
            with Spool.begin(store, permit, medium="file") as spool:
                for number in range(50):
                    spool.append(bytes([number]) * 700)
                    print(spool.spooled.id, number, flush=True)
"""


def test_killed_at_any_moment_all_that_was_appended_is_there(tmp_path: Path) -> None:
    """Twenty kills of one writer after another; what it had told of being appended is there each time."""
    command = [sys.executable, "-c", APPENDING, str(tmp_path / "home")]
    with (
        opened(tmp_path) as store,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent,
    ):
        for moment in np.random.default_rng(7).integers(1, 120, 20):
            told = killed(parent, moment)
            for spool_id, count in told.items():
                found = content(store, spool_id)
                assert found.whole
                assert found.data.startswith(b"".join(bytes([n]) * 700 for n in range(count)))
                assert len(found.data) <= (count + 1) * 700
            store.verify_audit()
            for spooled in store.spools():
                discard(store, spooled.id)
            left = [path for path in store.spool_folder.iterdir() if path.stat().st_size]
            assert left == []  # a file begun without its key yet is empty
        assert parent.stdin
        parent.stdin.close()


def killed(parent: "subprocess.Popen[str]", moment: int) -> dict[str, int]:
    """Let a child of the parent write, kill it after so many appends; return how many it told of, by recording."""
    assert parent.stdin
    assert parent.stdout
    parent.stdin.write("go\n")
    parent.stdin.flush()
    child = int(parent.stdout.readline())
    said = [parent.stdout.readline() for _ in range(moment)]
    os.kill(child, signal.SIGKILL)
    while not (line := parent.stdout.readline()).endswith("dead\n"):
        said.append(line)
    return {spool_id: int(number) + 1 for spool_id, number in (one.split() for one in said)}


# To samples, to a draft


def test_samples_of_two_channels_are_mixed_and_their_levels_told_apart(store: Store) -> None:
    left, right = (np.frombuffer(tone(1.0, frequency), "<i2") for frequency in (300, 500))
    both = np.stack([left, right // 4], axis=1)
    with Spool.begin(store, SESSION, medium="pcm", client="K-12", channels=2) as spool:
        spool.append(both.tobytes())
        spool.finish()
    found = content(store, spool.spooled.id, SESSION)
    recording, sound, lost, warnings = decode.load_sealed(found, SESSION, HOUR)
    assert (recording.kind, recording.format, recording.duration, lost, warnings) == ("session", "pcm", 1.0, (), ())
    assert recording.sha256 == hashlib.sha256(both.tobytes()).hexdigest()
    np.testing.assert_allclose(sound, both.mean(axis=1) / 32768, atol=1e-6)
    levels = channels.sealed_levels(found, SESSION)
    assert levels is not None
    assert levels.shape == (100, 2)
    assert 12 < levels[:, 0].mean() / levels[:, 1].mean() < 20


def test_a_file_that_was_sealed_as_it_came_gives_the_samples_of_the_file(store: Store, tmp_path: Path) -> None:
    made = io.BytesIO()
    with wave.open(str(SAMPLE)) as whole, av.open(made, "w", "webm") as container:
        stream = container.add_stream("libopus", rate=48_000)
        stream.layout = "mono"
        pcm = np.frombuffer(whole.readframes(5 * SAMPLE_RATE), np.int16).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(pcm, "s16", "mono")
        frame.sample_rate = SAMPLE_RATE
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    plain = tmp_path / "plain.webm"
    plain.write_bytes(made.getvalue())
    with Spool.begin(store, DICTATION, medium="file") as spool:
        for first in range(0, len(made.getvalue()), 5000):
            spool.append(made.getvalue()[first : first + 5000])
        spool.finish()
    sealed = decode.load_sealed(content(store, spool.spooled.id), DICTATION, HOUR)
    os.utime(plain, (0, 0))
    direct = decode.load(plain, DICTATION, HOUR)
    np.testing.assert_array_equal(sealed.sound, direct.sound)
    assert sealed.recording.sha256 == direct.recording.sha256
    assert 4.9 < sealed.recording.duration < 5.2


BAD: dict[str, bytes] = {
    "nothing": b"",
    "words, no sound": b"these are only words " * 100,
    "half a header": b"RIFF\x24\x00\x00\x00WAVEfmt ",
    "an index that was never written": struct.pack(">I4s4s", 12, b"ftyp", b"M4A ") + struct.pack(">I", 900) + b"mdat",
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_sound_is_refused_and_stays(store: Store, name: str) -> None:
    with Spool.begin(store, DICTATION, medium="file") as spool:
        spool.append(BAD[name])
        spool.finish()
    with pytest.raises(SourceRefused):
        workflow.draft_spooled(spool.spooled.id, workflow.Order(model="rough"), store, load_settings(), quiet)
    assert [one.id for one in store.spools()] == [spool.spooled.id]


def test_longer_than_the_longest_is_refused(store: Store) -> None:
    found = content(store, recorded(store, *PARTS))
    with pytest.raises(SourceRefused, match="longer than"):
        decode.load_sealed(found, DICTATION, 2.0)


def quiet(done: float, total: float) -> None:
    """Show nothing."""


def speech(seconds: int) -> bytes:
    with wave.open(str(SAMPLE)) as whole:
        return bytes(whole.readframes(seconds * SAMPLE_RATE))


def test_a_spooled_dictation_becomes_a_draft_and_is_purged_with_its_receipt(store: Store, tmp_path: Path) -> None:
    with Spool.begin(store, DICTATION, medium="pcm", client="K-12") as spool:
        spool.append(speech(20))
        spool.note(Noted(what="off the record", at=8.0, seconds=75.0))
        spool.note(Noted(what="marked", at=12.0))
    order = workflow.Order(model="rough")
    made, receipt = workflow.draft_spooled(spool.spooled.id, order, store, load_settings(), quiet)
    assert made.client == "K-12"
    assert list(made.statements())
    assert "off the record; nothing of it was kept, for 1:15" in {gap.reason for gap in made.dropped}
    assert any("broken off" in line for line in made.warnings)
    assert any("0:12" in line for line in made.warnings)
    assert (receipt.recording, receipt.outcome) == (made.recording, "purged")
    assert store.spools() == ()
    assert list(store.spool_folder.iterdir()) == []
    assert store.transcript(made.transcript).recording == made.recording
    assert speech(20)[64_000:64_032] not in everything(tmp_path)


@pytest.mark.parametrize(
    ("lengths", "told"),
    [
        ([None, 75.0], "the recording was paused here, for 1:15"),
        ([None, 75.0, None, 3.0, None, 2.0], "the recording was paused here, for 1:20"),
        ([None, None, 75.0, 75.0], "the recording was paused here, for 1:15"),  # sent twice, as an answer was lost
        ([None, 75.0, None], "the recording was paused here"),  # broken off in the second: nobody knows for how long
    ],
)
def test_pauses_at_the_same_moment_add_up(store: Store, lengths: list[float | None], told: str) -> None:
    with Spool.begin(store, DICTATION, medium="pcm") as spool:
        spool.append(tone(0.5))
        for seconds in lengths:
            spool.note(Noted(what="paused", at=0.5, seconds=seconds))
        spool.finish()
    assert [gap.reason for gap in sentences.gaps(content(store, spool.spooled.id))] == [told]


def test_a_failed_stage_purges_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence, a transcript that cannot be kept, a draft that cannot: the recording waits on."""
    silent = recorded(store, bytes(SAMPLE_RATE * 8))
    spoken = recorded(store, speech(12))
    order = workflow.Order(model="rough")

    def refuse(*_: object) -> None:
        raise StoreFault("The disk is full.", "")

    with pytest.raises(NoSpeech):
        workflow.draft_spooled(silent, order, store, load_settings(), quiet)
    for failing in ("keep_transcript", "keep_draft", "transcript"):
        with monkeypatch.context() as patch:
            patch.setattr(Store, failing, refuse)
            with pytest.raises(StoreFault):
                workflow.draft_spooled(spoken, order, store, load_settings(), quiet)
        assert {one.id for one in store.spools()} == {silent, spoken}
    made, _ = workflow.draft_spooled(spoken, order, store, load_settings(), quiet)
    assert [one.id for one in store.spools()] == [silent]
    assert store.drafts() == (made,)


def test_a_session_whose_consent_was_revoked_since_is_not_opened(store: Store) -> None:
    store.add_consent(GIVEN)
    with Spool.begin(store, SESSION, medium="pcm", client="K-12", participants=("client",)) as spool:
        spool.append(speech(5))
        spool.finish()
    store.revoke_consent("K-12", "client", datetime.now(UTC))
    with pytest.raises(ConsentMissing):
        workflow.draft_spooled(spool.spooled.id, workflow.Order(model="rough"), store, load_settings(), quiet)
    assert len(store.spools()) == 1


def test_chunks_of_any_size_are_cut_to_the_largest(store: Store) -> None:
    data = os.urandom(LARGEST * 2 + 5)
    with Spool.begin(store, DICTATION, medium="file") as spool:
        spool.append(data)
        spool.finish()
    assert content(store, spool.spooled.id).data == data
    assert len(pieces(file_of(store, spool.spooled.id).read_bytes())) == 4
