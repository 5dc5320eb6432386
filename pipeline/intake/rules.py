"""The rules of the intake: configs/intake.yaml with the user's own intake.yaml over it, checked at load."""

import re
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from .. import resources
from ..errors import SettingsInvalid
from ..types import Kind, Words
from .naming import DIGITS, Pieces, Template, Zone, compile_template

FILE: Final = "intake.yaml"
SIDECARS: Final = (".json", ".yaml", ".yml")
CALENDAR: Final = ".ics"

Suffix = Annotated[str, Field(pattern=r"^\.[a-z0-9]+$")]
Form = Annotated[str, Field(pattern=rf"^(?:{'|'.join(DIGITS)}|[-_.T ])+$")]


class Name(BaseModel):
    """One template of names, what such recordings are, and which clock their times are of."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Words
    kind: Kind | None = None
    zone: Zone = "local"


class Appointments(BaseModel):
    """How the calendar's export is read; configs/intake.yaml says what each means."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    files: tuple[Path, ...] = ()
    field: Annotated[str, Field(pattern=r"^[A-Z][A-Z-]*$")] = "SUMMARY"
    references: Annotated[tuple[Words, ...], Field(min_length=1)]
    before_minutes: Annotated[int, Field(ge=0, le=60)] = 0
    file_date: bool = False


class Watching(BaseModel):
    """How a folder is watched; configs/intake.yaml says what each means."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    still_seconds: Annotated[float, Field(gt=0, le=3600)]
    again_minutes: Annotated[float, Field(gt=0)]
    look_seconds: Annotated[float, Field(gt=0, le=600)]


class Rules(BaseModel):
    """All rules of the intake; configs/intake.yaml says what each means."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sound: tuple[Suffix, ...]
    text: tuple[Suffix, ...]
    unfinished: tuple[Words, ...]
    reference: Words
    no_reference: tuple[Words, ...]
    dates: Annotated[tuple[Form, ...], Field(min_length=1)]
    times: Annotated[tuple[Form, ...], Field(min_length=1)]
    kinds: dict[Kind, Annotated[tuple[Annotated[str, Field(pattern=r"^[^A-Z]+$")], ...], Field(min_length=1)]]
    names: tuple[Name, ...]
    calendar: Appointments
    watch: Watching

    @model_validator(mode="after")
    def _compiles(self) -> Self:
        try:
            groups = re.compile(self.reference).groupindex
        except re.error:
            raise ValueError("`reference` is no regular expression") from None
        if groups:
            raise ValueError("`reference` names a group, which it may not")
        _ = self.templates, self.references
        return self

    @cached_property
    def templates(self) -> tuple[Template, ...]:
        """The templates of names, in their order."""
        return tuple(compile_template(one.name, self._pieces, one.kind, one.zone) for one in self.names)

    @cached_property
    def references(self) -> tuple[Template, ...]:
        """How a client's reference stands in an appointment."""
        return tuple(compile_template(text, self._pieces) for text in self.calendar.references)

    @property
    def _pieces(self) -> Pieces:
        return Pieces(self.reference, self.no_reference, self.dates, self.times, self.kinds)

    def unfinished_name(self, name: str) -> bool:
        """Say whether a file of this name is one that a program is still fetching or keeps for itself."""
        return any(fnmatch(name.lower(), pattern) for pattern in self.unfinished)

    def is_source(self, name: str) -> bool:
        """Say whether a file of this name is one that can be heard or read."""
        return Path(name).suffix.lower() in (*self.sound, *self.text)


class _Own(BaseModel):
    """The user's own rules: any of the keys."""

    model_config = ConfigDict(frozen=True, extra="allow")

    names: tuple[Name, ...] = ()
    calendar: dict[str, object] = {}
    watch: dict[str, object] = {}


def load_rules(home: Path) -> Rules:
    """Load configs/intake.yaml with the intake.yaml of a data folder over it; its `names` come first.

    Raises:
        SettingsInvalid: a key of either is unknown or wrong.
    """
    rules = resources.read_yaml(resources.configs() / FILE, Rules)
    if not (home / FILE).is_file():
        return rules
    own = resources.read_yaml(home / FILE, _Own)
    plain = rules.model_dump()
    over = {
        **plain,
        **(own.model_extra or {}),
        "names": (*own.names, *rules.names),
        "calendar": {**plain["calendar"], **own.calendar},
        "watch": {**plain["watch"], **own.watch},
    }
    try:
        return Rules.model_validate(over)
    except ValueError as error:
        raise SettingsInvalid(f"{home / FILE}: {first_fault(error)}.", "Mend that key.") from error


def first_fault(error: ValueError) -> str:
    """Return the key and what is wrong with it, never its value."""
    from pydantic import ValidationError

    if not isinstance(error, ValidationError):
        return "it is wrong"
    first = error.errors(include_input=False)[0]
    key = ".".join(str(part) for part in first["loc"]) or "the file"
    return f"{key}: {first['msg']}"
