"""How soon a sealed record of ten thousand notes opens, and what is done with it then."""

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benches.likeness import fill, note, note_texts, size
from benches.speed import machine
from benches.table import show
from pipeline.store import Store

TRIES = 5
CLIENTS = 40  # notes of each client


def main(arguments: Sequence[str]) -> None:
    """Make the notes, open the record anew several times, print the table."""
    parser = argparse.ArgumentParser(prog="scripts/bench record")
    parser.add_argument("--notes", type=int, default=10_000)
    options = parser.parse_args(arguments)
    chance = random.Random(7)
    made = [note(n, note_texts(chance), f"K-{n % max(options.notes // CLIENTS, 1)}") for n in range(options.notes)]
    print(machine())
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryDirectory() as elsewhere:
        folder = Path(home)
        with Store.open(folder, "bench", actor="bench") as store:
            fill(store, made, folder)
            bytes_ = size(store, folder)
        opened = min(_opening(folder) for _ in range(TRIES))
        with Store.open(folder, "bench", actor="bench") as store:
            copy = Path(elsewhere) / "record.backup"
            rows = [
                ("size on the disk, MiB", bytes_ / 2**20),
                ("opening, ms, the passphrase's Argon2id with it", 1000 * opened),
                ("one client's notes, ms", 1000 * _least(lambda: store.notes("K-1"))),
                ("one note by its digest, ms", 1000 * _least(lambda: store.note(made[-1].digest[:8]))),
                ("what waits, ms", 1000 * _least(lambda: store.drafts())),
                ("every client with counts, ms", 1000 * _least(lambda: store.clients())),
                ("every note, s", _least(lambda: store.notes(), 1)),
                ("backup, proven by restoring it, s", _least(lambda: store.backup(copy), 1)),
            ]
    show(f"A record of {options.notes} signed notes", ("figure", "value"), rows)


def _opening(folder: Path) -> float:
    began = time.perf_counter()
    with Store.open(folder, "bench", actor="bench"):
        return time.perf_counter() - began


def _least(do: Callable[[], object], tries: int = TRIES) -> float:
    """Return the seconds of the quickest of several tries: what else the machine does only adds."""
    taken = []
    for _ in range(tries):
        began = time.perf_counter()
        do()
        taken.append(time.perf_counter() - began)
    return min(taken)
