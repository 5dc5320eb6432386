"""Synthetic voices by name: voices.yaml says which there are."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import yaml

from . import espeak, festival, flite, pico, rhvoice
from .spoken import RATE, CannotSayError, Manner, Spoken
from .texts import Line

EDGE = 0.08  # seconds of quiet left before and after the words
SPEAKERS: dict[str, Callable[[Line, str, Manner], Spoken]] = {
    "flite": flite.speak,
    "espeak": espeak.speak,
    "festival": festival.speak,
    "pico": pico.speak,
    "rhvoice": rhvoice.speak,
}


@cache
def voices() -> dict[str, tuple[str, float]]:
    """Return for every voice its synthesiser and how often it is heard in training."""
    table = yaml.safe_load(Path(__file__).with_name("voices.yaml").read_text(encoding="utf-8"))
    return {name: (synthesiser, parts) for synthesiser, names in table.items() for name, parts in names.items()}


def parts_of(voice: str) -> float:
    """Return how often a voice is heard in training; those that are held out, and were named all the same, once."""
    return voices()[voice][1] or 1


def say(line: Line, voice: str, manner: Manner) -> Spoken:
    """Let a voice say the line; quiet before the first and after the last word is cut to `EDGE`, the peak is 0.5.

    Raises:
        CannotSayError: the voice cannot be made to say just these words.
    """
    spoken = SPEAKERS[voices()[voice][0]](line, voice, manner)
    start = max(0.0, spoken.spans[0][0] - EDGE)
    sound = spoken.sound[int(start * RATE) : int((spoken.spans[-1][1] + EDGE) * RATE)]
    if not len(sound) or not np.abs(sound).max() > 0:
        raise CannotSayError(line.written)
    return Spoken(
        sound / np.abs(sound).max() * 0.5,
        tuple((a - start, b - start) for a, b in spoken.spans),
        tuple((phone, end - start) for phone, end in spoken.phones if end > start),
    )
