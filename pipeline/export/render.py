"""From a note to bytes: which exporter makes what was ordered. Nothing is written here."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args

from ..errors import Refused
from ..types import Addendum, Draft, Note
from . import plain_json, text
from .page import lay_out
from .shapes import load_shape

Target = Literal["text", "docx", "pdf", "fhir", "json"]
TARGETS: Final[tuple[Target, ...]] = get_args(Target)


@dataclass(frozen=True)
class Order:
    """What is wanted: `shape` and `section` are for text only, `appendix` adds each statement's evidence."""

    to: Target
    shape: str = "plain"
    section: str | None = None
    appendix: bool = False

    @property
    def name(self) -> str:
        """What was exported, as the audit chain names it: without a word of the note."""
        kind = f"text ({load_shape(self.shape).versioned})" if self.to == "text" else self.to
        return f"{kind} with evidence" if self.appendix else kind


def export(note: Note | Draft, addenda: tuple[Addendum, ...], order: Order, at: datetime) -> bytes:
    """Return a note as bytes of the ordered kind; `at` is the moment of the export. A draft is marked throughout.

    JSON is the record itself, so that it always holds the evidence.

    Raises:
        Refused: an option that this kind does not take, no such section, no font for a character of the note.
        SettingsInvalid: there is no such shape, or a file of configs/exports is wrong.
    """
    if order.to != "text" and (order.section is not None or order.shape != "plain"):
        raise Refused("Only text takes a shape or a section.", "Leave them out, or choose: --to text.")
    if order.to == "json":
        return plain_json.write(note, addenda)
    page = lay_out(note, addenda, order.appendix)
    if order.to == "text":
        return text.write(page, load_shape(order.shape), order.section).encode()
    if order.to == "docx":
        from . import docx

        return docx.write(page)
    if order.to == "pdf":
        from . import pdf

        return pdf.write(page)
    from . import fhir

    return fhir.write(note, page, at)
