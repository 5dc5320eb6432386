"""What is read of a caption or a line: when it was said, its words, and who by."""

from dataclasses import dataclass

from ...types import Seconds


@dataclass(frozen=True)
class Cue:
    """One stretch of text with the label of who speaks, if the file says so."""

    start: Seconds
    end: Seconds
    text: str
    label: str | None = None
