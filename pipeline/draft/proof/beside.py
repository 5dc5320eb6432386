"""A text beside the evidence that should prove it: which word stands for which, which came and which went."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ...types import Speaker
from .alignment import ALLOWED, CHANGED, FAULT, STRUCK, TURNED, Pair, align
from .evidence import Said
from .persons import THIRD, initials, turned
from .reading import Token
from .vocabulary import FREE, SUBJECTS, Vocabulary

CLIENT: Final = frozenset[Speaker]({"client"})
OPENING: Final = 3  # words of a statement that may name who it is about
AFTER_DENIED: Final = 3  # words behind "denied" among which "any" says nothing more


@dataclass(frozen=True)
class Beside:
    """The words of a text and of its evidence, and the pairs of them in order; a fault has one side only."""

    text: list[Token]
    said: Said
    pairs: list[Pair]
    faults: list[Pair]
    words: Vocabulary
    dictated: bool

    @property
    def matched(self) -> Iterator[tuple[int, int]]:
        """Yield the places of the evidence and of the text that stand for each other."""
        yield from ((i, j) for i, j in self.pairs if i is not None and j is not None)

    @property
    def gone(self) -> Iterator[int]:
        """Yield the places of the evidence that the text leaves out."""
        yield from (i for i, j in self.pairs if i is not None and j is None)

    @property
    def new(self) -> Iterator[int]:
        """Yield the places of the text that are not in the evidence."""
        yield from (j for i, j in self.pairs if j is not None and i is None)


def beside(text: list[Token], said: Said, words: Vocabulary, *, dictated: bool) -> Beside:
    """Lay a text beside its evidence with the fewest faults."""
    tokens = said.tokens
    gone = [_goes(said, i, dictated=dictated) for i in range(len(tokens))]

    def match(i: int, j: int) -> int | None:
        one, other = tokens[i].lexeme, text[j].lexeme
        if one.key == other.key and one.kind == other.kind:
            return CHANGED if one.low != other.low else 0
        if dictated and other.key == words.denied:
            return None  # that nothing was there is not that the client denied it
        if said.struck[i] or (other.kind == "person" and gone[i] != FAULT):
            return None  # what may go is no name that a role stands for
        if (one.key, other.key) in words.turned or turned(tokens[i], text[j], dictated=dictated):
            return TURNED
        return None

    new = [ALLOWED if _comes(text, j, words, dictated=dictated) else FAULT for j in range(len(text))]
    pairs = align((len(tokens), len(text)), match, gone, new)
    faults = [(i, j) for i, j in pairs if (j is None and gone[i or 0] == FAULT) or (i is None and new[j or 0] == FAULT)]
    return Beside(text, said, pairs, faults, words, dictated)


def _goes(said: Said, at: int, *, dictated: bool) -> int:
    """Return what it costs that a word of the evidence is missing."""
    if said.struck[at]:
        return STRUCK
    return ALLOWED if said.free[at] or _private(said.tokens, at, dictated=dictated) else FAULT


def _private(tokens: list[Token], at: int, *, dictated: bool) -> bool:
    """Say whether a word may fall away for who it names: "I" where a list goes on, a name behind its role."""
    token = tokens[at]
    if token.lexeme.kind == "pronoun":
        asked = token.lexeme.low == "you" and token.speaker == "clinician"
        return asked or token.lexeme.low == "i" or (dictated and token.lexeme.low in SUBJECTS)
    return at > 0 and token.named and tokens[at - 1].lexeme.kind == "person"


def _comes(text: list[Token], at: int, words: Vocabulary, *, dictated: bool) -> bool:
    """Say whether a word of the text needs no word of the evidence where it stands."""
    lexeme = text[at].lexeme
    if lexeme.key in words.frame or lexeme.key in FREE:
        return True
    if lexeme.low in ("any", "ever"):
        return any(token.lexeme.key == words.denied for token in text[max(0, at - AFTER_DENIED) : at])
    if lexeme.kind == "client" or lexeme.low in SUBJECTS:
        spoken = not dictated and (text[at - 1].lexeme.key in words.leading or speakers(text, at, words))
        return at < OPENING or bool(spoken)
    if dictated:
        return False
    if lexeme.key in words.speech:
        before = text[at - 1].lexeme.key
        return at < OPENING or before in words.telling or (at > 0 and speakers(text, at - 1, words) is not None)
    return speakers(text, at, words) is not None


def speakers(text: list[Token], at: int, words: Vocabulary) -> frozenset[Speaker] | None:
    """Return who may have said what a text tells from a place on, where it names a speaker and a verb of speech."""
    if at + 1 == len(text) or text[at + 1].lexeme.key not in words.telling:
        return None
    if text[at].lexeme.key in THIRD or initials(text[at]):
        return CLIENT
    return words.speakers.get(text[at].lexeme.key)
