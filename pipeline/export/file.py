"""One file, whole or not at all, that its owner alone may read, in the place of no other."""

import os
import secrets
from pathlib import Path

from ..errors import Refused


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

    Raises:
        Refused: see `demand_free`; or the disk is full, or the folder cannot be written.
    """
    demand_free(path, force)
    beside = path.with_name(f".evenfall-{secrets.token_hex(8)}")
    try:
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if not force:  # takes the name, or finds that it was taken meanwhile; links are not to be had on every disk
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        os.replace(beside, path)
    except FileExistsError:
        raise _taken() from None
    except OSError:
        raise Refused("The file could not be written.", "Make room on the disk, or choose another folder.") from None
    except ValueError:
        raise _unnamable() from None
    finally:
        beside.unlink(missing_ok=True)


def _unnamable() -> Refused:
    return Refused("No file of that name can be made there.", "Choose another name or folder.")


def _taken() -> Refused:
    return Refused("There is a file of that name already.", "Choose another name, or overwrite it: --force.")
