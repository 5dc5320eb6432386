"""Readable templates of names, such as `{client} {date} {kind}`, and what a name says by one."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final, Literal, NamedTuple

from ..types import Kind

PIECE: Final = re.compile(r"\{(\w+)\}")
COPY: Final = re.compile(r"\s*\(\d{1,3}\)$")  # what browsers and phones add to a name that is taken
DIGITS: Final = {"%Y": "[0-9]{4}", **dict.fromkeys(("%m", "%d", "%H", "%M", "%S"), "[0-9]{2}")}
LONGEST: Final = 255  # characters of a name that are looked at: no file system takes more

Zone = Literal["local", "utc"]


class Pieces(NamedTuple):
    """What the pieces of a template may be, as regular expressions or as `strptime` takes them."""

    reference: str
    no_reference: tuple[str, ...]
    dates: tuple[str, ...]
    times: tuple[str, ...]
    kinds: Mapping[Kind, tuple[str, ...]]


class Read(NamedTuple):
    """What a name says."""

    client: str | None = None
    kind: Kind | None = None
    day: date | None = None
    minutes: int | None = None
    began: datetime | None = None


@dataclass(frozen=True)
class Template:
    """A template ready to be matched; `kind` is what any such recording is."""

    pattern: re.Pattern[str]
    pieces: Pieces
    kind: Kind | None = None
    zone: Zone = "local"

    def read(self, name: str) -> Read | None:
        """Return what a name says, None where it is not of this template or holds no day that there is."""
        found = self.pattern.fullmatch(name)
        if found is None:
            return None
        given = {key: value for key, value in found.groupdict().items() if value is not None}
        try:
            day = _moment(given["date"], self.pieces.dates).date() if "date" in given else None
            clock = _moment(given["time"], self.pieces.times).time() if "time" in given else None
        except ValueError:
            return None
        began = _began(day, clock, self.zone)
        return Read(
            client=given.get("client"),
            kind=self._kind(given.get("kind")) or self.kind,
            day=began.astimezone().date() if began else day,
            minutes=int(given["minutes"]) if "minutes" in given else None,
            began=began,
        )

    def _kind(self, word: str | None) -> Kind | None:
        kinds = self.pieces.kinds.items()
        return next((kind for kind, words in kinds if word and word.casefold() in words), None)


def compile_template(text: str, pieces: Pieces, kind: Kind | None = None, zone: Zone = "local") -> Template:
    """Return a template to match whole names with; case does not count, a space stands for spaces or underscores.

    Raises:
        ValueError: it has a piece that there is not, or one twice.
    """
    names = PIECE.findall(text)
    known = _expressions(pieces)
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"there is no piece {{{unknown[0]}}}, only {', '.join(f'{{{name}}}' for name in known)}")
    if twice := [name for name in set(names) - {"any"} if names.count(name) > 1]:
        raise ValueError(f"the piece {{{twice[0]}}} stands twice")
    parts = PIECE.split(text)  # text, piece, text, piece, … text
    pattern = "".join(known[part] if number % 2 else _literal(part) for number, part in enumerate(parts))
    return Template(re.compile(pattern, re.IGNORECASE | re.ASCII), pieces, kind, zone)


def read_name(stem: str, templates: Iterable[Template]) -> Read:
    """Return what the first template that fits says of a file's name without its ending; nothing fits: nothing."""
    name = COPY.sub("", unicodedata.normalize("NFC", stem)[:LONGEST]).strip()
    return next((read for template in templates if (read := template.read(name))), Read())


def _expressions(pieces: Pieces) -> dict[str, str]:
    words = "|".join(re.escape(word) for words in pieces.kinds.values() for word in words)
    never = "|".join(re.escape(word) for word in pieces.no_reference)
    return {
        "client": rf"(?P<client>(?!(?:{never})[-_ ]?\d)(?:{pieces.reference}))(?![A-Za-z0-9])",
        "date": rf"(?P<date>{_digits(pieces.dates)})",
        "time": rf"(?P<time>{_digits(pieces.times)})",
        "kind": rf"(?P<kind>{words})",
        "minutes": r"(?P<minutes>[1-9]\d{0,2})",
        "number": r"\d+",
        "any": r".*",
    }


def _digits(formats: Iterable[str]) -> str:
    return "|".join(re.sub(r"%[A-Z]|%[a-z]", lambda found: DIGITS[found[0]], re.escape(one)) for one in formats)


def _literal(text: str) -> str:
    return "".join(r"[ _]+" if part.isspace() else re.escape(part) for part in re.split(r"(\s+)", text))


def _moment(text: str, formats: Iterable[str]) -> datetime:
    """Read a day or time in the first form that it has.

    Raises:
        ValueError: there is no such day or time.
    """
    for form in formats:
        if re.fullmatch(_digits((form,)), text):
            return datetime.strptime(text, form)
    raise ValueError("no such day")


def _began(day: date | None, clock: time | None, zone: Zone) -> datetime | None:
    if day is None or clock is None:
        return None
    began = datetime.combine(day, clock)
    return began.replace(tzinfo=UTC) if zone == "utc" else began.astimezone()
