"""What is being typed and not drafted yet: one text a role, sealed with the rest."""

from sqlalchemy import Connection, delete, insert, select

from ..types import Role, Typing
from . import rows
from .schema import typings


def read(connection: Connection, role: Role) -> Typing | None:
    """Return what somebody in this role was typing."""
    found = connection.scalar(select(typings.c.payload).where(typings.c.role == role))
    return None if found is None else rows.read(Typing, found)


def keep(connection: Connection, typing: Typing) -> None:
    """Keep what is being typed in the place of what was typed before."""
    forget(connection, typing.role)
    connection.execute(insert(typings).values(role=typing.role, payload=typing.model_dump_json()))


def forget(connection: Connection, role: Role) -> None:
    """Delete what somebody in this role was typing."""
    connection.execute(delete(typings).where(typings.c.role == role))


def of_client(connection: Connection, client: str) -> tuple[Typing, ...]:
    """Return what is being typed of a client, in any role."""
    return tuple(typing for typing in _all(connection) if typing.client == client)


def clients(connection: Connection) -> tuple[str, ...]:
    """Return the references of the clients that something is being typed of."""
    return tuple(typing.client for typing in _all(connection) if typing.client)


def _all(connection: Connection) -> tuple[Typing, ...]:
    return tuple(rows.read(Typing, payload) for payload in connection.scalars(select(typings.c.payload)))


def forget_client(connection: Connection, client: str) -> tuple[tuple[Role, str], ...]:
    """Delete what was being typed of a client; return the roles, and the digests of what is gone."""
    gone = tuple((typing.role, typing.digest) for typing in of_client(connection, client))
    for role, _ in gone:
        forget(connection, role)
    return gone
