"""Find runs of words that sound like a phrase without being it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from .sounds import Phones, Sounds

MOST_WORDS: Final = 6  # of a run
MORE_WORDS: Final = 2  # a run may have so many more or fewer than the phrase
MORE_SOUNDS: Final = 0.3  # and so many more or fewer sounds, as a share of the phrase's


@dataclass(frozen=True)
class Near:
    """The words [start, end) sound like `phrase`; `cost` says how unlike (`Sounds.distances`)."""

    start: int
    end: int
    phrase: str
    cost: float


class Phrasebook:
    """Phrases by how they sound: for each, the consonants that it shares with what it may be heard as.

    Phrase and run are compared if their skeletons (families of consonants) agree but for one on either side, which an
    index of skeletons with one left out finds without comparing any (Garbe's symmetric deletion).
    """

    def __init__(self, phrases: Iterable[str], sounds: Sounds) -> None:
        self._sounds = sounds
        self._words = {phrase: tuple(phrase.split()) for phrase in phrases}
        self._longest = max(map(len, self._words.values()))

    @property
    def vocabulary(self) -> frozenset[str]:
        """The words of the phrases."""
        return frozenset(word for words in self._words.values() for word in words)

    @cached_property
    def _said(self) -> dict[str, Phones]:
        spoken = self._sounds.pronounce(self.vocabulary)
        return {phrase: _joined(words, spoken) for phrase, words in self._words.items()}

    @cached_property
    def _index(self) -> Mapping[str, frozenset[str]]:
        index: dict[str, set[str]] = defaultdict(set)
        for phrase, phones in self._said.items():
            for key in _one_left_out(self._sounds.skeleton(phones)):
                index[key].add(phrase)
        return {key: frozenset(found) for key, found in index.items()}

    def said(self, words: Sequence[str]) -> list[bool]:
        """Say of each word whether it is part of a phrase, word for word."""
        known, part = set(self._words.values()), [False] * len(words)
        for start in range(len(words)):
            for end in range(start + 1, min(start + self._longest, len(words)) + 1):
                if tuple(words[start:end]) in known:
                    part[start:end] = [True] * (end - start)
        return part

    def near(
        self, words: Sequence[str], spoken: Mapping[str, Phones], barred: Sequence[bool], most: float
    ) -> list[Near]:
        """Return the runs of words, none of them barred, whose cost is at most `most` for each sound of a phrase."""
        pairs, found = [], []
        for start, end, phones, skeleton in self._runs(words, spoken, barred):
            for phrase in self._similar(phones, skeleton, end - start):
                pairs.append((phones, self._said[phrase]))
                found.append((start, end, phrase))
        costs = self._sounds.distances(pairs)
        limits = most * np.array([len(phrase) for _, phrase in pairs])
        return [Near(*found[at], float(costs[at])) for at in (costs <= limits).nonzero()[0]]

    def _runs(
        self, words: Sequence[str], spoken: Mapping[str, Phones], barred: Sequence[bool]
    ) -> Iterator[tuple[int, int, Phones, str]]:
        """Yield each run of words that are not barred with its sounds and its skeleton."""
        most_words = min(MOST_WORDS, self._longest + MORE_WORDS)
        most_sounds = max(map(len, self._said.values())) * (1 + MORE_SOUNDS)
        skeletons = {word: self._sounds.skeleton(phones) for word, phones in spoken.items()}
        for start in range(len(words)):
            phones: Phones = ()
            skeleton = ""
            for end in range(start + 1, min(start + most_words, len(words)) + 1):
                word = words[end - 1]
                phones, skeleton = phones + spoken[word], skeleton + skeletons[word]
                if barred[end - 1] or len(phones) > most_sounds:
                    break
                yield start, end, phones, skeleton

    def _similar(self, phones: Phones, skeleton: str, words: int) -> Iterator[str]:
        """Yield the phrases that a run of so many words may be a mistake for."""
        similar = set().union(*(self._index.get(key, ()) for key in _one_left_out(skeleton)))
        for phrase in similar:
            sounds = len(self._said[phrase])
            if (
                abs(len(self._words[phrase]) - words) <= MORE_WORDS
                and abs(len(phones) - sounds) <= MORE_SOUNDS * sounds
            ):
                yield phrase


def _joined(words: Iterable[str], spoken: Mapping[str, Phones]) -> Phones:
    return tuple(phone for word in words for phone in spoken[word])


def _one_left_out(skeleton: str) -> set[str]:
    return {skeleton, *(skeleton[:at] + skeleton[at + 1 :] for at in range(len(skeleton)))}
