"""What a rule proposes, before selection."""

from dataclasses import dataclass
from typing import Final

from ..types import Category, Polarity, Subject, Temporality
from .words import Span

# Which reading of the same words wins. A task is a task even where its words name a symptom or a technique ("sleep
# diary", "start the exposure hierarchy"), and what the clinician did is no symptom ("explored the link with sleep").
RISK: Final = 6
AGREED: Final = 5  # homework and plan by a frame or a heading
DONE: Final = 4  # interventions by a frame or a heading
TERM: Final = 3
FRAME: Final = 2
NARRATIVE: Final = 1


@dataclass(frozen=True, slots=True)
class Candidate:
    """A finding in the making: tokens of one page, the reason and how sure its kind of rule is.

    `also` are other places of the page that say the same.
    """

    category: Category
    label: str
    span: Span
    rule: str
    polarity: Polarity = "affirmed"
    subject: Subject = "client"
    temporality: Temporality = "current"
    strength: int = TERM
    also: tuple[Span, ...] = ()


def overlap(a: Span, b: Span) -> int:
    """Return how many tokens two spans share."""
    return max(0, min(a.end, b.end) - max(a.start, b.start))


def select(candidates: list[Candidate]) -> list[Candidate]:
    """Drop what says the same twice and what a surer reading of the same words explains."""
    kept: list[Candidate] = []
    for candidate in sorted(candidates, key=_rank):
        if not any(_shadowed(candidate, other) for other in kept):
            kept.append(candidate)
    return sorted(kept, key=lambda c: (c.span.start, c.span.end, c.category))


def _rank(candidate: Candidate) -> tuple[int, bool, int, int]:
    length = candidate.span.end - candidate.span.start
    return -candidate.strength, candidate.category == "plan", -length, candidate.span.start


def _shadowed(candidate: Candidate, other: Candidate) -> bool:
    shared = overlap(candidate.span, other.span)
    if not shared:
        return False
    if candidate.category == other.category:
        return True
    if candidate.category == "risk" or (candidate.category == "medication" and other.category in ("homework", "plan")):
        return False  # a task with a drug is also about the drug
    mostly = 2 * shared > candidate.span.end - candidate.span.start
    if other.category == "risk":
        return mostly and candidate.category in ("behaviour", "mood")
    if (candidate.category, other.category) == ("mood", "assessment"):
        return False
    if candidate.strength == other.strength == AGREED:
        return mostly
    return mostly and candidate.strength < other.strength or candidate.strength == NARRATIVE
