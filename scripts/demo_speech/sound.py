"""Echo, a car, and the mel powers that training works on.

Powers are kept as logarithms before Whisper's scaling, so that noise and gain can be added anew in every epoch without
speaking again.
"""

import random
from functools import cache

import numpy as np

from .spoken import RATE

HOP = 160  # samples from one mel frame to the next: 10 ms
CAR_BELOW = 10.0  # dB of the speech above the car


def in_a_room(sound: np.ndarray, chance: random.Random) -> np.ndarray:
    """Add the echo of a small room: noise that dies away, 60 dB in 0.12 to 0.5 s."""
    length = int(chance.uniform(0.12, 0.5) * RATE)
    noise = np.random.default_rng(chance.randrange(1 << 30)).standard_normal(length)
    echo = noise * np.exp(-6.9 * np.arange(length) / length)
    echo *= chance.uniform(0.1, 0.35) / np.sqrt((echo**2).sum())
    echo[0] = 1.0
    size = len(sound) + length
    return np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(echo, size), size)[: len(sound)].astype(np.float32)


def in_a_car(sound: np.ndarray, seed: int) -> np.ndarray:
    """Add a car's noise at 10 dB: white noise through a pole at 0.98, and five tones of an engine."""
    chance = np.random.default_rng(seed)
    spectrum = np.fft.rfft(chance.standard_normal(len(sound)))
    around = 2 * np.pi * np.arange(len(spectrum)) / len(sound)
    rumble = np.fft.irfft(spectrum / np.abs(1 - 0.98 * np.exp(-1j * around)), len(sound))
    time = np.arange(len(sound)) / RATE
    engine = sum(np.sin(2 * np.pi * k * (31 + 4 * np.sin(0.44 * time + seed)) * time) / k for k in range(1, 6))
    noise = rumble / rumble.std() + 0.5 * engine / np.std(engine)
    speech = np.sqrt((sound[np.abs(sound) > 0.01] ** 2).mean())
    noise *= speech / np.sqrt((noise**2).mean()) * 10 ** (-CAR_BELOW / 20)
    mixed = sound + noise
    return (mixed / np.abs(mixed).max() * 0.7).astype(np.float32)


@cache
def _filters() -> np.ndarray:
    """Return Whisper's mel filters [80, 201] as faster-whisper computes them."""
    from faster_whisper.feature_extractor import FeatureExtractor

    return np.asarray(FeatureExtractor().mel_filters, np.float32)


def centres() -> np.ndarray:
    """Return the frequency in Hz where each mel filter is highest [80]."""
    filters = _filters()
    hertz = np.linspace(0, RATE / 2, filters.shape[1])
    return (filters * hertz).sum(1) / filters.sum(1)


def powers(sound: np.ndarray) -> np.ndarray:
    """Return log10 of the mel powers [80, frames] before Whisper's scaling, as 16-bit floats."""
    padded = np.pad(sound.astype(np.float32), (200, 360))
    frames = np.lib.stride_tricks.sliding_window_view(padded, 400)[::HOP] * np.hanning(401)[:-1].astype(np.float32)
    power = np.abs(np.fft.rfft(frames, axis=1)[:-1]) ** 2
    return np.log10(np.maximum(_filters() @ power.T, 1e-10)).astype(np.float16)


def scaled(powers: np.ndarray, loudest: float) -> np.ndarray:
    """Return Whisper's features: nothing quieter than 80 dB below the loudest, then (x + 4) / 4."""
    return ((np.maximum(powers, loudest - 8) + 4) / 4).astype(np.float32)
