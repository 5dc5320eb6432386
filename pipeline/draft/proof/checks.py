"""Whether the words of a statement are proven by the words of its evidence."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from ...types import Speaker, Statement
from .beside import Beside, beside, speakers
from .evidence import orders
from .persons import misnamed
from .reading import Token, read, ways
from .tenses import mistimed, overturned
from .vocabulary import Vocabulary, load_vocabulary

Fault = Literal["number", "negation", "hedge", "name", "word", "who", "time", "question"]
ASKING: Final = frozenset({"asked", "ask", "asks", "question", "questions", "whether"})
REASONS: Final[dict[tuple[Fault, bool], str]] = {  # by fault, and whether the words are new
    ("number", True): "This number was not said here.",
    ("number", False): "This number was said and is left out.",
    ("negation", True): "This negation was not said here.",
    ("negation", False): "This negation was said and is left out.",
    ("hedge", True): "This limits or widens what was said.",
    ("hedge", False): "What was said was limited by this, which is left out.",
    ("name", True): "This name was not said here.",
    ("name", False): "This name was said and is left out.",
    ("word", True): "This was not said here.",
    ("word", False): "This was said and is left out.",
    ("who", True): "This may be said of another person.",
    ("who", False): "This person was spoken of and is left out.",
    ("time", True): "What was said is of another time.",
    ("question", True): "This was asked, and nobody affirmed it.",
}


@dataclass(frozen=True)
class Violation:
    """What a statement says and its evidence does not, or the other way round: the words, and why in a sentence."""

    kind: Fault
    words: str
    reason: str


def violations(statement: Statement) -> tuple[Violation, ...]:
    """Return what of a statement and of its offer the spoken evidence does not prove; none where all was typed.

    A technique's name in the offer needs no proof: it is what the clinician is asked about.
    """
    if statement.source == "typed":
        return ()
    vocabulary = load_vocabulary()
    found = _violations(statement, statement.text, vocabulary)
    if statement.offer:
        found += _violations(statement, vocabulary.without_technique(statement.offer), vocabulary)
    return found


def _violations(statement: Statement, text: str, vocabulary: Vocabulary) -> tuple[Violation, ...]:
    """Return the fewest faults over the ways to write the numbers and the orders in which the evidence may be read."""
    spoken, dictated = statement.spoken, statement.source == "clinician dictated"
    every: list[tuple[Violation, ...]] = []
    for written, *quotes in ways((text, *(item.quote for item in spoken))):
        tokens = read(written, vocabulary)
        denial = any(token.lexeme.key == vocabulary.denied for token in tokens)
        for said in orders(spoken, quotes, vocabulary, denial=denial):
            every.append(tuple(_faults(beside(tokens, said, vocabulary, dictated=dictated))))
            if not every[-1]:
                return ()
    return min(every, key=len)


def _faults(laid: Beside) -> Iterator[Violation]:
    for i, j in laid.faults:
        token = laid.text[j] if j is not None else laid.said.tokens[i or 0]
        yield _violation(_kind(token), token.raw, new=j is not None)
    yield from (_violation("who", words) for words in misnamed(laid))
    yield from (_violation("who", words) for words in _missaid(laid))
    yield from (_violation("who", words) for words in _unreported(laid))
    yield from (_violation("negation", words) for words in _moved_no(laid))
    yield from (_violation("time", words) for words in mistimed(laid))
    yield from (_violation("who", words) for words in overturned(laid))
    yield from (_violation("question", words) for words in _unanswered(laid))
    yield from (_violation("number", words) for words in _uncorrected(laid))


def _violation(kind: Fault, words: str, *, new: bool = True) -> Violation:
    return Violation(kind, words, REASONS[kind, new])


def _kind(token: Token) -> Fault:
    kind = token.lexeme.kind
    if kind in ("number", "negation", "hedge"):
        return kind
    if kind in ("pronoun", "client", "person"):
        return "who"
    return "name" if token.named else "word"


def _missaid(laid: Beside) -> Iterator[str]:
    """Yield who a text names as the speaker of what somebody else said; an answered question is the answerer's, too."""
    if laid.dictated:
        return
    stands_for = {j: laid.said.tokens[i] for i, j in laid.matched}
    allowed: frozenset[Speaker] | None = None
    named = ""
    for at, token in enumerate(laid.text):
        said = stands_for.get(at)
        if (said is None or said.lexeme.kind == "pronoun") and (who := speakers(laid.text, at, laid.words)):
            allowed, named = who, token.raw
        elif allowed and said and said.speaker not in allowed and not (said.asked and laid.said.answers(said)):
            yield named
            allowed = None


def _unreported(laid: Beside) -> Iterator[str]:
    """Yield where a text begins that states what somebody told as if the clinician had seen it."""
    told = any(laid.said.tokens[i].speaker != "clinician" for i, _ in laid.matched)
    if not laid.dictated and told and not any(laid.text[j].lexeme.key in laid.words.telling for j in _unsaid(laid)):
        yield laid.text[0].raw


def _unsaid(laid: Beside) -> Iterator[int]:
    """Yield the places of the text that are not in the evidence, or that answer for a negation of it."""
    yield from laid.new
    yield from (j for i, j in laid.matched if laid.said.tokens[i].lexeme.key != laid.text[j].lexeme.key)


def _moved_no(laid: Beside) -> Iterator[str]:
    """Yield a "no" that answers by itself in the evidence and belongs to what follows in the text, or the other way."""
    for i, j in laid.matched:
        said, written = laid.said.tokens[i], laid.text[j]
        if said.lexeme.key == written.lexeme.key == "no" and said.closes != written.closes:
            yield written.raw


def _unanswered(laid: Beside) -> Iterator[str]:
    """Yield the words of a question that the text tells as if they had been affirmed."""
    tokens = laid.said.tokens
    if any(token.lexeme.low in ASKING or token.asked for token in laid.text):
        return
    told = [
        i
        for i, j in laid.matched
        if tokens[i].asked and tokens[i].lexeme.kind in ("word", "number") and not laid.said.answers(tokens[i])
    ]
    if told:
        yield tokens[told[0]].raw


def _uncorrected(laid: Beside) -> Iterator[str]:
    """Yield what a text keeps of the words that the speaker took back, where what took them back is gone."""
    gone = set(laid.gone)
    for i in laid.said.cues & gone:
        if i and i - 1 not in gone:
            yield laid.said.tokens[i - 1].raw
