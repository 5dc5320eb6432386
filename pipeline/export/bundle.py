"""All that is kept of one client in one zip file: the signed notes to read, and every value as it is kept."""

import io
import json
import zipfile
from collections.abc import Mapping
from datetime import datetime

from ..types import Addendum, Note, Value
from .render import Order, export


def bundle(
    values: Mapping[str, tuple[Value, ...]], notes: tuple[Note, ...], addenda: tuple[Addendum, ...], at: datetime
) -> bytes:
    """Return the zip file: a text of each note with its addenda, and record.json with each value and its digest."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for note in notes:
            own = tuple(one for one in addenda if one.note == note.digest)
            name = f"notes/{note.signature.at:%Y-%m-%d}-{note.digest[:8]}.txt"
            archive.writestr(name, export(note, own, Order(to="text"), at))
        kept = {
            kind: [{"digest": one.digest, **one.model_dump(mode="json")} for one in of] for kind, of in values.items()
        }
        archive.writestr("record.json", json.dumps(kept, ensure_ascii=False, indent=1))
    return content.getvalue()
