"""WebVTT and SubRip text to cues with their speaker's label, or a refusal that names the line."""

import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final, Literal

from ...errors import SourceRefused
from ...types import Seconds
from . import rolling, stamps
from .cue import Cue
from .roles import is_role, role_of

__all__ = ["Cue", "Form", "is_name", "label_lines", "label_of", "malformed", "prefix_of", "read"]

Form = Literal["vtt", "srt"]

TIMING: Final = re.compile(rf"\s*({stamps.EXACT})\s*-->\s*({stamps.EXACT})(?:\s.*)?")
VOICE: Final = re.compile(r"<v(?:\.[^\s<>]*)?(?=[\s>])([^<>]*)>")
LONGEST_VOICE: Final = 80  # characters of a name; what is longer says no more who speaks than none does
UNNAMED: Final = "unknown"  # the label of a voice that a file marks without saying whose it is
TAG: Final = re.compile(r"</?(?:[biuvc]|ruby|rt|lang|font|span)\b[^<>]{0,200}>|<[\d:.]{1,20}>|\{\\[^{}]{1,40}\}", re.I)
PREFIX: Final = re.compile(r"\s*([^\W_](?:[\w .,'’()/-]{0,58}[\w.)])?)\s?:(?:\s+|$)")
LOOSE: Final = re.compile(r"[\s>–—-]*([^:\n]{1,60}):(?:\s|$)")  # before a cue, where others have labels
RECURS: Final = 3  # times that what may be a label comes before it is believed
RECURS_NAMED: Final = 2  # where nearly every cue begins with a label
NEARLY: Final = 0.9  # of the cues
MOST_LABEL_WORDS: Final = 6
TELEPHONE: Final = 7  # digits at least
PARTICLES: Final = frozenset({"van", "von", "der", "den", "de", "del", "da", "di", "la", "le", "bin", "al"})
NUMBERED: Final = 0.8  # of the timings; some cue may have lost its number
COMMENTS: Final = ("NOTE", "STYLE", "REGION")  # what begins a block of WebVTT that is no cue
FEW: Final = 10  # cues; in a shorter file a label that comes once is believed


def read(text: str, form: Form, clinician: str | None = None) -> list[Cue]:
    """Return the cues in the order of the file; a cue without a label goes on with the label before it.

    Raises:
        SourceRefused: a line is no timing, ends before it starts, belongs to no cue, or there are no cues.
    """
    lines = text.split("\n")
    timings = _timings(lines, form)
    numbered = _are_numbered(lines, timings)
    cues = [cue for block in _blocks(lines) for cue in _cues(block, lines, timings, form, numbered=numbered)]
    return label_lines(rolling.unrolled([piece for cue in cues for piece in _voices(cue)]), clinician)


def label_lines(cues: Iterable[Cue], clinician: str | None = None, *, every: bool = False) -> list[Cue]:
    """Split cues where a line begins with a speaker's label ("Jane: "), and hand each label on to those after it.

    A label is one that says a role, is the clinician's own, or comes more than once; and only if the file's first
    words have a label, for people say "remember: ..." too. One that is not written as a name ("iPhone", "jane doe") has
    to recur. Where nearly every cue has its label, one that is not believed is nobody's: it is not handed on to.
    With `every`, each line is known to begin with its label.
    """
    split = [[replace(cue, text=line) for line in cue.text.split("\n") if line.strip()] for cue in cues]
    lines = [line for parts in split for line in parts]
    believed = _believed(lines, clinician, every=every)
    starts = [line for parts in split for line in (parts if every else parts[:1])]
    named = _are_named(starts) and bool(believed or any(cue.label for cue in lines))
    if named or believed:
        believed |= _recurring(starts, believed, RECURS_NAMED if named else RECURS, clinician)
    if lines and not named and lines[0].label is None and _label_in(lines[0].text, believed) is None:
        believed = set()
    labelled: list[Cue] = []
    for cue, begins in [(cue, every or not at) for parts in split for at, cue in enumerate(parts)]:
        label = _label_in(cue.text, believed) if cue.label is None else None
        if label:
            cue = replace(cue, label=label, text=cue.text.split(":", 1)[1])
        elif cue.label is None and labelled and not (named and begins and _loose(cue.text)):
            cue = replace(cue, label=labelled[-1].label)
        labelled.append(replace(cue, text=" ".join(cue.text.split())))
    return [cue for cue in labelled if cue.text]


def _believed(lines: Sequence[Cue], clinician: str | None, *, every: bool) -> set[str]:
    """Return the labels that are written as names or roles are, and are not words before a colon."""
    counted = Counter(prefix for cue in lines if cue.label is None and (prefix := prefix_of(cue.text)))
    return {
        label
        for label, count in counted.items()
        if every or count > 1 or len(lines) < FEW or role_of(label) or _is(label, clinician)
    }


def _recurring(starts: Sequence[Cue], believed: set[str], least: int, clinician: str | None) -> set[str]:
    """Return what comes before cues, as labels do, at `least` so many times; or is the clinician's own label."""
    rest = [cue.text for cue in starts if cue.label is None and _label_in(cue.text, believed) is None]
    counted = Counter(label for text in rest if (label := _loose(text)))
    return {label for label, count in counted.items() if count >= least or _is(label, clinician)}


def _are_named(starts: Sequence[Cue]) -> bool:
    """Say whether nearly every cue begins with what may be a label."""
    return sum(bool(cue.label or _loose(cue.text)) for cue in starts) >= NEARLY * len(starts)


def _label_in(line: str, believed: set[str]) -> str | None:
    """Return the label that a line begins with, if it is one of these."""
    return next((label for label in (prefix_of(line), _loose(line)) if label in believed), None)


def _loose(line: str) -> str | None:
    """Return the few words before a colon, or the telephone number, that may be a label however it is written."""
    match = LOOSE.match(line[:80])
    label = " ".join(match[1].split()) if match else ""
    says = any(map(str.isalpha, label)) or sum(map(str.isdigit, label)) >= TELEPHONE
    return label if says and len(label.split()) <= MOST_LABEL_WORDS else None


def _is(label: str, clinician: str | None) -> bool:
    return (clinician or "").casefold() == label.casefold()


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


def _are_numbered(lines: list[str], timings: Mapping[int, tuple[Seconds, Seconds]]) -> bool:
    """Say whether numbers stand above nearly all timings; else one that does may be an answer."""
    return sum(_is_number(lines, number - 1) for number in timings) >= NUMBERED * len(timings)


def _is_number(lines: list[str], number: int) -> bool:
    """Say whether the line of this number (from 1) is nothing but a number."""
    return number > 0 and lines[number - 1].strip().isdecimal()


def _cues(
    block: range, lines: list[str], timings: Mapping[int, tuple[Seconds, Seconds]], form: Form, *, numbered: bool
) -> Iterator[Cue]:
    """Yield the cues of a block: mostly one, below its timing; some programs leave out the blank lines between.

    Raises:
        SourceRefused: words of the block belong to no cue, which players of WebVTT would pass over.
    """
    numbers = [number for number in block if number in timings]
    if numbers:
        _refuse_stray(range(block.start, numbers[0]), lines, form, numbered=numbered)
    elif not _numbers_next(block, lines, timings):
        _refuse_words(block, lines, form)
    for number, following in zip(numbers, [*numbers[1:], block.stop], strict=False):
        below = lines[number : following - 1]
        if numbered and following in timings and below and below[-1].strip().isdecimal():
            below = below[:-1]  # the number of the cue that follows
        yield Cue(*timings[number], "\n".join(below))


def _numbers_next(block: range, lines: list[str], timings: Mapping[int, tuple[Seconds, Seconds]]) -> bool:
    """Say whether a block is nothing but the number of the cue below it, with a blank line between."""
    if len(block) > 1 or not _is_number(lines, block.start):
        return False
    following = next((n for n in range(block.stop, len(lines) + 1) if lines[n - 1].strip()), 0)
    return following in timings and int(lines[block.start - 1]) == 1 + sum(n < block.start for n in timings)


def _refuse_stray(head: range, lines: list[str], form: Form, *, numbered: bool) -> None:
    """Refuse lines above a timing; one may stand right above it, the number of the cue or its name in VTT."""
    if not head:
        return
    number = _is_number(lines, head[-1])
    may_stand = numbered if number else form == "vtt"
    _refuse_words(head[:-1] if may_stand or (number and form == "srt") else head, lines, form)


def _refuse_words(head: range, lines: list[str], form: Form) -> None:
    """Refuse lines that belong to no cue, unless they are a comment of VTT."""
    comment = form == "vtt" and head and (head.start == 1 or lines[head.start - 1].split()[0] in COMMENTS)
    if head and not comment:
        raise malformed(head[0], form)


def _voices(cue: Cue) -> Iterator[Cue]:
    """Split a cue at its voice tags, and yield its parts without any markup."""
    parts = VOICE.split(cue.text)  # text, label, text, label, text ...
    for label, text in zip([None, *parts[1::2]], parts[0::2], strict=True):
        plain = html.unescape(TAG.sub("", text)).strip()
        if plain:
            yield replace(cue, text=plain, label=None if label is None else _named(label))


def _named(voice: str) -> str:
    """Return the name in a voice tag; one that is empty, or too long for a name, is nobody's."""
    name = " ".join(html.unescape(voice).split())
    return name if 0 < len(name) <= LONGEST_VOICE else UNNAMED


def label_of(line: str) -> str | None:
    """Return what may be a label before the colon at the start of a line, however it is written."""
    return prefix_of(line) or _loose(line)


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
