"""Trials, one case at a time: run, told, kept in a log by which a run is resumed, and shown as a table.

A trial is a module with `cases(seed, few)`: it yields its cases in the order of the table's rows, the same ones for the
same seed; `few` asks for the small sample that the quick tests run.
"""

import json
import shutil
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

HEAD = ("| trial | what was tried | how often | found |", "|---|---|---:|---:|")


@dataclass(frozen=True)
class Outcome:
    """How often something was tried, and a line for each failure: the steps by which it is seen again."""

    tried: int
    found: tuple[str, ...] = ()


class Attempt(Protocol):
    """What a case does in an empty folder of its own."""

    def __call__(self, folder: Path, /) -> Outcome:
        """Try it.

        Raises:
            Missing: this machine lacks what it needs.
        """
        ...


@dataclass(frozen=True)
class Case:
    """One attempt: `row` says in words what is tried, `name` is the case's own within its trial."""

    row: str
    name: str
    run: Attempt


class Missing(Exception):
    """Something that this machine lacks; the message says what, and how to get it."""


@dataclass(frozen=True)
class Entry:
    """A case as the log keeps it."""

    trial: str
    row: str
    name: str
    seed: int
    tried: int
    found: tuple[str, ...]
    seconds: float


def read(log: Path) -> list[Entry]:
    """Return what the log holds; a last line that a kill cut off is none."""
    lines = log.read_text().split("\n")[:-1] if log.is_file() else []
    return [Entry(**{**fields, "found": tuple(fields["found"])}) for fields in map(json.loads, lines)]


def go_through(trials: Mapping[str, Iterable[Case]], seed: int, work: Path, log: Path) -> Iterator[Entry]:
    """Yield an entry for each case, from the log where it was run before with this seed.

    `work` is the folder that each case gets, empty, in turn: paths are the same for all of them.
    """
    done = {(entry.trial, entry.name): entry for entry in read(log) if entry.seed == seed}
    for trial, cases in trials.items():
        listed = list(cases)
        for number, case in enumerate(listed, 1):
            entry = done.get((trial, case.name))
            if entry is None:
                entry = _run(trial, case, seed, work)
                if entry is None:
                    continue
                with log.open("a") as file:
                    file.write(json.dumps(asdict(entry)) + "\n")
                _tell(entry, f"{number}/{len(listed)}")
            yield entry


def _run(trial: str, case: Case, seed: int, work: Path) -> Entry | None:
    begun = time.monotonic()
    with emptied(work):
        try:
            outcome = case.run(work)
        except Missing as missing:
            print(f"{trial}  {case.name}  left out: {missing}", file=sys.stderr, flush=True)
            return None
        except Exception as error:  # a trial that breaks has shown nothing
            outcome = Outcome(1, (f"{case.name}: the trial itself failed: {type(error).__name__}: {error}"[:600],))
    seconds = round(time.monotonic() - begun, 1)
    return Entry(trial, case.row, case.name, seed, outcome.tried, outcome.found, seconds)


@contextmanager
def emptied(folder: Path) -> Iterator[None]:
    """Have a folder be there, empty, while a block runs, and gone afterwards."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _tell(entry: Entry, place: str) -> None:
    said = "ok" if not entry.found else "FOUND"
    print(f"{entry.trial}  {entry.name:<28} {said:<6} {place:>9}  {entry.seconds:6.1f} s", file=sys.stderr, flush=True)
    for line in entry.found:
        print(f"    {line}", file=sys.stderr, flush=True)


def markdown(entries: Iterable[Entry]) -> str:
    """Return the table, a line for each row in the order in which they came."""
    rows: dict[tuple[str, str], list[int]] = {}
    for entry in entries:
        counts = rows.setdefault((entry.trial, entry.row), [0, 0])
        counts[0] += entry.tried
        counts[1] += len(entry.found)
    body = (f"| {trial} | {row} | {tried:,} | {found} |" for (trial, row), (tried, found) in rows.items())
    return "\n".join((*HEAD, *body))
