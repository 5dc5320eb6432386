"""Which words to doubt: the least probable of this recording, and more of those that a mistake would turn around.

A fixed cut-off flagged 32 % of one call's words and 61 % of another's at 0.60; a share of the recording's own words
does not, whatever microphone or voice it was.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Final

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict

from ...resources import configs, read_yaml
from ...types import Probability
from .. import sentences
from . import sounds
from .likeness import Phrasebook
from .plausible import english

SHARE: Final = 0.05  # of a recording's words
# Negations made up 30 % of invented statements (Asgari et al. 2025); a number is a dose, a score, a date.
WEIGHTY_SHARE: Final = 0.20
SURE: Final = 0.90  # a word this probable is not doubted, however good the others are; it only ever lowers the count
EDGES: Final = re.compile(r"^\W+|\W+$")
PARTS: Final = re.compile(r"[-\s/]+")
PUNCTUATION: Final = frozenset(".,;:!?")
NEAR_WORDS: Final = 3  # between a unit and the number or the drug that it belongs to
TITLED: Final = 0.3  # share of words with a capital above which an engine's capitals say nothing
SHORTEST_DRUG: Final = 5  # letters; shorter names sound like too much else
DRUG_APART: Final = 0.25  # cost of the mistake for each sound of the drug's name
DRUG_LIKELIER: Final = 4.0  # powers of ten by which the words as they were heard are less likely than the drug's name

Phrases = Annotated[
    frozenset[str],
    BeforeValidator(lambda text: [part.strip().lower() for part in text.split(",")] if isinstance(text, str) else text),
]


class DoubtFile(BaseModel):
    """The file doubt.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    negations: Phrases
    numbers: Phrases
    units: Phrases
    times: Phrases
    harm: Phrases
    no_names: Phrases


class _Group(BaseModel):
    """What is needed here of a group of the findings' lexicons."""

    rule: str
    terms: dict[str, Phrases | None]


class _Lexicon(BaseModel):
    """What is needed here of a lexicon of the findings."""

    groups: tuple[_Group, ...]

    def words(self, *rules: str) -> frozenset[str]:
        """Return the terms of one plain word, of these rules or of all."""
        groups = [group for group in self.groups if not rules or group.rule in rules]
        terms = {term for group in groups for found in group.terms.values() for term in found or ()}
        return frozenset(term for term in terms if term.isalpha())


@dataclass(frozen=True)
class Vocabulary:
    """The words that weigh, in lower case."""

    weighty: frozenset[str]
    grave: frozenset[str]  # those of harm, and the drugs: they are not struck unseen
    measured: frozenset[str]  # what a unit belongs to: numbers and drugs
    units: frozenset[str]
    no_names: frozenset[str]
    drugs: frozenset[str]
    medication: frozenset[str]  # the drugs, and what else is said of them: "meds", "nausea"


@cache
def load() -> Vocabulary:
    """Read the words that weigh.

    Raises:
        SettingsInvalid: a lexicon is missing or holds a wrong key.
    """
    folder = configs() / "lexicons"
    file = read_yaml(folder / "speech/doubt.yaml", DoubtFile)
    medication = read_yaml(folder / "medication.yaml", _Lexicon)
    drugs = medication.words("drug")
    risks = read_yaml(folder / "risk.yaml", _Lexicon)
    return Vocabulary(
        weighty=file.negations | file.numbers | file.times | file.harm | drugs | risks.words(),
        grave=file.harm | drugs | risks.words() - risks.words("suicide-plan"),  # every dictation has a plan
        measured=file.numbers | drugs,
        units=file.units,
        no_names=file.no_names,
        drugs=drugs,
        medication=medication.words(),
    )


@cache
def _drugs() -> Phrasebook:
    return Phrasebook((name for name in load().drugs if len(name) >= SHORTEST_DRUG), sounds.load())


def doubtful(probabilities: Sequence[Probability], weighty: Sequence[bool]) -> tuple[bool, ...]:
    """Say of each word of one recording whether to doubt it.

    Doubted is a word under the lowest 5 % of the probabilities, a weighty one under the lowest 20 %; words that the
    engine is sure of never are. Where more words than that tie as the least probable, all of them are. Where all
    probabilities are equal the engine says nothing, and none is doubted.
    """
    if not probabilities:
        return ()
    plain, heavy = (_bound(probabilities, share) for share in (SHARE, WEIGHTY_SHARE))
    return tuple(
        probability < min(SURE, heavy if weighs else plain)
        for probability, weighs in zip(probabilities, weighty, strict=True)
    )


def _bound(probabilities: Sequence[Probability], share: float) -> float:
    """Return what the least probable words, this share of them or as many as tie, are below."""
    bound = float(np.quantile(probabilities, share))
    return min((p for p in probabilities if p > bound), default=bound) if bound == min(probabilities) else bound


def weighty(words: Sequence[str]) -> tuple[bool, ...]:
    """Say of each word of one recording whether a mistake in it would turn a note around.

    These are negations, numbers, doses, drugs, words of harm, times and names, with punctuation as the engine gave it.
    """
    vocabulary = load()
    plain = [_plain(word) for word in words]
    measures = [_is_in(word, vocabulary.measured) for word in plain]
    names = _names(words, plain, vocabulary.no_names)
    return tuple(
        name
        or word.endswith("n't")
        or _is_in(word, vocabulary.weighty)
        or (word in vocabulary.units and any(measures[max(0, place - NEAR_WORDS) : place + NEAR_WORDS + 1]))
        for place, (word, name) in enumerate(zip(plain, names, strict=True))
    )


def nearly_drugs(words: Sequence[str]) -> tuple[bool, ...]:
    """Say of each word whether it sounds like a drug's name and is none: "sertralean", "sir tra lean".

    It counts where a word is in no dictionary, or where the words make far less sense than the name.
    """
    pieces = list(_pieces(words))
    plain = [piece for _, piece in pieces]
    barred = [not word.isalpha() or word in load().medication for word in plain]
    known = sounds.dictionary(frozenset(plain))
    found = [False] * len(words)
    for near in _drugs().near(plain, sounds.load().pronounce(frozenset(plain)), barred, DRUG_APART):
        unknown = any(word not in known for word in plain[near.start : near.end])
        if unknown or english().preference(plain, near.start, near.end, [near.phrase]) >= DRUG_LIKELIER:
            for place, _ in pieces[near.start : near.end]:
                found[place] = True
    return tuple(found)


def _pieces(words: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield each word in plain form with its place, and an empty one after punctuation, which no name runs across."""
    for place, word in enumerate(words):
        yield place, _plain(word)
        if word[-1:] in PUNCTUATION:
            yield place, ""


def _plain(word: str) -> str:
    return EDGES.sub("", word).lower().replace("’", "'")


def _is_in(word: str, words: frozenset[str]) -> bool:
    """Say whether a word, or a part of it ("twenty-five"), is one of these or holds a digit."""
    return word in words or any(part in words or any(map(str.isdigit, part)) for part in PARTS.split(word))


def _names(words: Sequence[str], plain: Sequence[str], no_names: frozenset[str]) -> list[bool]:
    """Say of each word whether it is written as a name: a capital within a sentence, and never without one."""
    written = [EDGES.sub("", word) for word in words]
    inside = [
        place > 0 and not sentences.ends(words[place - 1], words[place]) and len(written[place]) > 1
        for place in range(len(words))
    ]
    capital = [word[:1].isupper() and not word.isupper() for word in written]
    if sum(c and i for c, i in zip(capital, inside, strict=True)) > TITLED * sum(inside):
        return [False] * len(words)
    ordinary = {word for word in written if word.islower()} | no_names
    return [c and i and word not in ordinary for c, i, word in zip(capital, inside, plain, strict=True)]
