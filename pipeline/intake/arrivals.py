"""When a file that is synced in is complete: it no longer changes, and no program has it open to write."""

import os
import signal
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from threading import Event
from typing import Final, NamedTuple

from ..errors import Refused
from .incoming import Wish
from .places import calendars, walk
from .rules import FILE, Rules
from .sidecar import beside

DEBOUNCE: Final = 300  # ms in which changes are told together
MILLISECONDS: Final = 1000  # in a second


class Stamp(NamedTuple):
    """What changes when a file does."""

    size: int  # bytes
    changed: int  # nanoseconds
    inode: int


Stamps = tuple[Stamp | None, ...]  # of a file and of what stands beside it


class Arrivals:
    """The files of watched folders, and since when each has been as it is."""

    def __init__(self, folders: Iterable[Path], rules: Rules) -> None:
        self._folders, self._rules = tuple(folders), rules
        self._since: dict[Path, tuple[Stamp, float]] = {}
        self.restless = True  # whether a file is still to come to rest

    def settled(self, now: float) -> dict[Path, Stamps]:
        """Return the complete files, in order, with their stamps and those of what stands beside them.

        `now` is in seconds of a clock that never goes back.
        """
        before, self._since = self._since, {}
        complete: dict[Path, Stamps] = {}
        for path in (one for folder in self._folders for one in walk(folder, self._rules)):
            stamp = stamp_of(path) if isinstance(path, Path) else None
            if not isinstance(path, Path) or stamp is None:
                continue
            known = before.get(path)
            since = known[1] if known and known[0] == stamp else now
            self._since[path] = stamp, since
            if now - since >= self._rules.watch.still_seconds and not is_being_written(path):
                complete[path] = (stamp, *map(stamp_of, beside(path)))
        self.restless = len(complete) < len(self._since)
        return complete


def ticks(folders: tuple[Path, ...], seconds: float, stop: Event, *, poll: bool) -> Iterator[bool]:
    """Yield whether something changed in the folders, as soon as it does, or after so many seconds.

    `poll` looks at them itself, where a network's folder tells of no change. A folder that is gone, as with a stick
    that was pulled out, is waited for.

    Raises:
        Refused: this computer tells of no changes in so many folders.
    """
    while not stop.is_set():
        there = _inodes(folders)
        if None in there:
            stop.wait(seconds)
            continue
        for changed in _changes(folders, int(seconds * MILLISECONDS), stop, poll=poll):
            yield changed
            if _inodes(folders) != there:
                break
        yield True


def _changes(folders: tuple[Path, ...], milliseconds: int, stop: Event, *, poll: bool) -> Iterator[bool]:
    """Yield as `ticks` does, until a folder is gone.

    Raises:
        Refused: this computer tells of no changes in so many folders.
    """
    import watchfiles

    try:
        for changes in watchfiles.watch(
            *folders,
            watch_filter=None,
            debounce=DEBOUNCE,
            stop_event=stop,
            rust_timeout=milliseconds,
            yield_on_timeout=True,
            force_polling=poll or None,
            poll_delay_ms=milliseconds,
            ignore_permission_denied=True,
        ):
            yield bool(changes)
    except FileNotFoundError:
        return
    except (OSError, RuntimeError):
        raise Refused(
            "This computer does not tell what changes in that folder.", "Have Evenfall look at it by itself: --poll"
        ) from None


def surroundings(folders: Iterable[Path], wish: Wish, home: Path, rules: Rules) -> tuple[Stamp | None, ...]:
    """Return the stamps of what else files are paired by: calendars, and the user's own rules."""
    named = (*rules.calendar.files, *((wish.calendar,) if wish.calendar else ()))
    found = (export for folder in folders for export in calendars(folder))
    return tuple(map(stamp_of, (*named, *found, home / FILE)))


def stamp_of(path: Path) -> Stamp | None:
    """Return a file's stamp, None where it is gone."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return Stamp(found.st_size, found.st_mtime_ns, found.st_ino)


def is_being_written(path: Path) -> bool:
    """Say whether a program has a file open to write or locked; false where this computer cannot tell."""
    if sys.platform == "win32":
        return _is_open_on_windows(path)
    import fcntl

    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        if sys.platform == "linux":
            _lease(descriptor)
    except BlockingIOError:
        return True
    except OSError:  # another's file, or a file system without leases
        return False
    finally:
        os.close(descriptor)
    return False


def _lease(descriptor: int) -> None:
    """Take and give back a lease to read, which Linux gives only for a file that nobody has open to write.

    Raises:
        BlockingIOError: somebody has.
        OSError: there are no leases to be had.
    """
    import fcntl

    fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)  # who opens it meanwhile is told; SIGIO would end us
    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)


def _is_open_on_windows(path: Path) -> bool:
    try:
        os.rename(path, path)
    except PermissionError:
        return True
    except OSError:
        return False
    return False


def _inodes(folders: tuple[Path, ...]) -> tuple[int | None, ...]:
    return tuple(stamp.inode if (stamp := stamp_of(folder)) else None for folder in folders)
