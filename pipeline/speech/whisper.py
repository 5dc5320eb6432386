"""The engine of faster-whisper: a local folder, int8 on the CPU, word times, and guards against invented words.

What lowers invention (Koenecke et al. 2024): voice activity detection first, no conditioning on earlier text, a guard
on repetition by structure, and the rule of openai/whisper to drop a segment only if it is likely no speech and
unlikely text as well. What is dropped is told, also where the library itself passes over speech without a word.
"""

import hashlib
import math
import os
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ..errors import ModelMissing, Unready
from ..types import SAMPLE_RATE, Dropped, Progress, Seconds
from . import repeats, voice
from .engine import Heard, HeardWord, Sound

if TYPE_CHECKING:
    from faster_whisper import WhisperModel
    from faster_whisper.transcribe import Segment

FILES: Final = ("config.json", "model.bin", "tokenizer.json", "vocabulary")  # vocabulary.txt or vocabulary.json
NO_SPEECH: Final = 0.6  # probability
LOW_LOGPROB: Final = -1.0  # average over a segment's tokens
SEED: Final = 20  # of the sampling at higher temperatures: one recording gives the same words on every run
LEAST_UNHEARD: Final = 2.0  # seconds of speech without a word that are told
NEAR: Final = 0.5  # seconds by which Whisper's word times are off at most times
MEMORY: Final = 60  # words before a window that a loop may have begun in
UNSPACED: Final = frozenset({"zh", "ja", "th", "lo", "my", "yue"})  # written without spaces between words
CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ufffd]+")
HEAD: Final = 1_000_000  # bytes of model.bin's beginning and end that go into its name
SETUP: Final = "Install one with: evenfall setup, or name a folder with: --model DIR."


class WhisperEngine:
    """A Whisper model in the CTranslate2 layout, loaded from a local folder; nothing is ever fetched.

    Args:
        model_dir: the folder; see `FILES`.
        threads: CPU threads; 0 for as many as this process may use.
        language: two-letter code, or None to hear it from the first seconds.

    Raises:
        ModelMissing: the folder lacks a file.
        Unready: the files are no speech model, are damaged, or do not know the language.
    """

    def __init__(self, model_dir: Path, threads: int, language: str | None) -> None:
        lacking = missing(model_dir)
        if lacking:
            raise ModelMissing(f"The speech model's folder lacks {', '.join(lacking)}.", SETUP)
        self._folder, self._threads = model_dir, threads or _cores()
        self._model: WhisperModel | None = _load(self._folder, self._threads)
        self._language = language
        if language and language not in self._model.supported_languages:
            raise Unready(
                f"This speech model does not know the language {language}.",
                "Set speech.language to one it knows, or install a multilingual model with: evenfall setup.",
            )
        self._name = f"faster-whisper@{_version()}/{model_dir.resolve().name}:{fingerprint(model_dir)}"

    @property
    def name(self) -> str:
        """Library with version, folder, and 8 hex digits of the model."""
        return self._name

    def listen(self, sound: Sound, progress: Progress) -> Iterator[Heard | Dropped]:
        """Yield a Heard per segment and what was dropped; times are in order and within the recording."""
        return _in_order(self._listen(sound, progress), len(sound) / SAMPLE_RATE)

    def try_out(self) -> None:
        """Run once over a second of silence: a model that loads may still be of a shape that does not run.

        Raises:
            Unready: it does not run.
        """
        sound = np.zeros(SAMPLE_RATE, np.float32)
        segments, _ = _transcribe(self._fresh(), sound, {"vad_filter": False, "temperature": 0.0})
        for _ in segments:
            pass

    def _fresh(self) -> "WhisperModel":
        """Return a model that has sampled nothing yet, and keep none.

        CTranslate2 seeds a thread's random numbers once: only a new model's threads start from SEED again. To load
        per recording costs seconds and frees the memory in between.
        """
        import ctranslate2

        ctranslate2.set_random_seed(SEED)
        model, self._model = self._model or _load(self._folder, self._threads), None
        return model

    def _listen(self, sound: Sound, progress: Progress) -> Iterator[Heard | Dropped]:
        model, language, done, total = self._fresh(), self._language, 0.0, len(sound) / SAMPLE_RATE
        spans = voice.speech(sound)
        for start, end in voice.blocks(spans, total):
            piece = sound[int(start * SAMPLE_RATE) : int(end * SAMPLE_RATE)]
            segments, language = _transcribe(model, piece, {"vad_filter": True, "language": language})
            covered: list[voice.Span] = []
            earlier: list[str] = []
            for _, window in groupby(segments, key=lambda segment: segment.seek):
                for heard in _window(list(window), start, language in UNSPACED, earlier):
                    covered += _times(heard)
                    yield heard
                done = min(end, max((done, *(stop for _, stop in covered))))
                progress(done, total)
            inside = [(max(a, start), min(b, end)) for a, b in spans if a < end and b > start]
            for a, b in voice.uncovered(inside, covered, LEAST_UNHEARD):
                yield Dropped(start=a, end=b, reason="no words were recognised in this speech")
            done = end
            progress(done, total)
        progress(total, total)


def missing(folder: Path) -> list[str]:
    """Return which of FILES the folder lacks; a link to nothing is lacking."""
    here = {path.name for path in folder.iterdir() if path.is_file()} if folder.is_dir() else set()
    stems = {name.split(".")[0] for name in here if name in ("vocabulary.txt", "vocabulary.json")}
    return [name for name in FILES if name not in here | stems]


def fingerprint(folder: Path) -> str:
    """Return 8 hex digits of the SHA-256 of model.bin's size, first and last million bytes: cheap for gigabytes."""
    with (folder / "model.bin").open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        head = file.read(HEAD)
        file.seek(max(0, size - HEAD))
        return hashlib.sha256(str(size).encode() + head + file.read(HEAD)).hexdigest()[:8]


def _load(folder: Path, threads: int) -> "WhisperModel":
    from faster_whisper import WhisperModel

    try:
        return WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True)
    except Exception as error:  # the tokenizers library raises nothing narrower
        raise Unready(
            "The speech model does not load: its files are damaged or of another kind.",
            "Install it again with: evenfall setup, or name another folder with: --model DIR.",
        ) from error


def _transcribe(model: "WhisperModel", sound: Sound, options: dict[str, Any]) -> tuple[Iterator["Segment"], str]:
    """Return the segments as they are found, and the language.

    Raises:
        Unready: the model fails, now or while it goes on.
    """

    def guarded() -> Iterator["Segment"]:
        try:
            yield from segments
        except (RuntimeError, ValueError, MemoryError) as error:
            raise _failed() from error

    try:
        segments, info = model.transcribe(sound, word_timestamps=True, condition_on_previous_text=False, **options)
    except (RuntimeError, ValueError, MemoryError) as error:
        raise _failed() from error
    return guarded(), str(info.language)


def _failed() -> Unready:
    return Unready(
        "The speech model failed while it was listening.",
        "Try again; if it fails again, install it anew or take a smaller one: evenfall setup.",
    )


def _version() -> str:
    import faster_whisper

    return str(faster_whisper.__version__)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _window(
    segments: list["Segment"], offset: Seconds, unspaced: bool, earlier: list[str]
) -> Iterator[Heard | Dropped]:
    """Yield what one window of Whisper said, guarded; `earlier` holds the words before it and is added to."""
    likely: list[Segment] = []
    for segment in segments:
        if segment.no_speech_prob > NO_SPEECH and segment.avg_logprob < LOW_LOGPROB:
            start = max(0.0, offset + segment.start)
            yield Dropped(start=start, end=max(start, offset + segment.end), reason="no speech heard there")
        else:
            likely.append(segment)
    utterances = [words for segment in likely if (words := _words(segment, offset, unspaced))]
    if not utterances:
        utterances = _unaligned(likely, offset)
    yield from _without_loops(utterances, earlier)


def _without_loops(utterances: list[list[HeardWord]], earlier: list[str]) -> Iterator[Heard | Dropped]:
    """Yield the utterances without the words that only repeat; what is left and still repeats itself goes, too."""
    known = len(earlier[-MEMORY:])
    said = earlier[-MEMORY:] + [word.text for words in utterances for word in words]
    cut = {place - known for start, end in repeats.loops(said) for place in range(start, end)}
    place = 0
    for words in utterances:
        gone = [word for number, word in enumerate(words, place) if number in cut]
        kept = tuple(word for number, word in enumerate(words, place) if number not in cut)
        place += len(words)
        if repeats.ratio(" ".join(word.text for word in kept)) > repeats.MOST_RATIO:
            gone, kept = words, ()
        if kept:
            earlier += [word.text for word in kept]
            yield Heard(kept)
        if gone:
            reason = "the same words over and over, which is how this engine fails"
            yield Dropped(start=gone[0].start, end=max(gone[0].start, gone[-1].end), reason=reason)


def _words(segment: "Segment", offset: Seconds, unspaced: bool) -> list[HeardWord]:
    """Return a segment's words; a piece without a space before it ("-term", "%") belongs to the word before it."""
    words: list[HeardWord] = []
    for piece in segment.words or ():
        text = " ".join(CONTROL.sub(" ", piece.word).split())
        if not text:
            continue
        start, end = max(0.0, offset + float(piece.start)), max(0.0, offset + float(piece.end))
        probability = _probability(piece.probability)
        if words and not unspaced and not piece.word[0].isspace():
            before = words.pop()
            text, start, probability = before.text + text, before.start, min(before.probability, probability)
        words.append(HeardWord(text, start, max(start, end), probability))
    return words


def _unaligned(segments: list["Segment"], offset: Seconds) -> list[list[HeardWord]]:
    """Return words by dividing each segment's time evenly, for a window that the library found no word times in."""
    utterances = []
    for segment in segments:
        texts = CONTROL.sub(" ", segment.text).split()
        start = max(0.0, offset + segment.start)
        step = max(0.0, segment.end - segment.start) / max(1, len(texts))
        probability = _probability(math.exp(min(0.0, segment.avg_logprob)))
        times = [start + step * number for number in range(len(texts) + 1)]
        words = [HeardWord(text, times[n], times[n + 1], probability) for n, text in enumerate(texts)]
        if words:
            utterances.append(words)
    return utterances


def _probability(value: float) -> float:
    return 0.0 if math.isnan(value) else min(1.0, max(0.0, float(value)))


def _times(heard: Heard | Dropped) -> list[voice.Span]:
    if isinstance(heard, Dropped):
        return [(heard.start, heard.end)]
    return [(word.start - NEAR, word.end + NEAR) for word in heard.words]


def _in_order(events: Iterable[Heard | Dropped], total: Seconds) -> Iterator[Heard | Dropped]:
    """Clip times to [0, total]; no word starts before the one before it, none ends before it starts."""
    floor = 0.0
    for event in events:
        if isinstance(event, Dropped):
            start, end = min(event.start, total), min(event.end, total)
            yield event.replace(start=start, end=max(start, end))
            continue
        words = []
        for word in event.words:
            floor = min(total, max(floor, word.start))
            words.append(HeardWord(word.text, floor, min(total, max(floor, word.end)), word.probability))
        yield Heard(tuple(words), event.all_doubtful)
