"""The store's key: kept by the operating system's keyring, or made from a passphrase."""

import hmac
import secrets
import unicodedata
from collections.abc import Callable
from typing import Final

from ..errors import KeyMissing, StoreFault, WrongPassphrase
from .sidecar import Argon2, Sidecar

SERVICE: Final = "evenfall"
KEY_BYTES: Final = 32
SALT_BYTES: Final = 16
USABLE: Final = 1.0  # keyring's own mark for a backend it recommends; plain-text files are below it
NAME_IT: Final = "Set EVENFALL_PASSPHRASE, or start Evenfall in a terminal, which asks for it."

Ask = Callable[[str], str]


class StoreKey:
    """The key of one store; it never shows itself, each use takes a key of its own from it."""

    __slots__ = ("_raw",)

    def __init__(self, raw: bytes) -> None:
        if len(raw) != KEY_BYTES:
            raise ValueError("a store's key has 32 bytes")
        self._raw = raw

    def __repr__(self) -> str:
        return "StoreKey(hidden)"

    def derive(self, purpose: str) -> bytes:
        """Return the 32-byte key for one purpose: HKDF-Expand with SHA-256, one block (RFC 5869, 2.3)."""
        return hmac.digest(self._raw, f"evenfall {purpose} 1".encode() + b"\x01", "sha256")


def new_key(passphrase: str | None, ask: Ask | None) -> tuple[Sidecar, StoreKey]:
    """Make the key of a new store: from the passphrase given, else in the keyring, else from one asked for.

    Raises:
        KeyMissing: there is no passphrase, no usable keyring and nobody to ask; or the passphrase is empty.
    """
    store = secrets.token_hex(16)
    if passphrase is None:
        key = StoreKey(raw := secrets.token_bytes(KEY_BYTES))
        if _keep_in_keyring(store, raw):
            return Sidecar(store=store, kind="keyring", check=key.derive("check").hex(), ready=False), key
        passphrase = _ask_twice(ask)
    argon2 = Argon2(salt=secrets.token_hex(SALT_BYTES))
    key = _stretch(passphrase, argon2)
    return Sidecar(store=store, kind="passphrase", check=key.derive("check").hex(), ready=False, argon2=argon2), key


def find_key(sidecar: Sidecar, passphrase: str | None, ask: Ask | None) -> StoreKey:
    """Find the key of an existing store; the keyring's, where it is kept there, whatever passphrase is given.

    Raises:
        KeyMissing: the keyring does not give it, or there is no passphrase and nobody to ask.
        WrongPassphrase: this is not the store's key.
    """
    if sidecar.kind == "keyring":
        key, what = _from_keyring(sidecar.store), "The key in the keyring is not the key of this store."
    else:
        if sidecar.argon2 is None:
            raise StoreFault("store.json lacks the salt of the passphrase.", "Put it back from a backup.")
        words = passphrase if passphrase is not None else _asked(ask, "Passphrase")
        key, what = _stretch(words, sidecar.argon2), "The store does not open with this passphrase."
    if not hmac.compare_digest(key.derive("check").hex(), sidecar.check):
        raise WrongPassphrase(what, "Try again; without it nobody can read the store.")
    return key


def _stretch(passphrase: str, argon2: Argon2) -> StoreKey:
    if not passphrase.strip():
        raise KeyMissing("An empty passphrase protects nothing.", NAME_IT)
    from argon2 import low_level
    from argon2.exceptions import HashingError

    # NFC: macOS and Linux keyboards send an accented letter as different code points (RFC 8265, 4.2.2)
    words = unicodedata.normalize("NFC", passphrase).encode()
    try:
        raw = low_level.hash_secret_raw(
            words,
            bytes.fromhex(argon2.salt),
            argon2.passes,
            argon2.memory_kib,
            argon2.lanes,
            KEY_BYTES,
            low_level.Type.ID,
        )
    except HashingError as error:
        raise StoreFault("There is too little memory to open the store.", "Close other programs.") from error
    return StoreKey(raw)


def _asked(ask: Ask | None, prompt: str) -> str:
    if ask is None:
        raise KeyMissing("There is neither a passphrase nor a keyring for the store.", NAME_IT)
    return ask(prompt)


def _ask_twice(ask: Ask | None) -> str:
    first = _asked(ask, "A passphrase for the new store")
    if not first.strip():
        raise KeyMissing("An empty passphrase protects nothing.", NAME_IT)
    if unicodedata.normalize("NFC", _asked(ask, "The same again")) != unicodedata.normalize("NFC", first):
        raise KeyMissing("The two passphrases are not the same.", "Try again.")
    return first


def _keep_in_keyring(store: str, raw: bytes) -> bool:
    """Put a key into the keyring and see that it gives it back; false where no keyring does."""
    import keyring

    try:
        if keyring.get_keyring().priority < USABLE:
            return False
        keyring.set_password(SERVICE, store, raw.hex())
        return keyring.get_password(SERVICE, store) == raw.hex()
    except Exception:  # a keyring backend is a plug-in: what it raises is not bounded by keyring's own errors
        return False


def _from_keyring(store: str) -> StoreKey:
    import keyring

    try:
        found = keyring.get_password(SERVICE, store)
    except Exception as error:  # as above
        raise KeyMissing(
            "The keyring did not give the store's key.", "Unlock this computer's keyring and try again."
        ) from error
    if found is None:
        raise KeyMissing(
            "The store's key is not in this computer's keyring.",
            "Log in as the user who made the store; EVENFALL_PASSPHRASE does not open a store with a keyring's key.",
        )
    try:
        return StoreKey(bytes.fromhex(found))
    except ValueError as error:
        raise WrongPassphrase(
            "The key in the keyring is not the key of this store.", "Restore the keyring's entry 'evenfall'."
        ) from error
