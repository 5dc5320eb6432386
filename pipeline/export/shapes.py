"""Shapes as data: into which boxes of which EHR a note's sections go, and how they are joined."""

import re
from collections import Counter
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from .. import resources
from ..errors import SettingsInvalid


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Box(_Entry):
    """One text box of an EHR's template, under the EHR's own heading, and the sections that go into it."""

    title: str
    takes: Annotated[tuple[str, ...], Field(min_length=1)]


class Template(_Entry):
    """One template of an EHR: for which formats it is, and its boxes; or one box, headings inside, for the whole note.

    No formats: for any that no template before it is for.
    """

    title: str
    formats: tuple[str, ...] = ()
    boxes: tuple[Box, ...] = ()
    one_box: str | None = None

    @model_validator(mode="after")
    def _each_section_once(self) -> Self:
        if bool(self.boxes) == bool(self.one_box):
            raise ValueError("a template has boxes, or one_box")
        counted = Counter(key for box in self.boxes for key in box.takes)
        if twice := sorted(key for key, times in counted.items() if times > 1):
            raise ValueError(f"two boxes take {', '.join(twice)}")
        return self


class Shape(_Entry):
    """How an EHR wants a note pasted; without a template for the format each section has a box of its own."""

    name: str
    version: Annotated[int, Field(ge=1)]
    title: str
    sources: tuple[str, ...] = ()
    join: Literal["line", "space"]
    details: bool
    templates: tuple[Template, ...] = ()

    @property
    def versioned(self) -> str:
        """The shape's versioned name, such as `simplepractice@1`."""
        return f"{self.name}@{self.version}"

    def template(self, form: str) -> Template | None:
        """Return the template for a note's format."""
        return next((one for one in self.templates if form in one.formats or not one.formats), None)


def load_shape(name: str) -> Shape:
    """Load configs/exports/shapes/<name>.yaml.

    Raises:
        SettingsInvalid: there is no such shape, or a key of it is wrong.
    """
    folder = resources.configs() / "exports" / "shapes"
    if not re.fullmatch(r"[a-z_]+", name) or not (folder / f"{name}.yaml").is_file():
        names = ", ".join(sorted(path.stem for path in folder.glob("*.yaml")))
        raise SettingsInvalid("There is no shape of that name.", f"Choose one of: {names}.")
    return resources.read_yaml(folder / f"{name}.yaml", Shape)
