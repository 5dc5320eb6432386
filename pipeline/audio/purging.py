"""The purge of a file of sound: only while it is the one that was heard, and told as what it was."""

import hashlib
import os
from pathlib import Path
from typing import Literal

from ..disk import drive_of
from ..types import Recording

Outcome = Literal["purged", "already gone", "changed, left in place", "could not be deleted"]  # of types.Receipt


def purge(path: Path, recording: Recording, drive: str | None = None) -> Outcome:
    """Delete the source of a recording, if its content is still the recording's; a link goes with what it points to.

    Where the folder is away too, as on a drive that is not plugged in, or is no longer on the drive that the source
    lay on (see `disk.drive_of`; None: nobody knows), nobody can say that the file is gone.
    """
    try:
        real = path.resolve(strict=True)
        if not real.is_file():
            return "changed, left in place"
        with real.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != recording.sha256:
                return "changed, left in place"
        real.unlink()
        path.unlink(missing_ok=True)
    except FileNotFoundError:
        return "already gone" if _looked_at(path, drive) else "could not be deleted"
    except (OSError, RuntimeError):  # pathlib tells of a loop of links by RuntimeError
        return "could not be deleted"
    return "purged"


def _looked_at(path: Path, drive: str | None) -> bool:
    """Say whether the folder in which a file should be is there, and is the one in which it was."""
    real = Path(os.path.realpath(path))
    return real.parent.is_dir() and drive in (None, drive_of(real))
