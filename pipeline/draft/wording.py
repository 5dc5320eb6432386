"""Dictated words to written ones: without the cues and fillers of configs/wording.yaml, numbers as a note has them.

It never adds or changes any other word.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from pydantic import BaseModel, ConfigDict

from .. import resources
from .numerals import load_numerals

STRAY: Final = re.compile(r"[\s,;]+([.,?!])(?!\w)")  # a sign with nothing before it


class _Lists(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    openers: tuple[str, ...]
    fillers: tuple[str, ...]
    cues: tuple[str, ...]
    observed: tuple[str, ...]


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


class Wording:
    """The rules of configs/wording.yaml, ready to use; `name` goes into every draft made with them."""

    def __init__(self, lists: _Lists) -> None:
        self.name = f"wording@{lists.version}"
        self._numerals = load_numerals()
        self.names = (self.name, self._numerals.name)
        self._opener = re.compile(rf"(?:{_any_of(lists.openers)})\b[,.]?\s+", re.I)
        self._filler = re.compile(rf"(?<=\s)(?:{_any_of(lists.fillers)})(?=[\s,.])[,.]?\s*", re.I)
        self._cue = re.compile(
            rf"(?:(?:new )?section\s+)?(?:{_any_of(lists.cues)})(?:\s+colon\b[:,.]?|\s*[:.])\s+(?=\S)", re.I
        )
        self._observed = re.compile(rf"\b(?:{_any_of(lists.observed)})\b", re.I)

    def written(self, spoken: str) -> str:
        """Return the sentence without its cue and fillers, numbers in digits, with a capital and a full stop.

        A sign that a spoken "full stop" left standing alone goes to the word before it.
        """
        text = " ".join(spoken.split())
        while match := self._opener.match(text) or self._cue.match(text):
            text = text[match.end() :]
        text = self._numerals.written(STRAY.sub(r"\1", self._filler.sub("", text)).strip(" ,;"))
        text = text[:1].upper() + text[1:]
        return text if text.endswith((".", "!", "?")) else f"{text}."

    def observed(self, spoken: str) -> bool:
        """Whether the words say that the clinician saw it, not that the client told it."""
        return bool(self._observed.search(spoken))


@lru_cache
def load_wording() -> Wording:
    """Load configs/wording.yaml.

    Raises:
        SettingsInvalid: a key of it is wrong.
    """
    return Wording(resources.read_yaml(resources.configs() / "wording.yaml", _Lists))
