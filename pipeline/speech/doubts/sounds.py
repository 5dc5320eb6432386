"""How words are spoken, and how unlike two ways of speaking are.

Pronunciations are the CMU pronouncing dictionary's, as pocketsphinx carries it; a word that it lacks is read letter by
letter. Sounds made alike (place, manner, voice; height of the tongue) count as near.
"""

import math
import re
from collections.abc import Iterable, Sequence, Set
from functools import cache, cached_property
from itertools import product
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from ...errors import ModelMissing
from ...resources import configs, models, read_yaml

Place = Literal["lips", "teeth", "ridge", "palate", "velum", "throat"]
Manner = Literal["stop", "affricate", "fricative", "nasal", "glide"]
Phones = tuple[int, ...]  # indices into `Sounds.names`
Costs = NDArray[np.float32]

PLACES: Final[tuple[Place, ...]] = ("lips", "teeth", "ridge", "palate", "velum", "throat")
# What it costs to hear one sound as another: 0 for the same, 1 for a consonant that has nothing in common.
PLACE_COST, MANNER_COST, VOICE_COST = 0.15, 0.45, 0.2  # a step of place, at most three; another manner; another voice
NEAR_MANNERS: Final = {
    frozenset(("stop", "affricate")): 0.3,
    frozenset(("affricate", "fricative")): 0.3,
    frozenset(("stop", "fricative")): 0.6,
    frozenset(("stop", "nasal")): 0.6,
    frozenset(("nasal", "glide")): 0.6,
}
VOWEL_COST, VOWEL_STEP, VOWEL_MOST = 0.15, 0.6, 0.7  # any other vowel; for the distance in the table; at most
UNLIKE: Final = 1.3  # a vowel for a consonant
GLIDE_COST: Final = 0.6  # a vowel for the consonant it nearly is
GLIDES: Final = frozenset({"Y IY", "Y IH", "W UW", "W OW", "R ER", "L OW", "L AO"})
LOST_CONSONANT, LOST_VOWEL = 0.8, 0.7  # a sound too many or too few
FAINT: Final = {"HH": 0.4, "AH": 0.4, "IH": 0.4, "Y": 0.5, "T": 0.6, "D": 0.6, "W": 0.6, "R": 0.6}
SILENT: Final = re.compile(r"([^aeiou])(?:\1|e$)")  # a doubled consonant's second, an e at the end
BATCH: Final = 20_000  # pairs compared at once


class SoundFile(BaseModel):
    """The file sounds.yaml: consonants by place, manner and voice, vowels by where they are made, letters' sounds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    consonants: dict[str, tuple[Place, Manner, Literal["voiced", "unvoiced"]]]
    vowels: dict[str, tuple[float, float, float]]
    letters: dict[str, str]

    def cost(self, one: str, other: str) -> float:
        """Return what it costs to hear one sound as the other."""
        if one == other:
            return 0.0
        if one in self.consonants and other in self.consonants:
            (place, manner, voice), (place2, manner2, voice2) = self.consonants[one], self.consonants[other]
            steps = min(3, abs(PLACES.index(place) - PLACES.index(place2)))
            apart = 0.0 if manner == manner2 else NEAR_MANNERS.get(frozenset((manner, manner2)), 1.0)
            return min(1.0, PLACE_COST * steps + MANNER_COST * apart + VOICE_COST * (voice != voice2))
        if one in self.vowels and other in self.vowels:
            return min(VOWEL_MOST, VOWEL_COST + VOWEL_STEP * math.dist(self.vowels[one], self.vowels[other]))
        return GLIDE_COST if {f"{one} {other}", f"{other} {one}"} & GLIDES else UNLIKE

    def lost(self, sound: str) -> float:
        """Return what it costs to hear a sound that was not there, or to miss it."""
        return FAINT.get(sound, LOST_CONSONANT if sound in self.consonants else LOST_VOWEL)


class Sounds:
    """The sounds of English with their distances."""

    def __init__(self, file: SoundFile) -> None:
        self._file = file
        self.names = (*file.consonants, *file.vowels)
        self._index = {name: number for number, name in enumerate(self.names)}
        pairs = [file.cost(one, other) for one, other in product(self.names, repeat=2)]
        self._heard_as: Costs = np.array(pairs, np.float32).reshape(len(self.names), -1)
        self._lost: Costs = np.array([*map(file.lost, self.names)], np.float32)
        self._skeleton = ["" if name in file.vowels else _family(*file.consonants[name][:2]) for name in self.names]

    def pronounce(self, words: Set[str]) -> dict[str, Phones]:
        """Return how each of the words (lower case) is spoken."""
        known = {word: self._phones(said) for word, said in dictionary(words).items()}
        return {word: known.get(word) or self.spelt(word) for word in words}

    def spelt(self, word: str) -> Phones:
        """Return how a word is spoken by its letters alone."""
        plain = SILENT.sub(r"\1", word)
        said = (self._file.letters.get(found[0], "") for found in self._spelling.finditer(plain))
        return self._phones(" ".join(said))

    def skeleton(self, phones: Phones) -> str:
        """Return a letter for each consonant's family: what two words that sound alike nearly share."""
        return "".join(self._skeleton[phone] for phone in phones)

    def distances(self, pairs: Sequence[tuple[Phones, Phones]]) -> NDArray[np.float32]:
        """Return the cost of hearing the second of each pair as the first.

        An edit distance with these costs, of many pairs at once (Wagner and Fischer 1974).
        """
        parts = [self._distances(pairs[at : at + BATCH]) for at in range(0, len(pairs), BATCH)]
        return np.concatenate(parts) if parts else np.zeros(0, np.float32)

    def _distances(self, pairs: Sequence[tuple[Phones, Phones]]) -> NDArray[np.float32]:
        heard, heard_lengths = _table([pair[0] for pair in pairs])
        meant, meant_lengths = _table([pair[1] for pair in pairs])
        row: Costs = np.pad(np.cumsum(self._lost[meant], axis=1), ((0, 0), (1, 0)))
        ends = row.copy()
        for at in range(heard.shape[1]):
            extra, same = self._lost[heard[:, at]], self._heard_as[heard[:, at, None], meant]
            following = np.empty_like(row)
            following[:, 0] = row[:, 0] + extra
            for place in range(meant.shape[1]):
                best = np.minimum(row[:, place] + same[:, place], row[:, place + 1] + extra)
                following[:, place + 1] = np.minimum(best, following[:, place] + self._lost[meant[:, place]])
            row = following
            ends = np.where((heard_lengths == at + 1)[:, None], row, ends)
        total: NDArray[np.float32] = ends[np.arange(len(pairs)), meant_lengths]
        return total

    @cached_property
    def _spelling(self) -> re.Pattern[str]:
        longest_first = sorted(self._file.letters, key=lambda letters: -len(letters))
        return re.compile("|".join(map(re.escape, longest_first)))

    def _phones(self, said: str) -> Phones:
        return tuple(self._index[name] for name in said.split())


@cache
def load() -> Sounds:
    """Read the sounds of English.

    Raises:
        SettingsInvalid: sounds.yaml is missing or holds a wrong key.
    """
    return Sounds(read_yaml(configs() / "lexicons/speech/sounds.yaml", SoundFile))


def dictionary(words: Set[str]) -> dict[str, str]:
    """Return those of the words that the pronouncing dictionaries have, with their sounds ("HH ER T").

    Raises:
        ModelMissing: a dictionary cannot be read.
    """
    import pocketsphinx

    found: dict[str, str] = {}
    for path in (models() / "rough/additions.dict", Path(pocketsphinx.get_model_path(), "en-us/cmudict-en-us.dict")):
        try:
            with path.open(encoding="utf-8") as lines:
                for line in lines:
                    word, _, said = line.partition(" ")
                    if word in words:
                        found.setdefault(word, said)
        except OSError as error:
            raise ModelMissing("A pronouncing dictionary cannot be read.", "Install Evenfall again.") from error
    return found


def _family(place: Place, manner: Manner) -> str:
    """Return one letter for consonants that are mixed up; none for those that get lost."""
    if manner == "glide":
        return "l" if place == "ridge" else ""
    if manner == "nasal":
        return "n"
    if place == "throat":
        return ""
    if manner == "affricate" or (manner == "fricative" and place in ("ridge", "palate")):
        return "s"
    if manner == "fricative":
        return "f" if place == "lips" else "t"
    return {"lips": "p", "velum": "k"}.get(place, "t")


def _table(rows: Iterable[Phones]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the rows as one array, filled up with zeros, and their lengths."""
    rows = list(rows)
    lengths = np.array([len(row) for row in rows], np.intp)
    table = np.zeros((len(rows), int(lengths.max(initial=0))), np.intp)
    for number, row in enumerate(rows):
        table[number, : len(row)] = row
    return table, lengths
