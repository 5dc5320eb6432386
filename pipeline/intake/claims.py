"""One watch at a time for one record: two would draft the same file at the same moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ..errors import Refused

LOCK: Final = "watch.lock"


@contextmanager
def claim(home: Path) -> Iterator[None]:
    """Hold the right to watch for this record; however the process ends, the system takes it back.

    Raises:
        Refused: another watch of this record has it.
    """
    import filelock

    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = filelock.FileLock(home / LOCK, timeout=0, mode=0o600)
    try:
        lock.acquire()
    except filelock.Timeout:
        raise Refused(
            "Another watch works for this record.", "Stop that one first, or name all folders in one command."
        ) from None
    try:
        yield
    finally:
        lock.release()
