"""Documents as words with labels, and what a recogniser and other people's talk would do to them."""

import random
import re
from dataclasses import dataclass, replace
from pathlib import Path

import yaml
from marked import DATA, Document, Mark, files, read_documents

from pipeline.findings.windows import MARKERS, WORD

FILLERS = ("um", "uh", "you know", "I mean", "like", "er", "so", "well")
NEAR = {  # what recognisers make of words, and words of others
    "she": ("he", "they", "the client"),
    "he": ("she", "they", "the client"),
    "her": ("his", "their"),
    "his": ("her", "their"),
    "client": ("patient",),
    "denies": ("denied", "denying"),
    "denied": ("denies",),
    "mum": ("mom", "mother"),
    "mom": ("mum", "mother"),
    "husband": ("wife", "partner"),
    "wife": ("husband", "partner"),
    "homework": ("home work",),
    "behaviour": ("behavior",),
    "behavior": ("behaviour",),
    "practised": ("practiced",),
    "practiced": ("practised",),
    "then": ("than",),
    "their": ("there",),
    "to": ("too", "two"),
    "and": ("an", "in"),
    "affect": ("effect",),
}
NUMBERS = tuple(
    [
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "eighteen",
        "twenty",
        "thirty",
        "forty",
        "fifty",
        "sixty",
        "seventy",
        "eighty",
        "ninety",
    ]
)
SIGNS = frozenset('.,;:!?-–—"“”()')


def drugs() -> tuple[str, ...]:
    """Return the one-word drug names of the lexicon: any of them may stand for any other."""
    lexicon = yaml.safe_load((DATA.parents[2] / "configs" / "lexicons" / "medication.yaml").read_text())
    groups = [group["terms"] for group in lexicon["groups"] if group["rule"].startswith("drug")]
    return tuple(name for terms in groups for name in terms if re.fullmatch("[a-z]{5,}", name))


DRUGS = drugs()


@dataclass(frozen=True)
class Said:
    """One turn as words, with its speaker's marker; the marks count words of the turn here, not characters."""

    marker: int
    words: tuple[str, ...]
    spans: tuple[Mark, ...]


def load(folder: Path = DATA, *, aside: bool = False) -> list[tuple[Said, ...]]:
    """Read the documents of a folder of marked text to train on, or those that are kept aside for measuring."""
    return [said(document) for path in files(folder, aside=aside) for document in read_documents(path)]


def said(document: Document) -> tuple[Said, ...]:
    """Turn a marked document into words and word ranges."""
    turns = []
    for turn in document.turns:
        places = [match.span() for match in WORD.finditer(turn.text)]
        spans = []
        for mark in turn.marks:
            inside = [i for i, (a, b) in enumerate(places) if a < mark.end and b > mark.start]
            while inside and turn.text[slice(*places[inside[-1]])] in SIGNS:
                inside.pop()
            if inside:
                spans.append(replace(mark, start=inside[0], end=inside[-1] + 1))
        marker = MARKERS["dictation" if document.kind == "dictation" else turn.speaker]
        turns.append(Said(marker, tuple(turn.text[a:b] for a, b in places), tuple(spans)))
    return tuple(turns)


def noisy(document: tuple[Said, ...], random_: random.Random, vocabulary: list[str]) -> tuple[Said, ...]:
    """Return the document as it might have been spoken by somebody else and heard by a machine."""
    bare = random_.random() < 0.35
    errors = random_.choice((0.0, 0.0, 0.0, 0.03, 0.06))
    swaps = random_.choice((0.0, 0.15, 0.3))
    fillers = random_.choice((0.0, 0.0, 0.02))
    nobody = document[0].marker != MARKERS["dictation"] and random_.random() < 0.1
    names = {drug: random_.choice(DRUGS) for drug in DRUGS} if random_.random() < 0.5 else {}
    turns = []
    for turn in document:
        words: list[list[str]] = []
        for word in turn.words:
            if word in SIGNS:
                words.append([] if bare else [word])
                continue
            new = [names.get(word.lower(), word)]
            if word.lower() in NUMBERS and random_.random() < swaps:
                new = [random_.choice(NUMBERS)]
            near = NEAR.get(word.lower())
            if near and random_.random() < swaps:
                new = random_.choice(near).split()
            elif random_.random() < errors:
                new = random_.choice(([], [word, word], [random_.choice(vocabulary)]))
            if random_.random() < fillers:
                new = [*random_.choice(FILLERS).split(), *new]
            words.append(new)
        starts = [0]
        for new in words:
            starts.append(starts[-1] + len(new))
        moved = [replace(s, start=starts[s.start], end=starts[s.end]) for s in turn.spans]
        flat = tuple(word for new in words for word in new)
        if flat:
            marker = MARKERS["unknown"] if nobody else turn.marker
            turns.append(Said(marker, flat, tuple(s for s in moved if s.end > s.start)))
    return tuple(turns)
