"""Real commands in processes that start at once: a parent that has loaded every module forks a child for each.

Loading Python's modules takes seconds and touches no data: what is killed meanwhile would show nothing.
"""

import atexit
import importlib
import json
import os
import pkgutil
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, NoReturn

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0  # seconds for a command on a busy machine
HEAVY = ("alembic.command", "argon2", "av", "keyring", "onnxruntime", "spacy", "sqlcipher3", "starlette.testclient")


@dataclass
class Running:
    """One command in a process of its own; what it says goes into two files."""

    pid: int
    out: Path
    err: Path
    parent: "Parent"
    code: int | None = None

    def wait(self, seconds: float = PATIENCE) -> int:
        """Return its exit code, negative for a signal.

        Raises:
            TimeoutError: it does not end; it is killed then.
        """
        if self.code is None:
            try:
                self.code = int(self.parent.line(seconds))
            except TimeoutError:
                self.signal(signal.SIGKILL)
                self.code = int(self.parent.line(PATIENCE))
                raise
        return self.code

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it is still there."""
        if self.code is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        if self.code is None:
            with suppress(TimeoutError):
                self.code = int(self.parent.line(0.0))
        return self.code is None

    @property
    def said(self) -> str:
        """What it has printed so far."""
        return self.out.read_text(errors="replace")

    @property
    def told(self) -> str:
        """What it has said on its error output so far."""
        return self.err.read_text(errors="replace")


class Parent:
    """The process that forks; one child at a time."""

    def __init__(self) -> None:
        path = os.pathsep.join(map(str, (ROOT / "scripts", ROOT)))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "trial.children"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        )
        self._rest = b""
        if self.line(PATIENCE) != "ready":
            raise RuntimeError("Evenfall's modules cannot be loaded")

    def start(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        *,
        typed: str = "",
        held: bool = False,
    ) -> Running:
        """Start a command that is typed this; `held`: it stands still, about to begin, until it is sent SIGCONT."""
        given, out, err = (folder / name for name in ("typed", "out", "err"))
        given.write_text(typed)
        order = {
            "arguments": list(arguments),
            "environment": dict(environment),
            "files": [str(given), str(out), str(err)],
            "held": held,
        }
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        self._process.stdin.flush()
        return Running(int(self.line(PATIENCE)), out, err, self)

    def line(self, seconds: float) -> str:
        """Return the next line that the parent says.

        Raises:
            TimeoutError: it says none.
        """
        assert self._process.stdout is not None
        end = time.monotonic() + seconds
        while b"\n" not in self._rest:
            ready, _, _ = select.select([self._process.stdout], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                raise TimeoutError("the command does not end")
            self._rest += os.read(self._process.stdout.fileno(), 4096) or b"-1\n"
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode()

    def close(self) -> None:
        """Let the parent end."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with suppress(BrokenPipeError):
                    pipe.close()
        self._process.wait(10)


@cache
def parent() -> Parent:
    """Return the one parent of this run."""
    made = Parent()
    atexit.register(made.close)
    return made


def _load() -> None:
    import pipeline

    for name in HEAVY:
        importlib.import_module(name)
    for module in pkgutil.walk_packages(pipeline.__path__, "pipeline."):
        if "versions" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def _become(arguments: list[str], environment: dict[str, str], files: list[str], held: bool) -> NoReturn:
    """Be the command: its streams, environment and arguments, in a session without a terminal."""
    os.setsid()
    for number, (file, flags) in enumerate(zip(files, (os.O_RDONLY, *2 * (_WRITTEN,)), strict=True)):
        os.dup2(os.open(file, flags, 0o600), number)
    sys.stdin, sys.stdout, sys.stderr = (open(n, mode, closefd=False) for n, mode in enumerate("rww"))  # noqa: SIM115
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None
    sys.argv = ["evenfall", *arguments]
    if held:
        os.kill(os.getpid(), signal.SIGSTOP)
    code = 0
    try:
        from pipeline.cli import main

        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)  # the libraries' own threads did not come along in the fork: they cannot be ended


_WRITTEN: Final = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


def serve() -> None:
    """Fork a child for each line on stdin: say its process id, wait for it, say its exit code."""
    _load()
    print("ready", flush=True)
    while line := sys.stdin.readline():
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(order["arguments"], order["environment"], order["files"], order["held"])
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    serve()
