"""What the speaker took back: "scratch that", "no wait", "sorry, I meant"."""

from .words import Page, Span


def retracted(page: Page, marks: list[Span]) -> list[Span]:
    """Return the tokens that each retraction takes back: the clause (or sentence) before it and itself."""
    taken = []
    for mark in marks:
        sentence = page.sentence_of(mark.start)
        start = _start_of_taken(page, mark, sentence)
        if start < mark.end:
            taken.append(Span(start, mark.end))
    return taken


def _start_of_taken(page: Page, mark: Span, sentence: Span) -> int:
    words_before = any(page.tokens[i].word for i in range(sentence.start, mark.start))
    if words_before:
        clauses = [c for c in page.clauses if sentence.start <= c.start < mark.start]
        for clause in reversed(clauses):
            if sum(page.tokens[i].word for i in range(clause.start, min(clause.end, mark.start))) > 1:
                return clause.start
        return sentence.start
    before = [s for s in page.sentences if s.end <= sentence.start]
    return before[-1].start if before else sentence.start
