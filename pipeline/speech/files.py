"""Transcript files and typed dictations to a Transcript: .txt, .vtt, .srt and .json (one document of the gold format).

They take a permit as sound does: the words of a session are the words of a session.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, Field, ValidationError

from ..consent import Permit
from ..errors import NoSpeech, SourceRefused
from ..types import Kind, Recording, Seconds, Speaker, Transcript, Turn, Words
from . import cues, plaintext, sentences
from .cues import Cue
from .roles import role_of, roles

TURN_WORDS: Final = 60  # a labelled turn of more words ends with its sentence, so that its times stay of use
LONGEST_GAP: Final = 3.0  # seconds between cues of one turn
SUBRIP: Final = re.compile(r"\s*\d+[ \t]*\n\s*(?:\d+:)?\d+:\d+[.,]\d+\s*-->")
KINDS: Final[dict[str, Kind]] = {".txt": "dictation", ".vtt": "session", ".srt": "session"}


class _Said(BaseModel):
    """One turn of a JSON document."""

    id: Words | None = None
    speaker: Words = "unknown"
    start: Seconds = 0.0
    end: Seconds = 0.0
    text: str


class _Document(BaseModel):
    """What is read of a JSON document; other keys (findings, session) are left alone."""

    kind: Kind | None = None
    turns: list[_Said] = Field(min_length=1)


def kind_of(path: Path) -> Kind | None:
    """Return the kind that a file is by its extension, a JSON document by what it says; None if that says nothing."""
    suffix = path.suffix.lower()
    if suffix != ".json":
        return KINDS.get(suffix)
    try:
        return _document(plaintext.decode(plaintext.read_bytes(path))).kind
    except SourceRefused:
        return None


def read_text(path: Path, permit: Permit, clinician: str | None = None) -> tuple[Recording, Transcript]:
    """Read a transcript file or a typed dictation; `clinician` is the speaker label that is the user's own.

    Raises:
        TypeError: `permit` is not one that consent.ask gave.
        SourceRefused: the file is missing, empty, malformed (with the line), no text, or its speakers are unclear.
        NoSpeech: it holds no words.
    """
    if not isinstance(permit, Permit):
        raise TypeError("a transcript is opened with a consent.Permit only")
    suffix = path.suffix.lower()
    if suffix not in (*KINDS, ".json"):
        raise SourceRefused("That is not a transcript file.", "Evenfall reads .txt, .vtt, .srt and .json.")
    content = plaintext.read_bytes(path)
    text = plaintext.decode(content)
    form = _form(text, suffix)
    if form == "json":
        turns = _from_json(text, permit.kind, clinician)
    elif form == "txt":
        turns = _from_typed(text, permit.kind, clinician)
    else:
        found = cues.read(text, "vtt" if form == "vtt" else "srt", clinician)
        turns = _from_cues(found, permit.kind, clinician)
    if not turns:
        raise NoSpeech("The file holds no words.", "Check that it was saved.")
    recording = Recording(
        kind=permit.kind,
        medium="text",
        format=form,
        sha256=hashlib.sha256(content).hexdigest(),
        duration=max(turn.end for turn in turns),
    )
    return recording, Transcript(
        recording=recording.digest, kind=permit.kind, engine=f"file:{form}", turns=tuple(turns)
    )


def _form(text: str, suffix: str) -> str:
    """Return the format: the extension's, unless a .txt file turns out to be a transcript with times."""
    if suffix == ".txt" and text.startswith("WEBVTT"):
        return "vtt"
    if suffix == ".txt" and SUBRIP.match(text[:200]):
        return "srt"
    return suffix.lstrip(".")


def _from_typed(text: str, kind: Kind, clinician: str | None) -> list[Turn]:
    """Return one turn a sentence of a typed dictation; a typed session needs its speakers before each line."""
    if kind == "session" or _is_dialogue(text):
        lines = [Cue(0.0, 0.0, line) for line in text.split("\n")]
        return _from_cues(cues.label_lines(lines, clinician), kind, clinician)
    split = [sentence for line in text.split("\n") for sentence in sentences.split(line.split())]
    return [
        Turn(id=f"t{number}", speaker="clinician", start=0.0, end=0.0, text=sentence)
        for number, sentence in enumerate(split, 1)
    ]


def _is_dialogue(text: str) -> bool:
    """Say whether clinician and client take turns line by line; a heading like "Client: K7" alone is no turn."""
    lines = [line for line in text.split("\n") if line.strip()]
    said = Counter(role_of(cues.prefix_of(line) or "") for line in lines)
    both = min(said["clinician"], said["client"])
    return both > 1 or (both == 1 and said["clinician"] + said["client"] == len(lines))


def _from_cues(found: Sequence[Cue], kind: Kind, clinician: str | None) -> list[Turn]:
    """Return turns: cues of one speaker joined, up to a change of speaker, a long gap, or the end of enough said."""
    known = roles((cue.label for cue in found if cue.label is not None), kind, clinician)
    silent: Speaker = "clinician" if kind == "dictation" else "unknown"
    turns: list[Turn] = []
    for cue in found:
        speaker = silent if cue.label is None else known[cue.label]
        if turns and _goes_on(turns[-1], cue, speaker, labelled=cue.label is not None):
            last = turns.pop()
            cue = Cue(last.start, max(last.end, cue.end), f"{last.text} {cue.text}")
        turns.append(Turn(id=f"t{len(turns) + 1}", speaker=speaker, start=cue.start, end=cue.end, text=cue.text))
    return turns


def _goes_on(turn: Turn, cue: Cue, speaker: Speaker, *, labelled: bool) -> bool:
    """Say whether a cue belongs to the turn before it; without labels only the rest of a sentence does."""
    if speaker != turn.speaker or not turn.start <= cue.start <= turn.end + LONGEST_GAP:
        return False
    if not sentences.ends(turn.text.rsplit(" ", 1)[-1], None):
        return True
    return labelled and turn.text.count(" ") < TURN_WORDS


def _from_json(text: str, kind: Kind, clinician: str | None) -> list[Turn]:
    document = _document(text)
    if document.kind == "session" and kind == "dictation":
        raise SourceRefused("The file says that it is a session.", "Run it again with: --kind session --client REF.")
    known = roles((said.speaker for said in document.turns if said.speaker != "unknown"), kind, clinician)
    turns = []
    for number, said in enumerate(document.turns, 1):
        if not said.text.split():
            continue
        if said.end < said.start:
            raise _wrong_turn(number, "end")
        speaker = known.get(said.speaker, "clinician" if kind == "dictation" else "unknown")
        turns.append(Turn(id=said.id or f"t{number}", speaker=speaker, start=said.start, end=said.end, text=said.text))
    if len({turn.id for turn in turns}) < len(turns):
        raise SourceRefused("Two turns of the JSON file have the same `id`.", "Mend them, or export again.")
    return turns


def _document(text: str) -> _Document:
    """Read one JSON document; its strings are cleaned, for an escape may hide what a file's bytes may not hold.

    Raises:
        SourceRefused: it is no JSON (with the line), or no document of turns (with the turn and key).
    """
    try:
        plain = _cleaned(json.loads(text))
    except json.JSONDecodeError as error:
        raise cues.malformed(error.lineno, "json") from error
    except (ValueError, RecursionError) as error:
        raise cues.malformed(1, "json") from error
    try:
        return _Document.model_validate(plain)
    except ValidationError as error:
        where = error.errors()[0]["loc"]
        if len(where) >= 3 and isinstance(where[1], int):
            raise _wrong_turn(where[1] + 1, str(where[2])) from None  # pydantic's own message quotes the words
    raise SourceRefused("The JSON file is no document with a list of turns.", "Give each turn a speaker and a text.")


def _cleaned(value: Any) -> Any:
    """Return a JSON value with every string cleaned."""
    if isinstance(value, str):
        return plaintext.clean(value)
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    if isinstance(value, dict):
        return {key: _cleaned(item) for key, item in value.items()}
    return value


def _wrong_turn(number: int, key: str) -> SourceRefused:
    return SourceRefused(f"Turn {number} of the JSON file has a wrong `{key}`.", "Mend that turn, or export again.")
