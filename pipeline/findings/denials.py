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
NEAR: Final = 3  # words at most between "but not" and what was not denied


def denial(scene: Scene, hit: Hit, term: Term) -> Mark | None:
    """Return the words that deny what a term says, or None where they do not deny all of it."""
    mark = scene.context.governs("denied", hit.span)
    if mark is None or term.category != "risk":
        return mark
    if _not_denied(scene, hit.span):
        return None
    contested = term.group.whose == "client" and _by_another(scene, mark)
    every_time = scene.page.tokens[mark.span.start].norm in scene.listed("deny")  # "denied it every week" is a denial
    return None if contested or undone(scene, hit.span, whole=every_time) else mark


def undone(scene: Scene, span: Span, *, whole: bool = False) -> bool:
    """Say whether a denial of risk is none: not `whole`, for it is of a part only ("not every day"), or taken back."""
    sentence = scene.page.sentence_of(span.start)
    limited = not whole and scene.context.governs("limited", span) is not None
    return limited or _unsays(scene, sentence) or taken_back(scene, sentence) is not None


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
    return ends or turns or scene.holds("exceptions", words) or _unsays(scene, after)


def _by_another(scene: Scene, mark: Mark) -> bool:
    words = scene.page.norms(Span(max(0, mark.span.start - 1), mark.span.end))
    return len(words) > 1 and words[0] in scene.listed("roles") and words[1] in scene.listed("deny")


def _not_denied(scene: Scene, span: Span) -> bool:
    """Say whether it is what a denial left out: thoughts in "denies intent, but not thoughts"."""
    before = scene.page.words(Span(scene.page.sentence_of(span.start).start, span.start))
    places = [i for i in range(1, len(before)) if before[i] == "not" and before[i - 1] in YET]
    if not places or len(before) - places[-1] - 1 > NEAR:
        return False
    return any(word in scene.listed("deny") for word in before[: places[-1]])


def _unsays(scene: Scene, sentence: Span) -> bool:
    return scene.holds("unsaying", scene.page.words(sentence))
