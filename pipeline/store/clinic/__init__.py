"""A practice's record on PostgreSQL: each user by a login of their own, everything sealed before it leaves here."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ...errors import EvenfallError
from ..keys import Ask, find_key
from . import members
from .address import read_address
from .members import MemberRow, PracticeKeys
from .server import Server


@dataclass(frozen=True)
class Joined:
    """A practice's record, open to one login."""

    database: Server
    keys: PracticeKeys
    login: str
    way: MemberRow


def join(address: str, home: Path, passphrase: str | None, ask: Ask | None) -> Joined:
    """Open a practice's record with a member's login and passphrase.

    Raises:
        Refused: the address is not one to send clients' records to, or the login no member's.
        StoreFault: the server cannot be reached, or holds no record of this Evenfall's form.
        KeyMissing, WrongPassphrase: the passphrase is missing, or not the member's.
    """
    server = Server(read_address(address), home)
    try:
        with server.reading() as connection:
            members.demand_current(connection, server.name)
            login = members.login_of(connection)
            role, practice = members.member(connection, login).role, members.practice_row(connection)
            sidecar = members.read_sidecar(connection, login)
        assert sidecar is not None  # noqa: S101 (the member was just read)
        key = find_key(sidecar, passphrase, ask)
        keys = PracticeKeys(None, key) if role == "administrator" else PracticeKeys.whole(key)
        server.unseal(keys.seals(practice.id))
    except EvenfallError:
        server.close()
        raise
    return Joined(server, keys, login, MemberRow(server, login))


@contextmanager
def unopened(address: str, home: Path) -> Iterator[MemberRow]:
    """Yield how a member's passphrase opens the record, without opening it.

    Raises:
        Refused, StoreFault: as `join` does.
    """
    server = Server(read_address(address), home)
    try:
        with server.reading() as connection:
            members.demand_current(connection, server.name)
            login = members.login_of(connection)
        yield MemberRow(server, login)
    finally:
        server.close()
