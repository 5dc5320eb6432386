"""What configs/continuity.yaml and the concepts hold: what is carried forward, which scales and words are followed."""

from functools import cached_property, lru_cache
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from .. import resources
from ..types import Category, Severity, Words
from .words import Phrases, Stems, tokens

Kind = Literal["homework", "referral", "coordination", "appointment", "medication", "risk"]
Phrase = Annotated[str, Field(pattern=r"\w")]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Carry(_Entry):
    """One kind of thing that an earlier note leaves open, and the question that it becomes.

    `category` is where notes hold it, `words` tell it from the rest of that category and find it in an addendum;
    `common` words are in too many such statements to say that two are about one thing. Of `last` only the newest
    note's count, of `each` all that no later note speaks of; both for `sessions` signed notes.
    """

    kind: Kind
    category: Category
    words: tuple[Phrase, ...]
    all_of_category: bool = False
    common: tuple[Phrase, ...] = ()
    keep: Literal["last", "each"]
    sessions: Annotated[int, Field(ge=1)]
    most: Annotated[int, Field(ge=1)]
    ask: Annotated[str, Field(pattern=r"\{day\}.*\{quote\}")]
    answer: Category
    severity: Severity
    citation: Words


class GoalCarry(_Entry):
    """The question about a goal that this session and the last `sessions` notes did not touch."""

    sessions: Annotated[int, Field(ge=0)]
    most: Annotated[int, Field(ge=1)]
    ask: Annotated[str, Field(pattern=r"\{goal\}.*\{when\}")]
    answer: Category
    severity: Severity
    citation: Words


class Scale(_Entry):
    """One scale: its name, its lowest and highest score; `of` is the total that must be said: "six out of ten".

    `twofold` names mean something else, too; `totals` may be said with a score beside the highest: "SUDS 4 out of 10".
    """

    name: Words
    words: tuple[Phrase, ...] = ()
    twofold: tuple[Phrase, ...] = ()
    least: float
    most: float
    of: int | None = None
    totals: tuple[int, ...] = ()
    better: Literal["lower", "higher"] | None = None

    @property
    def called(self) -> tuple[str, ...]:
        """What it is called: by its words, and by its name where that is no plain word."""
        return (*self.words, *(() if self.of else (self.name,)))


class Scoring(_Entry):
    """Words beside a number that say whether it is a scale's total, and of this session: see the file."""

    between: tuple[Phrase, ...]
    behind: tuple[Phrase, ...]
    counted: tuple[Phrase, ...]
    part: tuple[Phrase, ...]
    numbered: tuple[Phrase, ...]
    total: tuple[Phrase, ...]
    apart_before: tuple[Phrase, ...]
    apart_after: tuple[Phrase, ...]
    aimed: tuple[Phrase, ...]
    wished: tuple[Phrase, ...]
    earlier_before: tuple[Phrase, ...]
    was: tuple[Phrase, ...]
    present: tuple[Phrase, ...]
    past: tuple[Phrase, ...]
    past_front: tuple[Phrase, ...]
    since: tuple[Phrase, ...]
    now: tuple[Phrase, ...]
    ends: tuple[Phrase, ...]


class Lists(_Entry):
    """configs/continuity.yaml."""

    version: Annotated[int, Field(ge=1)]
    carry: tuple[Carry, ...]
    goals: GoalCarry
    done: tuple[Phrase, ...]
    partly: tuple[Phrase, ...]
    not_done: tuple[Phrase, ...]
    homework: tuple[Phrase, ...]
    told: tuple[Phrase, ...]
    in_session: tuple[Phrase, ...]
    rescored: tuple[Phrase, ...]
    corrected: tuple[Phrase, ...]
    moods: tuple[Phrase, ...]
    degrees: tuple[Phrase, ...]
    negations: tuple[Phrase, ...]
    scoring: Scoring
    scales: tuple[Scale, ...]

    def kind(self, name: Kind) -> Carry:
        """Return how one kind of thing is carried forward."""
        return next(kind for kind in self.carry if kind.kind == name)


class Concept(_Entry):
    """One thing that goals are about and its words; a `setting` alone (work, school) says too little."""

    words: tuple[Phrase, ...]
    setting: bool = False


class Concepts(_Entry):
    """configs/lexicons/continuity/concepts.yaml."""

    version: Annotated[int, Field(ge=1)]
    plain: tuple[Phrase, ...]
    weak: tuple[Phrase, ...]
    idioms: tuple[Phrase, ...]
    irregular: dict[str, str]
    concepts: dict[str, Concept]

    @cached_property
    def phrases(self) -> Phrases:
        """Every word of every concept under the concept's name, and the idioms under none."""
        named = [(name, word) for name, concept in self.concepts.items() for word in concept.words]
        return Phrases([*named, *(("", idiom) for idiom in self.idioms)], self.irregular)

    @cached_property
    def _plain(self) -> frozenset[str]:
        return frozenset(token.stem for word in self.plain for token in tokens(word, self.irregular))

    @cached_property
    def weak_stems(self) -> frozenset[str]:
        """Stems that mean something, but too many things to link two texts by themselves."""
        return frozenset(token.stem for word in self.weak for token in tokens(word, self.irregular))

    def stems(self, text: str) -> Stems:
        """Return the stems of the words of a text that carry its meaning, each once; numbers are left out."""
        found = (token.stem for token in tokens(text, self.irregular))
        return tuple(dict.fromkeys(one for one in found if one not in self._plain and not one[0].isdigit()))

    def all_stems(self, text: str) -> Stems:
        """Return the stems of all words of a text."""
        return tuple(token.stem for token in tokens(text, self.irregular))

    def listed(self, phrases: tuple[str, ...]) -> Phrases:
        """Return a list of phrases, ready to be found; none has a name of its own."""
        return Phrases([("", phrase) for phrase in phrases], self.irregular)


@lru_cache
def load_lists() -> Lists:
    """Load configs/continuity.yaml.

    Raises:
        SettingsInvalid: a key of it is wrong.
    """
    return resources.read_yaml(resources.configs() / "continuity.yaml", Lists)


@lru_cache
def load_concepts() -> Concepts:
    """Load configs/lexicons/continuity/concepts.yaml.

    Raises:
        SettingsInvalid: a key of it is wrong.
    """
    return resources.read_yaml(resources.configs() / "lexicons" / "continuity" / "concepts.yaml", Concepts)
