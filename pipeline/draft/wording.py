"""Dictated words to written ones: takes away cues and fillers of configs/wording.yaml, never adds or changes a word."""

import re
from collections.abc import Iterable
from functools import lru_cache

from pydantic import BaseModel, ConfigDict

from .. import resources


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
        self._opener = re.compile(rf"(?:{_any_of(lists.openers)})\b[,.]?\s+", re.I)
        self._filler = re.compile(rf"(?<=\s)(?:{_any_of(lists.fillers)})(?=[\s,.])[,.]?\s*", re.I)
        self._cue = re.compile(
            rf"(?:(?:new )?section\s+)?(?:{_any_of(lists.cues)})(?:\s+colon\b[:,.]?|\s*[:.])\s+(?=\S)", re.I
        )
        self._observed = re.compile(rf"\b(?:{_any_of(lists.observed)})\b", re.I)

    def written(self, spoken: str) -> str:
        """Return the sentence without its cue and fillers, with a capital and a full stop; the words stay as said."""
        text = " ".join(spoken.split())
        while match := self._opener.match(text) or self._cue.match(text):
            text = text[match.end() :]
        text = self._filler.sub("", text).strip(" ,;")
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
