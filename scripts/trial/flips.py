"""Single bits turned over in every file of a data folder, and events changed behind the chain's back: what is seen.

Seen is what is refused in plain words at opening or reading, or found by `evenfall audit verify`, `evenfall doctor
--verify` or `evenfall restore`. A flip that nothing tells of has to lie where `UNREAD` says why nobody reads it, and
all that was put in has to come out as it was.
"""

import hashlib
import json
import random
import shutil
import tarfile
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from itertools import pairwise
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, text

from pipeline import workflow
from pipeline.audio.decode import load_sealed
from pipeline.audio.spool import Spool
from pipeline.cli.machine import _unchanged
from pipeline.errors import EvenfallError
from pipeline.speech import integrity, weights
from pipeline.store import Store
from pipeline.store.audit import EXPORT, GENESIS, HEAD, RULE
from pipeline.store.backup import Manifest
from pipeline.types import AuditEvent
from tests import random_whisper

from . import homes
from .homes import DICTATION, PASSPHRASE
from .table import Case, Outcome

AT_ONCE: Final = 100  # flips in one case
HOUR: Final = 3600.0
UNREAD: Final = {
    "verified.json": "the moments in it say when a model came and was verified, nothing of what it is",
    "kept.backup": "the filler by which tar makes its members even; nobody reads it",
    "store.db-shm": "SQLite makes it anew from the log at each opening; a damaged one is passed over",
    "store.lock": "it is empty, and only locked",
}
TURNED: Final = {  # which file of which folder, and how many flips: all of them, and of the small sample
    ("home", "store.db"): (1500, 8),
    ("home", "store.json"): (1000, 20),
    ("killed", "store.db-wal"): (700, 10),
    ("killed", "store.db"): (300, 3),
    ("killed", "store.db-shm"): (200, 3),
}

Flip = Callable[[Path, random.Random], str]  # in a folder of its own; returns what was not seen, else ""


def cases(seed: int, few: bool) -> Iterator[Case]:
    """Yield the cases of this trial."""
    for (folder, name), (many, sample) in TURNED.items():
        row = f"bits of {name}" + (" after a kill" if folder == "killed" else "")
        yield from _parted(seed, row, sample if few else many, partial(_in_store, folder, name))
    more: tuple[tuple[str, int, int, Flip], ...] = (
        ("bits of a sealed recording, finished", 700, 10, partial(_in_recording, True)),
        ("bits of a sealed recording, broken off", 300, 10, partial(_in_recording, False)),
        ("bits of a backup", 800, 20, _in_backup),
        ("bits of a speech model's files, by doctor --verify", 600, 10, _in_model),
        ("bits of an exported audit chain, by the rule in its first line", 3000, 100, _in_export),
        ("bits of the data folder, by the real commands", 60, 0, _by_command),
        ("events and anchors changed inside the opened record", 400, 13, _surgery),
    )
    for row, many, sample, flip in more:
        yield from _parted(seed, row, sample if few else many, flip)


def _parted(seed: int, row: str, count: int, flip: Flip) -> Iterator[Case]:
    for number, first in enumerate(range(0, count, AT_ONCE), 1):
        name = f"{row} {number}"
        yield Case(row, name, partial(_run, f"{seed} {name}", min(AT_ONCE, count - first), flip))


def _run(seed: str, count: int, flip: Flip, folder: Path) -> Outcome:
    rng = random.Random(seed)
    found = []
    for number in range(count):
        own = folder / str(number)
        own.mkdir()
        if unseen := flip(own, rng):
            found.append(f"flip {number} of {seed!r}: {unseen}"[:300])
        shutil.rmtree(own)
    return Outcome(count, tuple(found))


def turn(path: Path, bit: int) -> None:
    """Turn one bit of a file over."""
    content = bytearray(path.read_bytes())
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)


def turn_one(path: Path, rng: random.Random) -> int:
    """Turn one bit of a file over and return which."""
    bit = rng.randrange(path.stat().st_size * 8)
    turn(path, bit)
    return bit


@lru_cache
def _right(name: str) -> str:
    """Return the digest of all rows of one of the folders of `homes.whole`."""
    home = homes.copy(name, homes.whole() / f"right-{name}")
    with homes.opened(home) as store:
        return homes.content_of(store)


def _in_store(folder: str, name: str, own: Path, rng: random.Random) -> str:
    home = homes.copy(folder, own / "home")
    bit = turn_one(home / name, rng)
    seen = partial(_told, f"bit {bit} of {name}")
    try:
        with homes.opened(home) as store:
            if homes.content_of(store) != _right(folder):
                return f"bit {bit} of {name}: the record opens and holds something else, and nothing says so"
            store.verify_whole()
    except Exception as error:
        return seen(error)
    return "" if name in UNREAD else f"bit {bit} of {name}: nothing says so"


def _told(which: str, error: Exception) -> str:
    """Return "" of an error that is one of ours and says what to do next."""
    return "" if homes.refused(error) else f"{which}: {type(error).__name__} is no plain refusal"


@lru_cache
def _recordings() -> tuple[Path, str, str, bytes]:
    """Return a home with a finished and an unfinished recording of the same sound, their ids, and the sound."""
    home = homes.copy("home", homes.whole() / "recordings")
    sound = random.Random("sound").randbytes(48_000)
    parts = [sound[first : first + 8000] for first in range(0, len(sound), 8000)]
    with homes.opened(home) as store:
        return home, homes.recorded(store, *parts), homes.recorded(store, *parts, finish=False), sound


def _in_recording(finished: bool, own: Path, rng: random.Random) -> str:
    """See that what is damaged is silence, and told, and that no sound is another than it was."""
    home, whole, broken, sound = _recordings()
    path = home / "spool" / f"{whole if finished else broken}.spool"
    before = path.read_bytes()
    bit = turn_one(path, rng)
    try:
        with homes.opened(home) as store, Spool.open(store, path.stem) as spool:
            content = spool.read(DICTATION)
            loaded = load_sealed(content, DICTATION, HOUR)
    except Exception as error:
        return _told(f"bit {bit}", error)
    finally:
        path.write_bytes(before)
    if any(byte not in (0, right) for byte, right in zip(content.data, sound, strict=False)):
        return f"bit {bit}: the sound is another"
    if not (loaded.lost or loaded.warnings):
        return f"bit {bit}: nothing says so"
    return ""


def _in_backup(own: Path, rng: random.Random) -> str:
    file = own / "kept.backup"
    shutil.copyfile(homes.whole() / "kept.backup", file)
    most = file.stat().st_size if rng.random() < 0.5 else 4096  # the manifest comes first
    turn(file, bit := rng.randrange(most * 8))
    try:
        made = Store.restore(file, own / "home", PASSPHRASE, actor="trial")
    except Exception as error:
        if left := [path.name for path in (own / "home").iterdir() if path.name != "store.lock"]:
            return f"bit {bit} (byte {bit // 8}): refused, and left {left}"
        return _told(f"bit {bit} (byte {bit // 8})", error)
    if not any(bit // 8 in kept for kept in _kept_bytes()) or _same_value(file):
        return ""
    return f"bit {bit} (byte {bit // 8}): restored as of {made.made_at}, and nothing says so"


def _same_value(file: Path) -> bool:
    """Say whether the flip only wrote the same day in other letters (2026-01-01t00:00:00z)."""
    with tarfile.open(file) as tar, tarfile.open(homes.whole() / "kept.backup") as right:
        both = [one.extractfile("backup.json") for one in (tar, right)]
        return len({Manifest.read(member.read()) for member in both if member is not None}) == 1


@lru_cache
def _kept_bytes() -> tuple[range, ...]:
    """Return where in the backup the members and their heads lie; the rest is filler, by which tar makes them even."""
    with tarfile.open(homes.whole() / "kept.backup") as tar:
        return tuple(range(member.offset, member.offset_data + member.size) for member in tar)


@lru_cache
def _model() -> Path:
    folder = homes.whole() / "models"
    return weights.install(random_whisper.build(homes.whole() / "given", seed=7), folder)


def _in_model(own: Path, rng: random.Random) -> str:
    folder = Path(shutil.copytree(_model(), own / "model"))
    path = rng.choice(sorted(path for path in folder.iterdir() if path.stat().st_size))
    bit = turn_one(path, rng)
    try:
        good, what = (check := _unchanged(folder, True)).good, check.what
    except Exception as error:
        return _told(f"bit {bit} of {path.name}", error)
    if not good or "never verified" in what or _promised(folder) == _promised(_model()):
        return ""
    return f"bit {bit} of {path.name}: {what}"


def _promised(folder: Path) -> list[tuple[str, str]]:
    """Return the digests that setup wrote down, where what is in the folder is nothing else."""
    record = integrity.read(folder)
    same = record is not None and not integrity.altered(folder, record, thorough=True)
    return [(name, kept.sha256) for name, kept in sorted(record.files.items())] if record and same else []


@lru_cache
def _exported() -> bytes:
    file = homes.whole() / "audit.jsonl"
    with homes.opened(homes.copy("home", homes.whole() / "exported")) as store:
        workflow.export_audit(store, file)
    return file.read_bytes()


def _in_export(own: Path, rng: random.Random) -> str:
    content = bytearray(_exported())
    bit = rng.randrange(len(content) * 8)
    content[bit // 8] ^= 1 << bit % 8
    return f"bit {bit} (byte {bit // 8}): the rule does not find it" if holds(bytes(content)) else ""


def holds(content: bytes) -> bool:
    """Say whether an exported chain holds, by the rule that stands in its first line; as an auditor would."""
    try:
        first, *events, last = (json.loads(line) for line in content.decode().split("\n")[:-1])
        previous = GENESIS
        for number, row in enumerate(events, 1):
            plain = json.dumps(row["event"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            digest = hashlib.sha256(f"AuditEvent\n{plain}".encode()).hexdigest()
            if (row["digest"], row["event"]["sequence"], row["event"]["previous"]) != (digest, number, previous):
                return False
            previous = digest
    except (ValueError, LookupError, TypeError):
        return False
    end = {"end": {"events": len(events), "whole": True, "reason": ""}}
    return first == {"format": EXPORT, "rule": RULE} and last == end


def _by_command(own: Path, rng: random.Random) -> str:
    """Turn a bit of any file over and ask by the command line: plain words, the right exit, no word of a client."""
    home = homes.copy("killed" if rng.random() < 0.5 else "home", own / "home")
    path = rng.choice([path for path in sorted(home.rglob("*")) if path.is_file() and path.stat().st_size])
    bit = turn_one(path, rng)
    said = ""
    with homes.at_home(home):
        for arguments in (["doctor", "--verify"], ["audit", "verify"], ["queue"]):
            done = homes.evenfall(*arguments)
            if done.returncode not in (0, 3, 4) or "Traceback" in done.stderr:
                return f"bit {bit} of {path.name}: {arguments} exits {done.returncode}: {done.stderr[:100]}"
            said += done.stdout + done.stderr
    spilt = [word for word in ("anxious", "grounding", "sertraline", "panic") if word in said]
    return f"bit {bit} of {path.name}: {spilt} stand in what was printed" if spilt else ""


# Inside the opened record, as one who has its key but not the chain's would change it


def _surgery(own: Path, rng: random.Random) -> str:
    home = homes.copy("home", own / "home")
    with homes.opened(home) as store:
        for number in range(rng.randrange(3)):
            store.record(f"looked at {number}")
        with store._database.writing() as connection:
            what = rng.choice(SURGERIES)
            done = what(connection, rng)
        try:
            store.verify_audit()
        except EvenfallError:
            return ""
    return f"{what.__name__.strip('_')}: {done}: nothing says so"


def _events(connection: Connection) -> list[tuple[int, str, str, str]]:
    found = connection.execute(text("SELECT sequence, payload, digest, mac FROM audit ORDER BY sequence"))
    return [(row.sequence, row.payload, row.digest, row.mac) for row in found]


def _change_event(connection: Connection, rng: random.Random) -> str:
    sequence, *columns = rng.choice(_events(connection))
    place = rng.randrange(3)
    column, old = ("payload", "digest", "mac")[place], columns[place]
    at = rng.randrange(len(old))
    other = rng.choice([letter for letter in "0123456789abcdef, " if letter != old[at]])
    changed = {"new": old[:at] + other + old[at + 1 :], "at": sequence}
    connection.execute(text(f"UPDATE audit SET {column} = :new WHERE sequence = :at"), changed)  # noqa: S608
    return f"{column} of event {sequence} at {at}"


def _change_event_wholly(connection: Connection, rng: random.Random) -> str:
    sequence, payload, *_ = rng.choice(_events(connection))
    event = AuditEvent.read(payload).replace(action="looked away")
    row = {"p": event.model_dump_json(), "d": event.digest, "at": sequence}
    connection.execute(text("UPDATE audit SET payload = :p, digest = :d WHERE sequence = :at"), row)
    return f"event {sequence} with its digest"


def _remove_events(connection: Connection, rng: random.Random) -> str:
    numbers = [row[0] for row in _events(connection)]
    first = rng.choice(numbers)
    last = min(first + rng.randrange(3), numbers[-1])
    connection.execute(text("DELETE FROM audit WHERE sequence BETWEEN :a AND :b"), {"a": first, "b": last})
    if rng.random() < 0.5:
        _shift(connection, first, first - last - 1)
    return f"events {first} to {last}"


def _reorder_events(connection: Connection, rng: random.Random) -> str:
    one, other = rng.sample([row[0] for row in _events(connection)], 2)
    for old, new in ((one, -1), (other, one), (-1, other)):
        connection.execute(text("UPDATE audit SET sequence = :new WHERE sequence = :old"), {"old": old, "new": new})
    return f"events {one} and {other}"


def _insert_event(connection: Connection, rng: random.Random) -> str:
    rows = _events(connection)
    place = rng.randrange(1, len(rows) + 2)
    previous = rows[place - 2][2] if place > 1 else GENESIS
    event = AuditEvent.read(rows[0][1]).replace(sequence=place, action="looked in", previous=previous)
    _shift(connection, place, 1)
    mac = rng.choice(rows)[3]
    row = {"s": place, "p": event.model_dump_json(), "d": event.digest, "m": mac}
    connection.execute(text("INSERT INTO audit (sequence, payload, digest, mac) VALUES (:s, :p, :d, :m)"), row)
    return f"an event at {place}"


def _repeat_event(connection: Connection, rng: random.Random) -> str:
    rows = _events(connection)
    _, payload, digest, mac = rng.choice(rows)
    row = {"s": len(rows) + 1, "p": payload, "d": digest, "m": mac}
    connection.execute(text("INSERT INTO audit (sequence, payload, digest, mac) VALUES (:s, :p, :d, :m)"), row)
    return "an event stands again at the end"


def _truncate(connection: Connection, rng: random.Random) -> str:
    rows = _events(connection)
    kept = rng.randrange(len(rows))
    connection.execute(text("DELETE FROM audit WHERE sequence > :kept"), {"kept": kept})
    if rng.random() < 0.5:
        connection.execute(text("DELETE FROM meta WHERE key = :key"), {"key": HEAD})
    return f"all behind event {kept}"


def _forge_head(connection: Connection, rng: random.Random) -> str:
    one, other = rng.choice(list(pairwise(_events(connection))))
    connection.execute(text("DELETE FROM audit WHERE sequence >= :at"), {"at": other[0]})
    head = f"{one[0]} {one[2]} {rng.choice((one[3], other[3], '0' * 64))}"
    connection.execute(text("UPDATE meta SET value = :head WHERE key = :key"), {"head": head, "key": HEAD})
    return f"the end set to event {one[0]}"


def _move_anchor(connection: Connection, rng: random.Random) -> str:
    change = rng.choice(("sequence = sequence + 1", "note = digest", "digest = note", "mac = digest"))
    connection.execute(text(f"UPDATE anchors SET {change}"))  # noqa: S608
    return change


def _remove_anchor(connection: Connection, rng: random.Random) -> str:
    connection.execute(text("DELETE FROM anchors WHERE sequence = (SELECT max(sequence) FROM anchors)"))
    return "the last anchor"


def _remove_note(connection: Connection, rng: random.Random) -> str:
    last = "(SELECT max(digest) FROM notes)"
    for table, column in (("likenesses", "note"), ("addenda", "note"), ("notes", "digest")):
        connection.execute(text(f"DELETE FROM {table} WHERE {column} = {last}"))  # noqa: S608
    return "a signed note, without an event"


def _shift(connection: Connection, first: int, by: int) -> None:
    numbers = [row[0] for row in _events(connection) if row[0] >= first]
    for number in sorted(numbers, reverse=by > 0):
        connection.execute(
            text("UPDATE audit SET sequence = :to WHERE sequence = :at"), {"at": number, "to": number + by}
        )


SURGERIES: Final[tuple[Callable[[Connection, random.Random], str], ...]] = (
    _change_event,
    _change_event_wholly,
    _remove_events,
    _reorder_events,
    _insert_event,
    _repeat_event,
    _truncate,
    _forge_head,
    _move_anchor,
    _remove_anchor,
    _remove_note,
)
