"""Whether typed lines are a dialogue: who takes turns by the labels before their words, or by heads with a time."""

import re
from collections import Counter
from collections.abc import Sequence, Set
from functools import lru_cache
from itertools import groupby
from typing import Final

from pydantic import BaseModel

from ... import resources
from . import cues, stamps
from .layouts import Line, load_fields
from .roles import role_of

HALF: Final = r"(?:\s?[AaPp]\.?[Mm]\.?)?"
HEADS: Final = (  # "Sam (2:04 PM)", "[Sam] 02:04:33 PM", "Ana [00:10]: words"; "2:04 PM Sam: words"
    re.compile(rf"\W?([^\W\d_][^\t:\d]{{0,58}}?)\W{{1,4}}{stamps.STAMP}{HALF}\W{{0,3}}(?:(?<=:)\s.*)?"),
    re.compile(rf"\W?{stamps.STAMP}{HALF}\W{{1,4}}([^\W\d_][^\t:\d]{{0,58}}?)\s?:(?:\s.*)?"),
)
NUMBERED: Final = re.compile(r"([A-Za-z])\d{1,4}(?=\s?:)")  # transcribers count what each one says: "T1:", "C1:", "T2:"
CHANGES: Final = 3  # of who speaks: A, B, A, B
RECUR: Final = 2  # times that a label comes before it is believed, one not written as a name once more
ONE_IN: Final = 3  # of the lines have a label where the first one has none


class _Headings(BaseModel):
    """What is read of cues.yaml and commands.yaml: what stands before a colon in a note, and is nobody."""

    cues: dict[str, str]

    def words(self) -> frozenset[str]:
        return frozenset(name.strip() for names in self.cues.values() for name in names.split(","))


@lru_cache(maxsize=1)
def load_headings() -> frozenset[str]:
    """Return what stands before a colon in a note and is no speaker.

    Raises:
        SettingsInvalid: a file is missing or a key of it is wrong.
    """
    return load_fields() | resources.read_yaml(resources.configs() / "lexicons" / "cues.yaml", _Headings).words()


def take_turns(lines: Sequence[Line]) -> bool:
    """Say whether two or more people speak in turns, each line or paragraph of theirs behind their label.

    Headings of a note ("Mood: low", "S: ...") are nobody's labels, however often they come.
    """
    labels = [cues.label_of(line.text) for line in unnumbered(lines)]
    letters = {label for label in labels if label and len(label) == 1}
    speakers = [None if label is None or _is_heading(label, letters) else label for label in labels]
    named = [label for label in speakers if label]
    if len(named) == len(lines) and len({*named}) > 1 and all(map(cues.is_name, named)):
        short = any(role_of(label) in ("clinician", "client") for label in named) or len({*named}) < len(named)
        if short:
            return True
    return _alternate(speakers)


def have_heads(lines: Sequence[Line]) -> bool:
    """Say whether two or more people speak in turns, each under a line with their name and a time."""
    return _alternate([_head(line.text) for line in lines])


def unnumbered(lines: Sequence[Line]) -> Sequence[Line]:
    """Return the lines with "T:" for "T1:", "T2:", if these count what each one says, and are not several people."""
    counted = Counter(match[0] for line in lines if (match := NUMBERED.match(line.text)))
    if not counted or max(counted.values()) > 1:
        return lines
    return [Line(line.place, NUMBERED.sub(r"\1", line.text, count=1)) for line in lines]


def _alternate(labels: Sequence[str | None]) -> bool:
    counted = Counter(label for label in labels if label)
    known = {label for label, count in counted.items() if count >= RECUR + (not cues.is_name(label))}
    turns = [label for label in labels if label in known]
    many = bool(known.intersection(labels[:1])) or len(turns) * ONE_IN >= len(labels)
    return len(known) > 1 and many and sum(1 for _ in groupby(turns)) > CHANGES


def _head(line: str) -> str | None:
    """Return the name in a line that is the head of a turn with its time."""
    match = next(filter(None, (head.fullmatch(line[:200]) for head in HEADS)), None)
    name = " ".join(match[1].split()) if match else ""
    return name if name and len(name.split()) <= cues.MOST_LABEL_WORDS and not _is_field(name) else None


def _is_heading(label: str, letters: Set[str]) -> bool:
    """Say whether a label is a note's heading; of one letter it is, where more than two letters are: S, O, A, P."""
    return _is_field(label) or (len(label) == 1 and len(letters) > 2)


def _is_field(label: str) -> bool:
    plain = " ".join(re.findall(r"[^\W\d_]+", label.casefold()))
    return plain in load_headings() or plain.removesuffix("s") in load_headings()
