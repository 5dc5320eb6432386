"""A line said by a synthetic voice, with the time of every word."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .texts import Line

RATE = 16_000  # Hz, Whisper's

Span = tuple[float, float]  # seconds


class CannotSayError(Exception):
    """A voice did not say the words that it was given, or its times do not fit them."""


@dataclass(frozen=True)
class Manner:
    """How a line is said: `stretch` of every sound's length, `pitch` as a share of the voice's own."""

    stretch: float = 1.0
    pitch: float = 1.0


@dataclass(frozen=True)
class Spoken:
    """Sound at 16 kHz, the span of each of the line's words, and flite's phones with their ends in seconds."""

    sound: np.ndarray
    spans: tuple[Span, ...]
    phones: tuple[tuple[str, float], ...] = ()


def said(line: Line) -> str:
    """Return the text that a voice is given."""
    return " ".join(word.said for word in line.words)


def per_word(line: Line, spans: Sequence[tuple[Span, ...]]) -> tuple[Span, ...]:
    """Give every written word the span of its said words; `spans` has an entry for each of the line's said words.

    Raises:
        CannotSayError: there are more or fewer, or one was not said.
    """
    found, place = [], 0
    for word in line.words:
        count = len(word.said.split())
        parts = [span for group in spans[place : place + count] for span in group if span[1] > span[0]]
        place += count
        if not parts:
            raise CannotSayError(f"{word.written} in {line.written}")
        found.append((parts[0][0], parts[-1][1]))
    if place != len(spans):
        raise CannotSayError(line.written)
    return tuple(found)


def at_rate(sound: np.ndarray, rate: int) -> np.ndarray:
    """Return the sound at Whisper's rate: the spectrum up to 8 kHz, back as samples."""
    if rate == RATE:
        return sound.copy()
    length = len(sound) * RATE // rate
    return np.fft.irfft(np.fft.rfft(sound)[: length // 2 + 1], length).astype(np.float32) * (length / len(sound))
