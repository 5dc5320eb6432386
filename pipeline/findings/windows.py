"""A transcript in windows of sub-word tokens that a small encoder can read, the same for training and for use.

Each turn is cut into words and signs, a marker says who speaks, and a window holds whole turns where they fit, with
some tokens of the talk before and after it as context: a denial answers a question, homework is agreed over turns.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ..types import Kind, Speaker

if TYPE_CHECKING:
    from tokenizers import Tokenizer

WORD: Final = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")
CORE: Final = 192  # tokens of a window that are tagged
BEFORE: Final = 48  # tokens of context before them
AFTER: Final = 24  # tokens of context after them
LONGEST_WORD: Final = 12  # tokens; what is longer is no word
# Unused entries of BERT's vocabulary say who speaks.
MARKERS: Final[dict[str, int]] = {
    "clinician": 2,
    "client": 3,
    "client2": 4,
    "other": 5,
    "unknown": 6,
    "dictation": 7,
}
START, END, PAD = 101, 102, 0  # BERT's [CLS], [SEP], [PAD]
ASPECTS: Final = ("begin", "inside", "denied", "other", "must")


def marker(kind: Kind, speaker: Speaker) -> int:
    """Return the token that says who speaks; in a dictation it is always the clinician, about the client."""
    return MARKERS["dictation" if kind == "dictation" else speaker]


@dataclass(frozen=True)
class Piece:
    """Consecutive words of one turn as tokens: `firsts[i]` is the place of the i-th word's first token in `ids`."""

    turn: int
    word: int  # index in its turn of the first word
    ids: tuple[int, ...]
    firsts: tuple[int, ...]


@dataclass(frozen=True)
class Window:
    """Tokens for the encoder; `places` are (turn, word, place in `ids`) of the words that this window tags."""

    ids: tuple[int, ...]
    places: tuple[tuple[int, int, int], ...]


def pieces(tokenizer: "Tokenizer", turns: Sequence[tuple[int, Sequence[str]]], longest: int = CORE) -> list[Piece]:
    """Cut turns, each a speaker marker and its words, into pieces of at most `longest` tokens."""
    encoded = tokenizer.encode_batch(
        [list(words) for _, words in turns], is_pretokenized=True, add_special_tokens=False
    )
    made: list[Piece] = []
    for turn, ((mark, _), encoding) in enumerate(zip(turns, encoded, strict=True)):
        words = _by_word(encoding.ids, encoding.word_ids)
        start, ids, firsts = 0, [mark], list[int]()
        for number, tokens in words:
            if len(ids) + len(tokens) > longest:
                made.append(Piece(turn, start, tuple(ids), tuple(firsts)))
                start, ids, firsts = number, [mark], []
            # A word without tokens (a control character) stands at its neighbour, so that counting stays right.
            firsts.append(min(len(ids), longest - 1))
            ids += tokens
        made.append(Piece(turn, start, tuple(ids), tuple(firsts)))
    return made


def _by_word(ids: Sequence[int], word_ids: Sequence[int | None]) -> list[tuple[int, list[int]]]:
    tokens: dict[int, list[int]] = {}
    for token, word in zip(ids, word_ids, strict=True):
        if word is not None:
            tokens.setdefault(word, []).append(token)
    return [(number, tokens.get(number, [])[:LONGEST_WORD]) for number in range(max(tokens, default=-1) + 1)]


def windows(made: Sequence[Piece], core: int = CORE, before: int = BEFORE, after: int = AFTER) -> Iterator[Window]:
    """Pack pieces into windows of at most `core` tagged tokens, with context around them."""
    first = 0
    while first < len(made):
        last, size = first, 0
        while last < len(made) and (last == first or size + len(made[last].ids) <= core):
            size += len(made[last].ids)
            last += 1
        earlier = _joined(made[max(0, first - 8) : first])[-before:] if before else []
        later = _joined(made[last : last + 4])[:after] if after else []
        ids, places = [START, *earlier], []
        for piece in made[first:last]:
            places += [(piece.turn, piece.word + i, len(ids) + place) for i, place in enumerate(piece.firsts)]
            ids += piece.ids
        yield Window((*ids, *later, END), tuple(places))
        first = last


def _joined(made: Sequence[Piece]) -> list[int]:
    return [token for piece in made for token in piece.ids]
