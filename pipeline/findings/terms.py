"""Findings from the words of the lexicons."""

from dataclasses import replace
from typing import Final

from ..types import Polarity, Subject
from .candidate import RISK, TERM, Candidate
from .denials import denial, taken_back, undone
from .people import HE, SHE
from .scene import Scene
from .vocabulary import Term
from .words import Hit, Span

SUBSTANCES: Final = ("drinking", "substance use")
AGREED: Final = "behaviour.agreed@1"
CONDUCT: Final = (
    "appetite",
    "panic-and-fear",
    "withdrawal",
    "crying-and-conduct",
    "substance-use",
    "anger-and-relationships",
)
NEAR: Final = 4  # words at most from "you" to what is told of the client


def from_terms(scene: Scene) -> list[Candidate]:
    """Return a candidate for each lexicon term that counts where it stands."""
    found = [(hit, meaning) for hit, meaning in scene.meanings(Term) if not scene.idiomatic(hit.span)]
    spans = [hit.span for hit, term in found if term.category in ("risk", "behaviour", "medication")]
    candidates = []
    for hit, term in _longest(found):
        if _counts(scene, hit, term):
            candidates.append(_candidate(scene, hit, term, spans))
    return [*_joined(scene, candidates), *_agreed(scene)]


def _agreed(scene: Scene) -> list[Candidate]:
    """Return what a client's plain yes says of their conduct: "You've been drinking again." "Yeah."."""
    before, words = scene.before, {token.norm for token in scene.page.tokens if token.word}
    told = scene.kind == "session" and "client" in scene.speaker and before is not None
    if before is None or not told or before.speaker != "clinician" or not words & scene.listed("agreeing"):
        return []
    last = before.page.sentences[-1]
    if not words <= scene.listed("agreeing_only") or before.page.is_question(last):
        return []
    found = [
        (hit, term) for hit, term in before.meanings(Term) if hit.start in last and _told_of_client(before, hit, term)
    ]
    whole = scene.trim_marks(Span(0, len(scene.page.tokens)))
    return [Candidate("behaviour", term.label, whole, AGREED) for _, term in found[:1]]


def _told_of_client(scene: Scene, hit: Hit, term: Term) -> bool:
    """Say whether a clinician tells this of the client as it is: "you threw up", not "you could stop drinking"."""
    conduct = term.category == "behaviour" and term.group.rule in CONDUCT
    if not conduct or scene.idiomatic(hit.span):
        return False
    if any(scene.context.governs(kind, hit.span) for kind in ("denied", "hypothetical", "asked", "unasked")):
        return False
    before = scene.page.norms(Span(max(scene.page.sentence_of(hit.start).start, hit.start - NEAR), hit.start))
    places = [i for i, word in enumerate(before) if word in ("you", "youre", "youve")]
    return bool(places) and not set(before[places[-1] :]) & scene.listed("not_told")


def _joined(scene: Scene, candidates: list[Candidate]) -> list[Candidate]:
    """Make one finding of two words for one feeling: "anxious and on edge"."""
    joined: list[Candidate] = []
    for candidate in candidates:
        last = joined[-1] if joined else None
        if last is not None and last.category == candidate.category == "mood" and last.span.end <= candidate.span.start:
            between = set(scene.page.norms(Span(last.span.end, candidate.span.start)))
            same = (last.label, last.polarity, last.subject) == (candidate.label, candidate.polarity, candidate.subject)
            if same and between and between <= scene.listed("joining"):
                joined[-1] = replace(last, span=Span(last.span.start, candidate.span.end))
                continue
        joined.append(candidate)
    return joined


def _longest(found: list[tuple[Hit, Term]]) -> list[tuple[Hit, Term]]:
    """Keep, of one category's terms that overlap, the longest: "thoughts of suicide" rather than "suicide"."""
    kept: list[tuple[Hit, Term]] = []
    for hit, term in sorted(found, key=lambda pair: (pair[0].start - pair[0].end, pair[0].start)):
        if not any(_covers(h, t, hit, term) for h, t in kept):
            kept.append((hit, term))
    return sorted(kept, key=lambda pair: pair[0].start)


def _covers(longer: Hit, term: Term, hit: Hit, other: Term) -> bool:
    if not (longer.start < hit.end and hit.start < longer.end):
        return False
    if other.category == "risk" and term.category == "behaviour":
        return False  # "stopped cutting" is no hobby given up
    return term.category == other.category or (longer.span.holds(hit.span) and longer.span != hit.span)


def _counts(scene: Scene, hit: Hit, term: Term) -> bool:
    group = term.group
    if not scene.hears(group.speaker) or scene.only_asked(hit.span):
        return False
    if not scene.tells(scene.category(term.category)) or (term.category == "mood" and scene.own_feeling(hit.span)):
        return False
    if term.category == "intervention" and scene.context.governs("denied", hit.span):
        return False
    if not group.supposed and scene.context.governs("hypothetical", hit.span):
        return False
    if scene.asking(hit.span) and term.category not in ("intervention", "plan", "homework"):
        return False
    if group.needs == "feeling":
        return scene.about_feeling(hit.span)
    if group.needs == "number":
        return scene.number_after(hit.end) is not None
    if group.needs == "client":
        return scene.client_subject(hit.span)
    if group.needs == "clinician":
        return scene.clinicians_act(hit.span)
    if group.needs == "risk":
        return scene.about_risk(hit.span)
    return group.needs != "drug" or scene.mentions_drug(hit.span)


def _candidate(scene: Scene, hit: Hit, term: Term, listed: list[Span]) -> Candidate:
    own = term.group.polarity
    mark = denial(scene, hit, term) if own in ("resolved", "need", "opposite") else None
    if own == "denied" and undone(scene, hit.span):
        own = "affirmed"
    span = scene.quote(hit, term)
    takes = term.category in ("risk", "medication") or term.label in SUBSTANCES
    after = taken_back(scene, scene.page.sentence_of(hit.start)) if takes else None
    if mark is not None and mark.span.end == hit.start and mark.direction != "backward":
        alone = scene.context.companions(mark, listed) < 2
        if alone or term.category not in ("risk", "behaviour"):
            span = Span(mark.span.start, span.end)
    if mark is not None and own in ("need", "opposite"):
        span = Span(min(mark.span.start, span.start), max(hit.end, span.end))
    if after is not None:
        span = Span(span.start, scene.trim_marks(after).end)
    subject = "client" if term.group.whose == "client" else _subject(scene, hit, term)
    return Candidate(
        category=scene.category(term.category),
        label=term.label,
        span=span,
        rule=term.rule,
        polarity=_polarity(own, denied=mark is not None),
        subject=subject,
        temporality="past" if scene.context.governs("past", hit.span) else "current",
        strength=RISK if term.category == "risk" else TERM,
    )


def _subject(scene: Scene, hit: Hit, term: Term) -> Subject:
    """Return whose it is: beside what the words before say, whom a question was about, and to whom a drug was given."""
    whose = scene.people.whose(scene.page, hit.span, risk=term.category == "risk")
    if term.category == "medication" and whose == "other" and _takes(scene, hit):
        return "client"
    return "other" if whose == "client" and scene.answers_about_another(hit.span) else whose


def _takes(scene: Scene, hit: Hit) -> bool:
    """Say whether the client is given a drug ("they put me on"), or takes another's ("she takes her husband's")."""
    clause = scene.page.clause_of(hit.start)
    words = scene.page.norms(Span(clause.start, min(clause.end, hit.end + 1)))
    if scene.kind == "session" and scene.speaker == "client":
        third = max((i for i, word in enumerate(words) if word in HE | SHE | {"they", "theyve"}), default=-1)
        own = [i for i, word in enumerate(words) if word in ("me", "my") and i > third >= 0]
        return any(i + 1 == len(words) or words[i + 1] not in scene.listed("roles") for i in own)
    taken = scene.listed("takes") & set(words)
    return scene.kind == "dictation" and bool(taken) and words[0] in HE | SHE | scene.listed("client_nouns")


def _polarity(own: str, *, denied: bool) -> Polarity:
    if own == "opposite":
        return "affirmed" if denied else "denied"
    return "denied" if own == "denied" or (denied and own != "need") else "affirmed"
