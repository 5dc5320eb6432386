"""A tagged PDF (PDF/UA-1), typeset by Typst from configs/exports/note.typ; in memory, without network or packages."""

import json
from dataclasses import asdict
from typing import Final

from .. import resources
from ..errors import Refused
from .page import Page

STANDARD: Final = "ua-1"  # ISO 14289-1: Typst refuses to make a file that a screen reader could not follow


def write(page: Page) -> bytes:
    """Return the document.

    Raises:
        Refused: the note has a character that no font on this computer can show.
    """
    import typst

    template = (resources.configs() / "exports" / "note.typ").read_bytes()
    content = json.dumps(asdict(page), default=str)  # the words go in as data: nothing in them is read as markup
    try:
        return typst.compile(
            template,
            format="pdf",
            sys_inputs={"page": content},
            pdf_standards=STANDARD,
            timestamp=int(page.at.timestamp()),
        )
    except typst.TypstError as error:
        if not error.message.startswith("PDF/UA-1 error"):
            raise
        raise Refused(
            "This note has a character that no font on this computer can show in a PDF.",
            "Install a font that can (such as Noto), or export it with: --to docx",
        ) from None  # the error's own text shows the words
