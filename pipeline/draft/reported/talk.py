"""A sentence of talk as tokens: contractions written out, fillers and false starts away."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ..numerals.words import WORDS
from .vocabulary import Vocabulary

TOKEN: Final = re.compile(r"\d+(?:[.,:/]\d+)*%?|[^\W_]+(?:[-'’][^\W_]+)*|\S")
JOINTS: Final = frozenset({"and", "but", "or", "then", "so"})


@dataclass(frozen=True, slots=True)
class Token:
    """One word or sign as it was said, in lower case with a straight apostrophe, and whether a space stands before."""

    text: str
    low: str
    spaced: bool

    @property
    def word(self) -> bool:
        """Whether it is a word or a number, not a sign."""
        return self.low[0].isalnum()


def tokens(text: str) -> list[Token]:
    """Return the tokens of a text, in order."""
    return [
        Token(m[0], m[0].lower().replace("’", "'"), m.start() > 0 and text[m.start() - 1].isspace())
        for m in TOKEN.finditer(text)
    ]


def written(row: Sequence[Token]) -> str:
    """Return tokens as text."""
    text = "".join(f" {token.text}" if token.spaced and at else token.text for at, token in enumerate(row))
    return re.sub(r"\bcan not\b", "cannot", text)


def lows(row: Sequence[Token]) -> list[str]:
    """Return the tokens in lower case."""
    return [token.low for token in row]


def holds(phrases: Iterable[str], row: Sequence[str]) -> bool:
    """Say whether one of the phrases is among the tokens."""
    said = f" {' '.join(row)} "
    return any(f" {phrase} " in said for phrase in phrases)


def starting(row: Sequence[str], at: int, phrases: frozenset[str], longest: int = 4) -> int:
    """Return how many tokens at a place make up one of these phrases, 0 for none; the longest counts."""
    for length in range(min(longest, len(row) - at), 0, -1):
        if " ".join(row[at : at + length]) in phrases:
            return length
    return 0


def tidy(row: list[Token], book: Vocabulary) -> list[Token]:
    """Return a sentence without fillers, asides, first words that only join, and the first saying of a false start."""
    row = _without_asides(row, book)
    row = _without_repeats(row, book)
    return _without_openers(row, book)


def _without_asides(row: list[Token], book: Vocabulary) -> list[Token]:
    kept: list[Token] = []
    at = 0
    while at < len(row):
        words = lows(row)
        length = starting(words, at, book.fillers)
        opens = bool(kept) and kept[-1].low == ","
        if not length and opens:
            length = starting(words, at, book.asides)
            ended = at + length >= len(row) or not row[at + length].word
            length = length if ended and not _estimate(words, at + length) else 0
        if not length:
            kept.append(row[at])
            at += 1
            continue
        at += length
        if at < len(row) and row[at].low == ",":
            at += 1
            if opens and _goes_on(kept, book):
                kept.pop()
        elif opens and at < len(row) and not row[at].word:
            kept.pop()  # the comma before an aside that ends the sentence
    return kept


def _estimate(words: Sequence[str], at: int) -> bool:
    """Say whether a number follows: "like, ten pills" are about ten."""
    return any(word[0].isdigit() or word in WORDS for word in words[at : at + 3])


def _goes_on(kept: Sequence[Token], book: Vocabulary) -> bool:
    """Say whether what stands before a comma cannot end there: "I was, um, low"."""
    before = kept[-2].low if len(kept) > 1 else ""
    return before in book.auxiliaries | book.modals | book.determiners | book.degrees | book.subjects | book.adverbs


def _without_repeats(row: list[Token], book: Vocabulary) -> list[Token]:
    kept: list[Token] = []
    for token in row:
        if token.low in book.repeated:
            back = len(kept) - 1
            while back >= 0 and kept[back].low in ("-", ",", "–"):
                back -= 1
            if back >= 0 and kept[back].low == token.low:
                kept = kept[: back + 1]
                continue
        kept.append(token)
    return kept


def _without_openers(row: list[Token], book: Vocabulary) -> list[Token]:
    openers = frozenset(book.openers)
    while row:
        words = lows(row)
        closed = starting([word.rstrip(",") for word in words], 0, openers)
        if closed == 0 and " ".join(words[:2]) == "like ,":
            closed = 1
        if not closed:
            break
        row = row[closed + (closed < len(row) and row[closed].low == ",") :]
    return row


def written_out(row: list[Token], book: Vocabulary) -> list[Token] | None:
    """Return a sentence with the contractions of "I" and "not" written out; None where one can be read in two ways."""
    out: list[Token] = []
    for at, token in enumerate(row):
        full = book.contractions.get(token.low)
        if token.low == "i'd":
            verb = _would_or_had(lows(row[at + 1 :]), book)
            if verb is None:
                return None
            full = f"i {verb}"
        if full is None:
            out.append(token)
            continue
        first, *rest = full.split()
        shown = "I" if first == "i" else first
        out.append(replace(token, text=shown, low=first))
        out += [Token(word, word, True) for word in rest]
    return out


def _would_or_had(after: Sequence[str], book: Vocabulary) -> str | None:
    word = next((word for word in after if word not in book.adverbs), "")
    if word in ("rather", "like", "love", "hate"):
        return "would"
    base, done = word in book.bases, word in book.verbs.participles or word.endswith("ed")
    return None if base == done else "would" if base else "had"
