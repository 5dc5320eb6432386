"""The words that the checker knows: configs/proof.yaml with the frames that the wordings list in their own files."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from ... import resources
from ...numberwords import SMALL, TENS
from ...types import Speaker
from ..numerals.words import NTH
from .morphology import stem

Kind = Literal["word", "number", "negation", "hedge", "pronoun", "client", "person"]
Form = Literal["", "past", "ing"]
FRAMED: Final = ("wording", "reported", "techniques")  # files of configs/ that may list a `frame` of their own
FREE: Final = frozenset({"be", "have", "do"})  # come and go as tenses are turned
_PRONOUNS: Final = {
    "first": "i me my mine myself",
    "we": "we us our ours ourselves",
    "second": "you your yours yourself yourselves",
    "she": "she her hers herself",
    "he": "he him his himself",
    "they": "they them their theirs themselves themself",
}
PRONOUNS: Final = {form: group for group, forms in _PRONOUNS.items() for form in forms.split()}
SUBJECTS: Final = frozenset({"i", "he", "she", "they"})
_NUMBERS: Final = {**SMALL, **TENS, **NTH, "once": 1, "hundred": 100, "thousand": 1000}


def _split(value: object) -> object:
    return (
        tuple(filter(None, (" ".join(part.split()) for part in value.split(",")))) if isinstance(value, str) else value
    )


Listed = Annotated[tuple[str, ...], BeforeValidator(_split)]


class _Lists(BaseModel):
    """configs/proof.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Annotated[int, Field(ge=1)]
    frame: Listed
    speech: Listed
    speakers: dict[str, tuple[Speaker, ...]]
    idle: Listed
    openers: Listed
    set_off: Listed
    cues: Listed
    corrections: Listed
    strong_corrections: Listed
    negations: Listed
    hedges: Listed
    times: Listed
    states: Listed
    same: tuple[tuple[str, ...], ...]
    turned: dict[str, tuple[str, ...]]
    yes_words: Listed
    no_words: Listed
    people: Listed
    several: Listed
    offers: dict[str, str]
    irregular: str


class _Framed(BaseModel):
    """What the checker reads of another file: its frame."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    frame: Listed = ()


class _Gendered(BaseModel):
    """What the checker reads of people.yaml: whom "she" and "he" cannot be."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    she: tuple[str, ...] = ()
    he: tuple[str, ...] = ()
    either: tuple[str, ...] = ()


class _Shown(BaseModel):
    """A name that may be offered for what was done."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str


class _Techniques(BaseModel):
    """What the checker reads of techniques.yaml."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    shown: tuple[_Shown, ...] = ()


@dataclass(frozen=True, slots=True)
class Lexeme:
    """A word, or words that are one, as it is compared: by its key. `form` is that of a verb, where it shows."""

    low: str
    key: str
    kind: Kind
    form: Form


class Vocabulary:
    """The lists, ready to be asked; words are known by their keys, which all forms of a word share."""

    def __init__(self, lists: _Lists, frames: Iterable[str], gendered: "_Gendered", offered: Iterable[str]) -> None:
        self.name = f"proof@{lists.version}"
        self._lemma, self._past, self.unchanged = _irregular(lists.irregular)
        self._canonical: dict[str, str] = {}
        for first, *others in lists.same:
            head = self._plain_key(first)
            self._canonical |= {self._plain_key(other): head for other in others}
        self.she, self.he = self.keys(gendered.she), self.keys(gendered.he)
        self._negations, self._hedges, self._people = map(
            self.keys, (lists.negations, lists.hedges, (*lists.people, *gendered.she, *gendered.he, *gendered.either))
        )
        self.times, self.states = self.keys(lists.times), self.keys(lists.states)
        self.idle, self.openers, self.set_off = map(self.keys, (lists.idle, lists.openers, lists.set_off))
        self.cues, self.corrections = self.keys(lists.cues), self.keys(lists.corrections)
        self.strong_corrections = self.keys(lists.strong_corrections)
        self.yes_words, self.no_words = self.keys(lists.yes_words), self.keys(lists.no_words)
        self.speakers = {self.key(name): frozenset(who) for name, who in lists.speakers.items()}
        own = (*lists.frame, *frames)
        self.frame = frozenset(lexeme.key for word in own for lexeme in self._parts(word) if lexeme.kind == "word")
        self.speech, self.denied = self.keys(lists.speech), self.key("denied")
        self.telling, self.leading = self.speech | {self.denied}, self.speech | self.frame
        self.yes, self.no = self.keys(("yes", "mhm")), self.keys(("no", "never", "none"))
        turned = {(self.key(said), self.key(to)) for said, ways in lists.turned.items() for to in ways}
        self.turned = frozenset(turned)
        self.several = frozenset(lists.several)
        self.phrases = _phrases(lists)
        names = "|".join(sorted(map(re.escape, offered), key=len, reverse=True))
        self._offers = [(re.compile(way.replace("{}", f"(?:{names})")), said) for way, said in lists.offers.items()]

    def without_technique(self, offer: str) -> str:
        """Return what an offer says besides the one name of a technique that it offers."""
        for pattern, said in self._offers:
            offer, found = pattern.subn(said, offer, count=1)
            if found:
                break
        return offer

    def keys(self, words: Iterable[str]) -> frozenset[str]:
        """Return the keys of words and phrases."""
        return frozenset(map(self.key, words))

    def key(self, words: str) -> str:
        """Return what all forms of a word share, and the words that say the same."""
        plain = self._plain_key(words)
        return self._canonical.get(plain, plain)

    def _plain_key(self, words: str) -> str:
        low = words.casefold()
        if " " in low:
            return low
        lemma = self._lemma.get(low) or self._lemma.get(low.removesuffix("s"), low)
        return stem(lemma)

    def _parts(self, words: str) -> Iterable[Lexeme]:
        return map(self.lexeme, words.split())

    @lru_cache(maxsize=8192)  # noqa: B019 (one vocabulary lives as long as the process)
    def lexeme(self, low: str) -> Lexeme:
        """Return a word in lower case, or a phrase of this vocabulary, as it is compared."""
        if low[0].isdigit():
            return Lexeme(low, _number(low), "number", "")
        if low in PRONOUNS:
            return Lexeme(low, PRONOUNS[low], "pronoun", "")
        key = self.key(low)
        if low in _NUMBERS:
            return Lexeme(low, f"{_NUMBERS[low]}", "number", "")
        return Lexeme(low, key, self._kind(key), self._form(low))

    def _kind(self, key: str) -> Kind:
        if key in self._negations:
            return "negation"
        if key in self._hedges:
            return "hedge"
        if key == "client":
            return "client"
        return "person" if key in self._people and key != "clinician" else "word"

    def _form(self, low: str) -> Form:
        if low in self._past or (" " not in low and low.endswith("ed") and low not in self._lemma and len(low) > 4):
            return "past"
        if low in ("could not", "was unable"):
            return "past"
        return (
            "ing"
            if low.endswith("ing") and len(low) > 5 or low in ("being", "doing", "going", "dying", "lying")
            else ""
        )


def _number(low: str) -> str:
    """Return a number in digits by its value: 1,000 and 1000, 2nd and 2 are one."""
    plain = low.replace(",", "").rstrip("stndrh") if low[-1:].isalpha() else low.replace(",", "")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _irregular(text: str) -> tuple[dict[str, str], frozenset[str], frozenset[str]]:
    """Return the word of each form, the forms that are past, and the words whose past looks as they do."""
    lemma: dict[str, str] = {}
    past, unchanged = set(), set()
    for entry in text.split(";"):
        word, *forms = entry.split()
        if forms and "*" not in entry:
            unchanged.add(word)
        for form in forms:
            lemma[form.removesuffix("*")] = word
            if form.endswith("*"):
                past.add(form.removesuffix("*"))
    return lemma, frozenset(past), frozenset(unchanged)


def _phrases(lists: _Lists) -> dict[str, tuple[tuple[str, ...], ...]]:
    """Return the phrases of more than one word by their first, the longest first."""
    listed = (lists.idle, lists.openers, lists.set_off, lists.cues, lists.corrections, lists.strong_corrections)
    every = [
        *listed,
        lists.people,
        lists.negations,
        lists.hedges,
        lists.yes_words,
        lists.no_words,
        *lists.same,
        tuple(lists.speakers),
    ]
    by_first: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for phrase in (phrase for phrases in (*every, *lists.turned.values()) for phrase in phrases):
        words = tuple(expanded(phrase))
        if len(words) > 1:
            by_first[words[0]].add(words)
    return {first: tuple(sorted(ways, key=len, reverse=True)) for first, ways in by_first.items()}


def expanded(words: str) -> Iterable[str]:
    """Yield the words of a phrase in lower case, contractions in two."""
    for word in words.casefold().split():
        yield from split_contraction(word)


def split_contraction(low: str) -> tuple[str, ...]:
    """Return a word in lower case in its parts: don't is do not, she'll is she will."""
    if "'" not in low:
        return (low,)
    if low in _WHOLE:
        return _WHOLE[low]
    if low.endswith("n't"):
        return low[:-3], "not"
    head, _, tail = low.rpartition("'")
    return (head, _TAILS[tail]) if head and tail in _TAILS else (low,)


_TAILS: Final = {"s": "'s", "m": "am", "re": "are", "ve": "have", "ll": "will", "d": "'d"}
_WHOLE: Final = {
    "can't": ("can", "not"),
    "won't": ("will", "not"),
    "shan't": ("shall", "not"),
    "ain't": ("is", "not"),
    "let's": ("let's",),
    "o'clock": ("o'clock",),
}


@lru_cache
def load_vocabulary() -> Vocabulary:
    """Load configs/proof.yaml and the frames of the wordings' files.

    Raises:
        SettingsInvalid: a key of one of them is wrong.
    """
    folder = resources.configs()
    there = [path for name in FRAMED if (path := folder / f"{name}.yaml").is_file()]
    frames = [word for path in there for word in resources.read_yaml(path, _Framed).frame]
    offered = [shown.name for shown in resources.read_yaml(folder / "techniques.yaml", _Techniques).shown]
    gendered = resources.read_yaml(folder / "people.yaml", _Gendered)
    return Vocabulary(resources.read_yaml(folder / "proof.yaml", _Lists), frames, gendered, offered)
