"""A statement that its evidence proves: as it is worded, else in the evidence's own words."""

from collections.abc import Callable, Container, Iterable, Sequence
from typing import Final

from ...errors import Unproven
from ...types import Evidence, Speaker, Statement
from ..numerals import load_numerals
from .checks import violations

Rewrite = Callable[[Statement], Statement]  # other words for one statement, as the clinician writes
WHO: Final[dict[Speaker, str]] = {
    "clinician": "Clinician",
    "client": "Client",
    "client2": "Second client",
    "other": "Another person",
    "unknown": "A speaker not told apart",
}


def prove(statement: Statement, rewrite: Rewrite | None = None) -> Statement:
    """Return the statement, rewritten, if its evidence proves that; else as it was, else in its evidence's own words.

    A rewriting may change text and offer only. An offer that is not proven falls away.

    Raises:
        Unproven: not even the evidence's own words are proven.
    """
    if rewrite and (told := rewrite(statement)) is not statement:
        same = told.replace(text=statement.text, offer=statement.offer) == statement
        if same and holds(told):
            return told
    if holds(statement):
        return statement
    if statement.offer and holds(told := statement.replace(offer=None)):
        return told
    own = statement.replace(text=plain(statement), offer=None)
    demand_proven((own,))
    return own


def demand_proven(statements: Iterable[Statement], known: Container[str] = ()) -> None:
    """Raise where a statement says what its evidence does not; the digests `known` are of proven ones.

    Raises:
        Unproven: one does.
    """
    if not all(statement.digest in known or holds(statement) for statement in statements):
        raise Unproven(
            "A sentence of the draft could not be proven by what was said.",
            "Please report it, and try another format or length.",
            safe="This is a fault of Evenfall; nothing was lost, and no draft was made.",
        )


def holds(statement: Statement) -> bool:
    """Say whether a statement's words are its evidence's own, or follow from them."""
    return not violations(statement) or (not statement.offer and own_words(statement))


def own_words(statement: Statement) -> bool:
    """Say whether a statement is its evidence word for word."""
    return statement.source != "typed" and statement.text == plain(statement)


def plain(statement: Statement) -> str:
    """Return the evidence's own words: dictated ones with numbers in digits, a session's quoted with who said them."""
    spoken = statement.spoken
    if statement.source != "clinician dictated":
        return " ".join(_quoted(item) for item in spoken)
    text = load_numerals().written(_joined(spoken))
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _joined(spoken: Sequence[Evidence]) -> str:
    """Return dictated pieces in one line without marks, which might quote what was struck between them."""
    text = " ".join(word for item in spoken for word in item.quote.split())
    return text.translate(dict.fromkeys(map(ord, '"“”'))).strip(" ,;")


def _quoted(item: Evidence) -> str:
    verb = "asked" if item.speaker == "clinician" and item.quote.endswith("?") else "said"
    if '"' not in item.quote:
        return f'{WHO[item.speaker]} {verb}: "{item.quote}"'
    # Marks around words that hold marks would quote what was not said; without them the words stand as they are.
    return f"{WHO[item.speaker]} {verb}: {item.quote}"
