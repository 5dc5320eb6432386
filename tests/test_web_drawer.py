"""The page's place for process notes: a passphrase of its own, closed by itself, nothing left in the browser."""

import asyncio
import html
import re
import shutil
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect

from pipeline.config import load_settings
from pipeline.drawer import Drawer
from pipeline.store import Store
from pipeline.web.drawer import Unlocked
from pipeline.web.gate import COOKIE, Sessions
from pipeline.web.lock import Brake
from pipeline.web.server import build

from .pages import CHROMIUM, CLIENT, FLAGS, PASSPHRASE, Served, in_browser, marked, served, window

PORT = 8400
ORIGIN = f"http://127.0.0.1:{PORT}"
OWN = "the lamp in the hall"
THOUGHT = "Her silence felt like the marzipan lighthouse of my own childhood."
LATER = "Still the quixotic albatross between us."
DAY = "2026-03-03"


@dataclass(frozen=True)
class Asks:
    """A browser's session with the page, without a server between."""

    app: FastAPI
    token: str

    def get(self, path: str) -> httpx.Response:
        return self._ask("GET", path)

    def post(self, path: str, data: dict[str, str] | None = None) -> httpx.Response:
        return self._ask("POST", path, data)

    def _ask(self, method: str, path: str, data: dict[str, str] | None = None) -> httpx.Response:
        headers = {"origin": ORIGIN, "cookie": f"{COOKIE}={self.token}"}

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
                return await client.request(method, path, headers=headers, data=data)

        return asyncio.run(send())


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record with nothing in it yet, which each test copies."""
    home = tmp_path_factory.mktemp("empty") / "home"
    with Store.open(home, PASSPHRASE, actor="j.doe"):
        return home


@pytest.fixture
def home(empty: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(empty, tmp_path / "home"))


@pytest.fixture
def site(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[FastAPI, Sessions]]:
    monkeypatch.setenv("EVENFALL_HOME", str(home))
    with Store.open(home, PASSPHRASE, actor="j.doe") as store:
        yield build(store, load_settings(), PORT)


@pytest.fixture
def asks(site: tuple[FastAPI, Sessions]) -> Asks:
    return entered(*site)


def entered(app: FastAPI, sessions: Sessions) -> Asks:
    return Asks(app, sessions.begin("clinician"))


@pytest.fixture
def inside(asks: Asks) -> Asks:
    """A client that has made the drawer and looks at one client's notes."""
    assert asks.post("/process-notes/make", data={"words": OWN, "again": OWN}).status_code == 303
    look_at(asks)
    return asks


def token_from(answer: httpx.Response) -> str:
    return str(answer.cookies[COOKIE])


def look_at(asks: Asks, client: str = CLIENT) -> str:
    asks.post("/process-notes/client", data={"client": client})
    return asks.get("/process-notes").text


def write(asks: Asks, text: str = THOUGHT) -> str:
    kept = asks.post("/process-notes", data={"client": CLIENT, "day": DAY, "text": text})
    assert kept.status_code == 303
    return note_of(asks)


def note_of(asks: Asks) -> str:
    return next(link for link in marked(asks.get("/process-notes").text, "href") if len(link) > 64)


def words(answer: httpx.Response) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


def opened(home: Path) -> Drawer:
    return Drawer.open(home, OWN, actor="test")


def actions(home: Path) -> list[str]:
    """What the record's own chain tells."""
    with Store.open(home, PASSPHRASE, actor="test") as store:
        return [event.action for event in store.events()]


# Opening


def test_the_first_visit_makes_it_with_a_passphrase_of_its_own(asks: Asks, home: Path) -> None:
    assert "There are none yet." in words(asks.get("/process-notes"))
    for first, again, told in (
        (OWN, "another", "The two are not the same."),
        (PASSPHRASE, PASSPHRASE, "These words open the record."),
        (" ", " ", "An empty passphrase protects nothing."),
    ):
        refused = asks.post("/process-notes/make", data={"words": first, "again": again})
        assert refused.status_code == 403
        assert told in words(refused)
        assert not Drawer.exists(home)
    assert asks.post("/process-notes/make", data={"words": OWN, "again": OWN}).status_code == 303
    assert "There is no process note yet." in words(asks.get("/process-notes"))
    assert "There are process notes already." in words(
        asks.post("/process-notes/make", data={"words": "other", "again": "other"})
    )


def test_a_pin_is_no_passphrase_of_its_own(asks: Asks) -> None:
    asks.post("/settings/pin", data={"pin": "2468", "again": "2468", "words": PASSPHRASE})
    refused = asks.post("/process-notes/make", data={"words": "2468", "again": "2468"})
    assert "These words open the record." in words(refused)


def test_words_cannot_be_tried_on_the_record_by_making_a_drawer(asks: Asks, home: Path) -> None:
    asks.post("/settings/pin", data={"pin": "2468", "again": "2468", "words": PASSPHRASE})
    told = [words(asks.post("/process-notes/make", data={"words": "2468", "again": "2468"})) for _ in range(6)]
    assert ["These words open the record." in one for one in told] == [True] * 5 + [False]
    assert "Wait half a minute" in told[-1]
    asks.app.state.brake = Brake()
    asks.post("/process-notes/make", data={"words": OWN, "again": OWN})
    for guess in ("2468", PASSPHRASE, "1111"):
        refused = words(asks.post("/process-notes/make", data={"words": guess, "again": guess}))
        assert "There are process notes already." in refused and "open the record" not in refused
    assert actions(home).count("compared new words with the record's passphrase and PINs") == 6


def test_it_closes_while_the_computer_sleeps(home: Path) -> None:
    drawers = Unlocked(idle=300)
    drawers.hold("token", Drawer.make(home, OWN, actor="test"))
    assert drawers.find("token") is not None
    drawers.wall = lambda: time.time() + 301  # the timer stands still meanwhile
    assert drawers.find("token") is None
    drawers.wall = time.time
    assert drawers.find("token") is None


def test_the_unlocked_page_does_not_open_it_and_wrong_tries_have_to_wait(inside: Asks, home: Path) -> None:
    write(inside)
    inside.post("/process-notes/close")
    before = {path: path.read_bytes() for path in (home / "drawer").iterdir()}
    for _ in range(5):
        wrong = inside.post("/process-notes/open", data={"words": PASSPHRASE})
        assert wrong.status_code == 403
        assert "do not open with this passphrase" in words(wrong)
        assert "lighthouse" not in wrong.text
    assert "Wait half a minute" in words(inside.post("/process-notes/open", data={"words": OWN}))
    assert {path: path.read_bytes() for path in (home / "drawer").iterdir()} == before
    assert actions(home).count("refused: wrong passphrase of the process notes") == 5


@pytest.mark.parametrize("how", ["/process-notes/close", "/lock"])
def test_closing_it_or_locking_the_page_shuts_every_way_in(inside: Asks, how: str) -> None:
    note = write(inside)
    inside.post(how)
    inside = inside if how != "/lock" else Asks(inside.app, token_from(inside.post("/unlock", {"words": PASSPHRASE})))
    for path in ("/process-notes", note):
        shown = inside.get(path)
        assert "The passphrase of the process notes" in words(shown)
        assert "lighthouse" not in shown.text
    form = {"client": CLIENT, "day": DAY, "text": LATER}
    for path in ("", "/typing", "/client", "/awake", note.removeprefix("/process-notes")):
        refused = inside.post(f"/process-notes{path}", data=form)
        assert (refused.status_code, "The process notes are closed." in words(refused)) == (422, True)
    inside.post("/process-notes/open", data={"words": OWN})
    assert look_at(inside).count("lighthouse") == 1


def test_who_opens_it_opens_it_for_no_other_session(inside: Asks, site: tuple[FastAPI, Sessions]) -> None:
    assert "The passphrase of the process notes" not in words(inside.get("/process-notes"))
    assert "The passphrase of the process notes" in words(entered(*site).get("/process-notes"))


def test_it_closes_by_itself_and_its_key_is_forgotten(home: Path) -> None:
    drawers, drawer = Unlocked(idle=0.5), Drawer.make(home, OWN, actor="test")
    drawers.hold("token", drawer)
    assert drawers.find("token") is not None
    there = weakref.ref(drawer)
    del drawer
    end = time.monotonic() + 20
    while there() and time.monotonic() < end:
        time.sleep(0.1)
    assert there() is None
    assert drawers.find("token") is None


# Writing


def test_a_note_is_written_read_changed_and_deleted(inside: Asks, home: Path) -> None:
    note = write(inside, f"{THOUGHT}\r\nSecond line.")
    assert opened(home).notes()[0].text == f"{THOUGHT}\nSecond line."
    assert THOUGHT in words(inside.get(note))
    assert inside.post(note, data={"day": "2026-03-04", "text": LATER}).status_code == 303
    (kept,) = opened(home).notes(CLIENT)
    assert (kept.text, str(kept.day), kept.changed_at is not None) == (LATER, "2026-03-04", True)
    assert "This note was changed or deleted elsewhere." in words(inside.post(note, data={"day": DAY, "text": "x"}))
    assert inside.post(f"{note_of(inside)}/delete").status_code == 303
    assert opened(home).notes() == ()


def test_what_the_law_takes_out_is_asked_about_and_kept_all_the_same(inside: Asks, home: Path) -> None:
    write(inside, "She started sertraline and I felt shut out.")
    assert "Does “sertraline” tell of medication prescription and monitoring?" in words(inside.get("/process-notes"))
    assert len(opened(home).notes()) == 1


def test_what_is_typed_is_kept_before_it_is_a_note_and_never_over_another_window(inside: Asks) -> None:
    form = {"client": CLIENT, "day": DAY, "of": ""}
    first = inside.post("/process-notes/typing", data={**form, "text": "half a th"})
    seen = first.json()["seen"]
    assert "half a th" in inside.get("/process-notes").text
    assert inside.post("/process-notes/typing", data={**form, "text": "other", "seen": "0" * 64}).status_code == 409
    assert inside.post("/process-notes/typing", data={**form, "text": "half a thought", "seen": seen}).is_success
    assert "You were writing about client" in look_at(inside, "")
    look_at(inside)
    write(inside, "half a thought more")
    assert "You were writing" not in inside.get("/process-notes").text


def test_its_pages_are_stored_nowhere_and_name_no_client_in_an_address(inside: Asks) -> None:
    note = write(inside)
    for path in ("/process-notes", note):
        answer = inside.get(path)
        assert answer.headers["cache-control"] == "no-store"
        (field,) = re.findall(r"<textarea[^>]*>", answer.text)
        assert 'autocomplete="off"' in field
        assert 'spellcheck="false"' in field
        assert not [link for link in marked(answer.text, "href") + marked(answer.text, "action") if CLIENT in link]


def test_words_that_look_like_marks_are_shown_as_words(inside: Asks) -> None:
    hostile = "</textarea><script>document.title='hacked'</script>{{ 7 * 7 }}"
    note = write(inside, hostile)
    assert "<script>document" not in inside.get("/process-notes").text + inside.get(note).text
    assert hostile in html.unescape(inside.get(note).text)


def test_no_other_page_has_a_word_of_it(inside: Asks) -> None:
    write(inside)
    paths = ("/", "/new", "/notes", "/clients", f"/clients?client={CLIENT}", "/consents", "/settings")
    for path in paths:
        shown = inside.get(path)
        assert shown.status_code == 200
        assert "marzipan" not in shown.text


# In the browser


def make_in(here: Page) -> None:
    here.get_by_label("A passphrase for the process notes").fill(OWN)
    here.get_by_label("Once more").fill(OWN)
    here.get_by_role("button", name="Make the drawer").click()
    here.get_by_label("Client's reference").fill(CLIENT)
    here.get_by_role("button", name="Show or write").click()


@in_browser
def test_a_note_is_typed_kept_changed_and_deleted_with_the_keyboard(browser: Browser, page: Served, home: Path) -> None:
    with window(browser, page) as here:
        shown = here.go("/process-notes")
        make_in(shown)
        shown.get_by_label("What you think of it").press_sequentially("Half a thought")
        expect(shown.locator("#kept")).to_have_text("Kept, sealed, until you keep it as a note.")
        shown.reload()
        expect(shown.get_by_label("What you think of it")).to_have_value("Half a thought")
        shown.get_by_label("What you think of it").press("Control+End")
        shown.get_by_label("What you think of it").press_sequentially(" of her PHQ-9")
        shown.get_by_role("button", name="Keep it").press("Enter")
        expect(shown.get_by_text("Does “PHQ-9” tell of results of clinical tests?")).to_be_visible()
        expect(shown.get_by_label("What you think of it")).to_have_value("")
        shown.get_by_role("link", name="Change the note").press("Enter")
        shown.get_by_label("What you think of it").fill(LATER)
        shown.get_by_role("button", name="Keep the change").press("Enter")
        expect(shown.get_by_text(LATER)).to_be_visible()
        shown.get_by_role("link", name="Change the note").press("Enter")
        shown.get_by_text("Delete …").click()
        shown.get_by_role("button", name="Yes, delete it now").press("Enter")
        expect(shown.get_by_text(LATER)).to_have_count(0)
    assert (opened(home).notes(), opened(home).typed()) == ((), ())


@in_browser
def test_a_page_left_alone_closes_and_what_was_typed_is_there_again(browser: Browser, home: Path) -> None:
    with served(home, EVENFALL_WEB__DRAWER_MINUTES="0.05") as page, window(browser, page) as here:
        shown = here.go("/process-notes")
        make_in(shown)
        shown.get_by_label("What you think of it").fill(THOUGHT)
        expect(shown.get_by_role("button", name="Open them")).to_be_visible()
        assert "lighthouse" not in shown.content()
        shown.go_back()
        expect(shown.get_by_role("button", name="Open them")).to_be_visible()
        assert [one.text for one in opened(home).typed()] == [THOUGHT]


@in_browser
def test_words_that_are_kept_nowhere_are_not_closed_away(browser: Browser, home: Path) -> None:
    with served(home, EVENFALL_WEB__DRAWER_MINUTES="0.05") as page, window(browser, page) as here:
        shown = here.go("/process-notes")
        make_in(shown)
        shown.route("**/process-notes/typing", lambda route: route.abort())
        shown.get_by_label("What you think of it").fill(THOUGHT)
        expect(shown.locator("#kept")).to_contain_text("Your words are still in this window.")
        shown.wait_for_timeout(6000)  # twice the time after which it closes
        expect(shown.get_by_label("What you think of it")).to_have_value(THOUGHT)


@in_browser
def test_nothing_typed_is_left_in_the_browser(browser: Browser, page: Served, tmp_path: Path) -> None:
    """Every byte of a browser's profile is searched after it was closed: neither the words nor whose they are."""
    profile = tmp_path / "profile"
    with closing(browser.browser_type.launch_persistent_context(profile, executable_path=CHROMIUM, args=FLAGS)) as own:
        shown = own.new_page()
        shown.goto(page.link)
        shown.goto(f"{page.origin}/process-notes")
        make_in(shown)
        shown.get_by_label("What you think of it").fill(THOUGHT)
        shown.get_by_role("button", name="Keep it").click()
        expect(shown.locator("p.reference", has_text=THOUGHT)).to_be_visible()
        shown.get_by_label("What you think of it").fill(LATER)
        expect(shown.locator("#kept")).to_have_text("Kept, sealed, until you keep it as a note.")
    files = [path for path in profile.rglob("*") if path.is_file() and not path.is_symlink()]
    history = b"".join(path.read_bytes() for path in files if path.name == "History")
    assert b"/process-notes" in history  # the search would find what is there
    for canary in ("marzipan", "albatross", OWN, CLIENT):
        forms = (canary.encode(), canary.encode("utf-16-le"))
        assert [path.name for path in files if any(form in path.read_bytes() for form in forms)] == []


def write_in(here: Page) -> None:
    make_in(here)
    here.get_by_label("What you think of it").fill(f"{THOUGHT} sertraline")
    here.get_by_role("button", name="Keep it").click()


def press(role: Literal["button", "link"], name: str) -> Callable[[Page], None]:
    return lambda here: here.get_by_role(role, name=name).click()


# How one comes from page to page, and what stands on the page that is reached.
WALK: tuple[tuple[Callable[[Page], None], str], ...] = (
    (lambda here: None, "There are none yet."),
    (write_in, "Does “sertraline” tell of"),
    (press("link", "Change the note"), "The words that it had before"),
    (press("link", "Back"), "All clients"),
    (press("button", "All clients"), "Show or write"),
    (press("button", "Close the process notes"), "The passphrase of the process notes"),
)


@in_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_its_pages_fit_a_phone_and_are_accessible(
    browser: Browser, page: Served, scheme: Literal["light", "dark"]
) -> None:
    with window(browser, page, viewport={"width": 360, "height": 740}, color_scheme=scheme) as here:
        shown = here.go("/process-notes")
        for go_on, title in WALK:
            go_on(shown)
            expect(shown.get_by_text(title).first).to_be_visible()
            assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth"), title
            found = Axe().run(shown).response["violations"]
            assert [(title, one["id"], one["nodes"][0]["html"]) for one in found] == []
