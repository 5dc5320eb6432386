"""Who belongs to a practice, and how each one's passphrase opens its key; the server holds it sealed only.

The practice's key opens everything; another, made from it, the audit chain alone: that is all an administrator has. A
member's row holds one of the two, sealed with that member's passphrase, as a sidecar file would hold it.
"""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from pydantic import ValidationError
from sqlalchemy import ARRAY, Column, Connection, MetaData, Row, String, Table, Text, func, select, text, update

from ...errors import Refused, StoreFault
from ..keys import StoreKey, lock
from ..migrations import REVISIONS, revision
from ..schema import Moment
from ..seals import DIGEST, Seal, Seals
from ..sidecar import Sidecar
from .server import SCHEMA, Server

MemberRole = Literal["clinician", "supervisor", "administrator"]

TABLES: Final = MetaData()
practice = Table(
    "practice",
    TABLES,
    Column("id", String(32), primary_key=True),
    Column("content_check", String(DIGEST), nullable=False),
    Column("recovery", String(80), nullable=False),
)
members = Table(
    "members",
    TABLES,
    Column("login", String(63), primary_key=True),
    Column("practice", String(32), nullable=False),
    Column("role", String(16), nullable=False),
    Column("supervises", ARRAY(Text), nullable=False),
    Column("sidecar", Text, nullable=False),
    Column("added_at", Moment, nullable=False),
)


@dataclass(frozen=True)
class Member:
    """One login: what it is in the practice, and whose notes it may read besides its own."""

    login: str
    role: MemberRole
    supervises: tuple[str, ...]
    added_at: datetime


@dataclass(frozen=True)
class PracticeKeys:
    """What a member's passphrase opens: the practice's key and with it the chain's, or the chain's alone."""

    content: StoreKey | None
    audit: StoreKey

    @classmethod
    def whole(cls, key: StoreKey) -> "PracticeKeys":
        """Return what the practice's own key opens."""
        return cls(key, StoreKey(key.derive("practice audit")))

    @property
    def own(self) -> StoreKey:
        """The key that the member's row holds."""
        return self.content or self.audit

    def seals(self, practice_id: str) -> Seals:
        """Return what seals the columns with these keys."""
        return Seals(None if self.content is None else Seal(practice_id, self.content), Seal(practice_id, self.audit))


@dataclass(frozen=True)
class MemberRow:
    """The row on the server that says how a member's passphrase opens the key."""

    server: Server
    login: str

    def read(self) -> Sidecar | None:
        """Return what it says."""
        with self.server.reading() as connection:
            return read_sidecar(connection, self.login)

    def write(self, sidecar: Sidecar) -> None:
        """Say this from now on."""
        with self.server.writing() as connection:
            row = update(members).where(members.c.login == self.login).values(sidecar=sidecar.model_dump_json())
            connection.execute(row)

    def alone(self) -> AbstractContextManager[None]:
        """Hold nothing: what is written is one row, and its reader compares the key."""
        return nullcontext()

    def may_cosign(self) -> bool:
        """Say whether the member is a supervisor now; the role may have changed since the record was opened."""
        with self.server.reading() as connection:
            return member(connection, self.login).role == "supervisor"


def demand_current(connection: Connection, server: str) -> None:
    """See that the server holds a practice's record, of this Evenfall's form.

    Raises:
        StoreFault: it does not.
    """
    found = revision(connection)
    if found is None:
        raise StoreFault(f"{server} holds no practice's record.", "Its owner makes it: evenfall store init URL")
    if found not in REVISIONS:
        raise StoreFault("This record was made by a newer Evenfall.", "Update Evenfall, then open it again.")
    if found != REVISIONS[-1]:
        raise StoreFault("This record is of an older Evenfall.", "Its owner brings it up: evenfall store init URL")


def practice_row(connection: Connection) -> Row[Any]:
    """Return the practice's row.

    Raises:
        StoreFault: there is none.
    """
    row: Row[Any] | None = connection.execute(select(practice)).first()
    if row is None:
        raise StoreFault("The server holds no practice's record.", "Its owner makes it: evenfall store init URL")
    return row


def member(connection: Connection, login: str) -> Member:
    """Return a member.

    Raises:
        Refused: there is none of that login.
    """
    row = connection.execute(select(members).where(members.c.login == login)).first()
    if row is None:
        raise Refused("That login belongs to nobody in this practice.", "Its owner adds it: evenfall store add-user")
    return _member(row)


def listed(connection: Connection) -> tuple[Member, ...]:
    """Return the members that the login may see: an administrator and the owner everybody, others themselves."""
    return tuple(_member(row) for row in connection.execute(select(members).order_by(members.c.login)))


def read_sidecar(connection: Connection, login: str) -> Sidecar | None:
    """Return how a member's passphrase opens the key.

    Raises:
        StoreFault: the row is damaged.
    """
    found = connection.scalar(select(members.c.sidecar).where(members.c.login == login))
    try:
        return None if found is None else Sidecar.model_validate_json(found)
    except ValidationError as error:
        raise StoreFault("A member's row is damaged.", "Add the user again: evenfall store add-user") from error


def sidecar_for(key: StoreKey, practice_id: str, passphrase: str) -> Sidecar:
    """Return what a member's row says: the key, sealed with the member's passphrase.

    Raises:
        KeyMissing: the passphrase is empty.
    """
    argon2, wrapped = lock(key, passphrase)
    check = key.derive("check").hex()
    return Sidecar(store=practice_id, kind="passphrase", check=check, ready=True, argon2=argon2, wrapped=wrapped)


def group_of(practice_id: str) -> str:
    """Return the name of the PostgreSQL role that all members of a practice have; logins are the whole server's."""
    return f"{SCHEMA}_{practice_id[:16]}"


def login_of(connection: Connection) -> str:
    """Return whose login the connection is."""
    return str(connection.scalar(select(func.current_user(type_=Text))))


def _member(row: Row[Any]) -> Member:
    return Member(row.login, row.role, tuple(row.supervises), row.added_at)


def quoted(name: str) -> str:
    """Return a login as PostgreSQL takes it in a statement.

    Raises:
        Refused: it is no name that PostgreSQL keeps whole.
    """
    if not 0 < len(name.encode()) <= 63 or "\0" in name or "%" in name or name.startswith("pg_"):
        raise Refused("That is no name for a login.", "Take up to 63 letters, digits and dashes.")
    return '"' + name.replace('"', '""') + '"'


def exists(connection: Connection, role: str) -> bool:
    """Say whether the server has a role of that name, whichever practice it serves."""
    return connection.scalar(text("SELECT true FROM pg_roles WHERE rolname = :name"), {"name": role}) is True
