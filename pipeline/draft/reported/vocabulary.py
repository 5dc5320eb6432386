"""The vocabulary of reported speech (configs/reported.yaml), checked when it is loaded, and the forms of its verbs."""

import re
from functools import cached_property, lru_cache
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from ... import resources

Pronoun = Literal["they", "she", "he"]
Listed = frozenset[str]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Pronouns(_Table):
    """What the first person becomes; `family` are all words that could then be mistaken for the client's."""

    words: dict[str, str]
    family: Listed
    verbs: dict[str, str]


class Verbs(_Table):
    """Verbs by their base; `irregular` holds third person, past and participle, and the -ing form where it is not +ing.

    Several forms of one kind stand in one string.
    """

    irregular: dict[str, Annotated[tuple[str, ...], Field(min_length=3, max_length=4)]]
    regular: tuple[str, ...]
    doubling: Listed

    @cached_property
    def third(self) -> dict[str, str]:
        """Return each base with its third person: "go" with "goes"."""
        regular = {base: _third(base) for base in self.regular}
        return {**regular, **{base: forms[0] for base, forms in self.irregular.items()}}

    @cached_property
    def past(self) -> Listed:
        """Return the forms of the past."""
        irregular = {word for forms in self.irregular.values() for word in forms[1].split()}
        return frozenset(irregular | {self._past(base) for base in self.regular})

    @cached_property
    def participles(self) -> Listed:
        """Return the forms that follow "have"."""
        irregular = {word for forms in self.irregular.values() for word in forms[2].split()}
        return frozenset(irregular | {self._past(base) for base in self.regular})

    @cached_property
    def ing(self) -> Listed:
        """Return the -ing forms."""
        irregular = {forms[3] if len(forms) > 3 else _ing(base) for base, forms in self.irregular.items()}
        return frozenset(irregular | {self._doubled(base) + "ing" if base in self.doubling else _ing(base)
                                      for base in self.regular})  # fmt: skip

    def _past(self, base: str) -> str:
        if re.search("[^aeiou]y$", base):
            return f"{base[:-1]}ied"
        return f"{base}d" if base.endswith("e") else f"{self._doubled(base)}ed"

    def _doubled(self, base: str) -> str:
        return base + base[-1] if base in self.doubling else base


def _third(base: str) -> str:
    if re.search("[^aeiou]y$", base):
        return f"{base[:-1]}ies"
    return f"{base}es" if re.search("(s|x|z|ch|sh)$", base) else f"{base}s"


def _ing(base: str) -> str:
    if base.endswith("ie"):
        return f"{base[:-2]}ying"
    return f"{base[:-1]}ing" if re.search("[^eo]e$", base) else f"{base}ing"


class Unsure(_Table):
    """What makes a rule unsure: anywhere, as a phrase, or alone between two signs."""

    words: Listed
    phrases: tuple[str, ...]
    alone: Listed
    saying: Listed
    thinking: Listed


class Turned(_Table):
    """How a clause may be told shorter: `said` without its "I"; one of `before`, or an -ing form, must follow."""

    said: str
    told: str
    before: tuple[str, ...] = ()


class Answers(_Table):
    """When an answer means nothing without its question."""

    opening: Listed
    shortest: int
    longest: int
    refusing: tuple[str, ...]
    agreeing: tuple[str, ...]
    objecting: tuple[str, ...]
    offering: tuple[str, ...]
    settling: tuple[str, ...]
    summing: tuple[str, ...]
    items: tuple[str, ...]
    tags: tuple[str, ...]


class Vocabulary(_Table):
    """configs/reported.yaml."""

    version: Annotated[int, Field(ge=1)]
    who: dict[str, str]
    pronouns: dict[Pronoun, Pronouns]
    contractions: dict[str, str]
    auxiliaries: Listed
    modals: Listed
    after_is: Listed
    adverbs: Listed
    degrees: Listed
    verbs: Verbs
    subjects: Listed
    determiners: Listed
    noun_phrase: int
    leads: Listed
    subordinators: Listed
    openers: tuple[str, ...]
    asides: Listed
    fillers: Listed
    repeated: Listed
    unsure: Unsure
    after_thinking: Listed
    longest: int
    negations: Listed
    conditions: Listed
    hedges: Listed
    denials: tuple[Turned, ...]
    not_denials: Listed
    gerunds: tuple[Turned, ...]
    not_gerunds: Listed
    to_come: Listed
    answers: Answers
    question_openings: Listed
    referring: Listed
    voicing: tuple[str, ...]
    frame: Listed

    @property
    def name(self) -> str:
        """Its versioned name, which goes into every draft of a session."""
        return f"reported@{self.version}"

    @cached_property
    def finite(self) -> Listed:
        """Return the words that can be the verb after "he" or "it": helping verbs, third persons, forms of the past."""
        return self.auxiliaries | self.modals | frozenset(self.verbs.third.values()) | self.verbs.past

    @cached_property
    def bases(self) -> Listed:
        """Return the base forms, which can be the verb after "I"."""
        return frozenset(self.verbs.third)


@lru_cache
def load_vocabulary() -> Vocabulary:
    """Load configs/reported.yaml.

    Raises:
        SettingsInvalid: a key of it is wrong.
    """
    return resources.read_yaml(resources.configs() / "reported.yaml", Vocabulary)
