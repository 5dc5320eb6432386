"""Answers to a clinician's question about risk: "Any thoughts of suicide?" "No, God, no."; "How?" "Like, pills."."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ..types import Polarity
from .candidate import RISK, Candidate
from .questions import Asked, led
from .scene import Scene
from .vocabulary import ReportedNo, Term
from .words import Span

RULE: Final = "answer.risk@1"
TOLD: Final = "answer.risk-told@1"
PROTECTING: Final = ("protective factor", "safety plan", "means restriction")  # these say nothing of a yes
LONGEST_ANSWER: Final = 25  # words of an answer in own words that are one finding
REPORTED: Final = "answer.reported-risk@1"


def from_answer(scene: Scene, question: Asked, own: list[Candidate]) -> list[Candidate]:
    """Return the finding that an answer makes of the question; a client's own words about risk speak for themselves."""
    found = _answered(scene, question, own)
    return [replace(one, subject=question.subject) for one in found]


def _answered(scene: Scene, question: Asked, own: list[Candidate]) -> list[Candidate]:
    words = [word for sentence in scene.page.sentences for word in scene.page.words(sentence)]
    if (scene.speaker in question.short and not set(words) <= _bare(scene)) or (
        question.stated and question.turned in ("negated", "doubted") and set(words) <= _assent(scene)
    ):
        return []
    if question.leave:
        return _given_leave(scene, question, own)
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
    if question.turned == "supposed" or any(_tells(c, question, span) for c in risks):
        return []
    span = _up_to_sentence_of(scene, span, risks)
    found = _candidate(scene, question, _detailed(scene, span, risks), _polarity(question, "affirmed"))
    return [replace(found, temporality="past") if question.turned == "ended" else found]


def kept_open(scene: Scene, question: Asked, risks: list[Candidate]) -> Asked | None:
    """Return the question where this was no answer to it ("That's a hard one."), or none but in own words, or None."""
    if question.passed or any(c.rule != TOLD for c in risks):
        return None
    words = [word for sentence in scene.page.sentences for word in scene.page.words(sentence)]
    evades = set(words) <= scene.listed("fillers") or scene.holds("evading", words)
    if evades or any(_asks(scene, sentence) for sentence in scene.page.sentences):
        return question
    return replace(question, short=(*question.short, scene.speaker)) if risks else None


def _bare(scene: Scene) -> frozenset[str]:
    """Return the words of which a plain yes or no is made, with when."""
    yes = {word for phrase in scene.listed("yes_words") for word in phrase.split()}
    return scene.listed("plain_no") | scene.listed("fillers") | scene.listed("when_words") | yes


def _assent(scene: Scene) -> frozenset[str]:
    """Return the words by which somebody only agrees with what was said, or shows that they listen."""
    return scene.listed("assenting") | scene.listed("fillers")


def _given_leave(scene: Scene, question: Asked, own: list[Candidate]) -> list[Candidate]:
    """Return what is told after leave to ask was given: "Sure. I think about it every night."."""
    sentences = scene.page.sentences
    told = [s for s in sentences[1:] if set(scene.page.words(s)) & {"it", "them", "myself"} and not _asks(scene, s)]
    risk = any(c.category == "risk" for c in own)
    if risk or not told or scene.holds("deny_words", scene.page.words(told[0])):
        return []
    return [_candidate(scene, question, told[0], "affirmed", rule=TOLD)]


def _asks(scene: Scene, sentence: Span) -> bool:
    return scene.page.is_question(sentence)


def _tells(own: Candidate, question: Asked, yes: Span) -> bool:
    """Say whether the client's own words say it better than the yes; what protects or is denied does not."""
    if own.span.start < yes.end and own.label == question.label:
        return True
    return own.polarity == "affirmed" and own.label not in PROTECTING


def _up_to_sentence_of(scene: Scene, yes: Span, risks: list[Candidate]) -> Span:
    """Return a yes up to a later sentence of it that says something else about risk: "Yes. I have no plan, though."."""
    first = scene.page.sentence_of(yes.start).end
    starts = (scene.page.sentence_of(c.span.start).start for c in risks)
    return Span(yes.start, min((start for start in starts if first <= start < yes.end), default=yes.end))


def _detailed(scene: Scene, yes: Span, risks: list[Candidate]) -> Span:
    """Return a yes with the bare details right after it: "Yeah. Like, Sunday. On my thigh."."""
    end, counted = yes.end, len(scene.page.words(yes))
    verbs = (scene.listed("subjects") | scene.listed("auxiliaries")) - {"this", "that", "there"}
    for sentence in scene.page.sentences:
        if sentence.start < end:
            continue
        words = scene.page.words(sentence)
        counted += len(words)
        risk = any(c.span.start < sentence.end and c.span.end > sentence.start for c in risks)
        told = set(words) & verbs and not {"it", "them", "myself"} & set(words[2:])
        if risk or _asks(scene, sentence) or counted > LONGEST_ANSWER or told:
            break
        end = sentence.end
    return Span(yes.start, end)


def _refused(scene: Scene, question: Asked, risks: list[Candidate], no: Span) -> list[Candidate]:
    """Return what an answer that begins with a no says: a denial only where all of its words deny."""
    rest = _turning(scene, no)
    plain = rest is None and _plain_no(scene, question, no)
    spoken = [c for c in risks if _answers(c, question, no) and (plain or c.label == question.label)]
    if question.passed or (spoken and not question.turned):
        return []
    ended = scene.holds("ended_no", scene.page.norms(no))
    beside = any(c.polarity == "denied" and c.span.start in no for c in risks)
    if beside and not (plain or question.turned or rest or _half(scene, scene.page.norms(no))):
        return []  # "I don't want to hurt anyone."
    if not (plain or ended or rest or spoken or question.turned not in ("", "negated")):
        told = _told(scene, question, risks)
        if told:
            return told
    span = Span(no.start, rest.end) if rest else _up_to_own(scene, no, risks)
    found = _candidate(scene, question, span, _polarity(question, "denied"), _closing(scene, span))
    if plain or question.turned not in ("", "negated"):
        return [found]
    past = ended and rest is None
    return [replace(found, polarity="affirmed", temporality="past" if past else "current")]


def _plain_no(scene: Scene, question: Asked, no: Span) -> bool:
    """Say whether a no denies all of what was asked; its words up to a comma may do so alone: "No, I love my life."."""
    words: list[str] = []
    plain = scene.listed("plain_no") | set(question.words)
    fillers = scene.listed("fillers")
    for i in range(no.start, no.end):
        norm = scene.page.tokens[i].norm
        if norm[0].isalnum():
            words = [*words, norm] if words or norm not in fillers else words
            continue
        said = set(words) - fillers
        if said != {"not"} and said and norm in (",", ".", "-", "–", "—") and said <= plain:
            if _limited(scene, scene.page.words(Span(i, scene.page.sentence_of(i).end))):
                return False
            break
    if scene.holds("half_no", words) or scene.holds("ended_no", words):
        return False
    if words[:1] not in (["no"], ["nope"], ["nah"]):
        return _denies(scene, question, words)
    return bool(set(words) & scene.listed("deny_words") - {"no", "not", "none", "nothing"}) or set(words) <= plain


def _denies(scene: Scene, question: Asked, words: Sequence[str]) -> bool:
    """Say whether words deny all of what was asked and say nothing else; that nothing was done denies no thought."""
    said = set(words)
    deny = said & scene.listed("deny_words")
    unable = deny <= scene.listed("unable_words") and not {"can", "could", "will", "would"} & set(question.words)
    if not deny or unable or _half(scene, words) or (said & {"said", "told"} and "no" not in said):
        return False
    inner = question.label in scene.listed("inner_labels")
    if inner and scene.holds("deeds", words) and not scene.holds("deeds", question.words):
        return False
    plain = scene.listed("plain_no") | scene.listed("denying_words")
    one_of_two = "or" in question.words and words[:1] == ["not"]  # "him or the kids?" "Not the kids."
    return said <= plain | (set() if one_of_two else set(question.words))


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
        if _turns(scene, words):
            found = sentence
    return None if found is None else Span(no.end, found.end)


def _turns(scene: Scene, words: list[str]) -> bool:
    """Say whether words after a no take some of it back: "but sometimes"."""
    opens = words[:1] != [] and words[0] in ("but", "well", "except", "although", "though", "only")
    words = led(scene, words)
    told = scene.holds("taking_back_opens", words[:2]) or _leads(scene, "yes_words", words)
    unsure = _unsure(scene, words) or scene.holds("exceptions", words)
    return (opens or told or unsure) and not set(words) <= scene.listed("plain_no")


def _limited(scene: Scene, words: list[str]) -> bool:
    """Say whether words after "No," tell of what it denies, after all: ", but I've thought about it"."""
    if not words or words[0] not in scene.listed("limiting"):
        return False
    rest = led(scene, words)
    return not set(rest) <= scene.listed("plain_no") and bool(set(rest) & scene.listed("telling_of_it"))


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


def _polarity(question: Asked, plain: Polarity) -> Polarity:
    """Return what a yes or a no says of the label; of what is taken for granted both say that there is such a thing."""
    if question.turned in ("ended", "presupposed", "supposed", "doubted"):
        return "affirmed"
    if question.turned == "opposite":
        return "denied" if plain == "affirmed" else "affirmed"
    return plain


def _told(scene: Scene, question: Asked, own: list[Candidate]) -> list[Candidate]:
    """Return what an answer that is neither yes nor no says, up to where the client's own words about risk begin."""
    if question.stated and question.turned in ("negated", "doubted") and not _objects(scene):
        return []
    end, counted, told = 0, 0, []
    for sentence in scene.page.sentences:
        words = [norm for norm in scene.page.norms(sentence) if norm]
        risk = any(c.category == "risk" and c.span.start < sentence.end and c.span.end > sentence.start for c in own)
        counted += len(words)
        if risk or scene.page.is_question(sentence) or counted > LONGEST_ANSWER:
            break
        end = sentence.end
        told.append(scene.page.words(sentence))
    words = [norm for norm in scene.page.norms(Span(0, end)) if norm]
    if not set(words) - scene.listed("fillers") - {".", ",", "…", "..."}:
        return []
    if question.turned == "supposed" and not (set(words) & scene.listed("deny_words") or _unsure(scene, words)):
        return []
    first = scene.page.sentences[0].end
    if len(told) > 1 and question.turned == "" and _one_of_two(scene, question, told[0]):
        named, rest = Span(0, first), Span(first, end)
        return [
            _candidate(scene, question, named, "denied", rule=TOLD),
            _candidate(scene, question, rest, "affirmed", rule=TOLD),
        ]
    denied = question.turned in ("", "negated") and not _half(scene, words) and _denies(scene, question, told[0])
    plain = scene.listed("plain_no") | scene.listed("fillers") | scene.listed("deny_words") | set(question.words)
    denied = denied and all(_denies(scene, question, more) or set(more) <= plain for more in told[1:])
    return [_candidate(scene, question, Span(0, end), "denied" if denied else "affirmed", rule=TOLD)]


def _one_of_two(scene: Scene, question: Asked, words: Sequence[str]) -> bool:
    """Say whether words deny one of two things asked: "online, or at home?" "Not at home."."""
    said = set(words) - scene.listed("fillers")
    named = said - {"not"}
    return "or" in question.words and words[:1] == ["not"] and bool(named) and named <= set(question.words)


def _objects(scene: Scene) -> bool:
    """Say whether an answer does not agree with what was summed up: "I never said that.", "Mm, not exactly."."""
    words = [word for sentence in scene.page.sentences for word in scene.page.words(sentence)]
    return _half(scene, words) or scene.holds("objecting", words)


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
