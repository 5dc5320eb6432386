"""The words of a statement's evidence in a row, and which of them may fall away."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from ...types import Evidence
from .reading import Token, read
from .vocabulary import FREE, Vocabulary

WINDOW: Final = 3  # words that a weak correction takes back at most
STUTTER: Final = 4  # words said twice in a row at most


@dataclass(slots=True)
class Said:
    """The words, which may fall away, which were taken back or said twice, and where they were taken back.

    `answered` are the sentences whose question somebody answered.
    """

    tokens: list[Token]
    free: list[bool]
    struck: list[bool]
    cues: set[int]
    answered: set[int] = field(default_factory=set)

    def answers(self, token: Token) -> bool:
        """Say whether a word stands in a question that somebody answered."""
        return token.sentence in self.answered


def orders(spoken: Sequence[Evidence], texts: Sequence[str], vocabulary: Vocabulary, *, denial: bool) -> list[Said]:
    """Return the evidence as it was said and, for a denial, with a "no" before the question that it answers."""
    items: list[list[Token]] = []
    count = 0
    for item, text in zip(spoken, texts, strict=True):
        tokens = read(text, vocabulary, item.speaker, count)
        count = tokens[-1].sentence + 1 if tokens else count
        items.append(tokens)
    plain = _said(items, vocabulary)
    _settle(items, plain, vocabulary)
    turned = _answer_first(items, vocabulary) if denial else None
    if not turned:
        return [plain]
    other = _said(turned, vocabulary)
    other.answered = {token.sentence for token in other.tokens if token.asked}
    _free_no(turned, other, vocabulary)
    return [plain, other]


def _said(items: Sequence[Sequence[Token]], vocabulary: Vocabulary) -> Said:
    tokens = [token for item in items for token in item]
    struck, cues = _struck(tokens, vocabulary)
    free = list[bool]()
    edge = False  # whether nothing of its part of the sentence stands before a word
    for at, token in enumerate(tokens):
        edge = edge or token.opens or token.starts
        free.append(struck[at] or _falls(tokens, at, vocabulary, edge=edge))
        edge = edge and free[-1]
    return Said(tokens, free, struck, cues)


def _falls(tokens: Sequence[Token], at: int, vocabulary: Vocabulary, *, edge: bool) -> bool:
    """Say whether a word may fall away where it stands."""
    token = tokens[at]
    key = token.lexeme.key
    if key in vocabulary.idle or key in FREE or (edge and key in vocabulary.openers):
        return True
    if edge and token.closes and key in vocabulary.set_off:
        return True
    if token.starts and key in vocabulary.cues and at + 1 < len(tokens):
        return token.closes or tokens[at + 1].lexeme.low == "colon"
    return token.lexeme.low == "colon" and at > 0 and tokens[at - 1].lexeme.key in vocabulary.cues


def _struck(tokens: Sequence[Token], vocabulary: Vocabulary) -> tuple[list[bool], set[int]]:
    """Mark what the speaker took back or said twice, and the words that took it back."""
    struck = [False] * len(tokens)
    cues = set()
    for at, token in enumerate(tokens):
        key = token.lexeme.key
        begins = at
        if key in vocabulary.strong_corrections:
            begins = next(i for i in range(at, -1, -1) if i == 0 or tokens[i].starts)
        elif key in vocabulary.corrections and token.opens and not token.starts and _goes_on(tokens, at):
            begins = _replaced(tokens, at, vocabulary)
        if begins < at:
            cues.add(at)
            struck[begins : at + 1] = [True] * (at + 1 - begins)
    for at in _said_twice(tokens, vocabulary):
        struck[at] = True
    return struck, cues


def _said_twice(tokens: Sequence[Token], vocabulary: Vocabulary) -> Iterator[int]:
    """Yield the places of words that are said again at once, perhaps behind a filler; a negation counts each time."""
    places = [at for at, token in enumerate(tokens) if token.lexeme.key not in vocabulary.idle]
    lows = [tokens[at].lexeme.low for at in places]
    for length in range(1, STUTTER + 1):
        for at in range(len(lows) - 2 * length + 1):
            again = lows[at] == lows[at + length] and lows[at : at + length] == lows[at + length : at + 2 * length]
            if again and not any(tokens[i].lexeme.kind == "negation" for i in places[at : at + length]):
                yield from places[at : at + length]


def _goes_on(tokens: Sequence[Token], at: int) -> bool:
    """Say whether a short cue is set off, and the sentence goes on behind it."""
    token = tokens[at]
    return (token.closes or " " in token.lexeme.key) and at + 1 < len(tokens) and not tokens[at + 1].starts


def _replaced(tokens: Sequence[Token], at: int, vocabulary: Vocabulary) -> int:
    """Return where the words begin that a short cue takes back: what is of one kind with the word behind it."""
    after = tokens[at + 1].lexeme
    kind = _kind(tokens[at + 1], vocabulary)
    for first in range(at - 1, max(-1, at - 1 - WINDOW), -1):
        if tokens[first].lexeme.key == after.key or (kind and _kind(tokens[first], vocabulary) == kind):
            while first and kind == "number" == tokens[first - 1].lexeme.kind and not tokens[first].starts:
                first -= 1
            return first
        if tokens[first].starts:
            break
    return at - 1


def _kind(token: Token, vocabulary: Vocabulary) -> str:
    """Return the kind of a word that another of its kind may correct, "" where a word has none."""
    if token.lexeme.kind in ("number", "person", "pronoun"):
        return token.lexeme.kind
    return "time" if token.lexeme.key in vocabulary.times else ""


def _settle(items: Sequence[Sequence[Token]], said: Said, vocabulary: Vocabulary) -> None:
    """Note which questions a yes answers; a plain yes itself may then fall away."""
    at = 0
    for item, answer in pairwise(items):
        start, at = at + len(item), at + len(item)
        if not _answers(item, answer):
            continue
        if answer[0].lexeme.key in vocabulary.yes or _only(answer, vocabulary.yes_words):
            said.answered.add(item[-1].sentence)
            said.free[start] = True
            if _only(answer, vocabulary.yes_words):
                said.free[start : start + len(answer)] = [True] * len(answer)


def _answer_first(items: Sequence[Sequence[Token]], vocabulary: Vocabulary) -> list[list[Token]] | None:
    """Return the items with each "no" moved before the question that it answers; None where none does."""
    turned = [list(item) for item in items]
    moved = False
    for question, answer in zip(turned, turned[1:], strict=False):
        if _answers(question, answer) and answer[0].lexeme.key in vocabulary.no:
            last = [token for token in question if token.sentence == question[-1].sentence]
            question[-len(last) :] = [answer.pop(0), *last]
            moved = True
    return turned if moved else None


def _free_no(turned: Sequence[Sequence[Token]], said: Said, vocabulary: Vocabulary) -> None:
    """Let the rest of a plain no fall away; "not really" is none."""
    at = 0
    for item in turned:
        if item and not item[0].asked and _only(item, vocabulary.no_words):
            said.free[at : at + len(item)] = [True] * len(item)
        at += len(item)


def _answers(question: Sequence[Token], answer: Sequence[Token]) -> bool:
    return bool(question and answer and question[-1].asked and question[0].speaker != answer[0].speaker)


def _only(tokens: Sequence[Token], words: frozenset[str]) -> bool:
    return all(token.lexeme.key in words or token.lexeme.kind == "pronoun" for token in tokens)
