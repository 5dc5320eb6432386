"""Something on its way to another process or computer: sealed under a key that was made for it alone.

It is opened in memory only. Neither value shows what it holds where a library prints its arguments.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple, Self

from ..errors import SourceRefused
from .spool.chunks import LARGEST, Chunk, Part, Sealer

KEY_BYTES: Final = 32  # of AES-256
NAME_BYTES: Final = 16  # random, authenticated with every chunk


class Opened(NamedTuple):
    """What was sealed: the bytes, and the note that went along."""

    plain: bytes
    note: bytes


@dataclass(frozen=True, repr=False, eq=False)
class Sealed:
    """Sealed bytes, in the chunks of a sealed recording; `name` says nothing."""

    name: str
    data: bytes

    def __repr__(self) -> str:
        return "<sealed>"


@dataclass(frozen=True, repr=False, eq=False)
class Key:
    """The key of one thing on its way, and of what is answered."""

    secret: bytes

    def __repr__(self) -> str:
        return "<key>"

    @classmethod
    def new(cls) -> Self:
        """Make one."""
        return cls(secrets.token_bytes(KEY_BYTES))

    def seal(self, plain: bytes, note: bytes = b"") -> Sealed:
        """Return these bytes sealed; nothing of the result can be changed, moved or left out unseen."""
        name = secrets.token_hex(NAME_BYTES)
        sealer = Sealer(self.secret, name)
        return Sealed(name, b"".join(map(sealer.seal, _chunks(plain, note))))

    def open(self, sealed: Sealed) -> Opened:
        """Return what was sealed.

        Raises:
            SourceRefused: it is not whole, or was sealed under another key.
        """
        found = Sealer(self.secret, sealed.name).unseal(sealed.data)
        last = found.chunks[-1] if found.chunks else None
        if found.damaged or found.misplaced or found.torn or last is None or last.part != "end":
            raise SourceRefused("The recording was damaged on its way.", "Run the same command again.")
        return Opened(*(b"".join(c.plain for c in found.chunks if c.part == part) for part in ("sound", "note")))


def _chunks(plain: bytes, note: bytes) -> Iterator[Chunk]:
    parts: tuple[tuple[Part, bytes], ...] = (("note", note), ("sound", plain))
    number = 0
    for part, data in parts:
        for at in range(0, len(data), LARGEST):
            yield Chunk(part, number, at, data[at : at + LARGEST])
            number += 1
    yield Chunk("end", number, len(plain), b"")
