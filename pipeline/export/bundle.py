"""All that is kept of one client in one zip file: the signed notes to read, and every value as it is kept."""

import io
import json
import zipfile
from collections.abc import Mapping
from datetime import date, datetime

from ..types import Addendum, Note, Value
from .render import Order, export


def bundle(
    values: Mapping[str, tuple[Value, ...]], notes: tuple[Note, ...], addenda: tuple[Addendum, ...], at: datetime
) -> bytes:
    """Return the zip file: a text of each note with its addenda, and record.json with each value and its digest.

    A note's file is named after the day of its session.
    """
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for note in notes:
            own = tuple(one for one in addenda if one.note == note.digest)
            archive.writestr(f"notes/{_day(note)}-{note.digest[:8]}.txt", export(note, own, Order(to="text"), at))
        kept = {
            kind: [{"digest": one.digest, **one.model_dump(mode="json")} for one in of] for kind, of in values.items()
        }
        archive.writestr("record.json", json.dumps(kept, ensure_ascii=False, indent=1))
    return content.getvalue()


def _day(note: Note) -> date:
    """Return the day of the session; where the note does not hold it, the day of signing, in local time."""
    known = {detail.key: detail.value for detail in note.details}
    return date.fromisoformat(known["date"]) if "date" in known else note.signature.at.astimezone().date()
