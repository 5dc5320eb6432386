"""The audit chain: each event carries the digest of the one before, and a seal that only the store's key can make."""

import hmac
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import ValidationError
from sqlalchemy import Connection, Row, insert, select, update

from ..errors import StoreFault
from ..types import AuditEvent
from .schema import audit, meta

GENESIS: Final = "0" * 64  # what the first event carries as the digest of the one before
HEAD: Final = "audit head"
EXPORT: Final = "evenfall audit 1"
RULE: Final = (
    "Events are numbered from 1 without a gap. The digest of each is the SHA-256 of the line AuditEvent and its event "
    "as it stands here (JSON in UTF-8, keys sorted, no spaces), a line feed between them. Each event's previous is the "
    "digest of the one before, of the first 64 zeros. The end says what the seals of the record itself, which only its "
    "key can make, say of the chain."
)


@dataclass(frozen=True)
class AuditReport:
    """How many events hold together from the first on, and the first sequence that does not, and why."""

    events: int
    broken_at: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class AuditChain:
    """Writes and verifies the chain of one store; `actor` is who uses the store now."""

    key: bytes
    actor: str
    clock: Callable[[], datetime]

    def append(self, connection: Connection, action: str, subject: str = "") -> AuditEvent:
        """Add one event inside the caller's transaction; `subject` is a digest or empty, never a name or words.

        Raises:
            StoreFault: the end of the chain is not where it should be.
        """
        if subject and (len(subject) != 64 or subject.strip("0123456789abcdef")):
            raise ValueError("an audit subject is a digest")
        sequence, previous = self._head(connection)
        event = AuditEvent(
            sequence=sequence + 1,
            at=self.clock(),
            actor=self.actor,
            action=action,
            subject=subject,
            previous=previous,
        )
        self._insert(connection, event)
        return event

    def repeat(self, connection: Connection, event: AuditEvent) -> AuditEvent:
        """Add an event of another chain to the end of this one: what happened, when and by whom stay.

        Raises:
            StoreFault: the end of the chain is not where it should be.
        """
        sequence, previous = self._head(connection)
        added = event.replace(sequence=sequence + 1, previous=previous)
        self._insert(connection, added)
        return added

    def adopt(self, connection: Connection, events: Iterable[AuditEvent]) -> None:
        """Put a whole chain of another record, known to hold together, into the place of this one's, now empty."""
        for event in events:
            self._insert(connection, event)

    def _insert(self, connection: Connection, event: AuditEvent) -> None:
        payload = event.model_dump_json()
        connection.execute(
            insert(audit).values(
                sequence=event.sequence, payload=payload, digest=event.digest, mac=self._row_mac(event.digest, payload)
            )
        )
        head = self._head_text(event.sequence, event.digest)
        if connection.execute(update(meta).where(meta.c.key == HEAD).values(value=head)).rowcount == 0:
            connection.execute(insert(meta).values(key=HEAD, value=head))

    def events(self, connection: Connection) -> tuple[AuditEvent, ...]:
        """Read every event, oldest first, as it is; `verify` says whether to believe it."""
        rows = connection.scalars(select(audit.c.payload).order_by(audit.c.sequence))
        try:
            return tuple(AuditEvent.read(payload) for payload in rows)
        except ValidationError:
            raise StoreFault("The audit chain has an event that cannot be read.", "Verify the audit chain.") from None

    def verify(self, connection: Connection) -> AuditReport:
        """Follow the chain from the first event to the head and say where it breaks first."""
        held, previous = 0, GENESIS
        for row in connection.execute(select(audit).order_by(audit.c.sequence)):
            if reason := self._broken(row, held + 1, previous):
                return AuditReport(held, held + 1, reason)
            held, previous = held + 1, row.digest
        head = connection.scalar(select(meta.c.value).where(meta.c.key == HEAD))
        if head is None or not _same(head, self._head_text(held, previous)):
            return AuditReport(held, held + 1, "the chain does not end where it was left")
        return AuditReport(held)

    def seal(self, *parts: str) -> str:
        """Return a seal over these parts that only the store's key can make."""
        return self._mac(*parts)

    def is_seal(self, found: object, *parts: str) -> bool:
        """Say whether this is the seal over these parts."""
        return _same(found, self._mac(*parts))

    def _head(self, connection: Connection) -> tuple[int, str]:
        # PostgreSQL needs the row lock; under SQLite the transaction is the only writer already
        head = connection.scalar(select(meta.c.value).where(meta.c.key == HEAD).with_for_update())
        if head is None:
            if connection.scalar(select(audit.c.sequence).limit(1)) is not None:
                raise _lost_end()
            return 0, GENESIS
        sequence, digest = _head_parts(head)
        if not _same(head, self._head_text(sequence, digest)):
            raise _lost_end()
        return sequence, digest

    def lines(self, connection: Connection, report: AuditReport) -> Iterator[str]:
        """Yield the chain as JSON lines for an auditor: what it is, each event with its digest, where it ends.

        It holds digests, no words of a client. `RULE`, which stands in the first line, checks it without the store.
        """
        yield _line({"format": EXPORT, "rule": RULE})
        for row in connection.execute(select(audit).order_by(audit.c.sequence)):
            try:
                event = json.loads(row.payload)
            except (TypeError, ValueError):
                event = None
            yield _line({"digest": row.digest, "event": event})
        end = {"events": report.events, "whole": report.broken_at is None, "reason": report.reason}
        yield _line({"end": end})

    def _broken(self, row: Row[Any], sequence: int, previous: str) -> str:
        if row.sequence != sequence:
            return "an event is missing"
        if not _same(row.mac, self._row_mac(str(row.digest), str(row.payload))):
            return "the event was changed or put in by another hand"
        try:
            event = AuditEvent.read(row.payload)
        except ValidationError:
            return "the event cannot be read"
        if event.digest != row.digest or event.sequence != sequence or event.previous != previous:
            return "the event does not follow the one before"
        return ""

    def _row_mac(self, digest: str, payload: str) -> str:
        return self._mac("event", digest, payload)

    def _head_text(self, sequence: int, digest: str) -> str:
        return f"{sequence} {digest} {self._mac('head', str(sequence), digest)}"

    def _mac(self, *parts: str) -> str:
        return hmac.digest(self.key, "\n".join(parts).encode(), "sha256").hex()


def _line(content: dict[str, object]) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _same(found: object, right: str) -> bool:
    return hmac.compare_digest(str(found).encode(), right.encode())


def _head_parts(head: str) -> tuple[int, str]:
    try:
        sequence, digest, _ = head.split(" ")
        return int(sequence), digest
    except ValueError:
        raise _lost_end() from None


def _lost_end() -> StoreFault:
    return StoreFault(
        "The end of the audit chain was changed from outside, so nothing more can be added.",
        "Put the store back from a backup, or verify the audit chain to see where it breaks.",
    )
