"""What a rule proposes, before selection."""

from dataclasses import dataclass
from typing import Final

from ..types import Category, Polarity, Subject, Temporality
from .words import Span

# How sure a kind of rule is; the surer one keeps the words where two of one category overlap.
TERM: Final = 4
FRAME: Final = 3
CUE: Final = 2
NARRATIVE: Final = 1


@dataclass(frozen=True, slots=True)
class Candidate:
    """A finding in the making: tokens of one page, the reason and how sure its kind of rule is."""

    category: Category
    label: str
    span: Span
    rule: str
    polarity: Polarity = "affirmed"
    subject: Subject = "client"
    temporality: Temporality = "current"
    strength: int = TERM


def overlap(a: Span, b: Span) -> int:
    """Return how many tokens two spans share."""
    return max(0, min(a.end, b.end) - max(a.start, b.start))


def select(candidates: list[Candidate]) -> list[Candidate]:
    """Drop what says the same twice and what a surer reading of the same words explains."""
    kept: list[Candidate] = []
    for candidate in sorted(candidates, key=lambda c: (-c.strength, -(c.span.end - c.span.start), c.span.start)):
        if not any(_shadowed(candidate, other) for other in kept):
            kept.append(candidate)
    return sorted(kept, key=lambda c: (c.span.start, c.span.end, c.category))


def _shadowed(candidate: Candidate, other: Candidate) -> bool:
    if not overlap(candidate.span, other.span):
        return False
    if candidate.category == other.category:
        return True
    if "risk" in (candidate.category, other.category):
        return candidate.category != "risk" and candidate.strength <= FRAME and other.span.holds(candidate.span)
    return candidate.strength == NARRATIVE or other.span.holds(candidate.span) or candidate.strength == other.strength == TERM
