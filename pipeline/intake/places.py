"""Which files of a folder can be sources, and the digest of their bytes: nothing of them is looked at."""

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ..errors import SourceRefused
from ..types import Digest
from .incoming import Unusable
from .rules import CALENDAR, SIDECARS, Rules

UNREADABLE: Final = ("The folder cannot be read.", "See that you may open it; the other folders are done meanwhile.")


def walk(place: Path, rules: Rules) -> Iterator[Path | Unusable]:
    """Yield the sources under a folder in the order of their names, or the file itself that is named.

    Left out without a word: hidden, empty and unfinished files, sidecars, calendars, whatever is neither heard nor
    read, and links to what is in the folder anyway. A folder that cannot be read is told of, and the rest goes on.
    """
    try:
        if not place.is_dir():
            yield place if place.is_file() else Unusable(place, "There is no such file or folder.", "Check its name.")
            return
    except OSError:  # a folder above it is closed
        yield Unusable(place, *UNREADABLE)
        return
    root, closed = place.resolve(), list[OSError]()
    for folder, folders, names in os.walk(place, onerror=closed.append):
        yield from _told(closed)
        here = Path(folder)
        try:
            links = [name for name in (*folders, *names) if (here / name).is_symlink()]
        except OSError:  # its names may be read, what they name may not
            folders.clear()
            yield Unusable(here, *UNREADABLE)
            continue
        for name in sorted(links):
            if _wanted(here / name, rules) and not _within(here / name, root):
                yield Unusable(here / name, "It is a link to outside this folder.", "Put the file itself here.")
        folders[:] = sorted(name for name in folders if name not in links and not rules.unfinished_name(name))
        for name in sorted(set(names) - set(links)):
            if _is_source(here / name, names, rules):
                yield here / name
    yield from _told(closed)


def calendars(place: Path) -> Iterator[Path]:
    """Yield the calendars' exports that lie in a folder, or in the folder of a file; none of one that is closed."""
    try:
        folder = place if place.is_dir() else place.parent
        files = (one for one in folder.iterdir() if one.suffix.lower() == CALENDAR) if folder.is_dir() else ()
        found = sorted(one for one in files if one.is_file() and not one.is_symlink())
    except OSError:
        return
    yield from found


def digest(path: Path) -> Digest:
    """Return the SHA-256 of a file's bytes.

    Raises:
        SourceRefused: it cannot be read, is no file, is empty, or changed meanwhile.
    """
    try:
        with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)), "rb") as file:
            before = os.fstat(file.fileno())
            if not stat.S_ISREG(before.st_mode):
                raise SourceRefused("That is no file.", "Name a file.")
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            after = os.fstat(file.fileno())
    except OSError:
        raise SourceRefused("The file cannot be read.", "Check that it is there and that you may read it.") from None
    if after.st_size == 0:
        raise SourceRefused("The file is empty.", "Check that the recorder or the transfer finished.")
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise SourceRefused("The file is still being written.", "Wait until it is finished.")
    return sha256


def _told(closed: list[OSError]) -> Iterator[Unusable]:
    """Yield the folders that could not be listed, once."""
    while closed:
        yield Unusable(Path(closed.pop().filename), *UNREADABLE)


def _wanted(path: Path, rules: Rules) -> bool:
    try:
        is_folder = path.is_dir()
    except OSError:  # it leads to where nothing may be read
        return True
    return is_folder or (rules.is_source(path.name) and not rules.unfinished_name(path.name))


def _within(path: Path, root: Path) -> bool:
    try:
        return path.resolve().is_relative_to(root)
    except (OSError, RuntimeError):  # pathlib tells of a loop of links by RuntimeError
        return True


def _is_source(path: Path, names: list[str], rules: Rules) -> bool:
    if not rules.is_source(path.name) or rules.unfinished_name(path.name) or _is_sidecar(path, names, rules):
        return False
    try:
        found = path.lstat()
    except OSError:  # gone since it was listed
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size > 0


def _is_sidecar(path: Path, names: list[str], rules: Rules) -> bool:
    """Say whether a file is one beside another: a .json alone is a transcript."""
    others = (Path(name) for name in names if name != path.name and Path(name).suffix.lower() not in SIDECARS)
    return path.suffix.lower() in SIDECARS and any(
        rules.is_source(other.name) and path.stem in (other.stem, other.name) for other in others
    )
