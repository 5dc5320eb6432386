"""How long findings take on this machine, each in a fresh process."""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import count, cycle, islice
from pathlib import Path
from typing import Any

from benches.gold import Document
from benches.systems import reason
from benches.table import Row

ROOT = Path(__file__).resolve().parents[2]
TURNS, WORDS = 600, 8000
DRAFTS = 3


def long_session(documents: Sequence[Document]) -> tuple[Document, int]:
    """Return a session of `TURNS` turns and about `WORDS` words and the fewest words of its turns.

    The sessions' turns in order, over and over; short ones are left out until so few turns hold so many words.
    """
    said = [turn for d in documents if d["kind"] == "session" for turn in d["turns"]]
    for shortest in count(1):
        long = [turn for turn in said if len(turn["text"].split()) >= shortest]
        turns = list(islice(cycle(long), TURNS))
        if not turns or sum(len(turn["text"].split()) for turn in turns) >= WORDS:
            break
    named = [{**turn, "id": f"r{number}"} for number, turn in enumerate(turns)]
    return {"id": "speed", "kind": "session", "turns": named}, shortest


def find_figures(document: Document, finder: str) -> dict[str, Any]:
    """Return what speed_worker prints for a class of pipeline.findings.finder."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "document.jsonl")
        path.write_text(json.dumps(document) + "\n", encoding="utf-8")
        paths = os.pathsep.join(map(str, (ROOT, ROOT / "scripts")))
        command = [sys.executable, "-m", "benches.speed_worker", str(path), finder]
        done = subprocess.run(command, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(reason(done))
    return dict(json.loads(done.stdout.splitlines()[-1]))


def draft_seconds(dictation: Document) -> Iterator[float]:
    """Yield the wall time of `evenfall draft note.txt`, each time in a fresh process, the first with an empty home."""
    with tempfile.TemporaryDirectory() as folder:
        home = {"EVENFALL_HOME": str(Path(folder, "home")), "EVENFALL_PASSPHRASE": "only for this bench"}
        environment = {**os.environ, **home, "PYTHONPATH": str(ROOT)}
        for number in range(1 + DRAFTS):
            note = Path(folder, f"note{number}.txt")
            text = "\n".join(turn["text"] for turn in dictation["turns"])
            note.write_text(f"{text}\nThis is dictation number {number}.\n", encoding="utf-8")
            command = [sys.executable, "-c", "from pipeline.cli import main; main()", "draft", str(note)]
            start = time.perf_counter()
            done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
            taken = time.perf_counter() - start
            if done.returncode:
                raise RuntimeError(reason(done))
            yield taken


def figures(documents: Sequence[Document]) -> tuple[list[Row], list[str]]:
    """Return what was measured with its figures for Finder and Rules, and why what is missing is missing."""
    session, shortest = long_session(documents)
    words = sum(len(turn["text"].split()) for turn in session["turns"])
    rows: list[Row] = [(f"turns (those of fewer than {shortest} words left out)", *[len(session["turns"])] * 2)]
    rows.append(("words", words, words))
    both: list[dict[str, Any]] = []
    reasons = []
    for finder in ("Finder", "Rules"):
        try:
            both.append(find_figures(session, finder))
        except RuntimeError as error:
            both.append({})
            reasons.append(f"{finder}: {error}")
    rows += [(name, both[0].get(name), both[1].get(name)) for name in {**both[0], **both[1]}]
    try:
        rows += _drafts(documents)
    except RuntimeError as error:
        reasons.append(f"evenfall draft: {error}")
    return rows, reasons


def _drafts(documents: Sequence[Document]) -> list[Row]:
    dictation = max((d for d in documents if d["kind"] == "dictation"), key=lambda d: len(d["turns"]))
    length = sum(len(turn["text"].split()) for turn in dictation["turns"])
    first, *others = draft_seconds(dictation)
    return [
        (f"cold `evenfall draft note.txt`, {length} words, empty home, s", first, None),
        (f"the same where a home exists, s (median of {DRAFTS})", statistics.median(others), None),
    ]


def machine() -> str:
    """Name the machine: processor, cores, what else is running."""
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text(encoding="utf-8").splitlines() if cpu.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    threads = os.environ.get("OMP_NUM_THREADS", "unset")
    load = os.getloadavg()[0]
    return (
        f"{names[0] if names else platform.processor() or platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, OMP_NUM_THREADS {threads}, load average {load:.1f} at the start"
    )
