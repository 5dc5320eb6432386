"""When a process is killed: after some time, or just before it writes, syncs, renames or deletes for the n-th time."""

import os
import shutil
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from trial.children import PATIENCE, Running

CALLS = "write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,ftruncate"


@dataclass(frozen=True)
class After:
    """So many seconds after it began."""

    seconds: float

    def __str__(self) -> str:
        return f"after {self.seconds:.3f} s"

    @contextmanager
    def kill(self, running: Running) -> Iterator[None]:
        """Let a process that is held begin, and kill it at this moment, within the block or not at all."""
        timer = threading.Timer(self.seconds, running.signal, [signal.SIGKILL])
        timer.start()
        running.signal(signal.SIGCONT)
        try:
            yield
        finally:
            timer.cancel()


@dataclass(frozen=True)
class Before:
    """Just before a thread of it makes this system call for the n-th time, counted from 1."""

    call: str
    number: int

    def __str__(self) -> str:
        return f"before {self.call} {self.number}"

    @contextmanager
    def kill(self, running: Running) -> Iterator[None]:
        """Let a process that is held begin, and kill it at this moment, within the block or not at all."""
        with _watched(running, f"--inject={self.call}:signal=KILL:when={self.number}", f"--trace={self.call}"):
            running.signal(signal.SIGCONT)
            yield


Moment = After | Before


@dataclass
class Clock:
    """How long something took."""

    seconds: float = 0.0


@contextmanager
def counted(running: Running, calls: list[Before]) -> Iterator[Clock]:
    """Let a process that is held begin, time it, and put every moment before a call that it makes into `calls`.

    Without strace there are none.
    """
    listed, clock = running.out.with_name("calls"), Clock()
    watched = shutil.which("strace") is not None
    with _watched(running, f"--trace={CALLS}", f"--output={listed}") if watched else nullcontext():
        running.signal(signal.SIGCONT)
        begun = time.monotonic()
        yield clock
        clock.seconds = time.monotonic() - begun
    if watched:
        calls += _read(listed)


def _read(listed: Path) -> Iterator[Before]:
    counts: Counter[tuple[str, str]] = Counter()
    for line in listed.read_text(errors="replace").splitlines():
        thread, _, rest = line.partition(" ")
        call, bracket, _ = rest.strip().partition("(")
        if bracket and call in CALLS.split(","):
            counts[thread, call] += 1
            yield Before(call, counts[thread, call])


@contextmanager
def _watched(running: Running, *options: str) -> Iterator[None]:
    """Have strace watch a process that is held while a block runs."""
    output = () if any(option.startswith("--output") for option in options) else ("--output=/dev/null",)
    with subprocess.Popen(
        ["strace", "-f", *options, *output, "-p", str(running.pid)], stderr=subprocess.PIPE, text=True
    ) as watcher:
        assert watcher.stderr is not None
        said = watcher.stderr.readline()
        if "attached" not in said:
            running.signal(signal.SIGKILL)
            raise RuntimeError(f"strace: {said}")
        try:
            yield
        finally:
            if watcher.poll() is None:
                watcher.send_signal(signal.SIGINT)  # it lets go of the process
            watcher.communicate(timeout=PATIENCE)


def held(pid: int) -> None:
    """Wait until a process stands still."""
    end = time.monotonic() + PATIENCE
    while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
        if time.monotonic() > end:
            os.kill(pid, signal.SIGKILL)
            raise TimeoutError("it never stood still")
        time.sleep(0.005)
