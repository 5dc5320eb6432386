"""A person's words as reported speech, by rule; where no rule is sure there is none, and the words are quoted."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from .clauses import Clauses, sure
from .refer import Called
from .talk import Token, lows, starting, tidy, tokens, written, written_out
from .vocabulary import Pronouns, Turned, Vocabulary

_DIGITS = re.compile(r"\d")


def reported(words: str, called: Called, denied: bool, book: Vocabulary) -> str | None:
    """Return a sentence of talk as a statement about who said it, or None where a rule is not sure.

    `denied`: all that was found in the sentence is denied, so that "denied" may stand where its negation governs all.
    """
    pronouns = book.pronouns[called.pronoun]
    row = written_out(tidy(tokens(words), book), book)
    if not row:
        return None
    clauses = Clauses(lows(row), book)
    if not sure(clauses, pronouns, book):
        return None
    body = _turned(row, clauses, pronouns, book)
    text = (
        (denied and _shorter(clauses, body, book.denials, book, f"{called.first} denied"))
        or _shorter(clauses, body, book.gerunds, book, f"{called.first} reported")
        or f"{called.first} reported that {written(body)}"
    )
    text = f"{text.rstrip(' .,;')}."
    return text if _kept(lows(row), text, book) else None


def _turned(row: Sequence[Token], clauses: Clauses, pronouns: Pronouns, book: Vocabulary) -> list[Token]:
    """Return the tokens with another person in the place of "I", their verbs agreeing."""
    splices = clauses.splices()
    out = []
    for at, token in enumerate(row):
        shown = token.text
        if token.low in pronouns.words:
            shown = pronouns.words[token.low]
        elif clauses.subject_of(at) == "i":
            shown = _agreeing(token, pronouns, book)
        elif at in splices:
            shown = ";"
        elif not at and (token.low in book.determiners | book.subjects | book.subordinators) | _plain(token, book):
            shown = shown if _named(token) else token.low + shown[len(token.low) :]
        out.append(replace(token, text=shown))
    return out


def _plain(token: Token, book: Vocabulary) -> bool:
    return token.low in {lead.split()[0] for lead in book.leads | book.subordinators}


def _named(token: Token) -> bool:
    """Say whether a word keeps its capital within a sentence: a day, a feast."""
    return token.low.endswith("day") or token.low.startswith("christmas")


def _agreeing(token: Token, pronouns: Pronouns, book: Vocabulary) -> str:
    if token.low in pronouns.verbs:
        return pronouns.verbs[token.low]
    changes = "have" in pronouns.verbs and token.low not in book.modals | book.verbs.past
    return book.verbs.third.get(token.low, token.text) if changes else token.text


def _shorter(
    clauses: Clauses, body: Sequence[Token], entries: Iterable[Turned], book: Vocabulary, opening: str
) -> str | None:
    """Return a clause about the speaker alone without its "that they": "reported feeling low", "denied feeling low"."""
    row = clauses.row
    if row[0] != "i" or clauses.several():
        return None
    for entry in entries:
        said = entry.said.split()
        rest = row[1 + len(said) :]
        if list(row[1 : 1 + len(said)]) != said or not rest or not rest[0][0].isalnum():
            continue
        if _fits(rest, entry, book):
            after = written(body[1 + len(said) :])
            return " ".join(part for part in (opening, entry.told, after) if part)
    return None


def _fits(rest: Sequence[str], entry: Turned, book: Vocabulary) -> bool:
    if entry in book.denials:
        blocked = any(starting(rest, at, book.not_denials) for at in range(len(rest)))
        return not blocked and "," not in rest and (not entry.before or rest[0] in entry.before)
    if rest[0] in book.not_gerunds | (book.adverbs - book.degrees) or set(rest) & book.to_come:
        return False
    return entry.before != ("-ing",) or rest[0] in book.verbs.ing


def _kept(said: Sequence[str], text: str, book: Vocabulary) -> bool:
    """Say whether every negation, condition, hedge and number of what was said stands in the text, and no other."""
    shown = lows(written_out(tokens(text.replace("cannot", "can not")), book) or [])
    watched = book.negations | book.conditions | book.hedges
    before, after = (Counter(w for w in row if w in watched or _DIGITS.search(w)) for row in (said, shown))
    if "denied" in after and "denied" not in before:
        before["denied"], before["not"] = 1, before["not"] - 1
    if "feeling" in shown and "feel" in said:
        before["feel"] -= 1
    return +before == +after
