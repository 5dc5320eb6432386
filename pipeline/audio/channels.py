"""How loud each channel of a two-channel file is over time: enough to tell two people apart, at 1/80 of the size."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ..consent import Permit
from ..types import SAMPLE_RATE
from .container import OPTIONS, Nameless, Opened, begins, readable
from .mix import resampled
from .spool import Content

if TYPE_CHECKING:
    from av.container import InputContainer

Levels = NDArray[np.float32]  # mean power of each channel in each STEP: [steps, 2]

STEP: Final = 0.01  # seconds
SAMPLES: Final = int(STEP * SAMPLE_RATE)


def levels(path: Path, permit: Permit) -> Levels | None:
    """Return the levels of a file's two channels, or of its two sound tracks; None if it has neither, or is damaged.

    The file is decoded a second time, for that takes seconds and its samples would take twice the memory.

    Raises:
        TypeError: `permit` is not one that consent.ask gave.
    """
    if not isinstance(permit, Permit):
        raise TypeError("sound is opened with a consent.Permit only")
    try:
        with path.open("rb") as file:
            return _levels(file)
    except (OSError, ValueError):  # ValueError: a NUL in the path
        return None


def sealed_levels(content: Content, permit: Permit) -> Levels | None:
    """Return the levels of a sealed recording as `levels` does of a file.

    Raises:
        TypeError: `permit` is not one that consent.ask gave.
    """
    if not isinstance(permit, Permit):
        raise TypeError("sound is opened with a consent.Permit only")
    return taken_levels(content)


def taken_levels(content: Content) -> Levels | None:
    """Return the levels of bytes that were opened with a permit, here or where they were sealed."""
    if content.spooled.medium == "file" or content.spooled.rate != SAMPLE_RATE:
        return _levels(BytesIO(content.data))
    if content.spooled.channels != 2:
        return None
    whole = len(content.data) // (4 * SAMPLES) * SAMPLES * 2
    steps = np.frombuffer(content.data, "<i2", whole).reshape(-1, SAMPLES, 2)
    return np.stack([np.square(step.astype(np.float32) * 2.0**-15).mean(axis=0) for step in steps]) if whole else None


def _levels(file: Opened) -> Levels | None:
    """Return the levels of an open file, None if there are not two of what may be channels or it does not decode."""
    import av

    try:
        with av.open(Nameless(file), mode="r", options=OPTIONS) as container:
            streams = container.streams.audio
            if len(readable(container)) != len(streams):
                return None
            if len(streams) != 2:
                stereo = len(streams) == 1 and streams[0].codec_context.channels == 2
                return _whole(_powers(container, 0, 2)) if stereo else None
            late = [round(begin / STEP) for begin in begins(container)]
            one = _whole(_powers(container, 0, 1))
        file.seek(0)
        with av.open(Nameless(file), mode="r", options=OPTIONS) as container:
            other = _whole(_powers(container, 1, 1))
    except (av.FFmpegError, OSError, ValueError, IndexError, OverflowError):
        return None
    return None if one is None or other is None else _side_by_side([one, other], late)


def _whole(powers: Iterator[Levels]) -> Levels | None:
    parts = list(powers)
    return np.concatenate(parts) if parts else None


def _side_by_side(tracks: list[Levels], late: list[int]) -> Levels:
    """Return two tracks as channels of one length; each begins so many steps late, and is silent until then."""
    length = max(len(track) + steps for track, steps in zip(tracks, late, strict=True))
    levels = np.zeros((length, 2), np.float32)
    for channel, (track, steps) in enumerate(zip(tracks, late, strict=True)):
        levels[steps : steps + len(track), channel] = track[:, 0]
    return levels


def _powers(container: "InputContainer", track: int, count: int) -> Iterator[Levels]:
    """Yield the mean powers of two channels of one piece after the other, or of all mixed; a last part is left out.

    Raises:
        ValueError: there are other channels than were to be.
    """
    rest = np.zeros((0, count), np.float32)
    for piece in resampled(container.decode(container.streams.audio[track])):
        rest = np.concatenate([rest, piece if count > 1 else piece.mean(axis=1, keepdims=True)])
        whole = len(rest) // SAMPLES * SAMPLES
        if whole:
            yield np.square(rest[:whole]).reshape(-1, SAMPLES, count).mean(axis=1)
            rest = rest[whole:]
