"""Trigram language models: interpolated Kneser-Ney from text, pruning, mixing, and ARPA text to write."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from .trie import General

Gram = tuple[str, ...]
START, END = "<s>", "</s>"
BASE = math.log(1.0001)  # of the logarithms in pocketsphinx's binary form
DISCOUNT = 0.75  # absolute discount, Kneser and Ney 1995; Chen and Goodman 1999 found 0.6-0.9 in text of this size
FLOOR = 1e-8  # probability of a word that one of two mixed models has never seen


@dataclass
class Model:
    """A back-off model: explicit probabilities of n-grams and the weight of what each history leaves unseen."""

    seen: dict[Gram, float]
    weights: dict[Gram, float] = field(default_factory=dict)

    def probability(self, gram: Gram) -> float:
        """Return P(last word | words before), backing off to shorter histories."""
        weight = 1.0
        while gram not in self.seen:
            if len(gram) == 1:
                return weight * FLOOR
            weight *= self.weights.get(gram[:-1], 1.0)
            gram = gram[1:]
        return weight * self.seen[gram]

    def normalise(self) -> "Model":
        """Set the weights so that every history's probabilities sum to one; shorter histories first."""
        total = sum(p for gram, p in self.seen.items() if len(gram) == 1)
        self.seen = {gram: p / total if len(gram) == 1 else p for gram, p in self.seen.items()}
        self.weights = {}
        for order in (2, 3):
            seen: dict[Gram, float] = defaultdict(float)
            lower: dict[Gram, float] = defaultdict(float)
            for gram, p in self.seen.items():
                if len(gram) == order:
                    seen[gram[:-1]] += p
                    lower[gram[:-1]] += self.probability(gram[1:])
            for history, p in seen.items():
                self.weights[history] = max(1.0 - p, 1e-6) / max(1.0 - lower[history], 1e-6)
        return self


def kneser_ney(sentences: Iterable[tuple[list[str], float]]) -> Model:
    """Estimate an interpolated Kneser-Ney trigram model from sentences with weights (one is a plain sentence)."""
    counts: dict[Gram, float] = defaultdict(float)
    for words, weight in sentences:
        padded = [START, START, *words, END]
        for i in range(2, len(padded)):
            counts[tuple(padded[i - 2 : i + 1])] += weight
    left2, left1 = Counter[Gram](), Counter[Gram]()
    for gram in counts:
        left2[gram[1:]] += 1
    for gram in left2:
        left1[gram[1:]] += 1
    total = sum(left1.values())
    seen: dict[Gram, float] = {gram: n / total for gram, n in left1.items()}
    for table in (dict(left2), dict(counts)):
        sums: dict[Gram, float] = defaultdict(float)
        held: dict[Gram, float] = defaultdict(float)
        for gram, n in table.items():
            sums[gram[:-1]] += n
            held[gram[:-1]] += min(n, DISCOUNT)
        for gram, n in table.items():
            history = gram[:-1]
            seen[gram] = max(n - DISCOUNT, 0.0) / sums[history] + held[history] / sums[history] * seen[gram[1:]]
    # A sentence starts with one <s> for the recogniser: "<s> <s> w" is the bigram "<s> w", with its own count.
    starts = {gram[1:]: p for gram, p in seen.items() if gram[:2] == (START, START)}
    seen = {gram: p for gram, p in seen.items() if gram[:2] != (START, START) and gram != (START,)} | starts
    return Model(seen).normalise()


def general(source: General, vocabulary: frozenset[str], bigrams: int, trigrams: int) -> Model:
    """Cut a general model down to a vocabulary and its most telling n-grams (Stolcke 1998: weighted log ratio)."""
    words = source.words
    known = np.array([word in vocabulary or word in (START, END) for word in words])
    log_p, log_b = source.unigrams[:, 0] * BASE, source.unigrams[:, 1] * BASE
    seen: dict[Gram, float] = {(words[i],): math.exp(log_p[i]) for i in np.flatnonzero(known) if words[i] != START}
    start = words.index(START)
    p1 = np.exp(log_p)
    p1[start] = p1[words.index(END)]
    two, p2, b2 = source.bigrams, source.bigram_weights[:, 0] * BASE, source.bigram_weights[:, 1] * BASE
    gain = p1[two[:, 0]] * np.exp(p2) * (p2 - log_b[two[:, 0]] - log_p[two[:, 1]])
    keep = np.flatnonzero(known[two].all(axis=1))
    for i in keep[np.argsort(-gain[keep])[:bigrams]]:
        seen[words[two[i, 0]], words[two[i, 1]]] = math.exp(p2[i])
    size = len(words)
    keys = two[:, 0] * size + two[:, 1]
    order = np.argsort(keys)
    three, p3 = source.trigrams, source.trigram_weights * BASE
    pairs = [three[:, first] * size + three[:, first + 1] for first in (0, 1)]
    at = [order[np.searchsorted(keys, pair, sorter=order) % len(order)] for pair in pairs]
    joint = p1[three[:, 0]] * np.exp(p2[at[0]])
    gain = joint * np.exp(p3) * (p3 - b2[at[0]] - p2[at[1]])
    stored = [keys[index] == pair for index, pair in zip(at, pairs, strict=True)]
    keep = np.flatnonzero(known[three].all(axis=1) & stored[0] & stored[1])
    for i in keep[np.argsort(-gain[keep])[:trigrams]]:
        gram = tuple(words[j] for j in three[i])
        for part in (gram[:2], gram[1:]):  # a trigram needs its bigrams
            if part not in seen:
                j = at[0][i] if part == gram[:2] else at[1][i]
                seen[part] = math.exp(p2[j])
        seen[gram] = math.exp(p3[i])
    return Model(seen).normalise()


def mix(ours: Model, theirs: Model, share: float) -> Model:
    """Interpolate two models linearly, `share` of the first, over the n-grams that either has seen."""
    grams = dict.fromkeys([*ours.seen, *theirs.seen])
    blend = {g: share * ours.probability(g) + (1 - share) * theirs.probability(g) for g in grams}
    return Model(blend).normalise()


def arpa(model: Model) -> Iterator[str]:
    """Yield the lines of the model in ARPA form, logarithms to base 10."""
    orders = [sorted(gram for gram in model.seen if len(gram) == order) for order in (1, 2, 3)]
    orders[0] = sorted([*orders[0], (START,)])
    yield "\\data\\"
    yield from (f"ngram {order}={len(grams)}" for order, grams in enumerate(orders, 1))
    for order, grams in enumerate(orders, 1):
        yield f"\n\\{order}-grams:"
        for gram in grams:
            p = model.seen.get(gram)
            tail = "" if order == 3 else f"\t{math.log10(model.weights.get(gram, 1.0)):.4f}"
            yield f"{math.log10(p) if p else -99:.4f}\t{' '.join(gram)}{tail}"
    yield "\n\\end\\"
