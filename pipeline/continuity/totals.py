"""Which number beside a scale's name is its total of this session; a number that is not surely so is none."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from .lists import Scale, load_lists

ASIDE: Final = "no number is surely its score of this session"
EARLIER: Final = "it is of an earlier time"
DATED: Final = "it may be of another day"
SEVERAL: Final = "more than one number is given"

_NUMBER = re.compile(r"(?<![\w.,\-−–+±<>≤≥~≈])(\d+(?:\.\d+)?)(?![\w%]|[.,]\d|[-–]\w)")
_TOTAL = re.compile(r"\s*(?:/|out of|of)\s*(\d+)\b", re.I)
_ON = re.compile(
    r"(\d+(?:\.\d+)?)(?:\s*(?:/|out of)\s*(\d+))?(?: points?)? (?:on|in|for) (?:the |a |her |his |their |today's )?$",
    re.I,
)
_SCORED = re.compile(
    r"(?:\b(?:scor(?:es?|ed|ing)|score of|total of|got|has|had|a|an|at|was|is|to|rate[sd]?)|:)\s+$", re.I
)
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
_DATE = re.compile(
    rf"\b\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}(?:,? (?:19|20)\d\d\b)?"
    rf"|\b{_MONTH}(?: \d{{1,2}}(?:st|nd|rd|th)?\b(?!/))?(?:,? (?:19|20)\d\d\b)?"
    r"|\b(?:19|20)\d\d-\d\d-\d\d\b|\b\d{1,2}[/.]\d{1,2}[/.]\d{2,4}\b|\b(?:19|20)\d\d\b"
    r"|\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b"
)
_CLOCK = re.compile(r"\b(?:at )?\d{1,2}(?::\d\d(?: ?[ap]\.?m\b)?| ?[ap]\.?m\b| o['’]clock)", re.I)
_SLASHED = re.compile(r"\b((?:(?:on|dated|completed|administered|done|given|taken) )?)(\d{1,2})/(\d{1,2})\b", re.I)
_ITEMS = re.compile(r"(?:\b(?:q|no|nr|number)\.?|#) ?(?=\d)", re.I)
_APART = re.compile(r"[,;:(]|\b(?:and|then)\b", re.I)
_DAY, _HOUR, _ITEM = "\x00", "\x01", "\x02"  # stand for the letters of a date, of a time of day, of an item's number
_PLAIN = re.compile(rf"(?:[\s,:=()\[\]\"“”—–{_HOUR}-]|['’]s\b)*")
_PLACE = re.compile(
    r"\s*(?:about|for|to|in|at|over|around|of|when|during)\b(?:(?!\b(?:and|with|while|but)\b)[^,;:()])*"
)


@dataclass(frozen=True)
class _Number:
    """A number, the words since the scale's name (or the number before it), and those up to the next one."""

    value: float
    before: str
    behind: str
    total: int | None
    aside: bool
    clear: bool
    last: bool

    @cached_property
    def now(self) -> bool:
        """It is said to be of now; a word right between two numbers goes with the second."""
        found = _beside().now_behind.match(self.behind)
        theirs = found and not self.last and not self.behind[found.end() :].strip()
        return bool(_beside().now_before.search(self.before) or (found and not theirs))

    @cached_property
    def ends(self) -> bool:
        """It is where a change ends: "from 8 to 3"."""
        return bool(_beside().ends.search(self.before))

    @cached_property
    def present(self) -> bool:
        """It is said to be of now, if only by its verb."""
        return self.now or bool(_beside().present.search(self.before))

    @cached_property
    def earlier(self) -> bool:
        """It is said to be of an earlier time, or of a day that may be one; without a comma a time may be of both."""
        return bool(_beside().earlier_before.search(self.before)) or (
            not self.now and (_past(_apart(self.behind)[0]) or (not self.ends and _past(self.before)))
        )

    @property
    def loose(self) -> bool:
        """An earlier time is named behind the last number, and not of it."""
        return self.last and not self.earlier and _past(self.behind)


def total(scale: Scale, front: str, behind: str) -> float | str | None:
    """Return the one score behind (or before) a scale's name, why it is not clear, or None where there is none.

    `front` is the text of the sentence before the name, `behind` that up to the next name or the sentence's end.
    """
    front, said = _masked(scale, front), _masked(scale, behind)
    numbers = tuple(_numbers(scale, front, said))
    live = [one for one in numbers if not one.aside]
    if scale.of:
        live = [one for one in live if one.clear or one.total == scale.of]
        if not any(one.total == scale.of for one in live):
            return None
    if not live:
        return ASIDE if numbers or re.search(r"\d", behind) else None
    chosen = _chosen(scale, live, bool(_beside().past_front.search(front)) or _past(front) or _past(live[0].before))
    return DATED if chosen == EARLIER and _DAY in front + said else chosen


def _chosen(scale: Scale, live: Sequence[_Number], past: bool) -> float | str:
    now = [one for one in live if one.now and not one.earlier]
    was = [one for at, one in enumerate(live) if at or now or live[-1].present]
    plain = [one for one in live if not one.earlier and not (one in was and _beside().was.search(one.before))]
    chosen = now or [one for one in plain if one.ends] or plain
    if not chosen:
        return EARLIER
    if len(chosen) > 1:
        return SEVERAL
    (one,) = chosen
    if not one.clear:
        return SEVERAL if len(live) > 1 else f"it is not clear that {one.value:g} is its score"
    if not one.present and (past or live[-1].loose):
        return EARLIER
    if not scale.least <= one.value <= scale.most:
        return f"{one.value:g} is outside {scale.least:g} to {scale.most:g}"
    return one.value


def _numbers(scale: Scale, front: str, behind: str) -> Iterator[_Number]:
    """Yield the number before a scale's name where it is its score, then those behind the name.

    After a word that says that the talk is of something else no number is clear any more, up to a word of `total`.
    """
    beside = _beside()
    wished = bool(beside.wished.search(front))
    found = _found(behind)
    on = _ON.search(front)
    scored = on and _SCORED.search(front[: on.start()])
    if on and (scored or not found):
        words = behind[: found[0].start] if found else behind
        total = int(on[2]) if on[2] else None
        aside = wished or _of_part(words, not found) or not _fits(scale, total)
        yield _Number(float(on[1]), "", words, total, aside, clear=bool(scored), last=not found)
    parted, strayed = bool(beside.part_front.search(front)), False
    start = taken = 0
    for at, one in enumerate(found):
        last = at + 1 == len(found)
        before, words = behind[start : one.start], behind[one.end : len(behind) if last else found[at + 1].start]
        restored = bool(beside.total.search(before))
        parted = (parted or bool(beside.part.search(before))) and not restored
        strayed = not restored and (strayed or not _clear(scale, before, first=not at and not scored))
        aside = wished or parted or not _fits(scale, one.total) or _of_part(words, last)
        aside = aside or bool(beside.counted.match(words) or beside.aimed.search(behind[: one.start]))
        aside = aside or bool(beside.apart_before.search(before) or beside.apart_behind.match(words))
        clear = not strayed and bool(beside.behind.match(words))
        if clear or aside or not scored:
            yield _Number(one.value, behind[taken : one.start], words, one.total, aside, clear, last)
        strayed = strayed or not (clear or aside)
        start = taken = one.end
        own, others = _apart(words)
        taken += len(own) if others else 0  # "8 before, 3 after": the word goes with the first


@dataclass(frozen=True)
class _Found:
    """A number and the total said with it, where they stand."""

    value: float
    total: int | None
    start: int
    end: int


def _found(text: str) -> tuple[_Found, ...]:
    found: list[_Found] = []
    for match in _NUMBER.finditer(text):
        ratio = _TOTAL.match(text, match.end())
        if not found or match.start() >= found[-1].end:
            total = int(ratio[1]) if ratio else None
            found.append(_Found(float(match[1]), total, match.start(), ratio.end() if ratio else match.end()))
    return tuple(found)


def _of_part(words: str, last: bool) -> bool:
    """Say whether the words behind a number make it one of an item: "0 on item 9", "1 (item 9)"."""
    return bool(_beside().of_part.match(words) or (last and _beside().of_part_alone.match(words)))


def _fits(scale: Scale, said: int | None) -> bool:
    """Say whether a total that was said with a number is the scale's own: "11/20" may be a date."""
    return said is None or said in ((scale.of,) if scale.of else (scale.most, *scale.totals))


def _clear(scale: Scale, before: str, first: bool) -> bool:
    """Say whether nothing between a scale's name (or the number before) and a number makes it one of something else."""
    beside = _beside()
    if not first:
        before = beside.joined.sub("", beside.counted.sub("", before, count=1))
    placed = scale.of and first and _PLACE.fullmatch(before)
    return bool(
        placed or _PLAIN.fullmatch(beside.between.sub("", beside.times.sub("", beside.apart_before.sub("", before))))
    )


def _apart(text: str) -> tuple[str, str]:
    """Return what goes with a number of the words behind it, and the rest, which goes with the next one."""
    found = _APART.search(text)
    return (text[: found.start()], text[found.start() :]) if found else (text, "")


def _past(text: str) -> bool:
    """Say whether a text names an earlier time, or a day that may be one; "since last week" is of now."""
    return any(not _beside().since.search(text[: match.start()]) for match in _beside().past.finditer(text))


def _masked(scale: Scale, text: str) -> str:
    """Return a text in which no digit of a date, a time of day or an item's name is left."""

    def day(match: re.Match[str]) -> str:
        own = scale.of or (not match[1] and _fits(scale, int(match[3])))
        return match[0] if own else match[1] + _DAY * len(match[0][len(match[1]) :])

    text = _CLOCK.sub(lambda match: _HOUR * len(match[0]), text)
    for pattern in (_DATE, _beside().ago, _beside().numbered):
        text = pattern.sub(lambda match: _DAY * len(match[0]), text)
    text = _SLASHED.sub(day, text)
    return _beside().ordinal.sub(lambda match: match[1] + _ITEM * len(match[2]), _ITEMS.sub("item ", text))


@dataclass(frozen=True)
class _Beside:
    """The lists of configs/continuity.yaml as patterns for the words before a number and behind it."""

    between: re.Pattern[str]
    behind: re.Pattern[str]
    joined: re.Pattern[str]
    times: re.Pattern[str]
    counted: re.Pattern[str]
    part: re.Pattern[str]
    ordinal: re.Pattern[str]
    part_front: re.Pattern[str]
    of_part: re.Pattern[str]
    of_part_alone: re.Pattern[str]
    total: re.Pattern[str]
    numbered: re.Pattern[str]
    ago: re.Pattern[str]
    apart_before: re.Pattern[str]
    apart_behind: re.Pattern[str]
    aimed: re.Pattern[str]
    wished: re.Pattern[str]
    earlier_before: re.Pattern[str]
    was: re.Pattern[str]
    present: re.Pattern[str]
    past: re.Pattern[str]
    past_front: re.Pattern[str]
    since: re.Pattern[str]
    now_before: re.Pattern[str]
    now_behind: re.Pattern[str]
    ends: re.Pattern[str]


@lru_cache
def _beside() -> _Beside:
    words = load_lists().scoring
    now, item = any_of(words.now), rf"{any_of(words.part)}\s*(?:#|no\.?|number)?\s*"
    part = rf"{item}{_ITEM}*"
    few = "an?|(?:a )?few|a couple of|several|some"
    past = rf"(?:{any_of(words.past)}|{_DAY}+)"
    times = rf"(?:(?:{any_of(words.since)}\s+)?(?:(?:on|in|from|at)\s+)?{past}|{now})"
    whose = r"(?:(?:the|her|his|their|a)\s+)?"
    patterns = {
        "between": any_of(words.between),
        "behind": rf"\s*(?:$|[,;:.()\[\]\"“”—–{_HOUR}]|-\s|{times}|{any_of(words.behind)})",
        "joined": r"\b(?:and|with|then)\b",
        "times": rf"{times}(?:['’]s)?",
        "counted": rf"^\s*{any_of(words.counted)}",
        "part": any_of(words.part),
        "ordinal": rf"({item})(\d+)",
        "part_front": rf"{any_of(words.part)}[^.;,]*\b(?:of|on|from|in|for)\s+{whose}$",
        "of_part": rf"\s*(?:['’]s)?\s*{part}|[\s,(]*(?:on|for|in|at|to)\s+{whose}{part}",
        "of_part_alone": rf"[\s,(]*{part}[\s).]*$",
        "total": any_of(words.total),
        "numbered": rf"(?<!last )(?<!this )(?<!past ){any_of(words.numbered)} \d+\b",
        "ago": rf"\b(?:\d+|{few}) {any_of(words.counted)} (?:ago|before|earlier|prior|back)\b",
        "apart_before": rf"{any_of(words.apart_before)}\s*$",
        "apart_behind": rf"\s*{any_of(words.apart_after)}(?!\s+(?:from|to|since)\b)",
        "aimed": rf"{any_of(words.aimed)}[^.;]*$",
        "wished": rf"{any_of(words.wished)}[^,.;]*$",
        "earlier_before": rf"{any_of(words.earlier_before)}\s*$",
        "was": rf"{any_of(words.was)}\s*$",
        "present": rf"{any_of(words.present)}\s*$",
        "past": past,
        "past_front": rf"{any_of(words.past_front)}\s*$",
        "since": rf"{any_of(words.since)}\s+$",
        "now_before": rf"{now}\s*(?:(?:at|a|of|is)\s+)?$",
        "now_behind": rf"\s*{now}",
        "ends": rf"{any_of(words.ends)}\s*(?:a\s+)?$",
    }
    return _Beside(**{name: re.compile(pattern, re.I) for name, pattern in patterns.items()})


def any_of(phrases: Iterable[str]) -> str:
    """Return the pattern of any of these phrases as whole words, the longest first."""
    return rf"\b(?:{'|'.join(map(re.escape, sorted(phrases, key=len, reverse=True)))})\b"
