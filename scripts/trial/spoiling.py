"""How whole files become malformed ones: cut, flipped, spliced, doubled, told to be huge, written in another code."""

import random
from collections.abc import Callable, Sequence
from typing import Final

CANARY: Final = "zanzibarquoll"  # stands in each input; no message, log or file may hold it
NASTY: Final[tuple[bytes, ...]] = (
    b"\x00",
    b"\xff\xfe",
    b"\xed\xa0\x80",  # a lone surrogate, as UTF-8 may not write it
    "\u202e\u2066".encode(),  # right to left from here on
    "\ufeff".encode(),
    "\u2028\u0085\x0c\x1c".encode(),  # line ends that are none to most readers
    b"\r",
    b"\n\n",
    b"-->",
    b":",
    b"{" * 50,
    b"[" * 2000,
    b"%s%n{0.__class__}{{7*7}}",
    b"../../../../tmp/" + CANARY.encode(),
    b"9" * 5000,
    b"1e999",
    b"-1",
    b"NaN",
    CANARY.encode() * 8000,
    "\u0301".encode() * 4000,
    "\U0001f600\u200d".encode() * 500,
)
SIZES: Final = (0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF)

Change = Callable[[bytearray, random.Random, Sequence[bytes]], None]


def spoil(samples: Sequence[bytes], rng: random.Random) -> bytes:
    """Return one of the samples with one to five things wrong in it."""
    content = bytearray(rng.choice(samples))
    for _ in range(rng.choice((1, 1, 1, 2, 3, 5))):
        rng.choice(CHANGES)(content, rng, samples)
    return bytes(content)


def _cut(content: bytearray, rng: random.Random, samples: Sequence[bytes]) -> None:
    first, last = _stretch(content, rng)
    del content[first:last]


def _cut_off(content: bytearray, rng: random.Random, samples: Sequence[bytes]) -> None:
    del content[rng.randrange(len(content) + 1) :]


def _flip(content: bytearray, rng: random.Random, samples: Sequence[bytes]) -> None:
    for _ in range(rng.choice((1, 3, 20)) if content else 0):
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)


def _flip_near_start(content: bytearray, rng: random.Random, samples: Sequence[bytes]) -> None:
    for _ in range(3 if content else 0):
        content[rng.randrange(min(len(content), 256))] = rng.randrange(256)


def _splice(content: bytearray, rng: random.Random, samples: Sequence[bytes]) -> None:
    other = rng.choice(samples)
    first, last = _stretch(other, rng)
    at = rng.randrange(len(content) + 1)
    content[at : at + rng.choice((0, last - first))] = other[first:last]


def _double(content: bytearray, rng: random.Random, samples: Sequence[bytes]) -> None:
    first, last = _stretch(content, rng)
    content[last:last] = content[first:last] * rng.choice((1, 2, 40 if last - first < 20_000 else 1))


def _enlarge(content: bytearray, rng: random.Random, samples: Sequence[bytes]) -> None:
    """Write a number that might be taken for a length."""
    width, order = rng.choice((1, 2, 4, 8)), rng.choice(("little", "big"))
    value = rng.choice(SIZES) % 256**width
    at = rng.randrange(len(content) + 1)
    content[at : at + width] = value.to_bytes(width, "little" if order == "little" else "big")


def _insert(content: bytearray, rng: random.Random, samples: Sequence[bytes]) -> None:
    at = rng.randrange(len(content) + 1)
    content[at:at] = rng.choice(NASTY)


def _recode(content: bytearray, rng: random.Random, samples: Sequence[bytes]) -> None:
    text = content.decode("utf-8", "replace")
    content[:] = text.encode(rng.choice(("utf-16", "utf-16-be", "utf-32", "utf-7", "cp1252", "cp037")), "replace")


def _noise(content: bytearray, rng: random.Random, samples: Sequence[bytes]) -> None:
    first, last = _stretch(content, rng)
    content[first:last] = rng.randbytes(last - first)


def _stretch(content: bytes | bytearray, rng: random.Random) -> tuple[int, int]:
    """Return where a stretch begins and ends, mostly a short one."""
    first = rng.randrange(len(content) + 1)
    return first, min(len(content), first + rng.choice((1, 8, 64, 1000, len(content))))


CHANGES: Final[tuple[Change, ...]] = (
    _cut,
    _cut_off,
    _flip,
    _flip,
    _flip_near_start,
    _splice,
    _double,
    _enlarge,
    _enlarge,
    _insert,
    _insert,
    _recode,
    _noise,
)
