"""Checks on the words of statements: lexicons, patterns, names of people, likeness to other notes."""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field, field_validator

from ...types import QUOTED, Statement
from .entry import Check, Entry, Hit
from .lexicon import Lexicon, OfLexicon, Sayings, load_lexicon, saying
from .view import View

OWN: Final = frozenset(("clinician dictated", "typed"))  # sources whose wording is the clinician's
NEAR: Final = 3  # words before a wording that may negate it
_TOLD_AFTER: Final = re.compile(r",\s+(?:as\s+)?(?:she|he|they|the client|client)\s+$", re.I)
_SENTENCE: Final = re.compile(r"(?<=[.!?;])\s+")


class Said(OfLexicon):
    """Words of this group of a lexicon; `by: clinician` leaves out what the client said or is told to have said.

    `once` asks one question for the whole note.
    """

    kind: Literal["words"]
    by: Literal["clinician", "anyone"] = "clinician"
    once: bool = False
    names: ClassVar[tuple[str, ...]] = ("words", "instead")

    def find(self, view: View) -> Iterator[Hit]:
        """Yield a hit for each wording in each statement, or the first of all."""
        for statement in view.statements():
            for hit in self._of(statement, view):
                if self.once:
                    yield Hit(named=hit.named)
                    return
                yield hit

    def _of(self, statement: Statement, view: View) -> Iterator[Hit]:
        lexicon = load_lexicon(self.lexicon)
        if self.by == "clinician" and statement.source not in OWN:
            return
        text = _own_words(statement.text, lexicon) if self.by == "clinician" else statement.text
        for wording, match in self.said(text):
            if self.by == "clinician" and _negated(text[: match.start()], lexicon):
                continue
            instead = " or ".join(f"“{one}”" for one in wording.instead) or "what was seen"
            named = {"words": match[0], "instead": instead}
            yield Hit(view.target(statement), f"{statement.text}\n{match[0].casefold()}", named)


def _own_words(text: str, lexicon: Lexicon) -> str:
    """Return the text without what is quoted, or told after a word of telling, or before one (", she said")."""
    text = QUOTED.sub(" ", text)
    if not lexicon.telling:
        return text
    told = saying(lexicon.telling)
    kept = []
    for sentence in _SENTENCE.split(text):
        match = told.search(sentence)
        before = sentence[: match.start()] if match else sentence
        kept.append("" if match and _TOLD_AFTER.search(before) else before)
    return "\n".join(kept)


def _negated(before: str, lexicon: Lexicon) -> bool:
    """Say whether one of the last words before a wording negates it."""
    near = " ".join(before.rsplit("\n", 1)[-1].split()[-NEAR:])
    return bool(lexicon.negating and saying(lexicon.negating).search(near))


class Pattern(Entry):
    """What identifies somebody, by a regular expression, and its name in plain words."""

    what: str
    pattern: str

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
        return value


class Identified(Check):
    """Something in a statement that looks like one of these patterns."""

    kind: Literal["pattern"]
    patterns: Annotated[tuple[Pattern, ...], Field(min_length=1)]
    names: ClassVar[tuple[str, ...]] = ("words", "what")

    @cached_property
    def _compiled(self) -> tuple[tuple[str, re.Pattern[str]], ...]:
        return tuple((one.what, re.compile(one.pattern)) for one in self.patterns)

    def find(self, view: View) -> Iterator[Hit]:
        """Yield a hit for each place that looks like one of the patterns."""
        for statement in view.statements():
            for what, pattern in self._compiled:
                for match in pattern.finditer(statement.text):
                    named = {"words": match[0], "what": what}
                    yield Hit(view.target(statement), f"{statement.text}\n{match[0]}", named)


class Named(Check):
    """A person's name that no role stands for, unless one of `titles` stands before it: who treats may be named."""

    kind: Literal["name"]
    titles: Sayings = ()
    names: ClassVar[tuple[str, ...]] = ("words", "places")

    def find(self, view: View) -> Iterator[Hit]:
        """Yield one hit for each name, about the first statement that holds it."""
        holding: dict[str, list[str]] = {}
        for statement in view.statements():
            for name in view.unnamed(statement.text) if view.unnamed else ():
                if not self._titled(statement.text, name):
                    holding.setdefault(name, []).append(view.target(statement))
        for name, targets in holding.items():
            places = "" if len(targets) == 1 else f" (in {len(targets)} statements)"
            yield Hit(targets[0], name, {"words": name, "places": places})

    def _titled(self, text: str, name: str) -> bool:
        """Say whether a title stands before the name each time."""
        befores = [
            text[: match.start()].rstrip(" .").rpartition(" ")[2] for match in re.finditer(re.escape(name), text)
        ]
        return bool(self.titles) and all(saying(self.titles).fullmatch(before) for before in befores)


class Alike(Check):
    """Statements that are worded like another note's."""

    kind: Literal["alike"]
    names: ClassVar[tuple[str, ...]] = ("count",)

    def find(self, view: View) -> Iterator[Hit]:
        """Yield one hit for the note if it has any."""
        count = sum(statement.digest in view.alike for statement in view.statements())
        if count:
            yield Hit(named={"count": "1 statement is" if count == 1 else f"{count} statements are"})
