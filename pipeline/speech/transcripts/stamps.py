"""Times as transcript files write them, "0:03", "01:02:03", "0:0:6.90", to seconds."""

import re
from collections.abc import Iterable
from typing import Final

from ...types import Seconds

CLOCK: Final = r"(?:\d{1,4}:)?\d{1,2}:\d{1,2}"
STAMP: Final = CLOCK + r"(?:[.,]\d{1,3})?"
EXACT: Final = CLOCK + r"[.,]\d{1,3}"
UNPADDED: Final = re.compile(r"\b\d{1,4}:(?:\d:\d{1,2}|\d\d:\d)[.,]\d")


def are_unpadded(lines: Iterable[str]) -> bool:
    """Say whether a file's times are written without leading zeros, as Teams does: "0:0:6.90 --> 0:0:6.500".

    Its ".90" then is 90 milliseconds; in all other files it is 0.9 seconds.
    """
    return any(UNPADDED.search(line[:80]) for line in lines)


def seconds(stamp: str, *, unpadded: bool = False) -> Seconds:
    """Return a time that STAMP matches in seconds."""
    whole, _, fraction = stamp.replace(",", ".").partition(".")
    parts = [int(part) for part in whole.split(":")]
    hours, minutes, rest = [0, *parts][-3:]
    milliseconds = int(fraction.rjust(3, "0") if unpadded else fraction.ljust(3, "0"))
    return hours * 3600 + minutes * 60 + rest + milliseconds / 1000
