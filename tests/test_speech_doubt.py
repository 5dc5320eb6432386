"""Which words are doubted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.speech.doubts.doubt import SHARE, SURE, WEIGHTY_SHARE, doubtful, nearly_drugs, weighty


def weighing(text: str) -> list[str]:
    words = text.split()
    return [word for word, weighs in zip(words, weighty(words), strict=True) if weighs]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("she did not, she didn’t, she never denies", "not, didn’t, never denies"),
        ("GAD-7 was fifteen or twenty-five or 2.5", "GAD-7 fifteen twenty-five 2.5"),
        ("takes sertraline 50 mg at ten p.m.", "sertraline 50 mg ten p.m."),
        ("sertraline, a small dose", "sertraline, dose"),
        ("I am well and like pills of wisdom", ""),  # a unit without a number or a drug is a plain word
        ("thoughts of suicide or harming herself", "suicide harming"),
        ("we meet on tuesday at noon in march", "tuesday noon"),
        ("Today her sister Nina rang. Nobody else did.", "Today Nina Nobody"),
        ("Her note was nobler, often anxious, a knot", ""),
        ("", ""),
    ],
)
def test_what_would_turn_a_note_around_is_weighty(text: str, words: str) -> None:
    assert " ".join(weighing(text)) == words


def test_capitals_say_nothing_where_every_word_has_one() -> None:
    assert weighing("Her Sister Came And She Was Glad") == []


def test_a_word_that_also_comes_without_a_capital_is_no_name() -> None:
    assert weighing("we saw Hope and had hope and it was good to see") == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("she takes sertralean every day", "sertralean"),
        ("she takes sir tra lean every day", "sir tra lean"),
        ("he is on lamo trigine now", "lamo trigine"),
        ("started citalo pram in May", "citalo pram"),
        ("she takes sertraline every day", ""),
        ("her meds and the ability to handle it", ""),
        ("he wrote a letter, Dave. It was fine.", ""),
    ],
)
def test_what_is_nearly_a_drug_is_noticed(text: str, words: str) -> None:
    heard = text.split()
    assert " ".join(word for word, near in zip(heard, nearly_drugs(heard), strict=True) if near) == words


def test_the_same_share_is_doubted_in_a_good_and_a_bad_recording() -> None:
    """A cut-off of 0.60 would flag nothing in the one and most words of the other."""
    rng = np.random.default_rng(2)
    for low, high in ((0.62, 0.89), (0.2, 0.7)):
        flags = doubtful(list(rng.uniform(low, high, 400)), [False] * 400)
        assert sum(flags) == 400 * SHARE


def test_negations_are_doubted_sooner() -> None:
    probabilities = [number / 200 for number in range(100)]
    plain = doubtful(probabilities, [False] * 100)
    heavy = doubtful(probabilities, [True] * 100)
    assert sum(heavy) == 100 * WEIGHTY_SHARE > sum(plain)


def test_words_the_engine_is_sure_of_are_not_doubted() -> None:
    assert not any(doubtful([SURE + number / 1000 for number in range(50)], [True] * 50))


def test_words_that_tie_as_the_least_probable_are_all_doubted() -> None:
    """As where a whole utterance has one probability, which makes up more of a short dictation than the share."""
    flags = doubtful([0.3] * 40 + [0.8] * 60, [False] * 99 + [True])
    assert flags == (True,) * 40 + (False,) * 60
    assert not any(doubtful([0.95] * 40 + [0.99] * 60, [True] * 100))


def test_equal_probabilities_say_nothing() -> None:
    assert not any(doubtful([0.3, 0.3, 0.3], [False, True, True]))
    assert doubtful([], []) == ()


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), max_size=60))
def test_never_more_than_the_greater_share(pairs: list[tuple[bool, float]]) -> None:
    flags = doubtful([probability for _, probability in pairs], [weighs for weighs, _ in pairs])
    assert len(flags) == len(pairs)
    doubted = [probability for (_, probability), flag in zip(pairs, flags, strict=True) if flag]
    assert len(doubted) <= WEIGHTY_SHARE * len(pairs) + 1 or set(doubted) == {min(p for _, p in pairs)}
