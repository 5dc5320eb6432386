"""Many recordings at once, by the real command over real processes: each drafted exactly once, whatever is killed."""

import json
import os
import pickle
import signal
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from pipeline import batch, consent, workflow
from pipeline.audio.parcel import Key, Sealed
from pipeline.audio.spool import Spool
from pipeline.batch import Crew, Event, Item, processes, work
from pipeline.batch.items import waiting
from pipeline.cli.batch import heeding_ctrl_c
from pipeline.cli.tally import Tally, outcome, table
from pipeline.config import Settings, load_settings
from pipeline.errors import ConsentMissing, NoSpeech, SourceRefused
from pipeline.store import Store
from pipeline.types import Consent

from .batches import CANARY, Evening, killed, spoken, states
from .clinics import wait_for
from .continued import settled
from .test_store import draft, recording, transcript

TYPED = "Mood: she is anxious about the marmalade business. Sleep is still broken. Plan: weekly sessions, exposure."


@pytest.fixture
def evening(tmp_path: Path) -> Evening:
    return Evening(tmp_path)


def workers_of(process: "subprocess.Popen[str]") -> list[psutil.Process]:
    """Return the processes that listen for a batch; multiprocessing's tracker of resources is none of them."""
    children = psutil.Process(process.pid).children(recursive=True)
    return [child for child in children if "spawn_main" in " ".join(child.cmdline())]


def until(process: "subprocess.Popen[str]", state: str) -> list[dict[str, Any]]:
    """Read events until one of this state."""
    assert process.stdout is not None
    events = []
    for line in process.stdout:
        events.append(json.loads(line))
        if events[-1]["event"] == state:
            return events
    raise AssertionError(events)


def test_each_is_drafted_once_and_what_cannot_be_says_why_and_stops_no_other(evening: Evening) -> None:
    recordings = evening.recordings(2)
    (evening.folder / "same.wav").write_bytes(recordings[0].read_bytes())
    (evening.folder / "damaged.wav").write_bytes(b"RIFF and no sound")
    (evening.folder / "typed.txt").write_text(TYPED)
    first = evening.batch("--workers", "2")
    assert states(first) == ["drafted", "drafted", "drafted", "refused", "refused"]
    assert {event["why"] for event in first if "why" in event} == {
        "The file is not a recording, or it is damaged.",
        "It holds the same as another file here.",
    }
    again = evening.batch("--workers", "2")
    assert states(again) == ["known", "known", "known", "refused", "refused"]
    assert set(evening.kept().values()) == {1}
    assert len(evening.kept()) == 3


def test_batch_and_draft_make_the_same_of_a_recording(evening: Evening) -> None:
    (recording,) = evening.recordings(1)
    (made,) = evening.batch("--workers", "1")
    out, err = evening.start("draft", recording, "--client", "K-12", "--json").communicate(timeout=60)
    assert err.splitlines() == ["0.wav was drafted before, and this is that draft. To draft it anew: --again."]
    assert [draft["digest"] for draft in json.loads(out)] == [made["draft"]]


def test_a_batch_that_is_killed_leaves_no_process_and_the_next_one_goes_on(evening: Evening) -> None:
    evening.recordings(4)
    options = ("--client", "K-12", "--kind", "dictation", "--json", "--workers", "2")
    process = evening.start("batch", evening.folder, *options)
    until(process, "drafted")
    listening = workers_of(process)
    assert listening
    process.kill()
    process.communicate()
    psutil.wait_procs(listening, timeout=10)
    assert not [worker for worker in listening if worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE]
    ended = states(evening.batch("--workers", "2"))
    assert len(ended) == 4
    assert set(ended) == {"drafted", "known"}
    assert list(evening.kept().values()) == [1, 1, 1, 1]


def test_a_worker_that_is_killed_has_its_recording_heard_by_another(evening: Evening) -> None:
    evening.recordings(3)
    options = ("--client", "K-12", "--kind", "dictation", "--json", "--workers", "1")
    process = evening.start("batch", evening.folder, *options)
    until(process, "listening")
    (worker,) = workers_of(process)
    worker.kill()
    out, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (0, "")
    assert out.count('"drafted"') == 3
    assert list(evening.kept().values()) == [1, 1, 1]


def test_ctrl_c_ends_it_cleanly_and_says_what_is_left(evening: Evening) -> None:
    evening.recordings(3)
    options = ("--client", "K-12", "--kind", "dictation", "--workers", "1")
    process = evening.start("batch", evening.folder, *options)
    wait_for(lambda: workers_of(process))
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.startswith("Stopped: ")
    assert "Traceback" not in err
    assert states(evening.batch("--workers", "1")) == ["drafted"] * 3


def test_ctrl_c_that_a_library_swallows_is_heeded_at_the_next_event() -> None:
    before = signal.getsignal(signal.SIGINT)
    with heeding_ctrl_c() as heed:
        heed()
        with suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            heed()
    assert signal.getsignal(signal.SIGINT) is before


def test_sealed_recordings_that_wait_are_drafted_and_purged(evening: Evening) -> None:
    with evening.open_store() as store:
        permit = consent.ask("dictation", None, (), (), datetime.now(UTC))
        with Spool.begin(store, permit, medium="file", client="K-12") as spool:
            spool.append(spoken(evening.root / "phone.wav", 0).read_bytes())
            spool.finish()
    (evening.root / "phone.wav").unlink()
    process = evening.start("batch", "--json", "--workers", "1")
    events = [json.loads(line) for line in process.communicate(timeout=60)[0].splitlines()]
    assert [event["event"] for event in events if event["event"] != "listening"] == ["heard", "drafted"]
    with evening.open_store() as store:
        assert store.spools() == ()
        assert store.drafts()[0].client == "K-12"
        assert [receipt.outcome for receipt in store.receipts()] == ["purged"]


def test_a_dry_run_says_what_would_be_drafted_and_writes_nothing(evening: Evening) -> None:
    evening.recordings(1)
    assert [event["event"] for event in evening.batch("--dry-run")] == ["new"]
    assert evening.kept() == {}
    refused = evening.start("batch", evening.folder, "--kind", "session", "--client", "K-12", "--dry-run", "--json")
    assert '"refused"' in refused.communicate(timeout=60)[0]
    assert refused.returncode == 3


def test_a_dry_run_foretells_that_a_draft_is_of_another_client(evening: Evening) -> None:
    evening.recordings(1)
    evening.batch("--workers", "1")
    assert [event["event"] for event in evening.batch("--dry-run")] == ["known"]
    whys = []
    for dry in (["--dry-run"], ["--workers", "1"]):
        other = evening.start("batch", evening.folder, "--kind", "dictation", "--client", "B2", "--json", *dry)
        (event,) = (json.loads(line) for line in other.communicate(timeout=60)[0].splitlines())
        whys.append((event["event"], event["why"], other.returncode))
    assert whys[0] == whys[1] == ("refused", whys[0][1], 3)
    assert "for another client" in whys[0][1]
    manner = evening.batch("--dry-run", "--format", "dap")
    assert [event["event"] for event in manner] == ["refused"]


def test_where_the_memory_is_too_short_to_be_measured_one_worker_fits(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "cores", lambda: 4)
    monkeypatch.setattr(processes, "_measure", killed)
    assert processes.fitting(settings.speech, workflow.models(settings), None) == 1


def test_what_is_printed_names_nobody(evening: Evening) -> None:
    evening.folder.mkdir()
    (evening.folder / "Kaminski.txt").write_text(TYPED)
    process = evening.start("batch", evening.folder, "--client", "K-12", "--kind", "dictation", "--workers", "1")
    out, err = process.communicate(timeout=60)
    assert "drafted" in out
    assert not [word for word in ("Kaminski", "K-12", "marmalade") if word in out + err]


# The desk over executors of this process


@pytest.fixture
def settings(evening: Evening, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("EVENFALL_HOME", str(evening.home))
    monkeypatch.setenv("EVENFALL_SPEECH__MODEL", "rough")
    return load_settings()


@pytest.fixture
def store(evening: Evening) -> Iterator[Store]:
    with evening.open_store() as store:
        yield store


class Between(ThreadPoolExecutor):
    """A thread that does something else first: what happens while a recording is away."""

    def __init__(self, first: Callable[[], object]) -> None:
        super().__init__(1)
        self.first = first
        self.given: list[str] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        self.given.append(repr(args))
        self.first()
        return super().submit(fn, *args, **kwargs)


def drafted(items: list[Item], store: Store, settings: Settings, executor: ThreadPoolExecutor) -> list[Event]:
    work.prepare(settings.speech, workflow.models(settings), None)
    with executor:
        events = batch.run(items, store, settings, Crew(executor, executor, lambda: 2))
        return [event for event in events if event.over]


def agreed(store: Store) -> None:
    now = datetime.now(UTC)
    given = Consent(
        client="K-12",
        participant="client",
        scope=("record", "transcribe"),
        method="written",
        wording="consent@1",
        given_at=now,
    )
    store.add_consent(given)


def session(path: Path) -> Item:
    return Item(path.name, workflow.Order(source=path, kind="session", client="K-12"))


def test_a_session_without_consent_is_refused_before_it_is_decoded_or_sent(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "no sound at all.wav"
    path.write_bytes(b"a decoder would refuse this")
    executor = Between(lambda: None)
    (event,) = drafted([session(path)], store, settings, executor)
    assert event.state == "refused"
    assert isinstance(event.why, ConsentMissing)
    assert executor.given == []


def test_consent_that_is_revoked_while_a_recording_is_away_keeps_nothing_of_it(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    agreed(store)
    executor = Between(lambda: store.revoke_consent("K-12", "client", datetime.now(UTC)))
    (event,) = drafted([session(spoken(tmp_path / "a.wav", 0))], store, settings, executor)
    assert isinstance(event.why, ConsentMissing)
    assert store.drafts() == ()
    assert "keep transcript" not in {one.action for one in store.events()}


def test_what_no_note_would_hold_is_not_kept_in_writing(
    store: Store, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(*_: object) -> None:
        raise NoSpeech("Nothing was said that a progress note would hold.", "Check that this is the right file.")

    agreed(store)
    monkeypatch.setattr("pipeline.workflow.find", nothing)
    (event,) = drafted([session(spoken(tmp_path / "a.wav", 0))], store, settings, Between(lambda: None))
    assert isinstance(event.why, NoSpeech)
    assert "keep transcript" in {one.action for one in store.events()}
    assert store.client_file("K-12").transcripts == ()


def test_what_a_library_could_print_of_what_travels_says_nothing(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    agreed(store)
    executor = Between(lambda: None)
    (event,) = drafted([session(spoken(tmp_path / "a.wav", 0))], store, settings, executor)
    assert event.state == "drafted"
    assert [given.partition(", ")[2] or given for given in executor.given] == ["<sealed>, <key>)", "<key>)"]


def test_an_error_inside_the_program_fails_one_item_and_its_words_are_not_told(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    def fail() -> None:
        raise ValueError(CANARY[0])

    items = [Item("one", workflow.Order(source=spoken(tmp_path / "a.wav", 0), client="K-12"))]
    (event,) = drafted(items, store, settings, Between(fail))
    assert event.state == "failed"
    assert event.why is not None
    assert "ValueError" in str(event.why)
    assert CANARY[0] not in str(event.why)


def test_what_was_drafted_days_ago_is_told_as_overdue(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = draft(recording(), transcript(recording()))
    event = Event(1, "a.wav", "file aaaaaaaa", "known", draft=made)
    monkeypatch.setattr(workflow, "now", lambda: made.due_at + timedelta(days=4))
    assert outcome(event) == f"drafted before: {made.digest[:8]}, overdue by 4 days"
    table(Tally([event]))
    assert "overdue by 4 days" in capsys.readouterr().out


def test_what_a_killed_run_left_of_a_recording_that_is_signed_by_now_is_purged(
    store: Store, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    permit = consent.ask("dictation", None, (), (), datetime.now(UTC))
    with Spool.begin(store, permit, medium="file", client="K-12") as spool:
        spool.append(spoken(tmp_path / "phone.wav", 0).read_bytes())
        spool.finish()
    with monkeypatch.context() as patch:  # killed between the two
        patch.setattr(workflow, "settle_spooled", lambda *_: None)
        (event,) = drafted(list(waiting(store, workflow.Order())), store, settings, Between(lambda: None))
    assert event.draft is not None
    store.keep_review(settled(event.draft))
    signed, _ = workflow.sign(event.draft, settled(event.draft), "Ana Ruiz", "LCSW", store)
    assert len(store.spools()) == 1
    (again,) = drafted(list(waiting(store, workflow.Order())), store, settings, Between(lambda: None))
    assert "signed before" in str(again.why) and "--again" not in str(again.why)
    assert store.spools() == ()
    assert [one.recording for one in store.receipts() if one.what == ("audio",)] == [signed.recording]


# What travels


def test_what_was_sealed_is_opened_whole_with_its_key_only() -> None:
    key, plain = Key.new(), os.urandom(3_000_000)
    sealed = key.seal(plain, b"note")
    assert key.open(pickle.loads(pickle.dumps(sealed))) == (plain, b"note")
    assert plain[:64] not in sealed.data
    with pytest.raises(SourceRefused):
        Key.new().open(sealed)


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda data: data[:1000] + bytes([data[1000] ^ 1]) + data[1001:], id="a bit"),
        pytest.param(lambda data: data[:-60], id="its end"),
        pytest.param(lambda data: data[1_048_600:], id="its beginning"),
        pytest.param(lambda data: b"", id="all"),
    ],
)
def test_what_was_damaged_on_its_way_is_refused(damage: Callable[[bytes], bytes]) -> None:
    key = Key.new()
    sealed = key.seal(os.urandom(2_500_000))
    with pytest.raises(SourceRefused):
        key.open(Sealed(sealed.name, damage(sealed.data)))


def test_a_permit_cannot_be_sent_nor_made_of_what_was_sent() -> None:
    permit = consent.ask("dictation", None, (), (), datetime.now(UTC))
    with pytest.raises(TypeError):
        pickle.dumps(permit)
