"""Scores in a statement: "PHQ-9 was 14", "SUDS from 8 to 3", "mood six out of ten"; what is not sure is only said."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from ..types import Digest, Statement, Value, Words
from .lists import Scale, load_lists
from .totals import SEVERAL, total

_SMALL: Final = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SPOKEN = re.compile(
    rf"\b(?:(?P<tens>{'|'.join(_TENS)})(?:[ -](?P<unit>{'|'.join(_SMALL[1:10])}))?|(?P<small>{'|'.join(_SMALL)}))\b",
    re.I,
)
_END = re.compile(r"[.;!?](?=\s|$)|[”\"]|\bbut\b", re.I)
_SCORED = re.compile(r"\bscor(?:es?|ed|ing) [\d./]+ on (?:the |her |his |their )?$", re.I)
_CHAINED = re.compile(r"\s*(?:,|,?\s*and)\s+(?=[\d./]+ on (?:the |her |his |their )?$)", re.I)
_JOINED = re.compile(r"\s*(?:,|/|&|,?\s*and)\s*(?:the\s+)?", re.I)


class Score(Value):
    """One score of a scale as a statement of a signed note holds it."""

    scale: Words
    value: float
    statement: Digest


class Unread(Value):
    """A number that is not drawn, and why, in words for the clinician."""

    scale: Words
    why: Words
    statement: Digest


def scores(statement: Statement) -> Iterator[Score | Unread]:
    """Yield the scores in a statement's own words; a denied one, another person's and a plan hold none."""
    if statement.polarity == "denied" or statement.subject == "other" or statement.category in ("plan", "homework"):
        return
    found: dict[str, list[float | str]] = {}
    for scale, one in _read(_in_digits(statement.text)):
        found.setdefault(scale.name, []).append(one)
    for name, each in found.items():
        values = {one for one in each if not isinstance(one, str)}
        if len(values) == 1:
            yield Score(scale=name, value=values.pop(), statement=statement.digest)
        for why in dict.fromkeys((SEVERAL,) if values else (one for one in each if isinstance(one, str))):
            yield Unread(scale=name, why=why, statement=statement.digest)


def _read(text: str) -> Iterator[tuple[Scale, float | str]]:
    """Yield what each name of a scale has beside it: its score, or why it is not clear."""
    named = [(match, _by_word()[_plain(match[0])]) for match in _names().finditer(text)]
    chained = False
    for place, (match, scale) in enumerate(named):
        start = named[place - 1][0].end() if place else 0
        front = _END.split(text[start : match.start()])[-1]
        end = _stop(text, match.end(), named[place + 1][0].start() if place + 1 < len(named) else len(text))
        chained = chained and bool(_CHAINED.match(front))
        found = total(scale, f"scored {_CHAINED.sub('', front)}" if chained else front, text[match.end() : end])
        chained = chained or bool(_SCORED.search(front))
        if found is None and place + 1 < len(named) and _JOINED.fullmatch(text, match.end(), end):
            other = named[place + 1][0].end()
            last = _stop(text, other, named[place + 2][0].start() if place + 2 < len(named) else len(text))
            shared = total(scale, "", text[other:last])
            found = shared if isinstance(shared, str) else None
        if found is not None and not (isinstance(found, str) and _plain(match[0]) in _twofold()):
            yield scale, found


def _stop(text: str, start: int, end: int) -> int:
    """Return where the words behind a name end: at the next name, with the sentence, at a quotation mark."""
    found = _END.search(text, start, end)
    return found.start() if found else end


def _in_digits(text: str) -> str:
    """Return a text with its small number words in digits, as far as they are one number."""

    def digits(match: re.Match[str]) -> str:
        if small := match["small"]:
            return str(_SMALL.index(small.casefold()))
        unit = _SMALL.index(match["unit"].casefold()) if match["unit"] else 0
        return str(20 + 10 * _TENS.index(match["tens"].casefold()) + unit)

    return _SPOKEN.sub(digits, text)


@lru_cache
def _by_word() -> dict[str, Scale]:
    return {_plain(word): one for one in load_lists().scales for word in (one.name, *one.words, *one.twofold)}


@lru_cache
def _twofold() -> frozenset[str]:
    return frozenset(_plain(word) for one in load_lists().scales for word in one.twofold)


@lru_cache
def _names() -> re.Pattern[str]:
    """Return the pattern of all names: "PHQ-9", "PHQ 9", "PHQ9"; a name in capitals only is written so."""
    scales = load_lists().scales
    words = [word for one in scales for word in (*one.called, *one.twofold)]
    written = (re.sub(r"[-\s]+", r"[-\\s]?", word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"\b(?:{'|'.join(_cased(word) for word in written)})(?![\w-])")


def _cased(pattern: str) -> str:
    """Let a name be written in any case, unless it is a word of its own in small letters: "audit", "ors"."""
    return pattern if pattern.isalpha() and pattern.isupper() else f"(?i:{pattern})"


def _plain(name: str) -> str:
    return re.sub(r"[-\s]", "", name).casefold()
