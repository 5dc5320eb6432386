"""How a finding is meant: denied, past or only supposed.

ConText (Harkema 2009) driven by context.yaml: a modifier reaches forward or backward until words that stop it. It is
our own because negspacy knows negation only and medspaCy needs quickumls, which does not install beside this project.
"""

from dataclasses import dataclass
from typing import Final, Literal

from .items import JOINTS, Items, Known
from .lexicon import Kind
from .words import Page, Span

REACH: Final = 14  # words that a modifier reaches over at most: dictation often has no full stops
BACK: Final = 8  # words that one reaches back over at most, a list apart
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

    def __init__(self, page: Page, marks: list[Mark], words: dict[str, frozenset[str]], terms: list[Known]) -> None:
        self._page, self._words = page, words
        masks = [mark.span for mark in marks if mark.kind == "pseudo"]
        turns = [mark for mark in marks if mark.kind == "turn" and not self._asks_for_any(mark.span)]
        stops = [mark for mark in marks if mark.kind == "stop" and not self._told_by_nobody(mark.span)]
        self._stops, self._turns = ({i for mark in some for i in _tokens(mark.span)} for some in (stops, turns))
        live = [m for m in marks if m.kind not in ("pseudo", "stop", "turn") and not _masked(m.span, masks)]
        live = [mark for mark in live if not _longer(mark, live) and not self._untold(mark)]
        self._starts = {mark.span.start for mark in live if mark.kind == "denied" and mark.direction != "backward"}
        self._terms = frozenset(term.span for term in terms)
        self._risks = {i for term in terms if term.weight == "risk" for i in _tokens(term.span)}
        self._items = Items(page, words, terms, self._stops | self._turns | self._starts)
        self._scopes = [(mark, scope) for mark in live for scope in self._scopes_of(mark)]

    def governs(self, kind: Kind, span: Span) -> Mark | None:
        """Return the nearest modifier of this kind whose scope holds the span, or None."""
        of_kind = ((mark, scope) for mark, scope in self._scopes if mark.kind == kind and not self._own(mark, span))
        found = [mark for mark, scope in of_kind if scope.holds(span) or self._reaches(mark, scope, span)]
        return min(found, key=lambda mark: abs(mark.span.start - span.start), default=None)

    def companions(self, mark: Mark, spans: list[Span]) -> int:
        """Count how many of these spans a modifier governs: more than one is a list."""
        scopes = [scope for other, scope in self._scopes if other is mark]
        return sum(any(scope.holds(span) for scope in scopes) for span in spans)

    def _own(self, mark: Mark, span: Span) -> bool:
        """Say whether a negation is a term's own: the "no" of "has no reason to live", not "denies any" of a plan."""
        ends_inside = mark.kind == "denied" and mark.span.start < span.start < mark.span.end <= span.end
        last = self._page.tokens[mark.span.end - 1].norm
        own = ends_inside and span in self._terms and last in self._words["deny_words"]
        return own or span.holds(mark.span)

    def _reaches(self, mark: Mark, scope: Span, span: Span) -> bool:
        """Say whether only a word of the span's own ended the scope: "lock up" in "failed to lock up the pills"."""
        end = scope.end
        if mark.direction == "backward" or end not in span or end not in self._turns or span.start in self._risks:
            return False  # "couldn't go through with it" tells of what was all but done
        return self._forward(mark, self._page.sentence_of(mark.span.start), span) >= span.end

    def _asks_for_any(self, span: Span) -> bool:
        """Say whether nothing is taken for granted after all: "did not disclose any abuse"."""
        return "any" in self._page.norms(Span(span.end, span.end + NEAR))

    def _told_by_nobody(self, span: Span) -> bool:
        """Say whether a no is who "reported": "neither Anna nor Ben reported any", but not "reported the abuse"."""
        words, tokens = self._words, self._page.tokens
        after = tokens[span.end].norm if span.end < len(tokens) else "."
        if tokens[span.end - 1].norm not in words["told_by_nobody"] or after in words["definite"] | {"that"}:
            return False
        for i in range(span.start - 1, self._page.sentence_of(span.start).start - 1, -1):
            here = tokens[i].norm
            if here == "neither" or (after == "any" and here in words["nobody"]):
                return True
            named = self._page.turn.text[tokens[i].start].isupper() and here not in words["drug"]
            if not (named or here in words["neither_of"] or here in words["roles"] | words["definite"]):
                return False
        return False

    def _untold(self, mark: Mark) -> bool:
        """Say whether what was not told is so: "neither parent reported the abuse"."""
        tokens, end = self._page.tokens, mark.span.end
        told = tokens[end - 1].norm in self._words["told_by_nobody"] and tokens[mark.span.start].norm == "neither"
        return told and end < len(tokens) and tokens[end].norm in self._words["definite"]

    def _scopes_of(self, mark: Mark) -> list[Span]:
        scopes = []
        sentence = self._page.sentence_of(mark.span.start)
        if mark.direction in ("forward", "both"):
            scopes.append(Span(mark.span.start, self._forward(mark, sentence)))
        closes = mark.kind in ("limited", "exception") or self._closes(mark.span, sentence)
        if mark.direction == "both" or (mark.direction == "backward" and closes):
            scopes.append(Span(self._backward(mark, sentence), mark.span.end))
        return scopes

    def _forward(self, mark: Mark, sentence: Span, own: Span | None = None) -> int:
        """Return where the reach of a modifier ends; no word of the `own` span ends it."""
        span = mark.span
        negates = mark.kind in ("denied", "failed")
        ends = self._stops | self._turns if negates else self._stops
        end = min(sentence.end, span.end + REACH)
        for i in range(span.end, end):
            if own is not None and i in own:
                continue
            here = self._page.tokens[i].norm
            if i in ends or (i in self._starts and i > span.end) or here in (";", ":", "?", "!"):
                return i
            if negates and here in JOINTS and i not in self._items.covered:
                if not self._items.goes_on(span, i, sentence):
                    return i
            elif here == "," and not self._list_goes_on(i, sentence):
                return i
            if i > span.end + 1 and self._new_subject(i):
                return i
            if negates and here in self._words["denial_enders" if i > span.end else "reasons"]:
                return i
        return end

    def _new_subject(self, i: int) -> bool:
        here, before = self._page.tokens[i].norm, self._page.tokens[i - 1].norm
        if here in self._words["plain_subjects"]:
            return before not in ("that", "of", "anyone", "if", "like")
        return here in self._words["subjects"] and (before in ("and", "so") or not self._page.tokens[i - 1].word)

    def _list_goes_on(self, comma: int, sentence: Span) -> bool:
        """Say whether what follows a comma is a further item of a list, as in "asked about SI, HI or self-harm"."""
        item: list[str] = []
        for i in range(comma + 1, sentence.end):
            if i in self._stops or i in self._starts or not self._page.tokens[i].word:
                break
            item.append(self._page.tokens[i].norm)
        if item and item[0] in ("or", "nor"):
            return True
        if "or" in item[: LISTED + 1]:
            item = item[: item.index("or") + 2]  # the list ends there: "SI, HI or self-harm and attends every week"
        if len(item) > LISTED + 3 or not item or item[0] in self._words["present"]:
            return False
        plain = not any(w in self._words["subjects"] or w in self._words["numbers"] for w in item)
        return plain and not (item[0] in self._words["auxiliaries"] or item[0] in self._words["list_enders"])

    def _closes(self, span: Span, sentence: Span) -> bool:
        """Say whether nothing is left for the words to govern forward, as in "SI denied." but not "denied any plan"."""
        after = self._page.tokens[span.end] if span.end < sentence.end else None
        return after is None or not after.word or after.norm in self._words["after_closing"]

    def _backward(self, mark: Mark, sentence: Span) -> int:
        span = mark.span
        i, end = span.start - 1, max(sentence.start, span.start - BACK)
        while i >= end:
            here = self._page.tokens[i].norm
            if mark.kind == "denied" and here in JOINTS and i not in self._items.covered:
                listed = self._items.led_by(i, sentence)
                if listed is not None:
                    i, end = listed - 1, max(sentence.start, min(end, listed - 1))
                    continue
            # "SI, none" is one statement; "suicidal last year, none now" and "gun at home, SI denied" are two.
            between = range(i + 1, span.start) if mark.kind == "denied" else range(span.end, span.end + 1)
            tells = mark.kind in ("denied", "past") and any(at in self._items.covered for at in between)
            long = here == "," and (mark.kind == "limited" or tells or i - self._page.clause_of(i).start > 3)
            excepts = mark.kind == "exception" and i == span.start - 1
            ends = i in self._stops or here in (";", ".", "and", "but") or here in self._words["denial_enders"]
            if not excepts and (ends or long):
                return i + 1
            i -= 1
        return end


def _tokens(span: Span) -> range:
    return range(span.start, span.end)


def _masked(span: Span, masks: list[Span]) -> bool:
    return any(mask.start < span.end and span.start < mask.end for mask in masks)


def _longer(mark: Mark, marks: list[Mark]) -> bool:
    return any(o.kind == mark.kind and o.span.holds(mark.span) and o.span != mark.span for o in marks)
