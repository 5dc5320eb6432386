"""Whether a statement leaves what it tells in its time, and a deed with the one who did it."""

from collections.abc import Iterator, Set
from typing import TYPE_CHECKING, Final

from .reading import Token

if TYPE_CHECKING:
    from .beside import Beside

BE: Final = frozenset({"am", "is", "are", "was", "were", "be", "been", "being", "get", "got", "gets", "getting"})
PERFECT: Final = frozenset({"have", "has", "had", "having"})
NOW: Final = (PERFECT | BE) - {"was", "were", "had"}  # before a form that looks past they make it a participle
NEAR: Final = 2  # words between a helping verb and its verb at most


def mistimed(laid: "Beside") -> Iterator[str]:
    """Yield the words of the text that say as going on what is past in the evidence, or leave its past out."""
    tokens, text, words = laid.said.tokens, laid.text, laid.words
    dated = any(token.lexeme.key in words.times or token.lexeme.kind == "number" for token in text)
    for i, j in laid.matched:
        said, written = tokens[i].lexeme, text[j].lexeme
        if said.low == written.low or said.kind == "pronoun":
            continue
        if said.form == "ing" and written.form != "ing":
            fault = written.low != f"{said.low}s"  # a noun: feeling, feelings
        elif said.form != "past" or written.form == "past" or _near(tokens, i, NOW):
            fault = False
        elif written.form == "ing":
            fault = said.key in words.states and not dated and not _near(text, j, PERFECT)
        else:
            fault = not _near(text, j, PERFECT | {"did"})
        if fault:
            yield text[j].raw
    if not dated:
        yield from (tokens[i].raw for i in laid.gone if _past(tokens, i) and not laid.said.struck[i])


def _past(tokens: list[Token], at: int) -> bool:
    """Say whether a helping verb puts what follows into the past."""
    low = tokens[at].lexeme.low
    return low in ("was", "were") or (low == "had" and at + 1 < len(tokens) and tokens[at + 1].lexeme.low == "been")


def _near(tokens: list[Token], at: int, helping: Set[str]) -> bool:
    """Say whether one of these stands before a verb."""
    return any(tokens[i].lexeme.low in helping for i in range(max(0, at - NEAR), at))


def overturned(laid: "Beside") -> Iterator[str]:
    """Yield the verbs whose doer and sufferer change places: "was hit" and "hitting", "hit" and "being hit"."""
    tokens, text, words = laid.said.tokens, laid.text, laid.words
    for i, j in laid.matched:
        said, written = tokens[i].lexeme, text[j].lexeme
        passive = written.form == "past" or written.low in words.unchanged
        if said.form != "past" and not passive:
            continue
        before, now = _near(tokens, i, BE), _near(text, j, BE)
        active = said.form == "past" and before and written.form == "ing" and not now
        if active or (passive and now and not before and said.form != "ing"):
            yield text[j].raw
