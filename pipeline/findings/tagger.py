"""A small transformer encoder that marks the words of findings; made by scripts/train_findings, run by ONNX Runtime."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelMissing
from ..resources import models
from ..types import CATEGORIES, Category, Offset, Probability, Transcript
from .windows import ASPECTS, PAD, WORD, Window, marker, pieces, windows

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

FOLDER: Final = models() / "findings"
INSIDE: Final = 0.40  # probability from which a word belongs to a finding
GAP: Final = 0.20  # probability from which a single word between two such words does
BEGIN: Final = 0.80  # probability from which a word begins the next finding
SHORTEST: Final = 3  # words after which the next finding may begin without a gap
THREADS: Final = 2
BATCH: Final = 4  # windows of about equal length that are read at once
BEGIN_AT, INSIDE_AT, DENIED_AT, OTHER_AT, MUST_AT = range(len(ASPECTS))


@dataclass(frozen=True, slots=True)
class Tagged:
    """Characters [start, end) of a turn that carry a finding, with the tagger's probabilities."""

    turn: int
    start: Offset
    end: Offset
    category: Category
    score: Probability
    denied: Probability
    other: Probability
    must: Probability


class Tagger:
    """The trained tagger; made once, used for any number of transcripts.

    Raises:
        ModelMissing: its files are not there.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or FOLDER
        if not all((self._folder / name).is_file() for name in ("tagger.onnx", "tokenizer.json")):
            raise ModelMissing("The findings tagger is missing from this installation.", "Install Evenfall again.")

    @cached_property
    def name(self) -> str:
        """The tagger's versioned name: the first characters of its file's SHA-256."""
        return f"findings-tagger@{hashlib.sha256((self._folder / 'tagger.onnx').read_bytes()).hexdigest()[:8]}"

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer

    @cached_property
    def _session(self) -> "InferenceSession":
        from onnxruntime import InferenceSession, SessionOptions

        options = SessionOptions()
        options.intra_op_num_threads = THREADS
        options.log_severity_level = 3
        return InferenceSession(self._folder / "tagger.onnx", options, providers=["CPUExecutionProvider"])

    def read(self, transcript: Transcript) -> "Reading":
        """Return what the tagger sees in a transcript."""
        places = tuple(tuple(match.span() for match in WORD.finditer(turn.text)) for turn in transcript.turns)
        words = [
            (marker(transcript.kind, turn.speaker), [turn.text[a:b] for a, b in spans])
            for turn, spans in zip(transcript.turns, places, strict=True)
        ]
        seen = tuple(np.zeros((len(spans), len(CATEGORIES), len(ASPECTS)), np.float32) for spans in places)
        made = list(windows(pieces(self._tokenizer, words))) if any(places) else []
        for window, probabilities in self._read(made):
            for turn, word, place in window.places:
                seen[turn][word] = probabilities[place]
        return Reading(transcript, places, seen)

    def _read(self, made: Sequence[Window]) -> Iterator[tuple[Window, NDArray[np.float32]]]:
        ordered = sorted(made, key=lambda window: len(window.ids))
        for first in range(0, len(ordered), BATCH):
            group = ordered[first : first + BATCH]
            ids = np.full((len(group), max(len(window.ids) for window in group)), PAD, np.int64)
            for row, window in enumerate(group):
                ids[row, : len(window.ids)] = window.ids
            (logits,) = self._session.run(None, {"ids": ids})
            yield from zip(group, 1 / (1 + np.exp(-logits)), strict=True)


@dataclass(frozen=True)
class Reading:
    """Probabilities for each word of each turn: an array [words, categories, aspects] a turn."""

    transcript: Transcript
    places: tuple[tuple[tuple[int, int], ...], ...]
    seen: tuple[NDArray[np.float32], ...]

    def support(self, turn: int, start: Offset, end: Offset, category: Category) -> Tagged:
        """Return what the tagger thinks of these characters of a turn as a finding of this category."""
        inside = [i for i, (a, b) in enumerate(self.places[turn]) if a < end and b > start]
        words = self.seen[turn][inside, CATEGORIES.index(category)]
        mean = words.mean(axis=0) if len(words) else np.zeros(len(ASPECTS), np.float32)
        score, denied, other, must = (float(mean[at]) for at in (INSIDE_AT, DENIED_AT, OTHER_AT, MUST_AT))
        return Tagged(turn, start, end, category, score, denied, other, must)

    def tagged(self) -> Iterator[Tagged]:
        """Yield the runs of words that belong to a finding, turn by turn, category by category."""
        for turn, (spans, seen) in enumerate(zip(self.places, self.seen, strict=True)):
            text = self.transcript.turns[turn].text
            for number, category in enumerate(CATEGORIES):
                for first, last in _runs(seen[:, number, INSIDE_AT], seen[:, number, BEGIN_AT]):
                    words = [spans[i] for i in range(first, last) if text[spans[i][0]].isalnum()]
                    if words:
                        yield self.support(turn, words[0][0], words[-1][1], category)


def _runs(inside: NDArray[np.float32], begin: NDArray[np.float32]) -> Iterator[tuple[int, int]]:
    """Yield [first, last) of the words above `INSIDE`, over single weaker words, cut where the next one begins."""
    held = inside >= INSIDE
    if len(held) > 2:
        held[1:-1] |= held[:-2] & held[2:] & (inside[1:-1] >= GAP)
    first: int | None = None
    for word, here in enumerate([*held.tolist(), False]):
        if first is not None and (not here or (begin[word] >= BEGIN and word - first >= SHORTEST)):
            yield first, word
            first = None
        if here and first is None:
            first = word
