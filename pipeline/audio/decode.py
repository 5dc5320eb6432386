"""A file of sound to a Recording and its samples, in memory and only with a permit; and the purge of that file.

What a damaged file lost is told with its time, and silence of the same length stands in for it. Of a file with several
sound tracks (a microphone on one, the call on another) all are heard, mixed. The file is opened read-only; no copy of
it is written anywhere. FFmpeg (through PyAV, imported here only) judges it by its content, not by its name.
"""

import hashlib
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..consent import Permit
from ..errors import SourceRefused
from ..types import SAMPLE_RATE, Dropped, Kind, Recording, Seconds, Spooled
from . import clipping
from .spool import Content
from .spool import sentences as told

if TYPE_CHECKING:
    import av
    from av.container import InputContainer

Sound = NDArray[np.float32]  # mono, types.SAMPLE_RATE, [-1, 1]
Opened = BufferedReader | BytesIO
Outcome = Literal["purged", "already gone", "changed, left in place", "could not be deleted"]  # of types.Receipt

RECENT: Final = 10.0  # seconds since its last change in which an unfinished file counts as still being written
GAP: Final = 0.1  # seconds missing between two frames that are told; timestamps of whole files are off by less
SLACK: Final = 1.0  # seconds that an encoder's padding may add to a recording of the longest length
MIXED: Final = "s32"  # not "flt": FFmpeg lets a mix of several channels pass full scale there
LEAST_BITRATE: Final = 400  # bit/s; a header that claims fewer is wrong about the duration (AMR silence: some 1,800)
# What may be opened. Playlists (hls, dash, concat, sdp) are not here: they make FFmpeg open other files and addresses.
CONTAINERS: Final = (
    "3gp,aac,ac3,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,dss,eac3,flac,flv,gsm,iff,ircam,loas,m4a,matroska,mlp,mov,mp3,"
    "mp4,mpc,mpc8,mpeg,mpegts,mxf,nistsphere,nut,ogg,oma,qcp,rm,sox,tak,truehd,tta,voc,w64,wav,webm,wtv,wv,xwma"
)
OPTIONS: Final = {"format_whitelist": CONTAINERS, "protocol_whitelist": "none"}
COUNTED: Final = frozenset({"flac", "matroska", "mov", "aiff", "w64"})  # their headers hold the length, not a guess
MENDED: Final = 1.0  # seconds between two losses that are told as one
MOST_BOXES: Final = 1000  # of an MP4 file, looked at
NO_LENGTH: Final = 0x7FFF_0000  # what programs write for a length that they do not know is this or more
DAMAGED: Final = "the file is damaged here"
BROKEN_OFF: Final = "the file breaks off here"
TRACK_LOST: Final = (
    "A further sound track of this file could not be read to its end: what was said on it may be missing."
)
SUPPORTED: Final = "Evenfall reads wav, m4a, mp3, ogg, opus, flac, webm, amr, wma and video files with sound."


class Loaded(NamedTuple):
    """A recording, its samples, what of it the file lost, and what else to say of it."""

    recording: Recording
    sound: Sound
    lost: tuple[Dropped, ...]
    warnings: tuple[str, ...]


class _Decoded(NamedTuple):
    """What a file holds: its container's short name, its samples, and what is to be said of it."""

    format: str
    sound: Sound
    lost: tuple[Dropped, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Gap:
    """Sound that is missing before the next frame, or at the end; `length` is 0 where nobody knows it."""

    length: Seconds
    reason: str = DAMAGED


class Nameless:
    """An open file without its name, so that a wrong extension misleads nobody."""

    def __init__(self, file: Opened) -> None:
        self.read, self.seek, self.tell = file.read, file.seek, file.tell


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
        recent = time.time() - status.st_mtime < RECENT
        decoded = _finished(file, _extension(path), status.st_size, longest, recent=recent)
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
    recent = time.time() - status.st_mtime < RECENT
    return Content(spooled, data, (), (), True, True, _extension(path), recent)


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
        decoded = _Decoded("pcm", _pcm(content, longest), content.lost)
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


def purge(path: Path, recording: Recording) -> Outcome:
    """Delete the source of a recording, if its content is still the recording's; a link goes with what it points to.

    Where the folder is away too, as on a drive that is not plugged in, nobody can say that the file is gone.
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
        return "already gone" if os.path.isdir(os.path.dirname(os.path.realpath(path))) else "could not be deleted"
    except (OSError, RuntimeError):  # pathlib tells of a loop of links by RuntimeError
        return "could not be deleted"
    return "purged"


def _pcm(content: Content, longest: Seconds) -> Sound:
    """Mix the samples of one or two channels to one; half a sample at the end is left out.

    Raises:
        SourceRefused: there are more than `longest` seconds of them.
    """
    count = content.spooled.channels
    whole = len(content.data) // (2 * count) * count
    channels = np.frombuffer(content.data, "<i2", whole).reshape(-1, count)
    if len(channels) > (longest + SLACK) * SAMPLE_RATE:
        raise _too_long(longest)
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


def _finished(file: Opened, extension: str, size: int, longest: Seconds, *, recent: bool) -> _Decoded:
    """Decode; refuse a file without its end if it was changed just now.

    Raises:
        SourceRefused: as `load` says.
    """
    try:
        decoded = _decode(file, extension, size, longest)
    except SourceRefused:
        if _unindexed(file):
            raise (_still_written() if recent else _never_finished()) from None
        raise
    if recent and any(gap.reason == BROKEN_OFF for gap in decoded.lost):
        raise _still_written()
    if _streamed(file):
        decoded = decoded._replace(lost=tuple(gap for gap in decoded.lost if gap.reason != BROKEN_OFF))
    return decoded


def _decode(file: Opened, extension: str, size: int, longest: Seconds) -> _Decoded:
    """Return what an open file of `size` bytes holds, all its sound tracks mixed."""
    with _opened_sound(file) as container:
        names = container.format.name.split(",")
        mix, lost = _samples(container, size, longest)
        readable = [stream.codec_context is not None for stream in container.streams.audio]
    warnings = () if all(readable) else (TRACK_LOST,)
    for track in [at for at, known in enumerate(readable) if known and at > 0]:
        try:
            with _opened_sound(file) as container:
                lost += _add(container, track, mix, longest)
        except SourceRefused:
            warnings = (TRACK_LOST,)
    return _Decoded(extension if extension in names else names[0], mix.whole(), _merged(lost), warnings)


@contextmanager
def _opened_sound(file: Opened) -> Iterator["InputContainer"]:
    """Open a file as FFmpeg does, from its beginning.

    Raises:
        SourceRefused: it is no recording, or damaged.
    """
    import av

    file.seek(0)
    try:
        with av.open(Nameless(file), mode="r", options=OPTIONS, metadata_errors="replace") as container:
            yield container
    except (av.FFmpegError, ValueError, IndexError, OverflowError) as error:
        raise _not_sound("The file is not a recording, or it is damaged.") from error


class _Mix:
    """Samples that the tracks of a file are added to, up to `limit` of them."""

    def __init__(self, expected: int, limit: int) -> None:
        self._sound = np.zeros(min(expected, limit), dtype=np.float32)
        self._limit, self._filled = limit, 0

    def add(self, piece: NDArray[np.int32], at: int) -> bool:
        """Add a piece that begins at this sample; return False where it is beyond the limit."""
        end = at + len(piece)
        if end > self._limit:
            return False
        if end > len(self._sound):
            # refcheck=False: nobody else has seen the array; realloc grows it in place, so there is no second copy
            self._sound.resize(min(self._limit, end * 5 // 4), refcheck=False)
        self._sound[at:end] += np.multiply(piece, 2.0**-31, dtype=np.float32)
        self._filled = max(self._filled, end)
        return True

    def whole(self) -> Sound:
        """Return the samples; where tracks add up to more than full scale, all are quieter by as much."""
        self._sound.resize(self._filled, refcheck=False)
        peak = max(self._sound.max(initial=0.0), -self._sound.min(initial=0.0))
        if peak > 1.0:
            self._sound /= peak
        return self._sound

    def __len__(self) -> int:
        """How many samples there are."""
        return self._filled


def _samples(container: "InputContainer", size: int, longest: Seconds) -> tuple[_Mix, list[Dropped]]:
    """Return all samples of the container's first sound track, with silence for what was lost of it.

    Raises:
        SourceRefused: there is none, it is too long, or nothing in it decodes.
    """
    if not container.streams.audio:
        raise _not_sound("There is no sound in the file.")
    claim = _claimed(container)
    if claim > longest + SLACK and size * 8 / claim >= LEAST_BITRATE:
        raise _too_long(longest)
    limit = int((longest + SLACK) * SAMPLE_RATE)
    mix = _Mix(int((claim + SLACK) * SAMPLE_RATE), limit)
    lost = _add(container, 0, mix, longest)
    end = len(mix) / SAMPLE_RATE
    if not end:
        raise _not_sound("Nothing in the file could be decoded.")
    if COUNTED.intersection(container.format.name.split(",")) and claim > end + SLACK:
        lost.append(Dropped(start=end, end=claim, reason=BROKEN_OFF))
    return mix, lost


def _add(container: "InputContainer", track: int, mix: _Mix, longest: Seconds) -> list[Dropped]:
    """Add a sound track where it begins in the file, and return what was lost of it.

    Raises:
        SourceRefused: it is too long, or most of it does not decode.
    """
    claim, lost = _claimed(container, track), list[Dropped]()
    at = begin = int(begins(container)[track] * SAMPLE_RATE)
    for piece in _mono(_frames(container, track)):
        if isinstance(piece, _Gap):
            start = at / SAMPLE_RATE
            most = begin / SAMPLE_RATE + (claim or longest) + SLACK
            length = piece.length if start + piece.length <= most else 0.0
            lost.append(Dropped(start=start, end=start + length, reason=piece.reason))
            piece = np.zeros(int(length * SAMPLE_RATE), np.int32)
        if not mix.add(piece, at):
            raise _too_long(longest)
        at += len(piece)
    return lost


def begins(container: "InputContainer") -> tuple[Seconds, ...]:
    """Return when each sound track of a file begins, counted from the first that does; 0 where the file is wrong."""
    streams = container.streams.audio
    starts = [float((one.start_time or 0) * one.time_base) if one.time_base else 0.0 for one in streams]
    late = tuple(start - min(starts) for start in starts)
    return late if max(late) * 1_000_000 <= (container.duration or 0) else (0.0,) * len(late)


def _merged(lost: list[Dropped]) -> tuple[Dropped, ...]:
    """Join what was lost with less than MENDED between, and what is told of the end twice."""
    merged: list[Dropped] = []
    for gap in sorted(lost, key=lambda gap: gap.start):
        if merged and gap.start - merged[-1].end < MENDED:
            merged[-1] = gap.replace(start=merged[-1].start, end=max(gap.end, merged[-1].end))
        else:
            merged.append(gap)
    return tuple(merged)


def _claimed(container: "InputContainer", track: int = 0) -> Seconds:
    """Return the duration that the headers claim for a sound track; 0 if they claim none."""
    stream = container.streams.audio[track]
    if stream.duration and stream.time_base:
        return max(0.0, float(stream.duration * stream.time_base))
    return max(0.0, (container.duration or 0) / 1_000_000)  # FFmpeg counts in microseconds here


def _frames(container: "InputContainer", track: int) -> Iterator["av.AudioFrame | _Gap"]:
    """Yield what decodes of a sound track, and where something is missing; stop where the file breaks off.

    Raises:
        SourceRefused: more packets are broken than sound.
    """
    import av

    whole = broken = 0
    failed, end = False, 0.0
    for packet in _packets(container, track):
        try:
            frames = [] if packet is None else packet.decode()
        except av.FFmpegError:
            frames, failed, broken = [], True, broken + 1
        for frame in frames:
            if not isinstance(frame, av.AudioFrame):
                continue
            missing = frame.time - end if whole and frame.time is not None else 0.0
            if failed or missing > GAP:
                yield _Gap(max(0.0, missing))
            yield frame
            whole, failed = whole + 1, False
            end = (end if frame.time is None else frame.time) + frame.samples / frame.sample_rate
        failed = failed or packet is None or packet.is_corrupt  # only a part of it was there
    if broken > whole:
        raise _not_sound("The file is damaged: most of it does not decode.")
    if failed:
        yield _Gap(0.0, BROKEN_OFF)


def _packets(container: "InputContainer", track: int) -> Iterator["av.Packet[Any] | None"]:
    """Yield the packets of a sound track, and None in place of the one that the file ends in."""
    import av

    try:
        yield from container.demux(container.streams.audio[track])
    except av.FFmpegError:
        yield None


def _mono(frames: Iterator["av.AudioFrame | _Gap"]) -> Iterator["NDArray[np.int32] | _Gap"]:
    """Mix to one channel at 16 kHz; a stream that changes its rate or channels on the way is followed."""
    import av

    resampler, shape = None, None
    for frame in frames:
        now = None if isinstance(frame, _Gap) else (frame.format.name, frame.layout.name, frame.sample_rate)
        if resampler and now != shape:
            yield from _samples_of(resampler.resample(None))
            resampler = None
        if isinstance(frame, _Gap):
            yield frame
            continue
        resampler, shape = resampler or av.AudioResampler(MIXED, "mono", SAMPLE_RATE), now
        yield from _samples_of(resampler.resample(frame))
    if resampler:
        yield from _samples_of(resampler.resample(None))


def _samples_of(frames: list["av.AudioFrame"]) -> Iterator[NDArray[np.int32]]:
    for frame in frames:
        yield frame.to_ndarray().reshape(-1).view(np.int32)  # as MIXED says


def _unindexed(file: Opened) -> bool:
    """Say whether this is an MP4 file without `moov`: recorders write it last, nothing can be read without it."""
    file.seek(0)
    names: list[bytes] = []
    while len(header := file.read(8)) == 8 and len(names) < MOST_BOXES:
        size, name = int.from_bytes(header[:4]), header[4:]
        names.append(name)
        if size == 1:  # the true size follows
            size = int.from_bytes(file.read(8))
            file.seek(-8, os.SEEK_CUR)
        if size < 8 or name == b"moov":
            break
        file.seek(size - 8, os.SEEK_CUR)
    return names[:1] == [b"ftyp"] and b"moov" not in names


def _streamed(file: Opened) -> bool:
    """Say whether this is a WAV file without its length: whoever wrote it could not go back to its beginning."""
    file.seek(0)
    header = file.read(8)
    return header[:4] == b"RIFF" and not 0 < int.from_bytes(header[4:], "little") < NO_LENGTH


def _not_sound(what: str) -> SourceRefused:
    return SourceRefused(what, f"{SUPPORTED} Try to play it; if it plays, save it as wav and try again.")


def _too_long(longest: Seconds) -> SourceRefused:
    return SourceRefused(
        f"The recording is longer than {longest / 3600:g} hours.",
        "Cut it in two, or raise speech.longest_hours in config.yaml.",
    )


def _still_written() -> SourceRefused:
    return SourceRefused("The file is still being written.", "Wait until the recorder has closed it; try again.")


def _never_finished() -> SourceRefused:
    return SourceRefused(
        "The file was never finished: it lacks the index that a recorder writes at the end.",
        "Open it in the app that recorded it, which may mend it.",
    )
