"""Every byte of some folders, searched for words: as text of any case, UTF-16, base64, hex, and within what is packed.

Packed are gzip, zlib and zip streams anywhere in a file, also within one another.
"""

import base64
import bz2
import lzma
import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

PIECE, OVERLAP = 64 * 2**20, 2**20  # bytes of a file looked at at once, and again with the next ones
LARGEST = 64 * 2**20  # bytes looked at of one packed stream
STEP = 4096  # bytes unpacked at once
DEEPEST = 3  # streams within streams
ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
GZIP, ZIP, BZ2, XZ = b"\x1f\x8b\x08", b"PK\x03\x04", b"BZh", b"\xfd7zXZ\x00"
ZIP_HEAD = 30  # bytes of a zip member's header before its name


@dataclass(frozen=True)
class Hit:
    """A word that stands in a file, and how; `word` is its place in the list, so that a hit repeats no word."""

    file: Path
    word: int
    how: str


@dataclass(frozen=True)
class Needle:
    """The bytes that a word, by its place in the list, becomes in one way of writing it."""

    word: int
    how: str
    data: bytes
    folded: bool  # whether small letters stand for capitals in what is searched


def needles(words: Sequence[str]) -> tuple[Needle, ...]:
    """Return what to search for, in every way of writing it."""
    return tuple(
        needle for number, word in enumerate(words) for needle in (*_plain(number, word), *_coded(number, word))
    )


def plain_needles(words: Sequence[str]) -> tuple[Needle, ...]:
    """Return what to search for as text of any case and as UTF-16 alone: where there is much to search."""
    return tuple(needle for number, word in enumerate(words) for needle in _plain(number, word))


def _plain(number: int, word: str) -> Iterator[Needle]:
    small = word.lower()
    yield Needle(number, "text", small.encode(), True)
    yield Needle(number, "UTF-16", small.encode("utf-16-le").rstrip(b"\0"), True)  # big-endian holds these bytes too


def _coded(number: int, word: str) -> Iterator[Needle]:
    for form in dict.fromkeys((word, word.lower(), word.upper())):
        yield Needle(number, "hex", form.encode().hex().encode(), True)
        for encoding in ("utf-8", "utf-16-le"):
            for data in dict.fromkeys(_in_base64(form.encode(encoding))):
                yield Needle(number, "base64", data, False)


def _in_base64(data: bytes) -> Iterator[bytes]:
    """Yield what stays the same of bytes in base64 whatever stands around them: one for each place in a group."""
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + data)
        first = 0 if before == 0 else 4
        last = len(whole) - (4 if (before + len(data)) % 3 else 0)
        if last - first >= 8:
            yield whole[first:last]
            yield whole[first:last].replace(b"+", b"-").replace(b"/", b"_")


def files(*places: Path, since: float = 0.0, but: Iterable[Path] = ()) -> Iterator[Path]:
    """Yield every regular file below folders, links not followed; those changed since a moment, and not below `but`."""
    left_out = {os.fspath(path) for path in but}
    folders = [os.fspath(place) for place in places]
    while folders:
        try:
            entries = list(os.scandir(folders.pop()))
        except OSError:  # it was there a moment ago
            continue
        for entry in entries:
            if entry.path in left_out:
                continue
            with suppress(OSError):
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif entry.is_file(follow_symlinks=False) and _changed(entry.stat(follow_symlinks=False)) >= since:
                    yield Path(entry.path)


def _changed(found: os.stat_result) -> float:
    return max(found.st_mtime, found.st_ctime)


def find(searched: Iterable[Path], wanted: Sequence[Needle], sound: Sequence[bytes] = ()) -> Iterator[Hit]:
    """Yield where the needles stand, in names and in bytes; `sound` are pieces of samples, as word -1."""
    for path in searched:
        yield from (Hit(path, number, f"name, {how}") for number, how in _seen(str(path).encode(), wanted))
        for data in _pieces(path):
            yield from (Hit(path, number, how) for number, how in _seen(data, wanted))
            yield from (Hit(path, -1, "sound") for piece in sound if piece in data)


def _pieces(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            for first in range(0, max(1, os.fstat(file.fileno()).st_size), PIECE):
                file.seek(first)
                yield file.read(PIECE + OVERLAP)
    except FileNotFoundError:  # it was there a moment ago
        return


def _seen(data: bytes, wanted: Sequence[Needle], depth: int = 0) -> Iterator[tuple[int, str]]:
    folded = data.lower()
    for needle in wanted:
        if needle.data in (folded if needle.folded else data):
            yield needle.word, needle.how
    if depth < DEEPEST:
        for how, inner in _unpacked(data):
            yield from ((number, f"{within} in {how}") for number, within in _seen(inner, wanted, depth + 1))


def _unpacked(data: bytes) -> Iterator[tuple[str, bytes]]:
    view = memoryview(data)
    for at in _places(data, GZIP):
        yield from _inflated("gzip", view[at:], zlib.MAX_WBITS | 16)
    for start in ZLIB:
        for at in _places(data, start):
            yield from _inflated("zlib", view[at:], zlib.MAX_WBITS)
    for at in _places(data, ZIP):
        name, extra = (int.from_bytes(data[at + place : at + place + 2], "little") for place in (26, 28))
        yield from _inflated("zip", view[at + ZIP_HEAD + name + extra :], -zlib.MAX_WBITS)
    for at in islice(_places(data, BZ2), 64):
        yield from _opened("bzip2", bz2.BZ2Decompressor(), view[at:])
    for at in islice(_places(data, XZ), 64):
        yield from _opened("xz", lzma.LZMADecompressor(), view[at:])


def _places(data: bytes, start: bytes) -> Iterator[int]:
    at = data.find(start)
    while at >= 0:
        yield at
        at = data.find(start, at + 1)


def _inflated(how: str, data: memoryview, bits: int) -> Iterator[tuple[str, bytes]]:
    """Yield what unpacks, also of a stream that is cut off."""
    stream, found = zlib.decompressobj(bits), bytearray()
    for first in range(0, len(data), STEP):
        before, part = stream.copy(), data[first : first + STEP]
        try:
            found += stream.decompress(part)
        except zlib.error:
            with suppress(zlib.error):  # up to the byte that is wrong
                for at in range(len(part)):
                    found += before.decompress(part[at : at + 1])
            break
        if stream.eof or len(found) >= LARGEST:
            break
    if found:
        yield how, bytes(found)


def _opened(
    how: str, stream: "bz2.BZ2Decompressor | lzma.LZMADecompressor", data: memoryview
) -> Iterator[tuple[str, bytes]]:
    try:
        found = stream.decompress(data, LARGEST)
    except (OSError, lzma.LZMAError, EOFError):
        return
    if found:
        yield how, found
