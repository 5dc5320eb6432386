"""What a client says of an earlier no of their own: "Actually, I wasn't totally honest before. I do get them."."""

from collections.abc import Sequence
from typing import Final

from .candidate import RISK, Candidate, overlap
from .denials import unsays
from .scene import Scene
from .vocabulary import Term
from .words import Span

RULE: Final = "answer.owned-up@1"
CONCEALED: Final = "answer.concealed-risk@1"
LONGEST: Final = 25  # words of what is quoted
PERSONS: Final = frozenset({"to", "with"})
THIS: Final = frozenset({"it", "that", "this", "them", "those", "these", "before", "earlier", "everything", "all"})


def owned_up(
    scene: Scene, found: Sequence[Candidate], read: Sequence[tuple[Scene, Sequence[Candidate]]]
) -> list[Candidate]:
    """Return what takes back the last risk that this speaker denied turns ago; both then stand, to be compared."""
    if scene.kind != "session" or scene.speaker == "clinician":
        return []
    denied = _last_denied(scene, read)
    start = next((s.start for s in scene.page.sentences if _owns_up(scene, s)), None)
    if denied is None or start is None:
        return []
    own = [c for c in found if c.category == "risk" and c.polarity == "affirmed"]
    if any(c.label == denied.label for c in own):
        return []
    end = _end(
        scene, start, min((c.span.start for c in own if c.span.start > start), default=scene.page.sentences[-1].end)
    )
    return [
        Candidate("risk", denied.label, scene.trim_marks(Span(start, end)), RULE, subject=denied.subject, strength=RISK)
    ]


def concealed(scene: Scene, found: Sequence[Candidate]) -> list[Candidate]:
    """Return the risks that a client says they said no to elsewhere: "she asked if I was suicidal and I said no"."""
    if scene.kind != "session" or scene.speaker == "clinician":
        return []
    kept: list[Candidate] = []
    for sentence in scene.page.sentences:
        if not unsays(scene, sentence) or any(c.category == "risk" and overlap(c.span, sentence) for c in found):
            continue
        for hit, term in scene.meanings(Term):
            counts = term.category == "risk" and term.group.needs != "risk" and not scene.idiomatic(hit.span)
            if counts and hit.start in sentence and scene.people.whose(scene.page, hit.span, risk=True) == "client":
                kept.append(Candidate("risk", term.label, scene.trim_marks(sentence), CONCEALED, strength=RISK))
                break
    return kept


def _last_denied(scene: Scene, read: Sequence[tuple[Scene, Sequence[Candidate]]]) -> Candidate | None:
    """Return the last risk this speaker denied; None where they have told of it since."""
    for before, candidates in reversed(read):
        risks = [c for c in candidates if c.category == "risk"]
        if before.speaker == scene.speaker and risks:
            return next((c for c in risks if c.polarity == "denied"), None)
    return None


def _owns_up(scene: Scene, sentence: Span) -> bool:
    """Say whether a sentence says that the speaker was not honest, with whoever asks, about this."""
    page = scene.page
    if page.is_question(sentence):
        return False
    words = page.words(sentence)
    said = f" {' '.join(words)} "
    for phrase in scene.listed("owning_up"):
        _, found, after = said.partition(f" {phrase} ")
        rest = after.split()
        if found and not _elsewhere(rest):
            return True
    return False


def _elsewhere(rest: list[str]) -> bool:
    """Say whether the words after "I lied" name somebody else, or another thing: "to my boss", "about the rent"."""
    if rest[:1] and rest[0] in PERSONS and rest[1:2] != ["you"]:
        return True
    return "about" in rest[:3] and not set(rest[rest.index("about") + 1 :][:2]) & THIS


def _end(scene: Scene, start: int, end: int) -> int:
    """Return where the quote ends: with the last sentence that is within its length."""
    last, counted = end, 0
    for sentence in scene.page.sentences:
        if not start <= sentence.start < end:
            continue
        counted += len(scene.page.words(sentence))
        if scene.page.is_question(sentence) or (counted > LONGEST and sentence.start > start):
            break
        last = min(sentence.end, end)
    return last
