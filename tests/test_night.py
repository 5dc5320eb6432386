"""A night on the practice's server, a real PostgreSQL: it is stopped in the middle, and each is drafted once."""

import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from pipeline import batch, workflow
from pipeline.batch import Crew, Item, desk, work
from pipeline.config import load_settings
from pipeline.errors import StoreAway

from .batches import Evening, kept, spoken
from .postgres import Postgres, running
from .test_evening import DICTATION
from .test_postgres import ClinicDesk, Practice, founded
from .test_watch import QUICK, folder, watching

WORDS = "carla's words"
OPTIONS = ("--client", "K-12", "--kind", "dictation", "--json")


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with running() as started:
        yield started


@pytest.fixture
def practice(server: Postgres, tmp_path: Path) -> Iterator[Practice]:
    made = founded(server, tmp_path, "ada", ("carla", "clinician"))
    yield made
    server.drop(made.database)
    with server.root() as root:
        root.autocommit = True
        for login in ("ada", "carla"):
            root.execute(f"DROP ROLE {login}")


def test_a_batch_goes_on_when_the_server_is_back_and_drafts_each_once(practice: Practice, tmp_path: Path) -> None:
    evening = Evening(tmp_path / "desk")
    evening.recordings(3)
    own = {"EVENFALL_STORE": practice.address("carla"), "EVENFALL_PASSPHRASE": WORDS}
    process = evening.start("batch", evening.folder, *OPTIONS, **own)
    assert process.stdout is not None
    lines = iter(process.stdout.readline, "")
    assert any('"listening"' in line for line in lines)
    practice.server.stop()
    waiting = next(event for event in map(json.loads, lines) if event["event"] == "waiting")
    assert waiting["error"] == "StoreAway"
    practice.server.start()
    out, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (0, "")
    assert out.count('"drafted"') == 3
    with practice.store("carla", "desk/home") as store:
        assert list(kept(store).values()) == [1, 1, 1]
        store.verify_audit()


class Stopping(ThreadPoolExecutor):
    """A thread that stops the server before it works, once."""

    def __init__(self, server: Postgres) -> None:
        super().__init__(1)
        self.server: Postgres | None = server

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> "Future[Any]":
        if self.server:
            self.server.stop()
            self.server = None
        return super().submit(fn, *args, **kwargs)


def test_a_server_that_stays_away_ends_the_batch_and_the_next_one_goes_on(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "AWAY", 0.5)
    monkeypatch.setattr(desk, "LOOK", 0.1)
    monkeypatch.setenv("EVENFALL_HOME", str(tmp_path / "carla"))
    monkeypatch.setenv("EVENFALL_SPEECH__MODEL", "rough")
    settings = load_settings()
    work.prepare(settings.speech, workflow.models(settings), None)
    item = Item("one", workflow.Order(source=spoken(tmp_path / "a.wav", 0), client="K-12"))
    with practice.store("carla") as store, Stopping(practice.server) as executor:
        crew = Crew(executor, executor, lambda: 2)
        events = batch.run([item], store, settings, crew)
        assert next(events).state == "waiting"
        with pytest.raises(StoreAway):
            next(events)
        practice.server.start()
        assert [event.state for event in batch.run([item], store, settings, crew) if event.over] == ["drafted"]
        assert list(kept(store).values()) == [1]


def test_a_watch_goes_on_when_the_server_is_back(practice: Practice, tmp_path: Path) -> None:
    clinician = ClinicDesk(tmp_path / "desk", WORDS, address=practice.address("carla"))
    clinician.home.mkdir(parents=True)
    (clinician.home / "intake.yaml").write_text(QUICK)
    folder(clinician).mkdir()
    with watching(clinician) as watch:
        practice.server.stop()
        (folder(clinician) / "K12 memo.txt").write_text(DICTATION)
        assert "until it is back" in watch.wait("The record's server")
        practice.server.start()
        watch.wait("drafted as")
    with practice.store("carla", "desk/home") as store:
        assert list(kept(store).values()) == [1]
