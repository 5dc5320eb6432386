"""Sentences that nobody said: some words of a clip give way to others that the same voice said elsewhere.

A network that has heard a sentence thirty times writes it from memory and stops listening. These it cannot remember
(Lam and others, "On-the-fly aligned data augmentation for sequence-to-sequence ASR", Interspeech 2021).
"""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import accumulate

import numpy as np

from .clips import Clip

MARKS = ".,?!"
FLAT = 0.5  # power of a word's count: rare words come oftener than they are said
LEAST = 0.3  # of a clip's words that are exchanged, on average, at least


@dataclass
class Words:
    """The words that one voice said within its sentences: written, the clip, its phones, and which word it is."""

    said: defaultdict[str, list[tuple[Clip, np.ndarray, int]]] = field(default_factory=lambda: defaultdict(list))
    names: list[str] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)  # summed up

    def add(self, clip: Clip, phones: np.ndarray) -> None:
        """Take in a clip with the phone of every mel frame; call `weigh` after the last."""
        for place, written in enumerate(clip.words):
            if place and not written.endswith(".m."):
                self.said[written.rstrip(MARKS)].append((clip, phones, place))

    def weigh(self) -> None:
        """Make ready to draw."""
        self.names = list(self.said)
        self.weights = list(accumulate(len(self.said[name]) ** FLAT for name in self.names))

    def draw(self, chance: random.Random) -> tuple[str, np.ndarray, np.ndarray]:
        """Return a word, its mel powers [80, frames] and phones [frames]."""
        name = chance.choices(self.names, cum_weights=self.weights)[0]
        clip, phones, place = chance.choice(self.said[name])
        part = slice(*frames(clip, place))
        return name, clip.powers[:, part], phones[part]

    def spliced(self, clip: Clip, phones: np.ndarray, chance: random.Random) -> tuple[Clip, np.ndarray]:
        """Return the clip with words exchanged, and its phones."""
        share = chance.uniform(LEAST, 1)
        words: list[str] = []
        spans: list[tuple[float, float]] = []
        sounds: list[np.ndarray] = []
        labels: list[np.ndarray] = []
        done = length = 0
        for place, written in enumerate(clip.words):
            start, end = frames(clip, place)
            core = written.rstrip(MARKS)
            powers, named = clip.powers[:, start:end], phones[start:end]
            if not written.endswith(".m.") and chance.random() < share:
                name, powers, named = self.draw(chance)
                written = (name if place else name[0].upper() + name[1:]) + written[len(core) :]
            before = slice(done, max(done, start))
            sounds += [clip.powers[:, before], powers]
            labels += [phones[before], named]
            length += before.stop - before.start
            spans.append((length / 100, (length + powers.shape[1]) / 100))
            length, done = length + powers.shape[1], max(done, end)
            words.append(written)
        sounds.append(clip.powers[:, done:])
        labels.append(phones[done:])
        made = Clip(clip.voice, "spliced", np.concatenate(sounds, 1), tuple(words), np.array(spans, np.float32), ())
        return made, np.concatenate(labels)


def frames(clip: Clip, place: int) -> tuple[int, int]:
    """Return the mel frames at which a word of the clip begins and ends."""
    start, end = (min(clip.powers.shape[1], round(float(second) * 100)) for second in clip.spans[place])
    return start, max(start + 1, end)
