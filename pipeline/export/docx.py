"""A Word document in Word's own styles: Title, Heading 1, List Bullet, tables, header and footer with page numbers."""

import io
from typing import TYPE_CHECKING, Any

from .page import Page, Part, Proof

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table
    from docx.text.paragraph import Paragraph

SIGNATURE = "Signature Block"
LONGEST = 255  # characters of one of the file's own details that python-docx writes
EVIDENCE = ("Statement", "Words", "Who and when", "Source")


def write(page: Page) -> bytes:
    """Return the document."""
    import docx

    document = docx.Document()
    _properties(document, page)
    _styles(document)
    _header_and_footer(document, page)
    document.add_paragraph(page.heading(page.title), "Title")
    if page.banner:
        document.add_paragraph(page.banner, "Intense Quote")
    _table(document, page.details)
    for part in page.parts:
        _part(document, part, page.heading(part.title))
    if page.still_open:
        document.add_heading(page.heading("Open before signing"), 1)
        for line in page.still_open:
            document.add_paragraph(line, "List Bullet")
    _signature(document, page)
    for part in page.addenda:
        _part(document, part, part.title)
    if page.evidence:
        _evidence(document, page)
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def _properties(document: "Document", page: Page) -> None:
    """Set the file's own details: no client's reference among them, file managers show them."""
    properties = document.core_properties
    told = (page.heading(page.title), page.author, page.banner)
    properties.title, properties.author, properties.comments = (words[:LONGEST] for words in told)
    properties.created = properties.modified = page.at
    properties.language = "en"


def _styles(document: "Document") -> None:
    """Add the style of the signature block, which stays together on one page."""
    from docx.enum.style import WD_STYLE_TYPE
    from docx.shared import Pt

    style: Any = document.styles.add_style(SIGNATURE, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = document.styles["Normal"]
    style.paragraph_format.keep_together = style.paragraph_format.keep_with_next = True
    style.paragraph_format.space_after = Pt(2)


def _header_and_footer(document: "Document", page: Page) -> None:
    section = document.sections[0]
    section.header.paragraphs[0].text = page.header
    footer = section.footer.paragraphs[0]
    footer.add_run(f"{page.heading(page.title)}\t\tPage ")
    _field(footer, "PAGE")
    footer.add_run(" of ")
    _field(footer, "NUMPAGES")


def _field(paragraph: "Paragraph", instruction: str) -> None:
    """Add a field that Word works out on each page (ECMA-376 part 1, 17.16.19)."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), instruction)
    paragraph._p.append(field)


def _part(document: "Document", part: Part, title: str) -> None:
    document.add_heading(title, 1)
    for sentence in part.sentences:
        document.add_paragraph(sentence, "List Bullet")
    for line in part.missing:
        document.add_paragraph(line)
    if part.signed:
        document.add_paragraph(part.signed, SIGNATURE)


def _signature(document: "Document", page: Page) -> None:
    document.add_heading(page.heading("Signature"), 1)
    for line in page.signature:
        document.add_paragraph(line, SIGNATURE)


def _evidence(document: "Document", page: Page) -> None:
    document.add_heading(page.heading("Evidence"), 1)
    table = _table(document, (EVIDENCE, *map(_row, page.evidence)))
    _repeat_on_each_page(table)


def _row(proof: Proof) -> tuple[str, ...]:
    return proof.statement, proof.quote, f"{proof.who}, {proof.when}", proof.source


def _table(document: "Document", rows: tuple[tuple[str, ...], ...]) -> "Table":
    table: Table = document.add_table(len(rows), len(rows[0]), "Table Grid")
    for cells, row in zip((row.cells for row in table.rows), rows, strict=True):
        for cell, text in zip(cells, row, strict=True):
            cell.text = text
    return table


def _repeat_on_each_page(table: "Table") -> None:
    """Make the first row a heading row (ECMA-376 part 1, 17.4.78)."""
    from docx.oxml import OxmlElement

    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
