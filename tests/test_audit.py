"""The audit chain: every kind of tampering is found, and what cannot be audited is not done."""

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from pipeline import consent as consents
from pipeline import workflow
from pipeline.audio.spool import Spool
from pipeline.config import Settings, load_settings
from pipeline.errors import StoreFault
from pipeline.store import Store
from pipeline.store.audit import GENESIS, HEAD, AuditChain, AuditReport
from pipeline.store.backup import content_digest
from pipeline.types import AuditEvent, Consent, Goal, Receipt, Style, TreatmentPlan

from .exported import late_entry
from .rings import own_keyring  # noqa: F401
from .test_evening import Desk, desk  # noqa: F401
from .test_store import drafted, note, recording, review, signed, transcript

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
EVENTS = 6  # "create store" and five more


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "home", None, actor="Dr. Abel", clock=lambda: NOON) as opened:
        for number in range(1, EVENTS):
            opened.record(f"action {number}", f"{number:064x}")
        yield opened


def report(store: Store) -> AuditReport:
    with store._database.reading() as connection:
        return store._chain.verify(connection)


def consent() -> Consent:
    return Consent(
        client="K-17",
        participant="client",
        scope=("record",),
        method="written",
        wording="consent@1",
        given_at=NOON,
    )


def test_each_event_carries_the_digest_of_the_one_before(store: Store) -> None:
    events = store.events()
    assert [event.sequence for event in events] == list(range(1, EVENTS + 1))
    assert events[0].previous == GENESIS
    assert [event.previous for event in events[1:]] == [event.digest for event in events[:-1]]
    assert store.verify_audit() == EVENTS
    assert report(store) == AuditReport(EVENTS)


def forged(sequence: int, previous: str) -> dict[str, Any]:
    """Return a row as one without the key would make it: all right but for the seal."""
    event = AuditEvent(sequence=sequence, at=NOON, actor="Dr. Who", action="sign note", subject="", previous=previous)
    return {"s": sequence, "p": event.model_dump_json(), "d": event.digest, "m": "0" * 64}


INSERT = "INSERT INTO audit (sequence, payload, digest, mac) VALUES (:s, :p, :d, :m)"


def _sql(connection: Connection, *statements: str) -> None:
    for statement in statements:
        connection.execute(text(statement))


def flip(connection: Connection) -> None:
    _sql(connection, "UPDATE audit SET payload = replace(payload, 'action 2', 'action 9') WHERE sequence = 3")


def respace(connection: Connection) -> None:
    _sql(connection, "UPDATE audit SET payload = replace(payload, ',', ', ') WHERE sequence = 3")


def flip_digest(connection: Connection) -> None:
    _sql(connection, f"UPDATE audit SET digest = '{'0' * 64}' WHERE sequence = 3")


def flip_seal(connection: Connection) -> None:
    _sql(connection, "UPDATE audit SET mac = 'é' WHERE sequence = 3")


def blank(connection: Connection) -> None:
    _sql(connection, "UPDATE audit SET payload = 7 WHERE sequence = 3")


def remove(connection: Connection) -> None:
    _sql(connection, "DELETE FROM audit WHERE sequence = 3")


def remove_and_close_up(connection: Connection) -> None:
    _sql(connection, "DELETE FROM audit WHERE sequence = 3")
    for sequence in range(4, EVENTS + 1):
        _sql(connection, f"UPDATE audit SET sequence = {sequence - 1} WHERE sequence = {sequence}")


def reorder(connection: Connection) -> None:
    for old, new in ((3, 99), (4, 3), (99, 4)):
        _sql(connection, f"UPDATE audit SET sequence = {new} WHERE sequence = {old}")


def insert_between(connection: Connection) -> None:
    for sequence in range(EVENTS, 2, -1):
        _sql(connection, f"UPDATE audit SET sequence = {sequence + 1} WHERE sequence = {sequence}")
    previous = connection.scalar(text("SELECT digest FROM audit WHERE sequence = 2"))
    connection.execute(text(INSERT), forged(3, str(previous)))


def insert_before(connection: Connection) -> None:
    connection.execute(text(INSERT), {**forged(1, GENESIS), "s": 0})


def insert_after(connection: Connection) -> None:
    previous = connection.scalar(text(f"SELECT digest FROM audit WHERE sequence = {EVENTS}"))
    connection.execute(text(INSERT), forged(EVENTS + 1, str(previous)))


def truncate(connection: Connection) -> None:
    _sql(connection, f"DELETE FROM audit WHERE sequence = {EVENTS}")


def truncate_and_forget_head(connection: Connection) -> None:
    _sql(connection, f"DELETE FROM audit WHERE sequence = {EVENTS}", f"DELETE FROM meta WHERE key = '{HEAD}'")


def truncate_and_forge_head(connection: Connection) -> None:
    truncate(connection)
    row = connection.execute(text(f"SELECT digest, mac FROM audit WHERE sequence = {EVENTS - 1}")).one()
    head = f"{EVENTS - 1} {row.digest} {row.mac}"
    connection.execute(text("UPDATE meta SET value = :head WHERE key = :key"), {"head": head, "key": HEAD})


def spoil_head(connection: Connection) -> None:
    _sql(connection, f"UPDATE meta SET value = 'é' WHERE key = '{HEAD}'")


def erase(connection: Connection) -> None:
    _sql(connection, "DELETE FROM audit", "DELETE FROM meta")


@pytest.mark.parametrize(
    ("tampering", "broken_at"),
    [
        (flip, 3),
        (respace, 3),
        (flip_digest, 3),
        (flip_seal, 3),
        (blank, 3),
        (remove, 3),
        (remove_and_close_up, 3),
        (reorder, 3),
        (insert_between, 3),
        (insert_before, 1),
        (insert_after, EVENTS + 1),
        (truncate, EVENTS),
        (truncate_and_forget_head, EVENTS),
        (truncate_and_forge_head, EVENTS),
        (spoil_head, EVENTS + 1),
        (erase, 1),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_tampering_is_found(store: Store, tampering: Any, broken_at: int) -> None:
    with store._database.writing() as connection:
        tampering(connection)
    found = report(store)
    assert (found.events, found.broken_at) == (broken_at - 1, broken_at)
    assert found.reason
    with pytest.raises(StoreFault, match=f"broken at event {broken_at}: "):
        store.verify_audit()


@pytest.mark.parametrize("sequence", range(1, EVENTS + 1))
def test_a_chain_rewritten_from_any_event_on_needs_the_key(store: Store, sequence: int) -> None:
    stranger = AuditChain(b"another key of 32 bytes, guessed", "Dr. Who", lambda: NOON)
    with store._database.writing() as connection:
        _sql(connection, f"DELETE FROM audit WHERE sequence >= {sequence}")
        digest = connection.scalar(text("SELECT digest FROM audit ORDER BY sequence DESC LIMIT 1")) or GENESIS
        head = stranger._head_text(sequence - 1, str(digest))
        connection.execute(text("UPDATE meta SET value = :head"), {"head": head})
        for _ in range(sequence, EVENTS + 1):
            stranger.append(connection, "sign note")
    assert report(store).broken_at == sequence


@pytest.mark.parametrize("tampering", [spoil_head, truncate_and_forget_head, truncate_and_forge_head])
def test_nothing_is_added_to_a_chain_whose_end_was_changed(store: Store, tampering: Any) -> None:
    with store._database.writing() as connection:
        tampering(connection)
    with pytest.raises(StoreFault, match="end of the audit chain"):
        store.record("more")


def test_an_unreadable_event_is_a_fault_not_a_crash(store: Store) -> None:
    with store._database.writing() as connection:
        blank(connection)
    with pytest.raises(StoreFault):
        store.events()


def test_what_cannot_be_audited_is_not_done(store: Store) -> None:
    with store._database.writing() as connection:
        _sql(
            connection,
            "CREATE TRIGGER no_audit BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no audit today'); END",
        )
    with pytest.raises(StoreFault):
        store.add_consent(consent())
    with store._database.writing() as connection:
        _sql(connection, "DROP TRIGGER no_audit")
    assert store.consents() == ()
    assert store.verify_audit() == EVENTS
    store.add_consent(consent())
    assert store.consents() == (consent(),)


def test_the_chain_goes_on_after_it_was_closed(tmp_path: Path) -> None:
    for number in range(3):
        with Store.open(tmp_path, None, actor=f"user {number}") as store:
            store.record("look")
            assert store.verify_audit() == number + 2


# Anchored in the signed notes


def sealed_end(store: Store) -> str:
    """Return the end of the chain with its seal, as one with a copy of the file could put it back."""
    with store._database.reading() as connection:
        return str(connection.scalar(text("SELECT value FROM meta WHERE key = :key"), {"key": HEAD}))


def cut_back(store: Store, end: str) -> None:
    """Cut the chain back to an earlier end, with the seal that end had then."""
    with store._database.writing() as connection:
        _sql(connection, f"DELETE FROM audit WHERE sequence > {end.split(' ')[0]}")
        connection.execute(text("UPDATE meta SET value = :end WHERE key = :key"), {"end": end, "key": HEAD})


def test_signed_notes_hold_the_chain_where_it_was(store: Store) -> None:
    first, second = signed(store, "a"), signed(store, "b")
    with store._database.reading() as connection:
        kept = connection.execute(text("SELECT sequence, digest, note FROM anchors ORDER BY sequence")).all()
    told = [(event.sequence, event.digest, event.subject) for event in store.events() if event.action == "sign note"]
    assert [tuple(row) for row in kept] == told
    assert [row.note for row in kept] == [first.digest, second.digest]
    store.verify_audit()


def test_a_chain_cut_back_before_a_signed_note_is_seen(store: Store) -> None:
    end = sealed_end(store)
    signed(store)
    cut_back(store, end)
    assert report(store).broken_at is None  # in itself the chain holds
    with pytest.raises(StoreFault, match="cut back"):
        store.verify_audit()


def test_it_is_seen_without_the_anchor_too(store: Store) -> None:
    end = sealed_end(store)
    signed(store)
    cut_back(store, end)
    with store._database.writing() as connection:
        _sql(connection, "DELETE FROM anchors")
    with pytest.raises(StoreFault, match="cut back"):
        store.verify_audit()


def test_a_chain_cut_back_and_gone_on_with_is_seen(store: Store) -> None:
    end = sealed_end(store)
    signed(store)
    length = len(store.events())
    cut_back(store, end)
    while len(store.events()) < length + 1:
        store.record("nothing")
    with pytest.raises(StoreFault, match="made anew"):
        store.verify_audit()


@pytest.mark.parametrize(
    ("tampering", "reason"),
    [
        ("DELETE FROM notes", "gone, and nothing says why"),
        ("DELETE FROM anchors WHERE sequence = (SELECT max(sequence) FROM anchors)", "is missing"),
        ("UPDATE anchors SET note = digest", "was changed"),
        ("UPDATE anchors SET mac = digest", "was changed"),
        ("UPDATE anchors SET sequence = sequence - 1", "was changed"),
    ],
)
def test_note_and_chain_cannot_be_parted(store: Store, tampering: str, reason: str) -> None:
    for seed in "ab":
        signed(store, seed)
    with store._database.writing() as connection:
        _sql(connection, tampering)
    with pytest.raises(StoreFault, match=reason):
        store.verify_audit()


def test_notes_signed_before_there_were_anchors_are_no_fault(store: Store) -> None:
    signed(store, "a")
    with store._database.writing() as connection:
        _sql(connection, "DELETE FROM anchors")
    store.verify_audit()
    signed(store, "b")
    store.verify_audit()


def test_a_note_deleted_on_request_is_no_fault(store: Store) -> None:
    signed(store)
    store.forget_client("K-17", with_notes=True)
    assert store.notes() == ()
    store.verify_audit()


# For an auditor


def checks(lines: list[str]) -> bool:
    """Check an export by the rule in its first line, with the standard library alone."""
    header, *events, end = (json.loads(line) for line in lines)
    assert header["format"] == "evenfall audit 1"
    previous = "0" * 64
    for number, line in enumerate(events, 1):
        plain = json.dumps(line["event"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        digest = hashlib.sha256(f"AuditEvent\n{plain}".encode()).hexdigest()
        if (digest, line["event"]["previous"], line["event"]["sequence"]) != (line["digest"], previous, number):
            return False
        previous = digest
    return bool(end["end"]["whole"]) and end["end"]["events"] == len(events)


def exported(store: Store, path: Path) -> list[str]:
    workflow.export_audit(store, path)
    return path.read_text(encoding="utf-8").splitlines()


def test_an_export_is_checked_by_its_own_rule_and_holds_no_words(store: Store, tmp_path: Path) -> None:
    kept = signed(store)
    lines = exported(store, tmp_path / "audit.jsonl")
    assert checks(lines)
    assert len(lines) == len(store.events()) + 2
    assert json.loads(lines[-2])["event"]["action"] == "export audit chain"
    words = {word for statement in kept.statements() for word in statement.text.split() if len(word) > 6}
    assert words
    assert not any(word in "\n".join(lines[1:]) for word in (*words, "K-17"))


@pytest.mark.parametrize("change", ["flip", "remove", "swap"])
def test_a_changed_export_does_not_check(store: Store, tmp_path: Path, change: str) -> None:
    lines = exported(store, tmp_path / "audit.jsonl")
    if change == "flip":
        lines[3] = lines[3].replace("action 2", "action 9")
    elif change == "remove":
        del lines[3]
    else:
        lines[3], lines[4] = lines[4], lines[3]
    assert not checks(lines)


def test_a_broken_chain_is_exported_and_says_so(store: Store, tmp_path: Path) -> None:
    with store._database.writing() as connection:
        flip(connection)
    lines = exported(store, tmp_path / "audit.jsonl")
    assert not checks(lines)
    assert json.loads(lines[-1])["end"] == {
        "events": 2,
        "reason": "the event was changed or put in by another hand",
        "whole": False,
    }


# What cannot be audited is not done

DICTATION = consents.ask("dictation", None, (), (), NOON)
GOAL = Goal(key="1", text="Sleep.")


def _plan() -> TreatmentPlan:
    return TreatmentPlan(client="K-17", goals=(GOAL,), by="Dr. Abel", at=NOON)


def _receipt() -> Receipt:
    return Receipt(recording="0" * 64, what=("audio",), at=NOON, outcome="purged")


def _worked_on_does_not_count() -> Settings:
    known = load_settings()
    return known.model_copy(update={"retention": known.retention.model_copy(update={"edited_hours": 0.0})})


def _waiting(store: Store) -> str:
    return store.spools()[0].id


def _sign(store: Store) -> None:
    made = store.drafts()[0]
    store.sign(note(made, review(made)))


ACTIONS: dict[str, Callable[[Store, Path], object]] = {
    "keep a transcript": lambda store, _: store.keep_transcript(recording("c"), transcript(recording("c")), None),
    "keep a draft": lambda store, _: drafted(store, "d"),
    "keep a review": lambda store, _: store.keep_review(review(store.drafts()[0]).replace(decisions=())),
    "delete a draft": lambda store, _: store.delete_draft(store.drafts()[0].digest, "expired"),
    "sign": lambda store, _: _sign(store),
    "add to a note": lambda store, _: store.addend(late_entry().replace(note=store.notes()[0].digest)),
    "keep a plan": lambda store, _: store.keep_plan(_plan()),
    "keep a style": lambda store, _: store.keep_style(Style(clinician="Dr. Abel")),
    "add a consent": lambda store, _: store.add_consent(consent()),
    "revoke a consent": lambda store, _: store.revoke_consent("K-1", "client", NOON),
    "keep a receipt": lambda store, _: store.purged(_receipt()),
    "begin a recording": lambda store, _: Spool.begin(store, DICTATION, medium="pcm").close(),
    "open a recording": lambda store, _: store.unlock_spool(_waiting(store)),
    "destroy a recording's key": lambda store, _: store.destroy_spool(_waiting(store), None),
    "set a PIN": lambda store, _: store.set_pin("2468"),
    "read a note": lambda store, _: store.notes(),
    "change the passphrase": lambda store, _: store.change_passphrase("another"),
    "make a recovery key": lambda store, _: store.make_recovery_key(),
    "back up": lambda store, path: store.backup(path / "out"),
    "export the chain": lambda store, path: workflow.export_audit(store, path / "out"),
    "hand out a client's file": lambda store, path: workflow.export_client(store, "K-17", path / "out"),
    "delete a client": lambda store, _: workflow.delete_client(store, "K-17", with_notes=True),
    "apply retention": lambda store, _: store.apply_retention(_worked_on_does_not_count()),
    "use other settings": lambda store, _: store.use_settings(load_settings().model_copy(update={"user": "x"})),
}


@pytest.mark.parametrize("name", ACTIONS)
def test_nothing_is_done_that_cannot_be_audited(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every table, every file stays as it was while the chain takes no event."""
    monkeypatch.setenv("EVENFALL_HOME", str(tmp_path / "home"))
    with Store.open(tmp_path / "home", None, actor="Dr. Abel", clock=lambda: NOON + timedelta(days=60)) as store:
        signed(store, "a")
        store.keep_review(review(drafted(store, "b")))
        store.add_consent(consent().replace(client="K-1"))
        store.use_settings(load_settings())
        store.make_recovery_key()
        with Spool.begin(store, DICTATION, medium="pcm"):
            pass
        no_audit = "CREATE TRIGGER no_audit BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no audit today'); END"
        with store._database.writing() as connection:
            _sql(connection, no_audit)
        before = state(store)
        with pytest.raises(StoreFault):
            ACTIONS[name](store, tmp_path)
        assert state(store) == before
        with store._database.writing() as connection:
            _sql(connection, "DROP TRIGGER no_audit")
        ACTIONS[name](store, tmp_path)
        if not name.startswith(("read", "open", "keep a receipt")):
            assert state(store) != before
        store.verify_audit()


def state(store: Store) -> tuple[str, dict[str, bytes]]:
    """Return a digest of all that the tables hold, and every other file."""
    with store._database.reading() as connection:
        content = content_digest(connection)
    folder = store.home.parent
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("store.db"))
    return content, {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


# Settings and refusals


def test_changed_settings_are_named_and_their_values_are_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENFALL_HOME", str(tmp_path / "home"))
    with Store.open(tmp_path / "home", None, actor="Dr. Abel") as store:
        store.use_settings(load_settings())
        for name, value in (("DRAFT__EXPIRES_DAYS", "3"), ("SPEECH__TERMS", '["Elm Street"]')):
            monkeypatch.setenv(f"EVENFALL_{name}", value)
            for _ in range(2):
                store.use_settings(load_settings())
        told = [event.action for event in store.events() if event.action.startswith("settings")]
    assert told == ["settings changed: draft.expires_days", "settings changed: speech.terms"]


def test_a_refused_command_is_on_the_chain(desk: Desk) -> None:  # noqa: F811
    there = desk.file("there.zip", "")
    assert desk.run("notes", "show", "abcdef").returncode == 3
    assert desk.run("audit", "export", there).returncode == 3
    with Store.open(desk.home, desk.passphrase, actor="ruiz") as store:
        refused = [event.action for event in store.events() if event.action.startswith("refused")]
    assert refused == ["refused: NotFound", "refused: Refused"]
