"""What of an engine's segments to keep: guards against invented words; what is dropped is told with its time.

A segment goes only if no speech is likely and the text unlikely as well (the rule of openai/whisper), words go that
only repeat what was said before them or read out the list of terms, and speech without a word is told. All by structure
and figures, none by what the words mean.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ..types import Dropped, Seconds
from . import repeats, voice
from .engine import Heard, HeardWord
from .voice import Span
from .windows import Window

if TYPE_CHECKING:
    from faster_whisper.transcribe import Segment

NO_SPEECH: Final = 0.6  # probability
LOW_LOGPROB: Final = -1.0  # average over a segment's tokens
LEAST_UNHEARD: Final = 2.0  # seconds of speech without a word that are told
NEAR: Final = 0.5  # seconds by which Whisper's word times are off at most times
MEMORY: Final = 60  # words before a window that a loop may have begun in
UNSPACED: Final = frozenset({"zh", "ja", "th", "lo", "my", "yue"})  # written without spaces between words
CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ufffd]+")
NOT_SPEECH: Final = "no speech heard there"
LOOP: Final = "the same words over and over, which is how this engine fails"
ECHO: Final = "the list of terms read out, which is how this engine fails"
UNHEARD: Final = "no words were recognised in this speech"


@dataclass(frozen=True)
class Said:
    """What the model made of one window: its segments, their times counted from `offset`, and the speech in it."""

    window: Window
    segments: Sequence["Segment"]
    speech: list[Span]
    offset: Seconds = 0.0

    @property
    def certainty(self) -> float:
        """Average log-probability over all tokens; -inf if there are none."""
        weights = [len(segment.tokens) + 1 for segment in self.segments]
        total = sum(w * segment.avg_logprob for w, segment in zip(weights, self.segments, strict=True))
        return total / sum(weights) if weights else -math.inf


@dataclass
class Guard:
    """Keeps what is likely to have been said; it remembers the words before a window, for loops over several."""

    language: str
    terms: tuple[str, ...] = ()
    _earlier: list[str] = field(default_factory=list)

    def events(self, said: Said) -> Iterator[Heard | Dropped]:
        """Yield what to keep of one window, and what was dropped."""
        covered: list[Span] = []
        for event in self._kept(said):
            covered += _times(event)
            yield event
        for start, end in voice.uncovered(said.speech, covered, LEAST_UNHEARD):
            yield Dropped(start=start, end=end, reason=UNHEARD)

    def fails(self, said: Said) -> bool:
        """Say whether the model is likely to have lost its place: then it is asked again, in another way."""
        if any(_unlikely(segment) or segment.compression_ratio > repeats.MOST_RATIO for segment in said.segments):
            return True
        words = [word.text for utterance in self._utterances(said) for word in utterance]
        return bool(repeats.echoes(words, self.terms))

    def unheard(self, said: Said) -> Seconds:
        """Return the seconds of speech for which it gave no word."""
        covered = [span for words in self._utterances(said) for span in _times(Heard(tuple(words)))]
        return sum((end - start for start, end in voice.uncovered(said.speech, covered, LEAST_UNHEARD)), 0.0)

    def _utterances(self, said: Said) -> list[list[HeardWord]]:
        """Return the words by segment, without segments that are likely no speech."""
        return self._aligned(said) or _unaligned(said)

    def _aligned(self, said: Said) -> list[list[HeardWord]]:
        """Return the words that the library found times for."""
        unspaced = self.language in UNSPACED
        return [words for segment in _likely(said) if (words := _words(segment, said, unspaced))]

    def _kept(self, said: Said) -> Iterator[Heard | Dropped]:
        for segment in said.segments:
            if _silent(segment):
                start, end = _placed(said, segment.start, segment.end)
                yield Dropped(start=start, end=end, reason=NOT_SPEECH)
        aligned = self._aligned(said)
        yield from self._without_loops(aligned or _unaligned(said), all_doubtful=not aligned)

    def _without_loops(self, utterances: list[list[HeardWord]], *, all_doubtful: bool) -> Iterator[Heard | Dropped]:
        """Yield the utterances without what only repeats or reads out; what still repeats itself then goes, too."""
        known = len(self._earlier)
        said = self._earlier + [word.text for words in utterances for word in words]
        looped = _within(repeats.loops(said), known)
        echoed = _within(repeats.echoes(said[known:], self.terms), 0)
        place = 0
        for words in utterances:
            marks = [ECHO if n in echoed else LOOP if n in looped else "" for n in range(place, place + len(words))]
            place += len(words)
            kept = tuple(word for word, mark in zip(words, marks, strict=True) if not mark)
            if repeats.ratio(" ".join(word.text for word in kept)) > repeats.MOST_RATIO:
                marks, kept = [mark or LOOP for mark in marks], ()
            self._earlier = [*self._earlier, *(word.text for word in kept)][-MEMORY:]
            if kept:
                yield Heard(kept, all_doubtful)
            for reason in (LOOP, ECHO):
                gone = [word for word, mark in zip(words, marks, strict=True) if mark == reason]
                if gone:
                    yield Dropped(start=gone[0].start, end=max(gone[0].start, gone[-1].end), reason=reason)


def _silent(segment: "Segment") -> bool:
    return bool(segment.no_speech_prob > NO_SPEECH and segment.avg_logprob < LOW_LOGPROB)


def _likely(said: Said) -> list["Segment"]:
    return [segment for segment in said.segments if not _silent(segment)]


def _unlikely(segment: "Segment") -> bool:
    return bool(segment.avg_logprob < LOW_LOGPROB) and not _silent(segment)


def _within(spans: Iterable[tuple[int, int]], known: int) -> set[int]:
    return {place - known for start, end in spans for place in range(start, end)}


def _placed(said: Said, start: Seconds, end: Seconds) -> Span:
    return said.window.place(float(start) - said.offset, float(end) - said.offset)


def _words(segment: "Segment", said: Said, unspaced: bool) -> list[HeardWord]:
    """Return a segment's words; a piece without a space before it ("-term", "%") belongs to the word before it."""
    words: list[HeardWord] = []
    for piece in segment.words or ():
        text = " ".join(CONTROL.sub(" ", piece.word).split())
        if not text:
            continue
        start, end = _placed(said, piece.start, piece.end)
        probability = _probability(piece.probability)
        if words and not unspaced and not piece.word[0].isspace():
            before = words.pop()
            text, start, probability = before.text + text, before.start, min(before.probability, probability)
        words.append(HeardWord(text, start, max(start, end), probability))
    return words


def _unaligned(said: Said) -> list[list[HeardWord]]:
    """Return words by dividing each segment's time evenly, for a window that the library found no word times in.

    All have the probability of their segment: which of them to doubt it does not say.
    """
    utterances = []
    for segment in _likely(said):
        texts = CONTROL.sub(" ", segment.text).split()
        step = max(0.0, segment.end - segment.start) / max(1, len(texts))
        probability = _probability(math.exp(min(0.0, segment.avg_logprob)))
        starts = [segment.start + step * number for number in range(len(texts))]
        spans = [_placed(said, start, start + step) for start in starts]
        words = [HeardWord(text, *span, probability) for text, span in zip(texts, spans, strict=True)]
        if words:
            utterances.append(words)
    return utterances


def _probability(value: float) -> float:
    return 0.0 if math.isnan(value) else min(1.0, max(0.0, float(value)))


def _times(event: Heard | Dropped) -> list[Span]:
    if isinstance(event, Dropped):
        return [(event.start, event.end)]
    return [(word.start - NEAR, word.end + NEAR) for word in event.words]
