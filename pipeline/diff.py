"""Two wordings of one sentence side by side: what stayed, what was taken out, what was written."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

_TOKEN: Final = re.compile(r"\s+|[\w'’-]+|[^\w\s]")


@dataclass(frozen=True)
class Piece:
    """Characters that two texts share, or that only the old (removed) or the new one (written) has."""

    how: Literal["same", "removed", "written"]
    text: str


def compare(old: str, new: str) -> tuple[Piece, ...]:
    """Return both texts as pieces of whole words: without the removed ones they are the new text, letter by letter."""
    return tuple(_pieces(_TOKEN.findall(old), _TOKEN.findall(new)))


def written(old: str, new: str) -> tuple[tuple[int, int], ...]:
    """Return which characters [start, end) of the new text the old one does not have there."""
    spans, at = [], 0
    for piece in compare(old, new):
        if piece.how == "written":
            spans.append((at, at + len(piece.text)))
        at += 0 if piece.how == "removed" else len(piece.text)
    return tuple(spans)


def removed(old: str, new: str) -> int:
    """Return how many words of the old text do not stand in the new one."""
    return sum(len(re.findall(r"[\w'’-]+", piece.text)) for piece in compare(old, new) if piece.how == "removed")


def _pieces(before: Sequence[str], after: Sequence[str]) -> Iterator[Piece]:
    for what, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            yield Piece("same", "".join(after[c:d]))
            continue
        if b > a:
            yield Piece("removed", "".join(before[a:b]))
        if d > c:
            yield Piece("written", "".join(after[c:d]))
