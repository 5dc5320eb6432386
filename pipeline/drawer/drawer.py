"""The drawer in the data folder: made, opened with its own passphrase, written, read.

It holds its key and nothing else: its file is open, and held against every other process, while one thing is done.
Between two things the file is whole by itself, without a log beside it: whoever copies the folder then copies it all.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, Self

from sqlalchemy import Connection, Select, delete, func, insert, select

from ..errors import NotFound, Outdated, Refused, StoreFault
from ..store import rekey, rows
from ..store.audit import AuditChain
from ..store.database import NAME, Database
from ..store.keys import StoreKey, new_key
from ..store.sidecar import DRAWER, File, Way, alone, make_home, read_sidecar, write_sidecar
from ..types import AuditEvent, Digest
from . import tables
from .note import ProcessNote, Unfinished
from .passphrase import demand_own, find

KEPT: Final = "keep process note"
DELETED: Final = "delete process note"
PART: Final = f"{DRAWER}.part"  # in the data folder: what a restore has unpacked, and not yet put into place

Clock = Callable[[], datetime]


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


class Drawer:
    """The process notes of one clinician, unlocked; safe for several threads and processes."""

    def __init__(self, home: Path, key: StoreKey, actor: str, clock: Clock = now) -> None:
        self.home, self._key = home, key
        self._chain = AuditChain(key.derive("audit"), actor, clock)

    @classmethod
    def make(cls, home: Path, words: str, *, actor: str, clock: Clock = now, record: Way | None = None) -> Self:
        """Make the drawer of a data folder, sealed with a passphrase of its own.

        `record` tells how the record is opened where that does not lie in the data folder.

        Raises:
            Refused: there is one already, or these words open the record.
            KeyMissing: the passphrase is empty.
            StoreFault: it cannot be written.
        """
        demand_own((record or File(home)).read(), words)
        folder = home.absolute() / DRAWER
        make_home(home.absolute())
        make_home(folder)
        with alone(folder):
            sidecar = read_sidecar(folder)
            if sidecar is not None and sidecar.ready:
                raise Refused("There are process notes already.", "Open them with their own passphrase.")
            if sidecar is None and (folder / NAME).exists():
                raise StoreFault(f"{folder} lacks its store.json.", "Put it back from a backup.")
            shutil.rmtree(home.absolute() / PART, ignore_errors=True)  # else this drawer could be taken for a part
            sidecar, key = new_key(words, None)
            write_sidecar(folder, sidecar)
            drawer = cls(home.absolute(), key, actor, clock)
            database = Database.create(folder / NAME, key.derive("database"))
            try:
                with database.writing() as connection:
                    tables.make(connection)
                    drawer._chain.append(connection, "make drawer")
            finally:
                database.close()
            write_sidecar(folder, sidecar.model_copy(update={"ready": True}))
        return drawer

    @classmethod
    def open(cls, home: Path, words: str, *, actor: str, clock: Clock = now) -> Self:
        """Open the drawer with its passphrase or its recovery key; the record's opens nothing here.

        Raises:
            NotFound: there is none.
            WrongPassphrase: it does not open; no file was touched.
            StoreFault: it is damaged, or cannot be read.
        """
        drawer = cls(home.absolute(), find(home, words), actor, clock)
        with drawer._writing("open drawer") as connection:
            tables.demand_known(connection)
        return drawer

    @staticmethod
    def exists(home: Path) -> bool:
        """Say whether a data folder has a drawer; what lies in it, or whether anything does, only its key tells."""
        sidecar = read_sidecar(home / DRAWER)
        return sidecar is not None and sidecar.ready

    @property
    def actor(self) -> str:
        """Who uses the drawer, as its audit events name them."""
        return self._chain.actor

    @property
    def folder(self) -> Path:
        """The folder that it is in."""
        return self.home / DRAWER

    # Notes

    def write(self, client: str, day: date, text: str, over: Digest | None = None) -> ProcessNote:
        """Keep a new note; what was being typed of it, whose digest is `over`, is done with.

        Something else that is being typed of that client stays; None is the page's, whose form holds what is typed.

        Raises:
            Refused: it has no words, or no client.
        """
        client, text = _stripped(client, text)
        note = ProcessNote(client=client, day=day, text=text, written_at=self._chain.clock())
        with self._writing(KEPT, note.digest) as connection:
            self._insert(connection, note)
            done = _place(note.client, "")
            _forget_typing(connection, *(done if over is None else (*done, tables.unfinished.c.digest == over)))
        return note

    def change(self, old: str, day: date, text: str) -> ProcessNote:
        """Put new words in the place of a note's, by its digest. The earlier words are deleted, not kept beside.

        Raises:
            Refused: there are no words.
            Outdated: the note is no longer there; it was changed or deleted elsewhere.
        """
        with self._file() as database, database.writing() as connection:
            note = rows.first(connection, ProcessNote, _of(digest=old))
            if note is None:
                raise Outdated("This note was changed or deleted elsewhere.", "Open it again.")
            _, text = _stripped(note.client, text)
            changed = note.replace(text=text, day=day, changed_at=self._chain.clock())
            self._delete(connection, old, "replaced")
            self._insert(connection, changed)
            self._chain.append(connection, KEPT, changed.digest)
        return changed

    def note(self, prefix: str) -> ProcessNote:
        """Return the note whose digest begins so.

        Raises:
            NotFound: none does, more than one does, or fewer than four characters were given.
        """
        prefix = prefix.lower()
        if len(prefix) < rows.LEAST_PREFIX or prefix.strip("0123456789abcdef"):
            raise NotFound(
                "That is no process note's number.", f"Give at least its first {rows.LEAST_PREFIX} characters."
            )
        chosen = tables.notes.c.digest.startswith(prefix, autoescape=True)
        with self._file() as database, database.writing() as connection:
            found = rows.values(connection, ProcessNote, select(tables.notes).where(chosen).limit(2))
            if len(found) != 1:
                count = "more than one" if found else "no"
                raise NotFound(f"There is {count} such process note.", "List them: evenfall process-notes list")
            self._chain.append(connection, "read process note", found[0].digest)
        return found[0]

    def notes(self, client: str | None = None) -> tuple[ProcessNote, ...]:
        """Return every note, or one client's, by the day of the conversation."""
        query = _of() if client is None else _of(client=client)
        with self._writing("read process notes") as connection:
            order = (tables.notes.c.day, tables.notes.c.created_at, tables.notes.c.digest)
            return rows.values(connection, ProcessNote, query.order_by(*order))

    def clients(self) -> tuple[tuple[str, int], ...]:
        """Return the clients that there are notes of, by reference, each with how many."""
        column = tables.notes.c.client
        with self._writing("list clients") as connection:
            query = select(column, func.count()).group_by(column).order_by(column)
            return tuple((row[0], row[1]) for row in connection.execute(query))

    def delete(self, digest: str) -> None:
        """Delete a note for good; its bytes are overwritten.

        Raises:
            Outdated: it is no longer there.
        """
        with self._file() as database, database.writing() as connection:
            if not self._delete(connection, digest, "by request"):
                raise Outdated("This note was changed or deleted elsewhere.", "Open it again.")

    def forget(self, client: str) -> int:
        """Delete every note of a client for good, with what was being typed; return how many notes there were."""
        with self._file() as database, database.writing() as connection:
            doomed = connection.scalars(select(tables.notes.c.digest).where(tables.notes.c.client == client)).all()
            for digest in doomed:
                self._delete(connection, digest, "client's notes")
            _forget_typing(connection, tables.unfinished.c.client == client)
        return len(doomed)

    # What is being typed

    def keep_typing(self, typing: Unfinished, over: str) -> None:
        """Keep what is being typed in the place of what was typed there before, whose digest is `over`, "" if none.

        Raises:
            Outdated: what is kept is something else; another window went on.
        """
        with self._writing("keep typing", typing.digest) as connection:
            kept = rows.first(connection, Unfinished, _typed(typing.client, typing.of))
            if kept is not None and kept.digest != over:
                raise Outdated("This was typed on in another window.", "Reload the page to see what is kept.")
            _forget_typing(connection, *_place(typing.client, typing.of))
            row = {"client": typing.client, "of": typing.of, "payload": typing.model_dump_json()}
            connection.execute(insert(tables.unfinished).values(**row, digest=typing.digest))

    def typing(self, client: str, of: str = "") -> Unfinished | None:
        """Return what was being typed of a client's new note, or in the place of the note `of`."""
        with self._file() as database, database.reading() as connection:
            return rows.first(connection, Unfinished, _typed(client, of))

    def typed(self) -> tuple[Unfinished, ...]:
        """Return all that was being typed and not kept."""
        with self._file() as database, database.reading() as connection:
            return rows.values(connection, Unfinished, select(tables.unfinished).order_by(tables.unfinished.c.client))

    def forget_typing(self, client: str, of: str = "") -> None:
        """Delete what was being typed there."""
        with self._writing("delete typing") as connection:
            _forget_typing(connection, *_place(client, of))

    # Its keeping

    def events(self) -> tuple[AuditEvent, ...]:
        """Return the drawer's own audit chain, oldest first."""
        with self._file() as database, database.reading() as connection:
            return self._chain.events(connection)

    def verify(self) -> int:
        """Read every page, note and event; compare what is there with what the chain says; return the events' number.

        Raises:
            StoreFault: something is damaged, or was changed by another hand.
        """
        with self._file() as database:
            database.look_through()
            with database.reading() as connection:
                report = self._chain.verify(connection)
                if report.broken_at is not None:
                    raise _broken(f"broken at event {report.broken_at}: {report.reason}")
                there = {note.digest for note in rows.values(connection, ProcessNote, _of())}
                if there != _told(self._chain.events(connection)):
                    raise _broken("not what the notes say: one was taken out, or put in, by another hand")
                return report.events

    def change_passphrase(self, words: str, record: Way | None = None) -> None:
        """Have the drawer open with this passphrase from now on; for `record` see `make`.

        Raises:
            Refused: these words open the record.
            KeyMissing: it is empty.
        """
        demand_own((record or File(self.home)).read(), words)
        self.record("change passphrase")
        rekey.to_passphrase(File(self.folder), self._key, words)

    def make_recovery_key(self) -> str:
        """Make a recovery key in the place of an earlier one and return it as it is shown; it is kept nowhere."""
        self.record("make recovery key")
        return rekey.make_recovery(File(self.folder), self._key)

    def drop_recovery_key(self) -> None:
        """Have no recovery key open the drawer any more."""
        self.record("drop recovery key")
        rekey.drop_recovery(File(self.folder), self._key)

    def record(self, action: str, subject: str = "") -> None:
        """Record an event that changes no note, such as an export; `subject` is a digest."""
        with self._writing(action, subject):
            pass

    @contextmanager
    def _file(self) -> Iterator[Database]:
        """Open the file for one thing, alone; what a killed process had committed is taken in, and its log removed."""
        with alone(self.folder):
            database = Database.open(self.folder / NAME, self._key.derive("database"))
            try:
                yield database
            finally:
                database.close()

    @contextmanager
    def _writing(self, action: str, subject: str = "") -> Iterator[Connection]:
        """Run a block and its audit event in one transaction."""
        with self._file() as database, database.writing() as connection:
            yield connection
            self._chain.append(connection, action, subject)

    def _insert(self, connection: Connection, note: ProcessNote) -> None:
        rows.keep(connection, tables.notes, note, self._chain.clock(), client=note.client, day=note.day)

    def _delete(self, connection: Connection, digest: str, why: str) -> bool:
        gone = rows.remove(connection, tables.notes, "digest", digest)
        if gone:
            _forget_typing(connection, tables.unfinished.c.of == digest)
            self._chain.append(connection, f"{DELETED}: {why}", digest)
        return bool(gone)


def _stripped(client: str, text: str) -> tuple[str, str]:
    if not client.strip() or not text.strip():
        raise Refused("A process note needs words, and the client's reference.", "Fill in both.")
    return client.strip(), text.replace("\r\n", "\n").strip()  # a form of a page sends its lines so


def _of(**which: str) -> Select[Any]:
    return select(tables.notes).where(*(tables.notes.c[name] == value for name, value in which.items()))


def _place(client: str, of: str) -> tuple[Any, Any]:
    return tables.unfinished.c.client == client, tables.unfinished.c.of == of


def _typed(client: str, of: str) -> Select[Any]:
    return select(tables.unfinished).where(*_place(client, of))


def _forget_typing(connection: Connection, *which: Any) -> None:
    connection.execute(delete(tables.unfinished).where(*which))


def _told(events: tuple[AuditEvent, ...]) -> set[Digest]:
    """Return the notes that there should be, as the chain tells their fates."""
    there: set[Digest] = set()
    for event in events:
        if event.action == KEPT:
            there.add(event.subject)
        elif event.action.startswith(f"{DELETED}:"):
            there.discard(event.subject)
    return there


def _broken(how: str) -> StoreFault:
    return StoreFault(
        f"The process notes' own audit chain is {how}.", "Keep a copy of the data folder, and find out who had access."
    )
