"""The systems compared: Evenfall's own here, the baselines as workers in whichever Python has their library."""

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benches.gold import Document, Found, Predicted
from pipeline.errors import EvenfallError
from pipeline.resources import configs
from pipeline.speech.transcripts.documents import read_documents

SCRIPTS = Path(__file__).resolve().parents[1]
MEDSPACY, NEGSPACY, MINILM = (f"benches.{name}_worker" for name in ("medspacy", "negspacy", "minilm"))

THRESHOLD = 0.4  # cosine, fixed before any figure was seen
THRESHOLDS = tuple(step / 20 for step in range(13))


@dataclass(frozen=True)
class System:
    """What one system found in every document asked of it; without findings, why it did not run."""

    name: str
    predicted: Predicted = field(default_factory=dict)
    skipped: str = ""


def ours(documents: Sequence[Document]) -> list[System]:
    """Return Evenfall's rows: all of it, and the rules alone."""
    from pipeline.findings import finder as module

    kinds = [("Evenfall (Finder)", module.Finder)]
    rules = getattr(module, "Rules", None)
    kinds.append(("rules alone (Rules)", rules) if rules else ("rules alone (= Finder, no Rules yet)", module.Finder))
    return [_run(name, kind, documents) for name, kind in kinds]


def _run(name: str, kind: Any, documents: Sequence[Document]) -> System:
    try:
        finder = kind()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "documents.jsonl")
            path.write_text("".join(json.dumps(d) + "\n" for d in documents), encoding="utf-8")
            return System(name, {key: [_plain(f) for f in finder.find(t)] for key, t in read_documents(path)})
    except (EvenfallError, ImportError) as error:
        return System(name, skipped=str(error).splitlines()[0])


def _plain(finding: Any) -> Found:
    spans = [{"turn_id": e.turn_id, "start": e.start, "end": e.end} for e in finding.evidence]
    parts = ("category", "polarity", "subject", "score")
    return {**{part: getattr(finding, part) for part in parts}, "evidence": spans}


def baselines(documents: Sequence[Document], pythons: Sequence[str], figure: Callable[[System], float]) -> list[System]:
    """Return a row for each baseline, from the first Python that has its libraries.

    negspaCy stands in for medspaCy and runs only where no Python has that. The prototypes have two rows: the threshold
    of common sense, and the one that makes `figure` highest, which flatters them.
    """
    request = json.dumps({"documents": list(documents), "phrases": _phrases()})
    medspacy, minilm = (_first(worker, request, pythons) for worker in (MEDSPACY, MINILM))
    instead = _first(NEGSPACY, request, pythons) if medspacy.skipped else medspacy
    rows = [medspacy if instead.skipped else instead]
    if minilm.skipped:
        return [*rows, minilm]
    best = max(THRESHOLDS, key=lambda threshold: figure(_above(minilm, threshold)))
    fixed = _above(minilm, THRESHOLD, f"prototypes, MiniLM, cosine {THRESHOLD}")
    return [*rows, fixed, _above(minilm, best, f"the same, {best}: best on this gold")]


def _above(system: System, threshold: float, name: str = "") -> System:
    kept = {key: [f for f in found if f["score"] >= threshold] for key, found in system.predicted.items()}
    return System(name, {key: [{**f, "score": min(1.0, f["score"])} for f in found] for key, found in kept.items()})


def _first(worker: str, request: str, pythons: Sequence[str]) -> System:
    reasons = []
    for python in pythons:
        system = _ask(worker, request, python)
        if not system.skipped:
            return system
        reasons.append(system.skipped)
    return System(worker.removeprefix("benches.").removesuffix("_worker"), skipped="; ".join(dict.fromkeys(reasons)))


def _ask(worker: str, request: str, python: str) -> System:
    with tempfile.TemporaryDirectory() as folder:
        question, answer = Path(folder, "question.json"), Path(folder, "answer.json")
        question.write_text(request, encoding="utf-8")
        environment = {**os.environ, "PYTHONPATH": str(SCRIPTS), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [python, "-m", worker, str(question), str(answer)]
        try:
            done = subprocess.run(command, env=environment, capture_output=True, text=True)
        except OSError as error:
            return System(worker, skipped=f"{python}: {error.strerror}")
        if not answer.is_file():
            return System(worker, skipped=reason(done))
        return System(**json.loads(answer.read_text(encoding="utf-8")))


def reason(done: "subprocess.CompletedProcess[str]") -> str:
    """Return the first line of what a process that failed died of."""
    said = [line for line in done.stderr.splitlines() if re.match(r"[\w.]+: \S", line)]
    return said[-1] if said else f"exit status {done.returncode}"


def _phrases() -> list[dict[str, str]]:
    """Return every wording of the eight category lexicons, with what the lexicon fixes about it; no frames, no cues."""
    from pipeline.findings.lexicon import read_library
    from pipeline.findings.vocabulary import Term, write_out

    vocabulary = write_out(read_library(configs() / "lexicons"))
    meant = [(vocabulary.meanings[key], wording) for key, wording in vocabulary.phrases]
    return [
        {"words": w, "category": m.category, "polarity": m.group.polarity, "speaker": m.group.speaker}
        for m, w in meant
        if isinstance(m, Term)
    ]
