"""Six psychiatric interviews: how many of the sentences that nearly every note writer used do the findings reach."""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benches.gold import Document, Found, Predicted

SIDES = {"clean": "source_turns.jsonl", "recognised": "turns.jsonl"}
SHARE = 0.1  # of the transcript's words
ENOUGH = 0.5  # of the shorter sentence's words
URGENT = ("risk", "medication")
RULE = f"""\
Rule: each finding's evidence is extended to its sentence (cut after . ? ! before white space, and at the turn's end).
A sentence's score is the highest of its findings'; on ties risk first, then medication, then the others, then the order
of the transcript. Sentences are taken in that order while they fit into {SHARE:.0%} of the transcript's words (one that
does not fit is passed over). A must_cover sentence of sentences.csv is stood for by the sentence that shares most with
it (Dice over lower-case words; at least {ENOUGH:.0%} of the shorter one's words shared): of the same turn in the
recogniser's output, of the whole interview and the same speaker in the clean script. It is recalled where that one was
taken. "all": the same without the cut; "words": the share of the transcript that all sentences with findings are."""
_SENTENCE = re.compile(r"\S(?:.*?[.?!…]+(?=\s|$)|.*$)", re.DOTALL)


@dataclass(frozen=True)
class Sentence:
    """Characters [start, end) of a turn."""

    turn: str
    speaker: str
    start: int
    end: int
    text: str

    @property
    def length(self) -> int:
        """Words."""
        return len(self.text.split())


def read_interviews(folder: Path) -> list[Document]:
    """Return both sides of each interview as documents, ids "SESSION~SIDE"."""
    return [
        {
            "id": f"{row['session']}~{side}",
            "kind": "session",
            "turns": [{"id": str(t["turn_id"]), "speaker": t["speaker"], "text": t["text"]} for t in row["turns"]],
        }
        for side, name in SIDES.items()
        for row in map(json.loads, (folder / name).read_text(encoding="utf-8").splitlines())
    ]


def read_wanted(folder: Path) -> dict[str, list[Sentence]]:
    """Return the must_cover sentences by session."""
    wanted: dict[str, list[Sentence]] = {}
    with (folder / "sentences.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["must_cover"] == "1":
                sentence = Sentence(row["turn_id"], row["speaker"], 0, len(row["text"]), row["text"])
                wanted.setdefault(row["session"], []).append(sentence)
    return wanted


def sentences_of(document: Document) -> list[Sentence]:
    """Return the sentences of a document in order."""
    return [
        Sentence(turn["id"], turn["speaker"], *match.span(), match.group())
        for turn in document["turns"]
        for match in _SENTENCE.finditer(turn["text"])
    ]


def shared(a: str, b: str) -> tuple[float, float]:
    """Return the share of the shorter one's words that two sentences have in common, and Dice."""
    one, two = (Counter(re.findall(r"[\w']+", s.lower().replace("’", "'"))) for s in (a, b))
    common, sizes = (one & two).total(), sorted((one.total(), two.total()))
    return (common / sizes[0], 2 * common / sum(sizes)) if sizes[0] else (0.0, 0.0)


def ranked(sentences: Sequence[Sentence], found: Sequence[Found]) -> list[Sentence]:
    """Return the sentences that hold evidence, the most certain first."""
    return [sentences[number] for _, _, number in sorted(_ranks(sentences, found))]


def _ranks(sentences: Sequence[Sentence], found: Sequence[Found]) -> Iterator[tuple[float, int, int]]:
    for number, sentence in enumerate(sentences):
        held = [f for f in found if any(_touches(sentence, e) for e in f["evidence"])]
        if held:
            top = max(f["score"] for f in held)
            first = min(_urgency(f["category"]) for f in held if f["score"] == top)
            yield -top, first, number


def _touches(sentence: Sentence, evidence: dict[str, object]) -> bool:
    start, end = int(str(evidence["start"])), int(str(evidence["end"]))
    return evidence["turn_id"] == sentence.turn and start < sentence.end and end > sentence.start


def _urgency(category: str) -> int:
    return URGENT.index(category) if category in URGENT else len(URGENT)


def cut(chosen: Sequence[Sentence], limit: float) -> list[Sentence]:
    """Return the sentences that fit into so many words, the first first."""
    taken, used = [], 0
    for sentence in chosen:
        if used + sentence.length <= limit:
            taken.append(sentence)
            used += sentence.length
    return taken


def stands_for(want: Sentence, sentences: Sequence[Sentence], side: str) -> Sentence | None:
    """Return the sentence of this side that is the wanted one; None where none is near enough."""
    same = [s for s in sentences if (s.turn == want.turn if side == "recognised" else s.speaker == want.speaker)]
    best = max(same, key=lambda s: shared(want.text, s.text)[1], default=None)
    return best if best and shared(want.text, best.text)[0] >= ENOUGH else None


@dataclass(frozen=True)
class Reached:
    """Of one side of one interview: must_cover sentences wanted, taken within the cut, reached at all; words."""

    side: str
    session: str
    wanted: int
    taken: int
    reached: int
    words: int
    words_all: int


def reach(
    interviews: Sequence[Document], wanted: dict[str, list[Sentence]], predicted: Predicted | None
) -> list[Reached]:
    """Return what a system reaches in each interview; without predictions, what the client's longest sentences do."""
    rows = []
    for interview in interviews:
        session, side = interview["id"].split("~")
        sentences = sentences_of(interview)
        words = sum(len(turn["text"].split()) for turn in interview["turns"])
        chosen = _longest(sentences) if predicted is None else ranked(sentences, predicted[interview["id"]])
        taken = cut(chosen, SHARE * words)
        meant = [stands_for(want, sentences, side) for want in wanted[session]]
        hits = [sum(sentence in some for sentence in meant) for some in (taken, chosen)]
        rows.append(Reached(side, session, len(meant), hits[0], hits[1], words, sum(s.length for s in chosen)))
    return rows


def _longest(sentences: Sequence[Sentence]) -> list[Sentence]:
    return sorted((s for s in sentences if s.speaker == "client"), key=lambda s: -s.length)


def recall(rows: Sequence[Reached], side: str) -> float:
    """Return the recall within the cut over all interviews of a side."""
    mine = [row for row in rows if row.side == side]
    return sum(row.taken for row in mine) / sum(row.wanted for row in mine)
