"""Words that a rule looks for: configs/lexicons/rules/*.yaml and a practice's own."""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache, cached_property
from typing import Annotated, Final, Self

from pydantic import Field, StringConstraints, model_validator

from ... import resources
from .entry import Check, Entry

Saying = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"\w")]
Sayings = tuple[Saying, ...]
_WORD: Final = re.compile(r"[\w%-]+")


class Wording(Entry):
    """Ways to say one thing, what may be written instead, and phrases around them that are no such thing."""

    say: Annotated[Sayings, Field(min_length=1)]
    instead: Sayings = ()
    unless: Sayings = ()


class Lexicon(Entry):
    """Groups of wordings; the words after which a sentence tells what somebody else said, and those that negate."""

    version: Annotated[int, Field(ge=1)]
    groups: dict[str, Annotated[tuple[Wording, ...], Field(min_length=1)]]
    telling: Sayings = ()
    negating: Sayings = ()


@cache
def saying(words: tuple[str, ...]) -> re.Pattern[str]:
    """Return a pattern for any of the words or phrases as whole words; an apostrophe may be typed either way."""
    ordered = sorted(words, key=len, reverse=True)
    escaped = (re.escape(word).replace(r"\ ", r"\s+").replace("'", "['’]") for word in ordered)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(escaped)})(?![\w-])", re.I)


@cache
def load_lexicon(name: str) -> Lexicon:
    """Load configs/lexicons/rules/<name>.yaml.

    Raises:
        SettingsInvalid: there is no such lexicon, or a key of it is wrong.
    """
    return resources.read_yaml(resources.configs() / "lexicons" / "rules" / f"{name}.yaml", Lexicon)


class OfLexicon(Check):
    """A check on one group of a lexicon, with words of a practice's own."""

    lexicon: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    group: str
    own: tuple[Wording, ...] = ()

    @model_validator(mode="after")
    def _of_the_lexicon(self) -> Self:
        if self.group not in load_lexicon(self.lexicon).groups:
            raise ValueError(f"the lexicon {self.lexicon} has no group {self.group}")
        return self

    @cached_property
    def _by_words(self) -> dict[str, Wording]:
        wordings = (*load_lexicon(self.lexicon).groups[self.group], *self.own)
        return {_plain(words): wording for wording in wordings for words in wording.say}

    @cached_property
    def _by_first(self) -> dict[str, re.Pattern[str]]:
        # One pattern of all the wordings would be tried at each character.
        groups: dict[str, list[str]] = defaultdict(list)
        for words in self._by_words:
            groups[_WORD.findall(words)[0]].append(words)
        return {first: saying(tuple(group)) for first, group in groups.items()}

    def said(self, text: str) -> Iterator[tuple[Wording, re.Match[str]]]:
        """Yield each wording that stands in the text, with where; not inside a phrase that it is not meant in."""
        end = 0
        for word in _WORD.finditer(text):
            pattern = self._by_first.get(word[0].casefold())
            match = pattern.match(text, word.start()) if pattern and word.start() >= end else None
            if match:
                end = match.end()
                wording = self._by_words[_plain(match[0])]
                harmless = saying(wording.unless).finditer(text) if wording.unless else ()
                if not any(m.start() <= match.start() and match.end() <= m.end() for m in harmless):
                    yield wording, match


def _plain(words: str) -> str:
    return " ".join(words.replace("’", "'").casefold().split())
