"""The encrypted file: SQLCipher under SQLAlchemy, and the seam where their errors stop."""

import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, Final, Protocol, Self

import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from ..errors import StoreFault
from . import journal

NAME: Final = "store.db"
PATIENCE: Final = 30.0  # seconds to wait for another writer
BUDGET: Final = 0.2  # seconds that looking over the file may take when it is opened
STEPS: Final = 1000  # SQLite's own steps between looks at the clock: well under a millisecond
SETTINGS: Final = (
    "cipher_compatibility = 4",  # a later SQLCipher with other defaults still reads the file
    "journal_mode = WAL",
    "synchronous = FULL",  # what was committed outlives a power cut
    "foreign_keys = ON",
    "secure_delete = ON",  # deleted payloads are overwritten with zeros
    "temp_store = MEMORY",
)


class Transactions(Protocol):
    """What a record needs of its database: SQLCipher's file, or a practice's server."""

    @property
    def home(self) -> Path:
        """The folder on this computer that goes with it."""
        ...

    @property
    def place(self) -> str:
        """What marks this computer where several share a record, "" where it is one computer's."""
        ...

    def writing(self) -> AbstractContextManager[Connection]:
        """Run a block in one transaction that alone may write; an error undoes all of it."""
        ...

    def reading(self) -> AbstractContextManager[Connection]:
        """Run a block on one unchanging view."""
        ...

    def truncate_log(self) -> None:
        """Have what was deleted be in no file of it any more, where it can do that."""
        ...

    def look_through(self) -> None:
        """Look for damage in every page and every index."""
        ...

    def close(self) -> None:
        """Close every connection."""
        ...


class Database:
    """One encrypted file, safe for several threads and processes."""

    def __init__(self, path: Path, key: bytes) -> None:
        self.path, self._key = path, key
        self._engine = _engine(path, key)

    @property
    def home(self) -> Path:
        """The folder that the file is in."""
        return self.path.parent

    @property
    def place(self) -> str:
        """What marks this computer where several share a record: nothing, this one is one computer's."""
        return ""

    @classmethod
    def create(cls, path: Path, key: bytes) -> Self:
        """Make a new, empty file that its owner alone may read, in place of the rest of one never completed.

        Raises:
            StoreFault: it cannot be written.
        """
        try:
            for old in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
                old.unlink(missing_ok=True)
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except OSError as error:
            raise StoreFault(f"{path} cannot be made.", "Make room on the disk, or mend the permissions.") from error
        return cls(path, key)

    @classmethod
    def open(cls, path: Path, key: bytes) -> Self:
        """Open an existing file.

        Raises:
            StoreFault: it is missing or empty, or what a kill left of its log is damaged.
        """
        if not path.is_file() or path.stat().st_size == 0:
            raise StoreFault(f"{path} is missing or empty.", "Put it back from a backup.")
        try:
            whole = journal.is_whole(path)
        except OSError as error:
            raise StoreFault(f"{path} cannot be read.", "Mend the permissions of its folder.") from error
        if not whole:
            raise StoreFault(
                f"{path}{journal.LOG}, which holds what was changed last, is damaged.",
                "Keep a copy of its folder as it is. Then put the record back: evenfall restore FILE --move-aside; "
                f"or go on without what was changed last: delete {NAME}{journal.INDEX} there.",
            )
        return cls(path, key)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Run a block in one transaction that alone may write; an error undoes all of it.

        Raises:
            StoreFault: the file cannot be read or written.
        """
        with self._faults(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Run a block on one unchanging view of the file.

        Raises:
            StoreFault: the file cannot be read.
        """
        with self._faults(), self._engine.connect().execution_options(reads_only=True) as connection:
            yield connection

    def truncate_log(self) -> None:
        """Empty the write-ahead log, so that deleted payloads are in no file; best effort, the write has been made."""
        with suppress(SQLAlchemyError, sqlcipher.Error):
            raw = self._engine.raw_connection()
            try:
                raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            finally:
                raw.close()

    def look_over(self, budget: float = BUDGET) -> None:
        """Look for damage for at most so many seconds, from the first page on; what is read later is checked then.

        Raises:
            StoreFault: a page or an index is damaged.
        """
        with self._driver() as driver:
            end = time.monotonic() + budget
            driver.set_progress_handler(lambda: time.monotonic() > end, STEPS)
            try:
                found = driver.execute("PRAGMA quick_check(1)").fetchall()
            except sqlcipher.OperationalError as error:
                if error.sqlite_errorname != "SQLITE_INTERRUPT":
                    raise
                found = [("ok",)]
            finally:
                driver.set_progress_handler(None, STEPS)
        if found != [("ok",)]:
            raise _damaged(self.path)

    def look_through(self) -> None:
        """Look for damage in every page and every index, however long it takes.

        Raises:
            StoreFault: there is some.
        """
        with self._driver() as driver:
            sound = not driver.execute("PRAGMA cipher_integrity_check").fetchall()
            if not sound or driver.execute("PRAGMA integrity_check(1)").fetchall() != [("ok",)]:
                raise _damaged(self.path)

    def snapshot(self, connection: Connection, path: Path) -> None:
        """Write the file as `connection` sees it to another path, under the same key; others may write meanwhile.

        Raises:
            StoreFault: it cannot be written.
        """
        copy = Database.create(path, self._key)
        try:
            with self._faults(), copy._driver() as target:
                connection.connection.driver_connection.backup(target)  # type: ignore[union-attr]
        finally:
            copy.close()

    def sibling(self, path: Path) -> "Database":
        """Open another file of the same key.

        Raises:
            StoreFault: it is missing or empty.
        """
        return Database.open(path, self._key)

    def close(self) -> None:
        """Close every connection; the last one to close empties and removes the write-ahead log."""
        self._engine.dispose()

    @contextmanager
    def _driver(self) -> Iterator[Any]:
        """Give SQLCipher's own connection, for what SQLAlchemy has no words for."""
        with self._faults():
            raw = self._engine.raw_connection()
            try:
                yield raw.driver_connection
            finally:
                raw.close()

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise _fault(self.path, error.orig) from error
        except sqlcipher.Error as error:
            raise _fault(self.path, error) from error
        except SQLAlchemyError as error:
            raise StoreFault(f"{self.path} cannot be used.", "Close Evenfall and start it again.") from error


def _engine(path: Path, key: bytes) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        module=sqlcipher,
        connect_args={"timeout": PATIENCE},
        hide_parameters=True,  # else an error would show a client's words
    )

    @event.listens_for(engine, "connect")
    def _unlock(connection: Any, _: object) -> None:
        connection.isolation_level = None  # transactions begin below, not where the driver thinks fit
        cursor = connection.cursor()
        cursor.execute("PRAGMA cipher_log_level = NONE")
        cursor.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        for setting in SETTINGS:
            cursor.execute(f"PRAGMA {setting}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reads_only = connection.get_execution_options().get("reads_only")
        connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")

    return engine


def _damaged(path: Path) -> StoreFault:
    return StoreFault(
        f"{path} is damaged.",
        "Keep a copy of its folder as it is, then put the record back: evenfall restore FILE --move-aside",
    )


def _fault(path: Path, error: BaseException | None) -> StoreFault:
    name = getattr(error, "sqlite_errorname", None) or ""
    for start, what, next_step in (
        ("SQLITE_NOTADB", "is damaged, or is the file of another store.", "Put it back from a backup."),
        ("SQLITE_CORRUPT", "is damaged.", "Put it back from a backup."),
        ("SQLITE_FULL", "cannot grow: the disk is full.", "Make room on the disk, then try again."),
        ("SQLITE_READONLY", "cannot be written.", "Mend the permissions of the file and its folder."),
        ("SQLITE_CANTOPEN", "cannot be opened.", "Mend the permissions of the file and its folder."),
        ("SQLITE_BUSY", "is in use by another Evenfall.", "Wait for it to finish, then try again."),
        ("SQLITE_IOERR", "cannot be read or written: the disk failed.", "See to the disk; keep a copy of the file."),
    ):
        if name.startswith(start):
            return StoreFault(f"{path} {what}", next_step)
    return StoreFault(f"{path} refused the change ({name or 'no code'}).", "Close Evenfall and start it again.")
