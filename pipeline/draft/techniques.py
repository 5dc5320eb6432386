"""What the clinician did in a session: named where the clinician named it, offered by name where it shows in the talk.

The vocabulary is configs/techniques.yaml. Nothing here is sure of a technique that no words of the clinician name, so
that an offered name stands in a note only once the clinician has taken it.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Annotated, Final, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from .. import resources
from ..types import Evidence, Finding

MESSAGE: Final = "Nobody named this technique. Take the name that is offered, or keep the words as they were said."
Phrases = tuple[str, ...]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Technique(_Table):
    """The school that a technique belongs to, and how else it is called."""

    modality: str
    spellings: Phrases


class Shown(_Table):
    """A name to offer: the finding's label, and the words that must, and must not, stand in what was said."""

    label: str
    name: str
    asked: bool
    words: Annotated[Phrases, Field(min_length=1)]
    never: Phrases


class _Book(_Table):
    version: Annotated[int, Field(ge=1)]
    techniques: dict[str, Technique]
    proposing: Phrases
    doing: Phrases
    naming: Phrases
    openers: Phrases
    articles: Phrases
    after: Phrases
    shown: tuple[Shown, ...]


class Named(NamedTuple):
    """What the clinician did by the name they gave it, and where in their words that name ends."""

    text: str
    end: int


class Techniques:
    """The rules of configs/techniques.yaml, ready to use; `name` goes into every draft of a session."""

    def __init__(self, book: _Book) -> None:
        self.name = f"techniques@{book.version}"
        self._shown = book.shown
        self._called = {
            spelling.lower(): name
            for name, technique in book.techniques.items()
            for spelling in (name, *technique.spellings)
        }
        self._modality = {name: technique.modality for name, technique in book.techniques.items()}
        opening = rf"(?:(?:{_any_of(book.openers)})[,.]?\s+)*"
        named = rf"(?:(?P<article>{_any_of(book.articles)})\s+)?(?P<technique>{_any_of(self._called)})"
        self._proposed = re.compile(
            rf"{opening}(?:{_any_of(book.proposing)})\s+(?P<doing>{_any_of(book.doing)})\s+{named}(?:,?\s+(?:{_any_of(book.after)}))*[.?]?",
            re.I,
        )
        self._named = re.compile(
            rf"{opening}(?P<what>it|this|that)(?:'s|\s+is)\s+(?:{_any_of(book.naming)})\s+{named}[.]?", re.I
        )

    def canonical(self, spelling: str) -> str | None:
        """Return the name that a technique is known by, or None."""
        return self._called.get(spelling.lower())

    def modality(self, spelling: str) -> str | None:
        """Return the school of a technique, or None where it is not known."""
        name = self.canonical(spelling)
        return self._modality[name] if name else None

    def named(self, words: str) -> Named | None:
        """Return what the clinician did with a technique that these words name, or None where no rule is sure."""
        text = words.replace("’", "'")
        if match := self._proposed.fullmatch(text):
            return Named(
                f"Clinician proposed to {match['doing'].lower()} {self._spelt(match)}.", match.end("technique")
            )
        if match := self._named.fullmatch(text):
            return Named(
                f"Clinician said that {match['what'].lower()} is called {self._spelt(match)}.", match.end("technique")
            )
        return None

    def offered(self, findings: Iterable[Finding], evidence: Sequence[Evidence]) -> str | None:
        """Return the statement with a name for what the quoted words show, or None where there is none to offer."""
        if len(evidence) != 1 or evidence[0].speaker != "clinician" or '"' in evidence[0].quote:
            return None
        quote = evidence[0].quote
        said = quote.lower().replace("’", "'")
        labels = {finding.label for finding in findings if finding.category == "intervention"}
        for shown in self._shown:
            if shown.label in labels and shown.asked == said.endswith("?") and _holds(said, shown):
                return f'Clinician used {shown.name}, {"asking" if shown.asked else "saying"}: "{quote}"'
        return None

    def _spelt(self, match: re.Match[str]) -> str:
        """Return the technique with its article as it was said, in the capitals of the name where it is that name."""
        said, article = match["technique"], (match["article"] or "").lower()
        name = self._called[said.lower()]
        plain = name if name.lower() == said.lower() else said if said.isupper() else said.lower()
        return f"{article} {plain}" if article else plain


def _holds(said: str, shown: Shown) -> bool:
    return bool(re.search(rf"\b(?:{_any_of(shown.words)})\b", said)) and not any(word in said for word in shown.never)


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


@lru_cache
def load_techniques() -> Techniques:
    """Load configs/techniques.yaml.

    Raises:
        SettingsInvalid: a key of it is wrong.
    """
    return Techniques(resources.read_yaml(resources.configs() / "techniques.yaml", _Book))
