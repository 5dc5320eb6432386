"""The recovery key: 136 random bits with a check, in eight groups that a person can write down and type."""

import hashlib
import secrets
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O and U
MISREAD: Final = str.maketrans("ILO", "110")
SECRET_BYTES: Final = 17  # 136 bits
CHECK_BYTES: Final = 3
LETTERS: Final = 32  # 5 bits each: the secret and its check
GROUP: Final = 4


def new() -> tuple[bytes, str]:
    """Return a new secret, and how it is shown."""
    secret = secrets.token_bytes(SECRET_BYTES)
    return secret, show(secret)


def show(secret: bytes) -> str:
    """Return a secret as groups of letters and digits."""
    number = int.from_bytes(secret + _check(secret))
    letters = "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(LETTERS)))
    return "-".join(letters[at : at + GROUP] for at in range(0, LETTERS, GROUP))


def read(words: str) -> bytes | None:
    """Read a secret as it was typed: in any case, with any gaps; None where it is none, or mistyped."""
    letters = "".join(letter for letter in words.upper() if letter.isalnum()).translate(MISREAD)
    if len(letters) != LETTERS:
        return None
    number = 0
    for letter in letters:
        place = ALPHABET.find(letter)
        if place < 0:
            return None
        number = number << 5 | place
    content = number.to_bytes(SECRET_BYTES + CHECK_BYTES)
    secret, check = content[:SECRET_BYTES], content[SECRET_BYTES:]
    return secret if check == _check(secret) else None


def _check(secret: bytes) -> bytes:
    return hashlib.sha256(b"evenfall recovery check\n" + secret).digest()[:CHECK_BYTES]
