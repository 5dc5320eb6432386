"""One file, whole or not at all, that its owner alone may read, in the place of no other."""

import os
import secrets
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from ..errors import Refused

LEFT: Final = 3600.0  # seconds after which a file that is still being written was left by a killed program
_HIDDEN: Final = ".evenfall-"


def demand_free(path: Path, force: bool) -> None:
    """Refuse early what `write` would refuse.

    Raises:
        Refused: there is no such folder, no file can be called so, or the name is taken and `force` does not say to
            overwrite it.
    """
    try:
        _demand_free(path, force)
    except (OSError, ValueError):  # the name is too long, its folder closed; ValueError: a NUL in it
        raise _unnamable() from None


def _demand_free(path: Path, force: bool) -> None:
    if not path.parent.is_dir():
        raise Refused("There is no such folder to put the file into.", "Make it first, or name another.")
    if path.is_dir():
        raise Refused("That name is a folder's.", "Name a file.")
    if path.exists() and not path.is_file():
        raise Refused("That name is a device's or a pipe's.", "Name a file.")
    if os.path.lexists(path) and not force:
        raise _taken()


def write(path: Path, content: bytes, force: bool) -> None:
    """Write a file with mode 0600; it appears with all its content, or an error leaves nothing behind.

    Where the disk can (Linux, most file systems) the file has no name while it is written, so that a killed program
    leaves nothing either; elsewhere the next write into the folder removes what such a one left.

    Raises:
        Refused: see `demand_free`; or the disk is full, or the folder cannot be written.
    """
    demand_free(path, force)
    beside = path.with_name(f"{_HIDDEN}{secrets.token_hex(8)}")
    try:
        _remove_left(path.parent)
        if not _write_nameless(beside if force else path, content):
            _write_beside(beside, content)
            if not force:
                _take(path, beside)
        if beside.exists():
            os.replace(beside, path)
    except FileExistsError:
        raise _taken() from None
    except OSError:
        raise Refused("The file could not be written.", "Make room on the disk, or choose another folder.") from None
    except ValueError:
        raise _unnamable() from None
    finally:
        beside.unlink(missing_ok=True)


def _write_nameless(path: Path, content: bytes) -> bool:
    """Write a file that gets its name when it is whole; False where the disk has no such files (`man 2 open`).

    Raises:
        FileExistsError: the name is taken.
    """
    try:
        opened = os.open(path.parent, os.O_WRONLY | os.O_TMPFILE, 0o600)
    except (AttributeError, OSError):
        return False
    with open(opened, "wb") as file:
        _fill(file, content)
        try:  # a directory's descriptor is given only so that Python follows the link in /proc
            os.link(f"/proc/self/fd/{opened}", path, src_dir_fd=opened, follow_symlinks=True)
        except FileExistsError:
            raise
        except OSError:
            return False
    return True


def _write_beside(beside: Path, content: bytes) -> None:
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        _fill(file, content)


def _fill(file: BinaryIO, content: bytes) -> None:
    file.write(content)
    file.flush()
    os.fsync(file.fileno())


def _take(path: Path, beside: Path) -> None:
    """Give a written file its name too; where a disk has no links, take the name for it to be moved to.

    Raises:
        FileExistsError: the name was taken meanwhile.
    """
    try:
        os.link(beside, path, follow_symlinks=False)
    except FileExistsError:
        raise
    except (NotImplementedError, OSError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _remove_left(folder: Path) -> None:
    """Remove what a killed program left in a folder; a file of the last hour may be in the making."""
    for left in folder.glob(f"{_HIDDEN}{'[0-9a-f]' * 16}"):
        with suppress(OSError):
            if time.time() - left.lstat().st_mtime > LEFT:
                left.unlink()


def _unnamable() -> Refused:
    return Refused("No file of that name can be made there.", "Choose another name or folder.")


def _taken() -> Refused:
    return Refused("There is a file of that name already.", "Choose another name, or overwrite it: --force.")
