"""Words that the clinician takes out of the transcript into the note: whole words, with who said them."""

import re
from datetime import datetime

from ..errors import NotFound, Refused
from ..types import Category, Decision, Evidence, Statement, Transcript, source_of
from .formats import Format
from .proof import plain


def quote(
    transcript: Transcript, words: tuple[str, int, int], category: Category, section: str, form: Format, at: datetime
) -> Decision:
    """Return the decision that puts words (turn, start, end) into a section, letter by letter; cut words are widened.

    Raises:
        NotFound: there are no words there.
        Refused: the format takes no words of this speaker.
    """
    turn_id, start, end = words
    turn = next((turn for turn in transcript.turns if turn.id == turn_id), None)
    try:
        if turn is None:
            raise ValueError("no such turn")
        evidence = transcript.evidence(turn_id, *_whole(turn.text, start, end))
    except ValueError as error:
        raise NotFound("There are no such words in what was said.", "Choose the words again.") from error
    if form.only and evidence.speaker not in form.only.speakers:
        raise Refused("This format takes no words of that person.", "Choose words of somebody whom the note is about.")
    return Decision(
        action="quote",
        target=section,
        category=category,
        text=_text(transcript, category, evidence),
        evidence=evidence,
        at=at,
    )


def requoted(decision: Decision, transcript: Transcript) -> Decision:
    """Return the decision with its words as another transcript of the same recording has them: who said them."""
    if decision.evidence is None or decision.category is None:
        return decision
    was = decision.evidence
    evidence = transcript.evidence(was.turn_id, was.start, was.end)
    return decision.replace(text=_text(transcript, decision.category, evidence), evidence=evidence)


def _text(transcript: Transcript, category: Category, evidence: Evidence) -> str:
    source = source_of(transcript.kind, evidence.speaker)
    return plain(Statement(text=evidence.quote, source=source, category=category, evidence=(evidence,)))


def _whole(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a span to the whole words that it touches, without the white space at its ends: "can" of "can't" is cut."""
    words = [match.span() for match in re.finditer(r"\S+", text)]
    touched = [(a, b) for a, b in words if start < end and a < end and start < b]
    return (touched[0][0], touched[-1][1]) if touched else (start, start)
