"""Where a text says who somebody is: "her husband Mark", "Mark, her husband", "her friend called Julie".

The vocabulary is configs/people.yaml.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Annotated, Final, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from .. import resources
from .written.vocabulary import Phrases, any_of

STARTS: Final = re.compile(r"(?:^|[.!?:\n]\s*|[\"“‘(]\s*)$")  # before a word that begins a sentence


class Roles(BaseModel):
    """configs/people.yaml; each key is explained there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Annotated[int, Field(ge=1)]
    she: Phrases
    he: Phrases
    either: Phrases
    besides: Phrases
    person_endings: Phrases
    things: Phrases
    client: Phrases
    owners: Phrases
    adjectives: Phrases
    titles: Phrases
    naming: Phrases
    naming_after: Phrases
    finite: Phrases
    modal: Phrases
    months: Phrases
    places: Phrases
    places_after: Phrases
    words_too: Phrases
    names: Phrases

    @property
    def every(self) -> tuple[str, ...]:
        """All roles, of one word or more."""
        return (*self.she, *self.he, *self.either, *self.client)


class Named(NamedTuple):
    """One place where a text says who somebody is: the name in lower case and the role with its owner."""

    name: str
    surname: str
    owner: str
    role: str


class Words:
    """The patterns of configs/people.yaml."""

    def __init__(self, roles: Roles) -> None:
        self.names, self.words_too = frozenset(roles.names), frozenset(roles.words_too)
        self.modal, self.places = frozenset(roles.modal), frozenset(roles.places)
        self.months = frozenset(roles.months)
        self.places_after, self.naming_after = frozenset(roles.places_after), frozenset(roles.naming_after)
        self.client = frozenset(roles.client)
        owner = rf"(?i:(?P<owner>{any_of(roles.owners)}))"
        role = rf"(?i:(?P<role>(?:{any_of(roles.adjectives)}\s+)*{any_of(roles.every)}))"
        title = rf"(?P<title>(?i:{any_of(roles.titles)})\.?\s+)?"
        name = r"(?P<name>[A-Z][\w’'-]*[a-z](?<!['’]s))(?P<surname>\s+[A-Z][\w-]*[a-z])?"
        bare = r"(?P<name>[a-z]+)(?P<surname>)"
        naming = rf"(?:(?P<comma>,)?\s+(?:(?P<naming>(?i:{any_of(roles.naming)}))\s+)?)"
        self.role_name = re.compile(rf"(?:{owner}\s+)?{role}{naming}{title}{name}(?P<close>,)?(?![\w-])")
        self.role_bare = re.compile(rf"{owner}\s+{role}{naming}{title}{bare}(?P<close>,)?(?![\w’'-])")
        self.name_role = re.compile(
            rf"{title}{name}(?:,|\s+\(|,?\s+who\s+is|,?\s+who['’]s)\s+{owner}\s+{role}"
            r"(?P<close>[,)])?(?=\s*[.;!?]|\s*$|(?<=[,)]))"
        )
        self.copula = re.compile(rf"{title}{name}\s+(?:is|was)\s+{owner}\s+{role}(?=\s*[.,;!?]|\s*$)")
        self.titled = re.compile(rf"(?i:{any_of(roles.titles)})\.?\s+(?P<name>[A-Z][\w’'-]*[a-z](?<!['’]s))")
        self.capital = re.compile(r"(?<![\w’'-])(?P<name>[A-Z][a-z’'-]*[a-z](?<!['’]s))(?![\w-])")
        self.owned = rf"(?:(?i:{any_of(roles.owners)})\s+)?(?:(?i:{any_of(roles.titles)})\.?\s+)?"
        self.finite = re.compile(
            rf"(?:\s+(?:also|then|just|still|never|always))?\s+(?:{any_of(roles.finite)}|[a-z]{{2,}}ed\b)|['’]s\b"
        )


@lru_cache(maxsize=4096)  # the page asks after each decision, of a long session's every turn
def namings(text: str, words: Words) -> tuple[Named, ...]:
    """Return each place where a text says who somebody is."""
    return tuple(_namings(text, words))


def _namings(text: str, words: Words) -> Iterator[Named]:
    for pattern in (words.role_name, words.name_role, words.copula):
        for match in pattern.finditer(text):
            name = match["name"].casefold()
            sure = name in words.names or match["title"] or match.groupdict().get("naming")
            if pattern is words.role_name:
                sure = sure and _owned(text, match, words) and not phoned(text, match, words)
            elif pattern is words.name_role:  # "Mark, her husband, and Ann" may be three people
                sure = sure and not text[match.end() :].lstrip().startswith(("and ", "or "))
            if sure:
                yield _named(match)
    yield from (named for _, named in bare_namings(text, words))


def bare_namings(text: str, words: Words) -> Iterator[tuple[re.Match[str], Named]]:
    """Yield each place where a text without capitals says who somebody is."""
    for match in words.role_bare.finditer(text):
        name = match["name"]
        if name not in words.names or phoned(text, match, words):
            continue
        finite = words.finite.match(text, match.end())
        ends = not text[match.end() :].strip() and name not in words.modal
        if name not in words.words_too or match["naming"] or finite or ends:
            yield match, _named(match)


def phoned(text: str, match: re.Match[str], words: Words) -> bool:
    """Whether "her sister called Julie" may tell of a telephone call."""
    if (match["naming"] or "").casefold() != "called" or (match["owner"] or "").casefold() in ("a", "an"):
        return False
    before = re.search(r"([\w’']+)\s+$", text[: match.start()])
    led = before is not None and before[1].casefold() in words.naming_after
    return not led and not words.finite.match(text, match.end())


def _owned(text: str, match: re.Match[str], words: Words) -> bool:
    """Whether it says whose, or needs not: "client Jane", "Husband Mark said"; but "told mother Ann was ill"."""
    if match["owner"] or match["role"].casefold() in words.client:
        return True
    return bool(STARTS.search(text[: match.start()]) and words.finite.match(text, match.end()))


def _named(match: re.Match[str]) -> Named:
    owner = (match["owner"] or "the").casefold()
    role = match["role"] if match["role"].isupper() else match["role"].casefold()
    owner = "the" if owner in ("a", "an", "this") else "" if role in load_roles().client else owner
    return Named(match["name"].casefold(), (match["surname"] or "").strip(), owner, role)


@lru_cache
def load_roles() -> Roles:
    """Load configs/people.yaml.

    Raises:
        SettingsInvalid: a key of it is wrong.
    """
    return resources.read_yaml(resources.configs() / "people.yaml", Roles)


@lru_cache
def load_words() -> Words:
    """Return the patterns of configs/people.yaml; raises as `load_roles`."""
    return Words(load_roles())
