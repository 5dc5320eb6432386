"""The examples of tests/data/findings: see the README there."""

import re
from functools import cache
from pathlib import Path

import pytest

from pipeline.findings.rules import Rules
from pipeline.types import Finding, Kind, Speaker, Transcript, Turn

FOLDER = Path(__file__).parent / "data" / "findings"
MARK = re.compile(r"\[(\w+)(-?)(@other)?: ([^\]]*)\]")


@cache
def finder() -> Rules:
    return Rules()


def transcript(*turns: tuple[Speaker, str], kind: Kind = "dictation") -> Transcript:
    made = tuple(Turn(id=f"t{n}", speaker=s, start=float(n), end=float(n), text=t) for n, (s, t) in enumerate(turns))
    return Transcript(recording="0" * 64, kind=kind, engine="test", turns=made)


def examples() -> list[object]:
    return [
        pytest.param(line, id=f"{path.stem}: {line[:60]}")
        for path in sorted(FOLDER.glob("*.txt"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]


def read(line: str) -> tuple[Transcript, list[tuple[str, str, str, str, str]], set[str]]:
    """Return the line's transcript, its marks (turn, category, polarity, subject, words) and what must not be found."""
    body, _, banned = line.partition(" || no ")
    turns: list[tuple[Speaker, str]] = []
    marks = []
    session = body.startswith(("clinician:", "client:"))
    for number, part in enumerate(body.split(" / ") if session else [body]):
        named = part.partition(":")[0]
        speaker: Speaker = "client" if named == "client" else "other" if named == "other" else "clinician"
        text = part.partition(": ")[2] if session else part
        for category, minus, other, words in MARK.findall(text):
            marks.append(
                (f"t{number}", category, "denied" if minus else "affirmed", "other" if other else "client", words)
            )
        turns.append((speaker, MARK.sub(r"\4", text)))
    kind: Kind = "session" if session else "dictation"
    return transcript(*turns, kind=kind), marks, {name.strip() for name in banned.split(",") if name.strip()}


def matches(finding: Finding, mark: tuple[str, str, str, str, str], text: str) -> bool:
    turn, category, polarity, subject, words = mark
    evidence = finding.evidence[0]
    start = text.find(words)
    shared = min(evidence.end, start + len(words)) - max(evidence.start, start)
    same = (evidence.turn_id, finding.category, finding.polarity, finding.subject) == (
        turn,
        category,
        polarity,
        subject,
    )
    return same and shared * 2 >= min(len(words), len(evidence.quote))


@pytest.mark.parametrize("line", examples())
def test_example(line: str) -> None:
    said, marks, banned = read(line)
    findings = finder().find(said)
    texts = {turn.id: turn.text for turn in said.turns}
    shown = [(f.category, f.polarity, f.subject, f.evidence[0].quote) for f in findings]
    for mark in marks:
        assert any(matches(f, mark, texts[mark[0]]) for f in findings), (mark, shown)
    for category in {mark[1] for mark in marks}:
        wanted = sum(mark[1] == category for mark in marks)
        assert sum(f.category == category for f in findings) == wanted, shown
    assert not [f for f in findings if f.category in banned], shown
