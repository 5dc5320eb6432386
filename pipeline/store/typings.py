"""What is being typed and not drafted yet: one text a role, sealed with the rest."""

from typing import Final, get_args

from sqlalchemy import Connection, delete, insert, select

from ..types import Role, Typing
from . import rows
from .schema import meta

KEY: Final = "typing of the "


def read(connection: Connection, role: Role) -> Typing | None:
    """Return what somebody in this role was typing."""
    found = connection.scalar(select(meta.c.value).where(meta.c.key == KEY + role))
    return None if found is None else rows.read(Typing, found)


def keep(connection: Connection, typing: Typing) -> None:
    """Keep what is being typed in the place of what was typed before."""
    forget(connection, typing.role)
    connection.execute(insert(meta).values(key=KEY + typing.role, value=typing.model_dump_json()))


def forget(connection: Connection, role: Role) -> None:
    """Delete what somebody in this role was typing."""
    connection.execute(delete(meta).where(meta.c.key == KEY + role))


def forget_client(connection: Connection, client: str) -> tuple[tuple[Role, str], ...]:
    """Delete what was being typed of a client; return the roles, and the digests of what is gone."""
    typed = ((role, read(connection, role)) for role in get_args(Role))
    gone = tuple((role, typing.digest) for role, typing in typed if typing is not None and typing.client == client)
    for role, _ in gone:
        forget(connection, role)
    return gone
