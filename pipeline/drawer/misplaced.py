"""Does a process note hold what 45 CFR 164.501 takes out of it? Plain patterns of configs/process_notes.yaml ask."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from .. import resources
from ..types import Words

FILE: Final = "process_notes.yaml"
WILD: Final = {"*": r"[^\W\d]*", "#": r"\d+", " ": r"\s+"}


class Exclusion(BaseModel):
    """One thing that is no part of a process note, and the words that tell of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Words
    title: Words
    say: Annotated[tuple[Words, ...], Field(min_length=1)]


class Exclusions(BaseModel):
    """What configs/process_notes.yaml holds; `source` is where the law says so."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Annotated[int, Field(ge=1)]
    source: Words
    exclusions: Annotated[tuple[Exclusion, ...], Field(min_length=1)]


@dataclass(frozen=True)
class Misplaced:
    """What seems to belong into the progress note: the words as they stand, and the rule with its source."""

    rule: str
    title: str
    words: str
    source: str

    @property
    def question(self) -> str:
        """What is asked of the clinician."""
        return f"Does “{self.words}” tell of {self.title}? That belongs into the progress note ({self.source})."


def misplaced(text: str) -> tuple[Misplaced, ...]:
    """Return the first words of each kind that a process note excludes, in the order of the rules.

    Raises:
        SettingsInvalid: the file of rules is wrong.
    """
    rules, patterns = _rules()
    found = ((one, pattern.search(text)) for one, pattern in zip(rules.exclusions, patterns, strict=True))
    return tuple(
        Misplaced(f"process@{rules.version}:{one.id}", one.title, " ".join(match.group().split()), rules.source)
        for one, match in found
        if match
    )


@cache
def _rules() -> tuple[Exclusions, tuple[re.Pattern[str], ...]]:
    rules = resources.read_yaml(resources.configs() / FILE, Exclusions)
    return rules, tuple(_pattern(one.say) for one in rules.exclusions)


def _pattern(phrases: Iterable[str]) -> re.Pattern[str]:
    either = "|".join("".join(WILD.get(letter, re.escape(letter)) for letter in phrase) for phrase in phrases)
    return re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE)
