"""Turns cut where the voice changes: each word to a voice by its time, the cuts where sentences or pauses are."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from ...types import Seconds, Turn, Word
from .. import sentences
from .voices import Stretch

NEAR: Final = 0.5  # seconds by which recognisers' word times are off at most times
SLIP: Final = 2  # words that a cut may move to get between two sentences or into a pause
LEAST_WORDS: Final = 2  # of a piece within a turn; a single word there is more likely a wrong time than a person
LEAST_MARGIN: Final = 0.05  # cosine; of less, on made conversations, one in two was wrong, of more one in thirty


@dataclass(frozen=True)
class Piece:
    """A turn, or a part of one, of a single voice; None if it is uncertain whose."""

    turn: Turn
    voice: int | None


def cut(turns: Sequence[Turn], stretches: Sequence[Stretch]) -> list[Piece]:
    """Return all words of `turns` in order, in pieces of one voice; the turns get new ids, "t1", "t2" ...

    `stretches` are in order and do not overlap. A turn without word times stays whole.
    """
    timeline = _Timeline(stretches)
    made: list[Piece] = []
    for turn in turns:
        for first, last in _parts(turn, timeline):
            part = _part(turn, first, last) if turn.words else turn
            made.append(Piece(part.replace(id=f"t{len(made) + 1}"), timeline.voice(part.start, part.end)))
    return made


class _Timeline:
    """Stretches in order of time."""

    def __init__(self, stretches: Sequence[Stretch]) -> None:
        self._stretches = stretches
        self._ends = [stretch.end for stretch in stretches]

    def at(self, word: Word) -> int | None:
        """Return the voice in the middle of a word or, in a pause, the one nearest to it."""
        middle = (word.start_time + word.end_time) / 2
        place = bisect_left(self._ends, middle)
        around = self._stretches[max(0, place - 1) : place + 1]
        nearest = min(around, key=lambda s: max(s.start - middle, middle - s.end, 0.0), default=None)
        if nearest is None or max(nearest.start - middle, middle - nearest.end) > NEAR:
            return None
        return nearest.voice

    def voice(self, start: Seconds, end: Seconds) -> int | None:
        """Return the voice that most of [start, end] is of, if it is clearly nearer than the others."""
        seconds: dict[int, float] = {}
        margins: dict[int, float] = {}
        for place in range(bisect_left(self._ends, start - NEAR), len(self._stretches)):
            stretch = self._stretches[place]
            if stretch.start > end + NEAR:
                break
            shared = max(1e-3, min(end, stretch.end) - max(start, stretch.start))  # a touch counts, if there is no more
            seconds[stretch.voice] = seconds.get(stretch.voice, 0.0) + shared
            margins[stretch.voice] = margins.get(stretch.voice, 0.0) + shared * stretch.margin
        if not seconds:
            return None
        most = max(seconds, key=lambda voice: seconds[voice])
        return most if margins[most] / seconds[most] >= LEAST_MARGIN else None


def _parts(turn: Turn, timeline: _Timeline) -> list[tuple[int, int]]:
    """Return the words [first, last) of each piece of a turn; neighbours are of different voices."""
    merged: list[tuple[int | None, int]] = []  # voice, number of words
    for voice, run in groupby(map(timeline.at, turn.words)):
        length = len(list(run))
        before, until = merged[-1] if merged else (None, 0)
        if merged and (before is None or (len(merged) == 1 and until < LEAST_WORDS)):
            merged[-1] = voice, until + length
        elif merged and (voice in (before, None) or length < LEAST_WORDS):
            merged[-1] = before, until + length
        else:
            merged.append((voice, length))
    edges, place = [0], 0
    for _, length in merged[:-1]:
        place += length
        edges.append(max(edges[-1] + 1, _better_cut(turn, place)))
    return list(zip(edges, [*edges[1:], len(turn.words)], strict=True))


def _better_cut(turn: Turn, place: int) -> int:
    """Return where to cut near the word at `place`: behind a sentence, else in the longest pause."""
    around = [spot for spot in range(place - SLIP, place + SLIP + 1) if 0 < spot < len(turn.words)]

    def worth(spot: int) -> tuple[bool, float, int]:
        before, after = turn.words[spot - 1], turn.words[spot]
        texts = [turn.text[word.start : word.end] for word in (before, after)]
        return sentences.ends(texts[0], texts[1]), after.start_time - before.end_time, -abs(spot - place)

    return max(around, key=worth)


def _part(turn: Turn, first: int, last: int) -> Turn:
    """Return words [first, last) of a turn as a turn."""
    if (first, last) == (0, len(turn.words)):
        return turn
    words = turn.words[first:last]
    shift = words[0].start
    return turn.replace(
        start=words[0].start_time,
        end=max(word.end_time for word in words),
        text=turn.text[shift : words[-1].end],
        words=tuple(word.replace(start=word.start - shift, end=word.end - shift) for word in words),
    )
