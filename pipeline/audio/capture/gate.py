"""When somebody begins to speak, and for how long nobody has: by loudness alone, and rather too early than too late.

It decides when a dictation starts and ends, nothing else; whether there is speech in it is the voice activity
detector's to say, later.
"""

from collections import deque
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...types import SAMPLE_RATE, Seconds

FRAME: Final = SAMPLE_RATE // 50  # samples: 20 ms
FRAMES: Final = 50  # a second
QUIET: Final = -55.0  # dB of full scale that no voice at a microphone is under; digital hiss is
ABOVE: Final = 9.0  # dB that a voice stands above what else is to be heard
PAST: Final = 10 * FRAMES  # frames over which what else is to be heard is judged
LEARNT: Final = 2 * FRAMES  # frames before which it is not known, and any sound counts as a voice
SHARE: Final = 10  # per cent of the past that are quieter than any voice: the pauses of speech are more than that
WINDOW: Final = 5  # frames of which LOUD must be loud: a click is no voice
LOUD: Final = 3
LOWEST: Final = 1e-10  # of full scale squared, so that digital silence has a level: -100 dB


class Gate:
    """Follows the loudness of a recording, a block at a time."""

    def __init__(self) -> None:
        self.open = False
        self.spoken: Seconds = 0.0  # since what else is to be heard is known
        self.silent: Seconds = 0.0  # since the last voice
        self._rest = np.zeros(0, np.float32)
        self._past: deque[float] = deque(maxlen=PAST)
        self._loud: deque[bool] = deque(maxlen=WINDOW)

    def hear(self, samples: NDArray[np.int16]) -> float:
        """Take the next samples, [n, channels] at types.SAMPLE_RATE, and return their level in dB of full scale."""
        sound = np.concatenate([self._rest, samples.astype(np.float32).mean(axis=1) / 32768])
        whole = len(sound) // FRAME * FRAME
        self._rest = sound[whole:]
        if not whole:
            return QUIET
        levels = 10 * np.log10(np.square(sound[:whole].reshape(-1, FRAME)).mean(axis=1) + LOWEST)
        known = len(self._past) >= LEARNT
        self._past.extend(levels.tolist())
        threshold = max(QUIET, float(np.percentile(self._past, SHARE)) + ABOVE) if known else QUIET
        for level in levels:
            self._frame(level > threshold, known)
        return float(levels.max())

    def _frame(self, loud: bool, known: bool) -> None:
        self._loud.append(loud)
        if sum(self._loud) >= LOUD:
            self.open, self.silent = True, 0.0
            self.spoken += known / FRAMES
        else:
            self.silent += 1 / FRAMES
