"""A FHIR R4 document: Composition with its sections as narrative, Provenance, and the note as text.

Validated with fhir.resources' R4B models: R4B (4.3.0) left these resources as they were in R4 (4.0.1), see
http://hl7.org/fhir/R4B/history.html. Client and clinician are logical references (http://hl7.org/fhir/R4/references.html
#logical): Evenfall holds no Patient and no Practitioner. The reading side must match the client's reference itself.
"""

import base64
import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5
from xml.sax.saxutils import escape

from pydantic import BaseModel, ConfigDict

from .. import __version__, resources
from ..types import Draft, Note
from . import text
from .page import Page, Part, Proof
from .shapes import load_shape

LOINC: Final = "http://loinc.org"
TERMS: Final = "http://terminology.hl7.org/CodeSystem"
XHTML: Final = "http://www.w3.org/1999/xhtml"
Json = dict[str, Any]  # one FHIR element, on its way to the model that checks it


class Code(BaseModel):
    """One LOINC code as LOINC shows it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    display: str

    @property
    def concept(self) -> Json:
        """The code as a CodeableConcept."""
        return {"coding": [{"system": LOINC, "code": self.code, "display": self.display}]}


class Codes(BaseModel):
    """The codes of configs/exports/fhir.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    version: int
    type: Code
    confidentiality: str
    sections: dict[str, Code]


def write(note: Note | Draft, page: Page, at: datetime) -> bytes:
    """Return the document as JSON; `at` is when it was assembled.

    Raises:
        SettingsInvalid: configs/exports/fhir.yaml is wrong.
    """
    from fhir.resources.R4B.bundle import Bundle

    codes = resources.read_yaml(resources.configs() / "exports" / "fhir.yaml", Codes)
    name = "\n".join((note.digest, at.isoformat(), *(part.title for part in page.addenda)))
    urls = {
        kind: uuid5(NAMESPACE_URL, f"{kind} {name}").urn for kind in ("Bundle", "Composition", "Text", "Provenance")
    }
    entries = (
        (urls["Composition"], _composition(note, page, codes, urls["Text"])),
        (urls["Text"], _document_reference(note, page, codes, at)),
        (urls["Provenance"], _provenance(note, page, urls["Composition"], at)),
    )
    bundle = {
        "resourceType": "Bundle",
        "identifier": {"system": "urn:ietf:rfc:3986", "value": urls["Bundle"]},
        "type": "document",
        "timestamp": at.isoformat(),
        "entry": [{"fullUrl": url, "resource": resource} for url, resource in entries],
    }
    return Bundle.model_validate(bundle).model_dump_json(indent=2).encode() + b"\n"


def _composition(note: Note | Draft, page: Page, codes: Codes, document: str) -> Json:
    signed = isinstance(note, Note)
    sections = [
        *(_section(page, part, codes) for part in page.parts),
        *([_narrated(page, "Open before signing", _list(page.still_open))] if page.still_open else []),
        {**_narrated(page, "Signature", _paragraphs(page.signature)), "entry": [{"reference": document}]},
        *(_section(page, part, codes) for part in page.addenda),
        *([_narrated(page, "Evidence", _evidence(page.evidence))] if page.evidence else []),
    ]
    composition = {
        "resourceType": "Composition",
        "text": _narrative(page, _table(page.details)),
        "identifier": _digest(note),
        "status": _status(note, page),
        "type": codes.type.concept,
        **_subject(note),
        "date": _as_of(page).isoformat(),
        "author": _authors(page),
        "title": page.heading(page.title),
        "confidentiality": codes.confidentiality,
        "section": sections,
    }
    others = sorted((*page.added, *page.cosigned), key=lambda signed: signed[1])
    attesters = [
        {"mode": "legal", "time": page.at.isoformat(), "party": _author(page)},
        *({"mode": "professional", "time": at.isoformat(), "party": _practitioner(who)} for who, at in others),
    ]
    return {**composition, "attester": attesters} if signed else composition


def _document_reference(note: Note | Draft, page: Page, codes: Codes, at: datetime) -> Json:
    """Return the whole note as plain text, for a system that files documents and reads no sections."""
    content = text.write(page, load_shape("plain"), None).encode()
    attachment = {
        "contentType": "text/plain; charset=utf-8",
        "data": base64.b64encode(content).decode(),
        "size": len(content),
        "hash": base64.b64encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode(),
        "title": page.heading(page.title),
        "creation": _as_of(page).isoformat(),
    }
    return {
        "resourceType": "DocumentReference",
        "identifier": [_digest(note)],
        "status": "current",
        "docStatus": _status(note, page),
        "type": codes.type.concept,
        **_subject(note),
        "date": at.isoformat(),
        "author": _authors(page),
        "securityLabel": [{"coding": [{"system": f"{TERMS}/v3-Confidentiality", "code": codes.confidentiality}]}],
        "content": [{"attachment": attachment}],
    }


def _provenance(note: Note | Draft, page: Page, composition: str, at: datetime) -> Json:
    """Return who made the note, with what, from what; the source is gone and named by its digest."""
    software = {"type": "Device", "display": f"Evenfall {__version__}: {', '.join(note.versions)}"}
    agents = [_agent("assembler", software)]
    if isinstance(note, Note):
        agents = [*(_agent("author", who) for who in _authors(page)), *agents]
        attesters = dict.fromkeys(who for who, _ in (*page.added, *page.cosigned))
        agents += [_agent("attester", _practitioner(who)) for who in attesters]
    source = {"identifier": {"value": note.recording}, "display": f"The {note.kind} that the note was made from"}
    return {
        "resourceType": "Provenance",
        "target": [{"reference": composition}],
        "occurredDateTime": _as_of(page).isoformat(),
        "recorded": at.isoformat(),
        "agent": agents,
        "entity": [{"role": "source", "what": source}],
    }


def _agent(kind: str, who: Json) -> Json:
    return {"type": {"coding": [{"system": f"{TERMS}/provenance-participant-type", "code": kind}]}, "who": who}


def _author(page: Page) -> Json:
    """Return who stands for the words: the clinician who signed; of a draft nobody does yet, software made it."""
    if not page.banner:
        return _practitioner(page.author)
    return {"type": "Device", "display": "Evenfall (unsigned draft)"}


def _authors(page: Page) -> list[Json]:
    """Return the author, and who else signed an addendum; each section of an addendum names its own."""
    others = dict.fromkeys(who for who, _ in page.added if who != page.author)
    return [_author(page), *map(_practitioner, others)]


def _as_of(page: Page) -> datetime:
    """Return when the words became what they are: with the newest addendum; a co-signature changes none."""
    return max((page.at, *(at for _, at in page.added)))


def _practitioner(who: str) -> Json:
    return {"type": "Practitioner", "display": who}


def _subject(note: Note | Draft) -> Json:
    """Return the client's reference as the practice uses it; nothing where none was given."""
    return {"subject": {"type": "Patient", "identifier": {"value": note.client}}} if note.client else {}


def _digest(note: Note | Draft) -> Json:
    return {"type": {"text": "SHA-256 digest"}, "value": note.digest}


def _status(note: Note | Draft, page: Page) -> str:
    """Return the composition's status; a co-signature attests to the note and amends nothing."""
    if isinstance(note, Draft):
        return "preliminary"
    return "amended" if any(part.key == "addendum" for part in page.addenda) else "final"


def _section(page: Page, part: Part, codes: Codes) -> Json:
    """Return a section; one in which nothing was addressed says so also to a program."""
    narrated = _narrated(page, part.title, _list(part.sentences) + _paragraphs((*part.missing, part.signed)))
    code = codes.sections.get(part.key)
    author = part.signer or (page.author if page.added else "")
    written = {"author": [_practitioner(author)]} if author else {}
    empty = {} if part.sentences else {"emptyReason": {"text": "not addressed"}}
    return {**narrated, **written, **({"code": code.concept} if code else {}), **empty}


def _narrated(page: Page, title: str, body: str) -> Json:
    return {"title": page.heading(title), "text": _narrative(page, body)}


def _narrative(page: Page, body: str) -> Json:
    return {"status": "generated", "div": f'<div xmlns="{XHTML}">{_paragraphs((page.banner,))}{body}</div>'}


def _paragraphs(lines: Iterable[str]) -> str:
    return "".join(f"<p>{_words(line)}</p>" for line in lines if line)


def _list(lines: Iterable[str]) -> str:
    items = "".join(f"<li>{_words(line)}</li>" for line in lines)
    return f"<ul>{items}</ul>" if items else ""


def _table(rows: Iterable[tuple[str, ...]]) -> str:
    cells = ("".join(f"<td>{_words(cell)}</td>" for cell in row) for row in rows)
    return f"<table><tbody>{''.join(f'<tr>{row}</tr>' for row in cells)}</tbody></table>"


def _evidence(proofs: Iterable[Proof]) -> str:
    return _table((p.statement, p.quote, f"{p.who}, {p.when}", p.source) for p in proofs)


def _words(line: str) -> str:
    return escape(line).replace("\n", "<br/>")
