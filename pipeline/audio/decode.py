"""A file of sound to a Recording and its samples, in memory and only with a permit.

What a damaged file lost is told with its time, and silence of the same length stands in for it. The file is opened
read-only; no copy of it is written anywhere. FFmpeg (see `container`) judges it by its content, not by its name.
"""

import hashlib
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from ..consent import Permit
from ..errors import SourceRefused
from ..types import SAMPLE_RATE, Dropped, Kind, Recording, Seconds, Spooled
from . import clipping, headers, tracks
from .container import BROKEN_OFF, GAP, Opened
from .mix import Sound
from .spool import Content
from .spool import sentences as told
from .tracks import Decoded

RECENT: Final = 10.0  # seconds since its last change in which an unfinished file counts as still being written
AHEAD: Final = 60.0  # seconds that the clock of the computer on which the file lies may be ahead


class Loaded(NamedTuple):
    """A recording, its samples, what of it the file lost, and what else to say of it."""

    recording: Recording
    sound: Sound
    lost: tuple[Dropped, ...]
    warnings: tuple[str, ...]


def load(path: Path, permit: Permit, longest: Seconds) -> Loaded:
    """Decode a file to mono samples at 16 kHz; what does not decode is told, what does is kept in its place.

    Peak memory is that of the samples (230 MB an hour) and a few frames.

    Raises:
        TypeError: `permit` is not one that consent.ask gave.
        SourceRefused: the file is missing, unreadable, empty, not sound, corrupt, longer than `longest`, or still
            being written.
    """
    if not isinstance(permit, Permit):
        raise TypeError("sound is opened with a consent.Permit only")
    with _settled(path) as (file, status):
        decoded = _finished(file, _extension(path), status.st_size, longest, recent=_recent(status))
        file.seek(0)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    recording = Recording(
        kind=permit.kind,
        medium="audio",
        format=decoded.format,
        sha256=sha256,
        duration=len(decoded.sound) / SAMPLE_RATE,
    )
    said = clipping.warning(decoded.sound)
    return Loaded(recording, decoded.sound, decoded.lost, (*decoded.warnings, *((said,) if said else ())))


def take(path: Path, permit: Permit) -> Content:
    """Return the bytes of a file as they are, to be sealed and decoded elsewhere.

    Raises:
        TypeError: `permit` is not one that consent.ask gave.
        SourceRefused: the file is missing, unreadable, empty, or still being written.
    """
    if not isinstance(permit, Permit):
        raise TypeError("sound is opened with a consent.Permit only")
    with _settled(path) as (file, status):
        data = file.read()
    spooled = Spooled(id=secrets.token_hex(16), kind=permit.kind, medium="file", begun_at=datetime.now(UTC))
    return Content(spooled, data, (), (), True, True, _extension(path), _recent(status))


def load_sealed(content: Content, permit: Permit, longest: Seconds) -> Loaded:
    """Make samples of a sealed recording as `load` does of a file; no copy of it is written anywhere.

    Raises:
        TypeError: `permit` is not one that consent.ask gave.
        SourceRefused: it is empty, not sound, corrupt or longer than `longest`.
    """
    if not isinstance(permit, Permit):
        raise TypeError("sound is opened with a consent.Permit only")
    return load_taken(content, permit.kind, longest)


def load_taken(content: Content, kind: Kind, longest: Seconds) -> Loaded:
    """Make samples of bytes that were opened with a permit for this kind, here or where they were sealed.

    Raises:
        SourceRefused: as `load_sealed` says.
    """
    if not content.data:
        raise SourceRefused("Nothing was recorded.", "Check the microphone, then record again.")
    if content.spooled.medium == "pcm" and content.spooled.rate == SAMPLE_RATE:
        decoded = Decoded("pcm", _pcm(content, longest), content.lost)
    else:
        file = BytesIO(content.data)
        decoded = _finished(file, content.extension, len(content.data), longest, recent=content.recent)
    recording = Recording(
        kind=kind,
        medium="audio",
        format=decoded.format,
        sha256=hashlib.sha256(content.data).hexdigest(),
        duration=len(decoded.sound) / SAMPLE_RATE,
    )
    said = clipping.warning(decoded.sound)
    gaps, remarks = told.gaps(content), told.remarks(content)
    lost = tuple(sorted((*decoded.lost, *gaps), key=lambda gap: gap.start))
    return Loaded(recording, decoded.sound, lost, (*remarks, *decoded.warnings, *((said,) if said else ())))


def _pcm(content: Content, longest: Seconds) -> Sound:
    """Mix the samples of one or two channels to one; half a sample at the end is left out.

    Raises:
        SourceRefused: there are more than `longest` seconds of them.
    """
    count = content.spooled.channels
    whole = len(content.data) // (2 * count) * count
    channels = np.frombuffer(content.data, "<i2", whole).reshape(-1, count)
    if len(channels) > (longest + tracks.SLACK) * SAMPLE_RATE:
        raise tracks.too_long(longest)
    sound = channels[:, 0].astype(np.float32)
    if count > 1:
        sound += channels[:, 1]
    sound *= 2.0**-15 / count
    return sound


@contextmanager
def _settled(path: Path) -> Iterator[tuple[BufferedReader, os.stat_result]]:
    """Open a file that is not empty, with its status, and see that it is the same when all was read.

    Raises:
        SourceRefused: as `load` says.
    """
    with _opened(path) as file:
        before = os.fstat(file.fileno())
        if before.st_size == 0:
            raise SourceRefused("The file is empty.", "Check that the recorder or the transfer finished.")
        yield file, before
        after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise _still_written()


def _recent(status: os.stat_result) -> bool:
    """Say whether a file changed just now; one that is dated far ahead comes from a recorder whose clock is wrong."""
    return -AHEAD <= time.time() - status.st_mtime < RECENT


def _extension(path: Path) -> str:
    return path.suffix.lower().lstrip(".")


def _opened(path: Path) -> BufferedReader:
    """Open for reading only.

    Raises:
        SourceRefused: the path is missing, no plain file (a folder, a pipe) or not readable.
    """
    try:
        if path.is_dir():
            raise SourceRefused("That is a folder, not a file.", "Name the recording itself.")
        if path.exists() and not path.is_file():
            raise SourceRefused("That is a device or a pipe, not a file.", "Name a recording.")
        return path.open("rb")
    except FileNotFoundError as error:
        raise SourceRefused("There is no such file.", "Check the path.") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise SourceRefused("The file cannot be read.", "Check its permissions and the disk.") from error


def _finished(file: Opened, extension: str, size: int, longest: Seconds, *, recent: bool) -> Decoded:
    """Decode; refuse a file without its end if it was changed just now.

    Raises:
        SourceRefused: as `load` says.
    """
    try:
        decoded = tracks.decode(file, extension, size, longest)
    except SourceRefused:
        if headers.unindexed(file):
            raise (_still_written() if recent else _never_finished()) from None
        raise
    decoded = decoded._replace(lost=_lost(decoded, headers.cut_off(file, size), longest))
    if recent and any(gap.reason == BROKEN_OFF for gap in decoded.lost):
        raise _still_written()
    if headers.streamed(file):
        decoded = decoded._replace(lost=tuple(gap for gap in decoded.lost if gap.reason != BROKEN_OFF))
    return decoded


def _lost(decoded: Decoded, cut: Seconds, longest: Seconds) -> tuple[Dropped, ...]:
    """Return what a file lost, with what was cut off at its end: no length where that is more than the longest."""
    if cut <= GAP:
        return decoded.lost
    end = len(decoded.sound) / SAMPLE_RATE
    length = cut if end + cut <= longest + tracks.SLACK else 0.0
    return tracks.merged([*decoded.lost, Dropped(start=end, end=end + length, reason=BROKEN_OFF)])


def _still_written() -> SourceRefused:
    return SourceRefused("The file is still being written.", "Wait until the recorder has closed it; try again.")


def _never_finished() -> SourceRefused:
    return SourceRefused(
        "The file was never finished: it lacks the index that a recorder writes at the end.",
        "Open it in the app that recorded it, which may mend it.",
    )
