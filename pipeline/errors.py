"""The exception tree. Each error says what happened, that nothing was lost, and what to do next.

EvenfallError
├── Refused              exit 3: Evenfall will not do this with what it was given
│   ├── SourceRefused      the file is empty, unreadable, malformed, of an unknown kind
│   ├── NoSpeech           silence, noise or too few words: no note
│   ├── ConsentMissing     session material without consent of every participant
│   │   └── ConsentRevoked   it was taken back on the way: what there was is purged
│   ├── Undecided          signing while a statement or a must-touch item is open
│   ├── Outdated           it was changed elsewhere since this was read
│   └── NotFound           no such draft, note or consent
├── Unready              exit 4: something on this computer is missing or wrong
│   ├── ModelMissing       no speech model
│   ├── MicrophoneFault    no microphone, or another program has it
│   ├── KeyMissing         no passphrase and no keyring
│   ├── WrongPassphrase    the store does not open with this passphrase
│   ├── StoreFault         the store cannot be read or written
│   │   └── StoreAway        its server does not answer just now
│   ├── WorkersGone        nobody is left to hear the recordings of a batch
│   └── SettingsInvalid    an unknown or wrong setting, lexicon, format or rule
└── Unproven             exit 5: a fault of Evenfall's own, a sentence that its evidence does not prove
"""

from collections.abc import Iterator
from contextlib import contextmanager


class EvenfallError(Exception):
    """The root of what Evenfall raises on purpose; messages hold no words of a client and no names."""

    exit_code = 3

    def __init__(self, what: str, next_step: str, *, safe: str = "Nothing was saved or changed.") -> None:
        super().__init__(what)
        self.what, self.safe, self.next_step = what, safe, next_step

    def __str__(self) -> str:
        return f"{self.what} {self.safe}\n{self.next_step}"


@contextmanager
def after(done: str) -> Iterator[None]:
    """Have an error of the block say what was done for good before it, and not that nothing was saved or changed."""
    try:
        yield
    except EvenfallError as error:
        error.safe = done
        raise


class Refused(EvenfallError):
    """Evenfall will not do this with what it was given."""


class SourceRefused(Refused):
    """The source cannot be read as what it claims to be."""


class NoSpeech(Refused):
    """There is no speech, or too little, to make a note of."""


class ConsentMissing(Refused):
    """Session material without consent on file that covers every participant."""


class ConsentRevoked(ConsentMissing):
    """Consent was taken back while a session was heard or drafted; what was made of it is purged, as `safe` says."""


class Undecided(Refused):
    """Something in the draft still waits for the clinician."""


class Outdated(Refused):
    """What this goes on from was changed elsewhere since it was read."""


class NotFound(Refused):
    """There is no draft, note or consent by that name."""


class Unready(EvenfallError):
    """Something on this computer is missing or wrong."""

    exit_code = 4


class ModelMissing(Unready):
    """There is no speech model."""


class MicrophoneFault(Unready):
    """There is no microphone, or it cannot be opened."""


class KeyMissing(Unready):
    """There is neither a passphrase nor a keyring to open the store."""


class WrongPassphrase(Unready):
    """The store does not open with this passphrase or key."""


class StoreFault(Unready):
    """The store cannot be read or written."""


class StoreAway(StoreFault):
    """The server of the store does not answer just now: it starts, stops, is too busy, or the network failed."""


class WorkersGone(Unready):
    """Nobody is left to hear the recordings of a batch."""


class SettingsInvalid(Unready):
    """A setting, lexicon, format or rule is unknown or wrong."""


class Unproven(EvenfallError):
    """A sentence of a draft says what its evidence does not; no draft is made of it."""

    exit_code = 5
