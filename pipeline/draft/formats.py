"""Formats as data: which category goes into which section, in which order."""

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from .. import resources
from ..errors import SettingsInvalid
from ..types import Category


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Take(_Entry):
    """One category that a section takes: all of it, or only what was reported by the client or observed."""

    category: Category
    said: Literal["reported", "observed"] | None = None
    expected: bool = False


class SectionFormat(_Entry):
    """One section of a format and what it takes, in order."""

    key: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    title: str
    takes: Annotated[tuple[Take, ...], Field(min_length=1)]


class Format(_Entry):
    """A note format; `versioned` goes into every draft made with it."""

    name: str
    version: Annotated[int, Field(ge=1)]
    title: str
    sections: Annotated[tuple[SectionFormat, ...], Field(min_length=1)]

    @property
    def versioned(self) -> str:
        """The format's versioned name, such as `soap@1`."""
        return f"{self.name}@{self.version}"

    def place(self, category: Category, observed: bool) -> tuple[int, int]:
        """Return the index of the section and of the take in it; a category that no section takes goes last."""
        said = "observed" if observed else "reported"
        for i, section in enumerate(self.sections):
            for j, take in enumerate(section.takes):
                if take.category == category and take.said in (None, said):
                    return i, j
        return len(self.sections) - 1, len(self.sections[-1].takes)


def load_format(name: str) -> Format:
    """Load configs/formats/<name>.yaml.

    Raises:
        SettingsInvalid: there is no such format, or a key of it is wrong.
    """
    folder = resources.configs() / "formats"
    if not re.fullmatch(r"[a-z_]+", name) or not (folder / f"{name}.yaml").is_file():
        names = ", ".join(sorted(path.stem for path in folder.glob("*.yaml")))
        raise SettingsInvalid("There is no format of that name.", f"Choose one of: {names}.")
    return resources.read_yaml(folder / f"{name}.yaml", Format)
