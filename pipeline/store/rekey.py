"""Other ways to the same key: a new passphrase, the keyring, a recovery key.

The record is never encrypted anew: store.json alone changes, in one rename, so that a kill at any moment leaves the old
way or the new one. Who kept an earlier store.json and knows the passphrase of then still finds the key with it.
"""

from ..errors import Refused, StoreFault
from . import keys, recovery
from .keys import StoreKey
from .sidecar import Sidecar, Way


def to_passphrase(way: Way, key: StoreKey, words: str) -> None:
    """Have the store open with this passphrase, in the place of the one before or of the keyring.

    Raises:
        KeyMissing: it is empty.
        StoreFault: store.json cannot be written.
    """
    with way.alone():
        sidecar = _of(way, key)
        argon2, wrapped = keys.lock(key, words)
        left = sidecar.left_keyring or sidecar.kind == "keyring"
        changed = {"format": 2, "kind": "passphrase", "argon2": argon2, "wrapped": wrapped, "left_keyring": left}
        way.write(sidecar.model_copy(update=changed))
    clear_keyring(way)


def to_keyring(way: Way, key: StoreKey) -> None:
    """Have the computer's keyring keep the key; no passphrase opens the store then.

    Raises:
        Refused: there is no keyring that keeps it.
        StoreFault: store.json cannot be written.
    """
    with way.alone():
        sidecar = _of(way, key)
        if not key.keep_in_keyring(sidecar.store):
            raise Refused("This computer has no keyring that would keep the key.", "Keep the passphrase.")
        changed = {"format": 2, "kind": "keyring", "argon2": None, "wrapped": None, "left_keyring": False}
        way.write(sidecar.model_copy(update=changed))


def make_recovery(way: Way, key: StoreKey) -> str:
    """Make a recovery key in the place of an earlier one and return it as it is shown; it is kept nowhere.

    Raises:
        StoreFault: store.json cannot be written.
    """
    secret, shown = recovery.new()
    with way.alone():
        wrapped = keys.recovery_lock(secret).wrap(key)
        way.write(_of(way, key).model_copy(update={"format": 2, "recovery": wrapped}))
    return shown


def drop_recovery(way: Way, key: StoreKey) -> None:
    """Have no recovery key open the store any more.

    Raises:
        StoreFault: store.json cannot be written.
    """
    with way.alone():
        way.write(_of(way, key).model_copy(update={"recovery": None}))


def clear_keyring(way: Way) -> None:
    """Delete the key from the keyring where a passphrase took its place; done again until the keyring does it."""
    with way.alone():  # around both: else the key might be moved back into the keyring in between, and be deleted
        sidecar = way.read()
        if sidecar is None or sidecar.kind != "passphrase" or not sidecar.left_keyring:
            return
        if keys.leave_keyring(sidecar.store):
            way.write(sidecar.model_copy(update={"left_keyring": False}))


def part_from_original(way: Way, key: StoreKey) -> None:
    """Give a restored record a name of its own in the keyring: the entry of the backup's may be a living record's.

    Where the keyring has no key of the backup's, the recovery key, which opened it, opens what was restored too.

    Raises:
        StoreFault: store.json cannot be written.
    """
    sidecar, store = _of(way, key), keys.new_name()
    if sidecar.kind == "keyring":
        keys.keep_also_as(sidecar.store, store)
    way.write(sidecar.model_copy(update={"store": store, "left_keyring": False}))


def _of(way: Way, key: StoreKey) -> Sidecar:
    sidecar = way.read()
    if sidecar is None or not key.opens(sidecar):
        raise StoreFault("How the key is found was changed meanwhile.", "Try again.")
    return sidecar
