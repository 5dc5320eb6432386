"""One dictation as a note tells it: clean sentences, and what client, clinician and third persons are called there."""

from bisect import bisect_right
from collections.abc import Iterator

from ..types import Manner, Transcript, Turn
from .people import People
from .sentences import sentences
from .wording import Wording
from .written.calling import Caller
from .written.focus import Focus
from .written.quotes import shielded


class Dictated:
    """The sentences of one dictation as they are written; ask by turn and characters of the transcript as noted."""

    def __init__(self, wording: Wording, transcript: Transcript, manner: Manner, people: People) -> None:
        self._wording, self._people = wording, people
        noted = transcript.noted()
        self._texts = {turn.id: turn.text for turn in noted.turns}
        self._pronoun = wording.others.pronoun("\n".join(self._texts.values()), manner.pronoun)
        self._caller = Caller(wording.words, manner, self._pronoun, wording.kin)
        self._earlier: dict[str, str] = {}  # by turn: what was said before it
        self._places: dict[str, list[tuple[int, Focus]]] = {}  # by turn: where a sentence begins, what is known there
        focus, earlier = Focus(), ""
        for turn in noted.turns:
            self._earlier[turn.id], earlier = earlier, turn.text.strip() or earlier
            headings = [c.end for c in transcript.commands if c.section and c.turn_id == turn.id]
            self._places[turn.id] = list(self._walk(turn, focus, headings))
            focus = self._places[turn.id][-1][1]

    def written(self, turn_id: str, start: int, end: int) -> str:
        """Return the words [start, end) of a turn as a note has them; see Wording.written.

        The client is called by the manner's word once in each sentence, where it is sure who is meant; any other
        pronoun stays as it was dictated.
        """
        text, quotes = shielded(" ".join(self._texts[turn_id][start:end].split()))
        text = self._wording.cleaner.clean(text)
        focus, told = self._at(turn_id, start), list[str]()
        earlier = self._texts[turn_id][:start].strip() or self._earlier[turn_id]
        for a, b in sentences(text):
            focus = self._after(focus, earlier) if told else focus
            told.append(self._told(text[a:b], focus, earlier))
            earlier = text[a:b]
        return self._wording.finished(" ".join(told), quotes)

    def _told(self, sentence: str, focus: Focus, earlier: str) -> str:
        told = self._people.plain(sentence)
        if not self._wording.clinician.opens_quote(earlier):
            told = self._wording.clinician.named(told)
        told = self._caller.unified(told)
        if focus.sure:
            told = self._caller.called(told)
        return told[:1].upper() + told[1:]

    def _walk(self, turn: Turn, focus: Focus, headings: list[int]) -> Iterator[tuple[int, Focus]]:
        """Yield where each sentence of a turn begins with what is known there, and the same for the turn's end."""
        done = 0
        for start, end in sentences(turn.text):
            focus = Focus() if any(done <= heading <= start for heading in headings) else focus
            yield start, focus
            focus, done = self._after(focus, turn.text[start:end]), end
        yield len(turn.text), Focus() if any(done <= heading for heading in headings) else focus

    def _at(self, turn_id: str, start: int) -> Focus:
        """Return what is known at a place of a turn, also in the middle of a sentence."""
        places = self._places[turn_id]
        begins, focus = places[max(bisect_right([place for place, _ in places], start) - 1, 0)]
        before = self._texts[turn_id][begins:start]
        return self._after(focus, before) if before.strip() else focus

    def _after(self, focus: Focus, sentence: str) -> Focus:
        if not self._pronoun:
            return focus
        plain = self._people.plain(sentence)
        return self._wording.others.after(focus, plain, self._pronoun, others=self._people.mentioned(plain))
