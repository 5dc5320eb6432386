"""Checks for what is absent: a category, a detail, words about a matter, a goal of the plan."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ...types import Category
from .entry import Check, Hit
from .lexicon import OfLexicon, Sayings, saying
from .view import View

DetailKey = Literal["date", "start_time", "end_time", "minutes", "modality", "participants"]


class NoCategory(Check):
    """Nothing is said in any of these categories."""

    kind: Literal["no category"]
    categories: Annotated[tuple[Category, ...], Field(min_length=1)]

    def find(self, view: View) -> Iterator[Hit]:
        """Yield one hit if none of the categories was addressed."""
        if view.addressed().isdisjoint(self.categories):
            yield Hit()


class NoDetail(Check):
    """A session detail is not known."""

    kind: Literal["no detail"]
    detail: DetailKey

    def find(self, view: View) -> Iterator[Hit]:
        """Yield one hit if the detail is not known; minutes are where start and stop are."""
        if self.detail not in view.known():
            yield Hit()


class NoMethod(Check):
    """The modality is one of `modalities` and none of these words says how."""

    kind: Literal["no method"]
    modalities: tuple[str, ...]
    words: Annotated[Sayings, Field(min_length=1)]
    names: ClassVar[tuple[str, ...]] = ("modality",)

    def find(self, view: View) -> Iterator[Hit]:
        """Look in the detail's value, in its evidence and in the note."""
        for detail in view.details:
            if detail.key == "modality" and detail.value.casefold().startswith(self.modalities):
                told = (detail.value, *(item.quote for item in detail.evidence), *(s.text for s in view.statements()))
                if not any(saying(self.words).search(text) for text in told):
                    yield Hit(named={"modality": detail.value})


class NoWords(OfLexicon):
    """No words of this group of a lexicon stand in the note."""

    kind: Literal["no words"]

    def find(self, view: View) -> Iterator[Hit]:
        """Yield one hit if the matter is not touched."""
        if not any(next(self.said(statement.text), None) for statement in view.statements()):
            yield Hit()


class NoGoal(Check):
    """The client has a treatment plan and nothing in the note bears on a goal of it."""

    kind: Literal["no goal"]

    def find(self, view: View) -> Iterator[Hit]:
        """Yield one hit if the client has a plan and the note no goal."""
        if view.planned and not view.goals:
            yield Hit()
