"""Which words deny a risk, and which only seem to: "not every day", "I wasn't. I lied.", "he denies hitting her"."""

from typing import Final

from .context import Mark
from .scene import Scene
from .vocabulary import Term
from .words import Hit, Span

LONGEST: Final = 10  # words of a sentence that takes back the one before it
SHORT: Final = 7  # words of one that does so by its end alone: "She told me alone that she has."
TURNING: Final = ("but", "well", "only")
COMPARING: Final = frozenset({"than", "as"})
YET: Final = frozenset({"but", "though", "although"})
WITHIN: Final = 3  # words at most between "I" and "told", with how often: "I just always say no"
NEAR: Final = 3  # words at most between "but not" and what was not denied
PREDICATE: Final = 4  # words that say whether a thing happened: "was not ongoing"


def denial(scene: Scene, hit: Hit, term: Term) -> Mark | None:
    """Return the words that deny what a term says, or None where they do not deny all of it."""
    mark = scene.context.governs("denied", hit.span)
    if term.label in scene.listed("safe_labels"):
        return mark or scene.context.governs("failed", hit.span)
    if mark is None or term.category == "medication":
        return mark  # "no side effects apart from a dry mouth" denies all others
    if scene.context.governs("exception", hit.span) or _granted(scene, hit, mark):
        return None
    if term.category != "risk":
        return mark
    if _not_denied(scene, hit.span) or _refuses(scene, mark):
        return None
    contested = term.group.whose == "client" and _by_another(scene, mark)
    every_time = scene.page.tokens[mark.span.start].norm in scene.listed("deny")  # "denied it every week" is a denial
    return None if contested or undone(scene, hit.span, whole=every_time) else mark


def undone(scene: Scene, span: Span, *, whole: bool = False) -> bool:
    """Say whether a denial of risk is none: not `whole`, for it is of a part only ("not every day"), or taken back."""
    sentence = scene.page.sentence_of(span.start)
    limited = not whole and scene.context.governs("limited", span) is not None
    excepted = scene.context.governs("exception", span) is not None
    return limited or excepted or unsays(scene, sentence) or taken_back(scene, sentence) is not None


def taken_back(scene: Scene, sentence: Span) -> Span | None:
    """Return the short sentence after this one that takes it back ("Well, apart from Friday."), or None."""
    place = scene.page.sentences.index(sentence) + 1
    if place == len(scene.page.sentences) or scene.page.is_question(sentence):
        return None
    after = scene.page.sentences[place]
    return after if takes_back(scene, after) else None


def takes_back(scene: Scene, after: Span) -> bool:
    """Say whether a sentence is short and takes back the one before it, which may stand in the turn before."""
    words = scene.page.words(after)
    if not 0 < len(words) <= LONGEST or scene.page.is_question(after):
        return False
    said = f" {' '.join(words)}"
    ends = len(words) <= SHORT and not COMPARING & set(words)
    ends = ends and any(said.endswith(f" {phrase}") for phrase in scene.listed("taking_back_ends"))
    turns = words[0] in TURNING and scene.holds("yes_words", words)
    return ends or turns or scene.holds("exceptions", words) or unsays(scene, after)


def _by_another(scene: Scene, mark: Mark) -> bool:
    """Say whether somebody else denies it; each of a couple speaks for themselves, as in "each partner denied"."""
    start = mark.span.start
    role = scene.page.tokens[start - 1].norm if start else ""
    if role not in scene.listed("roles") or scene.page.tokens[start].norm not in scene.listed("deny"):
        return False
    apiece = start > 1 and scene.page.tokens[start - 2].norm in scene.listed("partner_apiece")
    return not apiece and scene.people.whose(scene.page, Span(start - 1, start)) == "other"


def _refuses(scene: Scene, mark: Mark) -> bool:
    """Say whether it is refused to do something, which denies no risk: "declined to remove the shotgun"."""
    words = scene.page.norms(Span(mark.span.start, mark.span.end + 1))
    return words[0] in scene.listed("refusing") and words[-1] == "to"


def _granted(scene: Scene, hit: Hit, mark: Mark) -> bool:
    """Say whether a thing is taken for granted and only something of it denied.

    So it is in "denied that the overdose was intentional", and in "no treatment for the overdose".
    """
    page, sentence = scene.page, scene.page.sentence_of(hit.start)
    before = page.norms(Span(mark.span.end, hit.start))
    if mark.span.end >= hit.start or before[-1] not in scene.listed("definite"):
        return False
    after = page.norms(Span(hit.end, min(sentence.end, hit.end + PREDICATE)))
    if after and after[0] in scene.listed("clause_auxiliaries"):
        return not scene.listed("occurring") & set(after)
    return len(before) > NEAR - 1 and before[-2] in scene.listed("granted_after")


def _not_denied(scene: Scene, span: Span) -> bool:
    """Say whether it is what a denial left out: thoughts in "denies intent, but not thoughts"."""
    before = scene.page.words(Span(scene.page.sentence_of(span.start).start, span.start))
    places = [i for i in range(1, len(before)) if before[i] == "not" and before[i - 1] in YET]
    if not places or len(before) - places[-1] - 1 > NEAR:
        return False
    return any(word in scene.listed("deny") for word in before[: places[-1]])


def unsays(scene: Scene, sentence: Span) -> bool:
    """Say whether a sentence says that what it holds is not true, or was told to somebody else."""
    return scene.holds("unsaying", scene.page.words(sentence)) or _told_elsewhere(scene, sentence)


def _told_elsewhere(scene: Scene, sentence: Span) -> bool:
    """Say whether a client says that they said no to somebody else, or on a form: "I always tell my doctor I'm not"."""
    if scene.kind != "session" or scene.speaker == "clinician":
        return False
    words = scene.page.words(sentence)
    return _others_think(scene, words) or any(_said_no(scene, words, place) for place in range(len(words)))


def _others_think(scene: Scene, words: list[str]) -> bool:
    """Say whether somebody else thinks that it is not so: "everyone thinks I'm not suicidal"."""
    thought = next((i for i in range(len(words)) if scene.holds("others_think", words[i : i + 2])), len(words))
    return bool(scene.listed("deny_words") & set(words[thought + 1 : thought + 2 + WITHIN]))


def _said_no(scene: Scene, words: list[str], place: int) -> bool:
    """Say whether a verb at this place tells of a no that was, or would be, said: "I told them I wasn't"."""
    verb, no, after = words[place], scene.listed("deny_words"), words[place + 1 :]
    before = set(words[max(0, place - WITHIN - 1) : place])
    if verb not in scene.listed("saying_no") or not {"i", "ive", "im", "id", "i'll"} & before:
        return False
    joined = {"and", "but"} & set(after[: WITHIN + 1])
    if no & before and not joined and no & set(after[: WITHIN + 1]):  # "I'm not going to tell you I'm not suicidal"
        return True
    if verb in scene.listed("saying_no_to") and after[:1] not in ([], ["you"]):
        return bool(no & set(after[: WITHIN * 3]))
    return after[:1] in (["no"], ["nope"], ["none"], ["never"]) and after[1:2] != ["to"]
