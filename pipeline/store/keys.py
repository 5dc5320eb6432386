"""The store's key: random; kept by the operating system's keyring, or sealed with a passphrase; and a recovery key."""

import hmac
import secrets
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from ..errors import KeyMissing, StoreFault, WrongPassphrase
from . import recovery
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

    def wrap(self, other: "StoreKey") -> str:
        """Return another key sealed with this one, in hex (RFC 3394)."""
        from cryptography.hazmat.primitives.keywrap import aes_key_wrap

        return aes_key_wrap(self.derive("wrap"), other._raw).hex()

    def unwrap(self, wrapped: str) -> "StoreKey | None":
        """Return the key that `wrap` sealed, None where this is not the key it was sealed with."""
        from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

        try:
            return StoreKey(aes_key_unwrap(self.derive("wrap"), bytes.fromhex(wrapped)))
        except InvalidUnwrap:
            return None

    def opens(self, sidecar: Sidecar) -> bool:
        """Say whether this is the key of that store."""
        return hmac.compare_digest(self.derive("check").hex(), sidecar.check)

    def keep_in_keyring(self, store: str) -> bool:
        """Put the key into the keyring and see that it gives it back; false where no keyring does."""
        return _keep_in_keyring(store, self._raw)


def new_key(passphrase: str | None, ask: Ask | None) -> tuple[Sidecar, StoreKey]:
    """Make the key of a new store: from the passphrase given, else in the keyring, else from one asked for.

    Raises:
        KeyMissing: there is no passphrase, no usable keyring and nobody to ask; or the passphrase is empty.
    """
    store = new_name()
    if passphrase is None:
        key = StoreKey(raw := secrets.token_bytes(KEY_BYTES))
        if _keep_in_keyring(store, raw):
            return Sidecar(store=store, kind="keyring", check=key.derive("check").hex(), ready=False), key
        passphrase = ask_twice(ask, "A passphrase for the new store")
    key = StoreKey(secrets.token_bytes(KEY_BYTES))
    argon2, wrapped = lock(key, passphrase)
    check = key.derive("check").hex()
    return Sidecar(store=store, kind="passphrase", check=check, ready=False, argon2=argon2, wrapped=wrapped), key


def new_name() -> str:
    """Return a random name for a store, by which the keyring keeps its key."""
    return secrets.token_hex(16)


def lock(key: StoreKey, passphrase: str) -> tuple[Argon2, str]:
    """Seal a store's key with a passphrase; return the new salt with its costs, and the sealed key.

    Raises:
        KeyMissing: the passphrase is empty.
    """
    argon2 = Argon2(salt=secrets.token_hex(SALT_BYTES))
    return argon2, _stretch(passphrase, argon2).wrap(key)


def find_key(sidecar: Sidecar, passphrase: str | None, ask: Ask | None) -> StoreKey:
    """Find the key of an existing store; the keyring's, where it is kept there, whatever passphrase is given.

    The recovery key opens it too, in the passphrase's place; it is asked for where the keyring does not give the key.

    Raises:
        KeyMissing: the keyring does not give it, or there is no passphrase and nobody to ask.
        WrongPassphrase: this is not the store's key.
    """
    if sidecar.kind == "keyring":
        key = _by_keyring(sidecar, passphrase, ask)
    else:
        key = _by_words(sidecar, passphrase if passphrase is not None else _asked(ask, "Passphrase"))
    if key is None or not key.opens(sidecar):
        what = "The key in the keyring is not the key of this store."
        if sidecar.kind == "passphrase":
            what = "The store does not open with this passphrase."
        raise WrongPassphrase(what, "Try again; without it nobody can read the store.")
    return key


def _by_keyring(sidecar: Sidecar, passphrase: str | None, ask: Ask | None) -> StoreKey | None:
    try:
        return _from_keyring(sidecar.store)
    except KeyMissing:
        if sidecar.recovery is None or (passphrase is None and ask is None):
            raise
    words = passphrase if passphrase is not None else _asked(ask, "The keyring does not give the key. Recovery key")
    return _by_recovery(sidecar, words)


def _by_words(sidecar: Sidecar, words: str) -> StoreKey | None:
    if (key := _by_recovery(sidecar, words)) is not None:
        return key
    if sidecar.argon2 is None:
        raise StoreFault("store.json lacks the salt of the passphrase.", "Put it back from a backup.")
    stretched = _stretch(words, sidecar.argon2)
    return stretched if sidecar.wrapped is None else stretched.unwrap(sidecar.wrapped)


def _by_recovery(sidecar: Sidecar, words: str) -> StoreKey | None:
    secret = recovery.read(words)
    if sidecar.recovery is None or secret is None:
        return None
    return recovery_lock(secret).unwrap(sidecar.recovery)


def recovery_lock(secret: bytes) -> StoreKey:
    """Return the key that seals the store's for a recovery key: random enough to need no stretching (RFC 5869, 3.3)."""
    return StoreKey(hmac.digest(b"evenfall recovery 1", secret, "sha256"))


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


def ask_twice(ask: Ask | None, prompt: str) -> str:
    """Ask for a new passphrase and once more for the same.

    Raises:
        KeyMissing: nobody is there to ask, it is empty, or the two are not the same.
    """
    first = _asked(ask, prompt)
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


def keep_also_as(store: str, name: str) -> None:
    """Have the keyring keep a store's key under another name too, where it has it."""
    import keyring

    with suppress(Exception):  # as above
        if (found := keyring.get_password(SERVICE, store)) is not None:
            keyring.set_password(SERVICE, name, found)


def leave_keyring(store: str) -> bool:
    """Delete a store's key from the keyring and see that it is gone; false where it may still be there."""
    import keyring

    try:
        if keyring.get_password(SERVICE, store) is not None:
            keyring.delete_password(SERVICE, store)
        return keyring.get_password(SERVICE, store) is None
    except Exception:  # as above
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
