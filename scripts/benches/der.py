"""Diarization error rate as NIST's md-eval counts it, on a grid of 10 ms; overlapping speech is scored."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Stretch = tuple[float, float, str]  # start, end (seconds), who

STEP = 0.01  # seconds
COLLAR = 0.25  # seconds on either side of a reference border that are not scored


@dataclass(frozen=True)
class Errors:
    """Seconds of speech in the reference, and of what went wrong; several add up by `+`."""

    total: float = 0.0
    missed: float = 0.0
    false: float = 0.0
    confused: float = 0.0

    def __add__(self, other: "Errors") -> "Errors":
        mine, theirs = (vars(errors).values() for errors in (self, other))
        return Errors(*(a + b for a, b in zip(mine, theirs, strict=True)))

    @property
    def rate(self) -> float:
        """The diarization error rate; it may exceed 1."""
        return (self.missed + self.false + self.confused) / self.total if self.total else 0.0


def compare(
    reference: Sequence[Stretch], found: Sequence[Stretch], start: float, end: float, collar: float = COLLAR
) -> Errors:
    """Count the errors of `found` within [start, end) under the best one-to-one mapping of its names.

    The mapping is exact: at most some ten names on either side.
    """
    truth, guess = (_grid(stretches, start, end) for stretches in (reference, found))
    scored = _scored(truth, collar)
    truth, guess = truth[:, scored], guess[:, scored]
    spoken, claimed = truth.sum(axis=0), guess.sum(axis=0)
    right = _best(truth.astype(np.int64) @ guess.T.astype(np.int64))
    common = int(np.minimum(spoken, claimed).sum())
    return Errors(
        total=float(spoken.sum()) * STEP,
        missed=float(np.maximum(spoken - claimed, 0).sum()) * STEP,
        false=float(np.maximum(claimed - spoken, 0).sum()) * STEP,
        confused=(common - right) * STEP,
    )


def _grid(stretches: Sequence[Stretch], start: float, end: float) -> NDArray[np.bool_]:
    """Return who speaks when: [names, steps]."""
    names = sorted({who for _, _, who in stretches})
    grid = np.zeros((len(names), round((end - start) / STEP)), np.bool_)
    for first, last, who in stretches:
        grid[names.index(who), max(0, round((first - start) / STEP)) : max(0, round((last - start) / STEP))] = True
    return grid


def _scored(truth: NDArray[np.bool_], collar: float) -> NDArray[np.bool_]:
    """Return which steps are scored: those not within `collar` seconds of a border of the reference."""
    scored = np.ones(truth.shape[1], np.bool_)
    width = round(collar / STEP)
    edges = np.diff(truth, axis=1, prepend=False, append=False)
    for border in np.flatnonzero(edges.any(axis=0)):
        scored[max(0, border - width) : border + width] = False
    return scored


def _best(together: NDArray[np.int64]) -> int:
    """Return the largest sum of `together` [names, names] with each row and each column used at most once."""
    if together.shape[0] < together.shape[1]:
        together = together.T

    @cache
    def best(row: int, free: int) -> int:
        if row == together.shape[0]:
            return 0
        taken = (
            int(together[row, column]) + best(row + 1, free & ~(1 << column))
            for column in range(together.shape[1])
            if free >> column & 1
        )
        return max((best(row + 1, free), *taken))

    return best(0, (1 << together.shape[1]) - 1)
