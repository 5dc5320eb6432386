"""The values of the intake: what was found, what each source says of it, and what cannot be taken as it is."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from ..types import Digest, Kind

Told = Literal["order", "sidecar", "file name", "calendar"]
Lack = Literal["client", "kind"]


@dataclass(frozen=True)
class Wish:
    """What is said of all files at once, as on the command line; None: each file's own sources say it."""

    client: str | None = None
    kind: Kind | None = None
    participants: tuple[str, ...] | None = None
    day: date | None = None
    minutes: int | None = None
    calendar: Path | None = None


@dataclass(frozen=True)
class Said:
    """What one source says of one file; None where it says nothing. `began` is when the recording began."""

    told: Told
    client: str | None = None
    kind: Kind | None = None
    participants: tuple[str, ...] | None = None
    day: date | None = None
    minutes: int | None = None
    began: datetime | None = None


@dataclass(frozen=True)
class Incoming:
    """A file that may be drafted, if consent allows: what it is paired with, and from where each of that is known.

    `kind` is None for text only, which is judged by what it holds.
    """

    path: Path
    sha256: Digest
    client: str
    kind: Kind | None
    participants: tuple[str, ...]
    day: date | None
    minutes: int | None
    known_from: tuple[tuple[str, Told], ...]


@dataclass(frozen=True)
class Unusable:
    """A file that is left where it is: why, and what to do. The sentences hold no reference and no name.

    `lacks` is what a person who is asked could say, and then it can be used.
    """

    path: Path
    what: str
    next_step: str
    sha256: Digest | None = None
    lacks: tuple[Lack, ...] = ()
