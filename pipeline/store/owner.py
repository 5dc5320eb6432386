"""Is it the owner who asks? By the store's passphrase; with a keyring's key, which nobody types, by a PIN.

The supervisor and the front desk of a practice have PINs of their own, which prove nothing else.
"""

from typing import Final, get_args

from sqlalchemy import Connection, insert, select, update

from ..errors import KeyMissing, Refused, WrongPassphrase
from ..types import Role
from .keys import find_key
from .schema import meta
from .sidecar import Way

PIN: Final = "pin"
LEAST: Final = 4  # characters of a PIN


def proves(connection: Connection, way: Way, words: str, role: Role = "clinician") -> bool:
    """Say whether the words are the role's PIN where one is set, or for the clinician the store's passphrase."""
    if _is_pin(pin(connection, role), words):
        return True
    if role != "clinician":
        return False
    sidecar = way.read()
    if sidecar is None or sidecar.kind == "keyring":
        return False
    try:
        find_key(sidecar, words, None)
    except (WrongPassphrase, KeyMissing):
        return False
    return True


def can_be_proved(connection: Connection, way: Way) -> bool:
    """Say whether there are any words that prove it."""
    sidecar = way.read()
    return pin(connection) is not None or (sidecar is not None and sidecar.kind != "keyring")


def pin(connection: Connection, role: Role = "clinician") -> str | None:
    """Return the Argon2id hash of a role's PIN."""
    found = connection.scalar(select(meta.c.value).where(meta.c.key == _key(role)))
    return None if found is None else str(found)


def _key(role: Role) -> str:
    return PIN if role == "clinician" else f"{PIN} of the {role}"


def _is_pin(kept: str | None, words: str) -> bool:
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return kept is not None and PasswordHasher().verify(kept, words)
    except (VerificationError, InvalidHashError):
        return False


def set_pin(connection: Connection, way: Way, words: str, role: Role = "clinician") -> None:
    """Keep the hash of a role's PIN in the place of an earlier one.

    Raises:
        Refused: it is too short, or proves somebody in another role.
    """
    from argon2 import PasswordHasher

    if len(words.strip()) < LEAST:
        raise Refused("That PIN is too short.", f"Take {LEAST} characters or more.")
    if any(proves(connection, way, words, other) for other in get_args(Role) if other != role):
        raise Refused("That PIN is somebody else's.", "Take another.")
    kept, key = PasswordHasher().hash(words), _key(role)
    if connection.execute(update(meta).where(meta.c.key == key).values(value=kept)).rowcount == 0:
        connection.execute(insert(meta).values(key=key, value=kept))
