"""Who a statement of a session is about, and how that person is called."""

from dataclasses import dataclass

from ...types import Manner, Speaker
from .vocabulary import Pronoun, Vocabulary


@dataclass(frozen=True)
class Called:
    """How a speaker is called as the first word of a statement, beside a question, and the pronoun for "I"."""

    first: str
    within: str
    pronoun: Pronoun
    known: bool = True  # False: it is not told who spoke, so that nothing can be reported of them


def called(speaker: Speaker, manner: Manner, book: Vocabulary, alone: bool = True) -> Called:
    """Return how a speaker is called; `alone` says that no other client speaks, so that "she" can only be this one.

    The manner is for the client only: of a second client or another person the recording tells no pronoun.
    """
    name = book.who[speaker]
    if speaker != "client":
        return Called(name, name[0].lower() + name[1:], "they", known=speaker in ("client2", "other"))
    pronoun: Pronoun = manner.pronoun or "they"
    if manner.call == "initials" and manner.initials:
        return Called(manner.initials, manner.initials, pronoun)
    if manner.call == "pronoun" and alone:
        return Called(pronoun.capitalize(), name.lower(), pronoun)
    name = book.who["patient"] if manner.call == "patient" else name
    return Called(name, name.lower(), pronoun)
