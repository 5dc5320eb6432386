"""Sound to stretches of one voice each: windows in its speech, an embedding for each, people among them."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

import numpy as np

from ...errors import Unready
from ...types import SAMPLE_RATE, Seconds
from ..engine import Sound
from ..voice import Span
from .clustering import path, people
from .embedding import HOP, Encoder, Floats

PAD, JOIN = 0.1, 0.5  # seconds: what a stretch of speech is widened by, and the pause that does not end it
PATIENCE: Final = 60.0  # seconds that may be spent on any recording
SHARE: Final = 0.15  # of a recording's length that may be spent beyond that
GLANCE: Final = 240  # windows of a recording that is only looked at for a second voice
APART: Final = 0.6  # mean cosine across two halves below which they are two voices; in one voice it was 0.63 to 0.82
BOTH: Final = 0.15  # least share of the second of two voices


@dataclass(frozen=True)
class Stretch:
    """Seconds [start, end) of one voice, by its number; `margin` is by how much it is nearer than the next one's."""

    start: Seconds
    end: Seconds
    voice: int
    margin: float = 1.0


def tell_voices(
    sound: Sound, spans: Sequence[Span], count: int | None, encoder: Encoder | None = None
) -> list[Stretch]:
    """Return who speaks when in `spans` (speech, in order); who speaks most has the number 0.

    With no `count` of people it is judged by the voices how many there are.

    Raises:
        ModelMissing: the encoder's file is not there.
        Unready: it takes too long on this machine.
    """
    spans = joined(spans, len(sound) / SAMPLE_RATE)
    centres = [centre for span in spans for centre in _centres(span)]
    if not centres:
        return []
    embeddings = _embeddings(sound, centres, encoder or Encoder())
    labels, margins = path(embeddings, centres, people(embeddings, count))
    windows = zip(labels.tolist(), margins.tolist(), strict=True)
    return [stretch for span in spans for stretch in _stretches(span, windows)]


def two_voices(sound: Sound, spans: Sequence[Span], encoder: Encoder | None = None) -> bool:
    """Say whether two voices are clearly there: far apart, and the second more than now and then.

    Raises:
        ModelMissing, Unready: as `tell_voices`.
    """
    centres = [centre for span in joined(spans, len(sound) / SAMPLE_RATE) for centre in _centres(span)]
    if not centres:
        return False
    looked_at = np.linspace(0, len(centres) - 1, min(GLANCE, len(centres))).astype(np.int64)
    embeddings = _embeddings(sound, [centres[place] for place in looked_at], encoder or Encoder())
    means = people(embeddings, 2)
    if len(means) < 2:
        return False
    second = np.argmax(embeddings @ means.T, axis=1) == 1
    across = embeddings[second] @ embeddings[~second].T
    return bool(second.mean() >= BOTH and across.mean() < APART)


def joined(spans: Sequence[Span], total: Seconds) -> list[Span]:
    """Return spans of speech widened by PAD, with no pause between them that is shorter than JOIN."""
    wide: list[Span] = []
    for start, end in spans:
        start, end = max(0.0, start - PAD), min(total, end + PAD)
        if wide and start - wide[-1][1] < JOIN:
            start = wide.pop()[0]
        wide.append((start, end))
    return wide


def _centres(span: Span) -> list[Seconds]:
    """Return the centres of a span's windows: each stands for an equal part of it, about HOP long."""
    start, end = span
    count = max(1, round((end - start) / HOP))
    return [start + (end - start) * (number + 0.5) / count for number in range(count)]


def _stretches(span: Span, windows: Iterator[tuple[int, float]]) -> Iterator[Stretch]:
    """Take a span's share of the windows and yield its stretches of one voice, each with the mean of its margins."""
    start, end = span
    count = len(_centres(span))
    own = list(islice(windows, count))
    first = 0
    for place in range(1, count + 1):
        if place == count or own[place][0] != own[first][0]:
            margin = sum(margin for _, margin in own[first:place]) / (place - first)
            a, b = (start + (end - start) * edge / count for edge in (first, place))
            yield Stretch(a, b, own[first][0], margin)
            first = place


def _embeddings(sound: Sound, centres: Sequence[Seconds], encoder: Encoder) -> Floats:
    """Return an embedding for each window: [windows, 256].

    Raises:
        Unready: it takes longer than PATIENCE and SHARE allow.
    """
    until = time.monotonic() + PATIENCE + SHARE * len(sound) / SAMPLE_RATE
    made = []
    for batch in encoder.embed(sound, centres):
        made.append(batch)
        if time.monotonic() > until:
            raise Unready("Telling the voices apart takes too long on this computer.", "Name the speakers in review.")
    return np.concatenate(made)
