"""Documents of the gold format, one JSON object a line, to transcripts; for measuring findings, not for the record."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, Field, ValidationError

from ...errors import SourceRefused
from ...types import Kind, Seconds, Speaker, Transcript, Turn


class _Turn(BaseModel):
    id: str
    speaker: Speaker
    start: Seconds = 0.0
    end: Seconds = 0.0
    text: str


class _Document(BaseModel):
    id: str
    kind: Kind
    turns: list[_Turn] = Field(min_length=1)


def read_documents(path: Path) -> Iterator[tuple[str, Transcript]]:
    """Yield the id and the transcript of each line.

    Raises:
        SourceRefused: the file cannot be read, or a line is no document; names the line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SourceRefused("That file cannot be read as text.", "Check its name and its encoding (UTF-8).") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            document = _Document.model_validate(json.loads(line))
            turns = tuple(Turn(**turn.model_dump()) for turn in document.turns if turn.text)
            digest = hashlib.sha256(line.encode()).hexdigest()
            yield document.id, Transcript(recording=digest, kind=document.kind, engine="file:jsonl", turns=turns)
        except (json.JSONDecodeError, ValidationError) as error:
            raise SourceRefused(
                f"Line {number} is not a document with turns.", "Each line: id, kind, turns with id, speaker, text."
            ) from error
