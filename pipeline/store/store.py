"""The record of one clinician: every write in one transaction with its audit event, every reading on the chain."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from ..errors import StoreFault
from ..types import Consent
from . import backup, consents, expiring, rekey
from .audit import AuditChain
from .backup import Restored
from .database import NAME, Database
from .expiring import Expiring
from .heard import Heard
from .keeping import Keeping
from .keys import Ask, StoreKey, find_key, new_key
from .migrations import REVISIONS, revision, upgrade
from .persons import Persons
from .provisional import Provisional
from .recorded import Recorded
from .sidecar import NAME as SIDECAR
from .sidecar import File, alone, make_home, read_sidecar, write_sidecar
from .signed import Signed

Clock = Callable[[], datetime]


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


class Store(Heard, Provisional, Signed, Recorded, Persons, Expiring, Keeping):
    """The sealed record. Open it with `Store.open`; it is a context manager and safe for several threads."""

    @classmethod
    def open(
        cls,
        home: Path,
        passphrase: str | None,
        ask: Ask | None = None,
        *,
        actor: str,
        clock: Clock = now,
        server: str | None = None,
    ) -> Self:
        """Open the store in a home folder, making it where there is none; `actor` is named in each audit event.

        With `server` (postgresql+psycopg://LOGIN@HOST/DATABASE) the record is a practice's, and the passphrase and the
        actor are that login's; the home folder holds sealed recordings and the user's own files only.

        Raises:
            KeyMissing: there is no passphrase, no usable keyring and nobody to ask.
            WrongPassphrase: the key is not the store's; no file was touched.
            StoreFault: the store is damaged, newer than this Evenfall, or cannot be read or written.
            Refused: the server's address is not one to send clients' records to, or the login no member's.
        """
        home = home.absolute()
        make_home(home)
        if server is not None:
            return cls._join(home, passphrase, ask, clock, server)
        sidecar = read_sidecar(home)
        if sidecar is None or not sidecar.ready:
            with alone(home):
                sidecar = read_sidecar(home)  # another process may have made it while this one waited
                if sidecar is None or not sidecar.ready:
                    return cls._create(home, passphrase, ask, actor, clock, begun=sidecar is not None)
        key = find_key(sidecar, passphrase, ask)
        database = Database.open(home / NAME, key.derive("database"))
        try:
            _bring_up_to_date(database)
            database.look_over()
            if sidecar.left_keyring:
                rekey.clear_keyring(File(home))
        except StoreFault:
            database.close()
            raise
        return cls(database, key, _chain(key, actor, clock), File(home))

    @classmethod
    def _join(cls, home: Path, passphrase: str | None, ask: Ask | None, clock: Clock, server: str) -> Self:
        from .clinic import join

        joined = join(server, home, passphrase, ask)
        chain = AuditChain(joined.keys.audit.derive("audit"), joined.login, clock)
        return cls(joined.database, joined.keys.own, chain, joined.way)

    @classmethod
    def _create(
        cls, home: Path, passphrase: str | None, ask: Ask | None, actor: str, clock: Clock, *, begun: bool
    ) -> Self:
        path = home / NAME
        if not begun and path.exists():
            raise StoreFault(f"{home} holds a store but not its store.json.", "Put it back from a backup.")
        sidecar, key = new_key(passphrase, ask)
        write_sidecar(home, sidecar)
        database, chain = Database.create(path, key.derive("database")), _chain(key, actor, clock)
        try:
            with database.writing() as connection:
                upgrade(connection)
                chain.append(connection, "create store")
            write_sidecar(home, sidecar.model_copy(update={"ready": True}))
        except StoreFault:
            database.close()
            raise
        return cls(database, key, chain, File(home))

    @classmethod
    def restore(
        cls,
        file: Path,
        home: Path,
        passphrase: str | None,
        ask: Ask | None = None,
        *,
        actor: str,
        clock: Clock = now,
        move_aside: bool = False,
    ) -> Restored:
        """Put a backup's record into a home folder, once it opens, is whole and its audit chain holds.

        What was revoked in the record that is moved aside is revoked in this one, too, where the same key opens both.

        Raises:
            Refused: there is a record already; with `move_aside` it is moved into a folder of its own.
            SourceRefused: the file is no backup, or damaged.
            KeyMissing, WrongPassphrase: it does not open; nothing was put into place.
            StoreFault: what it holds is not a whole record, or the folder cannot be written.
        """
        with backup.restoring(file, home, clock(), move_aside=move_aside) as (work, manifest):
            sidecar = read_sidecar(work)
            if sidecar is None:
                raise StoreFault("The backup lacks its store.json.", "Take another backup.")
            key = find_key(sidecar, passphrase, ask)
            database = Database.open(work / NAME, key.derive("database"))
            with cls(database, key, _chain(key, actor, clock), File(work)) as store:
                with database.reading() as connection:
                    if backup.content_digest(connection) != manifest.content:
                        raise StoreFault("The backup does not hold what was put into it.", "Take another backup.")
                _bring_up_to_date(database)
                store.verify_whole()
                store.watch_clock()  # the next line would make a wrong clock look right
                store.record("restore backup", manifest.content)
                with database.writing() as connection:
                    expiring.forget_warnings(connection)  # what was restored for its drafts keeps them until it is seen
                revoked = store.carry_revocations(_consents_aside(home, work, key)) if move_aside else None
            rekey.part_from_original(File(work), key)
        return Restored(manifest, revoked)

    @staticmethod
    def exists(home: Path) -> bool:
        """Say whether a home folder holds a store, or what is left of one."""
        return any((home / name).exists() for name in (NAME, SIDECAR))


def _consents_aside(home: Path, work: Path, key: StoreKey) -> tuple[Consent, ...] | None:
    """Return the consents of the record in a home folder; None where there is none, or it cannot be read."""
    try:
        with backup.copied_aside(home, work) as path:
            database = Database.open(path, key.derive("database"))
            try:
                with database.reading() as connection:
                    return consents.current(connection, None)
            finally:
                database.close()
    except StoreFault:  # a damaged one is what a backup is for
        return None


def _chain(key: StoreKey, actor: str, clock: Clock) -> AuditChain:
    return AuditChain(key.derive("audit"), actor, clock)


def _bring_up_to_date(database: Database) -> None:
    with database.reading() as connection:
        found = revision(connection)
    if found is None:
        raise StoreFault(f"{database.path} holds no record.", "Put it back from a backup.")
    if found == REVISIONS[-1]:
        return
    with database.writing() as connection:
        upgrade(connection)
