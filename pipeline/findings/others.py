"""The names of people whom a transcript tells of by their role: "her husband Tom", "Tom, her husband,"."""

from collections.abc import Iterable, Mapping

from ..types import Kind
from .words import Page, Span, Token

OWNERS = frozenset({"her", "his", "their", "my", "your"})


def named_others(kind: Kind, pages: Iterable[Page], words: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Return the names, in lower case, that only somebody beside the client has.

    A name that is said before its role is given may be the client's, and one behind "client" is. So may be a child's,
    that of "mum says her brother Tom", and any in a session to which somebody comes with the client.
    """
    pages = tuple(pages)
    if kind == "session" and any(page.turn.speaker not in ("client", "clinician") for page in pages):
        return frozenset()
    found: set[str] = set()
    seen: set[str] = set()
    for page in pages:
        for i, token in enumerate(page.tokens):
            if not _is_name(page, token, words):
                continue
            owns = page.turn.text[token.end - 2] in "'’"
            name = token.norm.removesuffix("s") if owns else token.norm
            new = name not in seen
            seen.add(name)
            if i and page.tokens[i - 1].norm in words["client_nouns"]:
                found.discard(name)
            elif new and (_behind_role(page, i, words) or _before_role(page, i, words)):
                found.add(name)
    return frozenset(found)


def _is_name(page: Page, token: Token, words: Mapping[str, frozenset[str]]) -> bool:
    written = page.turn.text[token.start : token.end]
    plain = written[:1].isupper() and written[1:].replace("’", "'").removesuffix("'s").islower()
    listed = (words[name] for name in ("subjects", "roles", "when_words", "drug", "fillers", "auxiliaries"))
    return plain and not any(token.norm in one for one in listed)


def first_of(page: Page, i: int, start: int, leading: frozenset[str]) -> int:
    """Return the first of the words, from `start` on, that lead to a word: "her" of "her older sister"."""
    while i > start and page.tokens[i - 1].norm in leading:
        i -= 1
    return i


def _owned(page: Page, i: int, words: Mapping[str, frozenset[str]]) -> bool:
    """Say whether a role stands here behind whose it is: "her older sister"."""
    if not 0 <= i < len(page.tokens) or page.tokens[i].norm not in words["roles"]:
        return False
    first = first_of(page, i, 0, words["determiners"])
    before = set(page.norms(Span(page.sentence_of(i).start, first)))
    if page.tokens[i].norm in words["child_roles"] or before & words["roles"]:
        return False
    return page.tokens[first].norm in OWNERS


def _behind_role(page: Page, i: int, words: Mapping[str, frozenset[str]]) -> bool:
    """Say whether a name is a role's: "her husband Tom", "her husband, Tom,"."""
    if _owned(page, i - 1, words):
        return True
    after = page.tokens[i + 1].norm if i + 1 < len(page.tokens) else "."
    return i > 1 and page.tokens[i - 1].norm == "," and after == "," and _owned(page, i - 2, words)


def _before_role(page: Page, i: int, words: Mapping[str, frozenset[str]]) -> bool:
    """Say whether a role stands beside a name: "Tom, her husband,"."""
    if i + 2 >= len(page.tokens) or page.tokens[i + 1].norm != ",":
        return False
    at = i + 2
    while at < len(page.tokens) and page.tokens[at].norm in words["determiners"]:
        at += 1
    after = page.tokens[at + 1].norm if at + 1 < len(page.tokens) else "."
    return after in (",", ".") and _owned(page, at, words)
