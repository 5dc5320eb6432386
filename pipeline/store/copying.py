"""A whole record from one database into another, empty one: every value and the chain, compared before it counts."""

import hashlib
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    delete,
    func,
    insert,
    literal_column,
    select,
    text,
    true,
    union,
)

from ..errors import Refused, StoreFault
from ..types import AuditEvent, Digest
from . import anchors, rows, settled
from .audit import HEAD, AuditChain, AuditReport
from .database import Transactions
from .schema import METADATA, addenda, audit, likenesses, meta, spools
from .schema import anchors as anchor_rows

BOUND: Final = (audit, anchor_rows)  # sealed with the record's own key: made anew
ON_NOTES: Final = (addenda, likenesses)  # come with the notes: a supervisor's co-signature too
IDLE: Final = (HEAD, settled.KEY)  # keys of `meta` that are in an empty record too
PATHS: Final = "source"  # the column that says on which computer, and where, source audio lies

Rows = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class End:
    """A database that is copied from or to, and its chain; `author` is whose the rows become on a server."""

    database: Transactions
    chain: AuditChain
    author: str | None = None


@dataclass(frozen=True)
class Copied:
    """How many values and events were copied, and the SHA-256 of every row of every table, the same on both sides."""

    values: int
    events: int
    content: Digest


def copy(source: End, target: End) -> Copied:
    """Copy everything in one transaction: it is there whole and compared, or nothing is.

    Recordings on the disk are not in a database: there may be none.

    Raises:
        Refused: the target holds something, a recording waits, or the source is several clinicians'.
        StoreFault: the source is not whole, or what was read back is not what was copied.
    """
    with source.database.reading() as read, target.database.writing() as write:
        _demand_copiable(read, source)
        _demand_empty(write)
        events = _events(read, source)
        taken = _taken(read, source.database.place, target.database.place, _author(read))
        lines = list(source.chain.lines(read, AuditReport(len(events))))[:-1]
        own = target.chain.events(write)
        write.execute(delete(meta).where(meta.c.key == settled.KEY, _by(write, target.author)))  # the copied come
        _put(write, taken)
        _put_chain(read, write, target, events)
        content = _digest(taken)
        for event in own:
            target.chain.repeat(write, event)
        target.chain.append(write, "copy record", content)
        if target.author is not None:
            _give(write, target.author)
        same_chain = list(target.chain.lines(write, AuditReport(0)))[: len(lines)] == lines
        if not same_chain or _digest(_taken(write, "", "", target.author)) != content:
            raise StoreFault("The copy is not what was copied.", "Try again; the record that was copied is unharmed.")
        _events(write, target)
        return Copied(rows.verify(write), len(events), content)


def _demand_copiable(connection: Connection, source: End) -> None:
    if connection.scalar(select(func.count()).select_from(spools)):
        raise Refused(
            "A recording waits on the disk: its key would be in two records.",
            "Draft it or delete it first: evenfall spool list",
        )
    if source.chain.events(connection) == ():
        raise Refused("There is nothing to copy.", "Name the record that is to be copied first.")


def _author(connection: Connection) -> str | None:
    """Return whose record it is, None where it holds nobody's or is in a folder, where nobody else's can be.

    Raises:
        Refused: several clinicians' values are in it.
    """
    if connection.dialect.name == "sqlite":
        return None
    author: ColumnElement[str] = literal_column("author")
    shared = (*BOUND, *ON_NOTES, meta)
    written = [select(author).select_from(table) for table in METADATA.sorted_tables if table not in shared]
    authors = connection.scalars(union(*written)).all()
    if len(authors) > 1:
        raise Refused(
            "That record holds what several clinicians wrote, and a record in a folder is one clinician's.",
            "As a backup of the whole use pg_dump, as the server's own user (postgres).",
        )
    return next(iter(authors), None)


def _by(connection: Connection, author: str | None) -> ColumnElement[bool]:
    """Return the condition that a row is this author's; in a folder every row is."""
    column: ColumnElement[str] = literal_column("author")
    return true() if connection.dialect.name == "sqlite" else column == author


def _demand_empty(connection: Connection) -> None:
    for table in METADATA.sorted_tables:
        if table is meta:  # the settings that a member used last are no value of the record
            found = connection.scalar(select(func.count()).select_from(meta).where(meta.c.key.not_in(IDLE)))
        else:
            found = connection.scalar(select(func.count()).select_from(table)) if table is not audit else 0
        if found:
            raise Refused("The record to copy into is not empty.", "Copy into a new one; nothing is ever overwritten.")


def _events(connection: Connection, end: End) -> tuple[AuditEvent, ...]:
    """Return every event of a chain that holds together.

    Raises:
        StoreFault: it does not.
    """
    report = end.chain.verify(connection)
    if report.broken_at is None:
        report = anchors.verify(connection, end.chain, report)
    if report.broken_at is not None:
        raise StoreFault(
            f"The audit chain is broken at event {report.broken_at}: {report.reason}.", "See: evenfall audit verify"
        )
    return end.chain.events(connection)


def _taken(connection: Connection, here: str, there: str, author: str | None) -> Rows:
    """Return an author's rows but those sealed with the record's own key; paths here marked as the target does."""
    mine = _by(connection, author)
    return {
        table.name: [_moved(dict(row), here, there) for row in connection.execute(_query(table, mine)).mappings()]
        for table in METADATA.sorted_tables
        if table not in BOUND
    }


def _query(table: Table, mine: ColumnElement[bool]) -> Any:
    query = select(table) if table in ON_NOTES else select(table).where(mine)
    return query.where(meta.c.key != HEAD) if table is meta else query


def _moved(row: dict[str, Any], here: str, there: str) -> dict[str, Any]:
    if path := row.get(PATHS):
        if not path.startswith(here):
            raise Refused("Source audio waits on another computer.", "Open Evenfall there first: it deletes it.")
        row[PATHS] = there + path.removeprefix(here)
    return row


def _put(connection: Connection, taken: Rows) -> None:
    for table in METADATA.sorted_tables:
        if taken.get(table.name):
            connection.execute(insert(table), taken[table.name])
    if connection.dialect.name != "sqlite":  # rows came with their numbers: the next one follows them
        last = "SELECT setval(pg_get_serial_sequence('purges', 'id'), max(id)) FROM purges HAVING max(id) IS NOT NULL"
        connection.execute(text(last))


def _put_chain(read: Connection, write: Connection, target: End, events: tuple[AuditEvent, ...]) -> None:
    """Put the events as they are under the target's seals, in the place of its own, which follow them."""
    write.execute(delete(audit))
    target.chain.adopt(write, events)
    for row in read.execute(select(anchor_rows).order_by(anchor_rows.c.sequence)):
        anchors.keep(write, target.chain, events[row.sequence - 1])


def _give(connection: Connection, author: str) -> None:
    for table in METADATA.sorted_tables:
        # what was put just now is the owner's; a member's settings may be there already, and stay that member's
        where = "WHERE author = current_user" + (f" AND key <> '{HEAD}'" if table is meta else "")
        connection.execute(text(f"UPDATE {table.name} SET author = :author {where}"), {"author": author})  # noqa: S608


def _digest(taken: Rows) -> Digest:
    digest = hashlib.sha256()
    for name in sorted(taken):
        digest.update(f"{name}\n".encode())
        for line in sorted(repr(sorted(row.items())) for row in taken[name]):
            digest.update(f"{line}\n".encode())
    return digest.hexdigest()
