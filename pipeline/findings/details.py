"""What the document itself says about the session: date, times, minutes, modality, participants."""

import re
from calendar import month_name
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Final, Literal, NamedTuple

from ..types import Detail, Kind, SourceClass, Transcript, Turn
from .numbers import DAY_WORDS, HOUR_WORDS, NUMBER, year_of
from .numbers import value as number
from .occasion import MASK, Named, load_occasion, sentences

Span = tuple[int, int]
Key = Literal["date", "start_time", "end_time", "minutes", "modality", "participants"]
OPENING: Final = 5  # turns at the start that can name the session's own time, length and people
HEADING: Final = 6  # sentences at the start whose fragments can name them
REACH: Final = 400  # characters around a detail that are read, however long the sentence is
MONTHS: Final = tuple(name.lower() for name in month_name[1:])
_MONTH = "|".join(MONTHS)
_PAST_HOUR = r"(?: (?:ten|fifteen|(?:twenty|thirty|forty|fifty)(?:[- ]five)?))?"
_CLOCK = (
    rf"(?:\d{{1,2}}[:.]\d\d(?:[:.]\d\d)?|"
    rf"(?:half past|quarter past|quarter to|half) {NUMBER}|\d{{1,2}}|(?:{HOUR_WORDS}){_PAST_HOUR})"
)
_HALF = r"(?:a\.?\s?m\.?|p\.?\s?m\.?)(?!\w)"
_MINUTES = re.compile(rf"\b(?P<n>{NUMBER}|\d{{1,3}})[\s-]*min(?:ute)?s?\b", re.I)
_HOUR = re.compile(r"\b(?P<n>(?:an|one|1)[\s-]hour(?: and a half)?)\b(?= (?:session|long|full))", re.I)
# Minutes of something else than the session: "thirty minutes of walking", "ten minutes late".
_NOT_THE_SESSION = re.compile(
    r"\b(?:late|early|walk\w*|ran|run\w*|sleep\w*|breath\w*|exercis\w*|timer|dr[io]v\w*|ago|reset|wait\w*|into|last|"
    r"first|final|end|after|under|within|every|daily|each|a day|of (?!telehealth|video|therapy))\b",
    re.I,
)
_TIME = re.compile(rf"(?<![:.\d])\b(?P<clock>{_CLOCK})\s*(?P<half>{_HALF})", re.I)
_RANGE = re.compile(
    rf"(?<![:.\d])\b(?:from )?(?P<a>{_CLOCK})\s*(?P<ah>{_HALF})?\s*"
    rf"(?:to|till|until|-|–)\s*(?P<b>{_CLOCK})\s*(?P<bh>{_HALF})",
    re.I,
)
_ISO = re.compile(r"\b(?P<y>20\d\d)-(?P<m>\d\d)-(?P<d>\d\d)\b")
_DAY = rf"{DAY_WORDS}|\d{{1,2}}(?:st|nd|rd|th)?"
_DATE = re.compile(
    rf"\b(?:(?P<m1>{_MONTH}) (?:the )?(?P<d1>{_DAY})|(?:the )?(?P<d2>{_DAY}) (?:of )?(?P<m2>{_MONTH})),? "
    rf"(?P<y>20\d\d|twenty[ -]{NUMBER})\b",
    re.I,
)
_FUTURE = re.compile(
    r"\b(next|will|again|from now|then by|would|switch|move to|instead|homework|last time|usually)\b", re.I
)
_MODALITIES: Final = (
    (
        "telehealth",
        r"tele-?health|teletherapy|telemedicine|(?:by|via|on|over) (?:secure )?(?:video|zoom|teams|doxy)|"
        r"video (?:session|call|appointment|link|visit)|(?:zoom|remote|online) session|on the video|is the video|"
        r"the (?:video|camera)(?:['’]s| is)? (?:working|okay|ok|on|frozen)|you['’]re (?:on mute|muted)",
    ),
    (
        "phone",
        r"(?:tele)?phone (?:session|appointment)|(?:session )?(?:by|via|over the) (?:tele)?phone|"
        r"phone call rather than|audio[- ]only",
    ),
    (
        "in person",
        r"in[- ]person|face[- ]to[- ]face|in the (?:office|clinic|consulting room)|office visit|"
        r"(?:both )?(?:partners )in the room",
    ),
)
_PEOPLE: Final = (
    (
        "client and partner",
        r"couples? (?:session|therapy|work)|both partners|"
        r"with (?:her|his|their) (?:partner|husband|wife) (?:present|in|joining|attending)",
    ),
    ("family", r"family (?:session|therapy)"),
    ("client and mother", r"(?:mother|mum|mom) (?:joined|present|attended|sat in)|with (?:mother|mum|mom) present"),
    ("client and father", r"(?:father|dad) (?:joined|present|attended|sat in)|with (?:father|dad) present"),
    ("client and parents", r"(?:both )?parents (?:joined|present|attended)"),
    ("group", r"group (?:session|therapy)"),
    (
        "client",
        r"individual (?:session|therapy|dbt|cbt|emdr|appointment|psychotherapy)|individual(?=,)|"
        r"one[- ]to[- ]one|one on one",
    ),
)


def _either(names: tuple[tuple[str, str], ...]) -> re.Pattern[str]:
    return re.compile("|".join(rf"(?P<n{i}>\b(?:{pattern})\b)" for i, (_, pattern) in enumerate(names)), re.I)


_MODALITY = _either(_MODALITIES)
_PARTICIPANTS = _either(_PEOPLE)


class Said(NamedTuple):
    """A detail's value and the characters [start, end) of a turn that say it."""

    key: Key
    value: str
    start: int
    end: int


def find_details(transcript: Transcript) -> tuple[Detail, ...]:
    """Return what the document says about its own session, the first clear mention of each.

    Dates are ISO 8601, times HH:MM, minutes whole numbers, in digits or words in the text.
    """
    found: dict[Key, Detail] = {}
    counted = 0
    for number_, turn in enumerate(transcript.noted().turns):
        readers = _OPENING if number_ < OPENING else _ANYWHERE
        saids = [said for reader in readers for said in reader(turn.text)]
        masked = _masked(turn.text, saids)
        spans = tuple(sentences(masked))
        for said in saids:
            if said.key not in found and _is_meant(turn.text, masked, said, spans, transcript.kind, counted):
                found[said.key] = _detail(transcript, turn, said)
        counted += len(spans)
    keys: tuple[Key, ...] = ("date", "start_time", "end_time", "minutes", "modality", "participants")
    return tuple(found[key] for key in keys if key in found)


def _detail(transcript: Transcript, turn: Turn, said: Said) -> Detail:
    source: SourceClass = "clinician dictated"
    if transcript.kind == "session":
        source = (
            "clinician said"
            if turn.speaker == "clinician"
            else "client said"
            if "client" in turn.speaker
            else "other person said"
        )
    evidence = transcript.noted_evidence(turn.id, said.start, said.end)
    return Detail(key=said.key, value=said.value, source=source, evidence=evidence)


def _masked(text: str, saids: Sequence[Said]) -> str:
    """Return a text with what may be details masked, but for a point that ends the sentence as well as "p.m."."""
    masked = text
    for _, _, start, end in saids:
        closes = text[end - 1] == "." and re.match(r"\s+[A-Z]|\s*$", text[end:])
        end -= bool(closes)
        masked = masked[:start] + MASK * (end - start) + masked[end:]
    return masked


def _is_meant(text: str, masked: str, said: Said, spans: Sequence[Span], kind: Kind, counted: int) -> bool:
    """Say whether a detail of a turn is the session's; `counted` sentences stand in the turns before."""
    for number_, (start, end) in enumerate(spans, counted):
        if start <= said.start < end:
            before = masked[max(start, said.start - REACH) : said.start]
            after = masked[said.end : min(end, said.end + REACH)]
            earlier = masked[slice(*spans[number_ - counted - 1])] if number_ > counted else ""
            named = Named(said.key, text[said.start : said.end], before, after, earlier[-REACH:])
            return load_occasion().is_meant(named, dictated=kind == "dictation", opening=number_ < HEADING)
    return False


def _date(text: str) -> Iterator[Said]:
    for match in _ISO.finditer(text):
        yield from _checked(match, int(match["y"]), int(match["m"]), int(match["d"]))
    for match in _DATE.finditer(text):
        month = (match["m1"] or match["m2"]).lower()
        day, year = number(match["d1"] or match["d2"]), year_of(match["y"])
        if day is not None and year is not None:
            yield from _checked(match, year, MONTHS.index(month) + 1, day)


def _checked(match: re.Match[str], year: int, month: int, day: int) -> Iterator[Said]:
    try:
        yield Said("date", date(year, month, day).isoformat(), match.start(), match.end())
    except ValueError:
        return


def _minutes(text: str) -> Iterator[Said]:
    for match in _MINUTES.finditer(text):
        minutes = number(match["n"])
        around = text[max(0, match.start() - 12) : match.start()] + " " + text[match.end() : match.end() + 14]
        if minutes is not None and 15 <= minutes <= 180 and not _NOT_THE_SESSION.search(around):
            yield Said("minutes", str(minutes), match.start(), match.end())
    for match in _HOUR.finditer(text):
        yield Said("minutes", "90" if "half" in match["n"] else "60", match.start(), match.end())


def _times(text: str) -> Iterator[Said]:
    for match in _RANGE.finditer(text):
        half = match["bh"]
        end = _clock(match["b"], half)
        start = _clock(match["a"], match["ah"] or half)
        if start and end and start > end:
            start = _clock(match["a"], "am")
        if start and end and start < end:
            yield Said("start_time", start, match.start(), match.end())
            yield Said("end_time", end, match.start(), match.end())
    for match in _TIME.finditer(text):
        clock = _clock(match["clock"], match["half"])
        before = text[max(0, match.start() - 12) : match.start()].lower()
        if (
            clock
            and "clock" not in match["half"].lower()
            and not re.search(r"(to|till|until|by|since|after|before|end(ed|s|ing)? (at|time)|out) $", before)
        ):
            yield Said("start_time", clock, match.start(), match.end())


def _clock(text: str, half: str) -> str | None:
    """Return HH:MM of a spoken or written clock time with a.m. or p.m."""
    low = text.lower().replace("-", " ")
    minute = 0
    if digits := re.fullmatch(r"(\d{1,2})(?:[:.](\d\d)(?:[:.]\d\d)?)?", low):
        hour, minute = int(digits[1]), int(digits[2] or 0)
    elif part := re.fullmatch(r"(half past|half|quarter past|quarter to) (.+)", low):
        hour = number(part[2]) or 99
        minute = {"half past": 30, "half": 30, "quarter past": 15, "quarter to": -15}[part[1]]
    else:
        words = low.split(maxsplit=1)
        hour = number(words[0]) or 99
        minute = (number(words[1]) or 0) if len(words) > 1 else 0
    if hour > 23 or not -15 <= minute < 60:
        return None
    if half.lower().startswith("p") and hour < 12:
        hour += 12
    total = (hour * 60 + minute) % (24 * 60)
    return f"{total // 60:02d}:{total % 60:02d}"


def _modality(text: str) -> Iterator[Said]:
    for match in _MODALITY.finditer(text):
        if not _FUTURE.search(text[max(0, match.start() - 40) : match.start()]):
            name = next(n for i, (n, _) in enumerate(_MODALITIES) if match[f"n{i}"])
            yield Said("modality", name, match.start(), match.end())


def _participants(text: str) -> Iterator[Said]:
    for match in _PARTICIPANTS.finditer(text):
        name = next(n for i, (n, _) in enumerate(_PEOPLE) if match[f"n{i}"])
        yield Said("participants", name, match.start(), match.end())


_OPENING: Final[tuple[Callable[[str], Iterator[Said]], ...]] = (_date, _minutes, _times, _modality, _participants)
_ANYWHERE: Final[tuple[Callable[[str], Iterator[Said]], ...]] = (_date,)
