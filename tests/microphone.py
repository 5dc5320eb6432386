"""A microphone for tests: real PortAudio over ALSA's file plugin, which reads a pipe that the test speaks into."""

import fcntl
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 44_100  # Hz: what PortAudio takes ALSA's null device to have
HELD = 4096  # bytes that the pipe holds: 46 ms of one channel
SET_PIPE_SIZE = 1031  # F_SETPIPE_SZ of linux/fcntl.h

Samples = NDArray[np.int16]

ASOUNDRC = """
pcm.!default {{ type file slave.pcm null file /dev/null infile "{pipe}" format raw }}
ctl.!default {{ type null }}
"""


PROBE = """
import sounddevice, queue
found = queue.SimpleQueue()
with sounddevice.RawInputStream(samplerate={rate}, channels=1, dtype="int16", latency="high",
                                callback=lambda samples, frames, *_: found.put(frames)):
    print(found.get(timeout=10))
"""


@cache
def step() -> int:
    """Return how many samples PortAudio asks ALSA for at a time; 0 where there is no PortAudio over ALSA.

    Written in other amounts, the file plugin would fill up what the pipe does not hold yet with silence.
    """
    with tempfile.TemporaryDirectory() as home:
        Path(home, ".asoundrc").write_text(ASOUNDRC.format(pipe="/dev/zero"))
        command = [sys.executable, "-c", PROBE.format(rate=RATE)]
        try:
            found = subprocess.run(
                command, env={**os.environ, "HOME": home}, capture_output=True, check=False, timeout=30
            )
        except subprocess.TimeoutExpired:
            return 0
        return int(found.stdout) if found.returncode == 0 else 0


class Speaker:
    """Speaks into the pipe, `speed` times as fast as a person would: `say` queues samples, silence is between."""

    def __init__(self, folder: Path, speed: float, channels: int) -> None:
        self.home = folder
        self._channels, self._speed, self._step = channels, speed, step()
        pipe = folder / "sound"
        os.mkfifo(pipe)
        (folder / ".asoundrc").write_text(ASOUNDRC.format(pipe=pipe))
        self._pipe = os.open(pipe, os.O_RDWR)
        fcntl.fcntl(self._pipe, SET_PIPE_SIZE, HELD)
        self._queue = b""
        self._lock = threading.Lock()
        self.muted = self.ended = False
        self.spoken = 0  # bytes
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def say(self, samples: Samples) -> None:
        """Queue samples at RATE, [n] or [n, channels]."""
        with self._lock:
            self._queue += samples.astype("<i2").tobytes()

    def hush(self) -> None:
        """Say nothing of what is queued."""
        with self._lock:
            self._queue = b""

    @property
    def silent(self) -> bool:
        """Whether everything queued was said."""
        return not self._queue

    def close(self) -> None:
        self.ended = True
        self._thread.join(1)
        os.close(self._pipe)

    def _run(self) -> None:
        width = 2 * self._channels * self._step
        os.set_blocking(self._pipe, False)
        while not self.ended:
            time.sleep(self._step / RATE / self._speed)
            if self.muted:
                continue
            with self._lock:
                part = self._queue[:width]
                try:
                    os.write(self._pipe, part.ljust(width, b"\0"))
                except BlockingIOError:
                    continue
                self._queue = self._queue[width:]
                self.spoken += len(part)


@contextmanager
def speaker(folder: Path, speed: float = 1.0, channels: int = 1) -> Iterator[Speaker]:
    made = Speaker(folder, speed, channels)
    try:
        yield made
    finally:
        made.close()


def tone(seconds: float, frequency: float = 440.0, level: float = 0.3) -> Samples:
    """Return a sine at RATE."""
    time_ = np.arange(int(seconds * RATE)) / RATE
    return np.asarray(np.sin(2 * np.pi * frequency * time_) * level * 32767, np.int16)


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE), np.int16)


def at_rate(samples: Samples, rate: int) -> Samples:
    """Return samples of another rate at RATE, by straight lines between them."""
    places = np.arange(int(len(samples) * RATE / rate)) * rate / RATE
    return np.asarray(np.interp(places, np.arange(len(samples)), samples), np.int16)
