"""Full disks, clocks that are set, folders that cannot be written or are not what they seem, names made to mislead.

A disk is a small tmpfs, and what is in the way a mount, so that root is bound by it too: it is for root under Linux.
"""

import hashlib
import json
import os
import random
import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from pipeline import intake, workflow
from pipeline.audio.spool import Spool
from pipeline.errors import EvenfallError
from pipeline.store import Store
from pipeline.types import Typing

from . import homes
from .homes import CLINICIAN, DICTATION, PASSPHRASE
from .spoiling import CANARY
from .table import Case, Missing, Outcome

DISK: Final = 12  # MiB of the disk that is full
LEVELS: Final = (0, 4, 8, 16, 24, 32, 48, 64, 96, 128, 160, 192, 256, 320, 400, 512)  # KiB left on it
TOLD: Final = ("room", "full", "disk", "written")  # of which words one has to be in what is said of a full disk
OUR_CODES: Final = (0, 3, 4)  # exit codes that are no crash
LINES: Final = 6  # that a refusal may have
STEPS: Final = 60  # events of one history by a clock that is set

Failures = Iterator[str]


def cases(seed: int, few: bool) -> Iterator[Case]:
    """Yield the cases of this trial."""
    for action in ("sign", "record") if few else ACTIONS:
        for level in (LEVELS[4],) if few else LEVELS:
            row = f"the disk is full while {ACTIONS[action][0]}"
            yield Case(row, f"{action} with {level} KiB left", partial(_full, action, level))
    for number in range(1 if few else 100):
        name = f"clock set, history {number}"
        yield Case("the clock is set back or ahead between events", name, partial(_set_clock, f"{seed} {name}"))
    for when in () if few else CLOCKS:
        yield Case("real commands by a clock that is wrong", f"by the clock of {when}", partial(_by_wrong_clock, when))
    for place in () if few else PLACES:
        row = "the data folder read-only, missing, elsewhere, open to others, behind links"
        yield Case(row, place.__name__.strip("_").replace("_", " "), partial(_checked, place))
    for trick in TRICKS[:6] if few else TRICKS:
        row = "links, devices and pipes in the place of files"
        yield Case(row, trick.__name__.strip("_").replace("_", " "), partial(_checked, trick))
    for name in () if few else REFERENCES:
        row = "references of clients that are paths, options, devices, lines or long"
        yield Case(row, f"a reference that is {name}", partial(_referenced, REFERENCES[name]))


def _checked(check: Callable[[Path], Failures], folder: Path) -> Outcome:
    return Outcome(1, tuple(f"{check.__name__.strip('_')}: {line}"[:300] for line in check(folder)))


# A full disk


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[Path]:
    """Have a disk at a folder until the block ends.

    Raises:
        Missing: this is not root under Linux.
    """
    folder.mkdir(exist_ok=True)
    if os.name != "posix" or os.geteuid() != 0 or shutil.which("mount") is None:
        raise Missing("root, to mount a small disk: sudo scripts/trials places")
    done = subprocess.run(["mount", *options, str(folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Missing(f"the right to mount a disk: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def _fill(disk: Path, left: int) -> Path:
    """Fill a disk up to so many KiB and return the file that does."""
    ballast = disk / "ballast"
    status = os.statvfs(disk)
    with ballast.open("wb") as file:
        file.write(bytes(max(0, status.f_bavail * status.f_frsize - left * 1024)))
    return ballast


def _full(action: str, left: int, folder: Path) -> Outcome:
    return Outcome(
        1, tuple(f"{action} with {left} KiB left: {line}"[:300] for line in _fails_well(action, left, folder))
    )


def _fails_well(action: str, left: int, folder: Path) -> Failures:
    """Do something on a full disk, then make room and do it again."""
    with mounted(folder / "disk", "-t", "tmpfs", "-o", f"size={DISK}m,mode=0700", "tmpfs") as disk:
        home = homes.copy("home", disk / "home")
        before = _held(home)
        ballast = _fill(disk, left)
        done = _act(action, home)
        yield from _said_well(done)
        if done.returncode and not any(word in done.stderr for word in TOLD):
            yield f"it says nothing of the disk: {done.stderr[:150]!r}"
        ballast.unlink()
        yield from _lost(before, home, action)
        if done.returncode == 0:
            yield from _kept(action, home, done.stdout)
        elif (again := _act(action, home)).returncode:
            yield f"with room again: {again.stderr[:150]!r}"
        else:
            yield from _kept(action, home, again.stdout)
        yield from _lost(before, home, action)


def _act(action: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Do something in a process of its own, whose errors are told as the command line tells them."""
    line = [sys.executable, "-c", "import sys; from trial.places import act; act(*sys.argv[1:])", action, str(home)]
    paths = os.pathsep.join((str(homes.ROOT), str(homes.ROOT / "scripts")))
    return subprocess.run(
        line, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, check=False, timeout=300
    )


def act(action: str, home: str) -> None:
    """Do one thing, print what it confirms, and exit as the command line does."""
    try:
        with homes.opened(Path(home)) as store:
            ACTIONS[action][1](store)
    except EvenfallError as error:
        print(f"evenfall: {error}", file=sys.stderr)
        sys.exit(error.exit_code)


def _draft(store: Store) -> None:
    made = homes.drafted(store, homes.settings_of(store.home), homes.SAID.replace("work", "her thesis"))
    print(made.digest)


def _sign(store: Store) -> None:
    kind = {draft.kind: draft for draft in store.drafts()}
    if "dictation" in kind:
        print(homes.signed(store, kind["dictation"]).digest)


def _record(store: Store) -> None:
    with Spool.begin(store, DICTATION, medium="pcm") as spool:
        print(spool.spooled.id)
        for _ in range(40):
            spool.append(b"\x11\x22" * 8000)
            print(16_000, flush=True)
        spool.finish()


def _back_up(store: Store) -> None:
    file = store.home.parent / "new.backup"
    store.backup(file)
    print(file)


def _export(store: Store) -> None:
    from pipeline.export import Order

    out = store.home.parent / "note.docx"
    content = workflow.export_note(store, store.notes()[0].digest, Order(to="docx"), out)
    print(out, hashlib.sha256(content).hexdigest())


def _bundle(store: Store) -> None:
    out = store.home.parent / "client.zip"
    workflow.export_client(store, "K-12", out)
    print(out)


def _type(store: Store) -> None:
    kept = store.typing_of("clinician")
    made = Typing(role="clinician", at=datetime.now(UTC), text="She rang again. " * 2000)
    store.keep_typing(made, kept.digest if kept else "")
    print(made.digest)


def _decide(store: Store) -> None:
    """Decide as the page does, statement by statement."""
    from pipeline import review
    from pipeline.types import Decision

    made = store.drafts()[0]
    decided = workflow.start_review(made, store, store.actor)
    for statement in made.statements():
        kept = Decision(action="keep", target=statement.digest, at=datetime.now(UTC))
        decided = review.decide(made, decided, kept)
        store.keep_review(decided)
        print(decided.digest, flush=True)


def _new_passphrase(store: Store) -> None:
    store.change_passphrase(PASSPHRASE)  # the same words, sealed anew
    print("changed")


def _purge(store: Store) -> None:
    from pipeline.audio.spool import discard

    for spooled in store.spools():
        print(discard(store, spooled.id).outcome)


ACTIONS: Final[dict[str, tuple[str, Callable[[Store], None]]]] = {
    "draft": ("a draft is made", _draft),
    "sign": ("a note is signed", _sign),
    "record": ("a recording is made", _record),
    "decide": ("a draft is reviewed", _decide),
    "type": ("a dictation is typed", _type),
    "backup": ("a backup is made", _back_up),
    "export": ("a note is exported", _export),
    "bundle": ("a client's file is exported", _bundle),
    "passphrase": ("the passphrase is changed", _new_passphrase),
    "purge": ("a recording is deleted", _purge),
}


def _said_well(done: subprocess.CompletedProcess[str]) -> Failures:
    if done.returncode not in OUR_CODES or "Traceback" in done.stderr:
        yield f"exit {done.returncode}: {done.stderr.strip()[-150:]!r}"
    elif done.returncode and not 0 < len(done.stderr.strip().splitlines()) <= LINES:
        yield f"it is told in {len(done.stderr.splitlines())} lines: {done.stderr[:150]!r}"


def _held(home: Path) -> Mapping[str, frozenset[str]]:
    """Return what a record holds, by digest."""
    with homes.opened(home) as store:
        store.verify_whole()
        return {
            "notes": frozenset(note.digest for note in store.notes()),
            "drafts": frozenset(draft.digest for draft in store.drafts()),
            "recordings": frozenset(one.id for one in store.spools()),
        }


def _lost(before: Mapping[str, frozenset[str]], home: Path, by: str = "") -> Failures:
    """Say what is gone that nobody signed or deleted."""
    try:
        now = _held(home)
    except EvenfallError as error:
        yield f"the record does not open or is not whole: {error}"
        return
    for kind, digests in before.items():
        gone = digests - now[kind]
        signed = kind == "drafts" and by == "sign" and len(now["notes"]) > len(before["notes"])
        if gone and not signed and not (kind == "recordings" and by == "purge"):
            yield f"{len(gone)} of the {kind} are gone"


def _kept(action: str, home: Path, said: str) -> Failures:
    """Say what was confirmed and is not there."""
    lines = said.split()
    with homes.opened(home) as store:
        if action == "draft" and lines[-1] not in {draft.digest for draft in store.drafts()}:
            yield "the draft was confirmed and is not there"
        if action == "sign" and lines and lines[-1] not in {note.digest for note in store.notes()}:
            yield "the note was confirmed and is not there"
        decided = store.review_of(store.drafts()[0].digest) if action == "decide" else None
        if decided is not None and decided.digest != lines[-1]:
            yield "the last decision was confirmed and is not there"
        if action == "type" and (typed := store.typing_of("clinician")) is not None and typed.digest != lines[-1]:
            yield "what was typed was confirmed and is not there"
        if action == "record":
            length = len(homes.heard(store, lines[0])[0])
            if length < sum(map(int, lines[1:])):
                yield f"{sum(map(int, lines[1:]))} bytes were confirmed, {length} are there"
    if action == "export" and hashlib.sha256(Path(lines[0]).read_bytes()).hexdigest() != lines[1]:
        yield "the export is not whole"
    if action == "bundle" and zipfile.ZipFile(lines[0]).testzip() is not None:
        yield "the client's file is not whole"
    if action == "backup":
        Store.restore(Path(lines[0]), home.parent / "restored", PASSPHRASE, actor="trial")


# Clocks

CLOCKS: Final = ("1970-01-02", "1999-12-31", "2019-01-01", "2025-11-24", "2026-12-25", "2038-01-20", "2099-01-01")
JUMPS: Final = (  # of a clock that is wrong; those that no one could tell from a week away are left out
    *(timedelta(minutes=-2), timedelta(minutes=2), timedelta(days=-1), timedelta(days=-400), timedelta(days=30)),
    *(timedelta(days=4000), timedelta(days=-4000), timedelta()),
)
LIVES: Final = timedelta(days=14)  # of a draft


def _set_clock(seed: str, folder: Path) -> Outcome:
    return Outcome(STEPS, tuple(f"history {seed!r}: {line}"[:300] for line in _history(random.Random(seed), folder)))


def _history(rng: random.Random, folder: Path) -> Failures:
    """Live some weeks by a clock that jumps; no draft may go before its time, and the chain has to hold."""
    from tests.test_store import draft, note, recording, review, transcript

    true, wrong = datetime(2026, 3, 2, 12, tzinfo=UTC), timedelta()
    settings = homes.settings_of(folder / "home")
    living: dict[str, datetime] = {}
    with Store.open(folder / "home", PASSPHRASE, actor=CLINICIAN, clock=lambda: true + wrong) as store:
        for step in range(STEPS):
            true += timedelta(hours=rng.randrange(72))
            if rng.random() < 0.2:
                wrong += rng.choice(JUMPS)
            if rng.random() < 0.1:
                wrong = timedelta()
            store.watch_clock()
            action = rng.choice(("draft", "draft", "sign", "look", "expire", "expire", "held"))
            if action == "draft":
                heard = recording(rng.choice("0123456789abcdef"))
                said, at = transcript(heard), true + wrong
                if store.draft_of(heard.digest) is None and store.note_of(heard.digest) is None:
                    times = {"drafted_at": at, "due_at": at + timedelta(days=1), "expires_at": at + LIVES}
                    made = draft(heard, said).replace(**times)
                    store.keep_transcript(heard, said, None)
                    store.keep_draft(made)
                    living[made.digest] = true
            elif action == "sign" and living:
                made = store.draft(rng.choice(list(living)))
                decided = review(made)
                store.keep_review(decided)
                store.sign(note(made, decided, at=true + wrong))
                del living[made.digest]
            elif action == "look":
                store.record("looked at the calendar")
            elif action == "held":
                yield from (f"{held.key}: negative" for held in store.held(settings) if held.count < 0 or held.due < 0)
            else:
                store.expire(settings, shown=rng.random() < 0.7)
            there = {draft.digest for draft in store.drafts()}
            for gone in [digest for digest in living if digest not in there]:
                if true - living.pop(gone) < LIVES:
                    yield f"step {step}: a draft went before its time"
            store.verify_audit()
        numbers = [event.sequence for event in store.events()]
        if numbers != list(range(1, len(numbers) + 1)):
            yield "the events are not in their order"


def _by_wrong_clock(when: str, folder: Path) -> Outcome:
    return Outcome(6, tuple(f"by the clock of {when}: {line}"[:300] for line in _at_another_time(when, folder)))


def _at_another_time(when: str, folder: Path) -> Failures:
    """Use a record of today by the clock of another time, then by the right one again: nothing may be gone."""
    if shutil.which("faketime") is None:
        raise Missing("faketime, for a clock that is wrong: apt install faketime")
    home = homes.copy("home", folder / "home")
    before = _held(home)
    source = folder / "note.txt"
    source.write_text(homes.SAID.replace("work", "her garden"))
    with homes.at_home(home):
        os.environ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1"
        for arguments in (["queue"], ["draft", str(source)], ["retention", "show"], ["audit", "verify"], ["doctor"]):
            done = homes.evenfall(*arguments, by=("faketime", f"{when} 12:00:00"))
            yield from (f"{arguments[0]}: {line}" for line in _said_well(done) if arguments[0] != "doctor")
        done = homes.evenfall("queue")
        yield from (f"queue: {line}" for line in _said_well(done))
        if "by" in done.stdout and "-" in done.stdout.split("due", 1)[-1][:12]:
            yield f"a due time without sense: {done.stdout[:100]!r}"
    yield from _lost(before, home)
    with homes.opened(home) as store:
        if len(store.drafts()) != len(before["drafts"]) + 1:
            yield "what was drafted by the wrong clock is gone"


# Folders


def _commands(home: Path, folder: Path, **more: str) -> Failures:
    """Use a home folder by the real commands; each is done or refused in plain words."""
    source = folder / "note.txt"
    source.write_text(homes.SAID.replace("work", "her garden"))
    with homes.at_home(home):
        os.environ.update(more)
        for arguments in (["queue"], ["draft", str(source)], ["audit", "verify"], ["notes", "list"], ["spool", "list"]):
            done = homes.evenfall(*arguments)
            yield from (f"{arguments[0]}: {line}" for line in _said_well(done))


def _works(home: Path, folder: Path) -> Failures:
    """Use a home folder that has to work, and that nobody else may read afterwards."""
    yield from _commands(home, folder)
    try:
        with homes.opened(home) as store:
            if not store.drafts():
                yield "nothing was drafted"
            homes.recorded(store, b"\x00\x01" * 500)
    except EvenfallError as error:
        yield f"it does not open: {error}"
    yield from _closed(home)


def _closed(home: Path) -> Failures:
    for path in (home, *home.rglob("*")):
        mode = stat.S_IMODE(path.lstat().st_mode)
        if not path.is_symlink() and mode & 0o077:
            yield f"{path.name} may be read by others: {mode:o}"


def _read_only(folder: Path) -> Failures:
    home = homes.copy("home", folder / "home")
    before = _held(home)
    with mounted(home, "--bind", str(home)):
        subprocess.run(["mount", "-o", "remount,ro,bind", str(home)], check=True)
        yield from _commands(home, folder)
        for arguments in (["backup", str(folder / "a.backup")], ["retention", "apply", "--yes"]):
            with homes.at_home(home):
                yield from (f"{arguments[0]}: {line}" for line in _said_well(homes.evenfall(*arguments)))
    yield from _lost(before, home)


def _missing(folder: Path) -> Failures:
    yield from _works(folder / "not" / "there" / "yet", folder)


def _open_to_all(folder: Path) -> Failures:
    home = homes.copy("home", folder / "home")
    for path in (home, *home.rglob("*")):
        path.chmod(0o777 if path.is_dir() else 0o666)
        os.chown(path, 12345, 12345)
    yield from _works(home, folder)


def _somebody_elses(folder: Path) -> Failures:
    """Have nobody use a folder of root's that all may write."""
    home = homes.copy("home", folder / "home")
    folder.chmod(0o755)
    home.chmod(0o777)
    with homes.at_home(home):
        done = homes.evenfall("queue", by=("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"))
    if done.returncode not in (3, 4) or "Traceback" in done.stderr:
        yield f"exit {done.returncode}: {done.stderr[-150:]!r}"


def _with_spaces_and_quotes(folder: Path) -> Failures:
    yield from _works(folder / 'Dr. Ruiz\'s "notes" & co; $HOME %41 #1?x=y', folder)


def _in_other_scripts(folder: Path) -> Failures:
    yield from _works(folder / "Aufzeichnungen für Zoë – 記録 \u202e\U0001f600", folder)


def _with_a_line_end(folder: Path) -> Failures:
    yield from _works(folder / "two\nlines", folder)


def _that_is_no_text(folder: Path) -> Failures:
    yield from _works(Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe")), folder)


def _two_hundred_long(folder: Path) -> Failures:
    yield from _works(folder / ("n" * 200), folder)


def _two_thousand_long(folder: Path) -> Failures:
    yield from _commands(folder.joinpath(*(["n" * 200] * 10)), folder)


def _a_file(folder: Path) -> Failures:
    (folder / "home").write_text("no folder")
    yield from _commands(folder / "home", folder)


def _behind_a_link(folder: Path) -> Failures:
    (folder / "real").mkdir(mode=0o755)
    (folder / "home").symlink_to("real")
    yield from _works(folder / "home", folder)
    yield from _closed(folder / "real")


def _behind_a_broken_link(folder: Path) -> Failures:
    (folder / "home").symlink_to("nowhere")
    yield from _commands(folder / "home", folder)


def _behind_a_circle_of_links(folder: Path) -> Failures:
    (folder / "home").symlink_to("other")
    (folder / "other").symlink_to("home")
    yield from _commands(folder / "home", folder)


def _without_a_temp_folder(folder: Path) -> Failures:
    home = homes.copy("home", folder / "home")
    with mounted(folder / "tmp", "-t", "tmpfs", "-o", "ro", "tmpfs"):
        yield from _commands(home, folder, TMPDIR=str(folder / "tmp"), TEMP="/nowhere", TMP="/nowhere")


PLACES: Final = (
    _missing,
    _open_to_all,
    _read_only,
    _somebody_elses,
    _with_spaces_and_quotes,
    _in_other_scripts,
    _with_a_line_end,
    _that_is_no_text,
    _two_hundred_long,
    _two_thousand_long,
    _a_file,
    _behind_a_link,
    _behind_a_broken_link,
    _behind_a_circle_of_links,
    _without_a_temp_folder,
)


# Links, devices and pipes


@contextmanager
def _record_beside(folder: Path) -> Iterator[tuple[Store, Path]]:
    """Give an open record, and a file of somebody's that has to stay as it is."""
    precious = folder / "precious"
    precious.write_bytes(b"not ours" * 1000)
    with homes.opened(homes.copy("home", folder / "home")) as store:
        yield store, precious


def _unharmed(precious: Path) -> Failures:
    if not precious.is_file() or precious.read_bytes() != b"not ours" * 1000:
        yield "a file of somebody's was changed"


def _recording_is_a_link(folder: Path) -> Failures:
    from pipeline.audio.spool import discard

    with _record_beside(folder) as (store, precious):
        spool_id = homes.recorded(store, b"\x01\x02" * 4000)
        path = store.spool_folder / f"{spool_id}.spool"
        path.unlink()
        path.symlink_to(precious)
        with suppress(EvenfallError):
            homes.heard(store, spool_id)
        with suppress(EvenfallError):
            discard(store, spool_id)
        yield from _unharmed(precious)


def _recording_is_a_pipe(folder: Path) -> Failures:
    with _record_beside(folder) as (store, _):
        spool_id = homes.recorded(store, b"\x01\x02" * 4000)
        path = store.spool_folder / f"{spool_id}.spool"
        path.unlink()
        os.mkfifo(path)
        line = "import sys; from pathlib import Path; from trial import homes; s = homes.opened(Path(sys.argv[1]))"
        paths = os.pathsep.join((str(homes.ROOT), str(homes.ROOT / "scripts")))
        try:
            done = subprocess.run(
                [sys.executable, "-c", f"{line}; homes.heard(s, sys.argv[2])", str(store.home), spool_id],
                env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, timeout=60, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            yield "it hangs"
        else:
            if "pipeline.errors" not in done.stderr:
                yield f"{done.stderr.strip()[-150:]!r}"


def _record_is_a_link(folder: Path) -> Failures:
    home = homes.copy("home", folder / "home")
    precious = folder / "precious"
    precious.write_bytes(b"not ours" * 1000)
    (home / "store.db").unlink()
    (home / "store.db").symlink_to(precious)
    yield from _commands(home, folder)
    yield from _unharmed(precious)


def _sidecar_is_a_link(folder: Path) -> Failures:
    with _record_beside(folder) as (store, precious):
        (store.home / "store.json.part").symlink_to(precious)
        with suppress(EvenfallError):
            store.make_recovery_key()
        yield from _unharmed(precious)


def _export_to(folder: Path, make: Callable[[Path, Path], object]) -> Failures:
    from pipeline.export import Order

    with _record_beside(folder) as (store, precious):
        for number, write in enumerate(
            (
                lambda out, force: workflow.export_note(
                    store, store.notes()[0].digest, Order(to="text"), out, force=force
                ),
                lambda out, force: workflow.export_client(store, "K-12", out, force=force),
                lambda out, force: workflow.export_audit(store, out, force=force),
                lambda out, force: store.backup(out, force=force),
            )
        ):
            for force in (False, True):
                out = folder / f"out-{number}-{force}"
                make(out, precious)
                kind = stat.S_IFMT(out.lstat().st_mode)
                try:
                    write(out, force)
                except EvenfallError:
                    pass
                else:
                    if not force or kind != stat.S_IFLNK:
                        yield f"way {number}{' with --force' if force else ''}: written over what was no plain file"
                yield from _unharmed(precious)


def _export_to_a_link(folder: Path) -> Failures:
    yield from _export_to(folder, lambda out, precious: out.symlink_to(precious))


def _export_to_a_broken_link(folder: Path) -> Failures:
    yield from _export_to(folder, lambda out, precious: out.symlink_to(precious.with_name("nowhere")))


def _export_to_a_pipe(folder: Path) -> Failures:
    yield from _export_to(folder, lambda out, precious: os.mkfifo(out))


def _export_to_a_device(folder: Path) -> Failures:
    if os.geteuid() != 0:
        raise Missing("root, to make a device: sudo scripts/trials places")
    yield from _export_to(folder, lambda out, precious: os.mknod(out, stat.S_IFCHR | 0o666, os.makedev(1, 3)))


def _export_to_a_folder(folder: Path) -> Failures:
    yield from _export_to(folder, lambda out, precious: out.mkdir())


def _backup_part_is_a_link(folder: Path) -> Failures:
    with _record_beside(folder) as (store, precious):
        (folder / "a.backup.part").symlink_to(precious)
        (store.home / "backup.part").symlink_to(folder)
        with suppress(EvenfallError):
            store.backup(folder / "a.backup")
        yield from _unharmed(precious)


def _source_is_a_link_device_or_pipe(folder: Path) -> Failures:
    home = homes.copy("home", folder / "home")
    os.mkfifo(folder / "pipe.wav")
    (folder / "zero.wav").symlink_to("/dev/zero")
    (folder / "zero.txt").symlink_to("/dev/zero")
    (folder / "loop.txt").symlink_to("loop.txt")
    (folder / "folder.txt").mkdir()
    os.mkfifo(folder / "pipe.txt")
    with homes.at_home(home):
        for name in ("pipe.wav", "zero.wav", "zero.txt", "loop.txt", "folder.txt", "pipe.txt"):
            try:
                done = homes.evenfall("draft", str(folder / name), seconds=60)
            except subprocess.TimeoutExpired:
                yield f"{name}: it hangs"
                continue
            yield from (f"{name}: {line}" for line in _said_well(done))
            if done.returncode == 0:
                yield f"{name}: drafted"


def _watched_folder_with_links(folder: Path) -> Failures:
    """Find sources in a folder whose links lead out, in circles and to devices."""
    outside, place = folder / "outside", folder / "place"
    outside.mkdir()
    (outside / "K-12 2026-03-02 session.txt").write_text(homes.SAID)
    place.mkdir()
    (place / "out").symlink_to(outside)
    (place / "K-13 2026-03-02 session.txt").symlink_to(outside / "K-12 2026-03-02 session.txt")
    (place / "circle").symlink_to(place)
    (place / "K-14 2026-03-02.txt").symlink_to("/dev/zero")
    (place / "K-15 2026-03-02.ics").symlink_to("/dev/zero")
    os.mkfifo(place / "K-16 2026-03-02.wav")
    (place / "K-17 2026-03-02.txt").write_text(homes.SAID)
    (place / "K-17 2026-03-02.json").symlink_to("/dev/zero")
    found = list(intake.find((place,), intake.Wish(), homes.settings_of(folder / "home")))
    led = [one for one in found if isinstance(one, intake.Incoming) and one.path.name != "K-17 2026-03-02.txt"]
    yield from (f"a link was followed: {one.path.name}" for one in led)


TRICKS: Final = (
    _recording_is_a_link,
    _sidecar_is_a_link,
    _export_to_a_link,
    _export_to_a_pipe,
    _export_to_a_broken_link,
    _export_to_a_device,
    _export_to_a_folder,
    _backup_part_is_a_link,
    _recording_is_a_pipe,
    _record_is_a_link,
    _source_is_a_link_device_or_pipe,
    _watched_folder_with_links,
)


# References

REFERENCES: Final = {
    "a path": "../../x",
    "an absolute path": "/etc/passwd",
    "a device": "CON",
    "an option": "-rf",
    "two lines": f"K-12\n{CANARY}",
    "ten kilobytes": "K" * 10_000,
    "NUL in words": "\\0%00",
    "markup": "<script>alert(1)</script>{{7*7}}",
    "right to left": "\u202eK-12\u2066",
    "a query": "'; DROP TABLE notes; --%_",
    "blank": "   ",
    "a home": "~root",
}


def _referenced(reference: str, folder: Path) -> Outcome:
    return Outcome(6, tuple(f"{reference[:20]!r}: {line}"[:300] for line in _refer(reference, folder)))


def _refer(reference: str, folder: Path) -> Failures:
    """Give a client such a reference, by every command that takes one, and see what is written where."""
    home = homes.copy("home", folder / "home")
    source, out = folder / "note.txt", folder / "out.zip"
    source.write_text(homes.SAID.replace("work", "her garden"))
    named = f"--client={reference}"
    with homes.at_home(home):
        for arguments in (
            ["consent", "add", named, "--participant=client"],
            ["draft", str(source), named],
            ["consent", "list", named],
            ["client", "export", "--", reference, str(out)],
            ["queue"],
            ["client", "delete", "--", reference],
        ):
            done = homes.evenfall(*arguments)
            if done.returncode != 2 and "Aborted" not in done.stderr:  # it is not taken, or nobody says yes
                yield from (f"{arguments[0]}: {line}" for line in _said_well(done))
    if out.is_file():
        with zipfile.ZipFile(out) as archive:
            bad = [name for name in archive.namelist() if name.startswith(("/", "..")) or ".." in name or "\\" in name]
            yield from (f"the zip file holds {name!r}" for name in bad)
            json.loads(archive.read("record.json"))
    strangers = {path.name for path in folder.iterdir()} - {"home", "note.txt", "out.zip"}
    yield from (f"{name!r} was written" for name in strangers)
    with homes.opened(home) as store:
        store.verify_whole()
