"""A clinic's computers: real Dask over TLS on loopback; workers and the scheduler are killed, and nothing leaks."""

import re
from pathlib import Path

import psutil
import pytest

from pipeline.batch import clinic as clinics
from pipeline.config import ClinicSettings
from pipeline.errors import Refused, Unready

from .batches import CANARY, Evening, states
from .clinics import Authority, Clinic

pytest.importorskip("distributed", reason="the extra `clinic` is not installed")

GIVEN = ("--client", "K-12", "--kind", "dictation", "--json")


@pytest.fixture
def evening(tmp_path: Path) -> Evening:
    return Evening(tmp_path / "desk")


@pytest.fixture
def clinic(tmp_path: Path) -> Clinic:
    (tmp_path / "clinic").mkdir()
    return Clinic(tmp_path / "clinic")


def hearing(nanny: int) -> psutil.Process:
    """Return the process that `evenfall worker` hears in."""
    (worker,) = (one for one in psutil.Process(nanny).children() if "spawn_main" in " ".join(one.cmdline()))
    return worker


def bytes_of(folder: Path) -> bytes:
    """Return all that lies in a folder but the certificates."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".pem")
    return b"\0".join(path.read_bytes() for path in files)


def test_recordings_are_heard_elsewhere_and_no_word_of_them_stays_there(evening: Evening, clinic: Clinic) -> None:
    evening.recordings(2)
    (evening.folder / "damaged.wav").write_bytes(b"RIFF and no sound " + CANARY[0].encode())
    with clinic.scheduler(), clinic.worker() as worker:
        assert states(evening.batch(*clinic.options)) == ["drafted", "drafted", "refused"]
        while_running = bytes_of(clinic.root)
        environment = psutil.Process(worker.pid).environ()
    assert list(evening.kept().values()) == [1, 1]
    with evening.open_store() as store:
        said = " ".join(turn.text for draft in store.drafts() for turn in store.transcript(draft.transcript).turns)
    assert any(words in said for words in CANARY)
    for left in (while_running, bytes_of(clinic.root)):
        assert b"Registered to" in left
        assert not [words for words in CANARY if words.encode() in left]
        assert not [word for word in set(re.findall(r"[a-z]{9,}", said)) if word.encode() in left]
    assert not environment["EVENFALL_PASSPHRASE"]
    assert not (clinic.root / "worker" / "home").exists()


def test_a_worker_that_is_killed_in_the_middle_loses_nothing(evening: Evening, clinic: Clinic) -> None:
    evening.recordings(3)
    with clinic.scheduler(), clinic.worker() as worker:
        process = evening.start("batch", evening.folder, *GIVEN, *clinic.options)
        assert process.stdout is not None
        assert '"listening"' in process.stdout.readline()
        hearing(worker.pid).kill()
        out, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (0, "")
    assert out.count('"drafted"') == 3
    assert list(evening.kept().values()) == [1, 1, 1]


def test_a_scheduler_that_is_restarted_in_the_middle_loses_nothing(evening: Evening, clinic: Clinic) -> None:
    evening.recordings(3)
    with clinic.scheduler() as first, clinic.worker():
        process = evening.start("batch", evening.folder, *GIVEN, *clinic.options)
        assert process.stdout is not None
        assert '"listening"' in process.stdout.readline()
        first.kill()
        first.wait()
        with clinic.scheduler():
            out, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    assert out.count('"drafted"') == 3
    assert list(evening.kept().values()) == [1, 1, 1]


NOTHING = ClinicSettings(scheduler=None, tls_ca=None, tls_cert=None, tls_key=None, connect_seconds=2.0)


@pytest.mark.parametrize(
    "address", ["tcp://192.0.2.7:8786", "tcp://localhost.example.org:8786", "192.0.2.7:8786", "ws://127.0.0.1:8786"]
)
def test_a_scheduler_without_tls_is_refused(address: str) -> None:
    with pytest.raises(Refused, match="without TLS"), clinics.crew(address, NOTHING):
        pass


def test_tls_without_certificates_says_which_file_lacks() -> None:
    with pytest.raises(Unready, match="tls_ca"), clinics.crew("tls://192.0.2.7:8786", NOTHING):
        pass


def test_a_computer_of_another_authority_is_not_let_in(evening: Evening, clinic: Clinic) -> None:
    evening.recordings(1)
    stranger = Authority(evening.root / "tls")
    with clinic.scheduler():
        process = evening.start(
            "batch",
            evening.folder,
            *GIVEN,
            "--scheduler",
            clinic.address,
            *stranger.options,
            EVENFALL_CLINIC__CONNECT_SECONDS="3",
        )
        _, err = process.communicate(timeout=60)
    assert process.returncode == 4
    assert err.startswith("evenfall: The scheduler does not answer, or does not take this certificate.")
    assert evening.kept() == {}
