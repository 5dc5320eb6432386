"""The record itself as JSON: the note or draft with its evidence, its addenda, and the digest of each."""

import json

from ..types import Addendum, Draft, Note, Value


def write(note: Note | Draft, addenda: tuple[Addendum, ...]) -> bytes:
    """Return UTF-8 JSON; `note` and each addendum's `value` read back with their type's `read` to the same digest."""
    content = {
        "status": "signed" if isinstance(note, Note) else "DRAFT, not signed",
        **_sealed(note, "note" if isinstance(note, Note) else "draft"),
        "addenda": [_sealed(addendum, "addendum") for addendum in addenda],
    }
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


def _sealed(value: Value, name: str) -> dict[str, object]:
    return {"digest": value.digest, name: value.model_dump(mode="json")}
