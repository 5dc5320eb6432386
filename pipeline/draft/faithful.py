"""Whether other words for a statement still say what it said: the same facts, nothing more, nothing lost."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ..types import QUOTED, Statement
from .numerals.words import NTH
from .proof import violations
from .proof.reading import Token, read, ways
from .proof.vocabulary import FREE, Vocabulary, load_vocabulary

MOST_LONGER: Final = 1.5  # times the words that there were
MORE_WORDS: Final = 4  # and so many
FIXED: Final = frozenset({"number", "negation", "hedge", "person"})  # none may come, go or change places
WHO: Final = frozenset({"pronoun", "client"})
NEAR: Final = frozenset({"to", "of", "by", "from", "under", "over", "at", "with", "for"})  # turn what follows
SHORTENED: Final = frozenset({"it", "that", "there", "what", "who", "how", "here", "let", "she", "he"})  # "it's": it is
_ENDS: Final = re.compile(r"[.!?]")
_SIGN: Final = re.compile(r"(?<=\w)['’](?=\w)|([^\w .,;:])")
_FIGURE: Final = re.compile(r"\d+(?:[.,:/]\d+)+")
_ORDINAL: Final = re.compile(r"\d+(?:st|nd|rd|th)")
_HOUR: Final = re.compile(r"\d\s*([ap])\.?m\b", re.I)
_OWNER: Final = re.compile(r"(\w+)['’]s\b|(\w+s)['’](?!\w)", re.I)
_OVER: Final = re.compile(r"\bhad (?:not )?been\b", re.I)


def faithful(statement: Statement, text: str) -> bool:
    """Say whether these words may stand for the statement's.

    The checker proves them by the evidence, as any statement's; beside the words that there were, besides, each number,
    negation, limit and person stands in its order, each negation before the same word, and the words of substance are
    the same but for some that the evidence holds.
    """
    if not _shaped(statement.text, text) or not _marked(statement.text, text):
        return False
    if _quotes(text) != _quotes(statement.text):
        return False
    said = [item.quote for item in statement.spoken]
    same = any(_same_facts(*texts) for texts in ways((statement.text, text, *said)))
    return same and not violations(statement.replace(text=text, offer=None))


def _shaped(before: str, after: str) -> bool:
    """Say whether it is one line of about as many sentences and words."""
    longest = MOST_LONGER * len(before.split()) + MORE_WORDS
    lines_and_end = "\n" not in after and after.endswith((".", "!", "?", '"', "”"))
    return lines_and_end and len(after.split()) <= longest and len(_ENDS.findall(after)) <= len(_ENDS.findall(before))


def _marked(before: str, after: str) -> bool:
    """Say whether no sign, figure, hour or owner came or went, and nothing that goes on is told as over."""
    signs = Counter(_SIGN.findall(after)) - Counter(_SIGN.findall(before))
    figures = set(_FIGURE.findall(after)) - set(_FIGURE.findall(before))
    hours = [_HOUR.findall(text.casefold()) for text in (before, after)]
    owners = [_owners(text) for text in (before, after)]
    over = _OVER.search(after) and not _OVER.search(before)
    return not (any(signs) or figures or over) and hours[0] == hours[1] and owners[0] == owners[1]


def _owners(text: str) -> list[str]:
    """Return whose something is, in order, beside the client: "her brother's boyfriend"."""
    owners = (one.casefold() or several.casefold() for one, several in _OWNER.findall(text))
    return [owner for owner in owners if owner not in SHORTENED and load_vocabulary().lexeme(owner).kind != "client"]


def _quotes(text: str) -> Counter[str]:
    return Counter(straight or curly for straight, curly in QUOTED.findall(text))


def _same_facts(*texts: str) -> bool:
    """Say whether the second of these texts says what the first does, with no more than the others, which were said."""
    words = load_vocabulary()
    before, after, *said = (read(text, words) for text in texts)
    if _fixed(before) != _fixed(after) or not _who(after) <= _who(before):
        return False
    if _told(before, words) and not _told(after, words):
        return False  # "Client reported that" says who knows it
    if any(list(told(before, words)) != list(told(after, words)) for told in (_governed, _led)):
        return False
    old, new = _substance(before, words), _substance(after, words)
    known = Counter(key for tokens in said for key in _substance(tokens, words))
    return not old - new and set(new - old) <= set(known)


def _fixed(tokens: Iterable[Token]) -> list[tuple[str, bool]]:
    return [(token.lexeme.key, _ordinal(token.lexeme.low)) for token in tokens if token.lexeme.kind in FIXED]


def _ordinal(low: str) -> bool:
    """Say whether a number counts places: "the second dose" is no two doses."""
    return low in NTH or _ORDINAL.fullmatch(low) is not None


def _led(tokens: Sequence[Token], words: Vocabulary) -> Iterator[tuple[str, str]]:
    """Yield each number and person with the small word before it: "down two" is not "down to two"."""
    before = ""
    for token in tokens:
        low, kind = token.lexeme.low, token.lexeme.kind
        if kind in ("number", "person"):
            yield token.lexeme.key, before
        if kind not in WHO and low not in ("the", "a", "an"):
            before = low if low in NEAR else ""


def _who(tokens: Iterable[Token]) -> set[str]:
    return {token.lexeme.key for token in tokens if token.lexeme.kind in WHO}


def _governed(tokens: Sequence[Token], words: Vocabulary) -> Iterator[tuple[str, str]]:
    """Yield each negation and limit with the next word of substance behind it."""
    for place, token in enumerate(tokens):
        if token.lexeme.kind in ("negation", "hedge"):
            following = (one.lexeme.key for one in tokens[place + 1 :] if _substantial(one, words))
            yield token.lexeme.key, next(following, "")


def _told(tokens: Iterable[Token], words: Vocabulary) -> bool:
    """Say whether a verb of telling is among the words."""
    return any(token.lexeme.key in words.telling for token in tokens)


def _substance(tokens: Iterable[Token], words: Vocabulary) -> Counter[str]:
    return Counter(token.lexeme.key for token in tokens if _substantial(token, words))


def _substantial(token: Token, words: Vocabulary) -> bool:
    key = token.lexeme.key
    return token.lexeme.kind == "word" and key not in FREE and key not in words.frame and key not in words.speech
