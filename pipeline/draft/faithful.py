"""Whether other words for a statement still say what it said: the same facts, nothing more, nothing lost."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ..types import QUOTED, Statement
from .proof import violations
from .proof.reading import Token, read, ways
from .proof.vocabulary import FREE, Vocabulary, load_vocabulary

MOST_LONGER: Final = 1.5  # times the words that there were
MORE_WORDS: Final = 4  # and so many
FIXED: Final = frozenset({"number", "negation", "hedge", "person"})  # none may come, go or change places
WHO: Final = frozenset({"pronoun", "client"})
_ENDS: Final = re.compile(r"[.!?]")


def faithful(statement: Statement, text: str) -> bool:
    """Say whether these words may stand for the statement's.

    The checker proves them by the evidence, as any statement's; beside the words that there were, besides, each number,
    negation, limit and person stands in its order, each negation before the same word, and the words of substance are
    the same but for some that the evidence holds.
    """
    if not _shaped(statement.text, text) or _quotes(text) != _quotes(statement.text):
        return False
    said = [item.quote for item in statement.spoken]
    same = any(_same_facts(*texts) for texts in ways((statement.text, text, *said)))
    return same and not violations(statement.replace(text=text, offer=None))


def _shaped(before: str, after: str) -> bool:
    """Say whether it is one line of about as many sentences and words."""
    longest = MOST_LONGER * len(before.split()) + MORE_WORDS
    lines_and_end = "\n" not in after and after.endswith((".", "!", "?", '"', "”"))
    return lines_and_end and len(after.split()) <= longest and len(_ENDS.findall(after)) <= len(_ENDS.findall(before))


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
    if list(_governed(before, words)) != list(_governed(after, words)):
        return False
    old, new = _substance(before, words), _substance(after, words)
    known = Counter(key for tokens in said for key in _substance(tokens, words))
    return not old - new and set(new - old) <= set(known)


def _fixed(tokens: Iterable[Token]) -> list[str]:
    return [token.lexeme.key for token in tokens if token.lexeme.kind in FIXED]


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
