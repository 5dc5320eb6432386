"""Spoken cues and findings: evidence that keeps clear of what a cue took out, and what a heading says of its own."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, cast

from ..types import Category, Command, Finding, Transcript

TASKS: Final[tuple[Category, ...]] = ("homework", "plan")  # under other headings a sentence may say that it is not so
NOTHING: Final = frozenset({"no", "none", "nil", "nothing"})
LONGEST_LABEL: Final = 60  # characters
SENTENCE: Final = re.compile(r"\S(?:[^.!?\n]|[.!?](?!\s|$))*")
# What happened is no task: "she was tearful at the end".
TOLD: Final = re.compile(r"(?:(?:the )?client|she|he|they|we|i) (?:was|were|had|did|said|felt|\w+ed)\b", re.I)

Place = tuple[int, int]  # a turn's number, an offset in it
Silent = tuple[str, int, int]  # turn id, characters [start, end)


def move(transcript: Transcript, found: Iterable[Finding]) -> Iterator[Finding]:
    """Yield findings made from the searched view of a transcript with the transcript's own words as evidence."""
    for finding in found:
        spans = ((item.turn_id, item.start, item.end) for item in finding.evidence)
        evidence = tuple(piece for span in spans for piece in transcript.noted_evidence(*span))
        if evidence:
            yield finding.replace(evidence=evidence)


def name_headed(transcript: Transcript, found: Sequence[Finding], silent: Sequence[Silent]) -> Iterator[Finding]:
    """Yield a finding for each sentence under a spoken "homework" or "plan" heading that carries none of its own.

    The heading reaches up to the next cue that parts the note, to a sentence about something else, or to one that says
    nothing (`silent`) or what happened.
    """
    taken = [(item.turn_id, item.start, item.end, f.category) for f in found for item in f.evidence]
    for command in transcript.commands:
        if command.section not in TASKS:
            continue
        for number, (turn_id, start, end, words) in enumerate(_under(transcript, command)):
            own = {category for t, a, b, category in taken if t == turn_id and a < end and start < b}
            if any(t == turn_id and a < end and start < b for t, a, b in silent):
                break
            if not own and TOLD.match(words):
                break
            if not own:
                yield _named(transcript, command, (turn_id, start, end))
            elif number and command.section not in own:
                break


def _under(transcript: Transcript, command: Command) -> Iterator[tuple[str, int, int, str]]:
    """Yield the sentences from a heading up to the next cue that parts the note."""
    order = {turn.id: number for number, turn in enumerate(transcript.turns)}
    first = order[command.turn_id], command.end
    parting = [c for c in transcript.commands if c.kind in ("section", "paragraph", "end")]
    last = min((p for c in parting if (p := (order[c.turn_id], c.start)) > first), default=(len(order), 0))
    for number, turn in enumerate(transcript.noted().turns):
        for match in SENTENCE.finditer(turn.text):
            if first <= (number, match.start()) < last and any(c.isalnum() for c in match[0]):
                yield turn.id, match.start(), match.end(), match[0]


def _named(transcript: Transcript, command: Command, span: Silent) -> Finding:
    evidence = transcript.noted_evidence(*span)
    words = " ".join(item.quote for item in evidence).casefold().split()
    return Finding(
        category=cast(Category, command.section),
        label=" ".join(words)[:LONGEST_LABEL],
        evidence=evidence,
        rule=f"command:{command.section}@1",
        polarity="denied" if words[0].strip(".,") in NOTHING else "affirmed",
    )
