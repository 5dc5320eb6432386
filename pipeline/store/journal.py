"""Is the log whole that a kill left? SQLite leaves out, without a word, all that follows the first damaged frame of it.

What was committed last would be gone and nothing would say so. But the shared index beside the log (store.db-shm),
which SQLite makes anew without reading it, still says how many frames there were. Both forms are in SQLite's file
format, "WAL-mode file format" (sqlite.org/walformat.html), 2.1 to 2.3.
"""

import struct
import sys
from functools import lru_cache
from operator import mul
from pathlib import Path
from typing import Final, NamedTuple

LOG: Final = "-wal"
INDEX: Final = "-shm"
BIG: Final = 0x377F0683  # the magic number of a log whose checksums count big-endian; of others it is 1 less
HEADER: Final = struct.Struct(">6I2I")  # magic, version, size of a page, checkpoints, two salts, checksum
FRAME: Final = struct.Struct(">2I2I2I")  # page, size of the file if this is a commit, two salts, checksum
COUNTED: Final = struct.Struct("=3I2BH2I2I8s")  # of the index: all that its own checksum is over, the salts last
COPY: Final = 48  # bytes of each of the two copies that the index begins with
BACKFILLED: Final = struct.Struct("=I")  # how many frames are in the file already; behind the two copies
TRIES: Final = 3  # to read both while another process writes
WORD: Final = 0xFFFF_FFFF

Sums = tuple[int, int]


class _Told(NamedTuple):
    """What the index says: how many frames the log has, how many the file has too, and the log's salts."""

    frames: int
    backfilled: int
    salts: bytes


def is_whole(path: Path) -> bool:
    """Say whether every frame that the index beside a file tells of is in its log as it was written.

    Where nobody can know it is taken for whole: without an index, with a damaged one, or with one of another time than
    the log, as a power cut leaves it (the index is never waited for until it is on the disk).

    Raises:
        OSError: one of them is there and cannot be read.
    """
    for _ in range(TRIES):
        told = _told(path)
        if told is None or told.frames == 0:
            return True
        found = _intact(path, told)
        if found in (None, told.frames) or (found == 0 and told.backfilled >= told.frames):
            return True
        if _told(path) == told:
            return False
    return True


def _told(path: Path) -> _Told | None:
    try:
        with path.with_name(f"{path.name}{INDEX}").open("rb") as file:
            one, other, more = file.read(COPY), file.read(COPY), file.read(BACKFILLED.size)
    except FileNotFoundError:
        return None
    if one != other or len(more) < BACKFILLED.size:
        return None
    if _sums(one[: COUNTED.size], sys.byteorder == "big", (0, 0)) != struct.unpack("=2I", one[COUNTED.size :]):
        return None
    counted = COUNTED.unpack(one[: COUNTED.size])
    return _Told(frames=counted[6], backfilled=BACKFILLED.unpack(more)[0], salts=counted[-1])


def _intact(path: Path, told: _Told) -> int | None:
    """Return how many frames of the log are as they were written, up to the first that is not or the last told of.

    None where the index tells of another log: there is none, or it was begun anew.
    """
    try:
        file = path.with_name(f"{path.name}{LOG}").open("rb")
    except FileNotFoundError:
        return None
    with file:
        head = file.read(HEADER.size)
        if len(head) < HEADER.size:
            return None
        magic, _, page, _, _, _, *right = HEADER.unpack(head)
        big = magic == BIG
        sums = _sums(head[:24], big, (0, 0))
        if sums != tuple(right):
            return 0
        if head[16:24] != told.salts:
            return None
        for number in range(told.frames):
            frame = file.read(FRAME.size + page)
            if len(frame) < FRAME.size + page or frame[8:16] != told.salts:
                return number
            sums = _sums(frame[FRAME.size :], big, _sums(frame[:8], big, sums))
            if sums != struct.unpack(">2I", frame[16:24]):
                return number
    return told.frames


def _sums(data: bytes, big: bool, sums: Sums) -> Sums:
    """Return the checksum of words of 32 bits that goes on from `sums` (walformat, 2.2).

    For each pair of words `odd, even` it is one += odd + two, two += even + one. That is linear, so each word has a
    weight by its place from the end, and a thousand pages take a tenth of a second and not half of one.
    """
    words = (sums[0], sums[1] - sums[0], *struct.unpack(f"{'>' if big else '<'}{len(data) // 4}I", data))
    one, two = (sum(map(mul, words, weights)) & WORD for weights in _weights(len(words) // 2))
    return one, two


@lru_cache(maxsize=4)
def _weights(pairs: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return what each of so many pairs of words weighs in either sum."""
    odd, even = (1, 1), (0, 1)
    ones, twos = [], []
    for _ in range(pairs):
        ones += [even[0], odd[0]]
        twos += [even[1], odd[1]]
        odd, even = (_after(odd), _after(even))
    return tuple(reversed(ones)), tuple(reversed(twos))


def _after(sums: Sums) -> Sums:
    one = (sums[0] + sums[1]) & WORD
    return one, (sums[1] + one) & WORD
