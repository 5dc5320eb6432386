"""Formats as data: what goes into which section, in which order, and how long a note of that format is."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from ..types import CATEGORIES, Category, Finding, Length, Polarity, Speaker, Subject, Temporality

# Never left out for length, whatever a format says.
STAYING: Final[tuple[Category, ...]] = ("risk", "medication", "homework", "plan")
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Phrase = Annotated[str, Field(min_length=1)]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True)
class Traits:
    """What a format may ask of a passage besides its category; `words` are the finding's label and what was said."""

    polarity: Polarity = "affirmed"
    subject: Subject = "client"
    temporality: Temporality = "current"
    speaker: Speaker | None = None
    words: str = ""

    @classmethod
    def of(cls, findings: Sequence[Finding], speaker: Speaker | None, said: str) -> Self:
        """Return the traits of words that carry these findings: denied, past or another's where all of them are."""
        return cls(
            polarity="denied" if all(f.polarity == "denied" for f in findings) else "affirmed",
            subject="other" if all(f.subject == "other" for f in findings) else "client",
            temporality="past" if all(f.temporality == "past" for f in findings) else "current",
            speaker=speaker,
            words="\n".join((*(f.label for f in findings), said)),
        )


PLAIN: Final = Traits()


def _several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


class Take(_Entry):
    """What a section takes of a category, or of several in order of time: all, or only what meets every condition.

    `said` is for dictations: told by the client, or seen by the clinician. `words`: one of them stands in the finding's
    label or in what was said. `expected` shows "not addressed" where the category has no words at all, `ask` puts a
    question where nothing meets the conditions.
    """

    category: Annotated[tuple[Category, ...], BeforeValidator(_several), Field(min_length=1)]
    said: Literal["reported", "observed"] | None = None
    polarity: Polarity | None = None
    subject: Subject | None = None
    temporality: Temporality | None = None
    speaker: Speaker | None = None
    words: tuple[Phrase, ...] = ()
    expected: bool = False
    ask: Phrase | None = None

    @property
    def conditions(self) -> int:
        """How many conditions it sets."""
        plain = (self.said, self.polarity, self.subject, self.temporality, self.speaker)
        return sum(condition is not None for condition in plain) + bool(self.words)

    def fits(self, category: Category, observed: bool, traits: Traits) -> bool:
        """Say whether a passage of this category and these traits meets every condition."""
        return (
            category in self.category
            and self.said in (None, "observed" if observed else "reported")
            and self.polarity in (None, traits.polarity)
            and self.subject in (None, traits.subject)
            and self.temporality in (None, traits.temporality)
            and self.speaker in (None, traits.speaker)
            and (not self.words or bool(_any_of(self.words).search(traits.words)))
        )


class SectionFormat(_Entry):
    """One section of a format and what it takes; within it by the order of `takes`, or of the talk (`order: time`).

    An `optional` one is left out of a draft that has nothing for it.
    """

    key: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    title: Phrase
    takes: Annotated[tuple[Take, ...], Field(min_length=1)]
    order: Literal["takes", "time"] = "takes"
    optional: bool = False

    @model_validator(mode="after")
    def _shown(self) -> Self:
        if self.optional and any(take.expected or take.ask for take in self.takes):
            raise ValueError(f"the section {self.key} expects or asks something and cannot be optional")
        return self


class Budget(_Entry):
    """The most words of a note at each length; `full` has no limit."""

    brief: Annotated[int, Field(ge=30)]
    standard: Annotated[int, Field(ge=30)]

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if self.brief > self.standard:
            raise ValueError("brief may not be longer than standard")
        return self


class Confined(_Entry):
    """Whose words alone may stand, for a note about one of several clients.

    The clinician's words to somebody else are left out with the answer, unless they hold one of `to_all`.
    """

    speakers: Annotated[tuple[Speaker, ...], Field(min_length=1)]
    to_all: tuple[Phrase, ...] = ()

    def addresses_all(self, words: str) -> bool:
        """Say whether the clinician's words are meant for everybody in the room."""
        return bool(self.to_all and _any_of(self.to_all).search(words))


class Format(_Entry):
    """A note format; `versioned` goes into every draft made with it.

    `first_out` are the categories that are left out first where a note is too long, in that order.
    """

    name: Name
    version: Annotated[int, Field(ge=1)]
    title: Phrase
    source: Phrase = "the practice's own"
    extends: Name | None = None
    length: Budget = Budget(brief=150, standard=400)
    first_out: tuple[Category, ...] = ("behaviour", "mood", "intervention", "assessment")
    only: Confined | None = None
    sections: Annotated[tuple[SectionFormat, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _sound(self) -> Self:
        keys = [section.key for section in self.sections]
        if all(section.optional for section in self.sections):
            raise ValueError("one section at least must not be optional")
        if twice := next((key for key in keys if keys.count(key) > 1), None):
            raise ValueError(f"two sections have the key {twice}")
        if kept := next((category for category in self.first_out if category in STAYING), None):
            raise ValueError(f"{kept} is never left out and cannot stand in first_out")
        return self

    @property
    def versioned(self) -> str:
        """The format's versioned name, such as `soap@2`."""
        return f"{self.name}@{self.version}"

    def place(self, category: Category, observed: bool = False, traits: Traits = PLAIN) -> tuple[int, int]:
        """Return the index of the section and of the take in it; what no section takes goes last.

        Of several takes that fit, the one with the most conditions has it, of equals the first.
        """
        fitting = [
            (-take.conditions, i, j)
            for i, section in enumerate(self.sections)
            for j, take in enumerate(section.takes)
            if take.fits(category, observed, traits)
        ]
        if not fitting:
            return len(self.sections) - 1, len(self.sections[-1].takes)
        _, i, j = min(fitting)
        return i, 0 if self.sections[i].order == "time" else j

    def section_for(self, category: Category) -> str:
        """Return the key of the section, one that every draft has, for a statement of a known category alone."""
        always = self.model_copy(update={"sections": tuple(one for one in self.sections if not one.optional)})
        return always.sections[always.place(category)[0]].key

    def words_at(self, length: Length) -> int | None:
        """Return the most words of a note at this length, None where it has no limit."""
        return None if length == "full" else getattr(self.length, length)

    @property
    def expected(self) -> frozenset[Category]:
        """The categories that are shown as not addressed where they have no words."""
        takes = (take for section in self.sections for take in section.takes if take.expected)
        return frozenset(category for take in takes for category in take.category)

    @property
    def untaken(self) -> tuple[Category, ...]:
        """The categories of which something meets the conditions of no section; it goes last."""
        takes = [take for section in self.sections for take in section.takes]
        return tuple(
            category
            for category in CATEGORIES
            if not all(any(take.fits(category, seen, PLAIN) for take in takes) for seen in (False, True))
        )


class OwnFormat(Format):
    """A format of the user's own: what it says is part of its versioned name, since a file can change unnoticed."""

    @property
    def versioned(self) -> str:
        """The versioned name with the first of its content's SHA-256, such as `ours@1-3fa9c1d2`."""
        return f"{self.name}@{self.version}-{hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:8]}"


@lru_cache
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)", re.I)
