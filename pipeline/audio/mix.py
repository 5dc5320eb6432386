"""Channels and sound tracks mixed to one: each is heard, whatever the file says of where its loudspeaker stands.

FFmpeg is not asked to mix: it guesses what the channels of a recorder are, and leaves out the one that it takes for
low-frequency effects.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ..types import SAMPLE_RATE
from . import clipping
from .container import Gap

if TYPE_CHECKING:
    import av

Sound = NDArray[np.float32]  # mono, types.SAMPLE_RATE, [-1, 1]
Channels = NDArray[np.float32]  # [samples, channels], types.SAMPLE_RATE

CLEAR: Final = clipping.FULL - 0.01  # the peak that tops over full scale get: they were not cut, nor shall they seem so
MOST: Final = 100.0  # times full scale; more, in a file of floating-point numbers, is damage and no sound
PAIR: Final = 2  # channels of which each is half the sound; of more, most may be silent, and the sum is taken


class Mix:
    """Samples that the tracks of a file are added to, up to `limit` of them."""

    def __init__(self, expected: int, limit: int) -> None:
        self._sound = np.zeros(min(expected, limit), dtype=np.float32)
        self._limit, self._filled, self._loudest = limit, 0, 0.0
        self.full = False  # more was to be added than the limit allows

    def add(self, piece: Sound, at: int, loudest: float = 1.0) -> None:
        """Add a piece that begins at this sample; `loudest` is the level that a mix of what it is of may have."""
        end = at + len(piece)
        if end > self._limit:
            self.full = True
            return
        if end > len(self._sound):
            # refcheck=False: nobody else has seen the array; realloc grows it in place, so there is no second copy
            self._sound.resize(min(self._limit, end * 5 // 4), refcheck=False)
        self._sound[at:end] += piece
        self._filled, self._loudest = max(self._filled, end), max(self._loudest, loudest)

    def whole(self) -> Sound:
        """Return the samples; where what was added adds up to more than it may, all are quieter by as much."""
        self._sound.resize(self._filled, refcheck=False)
        most = CLEAR if self._loudest > 1.0 else self._loudest
        peak = max(self._sound.max(initial=0.0), -self._sound.min(initial=0.0))
        if peak > most:
            self._sound *= most / peak
        return self._sound

    def __len__(self) -> int:
        """How many samples there are."""
        return self._filled


def mono(frames: Iterable["av.AudioFrame | Gap"]) -> Iterator[tuple[Sound, float] | Gap]:
    """Yield the channels of frames mixed to one at 16 kHz, each piece with the level that `Mix.add` asks for."""
    loudest = 1.0  # of samples over full scale, which only floating-point numbers can hold
    for piece in _resampled(frames):
        if isinstance(piece, Gap):
            yield piece
            continue
        channels, peak = piece
        loudest = max(loudest, peak)
        np.nan_to_num(channels, copy=False, nan=0.0)
        np.clip(channels, -loudest, loudest, out=channels)
        if channels.shape[1] <= PAIR:
            yield channels.mean(axis=1), loudest
        else:
            yield channels.sum(axis=1), float(np.abs(channels).max(initial=0.0))


def resampled(frames: Iterable["av.AudioFrame"]) -> Iterator[Channels]:
    """Yield the channels of frames, apart, at 16 kHz; a stream that changes its rate or channels is followed."""
    return (piece[0] for piece in _resampled(frames) if not isinstance(piece, Gap))


def _resampled(frames: Iterable["av.AudioFrame | Gap"]) -> Iterator[tuple[Channels, float] | Gap]:
    """Yield the channels of frames, with the peak of what each piece is made of, 1 where it cannot be higher."""
    import av

    resampler, shape = None, None
    for frame in frames:
        now = None if isinstance(frame, Gap) else (frame.format.name, frame.layout.name, frame.sample_rate)
        if resampler and now != shape:
            yield from _samples_of(resampler.resample(None), 1.0)
            resampler = None
        if isinstance(frame, Gap):
            yield frame
            continue
        # "flt": PyAV crashes on planes of more than seven channels
        resampler, shape = resampler or av.AudioResampler("flt", frame.layout, SAMPLE_RATE), now
        peak = _peak(frame)
        yield from _samples_of(resampler.resample(frame), peak)
    if resampler:
        yield from _samples_of(resampler.resample(None), 1.0)


def _samples_of(frames: list["av.AudioFrame"], peak: float) -> Iterator[tuple[Channels, float]]:
    for frame in frames:
        yield frame.to_ndarray().reshape(-1, frame.layout.nb_channels).astype(np.float32, copy=False), peak


def _peak(frame: "av.AudioFrame") -> float:
    """Return the peak of uncompressed floating-point samples; of all others 1, at which what is over it is cut off.

    A decoder of a lossy format gives a little more than was recorded.
    """
    if frame.format.name not in ("flt", "dbl"):  # planar numbers come from decoders
        return 1.0
    peak = float(np.abs(frame.to_ndarray()).max(initial=0.0))
    return peak if peak <= MOST else 1.0  # NaN is not
