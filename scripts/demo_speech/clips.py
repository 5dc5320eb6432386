"""Spoken lines on disk: shards of some hundred clips, each an .npz of mel powers and what is said when."""

import json
import os
import random
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .sound import in_a_room, powers
from .spoken import RATE, CannotSayError, Manner
from .texts import Line
from .voices import say

SHARD = 256  # lines
ECHOED = 0.15  # of the clips are said in a room
LONGEST = 9.5  # seconds


@dataclass(frozen=True)
class Clip:
    """One spoken line: log10 mel powers [80, frames of 10 ms], written words and their spans in seconds, phones."""

    voice: str
    kind: str
    powers: np.ndarray
    words: tuple[str, ...]
    spans: np.ndarray  # [words, 2]
    phones: tuple[tuple[str, float], ...]  # flite's names, ends in seconds; empty for other synthesisers

    @property
    def text(self) -> str:
        """Return what the model has to write."""
        return " ".join(self.words)


def speak(lines: list[Line], voices: dict[str, float], chance: random.Random) -> Iterator[Clip]:
    """Yield the lines as clips, each in a voice drawn by weight; lines that the voice cannot say are left out."""
    for line in lines:
        voice = chance.choices(list(voices), list(voices.values()))[0]
        try:
            spoken = say(line, voice, Manner(chance.uniform(0.88, 1.15), chance.uniform(0.85, 1.2)))
        except CannotSayError:
            continue
        if len(spoken.sound) > LONGEST * RATE:
            continue
        sound = in_a_room(spoken.sound, chance) if chance.random() < ECHOED else spoken.sound
        written = tuple(word.written for word in line.words)
        yield Clip(voice, line.kind, powers(sound), written, np.array(spoken.spans, np.float32), spoken.phones)


def write(path: Path, clips: list[Clip]) -> None:
    """Write a shard; it appears whole or not at all."""
    rows = [
        {"voice": c.voice, "kind": c.kind, "frames": c.powers.shape[1], "words": c.words, "phones": c.phones}
        for c in clips
    ]
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as file:
        mel, spans = np.concatenate([c.powers for c in clips], 1), np.concatenate([c.spans for c in clips])
        np.savez(file, mel=mel, spans=spans, rows=json.dumps(rows))
    os.replace(unfinished, path)


def read(path: Path) -> list[Clip]:
    """Read a shard."""
    with np.load(path) as shard:
        mel, spans, rows = shard["mel"], shard["spans"], json.loads(str(shard["rows"]))
    clips, frame, word = [], 0, 0
    for row in rows:
        frames, words = row["frames"], tuple(row["words"])
        phones = tuple((name, float(end)) for name, end in row["phones"])
        part = np.ascontiguousarray(mel[:, frame : frame + frames])
        clips.append(Clip(row["voice"], row["kind"], part, words, spans[word : word + len(words)], phones))
        frame, word = frame + frames, word + len(words)
    return clips


def fill(folder: Path, name: str, number: int, lines: list[Line], voices: dict[str, float]) -> None:
    """Speak the lines into the shard name-NNNN.npz of the folder, unless it is there."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{number:04d}.npz"
    if path.exists():
        return
    spoken = list(speak(lines, voices, random.Random(zlib.crc32(path.name.encode()))))
    write(path, spoken)
    seconds = sum(clip.powers.shape[1] for clip in spoken) / 100
    print(f"spoken {path.name}: {len(spoken)} clips, {seconds / 60:.1f} minutes", flush=True)
