"""Scores in a statement: "PHQ-9 was 14", "SUDS from 8 to 3", "mood six out of ten"; what is not sure is only said."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from ..types import Digest, Statement, Value, Words
from .lists import Scale, load_lists

_SMALL: Final = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SPOKEN = re.compile(
    rf"\b(?:(?P<tens>{'|'.join(_TENS)})(?:[ -](?P<unit>{'|'.join(_SMALL[1:10])}))?|(?P<small>{'|'.join(_SMALL)}))\b",
    re.I,
)
_NUMBER = re.compile(r"(?<![\w.,-])(\d+(?:\.\d+)?)(?![\w%]|\.\d|[-–]\w)")
_TOTAL = re.compile(r"\s*(?:/|out of|of)\s*(\d+)\b", re.I)
_END = re.compile(r"[.;!?](?=\s|$)|[”\"]|\bbut\b", re.I)
_ON = re.compile(r"(\d+(?:\.\d+)?)(?: points?)? (?:on|in) (?:the |a |her |his |their )?$")


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
    text = _in_digits(statement.text)
    named = [(match, _by_word()[_plain(match[0])]) for match in _names().finditer(text)]
    for place, (match, scale) in enumerate(named):
        end = named[place + 1][0].start() if place + 1 < len(named) else len(text)
        stop = _END.search(text, match.end(), end)
        found = _score(scale, text[: match.start()], text[match.end() : stop.start() if stop else end])
        if isinstance(found, str):
            yield Unread(scale=scale.name, why=found, statement=statement.digest)
        elif found is not None:
            yield Score(scale=scale.name, value=found, statement=statement.digest)


def _score(scale: Scale, before: str, after: str) -> float | str | None:
    """Return the one score behind (or before) a scale's name, why it is not clear, or None where there is none."""
    found, counted = _candidates(scale, after)
    if not found and (match := _ON.search(before)):
        found, counted = [(float(match[1]), "", "")], False
    if not found:
        return None if not counted or scale.of else "the number is not a score of this session"
    beside = _beside()
    chosen = [one for one in found if beside.now_before.search(one[1]) or beside.now_after.match(one[2])] or found
    if len(chosen) > 1:
        return "more than one number is given"
    value = chosen[0][0]
    if len(found) == 1 and beside.past.search(after):
        return "it is of an earlier time"
    if not scale.least <= value <= scale.most:
        return f"{value:g} is outside {scale.least:g} to {scale.most:g}"
    return value


def _candidates(scale: Scale, after: str) -> tuple[list[tuple[float, str, str]], bool]:
    """Return the numbers that may be today's score, with the words before and after each; whether one was put aside."""
    beside = _beside()
    found: list[tuple[float, str, str]] = []
    aside, at, totals = False, 0, list[int]()
    for match in _NUMBER.finditer(after):
        if match.start() < at:
            continue
        before, behind = after[: match.start()], after[match.end() :]
        total = _TOTAL.match(behind)
        if total:
            at, behind = match.end() + total.end(), behind[total.end() :]
            totals.append(int(total[1]))
        other = total and scale.of and int(total[1]) != scale.of
        if other or beside.counted.match(behind) or beside.aimed.search(before):
            aside = True
        else:
            found.append((float(match[1]), before, behind))
    if scale.of and scale.of not in totals:
        return [], aside
    if len(found) > 1:
        today = [
            one for one in found if not (beside.earlier_before.search(one[1]) or beside.earlier_after.match(one[2]))
        ]
        found = today or found
    return found, aside


def _in_digits(text: str) -> str:
    """Return a text with its small number words in digits, as far as they are one number."""

    def digits(match: re.Match[str]) -> str:
        if small := match["small"]:
            return str(_SMALL.index(small.casefold()))
        unit = _SMALL.index(match["unit"].casefold()) if match["unit"] else 0
        return str(20 + 10 * _TENS.index(match["tens"].casefold()) + unit)

    return _SPOKEN.sub(digits, text)


@dataclass(frozen=True)
class _Beside:
    """The lists of configs/continuity.yaml as patterns for the words before a number (search) and behind it (match)."""

    counted: re.Pattern[str]
    earlier_before: re.Pattern[str]
    earlier_after: re.Pattern[str]
    aimed: re.Pattern[str]
    now_before: re.Pattern[str]
    now_after: re.Pattern[str]
    past: re.Pattern[str]


@lru_cache
def _beside() -> _Beside:
    words = load_lists().scoring
    return _Beside(
        counted=re.compile(rf"\s*{_any_of(words.counted)}", re.I),
        earlier_before=re.compile(rf"{_any_of(words.earlier_before)}\s*$", re.I),
        earlier_after=re.compile(rf"\s*{_any_of(words.earlier_after)}", re.I),
        aimed=re.compile(rf"{_any_of(words.aimed)}[^.;]*$", re.I),
        now_before=re.compile(rf"{_any_of(words.now_before)}\s*(?:(?:at|a|of)\s+)?$", re.I),
        now_after=re.compile(rf"\s*{_any_of(words.now_after)}", re.I),
        past=re.compile(_any_of(words.past), re.I),
    )


def _any_of(phrases: Iterable[str]) -> str:
    return rf"\b(?:{'|'.join(map(re.escape, phrases))})\b"


@lru_cache
def _by_word() -> dict[str, Scale]:
    return {_plain(word): scale for scale in load_lists().scales for word in (scale.name, *scale.words)}


@lru_cache
def _names() -> re.Pattern[str]:
    """Return the pattern of all names: "PHQ-9", "PHQ 9", "PHQ9"; a name in capitals only is written so."""
    words = [word for scale in load_lists().scales for word in (*scale.words, *(() if scale.of else (scale.name,)))]
    written = (re.sub(r"[-\s]+", r"[-\\s]?", word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"\b(?:{'|'.join(_cased(word) for word in written)})(?![\w-])")


def _cased(pattern: str) -> str:
    """Let a name be written in any case, unless it is a word of its own in small letters: "audit", "ors"."""
    return pattern if pattern.isalpha() and pattern.isupper() else f"(?i:{pattern})"


def _plain(name: str) -> str:
    return re.sub(r"[-\s]", "", name).casefold()
