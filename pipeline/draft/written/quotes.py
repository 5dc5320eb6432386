"""Quoted words held back while a sentence is worked on: what stands between quotation marks stays letter for letter."""

import re
from typing import Final

from ...types import QUOTED

# Private-use characters (Unicode 16, chapter 23.5) around the quote's number: no word, no sign, nothing a rule reads.
_HELD: Final = re.compile("\ue000(\\d+)\ue001")


def shielded(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the text with each quote, marks and all, as one opaque word, and the quotes."""
    quotes = tuple(match[0] for match in QUOTED.finditer(text))
    numbers = iter(range(len(quotes)))
    return QUOTED.sub(lambda _: f"\ue000{next(numbers)}\ue001", text), quotes


def unshielded(text: str, quotes: tuple[str, ...]) -> str:
    """Return the text with the quotes in their places."""
    return _HELD.sub(lambda match: quotes[int(match[1])], text)
