"""Spoken cues of a dictation ("scratch that", "homework colon", "end note") to commands, each with what it did.

The turns stay as they are: what a command takes out of the note is named by its place.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from ...moments import clock
from ...types import Command, Turn
from ..doubts import doubt
from ..sentences import FINAL
from .corrections import FINITE
from .cuewords import Found, Token, Vocabulary, find_cues, load_vocabulary, tokens

LONGEST_STRUCK: Final = 15  # words before a cue that are surely one sentence where no sign tells
PAUSE: Final = 0.4  # seconds between two words that part sentences there
JOINTS: Final = frozenset({"and", "but", "so"})  # behind a comma and before a subject they open a clause of its own
MUTTERED: Final = frozenset({"um", "uh", "er", "erm", "okay", "ok", "right", "so", "yes", "no", "sorry", "thanks"})
LONGEST_PART: Final = 4  # words that take the place of a part of a sentence, and are no sentence
SIGNS: Final = {".": "full stop", ",": "comma", "?": "question mark"}


def read_commands(turns: Sequence[Turn]) -> tuple[Command, ...]:
    """Return the commands of a dictation, in order; only what the clinician said is read.

    It may be called on a dictation that still grows.

    Raises:
        SettingsInvalid: the vocabulary is missing or wrong.
    """
    vocabulary = load_vocabulary()
    said = [token for turn in turns if turn.speaker == "clinician" for token in tokens(turn)]
    cues = tuple(find_cues(said, vocabulary))
    lines = {turn.id: number for number, turn in enumerate(turns, 1)}
    dictation = _Dictation(said, lines, vocabulary, frozenset(found.start for found in cues))
    for found in cues:
        if not dictation.ended:
            dictation.obey(found)
    return tuple(dictation.commands)


@dataclass
class _Dictation:
    """The words of a dictation, and what its cues have done so far."""

    said: Sequence[Token]
    lines: dict[str, int]  # a turn's number by its id
    vocabulary: Vocabulary
    cues: frozenset[int]  # the tokens that cues begin at
    commands: list[Command] = field(default_factory=list)
    ended: bool = False
    _gone: set[int] = field(default_factory=set)  # tokens that are cues or struck
    _bounds: set[int] = field(default_factory=set)  # tokens that begin a sentence because a cue says so
    _headings: dict[int, int] = field(default_factory=dict)  # a heading's last token: its place in `commands`

    def obey(self, found: Found) -> None:
        """Carry out one cue."""
        match found.cue.kind:
            case "mark":
                self._mark(found)
            case "paragraph":
                self._bounds.add(found.end)
                self._add(found, "A new paragraph at {}.")
            case "section":
                self._bounds |= {found.start, found.end}
                self._headings[found.end - 1] = len(self.commands)
                self._add(found, f"From {{}} on: {found.cue.section}.", section=found.cue.section)
            case "strike":
                self._strike(found)
            case "correction":
                self._renew(found) if found.cue.place == "starts" else self._correct(found)
            case "end":
                self._end(found)

    def _mark(self, found: Found) -> None:
        sign = found.cue.mark
        if sign in FINAL:
            self._bounds.add(found.end)
        written = bool(self.said[found.end - 1].after)  # the engine has set a sign of its own
        self._add(found, f"A {SIGNS[sign]} at {{}}.", mark="" if written else sign)

    def _end(self, found: Found) -> None:
        self.ended = self.said[found.end - 1].closes
        rest = range(found.end, len(self.said))
        if not self.ended:
            self._add(found, "Not clear whether the note ends at {}, so it was not ended.", unclear=True)
        elif rest:
            self._add(found, f"The note ends at {{}}; {_count(rest)} after it are not part of it.", rest)
        else:
            self._add(found, "The note ends at {}.")

    def _strike(self, found: Found) -> None:
        before = self._before(found.start)
        if not before:
            return self._strike_sentence_before(found)
        after = [] if self.said[found.end - 1].ends else self._after(found.end)
        like = self.vocabulary.likeness.like_for_like(self._norms(before), after, strong=True)
        if like is not None:
            return self._replace(found, before[like:])
        if self._part(after):
            return self._add(found, "Not clear what was to be struck at {}, so nothing was.", unclear=True)
        signs = any(self.said[i].after for i in before)
        first = self._last_clause(before) if signs else self._last_without_signs(before)
        if first is None:
            return self._add(found, "Not clear what was to be struck at {}, so nothing was.", unclear=True)
        what = "one sentence" if first == 0 else f"the last {_count(before[first:])} of a sentence"
        return self._add(found, f"Struck: {what} at {{}}.", before[first:])

    def _part(self, after: Sequence[str]) -> bool:
        """Say whether what follows is no sentence, so that it takes a part's place: "a plan, scratch that, intent"."""
        words = [word for word in after if word not in MUTTERED]
        whole = FINITE | self.vocabulary.likeness.subjects
        return 0 < len(words) <= LONGEST_PART and not whole & set(words)

    def _strike_sentence_before(self, found: Found) -> None:
        last = next((i for i in range(found.start - 1, -1, -1) if i in self._headings or i not in self._gone), None)
        if last is None:
            self._add(found, "There was nothing to strike at {}.")
        elif last in self._headings:
            heading = self._headings.pop(last)
            self.commands[heading] = self.commands[heading].replace(
                section=None, did="A heading that was struck again."
            )
            self._add(found, "Struck: one heading, at {}.")
        else:
            self._add(found, "Struck: one sentence at {}.", self._sentence(last))

    def _correct(self, found: Found) -> None:
        own, after = self._before(found.start), self._after(found.end)
        before = own or self._earlier(found)
        words, likeness = self._norms(before), self.vocabulary.likeness
        sure = found.cue.asks  # its words are said for nothing else
        first = likeness.replaced(words, after) if sure else likeness.like_for_like(words, after, strong=True)
        asks = sure or first is not None or (not own and self.vocabulary.renewed.contests(words, after))
        self._replace_clear(found, before, first, asks=asks)

    def _renew(self, found: Found) -> None:
        """Correct the sentence before by one that begins anew: "She took ten. Sorry, twelve."."""
        before, after, renewed = self._earlier(found), self._after(found.end), self.vocabulary.renewed
        words, weak = self._norms(before), found.cue.weak
        question = bool(before) and "?" in self.said[before[-1]].after
        answer = weak and before and renewed.answers(words, question=question)
        told = found.cue.apart and renewed.clause(after) and not renewed.clause(words)  # "Thoughts. No, he was calm."
        if before and after and not answer and not told:
            first = renewed.replaced(words, after, weak=weak)
            turns = not found.cue.apart and renewed.turns(words, after)
            asks = first is not None or turns or renewed.contests(words, after)
            self._replace_clear(found, before, first, asks=asks)

    def _replace_clear(self, found: Found, before: Sequence[int], first: int | None, *, asks: bool) -> None:
        """Strike `before` from `first` on where that is clear, else ask if that is to be asked."""
        apart = len({self.said[i].turn.id for i in (before[0], found.start, found.end)}) > 1 if first else False
        if apart or (first and before[-1] != found.start - 1):
            first = None  # what is left of another turn's sentence, or before a sign, would stand without its end
        if first is not None:
            self._replace(found, before[first:])
        elif asks:
            self._add(found, "Not clear what the correction at {} replaces, so nothing was struck.", unclear=True)

    def _earlier(self, found: Found) -> list[int]:
        """Return the tokens of the sentence before a cue, as far as they stand."""
        last = next((i for i in range(found.start - 1, -1, -1) if i not in self._gone), None)
        return [] if last is None else self._sentence(last)

    def _replace(self, found: Found, struck: Sequence[int]) -> None:
        self._add(found, f"Corrected: {_count(struck)} at {{}}, replaced by what follows.", struck)

    def _before(self, at: int) -> list[int]:
        """Return the tokens of the sentence that goes on at a token, as far as they stand."""
        return [] if self._begins(at) else self._sentence(at - 1)

    def _sentence(self, last: int) -> list[int]:
        """Return the tokens of a sentence up to its `last`, as far as they stand."""
        first = last
        while not self._begins(first):
            first -= 1
        return [i for i in range(first, last + 1) if i not in self._gone]

    def _begins(self, at: int) -> bool:
        return at == 0 or at in self._bounds or self.said[at - 1].ends

    def _after(self, at: int) -> list[str]:
        """Return the words from a token on, up to the end of the sentence or the next cue."""
        words = []
        for i in range(at, len(self.said)):
            if i in self.cues:
                break
            words.append(self.said[i].norm)
            if self.said[i].ends:
                break
        return words

    def _norms(self, places: Iterable[int]) -> list[str]:
        return [self.said[i].norm for i in places]

    def _last_clause(self, before: Sequence[int]) -> int:
        """Return where the last clause with a subject of its own begins (", and she ..."), else the sentence."""
        subjects = self.vocabulary.likeness.subjects
        for place in range(len(before) - 2, 0, -1):
            comma, joint, subject = (self.said[i] for i in before[place - 1 : place + 2])
            if comma.after in (",", ";") and joint.norm in JOINTS and subject.norm in subjects:
                return place
        return 0

    def _last_without_signs(self, before: Sequence[int]) -> int | None:
        """Return where a sentence begins that no sign marks: few words are one, of many the last pause tells."""
        if len(before) <= LONGEST_STRUCK:
            return 0
        times = [self.said[i].time for i in before]
        for place in range(len(before) - 2, 0, -1):
            here, earlier = times[place], times[place - 1]
            if here and earlier and here[0] - earlier[1] >= PAUSE:
                return place
        return None

    def _add(
        self,
        found: Found,
        did: str,
        struck: Sequence[int] = (),
        *,
        mark: str = "",
        section: str | None = None,
        unclear: bool = False,
    ) -> None:
        """Note a command; `did` has a place for when it was."""
        first, last = self.said[found.start], self.said[found.end - 1]
        goes_on = found.cue.kind == "correction" and struck  # "was 14. Correction. 16.": no sentence ends there
        if not unclear:
            self._gone.update(range(found.start, found.end))
        self._gone.update(struck)
        self.commands.append(
            Command(
                kind=found.cue.kind,
                turn_id=first.turn.id,
                start=first.start,
                end=last.end if set(last.after) & set(FINAL) and not goes_on else last.end_of_signs,
                did=did.format(self._when(found.start if found.cue.kind == "end" or not struck else struck[0])),
                rule=self.vocabulary.rule,
                struck=tuple(self._spans(struck)),
                mark=mark,
                section=section,
                unclear=unclear,
                grave=bool(struck)
                and not doubt.load().grave.isdisjoint(
                    part for word in self._norms(struck) for part in (word, *word.split("-"))
                ),
            )
        )

    def _when(self, at: int) -> str:
        """Say when a token was said, or in which line it stands where nothing was heard."""
        token = self.said[at]
        if not token.turn.end:
            return f"line {self.lines[token.turn.id]}"
        return clock(token.time[0] if token.time else token.turn.start)

    def _spans(self, struck: Sequence[int]) -> Iterator[tuple[str, int, int]]:
        """Yield the characters of tokens with the signs behind them, neighbours together."""
        first = 0
        for place, at in enumerate(struck):
            here = self.said[at]
            following = struck[place + 1] if place + 1 < len(struck) else None
            if following != at + 1 or self.said[following].turn is not here.turn:
                yield here.turn.id, self.said[struck[first]].start, here.end_of_signs
                first = place + 1


def _count(words: Sequence[int]) -> str:
    return "1 word" if len(words) == 1 else f"{len(words)} words"
