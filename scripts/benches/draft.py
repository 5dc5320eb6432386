"""scripts/bench draft: what the drafts of every development document say, ask and prove, and how long they take."""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

from findings.marked import OPENING, read_turn

from benches.gold import Document, load_scorer, read_gold
from benches.speed import machine
from benches.table import Row, show
from pipeline.draft import compose, load_format, load_rules
from pipeline.draft.proof import plain, violations
from pipeline.errors import EvenfallError
from pipeline.findings import Finder, find_details
from pipeline.speech.transcripts.documents import read_documents
from pipeline.types import QUOTED, Detail, Draft, Finding, Length, Manner, Recording, Statement, Transcript

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
EXAMPLES = ROOT / "tests" / "data" / "findings"
AT = datetime(2026, 3, 31, 18, 0, tzinfo=UTC)
KINDS = ("dictation", "session")
LENGTHS: tuple[Length, ...] = get_args(Length)
RUNS = 5  # of each document, for the time
TARGET = 50  # ms from findings to draft
SHOWN = 10


@dataclass(frozen=True)
class Case:
    """One document, its findings and details, and what its draft must hold: spans of turns by turn."""

    name: str
    transcript: Transcript
    findings: tuple[Finding, ...]
    details: tuple[Detail, ...]
    must: tuple[tuple[str, int, int], ...]


@dataclass
class Made:
    """The draft of a case in one length, the statements as they were worded before their proof, and the seconds."""

    case: Case
    draft: Draft
    worded: list[Statement] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    @property
    def words(self) -> int:
        """Words of the draft's statements."""
        return sum(len(statement.text.split()) for statement in self.draft.statements())


def main(argv: Sequence[str]) -> None:
    """Print the tables."""
    options = _options(argv)
    cases, name = _cases(options.gold)
    made = {length: [_make(case, options.format, length) for case in cases] for length in LENGTHS}
    print(f"\ndraft bench; {name}: {len(cases)} documents, format {options.format}; {machine()}")
    _proof(made["standard"])
    _told(made["standard"])
    _lengths(made)
    _rules(made["standard"])
    _times(made["standard"])


def _options(argv: Sequence[str]) -> Any:
    parser = argparse.ArgumentParser(prog="scripts/bench draft", description=__doc__)
    parser.add_argument("--gold", type=Path, default=SHARED / "gold" / "dev.jsonl")
    parser.add_argument("--format", default="soap")
    return parser.parse_args(argv)


def _cases(gold: Path) -> tuple[list[Case], str]:
    """Return the cases of the gold file, or of the tests' examples where there is none."""
    if gold.is_file():
        scorer = load_scorer(gold.resolve().parent)
        documents = {d["id"]: d for d in read_gold(scorer, gold)}
        return list(_found(gold, documents)), gold.name
    print(f"skipped: there is no gold file at {gold}; the tests' examples stand in")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "examples.jsonl")
        documents = {d["id"]: d for d in map(_example, sorted(EXAMPLES.glob("*.txt")))}
        path.write_text("".join(json.dumps(d) + "\n" for d in documents.values()), encoding="utf-8")
        return list(_found(path, documents)), "tests/data/findings"


def _example(path: Path) -> Document:
    """Return the dictated lines of a file of examples as one document; its marks are what its draft must hold."""
    lines = [line.partition(" || ")[0] for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    turns, findings = [], []
    for number, line in enumerate(line for line in lines if not line.startswith(("client", "clinician", "other"))):
        turn = read_turn(OPENING.sub(lambda m: m[0], line), "clinician")
        turns.append({"id": f"t{number}", "speaker": "clinician", "text": turn.text})
        findings += [
            {"turn_id": f"t{number}", "quote": turn.text[m.start : m.end], "salience": "may" if m.may else "must"}
            for m in turn.marks
        ]
    return {"id": path.stem, "kind": "dictation", "turns": turns, "findings": findings}


def _found(path: Path, documents: dict[str, Document]) -> Iterator[Case]:
    finder = Finder()
    for name, transcript in read_documents(path):
        if name in documents:
            must = tuple(_must(documents[name]))
            yield Case(name, transcript, finder.find(transcript), find_details(transcript), must)


def _must(document: Document) -> Iterator[tuple[str, int, int]]:
    texts = {turn["id"]: turn["text"] for turn in document["turns"]}
    for finding in document["findings"]:
        if finding["salience"] == "must":
            start = texts[finding["turn_id"]].find(finding["quote"])
            yield finding["turn_id"], start, start + len(finding["quote"])


def _make(case: Case, form: str, length: Length) -> Made:
    worded: list[Statement] = []

    def seen(statement: Statement) -> Statement:
        worded.append(statement)
        return statement

    seconds = []
    for run in range(RUNS if length == "standard" else 1):
        worded.clear()
        start = time.perf_counter()
        draft = _draft(case, form, length, seen if run == 0 else None)
        seconds.append(time.perf_counter() - start)
        if run == 0:
            kept = list(worded)
    return Made(case, draft, kept, seconds)


def _draft(case: Case, form: str, length: Length, seen: Any) -> Draft:
    transcript = case.transcript
    recording = Recording(kind=transcript.kind, medium="text", format="txt", sha256=transcript.recording, duration=0.0)
    return compose(
        recording,
        transcript,
        case.findings,
        case.details,
        form=load_format(form),
        rules=load_rules(),
        versions=(),
        drafted_at=AT,
        due_hours=24,
        expires_days=14,
        manner=Manner(format=form, length=length),
        rewrite=seen,
    )


def _proof(every: Sequence[Made]) -> None:
    rows: list[Row] = []
    failed = []
    for kind in KINDS:
        of_kind = [made for made in every if made.case.transcript.kind == kind]
        final = [s for made in of_kind for s in (*made.draft.statements(), *made.draft.left_out)]
        worded = [(made, s) for made in of_kind for s in made.worded]
        fell = [(made, s) for made, s in worded if s.text != plain(s) and violations(s)]
        failed += fell
        if not final:
            continue
        rows.append(
            [
                kind,
                len(of_kind),
                len(final),
                sum(not statement.evidence for statement in final),
                sum(statement.text != plain(statement) and bool(violations(statement)) for statement in final),
                len(fell),
                len(fell) / len(worded),
            ]
        )
    head = ("kind", "drafts", "statements", "no evidence", "violations", "fell back", "share")
    show("1. Proof of every statement; fell back: worded so that the proof failed, so its own words stand", head, rows)
    for made, statement in failed[:SHOWN]:
        found = "; ".join(f"{v.kind}: {v.words}" for v in violations(statement))
        print(f"  {made.case.name}: {statement.text}  [{found}]")


def _told(every: Sequence[Made]) -> None:
    rows: list[Row] = []
    for kind in KINDS:
        final = [s for made in every if made.case.transcript.kind == kind for s in made.draft.statements()]
        if final:
            counts = Counter(map(_way, final))
            ways = ("dictated, own words", "dictated, reworded", "reported", "quoted", "both")
            rows.append([kind, *(counts[way] / len(final) for way in ways), sum(bool(s.offer) for s in final)])
    head = ("kind", "own words", "reworded", "reported", "quoted", "both", "offers")
    show("2. How statements are told (shares), and techniques offered by name", head, rows)


def _way(statement: Statement) -> str:
    if statement.source == "clinician dictated":
        return "dictated, own words" if statement.text == plain(statement) else "dictated, reworded"
    quoted = sum(len(straight or curly) for straight, curly in QUOTED.findall(statement.text))
    if not quoted:
        return "reported"
    return "quoted" if statement.text == plain(statement) or " that " not in statement.text else "both"


def _lengths(made: dict[Length, list[Made]]) -> None:
    rows: list[Row] = []
    for kind in KINDS:
        for length, every in made.items():
            of_kind = [item for item in every if item.case.transcript.kind == kind]
            if not of_kind:
                continue
            words = [item.words for item in of_kind]
            must = sum(len(item.case.must) for item in of_kind)
            reached = sum(_reached(item, (*item.draft.statements(),)) for item in of_kind)
            kept = sum(_reached(item, (*item.draft.statements(), *item.draft.left_out)) for item in of_kind)
            left = sum(len(item.draft.left_out) for item in of_kind)
            shares = (reached / must, kept / must) if must else (None, None)
            rows.append([f"{kind}, {length}", int(statistics.median(words)), min(words), max(words), left, *shares])
    head = ("drafts", "words: median", "min", "max", "left out", "must reached", "with left out")
    show("3. Words per draft, and the share of `must` findings that a statement's evidence overlaps", head, rows)


def _reached(made: Made, statements: Sequence[Statement]) -> int:
    """Count the `must` findings that a statement's evidence overlaps by half of the shorter of the two, as score.py."""
    spans = [(item.turn_id, item.start, item.end) for statement in statements for item in statement.spoken]
    return sum(any(_overlap(want, span) for span in spans) for want in made.case.must)


def _overlap(want: tuple[str, int, int], span: tuple[str, int, int]) -> bool:
    common = min(want[2], span[2]) - max(want[1], span[1])
    return want[0] == span[0] and common > 0 and common * 2 >= min(want[2] - want[1], span[2] - span[1])


def _rules(every: Sequence[Made]) -> None:
    asked: Counter[str] = Counter()
    drafts: Counter[str] = Counter()
    severity: dict[str, str] = {}
    for made in every:
        keys = [question.rule or question.key for question in made.draft.questions]
        asked.update(keys)
        drafts.update(set(keys))
        severity |= {question.rule or question.key: question.severity for question in made.draft.questions}
    rows: list[Row] = [[key, severity[key], drafts[key], count] for key, count in sorted(asked.items())]
    show(f"4. Rules: of {len(every)} drafts, in how many each asks", ("rule", "severity", "drafts", "questions"), rows)
    rows = []
    for kind in KINDS:
        counts = [len(made.draft.questions) for made in every if made.case.transcript.kind == kind]
        touched = [len(made.draft.must_touch) for made in every if made.case.transcript.kind == kind]
        if counts:
            rows.append([kind, statistics.median(counts), min(counts), max(counts), statistics.median(touched)])
    show("   Per draft", ("kind", "questions: median", "min", "max", "must touch: median"), rows)


def _times(every: Sequence[Made]) -> None:
    rows: list[Row] = []
    for kind in KINDS:
        best = [1000 * statistics.median(made.seconds) for made in every if made.case.transcript.kind == kind]
        if best:
            rows.append([kind, statistics.median(best), max(best), "yes" if max(best) <= TARGET else "no"])
    head = ("kind", "median", "worst", f"all within {TARGET} ms")
    show(f"5. From findings to draft, ms (each document's median of {RUNS} runs)", head, rows)
    proof = [s for made in every for s in made.worded]
    start = time.perf_counter()
    for statement in proof:
        violations(statement)
    print(f"  proof alone: {50_000 * (time.perf_counter() - start) / len(proof):.1f} ms for 50 statements")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except EvenfallError as error:
        sys.exit(str(error))
