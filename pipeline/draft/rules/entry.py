"""What every check of a rule gives: hits, and the words that its question may name."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from .view import View


class Entry(BaseModel):
    """A part of a rule pack as it stands in YAML: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True)
class Hit:
    """One reason to ask: the statement that it is about ("" for the note), and what the question names.

    `sign` tells two hits of one rule apart and stays the same as long as the words do.
    """

    target: str = ""
    sign: str = ""
    named: dict[str, str] = field(default_factory=dict)


class Check(Entry):
    """One kind of check; `names` are the braces that a rule's question may use."""

    names: ClassVar[tuple[str, ...]] = ()

    def find(self, view: View) -> Iterator[Hit]:
        """Yield the reasons to ask about this note."""
        raise NotImplementedError
