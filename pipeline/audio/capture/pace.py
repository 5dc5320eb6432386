"""Whether as much sound came as time went by: the computer slept, or the program stood still and nothing was heard."""

import time
from typing import Final, NamedTuple

from ...types import Seconds

MISSED: Final = 1.0  # seconds that a block may be late without a word
SETTLED: Final = 2.0  # seconds in which what a driver held back has come, if it held it back
CLOCKS: Final = (  # one that goes on in a sleep, and one that does not; Windows has no such pair
    ("CLOCK_BOOTTIME", "CLOCK_MONOTONIC"),  # Linux
    ("CLOCK_MONOTONIC_RAW", "CLOCK_UPTIME_RAW"),  # macOS
)


class Missed(NamedTuple):
    """Sound that never came, by where it would be in the recording."""

    at: Seconds
    seconds: Seconds


class Pace:
    """Follows the blocks of one stretch of sound by when they came."""

    def __init__(self) -> None:
        self._last: Seconds | None = None
        self._settles: Seconds | None = None  # when it is known whether a late block was only late
        self._at = self._behind = self._least = 0.0

    def hear(self, came: Seconds, length: Seconds, at: Seconds) -> Missed | None:
        """Take a block that came at this moment and stands `at` the recording's; return what is missing for good."""
        late = 0.0 if self._last is None else came - self._last - length
        self._last = came
        if self._settles is not None:
            self._behind += late
            self._least = min(self._least, self._behind)
            return self.rest() if came >= self._settles else None
        if late >= MISSED:
            self._settles, self._at, self._behind, self._least = came + SETTLED, at, late, late
        return None

    def rest(self) -> Missed | None:
        """Return what is missing as far as it can be said now."""
        missed = Missed(self._at, self._least) if self._settles is not None and self._least >= MISSED else None
        self._settles = None
        return missed


def slept() -> Seconds:
    """Return for how long the computer has slept since it was started; no clock that somebody sets is asked."""
    for whole, awake in CLOCKS:
        if hasattr(time, whole) and hasattr(time, awake):
            whole_now = time.clock_gettime(getattr(time, whole))  # first: what passes between the two is no sleep
            return whole_now - time.clock_gettime(getattr(time, awake))
    return 0.0
