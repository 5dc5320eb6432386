"""A practice's server: PostgreSQL under SQLAlchemy by the same verbs as the encrypted file; its errors stop here."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, create_engine, event, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError, StatementError

from ...errors import EvenfallError, Refused, StoreFault, Unready
from ..seals import Seals, use
from .address import is_local, named
from .faults import fault

SCHEMA: Final = "evenfall"
PATIENCE: Final = 30  # seconds to wait for another writer
REACH: Final = 10  # seconds to wait for the server to answer at all
WRITERS: Final = 0x6576656E  # the advisory lock that one writer of a practice holds
COMPUTER: Final = "computer.txt"  # holds a random name of this computer's home folder


class Server:
    """One practice's database as one login sees it, safe for several threads.

    `whole` is for its owner alone, who then sees every row, sealed: to bring it up to date, to copy it.
    """

    def __init__(self, url: URL, home: Path, *, whole: bool = False) -> None:
        self.home, self._named = home, named(url)
        options = f"-c search_path={SCHEMA} -c lock_timeout={PATIENCE}s" + (" -c evenfall.whole=on" if whole else "")
        try:
            self._engine = create_engine(
                url,
                connect_args={"options": options, "connect_timeout": REACH, "application_name": "evenfall"},
                pool_pre_ping=True,  # a server that was restarted meanwhile is met by a new connection
                hide_parameters=True,
            )
        except ModuleNotFoundError as error:
            raise Unready("PostgreSQL's driver is not installed.", 'Run: pip install "evenfall[clinic]"') from error
        event.listen(self._engine, "connect", self._demand_safe)
        self._place: str | None = None

    @property
    def place(self) -> str:
        """What marks this computer: a random name, kept in the home folder."""
        if self._place is None:
            self._place = _computer(self.home)
        return self._place

    @property
    def name(self) -> str:
        """The server's address, without a password."""
        return self._named

    def unseal(self, seals: Seals) -> None:
        """Read and write with these keys from now on."""
        use(self._engine.dialect, seals)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Run a block in one transaction that alone may write; an error undoes all of it.

        Raises:
            StoreFault: the server cannot be reached, or refuses.
            Refused: the login may not do that.
        """
        with self._faults(), self._engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITERS})
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Run a block on one unchanging view.

        Raises:
            StoreFault: the server cannot be reached, or refuses.
        """
        view = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self._faults(), self._engine.connect().execution_options(**view) as connection:
            yield connection

    def truncate_log(self) -> None:
        """Do nothing: what was deleted stays in the server's log and dead rows, sealed, until it clears them."""

    def look_through(self) -> None:
        """Do nothing: the server's own checksums and pg_amcheck look at its pages; `verify_whole` reads every value."""

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def scram(self, login: str, password: str) -> str:
        """Return what the server needs to know of a password (RFC 5803), so that it never sees the password itself."""
        with self.reading() as connection:
            driver: Any = connection.connection.driver_connection
            return str(driver.pgconn.encrypt_password(password.encode(), login.encode(), b"scram-sha-256").decode())

    def _demand_safe(self, connection: Any, _: object) -> None:
        """See that the driver's own files and variables led nowhere else than the address says."""
        info = connection.info
        local = is_local(info.host) and (not info.hostaddr or is_local(info.hostaddr))
        if not local and not connection.pgconn.ssl_in_use:
            raise Refused(f"The connection to the record's server {self._named} is not by TLS.", "Unset PGHOSTADDR.")

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise fault(self._named, error.orig, lost=error.connection_invalidated) from error
        except StatementError as error:
            if isinstance(error.orig, EvenfallError):  # the columns' own, see `seals`
                raise error.orig from None
            raise StoreFault(f"The record's server {self._named} cannot be used.", "Start Evenfall again.") from error
        except SQLAlchemyError as error:
            raise StoreFault(f"The record's server {self._named} cannot be used.", "Start Evenfall again.") from error


def _computer(home: Path) -> str:
    path = home / COMPUTER
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(name := secrets.token_hex(16))
        return name
    except FileExistsError:
        pass
    except OSError as error:
        raise StoreFault(f"{path} cannot be written.", "Make room on the disk, or mend the permissions.") from error
    name = path.read_text(encoding="ascii").strip()
    if len(name) != 32:
        raise StoreFault(f"{path} is damaged.", "Delete it: recordings made here before then count as elsewhere.")
    return name
