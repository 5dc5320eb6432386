"""Whether words that were written anew are still about another person, or may be about the client."""

import pytest

from pipeline.whose import still_about

PARTNER = "Her partner has suicidal thoughts with a plan."
MOTHER = "Client reported that her mother was depressed."


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (PARTNER, "Her partner has suicidal thoughts with a plan"),
        (PARTNER, "Her partner had suicidal thoughts with a plan in 2019."),
        (PARTNER, "The client’s husband has long-standing suicidal thoughts."),
        (PARTNER, "His partner has no suicidal thoughts."),
        (MOTHER, "Client reported that her mum was severely depressed."),
        ("Her father denies drinking.", "Her father denied drinking at the weekend."),
        ("Her brother's PHQ-9 was 18.", "Her brother's PHQ-9 was 19."),
        ("He has been drinking.", "He has been drinking"),
    ],
)
def test_what_plainly_names_the_same_person_is_about_that_person(before: str, after: str) -> None:
    assert still_about(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (PARTNER, "The client has suicidal thoughts with a plan."),
        (PARTNER, "She has suicidal thoughts with a plan."),
        (PARTNER, "Suicidal thoughts with a plan."),
        (PARTNER, "Her partner has suicidal thoughts, as has the client."),
        (PARTNER, "Her partner has suicidal thoughts and she has a plan."),
        (PARTNER, "Her partner has suicidal thoughts. Denies a plan of her own."),
        (PARTNER, "Her partner has left, suicidal thoughts with a plan."),
        (PARTNER, "Her partner has known of the suicidal thoughts."),
        (PARTNER, "Her partner knows of suicidal thoughts with a plan."),
        (PARTNER, "Her partner found suicidal notes with a plan."),
        (PARTNER, "Her partner's leaving brought suicidal thoughts."),
        (PARTNER, "Told her partner of suicidal thoughts with a plan."),
        (PARTNER, "Her son has suicidal thoughts with a plan."),
        (MOTHER, "Client reported to her mother that she was depressed."),
        (MOTHER, "Client told her mother of being depressed."),
        ("Her father denies drinking.", "Client denies drinking."),
        ("He has been drinking.", "He has been drinking a lot."),
    ],
)
def test_what_may_be_the_clients_is_not(before: str, after: str) -> None:
    assert not still_about(before, after)
