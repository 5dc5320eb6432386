"""What is kept how long: said in one place, found as it is, deleted as was said; one client's material on request."""

import io
import json
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from pipeline import consent, export, resources, workflow
from pipeline.audio.spool import Spool
from pipeline.cli import app
from pipeline.config import RetentionSettings, Settings, load_settings
from pipeline.errors import NoSpeech, NotFound, Refused, SettingsInvalid, StoreFault
from pipeline.store import Store, retention
from pipeline.store.retention import Held, load_schedule, without_quotes
from pipeline.types import (
    Consent,
    Detail,
    Draft,
    Evidence,
    Found,
    Goal,
    GoalLink,
    Note,
    Statement,
    TreatmentPlan,
    Typed,
    Typing,
)

from .exported import late_entry
from .test_evening import Desk, desk  # noqa: F401
from .test_store import NOON, Clock, drafted, note, recording, review, signed, transcript
from .test_store_sealed import PASSPHRASE, plain_page, plain_pages

DAY = timedelta(days=1)
DICTATION = consent.ask("dictation", None, (), (), datetime.now(UTC))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EVENFALL_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def store(home: Path, clock: Clock) -> Iterator[Store]:
    with Store.open(home, PASSPHRASE, actor="Dr. Abel", clock=clock) as opened:
        yield opened


def settings(**changes: Any) -> Settings:
    known = load_settings()
    return known.model_copy(update={"retention": known.retention.model_copy(update=changes)})


def there(store: Store, chosen: Settings | None = None) -> dict[str, Held]:
    return {held.key: held for held in store.held(chosen or settings())}


def left_over(store: Store, seed: str) -> None:
    """Keep a transcript as an interrupted run does: in the instant before its draft."""
    store.keep_transcript(recording(seed), transcript(recording(seed)), None)


def recorded(store: Store, client: str | None = None) -> str:
    with Spool.begin(store, DICTATION, medium="pcm", client=client) as spool:
        spool.append(b"\x01\x02" * 800)
        spool.finish()
    return spool.spooled.id


def every_word(store: Store) -> bytes:
    """Return in clear every page of the file, free ones too, and every page in its log."""
    log = (store.home / "store.db-wal").read_bytes()
    frames = (log[start + 24 : start + 24 + 4096] for start in range(32, len(log), 24 + 4096))
    return plain_pages(store.home) + b"".join(plain_page(store.home, frame) for frame in frames)


# Every setting is read: with another value something else is kept, said or deleted


def warned(store: Store, chosen: Settings) -> object:
    return retention.warns(drafted(store), chosen, NOON + 5 * DAY)


def edited(store: Store, chosen: Settings) -> object:
    draft = drafted(store)
    store._chain.clock.now = draft.expires_at  # type: ignore[attr-defined]
    store.expire(chosen, shown=True)
    store._chain.clock.now += 4 * DAY  # type: ignore[attr-defined]
    store.keep_review(review(draft))
    store._chain.clock.now += DAY / 8  # type: ignore[attr-defined]
    return len(store.expire(chosen, shown=True).receipts)


def transcripts_gone(store: Store, chosen: Settings) -> object:
    left_over(store, "c")
    store._chain.clock.now += 10 * DAY  # type: ignore[attr-defined]
    return len(store.apply_retention(chosen))


def recordings_due(store: Store, chosen: Settings) -> object:
    recorded(store)
    store._chain.clock.now = datetime.now(UTC) + 3 * DAY  # type: ignore[attr-defined]
    return there(store, chosen)["recording"].due


def notes_due(store: Store, chosen: Settings) -> object:
    signed(store)
    store._chain.clock.now += 365 * 5 * DAY  # type: ignore[attr-defined]
    return len(store.due_notes(chosen))


def minors_date(store: Store, chosen: Settings) -> object:
    signed(store)
    store._chain.clock.now += 365 * 9 * DAY  # type: ignore[attr-defined]
    return store.due_notes(chosen)[0].minor_until


def quotes_told(store: Store, chosen: Settings) -> object:
    return there(store, chosen)["quotes"].until


SETTINGS: dict[str, tuple[object, Callable[[Store, Settings], object]]] = {
    "keep_quotes": (False, quotes_told),
    "warn_days": (1.0, warned),
    "edited_hours": (1.0, edited),
    "transcript_days": (5.0, transcripts_gone),
    "recording_days": (1.0, recordings_due),
    "note_years": (3, notes_due),
    "majority_years": (21, minors_date),
    "minor_years": (10, minors_date),
}


def test_every_setting_is_in_the_table() -> None:
    assert list(SETTINGS) == list(RetentionSettings.model_fields)


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_is_read(store: Store, tmp_path: Path, clock: Clock, name: str) -> None:
    value, look = SETTINGS[name]
    assert getattr(settings().retention, name) != value
    with Store.open(tmp_path / "other", PASSPHRASE, actor="Dr. Abel", clock=Clock()) as other:
        assert look(store, settings()) != look(other, settings(**{name: value}))


@pytest.mark.parametrize("name", [name for name in SETTINGS if name != "keep_quotes"])
def test_every_number_is_said(store: Store, name: str) -> None:
    odd = settings(**{name: 77})
    assert any(re.search(r"\b77\b", held.until) for held in store.held(odd))


def test_drafts_expire_as_their_setting_says_and_it_is_said(store: Store) -> None:
    known = settings()
    odd = known.model_copy(update={"draft": known.draft.model_copy(update={"expires_days": 77.0})})
    assert "77 days" in there(store, odd)["draft"].until


def test_a_schedule_that_leaves_out_a_kind_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = (resources.configs() / "retention.yaml").read_text()
    (tmp_path / "retention.yaml").write_text(whole[: whole.index("  chain:")])
    monkeypatch.setattr("pipeline.resources.configs", lambda: tmp_path)
    load_schedule.cache_clear()
    with pytest.raises(SettingsInvalid, match="kinds"):
        load_schedule()
    load_schedule.cache_clear()


# The truth as it is found


def test_what_is_there_is_counted_in_the_record_and_on_the_disk(store: Store, clock: Clock) -> None:
    signed(store, "a")
    drafted(store, "b")
    left_over(store, "c")
    kept, lost = recorded(store), recorded(store)
    (store.spool_folder / f"{lost}.spool").unlink()
    found = there(store)
    counts = {key: held.count for key, held in found.items() if key != "chain"}
    assert counts == {
        "recording": 2,
        "source": 0,
        "transcript": 1,
        "orphan": 1,
        "draft": 1,
        "quotes": 1,
        "note": 1,
    }
    assert found["recording"].files == 1
    assert found["chain"].count == len(store.events())
    assert found["draft"].oldest == NOON
    assert not any(held.due for key, held in found.items() if key != "recording")
    clock.now += 15 * DAY
    found = there(store)
    assert (found["draft"].due, found["orphan"].due, found["transcript"].due) == (1, 1, 0)
    assert (store.spool_folder / f"{kept}.spool").exists()


@pytest.mark.parametrize(("years", "due"), [(6.9, 0), (7.1, 1)])
def test_notes_are_due_years_after_the_clients_last_service(store: Store, clock: Clock, years: float, due: int) -> None:
    signed(store, "a")
    last = drafted(store, "b")
    store.keep_review(review(last))
    store.sign(note(last, review(last), NOON + 100 * DAY))
    clock.now = NOON + 100 * DAY + timedelta(days=365.25 * years)
    rows = store.due_notes(settings())
    assert len(rows) == due
    if due:
        assert (rows[0].client, rows[0].notes, rows[0].last_service) == ("K-17", 2, NOON + 100 * DAY)
        assert rows[0].minor_until.year == NOON.year + 21
    store.apply_retention(settings())
    assert len(store.notes()) == 2


def test_the_command_prints_what_is_there_and_why(desk: Desk) -> None:  # noqa: F811
    with Store.open(desk.home, desk.passphrase, actor="ruiz") as store:
        signed(store)
        recorded(store)
    said = desk.run("retention", "show").stdout
    for kind in load_schedule().kinds.values():
        assert kind.title in said
        assert kind.why in said
    assert "Signed notes: 1, the oldest of 2026-03-02" in said
    assert "after 7 days without one you are asked" in said
    assert "{" not in said


# What is due goes


def test_expired_drafts_and_left_over_transcripts_go_with_receipts(store: Store, clock: Clock) -> None:
    signed(store, "a")
    drafted(store, "b")
    left_over(store, "c")
    waiting = recorded(store)
    assert store.apply_retention(settings()) == ()
    clock.now += 15 * DAY
    receipts = store.apply_retention(settings())
    assert [(receipt.recording, receipt.what) for receipt in receipts] == [
        (recording("b").digest, ("transcript", "draft")),
        (recording("c").digest, ("transcript",)),
    ]
    assert (store.drafts(), len(store.notes()), [one.id for one in store.spools()]) == ((), 1, [waiting])
    assert store.transcript_of("c" * 64, "dictation") is None
    assert set(receipts) <= set(store.receipts())
    assert store.apply_retention(settings()) == ()
    store.verify_audit()


def test_a_transcript_tried_again_is_not_left_over(store: Store, clock: Clock) -> None:
    left_over(store, "b")
    clock.now += 13 * DAY
    drafted(store, "b")
    clock.now += 2 * DAY
    assert there(store)["orphan"].count == 0
    assert [receipt.what for receipt in store.apply_retention(settings())] == [("transcript", "draft")]


def test_deleted_words_are_in_no_byte_afterwards(store: Store, clock: Clock) -> None:
    left_over(store, "c")
    drafted(store, "b")
    said = transcript(recording("c")).turns[0].text.encode()
    store._database.truncate_log()
    assert said in every_word(store)
    clock.now += 15 * DAY
    store.apply_retention(settings())
    assert said not in every_word(store)
    assert said.split()[0] not in every_word(store)


def test_the_queue_warns_before_a_draft_goes(desk: Desk) -> None:  # noqa: F811
    with Store.open(desk.home, desk.passphrase, actor="ruiz") as store:
        old = drafted(store, "a")
        soon = datetime.now(UTC) + 2 * DAY
        store.replace_draft(old.digest, old.replace(expires_at=soon))
        late = drafted(store, "b")
        store.replace_draft(late.digest, late.replace(expires_at=soon + 5 * DAY))
        drafts = {draft.recording: draft.digest[:8] for draft in store.drafts()}
    lines = desk.run("queue").stdout.splitlines()
    said = {line.split()[0]: "EXPIRES SOON" in line for line in lines}
    assert said == {drafts[old.recording]: True, drafts[late.recording]: False}


def days_ago() -> datetime:
    return datetime.now(UTC) - 2 * DAY


def test_apply_asks_first(desk: Desk) -> None:  # noqa: F811
    with Store.open(desk.home, desk.passphrase, actor="ruiz", clock=days_ago) as store:
        old = drafted(store)
        store.replace_draft(old.digest, old.replace(expires_at=old.drafted_at))
    refused = desk.run("retention", "apply", typed="n\n")
    assert (refused.returncode, "Nothing was deleted" in refused.stdout) == (3, True)
    assert "purged" in desk.run("retention", "apply", "--yes").stdout
    assert "Nothing waits" in desk.run("queue").stdout


@pytest.mark.parametrize(("worked", "stays"), [(timedelta(minutes=1), True), (25 * DAY / 24, False)])
def test_what_was_worked_on_of_late_is_not_due(store: Store, clock: Clock, worked: timedelta, stays: bool) -> None:
    draft = drafted(store)
    clock.now = draft.expires_at + DAY
    store.keep_review(review(draft))
    clock.now += worked
    assert there(store)["draft"].due == (not stays)
    assert store.due_drafts(settings()) == (() if stays else (draft,))
    assert len(store.apply_retention(settings())) == (not stays)


def test_drafts_expire_at_an_instant_whatever_the_zone(store: Store, clock: Clock) -> None:
    late, early = drafted(store, "a", due=NOON + DAY), drafted(store, "b", due=NOON)
    clock.now = (early.expires_at - timedelta(minutes=1)).astimezone(timezone(timedelta(hours=10)))
    assert store.due_drafts(settings()) == ()
    clock.now = early.expires_at.astimezone(timezone(timedelta(hours=-4)))
    assert store.due_drafts(settings()) == (early,)
    clock.now = late.expires_at
    assert store.due_drafts(settings()) == (early, late)


def test_a_draft_that_was_only_looked_at_is_due(store: Store, clock: Clock) -> None:
    draft = drafted(store)
    clock.now = draft.expires_at + DAY
    store.begin_review(review(draft).replace(decisions=()))
    assert store.due_drafts(settings()) == (draft,)


def test_of_what_is_due_goes_what_was_shown(store: Store, clock: Clock) -> None:
    shown, other = drafted(store, "a"), drafted(store, "b")
    left_over(store, "c")
    clock.now += 15 * DAY
    assert [one.recording for one in store.apply_retention(settings(), {shown.digest})] == [shown.recording]
    assert store.drafts() == (other,)
    assert store.left_over(settings()) == (recording("c").digest,)


@pytest.mark.parametrize("command", [("retention", "apply"), ("purge",)])
def test_each_draft_that_is_to_go_is_named(desk: Desk, command: tuple[str, ...]) -> None:  # noqa: F811
    with Store.open(desk.home, desk.passphrase, actor="ruiz", clock=days_ago) as store:
        for seed in ("a", "b"):
            old = drafted(store, seed)
            store.replace_draft(old.digest, old.replace(expires_at=old.drafted_at))
        (kept, gone) = store.drafts()
    with Store.open(desk.home, desk.passphrase, actor="ruiz") as store:
        store.keep_review(review(kept))
    asked = desk.run(*command, typed="n\n")
    assert (asked.returncode, asked.stdout.count("client K-17")) == (3, 1)
    assert f"{gone.digest[:8]}  client K-17" in asked.stdout
    assert "due 2026-03-02" in asked.stdout
    assert desk.run(*command, typed="y\n").stdout.count("purged") == 1
    with Store.open(desk.home, desk.passphrase, actor="ruiz") as store:
        assert store.drafts() == (kept,)


def test_what_is_worked_on_while_purge_asks_stays(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Store.open(home, PASSPHRASE, actor="ruiz", clock=days_ago) as store:
        old = drafted(store)
        expired = old.replace(expires_at=old.drafted_at)
        store.replace_draft(old.digest, expired)

    def meanwhile(_: str) -> bool:
        with Store.open(home, PASSPHRASE, actor="ruiz") as store:
            store.keep_review(review(expired))
        return True

    monkeypatch.setenv("EVENFALL_PASSPHRASE", PASSPHRASE)
    monkeypatch.setattr("pipeline.cli.records.agreed", meanwhile)
    said = CliRunner().invoke(app, ["purge"])
    assert (said.exit_code, "Nothing was due" in said.output) == (0, True), said.output
    with Store.open(home, PASSPHRASE, actor="ruiz") as store:
        assert store.drafts() == (expired,)


# Words of evidence


def with_goal(plain: Note) -> Note:
    """Return a note that names one of its statements as bearing on a goal."""
    (statement, *_) = plain.statements()
    return plain.replace(goals=(GoalLink(goal="1", text="Sleep.", statement=statement.digest, reason="It says so."),))


def test_a_note_without_quotes_says_where_its_words_stood(store: Store) -> None:
    made = drafted(store)
    whole = with_goal(note(made, review(made)))
    bare = without_quotes(whole)
    for old, new in zip(whole.statements(), bare.statements(), strict=True):
        assert (new.text, new.source, new.category) == (old.text, old.source, old.category)
        for before, after in zip(old.spoken, new.spoken, strict=True):
            kept = ("turn_id", "start", "end", "start_time", "end_time", "speaker", "transcript")
            assert {name: getattr(after, name) for name in kept} == {name: getattr(before, name) for name in kept}
            assert (before.holds(before.quote), after.holds(before.quote), after.quote) == (True, True, "")
            assert not after.holds(before.quote[1:])
            assert before.quote not in after.model_dump_json()
    (statement, *_) = bare.statements()
    assert bare.goals[0].statement == statement.digest
    assert without_quotes(bare) == bare
    store.keep_review(review(made))
    store.sign(bare)
    assert store.note(bare.digest) == bare
    assert there(store)["quotes"].count == 0
    store.verify_whole()


def spoken(words: str) -> Evidence:
    return transcript(recording(), words).evidence("1", 0, len(words))


def test_what_stands_in_quotation_marks_stays_proven() -> None:
    evidence = spoken("I sleep badly since the move").without_words(("since the move",))
    fields = {"source": "client said", "category": "mood", "evidence": (evidence,)}
    kept = Statement(text='Client sleeps badly "since the move".', **fields)  # type: ignore[arg-type]
    assert Statement.read(kept.model_dump_json()) == kept
    for said in ("since the war", "since the", "I sleep badly"):
        with pytest.raises(ValueError, match="not said"):
            Statement(text=f'Client sleeps badly "{said}".', **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("quote", ["", "I sleep well since the move!"])
def test_evidence_without_words_is_made_of_evidence_only(quote: str) -> None:
    fields = json.loads(spoken("I sleep badly since the move").model_dump_json())
    with pytest.raises(ValueError, match="Evidence"):
        Evidence.read(json.dumps({**fields, "quote": quote, "dropped": ["0" * 64] if quote else []}))


@pytest.mark.parametrize("keep", [True, False])
def test_whether_words_are_kept_is_shown_before_signing_and_done(desk: Desk, keep: bool) -> None:  # noqa: F811
    desk.home.mkdir()
    (desk.home / "config.yaml").write_text(f"retention:\n  keep_quotes: {str(keep).lower()}\n")
    result = desk.sign(desk.json("draft", desk.file("dictation.txt"))[0])
    assert result.returncode == 0, result.stderr
    assert result.stdout.index("The words that each statement rests on") < result.stdout.index("Signed")
    (found,) = desk.json("notes", "list")
    statements = [statement for section in found["sections"] for statement in section["statements"]]
    quotes = {item["quote"] for statement in statements for item in statement["evidence"] if "turn_id" in item}
    assert (quotes == {""}) is not keep
    appendix = desk.run("notes", "export", found["digest"][:8], "--appendix").stdout
    assert ("words not kept" in appendix) is not keep


# One client's material


def replace_client(store: Store, draft: Draft, client: str) -> Draft:
    other = draft.replace(client=client)
    store.replace_draft(draft.digest, other)
    return other


def filled(store: Store) -> Note:
    """Keep something of every kind of client K-17, and a draft and a consent of another."""
    kept = signed(store, "a")
    store.addend(late_entry().replace(note=kept.digest))
    unsigned = drafted(store, "b")
    store.keep_review(review(unsigned))
    store.keep_found(Found(recording=unsigned.recording, transcript=unsigned.transcript, findings=()))
    store.keep_plan(TreatmentPlan(client="K-17", goals=(Goal(key="1", text="Xenophon sleeps."),), by="A.", at=NOON))
    for client in ("K-17", "K-18"):
        store.add_consent(
            Consent(
                client=client, participant="client", scope=("record",), method="written", wording="1", given_at=NOON
            )
        )
    store.keep_typing(Typing(role="clinician", at=NOON, client="K-17", text="Halfway typed"), "")
    other = drafted(store, "d")
    other = replace_client(store, other, "K-18")
    store.keep_review(review(other))
    recorded(store, "K-17")
    return kept


def test_all_of_a_client_is_handed_out_and_nothing_of_another(store: Store, tmp_path: Path) -> None:
    kept = filled(store)
    out = tmp_path / "K-17.zip"
    workflow.export_client(store, "K-17", out)
    assert out.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(io.BytesIO(out.read_bytes())) as archive:
        record = json.loads(archive.read("record.json"))
        (name,) = (name for name in archive.namelist() if name.startswith("notes/"))
        plain = archive.read(name).decode()
    assert {kind: len(values) for kind, values in record.items()} == {
        "notes": 1,
        "addenda": 1,
        "plans": 1,
        "consents": 1,
        "drafts": 1,
        "reviews": 1,
        "transcripts": 1,
        "findings": 1,
        "typings": 1,
        "recordings": 1,
    }
    assert record["typings"][0]["text"] == "Halfway typed"
    assert record["notes"][0]["digest"] == kept.digest
    assert "She rang at noon." in plain
    assert "K-18" not in json.dumps(record)
    assert store.events()[-1].action == "export client's file"
    with pytest.raises(Refused, match="--force"):
        workflow.export_client(store, "K-17", out)
    with pytest.raises(NotFound):
        workflow.export_client(store, "K-99", tmp_path / "none.zip")


@pytest.fixture
def chicago(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "America/Chicago")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("chicago")
def test_a_notes_file_is_named_after_the_day_of_its_session(store: Store) -> None:
    made = drafted(store)
    evening = note(made, review(made), NOON + 15 * timedelta(hours=1))  # 3 March in Greenwich, 2 March there
    held = Detail(key="date", value="2026-02-27", source="typed", evidence=(Typed(by="A.", at=NOON, quote="27"),))
    named = export.bundle({}, (evening, evening.replace(details=(held,))), (), NOON)
    with zipfile.ZipFile(io.BytesIO(named)) as archive:
        assert [name[:17] for name in archive.namelist()] == ["notes/2026-03-02-", "notes/2026-02-27-", "record.json"]


def test_what_was_not_signed_is_deleted_and_notes_stay(store: Store) -> None:
    kept = filled(store)
    receipts = workflow.delete_client(store, "K-17", with_notes=False)
    assert [receipt.what for receipt in receipts] == [("transcript", "draft"), ("audio",)]
    found = store.client_file("K-17")
    assert (found.notes, len(found.consents), len(found.plans)) == ((kept,), 1, 1)
    assert (found.drafts, found.transcripts, found.recordings, store.typing_of("clinician")) == ((), (), (), None)
    assert [draft.client for draft in store.drafts()] == ["K-18"]
    assert not list(store.spool_folder.iterdir())
    store.verify_whole()


def test_with_notes_nothing_of_the_client_is_in_any_byte(store: Store) -> None:
    filled(store)
    receipts = workflow.delete_client(store, "K-17", with_notes=True)
    assert [receipt.what for receipt in receipts] == [("transcript", "draft"), ("note",), ("audio",)]
    assert store.notes() == ()
    with pytest.raises(NotFound):
        store.client_file("K-17")
    data = every_word(store)
    for word in (b"K-17", b"Xenophon", b"She rang at noon", b"Halfway"):
        assert word not in data
    assert b"K-18" in data
    with store._database.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM likenesses")) == 0
    store.verify_whole()


def session_without_draft(store: Store, client: str | None, seed: str = "e") -> str:
    """Keep what was said in a session, as a run does that is killed before its draft; return its recording."""
    heard = recording(seed).replace(kind="session")
    said = transcript(heard, "We spoke of Yggdrasil.").replace(kind="session")
    store.keep_transcript(heard, said, None, client)
    return heard.digest


@pytest.mark.parametrize("with_notes", [False, True])
def test_a_transcript_without_a_draft_goes_with_the_rest_of_its_client(store: Store, with_notes: bool) -> None:
    filled(store)
    alone = session_without_draft(store, "K-17")
    others = session_without_draft(store, "K-18", "f")
    assert {one.recording for one in store.client_file("K-17").transcripts} == {recording("b").digest, alone}
    receipts = workflow.delete_client(store, "K-17", with_notes=with_notes)
    assert [receipt.what for receipt in receipts if receipt.recording == alone] == [("transcript",)]
    assert store.undrafted("session", "K-17") == ()
    assert store.undrafted("session", "K-18") == (others,)


def test_whoever_takes_consent_back_is_told_of_a_transcript_without_a_draft(store: Store) -> None:
    alone = session_without_draft(store, "K 19")
    left = workflow.left_of(store, "K 19", "client")
    assert "What was said in 1 session(s) without a draft is still there, in writing." in left.lines()
    assert list(left.ways()) == ["evenfall client delete 'K 19' (with all that is not signed of this client)"]
    assert left.digest != workflow.left_of(store, "K-20", "client").digest
    assert [client.client for client in store.clients()] == ["K 19"]
    (receipt,) = workflow.purge_left(store, left)
    assert (receipt.recording, receipt.what) == (alone, ("transcript",))
    assert b"Yggdrasil" not in every_word(store)
    assert not workflow.left_of(store, "K 19", "client").purgeable


def test_a_transcript_of_nobody_named_is_told_of_and_stays(store: Store) -> None:
    session_without_draft(store, None)
    left = workflow.left_of(store, "K-17", "client")
    assert not left.purgeable
    assert any("`evenfall retention apply`" in line for line in left.lines())


def test_whose_a_transcript_is_outlives_its_hearing_anew_and_its_new_speakers(store: Store) -> None:
    alone = session_without_draft(store, "K-17")
    session_without_draft(store, None)  # the same again, by somebody who does not say whose it is
    assert store.undrafted("session", "K-17") == (alone,)


def test_what_no_note_would_hold_is_not_kept_in_writing(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(*_: object) -> None:
        raise NoSpeech("Nothing was said that a progress note would hold.", "Check that this is the right file.")

    source = tmp_path / "talk.txt"
    source.write_text(resources.configs().joinpath("sample", "dictation.txt").read_text())
    order = workflow.Order(source=source, client="K-17", kind="dictation")
    with monkeypatch.context() as patch:
        patch.setattr("pipeline.workflow.drafting.find", nothing)
        with pytest.raises(NoSpeech):
            workflow.draft_source(order, store, settings(), lambda done, total: None)
    assert there(store)["orphan"].count == 0
    assert store.receipts()[-1].what == ("transcript",)
    made = workflow.draft_source(order, store, settings(), lambda done, total: None)
    with monkeypatch.context() as patch:
        patch.setattr("pipeline.workflow.drafting.find", nothing)
        with pytest.raises(NoSpeech):
            workflow.draft_source(replace(order, again=True), store, settings(), lambda done, total: None)
    assert store.drafts() == (made,)
    assert store.transcript(made.transcript)


def test_a_recording_that_is_being_made_holds_the_deletion_up(store: Store) -> None:
    filled(store)
    with Spool.begin(store, DICTATION, medium="pcm", client="K-17"), pytest.raises(Refused, match="just now"):
        workflow.delete_client(store, "K-17", with_notes=True)
    assert len(store.client_file("K-17").drafts) == 1


@pytest.mark.parametrize(
    ("options", "typed", "code", "notes", "drafts"),
    [
        ((), "K-18\n", 3, 1, 2),
        ((), "K-17\n", 0, 1, 1),
        (("--with-notes",), "yes\n", 3, 1, 2),
        (("--with-notes",), "K-17\n", 0, 0, 1),
    ],
)
def test_the_command_wants_the_reference_typed(
    desk: Desk,  # noqa: F811
    options: tuple[str, ...],
    typed: str,
    code: int,
    notes: int,
    drafts: int,
) -> None:
    with Store.open(desk.home, desk.passphrase, actor="ruiz") as store:
        filled(store)
    result = desk.run("client", "delete", "K-17", *options, typed=typed)
    assert result.returncode == code, result.stderr
    assert "law makes you keep" in result.stdout
    with Store.open(desk.home, desk.passphrase, actor="ruiz") as store:
        assert (len(store.notes()), len(store.drafts())) == (notes, drafts)


def test_what_is_being_typed_is_listed_and_goes(desk: Desk) -> None:  # noqa: F811
    with Store.open(desk.home, desk.passphrase, actor="ruiz") as store:
        store.keep_typing(Typing(role="clinician", at=NOON, client="K-17 ", text="Halfway typed"), "")
        assert [one.client for one in store.clients()] == ["K-17 "]
    said = desk.run("client", "delete", "K-17 ", typed="K-17 \n")
    assert (said.returncode, "1 text(s) being typed" in said.stdout) == (0, True), said.stderr
    with Store.open(desk.home, desk.passphrase, actor="ruiz") as store:
        assert store.typing_of("clinician") is None


def test_an_error_after_the_record_is_deleted_does_not_say_that_nothing_was(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(store)

    def failing(*_: object) -> None:
        raise StoreFault("The disk is full.", "Make room.")

    monkeypatch.setattr("pipeline.audio.spool.discard", failing)
    with pytest.raises(StoreFault) as fault:
        workflow.delete_client(store, "K-17", with_notes=True)
    assert "Nothing was saved or changed" not in str(fault.value)
    assert store.notes() == ()
