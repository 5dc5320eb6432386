"""A night of a clinic, played through: recordings in a queue, workers that hear them and now and then die, one desk.

Recordings go to whichever worker is free first. A worker that dies comes back after a while and begins its recording
anew. What is heard goes through one desk, where the draft is composed and kept, one after the other.
"""

import heapq
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

HOUR = 3600.0  # seconds


@dataclass(frozen=True)
class Stages:
    """Seconds that the stages take.

    Args:
        factor: of hearing, for each second of sound.
        each: of a worker, for each recording: to unseal, decode, find, answer.
        desk: of the desk, for each recording: to open, seal, keep, compose.
        deaths: of a worker, in an hour of work.
        back: from a worker's death until it hears again.
    """

    factor: float
    each: float = 0.0
    desk: float = 0.0
    deaths: float = 0.0
    back: float = 60.0


def play(lengths: Iterable[float], workers: int, stages: Stages, dice: random.Random) -> float:
    """Return the seconds until the last draft is kept; `lengths` are the recordings', in seconds."""
    free = [0.0] * workers
    heard = []
    for length in lengths:
        at = heapq.heappop(free)
        needed = length * stages.factor + stages.each
        while stages.deaths and (lived := dice.expovariate(stages.deaths / HOUR)) < needed:
            at += lived + stages.back
        heapq.heappush(free, at + needed)
        heard.append(at + needed)
    done = 0.0
    for at in sorted(heard):
        done = max(done, at) + stages.desk
    return done


def nights(lengths: Sequence[float], count: int, workers: int, stages: Stages, runs: int) -> list[float]:
    """Return how long each of several nights took, with `count` recordings drawn from `lengths`; sorted."""
    dice = random.Random(1)
    return sorted(play(dice.choices(lengths, k=count), workers, stages, dice) for _ in range(runs))


def fewest(lengths: Sequence[float], count: int, hours: float, stages: Stages, runs: int, most: int) -> int | None:
    """Return the fewest workers with which nineteen of twenty nights end in time; None if `most` are not enough."""

    def enough(workers: int) -> bool:
        taken = nights(lengths, count, workers, stages, runs)
        return taken[min(runs - 1, int(runs * 0.95))] <= hours * HOUR

    if not enough(most):
        return None
    low, high = 0, most  # low is not enough, high is
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
