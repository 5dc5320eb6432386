"""What a file says of its length that FFmpeg does not tell: MP4 without its index, WAV without its end."""

import os
import struct
from typing import Final, NamedTuple

from ..types import Seconds
from .container import Opened

MOST_BOXES: Final = 1000  # of an MP4 file, or chunks of a WAV file, looked at
NO_LENGTH: Final = 0x7FFF_0000  # what programs write for a length that they do not know is this or more
LONG: Final = 0xFFFF_FFFF  # of a 64-bit WAV file: the length is in its chunk `ds64`


def unindexed(file: Opened) -> bool:
    """Say whether this is an MP4 file without `moov`: recorders write it last, nothing can be read without it."""
    file.seek(0)
    names: list[bytes] = []
    while len(header := file.read(8)) == 8 and len(names) < MOST_BOXES:
        size, name = int.from_bytes(header[:4]), header[4:]
        names.append(name)
        if size == 1:  # the true size follows
            size = int.from_bytes(file.read(8))
            file.seek(-8, os.SEEK_CUR)
        if size < 8 or name == b"moov":
            break
        file.seek(size - 8, os.SEEK_CUR)
    return names[:1] == [b"ftyp"] and b"moov" not in names


def streamed(file: Opened) -> bool:
    """Say whether this is a WAV file without its length: whoever wrote it could not go back to its beginning."""
    file.seek(0)
    header = file.read(8)
    return header[:4] == b"RIFF" and not 0 < int.from_bytes(header[4:], "little") < NO_LENGTH


class _Data(NamedTuple):
    """Where the sound of a WAV file begins, how many bytes its header claims, and how many make a second."""

    begin: int
    claim: int
    rate: int


def cut_off(file: Opened, size: int) -> Seconds:
    """Return how much sound a WAV file of `size` bytes lacks of what its header claims; 0 of any other, or none."""
    data = _data(file)
    return max(0, data.begin + data.claim - size) / data.rate if data and data.rate else 0.0


def _data(file: Opened) -> _Data | None:
    """Find the sound of a WAV file by its chunks (RIFF, RF64; EBU Tech 3306); None where the length is not told."""
    file.seek(0)
    header = file.read(12)
    if header[:4] not in (b"RIFF", b"RF64", b"BW64") or header[8:] != b"WAVE":
        return None
    rate, long = 0, 0
    for _ in range(MOST_BOXES):
        name, length = file.read(4), int.from_bytes(file.read(4), "little")
        if name == b"data":
            claim = long if length == LONG else length if length < NO_LENGTH or header[:4] != b"RIFF" else 0
            return _Data(file.tell(), claim, rate)
        content = file.read(min(length, 24)) if name in (b"fmt ", b"ds64") else b""
        if name == b"fmt " and len(content) >= 16:
            hertz, rate, block = struct.unpack("<IIH", content[4:14])
            rate = hertz * block if content[:2] in (b"\1\0", b"\3\0", b"\xfe\xff") else rate  # else it is compressed
        elif name == b"ds64" and len(content) >= 16:
            long = int.from_bytes(content[8:16], "little")
        elif not name:
            return None
        file.seek(length - len(content) + length % 2, os.SEEK_CUR)
    return None
