"""The names of drugs in the medication lexicon, as the stages need them that look for single words."""

from collections.abc import Iterator
from functools import cache

from pydantic import BaseModel

from . import resources


class _Group(BaseModel):
    rule: str
    terms: dict[str, str | None]


class _Lexicon(BaseModel):
    """What is read of medication.yaml."""

    groups: list[_Group]

    def names(self) -> Iterator[str]:
        for group in self.groups:
            if group.rule.startswith("drug"):
                for name, wordings in group.terms.items():
                    every = (wording.strip() for wording in (name, *(wordings or "").split(",")))
                    yield from (wording.casefold() for wording in every if wording and " " not in wording)


@cache
def names() -> frozenset[str]:
    """Return the names that are one word, in lower case.

    Raises:
        SettingsInvalid: a key of the lexicon is wrong.
    """
    return frozenset(resources.read_yaml(resources.configs() / "lexicons" / "medication.yaml", _Lexicon).names())
