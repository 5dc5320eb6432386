"""Process notes: apart from the record by key, file, chain and imports; nothing confirmed is lost, nothing leaks."""

import ast
import json
import os
import pty
import select
import signal
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

import pipeline
from pipeline import workflow
from pipeline.cli import app
from pipeline.config import load_settings
from pipeline.drawer import Drawer, copies
from pipeline.drawer.misplaced import misplaced
from pipeline.drawer.note import Unfinished
from pipeline.drawer.passphrase import opens
from pipeline.errors import KeyMissing, NotFound, Outdated, Refused, SourceRefused, StoreFault, WrongPassphrase
from pipeline.store import Store
from pipeline.store.sidecar import read_sidecar, write_sidecar

from .continued import Practice
from .rings import no_keyring, own_keyring  # noqa: F401
from .test_layers import LAYERS, imported, modules

RECORDS = "open sesame 7"
OWN = "the lamp in the hall"
CLIENT = "K-12"
DAY = date(2026, 3, 3)
CANARIES = ("marzipan", "albatross")
FIRST = f"Her silence felt like the {CANARIES[0]} lighthouse."
SECOND = f"The {CANARIES[1]} between us again; what is it that I do not want to hear?"
DICTATION = """Saw the client today for fifty minutes by telehealth. She reported feeling anxious about work.
PHQ-9 was 14. She denied suicidal ideation. We practised grounding and she said it helped.
For homework she will keep a worry log.
"""
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and terminals of POSIX")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in {"HOME": str(tmp_path / "home"), "PASSPHRASE": RECORDS, "USER": "ruiz"}.items():
        monkeypatch.setenv(f"EVENFALL_{name}", value)
    return tmp_path / "home"


@pytest.fixture
def drawer(home: Path) -> Drawer:
    """A drawer with two notes of one client."""
    made = Drawer.make(home, OWN, actor="ruiz")
    made.write(CLIENT, DAY, FIRST)
    made.write(CLIENT, DAY.replace(day=10), SECOND)
    return made


def record(home: Path) -> Store:
    return Store.open(home, RECORDS, actor="ruiz")


def opened(home: Path, words: str = OWN) -> Drawer:
    return Drawer.open(home, words, actor="test")


def texts(drawer: Drawer) -> list[str]:
    return [note.text for note in drawer.notes()]


def holding(folder: Path, words: str) -> list[str]:
    """The files under a folder that hold these words in clear, in any of the ways that text lies on a disk."""
    forms = [words.encode(), words.encode("utf-16-le"), json.dumps(words)[1:-1].encode()]
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return [str(path) for path in files if any(form in path.read_bytes() for form in forms)]


# Apart


def test_only_its_own_command_and_page_import_it() -> None:
    """The layer table puts it above the stages and beside the workflow; of what lies above, only these know it."""
    stages = ("findings", "draft", "continuity", "export", "speech", "audio", "review", "store", "consent")
    assert LAYERS["drawer"] == LAYERS["workflow"] > max(LAYERS[name] for name in stages)
    root = Path(pipeline.__file__).parent
    others = (path for name, path in modules() if name != "drawer")
    users = {str(path.relative_to(root)) for path in others if ".drawer" in imported(path)}
    assert users == {"cli/drawer.py", "cli/keeping.py", "web/drawer.py"}  # keeping: the record's may not be its own


@pytest.mark.parametrize("stage", ["findings", "draft", "export", "continuity", "batch", "workflow", "intake", "audio"])
def test_no_stage_names_it_nor_its_files(stage: str) -> None:
    root = Path(pipeline.__file__).parent
    files = [root / f"{stage}.py"] if (root / f"{stage}.py").exists() else sorted((root / stage).rglob("*.py"))
    assert files
    for path in files:
        strings = [node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)]
        assert "drawer" not in strings, path


def test_opening_the_record_does_not_open_it_and_a_wrong_passphrase_touches_no_file(drawer: Drawer, home: Path) -> None:
    def lie() -> dict[str, tuple[bytes, int]]:
        files = [path for path in drawer.folder.iterdir() if path.is_file()]
        return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in files}

    before = lie()
    with record(home) as store:
        store.record("a day's work")
        for words in (RECORDS, store.make_recovery_key(), "", "the lamp in the hal"):
            with pytest.raises(WrongPassphrase, match="do not open with this passphrase"):
                opened(home, words)
    assert lie() == before
    assert set(before) == {"store.db", "store.json", "store.lock"}  # closed, it has no log beside it


def test_its_passphrase_opens_no_record(drawer: Drawer, home: Path) -> None:
    with record(home):
        pass
    with pytest.raises(WrongPassphrase):
        Store.open(home, OWN, actor="ruiz")


def test_a_records_key_in_the_keyring_is_no_key_to_it(home: Path, own_keyring: None) -> None:  # noqa: F811
    with Store.open(home, None, actor="ruiz"):
        pass
    Drawer.make(home, OWN, actor="ruiz")
    sidecar = read_sidecar(home / "drawer")
    assert sidecar is not None
    assert sidecar.kind == "passphrase"
    forged = sidecar.model_dump_json().replace('"passphrase"', '"keyring"')
    (home / "drawer" / "store.json").write_text(forged)
    with pytest.raises(StoreFault, match="damaged"):
        opened(home)


def test_the_words_of_the_record_are_refused_for_it_and_its_words_for_the_record(home: Path) -> None:
    with record(home) as store:
        shown = store.make_recovery_key()
    for words in (RECORDS, shown):
        with pytest.raises(Refused, match="These words open the record"):
            Drawer.make(home, words, actor="ruiz")
    with pytest.raises(KeyMissing):
        Drawer.make(home, "  ", actor="ruiz")
    assert not Drawer.exists(home)
    drawer = Drawer.make(home, OWN, actor="ruiz")
    with pytest.raises(Refused, match="These words open the record"):
        drawer.change_passphrase(RECORDS)
    assert opens(home, OWN)


def test_two_drawers_have_two_keys(tmp_path: Path) -> None:
    keys = [Drawer.make(tmp_path / name, OWN, actor="ruiz")._key.derive("database") for name in ("one", "two")]
    assert keys[0] != keys[1]


def test_no_word_of_it_is_anywhere_but_in_its_own_sealed_file(drawer: Drawer, home: Path, tmp_path: Path) -> None:
    """After an evening of everything: every byte under home, and all that leaves by any way but its own."""
    with record(home) as store:
        practice = Practice(store, tmp_path, load_settings())
        note = practice.sign(DICTATION)
        practice.dictate(DICTATION.replace("14", "11"))
        made = store.drafts()[0]
        printed = [
            str(workflow.brief_of(store, CLIENT, DAY)),
            str(workflow.trends_of(store, CLIENT, None, "svg")),
            str(workflow.likenesses(made, workflow.start_review(made, store, "ruiz"), store)),
            made.model_dump_json(),
            *(event.model_dump_json() for event in store.events()),
        ]
        workflow.export_client(store, CLIENT, tmp_path / "client.zip")
        workflow.export_audit(store, tmp_path / "audit.jsonl")
        store.backup(tmp_path / "backup.tar")
    out = run("notes", "export", note.digest[:8], "--to", "json", "--out", str(tmp_path / "note.json"), "--appendix")
    printed += [out.output, run("retention", "show").output, run("queue").output]
    with zipfile.ZipFile(tmp_path / "client.zip") as bundle:
        bundle.extractall(tmp_path / "unzipped")
    for canary in CANARIES:
        assert holding(tmp_path, canary) == []
        assert not [text for text in printed if canary in text]
    assert not [text for text in printed if "drawer" in text or "keep process note" in text]
    handed_out = b"".join(path.read_bytes() for path in (tmp_path / "unzipped").rglob("*") if path.is_file())
    assert b"process" not in handed_out.lower()
    (tmp_path / "control").write_text(FIRST)
    assert holding(tmp_path, CANARIES[0]) == [str(tmp_path / "control")]  # the search finds what is there


def test_deleting_a_client_says_the_same_whether_there_are_notes_or_not(home: Path, tmp_path: Path) -> None:
    with record(home) as store:
        Practice(store, tmp_path, load_settings()).dictate(DICTATION)
    without = run("client", "delete", CLIENT, typed="no\n").output
    Drawer.make(home, OWN, actor="ruiz").write(CLIENT, DAY, FIRST)
    assert run("client", "delete", CLIENT, typed="no\n").output == without
    assert "Process notes, if you keep any, are apart" in without
    assert run("client", "delete", CLIENT, typed=f"{CLIENT}\n").exit_code == 0
    assert texts(opened(home)) == [FIRST]


# Notes


def test_a_change_deletes_the_words_before_and_says_who_did_what(drawer: Drawer, home: Path) -> None:
    first, second = drawer.notes(CLIENT)
    changed = drawer.change(first.digest, DAY, "Quieter now.")
    assert texts(drawer) == ["Quieter now.", SECOND]
    assert (changed.written_at, changed.changed_at is not None) == (first.written_at, True)
    with pytest.raises(Outdated):
        drawer.change(first.digest, DAY, "from another window")
    drawer.delete(second.digest)
    told = [(event.action, event.subject) for event in drawer.events()][3:]
    assert told[:4] == [
        ("read process notes", ""),
        ("delete process note: replaced", first.digest),
        ("keep process note", changed.digest),
        ("read process notes", ""),
    ]
    assert told[-1] == ("delete process note: by request", second.digest)
    assert {event.actor for event in drawer.events()} == {"ruiz"}


def test_a_note_is_found_by_its_first_characters(drawer: Drawer) -> None:
    note = drawer.notes()[0]
    assert drawer.note(note.digest[:8].upper()) == note
    for prefix in ("", "abc", "zzzz", "%%%%", "ffffffff0000"):
        with pytest.raises(NotFound):
            drawer.note(prefix)


@pytest.mark.parametrize(("client", "text"), [("", "words"), (" ", "words"), (CLIENT, ""), (CLIENT, " \n ")])
def test_a_note_needs_words_and_a_client(drawer: Drawer, client: str, text: str) -> None:
    with pytest.raises(Refused):
        drawer.write(client, DAY, text)


@settings(max_examples=25)  # each is two writes that wait for the disk
@given(st.text(min_size=1).filter(str.strip))
def test_any_text_comes_back_as_it_was_written(made: Drawer, text: str) -> None:
    note = made.write(CLIENT, DAY, text)
    assert made.note(note.digest).text == text.replace("\r\n", "\n").strip()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Drawer:
    return Drawer.make(tmp_path_factory.mktemp("made"), OWN, actor="ruiz")


def test_what_is_typed_is_kept_apart_from_notes_and_goes_with_them(drawer: Drawer) -> None:
    typing = Unfinished(client=CLIENT, day=DAY, text="half a")
    drawer.keep_typing(typing, "")
    more = typing.replace(text="half a thought")
    with pytest.raises(Outdated):
        drawer.keep_typing(more, "0" * 64)
    drawer.keep_typing(more, typing.digest)
    assert (drawer.typing(CLIENT), len(drawer.notes())) == (more, 2)
    drawer.write(CLIENT, DAY, "a whole thought")
    assert drawer.typed() == ()
    drawer.keep_typing(typing.replace(of=drawer.notes()[0].digest), "")
    assert drawer.forget(CLIENT) == 3
    assert (drawer.notes(), drawer.typed(), drawer.clients()) == ((), (), ())


def test_a_note_from_elsewhere_leaves_what_is_being_typed(drawer: Drawer) -> None:
    typing = Unfinished(client=CLIENT, day=DAY, text="half a thought")
    drawer.keep_typing(typing, "")
    drawer.write(CLIENT, DAY, "from another program", over="")
    assert drawer.typing(CLIENT) == typing
    drawer.write(CLIENT, DAY, "half a thought, and the rest", over=typing.digest)
    assert drawer.typed() == ()


# What belongs into the progress note

ASKED = {
    "medication": ["She takes sertraline.", "I raised it to 50 mg", "Escitalopram again", "no side effects, she said"],
    "times": ["We began at 10:05.", "10:05 to 10:55", "a 50-minute session"],
    "modalities": ["weekly sessions", "More CBT than I wanted", "twice a week"],
    "results": ["PHQ-9 was 14", "she scored 21"],
    "diagnosis": ["diagnosed years ago", "F32.1", "panic disorder", "criteria? She meets criteria"],
    "functional status": ["unable to work", "daily functioning"],
    "plan": ["the treatment plan", "homework undone"],
    "symptoms": ["panic attacks", "suicidal ideation denied", "her symptoms"],
    "prognosis": ["the prognosis"],
    "progress": ["She has made progress", "has improved"],
}
QUIET = (
    "I felt like the father who left. Her anger was for him, and I took it personally.",
    "A prescient dream of a house with ten doors; I noticed my boredom at 3 in the story.",
    "What did the pause of five minutes hold? I was tested and I failed her.",
    "She plans to leave; my scored memory of our first meeting came back.",
)


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, these in ASKED.items() for text in these])
def test_what_164_501_takes_out_is_asked_about_with_its_source(rule: str, text: str) -> None:
    (found, *_) = [one for one in misplaced(text) if one.rule == f"process@1:{rule}"]
    assert found.words in " ".join(text.split())
    assert "45 CFR 164.501" in found.question


@pytest.mark.parametrize("text", QUIET)
def test_analysis_of_the_conversation_is_not_asked_about(text: str) -> None:
    assert misplaced(text) == ()


# Nothing lost

CHILD = """
import sys
import time
from datetime import date
from pathlib import Path
from pipeline.drawer import Drawer
drawer = Drawer.open(Path(sys.argv[1]), sys.argv[2], actor="child")
for number in range(1_000_000):
    drawer.write("K-12", date(2026, 3, 3), f"thought {number}")
    print(number, flush=True)
    time.sleep(float(sys.argv[3]))
"""


@posix
@pytest.mark.parametrize("after", [1, 9])
def test_what_was_confirmed_outlives_a_kill(home: Path, after: int, tmp_path: Path) -> None:
    Drawer.make(home, OWN, actor="ruiz")
    with record(home):
        pass
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(home), OWN, "0"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
    ) as process:
        assert process.stdout is not None
        done = [process.stdout.readline().strip() for _ in range(after)]
        process.send_signal(signal.SIGKILL)
        done += process.stdout.read().split()
    with record(home) as store:  # a backup of the very moment holds it, too
        store.backup(tmp_path / "backup.tar")
    Store.restore(tmp_path / "backup.tar", tmp_path / "again", RECORDS, actor="ruiz")
    for folder in (home, tmp_path / "again"):
        kept = [text.removeprefix("thought ") for text in texts(opened(folder))]
        assert set(kept) >= set(done)
        assert len(kept) <= len(done) + 1
        opened(folder).verify()


@posix
def test_two_processes_write_at_once_and_a_backup_is_whole(home: Path, tmp_path: Path) -> None:
    Drawer.make(home, OWN, actor="ruiz")
    command = [sys.executable, "-c", CHILD, str(home), OWN, "0.2"]  # people pause, and let others in
    root = Path(__file__).parents[1]
    writers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) for _ in range(2)]
    try:
        for writer in writers:
            assert writer.stdout is not None
            writer.stdout.readline()
        with record(home) as store:
            store.backup(tmp_path / "backup.tar")
    finally:
        for writer in writers:
            writer.kill()
            writer.communicate()
    Store.restore(tmp_path / "backup.tar", tmp_path / "again", RECORDS, actor="ruiz")
    assert opened(tmp_path / "again").verify() > 2
    assert opened(home).verify() > 2


@posix
def test_a_drawer_half_made_is_made_anew(home: Path) -> None:
    Drawer.make(home, OWN, actor="ruiz")
    made = read_sidecar(home / "drawer")
    assert made is not None
    write_sidecar(home / "drawer", made.model_copy(update={"ready": False}))
    assert not Drawer.exists(home)
    Drawer.make(home, OWN, actor="ruiz").write(CLIENT, DAY, FIRST)
    assert texts(opened(home)) == [FIRST]


# Its own chain


def test_a_note_taken_out_or_an_event_changed_is_seen(drawer: Drawer) -> None:
    assert drawer.verify() == len(drawer.events())
    for statement, told in (
        ("DELETE FROM process_notes WHERE rowid = 1", "one was taken out"),
        ("UPDATE audit SET payload = replace(payload, 'ruiz', 'wolf') WHERE sequence = 2", "broken at event 2"),
    ):
        with drawer._file() as database, database.writing() as connection:
            connection.exec_driver_sql(statement)
        with pytest.raises(StoreFault, match=told):
            drawer.verify()


@pytest.mark.parametrize("at", [0.0, 0.3, 0.6, 0.95])
def test_a_flipped_bit_is_seen(drawer: Drawer, at: float) -> None:
    file = drawer.folder / "store.db"
    content = bytearray(file.read_bytes())
    content[int(at * len(content))] ^= 4
    file.write_bytes(content)
    with pytest.raises(StoreFault):
        drawer.verify()


# Other ways to its key, copies


def test_the_passphrase_is_changed_and_a_recovery_key_opens_it(drawer: Drawer, home: Path) -> None:
    drawer.change_passphrase("a new one for it")
    shown = drawer.make_recovery_key()
    assert (opens(home, OWN), opens(home, "a new one for it"), opens(home, shown.lower())) == (False, True, True)
    with record(home), pytest.raises(WrongPassphrase):
        Store.open(home, shown, actor="ruiz")
    drawer.drop_recovery_key()
    assert not opens(home, shown)
    actions = [event.action for event in drawer.events()]
    assert actions[-3:] == ["change passphrase", "make recovery key", "drop recovery key"]


def test_the_records_backup_brings_it_back_after_a_stolen_laptop(drawer: Drawer, home: Path, tmp_path: Path) -> None:
    with record(home) as store:
        store.backup(tmp_path / "backup.tar")
    new = tmp_path / "new laptop"
    made = Store.restore(tmp_path / "backup.tar", new, RECORDS, actor="ruiz")
    assert made.manifest.recordings == 0
    with pytest.raises(WrongPassphrase):
        opened(new, RECORDS)
    assert texts(opened(new)) == [FIRST, SECOND]
    assert opened(new).verify() > 0


def test_a_restore_never_overwrites_process_notes(drawer: Drawer, home: Path, tmp_path: Path) -> None:
    with record(home) as store:
        store.backup(tmp_path / "backup.tar")
    drawer.write(CLIENT, DAY, "written since")
    for name in ("store.db", "store.json"):
        (home / name).unlink()  # the record is lost, the process notes are not
    with pytest.raises(Refused, match="process notes in that folder"):
        Store.restore(tmp_path / "backup.tar", home, RECORDS, actor="ruiz")
    assert "written since" in texts(opened(home))
    Store.restore(tmp_path / "backup.tar", home, RECORDS, actor="ruiz", move_aside=True)
    assert texts(opened(home)) == [FIRST, SECOND]
    (aside,) = home.glob("aside-*")
    assert "written since" in texts(opened(aside))


def test_a_backup_without_process_notes_leaves_those_that_are_there(home: Path, tmp_path: Path) -> None:
    with record(home) as store:
        store.backup(tmp_path / "backup.tar")
    Drawer.make(home, OWN, actor="ruiz").write(CLIENT, DAY, FIRST)
    Store.restore(tmp_path / "backup.tar", home, RECORDS, actor="ruiz", move_aside=True)
    assert texts(opened(home)) == [FIRST]


def test_a_sealed_export_is_restored_and_a_readable_one_is_read(drawer: Drawer, tmp_path: Path) -> None:
    sealed, text = tmp_path / "notes.tar", tmp_path / "notes.txt"
    copies.seal(drawer, sealed)
    assert CANARIES[0].encode() not in sealed.read_bytes()
    with pytest.raises(WrongPassphrase):
        copies.restore(sealed, tmp_path / "other", RECORDS, actor="ruiz")
    assert not Drawer.exists(tmp_path / "other")
    assert texts(copies.restore(sealed, tmp_path / "other", OWN, actor="ruiz")) == [FIRST, SECOND]
    with pytest.raises(Refused, match="already"):
        copies.restore(sealed, tmp_path / "other", OWN, actor="ruiz")
    assert copies.write_readable(drawer, CLIENT, text) == 2
    assert FIRST in text.read_text()
    assert "164.508" in text.read_text()
    assert [path.stat().st_mode & 0o777 for path in (sealed, text)] == [0o600, 0o600]
    with pytest.raises(Refused, match="already"):
        copies.seal(drawer, sealed)
    with pytest.raises(Refused, match="no process notes"):
        copies.write_readable(drawer, "K-99", tmp_path / "none.txt")
    assert [event.action for event in drawer.events()][-4:-1] == [
        "export, sealed",
        "read process notes",
        "export, readable",
    ]


def test_a_restore_that_was_killed_can_be_repeated(
    drawer: Drawer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between the two files: the second is not in place, and nothing is tidied up."""
    sealed, home = tmp_path / "notes.tar", tmp_path / "other"
    copies.seal(drawer, sealed)
    with monkeypatch.context() as patch:
        patch.setattr("pipeline.drawer.copies.sync_folder", lambda folder: (_ for _ in ()).throw(KeyboardInterrupt))
        patch.setattr("pipeline.drawer.copies.shutil.rmtree", lambda *_, **__: None)
        with pytest.raises(KeyboardInterrupt):
            copies.restore(sealed, home, OWN, actor="ruiz")
    assert (home / "drawer" / "store.db").exists() and not (home / "drawer" / "store.json").exists()
    with pytest.raises(WrongPassphrase):  # nor does a mistake at the next attempt close the way
        copies.restore(sealed, home, RECORDS, actor="ruiz")
    assert texts(copies.restore(sealed, home, OWN, actor="ruiz")) == [FIRST, SECOND]
    with pytest.raises(Refused, match="already"):
        copies.restore(sealed, home, OWN, actor="ruiz")


def test_a_file_that_is_no_sealed_export_is_refused(drawer: Drawer, tmp_path: Path) -> None:
    good = tmp_path / "good.tar"
    copies.seal(drawer, good)
    content = good.read_bytes()
    wrong = {
        "empty": b"",
        "text": b"hello",
        "half": content[: len(content) // 2],
        "another": _tar(tmp_path, {"../../evil": b"x", "store.db": b"x"}),
        "without its key": _tar(tmp_path, {"store.db": b"x"}),
    }
    for name, spoilt in wrong.items():
        (tmp_path / name).write_bytes(spoilt)
        with pytest.raises(SourceRefused):
            copies.restore(tmp_path / name, tmp_path / "home2", OWN, actor="ruiz")
    assert not Drawer.exists(tmp_path / "home2")
    assert not (tmp_path / "home2" / "drawer.part").exists()


def _tar(folder: Path, members: dict[str, bytes]) -> bytes:
    (folder / "member").write_bytes(b"x")
    with tarfile.open(folder / "made.tar", "w") as tar:
        for name in members:
            tar.add(folder / "member", arcname=name)
    return (folder / "made.tar").read_bytes()


# Commands


def run(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(app, list(arguments), input=typed)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is typed where a passphrase is asked for, one after the other; then the drawer's own."""
    given: list[str] = []
    monkeypatch.setattr("getpass.getpass", lambda _: given.pop(0) if given else OWN)
    return given


def test_the_commands_from_the_first_note_to_the_last(home: Path, answers: list[str], tmp_path: Path) -> None:
    assert "There are no process notes yet." in str(run("process-notes", "list").exception)
    made = run("process-notes", "add", "--client", CLIENT, "--day", "2026-03-03", typed=f"{FIRST}\nPHQ-9 was 14.\n")
    assert "Kept, sealed, apart from the record" in made.output
    assert "? Does “PHQ-9” tell of results of clinical tests?" in made.output
    listed = run("process-notes", "list").output
    assert "client K-12         " in listed
    assert CANARIES[0] not in listed
    number = listed.split()[0]
    assert FIRST in run("process-notes", "show", number).output
    assert "are gone" in run("process-notes", "edit", number, typed=SECOND).output
    assert SECOND in run("process-notes", "show", "--client", CLIENT).output
    assert "NOT sealed" in run("process-notes", "export", str(tmp_path / "n.txt"), "--readable").output
    assert "sealed" in run("process-notes", "export", str(tmp_path / "n.tar")).output
    assert "whole" in run("process-notes", "restore", str(tmp_path / "n.tar"), "--home", str(tmp_path / "b")).output
    assert "chain is whole" in run("process-notes", "audit").output
    assert "1 process note(s) deleted" in run("process-notes", "delete", "--client", CLIENT, "--yes").output
    assert "There is no process note." in run("process-notes", "list").output


def test_their_passphrase_is_changed_but_never_to_the_records_nor_the_records_to_theirs(
    home: Path, drawer: Drawer, answers: list[str]
) -> None:
    with record(home):
        pass
    answers[:] = [OWN, RECORDS, RECORDS]
    assert "These words open the record." in str(run("process-notes", "passphrase").exception)
    answers[:] = [RECORDS, OWN, OWN]
    assert "These words open the process notes." in str(run("passphrase").exception)
    answers[:] = [OWN, "a third one", "a third one"]
    assert run("process-notes", "passphrase").exit_code == 0
    assert opens(home, "a third one")
    answers[:] = ["a third one"]
    shown = run("process-notes", "recovery-key").output
    assert opens(home, next(line.strip() for line in shown.splitlines() if line.startswith("    ")))


def test_without_a_terminal_no_passphrase_is_read_from_what_is_piped(home: Path, drawer: Drawer) -> None:
    command = [sys.executable, "-c", "from pipeline.cli import main; main()", "process-notes", "list"]
    asked = subprocess.run(
        command, input=f"{OWN}\n", text=True, capture_output=True, start_new_session=True, cwd=Path(__file__).parents[1]
    )
    assert asked.returncode == 4
    assert "There is no terminal to ask for the passphrase of the process notes." in asked.stderr


@contextmanager
def terminal(home: Path, *arguments: str) -> Iterator["Terminal"]:
    """Run a command at a terminal of its own."""
    pid, descriptor = pty.fork()
    if pid == 0:
        os.chdir(Path(__file__).parents[1])
        os.execv(sys.executable, [sys.executable, "-c", "from pipeline.cli import main; main()", *arguments])
    here = Terminal(pid, descriptor)
    try:
        yield here
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(descriptor)


class Terminal:
    """What is shown there, and what is typed."""

    def __init__(self, pid: int, descriptor: int) -> None:
        self.pid, self.descriptor, self.shown = pid, descriptor, ""

    def type_after(self, prompt: str, words: str) -> None:
        self.wait_for(prompt)
        os.write(self.descriptor, words.encode())

    def wait_for(self, prompt: str) -> None:
        end = time.monotonic() + 30
        while prompt not in self.shown:
            assert time.monotonic() < end, self.shown
            if select.select([self.descriptor], [], [], 0.5)[0]:
                self.shown += os.read(self.descriptor, 4096).decode(errors="replace")
        self.shown = self.shown.partition(prompt)[2]


@posix
def test_what_is_typed_at_a_terminal_is_kept_line_by_line_and_gone_on_with_after_a_kill(
    home: Path, answers: list[str]
) -> None:
    drawer = Drawer.make(home, OWN, actor="ruiz")
    with terminal(home, "process-notes", "add", "--client", CLIENT) as here:
        here.type_after("The passphrase of the process notes: ", f"{OWN}\n")
        here.type_after("Write.", "The first line.\n")
        end = time.monotonic() + 30
        while (typing := drawer.typing(CLIENT)) is None:
            assert time.monotonic() < end
            time.sleep(0.1)
        assert typing.text == "The first line."
    assert drawer.notes() == ()  # killed before it was kept as a note
    begun = typing.replace(day=DAY)  # on another day
    drawer.keep_typing(begun, typing.digest)
    assert run("process-notes", "add", "--client", CLIENT, typed="From a file.").exit_code == 0
    assert drawer.typing(CLIENT) == begun
    drawer.delete(drawer.notes()[0].digest)
    with terminal(home, "process-notes", "add", "--client", CLIENT) as here:
        here.type_after("The passphrase of the process notes: ", f"{OWN}\n")
        here.wait_for("You had begun this; go on with it.")
        here.type_after("The first line.", "\nThe second.\n.\n")
        here.wait_for("Kept, sealed, apart from the record")
    assert [(note.day, note.text) for note in drawer.notes()] == [(DAY, "The first line.\nThe second.")]
    assert drawer.typed() == ()
