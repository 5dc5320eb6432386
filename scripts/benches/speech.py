"""scripts/bench speech: cost beside faster-whisper and openai-whisper, words misheard, words made out of noise."""

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from rough.scoring import HELDOUT, REAL, SPEAKERS, Listen, Score, plain, real, speak, words_by

from benches import speech_model, speech_sounds, speed
from benches.systems import reason
from benches.table import Row, show
from pipeline.errors import EvenfallError, NoSpeech
from pipeline.speech import pace
from pipeline.speech.engine import Engine, Sound
from pipeline.speech.hear import hear
from pipeline.speech.rough import RoughEngine
from pipeline.speech.whisper import WhisperEngine
from pipeline.types import SAMPLE_RATE, Recording, Seconds

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 3  # of each engine, in turn
LENGTH: Seconds = 60.0  # of the speech that the cost is measured on
LEAST_SPEECH: Seconds = 1.0  # as in configs/default.yaml
TARGETS = {"batched": 1.03, "openai": 0.25}  # our time over theirs, at most
NAMES = {
    "ours": "Evenfall",
    "batched": "faster-whisper, batched",
    "sequential": "faster-whisper, sequential",
    "openai": "openai-whisper, float32",
}
Item = tuple[str, Sound]  # what was said, and its sound


@dataclass(frozen=True)
class Run:
    """One engine's listening in its own process: wall time, processor time, peak memory in MB, words."""

    seconds: Seconds
    worked: Seconds
    peak: float
    words: int


def main(argv: Sequence[str]) -> None:
    """Print the tables."""
    options = _options(argv)
    threads = options.threads
    print(f"\nspeech bench; {threads} threads; {speed.machine()}")
    if "cost" in options.only:
        _cost(options.also, threads, options.quick)
    engines: dict[str, Callable[[], Engine]] = {"rough": RoughEngine}
    for folder in options.model:
        engines[folder.name] = partial(WhisperEngine, folder, threads, "en")
    if "words" in options.only:
        _words(engines, options.quick)
    if "noise" in options.only:
        _noise(engines)


def _options(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench speech", description=__doc__.partition(": ")[2])
    parser.add_argument("--also", metavar="PYTHON", help="a Python that has openai-whisper")
    parser.add_argument(
        "--model", type=Path, metavar="DIR", action="append", default=[], help="a model to hear words with"
    )
    parser.add_argument("--quick", action="store_true", help="a base-sized model and a few sentences, once")
    tables = ("cost", "words", "noise")
    parser.add_argument("--only", choices=tables, action="append", help="one table; may be given again")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="default: all there are")
    options = parser.parse_args(argv)
    options.only = options.only or tables
    return options


def _cost(also: str | None, threads: int, quick: bool) -> None:
    """Print time and memory of each engine with the same weights on the same speech."""
    name = "base" if quick else "small"
    with tempfile.TemporaryDirectory() as place:
        folder = speech_model.write(Path(place), pace.SHAPES[name])
        sound = folder / "speech.npy"
        np.save(sound, _speech(LENGTH / 2 if quick else LENGTH))
        runs, skipped = _measure(folder, sound, threads, also, 1 if quick else ROUNDS)
        seconds = len(np.load(sound)) / SAMPLE_RATE
    head = (
        "engine",
        "s",
        "each round",
        "ours / its",
        "target",
        "cpu s",
        "ours / its",
        "peak MB",
        "ours / its",
        "words",
    )
    show(
        f"1. Cost: {seconds:.0f} s of speech, a {name}-sized model that says {pace.TOKENS} words in 30 s",
        head,
        _rows(runs),
    )
    for line in skipped:
        print(f"  skipped: {line}")
    print(
        "  The model says the same whatever it hears: more words are more windows. Loading is not counted. The rounds"
    )
    print("  alternate, the median counts. Where other programs run, the processor's time tells more than the clock's.")


def _rows(runs: dict[str, list[Run]]) -> list[Row]:
    def middle(engine: str, what: str) -> float:
        return float(statistics.median(getattr(run, what) for run in runs[engine]))

    return [
        (
            NAMES[engine],
            round(middle(engine, "seconds"), 1),
            " ".join(f"{run.seconds:.1f}" for run in runs[engine]),
            middle("ours", "seconds") / middle(engine, "seconds"),
            f"<= {TARGETS[engine]}" if engine in TARGETS else None,
            round(middle(engine, "worked"), 1),
            middle("ours", "worked") / middle(engine, "worked"),
            round(middle(engine, "peak")),
            middle("ours", "peak") / middle(engine, "peak"),
            runs[engine][0].words,
        )
        for engine in runs
    ]


def _speech(length: Seconds) -> Sound:
    """Return synthetic voices reading the held-out sentences over and over, without long pauses."""
    lines = HELDOUT.read_text(encoding="utf-8").splitlines()
    pieces: list[Sound] = []
    for line, command in zip(itertools.cycle(lines), itertools.cycle(SPEAKERS.values()), strict=False):
        pieces.append(speak(line, command)[SAMPLE_RATE // 4 : -SAMPLE_RATE // 4])
        if sum(map(len, pieces)) >= length * SAMPLE_RATE:
            break
    return np.concatenate(pieces)[: int(length * SAMPLE_RATE)]


def _measure(
    folder: Path, sound: Path, threads: int, also: str | None, rounds: int
) -> tuple[dict[str, list[Run]], list[str]]:
    """Return each engine's runs, the engines taking turns, and why what is missing is missing."""
    pythons: dict[str, str] = dict.fromkeys(("ours", "batched", "sequential"), sys.executable)
    skipped = [] if also else ["openai-whisper: name a Python that has it with --also"]
    if also:
        pythons["openai"] = also
    runs: dict[str, list[Run]] = {}
    for _, (engine, python) in itertools.product(range(rounds), list(pythons.items())):
        try:
            runs.setdefault(engine, []).append(_hear(engine, python, folder, sound, threads))
        except RuntimeError as error:
            skipped.append(f"{NAMES[engine]}: {error}")
            runs.pop(engine, None)
            if engine == "ours":
                raise
    return runs, skipped


def _hear(engine: str, python: str, folder: Path, sound: Path, threads: int) -> Run:
    paths = os.pathsep.join(map(str, (ROOT, ROOT / "scripts")))
    environment = {**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": str(threads), "HF_HUB_OFFLINE": "1"}
    command = [python, "-m", "benches.speech_worker", engine, str(folder), str(sound), str(threads)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(reason(done))
    return Run(**json.loads(done.stdout.splitlines()[-1]))


def _words(engines: dict[str, Callable[[], Engine]], quick: bool) -> None:
    """Print the word error rates of each engine on each set, under each condition."""
    sets = list(_sets(quick))
    for name, make in engines.items():
        rows: list[Row] = []
        try:
            listen = words_by(make())
            for title, items in sets:
                scores = [_score(items, change, listen) for change in speech_sounds.CONDITIONS.values()]
                rows.append((title, scores[0].words, *(score.rate for score in scores)))
        except EvenfallError as error:
            print(f"  skipped {name}: {str(error).splitlines()[0]}")
        show(f"2. Word error rate of {name}", ("what is read", "words", *speech_sounds.CONDITIONS), rows)


def _sets(quick: bool) -> Iterable[tuple[str, list[Item]]]:
    lines = HELDOUT.read_text(encoding="utf-8").splitlines()[: 6 if quick else None]
    for voice, command in itertools.islice(SPEAKERS.items(), 2 if quick else None):
        yield f"held-out notes, {voice}", [(line, speak(line, command)) for line in lines]
    if REAL.is_dir():
        yield "real voices", list(itertools.islice(real(), 6 if quick else None))
    else:
        print(f"  skipped real voices: {REAL} is not on this computer")


def _score(items: Iterable[Item], change: speech_sounds.Change, listen: Listen) -> Score:
    score = Score()
    for said, sound in items:
        score.add(plain(said), listen(change(sound)))
    return score


def _noise(engines: dict[str, Callable[[], Engine]]) -> None:
    """Print how many words come out of what holds none: of the whole path, and of each engine by itself."""
    sounds = speech_sounds.without_words()
    rows: list[Row] = []
    for name, make in engines.items():
        engine = make()
        listen = words_by(engine)
        rows.append((f"evenfall, {name}", *(_noted(sound, engine) for sound in sounds.values())))
        rows.append((f"  {name} by itself", *(len(listen(sound)) for sound in sounds.values())))
    title = f"3. Words out of {speech_sounds.LENGTH:.0f} s without a word (of evenfall, must be 0)"
    show(title, ("what listens", *sounds), rows)


def _noted(sound: Sound, engine: Engine) -> int:
    """Return how many words the path from recording to transcript gives."""
    seconds = len(sound) / SAMPLE_RATE
    recording = Recording(kind="dictation", medium="audio", format="wav", sha256="0" * 64, duration=seconds)
    try:
        return hear(recording, sound, engine, LEAST_SPEECH, lambda done, total: None).word_count
    except NoSpeech:
        return 0
