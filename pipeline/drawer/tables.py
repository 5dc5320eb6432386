"""The drawer's tables: its own notes and what is being typed, with `meta` and `audit` as the record's file has them."""

from typing import Final

from sqlalchemy import Column, Connection, Date, MetaData, String, Table, Text, insert, select

from ..errors import StoreFault
from ..store.schema import Moment, audit, meta
from ..store.seals import DIGEST

FORM: Final = "1"
FORM_KEY: Final = "drawer form"
OWN: Final = MetaData()

notes: Final = Table(
    "process_notes",
    OWN,
    Column("digest", String(DIGEST), primary_key=True),
    Column("payload", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("client", Text, nullable=False, index=True),
    Column("day", Date, nullable=False),
)
unfinished: Final = Table(
    "unfinished",
    OWN,
    Column("client", Text, primary_key=True),
    Column("of", String(DIGEST), primary_key=True),  # the digest of the note that is being changed, "" for a new one
    Column("payload", Text, nullable=False),
    Column("digest", String(DIGEST), nullable=False),
)


def make(connection: Connection) -> None:
    """Make every table of an empty drawer."""
    for table in (meta, audit, notes, unfinished):
        table.create(connection)
    connection.execute(insert(meta).values(key=FORM_KEY, value=FORM))


def demand_known(connection: Connection) -> None:
    """Refuse a drawer of another form.

    Raises:
        StoreFault: a newer Evenfall made it.
    """
    if connection.scalar(select(meta.c.value).where(meta.c.key == FORM_KEY)) != FORM:
        raise StoreFault("These process notes are of a newer Evenfall.", "Update Evenfall, then open them again.")
