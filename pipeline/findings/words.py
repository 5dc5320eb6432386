"""Words, sentences and clauses of a turn; the only place where spaCy is imported."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Final

from ..types import Turn
from .phrases import PhraseTree

LONGEST_SENTENCE: Final = 70  # words; dictation without punctuation is cut here at the latest
LONGEST_PAGE: Final = 400  # words; rules compare everything on a page, so that its size bounds the time they take
# Without its apostrophe each of these would be another word; all others match with and without one.
KEPT: Final = frozenset({"we'll", "i'll", "she'll", "he'll", "we're", "we'd", "she'd", "od'd"})
ENDS: Final = frozenset(".!?\n…")
_WORD = re.compile(r"\w")
_PHRASE_WORD = re.compile(r"\.\.\.|@\w+|[\w'’.]+|[^\w\s-]")


@lru_cache(maxsize=1 << 15)
def norm(word: str) -> str:
    """Return the form that lexicons are compared by: lower case, "doesn't" like "doesnt"."""
    low = word.lower().replace("’", "'")
    return low if low in KEPT else low.replace("'", "")


def holds(phrases: Iterable[str], words: Iterable[str]) -> bool:
    """Say whether one of the phrases is among the words."""
    said = f" {' '.join(words)} "
    return any(f" {phrase} " in said for phrase in phrases)


def phrase_words(phrase: str) -> list[str]:
    """Return the norms of a lexicon phrase's words; hyphens part words, as they do in a turn."""
    return [norm(word) for word in _PHRASE_WORD.findall(phrase)]


@dataclass(frozen=True, slots=True)
class Token:
    """One word or mark: its norm, its characters [start, end) in the turn's text."""

    norm: str
    start: int
    end: int
    word: bool


@dataclass(frozen=True, slots=True)
class Span:
    """Tokens [start, end)."""

    start: int
    end: int

    def __contains__(self, index: int) -> bool:
        return self.start <= index < self.end

    def holds(self, other: "Span") -> bool:
        """Say whether the other span lies within this one."""
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True)
class Hit:
    """Words of a lexicon found at tokens [start, end); `key` is the number of the entry."""

    key: int
    start: int
    end: int

    @property
    def span(self) -> Span:
        """The tokens that were found."""
        return Span(self.start, self.end)


@dataclass(frozen=True)
class Page:
    """A turn, or a part of a very long one, as the rules read it."""

    turn: Turn
    tokens: list[Token]
    sentences: list[Span]
    clauses: list[Span]
    hits: list[Hit] = field(default_factory=list)

    @cached_property
    def _homes(self) -> list[int]:
        return [number for number, clause in enumerate(self.clauses) for _ in range(clause.start, clause.end)]

    @cached_property
    def _houses(self) -> list[int]:
        return [number for number, sentence in enumerate(self.sentences) for _ in range(sentence.start, sentence.end)]

    def clause_of(self, index: int) -> Span:
        """Return the clause that a token is in."""
        return self.clauses[self._homes[index]]

    def sentence_of(self, index: int) -> Span:
        """Return the sentence that a token is in."""
        return self.sentences[self._houses[index]]

    def norms(self, span: Span) -> list[str]:
        """Return the norms of the tokens of a span."""
        return [token.norm for token in self.tokens[span.start : span.end]]

    def words(self, span: Span) -> list[str]:
        """Return the norms of a span without its marks."""
        return [word for word in self.norms(span) if word[:1].isalnum()]

    def characters(self, span: Span) -> tuple[int, int]:
        """Return a span's characters [start, end)."""
        return self.tokens[span.start].start, self.tokens[span.end - 1].end

    def is_question(self, sentence: Span) -> bool:
        """Say whether a sentence ends with a question mark."""
        return any(self.tokens[i].norm == "?" for i in range(max(sentence.start, sentence.end - 2), sentence.end))


class Reader:
    """Cut turns into tokens, sentences and clauses, and find the lexicons' phrases in them."""

    def __init__(self, lists: dict[str, frozenset[str]], phrases: list[tuple[int, str]]) -> None:
        from spacy.tokenizer import Tokenizer  # here: what only imports this package need not wait for it
        from spacy.vocab import Vocab

        mark = r"[^\w'’]"
        # Not spacy.blank("en"): its 1,300 exceptions cut "she's" in two, and building them takes half of the start-up.
        self._tokenize = Tokenizer(
            Vocab(),
            prefix_search=re.compile(rf"^(?:{mark}|['’])").search,
            suffix_search=re.compile(rf"(?:{mark}|['’])$").search,
            infix_finditer=re.compile(mark).finditer,
            token_match=re.compile(r"(?:[^\W\d]\.){2,}|\d+(?:[.:,/]\d+)+").fullmatch,
        )
        self._words = lists
        self._phrases = PhraseTree(((key, phrase_words(phrase)) for key, phrase in phrases), lists)

    def read(self, turn: Turn) -> list[Page]:
        """Return the pages of a turn: one, or several of whole sentences where the turn is very long."""
        tokens = self._tokens(turn.text)
        pages, start = [], 0
        for sentence in self._sentences(tokens, turn.text):
            if sentence.end - start >= LONGEST_PAGE or sentence.end == len(tokens):
                pages.append(self._page(turn, tokens[start : sentence.end]))
                start = sentence.end
        return pages

    def _page(self, turn: Turn, tokens: list[Token]) -> Page:
        sentences = self._sentences(tokens, turn.text)
        clauses = [clause for sentence in sentences for clause in self._clauses(tokens, sentence)]
        found = {Hit(*hit) for hit in self._phrases.find([token.norm for token in tokens])}
        page = Page(turn, tokens, sentences, clauses)
        inside = (h for h in found if h.end <= page.sentence_of(h.start).end and self._spelled(page, h))
        page.hits.extend(sorted(inside, key=lambda h: (h.start, -h.end, h.key)))
        return page

    def _spelled(self, page: Page, hit: Hit) -> bool:
        """Refuse "Hi" for HI: some abbreviations are everyday words, and count in capitals only."""
        words = page.norms(hit.span)
        if " ".join(words) not in self._words["capitals"]:
            return True
        start, end = page.characters(hit.span)
        if page.turn.text[start:end].isupper() and len(words) == 1:
            return True
        before = page.tokens[hit.start - 1].norm if hit.start else ""
        return page.turn.text.islower() and before in self._words["before_capitals"]

    def _tokens(self, text: str) -> list[Token]:
        tokens: list[Token] = []
        for token in self._tokenize(text):
            start, raw = token.idx, token.text
            hyphen = raw in "-‐‑" and tokens and tokens[-1].end == start and text[start + 1 : start + 2].isalnum()
            if (raw.isspace() and "\n" not in raw) or hyphen:
                continue
            tokens.append(Token(norm(raw) or raw, start, start + len(raw), bool(_WORD.search(raw))))
        return tokens

    def _sentences(self, tokens: list[Token], text: str) -> list[Span]:
        spans, start = [], 0
        for i, token in enumerate(tokens):
            follows = text[token.end : token.end + 1]
            ends = (token.norm in ENDS or "\n" in token.norm) and not (follows.isalnum() or follows in ENDS - {"\n"})
            abbreviation = token.norm == "." and i > 0 and tokens[i - 1].norm in self._words["abbreviations"]
            if (ends and not abbreviation) or i + 1 - start >= LONGEST_SENTENCE:
                spans.append(Span(start, i + 1))
                start = i + 1
        if start < len(tokens):
            spans.append(Span(start, len(tokens)))
        return spans

    def _clauses(self, tokens: list[Token], sentence: Span) -> list[Span]:
        spans, start = [], sentence.start
        for i in range(sentence.start + 1, sentence.end):
            if self._opens_clause(tokens, i, start, sentence):
                spans.append(Span(start, i))
                start = i
        spans.append(Span(start, sentence.end))
        return spans

    def _opens_clause(self, tokens: list[Token], i: int, start: int, sentence: Span) -> bool:
        before, here = tokens[i - 1].norm, tokens[i].norm
        if not tokens[i].word:
            return False
        if not tokens[i - 1].word and before not in "\"'“”‘’%()&/+£$#*":
            return True
        after = tokens[i + 1].norm if i + 1 < sentence.end else ""
        if here in self._words["clause_openers"]:
            return True
        if here in ("and", "or", "then", "so", "also"):
            return after in self._words["subjects"] or self.verb_like(after)
        return here in self._words["subjects"] and i - start >= 4 and before not in self._words["before_subject"]

    def verb_like(self, word: str) -> bool:
        """Say whether a word after "and" is likely a verb: there are no part-of-speech tags without a trained model."""
        return word in self._words["verbs"] or (word.endswith("ed") and len(word) > 4)
