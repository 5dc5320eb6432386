"""Answers to a clinician's question about risk: "Any thoughts of suicide?" "No, God, no."; "How?" "Like, pills."."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from ..types import Polarity
from .candidate import RISK, Candidate
from .scene import Scene
from .vocabulary import ReportedNo, Term
from .words import Span

RULE: Final = "answer.risk@1"
TOLD: Final = "answer.risk-told@1"
LONGEST_ANSWER: Final = 25  # words of an answer in own words that are one finding
REPORTED: Final = "answer.reported-risk@1"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a clinician asked about that the client has not yet answered.

    `turned`: a yes is no yes to the label, for it was asked whether it is not so ("safe at home?") or has "ended".
    """

    label: str
    category: str
    turned: Literal["", "opposite", "ended"] = ""


def asked(scene: Scene, told_before: bool) -> Asked | None:
    """Return the risk that the last question of a clinician's turn is about, or None.

    `told_before`: the client has just told of a risk, so that "how would you?" and "in the house?" ask about it, too.
    """
    if scene.kind != "session" or scene.speaker != "clinician" or not scene.page.sentences:
        return None
    questions = [s for s in scene.page.sentences if scene.page.is_question(s)]
    for sentence in reversed(questions[-2:]):
        for hit, term in scene.meanings(Term):
            if term.category == "risk" and hit.start in sentence and not scene.idiomatic(hit.span):
                return Asked(term.label, term.category, _turned(scene, sentence, term))
        if told_before and _holds(scene, "risk_follow_ups", scene.page.norms(sentence)):
            return Asked("means or plan", "risk")
    return None


def from_answer(scene: Scene, question: Asked, own: list[Candidate]) -> list[Candidate]:
    """Return the finding that an answer makes of the question; a client's own words about risk speak for themselves."""
    if scene.page.sentences and _unsure(scene, scene.page.norms(scene.page.sentences[0])):
        return _told(scene, question, own)
    risks = [c for c in own if c.category == "risk"]
    span = _leading(scene, "no_words")
    if span is not None:
        if not question.turned and any(_answers(c, question, span) for c in risks):
            return []
        span = _up_to_own(scene, span, risks)
        return [_candidate(scene, question, span, _polarity(question, "denied"), _closing(scene, span))]
    span = _leading(scene, "yes_words")
    if span is None:
        return _told(scene, question, own)
    found = _candidate(scene, question, span, _polarity(question, "affirmed"))
    return [] if risks else [replace(found, temporality="past") if question.turned == "ended" else found]


def _answers(own: Candidate, question: Asked, no: Span) -> bool:
    """Say whether the client's own words deny a risk, or tell of the very one in the sentence of the no."""
    return own.polarity == "denied" or (own.label == question.label and own.span.start < no.end)


def _up_to_own(scene: Scene, span: Span, risks: list[Candidate]) -> Span:
    """Return the no up to where the client's own words affirm a risk: "No, but I wish I were dead."."""
    begun = min((c.span.start for c in risks if c.polarity == "affirmed"), default=span.end)
    if not span.start < begun < span.end:
        return span
    marks = [i for i in range(span.start + 1, begun) if not scene.page.tokens[i].word]
    return Span(span.start, marks[-1] if marks else begun)


def _turned(scene: Scene, sentence: Span, term: Term) -> Literal["", "opposite", "ended"]:
    if term.group.polarity == "opposite":
        return "opposite"
    return "ended" if _holds(scene, "reversing_words", scene.page.norms(sentence)) else ""


def _polarity(question: Asked, plain: Polarity) -> Polarity:
    """Return what a yes or a no says of the label; of what has ended it says that there was such a thing."""
    if question.turned == "ended":
        return "affirmed"
    if question.turned == "opposite":
        return "denied" if plain == "affirmed" else "affirmed"
    return plain


def _told(scene: Scene, question: Asked, own: list[Candidate]) -> list[Candidate]:
    """Return what an answer that is neither yes nor no says, up to where the client's own words about risk begin."""
    end, counted = 0, 0
    for sentence in scene.page.sentences:
        words = [norm for norm in scene.page.norms(sentence) if norm]
        risk = any(c.category == "risk" and c.span.start < sentence.end and c.span.end > sentence.start for c in own)
        counted += len(words)
        if risk or scene.page.is_question(sentence) or counted > LONGEST_ANSWER:
            break
        end = sentence.end
    words = [norm for norm in scene.page.norms(Span(0, end)) if norm]
    if not set(words) - scene.listed("fillers"):
        return []
    denied = not _unsure(scene, words) and bool(set(words) & scene.listed("deny_words"))
    return [_candidate(scene, question, Span(0, end), "denied" if denied else "affirmed", rule=TOLD)]


def _unsure(scene: Scene, words: Sequence[str]) -> bool:
    """Say whether these words neither deny nor affirm: "I don't know" is no denial."""
    return _holds(scene, "unsure_words", words)


def _holds(scene: Scene, name: str, words: Sequence[str]) -> bool:
    """Say whether a phrase of the list is among the words."""
    said = f" {' '.join(words)} "
    return any(f" {phrase} " in said for phrase in scene.listed(name))


def _closing(scene: Scene, opening: Span) -> tuple[Span, ...]:
    """Return a last sentence that says no once more: "Not now. Two years ago, yes. But not now, no."."""
    last = scene.page.sentences[-1]
    words = [norm for norm in scene.page.norms(last) if norm]
    while len(words) > 1 and words[0] in scene.listed("fillers"):
        words.pop(0)
    again = last.start >= opening.end and len(words) <= 5 and words[0] in scene.listed("no_words")
    return (scene.trim_marks(last),) if again else ()


def _candidate(
    scene: Scene, question: Asked, span: Span, polarity: Polarity, also: tuple[Span, ...] = (), rule: str = RULE
) -> Candidate:
    words = scene.trim_marks(span)
    return Candidate(scene.category("risk"), question.label, words, rule, polarity, strength=RISK, also=also)


def _leading(scene: Scene, name: str) -> Span | None:
    """Return the leading sentences that begin with such a word, or None where the turn does not begin so."""
    sentences = [s for s in scene.page.sentences if any(scene.page.tokens[i].word for i in range(s.start, s.end))]
    end = None
    for sentence in sentences[:3]:
        words = [scene.page.tokens[i].norm for i in range(sentence.start, sentence.end) if scene.page.tokens[i].word]
        while len(words) > 1 and words[0] in scene.listed("fillers"):
            words.pop(0)
        if not (words[0] in scene.listed(name) or " ".join(words[:2]) in scene.listed(name)):
            break
        end = sentence.end
        if len(words) > 5:
            break
    return None if end is None else Span(sentences[0].start, end)


def from_reported(scene: Scene) -> list[Candidate]:
    """Return the denials that a dictated answer makes of the risk spoken of before it: "asked about SI, he says no"."""
    if scene.kind != "dictation":
        return []
    found: list[Candidate] = []
    for hit, _ in scene.meanings(ReportedNo):
        label = _risk_before(scene, hit.start)
        again = found and scene.page.sentence_of(hit.start) == scene.page.sentence_of(found[-1].span.start)
        if label is not None and not again:
            found.append(Candidate("risk", label, scene.trim_marks(hit.span), REPORTED, "denied", strength=RISK))
    return found


def _risk_before(scene: Scene, end: int) -> str | None:
    labels = [term.label for hit, term in scene.meanings(Term) if term.category == "risk" and hit.start < end]
    if not labels and scene.before is not None and end < 8:
        labels = [term.label for _, term in scene.before.meanings(Term) if term.category == "risk"]
    return labels[-1] if labels else None
