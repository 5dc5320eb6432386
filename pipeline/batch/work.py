"""What a worker does, in a process or on a computer of its own: hear one sealed recording, find in one transcript.

A worker knows the speech settings and the models' folder, never the record or its key. What it is given and what it
answers is sealed under a key made for that one recording. An error is answered, not raised: the libraries between would
write it into their logs.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self, TypeVar

from .. import errors, workflow
from ..audio.parcel import Key, Sealed
from ..config import SpeechSettings
from ..errors import EvenfallError
from ..speech.choose import load_engine
from ..speech.engine import Engine
from ..types import Progress, Recording, Seconds, Transcript, Value

Answered = TypeVar("Answered", bound=Value)
Tell = Callable[[int, float], None]  # the number of an item, the share of it that is heard

TOPIC: Final = "evenfall"  # of the events by which Dask's workers tell how far they are; numbers only
EVERY: Final[Seconds] = 1.0  # between two words on how far a recording is


class Texts(Value):
    """What findings are made of."""

    recording: Recording
    transcript: Transcript


@dataclass(frozen=True)
class Failed:
    """An error, as it is told to the desk: plain values, without the words of any client."""

    name: str
    what: str
    next_step: str
    safe: str

    @classmethod
    def of(cls, error: Exception) -> Self:
        """Take what an error says; the message of a foreign one may hold a client's words, its type does not."""
        if isinstance(error, EvenfallError):
            return cls(type(error).__name__, error.what, error.next_step, error.safe)
        what = f"There was an error inside the program ({type(error).__name__})."
        return cls("EvenfallError", what, "Try this one by itself: evenfall --debug draft.", "It was left as it is.")

    def error(self) -> EvenfallError:
        """Return it as an error of ours again."""
        kind: type[EvenfallError] = getattr(errors, self.name)
        return kind(self.what, self.next_step, safe=self.safe)


Answer = Sealed | Failed


@dataclass(frozen=True)
class _Ready:
    """What this process hears with."""

    engine: Engine
    settings: SpeechSettings
    tell: Tell | None


_lock: Final = threading.Lock()
_ready: _Ready | Failed | None = None  # a process of a pool has no other place for what its initializer made


def prepare(settings: SpeechSettings, models: Path, model: str | None, tell: Tell | None = None) -> None:
    """Load the speech model, once in a process; why that fails is answered to whoever asks to hear something."""
    global _ready
    with _lock:
        try:
            _ready = _Ready(load_engine(model, settings, models), settings, tell)
        except Exception as error:  # an initializer that raises breaks its whole pool
            _ready = Failed.of(error)


def hear(number: int, sealed: Sealed, key: Key) -> Answer:
    """Return workflow.Heard of a packed recording, sealed under the same key; `number` is for `Tell` only."""
    if _ready is None:
        raise RuntimeError("prepare this process first")
    if isinstance(_ready, Failed):
        return _ready
    try:
        progress = _at_times(_ready.tell, number)
        heard = workflow.hear_packed(sealed, key, _ready.engine, _ready.settings, progress)
        return key.seal(heard.model_dump_json().encode())
    except Exception as error:  # see the module's words
        return Failed.of(error)


def find(sealed: Sealed, key: Key) -> Answer:
    """Return the Found of sealed `Texts`, sealed under the same key."""
    try:
        given = Texts.read(key.open(sealed).plain)
        return key.seal(workflow.find(given.recording, given.transcript).model_dump_json().encode())
    except Exception as error:  # see the module's words
        return Failed.of(error)


def opened(kind: type[Answered], answer: Answer, key: Key) -> Answered:
    """Return what was answered.

    Raises:
        EvenfallError: that was the answer.
    """
    if isinstance(answer, Failed):
        raise answer.error()
    return kind.read(key.open(answer).plain)


def _at_times(tell: Tell | None, number: int) -> Progress:
    """Return what says now and then how far a recording is."""
    last = 0.0

    def progress(done: Seconds, total: Seconds) -> None:
        nonlocal last
        now = time.monotonic()
        if tell and total and now - last >= EVERY:
            last = now
            tell(number, min(1.0, done / total))

    return progress
