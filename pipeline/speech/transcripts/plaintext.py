"""Bytes of a text file to clean text: encodings, line ends, control characters, and what is no text at all."""

import unicodedata
from pathlib import Path
from typing import Final

from ...errors import SourceRefused

LARGEST: Final = 20_000_000  # bytes; a day of speech is under 2 MB
BOMS: Final = (  # the longer ones first: UTF-32's begins with UTF-16's
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
DOCUMENTS: Final = (b"%PDF-", b"{\\rtf", b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # PDF, RTF, Word new and old
MOST_CONTROL: Final = 0.02  # share of the characters; more is not text
LEAST_PLAIN: Final = 0.7  # share of ASCII letters and spaces in a text of unmarked Windows encoding
LINE_ENDS: Final = str.maketrans(dict.fromkeys("\x0b\x0c\x85\u2028\u2029\r", "\n"))
SAVE: Final = "Save it as plain text in UTF-8 and try again."


def read_bytes(path: Path) -> bytes:
    """Return the content of a file.

    Raises:
        SourceRefused: it is missing, no plain file, unreadable, empty or too large for a transcript.
    """
    try:
        if path.exists() and not path.is_file():
            raise SourceRefused("That is not a file.", "Name the transcript or the typed dictation itself.")
        if path.stat().st_size > LARGEST:
            raise SourceRefused("The file is too large for a transcript.", "Check that it is the right file.")
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise SourceRefused("There is no such file.", "Check the path.") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise SourceRefused("The file cannot be read.", "Check its permissions and the disk.") from error
    if not content:
        raise SourceRefused("The file is empty.", "Check that it was saved.")
    return content


def decode(content: bytes) -> str:
    r"""Return the text with line ends as "\n" and without control characters, lone surrogates and byte order marks.

    Raises:
        SourceRefused: it is not text.
    """
    if content.startswith(DOCUMENTS):
        raise SourceRefused("The file is a document of a word processor, not plain text.", SAVE)
    text = _decoded(content)
    kept = clean(text.replace("\r\n", "\n").translate(LINE_ENDS))
    if len(text) - text.count("\r\n") - len(kept) > 3 + MOST_CONTROL * len(text):
        raise _not_text()
    return kept


def clean(text: str) -> str:
    """Return the text without control characters (other than line ends and tabs) and lone surrogates."""
    return "".join(c for c in text if c in "\n\t" or (c != "\ufeff" and unicodedata.category(c) not in ("Cc", "Cs")))


def _decoded(content: bytes) -> str:
    encoding = next((name for mark, name in BOMS if content.startswith(mark)), "utf-8")
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        text = "" if encoding != "utf-8" else content.decode("cp1252", errors="replace")
        plain = sum(c.isascii() and (c.isalpha() or c == " ") for c in text)
        if "\ufffd" in text or plain < LEAST_PLAIN * len(text) or not text:
            raise _not_text() from error
        return text


def _not_text() -> SourceRefused:
    return SourceRefused("The file is not text, whatever its name says.", SAVE)
