"""The device's rate to ours, a block at a time."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...types import SAMPLE_RATE

Samples = NDArray[np.int16]  # [n, channels] at types.SAMPLE_RATE


class Resampler:
    """Follows one uninterrupted stretch of sound; a few milliseconds stay inside until `flush`."""

    def __init__(self, rate: int, channels: int) -> None:
        import av

        self._rate, self._channels = rate, channels
        self._layout = "mono" if channels == 1 else "stereo"
        self._resampler = None if rate == SAMPLE_RATE else av.AudioResampler("s16", self._layout, SAMPLE_RATE)

    def take(self, samples: bytes) -> Samples:
        """Return what can be said so far of 16-bit samples, the channels interleaved."""
        import av

        if self._resampler is None:
            return np.frombuffer(samples, np.int16).reshape(-1, self._channels)
        frame = av.AudioFrame.from_ndarray(np.frombuffer(samples, np.int16).reshape(1, -1), "s16", self._layout)
        frame.sample_rate = self._rate
        return self._joined(self._resampler.resample(frame))

    def flush(self) -> Samples:
        """Return the rest."""
        return self._joined([] if self._resampler is None else self._resampler.resample(None))

    def _joined(self, frames: list[Any]) -> Samples:
        parts = [frame.to_ndarray().reshape(-1, self._channels) for frame in frames]
        return np.concatenate(parts) if parts else np.zeros((0, self._channels), np.int16)
