"""What stands beside a file about it: NAME.json or NAME.yaml, with client, kind, participants, day, minutes."""

import json
from datetime import date
from pathlib import Path
from typing import Annotated, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field

from ..errors import SourceRefused
from ..types import Kind, Words
from .incoming import Said
from .rules import SIDECARS, first_fault

LARGEST: Final = 65_536  # bytes


class Sidecar(BaseModel):
    """The keys that a sidecar may have; each may be left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    client: Annotated[Words, Field(max_length=100)] | None = None
    kind: Kind | None = None
    participants: Annotated[tuple[Words, ...], Field(min_length=1, max_length=20)] | None = None
    day: date | None = None
    minutes: Annotated[int, Field(ge=1, le=600)] | None = None


def beside(path: Path) -> tuple[Path, ...]:
    """Return the sidecars that a file has: of the same name with another ending, or with one more."""
    names = [f"{stem}{suffix}" for stem in (path.stem, path.name) for suffix in SIDECARS]
    found = (path.with_name(name) for name in dict.fromkeys(names) if name != path.name)
    return tuple(one for one in found if one.is_file() and not one.is_symlink())


def read_sidecar(path: Path) -> Said:
    """Return what a sidecar says.

    Raises:
        SourceRefused: it cannot be read, or a key is unknown or wrong; the error names the key, never a value.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise _wrong(path, "it is too large")
        text = content.decode("utf-8-sig")
        plain = json.loads(text) if path.suffix.lower() == ".json" else yaml.safe_load(text)
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        raise _wrong(path, f"it cannot be read as {path.suffix[1:].lower()}") from None
    try:
        said = Sidecar.model_validate(plain)
    except ValueError as error:
        raise _wrong(path, first_fault(error)) from None
    return Said("sidecar", said.client, said.kind, said.participants, said.day, said.minutes)


def _wrong(path: Path, why: str) -> SourceRefused:
    """Return the error, without the name: that may be a client's."""
    return SourceRefused(f"The {path.suffix.lower()} file beside it is wrong: {why}.", "Mend it, or remove it.")
