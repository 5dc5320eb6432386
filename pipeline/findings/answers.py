"""Answers to a clinician's question about risk: "Any thoughts of suicide?" "No, God, no."; "How?" "Like, pills."."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from ..types import Polarity, Subject
from .candidate import RISK, Candidate
from .scene import Scene
from .vocabulary import ReportedNo, Term
from .words import Hit, Span

RULE: Final = "answer.risk@1"
TOLD: Final = "answer.risk-told@1"
LONGEST_ANSWER: Final = 25  # words of an answer in own words that are one finding
REPORTED: Final = "answer.reported-risk@1"


Turned = Literal["", "opposite", "ended", "presupposed", "negated"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a clinician asked about that the client has not yet answered.

    `turned`: a yes is no yes to the label, for it was asked whether it is not so ("safe at home?", "no thoughts of
    it?"), whether it has "ended", or something else about what is taken for granted ("who knows about the cutting?").
    After `passed` something else was asked last. `words` are the question's.
    """

    label: str
    category: str
    turned: Turned = ""
    subject: Subject = "client"
    passed: bool = False
    words: frozenset[str] = frozenset()


def asked(scene: Scene, told_before: Subject | None) -> Asked | None:
    """Return the risk that the last questions of a clinician's turn are about, or None.

    `told_before`: whose risk the client has just told of: "how would you?" and "in the house?" ask about it, too.
    """
    if scene.kind != "session" or scene.speaker != "clinician" or not scene.page.sentences:
        return None
    questions = [s for s in scene.page.sentences if scene.page.is_question(s)]
    for sentence in reversed(questions[-2:]):
        for hit, term in scene.meanings(Term):
            if term.category == "risk" and hit.start in sentence and not scene.idiomatic(hit.span):
                return _asked(scene, hit, term, sentence, questions[-1])
        if told_before and scene.holds("risk_follow_ups", scene.page.norms(sentence)):
            return Asked("means or plan", "risk", subject=told_before)
    return None


def _asked(scene: Scene, hit: Hit, term: Term, sentence: Span, last: Span) -> Asked:
    turned = _turned(scene, hit, term, sentence)
    own = term.group.whose == "client" or turned == "presupposed"
    subject: Subject = "client" if own else scene.people.whose(scene.page, hit.span)
    again = set(scene.page.words(last)) <= scene.listed("asking_again")
    passed = (last != sentence and not again) or _goes_on(scene, hit, sentence)
    return Asked(term.label, term.category, turned, subject, passed, frozenset(scene.page.norms(sentence)))


def _goes_on(scene: Scene, hit: Hit, sentence: Span) -> bool:
    """Say whether a question asks something else after these words: ", and how is your sleep?"."""
    words = scene.page.norms(Span(hit.end, sentence.end))
    joints = (i for i, word in enumerate(words[:-2]) if word == "and")
    return any(words[i + 1] in scene.listed("question_openings") for i in joints)


def from_answer(scene: Scene, question: Asked, own: list[Candidate]) -> list[Candidate]:
    """Return the finding that an answer makes of the question; a client's own words about risk speak for themselves."""
    found = _answered(scene, question, own)
    return [replace(one, subject=question.subject) for one in found]


def _answered(scene: Scene, question: Asked, own: list[Candidate]) -> list[Candidate]:
    if scene.page.sentences and _unsure(scene, scene.page.norms(scene.page.sentences[0])):
        return [] if question.passed else _told(scene, question, own)
    risks = [c for c in own if c.category == "risk"]
    span = _leading(scene, "no_words")
    if span is not None:
        return _refused(scene, question, risks, span)
    span = _leading(scene, "agree_words") if question.turned == "negated" else None
    if span is not None and not risks and not _half(scene, scene.page.norms(span)) and _turning(scene, span) is None:
        return [_candidate(scene, question, span, "denied")]
    span = _leading(scene, "yes_words")
    if span is None:
        return [] if question.passed else _told(scene, question, own)
    found = _candidate(scene, question, span, _polarity(question, "affirmed"))
    return [] if risks else [replace(found, temporality="past") if question.turned == "ended" else found]


def _refused(scene: Scene, question: Asked, risks: list[Candidate], no: Span) -> list[Candidate]:
    """Return what an answer that begins with a no says: a denial only where all of its words deny."""
    rest = _turning(scene, no)
    plain = rest is None and _plain_no(scene, question, no)
    spoken = [c for c in risks if _answers(c, question, no) and (plain or c.label == question.label)]
    if question.passed or (spoken and not question.turned):
        return []
    span = Span(no.start, rest.end) if rest else _up_to_own(scene, no, risks)
    found = _candidate(scene, question, span, _polarity(question, "denied"), _closing(scene, span))
    if plain or question.turned not in ("", "negated"):
        return [found]
    past = scene.holds("ended_no", scene.page.norms(no)) and rest is None
    return [replace(found, polarity="affirmed", temporality="past" if past else "current")]


def _plain_no(scene: Scene, question: Asked, no: Span) -> bool:
    """Say whether a no denies all of what was asked; its words up to a comma may do so alone: "No, I love my life."."""
    words: list[str] = []
    plain = scene.listed("plain_no") | question.words
    for norm in scene.page.norms(no):
        if norm[0].isalnum():
            words.append(norm)
        elif words and norm in (",", ".", "-", "–", "—") and set(words) <= plain:
            break
    if scene.holds("half_no", words) or scene.holds("ended_no", words):
        return False
    denies = words[:1] == ["never"] or bool(set(words) & scene.listed("deny_words") - {"no", "not", "none", "nothing"})
    return denies or set(words) <= plain


def _turning(scene: Scene, no: Span) -> Span | None:
    """Return the sentences after a no up to one that takes some of it back ("No. Well, sometimes."), or None."""
    counted, found = 0, None
    for sentence in scene.page.sentences:
        if sentence.start < no.end:
            continue
        words = scene.page.words(sentence)
        counted += len(words)
        if scene.page.is_question(sentence) or counted > LONGEST_ANSWER:
            break
        opens = bool(words) and words[0] in ("but", "well", "except", "although", "though", "only")
        while len(words) > 1 and words[0] in scene.listed("fillers"):
            words.pop(0)
        told = scene.holds("taking_back_opens", words[:2]) or _leads(scene, "yes_words", words)
        unsure = _unsure(scene, words) or scene.holds("exceptions", words)
        if (opens or told or unsure) and not set(words) <= scene.listed("plain_no"):
            found = sentence
    return None if found is None else Span(no.end, found.end)


def _leads(scene: Scene, name: str, words: Sequence[str]) -> bool:
    """Say whether words begin with a phrase of the list."""
    return any(f"{' '.join(words)} ".startswith(f"{phrase} ") for phrase in scene.listed(name))


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


def _turned(scene: Scene, hit: Hit, term: Term, sentence: Span) -> Turned:
    if term.group.polarity == "opposite":
        return "opposite"
    words = scene.page.norms(sentence)
    if scene.holds("reversing_words", words):
        return "ended"
    happened = words[0] in ("was", "were") and words[1] in ("the", "your", "that")
    happened = happened and hit.start <= sentence.start + 3 and words[2] not in scene.listed("roles")
    if happened or scene.holds("presupposing", words):
        return "presupposed"
    return "negated" if scene.context.governs("denied", hit.span) else ""


def _polarity(question: Asked, plain: Polarity) -> Polarity:
    """Return what a yes or a no says of the label; of what is taken for granted both say that there is such a thing."""
    if question.turned in ("ended", "presupposed"):
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
    denied = not question.turned and not _half(scene, words) and bool(set(words) & scene.listed("deny_words"))
    return [_candidate(scene, question, Span(0, end), "denied" if denied else "affirmed", rule=TOLD)]


def _half(scene: Scene, words: Sequence[str]) -> bool:
    """Say whether words that deny do so in part only, or not surely."""
    return _unsure(scene, words) or scene.holds("half_no", words) or scene.holds("ended_no", words)


def _unsure(scene: Scene, words: Sequence[str]) -> bool:
    """Say whether these words neither deny nor affirm: "I don't know" is no denial."""
    return scene.holds("unsure_words", words)


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
