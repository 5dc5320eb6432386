"""Word error rates and word times of the trained model in the real faster-whisper, beside the rough engine."""

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
from rough import clinic
from rough.scoring import HELDOUT, Score, plain

from .sound import in_a_car
from .spoken import RATE, CannotSayError, Manner, Spoken
from .texts import Line, evaluation, words_of
from .voices import say

GAP = (0.3, 0.9)  # seconds between the sentences of a dictation
SENTENCES = 6  # of a dictation
NEAR = 0.5  # seconds that a word's time may be off

Words = list[tuple[str, float]]  # word and start in seconds
Listen = Callable[[np.ndarray], tuple[str, Words]]


@dataclass(frozen=True)
class Utterance:
    """Sound with its text and when each word of it begins."""

    sound: np.ndarray
    text: str
    starts: Words


@dataclass
class Result:
    """What one engine made of one set."""

    score: Score = field(default_factory=Score)
    off: list[float] = field(default_factory=list)  # seconds, of the words heard right

    def __str__(self) -> str:
        late = f", {np.mean(np.array(self.off) <= NEAR):.1%} of {len(self.off)} word times right" if self.off else ""
        return f"{self.score}{late}"


def utterances(lines: list[Line], voice: str, sentences: int = 1) -> Iterator[Utterance]:
    """Yield the lines in a voice, so many together with pauses between; what the voice cannot say is left out."""
    chance = random.Random(f"{voice} {sentences}")
    said: list[tuple[Line, Spoken]] = []
    for line in lines:
        with suppress(CannotSayError):
            said.append((line, say(line, voice, Manner())))
    for group in zip(*[iter(said)] * sentences, strict=False):
        parts, place = [np.zeros(RATE // 2, np.float32)], 0.5
        starts: Words = []
        for line, spoken in group:
            starts += [(word.written, place + span[0]) for word, span in zip(line.words, spoken.spans, strict=True)]
            parts += [spoken.sound, np.zeros(int(chance.uniform(*GAP) * RATE), np.float32)]
            place += (len(parts[-1]) + len(parts[-2])) / RATE
        yield Utterance(np.concatenate(parts), " ".join(line.written for line, _ in group), starts)


def kept_out(count: int) -> dict[str, tuple[list[Line], int]]:
    """Return the sets to score and how many lines make an utterance; no line shares six words with training."""
    lines = [line for line in evaluation() if len(plain(line.written)) >= clinic.RUN]
    theirs = [words for text in HELDOUT.read_text(encoding="utf-8").splitlines() if (words := words_of(text))]
    return {
        "sentences": (lines[:count], 1),
        "dictations": (lines[-max(count, SENTENCES) :], SENTENCES),
        HELDOUT.name: ([Line("", words) for words in theirs], 1),
    }


def whisper(folder: Path, beam: int) -> Listen:
    """Return the model in faster-whisper, int8 on one thread."""
    from faster_whisper import WhisperModel

    model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True)

    def listen(sound: np.ndarray) -> tuple[str, Words]:
        segments, _ = model.transcribe(
            sound, language="en", beam_size=beam, condition_on_previous_text=False, word_timestamps=True
        )
        words = [word for segment in segments for word in segment.words or ()]
        return "".join(word.word for word in words), [(word.word, word.start) for word in words]

    return listen


def rough() -> Listen:
    """Return the rough engine."""
    from pipeline.speech.engine import Heard
    from pipeline.speech.rough import RoughEngine

    engine = RoughEngine()

    def listen(sound: np.ndarray) -> tuple[str, Words]:
        heard = [item for item in engine.listen(sound, lambda done, total: None) if isinstance(item, Heard)]
        words = [word for item in heard for word in item.words]
        return " ".join(word.text for word in words), [(word.text, word.start) for word in words]

    return listen


def offsets(truth: Words, heard: Words) -> list[float]:
    """Return how far the starts are apart of words that both hold in the same order."""
    mine, theirs = ([(plain(word), start) for word, start in words] for words in (truth, heard))
    pairs = SequenceMatcher(None, [str(word) for word, _ in mine], [str(word) for word, _ in theirs], autojunk=False)
    blocks = pairs.get_matching_blocks()
    return [abs(mine[b.a + i][1] - theirs[b.b + i][1]) for b in blocks for i in range(b.size)]


def compare(title: str, items: list[Utterance], engines: dict[str, Listen], *, show: bool) -> None:
    """Print every engine's figures for the same utterances."""
    results = {name: Result() for name in engines}
    for item in items:
        for name, listen in engines.items():
            text, words = listen(item.sound)
            results[name].score.add(plain(item.text), plain(text))
            results[name].off += offsets(item.starts, words)
            if show:
                print(f"  - {item.text}\n  + {text} ({name})")
    print(f"{title}: " + "; ".join(f"{name} {result}" for name, result in results.items()))


def report(folder: Path, voices: list[str], count: int, *, show: bool = False) -> None:
    """Print a line for each voice, set and noise: the model with beams of 1 and 5, and the rough engine."""
    engines = {"beam 1": whisper(folder, 1), "beam 5": whisper(folder, 5), "rough": rough()}
    for voice in voices:
        for name, (lines, sentences) in kept_out(count).items():
            clean = list(utterances(lines, voice, sentences))
            compare(f"{voice}, {name}", clean, engines, show=show)
            car = [replace(item, sound=in_a_car(item.sound, seed)) for seed, item in enumerate(clean)]
            compare(f"{voice}, {name}, car at 10 dB", car, engines, show=show)
