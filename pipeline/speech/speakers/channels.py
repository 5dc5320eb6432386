"""Two channels of two people, as telehealth programs and two microphones record: whose channel is louder, speaks.

What one hears of the other in one's own channel is quieter there than in the other's, so that levels alone tell.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..voice import Span
from .voices import Stretch

Levels = NDArray[np.float32]  # mean power of each channel in each STEP: [steps, 2]

STEP: Final = 0.01  # seconds
SMOOTH: Final = 0.3  # seconds that a level is averaged over
APART: Final = 6.0  # decibels between the channels from which on one of them speaks
LEAST_APART: Final = 0.6  # share of all speech in which they are that far apart, else it is one room in stereo
LEAST_EACH: Final = 0.03  # share of all speech that each channel has at least
LOUD: Final = 90  # percentile of a channel's level in speech that counts as how loud its own person is
SILENT: Final = 1e-10  # power of digital silence


def tell_channels(levels: Levels, spans: Sequence[Span]) -> list[Stretch]:
    """Return who speaks when in `spans`, 0 the first channel's person and 1 the second's.

    Empty if these are not two people's channels: the same sound in both, one room in stereo, one of them unused.
    """
    inside = np.zeros(len(levels), np.bool_)
    for start, end in spans:
        inside[int(start / STEP) : int(end / STEP)] = True
    if not inside.any():
        return []
    difference = _difference(levels, inside)
    apart = np.abs(difference[inside]) >= APART
    shares = [(sign * difference[inside] >= APART).mean() for sign in (1, -1)]
    if apart.mean() < LEAST_APART or min(shares) < LEAST_EACH:
        return []
    return [stretch for span in spans for stretch in _stretches(difference, span)]


def _difference(levels: Levels, inside: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return by how many decibels the first channel is over the second, each against its own person's loudness."""
    width = round(SMOOTH / STEP)
    window = np.ones(width) / width
    smooth = np.stack([np.convolve(channel, window, mode="same") for channel in levels.T.astype(np.float64)])
    decibels = 10 * np.log10(smooth[:, : len(levels)] + SILENT)
    loud = np.percentile(decibels[:, inside], LOUD, axis=1)
    own: NDArray[np.float64] = (decibels[0] - loud[0]) - (decibels[1] - loud[1])
    return own


def _stretches(difference: NDArray[np.float64], span: Span) -> list[Stretch]:
    start, end = span
    first = int(start / STEP)
    voices = (difference[first : max(first + 1, int(end / STEP))] < 0).astype(np.int64)
    edges = [0, *(np.flatnonzero(np.diff(voices)) + 1).tolist(), len(voices)]
    times = [start, *(start + edge * STEP for edge in edges[1:-1]), end]
    return [
        Stretch(times[number], times[number + 1], int(voices[edge]), _margin(difference, first + edge, first + after))
        for number, (edge, after) in enumerate(zip(edges, edges[1:], strict=False))
    ]


def _margin(difference: NDArray[np.float64], first: int, last: int) -> float:
    """Return a stretch's margin: 1 at a mean difference of APART decibels or more."""
    return float(min(1.0, np.abs(difference[first:last]).mean() / APART))
