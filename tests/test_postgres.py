"""The practice's record on a real PostgreSQL: sealed, each login's own, one chain, copied both ways, restarted."""

import multiprocessing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from typer.testing import CliRunner

from pipeline import workflow
from pipeline.audio.spool import Spool, discard
from pipeline.cli import app
from pipeline.config import load_settings
from pipeline.drawer import Drawer
from pipeline.drawer.passphrase import opens
from pipeline.errors import KeyMissing, NotFound, Refused, SourceRefused, StoreFault, WrongPassphrase
from pipeline.store import Store, copying
from pipeline.store.clinic.founding import Owner
from pipeline.store.clinic.policies import GUARDS
from pipeline.store.rows import path_text
from pipeline.store.schema import METADATA
from pipeline.types import Addendum, Consent, Found, Hashes, Receipt, Signature, Spooled, Style, TreatmentPlan, Typing
from pipeline.workflow.consenting import Left

from .postgres import OWNER, OWNER_PASSWORD, Postgres, running
from .test_backup import DICTATION
from .test_evening import SECRETS, Desk
from .test_evening import everything as files
from .test_expiring import DAY
from .test_store import NOON, WORDS, Clock, actions, draft, drafted, note, recording, review, signed, transcript

CLINICIANS = ("carla", "dora")
CLIENT = "K-17"
PLAN = TreatmentPlan(client=CLIENT, goals=(), by="Dr. Abel", at=NOON)


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with running() as started:
        yield started


@dataclass(frozen=True)
class Practice:
    """A practice with an administrator (ada), two clinicians (carla, dora) and carla's supervisor (sue)."""

    server: Postgres
    database: str
    home: Path
    recovery: str
    passwords: dict[str, str]

    def address(self, login: str) -> str:
        return self.server.address(login, self.passwords[login], self.database)

    def store(self, login: str, home: str = "") -> Store:
        """Open the record as Evenfall does; each login has a computer of its own."""
        return Store.open(
            self.home / (home or login), f"{login}'s words", actor="not asked", server=self.address(login)
        )

    def owner(self) -> Owner:
        return Owner(self.server.address(OWNER, OWNER_PASSWORD, self.database), self.home)

    def add(self, login: str) -> None:
        """Let one more clinician in: logins are the whole server's, what is done to one of them the next test sees."""
        with self.owner() as owner:
            made = owner.add(self.recovery, None, login, "clinician", f"{login}'s words")
        self.passwords[login] = made or ""

    def raw(self, login: str) -> psycopg.Connection:
        """Connect with the driver alone, around Evenfall."""
        return self.server.connect(login, self.passwords[login], self.database)


def founded(server: Postgres, home: Path, administrator: str, *more: tuple[str, str]) -> Practice:
    database = server.database()
    with Owner(server.address(OWNER, OWNER_PASSWORD, database), home) as owner:
        made = owner.found(administrator, f"{administrator}'s words")
        passwords = {administrator: made.password or ""}
        for login, role in more:
            passwords[login] = owner.add(made.recovery, None, login, role, f"{login}'s words") or ""  # type: ignore[arg-type]
    return Practice(server, database, home, made.recovery, passwords)


@pytest.fixture(scope="module")
def model(server: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Practice:
    """Return a practice that each test copies."""
    users = (*((login, "clinician") for login in CLINICIANS), ("sue", "supervisor"))
    made = founded(server, tmp_path_factory.mktemp("model"), "ada", *users)
    with made.owner() as owner:
        owner.supervise(made.recovery, None, "sue", ("carla",))
    return made


@pytest.fixture
def practice(server: Postgres, model: Practice, tmp_path: Path) -> Iterator[Practice]:
    database = server.database(model.database)
    yield Practice(server, database, tmp_path, model.recovery, dict(model.passwords))
    server.drop(database)


def fill(store: Store, seed: str = "a") -> None:
    """Put something into every table that holds a client's words, a reference to a client or a key."""
    done = signed(store, seed)
    store.addend(Addendum(note=done.digest, label="Addendum", text=WORDS, signature=done.signature))
    waiting = drafted(store, "b" if seed == "a" else "c", Path("/car/Klara Kay.wav"))
    store.keep_review(review(waiting))
    store.keep_plan(PLAN)
    store.add_consent(consent())
    store.keep_style(Style(clinician="Dr. Abel"))
    store.keep_typing(Typing(role="clinician", at=NOON, client=CLIENT, text=WORDS), "0" * 64)
    store.index("rough@1", lambda note: Hashes(name="rough@1", bands=((7, 8),)))


def consent() -> Consent:
    return Consent(
        client=CLIENT, participant="Klara Kay", scope=("record",), method="written", wording="Yes.", given_at=NOON
    )


def spooled(seed: str = "e") -> Spooled:
    return Spooled(id=seed * 32, kind="dictation", medium="pcm", begun_at=NOON, client=CLIENT)


def everything(practice: Practice) -> str:
    """Return all that the server holds of the practice, as its superuser sees it."""
    with practice.server.root(practice.database) as root:
        tables = [row[0] for row in root.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'evenfall'")]
        rows = [
            root.execute(sql.SQL("SELECT * FROM evenfall.{}").format(sql.Identifier(name))).fetchall()
            for name in tables
        ]
    return repr(rows)


# What the server sees


def test_the_server_holds_no_word_of_a_client_no_reference_and_no_key(practice: Practice) -> None:
    with practice.store("carla") as store:
        fill(store)
        key = store.begin_spool(spooled())
    held = everything(practice)
    for secret in (WORDS, "sleeping", CLIENT, "Klara", path_text(Path("/car/Klara Kay.wav")), "Dr. Abel", key.hex()):
        assert secret not in held
    for guessable in (consent(), spooled(), Style(clinician="Dr. Abel"), PLAN):
        assert guessable.digest not in held, f"whoever guesses the {type(guessable).__name__} could prove the guess"


@pytest.mark.parametrize(
    ("table", "column", "key", "read"),
    [
        ("notes", "payload", "digest", lambda store: store.notes()),
        ("drafts", "payload", "digest", lambda store: store.drafts()),
        ("transcripts", "recording_payload", "digest", lambda store: store.transcript_of("b" * 64, "dictation")),
        ("spools", "payload", "id", lambda store: store.unlock_spool("e" * 32)),
    ],
)
def test_a_value_moved_to_another_row_is_refused(practice: Practice, table: str, column: str, key: str, read) -> None:  # type: ignore[no-untyped-def]
    with practice.store("carla") as store:
        signed(store, "a"), signed(store, "d"), drafted(store, "b"), drafted(store, "c")
        store.begin_spool(spooled("e")), store.begin_spool(spooled("f"))
        read(store)
        with practice.server.root(practice.database) as root:
            root.execute(
                f"UPDATE evenfall.{table} AS here SET {column} = "  # noqa: S608
                f"(SELECT {column} FROM evenfall.{table} there WHERE there.{key} <> here.{key} LIMIT 1)"
            )
        with pytest.raises(StoreFault, match="not what was put in"):
            read(store)


def test_a_value_moved_to_another_column_does_not_open(practice: Practice) -> None:
    with practice.store("carla") as store:
        fill(store)
        with practice.server.root(practice.database) as root:
            root.execute("UPDATE evenfall.consents SET participant = payload")
            root.execute("UPDATE evenfall.plans SET client = (SELECT client FROM evenfall.notes LIMIT 1)")
        assert store.plan_of(CLIENT) is None
        with pytest.raises(StoreFault, match="not what was put in"):
            store.clients()


def test_two_practices_open_nothing_of_each_other(server: Postgres, practice: Practice, tmp_path: Path) -> None:
    other = founded(server, tmp_path, "adam", ("erin", "clinician"))
    with pytest.raises(StoreFault, match="let this login not in"):
        Store.open(
            tmp_path,
            "erin's words",
            actor="",
            server=server.address("erin", other.passwords["erin"], practice.database),
        )


# Who sees what


def test_a_clinician_sees_own_rows_only_also_by_raw_sql(practice: Practice) -> None:
    with practice.store("carla") as carla, practice.store("dora") as dora:
        fill(carla)
        assert not any((dora.notes(), dora.drafts(), dora.clients(), dora.consents()))
        assert dora.style_of("Dr. Abel").preferences == () and dora.typing_of("clinician") is None
        with pytest.raises(NotFound):
            dora.note(carla.notes()[0].digest[:8])
    mine, others = counts(practice, "carla"), counts(practice, "dora")
    shared = {"audit", "anchors"}
    assert {name for name, count in mine.items() if count} >= set(GUARDS) - {"purges", "spools", "findings"}
    assert {name for name, count in others.items() if count} == shared | {"meta"}  # the head of the chain
    assert others["meta"] == 1


def test_a_supervisor_sees_those_supervised_and_changes_nothing_of_theirs(practice: Practice) -> None:
    with practice.store("carla") as carla, practice.store("dora") as dora, practice.store("sue") as sue:
        fill(carla)
        other = signed(dora, "d")
        assert sue.notes() == carla.notes() and sue.drafts() == carla.drafts()
        assert other not in sue.notes() and sue.typing_of("clinician") is None
        made = carla.notes()[0]
        signature = Signature(name="Sue", credentials="LCSW", at=NOON)
        sue.addend(Addendum(note=made.digest, label="Co-signature", text="Read.", signature=signature))
        assert len(carla.addenda(made.digest)) == 2
        with pytest.raises(Refused, match="another clinician's"):
            sue.delete_draft(carla.drafts()[0].digest, "expired")
        with pytest.raises(Refused, match="another clinician's"):
            sue.forget_client(CLIENT, with_notes=True)
        with pytest.raises((Refused, StoreFault)):
            sue.addend(Addendum(note=other.digest, label="Addendum", text="x", signature=signature))
        assert len(carla.drafts()) == len(carla.notes()) == 1
    with practice.raw("sue") as raw:
        assert raw.execute("UPDATE transcripts SET source = ''").rowcount == 0
        assert raw.execute("DELETE FROM drafts").rowcount == raw.execute("DELETE FROM notes").rowcount == 0
        raw.execute("SET evenfall.whole = 'on'")
        assert raw.execute("SELECT count(*) FROM notes").fetchone() == (1,)


def test_a_supervisor_reads_a_draft_and_reviews_none_of_a_supervisees(practice: Practice) -> None:
    with practice.store("carla") as carla, practice.store("sue") as sue:
        waiting = drafted(carla)
        decided, finished = review(waiting), note(waiting, review(waiting))
        with practice.raw("sue") as raw, pytest.raises(psycopg.errors.InsufficientPrivilege):
            raw.execute(
                "INSERT INTO reviews (digest, payload, created_at, draft) VALUES ('0', '', now(), %s)",
                (waiting.digest,),
            )
        attempts: tuple[Callable[[], object], ...] = (
            lambda: sue.keep_review(decided),
            lambda: sue.replace_draft(waiting.digest, waiting.replace(warnings=("Hers.",))),
            lambda: sue.sign(finished),
        )
        for attempt in attempts:
            with pytest.raises(Refused, match="another clinician's"):
                attempt()
        assert sue.draft(waiting.digest) == waiting
        carla.keep_review(decided)
        carla.sign(finished)
        assert carla.notes() == sue.notes() == (finished,)


def test_a_supervisor_revokes_no_consent_that_a_supervisee_keeps(practice: Practice) -> None:
    whom, own = (CLIENT, "Klara Kay", NOON + DAY), consent().replace(given_at=NOON + DAY)
    with practice.store("carla") as carla, practice.store("sue") as sue:
        carla.add_consent(consent())
        with pytest.raises(Refused, match="that carla keeps still stands. Nothing was changed") as caught:
            sue.revoke_consent(*whom)
        assert "tell carla" in caught.value.next_step
        assert [one.revoked_at for one in carla.consents(CLIENT)] == [None]
        sue.add_consent(own)
        with pytest.raises(Refused, match="that carla keeps still stands. Your own is revoked"):
            sue.revoke_consent(*whom)
        assert {one.revoked_at for one in sue.consents(CLIENT)} == {NOON + DAY}  # she knows that it was taken back
        assert [one.revoked_at for one in carla.consents(CLIENT)] == [None]
        assert len(carla.revoke_consent(*whom)) == 1
        assert all(one.revoked_at for one in sue.consents(CLIENT))
        with pytest.raises(NotFound):
            sue.revoke_consent(*whom)


def test_an_administrator_has_accounts_and_the_chain_and_no_notes(practice: Practice) -> None:
    with practice.store("carla") as carla:
        fill(carla)
    seen = counts(practice, "ada")
    assert {name for name, count in seen.items() if count} == {"audit", "anchors", "meta"}
    with practice.raw("ada") as raw:
        assert len(raw.execute("SELECT login FROM members").fetchall()) == 4
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            raw.execute("UPDATE members SET role = 'clinician'")
    with practice.store("ada") as store:
        assert not store.notes() and not store.drafts()
        assert store.verify_audit() == len(store.events()) > 10
        with pytest.raises(Refused, match="no key to what clients"):
            store.add_consent(consent())
    with practice.raw("carla") as raw:
        assert raw.execute("SELECT login FROM members").fetchall() == [("carla",)]


def test_nobody_makes_rows_in_anothers_name_or_changes_the_chain(practice: Practice) -> None:
    with practice.store("carla") as carla:
        fill(carla)
    forbidden = (
        "INSERT INTO styles (digest, payload, created_at, clinician, author) VALUES ('0', '', now(), '', 'carla')",
        "INSERT INTO audit (sequence, payload, digest, mac, author) VALUES (999, '', '', '', 'carla')",
        "UPDATE audit SET payload = ''",
        "DELETE FROM audit",
        "DELETE FROM anchors",
        "UPDATE notes SET payload = ''",
        "UPDATE members SET supervises = '{carla}'",
        "INSERT INTO members SELECT * FROM members",
        "ALTER TABLE notes DISABLE ROW LEVEL SECURITY",
        "SET ROLE carla",
        "TRUNCATE audit",
    )
    for statement in forbidden:
        with practice.raw("dora") as raw, pytest.raises(psycopg.errors.InsufficientPrivilege):
            raw.execute(statement)
    with practice.store("carla") as carla:
        carla.verify_audit()


def test_every_table_is_closed_and_the_owner_sees_no_row_by_chance(practice: Practice) -> None:
    with practice.store("carla") as carla:
        fill(carla)
    closed = "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
    with practice.server.connect(OWNER, OWNER_PASSWORD, practice.database) as raw:
        assert {row[0] for row in raw.execute(closed)} == {*METADATA.tables, "members"}
        assert raw.execute("SELECT count(*) FROM notes").fetchone() == (0,)


def test_who_is_let_out_sees_nothing_any_more(practice: Practice) -> None:
    practice.add("olga")
    with practice.store("olga") as olga, practice.owner() as owner:
        signed(olga)
        owner.remove("carla's words", "carla", "olga")
        with pytest.raises(StoreFault, match="none for this login"):
            olga.notes()
    with pytest.raises(StoreFault, match="let this login not in"):
        practice.store("olga")


def counts(practice: Practice, login: str) -> dict[str, int]:
    with practice.raw(login) as raw:
        found = {name: raw.execute(f"SELECT count(*) FROM {name}").fetchone() for name in METADATA.tables}  # noqa: S608
    return {name: row[0] for name, row in found.items() if row}


# Two clinicians, two computers


def test_two_clinicians_hear_the_same_file_and_type_at_the_same_time(practice: Practice) -> None:
    with practice.store("carla") as carla, practice.store("dora") as dora:
        for store in (carla, dora):
            store.keep_transcript(recording(), transcript(recording()), None)
            store.add_consent(consent())
            store.keep_typing(Typing(role="clinician", at=NOON, text=store.actor), "0" * 64)
            store.set_pin(f"{store.actor}1234")
        for store in (carla, dora):
            found = store.typing_of("clinician")
            assert found is not None and found.text == store.actor
            assert store.proves(f"{store.actor}1234") and store.proves(f"{store.actor}'s words")
        assert not carla.proves("dora1234") and not carla.proves("dora's words")


def test_what_lies_on_one_computer_is_purged_there_and_nowhere_else(practice: Practice, tmp_path: Path) -> None:
    with practice.store("carla", "surgery") as here, practice.store("carla", "at home") as there:
        signed(here, "a", tmp_path / "a.wav")
        here.begin_spool(spooled())
        assert [path for _, path, _ in here.pending_purges()] == [tmp_path / "a.wav"]
        assert there.pending_purges() == ()
        with pytest.raises(SourceRefused, match="another computer"):
            there.unlock_spool("e" * 32)
        there.destroy_spool("e" * 32, None)
        assert there.destroyed_spools() == ()
        assert [spool_id for spool_id, _ in here.destroyed_spools()] == ["e" * 32]


def test_watched_audio_is_put_down_to_be_deleted_at_once(practice: Practice, tmp_path: Path) -> None:
    with practice.store("carla") as carla:
        made = drafted(carla, "a", tmp_path / "a.wav")
        assert not carla.purge_source(made.recording, tmp_path / "b.wav")
        assert carla.purge_source(made.recording, tmp_path / "a.wav")
        assert [path for _, path, _ in carla.pending_purges()] == [tmp_path / "a.wav"]
        receipt = Receipt(recording=made.recording, what=("audio",), at=NOON, outcome="purged")
        for _ in range(2):
            carla.purged(receipt)
        assert carla.receipts() == (receipt,)
        assert carla.pending_purges() == ()


def test_a_recording_on_another_computer_is_destroyed_by_nothing_done_here(practice: Practice) -> None:
    with practice.store("carla", "surgery") as here, practice.store("carla", "at home") as there:
        drafted(here)
        made = Spool.begin(here, DICTATION, medium="pcm", client=CLIENT, participants=("Klara Kay",))
        with made as spool:
            spool.append(bytes(64))
            for attempt in (
                lambda: discard(there, spool.spooled.id),
                lambda: workflow.delete_client(there, CLIENT, with_notes=False),
                lambda: workflow.purge_left(there, Left(there.drafts(), (spool.spooled,))),
            ):
                with pytest.raises(SourceRefused, match="another computer"):
                    attempt()
            spool.append(bytes(64))
            spool.finish()
        assert len(here.drafts()) == 1 and there.receipts() == ()
        with Spool.open(here, made.spooled.id) as spool:
            assert spool.read(DICTATION).data == bytes(128)
        assert discard(here, made.spooled.id).outcome == "purged"


# The chain


def write_many(address: str, home: Path, words: str, times: int) -> None:
    with Store.open(home, words, actor="", server=address) as store:
        for _ in range(times):
            store.record("many at once")


def test_many_writers_at_once_leave_no_gap_and_no_fork(practice: Practice) -> None:
    logins, times = ("carla", "dora", "sue", "carla"), 20
    work = multiprocessing.get_context("spawn")
    writers = [
        work.Process(
            target=write_many, args=(practice.address(login), practice.home / login, f"{login}'s words", times)
        )
        for login in logins
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0] * len(writers)
    with practice.store("sue") as store:
        events = store.events()
        assert [event.sequence for event in events] == list(range(1, store.verify_audit() + 1))
        made = [event.actor for event in events if event.action == "many at once"]
        assert {login: made.count(login) for login in CLINICIANS} == {"carla": 2 * times, "dora": times}
        assert len(set(made[: len(made) // 2])) > 1, "they did not write at the same time"


def test_a_note_taken_out_behind_the_policies_is_missed_by_who_may_not_read_it(practice: Practice) -> None:
    with practice.store("carla") as carla, practice.store("dora") as dora:
        fill(carla)
        dora.verify_audit()
        with practice.server.root(practice.database) as root:
            root.execute("DELETE FROM evenfall.addenda")
            root.execute("DELETE FROM evenfall.likenesses")
            root.execute("DELETE FROM evenfall.notes")
        with pytest.raises(StoreFault, match="gone, and nothing says why"):
            dora.verify_audit()


# Words and keys


def test_a_passphrase_is_changed_by_its_member_and_opens_from_then_on(practice: Practice) -> None:
    with practice.store("carla") as store:
        made = signed(store)
        store.change_passphrase("other words")
        shown = store.make_recovery_key()
        with pytest.raises(Refused, match="no keyring"):
            store.change_passphrase(None)
        with pytest.raises(Refused, match="backed up on its server"):
            store.backup(practice.home / "backup")
    with pytest.raises(WrongPassphrase):
        practice.store("carla")
    for words in ("other words", shown):
        with Store.open(practice.home, words, actor="", server=practice.address("carla")) as store:
            assert store.notes() == (made,)


def test_a_forgotten_passphrase_is_made_anew_with_the_recovery_key_only(practice: Practice) -> None:
    practice.add("fay")
    with practice.store("fay") as store:
        made = signed(store)
    with practice.owner() as owner:
        for words, by in (("ada's words", "ada"), ("fay's words", "dora"), ("0" * 32, None)):
            with pytest.raises(WrongPassphrase):
                owner.add(words, by, "fay", "clinician", "new words")
        practice.passwords["fay"] = owner.add(practice.recovery, None, "fay", "clinician", "new words") or ""
    with Store.open(practice.home, "new words", actor="", server=practice.address("fay")) as store:
        assert store.notes() == (made,)


# What goes by itself, and what goes because consent was taken back


def test_each_clinicians_drafts_expire_by_what_that_clinician_was_shown(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENFALL_HOME", str(practice.home / "own"))
    settings, clock = load_settings(), Clock()

    def opened(login: str) -> Store:
        return Store.open(
            practice.home / login, f"{login}'s words", actor="", server=practice.address(login), clock=clock
        )

    with opened("carla") as carlas, opened("dora") as doras:
        mine, theirs = drafted(carlas), drafted(doras, "b")
        for days in (2, 4):
            clock.now = NOON + days * DAY
            doras.record("looked at the queue")
        assert [one.draft for one in doras.expire(settings, shown=True).soon] == [theirs.digest]
        clock.now = NOON + 6 * DAY
        assert [one.draft for one in carlas.expire(settings, shown=True).soon] == [mine.digest]
        clock.now = NOON + 7 * DAY
        assert carlas.expire(settings, shown=True).receipts == ()  # warned yesterday
        assert [one.recording for one in doras.expire(settings, shown=True).receipts] == [recording("b").digest]
        assert (carlas.drafts(), doras.drafts()) == ((mine,), ())
        clock.now = NOON + 9 * DAY
        assert [one.recording for one in carlas.expire(settings, shown=False).receipts] == [recording().digest]
        assert carlas.drafts() == ()
        carlas.verify_audit()
        doras.verify_audit()


def test_one_clinicians_clock_is_not_anothers(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENFALL_HOME", str(practice.home / "own"))
    settings, right, wrong = load_settings(), Clock(), Clock()
    address = practice.address
    with (
        Store.open(practice.home / "c", "carla's words", actor="", server=address("carla"), clock=right) as carlas,
        Store.open(practice.home / "d", "dora's words", actor="", server=address("dora"), clock=wrong) as doras,
    ):
        drafted(carlas), drafted(doras, "b")
        wrong.now = NOON + 400 * DAY
        assert doras.expire(settings, shown=True).doubt is not None
        doras.record("looked at the queue")
        right.now = NOON + 4 * DAY
        assert carlas.expire(settings, shown=True).doubt is None
        carlas.trust_clock()
        assert doras.expire(settings, shown=True).doubt is not None


def test_what_was_heard_goes_with_the_consent_of_its_own_clinicians_client_alone(practice: Practice) -> None:
    with practice.store("carla") as carlas, practice.store("dora") as doras:
        drafted(carlas)
        theirs = drafted(doras, due=NOON + DAY)  # co-therapists: the same recording
        receipt = carlas.forget_heard(recording().digest, "consent revoked")
        assert receipt.recording == recording().digest
        assert carlas.drafts() == ()
        assert doras.drafts() == (theirs,)
        assert doras.transcript(theirs.transcript).turns
        assert "delete draft: consent revoked" in actions(carlas)


@pytest.mark.parametrize("first", ["carla", "sue"])
def test_a_supervisor_and_her_supervisee_each_draft_and_sign_the_session_they_led(
    practice: Practice, first: str, tmp_path: Path
) -> None:
    """Sue sees all that Carla has of the same file; it is not hers, and keeps her from nothing."""
    with practice.store("carla") as carlas, practice.store("sue") as sues:
        stores = {"carla": carlas, "sue": sues}
        order = [first, *({"carla", "sue"} - {first})]
        made = {}
        for number, login in enumerate(order):
            assert stores[login].draft_of(recording().digest) is None
            made[login] = drafted(stores[login], source=tmp_path / f"{login}.wav", due=NOON + number * DAY)
            stores[login].keep_found(
                Found(recording=recording().digest, transcript=made[login].transcript, findings=())
            )
        with pytest.raises(Refused, match="another clinician's"):
            sues.delete_draft(made["carla"].digest, "deleted by request")
        with pytest.raises(Refused, match="another clinician's"):
            sues.forget_client(CLIENT, with_notes=False)
        for login in reversed(order):
            store, mine = stores[login], made[login]
            assert store.draft_of(recording().digest) == mine
            assert store.transcript(mine.transcript).turns
            store.keep_review(review(mine))
            store.sign(note(mine, review(mine)))
            assert [path.name for _, path, _ in store.pending_purges()] == [f"{login}.wav"]
        assert carlas.drafts() == sues.drafts() == ()
        assert len(sues.notes()) == 2


# An evening


@dataclass
class ClinicDesk(Desk):
    """A clinician's computer whose record is on the practice's server."""

    address: str = ""

    def environment(self) -> dict[str, str]:
        return {**super().environment(), "EVENFALL_STORE": self.address}


def test_a_whole_evening_by_the_real_command(practice: Practice, tmp_path: Path) -> None:
    desk = ClinicDesk(tmp_path, "carla's words", address=practice.address("carla"))
    (made,) = desk.json("draft", desk.file("tuesday.txt"), "--client", "K-12", "--date", "2026-03-31")
    (waiting,) = desk.json("queue")
    assert waiting["digest"] == made["digest"]
    finished = desk.sign(made)
    assert finished.returncode == 0, finished.stderr
    assert desk.json("queue") == []
    (kept,) = desk.json("notes", "list")
    assert kept["signature"]["name"] == "Ana Ruiz"
    exported = desk.run("notes", "export", kept["digest"][:8], "--to", "text")
    assert "Denies suicidal ideation" in exported.stdout, exported.stderr
    shown = desk.run("store", "show")
    assert "carla@127.0.0.1" in shown.stdout and practice.passwords["carla"] not in shown.stdout + shown.stderr
    held = everything(practice)
    assert not [word for word in SECRETS if word in held]
    assert not [word for word in SECRETS if word.encode() in files(desk.home)]
    with practice.store("carla") as store:
        assert store.verify_whole() == 1


def test_only_the_supervisor_co_signs_by_the_real_command(practice: Practice, tmp_path: Path) -> None:
    with practice.store("carla") as carla:
        note = signed(carla)
    (tmp_path / "sue").mkdir()
    carlas = ClinicDesk(tmp_path, "carla's words", address=practice.address("carla"))
    sues = ClinicDesk(tmp_path / "sue", "sue's words", address=practice.address("sue"))
    command = ("notes", "cosign", note.digest[:8], "--name", "Sue Lee", "--credentials", "LMFT")
    refused = carlas.run(*command)
    assert (refused.returncode, "Only a supervisor of the practice co-signs." in refused.stderr) == (3, True)
    assert "Traceback" not in refused.stderr
    done = sues.run(*command)
    assert done.returncode == 0, done.stderr
    with practice.store("carla") as carla:
        assert [one.label for one in carla.addenda(note.digest)] == ["Co-signature"]


def test_a_supervisor_who_opens_a_draft_in_a_terminal_decides_nothing(practice: Practice, tmp_path: Path) -> None:
    with practice.store("carla") as carla:
        made = drafted(carla)
    desk = ClinicDesk(tmp_path, "sue's words", address=practice.address("sue"))
    refused = desk.run("review", made.digest[:8], typed="k\n")
    assert (refused.returncode, "another clinician's" in refused.stderr) == (3, True)
    with practice.store("carla") as carla:
        assert carla.review_of(made.digest) is None
        carla.keep_review(review(made))


def test_a_practice_is_founded_and_filled_by_the_real_command(
    server: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENFALL_HOME", str(tmp_path / "home"))
    said: list[str] = ["ida's words"] * 2
    monkeypatch.setattr("pipeline.cli.store.ask_passphrase", lambda prompt: said.pop(0))
    owner = server.address(OWNER, OWNER_PASSWORD, server.database())

    def run(*words: str) -> str:
        result = CliRunner().invoke(app, ["store", *words], catch_exceptions=False)
        assert result.exit_code == 0
        return result.stdout

    recovery = run("init", owner, "--administrator", "ida").split("\n\n")[1].strip()
    said += [recovery, "carl's words", "carl's words"]
    run("add-user", owner, "carl")
    assert run("show", owner).startswith("carl  clinician, since")
    with Store.open(tmp_path / "home", "local words", actor="Dr. Abel") as local:
        fill(local)
    monkeypatch.setenv("EVENFALL_PASSPHRASE", "local words")
    said[:] = [recovery]
    assert "Copied and compared" in run("copy", str(tmp_path / "home"), owner, "--for", "carl")
    assert "said anew" in run("init", owner)


@pytest.mark.parametrize(("login", "words", "then"), [("pg_ida", "ida's words", "irma"), ("ida", " ", "inga")])
def test_a_practice_without_its_first_member_is_not_founded(
    server: Postgres, tmp_path: Path, login: str, words: str, then: str
) -> None:
    database = server.database()
    with Owner(server.address(OWNER, OWNER_PASSWORD, database), tmp_path) as owner:
        with pytest.raises((Refused, KeyMissing)):
            owner.found(login, words)
        assert not owner.is_founded()
        made = owner.found(then, "these words")
        assert [one.login for one in owner.members()] == [then]
    joined = server.address(then, made.password or "", database)
    Store.open(tmp_path, "these words", actor="", server=joined).close()


# Copying


def test_a_record_is_copied_up_and_down_and_is_the_same(practice: Practice, tmp_path: Path) -> None:
    with Store.open(tmp_path / "local", "local words", actor="Dr. Abel") as local:
        fill(local)
        events, notes, drafts = local.events(), local.notes(), local.drafts()
        events = local.events()
        with practice.owner() as owner:
            up = copying.copy(local.end, owner.end(practice.recovery, None, "carla"))
    with practice.store("carla") as carla, practice.store("dora") as dora:
        assert carla.events()[: len(events)] == events
        assert {"found practice", "copy record"} <= set(actions(carla)[len(events) :])
        assert carla.verify_whole() == up.values
        assert carla.notes() == notes and carla.drafts() == drafts and carla.clients()[0].client == CLIENT
        assert dora.notes() == ()
        signed(carla, "f")
        carla.verify_audit()
    with Store.open(tmp_path / "back", "back words", actor="Dr. Abel") as back:
        with practice.owner() as owner:
            down = copying.copy(owner.end("carla's words", "carla", None), back.end)
        assert len(back.notes()) == 2 and back.drafts() == drafts
        assert back.verify_whole() == down.values
        assert back.events()[: len(events)] == events


def test_nothing_is_copied_into_a_record_that_holds_something_and_nothing_halfway(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store.open(tmp_path / "local", "local words", actor="Dr. Abel") as local, practice.owner() as owner:
        fill(local)
        target = owner.end(practice.recovery, None, "carla")
        with monkeypatch.context() as patch:
            patch.setattr(copying, "_give", interrupt)
            with pytest.raises(KeyboardInterrupt):
                copying.copy(local.end, target)
        with practice.store("carla") as carla:
            assert carla.notes() == () and "keep draft" not in actions(carla)
            signed(carla, "d")
            with pytest.raises(Refused, match="not empty"):
                copying.copy(local.end, target)
            assert len(carla.notes()) == 1
            carla.verify_audit()
        local.begin_spool(spooled())
        with pytest.raises(Refused, match="recording waits"):
            copying.copy(local.end, target)


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_record_of_several_clinicians_fits_no_folder(practice: Practice, tmp_path: Path) -> None:
    with practice.store("carla") as carla, practice.store("dora") as dora:
        signed(carla, "a"), signed(dora, "b")
    with practice.owner() as owner, Store.open(tmp_path / "down", "down words", actor="Dr. Abel") as down:
        with pytest.raises(Refused, match="several clinicians"):
            copying.copy(owner.end(practice.recovery, None, None), down.end)
        assert down.notes() == ()


def test_what_several_members_use_and_one_wrote_is_copied(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENFALL_HOME", str(tmp_path / "settings"))
    settings = load_settings()
    with Store.open(tmp_path / "local", "local words", actor="Dr. Abel") as local:
        fill(local)
        local.use_settings(settings.model_copy(update={"user": "Abel"}))
        for login in ("carla", "dora", "sue"):
            with practice.store(login) as store:
                store.use_settings(settings)
        with practice.owner() as owner:
            copying.copy(local.end, owner.end(practice.recovery, None, "carla"))
    with practice.store("sue") as sue:
        signature = Signature(name="Sue", credentials="LCSW", at=NOON)
        sue.addend(Addendum(note=sue.notes()[0].digest, label="Co-signature", text="Read.", signature=signature))
    with Store.open(tmp_path / "back", "back words", actor="Dr. Abel") as back, practice.owner() as owner:
        back.use_settings(settings)
        copying.copy(owner.end(practice.recovery, None, None), back.end)
        (kept,) = back.notes()
        assert [one.label for one in back.addenda(kept.digest)] == ["Addendum", "Co-signature"]
        back.use_settings(settings)
        assert actions(back)[-1] == "settings changed: user"  # since Abel's, which came along
    with practice.store("dora") as dora:
        drafted(dora, "d")
    with practice.owner() as owner, Store.open(tmp_path / "more", "more words", actor="Dr. Abel") as more:
        source = owner.end(practice.recovery, None, None)
        with pytest.raises(Refused, match="several clinicians"):
            copying.copy(source, more.end)


# Where the server is, and when it is not


@pytest.mark.parametrize(
    "address",
    [
        "postgresql+psycopg://carla@records.example/practice",
        "postgresql+psycopg://carla@records.example/practice?sslmode=require",
        "postgresql+psycopg://carla@localhost,records.example/practice",
        "postgresql+psycopg://carla@localhost/practice?hostaddr=192.0.2.1",
        "postgresql+psycopg://carla@localhost/practice?service=other",
        "postgresql+psycopg://carla@/practice",
        "postgresql://carla@localhost/practice",
        "sqlite:///practice",
        "carla's password",
    ],
)
def test_an_address_that_leaves_the_words_open_is_refused_before_anything_is_sent(tmp_path: Path, address: str) -> None:
    with pytest.raises(Refused) as caught:
        Store.open(tmp_path, "words", actor="", server=address)
    assert "sslmode=verify-full" in str(caught.value) and "password" not in str(caught.value)


def test_tls_is_proven_by_the_certificate(practice: Practice, tmp_path: Path) -> None:
    def at(certificate: Path | None, host: str = "localhost") -> str:
        named = f"&sslrootcert={certificate}" if certificate else ""
        login = practice.passwords["carla"]
        return practice.server.address("carla", login, practice.database, host, f"?sslmode=verify-full{named}")

    certificate = tmp_path / "root.crt"
    certificate.write_bytes((practice.server.folder / "server.crt").read_bytes())
    with Store.open(tmp_path, "carla's words", actor="", server=at(certificate)) as store:
        assert store.notes() == ()
    other = tmp_path / "other"
    other.mkdir()
    from .postgres import make_certificate

    make_certificate(other)
    with pytest.raises(StoreFault, match="not the one it says it is"):
        Store.open(tmp_path, "carla's words", actor="", server=at(other / "server.crt"))
    with pytest.raises(StoreFault, match="no root certificate"):
        Store.open(tmp_path, "carla's words", actor="", server=at(tmp_path / "nowhere.crt"))


def test_what_goes_wrong_is_said_in_plain_words(practice: Practice, tmp_path: Path) -> None:
    server, password = practice.server, practice.passwords["carla"]
    wrong = (
        (server.address("carla", "guessed", practice.database), "refused the password"),
        (server.address("nobody", "guessed", practice.database), "refused the password"),
        (server.address("carla", password, "nowhere"), "has no such database"),
        (server.address("carla", password, "postgres"), "no practice's record"),
        (server.address("carla", password, practice.database).replace(str(server.port), "1"), "cannot be reached"),
    )
    for address, said in wrong:
        with pytest.raises((StoreFault, Refused), match=said) as caught:
            Store.open(tmp_path, "carla's words", actor="", server=address)
        assert password not in str(caught.value) and "guessed" not in str(caught.value)
    with pytest.raises(WrongPassphrase):
        Store.open(tmp_path, "guessed", actor="", server=practice.address("carla"))


def test_a_restart_in_the_middle_is_said_and_work_goes_on(practice: Practice) -> None:
    with practice.store("carla") as store:
        heard = recording()
        said = transcript(heard)
        store.keep_transcript(heard, said, None)
        with pytest.raises(StoreFault, match="stopped or restarted") as caught, store._database.writing() as connection:
            practice.server.stop()
            store._chain.append(connection, "never")
        assert "try again" in str(caught.value).casefold()
        with pytest.raises(StoreFault, match="cannot be reached"):
            store.keep_draft(draft(heard, said))
        practice.server.start()
        store.keep_draft(draft(heard, said))
        assert store.drafts() == (draft(heard, said),)
        assert "never" not in actions(store)
        store.verify_audit()


def test_the_words_that_open_the_practices_record_are_refused_for_process_notes(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, answers = (
        tmp_path / "own",
        [*["carla's words"] * 2, *["other words"] * 2, "other words", *["carla's words"] * 2],
    )
    monkeypatch.setenv("EVENFALL_HOME", str(home))
    monkeypatch.setenv("EVENFALL_STORE", practice.address("carla"))
    monkeypatch.setattr("getpass.getpass", lambda _: answers.pop(0))
    write = ["process-notes", "add", "--client", CLIENT]
    refused = CliRunner().invoke(app, write, input="A thought.\n.\n")
    assert isinstance(refused.exception, Refused)
    assert "These words open the record." in str(refused.exception)
    assert not Drawer.exists(home)
    assert CliRunner().invoke(app, write, input="A thought.\n.\n").exit_code == 0
    changed = CliRunner().invoke(app, ["process-notes", "passphrase"])
    assert "These words open the record." in str(changed.exception)
    assert answers == []
    assert opens(home, "other words")
