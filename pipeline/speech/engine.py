"""The seam between Evenfall and a speech recogniser: one verb, two real engines (whisper.py, rough.py)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..types import Dropped, Probability, Progress, Seconds

Sound = NDArray[np.float32]  # mono, types.SAMPLE_RATE, [-1, 1]


@dataclass(frozen=True)
class HeardWord:
    """One word as the engine heard it, without surrounding space; punctuation may be attached."""

    text: str
    start: Seconds
    end: Seconds
    probability: Probability


@dataclass(frozen=True)
class Heard:
    """One utterance: its words in order, all of them doubtful if the engine itself is not to be trusted."""

    words: tuple[HeardWord, ...]
    all_doubtful: bool = False


@dataclass(frozen=True)
class Remark:
    """Something about the whole recording that whoever reads the transcript should know, as a sentence."""

    text: str


class Engine(Protocol):
    """A speech recogniser; `name` is its versioned name and goes into the transcript."""

    @property
    def name(self) -> str:
        """Engine and model with their versions, e.g. `faster-whisper@1.2.1/small`."""

    def listen(self, sound: Sound, progress: Progress) -> Iterator[Heard | Dropped | Remark]:
        """Yield utterances in order of time, what was dropped, remarks; call `progress` with seconds done and total."""
