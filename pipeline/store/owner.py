"""Is it the owner who asks? By the store's passphrase; with a keyring's key, which nobody types, by a PIN."""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, insert, select, update

from ..errors import KeyMissing, Refused, WrongPassphrase
from .keys import find_key
from .schema import meta
from .sidecar import read_sidecar

PIN: Final = "pin"
LEAST: Final = 4  # characters of a PIN


def proves(connection: Connection, home: Path, words: str) -> bool:
    """Say whether the words are the store's passphrase, or its PIN where one is set."""
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

    kept = pin(connection)
    if kept is not None:
        try:
            return PasswordHasher().verify(kept, words)
        except (VerificationError, InvalidHashError):
            pass
    sidecar = read_sidecar(home)
    if sidecar is None or sidecar.kind == "keyring":
        return False
    try:
        find_key(sidecar, words, None)
    except (WrongPassphrase, KeyMissing):
        return False
    return True


def can_be_proved(connection: Connection, home: Path) -> bool:
    """Say whether there are any words that prove it."""
    sidecar = read_sidecar(home)
    return pin(connection) is not None or (sidecar is not None and sidecar.kind != "keyring")


def pin(connection: Connection) -> str | None:
    """Return the PIN's Argon2id hash."""
    found = connection.scalar(select(meta.c.value).where(meta.c.key == PIN))
    return None if found is None else str(found)


def set_pin(connection: Connection, words: str) -> None:
    """Keep the PIN's hash in the place of an earlier one.

    Raises:
        Refused: it is too short.
    """
    from argon2 import PasswordHasher

    if len(words.strip()) < LEAST:
        raise Refused("That PIN is too short.", f"Take {LEAST} characters or more.")
    kept = PasswordHasher().hash(words)
    if connection.execute(update(meta).where(meta.c.key == PIN).values(value=kept)).rowcount == 0:
        connection.execute(insert(meta).values(key=PIN, value=kept))
