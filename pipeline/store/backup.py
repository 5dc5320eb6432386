"""A copy of the whole record in one file, sealed as the record is: made while others write, proven by restoring it.

The file is a tar of what lies in the home folder, sealed there already: store.db as it stood at one moment, store.json,
and the sealed recordings whose key it holds. `backup.json` gives the digest of each, and of all that the tables hold.
The drawer of process notes comes along as it lies, closed: the record has no key to it, and this opens it no more.
"""

import errno
import hashlib
import os
import re
import shutil
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, Field, ValidationError
from sqlalchemy import Connection, inspect

from ..disk import sync_folder
from ..errors import Refused, SourceRefused, StoreFault
from ..types import Digest, Value
from . import spools
from .database import NAME, Database
from .sidecar import DRAWER, alone, make_home, read_sidecar
from .sidecar import NAME as SIDECAR

MANIFEST: Final = "backup.json"
SPOOL: Final = "spool"
WORK, RESTORE = "backup.part", "restore.part"  # folders in the home folder, only while it is done
FULL: Final = (errno.ENOSPC, errno.EDQUOT)
IN_DRAWER: Final = (SIDECAR, NAME, f"{NAME}-wal")  # the log only after a kill: closed, the drawer has none
MEMBER: Final = re.compile(
    rf"{re.escape(NAME)}|{re.escape(SIDECAR)}|{SPOOL}/[0-9a-f]{{32}}\.spool|"
    rf"{DRAWER}/(?:{'|'.join(re.escape(name) for name in IN_DRAWER)})"
)
LARGEST_MANIFEST: Final = 16 * 2**20  # bytes
TRIES: Final = 5  # at a copy in which no recording was purged meanwhile
PIECE: Final = 2**20  # bytes read at once


class Manifest(Value):
    """What a backup holds: the SHA-256 of each file by its name, and of every row of every table."""

    format: Literal[1] = 1
    made_at: AwareDatetime
    files: Annotated[tuple[tuple[str, Digest], ...], Field(min_length=2)]
    content: Digest

    @property
    def recordings(self) -> int:
        """How many sealed recordings it holds."""
        return sum(name.startswith(f"{SPOOL}/") for name, _ in self.files)


def make(database: Database, file: Path, at: datetime, seal: Callable[[Digest], None], *, force: bool) -> Manifest:
    """Write a backup and restore it beside the record, sealed, before it takes its name; `seal` is told its digest.

    Raises:
        Refused: the name is taken, or the backup could be opened on no other computer.
        StoreFault: it cannot be written, or what was written is not what the record holds.
    """
    home, part = database.path.parent, file.with_name(f"{file.name}.part")
    _demand_place(file, force)
    _demand_not_ours(home, file, part)
    with _writable(file), alone(home), _work(home / WORK) as work:
        _demand_openable(home)
        with _writable(home):
            content = _collect(database, home, work)
            names = sorted(path.relative_to(work).as_posix() for path in work.rglob("*") if path.is_file())
            files = tuple((name, _sha256(work / name)) for name in names)
        manifest = Manifest(made_at=at.replace(microsecond=0), files=files, content=content)
        try:
            _pack(part, work, manifest)
            _emptied(work)
            _prove(database, part, work, manifest)
            seal(_sha256(part))
            os.replace(part, file)
            sync_folder(file.parent)
        finally:
            part.unlink(missing_ok=True)
    return manifest


def unpack(file: Path, into: Path) -> Manifest:
    """Write what a backup holds into an empty folder, still sealed, and compare every digest.

    Raises:
        SourceRefused: it is no backup, is damaged, or is of a newer Evenfall.
        StoreFault: there is no room for it.
    """
    try:
        with tarfile.open(file, "r:") as tar:
            members = iter(tar)
            manifest = _manifest(tar, first := next(members, None))
            if first is None or first.mtime != int(manifest.made_at.timestamp()):
                raise _spoilt()
            wanted = dict(manifest.files)
            for member in members:
                if not member.isfile() or not MEMBER.fullmatch(member.name) or member.name not in wanted:
                    raise _spoilt()
                if _unpack_one(tar, member, into / member.name) != wanted.pop(member.name):
                    raise _spoilt()
    except (OSError, tarfile.TarError, EOFError) as error:
        if isinstance(error, OSError) and error.errno in FULL:  # nothing is read that could be: it was to be written
            raise StoreFault(f"{into} cannot be written: the disk is full.", "Make room on that disk.") from error
        raise _spoilt() from error
    if wanted or not {NAME, SIDECAR} <= {name for name, _ in manifest.files}:
        raise _spoilt()
    return manifest


def content_digest(connection: Connection) -> Digest:
    """Return the SHA-256 of every row of every table, whatever form the store has."""
    digest = hashlib.sha256()
    for table in sorted(inspect(connection).get_table_names()):
        rows = connection.exec_driver_sql(f'SELECT * FROM "{table}"')  # noqa: S608 (our own tables' names)
        order = ", ".join(str(place) for place in range(1, len(rows.keys()) + 1))
        rows.close()
        digest.update(f"{table}\n".encode())
        for row in connection.exec_driver_sql(f'SELECT * FROM "{table}" ORDER BY {order}'):  # noqa: S608
            digest.update(f"{tuple(row)!r}\n".encode())
    return digest.hexdigest()


@dataclass(frozen=True)
class Restored:
    """What was put into place; `revoked` consents are so by the record that was moved aside, None: not looked for."""

    manifest: Manifest
    revoked: int | None = None


@contextmanager
def restoring(file: Path, home: Path, at: datetime, *, move_aside: bool) -> Iterator[tuple[Path, Manifest]]:
    """Unpack a backup beside where it goes; when the block ends well it is put into place, store.json last.

    The block is given the folder that holds it, to open and prove it there. With `move_aside`, a record that is there
    already is moved into a folder of its own, named after `at`; nothing is ever overwritten.

    Raises:
        Refused: there is a record already, and `move_aside` does not say what to do with it.
        SourceRefused: see `unpack`.
        StoreFault: the folder cannot be written.
    """
    home = home.absolute()
    make_home(home)
    with _writable(home), alone(home):
        unfinished = (home / RESTORE).exists() and not (home / SIDECAR).exists()
        if any((home / name).exists() for name in (NAME, SIDECAR)) and not (unfinished or move_aside):
            raise Refused(
                "There is a record in that folder already.",
                "Restore into another (--home DIR), or close every Evenfall and move it aside: --move-aside",
            )
        with _work(home / RESTORE) as work:
            manifest, brings = unpack(file, work), (work / DRAWER).is_dir()
            if brings and (home / DRAWER / SIDECAR).exists() and not (unfinished or move_aside):
                raise Refused("There are process notes in that folder already.", "Move them aside: --move-aside")
            yield work, manifest
            _move(home, _free(home, f"aside-{at:%Y%m%d-%H%M%S}"), *((DRAWER,) if brings else ()))
            _put_in_place(work, home)


@contextmanager
def copied_aside(home: Path, work: Path) -> Iterator[Path]:
    """Give a copy of the record's file that lies in a home folder, to read in it: what is moved aside stays as it is.

    Raises:
        StoreFault: there is no room for it.
    """
    with _writable(home), _work(work / "aside") as folder:
        for name in (NAME, f"{NAME}-wal"):
            if (home / name).exists():
                shutil.copyfile(home / name, folder / name)
        yield folder / NAME


def _collect(database: Database, home: Path, work: Path) -> Digest:
    """Copy the record as it stands at one moment, with the recordings whose keys it holds then.

    They are copied first: one that is purged after the copy of the keys would be in the backup neither as sound nor as
    what was made of it.
    """
    shutil.copyfile(home / SIDECAR, work / SIDECAR)
    _copy_drawer(home / DRAWER, work / DRAWER)
    (work / SPOOL).mkdir(mode=0o700)
    for _ in range(TRIES):
        with database.reading() as connection:
            before = {spooled.id for spooled in spools.waiting(connection)}
        copied = {spool_id for spool_id in before if _copied(home, work, spool_id)}
        with database.reading() as connection:
            keyed = {spooled.id for spooled in spools.waiting(connection)}
            if all(spool_id in copied or _copied(home, work, spool_id) for spool_id in keyed - (before - copied)):
                for spool_id in copied - keyed:
                    _spool(work, spool_id).unlink()
                database.snapshot(connection, work / NAME)
                return content_digest(connection)
    raise StoreFault("The record changes too quickly to be copied.", "Make the backup when less is going on.")


def _copy_drawer(drawer: Path, to: Path) -> None:
    """Copy the process notes as they lie on the disk; who writes one holds the same lock, and closes the file first."""
    if not (drawer / SIDECAR).exists():
        return
    to.mkdir(mode=0o700)
    with alone(drawer):
        for name in IN_DRAWER:
            if (drawer / name).exists():
                shutil.copyfile(drawer / name, to / name)


def _copied(home: Path, work: Path, spool_id: str) -> bool:
    try:
        shutil.copyfile(_spool(home, spool_id), _spool(work, spool_id))
    except FileNotFoundError:
        return False
    return True


def _spool(folder: Path, spool_id: str) -> Path:
    return folder / SPOOL / f"{spool_id}.spool"


def _pack(part: Path, work: Path, manifest: Manifest) -> None:
    part.unlink(missing_ok=True)
    (work / MANIFEST).write_text(manifest.model_dump_json(), encoding="utf-8")
    with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as raw:
        with tarfile.open(fileobj=raw, mode="w:", format=tarfile.PAX_FORMAT) as tar:
            for name in (MANIFEST, *(name for name, _ in manifest.files)):
                with (work / name).open("rb") as member:
                    info = tarfile.TarInfo(name)  # without this computer's user, and without the files' own times
                    info.size, info.mode = os.fstat(member.fileno()).st_size, 0o600
                    info.mtime = int(manifest.made_at.timestamp())
                    tar.addfile(info, member)
        raw.flush()
        os.fsync(raw.fileno())


def _prove(database: Database, part: Path, work: Path, manifest: Manifest) -> None:
    """Restore what was written and compare.

    Raises:
        StoreFault: it is not what the record holds.
    """
    try:
        same = unpack(part, work) == manifest
    except SourceRefused:
        same = False
    if same:
        restored = database.sibling(work / NAME)
        try:
            restored.look_through()
            with restored.reading() as connection:
                same = content_digest(connection) == manifest.content
        finally:
            restored.close()
    if not same:
        raise StoreFault("The backup cannot be read back as it was written.", "Choose another disk for it.")


def _manifest(tar: tarfile.TarFile, member: tarfile.TarInfo | None) -> Manifest:
    if member is None or member.name != MANIFEST or not member.isfile() or member.size > LARGEST_MANIFEST:
        raise _spoilt()
    file = tar.extractfile(member)
    try:
        return Manifest.read(file.read() if file else b"")
    except ValidationError:
        raise _spoilt() from None


def _unpack_one(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> Digest:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    digest, source = hashlib.sha256(), tar.extractfile(member)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        while source is not None and (piece := source.read(PIECE)):
            digest.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def _put_in_place(work: Path, home: Path) -> None:
    (home / SPOOL).mkdir(mode=0o700, exist_ok=True)
    for path in (work / SPOOL).glob("*") if (work / SPOOL).is_dir() else ():
        os.replace(path, home / SPOOL / path.name)
    if (work / DRAWER).is_dir():
        os.replace(work / DRAWER, home / DRAWER)
    os.replace(work / NAME, home / NAME)
    sync_folder(home)
    os.replace(work / SIDECAR, home / SIDECAR)
    sync_folder(home)


def _move(home: Path, to: Path, *more: str) -> None:
    """Move a record, or what is left of one, into a folder; store.json last: without it nothing else is here."""
    there = [name for name in (NAME, f"{NAME}-wal", f"{NAME}-shm", SPOOL, *more, SIDECAR) if (home / name).exists()]
    if there:
        to.mkdir(mode=0o700)
    for name in there:
        os.replace(home / name, to / name)
        sync_folder(home)


def _free(home: Path, name: str) -> Path:
    """Return the first of name, name-2, name-3 ... that is not taken."""
    names = (home / (name if number == 1 else f"{name}-{number}") for number in count(1))
    return next(path for path in names if not path.exists())


def _demand_place(file: Path, force: bool) -> None:
    if not file.parent.is_dir():
        raise Refused("There is no such folder to put the backup into.", "Make it first, or name another.")
    if file.is_dir():
        raise Refused("That name is a folder's.", "Name a file.")
    if file.exists() and not file.is_file():
        raise Refused("That name is a device's or a pipe's.", "Name a file.")
    if os.path.lexists(file) and not force:
        raise Refused("There is a file of that name already.", "Choose another name, or overwrite it: --force.")


def _demand_not_ours(home: Path, file: Path, part: Path) -> None:
    ours = {NAME, f"{NAME}-wal", f"{NAME}-shm", SIDECAR, WORK, RESTORE}
    if file.parent.resolve() == home.resolve() and ours & {file.name.lower(), part.name.lower()}:
        raise Refused("That name is one of Evenfall's own in its data folder.", "Choose another name.")


def _demand_openable(home: Path) -> None:
    sidecar = read_sidecar(home)
    if sidecar is not None and sidecar.kind == "keyring" and sidecar.recovery is None:
        raise Refused(
            "The record's key is in this computer's keyring alone: a backup could be opened nowhere else.",
            "Make a recovery key first (evenfall recovery-key), or take a passphrase (evenfall passphrase).",
        )


@contextmanager
def _work(folder: Path) -> Iterator[Path]:
    """Give an empty folder for its owner alone, and remove it afterwards; what a killed run left in it goes first."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _emptied(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir(mode=0o700)


@contextmanager
def _writable(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreFault(
            f"{place} cannot be written.", "Make room on the disk, or mend the folder's permissions."
        ) from error


def _sha256(path: Path) -> Digest:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _spoilt() -> SourceRefused:
    return SourceRefused(
        "This is no backup of a record, or it is damaged.",
        "Take another backup, or update Evenfall if a newer one made it.",
    )
