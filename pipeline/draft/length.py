"""The length of a note: which statements stay and which are left out, to be put back if the clinician wants them."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence, Set
from typing import Final

from ..types import Category, Length
from .formats import STAYING, Format
from .passage import Passage

TWIN: Final = 0.6  # share of two statements' words that are the same from which one of them says nothing new


def fit(
    found: Sequence[Passage], form: Format, length: Length, touched: Set[str], held: Set[str] = frozenset()
) -> tuple[tuple[Passage, ...], tuple[Passage, ...]]:
    """Return the passages that stay at this length and those that are left out, each in their order.

    Risk, medication, homework, plan, whatever must be touched (`touched`) or was chosen by the clinician (`held`), both
    by the statement's digest, and the last statement of a category that the format expects are never left out, so that
    a note may be longer than the format would have it. What stays at one length stays at every longer one.
    """
    limit = form.words_at(length)
    words = sum(_words(passage) for passage in found)
    if limit is None or words <= limit:
        return tuple(found), ()
    left = Counter(count for passage in found for count in _counted(passage))
    out: set[int] = set()
    for index in _weakest_first(found, form, touched | held):
        if words <= limit:
            break
        counted = _counted(found[index])
        if not any(left[count] == 1 and count[1] in form.expected for count in counted):
            out.add(index)
            words -= _words(found[index])
            left.subtract(counted)
    kept = tuple(passage for index, passage in enumerate(found) if index not in out)
    return kept, tuple(found[index] for index in sorted(out))


def _weakest_first(found: Sequence[Passage], form: Format, held: Set[str]) -> Iterator[int]:
    """Yield the indices of what may go: first what is said twice, then the weakest of the category with the most left.

    Of equals the order of the format's `first_out` decides.
    """
    free = [index for index, passage in enumerate(found) if not _stays(passage, held)]
    twins = set(_twins(found, free))
    yield from sorted(twins, key=lambda index: _strength(found[index]))
    by_category: dict[Category, list[int]] = defaultdict(list)
    for index in sorted(set(free) - twins, key=lambda index: _strength(found[index]), reverse=True):
        by_category[found[index].statement.category].append(index)
    order = {category: rank for rank, category in enumerate(form.first_out)}
    ranked = [
        (-place, order.get(category, len(order)), index)
        for category, indices in by_category.items()
        for place, index in enumerate(indices)
    ]
    yield from (index for _, _, index in sorted(ranked))


def _twins(found: Sequence[Passage], free: Sequence[int]) -> Iterator[int]:
    """Yield each free passage that says in much the same words what another one of its kind says that stays."""
    gone: set[int] = set()
    bags = [frozenset(re.findall(r"\w+", passage.statement.text.casefold())) for passage in found]
    for index in sorted(free, key=lambda index: _strength(found[index])):
        own = found[index].statement
        for other, passage in enumerate(found):
            theirs = passage.statement
            same = (own.category, own.polarity, own.subject) == (theirs.category, theirs.polarity, theirs.subject)
            if same and other != index and other not in gone and _alike(bags[index], bags[other]):
                gone.add(index)
                yield index
                break


def _alike(a: Set[str], b: Set[str]) -> bool:
    return len(a & b) >= TWIN * len(a | b)


def _stays(passage: Passage, held: Set[str]) -> bool:
    return passage.statement.digest in held or not _categories(passage).isdisjoint(STAYING)


def _categories(passage: Passage) -> frozenset[Category]:
    return frozenset((passage.statement.category, *(f.category for f in passage.findings)))


def _counted(passage: Passage) -> tuple[tuple[str, Category], ...]:
    """Return what a passage may be the last of: the statements of its category, and all that speak of a category."""
    return ("statement", passage.statement.category), *(("word", category) for category in _categories(passage))


def _strength(passage: Passage) -> tuple[bool, bool, int, float, int]:
    """Return what orders passages by how much a note would miss them; of equals the shorter one is stronger."""
    own = [f for f in passage.findings if f.category == passage.statement.category] or list(passage.findings)
    return (
        passage.statement.subject == "client",
        any(f.temporality == "current" for f in own),
        sum(len(f.evidence) for f in passage.findings),
        max((f.score for f in own), default=1.0),
        -_words(passage),
    )


def _words(passage: Passage) -> int:
    return len(passage.statement.text.split())
