"""What a dictation tells of the client under a heading such as "Behaviour" without any lexicon word."""

from ..types import Polarity
from .candidate import NARRATIVE, Candidate
from .people import HE, SHE
from .scene import Scene
from .words import Span

RULE = "narrative.conduct@1"
LONGEST = 9  # words of a quote at most
SHORTEST = 2


def from_narrative(scene: Scene) -> list[Candidate]:
    """Return a candidate for each clause of a dictation whose subject is the client and whose verb tells conduct."""
    if scene.kind != "dictation":
        return []
    return [c for clause in scene.page.clauses if (c := _conduct(scene, clause)) is not None]


def _conduct(scene: Scene, clause: Span) -> Candidate | None:
    tokens = scene.page.tokens
    subject = _subject(scene, clause)
    if subject is None or scene.people.whose(scene.page, Span(subject, subject + 1)) == "other":
        return None
    verb = subject + 1
    while verb < clause.end and (tokens[verb].norm in scene.listed("empty_starts") or not tokens[verb].word):
        verb += 1
    if verb >= clause.end or not _tells_conduct(scene, tokens[verb].norm):
        return None
    span = scene.trim(Span(verb, min(clause.end, verb + LONGEST)))
    if span.end - span.start < SHORTEST or scene.context.governs("hypothetical", span):
        return None
    mark = scene.context.governs("denied", Span(verb, verb + 1))
    polarity: Polarity = "denied" if mark is not None else "affirmed"
    label = " ".join(scene.page.norms(Span(span.start, min(span.end, span.start + 6))))
    return Candidate("behaviour", label, span, RULE, polarity, strength=NARRATIVE)


def _tells_conduct(scene: Scene, word: str) -> bool:
    if word in scene.listed("not_conduct") or scene.is_number(word):
        return False
    return word in scene.listed("verbs") or word.endswith(("ed", "ing", "s"))


def _subject(scene: Scene, clause: Span) -> int | None:
    """Return the token of a pronoun or "client" that opens the clause, or None."""
    for i in range(clause.start, min(clause.start + 4, clause.end - 1)):
        word = scene.page.tokens[i].norm
        if word in HE or word in SHE or word in scene.listed("client_nouns"):
            return i
        if word not in scene.listed("clause_openers") and word not in scene.listed("empty_starts"):
            return None
    return None
