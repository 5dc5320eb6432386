"""The audit chain: every kind of tampering is found, and what cannot be audited is not done."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from pipeline.errors import StoreFault
from pipeline.store import Store
from pipeline.store.audit import GENESIS, HEAD, AuditChain, AuditReport
from pipeline.types import AuditEvent, Consent

from .rings import own_keyring  # noqa: F401

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
