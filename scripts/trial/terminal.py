"""A real command in a real terminal, where somebody types: passphrases when they are asked for, lines when it waits."""

import os
import pty
import re
import select
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from trial.children import PATIENCE, ROOT
from trial.world import World

COMMAND = (sys.executable, "-c", "from pipeline.cli import main; main()")
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
IDLE = 1.0  # seconds without a word after which it waits for a line
PROMPT = re.compile(r"(assphrase[^\n]*|The same again): ?\Z")


class Terminal:
    """One command that runs in a terminal, in a session of its own; `words` is typed where a passphrase is asked for.

    No setting holds a passphrase: neither its arguments nor its environment do.
    """

    def __init__(self, world: World, words: str, *arguments: str | Path, cores: bool = False) -> None:
        self._words, self._answered = words, 0
        self.said = ""
        self.code: int | None = None
        environment = {**world.environment(), "PYTHONPATH": str(ROOT), "TERM": "dumb"}
        del environment["EVENFALL_PASSPHRASE"]
        command = [*COMMAND, *map(str, arguments)]
        self.pid, self._screen = pty.fork()
        if self.pid == 0:
            os.chdir(world.folder / "user")
            if cores:
                import resource

                resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            os.execve(command[0], command, environment)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill(signal.SIGKILL)
        self.wait()
        os.close(self._screen)

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        if self.code is None:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            self.code = os.waitstatus_to_exitcode(status) if ended else None
        return self.code is None

    def kill(self, number: signal.Signals) -> None:
        """Send it a signal, if it is there."""
        if self.alive:
            os.kill(self.pid, number)

    def type(self, text: str) -> None:
        """Type something."""
        os.write(self._screen, text.encode())

    def listen(self, seconds: float) -> bool:
        """Take what it says for as long as it goes on, at most so long without a word; answer for the passphrase."""
        ready, _, _ = select.select([self._screen], [], [], seconds)
        data = b""
        if ready:
            with suppress(OSError):  # it has ended, and the terminal with it
                data = os.read(self._screen, 65536)
        self.said += ESCAPES.sub("", data.decode(errors="replace")).replace("\r\n", "\n")
        if PROMPT.search(self.said[self._answered :]):
            self._answered = len(self.said)
            time.sleep(0.1)  # it is asked for once the echo is off
            self.type(self._words + "\n")
        return bool(data)

    def until(self, true: Callable[[], object]) -> None:
        """Listen until something is so.

        Raises:
            TimeoutError: it never is.
            RuntimeError: the command ended before.
        """
        end = time.monotonic() + PATIENCE
        while not true():
            if not self.listen(0.1) and not self.alive:
                raise RuntimeError(f"it ended with {self.code}: {self.said[-200:]}")
            if time.monotonic() > end:
                raise TimeoutError("it never came to be")

    def until_said(self, words: str) -> None:
        """Listen until it has said this.

        Raises:
            TimeoutError: it never says it.
            RuntimeError: the command ended before.
        """
        self.until(lambda: words in self.said)

    def wait(self, lines: Sequence[str] = ()) -> int:
        """Type these lines once it waits for them, and return its exit code.

        Raises:
            TimeoutError: it does not end.
        """
        end, left, heard = time.monotonic() + PATIENCE, list(lines), time.monotonic()
        while self.listen(0.1) or self.alive:
            heard = time.monotonic() if PROMPT.search(self.said) or not self._answered else heard
            if left and self._answered and time.monotonic() - heard > IDLE:
                self.type(left.pop(0) + "\n")
                heard = time.monotonic() - IDLE + 0.05
            if time.monotonic() > end:
                self.kill(signal.SIGKILL)
                raise TimeoutError("it does not end")
        return self.code if self.code is not None else -1


def typed(world: World, words: str, *arguments: str | Path, lines: Sequence[str] = ()) -> str:
    """Run a command in a terminal to its end, and return what it said.

    Raises:
        RuntimeError: it does not end well.
    """
    with Terminal(world, words, *arguments) as here:
        if code := here.wait(lines):
            raise RuntimeError(f"evenfall {arguments[0]} ended with {code}")  # what it said may hold the words
        return here.said
