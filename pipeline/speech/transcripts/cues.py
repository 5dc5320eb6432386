"""WebVTT and SubRip text to cues with their speaker's label, or a refusal that names the line."""

import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, Literal

from ...errors import SourceRefused
from ...types import Seconds
from . import stamps
from .roles import is_role, role_of

Form = Literal["vtt", "srt"]

TIMING: Final = re.compile(rf"\s*({stamps.EXACT})\s*-->\s*({stamps.EXACT})(?:\s.*)?")
VOICE: Final = re.compile(r"<v(?:\.[^\s<>]*)?\s+([^<>]{1,80})>")
TAG: Final = re.compile(r"</?(?:[biuvc]|ruby|rt|lang|font|span)\b[^<>]{0,200}>|<[\d:.]{1,20}>|\{\\[^{}]{1,40}\}", re.I)
PREFIX: Final = re.compile(r"\s*([^\W_](?:[\w .,'’()/-]{0,58}[\w.)])?)\s?:(?:\s+|$)")
MOST_LABEL_WORDS: Final = 6
PARTICLES: Final = frozenset({"van", "von", "der", "den", "de", "del", "da", "di", "la", "le", "bin", "al"})
COMMENTS: Final = ("NOTE", "STYLE", "REGION")  # what begins a block of WebVTT that is no cue
FEW: Final = 10  # cues; in a shorter file a label that comes once is believed


@dataclass(frozen=True)
class Cue:
    """One stretch of text with the label of who speaks, if the file says so."""

    start: Seconds
    end: Seconds
    text: str
    label: str | None = None


def read(text: str, form: Form, clinician: str | None = None) -> list[Cue]:
    """Return the cues in the order of the file; a cue without a label goes on with the label before it.

    Raises:
        SourceRefused: a line is no timing, ends before it starts, belongs to no cue, or there are no cues.
    """
    lines = text.split("\n")
    timings = _timings(lines, form)
    cues = [cue for block in _blocks(lines) for cue in _cues(block, lines, timings, form)]
    return label_lines([piece for cue in cues for piece in _voices(cue)], clinician)


def label_lines(cues: Iterable[Cue], clinician: str | None = None, *, every: bool = False) -> list[Cue]:
    """Split cues where a line begins with a speaker's label ("Jane: "), and hand each label on to those after it.

    A label is one that says a role, is the clinician's own, or comes more than once; and only if the file's first
    words have a label, for people say "remember: ..." too. With `every`, each line is known to begin with its label.
    """
    lines = [replace(cue, text=line) for cue in cues for line in cue.text.split("\n") if line.strip()]
    counted = Counter(prefix for cue in lines if cue.label is None and (prefix := prefix_of(cue.text)))
    believed = {
        label
        for label, count in counted.items()
        if every or count > 1 or len(lines) < FEW or role_of(label) or (clinician or "").casefold() == label.casefold()
    }
    if not lines or (lines[0].label is None and prefix_of(lines[0].text) not in believed):
        believed = set()
    labelled: list[Cue] = []
    for cue in lines:
        prefix = prefix_of(cue.text)
        if cue.label is None and prefix in believed:
            cue = replace(cue, label=prefix, text=cue.text.split(":", 1)[1])
        elif cue.label is None and labelled:
            cue = replace(cue, label=labelled[-1].label)
        labelled.append(replace(cue, text=" ".join(cue.text.split())))
    return [cue for cue in labelled if cue.text]


def malformed(line: int, form: str) -> SourceRefused:
    """Return the refusal of a file that breaks its format's rules at a line, without that line's words."""
    return SourceRefused(
        f"Line {line} of the {form.upper()} file is malformed.", "Export the transcript again, or mend that line."
    )


def _timings(lines: list[str], form: Form) -> dict[int, tuple[Seconds, Seconds]]:
    """Return the times of each timing line by its number, which counts from 1."""
    if form == "vtt" and not lines[0].startswith("WEBVTT"):
        raise malformed(1, form)
    timings = {}
    unpadded = stamps.are_unpadded(line for line in lines if "-->" in line)
    for number, line in enumerate(lines, 1):
        if "-->" not in line:
            continue
        match = TIMING.fullmatch(line)
        if match is None:
            raise malformed(number, form)
        start, end = (stamps.seconds(stamp, unpadded=unpadded) for stamp in match.groups())
        if end < start:
            raise malformed(number, form)
        timings[number] = (start, end)
    if not timings:
        raise malformed(len(lines), form)
    return timings


def _blocks(lines: list[str]) -> list[range]:
    """Return the numbers of lines (from 1) that stand together without a blank line between."""
    blank = [0, *(number for number, line in enumerate(lines, 1) if not line.strip()), len(lines) + 1]
    return [range(one + 1, other) for one, other in pairwise(blank) if other > one + 1]


def _cues(block: range, lines: list[str], timings: dict[int, tuple[Seconds, Seconds]], form: Form) -> Iterator[Cue]:
    """Yield the cues of a block: mostly one, below its timing; some programs leave out the blank lines between.

    Raises:
        SourceRefused: words of the block belong to no cue, which players of WebVTT would pass over.
    """
    numbers = [number for number in block if number in timings]
    _refuse_stray(range(block.start, numbers[0] if numbers else block.stop), lines, form, named=bool(numbers))
    for number, following in zip(numbers, [*numbers[1:], block.stop], strict=False):
        below = lines[number : following - 1]
        if following in timings and below and below[-1].strip().isdecimal():
            below = below[:-1]  # the number of the cue that follows
        yield Cue(*timings[number], "\n".join(below))


def _refuse_stray(head: range, lines: list[str], form: Form, *, named: bool) -> None:
    """Refuse lines above or without a timing; a cue that is `named` may have one above it, its name or number."""
    if form == "vtt" and head and (head.start == 1 or lines[head.start - 1].split()[0] in COMMENTS):
        return
    stray = head[:-1] if named else [number for number in head if not lines[number - 1].strip().isdecimal()]
    if stray:
        raise malformed(stray[0], form)


def _voices(cue: Cue) -> Iterator[Cue]:
    """Split a cue at its voice tags, and yield its parts without any markup."""
    parts = VOICE.split(cue.text)  # text, label, text, label, text ...
    for label, text in zip([None, *parts[1::2]], parts[0::2], strict=True):
        plain = html.unescape(TAG.sub("", text)).strip()
        if plain:
            name = " ".join(html.unescape(label).split()) if label else None
            yield replace(cue, text=plain, label=name or None)


def prefix_of(line: str) -> str | None:
    """Return the label before the colon at the start of a line, as names are written: "Dr. Lee", "SPEAKER 1"."""
    match = PREFIX.match(line[:80])
    label = " ".join(match[1].split()) if match else ""
    return label if is_name(label) else None


def is_name(label: str) -> bool:
    """Say whether a label is written as a name or a role is; names of people who write "jane" do not pass."""
    words = [word for word in label.split() if word not in PARTICLES]
    named = all(not word[0].islower() for word in words)  # not isupper: most scripts have no capitals
    return 0 < len(words) <= MOST_LABEL_WORDS and (named or is_role(label))
