"""Several members of a practice at one page: each by name and passphrase, with a page, a store and a key of their own.

A real PostgreSQL, the real command in a process of its own, two real browsers' contexts at once.
"""

import gc
import re
import shutil
import subprocess
import time
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from pipeline import workflow
from pipeline.config import load_settings
from pipeline.errors import EvenfallError, Refused
from pipeline.speech.transcripts.files import Pasted
from pipeline.store import Store
from pipeline.store.keys import StoreKey
from pipeline.types import Draft, Style
from pipeline.web import members
from pipeline.web.jobs import WAITING
from pipeline.web.lock import FREE
from pipeline.web.members import Certificate, SignIns
from pipeline.web.rooms import Place, Room, Rooms, home_of, porter

from .pages import COMMAND, DICTATION, SECOND, Served, environment, in_browser
from .postgres import Postgres, make_certificate, running
from .test_postgres import Practice, founded
from .test_store import signed

USERS = (("carla", "clinician"), ("dora", "clinician"), ("sue", "supervisor"))
LEAVES = 3  # seconds of silence until the page signs a member out, where a test wants it


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with running() as started:
        yield started


@pytest.fixture(scope="module")
def practice(server: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Practice:
    """Return a practice: ada keeps the accounts, carla and dora have a draft each, sue supervises carla."""
    made = founded(server, tmp_path_factory.mktemp("practice"), "ada", *USERS)
    with made.owner() as owner:
        owner.supervise(made.recovery, None, "sue", ("carla",))
    add_draft(made, "carla", "K-12", DICTATION)
    add_draft(made, "dora", "K-77", SECOND)
    return made


def add_draft(practice: Practice, login: str, client: str, text: str) -> Draft:
    with practice.store(login) as store:
        settings = load_settings().model_copy(update={"home": practice.home / login})
        order = workflow.Order(source=Pasted(text.encode(), ".txt"), kind="dictation", client=client)
        return workflow.draft_source(order, store, settings, lambda done, total: None)


def draft_of(practice: Practice, login: str) -> str:
    """Return the path of the one draft that is a clinician's own."""
    with practice.store(login) as store:
        return f"/drafts/{store.drafts()[-1].digest[:16]}"


def pgpass(practice: Practice, folder: Path) -> Path:
    """Write the file that libpq takes the logins' passwords on the server from."""
    path = folder / "pgpass"
    lines = [f"127.0.0.1:{practice.server.port}:*:{login}:{word}" for login, word in practice.passwords.items()]
    path.write_text("\n".join(lines))
    path.chmod(0o600)
    return path


@contextmanager
def served(practice: Practice, home: Path, *options: str, **settings: str) -> Iterator[Served]:
    """Serve the practice's page as its administrator would, until the block ends."""
    given = {
        **environment(home),
        "EVENFALL_STORE": practice.address("ada"),
        "EVENFALL_PASSPHRASE": "ada's words",
        "PGPASSFILE": str(pgpass(practice, home.parent)),
        **settings,
    }
    line = [COMMAND, "page", "--no-browser", "--port", "0", *options]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(line, env=given, text=True, **pipes) as process:  # type: ignore[call-overload]
        try:
            said = ""
            while not said.startswith("http"):
                said = process.stdout.readline()
                assert said, process.stderr.read()
            yield Served(said.strip(), home, process)
        finally:
            process.terminate()
            process.communicate(timeout=20)


@pytest.fixture(scope="module")
def shared(practice: Practice, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(practice, tmp_path_factory.mktemp("shared") / "home", "--shared") as page:
        yield page


def client(page: Served, **options: object) -> httpx.Client:
    headers = {"origin": page.origin, "accept": "text/html"}
    return httpx.Client(base_url=page.origin, trust_env=False, headers=headers, timeout=30, **options)  # type: ignore[arg-type]


def sign_in(browser: httpx.Client, login: str, words: str = "") -> httpx.Response:
    return browser.post("/unlock", data={"name": login, "words": words or f"{login}'s words"})


@contextmanager
def signed_in(page: Served, login: str) -> Iterator[httpx.Client]:
    with client(page) as browser:
        assert sign_in(browser, login).headers["location"] == "/"
        yield browser
        browser.post("/lock")


def chain(practice: Practice) -> list[tuple[str, str]]:
    with practice.store("ada") as store:
        store.verify_audit()
        return [(event.actor, event.action) for event in store.events()]


# Who is let in


def test_nobody_sees_the_form_without_the_link_unless_the_page_is_shared(practice: Practice, tmp_path: Path) -> None:
    with served(practice, tmp_path / "home") as page:
        with client(page) as stranger:
            assert stranger.get("/").headers["location"] == "/locked"
            assert 'name="words"' not in stranger.get("/locked").text
            assert sign_in(stranger, "carla").status_code == 403
        with client(page) as browser:
            assert browser.get(page.link).headers["location"] == "/locked"
            assert 'name="words"' in browser.get("/locked").text
            assert "carla" not in browser.get("/").text
            cookie = sign_in(browser, "carla").headers["set-cookie"].lower()
            assert "httponly" in cookie and "samesite=strict" in cookie
            assert "K-12" in browser.get("/").text
        with client(page) as second:
            assert second.get(page.link).headers["location"] == "/locked"
            assert sign_in(second, "carla").status_code == 403


def test_an_unknown_name_and_a_wrong_passphrase_get_the_same_answer(practice: Practice, shared: Served) -> None:
    answers, took = [], []
    with client(shared) as browser:
        for login, words in (("carla", "guessed"), ("nobody", "guessed"), ("records_owner", "x"), ("c\x00", "x")):
            began = time.monotonic()
            answer = sign_in(browser, login, words)
            took.append(time.monotonic() - began)
            answers.append((answer.status_code, answer.text.replace(f'value="{login}"', "")))
            assert "set-cookie" not in answer.headers
    plain = {re.sub(r'value="[^"]*"', "", text) for _, text in answers}
    assert len(plain) == 1 and {status for status, _ in answers} == {401}
    assert min(took) >= members.REFUSAL  # every refusal waits for the same moment
    events = chain(practice)
    assert events.count(("ada", "refused sign-in: wrong name or passphrase")) >= 4
    assert not any("guessed" in action or "nobody" in action for _, action in events)


def test_wrong_tries_are_counted_by_name_and_in_all() -> None:
    tries = SignIns()
    for _ in range(FREE):
        assert not tries.waits("carla")
        tries.count("carla", right=False)
    assert tries.waits("carla") and not tries.waits("dora")
    tries.count("dora", right=True)
    assert tries.waits("carla"), "a right try forgives nobody else's wrong ones"
    for number in range(members.FREE_IN_ALL - FREE):
        assert not tries.waits("dora")
        tries.count(f"sprayed {number}", right=False)
    assert tries.waits("dora")


def test_after_too_many_wrong_tries_the_right_passphrase_waits_as_well(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members, "REFUSAL", 0.0)
    with keeper(practice, tmp_path, monkeypatch) as (place, store):
        door = members.Practice(place, store)
        for _ in range(FREE):
            assert door.try_in("carla", "guessed") == ("", members.WRONG)
        token, told = door.try_in("carla", "carla's words")
        assert not token and "Wait half a minute" in told
        token, _ = door.try_in("dora", "dora's words")
        assert door.rooms.find(token) is not None
        door.rooms.close()
    assert ("ada", "refused sign-in: too many wrong tries") in chain(practice)


def test_what_is_typed_as_a_login_leaves_nothing_on_the_disk(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with keeper(practice, tmp_path, monkeypatch) as (place, _):
        rooms = Rooms(place)
        for login, words in (("my own passphrase", "x"), ("carla", "guessed")):
            with pytest.raises(EvenfallError):
                rooms.sign_in(login, words)
            assert not home_of(place, login).exists()
        rooms.sign_in("carla", "carla's words")
        assert home_of(place, "carla").is_dir()
        rooms.close()


def test_a_tab_at_the_door_locks_no_other_tab_that_goes_on(shared: Served) -> None:
    with client(shared) as nobody:
        assert 'data-member=""' in nobody.get("/locked").text
    with signed_in(shared, "carla") as carla:
        assert "data-member" not in carla.get("/locked").text


# What each sees


def test_a_member_sees_own_work_alone_and_nobody_elses_by_its_address(practice: Practice, shared: Served) -> None:
    of_carla, of_dora = draft_of(practice, "carla"), draft_of(practice, "dora")
    with signed_in(shared, "carla") as carla, signed_in(shared, "dora") as dora:
        assert "K-12" in carla.get("/").text and "K-77" not in carla.get("/").text
        assert "K-77" in dora.get("/").text and "K-12" not in dora.get("/").text
        assert carla.get(of_carla).status_code == 200
        for path in (of_carla, f"{of_carla}/sign", f"{of_carla}/delete"):
            assert dora.get(path).status_code == 404
        decided = dora.post(f"{of_carla}/decide", data={"action": "keep", "target": "0" * 64})
        assert decided.status_code == 404 and "sertraline" not in decided.text
        assert carla.get(of_dora).status_code == 404
        carla.post("/new/typing", data={"text": "Half a sentence of hers"})
        assert "Half a sentence" in carla.get("/new").text
        assert "Half a sentence" not in dora.get("/new").text


def test_a_supervisor_reads_and_changes_nothing(practice: Practice, shared: Served) -> None:
    of_carla, of_dora = draft_of(practice, "carla"), draft_of(practice, "dora")
    with signed_in(shared, "sue") as sue:
        queue = sue.get("/").text
        assert "K-12" in queue and "K-77" not in queue
        assert "sertraline" in sue.get(of_carla).text
        assert sue.get(of_dora).status_code == 404
        assert sue.post(f"{of_carla}/undo").status_code == 403
    assert ("sue", "supervisor: GET /drafts/{key}") in chain(practice)


def test_a_supervisor_co_signs_with_their_own_passphrase(practice: Practice, shared: Served) -> None:
    with practice.store("carla") as store:
        note = signed(store)
    signs = {"comment": "Ask about sleep.", "name": "Sue Lee", "credentials": "LMFT", "seen": "0"}
    with signed_in(shared, "sue") as sue, signed_in(shared, "dora") as dora:
        path = f"/notes/{note.digest[:16]}"
        assert dora.get(path).status_code == 404
        assert sue.post(f"{path}/cosign", data={**signs, "words": "carla's words"}).status_code == 403
        assert sue.post(f"{path}/cosign", data={**signs, "words": "sue's words"}).status_code == 303
        assert "Ask about sleep." in sue.get(path).text
    with practice.store("carla") as store:
        assert [one.signature.name for one in store.addenda(note.digest)][-1] == "Sue Lee"


def test_a_clinician_does_not_co_sign_as_the_supervisor(practice: Practice, shared: Served) -> None:
    with practice.store("carla") as store:
        note = signed(store, "e")
    signs = {"name": "Sue Lee", "credentials": "LMFT", "words": "carla's words", "seen": "0"}
    with signed_in(shared, "carla") as carla, signed_in(shared, "sue") as sue:
        path = f"/notes/{note.digest[:16]}"
        assert "Co-sign this note" not in carla.get(path).text
        refused = carla.post(f"{path}/cosign", data=signs)
        assert refused.status_code == 422
        assert "Only a supervisor of the practice co-signs." in refused.text
        assert "Co-signed by" not in carla.get(path).text
        form = sue.get(path).text
        assert "Co-sign this note" in form and "Your passphrase or PIN" in form
    with practice.store("carla") as store:
        assert store.addenda(note.digest) == ()


def test_an_administrator_sees_accounts_and_the_chain_and_no_content(practice: Practice, shared: Served) -> None:
    with signed_in(shared, "ada") as ada:
        page = ada.get("/").text
        assert all(login in page for login in ("ada", "carla", "dora", "sue")) and "sign in" in page
        assert "K-12" not in page and 'href="/notes"' not in page
        for path in (draft_of(practice, "carla"), "/notes", "/clients", "/new", "/consents", "/process-notes"):
            assert ada.get(path).status_code == 404
        audit = ada.get("/audit").text
        assert '"whole":true' in audit and "K-12" not in audit
    with signed_in(shared, "carla") as carla:
        assert carla.get("/audit").status_code == 404


def test_signing_out_ends_one_members_session_alone(practice: Practice, shared: Served) -> None:
    with signed_in(shared, "carla") as carla, signed_in(shared, "dora") as dora:
        cookie = carla.cookies["evenfall"]
        carla.post("/lock")
        carla.cookies.set("evenfall", cookie)
        assert carla.get("/").headers["location"] == "/locked"
        assert carla.get("/", headers={"accept": "*/*"}).status_code == 401
        assert "K-77" in dora.get("/").text
        sign_in(dora, "carla")  # at dora's browser: dora is let out
        assert "K-12" in dora.get("/").text and "K-77" not in dora.get("/").text
    events = chain(practice)
    assert ("carla", "sign out") in events and ("dora", "sign out") in events and ("carla", "sign in") in events


# What is held in memory


@contextmanager
def keeper(
    practice: Practice, folder: Path, monkeypatch: pytest.MonkeyPatch, **web: float
) -> Iterator[tuple[Place, Store]]:
    """Open the practice's chain as whoever starts the page, in this process."""
    monkeypatch.setenv("PGPASSFILE", str(pgpass(practice, folder)))
    settings = load_settings()
    settings = settings.model_copy(update={"home": folder / "home", "web": settings.web.model_copy(update=web)})
    place = Place(practice.address("ada"), settings, 8400, "127.0.0.1", shared=True)
    with porter(practice.address("ada"), settings.home, "ada's words", None) as store:
        yield place, store


def opening(practice: Practice) -> list[StoreKey]:
    """Return every key in this process's memory that opens what the practice's clients said."""
    with practice.server.root(practice.database) as root:
        (check,) = root.execute("SELECT content_check FROM evenfall.practice").fetchone() or ("",)
    keys = [one for one in gc.get_objects() if isinstance(one, StoreKey)]
    return [key for key in keys if key.derive("check").hex() == check]


def found(rooms: Rooms, token: str) -> Room:
    room = rooms.find(token)
    assert room is not None
    return room


def test_whoever_is_silent_is_let_out_and_the_key_with_them(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with keeper(practice, tmp_path, monkeypatch, logoff_minutes=LEAVES / 60) as (place, _):
        rooms = Rooms(place)
        carla, dora = rooms.sign_in("carla", "carla's words"), rooms.sign_in("dora", "dora's words")
        first = weakref.ref(found(rooms, carla).store)
        found(rooms, carla).sessions.clock = lambda: time.monotonic() + LEAVES + 1
        rooms.sweep()
        gc.collect()
        assert rooms.find(carla) is None and first() is None, "her store, and with it the key, is still in memory"
        assert found(rooms, dora).store.drafts()
        assert opening(practice), "dora is still there"
        rooms.leave(dora, "sign out")
        gc.collect()
        assert opening(practice) == []
    assert ("carla", "signed out: nobody was there") in chain(practice)


def test_a_members_two_browsers_share_their_queue_and_the_last_one_out_closes_it(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with keeper(practice, tmp_path, monkeypatch) as (place, _):
        rooms = Rooms(place)
        one, two = rooms.sign_in("carla", "carla's words"), rooms.sign_in("carla", "carla's words")
        assert found(rooms, one) is found(rooms, two)
        rooms.leave(one, "sign out")
        assert found(rooms, two).store.drafts()
        rooms.leave(two, "sign out")
        assert rooms._rooms == {}


def test_a_recording_that_is_being_drafted_is_finished_before_the_key_goes(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with keeper(practice, tmp_path, monkeypatch) as (place, _):
        rooms = Rooms(place)
        token = rooms.sign_in("carla", "carla's words")
        room = found(rooms, token)
        room.app.state.jobs._tell("0" * 32, WAITING)
        rooms.leave(token, "sign out")
        assert rooms.find(token) is None and rooms._rooms == {"carla": room}
        again = rooms.sign_in("carla", "carla's words")
        assert found(rooms, again) is room, "who comes back finds what is in progress"
        rooms.leave(again, "sign out")
        room.app.state.jobs._states.clear()
        rooms.sweep()
        assert rooms._rooms == {}


def test_each_member_has_a_folder_of_their_own_that_no_name_leads_out_of(
    practice: Practice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with keeper(practice, tmp_path, monkeypatch) as (place, store):
        homes = {login: home_of(place, login) for login in ("carla", "dora", "..", "../../etc", "a/b")}
        assert len(set(homes.values())) == len(homes)
        assert all(home.parent == place.settings.home / "members" for home in homes.values())
        assert home_of(place, "ada") == place.settings.home
        with pytest.raises(EvenfallError, match="no key to what clients"):
            store.keep_style(Style(clinician="Ada"))


# Where it may be reached


@pytest.mark.parametrize(
    "options",
    [("--host", "192.0.2.7"), ("--host", "0.0.0.0"), ("--tls-cert", "server.crt"), ("--role", "supervisor")],
)
def test_other_computers_reach_it_by_tls_or_not_at_all(
    practice: Practice, tmp_path: Path, options: Sequence[str]
) -> None:
    given = {
        **environment(tmp_path / "home"),
        "EVENFALL_STORE": practice.address("ada"),
        "EVENFALL_PASSPHRASE": "ada's words",
    }
    line = [COMMAND, "page", "--no-browser", "--port", "0", *options]
    done = subprocess.run(line, env=given, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 3 and "http" not in done.stdout


def test_one_persons_record_takes_none_of_it(tmp_path: Path) -> None:
    line = [COMMAND, "page", "--no-browser", "--shared"]
    done = subprocess.run(line, env=environment(tmp_path / "home"), capture_output=True, text=True, check=False)
    assert done.returncode == 3 and "one person's" in done.stderr


def test_by_tls_the_cookie_is_secure_and_a_plain_origin_is_foreign(practice: Practice, tmp_path: Path) -> None:
    make_certificate(tmp_path)
    tls = ("--shared", "--tls-cert", str(tmp_path / "server.crt"), "--tls-key", str(tmp_path / "server.key"))
    with served(practice, tmp_path / "home", *tls) as page, client(page, verify=False) as browser:
        assert page.link.startswith("https://127.0.0.1:")
        assert "secure" in sign_in(browser, "carla").headers["set-cookie"].lower()
        assert "K-12" in browser.get("/").text
        plain = page.origin.replace("https", "http")
        assert browser.post("/lock", headers={"origin": plain}).status_code == 403


def test_a_certificate_that_does_not_fit_its_key_is_refused(tmp_path: Path) -> None:
    make_certificate(tmp_path)
    first = shutil.copy(tmp_path / "server.crt", tmp_path / "first.crt")
    Certificate(tmp_path / "server.crt", tmp_path / "server.key").check()
    make_certificate(tmp_path)
    with pytest.raises(Refused, match="do not open"):
        Certificate(Path(first), tmp_path / "server.key").check()


# In two browsers at once


@in_browser
def test_two_members_at_once_and_a_draft_that_its_supervisor_reads_meanwhile(
    practice: Practice, shared: Served, browser: Browser
) -> None:
    of_carla = draft_of(practice, "carla")
    with seated(browser, shared, "carla") as carla, seated(browser, shared, "sue") as sue:
        expect(carla.get_by_role("button", name="Sign out, carla")).to_be_visible()
        sue.goto(shared.origin + of_carla)
        expect(sue.get_by_text("Its clinician may go on with it meanwhile")).to_be_visible()
        carla.goto(shared.origin + of_carla)
        expect(carla.get_by_text("Its clinician may go on")).to_have_count(0)
        carla.locator(".statement button[value=drop]").first.click()
        expect(carla.locator("#undo")).to_be_enabled()
        sue.reload()
        expect(sue.locator("#foot")).to_contain_text("1 edits")
        carla.locator("#undo").click()
        expect(carla.locator("#undo")).to_be_disabled()


@in_browser
def test_who_signs_in_at_the_same_browser_hides_what_was_left_open(shared: Served, browser: Browser) -> None:
    with seated(browser, shared, "carla") as left:
        expect(left.locator("#queue")).to_contain_text("K-12")
        left.goto(f"{shared.origin}/notes")
        other = left.context.new_page()
        enter(other, shared, "dora")
        expect(other.locator("#queue")).to_contain_text("K-77")
        expect(left.get_by_role("heading", name="Sign in to Evenfall")).to_be_visible()
        left.goto(shared.origin)
        expect(left.locator("#queue")).not_to_contain_text("K-12")


@in_browser
def test_the_servers_restart_is_said_and_the_page_goes_on(practice: Practice, shared: Served, browser: Browser) -> None:
    with seated(browser, shared, "dora") as page:
        practice.server.stop()
        try:
            page.goto(f"{shared.origin}/notes")
            expect(page.get_by_role("alert")).to_contain_text("The record's server")
            expect(page.get_by_role("alert")).to_contain_text("Nothing was saved or changed.")
            with client(shared) as newcomer:
                answer = sign_in(newcomer, "carla")
                assert answer.status_code == 503 and "cannot be reached" in answer.text
        finally:
            practice.server.start()
        page.goto(shared.origin)
        expect(page.locator("#queue")).to_contain_text("K-77")


@contextmanager
def seated(browser: Browser, page: Served, login: str) -> Iterator[Page]:
    """Sign a member in with a browser's context of their own, and out at the end."""
    context: BrowserContext = browser.new_context(reduced_motion="reduce")
    window = context.new_page()
    enter(window, page, login)
    yield window
    window.goto(page.origin)
    window.get_by_role("button", name="Sign out").click()
    expect(window.get_by_role("heading", name="Sign in to Evenfall")).to_be_visible()
    context.close()


def enter(window: Page, page: Served, login: str) -> None:
    window.goto(f"{page.origin}/locked")
    window.get_by_label("Your login").fill(login)
    window.get_by_label("Your passphrase").fill(f"{login}'s words")
    window.get_by_role("button", name="Sign in").click()
    expect(window.get_by_role("button", name=f"Sign out, {login}")).to_be_visible()
