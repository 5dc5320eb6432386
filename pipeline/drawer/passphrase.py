"""The drawer's own passphrase: it opens the drawer and nothing else, and what opens the record opens no drawer."""

from pathlib import Path

from ..errors import KeyMissing, NotFound, Refused, StoreFault, WrongPassphrase
from ..store.keys import StoreKey, find_key
from ..store.sidecar import DRAWER, Sidecar, read_sidecar


def find(home: Path, words: str) -> StoreKey:
    """Return the drawer's key; it is sealed with a passphrase, never in a keyring.

    Raises:
        NotFound: there is no drawer.
        WrongPassphrase: these words do not open it.
        StoreFault: its store.json is damaged.
    """
    sidecar = read_sidecar(home.absolute() / DRAWER)
    if sidecar is None or not sidecar.ready:
        raise NotFound("There are no process notes yet.", "Write one: evenfall process-notes add --client REF")
    return key_of(sidecar, words)


def key_of(sidecar: Sidecar, words: str) -> StoreKey:
    """Return the key that a drawer's store.json seals.

    Raises:
        WrongPassphrase: these words do not open it.
        StoreFault: it is not a drawer's.
    """
    if sidecar.kind != "passphrase":
        raise StoreFault("The drawer's store.json is damaged.", "Put it back from a backup.")
    try:
        return find_key(sidecar, words, None)
    except (WrongPassphrase, KeyMissing):
        raise WrongPassphrase(
            "The process notes do not open with this passphrase.",
            "They have one of their own, not the record's; without it, or their recovery key, nobody can read them.",
        ) from None


def opens(home: Path, words: str) -> bool:
    """Say whether these words open the drawer of a data folder."""
    try:
        find(home, words)
    except (NotFound, WrongPassphrase):
        return False
    return True


def demand_own(record: Sidecar | None, words: str) -> None:
    """Refuse what is no passphrase of the drawer's own; `record` says how the record is opened.

    Raises:
        KeyMissing: it is empty.
        Refused: it opens the record.
    """
    if not words.strip():
        raise KeyMissing("An empty passphrase protects nothing.", "Take another.")
    if record is None or record.kind != "passphrase":
        return
    try:
        find_key(record, words, None)
    except WrongPassphrase:
        return
    raise Refused("These words open the record.", "The process notes need a passphrase of their own.")
