"""Which category was given to words of another one, and which words had no finding at all."""

from collections import Counter
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from benches.gold import Document, Found, Predicted

NONE = "none"


def confusion(scorer: ModuleType, documents: Sequence[Document], predicted: Predicted) -> Counter[tuple[str, str]]:
    """Count (gold category, predicted category).

    A prediction counts once: with its own category where a gold span of that category overlaps it (polarity and subject
    aside), else with the category of the gold span that overlaps most, else with none. A `must` finding that no
    prediction of any category overlaps counts as (its category, none).
    """
    counts: Counter[tuple[str, str]] = Counter()
    for document in documents:
        for got, gold, near in _beside(scorer, document, predicted[document["id"]]):
            own = got is not None and any(g["category"] == got["category"] for g in near)
            if got is None:
                counts[gold["category"], NONE] += 1
            else:
                counts[got["category"] if own else near[0]["category"] if near else NONE, got["category"]] += 1
    return counts


def wrong_aspects(scorer: ModuleType, documents: Sequence[Document], predicted: Predicted) -> tuple[int, int]:
    """Count predictions on words of their own category that no gold finding there shares polarity, or subject, with."""
    polarity = subject = 0
    for document in documents:
        for got, _, near in _beside(scorer, document, predicted[document["id"]]):
            same = [g for g in near if got is not None and g["category"] == got["category"]]
            polarity += bool(same) and got["polarity"] not in {g["polarity"] for g in same}
            subject += bool(same) and got["subject"] not in {g["subject"] for g in same}
    return polarity, subject


def _beside(scorer: ModuleType, document: Document, found: Sequence[Found]) -> list[tuple[Any, Any, list[Document]]]:
    """Return (prediction, None, gold findings it overlaps, most first) and (None, gold `must`, []) where none does."""
    texts = {turn["id"]: turn["text"] for turn in document["turns"]}
    rows: list[tuple[Any, Any, list[Document]]] = []
    touched: set[int] = set()
    for got in found:
        near = []
        for number, gold in enumerate(document["findings"]):
            span = scorer.gold_span(gold, texts[gold["turn_id"]])
            spans = [(e["start"], e["end"]) for e in got["evidence"] if e["turn_id"] == gold["turn_id"]]
            most = max((scorer.overlaps(span, other) for other in spans), default=0)
            if most:
                near.append((-most, number))
                touched.add(number)
        rows.append((got, None, [document["findings"][number] for _, number in sorted(near)]))
    left = [g for n, g in enumerate(document["findings"]) if g["salience"] == "must" and n not in touched]
    return rows + [(None, gold, []) for gold in left]


def matrix(counts: Counter[tuple[str, str]], categories: Sequence[str]) -> list[list[object]]:
    """Return the rows of the table: gold down, predicted across, `none` last in both."""
    names = [*categories, NONE]
    return [[gold, *(counts[gold, got] or "." for got in names)] for gold in names]
