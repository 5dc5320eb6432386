"""Short answers to a clinician's question about risk: "Any thoughts of suicide?" "No, God, no."."""

from dataclasses import dataclass
from typing import Final

from ..types import Polarity
from .candidate import RISK, Candidate
from .scene import Scene
from .vocabulary import ReportedNo, Term
from .words import Span

RULE: Final = "answer.risk@1"
REPORTED: Final = "answer.reported-risk@1"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a clinician asked about that the client has not yet answered."""

    label: str
    category: str


def asked(scene: Scene) -> Asked | None:
    """Return the risk that the last question of a clinician's turn is about, or None."""
    if scene.kind != "session" or scene.speaker != "clinician" or not scene.page.sentences:
        return None
    questions = [s for s in scene.page.sentences if scene.page.is_question(s)]
    for sentence in reversed(questions[-2:]):
        for hit, term in scene.meanings(Term):
            if term.category == "risk" and hit.start in sentence and not scene.idiomatic(hit.span):
                return Asked(term.label, term.category)
    return None


def from_answer(scene: Scene, question: Asked, own: list[Candidate]) -> list[Candidate]:
    """Return the finding that a bare yes or no makes of the question; own words of the client speak for themselves."""
    span = _leading(scene, "no_words")
    if span is not None:
        if any(c.category == "risk" and c.polarity == "denied" for c in own):
            return []
        return [_candidate(scene, question, span, "denied")]
    span = _leading(scene, "yes_words")
    if span is not None and not any(c.category == "risk" for c in own):
        return [_candidate(scene, question, span, "affirmed")]
    return []


def _candidate(scene: Scene, question: Asked, span: Span, polarity: Polarity) -> Candidate:
    return Candidate(scene.category("risk"), question.label, scene.trim_marks(span), RULE, polarity, strength=RISK)


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
