"""Ten thousand malformed inputs for whatever Evenfall reads: no crash, hang or flood of memory, no word of them told.

Each reader runs in a process of its own with little memory, a time for each input, and a folder outside its home that
has to stay empty. An input that does harm is kept in the temp folder, under evenfall-malformed.
"""

import contextlib
import hashlib
import json
import logging
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from pipeline.errors import EvenfallError

from . import homes
from .readers import READERS, Reader
from .spoiling import CANARY, spoil
from .table import Case, Missing, Outcome

AT_ONCE: Final = 250  # inputs of one case
SECONDS: Final = 20  # of processor time for one input
PATIENCE: Final = 900  # seconds for all of a case
MEMORY: Final = 3 * 2**30  # bytes of addresses beyond what the process has when it begins
KEPT: Final = Path(tempfile.gettempdir(), "evenfall-malformed")  # inputs that did harm, by their digest
RUNS: Final = 4000  # of atheris
LED: Final = ("transcripts", "sidecars, calendars and names of what comes in")  # readers in Python, led by coverage


def cases(seed: int, few: bool) -> Iterator[Case]:
    """Yield the cases of this trial."""
    for name, reader in READERS.items():
        count = reader.few if few else reader.count
        for number, first in enumerate(range(0, count, AT_ONCE), 1):
            run = partial(_spoilt, name, seed, first, min(AT_ONCE, count - first))
            yield Case(f"malformed {name}", f"{name} {number}", run)
        if reader.made is not None and not few:
            yield Case(f"made-up {name} (hypothesis)", f"{name} made up", partial(_made, name, seed, count // 4 + 1))
    for name in () if few else LED:
        yield Case(f"{name}, led by coverage (atheris)", f"{name} led", partial(_led, name, seed))


def _spoilt(name: str, seed: int, first: int, count: int, folder: Path) -> Outcome:
    return _in_child(folder, name, "spoilt", seed, first, count)


def _made(name: str, seed: int, count: int, folder: Path) -> Outcome:
    return _in_child(folder, name, "made", seed, 0, count)


def _led(name: str, seed: int, folder: Path) -> Outcome:
    if find_spec("atheris") is None:
        raise Missing("atheris, for inputs led by coverage: uv pip install atheris")
    return _in_child(folder, name, "led", seed, 0, RUNS)


def _in_child(folder: Path, name: str, how: str, seed: int, first: int, count: int) -> Outcome:
    """Run a reader over inputs in a process of its own, and see what that left."""
    for place in ("home", "in", "tmp", "here", "user"):
        (folder / place).mkdir()
    outside = {"TMPDIR": str(folder / "tmp"), "HOME": str(folder / "user"), "XDG_CACHE_HOME": str(folder / "user")}
    outside |= {"HYPOTHESIS_STORAGE_DIRECTORY": str(folder / "hypothesis")}
    paths = os.pathsep.join((str(homes.ROOT), str(homes.ROOT / "scripts")))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EVENFALL_")}
    environment |= {**outside, "PYTHONPATH": paths, "EVENFALL_HOME": str(folder / "home")}
    line = [sys.executable, "-c", "import sys; from trial.malformed import child; child(*sys.argv[1:])"]
    line += [name, how, str(seed), str(first), str(count), str(folder), str(KEPT)]
    where = f"{name}, {how}, seed {seed}"
    try:
        done = subprocess.run(
            line,
            env=environment,
            cwd=folder / "here",
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            errors="replace",
        )
    except subprocess.TimeoutExpired:
        return Outcome(count, (f"{where}: hung at {_doing(folder)}",))
    found = [*_findings(folder)]
    if done.returncode:
        found.append(f"{where}: died of {done.returncode} at {_doing(folder)}: {done.stderr[-200:]}")
    if CANARY in (done.stdout + done.stderr).casefold():
        found.append(f"{where}: words of an input were printed")
    left = [path for place in ("tmp", "here", "user") for path in (folder / place).rglob("*") if path.is_file()]
    found += [f"{where}: left {path.relative_to(folder)}" for path in left]
    return Outcome(_tried(folder, count), tuple(found))


def _doing(folder: Path) -> str:
    path = folder / "doing"
    return f"input {path.read_text()}, kept as {_keep(folder)}" if path.is_file() else "the start"


def _keep(folder: Path, kept: Path = KEPT) -> Path:
    kept.mkdir(exist_ok=True)
    content = (folder / "input").read_bytes()
    copy = kept / hashlib.sha256(content).hexdigest()[:16]
    copy.write_bytes(content)
    return copy


def _findings(folder: Path) -> list[str]:
    path = folder / "found"
    return [str(json.loads(line)) for line in path.read_text().splitlines()] if path.is_file() else []


def _tried(folder: Path, count: int) -> int:
    path = folder / "tried"
    return int(path.read_text()) if path.is_file() else count


# In the process of its own


def child(name: str, how: str, seed: str, first: str, count: str, folder: str, kept: str) -> None:
    """Go through so many inputs from a first one on; write down each that does harm."""
    trying = _Trying(READERS[name], Path(folder), Path(kept), f"{name}, {how}, seed {seed}")
    {"spoilt": _spoil_each, "made": _make_each, "led": _lead}[how](trying, seed, int(first), int(count))
    Path(folder, "tried").write_text(str(trying.tried))
    for path in trying.begun.home.glob("*.part"):
        trying.tell(f"left {path.name}")


class _Trying:
    """One reader at work, with the bounds that it must keep to."""

    def __init__(self, reader: Reader, folder: Path, kept: Path, where: str) -> None:
        self.reader, self._folder, self._kept, self._where = reader, folder, kept, where
        self.begun = reader.begin(folder)
        self.tried = self._told = 0
        self._logged = _Logged()
        logging.getLogger().addHandler(self._logged)
        logging.getLogger().setLevel(logging.DEBUG)
        signal.signal(signal.SIGPROF, _late)
        with open("/proc/self/statm") as file:
            now = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + MEMORY, now + MEMORY))

    def attempt(self, number: str, content: bytes, rng: random.Random) -> None:
        """Give the reader one input."""
        self.tried += 1
        (self._folder / "doing").write_text(number)
        (self._folder / "input").write_bytes(content)
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            said = self.begun.read(content, rng) or ""
        except EvenfallError as error:
            said = str(error)
        except Exception as error:
            self.tell(f"input {number}: {type(error).__name__}: {_place(error)}")
            said = ""
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        said += self._logged.taken()
        if not self.reader.own and CANARY in said.casefold():
            self.tell(f"input {number}: its words are in a message: {said[:80]}")

    def tell(self, what: str) -> None:
        """Write down what was found, and keep the input."""
        self._told += 1
        if self._told <= 20:
            with (self._folder / "found").open("a") as file:
                file.write(json.dumps(f"{self._where}: {what}; kept as {_keep(self._folder, self._kept)}"[:300]) + "\n")


class _Logged(logging.Handler):
    """What was logged since it was asked last; asyncio's and other libraries' too."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Take one line; those of the trial's own client, which asks the page, do not count."""
        if record.name.split(".")[0] in ("httpx", "httpcore", "hypothesis"):
            return
        self._lines.append(record.getMessage() + str(record.exc_info or ""))

    def taken(self) -> str:
        """Return what came, and forget it."""
        taken, self._lines = "".join(self._lines), []
        return taken


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    frame = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    return f"{str(error)[:80]!r} in {frame}"


def _late(*_: object) -> None:
    raise TimeoutError("it took too long")


def _spoil_each(trying: _Trying, seed: str, first: int, count: int) -> None:
    begun = trying.begun
    for number in range(first, first + count):
        rng = random.Random(f"{seed} {number}")
        special = number < len(begun.specials)
        content = begun.specials[number] if special else spoil(begun.samples, rng)
        trying.attempt(str(number), content, rng)


def _make_each(trying: _Trying, seed: str, first: int, count: int) -> None:
    import hypothesis

    @hypothesis.seed(int(seed))
    @hypothesis.settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(trying.reader.made)
    def each(content: bytes) -> None:
        trying.attempt(f"made up {trying.tried}", content, random.Random(trying.tried))

    each()


def _lead(trying: _Trying, seed: str, first: int, count: int) -> None:
    """Let atheris look for inputs that reach what none reached before, beginning with the samples."""
    import atheris

    samples = trying.begun.home.parent / "samples"
    samples.mkdir()
    for number, content in enumerate((*trying.begun.samples, *trying.begun.specials)):
        if len(content) < 100_000:
            (samples / str(number)).write_bytes(content)
    _instrument(atheris)
    options = [
        f"-runs={count}",
        f"-seed={seed}",
        "-timeout=30",
        "-max_len=20000",
        "-rss_limit_mb=0",
        "-print_final_stats=0",
    ]
    with contextlib.suppress(SystemExit):
        atheris.Setup([sys.argv[0], *options, str(samples)], _attempting(trying))
        Path(samples.parent, "tried").write_text(str(count))  # libFuzzer ends the process itself
        atheris.Fuzz()


def _attempting(trying: _Trying) -> Callable[[bytes], None]:
    def attempt(content: bytes) -> None:
        trying.attempt(f"led {trying.tried}", content, random.Random(len(content)))

    return attempt


def _instrument(atheris: Any) -> None:
    """Have coverage be seen in the modules of ours that read."""
    for name, module in list(sys.modules.items()):
        if name.startswith(("pipeline.speech.transcripts", "pipeline.intake")):
            for value in vars(module).values():
                if callable(value) and getattr(value, "__module__", "") == name and hasattr(value, "__code__"):
                    with contextlib.suppress(Exception):
                        value.__code__ = atheris.instrument_func(value).__code__
