"""A small sample of the trials by flipped bits, malformed inputs and strange places, and what the trials found."""

import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from trial import flips, homes, malformed, places
from trial.readers import LAUGHING
from trial.spoiling import CANARY, spoil
from trial.table import Case, Missing

from pipeline.audio.spool import discard
from pipeline.config import load_settings
from pipeline.draft import load_format
from pipeline.errors import Refused, SettingsInvalid, SourceRefused, StoreFault
from pipeline.export import file
from pipeline.intake import load_rules
from pipeline.store import Store, journal
from pipeline.store.sidecar import read_sidecar
from pipeline.types import Receipt

SAMPLE = [case for trial in (flips, malformed, places) for case in trial.cases(seed=1, few=True)]


@pytest.mark.parametrize("case", SAMPLE, ids=lambda case: case.name)
def test_a_sample_of_the_trials_finds_nothing(case: Case, tmp_path: Path) -> None:
    try:
        outcome = case.run(tmp_path)
    except Missing as missing:
        pytest.skip(str(missing))
    assert outcome.found == ()
    assert outcome.tried > 0


def test_a_trial_sees_what_is_not_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the check taken out that it was written for, the trial says what is lost."""
    monkeypatch.setattr(journal, "is_whole", lambda path: True)
    case = next(case for case in flips.cases(seed=1, few=True) if "store.db-wal" in case.name)
    outcome = case.run(tmp_path)
    assert len(outcome.found) == outcome.tried
    assert "holds something else, and nothing says so" in outcome.found[0]


def test_the_same_seed_makes_the_same_inputs() -> None:
    samples = [b"WEBVTT\n\n" * 20, bytes(range(256))]
    made = [[spoil(samples, random.Random(f"1 {number}")) for number in range(50)] for _ in range(2)]
    assert made[0] == made[1]
    assert len(set(made[0])) > 40


# The log that a kill leaves


def test_what_was_changed_last_is_there_after_a_kill(tmp_path: Path) -> None:
    home = homes.copy("killed", tmp_path / "home")
    assert journal.is_whole(home / "store.db")
    with homes.opened(home) as store:
        assert [event.action for event in store.events()][-1] == "looked at the calendar"


def test_a_damaged_log_is_not_left_out_without_a_word(tmp_path: Path) -> None:
    home = homes.copy("killed", tmp_path / "home")
    log = home / "store.db-wal"
    flips.turn(log, log.stat().st_size * 4)
    with pytest.raises(StoreFault, match="holds what was changed last, is damaged") as refused:
        homes.opened(home)
    assert "delete store.db-shm" in refused.value.next_step
    (home / "store.db-shm").unlink()  # the way that it names, for those who have no backup
    with homes.opened(home) as store:
        store.verify_whole()
        assert len(store.notes()) == 2


def test_a_log_of_another_time_than_its_index_is_none_of_its_faults(tmp_path: Path) -> None:
    """A power cut may leave an older index: it is never waited for until it is on the disk."""
    home = homes.copy("killed", tmp_path / "home")
    index = (home / "store.db-shm").read_bytes()
    with homes.opened(home) as store:
        store.record("went on")  # the log is begun anew, and emptied at the end
    assert not (home / "store.db-wal").exists()
    (home / "store.db-shm").write_bytes(index)
    assert journal.is_whole(home / "store.db")
    (home / "store.db-wal").write_bytes(b"")
    assert journal.is_whole(home / "store.db")


# Files beside the record


def test_a_recovery_key_that_no_longer_opens_is_seen_before_it_is_needed(tmp_path: Path) -> None:
    home = homes.copy("home", tmp_path / "home")
    sidecar = read_sidecar(home)
    assert sidecar is not None and sidecar.recovery is not None
    path = home / "store.json"
    other = sidecar.recovery[:-1] + ("0" if sidecar.recovery[-1] != "0" else "1")
    path.write_text(path.read_text().replace(sidecar.recovery, other))
    with pytest.raises(StoreFault, match="store.json is damaged"):
        homes.opened(home)


def test_a_backup_does_not_pass_for_one_of_another_day(tmp_path: Path) -> None:
    content = (homes.whole() / "kept.backup").read_bytes()
    year = content.index(b'"made_at":"20') + len(b'"made_at":"20')
    forged = tmp_path / "forged.backup"
    forged.write_bytes(content[:year] + b"1" + content[year + 1 :])
    with pytest.raises(SourceRefused, match="no backup of a record, or it is damaged"):
        Store.restore(forged, tmp_path / "home", homes.PASSPHRASE, actor="trial")


def test_a_record_open_to_others_is_closed(tmp_path: Path) -> None:
    home = homes.copy("home", tmp_path / "home")
    for path in (home, *home.rglob("*")):
        path.chmod(0o777)
    homes.opened(home).close()
    modes = {path.name: path.stat().st_mode & 0o777 for path in (home, *home.rglob("*"))}
    assert set(modes.values()) == {0o700}


def test_what_a_link_leads_to_is_not_purged_in_a_recordings_place(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_bytes(b"not ours")
    with homes.opened(homes.copy("home", tmp_path / "home")) as store:
        spool_id = store.spools()[0].id
        path = store.spool_folder / f"{spool_id}.spool"
        path.unlink()
        path.symlink_to(precious)
        with pytest.raises(SourceRefused):
            homes.heard(store, spool_id)
        receipt: Receipt = discard(store, spool_id)
    assert receipt.outcome == "already gone"
    assert not path.is_symlink()
    assert precious.read_bytes() == b"not ours"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no such pipes here")
def test_no_file_takes_the_place_of_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(Refused, match="a device's or a pipe's"):
        file.write(pipe, b"words", force=True)
    with homes.opened(homes.copy("home", tmp_path / "home")) as store, pytest.raises(Refused, match="a pipe's"):
        store.backup(pipe, force=True)
    assert pipe.is_fifo()


# The user's own files


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("a: 2001-99-99", id="a day that there is not"),
        pytest.param("a: " + "9" * 10_000, id="a number without end"),
        pytest.param("[" * 5000, id="nested too deeply"),
        pytest.param("- one\n- two\n", id="a list"),
        pytest.param("true: 1\n", id="a key that is no name"),
        pytest.param(LAUGHING, id="aliases that unfold to billions"),
        pytest.param("&a [*a]", id="a list that holds itself"),
        pytest.param("\udcff", id="no text"),
    ],
)
def test_the_users_files_are_refused_in_plain_words(
    content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENFALL_HOME", str(tmp_path))
    (tmp_path / "formats").mkdir()
    readers: dict[str, Callable[[], object]] = {
        "config.yaml": load_settings,
        "intake.yaml": lambda: load_rules(tmp_path),
        "formats/own.yaml": lambda: load_format("own", tmp_path / "formats"),
    }
    for name, read in readers.items():
        path = tmp_path / name
        path.write_bytes(content.encode("utf-8", "surrogateescape"))
        with pytest.raises(SettingsInvalid) as refused:
            read()
        assert CANARY not in str(refused.value)
        path.unlink()


def test_nothing_is_told_to_the_makers_of_a_library(tmp_path: Path) -> None:
    """ONNX Runtime's builds keep an identifier of the computer, and send what they did, unless they are told not to."""
    own = {name: str(tmp_path / name.lower()) for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME")}
    for folder in own.values():
        Path(folder).mkdir()
    kept = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    code = "import pipeline, onnxruntime"
    subprocess.run([sys.executable, "-c", code], env={**kept, **own}, check=True, cwd=homes.ROOT)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
