"""A file of sound to a Recording and its samples, in memory and only with a permit; and the purge of that file.

The file is opened read-only; no copy of it is written anywhere. FFmpeg (through PyAV, imported here only) judges it by
its content, not by its name.
"""

import hashlib
import os
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

from ..consent import Permit
from ..errors import SourceRefused
from ..types import SAMPLE_RATE, Recording, Seconds

if TYPE_CHECKING:
    import av
    from av.container import InputContainer

Sound = NDArray[np.float32]  # mono, types.SAMPLE_RATE, [-1, 1]
Outcome = Literal["purged", "already gone", "changed, left in place", "could not be deleted"]  # of types.Receipt

SLACK: Final = 1.0  # seconds that an encoder's padding may add to a recording of the longest length
MIXED: Final = "s32"  # not "flt": FFmpeg lets a mix of several channels pass full scale there
LEAST_BITRATE: Final = 400  # bit/s; a header that claims fewer is wrong about the duration (AMR silence: some 1,800)
# What may be opened. Playlists (hls, dash, concat, sdp) are not here: they make FFmpeg open other files and addresses.
CONTAINERS: Final = (
    "3gp,aac,ac3,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,dss,eac3,flac,flv,gsm,iff,ircam,loas,m4a,matroska,mlp,mov,mp3,"
    "mp4,mpc,mpc8,mpeg,mpegts,mxf,nistsphere,nut,ogg,oma,qcp,rm,sox,tak,truehd,tta,voc,w64,wav,webm,wtv,wv,xwma"
)
OPTIONS: Final = {"format_whitelist": CONTAINERS, "protocol_whitelist": "none"}
SUPPORTED: Final = "Evenfall reads wav, m4a, mp3, ogg, opus, flac, webm, amr, wma and video files with sound."


class _Nameless:
    """An open file without its name, so that a wrong extension misleads nobody."""

    def __init__(self, file: BufferedReader) -> None:
        self.read, self.seek, self.tell = file.read, file.seek, file.tell


def load(path: Path, permit: Permit, longest: Seconds) -> tuple[Recording, Sound]:
    """Decode a file to mono samples at 16 kHz; a truncated tail is left out, what decodes before it is kept.

    Peak memory is that of the samples (230 MB an hour) and a few frames.

    Raises:
        TypeError: `permit` is not one that consent.ask gave.
        SourceRefused: the file is missing, unreadable, empty, not sound, corrupt, longer than `longest`, or was
            changed while it was read.
    """
    if not isinstance(permit, Permit):
        raise TypeError("sound is opened with a consent.Permit only")
    with _opened(path) as file:
        before = os.fstat(file.fileno())
        if before.st_size == 0:
            raise SourceRefused("The file is empty.", "Check that the recorder or the transfer finished.")
        container_format, sound = _decode(file, path.suffix.lower().lstrip("."), before.st_size, longest)
        file.seek(0)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise SourceRefused("The file changed while it was read.", "Wait until the recorder has closed it; try again.")
    recording = Recording(
        kind=permit.kind,
        medium="audio",
        format=container_format,
        sha256=sha256,
        duration=len(sound) / SAMPLE_RATE,
    )
    return recording, sound


def purge(path: Path, recording: Recording) -> Outcome:
    """Delete the source of a recording, if its content is still the recording's; a link goes with what it points to."""
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
        return "already gone"
    except (OSError, RuntimeError):  # pathlib tells of a loop of links by RuntimeError
        return "could not be deleted"
    return "purged"


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


def _decode(file: BufferedReader, extension: str, size: int, longest: Seconds) -> tuple[str, Sound]:
    """Return the container's short name and the samples of an open file of `size` bytes."""
    import av

    try:
        with av.open(_Nameless(file), mode="r", options=OPTIONS, metadata_errors="replace") as container:
            names = container.format.name.split(",")
            sound = _samples(container, size, longest)
    except (av.FFmpegError, ValueError, IndexError, OverflowError) as error:
        raise _not_sound("The file is not a recording, or it is damaged.") from error
    return (extension if extension in names else names[0]), sound


def _samples(container: "InputContainer", size: int, longest: Seconds) -> Sound:
    """Return all samples of the container's main sound stream.

    Raises:
        SourceRefused: there is none, it is too long, or nothing in it decodes.
    """
    if not container.streams.audio:
        raise _not_sound("There is no sound in the file.")
    claim = _claimed(container)
    if claim > longest + SLACK and size * 8 / claim >= LEAST_BITRATE:
        raise _too_long(longest)
    limit = int((longest + SLACK) * SAMPLE_RATE)
    sound = np.empty(min(int((claim + SLACK) * SAMPLE_RATE), limit), dtype=np.float32)
    filled = 0
    for frame in _mono(_frames(container)):
        piece = frame.to_ndarray().reshape(-1)
        if filled + len(piece) > limit:
            raise _too_long(longest)
        if filled + len(piece) > len(sound):
            # refcheck=False: nobody else has seen the array; realloc grows it in place, so there is no second copy
            sound.resize(min(limit, (filled + len(piece)) * 5 // 4), refcheck=False)
        np.multiply(piece, 2.0**-31, out=sound[filled : filled + len(piece)], casting="same_kind")
        filled += len(piece)
    if not filled:
        raise _not_sound("Nothing in the file could be decoded.")
    sound.resize(filled, refcheck=False)
    return sound


def _claimed(container: "InputContainer") -> Seconds:
    """Return the duration that the headers claim; 0 if they claim none."""
    stream = container.streams.audio[0]
    if stream.duration and stream.time_base:
        return max(0.0, float(stream.duration * stream.time_base))
    return max(0.0, (container.duration or 0) / 1_000_000)  # FFmpeg counts in microseconds here


def _frames(container: "InputContainer") -> Iterator["av.AudioFrame"]:
    """Yield what decodes of the first sound stream; stop where the file breaks off.

    Raises:
        SourceRefused: more packets are broken than sound.
    """
    import av

    packets = container.demux(container.streams.audio[0])
    whole = broken = 0
    while True:
        try:
            packet = next(packets, None)
        except av.FFmpegError:
            break  # the file ends in the middle of a packet
        if packet is None:
            break
        try:
            frames = packet.decode()
        except av.FFmpegError:
            broken += 1
            continue
        whole += len(frames)
        yield from (frame for frame in frames if isinstance(frame, av.AudioFrame))
    if broken > whole:
        raise _not_sound("The file is damaged: most of it does not decode.")


def _mono(frames: Iterator["av.AudioFrame"]) -> Iterator["av.AudioFrame"]:
    """Mix to one channel at 16 kHz; a stream that changes its rate or channels on the way is followed."""
    import av

    resampler, shape = av.AudioResampler(MIXED, "mono", SAMPLE_RATE), None
    for frame in frames:
        now = (frame.format.name, frame.layout.name, frame.sample_rate)
        if shape is not None and now != shape:
            yield from resampler.resample(None)
            resampler = av.AudioResampler(MIXED, "mono", SAMPLE_RATE)
        shape = now
        yield from resampler.resample(frame)
    if shape is not None:
        yield from resampler.resample(None)


def _not_sound(what: str) -> SourceRefused:
    return SourceRefused(what, f"{SUPPORTED} Try to play it; if it plays, save it as wav and try again.")


def _too_long(longest: Seconds) -> SourceRefused:
    return SourceRefused(
        f"The recording is longer than {longest / 3600:g} hours.",
        "Cut it in two, or raise speech.longest_hours in config.yaml.",
    )
