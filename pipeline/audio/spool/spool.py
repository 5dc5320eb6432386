"""A recording on the disk, sealed while it is made: begun, added to, finished; opened, read in memory only, purged.

What `append` returned from is on the disk: a kill at any moment loses no more than what was not yet appended. A file's
name is a random id. The key is the store's; it is destroyed before the bytes are.
"""

import os
import secrets
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from io import FileIO
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Protocol, Self

from ...consent import Permit
from ...disk import sync_folder
from ...errors import EvenfallError, Refused, SourceRefused, StoreFault
from ...types import Digest, Dropped, Receipt, Seconds, Spooled, Value
from .chunks import LARGEST, Chunk, Part, Sealer, Unsealed

SUFFIX: Final = ".spool"
WIDTH: Final = 2  # bytes of one sample
DAMAGED: Final = "the sealed recording is damaged here"
LOCKED_BYTE: Final = 1 << 40  # far behind any recording's end: Windows would not let the locked byte be read


class Keys(Protocol):
    """What a spool needs of the store, which is another stage: `store.Store` is one."""

    @property
    def spool_folder(self) -> Path:
        """The folder of the sealed recordings."""
        ...

    def begin_spool(self, spooled: Spooled) -> bytes:
        """Make and keep the key of a recording."""
        ...

    def unlock_spool(self, spool_id: str) -> tuple[Spooled, bytes]:
        """Return a recording and its key."""
        ...

    def destroy_spool(self, spool_id: str, recording: Digest | None) -> Digest:
        """Destroy a recording's key and return the digest for its receipt."""
        ...

    def destroyed_spools(self) -> tuple[tuple[str, Digest], ...]:
        """Return the recordings without a key whose bytes are still to be deleted."""
        ...

    def spool_purged(self, spool_id: str, receipt: Receipt) -> None:
        """Keep the receipt of a recording's deletion."""
        ...


class Noted(Value):
    """Something that happened `at` this second of a recording; `seconds` is how long it went on, None: not known."""

    what: Literal["paused", "off the record", "microphone lost", "overrun", "asleep", "marked"]
    at: Seconds
    seconds: Seconds | None = None


@dataclass(frozen=True)
class Content:
    """What a recording holds, in memory: zeros stand in for samples that are damaged, nothing for other bytes.

    `lost` are those samples' times. `whole` is false where chunks are damaged, missing or stood elsewhere; `finished`
    is false of a recording that was broken off. Of a file that was never sealed here, `extension` is its own in lower
    case without the dot, and `recent` says that it was changed just now.
    """

    spooled: Spooled
    data: bytes
    notes: tuple[Noted, ...]
    lost: tuple[Dropped, ...]
    whole: bool
    finished: bool
    extension: str = ""
    recent: bool = False


class Spool:
    """One sealed recording, held by this process alone while it is open; a context manager."""

    def __init__(self, keys: Keys, spooled: Spooled, key: bytes, file: FileIO) -> None:
        self.spooled = spooled
        self._keys, self._sealer, self._file = keys, Sealer(key, spooled.id), file
        self._number = self._offset = self._good = 0
        self._purged: Receipt | None = None

    @classmethod
    def begin(
        cls,
        keys: Keys,
        permit: Permit,
        *,
        medium: Literal["pcm", "file"],
        client: str | None = None,
        participants: tuple[str, ...] = (),
        channels: int = 1,
    ) -> Self:
        """Begin a recording of the permit's kind: samples at types.SAMPLE_RATE, or a file of any format.

        Raises:
            TypeError: `permit` is not one that consent.ask gave.
            StoreFault: the store or the folder cannot be written.
        """
        _demand(permit)
        spooled = Spooled(
            id=secrets.token_hex(16),
            kind=permit.kind,
            medium=medium,
            begun_at=datetime.now(UTC),
            client=client,
            participants=participants,
            channels=channels,
        )
        file = _made(_path(keys, spooled.id))
        try:
            key = keys.begin_spool(spooled)
        except EvenfallError:
            file.close()
            _path(keys, spooled.id).unlink()
            raise
        return cls(keys, spooled, key, file)

    @classmethod
    def open(cls, keys: Keys, spool_id: str) -> Self:
        """Open a recording that was finished or broken off, to read or purge it.

        Raises:
            NotFound: there is none with a key.
            Refused: it is being made, or is open elsewhere.
            SourceRefused: its file is gone.
        """
        spooled, key = keys.unlock_spool(spool_id)
        return cls(keys, spooled, key, _held(_path(keys, spool_id)))

    @property
    def name(self) -> str:
        """What a person calls it by."""
        return f"recording {self.spooled.id[:8]}"

    @property
    def seconds(self) -> Seconds:
        """How much sound was appended since it was begun, of samples; meaningless of a file."""
        return _seconds(self.spooled, self._offset)

    def append(self, data: bytes) -> None:
        """Seal these bytes; when this returns they are on the disk.

        Raises:
            StoreFault: they cannot be written (the disk is full); what was appended before is unharmed.
        """
        for first in range(0, len(data), LARGEST):
            self._put("sound", data[first : first + LARGEST])

    def note(self, noted: Noted) -> None:
        """Seal a note of what happened; one of the same moment and kind takes the place of the one before.

        What begins there once more, with a note that does not know how long, adds to what was over.
        """
        self._put("note", noted.model_dump_json().encode())

    def finish(self) -> None:
        """Seal the end, by which it is known that nothing was cut off, and let go of the file."""
        self._put("end", b"")
        self.close()

    def close(self) -> None:
        """Let go of the file; without `finish` the recording counts as broken off."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read(self, permit: Permit) -> Content:
        """Open every chunk, in memory.

        Raises:
            TypeError: `permit` is not one that consent.ask gave for this kind of recording.
            SourceRefused: the file cannot be read, or nothing of it is authentic.
        """
        _demand(permit)
        if self.spooled.kind == "session" and permit.kind != "session":
            raise TypeError("a session is opened with a permit for a session only")
        try:
            self._file.seek(0)
            data = self._file.read()
        except OSError as error:
            raise SourceRefused("The sealed recording cannot be read.", "See to the disk, then try again.") from error
        unsealed = self._sealer.unseal(data)
        if data and not unsealed.chunks:
            raise SourceRefused(
                "Nothing of the sealed recording can be opened: it is damaged, or not the one of its key.",
                "Put it back from a backup, or delete it: evenfall spool purge.",
                safe="It was left as it is.",
            )
        return _content(self.spooled, unsealed)

    def purge(self, recording: Digest | None = None) -> Receipt:
        """Destroy the key, then the bytes, and return the receipt that the store now keeps.

        `recording` is the digest of the Recording that was made of it. A kill on the way is made good by the next
        start: see `finish_purges`.

        Raises:
            StoreFault: the key could not be destroyed, and the bytes are there as before; or the receipt could not be
                kept: call this again.
        """
        if self._purged is None:
            receipt_for = self._keys.destroy_spool(self.spooled.id, recording)
            self.close()
            self._purged = _receipt(receipt_for, _delete(_path(self._keys, self.spooled.id)))
        self._keys.spool_purged(self.spooled.id, self._purged)
        return self._purged

    def _put(self, part: Part, plain: bytes) -> None:
        sealed = self._sealer.seal(Chunk(part, self._number, self._offset, plain))
        try:
            _write(self._file, sealed)
            os.fsync(self._file.fileno())
        except OSError as error:
            with suppress(OSError):  # a part of a chunk that stays does no harm: it counts as torn
                self._file.truncate(self._good)
                self._file.seek(self._good)
            raise StoreFault(
                "The recording cannot be written: the disk is full or failing.",
                "Make room on the disk; then go on with: evenfall spool list",
                safe="What was recorded until then is kept.",
            ) from error
        self._good += len(sealed)
        self._number += 1
        self._offset += len(plain) if part == "sound" else 0


def discard(keys: Keys, spool_id: str) -> Receipt:
    """Purge a recording unread, also one whose file is gone.

    Raises:
        NotFound: there is none with a key.
        Refused: it is being made, or is open elsewhere.
        SourceRefused: it lies on another computer.
    """
    spooled, key = keys.unlock_spool(spool_id)  # outside of the try: on another computer its file is not gone
    try:
        return Spool(keys, spooled, key, _held(_path(keys, spool_id))).purge()
    except SourceRefused:
        receipt = _receipt(keys.destroy_spool(spool_id, None), _delete(_path(keys, spool_id)))
        keys.spool_purged(spool_id, receipt)
        return receipt


def finish_purges(keys: Keys) -> tuple[Receipt, ...]:
    """Delete the bytes of recordings whose key is destroyed already, and keep the receipts."""
    receipts = []
    for spool_id, recording in keys.destroyed_spools():
        receipt = _receipt(recording, _delete(_path(keys, spool_id)))
        if receipt.outcome != "could not be deleted":  # the receipt that says so is kept already
            keys.spool_purged(spool_id, receipt)
        receipts.append(receipt)
    return tuple(receipts)


def is_busy(keys: Keys, spool_id: str) -> bool:
    """Say whether a recording is being made or read at this moment, here or elsewhere."""
    try:
        _held(_path(keys, spool_id)).close()
    except SourceRefused:
        return False
    except Refused:
        return True
    return False


def _content(spooled: Spooled, unsealed: Unsealed) -> Content:
    data, lost = bytearray(), []
    for chunk in unsealed.chunks:
        if chunk.part != "sound":
            continue
        if spooled.medium == "pcm" and chunk.offset > len(data):
            start, end = (_seconds(spooled, place) for place in (len(data), chunk.offset))
            lost.append(Dropped(start=start, end=end, reason=DAMAGED))
            data.extend(bytes(chunk.offset - len(data)))
        data.extend(chunk.plain)
    notes = _happened(Noted.read(chunk.plain) for chunk in unsealed.chunks if chunk.part == "note")
    numbers = [-1, *(chunk.number for chunk in unsealed.chunks)]
    missing = any(after != before + 1 for before, after in pairwise(numbers))
    finished = any(chunk.part == "end" for chunk in unsealed.chunks)
    whole = not (missing or unsealed.damaged or unsealed.misplaced or (finished and unsealed.torn))
    return Content(spooled, bytes(data), notes, tuple(lost), whole, finished)


def _happened(notes: Iterable[Noted]) -> tuple[Noted, ...]:
    """Return what happened, each kind once a moment: how long all its times there were, None where one did not end."""
    last: dict[tuple[str, Seconds], Noted] = {}
    over: dict[tuple[str, Seconds], Seconds] = {}  # of the times before the last
    for noted in notes:
        key = noted.what, noted.at
        before = last.get(key)
        if noted.seconds is None and before and before.seconds is not None:
            over[key] = before.seconds
        last[key] = noted if noted.seconds is None else noted.replace(seconds=noted.seconds + over.get(key, 0.0))
    return tuple(last.values())


def _seconds(spooled: Spooled, length: int) -> Seconds:
    return length / (WIDTH * spooled.channels * spooled.rate)


def _receipt(recording: Digest, outcome: Literal["purged", "already gone", "could not be deleted"]) -> Receipt:
    return Receipt(recording=recording, what=("audio",), at=datetime.now(UTC), outcome=outcome)


def _demand(permit: Permit) -> None:
    if not isinstance(permit, Permit):
        raise TypeError("a recording is made and opened with a consent.Permit only")


def _path(keys: Keys, spool_id: str) -> Path:
    return keys.spool_folder / f"{spool_id}{SUFFIX}"


def _made(path: Path) -> FileIO:
    """Make the file, for its owner alone, and hold it.

    Raises:
        StoreFault: it cannot be made.
    """
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        file = FileIO(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600), "r+")
        _lock(file)
        sync_folder(path.parent)
    except OSError as error:
        raise StoreFault(
            "A recording cannot be begun: the data folder cannot be written.",
            "Make room on the disk, or mend the folder's permissions.",
        ) from error
    return file


def _held(path: Path) -> FileIO:
    """Open the file of a recording and hold it.

    Raises:
        SourceRefused: it is gone or cannot be opened.
        Refused: another process, or another part of this one, holds it.
    """
    try:
        file = FileIO(_descriptor(path), "r+")
    except FileNotFoundError as error:
        raise SourceRefused(
            "The sealed recording is no longer on the disk.", "Forget it with: evenfall spool purge."
        ) from error
    except OSError as error:
        raise SourceRefused("The sealed recording cannot be opened.", "Mend the permissions of its folder.") from error
    try:
        _lock(file)
    except OSError as error:
        file.close()
        raise Refused("This recording is being made or read just now.", "Wait until that is finished.") from error
    return file


def _descriptor(path: Path) -> int:
    """Open for reading and writing; a link that was put in the file's place is not followed."""
    return os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0))


def _lock(file: FileIO) -> None:
    """Lock a file until it is closed or its process ends, whatever way.

    Raises:
        OSError: it is locked already.
    """
    if sys.platform == "win32":
        import msvcrt

        file.seek(LOCKED_BYTE)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        file.seek(0)
    else:
        import fcntl

        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


def _write(file: FileIO, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[file.write(left) or 0 :]


def _delete(path: Path) -> Literal["purged", "already gone", "could not be deleted"]:
    """Overwrite, empty and unlink the bytes: without their key they say nothing, and so they do not linger either."""
    try:
        if path.is_symlink():  # what it leads to was never a recording of ours
            path.unlink()
            return "already gone"
        with FileIO(_descriptor(path), "r+") as file:
            for length in _lengths(os.fstat(file.fileno()).st_size):
                _write(file, bytes(length))
            os.fsync(file.fileno())
            file.truncate(0)
            os.fsync(file.fileno())
        path.unlink()
        sync_folder(path.parent)
    except FileNotFoundError:
        return "already gone"
    except OSError:
        return "could not be deleted"
    return "purged"


def _lengths(size: int) -> Iterator[int]:
    while size > 0:
        yield min(size, LARGEST)
        size -= LARGEST
