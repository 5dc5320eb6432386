"""Gold documents whose text is changed as a recogniser might, with the gold spans carried through the change."""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType

from benches.gold import Document

ERRORS = 0.05  # of the words: a third each deleted, replaced, followed by another word
SEEDS = (1, 2, 3)
_WORD = re.compile(r"\w[\w'’-]*")


@dataclass(frozen=True)
class Piece:
    """Text of the changed turn that came from word number `source` of the original; `own` where it is that word."""

    text: str
    source: int
    own: bool = True


Change = Callable[[Sequence[str]], list[Piece]]


def plain(words: Sequence[str]) -> list[Piece]:
    """Remove punctuation and case; hyphens and slashes part words, points within figures stay."""
    bare = [re.sub(r"(?<!\d)[.,]|[.,](?!\d)|[^\w\s'’.,%]", "", re.sub(r"[-–—/]", " ", word)) for word in words]
    return [Piece(text.lower().strip("'’ "), number) for number, text in enumerate(bare) if text.strip("'’ ")]


def errors(seed: str, corpus: Sequence[str]) -> Change:
    """Return a change that makes random word errors, the same for the same seed."""
    chance = random.Random(seed)

    def change(words: Sequence[str]) -> list[Piece]:
        pieces = []
        for number, word in enumerate(words):
            error = chance.choice(("delete", "replace", "insert")) if chance.random() < ERRORS else None
            other = chance.choice(corpus) if error in ("replace", "insert") else ""
            if error == "replace":  # its punctuation stays
                pieces.append(Piece(_WORD.sub(lambda _, o=other: o, word, count=1), number, own=False))
            elif error != "delete":
                pieces.append(Piece(word, number))
            if error == "insert":
                pieces.append(Piece(other, number, own=False))
        return pieces

    return change


def corpus_of(documents: Sequence[Document]) -> list[str]:
    """Return every word of the documents in lower case, as often as it stands there."""
    return [word.lower() for d in documents for turn in d["turns"] for word in _WORD.findall(turn["text"])]


def changed(scorer: ModuleType, document: Document, change: Change, mark: str) -> Document:
    """Return the document with each turn changed; findings of which no word is left are dropped."""
    turns, findings = [], []
    for turn in document["turns"]:
        words = list(re.finditer(r"\S+", turn["text"]))
        pieces = change([word.group() for word in words])
        ends, text = [], ""
        for piece in pieces:
            text += (" " if text else "") + piece.text
            ends.append(len(text))
        if text:
            turns.append({**turn, "text": text})
        for finding in (f for f in document["findings"] if f["turn_id"] == turn["id"]):
            first, last = scorer.gold_span(finding, turn["text"])
            held = {number for number, word in enumerate(words) if word.start() < last and word.end() > first}
            span = _span(pieces, ends, held)
            if span:
                start, end = _bare(text, *span)
                findings.append({**finding, "quote": text[start:end], "at": start})
    return {**document, "id": f"{document['id']}~{mark}", "turns": turns, "findings": findings}


def _span(pieces: Sequence[Piece], ends: Sequence[int], held: set[int]) -> tuple[int, int] | None:
    """Return the characters from the first to the last piece of the quote; None where none of its own words is left."""
    inside = [n for n, piece in enumerate(pieces) if piece.source in held]
    while inside and not pieces[inside[-1]].own and pieces[inside[-1] - 1].source == pieces[inside[-1]].source:
        inside.pop()  # a word put in behind the quote's last word
    if not any(pieces[n].own for n in inside):
        return None
    return ends[inside[0]] - len(pieces[inside[0]].text), ends[inside[-1]]


def _bare(text: str, start: int, end: int) -> tuple[int, int]:
    """Take marks that are no words off both ends of a span."""
    while end - start > 1 and not text[end - 1].isalnum():
        end -= 1
    while end - start > 1 and not text[start].isalnum():
        start += 1
    return start, end
