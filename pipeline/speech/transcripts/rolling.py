"""Rolling captions, each of which shows the end of the one before again, to what was said once."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from ...types import Seconds
from .cue import Cue

TOUCHING: Final[Seconds] = 0.05  # between two cues of which the second goes on with the first
LEAST_WORDS: Final = 2  # that come again
LEAST_PAIRS: Final = 2  # in which the second repeats the first and goes on, before a file is held to roll
ONE_IN: Final = 3  # pairs


def unrolled(cues: Sequence[Cue]) -> Sequence[Cue]:
    """Return the cues without what they repeat of the one before; people repeat themselves, too, not all the time."""
    again = [_repeated(before, cue) for before, cue in pairwise(cues)]
    more = sum(0 < count < len(cue.text.split()) for count, cue in zip(again, cues[1:], strict=True))
    if more < LEAST_PAIRS or sum(map(bool, again)) * ONE_IN < len(again):
        return cues
    kept = [cues[0]]
    for count, cue in zip(again, cues[1:], strict=True):
        text = re.sub(rf"\s*(?:\S+\s*){{{count}}}", "", cue.text, count=1) if count else cue.text
        if text:
            kept.append(replace(cue, text=text))
        else:
            kept[-1] = replace(kept[-1], end=max(kept[-1].end, cue.end))
    return kept


def _repeated(before: Cue, cue: Cue) -> int:
    """Return how many words a cue repeats of the end of the one before it, of the same voice and next to it in time."""
    if before.label != cue.label or not before.start <= cue.start <= before.end + TOUCHING:
        return 0
    earlier, later = before.text.split(), cue.text.split()
    longest = range(min(len(earlier), len(later)), LEAST_WORDS - 1, -1)
    found = next((count for count in longest if earlier[-count:] == later[:count]), 0)
    lines = (before.text.split("\n")[-1].split(), cue.text.split("\n")[0].split())
    return found or (len(lines[0]) if lines[0] and lines[0] == lines[1] else 0)
