"""How a finding is meant: denied, past or only supposed.

ConText (Harkema 2009) driven by context.yaml: a modifier reaches forward or backward until words that stop it. It is
our own because negspacy knows negation only and medspaCy needs quickumls, which does not install beside this project.
"""

from dataclasses import dataclass
from typing import Final, Literal

from .lexicon import Kind
from .words import Page, Span

REACH: Final = 14  # words that a modifier reaches over at most: dictation often has no full stops
NEAR: Final = 3  # words between "told" and "any"
LISTED: Final = 4  # words of a list item between two commas at most
Sense = Literal["denied", "past", "hypothetical"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A modifier found at a span."""

    kind: Kind
    direction: str
    span: Span


class Context:
    """The modifiers of one page with the words that each one governs."""

    def __init__(self, page: Page, marks: list[Mark], words: dict[str, frozenset[str]]) -> None:
        self._page, self._words = page, words
        masks = [mark.span for mark in marks if mark.kind == "pseudo"]
        turns = [mark for mark in marks if mark.kind == "turn" and not self._asks_for_any(mark.span)]
        stops = [mark for mark in marks if mark.kind == "stop"]
        self._stops, self._turns = ({i for mark in some for i in _tokens(mark.span)} for some in (stops, turns))
        live = [m for m in marks if m.kind not in ("pseudo", "stop", "turn") and not _masked(m.span, masks)]
        live = [mark for mark in live if not _longer(mark, live)]
        self._starts = {mark.span.start for mark in live if mark.kind == "denied" and mark.direction != "backward"}
        self._scopes = [(mark, scope) for mark in live for scope in self._scopes_of(mark)]

    def governs(self, kind: Kind, span: Span) -> Mark | None:
        """Return the nearest modifier of this kind whose scope holds the span, or None."""
        found = [m for m, scope in self._scopes if m.kind == kind and scope.holds(span) and not span.holds(m.span)]
        return min(found, key=lambda mark: abs(mark.span.start - span.start), default=None)

    def companions(self, mark: Mark, spans: list[Span]) -> int:
        """Count how many of these spans a modifier governs: more than one is a list."""
        scopes = [scope for other, scope in self._scopes if other is mark]
        return sum(any(scope.holds(span) for scope in scopes) for span in spans)

    def _asks_for_any(self, span: Span) -> bool:
        """Say whether nothing is taken for granted after all: "did not disclose any abuse"."""
        return "any" in self._page.norms(Span(span.end, span.end + NEAR))

    def _scopes_of(self, mark: Mark) -> list[Span]:
        scopes = []
        sentence = self._page.sentence_of(mark.span.start)
        if mark.direction in ("forward", "both"):
            scopes.append(Span(mark.span.start, self._forward(mark, sentence)))
        closes = mark.kind == "limited" or self._closes(mark.span, sentence)
        if mark.direction == "both" or (mark.direction == "backward" and closes):
            scopes.append(Span(self._backward(mark, sentence), mark.span.end))
        return scopes

    def _forward(self, mark: Mark, sentence: Span) -> int:
        tokens, span = self._page.tokens, mark.span
        stops = self._stops | self._turns if mark.kind == "denied" else self._stops
        for i in range(span.end, min(sentence.end, span.end + REACH)):
            here = tokens[i].norm
            if i in stops or (i in self._starts and i > span.end) or here in (";", ":", "?", "!"):
                return i
            if here == "," and not self._list_goes_on(i, sentence):
                return i
            if i > span.end + 1 and self._new_subject(i):
                return i
        return min(sentence.end, span.end + REACH)

    def _new_subject(self, i: int) -> bool:
        here, before = self._page.tokens[i].norm, self._page.tokens[i - 1].norm
        if here in self._words["plain_subjects"]:
            return before not in ("that", "of", "anyone", "if", "like")
        return here in self._words["subjects"] and (before in ("and", "so") or not self._page.tokens[i - 1].word)

    def _list_goes_on(self, comma: int, sentence: Span) -> bool:
        """Say whether what follows a comma is a further item of the negated list, as in "no SI, HI or self-harm"."""
        item: list[str] = []
        for i in range(comma + 1, sentence.end):
            if i in self._stops or i in self._starts:
                return False
            if not self._page.tokens[i].word:
                break
            item.append(self._page.tokens[i].norm)
        if item and item[0] in ("or", "nor"):
            return True
        if "or" in item[: LISTED + 1]:
            item = item[: item.index("or") + 2]  # the list ends there: "SI, HI or self-harm and attends every week"
        if len(item) > LISTED + 3 or not item:
            return False
        plain = not any(w in self._words["subjects"] or w in self._words["numbers"] for w in item)
        return plain and not (item[0] in self._words["auxiliaries"] or item[0] in self._words["list_enders"])

    def _closes(self, span: Span, sentence: Span) -> bool:
        """Say whether nothing is left for the words to govern forward, as in "SI denied." but not "denied any plan"."""
        after = self._page.tokens[span.end] if span.end < sentence.end else None
        return after is None or not after.word or after.norm in self._words["after_closing"]

    def _backward(self, mark: Mark, sentence: Span) -> int:
        span = mark.span
        for i in range(span.start - 1, max(sentence.start, span.start - 8) - 1, -1):
            here = self._page.tokens[i].norm
            # "SI, none" is one statement; "thoughts of suicide last year, none now" is two.
            long = here == "," and (mark.kind == "limited" or i - self._page.clause_of(i).start > 3)
            if i in self._stops or long or here in (";", ".", "and", "but"):
                return i + 1
        return max(sentence.start, span.start - 8)


def _tokens(span: Span) -> range:
    return range(span.start, span.end)


def _masked(span: Span, masks: list[Span]) -> bool:
    return any(mask.start < span.end and span.start < mask.end for mask in masks)


def _longer(mark: Mark, marks: list[Mark]) -> bool:
    return any(o.kind == mark.kind and o.span.holds(mark.span) and o.span != mark.span for o in marks)
