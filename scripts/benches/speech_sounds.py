"""What the speech bench listens to: speech in a car and far from the microphone, and sounds that hold no word.

All of it is made by numpy from a seed: the same numbers on every computer.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pipeline.speech.engine import Sound
from pipeline.types import SAMPLE_RATE, Seconds

SEED = 7
LENGTH: Seconds = 20.0  # of each sound without words
CAR_DB = 10.0  # speech over noise
REVERBERATION: Seconds = 0.5  # until an echo is 60 dB down: a furnished consulting room
FAR_DB = 20.0  # speech over the microphone's own hiss

Wave = NDArray[np.float64]
Change = Callable[[Sound], Sound]


def in_car(speech: Sound) -> Sound:
    """Return speech over road and engine: brown noise and a hum of 90 Hz with overtones, CAR_DB below it."""
    rng = np.random.default_rng(SEED)
    times = np.arange(len(speech)) / SAMPLE_RATE
    hum = np.sum([np.sin(2 * np.pi * 90 * n * times + n) / n for n in (1, 2, 3, 4)], axis=0)
    return _over(speech, _unit(brown(len(speech), rng)) + 0.5 * _unit(hum), CAR_DB)


def far_off(speech: Sound) -> Sound:
    """Return speech as a microphone across the room takes it: late echoes that fade exponentially, and hiss."""
    rng = np.random.default_rng(SEED)
    length = int(REVERBERATION * SAMPLE_RATE)
    echo = rng.standard_normal(length) * 10 ** (-3 * np.arange(length) / length)
    echo[0] = np.sqrt(np.sum(echo[1:] ** 2))  # the straight way, as loud as all echoes together: some 2 m away
    size = len(speech) + length
    heard = np.fft.irfft(np.fft.rfft(speech, size) * np.fft.rfft(echo, size), size)[: len(speech)]
    loud = np.sqrt(np.mean(speech**2)) / max(1e-9, np.sqrt(np.mean(heard**2)))
    return _over((heard * loud).astype(np.float32), rng.standard_normal(len(speech)), FAR_DB)


CONDITIONS: dict[str, Change] = {"clean": lambda speech: speech, "car 10 dB": in_car, "far": far_off}


def brown(length: int, rng: np.random.Generator) -> Wave:
    """Return noise whose power falls by 6 dB an octave, above 20 Hz."""
    spectrum = np.fft.rfft(rng.standard_normal(length))
    hertz = np.fft.rfftfreq(length, 1 / SAMPLE_RATE)
    made: Wave = np.fft.irfft(np.where(hertz > 20, spectrum / np.maximum(hertz, 20), 0), length)
    return made


def without_words() -> dict[str, Sound]:
    """Return what nobody says a word in, LENGTH seconds each."""
    rng = np.random.default_rng(SEED)
    length = int(LENGTH * SAMPLE_RATE)
    return {
        "silence": np.zeros(length, np.float32),
        "music": _level(_music(length)),
        "rain": _level(_rain(length, rng)),
        "typing": _level(_strokes(length, rng, every=0.18, lasts=0.02)),
        "cough": _level(_strokes(length, rng, every=4.0, lasts=0.35)),
    }


def _music(length: int) -> Wave:
    """Return four chords in turn, two seconds each, with overtones and a soft beginning."""
    times = np.arange(length) / SAMPLE_RATE
    chords = ((220.0, 277.2, 329.6), (196.0, 246.9, 293.7), (174.6, 220.0, 261.6), (164.8, 207.7, 246.9))
    number = (times // 2).astype(int) % len(chords)
    envelope = np.exp(-1.5 * (times % 2)) * np.minimum(1, (times % 2) / 0.02)
    notes = np.array(chords)[number].T
    tones = [np.sin(2 * np.pi * note * n * times) / n**2 for note in notes for n in (1, 2, 3)]
    return envelope * np.sum(tones, axis=0)


def _rain(length: int, rng: np.random.Generator) -> Wave:
    """Return hiss with drops in it."""
    drops = np.zeros(length)
    drops[rng.integers(0, length, 40 * int(LENGTH))] = rng.random(40 * int(LENGTH)) * 8
    return rng.standard_normal(length) * 0.3 + np.convolve(drops, np.exp(-np.arange(160) / 30), "same")


def _strokes(length: int, rng: np.random.Generator, every: Seconds, lasts: Seconds) -> Wave:
    """Return bursts of noise that fade, about `every` so many seconds: keys when short, coughs when long."""
    made = rng.standard_normal(length) * 0.002
    span = int(lasts * SAMPLE_RATE)
    at = every * rng.random()
    while (first := int(at * SAMPLE_RATE)) + span < length:
        made[first : first + span] += rng.standard_normal(span) * np.exp(-5 * np.arange(span) / span)
        at += every * rng.uniform(0.6, 1.4)
    return made


def _over(speech: Sound, noise: Wave, decibels: float) -> Sound:
    power = np.sqrt(np.mean(speech**2)) * 10 ** (-decibels / 20)
    return _safe(speech + _unit(noise) * power)


def _unit(wave: Wave) -> Wave:
    return wave / float(np.sqrt(np.mean(wave**2)))


def _level(wave: Wave) -> Sound:
    return _safe(0.1 * _unit(wave)) if wave.any() else _safe(wave)


def _safe(wave: Wave) -> Sound:
    return (wave / max(1.0, float(np.abs(wave).max()))).astype(np.float32)
