"""The sealed form of a recording: chunks, each by AES-256-GCM, of which none can be changed, moved or left out unseen.

A chunk is MARK, its place (kind, number, offset of its first byte in the recording), the length of what is sealed, a
random nonce, and the sealed bytes with their tag. The place and the recording's id are authenticated with it. Nonces
are random, not counted: a chunk that a power cut tore can be written again under the same number without harm (NIST SP
800-38D, 8.2.2; a recording has far fewer than 2^32 chunks).
"""

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

Part = Literal["sound", "note", "end"]

MARK: Final = b"\xe5EvSp\x01\r\n"  # no text holds it; its last number is the version of this form
PARTS: Final[tuple[Part, ...]] = ("sound", "note", "end")
PLACE: Final = struct.Struct(">8sBQQI")
NONCE: Final = 12  # bytes
TAG: Final = 16  # bytes
LARGEST: Final = 1 << 20  # bytes of sound in one chunk


class Chunk(NamedTuple):
    """One chunk as it was sealed."""

    part: Part
    number: int  # from 0, in the order of writing
    offset: int  # bytes of sound before it
    plain: bytes


@dataclass(frozen=True)
class Unsealed:
    """What of a file is authentic, in the order of writing, and what is wrong with the rest.

    `damaged` counts places before an authentic chunk where none was to be had, `misplaced` chunks that stood elsewhere,
    or twice; `torn` says that something follows the last: the chunk being written when all stopped, if there is no end.
    """

    chunks: tuple[Chunk, ...]
    damaged: int
    misplaced: int
    torn: bool


class Sealer:
    """Seals and opens the chunks of one recording."""

    def __init__(self, key: bytes, recording_id: str) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._cipher, self._id = AESGCM(key), bytes.fromhex(recording_id)

    def seal(self, chunk: Chunk) -> bytes:
        """Return the bytes of a chunk for the disk."""
        length = len(chunk.plain) + TAG
        place = PLACE.pack(MARK, PARTS.index(chunk.part), chunk.number, chunk.offset, length)
        nonce = os.urandom(NONCE)
        return place + nonce + self._cipher.encrypt(nonce, chunk.plain, self._id + place)

    def unseal(self, data: bytes) -> Unsealed:
        """Open every chunk of a file; behind a damaged place the search goes on at the next mark."""
        found: dict[int, Chunk] = {}
        whole = damaged = misplaced = 0
        highest = -1
        for start, end, chunk in self._authentic(data):
            damaged += start > whole
            misplaced += chunk.number <= highest
            found.setdefault(chunk.number, chunk)
            whole, highest = end, max(highest, chunk.number)
        return Unsealed(tuple(found[number] for number in sorted(found)), damaged, misplaced, whole < len(data))

    def _authentic(self, data: bytes) -> Iterator[tuple[int, int, Chunk]]:
        at = data.find(MARK)
        while at >= 0:
            opened = self._open(data, at)
            if opened is not None:
                yield at, opened[0], opened[1]
            at = data.find(MARK, at + 1 if opened is None else opened[0])

    def _open(self, data: bytes, at: int) -> tuple[int, Chunk] | None:
        """Return the chunk that begins here and where it ends; None if this is none of this recording's."""
        from cryptography.exceptions import InvalidTag

        head = data[at : at + PLACE.size]
        if len(head) < PLACE.size:
            return None
        _, part, number, offset, length = PLACE.unpack(head)
        start = at + PLACE.size + NONCE
        end = start + length
        if part >= len(PARTS) or not TAG <= length <= LARGEST + TAG or end > len(data):
            return None
        try:
            plain = self._cipher.decrypt(data[start - NONCE : start], data[start:end], self._id + head)
        except InvalidTag:
            return None
        return end, Chunk(PARTS[part], number, offset, plain)
