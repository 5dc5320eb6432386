"""Which words to doubt: the least probable of this recording, and more of those that a mistake would turn around.

A fixed cut-off flagged 32 % of one call's words and 61 % of another's at 0.60; a share of the recording's own words
does not, whatever microphone or voice it was.
"""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from ..types import Probability

SHARE: Final = 0.05  # of a recording's words
# Negations made up 30 % of invented statements (Asgari et al. 2025); a number is a dose, a score, a date.
WEIGHTY_SHARE: Final = 0.20
SURE: Final = 0.90  # a word this probable is not doubted, however good the others are; it only ever lowers the count
WEIGHTY: Final = re.compile(
    r".*\d.*|no|not|nor|none|never|nothing|nobody|neither|without|cannot|\w+n['’]t|den(?:y|ies|ied|ying)|stop\w*"
    r"|zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen"
    r"|(?:twen|thir|for|fif|six|seven|eigh|nine)ty(?:-\w+)?|hundred|thousand|half|quarter|once|twice",
    re.IGNORECASE,
)
EDGES: Final = re.compile(r"^\W+|\W+$")


def doubtful(words: Sequence[str], probabilities: Sequence[Probability]) -> tuple[bool, ...]:
    """Say of each word of one recording whether to doubt it.

    Doubted is a word under the lowest 5 % of the probabilities, a negation or number under the lowest 20 %; words that
    the engine is sure of never are. Where all probabilities are equal the engine says nothing, and none is doubted.
    """
    if not probabilities:
        return ()
    plain, weighty = (float(np.quantile(probabilities, share)) for share in (SHARE, WEIGHTY_SHARE))
    return tuple(
        probability < min(SURE, weighty if is_weighty(word) else plain)
        for word, probability in zip(words, probabilities, strict=True)
    )


def is_weighty(word: str) -> bool:
    """Say whether a word is a negation or a number, with or without punctuation around it."""
    return WEIGHTY.fullmatch(EDGES.sub("", word)) is not None
