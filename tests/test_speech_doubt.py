"""Which words are doubted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.speech.doubt import SHARE, SURE, WEIGHTY_SHARE, doubtful, is_weighty


@pytest.mark.parametrize(
    "word",
    ["not", "No,", "never", "didn't", "didn’t", "denies", "50", "50mg.", "GAD-7", "fifteen", "twenty-five", "2.5"],
)
def test_negations_and_numbers_are_weighty(word: str) -> None:
    assert is_weighty(word)


@pytest.mark.parametrize("word", ["note", "anxious", "nobler", "often", "tender", "knot", "", "..."])
def test_other_words_are_not(word: str) -> None:
    assert not is_weighty(word)


def test_the_same_share_is_doubted_in_a_good_and_a_bad_recording() -> None:
    """A cut-off of 0.60 would flag nothing in the one and most words of the other."""
    rng = np.random.default_rng(2)
    for low, high in ((0.62, 0.89), (0.2, 0.7)):
        flags = doubtful(["word"] * 400, list(rng.uniform(low, high, 400)))
        assert sum(flags) == 400 * SHARE


def test_negations_are_doubted_sooner() -> None:
    probabilities = [number / 200 for number in range(100)]
    plain = doubtful(["low"] * 100, probabilities)
    weighty = doubtful(["not"] * 100, probabilities)
    assert sum(weighty) == 100 * WEIGHTY_SHARE > sum(plain)


def test_words_the_engine_is_sure_of_are_not_doubted() -> None:
    assert not any(doubtful(["not"] * 50, [SURE + number / 1000 for number in range(50)]))


def test_equal_probabilities_say_nothing() -> None:
    assert not any(doubtful(["a", "not", "7"], [0.3, 0.3, 0.3]))
    assert doubtful([], []) == ()


@given(st.lists(st.tuples(st.text(max_size=8), st.floats(0, 1)), max_size=60))
def test_never_more_than_the_greater_share(pairs: list[tuple[str, float]]) -> None:
    flags = doubtful([word for word, _ in pairs], [probability for _, probability in pairs])
    assert len(flags) == len(pairs)
    assert sum(flags) <= WEIGHTY_SHARE * len(pairs) + 1
