"""The microphone: PortAudio's input stream at the device's own rate, lost and found again; its errors stop here."""

import atexit
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Final, NamedTuple

from ...errors import MicrophoneFault
from ...types import Seconds

SILENT: Final = 2.0  # seconds without a block of sound, not even of silence, after which a device counts as lost
PATIENCE: Final = 2.0  # seconds for a device to let go; a driver may hang on one that was pulled out
BUSY: Final = frozenset({-9985, -9996})  # paDeviceUnavailable, paInvalidDevice
NONE_SUCH: Final = "There is no microphone of that name or number."
ASK: Final = "Choose one of: evenfall record --devices, as capture.device in config.yaml; or plug one in."


class Block(NamedTuple):
    """Samples as they came: 16-bit, the channels interleaved; `overran` says that some before them were lost.

    `came` is when, by a clock that nobody sets.
    """

    samples: bytes
    overran: bool
    came: Seconds


class Device(NamedTuple):
    """What can record: its number and name, the sound interface that it is reached by, if that is the system's own."""

    number: int
    name: str
    interface: str
    usual: bool


class Microphone:
    """One input device, open from the start; a context manager."""

    def __init__(self, wanted: str | int | None, channels: int) -> None:
        """Open the device that a number or a part of a name says, or the system's own.

        Raises:
            MicrophoneFault: there is no such device or more than one, it has too few channels, or another program has
                it.
        """
        self._wanted = int(wanted) if isinstance(wanted, str) and wanted.isdigit() else wanted
        if self._wanted == "":
            self._wanted = None
        self.channels = channels
        self._blocks: SimpleQueue[Block] = SimpleQueue()
        self._closing: Thread | None = None
        self._open()

    def __enter__(self) -> "Microphone":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def lost(self) -> bool:
        """Whether the device stopped or gives nothing any more."""
        return not self._stream.active or time.monotonic() - self._last > SILENT

    def read(self, timeout: Seconds) -> Block | None:
        """Return the next samples, None if there are none within `timeout`."""
        try:
            return self._blocks.get(timeout=timeout)
        except Empty:
            return None

    def drain(self) -> Seconds:
        """Throw away what was heard but not yet read; return how much more the device may still hold of it."""
        while not self._blocks.empty():
            self._blocks.get_nowait()
        return float(self._stream.latency)

    def reopen(self) -> None:
        """Open the device anew, also where it was plugged in again.

        Raises:
            MicrophoneFault: it is not back, or its driver has not let go of it yet.
        """
        self.close()
        if self._closing and self._closing.is_alive():
            raise MicrophoneFault("The microphone does not answer.", ASK)
        library = _library()
        with _hushed():  # PortAudio sees which devices there are only when it starts
            library._terminate()
            library._initialize()
        self._open()

    def close(self) -> None:
        """Stop listening and let go of the device; where its driver hangs, without it."""
        if not self._closing:
            self._closing = Thread(target=self._stream.close, daemon=True)
            self._closing.start()
        self._closing.join(PATIENCE)
        if self._closing.is_alive():
            atexit.unregister(_library()._exit_handler)  # it would wait for the device when the program ends

    def _open(self) -> None:
        library = _library()
        try:
            with _hushed():
                wanted = pick(self._wanted, _listed(library)) if isinstance(self._wanted, str) else self._wanted
                found = library.query_devices(wanted, "input")
                self.rate = int(found["default_samplerate"])
                self._demand_channels(int(found["max_input_channels"]))
                self._stream = library.RawInputStream(
                    samplerate=self.rate,
                    device=wanted,
                    channels=self.channels,
                    dtype="int16",
                    latency="high",  # what a busy computer needs not to lose sound; nobody listens to it meanwhile
                    callback=self._take,
                )
                self._last, self._closing = time.monotonic(), None
                self._stream.start()
        except ValueError as error:
            raise MicrophoneFault(NONE_SUCH, ASK) from error
        except library.PortAudioError as error:
            raise _fault(error.args[1] if len(error.args) > 1 else None) from error

    def _demand_channels(self, most: int) -> None:
        if most < self.channels:
            raise MicrophoneFault(f"The microphone has {most} channel, not {self.channels}.", ASK)

    def _take(self, samples: Any, frames: int, moment: Any, status: Any) -> None:
        """Take a block from PortAudio's own thread: nothing that waits or allocates much may happen here."""
        self._last = time.monotonic()
        self._blocks.put(Block(bytes(samples), bool(status.input_overflow), self._last))


def devices() -> tuple[str, ...]:
    """Return a line for each device that can record: number, name, interface, channels; the system's own marked by *.

    Raises:
        MicrophoneFault: sound devices cannot be reached at all.
    """
    library = _library()
    own = library.default.device[0]
    return tuple(
        f"{'*' if found['index'] == own else ' '} {found['index']}  {found['name']}, {interface}  "
        f"({found['max_input_channels']} channels, {found['default_samplerate']:.0f} Hz)"
        for found, interface in _inputs(library)
    )


def pick(wanted: str, devices: Sequence[Device]) -> int:
    """Return the number of the device that these parts of its name say, the interface's name after it if wanted.

    One whose whole name it is goes first. A device that several interfaces reach is taken by the system's own.

    Raises:
        MicrophoneFault: there is none, or more than one.
    """
    parts = wanted.lower().split()
    whole = " ".join(parts)
    found = [one for one in devices if _holds(f"{one.name}, {one.interface}".lower(), parts)]
    called = [one for one in found if whole in (one.name.lower(), f"{one.name}, {one.interface}".lower())] or found
    usual = [one for one in called if one.usual]
    chosen = called if len(called) == 1 else usual
    if len(chosen) == 1:
        return chosen[0].number
    if not found:
        raise MicrophoneFault(NONE_SUCH, ASK)
    several = "; ".join(f"{one.number}  {one.name}, {one.interface}" for one in usual or called)
    raise MicrophoneFault(f"Several microphones have that name: {several}.", "Give the number of one. " + ASK)


def _holds(name: str, parts: Sequence[str]) -> bool:
    """Say whether a name holds these parts, one after the other."""
    at = 0
    for part in parts:
        at = name.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return True


def _listed(library: Any) -> tuple[Device, ...]:
    usual = library.default.hostapi
    return tuple(
        Device(found["index"], found["name"], interface, found["hostapi"] == usual)
        for found, interface in _inputs(library)
    )


def _inputs(library: Any) -> Iterator[tuple[Any, str]]:
    """Yield what PortAudio tells of each device that can record, with the name of its interface."""
    names = [one["name"] for one in library.query_hostapis()]
    for found in library.query_devices():
        if found["max_input_channels"] > 0:
            yield found, names[found["hostapi"]]


def _library() -> Any:
    try:
        with _hushed():
            import sounddevice
    except OSError as error:
        raise MicrophoneFault(
            "Sound devices cannot be reached: the PortAudio library is missing.",
            "On Debian and Ubuntu: sudo apt install libportaudio2.",
        ) from error
    return sounddevice


def _fault(code: int | None) -> MicrophoneFault:
    if code == -1 or code is None:
        return MicrophoneFault("There is no microphone.", ASK)
    if code in BUSY:
        return MicrophoneFault(
            "The microphone cannot be opened: another program may have it.", f"Close that program. {ASK}"
        )
    return MicrophoneFault(f"The microphone cannot be opened (PortAudio {code}).", ASK)


@contextmanager
def _hushed() -> Iterator[None]:
    """Keep what ALSA's C code prints about devices that are not there from the clinician's screen."""
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)
