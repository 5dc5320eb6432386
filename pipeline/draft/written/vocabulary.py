"""The shape of configs/wording.yaml, and its words as patterns."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from ... import resources

Phrases = Annotated[tuple[str, ...], Field(min_length=1)]
Kind = Literal["number", "nth", "day", "month", "often", "unit", "side", "who"]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ClinicianWords(_Table):
    """What follows an "I" that is the clinician's, and what makes it unsure."""

    did: Phrases
    do: Phrases
    doing: Phrases
    adverbs: Phrases
    told: Phrases
    own: Phrases
    reporting: Phrases


class ContractedWords(_Table):
    """What a contraction stands for, by the word behind it."""

    has: Phrases
    is_: Annotated[Phrases, Field(alias="is")]
    had: Phrases
    would: Phrases
    adverbs: Phrases


class Vocabulary(_Table):
    """configs/wording.yaml; each key is explained there."""

    version: Annotated[int, Field(ge=1)]
    frame: Phrases
    openers: Phrases
    leading: Phrases
    signed: Phrases
    with_that: Phrases
    subjects: Phrases
    fillers: Phrases
    er_after: Phrases
    asides: Phrases
    leaning: Phrases
    tails: Phrases
    doubled: Phrases
    doubled_pair: Phrases
    begun: Phrases
    begun_verbs: Phrases
    repairs: Phrases
    repairs_apart: Phrases
    adding: Phrases
    answers: Phrases
    joining: Phrases
    kinds: dict[Kind, Phrases]
    parts: Phrases
    cues: Phrases
    topics: Phrases
    turning: Phrases
    turned_to: Phrases
    observed: Phrases
    clinician: ClinicianWords
    contracted: ContractedWords
    before_pronoun: Phrases
    after_object: Phrases
    returning: Phrases
    party: Phrases
    several: Phrases
    many: Phrases
    not_the_client: Phrases


@lru_cache
def load_vocabulary() -> Vocabulary:
    """Load configs/wording.yaml.

    Raises:
        SettingsInvalid: a key of it is wrong.
    """
    return resources.read_yaml(resources.configs() / "wording.yaml", Vocabulary)


def any_of(words: Iterable[str]) -> str:
    """Return a pattern for any of these words or phrases, whole, the longest first; signs of speech may be curly."""
    ordered = sorted(set(words), key=lambda word: (-len(word), word))
    either = "|".join(re.escape(word).replace("'", "['’]").replace(r"\ ", r"\s+") for word in ordered)
    return rf"(?<![\w'’-])(?:{either})(?![\w'’-])"
