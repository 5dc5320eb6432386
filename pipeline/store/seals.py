"""Columns sealed by this computer before a server sees them; SQLCipher's file is sealed as a whole and needs none.

A text is sealed with AES-256-GCM. What rows are found by (a client's reference, digests that few guesses would give
away) is sealed with AES-SIV (RFC 5297): the same content gives the same text, so that it can be compared and shows how
often it is there, and nothing else. Hashes of statements go through AES as one block each. Each column has its name and
the practice in what is sealed with it: a value moved to another column does not open; one moved to another row of the
same column has another digest than its row, which `rows.read` refuses.
"""

import binascii
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar

from sqlalchemy import BigInteger, Dialect, LargeBinary, String, Text, TypeDecorator
from sqlalchemy.types import TypeEngine

from ..errors import Refused, StoreFault
from .keys import StoreKey

NONCE: Final = 12  # bytes, as NIST SP 800-38D recommends for GCM
BLOCK: Final = 16  # bytes of an AES block
BAND: Final = 8  # bytes of a statement's hash
DIGEST: Final = 64  # hex characters of a SHA-256; also base64 characters of one sealed with AES-SIV
SEALS: Final = "evenfall_seals"  # where an engine's dialect, of which each has its own, holds them

By = Literal["content", "audit"]
T = TypeVar("T")


class Seal:
    """Seals and opens what is written with one key."""

    def __init__(self, practice: str, key: StoreKey) -> None:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV

        self._practice = practice
        self._gcm = AESGCM(key.derive("column"))
        self._siv = AESSIV(key.derive("lookup") + key.derive("lookup cipher"))
        # one block, never repeated for two hashes: the permutation itself is what is wanted, not a mode
        self._block = Cipher(algorithms.AES(key.derive("hashes")), modes.ECB())  # noqa: S305

    def seal(self, column: str, text: str) -> str:
        """Seal a text so that the same one never looks the same."""
        nonce = secrets.token_bytes(NONCE)
        return _text(nonce + self._gcm.encrypt(nonce, text.encode(), self._bound(column)))

    def open(self, column: str, sealed: str) -> str:
        """Return what `seal` sealed.

        Raises:
            StoreFault: it was changed, or is another column's or practice's.
        """
        from cryptography.exceptions import InvalidTag

        try:
            raw = urlsafe_b64decode(sealed)
            return self._gcm.decrypt(raw[:NONCE], raw[NONCE:], self._bound(column)).decode()
        except (InvalidTag, binascii.Error, ValueError) as error:
            raise _changed() from error

    def match(self, column: str, plain: bytes) -> str:
        """Seal so that the same content looks the same in the same column."""
        return _text(self._siv.encrypt(plain, [self._bound(column)]))

    def unmatch(self, column: str, sealed: str) -> bytes:
        """Return what `match` sealed.

        Raises:
            StoreFault: it was changed, or is another column's or practice's.
        """
        from cryptography.exceptions import InvalidTag

        try:
            return self._siv.decrypt(urlsafe_b64decode(sealed), [self._bound(column)])
        except (InvalidTag, binascii.Error, ValueError) as error:
            raise _changed() from error

    def hide(self, band: int) -> bytes:
        """Return the block that stands for a statement's hash in [0, 2^63)."""
        encryptor = self._block.encryptor()
        return encryptor.update(band.to_bytes(BAND).rjust(BLOCK, b"\0")) + encryptor.finalize()

    def show(self, block: bytes) -> int:
        """Return the hash that a block stands for.

        Raises:
            StoreFault: it is no such block.
        """
        decryptor = self._block.decryptor()
        try:
            plain = decryptor.update(block) + decryptor.finalize()
        except ValueError as error:
            raise _changed() from error
        if len(plain) != BLOCK or any(plain[: BLOCK - BAND]):
            raise _changed()
        return int.from_bytes(plain)

    def _bound(self, column: str) -> bytes:
        return f"evenfall {self._practice} {column}".encode()


@dataclass(frozen=True)
class Seals:
    """A practice's seals: of what clients and clinicians said and wrote, None for who may not, and of the chain."""

    content: Seal | None
    audit: Seal


def use(dialect: Dialect, seals: Seals) -> None:
    """Have every engine of this dialect object, which is one engine's, seal its columns so."""
    setattr(dialect, SEALS, seals)


class _SealedType(TypeDecorator[T]):
    """A column that is sealed on a server: `column` is its name with its table's, `by` says with which key."""

    cache_ok = True

    def __init__(self, column: str, by: By = "content") -> None:
        super().__init__()
        self.column, self.by = column, by

    def seal_of(self, dialect: Dialect) -> Seal | None:
        """Return what seals the column, None in SQLCipher's file.

        Raises:
            Refused: the login has not got the key. Nothing goes to a server unsealed.
        """
        if dialect.name == "sqlite":
            return None
        seals: Seals | None = getattr(dialect, SEALS, None)
        seal = None if seals is None else seals.content if self.by == "content" else seals.audit
        if seal is None:
            raise Refused("This login has no key to what clients and clinicians wrote.", "Log in as a clinician.")
        return seal


class Sealed(_SealedType[str]):
    """Text that no row is looked up by; `local` is its length in the file on one computer, None: any."""

    impl = Text
    cache_ok = True

    def __init__(self, column: str, by: By = "content", local: int | None = None) -> None:
        super().__init__(column, by)
        self.local = local

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Take any length on a server: sealed it is longer."""
        return dialect.type_descriptor(String(self.local) if self.local and dialect.name == "sqlite" else Text())

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Seal it."""
        seal = self.seal_of(dialect)
        return value if value is None or seal is None else seal.seal(self.column, value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:
        """Open it."""
        seal = self.seal_of(dialect)
        return value if value is None or seal is None else seal.open(self.column, value)


class Matched(_SealedType[str]):
    """Text that rows are looked up and counted by: the server sees which rows have the same, not what it is."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Seal it, the same text always in the same way."""
        seal = self.seal_of(dialect)
        return value if value is None or seal is None else seal.match(self.column, value.encode())

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:
        """Open it."""
        seal = self.seal_of(dialect)
        return value if value is None or seal is None else seal.unmatch(self.column, value).decode()


class MatchedDigest(_SealedType[str]):
    """The digest of so little that a list of names would find what it is of: a consent, a recording begun."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Take as many characters as a digest has: sealed it is as long."""
        return dialect.type_descriptor(String(DIGEST))

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Seal it, the same digest always in the same way."""
        seal = self.seal_of(dialect)
        return value if value is None or seal is None else seal.match(self.column, bytes.fromhex(value))

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:
        """Open it."""
        seal = self.seal_of(dialect)
        return value if value is None or seal is None else seal.unmatch(self.column, value).hex()


class Band(_SealedType[int]):
    """The hash of a statement, in [0, 2^63): in clear it would tell a guessed sentence from a wrong guess."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Take a number, on a server the block that stands for it."""
        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else LargeBinary())

    def process_bind_param(self, value: int | None, dialect: Dialect) -> Any:
        """Hide it."""
        seal = self.seal_of(dialect)
        return value if value is None or seal is None else seal.hide(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> int | None:
        """Show it."""
        seal = self.seal_of(dialect)
        return value if value is None or seal is None else seal.show(bytes(value))


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode()


def _changed() -> StoreFault:
    return StoreFault("A value in the record is not what was put in.", "Put the record back from a backup.")
