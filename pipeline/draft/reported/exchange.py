"""Which words of a session a statement stands on: a short answer with its question, a question with its answer."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from ...types import Category, Evidence, Transcript, Turn
from ..numerals.words import WORDS
from ..sentences import Span, sentences
from .clauses import Clauses
from .talk import TOKEN, holds, lows, starting, tidy, tokens, written_out
from .vocabulary import Vocabulary

_JOINT: Final = re.compile(r";\s+|,\s+and\s+", re.I)
SHORT_OF_RISK: Final = 5  # words: "I don't think so."
LONG: Final = 16  # words; a shorter sentence is not cut
UNCLEAR: Final[tuple[Category, ...]] = ("medication", "assessment")  # "I take it": what?
PROPOSED: Final[tuple[Category, ...]] = ("homework", "plan", "intervention")  # what may be refused
SHORT_OFFER: Final = 9  # words: "Okay, how about thirty minutes?"
ANSWERS: Final = 2  # turns after a proposal in which somebody may refuse it
TAG: Final = 4  # words: "Right?", "Anything like that?"
FAR: Final = 8  # turns between a question and its answer at most, where only remarks and evasions stand between
BACK: Final = 2  # turns between a question and its answer at most, where somebody else answered first


def exchange(
    transcript: Transcript, index: int, span: Span, category: Category, book: Vocabulary, *, answers: bool = False
) -> tuple[Evidence, ...]:
    """Return the words of a turn as evidence: a bare answer after its question, a question before its answer.

    `answers`: they were found to answer a question, which may be some turns back, and always stand with it.
    """
    turns = transcript.turns
    turn = turns[index]
    own = transcript.evidence(turn.id, *span)
    if turn.speaker == "clinician":
        asked = own.quote.rstrip().endswith("?") and category != "intervention"
        return own, *_answers(transcript, index, asked, category, book)
    needed = answers or voiced(turns, index, 1, book) or _open(own.quote, span[0] == 0, category, book)
    question = (answers and _asked_before(transcript, index, book)) or (needed and _question(transcript, index, book))
    return (question, own) if question else (own,)


def _answers(
    transcript: Transcript, index: int, asked: bool, category: Category, book: Vocabulary
) -> Iterator[Evidence]:
    """Yield the first words of the answers to what a clinician asked or proposed: the next one, and who refuses.

    With them come what is offered instead, and what the clinician then settles with its answer.
    """
    turns, proposed = transcript.turns, category in PROPOSED
    for place in range(index + 1, min(index + 1 + ANSWERS, len(turns))):
        answer = turns[place]
        if answer.speaker == "clinician":
            return
        first, *further = sentences(answer.text)
        against = proposed and _against(answer.text[slice(*first)], book)
        if not against and not (asked and place == index + 1):
            continue
        yield transcript.evidence(answer.id, *first)
        if proposed and further and _opens(answer.text[slice(*further[0])], book.answers.offering, book):
            yield transcript.evidence(answer.id, *further[0])
        if against and category == "homework":
            yield from _settled(transcript, place + 1, book)


def _against(words: str, book: Vocabulary) -> bool:
    """Say whether an answer refuses what is proposed, or objects to some of it."""
    objects = holds(book.answers.objecting, _said(words))
    return (objects or _opens(words, book.answers.refusing, book)) and not _opens(words, book.answers.agreeing, book)


def _opens(words: str, openings: Sequence[str], book: Vocabulary) -> bool:
    """Say whether words open so, as they stand or without fillers and adverbs: "mm, I really can't"."""
    kept = [low for low in lows(tidy(tokens(words), book)) if low[0].isalnum()]
    plain = (_said(words), kept, [low for low in kept if low not in book.adverbs - book.negations])
    return any(_begins(row, openings) for row in plain)


def _begins(row: Sequence[str], openings: Sequence[str]) -> bool:
    said = f"{' '.join(row)} "
    return any(said.startswith(f"{opening} ") for opening in openings)


def _said(words: str) -> list[str]:
    return [low for low in lows(tokens(words)) if low[0].isalnum()]


def _settled(transcript: Transcript, place: int, book: Vocabulary) -> Iterator[Evidence]:
    """Yield a clinician's short question that proposes a smaller step, and the first words of its answer."""
    if place + 1 >= len(transcript.turns):
        return
    offer, answer = transcript.turns[place], transcript.turns[place + 1]
    last = list(sentences(offer.text))[-1]
    said = _said(offer.text[slice(*last)])
    measured = holds(book.answers.settling, said) or any(word in WORDS or word[0].isdigit() for word in said)
    short = len(said) <= SHORT_OFFER and offer.text[slice(*last)].endswith("?") and "your" not in said
    if offer.speaker == "clinician" and answer.speaker != "clinician" and short and measured:
        yield transcript.evidence(offer.id, *last)
        yield transcript.evidence(answer.id, *next(sentences(answer.text)))


def voiced(turns: Sequence[Turn], index: int, back: int, book: Vocabulary) -> bool:
    """Say whether the clinician asked, turns before, for words that need not be true: a thought, a part to play."""
    asked = [turn.text for turn in turns[max(0, index - back) : index] if turn.speaker == "clinician"]
    return holds(book.voicing, [low for text in asked for low in lows(tokens(text))])


def _open(words: str, first: bool, category: Category, book: Vocabulary) -> bool:
    """Say whether an answer needs its question; `first`: it opens its turn."""
    said = set(lows(tokens(words)))
    short = len(words.split()) <= book.answers.shortest
    referring = category == "risk" and len(words.split()) <= SHORT_OF_RISK and bool(said & (book.referring | {"so"}))
    return referring or (short and category in UNCLEAR) or (bare(words, book) and (first or not _stands(words, book)))


def bare(words: str, book: Vocabulary) -> bool:
    """Say whether an answer means little without its question: a few words, a yes or no, a verb that stands for it."""
    row = written_out(tidy(tokens(words), book), book)
    if row is None:
        return False
    said = [low for low in lows(row) if low[0].isalnum()]
    whole = Clauses(lows(row), book).main is not None
    if len(said) <= book.answers.shortest:
        return not (whole and "i" in said)
    return bool(starting(said, 0, book.answers.opening)) and len(said) <= book.answers.longest


def _question(transcript: Transcript, index: int, book: Vocabulary) -> Evidence | None:
    """Return the words that a turn answers: the question of the turn before, or of one before another answer to it."""
    turns, speaker = transcript.turns, transcript.turns[index].speaker
    for back in range(1, BACK + 1):
        before = turns[index - back] if index >= back else None
        if before is None or before.speaker == speaker:
            return None
        if before.speaker == "clinician" or back == BACK or not bare(before.text, book):
            return transcript.evidence(before.id, *_asked(before, book))
    return None


def _asked_before(transcript: Transcript, index: int, book: Vocabulary) -> Evidence | None:
    """Return the last words that asked for an answer, or summed up, before a turn; not a "Mm-hm." in between."""
    for turn in reversed(transcript.turns[max(0, index - FAR) : index]):
        spans = list(sentences(turn.text))
        asks = any(turn.text[a:b].endswith("?") for a, b in spans)
        if turn.speaker != "clinician" or not (asks or _sums_up(turn.text[slice(*spans[-1])], book)):
            continue
        start, end = _asked(turn, book)
        place = next((at for at, (a, b) in enumerate(spans) if a <= start < b), 0)
        tag = len(_said(turn.text[start:end])) <= TAG and place > 0
        if tag and (
            _opens(turn.text[start:end], book.answers.tags, book) or turn.text[slice(*spans[place - 1])][-1] == "?"
        ):
            start = spans[place - 1][0] + _led_in(turn.text[slice(*spans[place - 1])], book)
        return transcript.evidence(turn.id, start, end)
    return None


def _sums_up(words: str, book: Vocabulary) -> bool:
    said = _said(words)
    return _begins(said, book.answers.summing) or holds(book.answers.items, said)


def _asked(turn: Turn, book: Vocabulary) -> Span:
    """Return the last question of a turn, or its last sentence, without what only leads up to it."""
    spans = list(sentences(turn.text))
    start, end = next(((a, b) for a, b in reversed(spans) if turn.text[a:b].endswith("?")), spans[-1])
    start += _led_in(turn.text[start:end], book)
    words = lows(tokens(turn.text[start:end]))
    if len(words) < LONG or set(words[:2]) & book.question_openings:
        return start, end
    lost = book.negations | (book.conditions - {"since", "because"}) | book.hedges
    for comma in re.finditer(r",\s+", turn.text[start:end]):
        rest = lows(tokens(turn.text[start + comma.end() : end]))
        before = set(lows(tokens(turn.text[start : start + comma.start()])))
        if rest and rest[0] in book.question_openings and not before & lost and not set(rest) & book.referring:
            return start + comma.end(), end
    return start, end


def _led_in(words: str, book: Vocabulary) -> int:
    """Return how many characters at the start of a question only join it to what was said before."""
    whole = tokens(words)
    left = len(tidy(whole, book))
    begins = [match.start() for match in TOKEN.finditer(words)]
    skipped = len(whole) - left
    only_joins = whole[skipped:] == tidy(whole, book)
    return begins[skipped] if only_joins and left else 0


def narrowed(text: str, span: Span, owners: list[Span], book: Vocabulary) -> Span:
    """Return the part of a long sentence that its findings (`owners`) stand in, cut before or after an "and" alone.

    What is cut away is a statement of its own that limits nothing: it holds no negation, condition or hedge.
    """
    start, end = span
    if len(text[start:end].split()) < LONG:
        return span
    cuts = [(start + m.start(), start + m.end()) for m in _JOINT.finditer(text[start:end])]
    bounds = [start, *(place for cut in cuts for place in cut), end]
    parts = [(bounds[i], bounds[i + 1]) for i in range(0, len(bounds), 2)]
    held = [any(a < part[1] and b > part[0] for a, b in owners) for part in parts]
    if True not in held:
        return span
    first, last = held.index(True), len(held) - 1 - held[::-1].index(True)
    if not all(_stands(text[a:b], book) for a, b in parts):
        return span
    limits = book.negations | book.conditions | book.hedges | book.unsure.words
    gone = [token.low for a, b in (*parts[:first], *parts[last + 1 :]) for token in tokens(text[a:b])]
    kept = lows(tokens(text[parts[first][0] : parts[last][1]]))
    referring = first > 0 and set(kept) & book.referring
    if referring or set(gone) & limits or any(low.endswith("n't") for low in gone):
        return span
    return parts[first][0], parts[last][1]


def _stands(words: str, book: Vocabulary) -> bool:
    """Say whether a part of a sentence is a statement by itself."""
    row = written_out(tidy(tokens(words), book), book)
    return row is not None and Clauses(lows(row), book).main is not None
