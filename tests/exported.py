"""A note, a draft and an addendum for the tests of the exports, and how each kind of export is read back."""

import io
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import docx
import pypdf
from docx.document import Document
from docx.table import Table
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.composition import Composition

from pipeline.export import Order, Target, export
from pipeline.types import (
    Addendum,
    Detail,
    Draft,
    MustTouch,
    Note,
    Question,
    Section,
    Signature,
    Statement,
    Transcript,
    Turn,
    Typed,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = datetime(2026, 3, 4, 9, 30, tzinfo=UTC)
SAID = (
    "She describes herself as “quietly heartsick” about the move.",
    'Sleep: "four hours", woke at 3 & at 5 <twice>.',
    "Denies suicidal ideation, homicidal ideation and self-harm.",
    "Sertraline 50 mg; worry log 4×/week, Zoë's number is not her partner's.",
)
SIGNED = Signature(name="Ana Ruiz", credentials="LCSW", at=NOON)


def transcript(said: Sequence[str]) -> Transcript:
    turns = tuple(
        Turn(id=f"t{i}", speaker="clinician", start=i * 7.0, end=i * 7.0 + 6, text=words)
        for i, words in enumerate(said)
    )
    return Transcript(recording="a" * 64, kind="dictation", engine="test@1", turns=turns)


def statements(said: Sequence[str]) -> tuple[Statement, ...]:
    heard = transcript(said)
    return tuple(
        Statement(
            text=words, source="clinician dictated", category="mood", evidence=(heard.evidence(f"t{i}", 0, len(words)),)
        )
        for i, words in enumerate(said)
    )


def sections(said: Sequence[str] = SAID) -> tuple[Section, ...]:
    """All but the last two sentences are subjective, of those one is assessment and one plan; nothing is objective."""
    made = statements(said)
    return (
        Section(key="subjective", title="Subjective", statements=made[:-2]),
        Section(key="objective", title="Objective"),
        Section(key="assessment", title="Assessment", statements=made[-2:-1], not_addressed=("risk",)),
        Section(key="plan", title="Plan", statements=made[-1:]),
    )


def details() -> tuple[Detail, ...]:
    typed = Typed(by="ruiz", at=NOON, quote="50")
    return (Detail(key="minutes", value="50", source="typed", evidence=(typed,)),)


def note(parts: tuple[Section, ...] | None = None, form: str = "soap@1") -> Note:
    return Note(
        draft="b" * 64,
        review="c" * 64,
        recording="a" * 64,
        kind="dictation",
        format=form,
        versions=("evenfall@1", "test@1", form),
        sections=sections() if parts is None else parts,
        signature=SIGNED,
        client="K-12",
        details=details(),
        details_not_addressed=("start time",),
    )


def draft(said: Sequence[str] = SAID) -> Draft:
    return Draft(
        recording="a" * 64,
        transcript=transcript(said).digest,
        kind="dictation",
        format="soap@1",
        versions=("evenfall@1",),
        drafted_at=NOON,
        due_at=LATER,
        expires_at=LATER,
        sections=sections(said),
        client="K-12",
        questions=(Question(key="times", text="When did the session start and end?", citation="OAC 317:30-5-248"),),
        must_touch=(MustTouch(target="not_addressed:risk", reason="not addressed", message="Risk was not addressed."),),
    )


def late_entry() -> Addendum:
    later = SIGNED.replace(at=LATER)
    return Addendum(note=note().digest, label="Late entry", text="She rang at noon.\nMoved to Friday.", signature=later)


def another_clinicians_late_entry() -> Addendum:
    other = Signature(name="Ben Ode", credentials="MD", at=LATER)
    return Addendum(note=note().digest, label="Late entry", text="The client rang, in despair.", signature=other)


def co_signature() -> Addendum:
    supervisor = Signature(name="Lee Park", credentials="LMFT", at=LATER)
    return Addendum(note=note().digest, label="Co-signature", text="Ask about sleep next time.", signature=supervisor)


def made(what: Note | Draft, to: Target, *addenda: Addendum, appendix: bool = False) -> bytes:
    return export(what, addenda, Order(to=to, appendix=appendix), LATER)


def document(content: bytes) -> Document:
    return docx.Document(io.BytesIO(content))


def docx_words(content: bytes) -> str:
    """Everything in the body of a Word document, in order, tables too."""
    body = document(content)
    lines: list[str] = []
    for block in body.iter_inner_content():
        if isinstance(block, Table):
            lines += (cell.text for row in block.rows for cell in row.cells)
        else:
            lines.append(block.text)
    return "\n".join(lines)


def pages(content: bytes) -> tuple[str, ...]:
    """The text of each page of a PDF."""
    return tuple(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)


def bundle(content: bytes) -> Any:
    """A FHIR document, read and checked by fhir.resources; Any, for almost all of its fields may be None."""
    return Bundle.model_validate_json(content)


def composition(content: bytes) -> Any:
    """The composition of a FHIR document."""
    first = bundle(content).entry[0].resource
    assert isinstance(first, Composition)
    return first


def narrative(div: str) -> str:
    """The words of a FHIR narrative, a line for each line of it."""
    tree = ElementTree.fromstring(div)
    for element in tree.iter():
        name = element.tag.split("}")[1]
        if name in ("br", "li", "p", "td"):
            element.tail = f"\n{element.tail or ''}"
    return "".join(tree.itertext())


def fhir_words(content: bytes) -> str:
    found = composition(content)
    parts = [f"{section.title}\n{narrative(section.text.div)}" for section in found.section]
    return "\n".join((found.title, narrative(found.text.div), *parts))


def json_words(content: bytes) -> str:
    """The statements and addenda of the JSON export, from its own fields."""
    found = json.loads(content)
    value = found.get("note") or found["draft"]
    texts = [statement["text"] for section in value["sections"] for statement in section["statements"]]
    return "\n".join((*texts, *(one["addendum"]["text"] for one in found["addenda"])))


READ: dict[Target, Callable[[bytes], str]] = {
    "text": bytes.decode,
    "docx": docx_words,
    "pdf": lambda content: "\n".join(pages(content)),
    "fhir": fhir_words,
    "json": json_words,
}


def squeezed(text: str) -> str:
    """Text without white space: a PDF breaks its lines where the page ends."""
    return "".join(text.split())
