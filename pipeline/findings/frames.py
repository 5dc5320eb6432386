"""Findings from how a clause opens and from spoken headings, where no lexicon knows the words themselves."""

from dataclasses import dataclass, replace
from typing import Final

from ..types import Category, Polarity
from .candidate import AGREED, DONE, FRAME, RISK, Candidate
from .scene import Scene
from .vocabulary import Cue, Opening, Term
from .words import Span

LATE: Final = 0.6  # frames marked late hold in the last part of a session, where tasks and dates are agreed
STRENGTH: Final[dict[Category, int]] = {
    "homework": AGREED,
    "plan": AGREED,
    "intervention": DONE,
    "assessment": DONE,
    "risk": RISK,
}
REVIEWED: Final = "assessment.homework-answer@1"
LONGEST: Final = 14  # words of an item at most
BARELY: Final = 4  # words that are no sentence of their own, at most
TASKS: Final = ("homework", "plan", "intervention")
COLON: Final = "colon"  # the spoken sign
BARE: Final = "heading."  # how the rules begin that find a heading's bare answer, of its category and of no other


@dataclass(frozen=True, slots=True)
class Heading:
    """A spoken heading that is in force, and the rule to name."""

    category: Category | None = None
    rule: str = ""
    title: tuple[str, ...] = ()
    marked: bool = False  # a sign parts it from what it heads
    open: bool = False  # nothing was said under it yet


def from_frames(scene: Scene, heading: Heading) -> tuple[list[Candidate], Heading]:
    """Return candidates from cues and frames, and the heading that holds after this turn."""
    candidates: list[Candidate] = []
    for sentence in scene.page.sentences:
        before = heading
        heading, start = _heading(scene, sentence, heading)
        title = heading if start > sentence.start or not before.open else before
        content = Span(start, sentence.end)
        bare = _bare(scene, content, title) if title.open or title.category == "risk" else None
        candidates += [bare] if bare is not None else _sentence(scene, content, heading)
        heading = replace(heading, open=heading.open and not scene.page.words(content))
    return [*candidates, *_reviewed(scene)], heading


def _reviewed(scene: Scene) -> list[Candidate]:
    """Return what a client answers to how earlier homework went: "Did you do the breathing?" "I meant to."."""
    before, page = scene.before, scene.page
    if scene.kind != "session" or "client" not in scene.speaker or before is None or before.speaker != "clinician":
        return []
    last = before.page.words(before.page.sentences[-1])
    asked = before.page.is_question(before.page.sentences[-1]) and scene.holds("review_questions", last)
    asked = asked and bool(set(last) & scene.listed("homework_nouns"))
    start = " ".join(last)
    set_before = any(start.startswith(f"{phrase} ") for phrase in scene.listed("review_statements"))
    if not (asked or set_before) or page.is_question(page.sentences[0]):
        return []
    end, words = page.sentences[0].end, page.words(page.sentences[0])
    for sentence in page.sentences[1:]:
        words = [*words, *page.words(sentence)]
        if len(words) > LONGEST or page.is_question(sentence):
            break
        end = sentence.end
    first = page.words(page.sentences[0])
    if not set(first) - scene.listed("fillers") - scene.listed("agreeing_only"):
        return []
    plain = first[0] in scene.listed("no_words") and not set(words) & scene.listed("yes_words")
    span = scene.trim_marks(Span(0, end))
    return [Candidate("assessment", "homework done", span, REVIEWED, "denied" if plain else "affirmed", strength=FRAME)]


def _heading(scene: Scene, sentence: Span, heading: Heading) -> tuple[Heading, int]:
    """Return the heading in force and the token where the sentence's content starts."""
    if scene.kind != "dictation":
        return heading, sentence.start
    first = _first_word(scene, sentence)
    cues = [(hit, cue) for hit, cue in scene.meanings(Cue) if hit.start == first]
    if cues:
        hit, cue = max(cues, key=lambda pair: pair[0].end)
        if cue.category is None:
            return Heading(), hit.end
        category, title = scene.category(cue.category), tuple(scene.page.words(hit.span))
        marked = title[-1] == COLON or hit.end == sentence.end or not scene.page.tokens[hit.end].word
        marked = marked or scene.page.tokens[hit.end].norm == COLON
        return Heading(category, cue.rule, title, marked, open=marked or category == "risk"), hit.end
    word = scene.page.tokens[first].norm if first < sentence.end else ""
    goes_on = scene.page.tokens[first].norm in scene.listed("task_verbs") if word else False
    keeps = heading.category in ("homework", "plan") and goes_on
    return (
        heading if keeps or heading.category in ("mood", "behaviour", "medication", "risk") else Heading()
    ), sentence.start


def bare_headings(scene: Scene) -> list[Span]:
    """Return the sentences that are a spoken heading and nothing else: "Medication colon." says nothing yet."""
    if scene.kind != "dictation":
        return []
    cues = [hit for hit, _ in scene.meanings(Cue)]
    tokens = scene.page.tokens
    return [
        sentence
        for sentence in scene.page.sentences
        for cue in cues
        if cue.start == _first_word(scene, sentence)
        and all(not t.word or t.norm == "colon" for t in tokens[cue.end : sentence.end])
    ]


def _first_word(scene: Scene, sentence: Span) -> int:
    i = sentence.start
    while i < sentence.end - 1 and (
        not scene.page.tokens[i].word or scene.page.tokens[i].norm in scene.listed("fillers")
    ):
        i += 1
    return i


def _sentence(scene: Scene, sentence: Span, heading: Heading) -> list[Candidate]:
    if sentence.start >= sentence.end:
        return []
    running: tuple[Category, str] | None = None
    if heading.category in (*TASKS, "assessment") and heading.category is not None:
        running = (heading.category, heading.rule)
    found: list[Candidate] = []
    for clause in _clauses(scene, sentence):
        opening = _opening(scene, clause, sentence)
        if opening is not None:
            span, meaning = opening
            frame = meaning.frame
            found.append(_item(scene, span, frame.category, meaning.rule))
            if frame.carries:
                running = (frame.category, meaning.rule)
            elif running is not None and running[0] != frame.category:
                running = None
        elif running is not None:
            running = _follow(scene, clause, running, found, heading)
    return [item for item in found if _worth(scene, item)]


def _bare(scene: Scene, content: Span, heading: Heading) -> Candidate | None:
    """Return what a heading's bare answer is ("Risk: low", "Plan: none"), with its heading, or None.

    Right under its heading any answer that is made of such words alone counts, later only that there is no risk.
    """
    category, said = heading.category, _answer(scene, content)
    if category is None or not said:
        return None
    clause = scene.page.clause_of(_first_word(scene, content))
    known = scene.listed("bare_no") | scene.listed("bare_all") | scene.listed("bare_words")
    whole = set(said) <= known and not set(said) <= scene.listed("bare_linking")
    end, words = (content.end, said) if whole else (clause.end, _answer(scene, Span(content.start, clause.end)))
    denied = _denies(scene, words, heading)
    rest = set(scene.page.words(Span(end, content.end)))
    limited = bool(rest & scene.listed("bare_limiting"))
    start = scene.page.sentence_of(content.start).start
    if category == "risk" and heading.open and (denied and limited or not (whole or denied or rest)):
        few = limited or (heading.marked and _named(scene, words))
        every = scene.trim_marks(Span(start, content.end))
        return Candidate("risk", "risk", every, heading.rule, strength=FRAME) if few else None
    counts = (heading.open and (whole or denied)) or (denied and category == "risk")
    if not counts or limited or _of_risk(scene, content, heading):
        return None
    span = scene.trim_marks(Span(start, end))
    label = "risk" if category == "risk" else " ".join(words)
    strength = RISK if category == "risk" else FRAME if category in ("mood", "behaviour") else AGREED
    rule = f"{BARE}{heading.rule.removeprefix('cue.')}"
    return Candidate(category, label, span, rule, "denied" if denied else "affirmed", strength=strength)


def _named(scene: Scene, words: list[str]) -> bool:
    """Say whether words right under a risk heading name a risk that no lexicon knows: few, and no sentence."""
    told = set(words) & (scene.listed("bare_unasked") | scene.listed("subjects") | scene.listed("auxiliaries"))
    return len(words) <= BARELY and not told


def _answer(scene: Scene, content: Span) -> list[str]:
    """Return the words that are said under a heading, without its spoken sign and what leads in."""
    words = [word for word in scene.page.words(content) if word != COLON]
    while len(words) > 1 and words[0] in scene.listed("fillers"):
        words.pop(0)
    return words


def _denies(scene: Scene, words: list[str], heading: Heading) -> bool:
    """Say whether all of an answer's words deny what its heading names; to have no safety denies no risk."""
    deny, every = scene.listed("bare_no"), scene.listed("bare_all")
    if heading.category != "risk":
        deny -= {"negative"}
    elif set(heading.title) & scene.listed("safe_titles") and "risk" not in heading.title:
        every = every if set(words) & scene.listed("bare_worries") else frozenset()
        deny = deny if every else frozenset()
    return bool(words) and set(words) <= deny | every and (words[0] in deny or words[-1] in deny)


def _of_risk(scene: Scene, content: Span, heading: Heading) -> bool:
    """Say whether "Plan: none" may deny a plan of suicide: a sentence beside it names a risk."""
    if heading.title != ("plan",):
        return False
    place = scene.page.sentences.index(scene.page.sentence_of(content.start))
    near = scene.page.sentences[max(0, place - 1) : place] + scene.page.sentences[place + 1 : place + 2]
    risks = [hit for hit, t in scene.meanings(Term) if t.category == "risk" and t.group.needs != "risk"]
    return any(hit.start in sentence for hit in risks for sentence in near)


def _clauses(scene: Scene, sentence: Span) -> list[Span]:
    clauses = []
    for clause in scene.page.clauses:
        start, end = max(clause.start, sentence.start), min(clause.end, sentence.end)
        if start < end:
            clauses.append(Span(start, end))
    return clauses


def _opening(scene: Scene, clause: Span, sentence: Span) -> tuple[Span, Opening] | None:
    """Return the words a frame makes a finding of in this clause, and the frame; the longest opening wins."""
    best: tuple[int, Span, Opening] | None = None
    first = _first_word(scene, clause)
    for hit, meaning in scene.meanings(Opening):
        frame = meaning.frame
        if hit.start not in clause or not _applies(scene, meaning) or not _fits(scene, hit.end, clause, meaning):
            continue
        at_start = hit.start == first or (frame.place == "anywhere")
        if not at_start or (frame.place == "sentence" and hit.start != _first_word(scene, sentence)):
            continue
        start = hit.start if frame.quote == "all" else hit.end - meaning.tail
        end = clause.end if frame.quote == "all" else max(clause.end, _past_comma(scene, start, sentence))
        span = Span(start, min(end, start + LONGEST))
        if span.start < span.end and (best is None or hit.end - hit.start > best[0]):
            best = (hit.end - hit.start, span, meaning)
    return None if best is None else (best[1], best[2])


def _past_comma(scene: Scene, end: int, sentence: Span) -> int:
    """Return the end of the next clause where an opening fills its own clause, as in "next time, ..."."""
    rest = [c for c in _clauses(scene, sentence) if c.end > end]
    return next(
        (c.end for c in rest if sum(scene.page.tokens[i].word for i in range(max(end, c.start), c.end)) > 0), end
    )


def _applies(scene: Scene, meaning: Opening) -> bool:
    frame = meaning.frame
    right_kind = frame.kind in ("any", scene.kind)
    if frame.after_risk and not scene.asked_risk:
        return False
    return right_kind and scene.hears(frame.speaker) and (not frame.late or scene.position >= LATE)


def _fits(scene: Scene, end: int, clause: Span, meaning: Opening) -> bool:
    """Say whether the verb and the word that a frame asks for follow its opening, one adverb between at most."""
    tokens = scene.page.tokens
    if meaning.frame.mentions is not None:
        words = scene.listed(meaning.frame.mentions)
        if not any(tokens[i].norm in words for i in range(clause.start, clause.end)):
            return False
    if not meaning.followed_by:
        return True
    verbs = scene.listed(meaning.followed_by)
    return any(token.norm in verbs for token in tokens[end : end + 2])


def _follow(
    scene: Scene, clause: Span, running: tuple[Category, str], found: list[Candidate], heading: Heading
) -> tuple[Category, str] | None:
    """Make the clause a further item of the running category, or part of the last one, or end the run."""
    first = _first_word(scene, clause)
    word = scene.page.tokens[first].norm
    cued = heading.category == running[0]
    if found and word in scene.listed("continues") or scene.is_number(word) and found and running[0] != "plan":
        return running  # more of the last item, which keeps its first words: the shortest run that carries it
    if word in scene.listed("subjects") and not cued:
        return None
    if cued or word in scene.listed("told_verbs" if running[0] == "intervention" else "task_verbs"):
        found.append(_item(scene, Span(first, min(clause.end, first + LONGEST)), running[0], running[1]))
        return running
    return None


def _item(scene: Scene, span: Span, category: Category, rule: str) -> Candidate:
    span = scene.trim(span)
    mark = scene.context.governs("denied", span) if category not in ("homework", "plan") else None
    polarity: Polarity = "denied" if mark is not None and mark.span.start <= span.start + 1 else "affirmed"
    label = " ".join(scene.page.norms(Span(span.start, min(span.end, span.start + 6))))
    return Candidate(category, label, span, rule, polarity, strength=STRENGTH.get(category, FRAME))


def _worth(scene: Scene, item: Candidate) -> bool:
    words = scene.page.words(item.span)
    return bool(words) and any(w not in scene.listed("empty") for w in words)
