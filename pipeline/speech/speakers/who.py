"""Who of several people is the clinician, by the words that each of them uses; trained by scripts/train_who.

A linear model: each person's words and pairs of words have weights, their sum over the square root of how many words
they said is a score, and the scores of all people give a probability for each to be the clinician.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

import numpy as np
from pydantic import BaseModel, ConfigDict

from ...resources import models, read_yaml
from ...types import Probability

TOKEN: Final = re.compile(r"[a-z]+(?:'[a-z]+)?|\?")
APOSTROPHES: Final = str.maketrans("’ʼ", "''")


class Weights(BaseModel):
    """What speaks for the clinician (above zero) and against: words, pairs joined by a blank, and the mark "?"."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    weights: dict[str, float]


@cache
def load_weights() -> Weights:
    """Read the bundled weights.

    Raises:
        SettingsInvalid: their file is missing or not as it should be.
    """
    return read_yaml(models() / "speakers" / "who.yaml", Weights)


def clinician(said: Sequence[str], weights: Mapping[str, float]) -> list[Probability]:
    """Return for each person, by all that they said, how likely it is that they are the clinician; sums up to 1."""
    if not said:
        return []
    scores = np.array([score(features(text), weights) for text in said])
    likely = np.exp(scores - scores.max())
    return [float(value) for value in likely / likely.sum()]


def features(text: str) -> Counter[str]:
    """Count the words, the pairs of neighbouring words, and the question marks."""
    tokens = TOKEN.findall(text.lower().translate(APOSTROPHES))
    words = [token for token in tokens if token != "?"]
    return Counter(tokens) + Counter(f"{a} {b}" for a, b in zip(words, words[1:], strict=False))


def score(found: Counter[str], weights: Mapping[str, float]) -> float:
    """Return a person's score; 0 for somebody who said nothing that has a weight."""
    length = sum(count for token, count in found.items() if " " not in token)
    return sum(count * weights.get(token, 0.0) for token, count in found.items()) / math.sqrt(max(1, length))
