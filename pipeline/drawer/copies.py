"""What leaves the drawer, by its own command alone: the whole of it sealed in one file, or words for everybody to read.

The sealed file is a tar of the drawer's two files as they lie on the disk. It opens with the passphrase of its day.
"""

import hashlib
import io
import os
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Final

from ..disk import sync_folder
from ..errors import Refused, SourceRefused, StoreFault
from ..export import file as files
from ..moments import local
from ..store.database import NAME
from ..store.sidecar import DRAWER, alone, make_home, read_sidecar
from ..store.sidecar import NAME as SIDECAR
from .drawer import PART, Clock, Drawer, now
from .note import ProcessNote
from .passphrase import key_of

LARGEST: Final = 2**30  # bytes of one file: more than a lifetime's notes
HEADING: Final = (
    "PROCESS NOTES (psychotherapy notes, 45 CFR 164.501), kept apart from the record.\n"
    "Handing them on needs the client's own authorization for them (45 CFR 164.508(a)(2)), save for what it excepts.\n"
)


def seal(drawer: Drawer, out: Path, *, force: bool = False) -> None:
    """Write the whole drawer, sealed as it is, into one file; its own chain holds that first.

    Raises:
        Refused: the name is taken and `force` does not say to overwrite it, or it cannot be written.
    """
    files.demand_free(out, force)
    drawer.record("export, sealed")
    content = io.BytesIO()
    with alone(drawer.folder), tarfile.open(fileobj=content, mode="w:", format=tarfile.PAX_FORMAT) as tar:
        for name in (SIDECAR, NAME):
            info = tarfile.TarInfo(name)  # without this computer's user, and without the files' own times
            data = (drawer.folder / name).read_bytes()
            info.size, info.mode = len(data), 0o600
            tar.addfile(info, io.BytesIO(data))
    files.write(out, content.getvalue(), force)


def write_readable(drawer: Drawer, client: str | None, out: Path, *, force: bool = False) -> int:
    """Write every note, or one client's, as a text that whoever has the file can read; return how many there were.

    Raises:
        Refused: there is none; or see `seal`.
    """
    files.demand_free(out, force)
    notes = drawer.notes(client)
    if not notes:
        raise Refused("There are no process notes to export.", "See which there are: evenfall process-notes list")
    content = readable(notes).encode()
    drawer.record("export, readable", hashlib.sha256(content).hexdigest())
    files.write(out, content, force)
    return len(notes)


def readable(notes: tuple[ProcessNote, ...]) -> str:
    """Return notes as plain text, by client and day."""
    parts = [HEADING]
    for client, theirs in groupby(sorted(notes, key=lambda note: note.client), key=lambda note: note.client):
        parts.append(f"\nClient {client}\n")
        parts += [f"\n{note.day}, written {local(note.written_at)}\n\n{note.text}\n" for note in theirs]
    return "".join(parts)


def restore(file: Path, home: Path, words: str, *, actor: str, clock: Clock = now) -> Drawer:
    """Put a sealed file's drawer into a data folder that has none, once it opens and is whole.

    Raises:
        Refused: there is a drawer already; nothing is overwritten but what a killed restore left half in place.
        SourceRefused: the file is no sealed drawer, or damaged.
        WrongPassphrase: it does not open; nothing was put into place.
    """
    home = home.absolute()
    folder = home / DRAWER
    make_home(home)
    make_home(folder)
    with alone(folder):
        if (home / PART).exists() and not (folder / SIDECAR).exists():  # killed between the two files: no key opens it
            (folder / NAME).unlink(missing_ok=True)
        if any((folder / name).exists() for name in (NAME, SIDECAR)):
            raise Refused("There are process notes in that data folder already.", "Restore into another: --home DIR")
        with _unpacked(file, home / PART) as work:
            sidecar = read_sidecar(work / DRAWER)
            if sidecar is None:
                raise _spoilt()
            drawer = Drawer(work, key_of(sidecar, words), actor, clock)
            drawer.verify()
            drawer.record("restore drawer")
            for name in (NAME, SIDECAR):
                os.replace(work / DRAWER / name, folder / name)
                sync_folder(folder)
    return Drawer.open(home, words, actor=actor, clock=clock)


@contextmanager
def _unpacked(file: Path, work: Path) -> Iterator[Path]:
    """Give a folder with a drawer in it, still sealed, and remove what is left of it afterwards."""
    shutil.rmtree(work, ignore_errors=True)
    try:
        (work / DRAWER).mkdir(mode=0o700, parents=True)
        for name, content in _members(file).items():
            with open(os.open(work / DRAWER / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as part:
                part.write(content)
                part.flush()
                os.fsync(part.fileno())
        yield work
    except OSError as error:
        raise StoreFault(f"{work.parent} cannot be written.", "Make room on the disk, or mend it.") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _members(file: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(file, "r:") as tar:
            for member in tar:
                if member.name not in (NAME, SIDECAR) or not member.isfile() or member.size > LARGEST:
                    raise _spoilt()
                source = tar.extractfile(member)
                found[member.name] = source.read() if source else b""
    except (OSError, tarfile.TarError, EOFError) as error:
        raise _spoilt() from error
    if found.keys() != {NAME, SIDECAR}:
        raise _spoilt()
    return found


def _spoilt() -> SourceRefused:
    return SourceRefused("This is no sealed file of process notes, or it is damaged.", "Take another copy of it.")
