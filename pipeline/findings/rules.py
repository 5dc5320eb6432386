"""Findings by rules over lexicons: what must never be missed, and a reason that a clinician can read."""

from functools import cache
from pathlib import Path
from typing import Final

from ..resources import configs
from ..types import Finding, Transcript
from .answers import Asked, asked, from_answer, from_reported
from .candidate import Candidate, overlap, select
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

    def find_and_silence(self, transcript: Transcript) -> tuple[tuple[Finding, ...], tuple[Silent, ...]]:
        """Return the findings, and the words nobody may find anything in: taken back, a bare heading, not asked."""
        silent: list[Silent] = []
        read = self._read(transcript, silent)
        findings = (_finding(transcript, scene.page, candidate) for scene, found in read for candidate in found)
        return tuple(findings), tuple(silent)

    def _read(self, transcript: Transcript, silent: list[Silent]) -> list[tuple[Scene, list[Candidate]]]:
        pages = [page for turn in transcript.turns for page in self._reader.read(turn)]
        people = People(transcript.kind, pages, self._vocabulary.lists)
        read: list[tuple[Scene, list[Candidate]]] = []
        heading, since_risk = Heading(), LONG_AGO
        question: Asked | None = None
        before: Scene | None = None
        told = False  # a risk, in the turn before
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
            if scene.takes_back_turn_before and read and read[-1][0].speaker == scene.speaker:
                silent += _take_back_last(read)
            nothing = [*retracted(page, scene.taken), *bare_headings(scene), *scene.unknown]
            silent += [(page.turn.id, *page.characters(span)) for span in nothing]
            read.append((scene, select(_without(scene, found, nothing))))
            before = scene
            if page.turn.speaker == "clinician":
                question, answered = asked(scene, told), ()
            else:
                answered = (*answered, page.turn.speaker)
            told = any(c.category == "risk" for c in found)
            open_again = (question is not None and not answered) or told
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
