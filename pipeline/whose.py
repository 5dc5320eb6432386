"""Whether new words for a statement about another person are still about that person."""

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Final

from pydantic import BaseModel

from . import resources

OWN: Final = "'s"
CLIENT: Final = "client"
_TOKENS: Final = re.compile(r"[^\W_]+(?:[’'-][^\W_]+)*|[^\w\s]|\n")
_ENDING: Final = re.compile(r"(?:ies|ied|ying|y|ing|ed|es|e|s)$")
SHORT: Final = 3  # letters of a word that is left as it is
_SMALL: Final = frozenset("’'\"“”‘-")  # signs that part no clauses


class _Lists(BaseModel):
    """Those of its lists that are read."""

    roles: str
    partners: str
    client_nouns: str
    determiners: str
    persons: str
    family_knows: str
    subordinators: str
    bearing_on: str


class _File(BaseModel):
    """What is read of words.yaml."""

    lists: _Lists
    irregular: dict[str, str]


class _Words:
    """The lists of words.yaml that tell one person from another."""

    def __init__(self, file: _File) -> None:
        lists = file.lists
        self.roles, self.partners = _phrases(lists.roles), _phrases(lists.partners)
        self.client, self.owners, self.persons = map(_phrases, (lists.client_nouns, lists.determiners, lists.persons))
        self.bearing = _phrases(f"{lists.family_knows}, {lists.subordinators}, {lists.bearing_on}")
        self.verbs = [_phrases(f"{base}, {forms}") for base, forms in file.irregular.items()]

    def role(self, token: str) -> str:
        """Return which kind of another person a word names, "" for none; a partner may be a couple's other client."""
        word = token.removesuffix(OWN)
        one = word if word in self.roles else word.removesuffix("s")
        return "" if one not in self.roles else "partner" if one in self.partners else "other"

    def person(self, token: str) -> str:
        """Return whom a word names, "" for nobody."""
        word = token.partition("'")[0]
        return self.role(token) or (CLIENT if word in self.client else word if word in self.persons else "")

    def named(self, tokens: Sequence[str]) -> list[str]:
        """Return whom the words name, in their order."""
        return [person for person in map(self.person, tokens) if person]

    def same(self, one: str, two: str) -> bool:
        """Say whether two words are one, or forms of one verb."""
        return _stem(one) == _stem(two) or any({one, two} <= forms for forms in self.verbs)


def still_about(before: str, after: str) -> bool:
    """Say whether words about another person are plainly about the same one as they are now.

    They name the same people in the same order, open in the same way up to the word behind the first role, and gain no
    clause and no word by which they may bear on what somebody else has: "her partner knows of the plan".
    """
    words, old, new = _words(), _tokens(before), _tokens(after)
    if old == new:
        return True
    old, new = _unowned(old, words), _unowned(new, words)
    first = next((at for at, token in enumerate(old) if words.role(token)), None)
    if first is None or words.named(old) != words.named(new) or old[:first] != new[:first]:
        return False
    (who, *then), (now, *next_words) = old[first : first + 2], new[first : first + 2]
    if words.role(who) != words.role(now):
        return False
    if who.endswith(OWN) != now.endswith(OWN):  # "her partner's", not "her partner"
        return False
    gained = Counter(new) - Counter(old)
    bears = any(token in words.bearing or not token[0].isalnum() for token in gained)
    return len(then) == len(next_words) and all(map(words.same, then, next_words)) and not bears


def _tokens(text: str) -> list[str]:
    """Return the words in lower case, and the signs between them but for the last full stop."""
    plain = text.casefold().replace("’", "'").strip().rstrip('."”')
    return [token for token in _TOKENS.findall(plain) if token not in _SMALL]


def _unowned(tokens: Sequence[str], words: _Words) -> list[str]:
    """Return the tokens without whose a role is: "the client's older brother" is "brother", as "her brother" is."""
    kept: list[str] = []
    for token in tokens:
        while words.role(token) and kept and (kept[-1] in words.owners or kept[-1].removesuffix(OWN) in words.client):
            kept.pop()
        kept.append(token)
    return kept


def _stem(word: str) -> str:
    """Return a word without the ending of a regular verb: "denies" and "denied" are one."""
    return _ENDING.sub("", word) if len(word) > SHORT else word


def _phrases(listed: str) -> frozenset[str]:
    return frozenset(filter(None, (part.strip() for part in listed.split(","))))


@cache
def _words() -> _Words:
    return _Words(resources.read_yaml(resources.configs() / "lexicons" / "words.yaml", _File))
