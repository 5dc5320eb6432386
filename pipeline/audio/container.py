"""What FFmpeg opens of a file and how: its sound tracks, when each begins and how long it is to be, its frames."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader, BytesIO
from typing import TYPE_CHECKING, Any, Final

from ..errors import SourceRefused
from ..types import Seconds

if TYPE_CHECKING:
    import av
    from av.container import InputContainer

Opened = BufferedReader | BytesIO

GAP: Final = 0.1  # seconds missing between two frames that are told; timestamps of whole files are off by less
# What may be opened. Playlists (hls, dash, concat, sdp) are not here: they make FFmpeg open other files and addresses.
CONTAINERS: Final = (
    "3gp,aac,ac3,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,dss,eac3,flac,flv,gsm,iff,ircam,loas,m4a,matroska,mlp,mov,mp3,"
    "mp4,mpc,mpc8,mpeg,mpegts,mxf,nistsphere,nut,ogg,oma,qcp,rm,sox,tak,truehd,tta,voc,w64,wav,webm,wtv,wv,xwma"
)
OPTIONS: Final = {"format_whitelist": CONTAINERS, "protocol_whitelist": "none"}
DAMAGED: Final = "the file is damaged here"
BROKEN_OFF: Final = "the file breaks off here"
SUPPORTED: Final = "Evenfall reads wav, m4a, mp3, ogg, opus, flac, webm, amr, wma and video files with sound."


@dataclass(frozen=True)
class Gap:
    """Sound that is missing before the next frame, or at the end; `length` is 0 where nobody knows it."""

    length: Seconds
    reason: str = DAMAGED


class Nameless:
    """An open file without its name, so that a wrong extension misleads nobody."""

    def __init__(self, file: Opened) -> None:
        self.read, self.seek, self.tell = file.read, file.seek, file.tell


@contextmanager
def opened_sound(file: Opened) -> Iterator["InputContainer"]:
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
        raise not_sound("The file is not a recording, or it is damaged.") from error


def readable(container: "InputContainer") -> tuple[int, ...]:
    """Return which of a file's sound tracks are of a kind that can be decoded."""
    return tuple(at for at, stream in enumerate(container.streams.audio) if stream.codec_context is not None)


def begins(container: "InputContainer") -> tuple[Seconds, ...]:
    """Return when each sound track of a file begins, counted from the first that does; 0 where the file is wrong."""
    streams = container.streams.audio
    starts = [float((one.start_time or 0) * one.time_base) if one.time_base else 0.0 for one in streams]
    late = tuple(start - min(starts) for start in starts)
    return late if max(late) * 1_000_000 <= (container.duration or 0) else (0.0,) * len(late)


def claimed(container: "InputContainer", track: int) -> Seconds:
    """Return the duration that the headers claim for a sound track; 0 if they claim none."""
    stream = container.streams.audio[track]
    if stream.duration and stream.time_base:
        return max(0.0, float(stream.duration * stream.time_base))
    return max(0.0, (container.duration or 0) / 1_000_000)  # FFmpeg counts in microseconds here


def frames(container: "InputContainer", track: int) -> Iterator["av.AudioFrame | Gap"]:
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
                yield Gap(max(0.0, missing))
            yield frame
            whole, failed = whole + 1, False
            end = (end if frame.time is None else frame.time) + frame.samples / frame.sample_rate
        failed = failed or packet is None or packet.is_corrupt  # only a part of it was there
    if broken > whole:
        raise not_sound("The file is damaged: most of it does not decode.")
    if failed:
        yield Gap(0.0, BROKEN_OFF)


def _packets(container: "InputContainer", track: int) -> Iterator["av.Packet[Any] | None"]:
    """Yield the packets of a sound track, and None in place of the one that the file ends in."""
    import av

    try:
        yield from container.demux(container.streams.audio[track])
    except av.FFmpegError:
        yield None


def not_sound(what: str) -> SourceRefused:
    """Return the error that says what is wrong with a file, and what to do."""
    return SourceRefused(what, f"{SUPPORTED} Try to play it; if it plays, save it as wav and try again.")
