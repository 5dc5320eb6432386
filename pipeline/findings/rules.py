"""Findings by rules over lexicons: what must never be missed, and a reason that a clinician can read."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

from ..resources import configs
from ..types import Finding, Subject, Transcript
from .answers import PROTECTING, RULE, TOLD, from_answer, from_reported, kept_open
from .candidate import Candidate, overlap, select
from .denials import takes_back, unsays
from .frames import BARE, Heading, bare_headings, from_frames
from .lexicon import read_library
from .narrative import from_narrative
from .owned import concealed, owned_up
from .people import People
from .questions import Asked, Spoken, asked, really_asks, stays_open
from .retract import retracted
from .scene import Scene
from .terms import from_terms
from .vocabulary import Term, Vocabulary, write_out
from .words import Page, Reader, Span

OPEN: Final = 8  # turns that a clinician's question about risk stays open for
LATELY: Final = 2  # turns in which "do you still think about it?" and "any plan?" are about the risk spoken of before
LONG_AGO: Final = 1000
Silent = tuple[str, int, int]  # turn id, characters [start, end)


class Rules:
    """Rules over lexicons; made once, used for any number of transcripts.

    Raises:
        SettingsInvalid: a lexicon is missing or wrong; the message names file and key.
    """

    name = "findings-rules@1"

    def __init__(self, folder: Path | None = None) -> None:
        self._vocabulary, self._reader = _load(folder or configs() / "lexicons")

    def find(self, transcript: Transcript) -> tuple[Finding, ...]:
        """Return the findings of a transcript in order of turn and offset; none where no words say anything."""
        return self.find_and_silence(transcript)[0]

    def find_and_silence(
        self, transcript: Transcript
    ) -> tuple[tuple[Finding, ...], tuple[Silent, ...], tuple[Silent, ...]]:
        """Return the findings, the words nobody may find anything in, and those that deny no risk.

        Nothing is found in what was taken back, in a bare heading, in what was not asked. No risk is denied where none
        was spoken of or asked about, nor by a no to something else.
        """
        silent: list[Silent] = []
        calm: list[Silent] = []
        read = self._read(transcript, silent, calm)
        findings = (_finding(transcript, scene.page, candidate) for scene, found in read for candidate in found)
        return tuple(findings), tuple(silent), tuple(calm)

    def _read(
        self, transcript: Transcript, silent: list[Silent], calm: list[Silent]
    ) -> list[tuple[Scene, list[Candidate]]]:
        pages = [page for turn in transcript.turns for page in self._reader.read(turn)]
        people = People(transcript.kind, pages, self._vocabulary.lists)
        read: list[tuple[Scene, list[Candidate]]] = []
        heading, since_risk = Heading(), LONG_AGO
        question: Asked | None = None
        before: Scene | None = None
        told: Subject | None = None  # whose risk, in the turn before
        spoken: Spoken | None = None  # the risk that was last asked about or told of
        answered: tuple[str, ...] = ()  # each partner of a couple answers a question for themselves
        evaded: list[int] = []  # pages with a first answer that was none
        for number, page in enumerate(pages):
            position = number / max(1, len(pages) - 1)
            scene = Scene(
                transcript.kind,
                page,
                self._vocabulary,
                people,
                position,
                since_risk <= OPEN,
                before.alone() if before else None,
            )
            fresh = question if page.turn.speaker not in answered else None
            found, heading = _candidates(scene, heading, fresh)
            found += concealed(scene, found)
            found += owned_up(scene, found, read)
            goes_on = bool(read) and read[-1][0].speaker == scene.speaker
            if goes_on and scene.takes_back_turn_before:
                silent += _take_back_last(read)
            elif goes_on and any(takes_back(scene, sentence) for sentence in page.sentences[:1]):
                _undeny_last(read)
            nothing = [*retracted(page, scene.taken), *bare_headings(scene), *scene.unknown]
            silent += [(page.turn.id, *page.characters(span)) for span in nothing]
            silent += [(page.turn.id, *page.characters(span)) for span in _granted(scene, fresh)]
            aside = [*_calm(scene, fresh, question), *_beside_a_yes(scene, found)]
            calm += [(page.turn.id, *page.characters(span)) for span in aside]
            read.append((scene, select(_without(scene, found, nothing))))
            before = scene
            risks = [c for c in found if c.category == "risk"]
            if page.turn.speaker == "clinician":
                new = asked(scene, told, spoken if since_risk <= LATELY else None)
                if new is not None or not stays_open(scene):
                    question, answered, evaded = new, (), []
            elif fresh is not None:
                still = kept_open(scene, fresh, risks)
                if still is None:
                    answered = (*answered, page.turn.speaker)
                    _drop_evaded(read, evaded, page.turn.speaker, risks)
                else:
                    question, evaded = still, [*evaded, number]
                if fresh.stated and any(c.polarity == "affirmed" for c in risks):
                    _drop_summary(read, fresh)
            told = min((c.subject for c in risks if c.polarity == "affirmed"), default=None)  # "client" before "other"
            spoken = question.spoken if question is not None and not answered else spoken
            spoken = Spoken(risks[-1].label, risks[-1].subject, risks[-1].polarity == "denied") if risks else spoken
            open_again = (question is not None and not answered) or bool(risks)
            since_risk = 0 if open_again else since_risk + 1
        return read


@cache
def _load(folder: Path) -> tuple[Vocabulary, Reader]:
    vocabulary = write_out(read_library(folder))
    return vocabulary, Reader(vocabulary.lists, vocabulary.phrases)


def _candidates(scene: Scene, heading: Heading, question: Asked | None) -> tuple[list[Candidate], Heading]:
    framed, heading = from_frames(scene, heading)
    found = from_terms(scene)
    if question is not None and scene.speaker != "clinician":
        found += from_answer(scene, question, found)
    narrative = from_narrative(scene) if heading.category == "behaviour" else []
    found = [c for c in (*found, *from_reported(scene), *narrative) if not _only_wondered(scene, c)]
    answers = [c for c in framed if c.rule.startswith(BARE)]
    found = [c for c in found if all(c.category == bare.category or not overlap(c.span, bare.span) for bare in answers)]
    return [*found, *framed], heading


def _only_wondered(scene: Scene, candidate: Candidate) -> bool:
    """Say whether a client's question would deny a risk: "so you're not going to call CPS?" denies none."""
    if candidate.category != "risk" or candidate.polarity != "denied" or scene.kind != "session":
        return False
    return really_asks(scene, scene.page.sentence_of(candidate.span.start))


def _without(scene: Scene, candidates: list[Candidate], spans: list[Span]) -> list[Candidate]:
    """Drop what stands in these spans. Only who dictates may take a risk back: a client's "no wait" unsays nothing."""
    stays = {"risk"} if scene.kind == "session" else set()
    return [c for c in candidates if c.category in stays or not any(overlap(c.span, span) for span in spans)]


def _take_back_last(read: list[tuple[Scene, list[Candidate]]]) -> list[Silent]:
    scene, candidates = read[-1]
    last = scene.page.sentences[-1:]
    read[-1] = (scene, _without(scene, candidates, last))
    return [(scene.page.turn.id, *scene.page.characters(span)) for span in last]


def _granted(scene: Scene, question: Asked | None) -> list[Span]:
    """Return the yes that only gives leave to ask, or says what would be: "would you tell me if you were suicidal?"."""
    sentences = scene.page.sentences[:1]
    if question is None or scene.speaker == "clinician":
        return []
    if not (question.leave or question.turned in ("supposed", "doubted") or (question.stated and question.turned)):
        return []
    return [s for s in sentences if set(scene.page.words(s)) <= scene.listed("assenting") | scene.listed("fillers")]


def _calm(scene: Scene, question: Asked | None, asked_before: Asked | None) -> list[Span]:
    """Return the words that deny no risk: a clinician's questions, a turn that is about something else."""
    page = scene.page
    elsewhere = question is not None and (question.passed or question.leave or question.turned == "supposed")
    if not scene.risk_is_spoken_of or elsewhere or (asked_before is None and _answers_something_else(scene)):
        return page.sentences
    if scene.kind != "session":
        return []
    return [s for s in page.sentences if really_asks(scene, s) or (scene.speaker != "clinician" and unsays(scene, s))]


def _beside_a_yes(scene: Scene, found: list[Candidate]) -> list[Span]:
    """Return sentences beside a told risk that deny something else than risk: "Every day. I haven't told anyone."."""
    risks = [c for c in found if c.category == "risk"]
    told = [c for c in risks if c.polarity == "affirmed" and c.label not in PROTECTING]
    if scene.kind != "session" or scene.speaker == "clinician" or not told:
        return []
    terms = [hit for hit, term in scene.meanings(Term) if term.category == "risk"]
    sentences = [s for s in scene.page.sentences if not any(hit.start in s for hit in terms)]
    return [s for s in sentences if not scene.holds("deeds", scene.page.words(s))]


def _answers_something_else(scene: Scene) -> bool:
    """Say whether a turn answers a question that was not about risk, and is not about it, either."""
    before = scene.before
    if scene.kind != "session" or scene.speaker == "clinician" or before is None or before.speaker != "clinician":
        return False
    asks = any(before.page.is_question(sentence) for sentence in before.page.sentences[-1:])
    return asks and not before.names_risk and not any(t.category == "risk" for _, t in scene.meanings(Term))


def _drop_evaded(
    read: list[tuple[Scene, list[Candidate]]], pages: list[int], speaker: str, risks: list[Candidate]
) -> None:
    """Drop a speaker's evasions of a question ("I knew you'd ask.") that they then answered with yes or no."""
    if not any(c.rule == RULE for c in risks):
        return
    for page in pages:
        scene, candidates = read[page]
        if scene.speaker == speaker and scene.holds("evading", [token.norm for token in scene.page.tokens]):
            read[page] = (scene, [c for c in candidates if c.rule != TOLD])


def _drop_summary(read: list[tuple[Scene, list[Candidate]]], summary: Asked) -> None:
    """Drop what a clinician summed up as denied, and the client did not agree to: the answer stands with it."""
    for place in range(len(read) - 2, -1, -1):
        scene, candidates = read[place]
        if scene.speaker == "clinician" and any(c.label == summary.label for c in candidates):
            left = [c for c in candidates if not (c.label == summary.label and c.polarity == "denied")]
            read[place] = (scene, left)
            return


def _undeny_last(read: list[tuple[Scene, list[Candidate]]]) -> None:
    """Let the last sentence deny no risk: what follows it in a turn of its own takes it back."""
    scene, candidates = read[-1]
    last = scene.page.sentences[-1:]
    read[-1] = (scene, [replace(c, polarity="affirmed") if _risk_of(c, last) else c for c in candidates])


def _risk_of(candidate: Candidate, sentences: list[Span]) -> bool:
    return candidate.category == "risk" and any(overlap(candidate.span, sentence) for sentence in sentences)


def _finding(transcript: Transcript, page: Page, candidate: Candidate) -> Finding:
    spans = (page.characters(span) for span in (candidate.span, *candidate.also))
    return Finding(
        category=candidate.category,
        label=candidate.label,
        evidence=tuple(transcript.evidence(page.turn.id, start, end) for start, end in spans),
        rule=candidate.rule,
        polarity=candidate.polarity,
        subject=candidate.subject,
        temporality=candidate.temporality,
    )
