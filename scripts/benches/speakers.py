"""scripts/bench speakers: who speaks when, beside Resemblyzer with spectral clustering, in made and real talk.

No set is untouched: the settings were chosen with the voices TUNE, and where those could not tell, with the others.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np

from benches import conversations as talk
from benches.der import Errors, Stretch, compare
from benches.speed import machine
from benches.systems import reason
from benches.table import show
from pipeline.audio.channels import SAMPLES
from pipeline.speech import voice
from pipeline.speech.speakers import Present, tell
from pipeline.speech.speakers.embedding import Encoder
from pipeline.speech.speakers.voices import joined, tell_voices
from pipeline.types import Speaker, Turn, Word

ROOT = Path(__file__).resolve().parents[2]
DIAR = ROOT.parent / "shared" / "data" / "speech" / "diar"
WAYS = ("given", "judged")  # the number of people
OUTCOMES = ("right", "unknown", "wrong")
Answer = dict[str, list[Stretch]]  # way -> stretches


def main(argv: Sequence[str]) -> None:
    """Print the tables."""
    options = _options(argv)
    sets = dict(_sets(options))
    asked = [conversation for conversations in sets.values() for conversation in conversations]
    speech = {c.name: voice.speech(c.mono) for c in asked}
    ours, seconds = _ours(asked, speech)
    answers = {"Evenfall": ours}
    print(f"\nspeakers bench; {len(asked)} conversations, {sum(c.seconds for c in asked) / 60:.0f} min; {machine()}")
    cost = {"Evenfall": seconds}
    for python in (sys.executable, *options.also):
        theirs, spent, why = _peer(asked, speech, python)
        if theirs:
            answers["Resemblyzer + spectralcluster"], cost["Resemblyzer + spectralcluster"] = theirs, spent
            break
    else:
        print(f"skipped: Resemblyzer + spectralcluster: {why}")
    for name, conversations in sets.items():
        _table(name, conversations, answers)
    _roles([c for conversations in sets.values() for c in conversations if c.turns], speech, options.cache)
    length = sum(c.seconds for c in asked)
    rows = [[name, spent, 3600 * spent / length] for name, spent in cost.items()]
    show("CPU time without voice activity detection", ("system", "s", "s an hour of sound"), rows)


def _options(argv: Sequence[str]) -> Any:
    parser = argparse.ArgumentParser(prog="scripts/bench speakers", description=__doc__)
    parser.add_argument("--real", type=Path, default=DIAR, help="folder of .flac files with .rttm beside them")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "evenfall-voices")
    parser.add_argument("--tune", action="store_true", help="the synthetic voices that settings were chosen with, too")
    also = "another Python to look for resemblyzer and spectralcluster in"
    parser.add_argument("--also", action="append", default=[], metavar="PYTHON", help=also)
    return parser.parse_args(argv)


def _sets(options: Any) -> Iterator[tuple[str, list[talk.Conversation]]]:
    for name, voices in (("tune", talk.TUNE), ("test", talk.TEST))[not options.tune :]:
        if lacking := talk.missing_voices(voices):
            print(f"skipped: synthetic voices, {name}: not installed: {', '.join(lacking)}")
            continue
        yield f"synthetic voices {name.upper()}", list(talk.made(voices, options.cache, name))
    real = list(talk.real(options.real))
    if not real:
        print(f"skipped: real recordings: none in {options.real}")
        return
    yield "real recordings", real


def _ours(asked: Sequence[talk.Conversation], speech: dict[str, list[voice.Span]]) -> tuple[dict[str, Answer], float]:
    encoder, began = Encoder(), time.process_time()
    made = {
        c.name: {
            way: [(s.start, s.end, str(s.voice)) for s in tell_voices(c.mono, speech[c.name], count, encoder)]
            for way, count in zip(WAYS, (c.people, None), strict=True)
        }
        for c in asked
    }
    return made, (time.process_time() - began) / len(WAYS)


def _peer(
    asked: Sequence[talk.Conversation], speech: dict[str, list[voice.Span]], python: str
) -> tuple[dict[str, Answer], float, str]:
    """Return the peer's stretches and its CPU time, or why it did not run."""
    with tempfile.TemporaryDirectory() as folder:
        question, answer = Path(folder, "question.json"), Path(folder, "answer.json")
        for c in asked:
            np.save(Path(folder, c.name), c.mono)
        rows = [_question(c, Path(folder, f"{c.name}.npy"), speech[c.name]) for c in asked]
        question.write_text(json.dumps(rows), encoding="utf-8")
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "scripts"), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [python, "-m", "benches.resemblyzer_worker", str(question), str(answer)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if not answer.is_file():
            return {}, 0.0, reason(done)
        said = json.loads(answer.read_text(encoding="utf-8"))
    made = {
        c.name: {way: [(a, b, who) for a, b, who in one[way]] for way in WAYS}
        for c, one in zip(asked, said["answer"], strict=True)
    }
    return made, said["seconds"], ""


def _question(conversation: talk.Conversation, sound: Path, speech: Sequence[voice.Span]) -> dict[str, Any]:
    spans = joined(speech, conversation.seconds)
    return {"sound": str(sound), "speech": spans, "people": conversation.people}


def _table(title: str, conversations: Sequence[talk.Conversation], answers: dict[str, dict[str, Answer]]) -> None:
    rows: list[list[object]] = []
    for system, answer in answers.items():
        for way in WAYS:
            every = [compare(c.reference, answer[c.name][way], 0.0, c.seconds) for c in conversations]
            total = sum(every, Errors())
            counts = [len({who for _, _, who in answer[c.name][way]}) - c.people for c in conversations]
            parts = (total.missed, total.false, total.confused)
            rows.append(
                [system, way, total.rate, *(part / total.total for part in parts)]
                + [sum(count == 0 for count in counts), sum(count > 0 for count in counts)]
            )
    head = ("system", "people", "DER", "missed", "false", "confused", "count right", "too many")
    show(f"{title}: {len(conversations)} conversations", head, rows, left=2)


def _roles(made: Sequence[talk.Conversation], speech: dict[str, list[voice.Span]], cache: Path) -> None:
    """Print how many words get the right role by the whole step; the words are the text's, evenly over each turn."""
    two = [c for c in talk.made(talk.TEST, cache, "test", channels=True) if c.people == 2]
    rows = []
    for name, conversations, ways in (("one channel", made, WAYS), ("two channels", two, WAYS[:1])):
        for way in ways:
            told: Counter[str] = Counter()
            for c in conversations:
                spans = voice.speech(c.mono) if name == "two channels" else speech[c.name]
                told += _told(c, spans, c.people if way == "given" else None)
            shares = (told[key] / told.total() for key in OUTCOMES)
            rows.append([name, way, len(conversations), *shares])
    show("Words to roles: Evenfall, synthetic voices", ("sound", "people", "n", *OUTCOMES), rows, left=2)


def _told(conversation: talk.Conversation, spans: Sequence[voice.Span], count: int | None) -> "Counter[str]":
    turns = [_turn(number, *turn) for number, turn in enumerate(conversation.turns)]
    truth = [who for _, _, who, text in conversation.turns for _ in text.split()]
    levels = _levels(conversation.sound) if conversation.sound.ndim == 2 else None
    others = tuple(role for role in get_args(Speaker) if role in truth and role != "clinician")
    said, _ = tell("session", turns, conversation.mono, spans, Present(count=count, others=others, levels=levels))
    found = [turn.speaker for turn in said for _ in turn.words]
    return Counter(
        "right" if a == b else "unknown" if b == "unknown" else "wrong" for a, b in zip(truth, found, strict=True)
    )


def _turn(number: int, start: float, end: float, who: str, text: str) -> Turn:
    places = [match.span() for match in re.finditer(r"\S+", text)]
    step = (end - start) / len(places)
    words = tuple(
        Word(start=a, end=b, start_time=start + n * step, end_time=start + (n + 1) * step, probability=1.0)
        for n, (a, b) in enumerate(places)
    )
    return Turn(id=f"t{number}", speaker="unknown", start=start, end=words[-1].end_time, text=text, words=words)


def _levels(sound: talk.Sound) -> talk.Sound:
    """Return the powers that pipeline/audio/channels.py measures in a file."""
    steps = sound.shape[1] // SAMPLES
    powers: talk.Sound = np.square(sound[:, : steps * SAMPLES]).reshape(2, steps, SAMPLES).mean(axis=2).T
    return powers


if __name__ == "__main__":
    main(sys.argv[1:])
