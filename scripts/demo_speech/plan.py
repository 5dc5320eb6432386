"""How to train."""

import math
from dataclasses import dataclass
from pathlib import Path

RISE = 100  # steps to the full rate
LEVEL = 0.25  # of the time at the full rate
LEAST = 0.02  # of the full rate, at the end


@dataclass(frozen=True)
class Plan:
    """How to train: `minutes` in all, counted over restarts; `progress` in the methods is the share of them."""

    folder: Path
    minutes: float
    rate: float = 1.8e-3
    encoder_rate: float = 0.5  # of `rate`
    budget: int = 1500  # mel frames of a trainer's batch at the start, twice that at the end
    guidance: float = 1.0  # weight of looking at the right place, less with time
    phones: float = 0.3  # weight of naming the phones
    told_first: float = 0.5  # of the batches: heads are shown where to look, ...
    told_until: float = 0.45  # ... ever more rarely until this progress
    hard_first: float = 0.0  # how long and noisy windows are at the start, from 0 to 1, their most
    wrong: float = 0.14  # of the tokens in are replaced by others, on average, while all is changed
    changed_until: float = 0.7  # by this progress voices and tokens are changed as much as they ever are; ...
    changed_last: float = 0.35  # ... at the end, as little as this share of it: the voices as they are
    workers: int = 0  # processes that make batches; 0: none but the trainer
    trainers: int = 1  # processes that train, each on batches of its own, and average what they learn at every step
    seed: int = 7

    @property
    def checkpoint(self) -> Path:
        """Return where the state is kept."""
        return self.folder / "checkpoint.pt"

    @property
    def tokenizer(self) -> Path:
        """Return where the tokenizer is."""
        return self.folder / "tokenizer.json"

    def hard_at(self, progress: float) -> float:
        """Return how long and noisy windows are, from 0 to 1."""
        return self.hard_first + (1 - self.hard_first) * min(1.0, progress)

    def changed_at(self, progress: float) -> float:
        """Return how much voices and tokens are changed, as a share of what they are at the start."""
        left = (1 - progress) / (1 - self.changed_until)
        return self.changed_last + (1 - self.changed_last) * min(1.0, max(0.0, left))

    def rate_at(self, step: int, progress: float) -> float:
        """Return the learning rate: a short rise, level, then a cosine to almost nothing."""
        fall = 0.5 * (1 + math.cos(math.pi * max(0.0, progress - LEVEL) / (1 - LEVEL)))
        return self.rate * min(1.0, (step + 1) / RISE) * max(LEAST, fall)

    def told_at(self, progress: float) -> float:
        """Return the share of batches in which heads are shown where to look."""
        return self.told_first * max(0.0, 1 - progress / self.told_until)

    def guidance_at(self, progress: float) -> float:
        """Return the weight of looking at the right place."""
        return self.guidance * (1 - 0.6 * progress)
