"""Word error rates: how they are counted, and those of the rough engine beside pocketsphinx as it comes."""

import csv
import re
import subprocess
import sys
import tempfile
import wave
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.speech.engine import Engine, Heard, Sound
from pipeline.speech.rough import RoughEngine, utterances

from .clinic import words_of

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "configs/sample/dictation.wav"
HELDOUT = Path(__file__).parent / "heldout.txt"
REAL = ROOT.parent / "shared/data/speech"
SPEAKERS: dict[str, list[str]] = {
    "flite slt": ["flite", "-voice", "slt"],
    "flite rms": ["flite", "-voice", "rms"],
    "flite awb": ["flite", "-voice", "awb"],
    "espeak-ng": ["espeak-ng", "-v", "en-us", "-s", "150"],
}
SAME = {"ok": "okay", "mr": "mister", "dr": "doctor", "travelling": "traveling", "counsellor": "counselor"}

Listen = Callable[[Sound], list[str]]


@dataclass
class Score:
    """Errors and reference words, added up."""

    errors: int = 0
    words: int = 0

    def add(self, reference: list[str], heard: list[str]) -> None:
        """Count one comparison."""
        self.errors += distance(reference, heard)
        self.words += len(reference)

    @property
    def rate(self) -> float:
        """The word error rate."""
        return self.errors / max(self.words, 1)

    def __str__(self) -> str:
        return f"{self.rate:.3f} ({self.errors} of {self.words})"


def distance(reference: list[str], heard: list[str]) -> int:
    """Return the least number of words to insert, delete or replace (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(reference, 1):
        previous, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (word != other))
    return row[-1]


def plain(text: str) -> list[str]:
    """Return the words to compare: no case, no punctuation, letters of an abbreviation joined, one spelling."""
    return [SAME.get(word, word) for word in words_of(re.sub(r"[-/]", " ", text))]


def read_wav(path: Path) -> Sound:
    """Read 16 kHz mono 16 bit sound."""
    with wave.open(str(path)) as file:
        if (file.getframerate(), file.getnchannels(), file.getsampwidth()) != (16000, 1, 2):
            raise SystemExit(f"{path} is not 16 kHz mono 16 bit")
        return np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(np.float32) / np.float32(32768)


def speak(text: str, command: list[str]) -> Sound:
    """Let a synthetic voice say the text, with a second of quiet around it."""
    with tempfile.TemporaryDirectory() as folder:
        raw, out = Path(folder, "raw.wav"), Path(folder, "out.wav")
        text_and_file = [text, "-w", str(raw)] if command[0] == "espeak-ng" else ["-t", text, "-o", str(raw)]
        subprocess.run([*command, *text_and_file], check=True)
        subprocess.run(["sox", "-R", "-G", raw, "-r", "16000", "-b", "16", out, "pad", "0.5", "0.5"], check=True)
        return read_wav(out)


def words_by(engine: Engine) -> Listen:
    """Return what an engine hears as words to compare."""

    def listen(sound: Sound) -> list[str]:
        heard = engine.listen(sound, lambda done, total: None)
        return plain(" ".join(word.text for item in heard if isinstance(item, Heard) for word in item.words))

    return listen


def stock() -> Listen:
    """Return pocketsphinx as it comes, over the same utterances."""
    import pocketsphinx

    decoder: Any = pocketsphinx.Decoder(loglevel="FATAL")

    def listen(sound: Sound) -> list[str]:
        text = []
        for _, pcm in utterances(sound):
            decoder.start_utt()
            decoder.process_raw(pcm.tobytes(), full_utt=True)
            decoder.end_utt()
            text.append(decoder.hyp().hypstr if decoder.hyp() else "")
        return plain(" ".join(text))

    return listen


def real() -> Iterable[tuple[str, Sound]]:
    """Yield the reference and sound of the real voices."""
    with (REAL / "manifest.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row["kind"] == "asr":
                yield row["reference"], read_wav(REAL / row["file"])


def compare(title: str, items: Iterable[tuple[str, Sound]], *, show: bool) -> None:
    """Print both systems' word error rate on the items."""
    systems = {"as it comes": stock(), "ours": words_by(RoughEngine())}
    scores = {name: Score() for name in systems}
    for reference, sound in items:
        for name, listen in systems.items():
            heard = listen(sound)
            scores[name].add(plain(reference), heard)
            if show and name == "ours" and heard != plain(reference):
                print(f"  - {' '.join(plain(reference))}\n  + {' '.join(heard)}", file=sys.stderr)
    print(f"{title}: " + ", ".join(f"{name} {score}" for name, score in scores.items()), flush=True)


def report(*, show: bool = False) -> None:
    """Print the word error rates of every set that is here; `show` prints what was misheard."""
    text = SAMPLE.with_suffix(".txt").read_text()
    compare("sample", [(text, read_wav(SAMPLE))], show=show)
    lines = HELDOUT.read_text().splitlines()
    for name, command in SPEAKERS.items():
        compare(f"held-out, {name}", ((line, speak(line, command)) for line in lines), show=show)
    if REAL.is_dir():
        compare("real voices", real(), show=show)
    else:
        print(f"real voices: skipped, {REAL} is not on this computer")
