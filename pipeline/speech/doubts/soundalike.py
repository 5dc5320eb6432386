"""Words that sound like talk of harm and make less sense where they stand: "dirt yourself" for "hurt yourself".

They are pointed out to the clinician and never corrected. What was probably said is judged as a noisy channel does
(Shannon 1948; Kernighan, Church and Gale 1990): how likely the other words are here, against how unlike they sound.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Final

from pydantic import BaseModel, ConfigDict

from ...resources import configs, read_yaml
from ...types import SoundsLike, Turn
from . import sounds
from .likeness import Near, Phrasebook
from .plausible import english

# Chosen for at most 0.3 alarms in 1,000 words of the 34 development documents, and on mishearings written by hand
# (tests/data/soundalikes), of which 0.90 are found. Of those that recognisers really made it is 0.12: they choose
# words that make sense, and no other setting finds more at that rate of alarms (scripts/hear_soundalikes --score).
MOST_APART: Final = 0.24  # cost of the mistake for each sound of the phrase
WORTH: Final = 3.2  # powers of ten by which likelier words outweigh one wholly wrong sound
LEAST: Final = -1.8  # powers of ten that the words of harm may be behind and still be pointed out
TOKEN: Final = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)*|\d+")
NAME: Final = re.compile(r"\{(\w+)\}")
PIECE: Final = re.compile(r"\([^()]*\)|[^()]+")


class HarmFile(BaseModel):
    """The file soundalikes.yaml: phrases in plain wording, and usual ones that sound like them and are not meant."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    names: dict[str, str]
    phrases: tuple[str, ...]
    usual: tuple[str, ...]

    def wordings(self, terms: Sequence[str]) -> Iterator[str]:
        """Yield every wording that the terms stand for, in lower case."""
        for term in terms:
            pieces = PIECE.findall(NAME.sub(lambda found: self.names[found[1]], term))
            for words in product(*(piece.strip("()").split("|") for piece in pieces)):
                yield " ".join("".join(words).lower().split())


class Watch:
    """Look for phrases of harm that were misheard; made once, used for any number of transcripts."""

    def __init__(self, file: HarmFile) -> None:
        self._sounds = sounds.load()
        self._harm = Phrasebook(file.wordings(file.phrases), self._sounds)
        self._usual = Phrasebook(file.wordings(file.usual), self._sounds)

    def find(self, turns: Sequence[Turn]) -> tuple[SoundsLike, ...]:
        """Return the words of each turn that may have been words of harm, in order."""
        tokens = [token for turn in turns for token in (*_tokens(turn), _Token(turn, "", 0, 0))]
        words = [token.word for token in tokens]
        said = zip(self._harm.said(words), self._usual.said(words), strict=True)
        barred = [not word or word.isdecimal() or any(there) for word, there in zip(words, said, strict=True)]
        spoken = self._sounds.pronounce(frozenset(words))
        near = self._harm.near(words, spoken, barred, MOST_APART)
        return tuple(
            SoundsLike(
                turn_id=tokens[n.start].turn.id, start=tokens[n.start].start, end=tokens[n.end - 1].end, phrase=n.phrase
            )
            for n in sorted(_best(words, near), key=lambda n: n.start)
        )


@dataclass(frozen=True)
class _Token:
    """A word in lower case with its characters [start, end) in its turn; no word, an end or a number, is barred."""

    turn: Turn
    word: str
    start: int
    end: int


def _tokens(turn: Turn) -> Iterator[_Token]:
    for found in TOKEN.finditer(turn.text):
        yield _Token(turn, found[0].lower().replace("’", "'"), *found.span())


def _best(words: Sequence[str], near: Iterable[Near]) -> Iterator[Near]:
    """Yield the runs that are probably something else, the surest first, none overlapping another."""
    ahead = {n: english().preference(words, n.start, n.end, n.phrase.split()) - WORTH * n.cost for n in near}
    taken: set[int] = set()
    for n in sorted((n for n in ahead if ahead[n] >= LEAST), key=lambda n: -ahead[n]):
        if taken.isdisjoint(range(n.start, n.end)):
            taken.update(range(n.start, n.end))
            yield n


@cache
def load() -> Watch:
    """Read the phrases of harm.

    Raises:
        SettingsInvalid: soundalikes.yaml or sounds.yaml is missing or holds a wrong key.
    """
    return Watch(read_yaml(configs() / "lexicons/speech/soundalikes.yaml", HarmFile))
