"""Conversations with known speaker times: made from synthetic voices by a seed, or read from real recordings.

The texts are sessions of scripts/findings/data. Every voice has its own gain; turns follow one another with a pause or
overlap; a faint noise lies under all. No voice is in both sets of voices.
"""

import random
import shutil
import subprocess
import sys
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from findings.marked import Document, read_documents
from numpy.typing import NDArray

from benches.der import Stretch

Sound = NDArray[np.float32]

ROOT = Path(__file__).resolve().parents[2]
RATE = 16_000  # Hz
# Sets of voices, none in both: settings were chosen with the first, and compared on the second.
TUNE = ("flite slt", "flite kal16", "espeak-ng en-us+f3", "espeak-ng en-gb-x-rp+m3", "espeak-ng en-gb-scotland+m5")
TEST = ("flite rms", "flite awb", "festival ked_diphone", "espeak-ng en-us+f5", "espeak-ng en-029+m7")
PEOPLE = (2, 2, 3, 2, 2, 4, 2, 2, 3, 2)  # how many speak in the conversations of a set
OVERLAP = 0.15  # share of the changes of speaker at which the next one begins too early
EARLY, PAUSE = (0.2, 0.9), (0.15, 1.5)  # seconds
GAINS = (-14.0, 0.0)  # decibels
NOISE = -55.0  # decibels below full scale
QUIET = 0.02  # of a clip's peak: below, for LEAST_QUIET seconds, nobody speaks
LEAST_QUIET = 0.3  # seconds


@dataclass(frozen=True)
class Conversation:
    """Sound (16 kHz; one row a channel) with who speaks when, and the turns' text where it is known."""

    name: str
    sound: Sound
    reference: tuple[Stretch, ...]
    turns: tuple[tuple[float, float, str, str], ...] = ()  # start, end, who, text

    @property
    def seconds(self) -> float:
        """Length of the sound."""
        return float(self.sound.shape[-1] / RATE)

    @property
    def mono(self) -> Sound:
        """The sound of all channels."""
        return self.sound if self.sound.ndim == 1 else self.sound.mean(axis=0)

    @property
    def people(self) -> int:
        """How many speak in the reference."""
        return len({who for _, _, who in self.reference})


def missing_voices(voices: Sequence[str]) -> list[str]:
    """Return the programs that are needed and are not installed."""
    programs = {"festival": "text2wave"}
    needed = {programs.get(voice.split()[0], voice.split()[0]) for voice in voices}
    return sorted(program for program in needed if not shutil.which(program))


def made(voices: Sequence[str], cache: Path, seed: str, *, channels: bool = False) -> Iterator[Conversation]:
    """Yield a conversation for each entry of PEOPLE, always the same ones; each is one session of our own text.

    With `channels` each has two: the clinician's, and everybody else's, which leaks into the other at -18 dB.
    """
    sessions: dict[int, list[Document]] = {}
    for path in sorted((ROOT / "scripts" / "findings" / "data").glob("*.txt")):
        for document in read_documents(path):
            if document.kind == "session":
                sessions.setdefault(len({turn.speaker for turn in document.turns}), []).append(document)
    for number, people in enumerate(PEOPLE):
        chance = random.Random(f"{seed} {number}")
        speakers = chance.sample(list(voices), people)
        yield _conversation(f"{seed}{number}", chance.choice(sessions[people]), speakers, cache, chance, channels)


def real(folder: Path) -> Iterator[Conversation]:
    """Yield the recordings of a folder that have an .rttm file beside them."""
    for path in sorted(folder.glob("*.rttm")):
        rows = [line.split() for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("SPEAKER")]
        times = tuple((float(row[3]), float(row[3]) + float(row[4]), row[7]) for row in rows)
        yield Conversation(path.stem, _decoded(path.with_suffix(".flac")), times)


def _conversation(
    name: str, document: Document, voices: Sequence[str], cache: Path, chance: random.Random, channels: bool
) -> Conversation:
    people = list(dict.fromkeys(turn.speaker for turn in document.turns))
    voice_of = dict(zip(people, voices, strict=True))
    gain_of = {who: 10 ** (chance.uniform(*GAINS) / 20) for who in people}
    tracks: dict[str, list[tuple[int, Sound]]] = {who: [] for who in people}
    reference: list[Stretch] = []
    turns = []
    now, before = 0.5, ""
    for turn in document.turns:
        clip = spoken(turn.text, voice_of[turn.speaker], cache)
        early = turn.speaker != before and chance.random() < OVERLAP
        now = max(0.0, now - chance.uniform(*EARLY)) if early else now + chance.uniform(*PAUSE)
        tracks[turn.speaker].append((int(now * RATE), clip * gain_of[turn.speaker]))
        reference += [(now + a, now + b, turn.speaker) for a, b in _sounding(clip)]
        turns.append((now, now + len(clip) / RATE, turn.speaker, turn.text))
        now, before = now + len(clip) / RATE, turn.speaker
    length = int((now + 0.5) * RATE)
    sound = _mixed(tracks, length, channels)
    noise = np.random.default_rng(len(name) + length).standard_normal(sound.shape) * 10 ** (NOISE / 20)
    return Conversation(name, (sound + noise).astype(np.float32), tuple(reference), tuple(turns))


def _mixed(tracks: dict[str, list[tuple[int, Sound]]], length: int, channels: bool) -> NDArray[np.float64]:
    sound = np.zeros((2, length))
    for who, clips in tracks.items():
        for first, clip in clips:
            sound[0 if who == "clinician" else 1, first : first + len(clip)] += clip
    leak = 10 ** (-18 / 20)
    return sound + leak * sound[::-1] if channels else sound.sum(axis=0)


def spoken(text: str, voice: str, cache: Path) -> Sound:
    """Return a text in a synthetic voice, its peak at 0.5, without silence at either end; kept in `cache`."""
    cache.mkdir(parents=True, exist_ok=True)
    key = cache / f"{random.Random(f'{voice} {text}').getrandbits(64):016x}.wav"
    if not key.is_file():
        _synthesize(text, voice, key)
    with wave.open(str(key)) as file:
        whole = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32)
    loud = np.flatnonzero(np.abs(whole) > QUIET * np.abs(whole).max())
    clip = whole[loud[0] : loud[-1] + 1]
    return clip * np.float32(0.5 / np.abs(clip).max())


def _synthesize(text: str, voice: str, path: Path) -> None:
    program, name = voice.split()
    raw = path.with_suffix(".raw.wav")
    commands = {
        "flite": ["flite", "-voice", name, "-t", text, "-o", str(raw)],
        "espeak-ng": ["espeak-ng", "-v", name, "-w", str(raw), text],
        "festival": ["text2wave", "-eval", f"(voice_{name})", "-o", str(raw)],
    }
    subprocess.run(commands[program], input=text, text=True, check=True, capture_output=True)
    _write(path, _decoded(raw))
    raw.unlink()


def _write(path: Path, sound: Sound) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())


def _decoded(path: Path) -> Sound:
    from datetime import UTC, datetime

    from pipeline import consent
    from pipeline.audio import decode

    permit = consent.ask("dictation", None, (), (), datetime.now(UTC))
    return decode.load(path, permit, 3600.0).sound


def _sounding(clip: Sound) -> Iterator[tuple[float, float]]:
    """Yield where a clip sounds, in seconds; pauses shorter than LEAST_QUIET belong to it."""
    loud = np.flatnonzero(np.abs(clip) > QUIET * np.abs(clip).max())
    for run in np.split(loud, np.flatnonzero(np.diff(loud) > LEAST_QUIET * RATE) + 1):
        yield run[0] / RATE, run[-1] / RATE


if __name__ == "__main__":
    sys.exit("run: scripts/bench speakers")
