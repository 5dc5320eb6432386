"""Findings by rules over lexicons: what must never be missed, and a reason that a clinician can read."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

from ..resources import configs
from ..types import Finding, Subject, Transcript
from .answers import Asked, asked, from_answer, from_reported
from .candidate import Candidate, overlap, select
from .denials import takes_back
from .frames import Heading, bare_headings, from_frames
from .lexicon import read_library
from .narrative import from_narrative
from .people import People
from .retract import retracted
from .scene import Scene
from .terms import from_terms
from .vocabulary import Vocabulary, write_out
from .words import Page, Reader, Span

OPEN: Final = 8  # turns that a clinician's question about risk stays open for
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
        answered: tuple[str, ...] = ()  # each partner of a couple answers a question for themselves
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
            goes_on = bool(read) and read[-1][0].speaker == scene.speaker
            if goes_on and scene.takes_back_turn_before:
                silent += _take_back_last(read)
            elif goes_on and any(takes_back(scene, sentence) for sentence in page.sentences[:1]):
                _undeny_last(read)
            nothing = [*retracted(page, scene.taken), *bare_headings(scene), *scene.unknown]
            silent += [(page.turn.id, *page.characters(span)) for span in nothing]
            calm += [(page.turn.id, *page.characters(span)) for span in _calm(scene, fresh)]
            read.append((scene, select(_without(scene, found, nothing))))
            before = scene
            if page.turn.speaker == "clinician":
                question, answered = asked(scene, told), ()
            else:
                answered = (*answered, page.turn.speaker)
            told = min((c.subject for c in found if c.category == "risk"), default=None)  # "client" before "other"
            open_again = (question is not None and not answered) or told is not None
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
    return [*found, *from_reported(scene), *framed, *narrative], heading


def _without(scene: Scene, candidates: list[Candidate], spans: list[Span]) -> list[Candidate]:
    """Drop what stands in these spans. Only who dictates may take a risk back: a client's "no wait" unsays nothing."""
    stays = {"risk"} if scene.kind == "session" else set()
    return [c for c in candidates if c.category in stays or not any(overlap(c.span, span) for span in spans)]


def _take_back_last(read: list[tuple[Scene, list[Candidate]]]) -> list[Silent]:
    scene, candidates = read[-1]
    last = scene.page.sentences[-1:]
    read[-1] = (scene, _without(scene, candidates, last))
    return [(scene.page.turn.id, *scene.page.characters(span)) for span in last]


def _calm(scene: Scene, question: Asked | None) -> list[Span]:
    """Return the words that deny no risk: a clinician's questions, a turn that is about something else."""
    page = scene.page
    if not scene.risk_is_spoken_of or (question is not None and question.passed):
        return page.sentences
    return [sentence for sentence in page.sentences if scene.asking(sentence)]


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
