"""Read documents with marked findings: the training data that a clinician can read and add to.

Documents are parted by a blank line. The first line says `# dictation` or `# session` (a remark may follow). Then one
turn a line; in a session it begins with `clinician:`, `client:`, `client2:` or `other:`. Findings stand in brackets,
one inside the other where words carry two: `He has [risk: thoughts of [medication-?: stopping the lithium]].`
After the category: `-` denied, `@other` about somebody else, `?` a fair note may leave it out.

usage: python scripts/findings/marked.py FILE...    checks the files and counts what they hold
"""

import collections
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
CATEGORIES = ("mood", "behaviour", "intervention", "assessment", "homework", "plan", "medication", "risk")
OPENING = re.compile(rf"\[({'|'.join(CATEGORIES)})(-?)((?:@other)?)(\??):\s?")
SPEAKER = re.compile(r"(clinician|client2|client|other):\s*")


@dataclass(frozen=True)
class Mark:
    """One marked finding: characters [start, end) of its turn's plain text."""

    start: int
    end: int
    category: str
    denied: bool
    other: bool
    may: bool


@dataclass(frozen=True)
class MarkedTurn:
    """One turn without its brackets, and its findings in order of their start."""

    speaker: str
    text: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Document:
    """One dictation or session; `where` is file:line of its first line."""

    where: str
    kind: str
    turns: tuple[MarkedTurn, ...]


def read_turn(text: str, speaker: str) -> MarkedTurn:
    """Take the brackets out of one turn.

    Raises:
        ValueError: a bracket is not opened, not closed, empty or of an unknown category.
    """
    plain, position, open_marks, marks = "", 0, [], []
    while position < len(text):
        if match := OPENING.match(text, position):
            open_marks.append((len(plain), match))
            position = match.end()
        elif text[position] == "[":
            raise ValueError(f"unknown mark: {text[position : position + 25]}")
        elif text[position] == "]":
            if not open_marks:
                raise ValueError("a bracket closes that was not opened")
            start, match = open_marks.pop()
            if not plain[start:].strip():
                raise ValueError("an empty mark")
            marks.append(Mark(start, len(plain), match[1], bool(match[2]), bool(match[3]), bool(match[4])))
            position += 1
        else:
            plain += text[position]
            position += 1
    if open_marks:
        raise ValueError("a bracket is not closed")
    return MarkedTurn(speaker, plain, tuple(sorted(marks, key=lambda mark: (mark.start, -mark.end))))


def read_documents(path: Path) -> Iterator[Document]:
    """Yield the documents of a file.

    Raises:
        ValueError: with file and line, if one breaks the format.
    """
    turns: list[MarkedTurn] = []
    kind, where = "", ""
    for number, line in enumerate([*path.read_text(encoding="utf-8").splitlines(), ""], 1):
        try:
            if not line.strip():
                if turns:
                    yield Document(where, kind, tuple(turns))
                turns, kind = [], ""
            elif not kind:
                if not (match := re.match(r"#\s*(dictation|session)\b", line)):
                    raise ValueError("a document begins with `# dictation` or `# session`")
                kind, where = match[1], f"{path.name}:{number}"
            elif kind == "dictation":
                turns.append(read_turn(line.strip(), "clinician"))
            elif match := SPEAKER.match(line):
                turns.append(read_turn(line[match.end() :].strip(), match[1]))
            else:
                raise ValueError("a session's turn begins with who speaks")
        except ValueError as error:
            raise ValueError(f"{path.name}:{number}: {error}") from error


def files(folder: Path = DATA, *, aside: bool) -> list[Path]:
    """Return the files to train on or, `aside`, the last file of each writer (a-1, a-2 ... are one writer's)."""
    paths = sorted(folder.glob("*.txt"))
    last = {path.stem.rpartition("-")[0]: path for path in paths}.values()
    return [path for path in paths if (path in last) == aside]


def as_gold(document: Document) -> dict[str, Any]:
    """Turn a marked document into one of the gold format."""
    turns = [{"id": f"t{i}", "speaker": turn.speaker, "text": turn.text} for i, turn in enumerate(document.turns)]
    findings = [
        {
            "category": mark.category,
            "turn_id": f"t{i}",
            "quote": turn.text[mark.start : mark.end],
            "polarity": "denied" if mark.denied else "affirmed",
            "subject": "other" if mark.other else "client",
            "salience": "may" if mark.may else "must",
        }
        for i, turn in enumerate(document.turns)
        for mark in turn.marks
    ]
    return {"id": document.where, "kind": document.kind, "turns": turns, "findings": findings}


def main() -> None:
    """Check files and print what they hold."""
    bad = 0
    counts: collections.Counter[str] = collections.Counter()
    for name in sys.argv[1:]:
        try:
            for document in read_documents(Path(name)):
                counts[f"{document.kind}s"] += 1
                counts[f"turns of {document.kind}s"] += len(document.turns)
                for turn in document.turns:
                    for mark in turn.marks:
                        counts[f"{mark.category}{' denied' if mark.denied else ''}"] += 1
                        counts["may"] += mark.may
                        counts["other"] += mark.other
        except ValueError as error:
            print(error)
            bad += 1
    for key in sorted(counts):
        print(f"{counts[key]:6d} {key}")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
