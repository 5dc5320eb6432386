"""Word documents: real ones, made by python-docx as Teams, Meet, Otter and typists make them, and bad ones."""

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx as python_docx
import pytest
from docx.document import Document
from docx.oxml import parse_xml
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import EvenfallError, SourceRefused
from pipeline.speech.transcripts import docx
from pipeline.speech.transcripts.files import kind_of, read_text

from .test_files import DICTATION, SESSION

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
BOXES = (
    f'{W} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml"'
)
PIXEL = (  # a PNG of one pixel, as an icon beside a speaker
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90wS\xde\x00\x00\x00\x0c"
    b"IDATx\x9cc\xf8\xcf\xc0\x00\x00\x03\x01\x01\x00\xc9\xfe\x92\xef\x00\x00\x00\x00IEND\xaeB`\x82"
)


def saved(document: Document) -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def made(*paragraphs: str) -> bytes:
    document = python_docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    return saved(document)


def with_xml(xml: str) -> bytes:
    """Return a document whose body begins with this XML."""
    document = python_docx.Document()
    document.element.body.insert(0, parse_xml(xml))
    return saved(document)


def lines(content: bytes) -> list[str]:
    return [line.text for line in docx.read(content)]


def turns(tmp_path: Path, content: bytes, clinician: str | None = None) -> tuple[str, list[tuple[str, float, str]]]:
    (tmp_path / "a.docx").write_bytes(content)
    _, transcript = read_text(tmp_path / "a.docx", SESSION, clinician)
    return transcript.engine, [(turn.speaker, turn.start, turn.text) for turn in transcript.turns]


def repacked(content: bytes, change: Callable[[str, bytes], bytes | None], **added: bytes) -> bytes:
    """Return the package with each part changed, left out (None) or added."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = change(name, old.read(name))
            if part is not None:
                new.writestr(name, part)
        for name, part in added.items():
            new.writestr(f"word/{name}.bin", part)
    return stream.getvalue()


def of_teams() -> bytes:
    """A turn is one paragraph, its lines broken within it, an icon in its first run; read from a real export."""
    document = python_docx.Document()
    document.add_paragraph("Weekly session-20260710_154212-Meeting Recording")
    document.add_paragraph("10 juillet 2026, 08:42")
    document.add_paragraph("31m 5s")
    document.add_paragraph().add_run("Jane Roe").bold = True
    document.paragraphs[-1].add_run(" started transcription")
    for name, time, said in (
        ("Dr. Lee", "0:03", ["How did the week go?"]),
        ("Jane Roe", "0:21", ["Not great.", "I slept four hours."]),
    ):
        paragraph = document.add_paragraph()
        paragraph.add_run().add_picture(io.BytesIO(PIXEL))
        paragraph.add_run(name).bold = True
        paragraph.add_run(f"   {time}")
        for line in said:
            paragraph.add_run().add_break()
            paragraph.add_run(line)
    document.add_paragraph("Jane Roe stopped transcription")
    return saved(document)


def test_teams(tmp_path: Path) -> None:
    expected = [("clinician", 3, "How did the week go?"), ("client", 21, "Not great. I slept four hours.")]
    assert turns(tmp_path, of_teams()) == ("file:teams@1", expected)
    assert kind_of(tmp_path / "a.docx") == "session"


def test_google_meet(tmp_path: Path) -> None:
    document = python_docx.Document()
    document.add_heading("Session - Transcript", 1)
    document.add_heading("Attendees", 2)
    document.add_paragraph("Ann Lee, Jane Roe")
    document.add_heading("Transcript", 2)
    for text in ("00:00:00", "Ann Lee: How are you?", "Jane Roe: Tired.", "00:05:00", "Ann Lee: Since when?"):
        document.add_paragraph(text)
    document.add_heading("Transcription ended after 00:06:00", 3)
    document.add_paragraph("This editable transcript was computer generated and might contain errors.")
    assert turns(tmp_path, saved(document), "Ann Lee") == (
        "file:meet@1",
        [("clinician", 0, "How are you?"), ("client", 0, "Tired."), ("clinician", 300, "Since when?")],
    )


def test_otter(tmp_path: Path) -> None:
    content = made(
        "Note", "Mon, Mar 2, 2026 9:03AM", "31:20", "SUMMARY KEYWORDS", "sleep, work, sister", "SPEAKERS",
        "Jane Roe, Dr. Lee", "Dr. Lee  00:02", "How are you?", "Jane Roe  00:05", "Tired.",
        "Transcribed by https://otter.ai",
    )  # fmt: skip
    assert turns(tmp_path, content) == ("file:otter@1", [("clinician", 2, "How are you?"), ("client", 5, "Tired.")])


@pytest.mark.parametrize("order", [("0:00", "Dr. Lee"), ("Dr. Lee", "0:00")])
def test_a_table_is_read_row_by_row(tmp_path: Path, order: tuple[str, str]) -> None:
    document = python_docx.Document()
    document.add_paragraph("Session 4")
    table = document.add_table(rows=0, cols=3)
    for cells in ((*order, "How are you?"), *[[c.replace("0:00", "0:05").replace("Dr. Lee", "Jo") for c in order]]):
        row = table.add_row().cells
        for cell, text in zip(row, cells, strict=False):
            cell.text = text
    row[2].text = "Tired."
    row[2].add_paragraph("I don't sleep.")
    _, found = turns(tmp_path, saved(document))
    assert found == [("clinician", 0, "How are you?"), ("client", 5, "Tired. I don't sleep.")]


def test_names_before_the_words(tmp_path: Path) -> None:
    content = made("Therapist: How are you?", "Client: Tired.", "I don't sleep.")
    assert turns(tmp_path, content)[1] == [
        ("clinician", 0, "How are you?"),
        ("client", 0, "Tired. I don't sleep."),
    ]


def test_prose_is_a_dictation(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(made("Mood is low. No SI.", "", "Plan: see in two weeks"))
    recording, transcript = read_text(tmp_path / "a.docx", DICTATION)
    assert [turn.text for turn in transcript.turns] == ["Mood is low.", "No SI.", "Plan: see in two weeks"]
    assert recording.format == "docx" and transcript.engine == "file:docx"
    assert kind_of(tmp_path / "a.docx") == "dictation"


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        pytest.param(
            f"<w:p {W}><w:r><w:t>No </w:t></w:r><w:del><w:r><w:delText>more </w:delText></w:r></w:del>"
            "<w:ins><w:r><w:t>thoughts.</w:t></w:r></w:ins></w:p>",
            ["No thoughts."],
            id="tracked changes",
        ),
        pytest.param(
            f"<w:p {W}><w:moveFrom><w:r><w:t>gone</w:t></w:r></w:moveFrom><w:moveTo><w:r><w:t>here</w:t></w:r>"
            "</w:moveTo></w:p>",
            ["here"],
            id="moved text",
        ),
        pytest.param(
            f"<w:p {W}><w:hyperlink><w:r><w:t>link</w:t></w:r></w:hyperlink><w:r><w:tab/><w:t>a</w:t><w:br/>"
            "<w:t>b</w:t><w:noBreakHyphen/><w:t>c</w:t></w:r></w:p>",
            ["link\ta", "b-c"],
            id="links, tabs and breaks",
        ),
        pytest.param(
            f"<w:sdt {W}><w:sdtPr><w:alias/></w:sdtPr><w:sdtContent><w:p><w:r><w:t>in a field</w:t></w:r></w:p>"
            "</w:sdtContent></w:sdt>",
            ["in a field"],
            id="a form field",
        ),
        pytest.param(
            f"<w:p {BOXES}><w:r><w:t>beside</w:t><mc:AlternateContent><mc:Choice Requires='wps'><wps:txbx>"
            "<w:txbxContent><w:p><w:r><w:t>boxed</w:t></w:r></w:p></w:txbxContent></wps:txbx></mc:Choice><mc:Fallback>"
            "<v:textbox><w:txbxContent><w:p><w:r><w:t>boxed</w:t></w:r></w:p></w:txbxContent></v:textbox>"
            "</mc:Fallback></mc:AlternateContent></w:r></w:p>",
            ["boxed", "beside"],
            id="a text box, once",
        ),
        pytest.param(
            f"<w:p {W}><w:r><w:instrText>DATE</w:instrText></w:r><w:r><w:t>May 4</w:t></w:r></w:p>",
            ["May 4"],
            id="a field's result, not its code",
        ),
        pytest.param(
            f"<w:p {W}><w:r><w:commentReference w:id='1'/><w:t>said</w:t></w:r></w:p>", ["said"], id="a comment's place"
        ),
        pytest.param(
            f"<w:tbl {W}><w:tr><w:tc><w:p/></w:tc><w:tc><w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc>"
            "<w:tc><w:p><w:r><w:t>b</w:t></w:r></w:p></w:tc></w:tr></w:tbl><w:p><w:r><w:t>c</w:t></w:r></w:p></w:tc>"
            "<w:tc><w:p/></w:tc></w:tr></w:tbl>",
            ["a\tb", "c"],
            id="a table in a table",
        ),
    ],
)
def test_what_word_shows_is_read_and_what_is_deleted_is_not(xml: str, expected: list[str]) -> None:
    assert lines(with_xml(xml)) == expected


@pytest.mark.parametrize("element", ["footnoteReference", "endnoteReference", "altChunk"])
def test_text_that_would_be_left_out_is_said_with_its_paragraph(element: str) -> None:
    inner = f"<w:{element} w:id='1'/>"
    with pytest.raises(SourceRefused, match="Paragraph 1 of the Word document has") as caught:
        lines(with_xml(f"<w:p {W}><w:r><w:t>private</w:t>{inner}</w:r></w:p>"))
    assert "private" not in str(caught.value)


def test_a_line_that_fits_no_layout_is_named_by_its_paragraph(tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match="^Paragraph 3 ") as caught:
        turns(tmp_path, made("Dr. Lee   0:03", "How?", "Jane Roe   0:1x", "private", "Dr. Lee   0:20", "Yes."))
    assert "private" not in str(caught.value)


def test_the_text_is_found_by_its_relation_not_by_its_name(tmp_path: Path) -> None:
    content = made("Mood is low.")
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            part = old.read(name).replace(b"word/document.xml", b"word/document2.xml")
            new.writestr(name.replace("word/document.xml", "word/document2.xml"), part)
    assert lines(stream.getvalue()) == ["Mood is low."]


def bomb() -> bytes:
    """60 kB that unpack to 60 MB."""
    xml = f"<w:document {W}><w:body><w:p><w:r><w:t>".encode() + b"a" * 60_000_000
    return repacked(made("x"), lambda name, part: xml if name == "word/document.xml" else part)


def entities() -> bytes:
    xml = (
        '<!DOCTYPE d [<!ENTITY a "private"><!ENTITY b "&a;&a;&a;">]>'
        f"<w:document {W}><w:body><w:p><w:r><w:t>&b;</w:t></w:r></w:p></w:body></w:document>"
    )
    return repacked(made("x"), lambda name, part: xml.encode() if name == "word/document.xml" else part)


def flagged() -> bytes:
    """Mark each part as encrypted."""
    content = bytearray(made("private"))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(signature)
        while at >= 0:
            content[at + offset : at + offset + 2] = struct.pack("<H", 1)
            at = content.find(signature, at + 1)
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(bomb, "too large when unpacked", id="zip bomb"),
        pytest.param(entities, "no Word document", id="entities"),
        pytest.param(flagged, "protected with a password", id="password"),
        pytest.param(
            lambda: repacked(made("private"), lambda name, part: part, vbaProject=b"x"), "holds macros", id="macros"
        ),
        pytest.param(lambda: made("private")[:-200], "no Word document", id="cut short"),
        pytest.param(
            lambda: repacked(made("private"), lambda n, p: p[:-30] if n == "word/document.xml" else p),
            "is broken",
            id="XML cut short",
        ),
        pytest.param(
            lambda: repacked(made("private"), lambda n, p: None if n == "word/document.xml" else p),
            "no Word document",
            id="without its text",
        ),
        pytest.param(
            lambda: repacked(made("private"), lambda n, p: b"<workbook/>" if n == "word/document.xml" else p),
            "no Word document",
            id="a workbook",
        ),
        pytest.param(lambda: b"\xd0\xcf\x11\xe0" + b"private" * 99, "no Word document", id="an old .doc"),
        pytest.param(lambda: b"{\\rtf1 private}", "no Word document", id="RTF"),
        pytest.param(lambda: b"Mood is low.", "no Word document", id="plain text"),
    ],
)
def test_what_is_no_sound_document_is_refused(tmp_path: Path, content: Callable[[], bytes], message: str) -> None:
    (tmp_path / "a.docx").write_bytes(content())
    with pytest.raises(SourceRefused, match=message) as caught:
        read_text(tmp_path / "a.docx", DICTATION)
    assert "private" not in str(caught.value)
    assert kind_of(tmp_path / "a.docx") == "dictation"


@pytest.mark.parametrize("suffix", [".doc", ".pdf", ".rtf", ".odt", ".docm"])
def test_other_documents_are_named(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(SourceRefused, match="which Evenfall does not read") as caught:
        read_text(tmp_path / f"a{suffix}", DICTATION)
    assert ".docx" in caught.value.next_step


SOUND = of_teams()


@settings(deadline=None)
@given(st.integers(0, len(SOUND) - 1), st.binary(min_size=1, max_size=4), st.booleans())
def test_a_damaged_document_is_read_or_refused(at: int, noise: bytes, cut: bool) -> None:
    damaged = SOUND[:at] if cut else SOUND[:at] + noise + SOUND[at + len(noise) :]
    try:
        docx.read(damaged)
    except EvenfallError as refused:
        assert "great" not in str(refused)
