"""Voice embeddings to people: average linkage, clusters large enough for a person, then a path through time.

All embeddings have length 1, so that a product is a cosine. Windows in the middle of somebody's talk show best who
there is: only the STEADY share, which are most like their neighbours, are clustered, and of these at most MOST, so that
time and memory are bounded (some 1 s and 20 MB). All windows then go to the nearest person.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...types import Seconds
from .embedding import HOP, Floats

Labels = NDArray[np.int64]  # a person's number for each window

MOST: Final = 1000  # windows that are clustered
# What follows was chosen on the voices `TUNE` of scripts/benches/conversations.py; where several values did as well as
# each other there (SAME 0.65 and 0.7, LEAST 2 to 4), the other voices and the real recordings decided: no set is fresh.
STEADY: Final = 0.6
SAME: Final = 0.7  # mean cosine of two clusters from which on they are one person
LEAST: Final = 3  # windows of a cluster that may be a person; smaller ones are laughter, coughs, two at once
PEOPLE: Final = 6  # most people told apart
SHARPNESS: Final = 10.0  # of a path: what one unit of cosine is worth
CHANGE: Final = 3.0  # of a path: what a change of person costs where speech goes on
SILENCE: Final = 1.0  # seconds of silence over which that cost falls to a third
ROUNDS: Final = 2  # of paths, each with the people's means of the one before


def people(embeddings: Floats, count: int | None) -> Floats:
    """Return a mean embedding for each person, who speaks most first: `count` of them, or as many as there seem to be.

    Fewer than `count` if the voices do not part into as many.
    """
    chosen = _steady(embeddings)
    chosen = chosen[np.linspace(0, len(chosen) - 1, min(MOST, len(chosen))).astype(np.int64)]
    merges = _linkage(chosen)
    if count is None:
        groups = _groups(len(chosen), merges, sum(similarity >= SAME for _, _, similarity in merges))[:PEOPLE]
    else:
        groups = _parted(len(chosen), merges, count)
    return _unit(np.stack([chosen[group].mean(axis=0) for group in groups]))


def path(embeddings: Floats, times: Sequence[Seconds], means: Floats) -> tuple[Labels, Floats]:
    """Return who speaks in each window, and by how much cosine they are nearer than the next; `times` in seconds.

    Viterbi: near the people's means, with few changes; the means are then taken anew from what is theirs.
    """
    labels = np.argmax(embeddings @ means.T, axis=1)
    for _ in range(ROUNDS):
        labels = _viterbi(SHARPNESS * embeddings @ means.T, np.diff(np.asarray(times)))
        here = [(labels == person).any() for person in range(len(means))]
        own = [embeddings[labels == p].mean(axis=0) if here[p] else means[p] for p in range(len(means))]
        means = _unit(np.stack(own))
    near = embeddings @ means.T
    mine = near[np.arange(len(labels)), labels]
    near[np.arange(len(labels)), labels] = -1.0
    return labels, (mine - near.max(axis=1)).astype(np.float32)


def _steady(embeddings: Floats) -> Floats:
    """Return the windows that are most like the one before and the one after them, in order."""
    alike = (embeddings[1:] * embeddings[:-1]).sum(axis=1)
    if not len(alike):
        return embeddings
    least = np.minimum(np.append(alike[0], alike), np.append(alike, alike[-1]))
    steady: Floats = embeddings[least >= np.quantile(least, 1 - STEADY)]
    return steady


def _linkage(points: Floats) -> list[tuple[int, int, float]]:
    """Return the merges of average linkage in order: kept cluster, cluster that goes up in it, their mean cosine."""
    near = (points @ points.T).astype(np.float64)
    np.fill_diagonal(near, -np.inf)
    sizes = np.ones(len(points))
    merges = []
    for _ in range(len(points) - 1):
        kept, gone = divmod(int(near.argmax()), len(points))
        merges.append((kept, gone, float(near[kept, gone])))
        joined = (sizes[kept] * near[kept] + sizes[gone] * near[gone]) / (sizes[kept] + sizes[gone])
        joined[kept] = -np.inf
        near[kept], near[:, kept] = joined, joined
        near[gone], near[:, gone] = -np.inf, -np.inf
        sizes[kept] += sizes[gone]
    return merges


def _groups(length: int, merges: list[tuple[int, int, float]], done: int) -> list[NDArray[np.int64]]:
    """Return the clusters of at least LEAST points after the first `done` merges, the largest first; one at least."""
    owner = np.arange(length)
    for kept, gone, _ in merges[:done]:
        owner[owner == gone] = kept
    numbers, sizes = np.unique(owner, return_counts=True)
    order = np.argsort(-sizes, kind="stable")
    large = [number for number in order if sizes[number] >= LEAST] or [order[0]]
    return [np.flatnonzero(owner == numbers[number]) for number in large]


def _parted(length: int, merges: list[tuple[int, int, float]], count: int) -> list[NDArray[np.int64]]:
    """Return the last `count` large clusters on the way up, or the most that there ever are."""
    best = _groups(length, merges, len(merges))
    for done in range(len(merges) - 1, -1, -1):
        if len(best) >= count:
            break
        groups = _groups(length, merges, done)
        if len(groups) > len(best):
            best = groups
    return best[:count]


def _viterbi(gains: NDArray[np.floating[Any]], gaps: NDArray[np.float64]) -> Labels:
    """Return the best path through `gains` [windows, people]; a change costs less after silence.

    `gaps` are the seconds between the centres of neighbouring windows.
    """
    every = np.arange(gains.shape[1])
    best, back = gains[0], np.zeros(gains.shape, np.int64)
    costs = CHANGE * np.exp(-np.maximum(0.0, gaps - HOP) / SILENCE)
    for window in range(1, len(gains)):
        changed = best.max() - costs[window - 1]
        back[window] = np.where(best >= changed, every, best.argmax())
        best = np.maximum(best, changed) + gains[window]
    labels = np.empty(len(gains), np.int64)
    labels[-1] = best.argmax()
    for window in range(len(gains) - 1, 0, -1):
        labels[window - 1] = back[window, labels[window]]
    return labels


def _unit(rows: Floats) -> Floats:
    unit: Floats = (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)).astype(np.float32)
    return unit
