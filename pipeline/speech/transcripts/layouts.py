"""Lines of a transcript file to cues, by a layout of configs/layouts.yaml; what fits none is refused with its line."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from ... import resources
from ...errors import SourceRefused
from ...types import Kind, Seconds
from . import cues, plaintext, stamps
from .cues import Cue

PARTS: Final = {
    "{name}": r"(?P<name>[^\s:](?:[^\t:]{0,78}[^\s:])?)",
    "{time}": f"(?P<time>{stamps.STAMP})",
    "{end}": f"(?P<end>{stamps.STAMP})",
    "{text}": r"(?P<text>\S.*)",
}
BROKEN: Final = re.compile(  # what begins or ends as the head of a turn does, and is none
    rf"\W?{stamps.STAMP}\W?(?:\t.*)?|[\[(]{stamps.STAMP}[\])].*|.*\d\s*-->.*"
    r"|[^\t]{1,80}?(?: {2,}|\t)\d{1,2}:\S{0,9}"
)
STAMPED: Final = re.compile(
    rf"(?=\W?{stamps.STAMP}(?![\w:]))|(?=.{{1,60}}[\s(\[]{stamps.STAMP}(?:\s?[AaPp]\.?[Mm]\.?)?\W{{0,3}}$)"
)
BOLD: Final = re.compile(r"(\*\*|__)([^*_]{1,60})\1(:?)(?=\s|$)")  # how a label is marked: "**Client:**"
SPACES: Final = str.maketrans(dict.fromkeys("\u00a0\u2007\u202f", " "))
LONGEST_HEADING: Final = 160  # characters
HALF_DAY: Final = 43_200  # seconds
# Lines with times in a file of no known layout, at least how many and one in how many, before it is refused; a typed
# dictation has times of its own ("Start: 10:02").
MOST_STAMPED: Final[dict[Kind, tuple[int, int]]] = {"session": (2, 5), "dictation": (5, 3)}


@dataclass(frozen=True)
class Line:
    """One line that is not blank, and where it stands: "Line 7" of a text, "Paragraph 7" of a Word document."""

    place: str
    text: str


def lines_of(text: str, place: str | None = None) -> list[Line]:
    """Return the lines that are not blank, with plain spaces; without a `place` they are counted from 1."""
    lines = plaintext.clean(text.translate(plaintext.LINE_ENDS)).translate(SPACES).split("\n")
    return [Line(place or f"Line {at}", _plain(line.strip())) for at, line in enumerate(lines, 1) if line.strip()]


def _plain(line: str) -> str:
    """Return a line without the stars of a label in bold."""
    match = BOLD.match(line)
    label = f"{match[2]}{match[3]}" if match else ""
    return f"{label}{line[match.end() :]}" if match and label.endswith(":") else line


@dataclass(frozen=True)
class _Opening:
    """Where one speaker's words begin: `lines` are the head, `text` what stands in it already."""

    lines: int
    start: Seconds
    end: Seconds | None = None
    label: str | None = None
    text: str | None = None


class Layout(BaseModel):
    """One layout; configs/layouts.yaml says what its fields mean. Its `versioned` name goes into the transcript."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z-]+$")]
    version: Annotated[int, Field(ge=1)]
    source: str
    turn: Annotated[tuple[str, ...], Field(min_length=1)]
    labels: bool = False
    plain_names: bool = False
    clock: Literal["recording", "day"] = "recording"
    begin: tuple[str, ...] = ()
    summary: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    heading: Annotated[int, Field(ge=0)] = 0

    @property
    def versioned(self) -> str:
        """The layout's versioned name, such as `otter@1`."""
        return f"{self.name}@{self.version}"

    @cached_property
    def turn_patterns(self) -> tuple[re.Pattern[str], ...]:
        """The patterns of a turn's head, one a line."""
        return tuple(map(_compiled, self.turn))

    @cached_property
    def begin_patterns(self) -> tuple[re.Pattern[str], ...]:
        """The patterns of lines above which nothing was said."""
        return tuple(map(_compiled, self.begin))

    @cached_property
    def summary_patterns(self) -> tuple[re.Pattern[str], ...]:
        """The patterns of lines above which a summary may stand."""
        return tuple(map(_compiled, self.summary))

    @cached_property
    def notice_patterns(self) -> tuple[re.Pattern[str], ...]:
        """The patterns of lines that the program writes by itself."""
        return tuple(map(_compiled, self.notices))

    def begins(self, line: Line) -> bool:
        """Say whether this line by itself could begin a turn."""
        match = self.turn_patterns[0].fullmatch(line.text)
        return match is not None and self._is_believed(match.groupdict())

    def _is_believed(self, parts: Mapping[str, str | None]) -> bool:
        return not self.plain_names or cues.is_name(parts.get("name") or "")

    def opening(self, lines: Sequence[Line], at: int) -> Mapping[str, str | None] | None:
        """Return the parts of the head of a turn that begins with the line at `at`, or None."""
        parts: dict[str, str | None] = {}
        for pattern, line in zip(self.turn_patterns, lines[at : at + len(self.turn_patterns)], strict=False):
            match = pattern.fullmatch(line.text)
            if match is None:
                return None
            parts |= match.groupdict()
        if at + len(self.turn_patterns) > len(lines):
            return None
        return parts if self._is_believed(parts) else None


class _Layouts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    layouts: tuple[Layout, ...]
    fields: frozenset[str]


def load_fields() -> frozenset[str]:
    """Return what stands before a colon in typed notes, and is nobody.

    Raises:
        SettingsInvalid: configs/layouts.yaml is missing, or a key is wrong.
    """
    return _load().fields


def load_layouts() -> tuple[Layout, ...]:
    """Read configs/layouts.yaml.

    Raises:
        SettingsInvalid: it is missing, or a key is wrong.
    """
    return _load().layouts


@lru_cache(maxsize=1)
def _load() -> _Layouts:
    return resources.read_yaml(resources.configs() / "layouts.yaml", _Layouts)


def find(lines: Sequence[Line], kind: Kind = "dictation") -> Layout | None:
    """Return the layout with the most turns in these lines.

    One turn is enough if it is known that this is a session, or if a line shows which program wrote it; else a typed
    dictation with a time in it would be a transcript.
    """
    counted = [(_turns(layout, lines), layout) for layout in load_layouts()]
    most, layout = max(counted, key=lambda pair: pair[0])
    if most >= 2 or (most == 1 and kind == "session"):
        return layout
    told = (layout for turns, layout in counted if (turns or layout.labels) and notices(layout, lines))
    return next(told, None)


def read(layout: Layout, lines: Sequence[Line], clinician: str | None) -> tuple[list[Cue], int]:
    """Return the cues in the order of the file, and how many lines above them are title, date and the like.

    Where a layout tells no end, a cue lasts until the next one begins: its words lie somewhere in between.

    Raises:
        SourceRefused: a line fits nowhere; it names the line, not its words.
    """
    openings = _openings(layout, lines)
    said, heading = _first_said(layout, lines, min(openings, default=len(lines)))
    openings.setdefault(said, _Opening(0, 0.0))
    order = sorted(openings)
    labels = {opening.label for opening in openings.values() if opening.label}
    last = max((_time_of_notice(layout, line) for line in lines), default=0.0)
    found = []
    for at, following in zip(order, [*order[1:], len(lines)], strict=True):
        opening = openings[at]
        until = openings[following].start if following < len(lines) else last
        below = [line for line in lines[at + opening.lines : following] if not _is_notice(layout, line, lines, labels)]
        _refuse_misfits(layout, lines[at : at + opening.lines], below)
        text = "\n".join([*filter(None, [opening.text]), *(line.text for line in below)])
        end = until if opening.end is None else opening.end
        found.append(Cue(opening.start, max(opening.start, end), text, opening.label))
    return cues.label_lines(found, clinician, every=layout.labels), heading


def without_footer(lines: Sequence[Line]) -> Sequence[Line]:
    """Return the lines without the mark that a program leaves below text without any times."""
    while lines and any(_is_notice(layout, lines[-1], (), set()) for layout in load_layouts()):
        lines = lines[:-1]
    return lines


def notices(layout: Layout, lines: Sequence[Line]) -> list[Line]:
    """Return the lines at the edges of a file that this layout's program writes by itself."""
    return [line for line in (*lines[:8], *lines[-3:]) if _notice(layout, line)]


def refuse_unknown(lines: Sequence[Line], kind: Kind) -> None:
    """Refuse lines that were not read by a layout, if times stand in so many that it is a transcript all the same.

    Raises:
        SourceRefused: names the first of those lines.
    """
    stamped = [line for line in lines if STAMPED.match(line.text[:200])]
    least, one_in = MOST_STAMPED[kind]
    if len(stamped) >= least and len(stamped) * one_in >= len(lines):
        raise unknown(stamped[0])


def unknown(line: Line) -> SourceRefused:
    """Return the refusal of a transcript with times in a layout that is not known, without the line's words."""
    return SourceRefused(
        f"{line.place} has a time in it, but the file has no layout that Evenfall knows.",
        "Export the transcript as .vtt or .srt, or write each turn on a line of its own as: Name: words",
    )


def _openings(layout: Layout, lines: Sequence[Line]) -> dict[int, _Opening]:
    """Return the openings by their line's index."""
    unpadded = stamps.are_unpadded(line.text for line in lines)
    openings: dict[int, _Opening] = {}
    for at in range(len(lines)):
        parts = layout.opening(lines, at)
        if parts is not None:
            start, end = (
                stamps.seconds(s, unpadded=unpadded) if (s := parts.get(k)) else None for k in ("time", "end")
            )
            openings[at] = _Opening(len(layout.turn), start or 0.0, end, parts.get("name"), parts.get("text"))
    return _from_first(openings) if layout.clock == "day" else openings


def _from_first(openings: Mapping[int, _Opening]) -> dict[int, _Opening]:
    """Count times of the wall clock from the first one, also past midnight."""
    counted: dict[int, _Opening] = {}
    origin = next((opening.start for opening in openings.values()), 0.0)
    before = 0.0
    for at, opening in openings.items():
        start = opening.start - origin
        if start + HALF_DAY < before:
            start += 2 * HALF_DAY
        before = max(start, 0.0)
        counted[at] = replace(opening, start=before)
    return counted


def _first_said(layout: Layout, lines: Sequence[Line], first: int) -> tuple[int, int]:
    """Return the index of the first line that was said, at or above the first opening, and the size of the heading.

    Raises:
        SourceRefused: more stands above it than a title and the like.
    """
    at = _begin(layout, lines[:first])
    heading = sum(not _notice(layout, line) for line in lines[:at])
    free = 0
    while at < first and not (layout.labels and cues.prefix_of(lines[at].text)):
        if not _notice(layout, lines[at]):
            free += 1
            if free > layout.heading or not _is_heading(layout, lines[at]):
                raise SourceRefused(
                    f"{lines[at].place} stands above the first speaker, and is no title or date.",
                    "If nobody said it, delete it from the file; else write its speaker and time above it.",
                )
        at += 1
    return at, heading + free


def _begin(layout: Layout, lines: Sequence[Line]) -> int:
    """Return the index below the last line above which nothing was said; 0 without one."""
    labels = [cues.prefix_of(line.text) for line in lines]
    counted = Counter(labels)
    first_labelled = next((at for at, label in enumerate(labels) if label), len(lines))
    for at in reversed(range(len(lines))):
        patterns = layout.begin_patterns if at < first_labelled else ()
        if labels[at] is None or counted[labels[at]] == 1:  # else somebody says so
            patterns += layout.summary_patterns
        if any(pattern.fullmatch(lines[at].text) for pattern in patterns):
            return at + 1
    return 0


def _is_heading(layout: Layout, line: Line) -> bool:
    """Say whether a line may be a title, a date, a list of names: no sentence, and no part of a transcript."""
    is_sentence = line.text.endswith((".", "!", "?", "…")) and not any(c.isdigit() for c in line.text)
    return len(line.text) <= LONGEST_HEADING and not is_sentence and not _is_stray(layout, line)


def _is_notice(layout: Layout, line: Line, lines: Sequence[Line], labels: set[str]) -> bool:
    """Say whether the program wrote this line; one that names a person does so for a speaker, or ends the file."""
    match = _notice(layout, line)
    return match is not None and (match.groupdict().get("name") in (None, *labels) or line in lines[-1:])


def _notice(layout: Layout, line: Line) -> re.Match[str] | None:
    """Return the match of a line that the program writes by itself."""
    return next(filter(None, (pattern.fullmatch(line.text) for pattern in layout.notice_patterns)), None)


def _time_of_notice(layout: Layout, line: Line) -> Seconds:
    """Return the time at which the program says that it ended, else 0."""
    match = _notice(layout, line)
    end = match.groupdict().get("end") if match else None
    return stamps.seconds(end) if end else 0.0


def _refuse_misfits(layout: Layout, head: Sequence[Line], below: Sequence[Line]) -> None:
    """Refuse a head of several lines without words, for its name may be the words, and strays among the words.

    Raises:
        SourceRefused: names the line.
    """
    alone = head[:1] if len(head) > 1 and not below else []
    misfits = [*alone, *(line for line in below if _is_stray(layout, line))]
    if misfits:
        raise SourceRefused(
            f"{misfits[0].place} has a time in it, but does not fit the layout of the other lines of this file.",
            "Export the transcript again, or mend that line.",
        )


def _is_stray(layout: Layout, line: Line) -> bool:
    """Say whether a line is the head of a turn in another layout, or the remains of one."""
    others = (other for other in load_layouts() if other is not layout)
    return bool(BROKEN.fullmatch(line.text)) or any(other.begins(line) for other in others)


def _turns(layout: Layout, lines: Sequence[Line]) -> int:
    """Count the openings that have words in them or below them."""
    count, after = 0, len(lines)
    for at in reversed(range(len(lines))):
        if (parts := layout.opening(lines, at)) is not None:
            count += bool(parts.get("text")) or at + len(layout.turn) < after
            after = at
    return count


def _compiled(pattern: str) -> re.Pattern[str]:
    for part, expression in PARTS.items():
        pattern = pattern.replace(part, expression)
    return re.compile(pattern)
