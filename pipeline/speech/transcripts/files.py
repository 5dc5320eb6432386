"""Transcript files and typed dictations to a Transcript: .vtt, .srt, .txt, .docx and .json (a gold document).

Text and Word documents are read by the layout of the platform that wrote them (configs/layouts.yaml); without one they
are lines of "Name: words", or prose.

They take a permit as sound does: the words of a session are the words of a session.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, Field, ValidationError

from ...consent import Permit
from ...errors import NoSpeech, SourceRefused
from ...types import Dropped, Kind, Recording, Seconds, Speaker, Transcript, Turn, Words
from .. import sentences
from ..doubts import soundalike
from ..spoken.commands import read_commands
from . import cues, dialogue, docx, layouts, plaintext
from .cues import Cue
from .layouts import Line
from .roles import role_of, roles

TURN_WORDS: Final = 60  # a labelled turn of more words ends with its sentence, so that its times stay of use
WRAPPED: Final = 60  # characters from which on a line may have been broken by an editor
LONGEST_TURN: Final = 120  # words at which it ends all the same: captions may come without any full stop
LONGEST_GAP: Final = 3.0  # seconds between cues of one turn
ALONE: Final = (
    "Nobody but the clinician is named in this file: if the client speaks in it, their words stand as the clinician's. "
    "Set who spoke in review, or export it again with every speaker's name."
)
SUBRIP: Final = re.compile(r"\s*\d+[ \t]*\n\s*(?:\d+:)?\d+:\d+[.,]\d+\s*-->")
KINDS: Final[dict[str, Kind]] = {".txt": "dictation", ".docx": "dictation", ".vtt": "session", ".srt": "session"}
OTHERS: Final = {  # documents that come in place of these, and what they are
    ".doc": "an old Word document",
    ".docm": "a Word document with macros",
    ".odt": "an OpenDocument text",
    ".pages": "a Pages document",
    ".pdf": "a PDF",
    ".rtf": "a rich text document",
}
SUFFIXES: Final = frozenset({*KINDS, *OTHERS, ".json"})  # what is read, or refused here, and never heard


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


@dataclass(frozen=True)
class Pasted:
    """What a file would hold, in memory: typed or sent by the page, and never written down in clear."""

    content: bytes
    suffix: str  # of the file it would be, in lower case, with its dot

    @property
    def name(self) -> str:
        """What a person calls it by."""
        return "what was typed"


def kind_of(source: Path | Pasted) -> Kind | None:
    """Return the kind that a file is by its extension, else by what it holds; None if that says nothing.

    Text in a platform's layout and a dialogue line by line are sessions, so that consent is asked for.
    """
    suffix = source.suffix.lower()
    try:
        if suffix == ".json":
            return _document(plaintext.decode(_content(source))).kind
        if suffix in (".txt", ".docx"):
            content = _content(source)
            return "session" if _is_session(content, _form(content, suffix)) else "dictation"
    except SourceRefused:
        pass
    return KINDS.get(suffix)


def read_text(source: Path | Pasted, permit: Permit, clinician: str | None = None) -> tuple[Recording, Transcript]:
    """Read a transcript file or a typed dictation; `clinician` is the speaker label that is the user's own.

    Raises:
        TypeError: `permit` is not one that consent.ask gave.
        SourceRefused: the file is missing, empty, malformed (with the line), no text, or its speakers are unclear.
        NoSpeech: it holds no words.
    """
    if not isinstance(permit, Permit):
        raise TypeError("a transcript is opened with a consent.Permit only")
    suffix = source.suffix.lower()
    if suffix in OTHERS:
        raise SourceRefused(f"The file is {OTHERS[suffix]}, which Evenfall does not read.", docx.SAVE)
    if suffix not in SUFFIXES:
        raise SourceRefused("That is not a transcript file.", "Evenfall reads .vtt, .srt, .txt, .docx and .json.")
    content = _content(source)
    form = _form(content, suffix)
    read = _read(content, form, permit.kind, clinician)
    if not read.turns:
        raise NoSpeech("The file holds no words.", "Check that it was saved.")
    recording = Recording(
        kind=permit.kind,
        medium="text",
        format=form,
        sha256=hashlib.sha256(content).hexdigest(),
        duration=max(turn.end for turn in read.turns),
    )
    return recording, Transcript(
        recording=recording.digest,
        kind=permit.kind,
        engine=read.engine,
        turns=tuple(read.turns),
        dropped=_left_out(read.heading),
        warnings=_warnings(read.turns, permit.kind),
        commands=read_commands(read.turns) if permit.kind == "dictation" else (),
        sounds_like=soundalike.load().find(read.turns) if permit.kind == "session" else (),  # a dictation is typed
    )


def _content(source: Path | Pasted) -> bytes:
    return plaintext.read_bytes(source) if isinstance(source, Path) else source.content


@dataclass(frozen=True)
class _Read:
    """The turns of a file, what told them apart, and how many lines above them are title, date and the like."""

    turns: Sequence[Turn]
    engine: str
    heading: int = 0


def _read(content: bytes, form: str, kind: Kind, clinician: str | None) -> _Read:
    if form == "json":
        return _from_json(plaintext.decode(content), kind, clinician)
    if form in ("vtt", "srt"):
        found = cues.read(plaintext.decode(content), "vtt" if form == "vtt" else "srt", clinician)
        return _from_cues(found, kind, clinician, form)
    lines = _lines(content, form)
    layout = layouts.find(lines, kind)
    if layout is None:
        return _from_typed(layouts.without_footer(lines), kind, clinician, form)
    found, heading = layouts.read(layout, lines, clinician)
    return replace(_from_cues(found, kind, clinician, layout.versioned), heading=heading)


def _form(content: bytes, suffix: str) -> str:
    """Return the format: the extension's, unless a .txt file turns out to be a transcript with times."""
    if suffix == ".txt":
        start = plaintext.decode(content)[:200]
        if start.startswith("WEBVTT"):
            return "vtt"
        if SUBRIP.match(start):
            return "srt"
    return suffix.lstrip(".")


def _lines(content: bytes, form: str) -> Sequence[Line]:
    return docx.read(content) if form == "docx" else layouts.lines_of(plaintext.decode(content))


def _is_session(content: bytes, form: str) -> bool:
    if form in ("vtt", "srt"):
        return True
    lines = _lines(content, form)
    return layouts.find(lines) is not None or _is_dialogue(lines) or dialogue.have_heads(lines)


def _left_out(heading: int) -> tuple[Dropped, ...]:
    """Return what is said of lines that no one spoke: they are counted, for they might have been words."""
    reason = f"{heading} lines above the first speaker are title, date and the like, and were left out"
    return (Dropped(start=0.0, end=0.0, reason=reason),) if heading else ()


def _warnings(turns: Sequence[Turn], kind: Kind) -> tuple[str, ...]:
    """Return what is to be said of a session in which nobody but the clinician seems to speak."""
    return (ALONE,) if kind == "session" and {turn.speaker for turn in turns} == {"clinician"} else ()


def _from_typed(lines: Sequence[Line], kind: Kind, clinician: str | None, form: str) -> _Read:
    """Return one turn a sentence of a typed dictation; a typed session needs its speakers before each line."""
    takes_turns = _is_dialogue(lines)
    if not takes_turns and dialogue.have_heads(lines):
        raise layouts.unknown(lines[0])
    if not takes_turns and not (lines and cues.prefix_of(lines[0].text) and kind == "session"):
        layouts.refuse_unknown(lines, kind)
    if kind == "session" or takes_turns:
        said = [Cue(0.0, 0.0, line.text) for line in (dialogue.unnumbered(lines) if takes_turns else lines)]
        labelled = cues.label_lines(said, clinician)
        if takes_turns and len({cue.label for cue in labelled}) < 2:
            raise SourceRefused(
                "Several people seem to speak in this file: it is a session, but who speaks is not clear.",
                "Begin it with the first speaker, write every turn as Name: words, and the names with capitals.",
            )
        return _from_cues(labelled, kind, clinician, form)
    split = [sentence for text in _unwrapped(lines) for sentence in sentences.split(text.split())]
    turns = [
        Turn(id=f"t{number}", speaker="clinician", start=0.0, end=0.0, text=sentence)
        for number, sentence in enumerate(split, 1)
    ]
    return _Read(turns, _engine(form))


def _unwrapped(lines: Sequence[Line]) -> Iterable[str]:
    """Return the lines, those joined that an editor broke for want of room; a list of short lines stays one."""
    texts: list[str] = []
    width = max((len(line.text) for line in lines), default=0)
    for before, line in zip([None, *lines], lines, strict=False):
        full = before is not None and len(before.text) + len(line.text.split()[0]) >= width >= WRAPPED
        if full and line.text[0].islower() and not sentences.ends(texts[-1].rsplit(" ", 1)[-1], None):
            texts[-1] = f"{texts[-1]} {line.text}"
        else:
            texts.append(line.text)
    return texts


def _is_dialogue(lines: Sequence[Line]) -> bool:
    """Say whether people take turns line by line; a heading like "Client: K7" alone is no turn."""
    said = Counter(role_of(cues.prefix_of(line.text) or "") for line in lines)
    both = min(said["clinician"], said["client"])
    whole = both == 1 and said["clinician"] + said["client"] == len(lines)
    return both > 1 or whole or dialogue.take_turns(lines)


def _from_cues(found: Sequence[Cue], kind: Kind, clinician: str | None, layout: str) -> _Read:
    """Return turns: cues of one speaker joined, up to a change of speaker, a long gap, or the end of enough said."""
    known = roles(_said((cue.label, cue.text) for cue in found), kind, clinician)
    silent: Speaker = "clinician" if kind == "dictation" else "unknown"
    joined: list[Cue] = []
    for cue in found:
        if joined and _goes_on(joined[-1], cue):
            last = joined.pop()
            cue = replace(last, end=max(last.end, cue.end), text=f"{last.text} {cue.text}")
        joined.append(cue)
    speakers = [silent if cue.label is None else known.of[cue.label] for cue in joined]
    turns = [
        Turn(id=f"t{number}", speaker=speaker, start=cue.start, end=cue.end, text=cue.text)
        for number, (cue, speaker) in enumerate(zip(joined, speakers, strict=True), 1)
    ]
    return _Read(turns, _engine(layout, known.told_by))


def _said(pairs: Iterable[tuple[str | None, str]]) -> dict[str, str]:
    """Return all that was said under each label, in the order they speak."""
    said: dict[str, list[str]] = {}
    for label, text in pairs:
        if label is not None:
            said.setdefault(label, []).append(text)
    return {label: "\n".join(texts) for label, texts in said.items()}


def _engine(layout: str, told_by: str | None = None) -> str:
    """Return what read the file: its layout, and what told the clinician if that was no label."""
    return f"file:{layout}+{told_by}" if told_by else f"file:{layout}"


def _goes_on(before: Cue, cue: Cue) -> bool:
    """Say whether a cue belongs to what was said before it; without labels only the rest of a sentence does."""
    if cue.label != before.label or not before.start <= cue.start <= before.end + LONGEST_GAP:
        return False
    words = before.text.count(" ")
    if not sentences.ends(before.text.rsplit(" ", 1)[-1], None):
        return words < LONGEST_TURN
    return cue.label is not None and words < TURN_WORDS


def _from_json(text: str, kind: Kind, clinician: str | None) -> _Read:
    document = _document(text)
    if document.kind == "session" and kind == "dictation":
        raise SourceRefused("The file says that it is a session.", "Run it again with: --kind session --client REF.")
    labels = ((None if said.speaker == "unknown" else said.speaker, said.text) for said in document.turns)
    known = roles(_said(labels), kind, clinician)
    turns = []
    for number, said in enumerate(document.turns, 1):
        if not said.text.split():
            continue
        if said.end < said.start:
            raise _wrong_turn(number, "end")
        speaker = known.of.get(said.speaker, "clinician" if kind == "dictation" else "unknown")
        turns.append(Turn(id=said.id or f"t{number}", speaker=speaker, start=said.start, end=said.end, text=said.text))
    if len({turn.id for turn in turns}) < len(turns):
        raise SourceRefused("Two turns of the JSON file have the same `id`.", "Mend them, or export again.")
    return _Read(turns, _engine("json", known.told_by))


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
