"""What the owner of a practice's database does: found the practice, bring it up to date, let users in and out."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.schema import CreateSchema

from ...errors import Refused, WrongPassphrase
from .. import recovery
from ..audit import AuditChain
from ..copying import End
from ..keys import KEY_BYTES, StoreKey, find_key, recovery_lock
from ..migrations import revision, upgrade
from . import members, policies
from .address import read_address
from .members import Member, MemberRole, PracticeKeys, exists, group_of, quoted, sidecar_for
from .server import SCHEMA, Server

PASSWORD_BYTES: Final = 24  # of a login's password on the server, random: 192 bits


@dataclass(frozen=True)
class Founded:
    """What is shown once: the practice's recovery key, and the first administrator's password on the server."""

    recovery: str
    password: str | None


@dataclass(frozen=True)
class Password:
    """A login's new password, shown once, and the `verifier`: all that the server is told of it."""

    shown: str
    verifier: str


class Owner:
    """The owner of a practice's database: sees rows, sealed, and no key until somebody's words open it."""

    def __init__(self, address: str, home: Path) -> None:
        self.server = Server(read_address(address), home, whole=True)

    def __enter__(self) -> "Owner":
        return self

    def __exit__(self, *_: object) -> None:
        self.server.close()

    def is_founded(self) -> bool:
        """Say whether the database holds a practice's record."""
        with self.server.reading() as connection:
            return revision(connection) is not None

    def bring_up(self) -> None:
        """Bring a practice's record to this Evenfall's form, and say anew who may do what."""
        with self.server.writing() as connection:
            upgrade(connection)
            policies.secure(connection, group_of(members.practice_row(connection).id))

    def found(self, login: str, passphrase: str, *, password: bool = True) -> Founded:
        """Make the record of a practice, with its first administrator.

        Raises:
            Refused: there is one already, or the login's name is none; nothing is made.
            KeyMissing: the passphrase is empty; nothing is made.
        """
        new = self._password(login, wanted=password)
        key, (secret, shown) = StoreKey(secrets.token_bytes(KEY_BYTES)), recovery.new()
        practice_id, keys = secrets.token_hex(16), PracticeKeys.whole(key)
        self.server.unseal(keys.seals(practice_id))
        with self.server.writing() as connection:
            if revision(connection) is not None:
                raise Refused("This database holds a practice's record already.", "Take another, empty one.")
            connection.execute(CreateSchema(SCHEMA, if_not_exists=True))
            upgrade(connection)
            row = {"id": practice_id, "content_check": key.derive("check").hex()}
            connection.execute(insert(members.practice).values(**row, recovery=recovery_lock(secret).wrap(key)))
            self._make_group(connection, group_of(practice_id))
            policies.secure(connection, group_of(practice_id))
            self._chain(connection, keys).append(connection, "found practice")
            given = self._admit(connection, keys, practice_id, login, "administrator", passphrase, new)
        return Founded(shown, given)

    def add(
        self, words: str, by: str | None, login: str, role: MemberRole, passphrase: str, *, password: bool = True
    ) -> str | None:
        """Let a user in, or in anew with another passphrase; return the login's new password on the server, if any.

        `words` open the practice's key: its recovery key, or the passphrase of the member `by`.

        Raises:
            WrongPassphrase: the words do not open it.
            Refused: the login's name is none, or is a role that is no user's.
            KeyMissing: the passphrase is empty.
        """
        new = self._password(login, wanted=password)
        with self._opened(words, by) as (connection, keys, practice_id):
            return self._admit(connection, keys, practice_id, login, role, passphrase, new)

    def supervise(self, words: str, by: str | None, login: str, supervised: tuple[str, ...]) -> None:
        """Have a supervisor read what these clinicians write, and nobody else any more.

        Raises:
            WrongPassphrase: the words do not open the practice's key.
            Refused: one of them is no member, or the first no supervisor.
        """
        with self._opened(words, by) as (connection, keys, _):
            if members.member(connection, login).role != "supervisor":
                raise Refused("That user is no supervisor.", "Add the user as one: evenfall store add-user")
            for other in supervised:
                members.member(connection, other)
            chosen = members.members.c.login == login
            connection.execute(update(members.members).where(chosen).values(supervises=list(supervised)))
            whom = ", ".join(supervised) or "nobody"
            self._chain(connection, keys).append(connection, f"user {login} supervises {whom}")

    def remove(self, words: str, by: str | None, login: str) -> None:
        """Let a user out: the login stays on the server without any right here, what it wrote stays on record.

        Raises:
            WrongPassphrase: the words do not open the practice's key.
            Refused: there is no such member.
        """
        with self._opened(words, by) as (connection, keys, practice_id):
            members.member(connection, login)
            connection.execute(delete(members.members).where(members.members.c.login == login))
            connection.exec_driver_sql(f"REVOKE {quoted(group_of(practice_id))} FROM {quoted(login)}")
            self._chain(connection, keys).append(connection, f"remove user {login}")

    def members(self) -> tuple[Member, ...]:
        """Return everybody in the practice."""
        with self.server.reading() as connection:
            members.demand_current(connection, self.server.name)
            return members.listed(connection)

    def keys(self, words: str, by: str | None) -> PracticeKeys:
        """Open the practice's key, and with it the sealed columns.

        Raises:
            WrongPassphrase: the words do not open it.
        """
        with self.server.reading() as connection:
            members.demand_current(connection, self.server.name)
            keys, practice_id = self._found_keys(connection, words, by)
        self.server.unseal(keys.seals(practice_id))
        return keys

    def end(self, words: str, by: str | None, author: str | None) -> End:
        """Return the record as one end of a copy; what is copied to it becomes the clinician's `author`.

        Raises:
            WrongPassphrase: the words do not open the practice's key.
            Refused: `author` is no clinician or supervisor of the practice.
        """
        keys = self.keys(words, by)
        with self.server.reading() as connection:
            if author is not None and members.member(connection, author).role == "administrator":
                raise Refused("An administrator has no notes.", "Name the clinician whose they are.")
            return End(self.server, self._chain(connection, keys), author)

    def _password(self, login: str, *, wanted: bool) -> Password | None:
        quoted(login)  # refuses a name that is none before anything is made
        new = secrets.token_urlsafe(PASSWORD_BYTES)
        return Password(new, self.server.scram(login, new)) if wanted else None

    def _admit(
        self,
        connection: Connection,
        keys: PracticeKeys,
        practice_id: str,
        login: str,
        role: MemberRole,
        passphrase: str,
        new: Password | None,
    ) -> str | None:
        """Make a login a member, or what it is anew; return its password where it took the new one."""
        key, name = keys.audit if role == "administrator" else keys.own, quoted(login)
        sidecar = sidecar_for(key, practice_id, passphrase).model_dump_json()
        known = connection.scalar(select(members.members.c.login).where(members.members.c.login == login))
        is_new = not exists(connection, login)
        if is_new:
            connection.exec_driver_sql(f"CREATE ROLE {name} LOGIN")
        connection.exec_driver_sql(f"GRANT {quoted(group_of(practice_id))} TO {name}")
        given = new if is_new or known is not None else None  # a login of another practice keeps its own
        if given is not None:
            connection.exec_driver_sql(f"ALTER ROLE {name} PASSWORD '{given.verifier}'")
        row = {"role": role, "sidecar": sidecar}
        if known:
            connection.execute(update(members.members).where(members.members.c.login == login).values(row))
        else:
            fixed = {"login": login, "practice": practice_id, "supervises": [], "added_at": datetime.now(UTC)}
            connection.execute(insert(members.members).values({**row, **fixed}))
        self._chain(connection, keys).append(connection, f"add user {login}: {role}")
        return None if given is None else given.shown

    @contextmanager
    def _opened(self, words: str, by: str | None) -> Iterator[tuple[Connection, PracticeKeys, str]]:
        keys = self.keys(words, by)
        with self.server.writing() as connection:
            yield connection, keys, members.practice_row(connection).id

    def _found_keys(self, connection: Connection, words: str, by: str | None) -> tuple[PracticeKeys, str]:
        row = members.practice_row(connection)
        if by is None:
            secret = recovery.read(words)
            key = recovery_lock(secret).unwrap(row.recovery) if secret else None
        else:
            sidecar = members.read_sidecar(connection, by)
            key = None if sidecar is None else find_key(sidecar, words, None)
        if key is None or key.derive("check").hex() != row.content_check:
            raise WrongPassphrase(
                "That does not open the practice's key.",
                "Take its recovery key, or with --by the passphrase of a clinician or supervisor.",
            )
        return PracticeKeys.whole(key), row.id

    def _chain(self, connection: Connection, keys: PracticeKeys) -> AuditChain:
        return AuditChain(keys.audit.derive("audit"), members.login_of(connection), lambda: datetime.now(UTC))

    def _make_group(self, connection: Connection, group: str) -> None:
        run, name = connection.exec_driver_sql, quoted(group)
        database = quoted(str(connection.engine.url.database))
        run(f"CREATE ROLE {name} NOLOGIN")
        run(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
        run(f"GRANT CONNECT ON DATABASE {database} TO {name}")
