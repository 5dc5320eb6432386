"""The sealed file: its key, its faults, its forms through the years, and processes that are killed or meet."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import unicodedata
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail
from sqlalchemy import insert, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from pipeline.errors import EvenfallError, KeyMissing, StoreFault, WrongPassphrase
from pipeline.store import Store
from pipeline.store.audit import AuditChain
from pipeline.store.keys import StoreKey, _stretch, find_key
from pipeline.store.migrations import FOLDER, REVISIONS, revision, upgrade
from pipeline.store.schema import METADATA, meta
from pipeline.store.sidecar import Argon2, read_sidecar
from pipeline.types import (
    Consent,
    Draft,
    Note,
    Recording,
    Review,
    Section,
    Signature,
    Statement,
    Transcript,
    Turn,
    Typing,
)

from .rings import DictKeyring, no_keyring  # noqa: F401

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WORDS = "Quetiapine makes her sleepy at the xylophone lessons."
PASSPHRASE = "a long passphrase"
posix = pytest.mark.skipif(os.name == "nt", reason="POSIX permissions and signals")


class LockedKeyring(DictKeyring):
    """A keyring whose owner does not unlock it."""

    def get_password(self, service: str, username: str) -> str | None:
        raise RuntimeError("dismissed")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise RuntimeError("dismissed")


class PlainTextKeyring(DictKeyring):
    """A keyring that keyring itself does not recommend."""

    priority = 0.5


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def use(backend: KeyringBackend) -> None:
    keyring.set_keyring(backend)


def opened(home: Path, passphrase: str | None = PASSPHRASE, ask: Any = None) -> Store:
    return Store.open(home, passphrase, ask, actor="Dr. Abel")


def heard() -> tuple[Recording, Transcript]:
    recording = Recording(kind="dictation", medium="audio", format="wav", sha256="a" * 64, duration=9.0)
    turn = Turn(id="1", speaker="clinician", start=0.0, end=9.0, text=WORDS)
    return recording, Transcript(recording=recording.digest, kind="dictation", engine="test@1", turns=(turn,))


def draft() -> Draft:
    recording, transcript = heard()
    statement = Statement(
        text=WORDS,
        source="clinician dictated",
        category="medication",
        evidence=(transcript.evidence("1", 0, len(WORDS)),),
    )
    return Draft(
        recording=recording.digest,
        transcript=transcript.digest,
        kind="dictation",
        format="soap@1",
        versions=(),
        drafted_at=NOON,
        due_at=NOON,
        expires_at=NOON + timedelta(days=7),
        sections=(Section(key="s", title="Subjective", statements=(statement,)),),
        client="Klara Kay",
    )


def begun(made: Draft) -> Review:
    return Review(draft=made.digest, reviewer="Dr. Abel", started_at=NOON)


def note(made: Draft) -> Note:
    return Note(
        draft=made.digest,
        review=begun(made).digest,
        recording=made.recording,
        kind=made.kind,
        format=made.format,
        versions=made.versions,
        sections=made.sections,
        signature=Signature(name="Dr. Abel", credentials="PhD", at=NOON),
        client=made.client,
    )


def fill(store: Store, source: Path | None = None) -> Draft:
    store.keep_transcript(*heard(), source)
    store.keep_draft(draft())
    store.keep_review(begun(draft()))
    return draft()


def every_byte(home: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(home.iterdir())}


# The key


def test_stock_sqlite_cannot_read_it_and_no_byte_shows_a_word(home: Path, tmp_path: Path) -> None:
    with opened(home) as store:
        store.sign(note(fill(store, tmp_path / "Klara.wav")), True)
        fill(store)
        for data in every_byte(home).values():  # while it is open: the write-ahead log too
            for word in ("xylophone", "Quetiapine", "Klara", "Abel", "CREATE TABLE", PASSPHRASE):
                assert word.encode() not in data
    with sqlite3.connect(home / "store.db") as stock, pytest.raises(sqlite3.DatabaseError):
        stock.execute("SELECT * FROM notes")
    stock.close()
    assert sorted(every_byte(home)) == ["store.db", "store.json", "store.lock"]


@posix
def test_only_the_owner_may_read_it(home: Path) -> None:
    home.mkdir(mode=0o755)
    with opened(home) as store:
        fill(store)
        assert home.stat().st_mode & 0o777 == 0o700
        assert {path.name: path.stat().st_mode & 0o777 for path in home.iterdir()} == {
            "store.db": 0o600,
            "store.db-shm": 0o600,
            "store.db-wal": 0o600,
            "store.json": 0o600,
            "store.lock": 0o600,
        }


def test_a_wrong_passphrase_changes_no_byte(home: Path) -> None:
    with opened(home) as store:
        fill(store)
    before = every_byte(home)
    with pytest.raises(WrongPassphrase):
        opened(home, "another passphrase")
    assert every_byte(home) == before
    with opened(home) as store:
        assert store.drafts() == (draft(),)


def test_the_sidecar_holds_the_costs_of_rfc_9106_and_no_key(home: Path) -> None:
    opened(home).close()
    sidecar = read_sidecar(home)
    assert sidecar is not None
    assert sidecar.argon2 is not None
    assert (sidecar.argon2.memory_kib, sidecar.argon2.passes, sidecar.argon2.lanes) == (65536, 3, 4)
    key = find_key(sidecar, PASSPHRASE, None)
    text = (home / "store.json").read_text()
    for purpose in ("database", "audit"):
        assert key.derive(purpose).hex() not in text
        assert len(key.derive(purpose)) == 32
    assert key._raw.hex() not in text + repr(key) + str(key)


def test_argon2id_gives_the_key_of_its_reference() -> None:
    """From the reference implementation's own tests (P-H-C/phc-winner-argon2, src/test.c)."""
    costs = Argon2.model_construct(salt=b"somesalt".hex(), passes=2, memory_kib=65536, lanes=1)
    key = "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"
    assert _stretch("password", costs)._raw.hex() == key


def test_a_passphrase_is_the_same_however_the_keyboard_sends_it(home: Path) -> None:
    opened(home, unicodedata.normalize("NFC", "Grüße aus Köln")).close()
    opened(home, unicodedata.normalize("NFD", "Grüße aus Köln")).close()


@pytest.mark.parametrize("empty", ["", "   "])
def test_an_empty_passphrase_is_refused(home: Path, empty: str) -> None:
    with pytest.raises(KeyMissing):
        opened(home, empty)
    with pytest.raises(KeyMissing):
        opened(home, None, ask=lambda _: empty)
    assert not (home / "store.db").exists()
    opened(home).close()
    with pytest.raises(KeyMissing):
        opened(home, empty)


def test_the_keyring_keeps_the_key_of_a_new_store(home: Path) -> None:
    backend = DictKeyring()
    use(backend)
    with opened(home, None) as store:
        fill(store)
    ((service, username),) = backend.held
    sidecar = read_sidecar(home)
    assert sidecar is not None
    assert (service, username, sidecar.kind) == ("evenfall", sidecar.store, "keyring")
    with opened(home, "a passphrase that does not matter here") as store:
        assert store.drafts() == (draft(),)
    before = every_byte(home)
    backend.held[service, username] = "00" * 32
    with pytest.raises(WrongPassphrase):
        opened(home, None)
    backend.held[service, username] = "not a key"
    with pytest.raises(WrongPassphrase):
        opened(home, None)
    del backend.held[service, username]
    with pytest.raises(KeyMissing):
        opened(home, None)
    use(LockedKeyring())
    with pytest.raises(KeyMissing, match="did not give"):
        opened(home, None)
    assert every_byte(home) == before


def test_a_passphrase_given_comes_before_the_keyring(home: Path) -> None:
    backend = DictKeyring()
    use(backend)
    opened(home).close()
    assert not backend.held


@pytest.mark.parametrize("backend", [fail.Keyring, LockedKeyring, PlainTextKeyring])
def test_without_a_keyring_it_asks_twice_then_once(home: Path, backend: Any) -> None:
    use(backend())
    asked: list[str] = []

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return PASSPHRASE

    opened(home, None, ask).close()
    assert len(asked) == 2
    opened(home, None, ask).close()
    assert len(asked) == 3
    with pytest.raises(KeyMissing, match="EVENFALL_PASSPHRASE"):
        opened(home, None)


def test_two_different_answers_make_no_store(home: Path) -> None:
    answers = iter(["one passphrase", "another passphrase"])
    with pytest.raises(KeyMissing, match="not the same"):
        opened(home, None, lambda _: next(answers))
    assert [path.name for path in home.iterdir()] == ["store.lock"]


def test_nobody_to_ask_names_the_variable(home: Path) -> None:
    with pytest.raises(KeyMissing, match="EVENFALL_PASSPHRASE"):
        opened(home, None)


def test_a_key_has_32_bytes() -> None:
    with pytest.raises(ValueError, match="32"):
        StoreKey(b"short")


# Faults


@pytest.mark.parametrize("at", [0, 16, 3000])
def test_a_damaged_file_is_a_fault(home: Path, at: int) -> None:
    with opened(home) as store:
        fill(store)
    data = bytearray((home / "store.db").read_bytes())
    data[at] ^= 1
    (home / "store.db").write_bytes(data)
    with pytest.raises(StoreFault) as caught, opened(home) as store:
        store.drafts()
        store.verify_audit()
    assert "xylophone" not in str(caught.value)


def test_damage_anywhere_is_a_fault_or_not_read(home: Path) -> None:
    use(DictKeyring())
    with opened(home, None) as store:
        made = fill(store)
    sound, faults = (home / "store.db").read_bytes(), 0
    for page in range(0, len(sound), 4096):
        (home / "store.db").write_bytes(sound[: page + 99] + bytes([sound[page + 99] ^ 255]) + sound[page + 100 :])
        try:
            with opened(home, None) as store:
                assert store.drafts() == (made,)
        except StoreFault:
            faults += 1
        for rest in home.glob("store.db-*"):
            rest.unlink()
    assert faults >= 3  # at the least: the table of tables, the drafts, the audit


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("store.db", None),
        ("store.db", b""),
        ("store.db", b"SQLite format 3\0" + b"\0" * 8192),
        ("store.json", None),
        ("store.json", b"{"),
        ("store.json", b"[]"),
        ("store.json", b"\xff\xfe"),
        ("store.json", b'{"format": 2}'),
        ("store.json", b'{"format": "x"}'),
    ],
)
def test_a_missing_or_spoilt_file_is_a_fault_and_no_new_store(home: Path, name: str, content: bytes | None) -> None:
    with opened(home) as store:
        fill(store)
    kept = every_byte(home)
    (home / name).unlink()
    if content is not None:
        (home / name).write_bytes(content)
    with pytest.raises(StoreFault):
        opened(home)
    (home / name).write_bytes(kept[name])
    with opened(home) as store:
        assert store.drafts() == (draft(),)


def test_a_newer_sidecar_says_so(home: Path) -> None:
    opened(home).close()
    (home / "store.json").write_text('{"format": 3, "kind": "card"}')
    with pytest.raises(StoreFault, match="newer Evenfall"):
        opened(home)


def test_a_sidecar_without_its_salt_is_a_fault(home: Path) -> None:
    opened(home).close()
    sidecar = read_sidecar(home)
    assert sidecar is not None
    (home / "store.json").write_text(sidecar.model_copy(update={"argon2": None}).model_dump_json())
    with pytest.raises(StoreFault, match="salt"):
        opened(home)


def test_a_folder_that_cannot_be_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreFault):
        opened(tmp_path / "file" / "home")
    with pytest.raises(StoreFault):
        opened(tmp_path / "file")


@posix
@pytest.mark.skipif(getattr(os, "geteuid", int)() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_a_fault(home: Path) -> None:
    home.mkdir(mode=0o500)
    with pytest.raises(StoreFault):
        opened(home)


@posix
def test_a_full_disk_is_a_fault_and_loses_nothing(home: Path) -> None:
    import resource

    recording, transcript = heard()
    with opened(home) as store:
        made = fill(store)
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, ((home / "store.db-wal").stat().st_size + 5000, before[1]))
        try:
            with pytest.raises(StoreFault):
                store.keep_transcript(recording, transcript.replace(engine="x" * 100_000), None)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert store.drafts() == (made,)
        assert store.verify_audit() == len(store.events())
        store.keep_transcript(recording, transcript.replace(engine="x" * 100_000), None)


def test_a_store_begun_and_never_completed_is_begun_anew(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("pipeline.store.store.upgrade", interrupt)
        opened(home, "mistyped passphrase")
    assert (home / "store.json").exists()
    with opened(home) as store:
        assert store.verify_audit() == 1
    with pytest.raises(WrongPassphrase):
        opened(home, "mistyped passphrase")


def test_a_sidecar_that_does_not_say_it_is_begun_makes_nothing_anew(home: Path) -> None:
    with opened(home) as store:
        fill(store)
    sidecar = read_sidecar(home)
    assert sidecar is not None
    (home / "store.json").write_text(sidecar.model_dump_json(exclude={"ready"}))
    before = every_byte(home)
    with pytest.raises(StoreFault):
        opened(home)
    assert every_byte(home) == before


# Deletion


def plain_pages(home: Path) -> bytes:
    """Decrypt every page of the file, free ones too."""
    data = (home / "store.db").read_bytes()
    first, *rest = (data[start : start + 4096] for start in range(0, len(data), 4096))
    return plain_page(home, first[16:]) + b"".join(plain_page(home, page) for page in rest)


def plain_page(home: Path, page: bytes) -> bytes:
    """Decrypt a page (the first one without its salt) as SQLCipher 4 lays it out: AES-256-CBC, 80 bytes reserved."""
    ciphers = pytest.importorskip("cryptography.hazmat.primitives.ciphers")
    cipher = ciphers.Cipher(ciphers.algorithms.AES(database_key(home)), ciphers.modes.CBC(page[-80:-64]))
    return bytes(cipher.decryptor().update(page[:-80]))


@lru_cache
def database_key(home: Path) -> bytes:
    sidecar = read_sidecar(home)
    assert sidecar is not None
    return find_key(sidecar, PASSPHRASE, None).derive("database")


def test_deleted_words_are_in_no_page_and_no_log(home: Path) -> None:
    with opened(home) as store:
        made = fill(store)
        store.keep_transcript(heard()[0], heard()[1].replace(engine="xylophone " * 2000), None)
    assert b"xylophone" in plain_pages(home)
    with opened(home) as store:
        store.delete_draft(made.digest, "expired")
        assert (home / "store.db-wal").stat().st_size == 0
        assert b"xylophone" not in plain_pages(home)


def test_signed_words_are_once_in_the_file(home: Path) -> None:
    with opened(home) as store:
        finished = note(fill(store))
        store.sign(finished, True)
        assert (home / "store.db-wal").stat().st_size == 0
        assert plain_pages(home).count(b"xylophone") == finished.model_dump_json().count("xylophone")


# Processes

CHILD = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from pipeline.store import Store
from pipeline.types import Consent, Note
home, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
def consent(number):
    return Consent(client=name, participant=str(number), scope=("record",), method="written", wording="consent@1",
                   given_at=datetime(2026, 3, 2, tzinfo=UTC))
"""
WRITES = """
with Store.open(home, "a long passphrase", actor=name) as store:
    for number in range(count):
        store.add_consent(consent(number))
        print(number, flush=True)
"""
SIGNS = """
from pipeline.store.audit import AuditChain
append = AuditChain.append
def killed(self, connection, action, subject=""):
    if action.startswith(name):
        os.kill(os.getpid(), signal.SIGKILL)
    return append(self, connection, action, subject)
AuditChain.append = killed
with Store.open(home, "a long passphrase", actor="Dr. Abel") as store:
    store.sign(Note.read(sys.stdin.read()), True)
"""


def child(script: str, home: Path, name: str, count: int, **more: Any) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", CHILD + script, str(home), name, str(count)]
    root = Path(__file__).parents[1]
    return subprocess.Popen(command, cwd=root, text=True, stdout=subprocess.PIPE, **more)


@posix
def test_what_was_committed_outlives_a_kill(home: Path) -> None:
    with child(WRITES, home, "K-1", 1_000_000) as process:
        assert process.stdout is not None
        done = [process.stdout.readline().strip() for _ in range(30)]
        process.send_signal(signal.SIGKILL)
        done += process.stdout.read().split()
    with opened(home) as store:
        kept = [consent.participant for consent in store.consents()]
        assert set(kept) >= set(done)
        assert len(kept) <= len(done) + 1
        assert store.verify_audit() == 1 + len(kept)


@posix
@pytest.mark.parametrize("at", ["sign note", "schedule purge", "delete draft", "delete transcript"])
def test_signing_killed_in_the_middle_was_not_done(home: Path, tmp_path: Path, at: str) -> None:
    with opened(home) as store:
        made = fill(store, tmp_path / "a.wav")
    with child(SIGNS, home, at, 0, stdin=subprocess.PIPE) as process:
        process.communicate(note(made).model_dump_json())
    assert process.returncode == -signal.SIGKILL
    with opened(home) as store:
        assert store.notes() == ()
        assert store.pending_purges() == ()
        assert store.drafts() == (made,)
        assert store.transcript_of("a" * 64, "dictation") == heard()
        store.sign(note(made), True)
        assert store.notes() == (note(made),)
        assert store.verify_audit() == len(store.events())


def test_signing_that_fails_was_not_done(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    append = AuditChain.append

    def failing(self: AuditChain, connection: Any, action: str, subject: str = "") -> Any:
        if action.startswith("delete transcript"):
            raise OSError("the power is gone")
        return append(self, connection, action, subject)

    with opened(home) as store:
        made = fill(store)
        with monkeypatch.context() as patch, pytest.raises(OSError, match="power"):
            patch.setattr(AuditChain, "append", failing)
            store.sign(note(made), True)
        assert (store.notes(), store.drafts()) == ((), (made,))
        assert store.verify_audit() == len(store.events())


def test_two_processes_make_and_write_one_store(home: Path) -> None:
    children = [child(WRITES, home, name, 25) for name in ("K-1", "K-2")]
    for process in children:
        process.communicate()
        assert process.returncode == 0
    with opened(home) as store:
        assert len(store.consents("K-1")) == len(store.consents("K-2")) == 25
        assert store.verify_audit() == 51


def test_threads_share_one_store(home: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with opened(home) as store, ThreadPoolExecutor(4) as executor:
        list(executor.map(lambda number: store.record(f"action {number}"), range(40)))
        assert store.verify_audit() == 41


def test_importing_the_package_loads_no_heavy_library() -> None:
    heavy = "{'sqlalchemy', 'sqlcipher3', 'alembic', 'keyring', 'argon2'}"
    look = f"import sys, pipeline.store; assert not {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", look], check=True, cwd=Path(__file__).parents[1])


def test_opening_an_up_to_date_store_does_not_load_alembic(home: Path) -> None:
    opened(home).close()
    look = "with Store.open(home, 'a long passphrase', actor=name): assert 'alembic' not in sys.modules"
    with child(look, home, "Dr. Abel", 0) as process:
        process.communicate()
    assert process.returncode == 0


# Forms through the years


def test_a_newer_store_is_refused_and_left_alone(home: Path) -> None:
    with opened(home) as store, store._database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    before = every_byte(home)
    with pytest.raises(StoreFault, match="newer Evenfall"):
        opened(home)
    assert every_byte(home) == before


def test_migrations_make_the_tables_of_the_schema(home: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    with opened(home) as store, store._database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
        assert revision(connection) == REVISIONS[-1] == ScriptDirectory(str(FOLDER)).get_current_head()


LATER = """
from alembic import op
import sqlalchemy as sa
revision, down_revision = "9000", "{last}"
def upgrade():
    op.create_table("later", sa.Column("key", sa.Integer, primary_key=True))
    op.execute("UPDATE drafts SET client = 'changed'")
    {end}
"""


def later_form(tmp_path: Path, end: str) -> Path:
    folder = tmp_path / f"migrations-{end[:4]}"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / "v9000_later.py").write_text(LATER.format(end=end, last=REVISIONS[-1]))
    return folder


@pytest.mark.parametrize("earlier", REVISIONS[:-1])
def test_a_store_of_an_earlier_form_keeps_what_it_holds(
    home: Path, monkeypatch: pytest.MonkeyPatch, earlier: str
) -> None:
    """The store is made in the earlier form; keeping a draft in it touches no table that came later."""
    then = REVISIONS[: REVISIONS.index(earlier) + 1]
    with monkeypatch.context() as patch:
        patch.setattr("pipeline.store.store.upgrade", lambda connection: upgrade(connection, then))
        patch.setattr("pipeline.store.store.REVISIONS", then)
        with opened(home) as store:
            with store._database.reading() as connection:
                assert revision(connection) == earlier
            made = fill(store)
    with opened(home) as store:
        with store._database.reading() as connection:
            assert revision(connection) == REVISIONS[-1]
        assert store.drafts() == (made,)
        assert store.found_of(made.transcript) is None
        store.verify_audit()


def test_what_was_being_typed_moves_into_its_own_table(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typing = Typing(role="clinician", at=NOON, text="She slept")
    with monkeypatch.context() as patch:
        patch.setattr("pipeline.store.store.upgrade", lambda connection: upgrade(connection, REVISIONS[:4]))
        patch.setattr("pipeline.store.store.REVISIONS", REVISIONS[:4])
        with opened(home) as store, store._database.writing() as connection:
            kept = {"key": "typing of the clinician", "value": typing.model_dump_json()}
            connection.execute(insert(meta).values(kept))
    with opened(home) as store:
        assert store.typing_of("clinician") == typing
        with store._database.reading() as connection:
            assert connection.scalar(select(meta.c.key).where(meta.c.key.contains("typing"))) is None


def test_an_interrupted_migration_leaves_the_old_form(home: Path, tmp_path: Path) -> None:
    later = (*REVISIONS, "9000")
    with opened(home) as store:
        made = fill(store)
        broken = later_form(tmp_path, "raise OSError('the power is gone')")
        with pytest.raises(OSError, match="power"), store._database.writing() as connection:
            upgrade(connection, later, broken)
        with store._database.reading() as connection:
            assert revision(connection) == REVISIONS[-1]
            assert connection.scalar(text("SELECT client FROM drafts")) == "Klara Kay"
        assert store.drafts() == (made,)
        with store._database.writing() as connection:
            upgrade(connection, later, later_form(tmp_path, "pass"))
            assert revision(connection) == "9000"
            assert connection.scalar(text("SELECT count(*) FROM later")) == 0


def test_the_tables_are_postgresqls_too() -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    for table in METADATA.sorted_tables:
        assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=dialect))
        for index in table.indexes:
            assert "CREATE INDEX" in str(CreateIndex(index).compile(dialect=dialect))


def test_every_fault_says_what_to_do(home: Path) -> None:
    with pytest.raises(EvenfallError) as caught:
        opened(home, None)
    assert caught.value.exit_code == 4
    assert "\n" in str(caught.value)


def test_consent_names_are_sealed_too(home: Path) -> None:
    given = Consent(
        client="Klara Kay", participant="Klara", scope=("record",), method="written", wording="c@1", given_at=NOON
    )
    with opened(home) as store:
        store.add_consent(given)
        assert all(b"Klara" not in data for data in every_byte(home).values())
