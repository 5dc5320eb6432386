"""Who a word means: which may stand for which, and whether a statement says of the client what is another's."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from .reading import Token
from .vocabulary import SUBJECTS

if TYPE_CHECKING:
    from .beside import Beside

THIRD: Final = frozenset({"she", "he", "they"})
INITIALS: Final = 4  # letters at most, with points between them


def turned(said: Token, written: Token, *, dictated: bool) -> bool:
    """Say whether a word may be written for another because both may mean the same person."""
    group = said.lexeme.key if said.lexeme.kind in ("pronoun", "client") else ""
    if not group:
        return written.lexeme.kind == "person" and (said.named or (said.starts and written.starts and _capital(said)))
    clinician = written.lexeme.key == "clinician"
    if dictated:
        return (clinician and group == "first") or (group in THIRD | {"client"} and _calls(group, written))
    if group == "first":
        return clinician if said.speaker == "clinician" else means_client(written)
    if group == "second":
        return means_client(written) if said.speaker == "clinician" else clinician
    return group == "we" and written.lexeme.key == "they"


def _calls(group: str, written: Token) -> bool:
    """Say whether the client may be called so where a dictation has a pronoun of this group; "he" is never "she"."""
    if group in ("she", "he") and written.lexeme.key in ("she", "he"):
        return group == written.lexeme.key
    return means_client(written)


def _renamed(said: Token, written: Token) -> bool:
    return said.lexeme.kind == "pronoun" and said.lexeme.key != written.lexeme.key


def _capital(token: Token) -> bool:
    return token.raw[0].isupper() and token.lexeme.kind == "word"


def means_client(token: Token) -> bool:
    """Say whether a word may call the client: by noun, pronoun or initials."""
    return token.lexeme.kind == "client" or token.lexeme.key in THIRD or initials(token)


def initials(token: Token) -> bool:
    """Say whether a word looks like the client's initials."""
    letters = token.raw.replace(".", "")
    return letters.isalpha() and letters.isupper() and len(letters) <= INITIALS and token.lexeme.kind == "word"


def misnamed(laid: "Beside") -> Iterator[str]:
    """Yield the words that put the client where the evidence has, or a reader may see, another person."""
    tokens, text = laid.said.tokens, laid.text
    for i, j in laid.matched:
        said, written = tokens[i], text[j]
        if said.lexeme.low not in SUBJECTS or said.lexeme.key == written.lexeme.key or not means_client(written):
            continue
        read_as = written if said.lexeme.low == "i" else said
        if read_as.lexeme.kind == "pronoun" and _may_be_another(laid, i, read_as):
            yield written.raw
    called = {tokens[i].lexeme.key: text[j] for i, j in laid.matched if laid.dictated and _renamed(tokens[i], text[j])}
    if {"she", "he"} <= called.keys():
        yield called["he"].raw
    for i in laid.gone:
        if tokens[i].lexeme.low in SUBJECTS and not laid.said.struck[i] and any(_others(laid, i)):
            yield tokens[i].raw


def _may_be_another(laid: "Beside", at: int, pronoun: Token) -> bool:
    """Say whether somebody named before a place of the evidence could be meant by a pronoun, too."""
    group, words, tokens = pronoun.lexeme.key, laid.words, laid.said.tokens
    before = [token.lexeme.key for token in tokens[:at] if token.sentence == tokens[at].sentence]
    if tokens[at].lexeme.low == "i" and group in before:
        return True
    if group == "they":
        return any(other.lexeme.low in words.several or other.lexeme.low.endswith("s") for other in _others(laid, at))
    cannot = words.he if group == "she" else words.she
    return any(other.lexeme.key not in cannot for other in _others(laid, at))


def _others(laid: "Beside", at: int) -> Iterator[Token]:
    """Yield the other people named before a place, in its sentence."""
    tokens = laid.said.tokens
    yield from (t for t in tokens[:at] if t.sentence == tokens[at].sentence and t.lexeme.kind == "person")
