"""The documents themselves, read by other libraries: Word's styles, PDF's tags, FHIR's resources."""

import hashlib
import io
from collections.abc import Iterator
from typing import Any

import pypdf
import pytest
from fhir.resources.R4B.documentreference import DocumentReference

from pipeline.errors import Refused

from .exported import (
    LATER,
    NOON,
    SAID,
    SIGNED,
    another_clinicians_late_entry,
    bundle,
    co_signature,
    composition,
    document,
    docx_words,
    draft,
    late_entry,
    made,
    narrative,
    note,
    pages,
    sections,
)

LONG = tuple(f"Sentence {i} of a long session, with {i} details that each matter to somebody." for i in range(300))

# Word


def test_word_has_real_styles() -> None:
    styles = [(p.style.name, p.text) for p in document(made(note(), "docx", late_entry())).paragraphs if p.style]
    assert styles[0] == ("Title", "Progress note")
    assert [text for name, text in styles if name == "Heading 1"][:5] == [
        "Subjective",
        "Objective",
        "Assessment",
        "Plan",
        "Signature",
    ]
    assert [text for name, text in styles if name == "List Bullet"][:4] == list(SAID)
    signed = [text for name, text in styles if name == "Signature Block"]
    assert signed[0].startswith("Signed by Ana Ruiz, LCSW, 2026-03-02")
    assert signed[1] == f"Note digest (SHA-256): {note().digest}"
    assert signed[2].startswith("Signed by Ana Ruiz, LCSW, 2026-03-04")


def test_word_has_the_session_details_in_a_table() -> None:
    (table,) = document(made(note(), "docx")).tables
    rows = [tuple(cell.text for cell in row.cells) for row in table.rows]
    assert rows == [
        ("Client", "K-12"),
        ("Minutes", "50"),
        ("Start time", "not addressed"),
        ("Source", "dictation"),
        ("Format", "soap@1"),
    ]


def test_word_numbers_its_pages_and_names_the_client_on_each() -> None:
    (section,) = document(made(note(), "docx")).sections
    assert section.header.paragraphs[0].text == "Progress note. Client: K-12"
    instructions = section.footer.paragraphs[0]._p.xpath("w:fldSimple/@w:instr")
    assert instructions == ["PAGE", "NUMPAGES"]


def test_a_draft_in_word_is_marked_on_every_page_and_in_every_section() -> None:
    made_document = document(made(draft(), "docx"))
    assert [section.header.paragraphs[0].text[:17] for section in made_document.sections] == ["DRAFT, not signed"]
    headings = [p.text for p in made_document.paragraphs if p.style and p.style.name in ("Title", "Heading 1")]
    assert len(headings) == 7
    assert all(heading.endswith("(DRAFT)") for heading in headings)


def test_word_says_who_wrote_it_and_when_and_nothing_of_the_client() -> None:
    properties = document(made(note(), "docx")).core_properties
    assert (properties.title, properties.author) == ("Progress note", "Ana Ruiz, LCSW")
    assert properties.created == NOON
    assert "K-12" not in f"{properties.title}{properties.subject}{properties.keywords}{properties.comments}"


def test_word_takes_the_longest_credentials() -> None:
    long = note().replace(signature=SIGNED.replace(credentials="L" * 300))
    content = document(made(long, "docx"))
    assert content.core_properties.author.startswith("Ana Ruiz, LLL")
    assert "L" * 300 in docx_words(made(long, "docx"))


def test_the_heading_row_of_the_evidence_repeats() -> None:
    evidence = document(made(note(), "docx", appendix=True)).tables[1]
    assert [cell.text for cell in evidence.rows[0].cells] == ["Statement", "Words", "Who and when", "Source"]
    assert len(evidence.rows[0]._tr.xpath("w:trPr/w:tblHeader")) == 1


# PDF


def tags(element: Any) -> Iterator[str]:
    """Yield the tags of a PDF's structure tree in reading order."""
    element = element.get_object()
    if isinstance(element, list):
        for child in element:
            yield from tags(child)
    elif isinstance(element, dict):
        if "/S" in element:
            yield element["/S"]
        if "/K" in element:
            yield from tags(element["/K"])


def root(content: bytes) -> Any:
    return pypdf.PdfReader(io.BytesIO(content)).trailer["/Root"]


def test_the_pdf_is_tagged_in_reading_order() -> None:
    top = root(made(note(), "pdf", late_entry(), appendix=True))
    assert top["/MarkInfo"]["/Marked"] == True  # noqa: E712 (pypdf's own boolean)
    assert top["/Lang"].startswith("en")
    found = list(tags(top["/StructTreeRoot"]))
    assert found[:3] == ["/Document", "/Title", "/Table"]
    kept = [tag for tag in found[3:] if tag in ("/H1", "/LI", "/Table")]
    sections_and_statements = ["/H1", "/LI", "/LI", "/H1", "/H1", "/LI", "/H1", "/LI"]
    assert kept == [*sections_and_statements, "/H1", "/H1", "/LI", "/H1", "/Table"]
    assert found.count("/TH") == 2 + 4
    assert b"pdfuaid" in top["/Metadata"].get_data()


def test_the_pdf_numbers_its_pages_and_names_the_client_on_each() -> None:
    found = pages(made(note(sections(LONG)), "pdf"))
    assert len(found) > 5
    for number, text in enumerate(found, 1):
        assert f"Page {number} of {len(found)}" in text
        assert "Progress note. Client: K-12" in text


def test_a_draft_in_pdf_is_marked_on_every_page_and_in_every_section() -> None:
    found = pages(made(draft(LONG), "pdf"))
    assert len(found) > 5
    assert all(text.count("DRAFT") >= 2 for text in found)
    whole = "\n".join(found)
    for title in ("Subjective", "Objective", "Assessment", "Plan", "Open before signing", "Signature"):
        assert f"{title} (DRAFT)" in whole
    assert "DRAFT" not in "\n".join(pages(made(note(), "pdf")))


def test_the_pdf_says_who_wrote_it_and_when_and_nothing_of_the_client() -> None:
    about = pypdf.PdfReader(io.BytesIO(made(note(), "pdf"))).metadata
    assert about is not None
    assert (about.title, about.author, about.creation_date) == ("Progress note", "Ana Ruiz, LCSW", NOON)


def test_the_same_note_gives_the_same_pdf() -> None:
    assert made(note(), "pdf") == made(note(), "pdf")


def test_a_character_that_no_font_has_is_refused_without_showing_words() -> None:
    said = ("Heartsick \U0010fffd today.", *SAID[1:])
    with pytest.raises(Refused, match="--to docx") as caught:
        made(note(sections(said)), "pdf")
    shown = f"{caught.value}{caught.value!r}{caught.value.__cause__}"
    assert "Heartsick" not in shown
    assert "\U0010fffd" not in shown


# FHIR


def resources_of(content: bytes) -> tuple[Any, ...]:
    read = bundle(content)
    assert (read.type, read.timestamp) == ("document", LATER)
    assert read.identifier.system == "urn:ietf:rfc:3986"
    assert len({entry.fullUrl for entry in read.entry}) == 3
    return tuple(entry.resource for entry in read.entry)


def test_the_composition_is_the_note() -> None:
    found = composition(made(note(), "fhir"))
    assert (found.status, found.type.coding[0].code, found.confidentiality) == ("final", "11506-3", "R")
    assert found.date == NOON
    assert found.subject.identifier.value == "K-12"
    assert found.identifier.value == note().digest
    (attester,) = found.attester
    assert (attester.mode, attester.time, attester.party.display) == ("legal", NOON, "Ana Ruiz, LCSW")
    coded = {section.title: section.code and section.code.coding[0].code for section in found.section}
    assert coded == {
        "Subjective": "61150-9",
        "Objective": "61149-1",
        "Assessment": "51848-0",
        "Plan": "18776-5",
        "Signature": None,
    }
    empty = [section.title for section in found.section if section.emptyReason]
    assert empty == ["Objective"]


def test_client_and_clinician_are_logical_references_and_no_resources() -> None:
    content = made(note(), "fhir")
    kinds = [type(resource).__name__ for resource in resources_of(content)]
    assert kinds == ["Composition", "DocumentReference", "Provenance"]
    found = composition(content)
    assert (found.subject.type, found.subject.reference) == ("Patient", None)
    assert (found.author[0].type, found.author[0].reference) == ("Practitioner", None)
    assert composition(made(note().replace(client=None), "fhir")).subject is None


def test_every_reference_inside_the_bundle_leads_somewhere() -> None:
    entries = bundle(made(note(), "fhir")).entry
    urls = [entry.fullUrl for entry in entries]
    first, filed, provenance = (entry.resource for entry in entries)
    assert [one.reference for section in first.section for one in section.entry or ()] == [urls[1]]
    assert [one.reference for one in provenance.target] == [urls[0]]
    assert isinstance(filed, DocumentReference)


def test_the_provenance_says_who_with_what_from_what() -> None:
    *_, found = resources_of(made(note(), "fhir"))
    assert (found.occurredDateTime, found.recorded) == (NOON, LATER)
    agents = {agent.type.coding[0].code: agent.who.display for agent in found.agent}
    assert agents["author"] == "Ana Ruiz, LCSW"
    assert "soap@1" in agents["assembler"]
    assert found.entity[0].what.identifier.value == note().recording


def test_the_note_as_text_is_filed_with_it() -> None:
    _, filed, _ = resources_of(made(note(), "fhir", late_entry()))
    (content,) = filed.content
    text = made(note(), "text", late_entry())
    assert content.attachment.data == text  # fhir.resources takes the base64 off both
    assert content.attachment.hash == hashlib.sha1(text).digest()
    assert (filed.docStatus, content.attachment.size) == ("amended", len(text))


def test_an_addendum_amends_the_composition_and_is_a_labelled_section() -> None:
    found = composition(made(note(), "fhir", late_entry()))
    assert found.status == "amended"
    assert found.section[-1].title.startswith("Late entry, 2026-03-04")
    assert narrative(found.section[-1].text.div).startswith("She rang at noon.\nMoved to Friday.\nSigned by")


def test_who_signed_an_addendum_answers_for_it_and_not_for_the_note() -> None:
    found, filed, provenance = resources_of(made(note(), "fhir", another_clinicians_late_entry()))
    assert [one.display for one in found.author] == ["Ana Ruiz, LCSW", "Ben Ode, MD"]
    assert [(one.mode, one.time, one.party.display) for one in found.attester] == [
        ("legal", NOON, "Ana Ruiz, LCSW"),
        ("professional", LATER, "Ben Ode, MD"),
    ]
    wrote = {section.title.split(",")[0]: section.author and section.author[0].display for section in found.section}
    assert (wrote["Assessment"], wrote["Late entry"]) == ("Ana Ruiz, LCSW", "Ben Ode, MD")
    assert (found.date, filed.content[0].attachment.creation, provenance.occurredDateTime) == (LATER, LATER, LATER)
    assert [one.display for one in filed.author] == ["Ana Ruiz, LCSW", "Ben Ode, MD"]
    agents = [(agent.type.coding[0].code, agent.who.display) for agent in provenance.agent]
    assert agents[:2] == [("author", "Ana Ruiz, LCSW"), ("author", "Ben Ode, MD")]
    assert agents[-1] == ("attester", "Ben Ode, MD")


def test_an_addendum_of_the_same_clinician_adds_no_author() -> None:
    found = composition(made(note(), "fhir", late_entry()))
    assert [one.display for one in found.author] == ["Ana Ruiz, LCSW"]
    assert [(one.mode, one.time) for one in found.attester] == [("legal", NOON), ("professional", LATER)]


def test_a_co_signature_attests_to_the_composition_and_amends_nothing() -> None:
    found = composition(made(note(), "fhir", co_signature()))
    assert found.status == "final"
    assert [(one.mode, one.party.display) for one in found.attester] == [
        ("legal", "Ana Ruiz, LCSW"),
        ("professional", "Lee Park, LMFT"),
    ]
    _, filed, provenance = resources_of(made(note(), "fhir", co_signature()))
    assert filed.docStatus == "final"
    assert [agent.type.coding[0].code for agent in provenance.agent] == ["author", "assembler", "attester"]


def test_a_draft_in_fhir_is_preliminary_unsigned_and_marked_in_every_section() -> None:
    found = composition(made(draft(), "fhir"))
    assert (found.status, found.attester, found.author[0].type) == ("preliminary", None, "Device")
    for section in found.section:
        assert section.title.endswith("(DRAFT)")
        assert narrative(section.text.div).startswith("DRAFT, not signed.")
    _, filed, provenance = resources_of(made(draft(), "fhir"))
    assert filed.docStatus == "preliminary"
    assert [agent.type.coding[0].code for agent in provenance.agent] == ["assembler"]
