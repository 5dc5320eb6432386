"""SVOX pico, from PyPI; it tells no times, so pocketsphinx finds the words that it was given in what it said."""

import re
from functools import cache
from typing import Any

import numpy as np

from .spoken import RATE, CannotSayError, Manner, Span, Spoken, per_word, said
from .texts import ROOT, Line

LEAD = 0.3  # seconds of quiet put before and after, for the aligner to have a place for it
FRAME = 100  # of the aligner's, a second
HUNDRED = 100  # pico's rate and pitch are in hundredths of the voice's own


@cache
def _engine(voice: str) -> Any:
    """Return pico's engine for a voice named pico-LANGUAGE."""
    import ttspico

    return ttspico.TtsEngine(voice.removeprefix("pico-"))


@cache
def _aligner() -> Any:
    """Return pocketsphinx with its own words and those of the rough engine."""
    import pocketsphinx

    decoder = pocketsphinx.Decoder(lm=None, cmn="batch", loglevel="FATAL")
    for line in (ROOT / "models/rough/additions.dict").read_text(encoding="utf-8").splitlines():
        word, phones = line.split(maxsplit=1)
        if decoder.lookup_word(word) is None:
            decoder.add_word(word, phones, False)
    return decoder


def _aligned(words: list[str], sound: np.ndarray) -> list[tuple[Span, ...]]:
    """Return the span of every word in the 16-bit sound.

    Raises:
        CannotSayError: a word is not in the dictionary, or the words do not fit the sound.
    """
    decoder, text = _aligner(), " ".join(words)
    if any(decoder.lookup_word(word) is None for word in words):
        raise CannotSayError(text)
    quiet = np.random.default_rng(0).integers(-3, 4, int(LEAD * RATE)).astype(np.int16)
    decoder.set_align_text(text)
    decoder.start_utt()
    decoder.process_raw(np.concatenate([quiet, sound, quiet]).tobytes(), full_utt=True)
    decoder.end_utt()
    found = [part for part in decoder.seg() or () if part.word[0] not in "<[+"]
    if [re.sub(r"\(\d+\)$", "", part.word) for part in found] != words:
        raise CannotSayError(text)
    ends = [(part.start_frame / FRAME - LEAD, (part.end_frame + 1) / FRAME - LEAD) for part in found]
    return [((max(0.0, start), min(end, len(sound) / RATE)),) for start, end in ends]


def speak(line: Line, voice: str, manner: Manner) -> Spoken:
    """Let pico say the line.

    Raises:
        CannotSayError: its words cannot be found in what it said.
    """
    engine = _engine(voice)
    engine.rate, engine.pitch = round(HUNDRED / manner.stretch), round(HUNDRED * manner.pitch)
    sound = np.frombuffer(engine.speak(said(line)), np.int16)
    words = [re.sub(r"[.,?!;:]+$", "", word).lower() for word in said(line).split()]
    return Spoken(sound.astype(np.float32) / 32768, per_word(line, _aligned(words, sound)))
