"""The engine of faster-whisper: a local folder, int8 on the CPU, several windows at once, word times.

What lowers invention (Koenecke et al. 2024): voice activity detection first, no conditioning on earlier text, and the
guards of guards.py. A window that the model seems to have lost its place in is heard again, alone, in the library's
other way: with times, with sampling at rising temperatures, without the list of terms.
"""

import hashlib
import os
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ..errors import ModelMissing, Unready
from ..types import SAMPLE_RATE, Dropped, Progress, Seconds
from . import terms as vocabulary
from . import voice
from .engine import Heard, HeardWord, Remark, Sound
from .guards import Guard, Said
from .windows import Window, windows

if TYPE_CHECKING:
    from faster_whisper import WhisperModel
    from faster_whisper.transcribe import Segment

FILES: Final = ("config.json", "model.bin", "tokenizer.json", "vocabulary")  # vocabulary.txt or vocabulary.json
SEED: Final = 20  # of the sampling at higher temperatures: one recording gives the same words on every run
SEEK: Final = 0.01  # seconds, in which faster-whisper counts where a segment's window begins
LEFT_OUT: Final = 5.0  # seconds of speech without a word for which a window is heard again
DETECTED_IN: Final = 5  # windows that the language is heard in, spread over the recording
HEAD: Final = 1_000_000  # bytes of model.bin's beginning and end that go into its name
SETUP: Final = "Install one with: evenfall setup, or name a folder with: --model DIR."


@dataclass(frozen=True)
class Effort:
    """How hard the engine tries. All but `together` are faster-whisper's own defaults; tests and benches take less.

    `together` is how many windows are decoded at once: 2 take 0.84 of the CPU time of one after the other, 4 take 0.77
    (shape of `small`), 8 no less, and progress waits for them. With one temperature alone no window is heard again.
    """

    together: int = 4
    beams: int = 5
    temperatures: tuple[float, ...] = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


class WhisperEngine:
    """A Whisper model in the CTranslate2 layout, loaded from a local folder; nothing is ever fetched.

    Args:
        model_dir: the folder; see `FILES`.
        threads: CPU threads; 0 for as many as this process has cores.
        language: two-letter code, or None to hear it from several places of the recording.
        terms: what to expect, the most important first; as many as there is room for are told to the model.
        field: terms of the field, told as far as that costs little.
        effort: how hard to try.

    Raises:
        ModelMissing: the folder lacks a file.
        Unready: the files are no speech model, are damaged, or do not know the language.
    """

    def __init__(
        self,
        model_dir: Path,
        threads: int,
        language: str | None,
        terms: Sequence[str] = (),
        field: Sequence[str] = (),
        effort: Effort = Effort(),
    ) -> None:
        lacking = missing(model_dir)
        if lacking:
            raise ModelMissing(f"The speech model's folder lacks {', '.join(lacking)}.", SETUP)
        self._folder, self._threads, self._effort = model_dir, threads or cores(), effort
        model = _load(self._folder, self._threads)
        self._model: WhisperModel | None = model
        self._longest = model.feature_extractor.n_samples / SAMPLE_RATE  # of a window
        self._language = language
        if language and language not in model.supported_languages:
            raise Unready(
                f"This speech model does not know the language {language}.",
                "Set speech.language to one it knows, or install a multilingual model with: evenfall setup.",
            )
        tokenizer = model.hf_tokenizer
        self._terms = vocabulary.fitting(
            terms, field, lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)
        )
        self._name = f"faster-whisper@{_version()}/{model_dir.resolve().name}:{fingerprint(model_dir)}"
        if self._terms:
            self._name += f"+terms:{vocabulary.digest(self._terms)}"

    @property
    def name(self) -> str:
        """Library with version, folder, 8 hex digits of the model, and 8 of the terms that it was told."""
        return self._name

    def listen(self, sound: Sound, progress: Progress) -> Iterator[Heard | Dropped | Remark]:
        """Yield a Heard per window or part of one and what was dropped; times are in order and within the recording."""
        total, floor = len(sound) / SAMPLE_RATE, 0.0
        for event in self._listen(sound, progress):
            if isinstance(event, Heard):
                event = _in_order(event, floor)
                floor = event.words[-1].start
            yield event
        progress(total, total)

    def try_out(self) -> None:
        """Run once over a second of silence: a model that loads may still be of a shape that does not run.

        Raises:
            Unready: it does not run.
        """
        _ask(self._fresh().transcribe, np.zeros(SAMPLE_RATE, np.float32), {"temperature": 0.0})

    def _fresh(self) -> "WhisperModel":
        """Return a model that has sampled nothing yet, and keep none.

        CTranslate2 seeds a thread's random numbers once: only a new model's threads start from SEED again. To load
        per recording costs seconds and frees the memory in between.
        """
        import ctranslate2

        ctranslate2.set_random_seed(SEED)
        model, self._model = self._model or _load(self._folder, self._threads), None
        return model

    def _listen(self, sound: Sound, progress: Progress) -> Iterator[Heard | Dropped | Remark]:
        total, phrases = len(sound) / SAMPLE_RATE, voice.phrases(sound)
        spans, all_windows = voice.joined(phrases), windows(sound, phrases, self._longest)
        progress(0.0, total)
        if not all_windows:
            return
        model = self._fresh()
        language = self._language or _language(model, sound, all_windows)
        if language != vocabulary.LANGUAGE:
            yield Remark(vocabulary.foreign(language))
        guard = Guard(language, self._terms)
        for first in range(0, len(all_windows), self._effort.together):
            batch = all_windows[first : first + self._effort.together]
            for said in self._together(model, language, sound, batch, spans):
                yield from guard.events(self._again(model, language, sound, said, guard))
                progress(said.window.end, total)

    def _together(
        self, model: "WhisperModel", language: str, sound: Sound, batch: list[Window], spans: list[voice.Span]
    ) -> list[Said]:
        """Hear several windows at once: text without times, all of a window in one segment, none left over."""
        from faster_whisper import BatchedInferencePipeline

        pieces = [window.cut(sound) for window in batch]
        ends = list(accumulate(len(piece) / SAMPLE_RATE for piece in pieces))
        starts = [0.0, *ends[:-1]]
        clips = [{"start": start, "end": end} for start, end in zip(starts, ends, strict=True)]
        options = {
            "language": language,
            "clip_timestamps": clips,
            "batch_size": len(batch),
            "without_timestamps": True,
            "hotwords": vocabulary.prompt(self._terms),
            "temperature": self._effort.temperatures[0],
            "beam_size": self._effort.beams,
        }
        found: list[list[Segment]] = [[] for _ in batch]
        for segment in _ask(BatchedInferencePipeline(model).transcribe, np.concatenate(pieces), options):
            found[bisect_right(starts, (segment.seek + 1) * SEEK) - 1].append(segment)  # seek is rounded down
        return [
            Said(window, segments, _inside(spans, window), start)
            for window, segments, start in zip(batch, found, starts, strict=True)
        ]

    def _again(self, model: "WhisperModel", language: str, sound: Sound, said: Said, guard: Guard) -> Said:
        """Hear a window again if the model seems to have lost its place in it; return the better of the two."""
        lost = guard.fails(said) or guard.unheard(said) >= LEFT_OUT
        if not lost or len(self._effort.temperatures) == 1:
            return said
        options = {"language": language, "temperature": self._effort.temperatures, "beam_size": self._effort.beams}
        segments = _ask(model.transcribe, said.window.cut(sound), options)
        if not segments:
            return said
        other = Said(said.window, segments, said.speech)
        return max(said, other, key=lambda each: (not guard.fails(each), -guard.unheard(each), each.certainty))


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
        if _lacks_memory(error):
            raise _too_little_memory() from error
        raise Unready(
            "The speech model does not load: its files are damaged or of another kind.",
            "Install it again with: evenfall setup, or name another folder with: --model DIR.",
        ) from error


def _ask(transcribe: Any, sound: Sound, options: dict[str, Any]) -> list["Segment"]:
    """Return the segments that the library finds.

    Raises:
        Unready: the model fails.
    """
    with _told():
        segments, _ = transcribe(sound, word_timestamps=True, condition_on_previous_text=False, **options)
        return list(segments)


@contextmanager
def _told() -> Iterator[None]:
    """Turn a failure of the library into an Unready."""
    try:
        yield
    except (RuntimeError, ValueError, MemoryError) as error:
        if _lacks_memory(error):
            raise _too_little_memory() from error
        raise Unready(
            "The speech model failed while it was listening.",
            "Try again; if it fails again, install it anew or take a smaller one: evenfall setup.",
        ) from error


def _lacks_memory(error: Exception) -> bool:
    """Say whether a failure is for want of memory, which CTranslate2's libraries tell by their words alone."""
    return isinstance(error, MemoryError) or "allocate memory" in str(error)


def _too_little_memory() -> Unready:
    return Unready(
        "There is too little free memory on this computer for the speech model.",
        "Close other programs and try again, or take a smaller model: evenfall setup.",
    )


def _language(model: "WhisperModel", sound: Sound, all_windows: list[Window]) -> str:
    """Return the language that most windows of those looked at are in, each counting by the model's probability."""
    if not model.model.is_multilingual:
        return "en"
    votes: Counter[str] = Counter()
    for window in all_windows[:: -(-len(all_windows) // DETECTED_IN)]:
        with _told():
            language, probability, _ = model.detect_language(window.cut(sound))
        votes[language] += probability
    return votes.most_common(1)[0][0]


def _inside(spans: list[voice.Span], window: Window) -> list[voice.Span]:
    """Return the speech within a window, clipped to it."""
    clipped = [(max(start, window.start), min(end, window.end)) for start, end in spans]
    return [(start, end) for start, end in clipped if start < end]


def _in_order(heard: Heard, floor: Seconds) -> Heard:
    """Let no word start before `floor` or the word before it, and none end before it starts."""
    words = []
    for word in heard.words:
        floor = max(floor, word.start)
        words.append(HeardWord(word.text, floor, max(floor, word.end), word.probability))
    return Heard(tuple(words), heard.all_doubtful)


def _version() -> str:
    import faster_whisper

    return str(faster_whisper.__version__)


def cores() -> int:
    """Return how many cores this process may run on; two threads of one core share its arithmetic and count as one."""
    if not hasattr(os, "sched_getaffinity"):
        return os.cpu_count() or 1
    mine = os.sched_getaffinity(0)
    shared = [Path(f"/sys/devices/system/cpu/cpu{number}/topology/thread_siblings_list") for number in mine]
    return len({path.read_text(encoding="ascii") for path in shared if path.is_file()}) or len(mine)
