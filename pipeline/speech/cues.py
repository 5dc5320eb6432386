"""WebVTT and SubRip text to cues with their speaker's label, or a refusal that names the line."""

import html
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from ..errors import SourceRefused
from ..types import Seconds
from .roles import is_role, role_of

Form = Literal["vtt", "srt"]

TIME: Final = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
TIMING: Final = re.compile(rf"\s*{TIME}\s*-->\s*{TIME}(?:\s.*)?")
VOICE: Final = re.compile(r"<v(?:\.[^\s<>]*)?\s+([^<>]{1,80})>")
TAG: Final = re.compile(r"</?(?:[biuvc]|ruby|rt|lang|font|span)\b[^<>]{0,200}>|<[\d:.]{1,20}>|\{\\[^{}]{1,40}\}", re.I)
PREFIX: Final = re.compile(r"\s*([^\W_](?:[\w .'’()/-]{0,38}[\w.)])?)\s?:(?:\s+|$)")
MOST_LABEL_WORDS: Final = 4
PARTICLES: Final = frozenset({"van", "von", "der", "den", "de", "del", "da", "di", "la", "le", "bin", "al"})
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
        SourceRefused: a line is no timing, ends before it starts, or there are no cues.
    """
    import webvtt

    lines = text.split("\n")
    timings = _timings(lines, form)
    plain = "\n".join(_standard(*timings[n], form) if n in timings else line for n, line in enumerate(lines, 1))
    try:
        captions = webvtt.from_buffer(io.StringIO(plain), format=form).captions
    except (webvtt.errors.MalformedFileError, webvtt.errors.MalformedCaptionError) as error:
        raise malformed(next(iter(timings)), form) from error
    cues = [Cue(_seconds(c.start), _seconds(c.end), c.raw_text) for c in captions if c.raw_text.strip()]
    _all_read(lines, timings, cues, form)
    return label_lines([piece for cue in cues for piece in _voices(cue)], clinician)


def label_lines(cues: Iterable[Cue], clinician: str | None = None) -> list[Cue]:
    """Split cues where a line begins with a speaker's label ("Jane: "), and hand each label on to those after it.

    A label is one that says a role, is the clinician's own, or comes more than once; and only if the file's first
    words have a label, for people say "remember: ..." too.
    """
    lines = [replace(cue, text=line) for cue in cues for line in cue.text.split("\n") if line.strip()]
    counted = Counter(prefix for cue in lines if cue.label is None and (prefix := prefix_of(cue.text)))
    believed = {
        label
        for label, count in counted.items()
        if count > 1 or len(lines) < FEW or role_of(label) or (clinician or "").casefold() == label.casefold()
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
    for number, line in enumerate(lines, 1):
        if "-->" not in line:
            continue
        match = TIMING.fullmatch(line)
        if match is None:
            raise malformed(number, form)
        start, end = _time(*match.groups()[:4]), _time(*match.groups()[4:])
        if end < start:
            raise malformed(number, form)
        timings[number] = (start, end)
    if not timings:
        raise malformed(len(lines), form)
    return timings


def _all_read(lines: list[str], timings: dict[int, tuple[Seconds, Seconds]], cues: list[Cue], form: Form) -> None:
    """Refuse rather than lose a cue that the parser passed over.

    Raises:
        SourceRefused: a timing line with words below it gave no cue.
    """
    expected = [n for n in timings if n < len(lines) and lines[n].strip() and n + 1 not in timings]
    if len(cues) < len(expected):
        starts = {cue.start for cue in cues}
        raise malformed(next((n for n in expected if timings[n][0] not in starts), expected[-1]), form)


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
    match = PREFIX.match(line[:60])
    if match is None:
        return None
    label = " ".join(match[1].split())
    words = [word for word in label.split() if word not in PARTICLES]
    named = all(not word[0].islower() for word in words)  # not isupper: most scripts have no capitals
    return label if len(words) <= MOST_LABEL_WORDS and (named or is_role(label)) else None


def _time(hours: str | None, minutes: str, seconds: str, fraction: str) -> Seconds:
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + int(fraction.ljust(3, "0")) / 1000


def _seconds(stamp: str) -> Seconds:
    hours, minutes, seconds = stamp.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def _standard(start: Seconds, end: Seconds, form: Form) -> str:
    return f"{_stamp(start, form)} --> {_stamp(end, form)}"


def _stamp(time: Seconds, form: Form) -> str:
    milliseconds = round(time * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    seconds, fraction = divmod(rest, 1000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}{',' if form == 'srt' else '.'}{fraction:03d}"
