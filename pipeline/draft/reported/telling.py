"""The statements of one session: what was reported, denied, asked and answered, and by whom."""

import re
from collections.abc import Sequence
from typing import Final

from ...types import Evidence, Manner, Polarity, Speaker, Transcript
from ..people import People
from .exchange import voiced
from .refer import Called, called
from .speech import reported
from .vocabulary import Vocabulary

OWNED: Final = re.compile(r"\bclient's (?=\w)", re.I)  # as `People` calls whose husband; within reported speech "the"
PLAYED: Final = 4  # turns after which words are no longer those of a part that was played


class Telling:
    """How the words of one session are told in a note."""

    def __init__(self, transcript: Transcript, manner: Manner, people: People, book: Vocabulary) -> None:
        self._transcript, self._manner, self._people, self._book = transcript, manner, people, book
        self._alone = not any(turn.speaker in ("client2", "other") for turn in transcript.turns)
        self._order = {turn.id: index for index, turn in enumerate(transcript.turns)}

    def told(self, evidence: Sequence[Evidence], polarity: Polarity) -> str:
        """Return the statement that one sentence makes, or a question with one or several answers of one speaker."""
        first, *answers = evidence
        if not answers:
            return self._reported(first, polarity) or self._quoted(first)
        alone = len({item.speaker for item in answers}) == 1
        asked = alone and first.speaker == "clinician" and first.quote.endswith("?")
        if asked and not any('"' in item.quote for item in evidence):
            who = self._called(answers[0].speaker).within
            said = ", ".join(f'"{item.quote}"' for item in answers)
            return f'Asked "{first.quote}", {who} answered {said}'
        return " ".join(self._quoted(item, beside=True) for item in evidence)

    def _reported(self, item: Evidence, polarity: Polarity) -> str | None:
        who = self._called(item.speaker)
        played = voiced(self._transcript.turns, self._order[item.turn_id], PLAYED, self._book)
        if item.speaker == "clinician" or not who.known or played or '"' in item.quote:
            return None
        plain = OWNED.sub("the ", self._people.plain(item.quote))
        return reported(plain, who, polarity == "denied", self._book)

    def _called(self, speaker: Speaker) -> Called:
        return called(speaker, self._manner, self._book, self._alone)

    def _quoted(self, item: Evidence, *, beside: bool = False) -> str:
        """Return words with who said them; `beside` another speaker's, where "she" could be either."""
        who = self._called(item.speaker)
        name = who.within[0].upper() + who.within[1:] if beside else who.first
        verb = "asked" if item.speaker == "clinician" and item.quote.endswith("?") else "said"
        if '"' not in item.quote:
            return f'{name} {verb}: "{item.quote}"'
        # Marks around words that hold marks would quote what was not said; without them the words stand as they are.
        return f"{name} {verb}: {_closed(item.quote)}"


def _closed(words: str) -> str:
    """Return words with the mark that the cut left out: of the last one that opens, or the first one that closes."""
    if words.count('"') % 2 == 0:
        return words
    last = words.rindex('"')
    opens = (not last or words[last - 1].isspace()) and not words[last + 1 : last + 2].isspace()
    return f'{words}"' if opens else f'"{words}'
