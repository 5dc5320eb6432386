"""Quoted words held back while a sentence is worked on: what stands between quotation marks stays letter for letter."""

import re
from collections.abc import Mapping
from typing import Final

from ...types import QUOTED

# Private-use characters (Unicode 16, chapter 23.5) around the quote's number: no word, no sign, nothing a rule reads.
_HELD: Final = re.compile("\ue000(\\d+)\ue001")


def shielded(text: str) -> tuple[str, dict[int, str]]:
    """Return the text with each quote, marks and all, as one opaque word, and the quotes by their numbers.

    Opaque words that stand in the text already keep their numbers.
    """
    first = max((int(match[1]) + 1 for match in _HELD.finditer(text)), default=0)
    quotes = dict(enumerate((match[0] for match in QUOTED.finditer(text)), first))
    numbers = iter(quotes)
    return QUOTED.sub(lambda _: f"\ue000{next(numbers)}\ue001", text), quotes


def unshielded(text: str, quotes: Mapping[int, str]) -> str:
    """Return the text with these quotes in their places; other opaque words stay."""
    return _HELD.sub(lambda match: quotes.get(int(match[1]), match[0]), text)
