"""A clinician's questions about risk: "Any thoughts of suicide?", "So you're not suicidal."."""

from dataclasses import dataclass, replace
from typing import Final, Literal

from ..types import Subject
from .scene import Scene
from .vocabulary import Term
from .words import Hit, Span

NEAR: Final = 3  # words at most between "after" and what is taken for granted: "after he hit you"
REMARK: Final = 12  # words of a clinician's turn that leaves a question open: "Mm-hm.", "Take your time."
ALONE: Final = 6  # words of a question that asks on by itself: "And how often?"
VOICES: Final = "hallucinations"
OPENS: Final = 3  # words before the negation of a summary: "So no thoughts of suicide."

Turned = Literal["", "opposite", "ended", "presupposed", "negated", "supposed", "doubted"]


@dataclass(frozen=True, slots=True)
class Spoken:
    """A risk that was asked about or told of, or denied."""

    label: str
    subject: Subject
    denied: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What a clinician asked about that the client has not yet answered.

    `turned`: a yes is no yes to the label, for it was asked whether it is not so ("safe at home?", "no thoughts of
    it?"), whether it has "ended", something else about what is taken for granted ("who knows about the cutting?"),
    what would be if it were so, or whether the client is sure that it is not. After `passed` something else was asked
    last. `words` are the question's. It may ask for `any` such thing, for `leave` to ask, be `stated` as a summary, or
    have got a first answer that was neither yes nor no: then only a bare yes or no of that speaker (`short`) is still
    an answer to it.
    """

    label: str
    category: str
    turned: Turned = ""
    subject: Subject = "client"
    passed: bool = False
    words: tuple[str, ...] = ()
    leave: bool = False
    stated: bool = False
    any: bool = False
    short: tuple[str, ...] = ()

    @property
    def spoken(self) -> Spoken:
        """The risk that it is about."""
        return Spoken(self.label, self.subject)


def asked(scene: Scene, told: Subject | None, lately: Spoken | None) -> Asked | None:
    """Return the risk that the last questions of a clinician's turn, or its summary, are about, or None.

    `told`: whose risk the client has just told of, so that "how would you?" and "in the house?" ask about it, too.
    `lately`: the risk that was last spoken of, a turn or two ago: "do you still think about it?".
    """
    if scene.kind != "session" or scene.speaker != "clinician" or not scene.page.sentences:
        return None
    questions = [s for s in scene.page.sentences if scene.page.is_question(s)]
    for sentence in reversed(questions[-2:]):
        terms = [(hit, term) for hit, term in scene.meanings(Term) if term.category == "risk" and hit.start in sentence]
        about = [
            _asked(scene, h, t, sentence, questions[-1]) for h, t in terms if _of_risk(scene, h, t, sentence, lately)
        ]
        if about:
            return next((one for one in about[1:] if one.any and about[0].turned == "presupposed"), about[0])
        again = _again(scene, sentence, told, lately)
        if again is not None:
            return replace(again, words=tuple(scene.page.norms(sentence)))
    return _summed_up(scene, questions)


def stays_open(scene: Scene) -> bool:
    """Say whether a clinician's turn asks for nothing new: "Mm-hm.", "Take your time.", "So, is that a yes?"."""
    page, again = scene.page, scene.listed("asking_again")
    words = [word for sentence in page.sentences for word in page.words(sentence)]
    return len(words) <= REMARK and all(set(page.words(s)) <= again for s in page.sentences if page.is_question(s))


def really_asks(scene: Scene, sentence: Span) -> bool:
    """Say whether a question asks what is not yet known: "am I suicidal?", but not "I'm not suicidal, okay?"."""
    if not scene.page.is_question(sentence):
        return False
    words = led(scene, scene.page.words(sentence))
    return scene.speaker == "clinician" or bool(set(words[:1]) & scene.listed("client_asks"))


def _of_risk(scene: Scene, hit: Hit, term: Term, sentence: Span, lately: Spoken | None) -> bool:
    """Say whether these words of a question are about risk: "a plan" is where risk is spoken of, not by itself."""
    if scene.idiomatic(hit.span):
        return False
    if term.group.needs != "risk" or lately is not None:
        return True
    if set(scene.page.norms(hit.span)) & scene.listed("explicit_risk"):
        return True
    others = ((h, t) for h, t in scene.meanings(Term) if t.category == "risk" and t.group.needs != "risk")
    return any(h.start in sentence and not scene.idiomatic(h.span) for h, _ in others)


def _again(scene: Scene, sentence: Span, told: Subject | None, lately: Spoken | None) -> Asked | None:
    """Return what a question without words of risk asks of the risk spoken of before it, or None."""
    words = scene.page.words(sentence)
    if scene.holds("item_nine", words):
        return Asked("suicidal ideation", "risk")
    if scene.holds("asking_of_dying", words):
        return Asked("suicidal ideation", "risk", _plainly_turned(scene, sentence))
    if scene.holds("asking_what_protects", words):
        return Asked("protective factor", "risk", "presupposed")
    of_voices = lately is not None and lately.label == VOICES and scene.holds("asking_what_voices_say", words)
    if of_voices or scene.holds("asking_voices", words):
        return Asked(
            VOICES, "risk", _plainly_turned(scene, sentence), lately.subject if of_voices and lately else "client"
        )
    if (told and scene.holds("risk_follow_ups", words)) or (lately and scene.holds("risk_plans", words)):
        return Asked("means or plan", "risk", subject=told or (lately.subject if lately else "client"))
    if lately is not None and lately.denied and len(words) <= ALONE and scene.holds("asking_sure", words):
        return Asked(lately.label, "risk", "doubted", lately.subject, stated=True)
    alone = len(words) <= ALONE and scene.holds("risk_again_alone", words)
    if lately is not None and (alone or scene.holds("risk_again", words)):
        return Asked(lately.label, "risk", subject=lately.subject)
    return None


def _asked(scene: Scene, hit: Hit, term: Term, sentence: Span, last: Span) -> Asked:
    turned = _turned(scene, hit, term, sentence)
    words = tuple(scene.page.norms(sentence))
    leave = scene.holds("asking_leave", words)
    if leave and scene.page.tokens[hit.start - 1].norm in ("the", "your", "that", "this", "those", "these"):
        turned, leave = "presupposed", False
    own = term.group.whose == "client" or turned == "presupposed"
    subject: Subject = "client" if own else scene.people.whose(scene.page, hit.span, risk=term.category == "risk")
    again = set(scene.page.words(last)) <= scene.listed("asking_again")
    passed = (last != sentence and not again) or _goes_on(scene, hit, sentence)
    passed = passed or (turned != "presupposed" and scene.holds("asked_by_others", words))
    anything = "any" in scene.page.norms(Span(max(sentence.start, hit.start - 2), hit.start))
    return Asked(term.label, term.category, turned, subject, passed, words, leave, any=anything)


def _goes_on(scene: Scene, hit: Hit, sentence: Span) -> bool:
    """Say whether a question asks something else after these words: ", and how is your sleep?"."""
    words = scene.page.norms(Span(hit.end, sentence.end))
    joints = (i for i, word in enumerate(words[:-2]) if word == "and")
    return any(words[i + 1] in scene.listed("question_openings") for i in joints)


def _turned(scene: Scene, hit: Hit, term: Term, sentence: Span) -> Turned:
    if term.group.polarity == "opposite":
        return "opposite"
    words = scene.page.norms(sentence)
    if scene.holds("reversing_words", words):
        return "ended"
    if scene.context.governs("hypothetical", hit.span) is not None and scene.holds("if_it_were_so", words):
        return "supposed"
    happened = words[0] in ("was", "were") and words[1] in ("the", "your", "that")
    happened = happened and hit.start <= sentence.start + 3 and words[2] not in scene.listed("roles")
    before = scene.page.norms(Span(max(sentence.start, hit.start - NEAR), hit.start))
    granted = bool(set(before) & scene.listed("taken_for_granted_after"))
    granted = granted or ("any" not in before and _asks_what(scene, sentence))
    granted = granted or (term.label == "access to means" and scene.holds("asking_to_give", words))
    told_of = scene.holds("presupposing", words) and not scene.holds("asking_orders", words)
    if happened or granted or told_of:
        return "presupposed"
    return "negated" if scene.context.governs("denied", hit.span) else ""


def _plainly_turned(scene: Scene, sentence: Span) -> Turned:
    """Return how a question is turned that may only take for granted what it is about."""
    return "presupposed" if _asks_what(scene, sentence) else ""


def _asks_what(scene: Scene, sentence: Span) -> bool:
    """Say whether a question asks what, who, why or how, which no yes or no answers: "What stops you?" "Nothing."."""
    tokens = scene.page.tokens
    words = led(scene, scene.page.words(sentence))
    after = [tokens[i - 1].norm == "," and tokens[i].norm for i in range(sentence.start + 1, sentence.end - 1)]
    if scene.holds("yes_or_no_after_all", [" ".join(words[:2])]):
        return False
    wh = scene.listed("wh_words")
    return words[:1] != [] and (words[0] in wh or any(word in wh for word in after if word))


def led(scene: Scene, words: list[str]) -> list[str]:
    """Return words without the fillers that they begin with."""
    start = 0
    while start < len(words) - 1 and words[start] in scene.listed("fillers"):
        start += 1
    return words[start:]


def _summed_up(scene: Scene, questions: list[Span]) -> Asked | None:
    """Return what a clinician says is not so, or reads from a form, for the client to agree or not, or None."""
    page = scene.page
    if any(not set(page.words(s)) <= scene.listed("asking_again") for s in questions):
        return None
    told = [s for s in page.sentences if s not in questions and page.words(s)]
    if not told:
        return None
    last, words = told[-1], page.words(told[-1])
    if scene.holds("item_nine", words):
        none = scene.holds("nil_scores", words)
        return Asked("suicidal ideation", "risk", "negated" if none else "", words=tuple(words), stated=True)
    for hit, term in scene.meanings(Term):
        if term.category != "risk" or hit.start not in last or not _of_risk(scene, hit, term, last, None):
            continue
        mark = scene.context.governs("denied", hit.span)
        if mark is None or scene.only_asked(hit.span) or scene.context.governs("hypothetical", hit.span):
            continue
        fillers = len(words) - len(led(scene, words))
        opens = mark.span.start - last.start <= fillers + OPENS
        about = {"you", "youre", "youve", "your", "sounds"} & set(words)
        if opens or about:
            return replace(_asked(scene, hit, term, last, last), turned="negated", stated=True)
    return None
