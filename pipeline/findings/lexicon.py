"""Lexicons: the vocabulary as data (configs/lexicons/*.yaml), checked when it is loaded."""

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from ..errors import SettingsInvalid
from ..resources import read_yaml
from ..types import Category
from .phrases import CLASS

Take = Literal["words", "phrase", "clause"]
Side = Literal["any", "client", "clinician"]
Needs = Literal["nothing", "feeling", "number", "client", "drug", "risk", "clinician"]
Kind = Literal[
    "denied", "past", "hypothetical", "asked", "unasked", "limited", "exception", "failed", "pseudo", "stop", "turn"
]

DRUG: Final = "drug"  # the list of the single words that name a drug, read from the medication lexicon
_COMMA: Final = re.compile(r"(?<!\\),")  # "\\," is a comma that was said


def _split(value: object) -> object:
    """Read "nervous, on edge" as two phrases, and nothing as none."""
    if isinstance(value, str):
        return tuple(part.strip().replace("\\,", ",") for part in _COMMA.split(value) if part.strip())
    return () if value is None else value


Phrases = Annotated[tuple[str, ...], BeforeValidator(_split)]


class Table(BaseModel):
    """A part of a lexicon file; unknown keys are refused."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Group(Table):
    """Terms that share a reason.

    `take` says how much is quoted, `needs` what must stand near for a term to count. `polarity` is for terms that carry
    their own negation, or name a need whose lack is a symptom ("not sleeping" is affirmed); `supposed` for those that
    count even after "if"; `whose` for what others do to the client. Words of `opposite` polarity say that it is not so
    where they are affirmed ("feels safe at home" of violence), and that it is where they are denied.
    """

    rule: str
    take: Take = "words"
    speaker: Side = "any"
    needs: Needs = "nothing"
    whose: Literal["resolved", "client"] = "resolved"
    polarity: Literal["resolved", "affirmed", "denied", "need", "opposite"] = "resolved"
    supposed: bool = False
    terms: dict[str, Phrases]


class Lexicon(Table):
    """One category's file."""

    category: Category
    version: int
    groups: list[Group]


class Frame(Table):
    """Opening words that say what the rest of the clause is, such as "agreed to" or "next week we'll".

    `mentions` names a list of words.yaml of which one must stand in the clause; `after_risk` asks for
    a question about risk a few turns back.
    """

    rule: str
    category: Category
    opens: Phrases
    place: Literal["sentence", "clause", "anywhere"] = "clause"
    quote: Literal["rest", "all"] = "rest"
    speaker: Side = "clinician"
    kind: Literal["dictation", "session", "any"] = "dictation"
    carries: bool = False
    late: bool = False
    mentions: str | None = None
    after_risk: bool = False


class FrameFile(Table):
    """The file of frames."""

    version: int
    frames: list[Frame]


class CueFile(Table):
    """Spoken headings and the category that holds until the next one; `none` ends a heading's reach."""

    version: int
    cues: dict[Category | Literal["none"], Phrases]


class Modifier(Table):
    """Words that change how a finding near them is meant, after ConText (Harkema 2009)."""

    kind: Kind
    direction: Literal["forward", "backward", "both"] = "forward"
    phrases: Phrases


class ContextFile(Table):
    """The file of modifiers."""

    version: int
    modifiers: list[Modifier]


class WordFile(Table):
    """Closed word lists that the algorithms ask about."""

    version: int
    macros: dict[str, Phrases]
    irregular: dict[str, Phrases]
    lists: dict[str, Phrases]
    idioms: Phrases
    retractions: Phrases
    retractions_alone: Phrases
    reported_no: Phrases


class Library(BaseModel):
    """All lexicons together."""

    model_config = ConfigDict(frozen=True)

    lexicons: tuple[Lexicon, ...]
    frames: FrameFile
    cues: CueFile
    context: ContextFile
    words: WordFile


def read_library(folder: Path) -> Library:
    """Read every lexicon in a folder.

    Raises:
        SettingsInvalid: a file is missing, is no YAML or holds a wrong key; the message names file and key.
    """
    shared = {"frames", "cues", "context", "words", "session"}
    names = sorted(path for path in folder.glob("*.yaml") if path.stem not in shared)
    return Library(
        lexicons=tuple(read_yaml(path, Lexicon) for path in names),
        frames=read_yaml(folder / "frames.yaml", FrameFile),
        cues=read_yaml(folder / "cues.yaml", CueFile),
        context=read_yaml(folder / "context.yaml", ContextFile),
        words=read_yaml(folder / "words.yaml", WordFile),
    )


_PIECE = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]|\{(\w+)\}|~(\w+)|([^\s()\[\]{}~]+)")


class Expander:
    """Write out a term's short hand: (a|b), [optional], {macro}, ~verb (all its forms)."""

    def __init__(self, words: WordFile) -> None:
        self._macros, self._irregular = words.macros, words.irregular
        self._classes = {*words.lists, DRUG}

    def expand(self, term: str) -> Iterator[str]:
        """Yield every wording that a term stands for."""
        pieces = [self._options(match) for match in _PIECE.finditer(term)]
        for words in product(*pieces):
            yield " ".join(word for word in words if word)

    def _options(self, match: re.Match[str]) -> list[str]:
        either, optional, macro, verb, plain = match.groups()
        if set("([") & set(either or optional or ""):
            raise SettingsInvalid(f"A lexicon has brackets within brackets: {match.string}", "Write two phrases.")
        if either is not None:
            return self._each(either)
        if optional is not None:
            return ["", *self._each(optional)]
        if macro is not None:
            if macro not in self._macros:
                raise SettingsInvalid(f"A lexicon uses {{{macro}}}, which words.yaml lacks at macros.", "Add it there.")
            return [w for word in self._macros[macro] for w in self.expand(word)]
        if plain and plain.startswith(CLASS) and plain.removeprefix(CLASS) not in self._classes:
            raise SettingsInvalid(f"A lexicon uses {plain}, which words.yaml lacks at lists.", "Add it there.")
        return self.forms(verb) if verb is not None else [plain]

    def _each(self, text: str) -> list[str]:
        return [form for part in text.split("|") for form in (self.expand(part) if part.strip() else [""])]

    def forms(self, verb: str) -> list[str]:
        """Return a verb's forms: base, third person, past, participle, -ing."""
        if verb in self._irregular:
            return [verb, *self._irregular[verb]]
        if verb.endswith("e"):
            return [verb, f"{verb}s", f"{verb}d", f"{verb[:-1]}ing"]
        if re.search("[^aeiou]y$", verb):
            return [verb, f"{verb[:-1]}ies", f"{verb[:-1]}ied", f"{verb}ing"]
        if re.fullmatch("[^aeiou]*[aeiou][bdgmnprt]", verb):
            return [verb, f"{verb}s", f"{verb}{verb[-1]}ed", f"{verb}{verb[-1]}ing"]
        hissing = "es" if re.search("(s|x|z|ch|sh)$", verb) else "s"
        return [verb, f"{verb}{hissing}", f"{verb}ed", f"{verb}ing"]
