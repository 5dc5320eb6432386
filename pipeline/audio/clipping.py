"""Whether a recording was too loud for its recorder: tops of waves cut flat, in which words are easily misheard."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..types import SAMPLE_RATE, Seconds

FULL: Final = 0.99  # of full scale: a flat top is a little rounded by resampling and by lossy formats
RUN: Final = 3  # samples at full scale, one after the other, that are a flat top
TOPS: Final = 5  # samples within flat tops that make a second a clipped one; speech that just touches has fewer
LEAST: Final = 3  # clipped seconds that are worth telling
BLOCK: Final = 60  # seconds looked at in one go, so that memory does not grow with the recording


def clipped(sound: NDArray[np.float32]) -> Seconds:
    """Return how many seconds of a sound have waves with flat tops."""
    count = 0
    for first in range(0, len(sound), BLOCK * SAMPLE_RATE):
        full = np.abs(sound[first : first + BLOCK * SAMPLE_RATE]) >= FULL
        flat = np.zeros(-(-len(full) // SAMPLE_RATE) * SAMPLE_RATE, bool)
        flat[: max(0, len(full) - RUN + 1)] = np.logical_and.reduce(
            [full[shift : len(full) - RUN + 1 + shift] for shift in range(RUN)]
        )
        count += int((flat.reshape(-1, SAMPLE_RATE).sum(axis=1) >= TOPS).sum())
    return float(count)


def warning(sound: NDArray[np.float32]) -> str | None:
    """Return what to say of a recording that is clipped, else None."""
    seconds = clipped(sound)
    if seconds < LEAST:
        return None
    return (
        f"The recording is too loud in {seconds:.0f} of its seconds (clipped): words there may be misheard. "
        "Next time turn the microphone down, or move it away."
    )
