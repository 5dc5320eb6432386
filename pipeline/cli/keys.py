"""Single keys at a terminal, without Enter; where there is no terminal, signals alone."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

ENDING: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)
)


class Keys:
    """What was pressed since it was last asked; `ended` is set by Ctrl-C, `stopped` too by who stops the program."""

    def __init__(self, watched: bool) -> None:
        self.watched = watched
        self.ended = self.stopped = False

    def end(self, number: int, frame: FrameType | None) -> None:
        """Take a signal that says to stop: what was heard is to be kept, so nothing is broken off."""
        self.ended, self.stopped = True, number != signal.SIGINT

    def pressed(self) -> str:
        """Return the next key, "" if there is none."""
        if not self.watched:
            return ""
        if sys.platform == "win32":
            import msvcrt

            return msvcrt.getwch() if msvcrt.kbhit() else ""
        import os
        import select

        ready, _, _ = select.select([sys.stdin], [], [], 0)
        read = os.read(sys.stdin.fileno(), 1) if ready else b""
        if ready and not read:  # the terminal is gone
            self.watched = False
        return read.decode(errors="ignore")


@contextmanager
def keys() -> Iterator[Keys]:
    """Read single keys while a block runs, and take signals as the wish to end; then all is as it was before."""
    found = Keys(sys.stdin.isatty())
    before = {number: signal.signal(number, found.end) for number in ENDING}
    try:
        with _single_keys(found.watched):
            yield found
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _single_keys(watched: bool) -> Iterator[None]:
    if not watched or sys.platform == "win32":
        yield
        return
    import termios
    import tty

    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setcbreak(sys.stdin.fileno())
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
