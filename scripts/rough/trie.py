"""Read the n-grams of the general English model that comes with pocketsphinx (`en-us.lm.bin`).

Its own writer of ARPA text crashes on the trigrams of a model read from that form (5.1.1), so the bits are read here.
Format: pocketsphinx src/lm/lm_trie.c. N-grams are stored last word first; weights are 16-bit indices into tables of
logarithms to base 1.0001.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MAGIC = b"Trie Language Model"
BINS = 1 << 16  # of the quantiser, for probabilities and for back-off weights


@dataclass(frozen=True)
class General:
    """A trigram model as columns: word ids in spoken order; logarithms to base 1.0001 of p and back-off."""

    words: list[str]
    unigrams: NDArray[np.float64]  # [words, (log p, log back-off)]
    bigrams: NDArray[np.int64]  # [n, 2]
    bigram_weights: NDArray[np.float64]  # [n, (log p, log back-off)]
    trigrams: NDArray[np.int64]  # [m, 3]
    trigram_weights: NDArray[np.float64]  # [m]


def bits_for(count: int) -> int:
    """Return how many bits the library gives a value up to `count`."""
    return count.bit_length() or 1


def column(memory: NDArray[np.uint8], entries: int, width: int, offset: int, bits: int) -> NDArray[np.int64]:
    """Return one bit field of every entry of a packed little-endian table."""
    at = np.arange(entries, dtype=np.int64) * width + offset
    value = np.zeros(entries, dtype=np.uint64)
    for byte in range(8):
        value |= memory[(at >> 3) + byte].astype(np.uint64) << np.uint64(8 * byte)
    return ((value >> (at & 7).astype(np.uint64)) & np.uint64((1 << bits) - 1)).astype(np.int64)


def owners(starts: NDArray[np.int64], entries: int) -> NDArray[np.int64]:
    """Return for each child its parent's index, given where each parent's children start."""
    return np.searchsorted(starts, np.arange(entries), side="right") - 1


def read(path: Path) -> General:
    """Read a trigram model in pocketsphinx's binary form."""
    data = path.read_bytes()
    if not data.startswith(MAGIC) or data[len(MAGIC)] != 3:
        raise SystemExit(f"{path} is not a trigram model in pocketsphinx's binary form")
    at = len(MAGIC) + 1
    n1, n2, n3 = (int(n) for n in np.frombuffer(data, "<u4", 3, at))
    at += 12 + 4  # the counts, then the quantiser's type
    tables = np.frombuffer(data, "<f4", 3 * BINS, at).reshape(3, BINS).astype(np.float64)
    at += tables.size * 4
    top = np.frombuffer(data, np.dtype([("p", "<f4"), ("b", "<f4"), ("next", "<u4")]), n1 + 1, at)
    at += top.nbytes
    word_bits, next_bits = bits_for(n1), bits_for(n3)
    width2, width3 = word_bits + 32 + next_bits, word_bits + 16
    size2, size3 = ((1 + n2) * width2 + 7) // 8 + 8, ((1 + n3) * width3 + 7) // 8 + 8
    middle = np.frombuffer(data, np.uint8, size2, at)
    longest = np.concatenate([np.frombuffer(data, np.uint8, size3, at + size2), np.zeros(8, np.uint8)])
    middle = np.concatenate([middle, np.zeros(8, np.uint8)])
    at += size2 + size3 + 4  # then the length of the words' text
    words = data[at:].decode().rstrip("\0").split("\0")
    # The header may count a few more than were stored; the entry after the last one says where its children end.
    n2 = int(top["next"][n1])
    n3 = int(column(middle, n2 + 1, width2, word_bits + 32, next_bits)[n2])
    first = column(middle, n2, width2, 0, word_bits)
    last = owners(top["next"].astype(np.int64), n2)
    starts = column(middle, n2, width2, word_bits + 32, next_bits)
    parent = owners(starts, n3)
    return General(
        words,
        np.stack([top["p"][:n1], top["b"][:n1]], 1).astype(np.float64),
        np.stack([first, last], 1),
        np.stack(
            [
                tables[0][column(middle, n2, width2, word_bits + 16, 16)],
                tables[1][column(middle, n2, width2, word_bits, 16)],
            ],
            1,
        ),
        np.stack([column(longest, n3, width3, 0, word_bits), first[parent], last[parent]], 1),
        tables[2][column(longest, n3, width3, word_bits, 16)],
    )
