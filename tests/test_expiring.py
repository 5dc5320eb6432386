"""Drafts go by themselves: warned of first, never while worked on, never by a clock that may be wrong."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.config import Settings, load_settings
from pipeline.store import Store
from pipeline.store.expiring import BACK, FORWARD
from pipeline.types import Draft

from .test_evening import Desk, desk  # noqa: F401
from .test_store import NOON, Clock, drafted, recording, review, transcript
from .test_store_sealed import PASSPHRASE

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("EVENFALL_HOME", str(tmp_path / "home"))
    return load_settings()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    with Store.open(tmp_path / "home", PASSPHRASE, actor="Dr. Abel", clock=clock) as opened:
        yield opened


def actions(store: Store) -> list[str]:
    return [event.action for event in store.events()]


def until(store: Store, clock: Clock, moment: datetime) -> None:
    """Let days go by as in a practice that is open: something is on record each day."""
    while clock.now + 2 * DAY < moment:
        clock.now += 2 * DAY
        store.record("looked at the queue")
    clock.now = moment


EXPIRES = NOON + 7 * DAY  # as `drafted` makes it


@pytest.mark.parametrize(
    ("warned", "then", "gone"),
    [
        pytest.param(EXPIRES - 3 * DAY, EXPIRES - HOUR, False, id="not before it expires"),
        pytest.param(EXPIRES - 3 * DAY, EXPIRES, True, id="when it expires, three days after the warning"),
        pytest.param(EXPIRES - 1 * DAY, EXPIRES + HOUR, False, id="warned late: three days all the same"),
        pytest.param(EXPIRES - 1 * DAY, EXPIRES + 2 * DAY, True, id="warned late, three days on"),
        pytest.param(EXPIRES + 5 * DAY, EXPIRES + 5 * DAY + HOUR, False, id="away until after: warned first"),
        pytest.param(EXPIRES + 5 * DAY, EXPIRES + 8 * DAY, True, id="away until after, three days on"),
        pytest.param(EXPIRES - 4 * DAY, EXPIRES + DAY, False, id="looked before there was anything to warn of"),
        pytest.param(None, EXPIRES + 9 * DAY, False, id="never warned"),
    ],
)
def test_a_draft_goes_once_its_warning_was_seen_long_enough(
    store: Store, clock: Clock, settings: Settings, warned: datetime | None, then: datetime, gone: bool
) -> None:
    draft = drafted(store)
    if warned:
        until(store, clock, warned)
        assert store.expire(settings, shown=True).receipts == ()
    until(store, clock, then)
    found = store.expire(settings, shown=True)
    assert [one.recording for one in found.receipts] == ([recording().digest] if gone else [])
    assert store.drafts() == (() if gone else (draft,))
    if gone:
        assert found.receipts[0] in store.receipts()
        assert "delete draft: expired" in actions(store)
    store.verify_audit()


def test_a_warning_that_nobody_saw_is_none(store: Store, clock: Clock, settings: Settings) -> None:
    drafted(store)
    until(store, clock, EXPIRES - 3 * DAY)
    (soon,) = store.expire(settings, shown=False).soon
    assert soon.goes_at == EXPIRES
    until(store, clock, EXPIRES + HOUR)
    assert store.expire(settings, shown=False).receipts == ()
    assert "warn of expiry" not in actions(store)


def test_a_warning_is_on_the_chain_once_and_outlives_a_draft_written_anew(
    store: Store, clock: Clock, settings: Settings
) -> None:
    draft = drafted(store)
    until(store, clock, EXPIRES - 3 * DAY)
    store.expire(settings, shown=True)
    store.replace_draft(draft.digest, draft.replace(warnings=("Written anew.",)))
    store.expire(settings, shown=True)
    assert actions(store).count("warn of expiry") == 1
    until(store, clock, EXPIRES)
    assert len(store.expire(settings, shown=False).receipts) == 1


def test_a_warning_of_an_earlier_draft_is_none_of_one_that_expires_later(
    store: Store, clock: Clock, settings: Settings
) -> None:
    old = two_days_warned(store, clock, settings)
    new = old.replace(expires_at=EXPIRES + 6 * DAY)
    store.replace_draft(old.digest, new)
    assert store.expire(settings, shown=True).soon == ()
    until(store, clock, new.expires_at + HOUR)
    found = store.expire(settings, shown=True)
    assert (found.receipts, [one.goes_at for one in found.soon]) == ((), [clock.now + 3 * DAY])
    assert actions(store).count("warn of expiry") == 2
    until(store, clock, new.expires_at + HOUR + 3 * DAY)
    assert len(store.expire(settings, shown=False).receipts) == 1


@pytest.mark.parametrize(("worked", "gone"), [(EXPIRES - 23 * HOUR, False), (EXPIRES - 25 * HOUR, True)])
def test_what_was_worked_on_of_late_stays(
    store: Store, clock: Clock, settings: Settings, worked: datetime, gone: bool
) -> None:
    draft = drafted(store)
    until(store, clock, EXPIRES - 3 * DAY)
    store.expire(settings, shown=True)
    until(store, clock, worked)
    store.keep_review(review(draft))
    until(store, clock, EXPIRES)
    assert bool(store.expire(settings, shown=True).receipts) is gone


@pytest.mark.parametrize(("written", "gone"), [(EXPIRES + HOUR, False), (EXPIRES - 25 * HOUR, True)])
def test_what_was_written_anew_of_late_stays(
    store: Store, clock: Clock, settings: Settings, written: datetime, gone: bool
) -> None:
    draft = drafted(store)
    until(store, clock, EXPIRES - 3 * DAY)
    store.expire(settings, shown=True)
    until(store, clock, written)
    new = draft.replace(warnings=("Written anew.",))
    store.replace_draft(draft.digest, new)
    until(store, clock, max(written, EXPIRES))
    assert store.due_drafts(settings) == ((new,) if gone else ())
    assert bool(store.expire(settings, shown=True).receipts) is gone


def two_days_warned(store: Store, clock: Clock, settings: Settings) -> Draft:
    draft = drafted(store)
    until(store, clock, EXPIRES - 3 * DAY)
    store.expire(settings, shown=True)
    until(store, clock, EXPIRES - DAY)
    store.record("looked at the queue")
    return draft


@pytest.mark.parametrize(
    ("jump", "doubted"),
    [
        pytest.param(-BACK + timedelta(seconds=1), False, id="a little back"),
        pytest.param(-BACK - timedelta(seconds=1), True, id="back"),
        pytest.param(-400 * DAY, True, id="far back: a dead battery"),
        pytest.param(FORWARD, False, id="ten days on: a holiday"),
        pytest.param(FORWARD + HOUR, True, id="further on"),
        pytest.param(4000 * DAY, True, id="far on"),
    ],
)
def test_by_a_clock_that_jumped_nothing_goes(
    store: Store, clock: Clock, settings: Settings, jump: timedelta, doubted: bool
) -> None:
    draft = two_days_warned(store, clock, settings)
    last = clock.now
    clock.now += jump
    found = store.expire(settings, shown=True)
    assert (found.doubt is not None) is doubted
    assert len(found.receipts) == (1 if jump == FORWARD else 0)
    if found.doubt:
        assert (found.doubt.last, found.doubt.at) == (last, last + jump)
        assert store.drafts() == (draft,)


def test_the_doubt_stays_until_somebody_says_that_the_clock_is_right(
    store: Store, clock: Clock, settings: Settings
) -> None:
    draft = two_days_warned(store, clock, settings)
    clock.now += 30 * DAY
    for _ in range(3):  # by the wrong clock's own events nothing looks wrong any more
        assert store.expire(settings, shown=True).doubt
        store.record("looked at the queue")
        clock.now += DAY
    assert store.drafts() == (draft,)
    assert actions(store).count("clock in doubt: nothing expires") == 1
    store.trust_clock()
    assert "clock confirmed" in actions(store)
    assert len(store.expire(settings, shown=True).receipts) == 1
    store.trust_clock()
    assert actions(store).count("clock confirmed") == 1


def test_a_transcript_without_a_draft_could_be_lost_too(store: Store, clock: Clock, settings: Settings) -> None:
    store.keep_transcript(recording(), transcript(recording()), None)
    clock.now += 400 * DAY
    assert store.watch_clock()


def test_what_was_restored_is_warned_of_anew_and_the_clock_is_asked_about(
    store: Store, clock: Clock, settings: Settings, tmp_path: Path
) -> None:
    """Who restores a backup of weeks ago wants its drafts; the restoring itself must not make the gap look right."""
    draft = two_days_warned(store, clock, settings)
    store.backup(tmp_path / "backup")
    clock.now += 24 * DAY
    Store.restore(tmp_path / "backup", tmp_path / "new", PASSPHRASE, actor="Dr. Abel", clock=clock)
    with Store.open(tmp_path / "new", PASSPHRASE, actor="Dr. Abel", clock=clock) as new:
        assert new.expire(settings, shown=True).doubt
        new.trust_clock()
        (soon,) = new.expire(settings, shown=True).soon
        assert (soon.warned, soon.goes_at) == (True, clock.now + 3 * DAY) or not soon.warned
        assert new.drafts() == (draft,)
        clock.now += 3 * DAY
        assert len(new.expire(settings, shown=True).receipts) == 1


def test_where_nothing_could_be_lost_no_clock_is_doubted(store: Store, clock: Clock, settings: Settings) -> None:
    clock.now += 400 * DAY
    assert store.expire(settings, shown=True).doubt is None


# By the commands


def days_ago() -> datetime:
    return datetime.now(UTC) - 2 * DAY


def expire_at(desk: Desk, when: datetime) -> Draft:  # noqa: F811
    with Store.open(desk.home, desk.passphrase, actor="ruiz", clock=days_ago) as store:
        old = drafted(store)
        made = old.replace(drafted_at=min(old.drafted_at, when), due_at=old.due_at, expires_at=when)
        store.replace_draft(old.digest, made)
        return made


def test_the_queue_warns_and_later_says_what_went(desk: Desk) -> None:  # noqa: F811
    draft = expire_at(desk, datetime.now(UTC) - HOUR)
    shown = desk.run("queue")
    assert "EXPIRES SOON" in shown.stdout
    assert "has expired" not in desk.run("queue").stderr
    desk.home.joinpath("config.yaml").write_text("retention: {warn_days: 0}")
    gone = desk.run("queue")
    assert "A draft has expired." in gone.stderr
    assert f"transcript and draft of recording {draft.recording[:8]}: purged" in gone.stderr
    assert "Nothing waits" in gone.stdout


def test_any_command_lets_it_go_after_its_own_work(desk: Desk) -> None:  # noqa: F811
    draft = expire_at(desk, datetime.now(UTC) - HOUR)
    desk.run("queue")
    desk.home.joinpath("config.yaml").write_text("retention: {warn_days: 0}")
    copied = desk.run("notes", "export", draft.digest[:8], "--draft")
    assert copied.returncode == 0, copied.stderr
    assert "A draft has expired." in copied.stderr


def test_a_queue_for_a_program_warns_nobody(desk: Desk) -> None:  # noqa: F811
    expire_at(desk, datetime.now(UTC) - HOUR)
    desk.home.joinpath("config.yaml").write_text("retention: {warn_days: 0}")
    for _ in range(2):
        assert len(desk.json("queue")) == 1
    assert "A draft has expired." in desk.run("queue").stderr


def test_a_clock_in_doubt_is_told_and_confirmed(desk: Desk) -> None:  # noqa: F811
    with Store.open(desk.home, desk.passphrase, actor="ruiz", clock=lambda: NOON) as store:
        drafted(store)
    assert "no draft expires until you say that the clock is right" in desk.run("queue").stderr
    for command in (("retention", "apply", "--yes"), ("purge", "--yes")):
        untold = desk.run(*command)
        assert (untold.returncode, "--yes does not say that the clock is right" in untold.stderr) == (3, True)
    asked = desk.run("purge", typed="n\n")
    assert (asked.returncode, "Set the computer's clock" in asked.stdout) == (3, True)
    assert "client K-17" in desk.run("queue").stdout
    refused = desk.run("retention", "apply", typed="n\n")
    assert (refused.returncode, "Set the computer's clock" in refused.stdout) == (3, True)
    assert "Nothing waits" not in desk.run("queue").stdout
    assert "purged" in desk.run("retention", "apply", typed="y\ny\n").stdout
    assert "clock" not in desk.run("queue").stderr
