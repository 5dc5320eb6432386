"""The terms that a speech model is told to expect: the user's own first, then those of our lexicons.

They are spoken to no one but the model on this computer. A model may also read them out where nobody spoke:
repeats.echoes finds that.
"""

import hashlib
from collections.abc import Callable, Sequence
from itertools import chain, zip_longest
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from ..errors import SettingsInvalid
from ..resources import configs, read_yaml

LANGUAGE: Final = "en"  # what Evenfall's lexicons and rules are written in
MOST_TOKENS: Final = 223  # of Whisper's 448, half are for what it is told; faster-whisper cuts the rest off
# Every token told makes a window slower: 60 by 7 %, 110 by 15 %, 220 by 32 % (random weights, 100 tokens heard). What
# the field's terms are worth was not measured, for want of real weights: they get what costs little, the user's all.
CHEAP_TOKENS: Final = 60
LONGEST: Final = 60  # characters
OWN: Final = "terms.txt"


class Terms(BaseModel):
    """configs/lexicons/speech/terms.yaml: lexicon to terms of it, the most needed first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    terms: dict[str, tuple[str, ...]]


def of_the_field() -> tuple[str, ...]:
    """Return the terms of our lexicons, by turns from each, the most needed first.

    By turns, so that the list is in an order that nobody speaks in.
    """
    lists = read_yaml(configs() / "lexicons" / "speech" / "terms.yaml", Terms).terms.values()
    return tuple(term for term in chain.from_iterable(zip_longest(*lists)) if term)


def own(home: Path, listed: Sequence[str]) -> tuple[str, ...]:
    """Return the user's terms: those of the settings, then those of terms.txt in the data folder, one a line.

    Empty lines and lines that begin with # are left out.

    Raises:
        SettingsInvalid: the file cannot be read as text, or a term is too long; it is named by its place only.
    """
    path = home / OWN
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines() if path.exists() else []
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsInvalid(f"{path} cannot be read as text.", "Save it as plain text (UTF-8).") from error
    places = [(f"speech.terms: term {n}", term) for n, term in enumerate(listed, 1)]
    places += [(f"{path}: line {n}", line) for n, line in enumerate(lines, 1) if not line.lstrip().startswith("#")]
    for place, term in places:
        if len(term) > LONGEST:
            raise SettingsInvalid(f"{place} is longer than {LONGEST} characters.", "Give one term or name a line.")
    return tuple(cleaned for _, term in places if (cleaned := " ".join(term.replace(",", " ").split())))


def fitting(mine: Sequence[str], field: Sequence[str], tokens: Callable[[str], int]) -> tuple[str, ...]:
    """Return the first terms that there is room for, each once: the user's in MOST_TOKENS, the field's in CHEAP_TOKENS.

    Args:
        mine: the user's terms, which come first.
        field: the terms of the field.
        tokens: counts the tokens of a text.
    """
    chosen: tuple[str, ...] = ()
    for term in dict.fromkeys((*mine, *field)):
        if tokens(f" {prompt((*chosen, term))}") > (MOST_TOKENS if term in mine else CHEAP_TOKENS):
            break
        chosen = (*chosen, term)
    return chosen


def prompt(terms: Sequence[str]) -> str | None:
    """Return the terms as the model is told them; None if there are none."""
    return ", ".join(terms) or None


def digest(terms: Sequence[str]) -> str:
    """Return 8 hex digits by which a transcript names the terms without holding them."""
    return hashlib.sha256("\n".join(terms).encode()).hexdigest()[:8]


def foreign(language: str) -> str:
    """Return what to say of a recording in a language that Evenfall has no rules for."""
    return (
        f"The language spoken seems not to be English (code: {language}). Evenfall's rules are for English only: "
        "expect findings to be missing or wrong. If it is English, set speech.language to en."
    )
