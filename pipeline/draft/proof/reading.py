"""Words as the checker compares them: numbers in digits, contractions in two, phrases in one."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ...types import Speaker
from ..numerals import load_numerals
from ..numerals.words import NTH, WORDS
from .vocabulary import PRONOUNS, Lexeme, Vocabulary, split_contraction

_NUMERIC: Final = re.compile(
    rf"\d|\b(?:{'|'.join(sorted({*WORDS, *NTH, 'quarter', 'half', 'percent', 'percentage'} - {'oh'}))})\b|\b\w \w\b",
    re.I,
)
_WORD: Final = re.compile(
    r"\d+(?:[.,:]\d+)*(?:st|nd|rd|th)?|[^\W\d_]\d+(?:\.\d+)?|[A-Z]\.(?:[A-Z]\.)+(?:'s)?|[^\W\d_]+(?:'[^\W\d_]+)*|%|/(?=\d)"
)
_HALF_OF_DAY: Final = re.compile(r"\b([ap])\.?\s?m\b\.?(?=\W|$)", re.I)
_MARKS: Final = str.maketrans({"’": "'", "‘": "'", "“": " ", "”": " ", '"': " "})
_PARTICIPLES: Final = frozenset({"been", "had", "got", "gone", "done", "taken", "become", "come"})
_SUBJECTS: Final = frozenset({"it", "that", "this", "there", "what", "who", "where", "how", "here", "nothing"})
_ENDS: Final = re.compile(r"[.?!;\n]|…")
_EDGE: Final = re.compile(r"[,:()–—]|\s-\s|--|\.\.\.")


@dataclass(slots=True)
class Token:
    """A word where it stands: `opens` and `closes` say that a part of the sentence begins or ends with it."""

    lexeme: Lexeme
    raw: str
    sentence: int
    starts: bool
    opens: bool
    closes: bool = False
    asked: bool = False  # its sentence is a question
    speaker: Speaker | None = None

    @property
    def named(self) -> bool:
        """Whether it is written as a name within a sentence."""
        return self.raw[0].isupper() and not self.starts and self.lexeme.kind in ("word", "hedge")


@dataclass(slots=True)
class _Piece:
    """A word in lower case before phrases are joined."""

    low: str
    raw: str
    gap: str


def ways(texts: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield texts in one spelling, and again with their numbers in digits where one of them holds any."""
    plain = tuple(_HALF_OF_DAY.sub(r"\1m", " ".join(text.translate(_MARKS).split())) for text in texts)
    yield plain
    if any(map(_NUMERIC.search, plain)):
        yield tuple(map(load_numerals().written, plain))


def read(text: str, vocabulary: Vocabulary, speaker: Speaker | None = None, sentence: int = 0) -> list[Token]:
    """Return the words of a text whose numbers are in digits; sentences are counted from `sentence` on."""
    pieces, end = _resolved(list(_pieces(text)), vocabulary), _last_gap(text)
    tokens: list[Token] = []
    first, at = 0, 0
    fresh = True
    while at < len(pieces):
        gap = pieces[at].gap
        if tokens and _ENDS.search(gap):
            _close(tokens[first:], gap)
            first, sentence, fresh = len(tokens), sentence + 1, True
        stop = _phrase(pieces, at, vocabulary)
        low = " ".join(piece.low for piece in pieces[at:stop])
        edge = fresh or bool(_EDGE.search(gap))
        if tokens and edge:
            tokens[-1].closes = True
        tokens.append(Token(vocabulary.lexeme(low), pieces[at].raw, sentence, fresh, edge, speaker=speaker))
        fresh, at = False, stop
    if tokens:
        _close(tokens[first:], end)
    return tokens


def _close(tokens: Sequence[Token], gap: str) -> None:
    """Mark the end of a sentence, and all of it where it is a question."""
    tokens[-1].closes = True
    if "?" in gap:
        for token in tokens:
            token.asked = True


def _pieces(text: str) -> Iterator[_Piece]:
    end = 0
    for match in _WORD.finditer(text):
        gap, end = text[end : match.start()], match.end()
        first, *others = split_contraction(match[0].casefold())
        yield _Piece(first, match[0][: len(first)], gap)
        yield from (_Piece(low, low, "") for low in others)


def _resolved(pieces: list[_Piece], vocabulary: Vocabulary) -> list[_Piece]:
    """Say of each 'd whether it is had or would, and of 's behind a pronoun whether it is has or is."""
    for at, piece in enumerate(pieces):
        after = vocabulary.lexeme(pieces[at + 1].low) if at + 1 < len(pieces) else None
        had = after and (after.form == "past" or after.low in _PARTICIPLES)
        if piece.low == "'d":
            piece.low = "had" if had or (after and after.low == "better") else "would"
        elif piece.low == "'s" and at and (pieces[at - 1].low in PRONOUNS or pieces[at - 1].low in _SUBJECTS):
            piece.low = "has" if after and after.low in _PARTICIPLES else "is"
    return pieces


def _last_gap(text: str) -> str:
    return text[len(text.rstrip(" .?!;,:)\n…")) :]


def _phrase(pieces: Sequence[_Piece], at: int, vocabulary: Vocabulary) -> int:
    """Return the end of the longest phrase at a place, over no sign, or of the one word."""
    for phrase in vocabulary.phrases.get(pieces[at].low, ()):
        stop = at + len(phrase)
        within = pieces[at:stop]
        if [piece.low for piece in within] == list(phrase) and all(piece.gap in ("", " ", "-") for piece in within[1:]):
            return stop
    return at + 1
