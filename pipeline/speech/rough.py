"""The rough engine: pocketsphinx with its own English sounds and our language of progress notes.

Small enough to be bundled, it lets the demo and the tests hear real speech without a download. It is not for real
recordings: every word it yields is doubtful.
"""

import re
from collections.abc import Iterator
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelMissing
from ..resources import models
from ..types import SAMPLE_RATE, Dropped, Progress, Seconds
from .engine import Heard, HeardWord, Sound

MODEL: Final = "evenfall-rough@1"
FILES: Final = ("notes.lm.bin", "additions.dict", "spelling.txt")
FRAME_RATE: Final = 100  # decoder frames a second
PAUSE: Final[Seconds] = 0.3  # window in which the detector decides that speech began or ended
LONGEST: Final[Seconds] = 25.0  # of one utterance; a longer one is cut at its quietest moment
SEARCH_BACK: Final[Seconds] = 8.0  # before the end of a longest utterance, to find that moment
SPOKEN: Final = re.compile(
    r"^(?P<word>[^<\[+].*?)(?:\(\d+\))?$"
)  # no <sil>, [NOISE], ++SMACK++; no number of a variant
FULL_SCALE: Final = 32767

Pcm = NDArray[np.int16]


class RoughEngine:
    """Hear an utterance at a time; its capitals and full stops come from the pauses, not from the words."""

    def __init__(self, folder: Path | None = None) -> None:
        """Take the model's folder.

        Raises:
            ModelMissing: a file of the model is not there.
        """
        self._folder = folder or models() / "rough"
        for name in FILES:
            if not (self._folder / name).is_file():
                raise _unready(f"The bundled rough speech model lacks {name}.")

    @property
    def name(self) -> str:
        """Engine and model with their versions."""
        return f"pocketsphinx@{version('pocketsphinx')}/{MODEL}"

    @cached_property
    def _spelling(self) -> dict[str, str]:
        words = (self._folder / "spelling.txt").read_text(encoding="utf-8").split()
        return {word.lower(): word for word in words}

    def listen(self, sound: Sound, progress: Progress) -> Iterator[Heard | Dropped]:
        """Yield what is said between pauses; speech in which no word was found is yielded as dropped.

        Raises:
            ModelMissing: the model's files cannot be read.
        """
        total = len(sound) / SAMPLE_RATE
        decoder = self._decoder()
        for start, pcm in utterances(sound):
            end = min(start + len(pcm) / SAMPLE_RATE, total)
            words = tuple(self._decode(decoder, pcm, start, end))
            yield Heard(words, all_doubtful=True) if words else Dropped(start=start, end=end, reason="no words heard")
            progress(end, total)
        progress(total, total)

    def _decoder(self) -> Any:
        import pocketsphinx

        try:
            decoder = pocketsphinx.Decoder(lm=None, cmn="batch", loglevel="FATAL")
            for line in (self._folder / "additions.dict").read_text(encoding="utf-8").splitlines():
                word, phones = line.split(maxsplit=1)
                decoder.add_word(word, phones, False)
            path = str(self._folder / "notes.lm.bin")
            decoder.add_lm("notes", pocketsphinx.NGramModel(decoder.config, decoder.logmath, path))
            decoder.activate_search("notes")
        except (RuntimeError, ValueError) as error:
            raise _unready("The bundled rough speech model cannot be read.") from error
        return decoder

    def _decode(self, decoder: Any, pcm: Pcm, start: Seconds, end: Seconds) -> Iterator[HeardWord]:
        decoder.start_utt()
        decoder.process_raw(pcm.tobytes(), full_utt=True)
        decoder.end_utt()
        heard = [(found["word"], part) for part in decoder.seg() or () if (found := SPOKEN.match(part.word))]
        for i, (word, part) in enumerate(heard):
            text = self._spelling.get(word, word)
            text = text[0].upper() + text[1:] if i == 0 else text
            yield HeardWord(
                text + ("." if i == len(heard) - 1 and not text.endswith(".") else ""),
                min(start + part.start_frame / FRAME_RATE, end),
                min(start + (part.end_frame + 1) / FRAME_RATE, end),
                float(min(max(part.prob, 0.0), 1.0)),
            )


def utterances(sound: Sound) -> Iterator[tuple[Seconds, Pcm]]:
    """Yield stretches of speech between pauses, with their start; none is longer than `LONGEST`."""
    import pocketsphinx

    detector = pocketsphinx.Endpointer(window=PAUSE)
    size = detector.frame_bytes // 2
    kept: list[Pcm] = []
    start = 0.0
    for at in range(0, len(sound), size):
        block = (np.clip(sound[at : at + size], -1.0, 1.0) * FULL_SCALE).astype(np.int16)
        last = at + size >= len(sound)
        speech = detector.end_stream(block.tobytes()) if last else detector.process(block.tobytes())
        if speech is not None:
            if not kept:
                start = detector.speech_start
            kept.append(np.frombuffer(speech, np.int16))
        if kept and not detector.in_speech:
            yield start, np.concatenate(kept)
            kept = []
        elif len(kept) * size >= LONGEST * SAMPLE_RATE:
            cut = _quietest(kept, int(SEARCH_BACK * SAMPLE_RATE / size))
            yield start, np.concatenate(kept[:cut])
            start += sum(map(len, kept[:cut])) / SAMPLE_RATE
            kept = kept[cut:]
    if kept:
        yield start, np.concatenate(kept)


def _quietest(frames: list[Pcm], back: int) -> int:
    """Return the index of the frame with the least energy among the last `back`."""
    energy = [float(np.square(frame, dtype=np.float64).mean()) for frame in frames[-back:]]
    return len(frames) - back + int(np.argmin(energy))


def _unready(what: str) -> ModelMissing:
    return ModelMissing(what, "Install Evenfall again, or build the model with scripts/build_rough_model.")
