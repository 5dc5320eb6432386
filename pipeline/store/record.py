"""What every part of the record stands on: the database, its key, the audit chain, and how things are forgotten."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from sqlalchemy import Connection, select

from ..errors import Outdated, Refused
from ..types import Receipt
from . import purges, rows
from .audit import AuditChain
from .copying import End
from .database import Transactions
from .keys import StoreKey
from .schema import drafts, findings, own, reviews, transcripts
from .sidecar import Way

What = tuple[Literal["audio", "transcript", "draft", "note"], ...]


class Record:
    """What each part of the record stands on; it is a context manager and safe for several threads."""

    def __init__(self, database: Transactions, key: StoreKey, chain: AuditChain, way: Way) -> None:
        self._database, self._key, self._chain, self._way = database, key, chain, way

    @property
    def actor(self) -> str:
        """Who uses the store, as its audit events name them."""
        return self._chain.actor

    @property
    def home(self) -> Path:
        """The home folder: of the store, or on this computer of a user of a practice's server."""
        return self._database.home

    @property
    def spool_folder(self) -> Path:
        """The folder of the sealed recordings."""
        return self.home / "spool"

    @property
    def end(self) -> End:
        """The record as one end of a copy."""
        return End(self._database, self._chain)

    def close(self) -> None:
        """Close the store's file."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def record(self, action: str, subject: str = "") -> None:
        """Record an event that changes nothing in the store, such as a refusal or an export; `subject` is a digest."""
        with self._writing(action, subject):
            pass

    @contextmanager
    def _writing(self, action: str, subject: str = "") -> Iterator[Connection]:
        """Run a block and its audit event in one transaction."""
        with self._database.writing() as connection:
            yield connection
            self._chain.append(connection, action, subject)

    def _forget_with_receipt(self, connection: Connection, recording: str, what: What, why: str) -> Receipt:
        self._forget(connection, recording, why)
        return self._receipt(connection, recording, what)

    def _receipt(self, connection: Connection, recording: str, what: What) -> Receipt:
        receipt = Receipt(recording=recording, what=what, at=self._chain.clock(), outcome="purged")
        purges.settle(connection, receipt)
        return receipt

    def _forget(self, connection: Connection, recording: str, why: str) -> None:
        """Delete what the user has of a recording; who supervises may see that another drafted the same file."""
        mine = select(drafts.c.digest).where(drafts.c.recording == recording, own(connection, drafts))
        for draft in connection.scalars(mine).all():
            self._log_gone(connection, "review", rows.remove_own(connection, reviews, "draft", draft), why)
        for name, table in (("draft", drafts), ("findings", findings), ("transcript", transcripts)):
            self._log_gone(connection, name, rows.remove_own(connection, table, "recording", recording), why)

    def _log_gone(self, connection: Connection, name: str, gone: tuple[str, ...], why: str) -> None:
        for digest in gone:
            self._chain.append(connection, f"delete {name}: {why}", digest)

    def _demand_draft(self, connection: Connection, digest: str, recording: str | None = None) -> str:
        query = select(drafts.c.recording, own(connection, drafts).label("mine")).where(drafts.c.digest == digest)
        found = connection.execute(query).first()
        if found is None or recording not in (None, found.recording):
            raise rows.missing("draft")
        if not found.mine:  # a draft has one review: a supervisor's would keep out whose draft it is
            raise Refused("That draft is another clinician's.", "Only who made it can decide on it or sign it.")
        return str(found.recording)

    def _demand_review(self, connection: Connection, draft: str, digest: str | None, step: str, safe: str) -> None:
        """See that the review kept of a draft is still this one, or that there is still none.

        Raises:
            Outdated: another window has decided meanwhile; it says what of that is `safe`, and which `step` is next.
        """
        if connection.scalar(select(reviews.c.digest).where(reviews.c.draft == draft)) != digest:
            raise Outdated("This draft was changed in another window.", step, safe=safe)
