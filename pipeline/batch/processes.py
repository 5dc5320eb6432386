"""Workers on this computer: processes with the speech model in them, as many as cores and memory allow."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from .. import workflow
from ..config import Settings, SpeechSettings
from ..errors import Unready
from ..memory import keep_private
from . import work
from .desk import Crew

TRIES: Final = 2  # of a recording that its process ended with: once may be somebody else's memory
SLOTS: Final = 1024  # recordings whose share is told at one time; far more than there are workers
# What an hour's recording takes besides the model: samples (230 MB), their spectrum (115 MB), the file sealed and open.
RECORDING: Final = 600_000_000  # bytes
LEFT: Final = 1_000_000_000  # bytes of memory left to the desk and to whatever else runs


class Processes(ThreadPoolExecutor):
    """An executor of processes that are started, not forked, and that end with this one, however that ends.

    Each thread has one process with one recording in it, so that a process that is killed takes no other's with it, and
    it is known which recording it was. That one is tried again in a new process.
    """

    def __init__(self, workers: int, settings: SpeechSettings, models: Path, model: str | None) -> None:
        super().__init__(workers, thread_name_prefix="hearing")
        threads = settings.threads or max(1, cores() // workers)
        self._context = get_context("spawn")
        self._shares = self._context.RawArray("f", SLOTS)
        self._end, self._line = self._context.Pipe(duplex=False)
        own = settings.model_copy(update={"threads": threads})
        self._beginning = (self._end, self._shares, own, models, model)
        self._own, self._pools = threading.local(), list[ProcessPoolExecutor]()

    def share(self, number: int) -> float:
        """Return how much of a recording is heard, by the number that `work.hear` was given."""
        return float(self._shares[number % SLOTS])

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        """Have this called in one of the processes."""
        return super().submit(self._in_process, fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes when they are finished; with `cancel_futures` now, in the middle of a recording."""
        if cancel_futures:
            self._line.close()
        super().shutdown(wait, cancel_futures=cancel_futures)
        self._line.close()
        for pool in self._pools:  # left to the interpreter's end, one that broke a moment ago may be closed twice
            pool.shutdown(wait)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.shutdown(cancel_futures=kind is not None)

    def _new_pool(self) -> ProcessPoolExecutor:
        self._own.pool = pool = ProcessPoolExecutor(1, self._context, _begin, self._beginning)
        self._pools.append(pool)
        return pool

    def _in_process(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        for _ in range(TRIES):
            if self._line.closed:
                break
            pool = getattr(self._own, "pool", None) or self._new_pool()
            try:
                with _deaf_to_ctrl_c():
                    future = pool.submit(fn, *args, **kwargs)
                return future.result()
            except BrokenProcessPool:
                self._own.pool = None
        raise Unready(
            "The process that listened to it was ended, twice: perhaps this computer has too little memory for it.",
            "Close other programs, or take fewer workers: --workers 1.",
            safe="It was left as it is.",
        )


@contextmanager
def local_crew(settings: Settings, model: str | None, workers: int | None) -> Iterator[Crew]:
    """Work with processes of this computer; text is read in this one, while they listen."""
    models = workflow.models(settings)
    count = workers or fitting(settings.speech, models, model)
    with ThreadPoolExecutor(1) as text, Processes(count, settings.speech, models, model) as speech:
        yield Crew(speech, text, lambda: count + 1, speech.share)


def fitting(settings: SpeechSettings, models: Path, model: str | None) -> int:
    """Return how many workers this computer has cores and memory for, at least one.

    What the model takes is measured: a process loads it and ends. Where that is ended for it, there is room for one.
    """
    import psutil

    if cores() == 1:
        return 1
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        with _deaf_to_ctrl_c():
            measured = pool.submit(_measure, settings, models, model)
        try:
            each = measured.result() + RECORDING
        except BrokenProcessPool:
            return 1
    return max(1, min(cores(), int((psutil.virtual_memory().available - LEFT) // each)))


def _measure(settings: SpeechSettings, models: Path, model: str | None) -> int:
    """Return the bytes of memory that this process takes with the model loaded."""
    import psutil

    work.prepare(settings, models, model)
    return int(psutil.Process().memory_info().rss)


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Start processes that Ctrl-C does not reach, from their first moment on: it is the desk's."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin(end: Connection, shares: Any, settings: SpeechSettings, models: Path, model: str | None) -> None:
    """Make a process ready; when the desk is gone it ends."""
    keep_private()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_desk, args=(end,), daemon=True).start()

    def tell(number: int, share: float) -> None:
        shares[number % SLOTS] = share

    work.prepare(settings, models, model, tell)


def _end_with_desk(end: Connection) -> None:
    """Wait for the end of a pipe that nothing is ever sent through: it comes when the desk closes it, or dies."""
    try:
        end.recv_bytes()
    except (EOFError, OSError):
        os._exit(0)
