"""The lines of a Word document: paragraphs, tables and text boxes in their order, inserted text, not deleted text.

Only the part that holds the text is unpacked, up to a bound, and read as a stream: pictures, styles and whatever else
lies in the file stay as they are. Comments, page headers and page footers are no part of the text. The element names
are those of ECMA-376, part 1, chapter 17; namespaces are left aside, for Word has two of each.
"""

import io
import re
import zipfile
import zlib
from typing import Final
from xml.etree import ElementTree

from ...errors import SourceRefused
from .layouts import Line, lines_of

LARGEST_PART: Final = 50_000_000  # bytes after unpacking; three hours of speech are under 10 MB
MAIN: Final = re.compile(r"/(?:relationships)/officeDocument$")
# What is deleted, moved away, a field's code, a second version of a text box, or properties.
SKIPPED: Final = frozenset(
    ("del", "moveFrom", "delText", "instrText", "delInstrText", "Fallback", "pPr", "rPr", "tblPr", "tblGrid", "trPr")
    + ("tcPr", "sdtPr", "sectPr", "rt")
)
MARKS: Final = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
LOST: Final = {
    "footnoteReference": "a footnote",
    "endnoteReference": "an endnote",
    "altChunk": "another document inside it",
    "subDoc": "another document inside it",
}
SAVE: Final = "Open it in Word or LibreOffice, save it as .docx or as plain text (.txt), and try again."


def read(content: bytes) -> tuple[Line, ...]:
    """Return the lines that are not blank; a row of a table is one line, its cells with tabs between.

    Raises:
        SourceRefused: it is no Word document, broken, protected, too large when unpacked, holds macros, or holds text
            that would be left out (footnotes, documents inside it).
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _refuse_macros(archive)
            parser = ElementTree.XMLParser(target=(body := _Body()))
            parser.feed(_unpacked(archive, _main_part(archive)))
            parser.close()
    except (zipfile.BadZipFile, zlib.error, LookupError, EOFError, OSError, NotImplementedError, ValueError) as error:
        raise _no_document() from error
    except RuntimeError as error:  # zipfile's way to say that a password is needed
        raise SourceRefused("The Word document is protected with a password.", SAVE) from error
    except ElementTree.ParseError as error:
        raise SourceRefused("The Word document is broken.", SAVE) from error
    return body.lines()


def _main_part(archive: zipfile.ZipFile) -> str:
    """Return the name of the part with the text: word/document.xml, of Word's web version also word/document2.xml."""
    for relation in ElementTree.fromstring(_unpacked(archive, "_rels/.rels")):
        if MAIN.search(relation.get("Type", "")):
            return relation.get("Target", "").lstrip("/")
    raise _no_document()


def _unpacked(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as part:
        content = part.read(LARGEST_PART + 1)
    if len(content) > LARGEST_PART:
        raise SourceRefused("The Word document is too large when unpacked.", "Check that it is the right file.")
    return content


def _refuse_macros(archive: zipfile.ZipFile) -> None:
    if any(name.casefold().endswith("vbaproject.bin") for name in archive.namelist()):
        raise SourceRefused("The Word document holds macros, which Evenfall does not open.", SAVE)


def _no_document() -> SourceRefused:
    return SourceRefused("The file is no Word document (.docx), whatever its name says, or it is broken.", SAVE)


class _Body:
    """What the XML parser tells of a document's text, taken down as it comes; paragraphs count from 1."""

    def __init__(self) -> None:
        self._said: list[list[Line]] = [[]]  # the document, then each open cell of a table
        self._rows: list[list[list[Line]]] = []
        self._paragraphs: list[tuple[int, list[str]]] = []  # those open: a text box lies within a paragraph
        self._count = 0
        self._skipped = 0
        self._in_text = 0
        self._is_document = False

    def lines(self) -> tuple[Line, ...]:
        """Return the lines that are not blank."""
        if not self._is_document:
            raise _no_document()
        return tuple(self._said[0])

    def doctype(self, name: str, public: str | None, system: str | None) -> None:
        """Refuse what no Word document has: with it a small file can be made to grow."""
        raise _no_document()

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Take down the start of an element."""
        name = tag.rpartition("}")[2]
        if self._skipped or name in SKIPPED:
            self._skipped += 1
        elif name == "document":
            self._is_document = True
        elif name == "p":
            self._count += 1
            self._paragraphs.append((self._count, []))
        elif name == "tr":
            self._rows.append([])
        elif name == "tc":
            self._said.append([])
        elif name == "t":
            self._in_text += 1
        elif name in MARKS and self._paragraphs:
            self._paragraphs[-1][1].append(MARKS[name])
        elif name in LOST:
            raise SourceRefused(
                f"Paragraph {self._count} of the Word document has {LOST[name]}, which would be left out.",
                "Move its words into the text, or delete it.",
            )

    def data(self, text: str) -> None:
        """Take down characters."""
        if self._in_text and not self._skipped and self._paragraphs:
            self._paragraphs[-1][1].append(text)

    def end(self, tag: str) -> None:
        """Take down the end of an element."""
        name = tag.rpartition("}")[2]
        if self._skipped:
            self._skipped -= 1
        elif name == "t":
            self._in_text -= 1
        elif name == "p":
            number, parts = self._paragraphs.pop()
            self._add(number, "".join(parts))
        elif name == "tc":
            cell = self._said.pop()
            if self._rows:
                self._rows[-1].append(cell)
            else:
                self._said[-1] += cell
        elif name == "tr":
            self._end_row(self._rows.pop())

    def _add(self, number: int, text: str) -> None:
        self._said[-1] += lines_of(text, f"Paragraph {number}")

    def _end_row(self, cells: list[list[Line]]) -> None:
        """Add a row as one line, empty cells at its ends left out; the last cell may go on in further lines."""
        while cells and not cells[-1]:
            cells.pop()
        while cells and not cells[0]:
            cells.pop(0)
        if not cells:
            return
        *columns, (first, *more) = cells
        text = "\t".join([*(" ".join(line.text for line in cell) for cell in columns), first.text])
        place = next(cell[0].place for cell in cells)
        self._said[-1] += [Line(place, text), *more]
