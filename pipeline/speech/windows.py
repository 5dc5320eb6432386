"""The windows that a recording is heard in, of what the model hears at once: cut at pauses, long silence left out.

Whisper hears 30 s at once, however little is said in them. Packing speech close and cutting where nobody speaks lets
many windows be heard together, none of a word twice.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..types import SAMPLE_RATE, Seconds
from .engine import Sound
from .voice import Span

LONGEST: Final = 30.0  # seconds, what Whisper hears at once; a model may hear less
PAD: Final = 0.4  # seconds kept around speech, as faster-whisper does: the detector is late at soft beginnings
SPARE: Final = 2.0  # seconds that a window may stay short in order to end at a longer pause
FRAME: Final = 0.05  # seconds, in which loudness is measured


@dataclass(frozen=True)
class Window:
    """Pieces of a recording in order of time, apart from each other, together at most what is heard at once."""

    pieces: tuple[Span, ...]

    @property
    def start(self) -> Seconds:
        """Where it starts in the recording."""
        return self.pieces[0][0]

    @property
    def end(self) -> Seconds:
        """Where it ends in the recording."""
        return self.pieces[-1][1]

    def cut(self, sound: Sound) -> Sound:
        """Return its samples, the pieces one after the other."""
        parts = [sound[round(start * SAMPLE_RATE) : round(end * SAMPLE_RATE)] for start, end in self.pieces]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def place(self, start: Seconds, end: Seconds) -> Span:
        """Return where in the recording something from `start` to `end` of the window is: in the piece of its middle.

        Times outside the window are moved to its border.
        """
        middle, before = (start + end) / 2, 0.0
        for number, (first, last) in enumerate(self.pieces, 1):
            length = last - first
            if middle < before + length or number == len(self.pieces):
                break
            before += length
        begin, stop = (first + min(max(0.0, time - before), length) for time in (start, end))
        return begin, max(begin, stop)


def windows(sound: Sound, spans: list[Span], longest: Seconds = LONGEST) -> list[Window]:
    """Divide the spans of speech (in order, apart) into windows: as few as can be, each ending at a pause if it can."""
    short = [part for span in spans for part in _short(sound, span, longest - 2 * PAD)]
    padded = _padded(short, len(sound) / SAMPLE_RATE)
    found, first = [], 0
    while first < len(padded):
        end = _fit(short, padded, first, longest)
        found.append(Window(_joined(padded[first:end])))
        first = end
    return found


def _short(sound: Sound, span: Span, longest: Seconds) -> list[Span]:
    """Cut a span that is too long for a window where it is quietest: nobody paused."""
    start, end = span
    parts = []
    while end - start > longest:
        cut = _quietest(sound, start + longest * 2 / 3, start + longest)
        parts.append((start, cut))
        start = cut
    return [*parts, (start, end)]


def _quietest(sound: Sound, start: Seconds, end: Seconds) -> Seconds:
    """Return the middle of the quietest FRAME between two times."""
    size = int(FRAME * SAMPLE_RATE)
    part = sound[int(start * SAMPLE_RATE) : int(end * SAMPLE_RATE)]
    frames = part[: len(part) // size * size].reshape(-1, size)
    return start + (int(np.argmin((frames**2).sum(axis=1))) + 0.5) * FRAME


def _padded(spans: list[Span], total: Seconds) -> list[Span]:
    """Widen each span by PAD, at most to the middle of the pause before and after it."""
    befores = [-PAD, *(end for _, end in spans)]
    afters = [*(start for start, _ in spans[1:]), total + PAD]
    return [
        (max(0.0, start - PAD, (before + start) / 2), min(total, end + PAD, (end + after) / 2))
        for (start, end), before, after in zip(spans, befores, afters, strict=False)
    ]


def _fit(spans: list[Span], padded: list[Span], first: int, longest: Seconds) -> int:
    """Return the number of the span that the window beginning with span `first` ends before."""
    length, cuts = 0.0, []
    for number in range(first, len(padded)):
        start, end = padded[number]
        length += end - start
        if length > longest:
            break
        if number + 1 == len(padded):
            return len(padded)
        cuts.append((length, spans[number + 1][0] - spans[number][1], number + 1))
    late = [cut for cut in cuts if cut[0] >= cuts[-1][0] - SPARE]
    return max(late, key=lambda cut: cut[1:])[2]


def _joined(spans: list[Span]) -> tuple[Span, ...]:
    """Join spans that touch."""
    joined: list[Span] = []
    for start, end in spans:
        if joined and start - joined[-1][1] < 1 / SAMPLE_RATE:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return tuple(joined)
