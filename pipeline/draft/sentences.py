"""Where a sentence of a turn begins and ends, and where it may be cut without changing what it says."""

import re
from collections.abc import Iterator, Sequence

_END = re.compile(r"(?<=[.!?])[\"”')\]]*\s+(?=\S)|\n+")
_TITLE = re.compile(r"\b(?:dr|mr|mrs|ms|prof|st|vs|e\.g|i\.e)\.$", re.I)  # never ends a sentence
_ABBREVIATION = re.compile(r"\b(?:[ap]\.m|approx|etc|min|mg)\.$", re.I)  # ends one before a capital
_JOINT = re.compile(r";\s+|,\s+(?:and|but|then)\s+|\s+but\s+", re.I)

Span = tuple[int, int]


def sentences(text: str) -> Iterator[Span]:
    """Yield the spans of the sentences of a text, without surrounding space; together they hold every word."""
    start = 0
    for cut in [*_END.finditer(text), None]:
        end = cut.start() if cut else len(text)
        piece = text[start:end].rstrip()
        if cut and _TITLE.search(piece):
            continue
        if cut and _ABBREVIATION.search(piece) and not text[cut.end()].isupper():
            continue
        stripped = piece.lstrip()
        if stripped:
            yield start + len(piece) - len(stripped), start + len(piece)
        start = cut.end() if cut else end


def pieces(text: str, sentence: Span, owners: Sequence[tuple[Span, int]], whole: bool) -> tuple[Span, ...]:
    """Cut a sentence between parts that belong to different sections; `owners` are spans with their section's index.

    It stays `whole` where a cut might change what it says: words outside the negation that governs them. So does one
    where a part between two joints has no owner, or owners of two sections.
    """
    if whole or len({section for _, section in owners}) < 2:
        return (sentence,)
    start, end = sentence
    cuts = [(start + m.start(), start + m.end()) for m in _JOINT.finditer(text[start:end])]
    bounds = [start, *(position for cut in cuts for position in cut), end]
    parts = [(bounds[i], bounds[i + 1]) for i in range(0, len(bounds), 2)]
    held = [{section for (a, b), section in owners if a < part[1] and b > part[0]} for part in parts]
    if any(len(sections) != 1 for sections in held) or sum(map(len, held)) < len(parts):
        return (sentence,)
    merged: list[tuple[Span, set[int]]] = []
    for part, sections in zip(parts, held, strict=True):
        if merged and merged[-1][1] == sections:
            merged[-1] = ((merged[-1][0][0], part[1]), sections)
        else:
            merged.append((part, sections))
    return tuple(part for part, _ in merged)
