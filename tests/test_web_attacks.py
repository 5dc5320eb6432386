"""Attacks on the review page: each is tried on the real page, by a plain client or in Chromium, and fails."""

import http.server
import json
import shutil
import socket
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, expect

from pipeline.store import Store

from . import pages
from .pages import PASSPHRASE, SPOKEN, Served, in_browser, served, window

CANARY: Final = "heartsick-marmalade-canary"
EVIL: Final = "<script>document.title='pwned'</script>\"'><img src=x onerror=\"document.title='pwned'\">{{7*7}}${7*7}"
SOON: Final = "0.05"  # minutes until the page locks itself


@pytest.fixture
def client(page: Served) -> Iterator[httpx.Client]:
    with closing(page.enter()) as entered:
        yield entered


@pytest.fixture(scope="module")
def lasting(drafted: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve a page for every test that leaves it as it was."""
    with served(Path(shutil.copytree(drafted, tmp_path_factory.mktemp("lasting") / "home"))) as started:
        yield started


@pytest.fixture(scope="module")
def guest(lasting: Served) -> Iterator[httpx.Client]:
    with closing(lasting.enter()) as entered:
        yield entered


def actions(page: Served) -> list[str]:
    """Return what the audit chain says was done, once it was checked to be whole."""
    page.stop()
    with Store.open(page.home, PASSPHRASE, actor="a.b") as store:
        store.verify_audit()
        return [event.action for event in store.events()]


def first_draft(client: httpx.Client) -> str:
    """Return the path of the draft that is due first."""
    return next(where for where in pages.marked(client.get("/").text, "href") if where.startswith("/drafts/"))


def seen(client: httpx.Client, path: str) -> str:
    return pages.marked(client.get(path).text, "data-seen")[0]


def everything(*roots: Path) -> bytes:
    return b"\0".join(path.read_bytes() for root in roots for path in sorted(root.rglob("*")) if path.is_file())


# Who is let in


def test_a_rebound_name_gets_nothing(page: Served, client: httpx.Client) -> None:
    for host in ("evil.example", f"evil.example:{page.port}", f"127.0.0.1.nip.io:{page.port}", "127.0.0.1"):
        refused = client.get("/", headers={"host": host})
        assert refused.status_code == 403
        assert pages.CLIENT not in refused.text
    assert actions(page).count("refused request: another host's name") == 4


def test_a_link_opens_one_session_and_its_cookie_is_kept_from_scripts(page: Served) -> None:
    with httpx.Client(trust_env=False) as first, httpx.Client(trust_env=False) as second:
        cookie = first.get(page.link).headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert "domain" not in cookie
        assert "expires" not in cookie
        assert second.get(page.link).headers["location"] == "/locked"
        assert second.get(page.origin).status_code == 401
    assert "refused request: a link that was used before" in actions(page)


def test_only_this_computer_reaches_the_page(page: Served) -> None:
    listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    at = [fields[1] for fields in listening if fields[3] == "0A" and int(fields[1].split(":")[1], 16) == page.port]
    assert at == [f"0100007F:{page.port:04X}"]
    for _, _, _, _, (address, *_) in socket.getaddrinfo(socket.gethostname(), page.port, socket.AF_INET):
        if not str(address).startswith("127."):
            with pytest.raises(OSError, match="refused"):
                socket.create_connection((str(address), page.port), timeout=2)


class Stranger(http.server.BaseHTTPRequestHandler):
    """Another site on this computer: a page that posts a form to ours as soon as it is open."""

    target = ""

    def do_GET(self) -> None:  # noqa: N802 (the library's name)
        form = f'<form method="post" action="{self.target}"><input name="text" value="x"></form>'
        body = f"<!doctype html><title>other</title>{form}<script>document.forms[0].submit()</script>".encode()
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def stranger(target: str) -> Iterator[str]:
    """Serve the other site and return its address."""
    answering = type("Answering", (Stranger,), {"target": target})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


@in_browser
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_form_of_another_site_does_nothing(browser: Browser, page: Served, host: str) -> None:
    context = browser.new_context()
    tab = context.new_page()
    tab.goto(page.link)
    path = tab.locator("#queue a.main").first.get_attribute("href")
    with stranger(f"{page.origin}{path}/delete") as other, tab.expect_navigation(url=f"{page.origin}/**"):
        tab.goto(other.replace("localhost", host), wait_until="commit")
    expect(tab.locator("body")).to_contain_text("did not come from Evenfall's own page")
    context.close()
    with httpx.Client(trust_env=False) as plain:
        assert plain.get(page.origin).status_code == 401
    assert "refused request: from another site" in actions(page)
    assert len(json.loads(pages.run(page.home, "queue", "--json"))) == 3


@in_browser
def test_a_page_that_nobody_looks_at_locks_itself_and_cannot_be_gone_back_to(browser: Browser, home: Path) -> None:
    with served(home, EVENFALL_WEB__LOGOFF_MINUTES=SOON) as page:
        context = browser.new_context()
        tab = context.new_page()
        tab.goto(page.link)
        tab.locator("#queue a.main").first.click()
        expect(tab.locator(".talk")).to_contain_text("anxious")
        expect(tab.locator("h1")).to_have_text("Evenfall is locked", timeout=15_000)
        tab.go_back()
        expect(tab.locator("h1")).to_have_text("Evenfall is locked")
        assert pages.CLIENT not in tab.content()
        tab.get_by_label("Your passphrase").fill("wrong")
        tab.get_by_role("button", name="Unlock").click()
        expect(tab.get_by_role("alert")).to_contain_text("That is not the passphrase")
        tab.get_by_label("Your passphrase").fill(PASSPHRASE)
        tab.get_by_role("button", name="Unlock").click()
        expect(tab.locator("h1")).to_have_text("What waits for you")
        context.close()


@in_browser
def test_after_locking_by_hand_the_back_button_shows_nothing(browser: Browser, page: Served) -> None:
    context = browser.new_context()
    tab = context.new_page()
    tab.goto(page.link)
    tab.locator("#queue a.main").first.click()
    tab.get_by_role("button", name="Lock").click()
    expect(tab.locator("h1")).to_have_text("Evenfall is locked")
    expect(tab.locator("main")).to_contain_text("What was saved is kept.")
    tab.go_back()
    expect(tab.locator("h1")).to_have_text("Evenfall is locked")
    assert "anxious" not in tab.content()
    context.close()


@in_browser
def test_who_types_or_reads_is_not_locked_out(browser: Browser, home: Path) -> None:
    with served(home, EVENFALL_WEB__LOGOFF_MINUTES=SOON) as page:
        context = browser.new_context()
        tab = context.new_page()
        tab.goto(f"{page.link}")
        tab.goto(f"{page.origin}/clients")
        until = time.monotonic() + 6
        while time.monotonic() < until:
            tab.mouse.wheel(0, 1)
            tab.wait_for_timeout(200)
        tab.reload()
        expect(tab.locator("h1")).to_have_text("Clients")
        context.close()


def test_wrong_passphrases_are_slowed_also_many_at_once(page: Served, client: httpx.Client) -> None:
    def attempt(number: int) -> str:
        return client.post("/unlock", data={"words": f"wrong {number}"}).text

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(attempt, range(10)))
    assert sum("That is not the passphrase" in answer for answer in answers) == 5
    assert sum("Too many wrong tries" in answer for answer in answers) == 5
    assert "Too many wrong tries" in client.post("/unlock", data={"words": PASSPHRASE}).text
    done = actions(page)
    assert done.count("refused: wrong passphrase or PIN") == 5
    assert done.count("refused: too many wrong tries") == 6


# What is shown


@pytest.fixture
def poisoned(tmp_path: Path) -> Path:
    """Return a record in which everything that others may have written is an attack."""
    home, source = tmp_path / "home", tmp_path / f"{CANARY}.vtt"
    source.write_text(
        "WEBVTT\n\n00:00:01.000 --> 00:00:06.000\nTherapist: How was the week?\n\n"
        f"00:00:07.000 --> 00:00:16.000\nClient: I felt sad most mornings {EVIL} and slept four hours a night.\n\n"
        f"00:00:17.000 --> 00:00:26.000\nClient: {EVIL} I started sertraline fifty milligrams last week.\n"
    )
    pages.run(home, "consent", "add", "--client", EVIL, "--participant", "client")
    pages.run(home, "draft", str(source), "--client", EVIL)
    return home


@in_browser
def test_no_words_ever_run(browser: Browser, poisoned: Path) -> None:
    with served(poisoned) as page, window(browser, page) as opened:
        path, tab = opened.draft(), opened.page
        tab.locator(".statement").first.get_by_role("button", name="Edit").click()
        tab.locator(".statement textarea").first.fill(EVIL)
        expect(tab.locator("#said")).to_contain_text("Saved.")
        question = tab.locator("#todo form.answer").first
        question.locator("input[name=text]").fill(EVIL)
        question.get_by_role("button", name="Answer").click()
        question.get_by_role("button", name="Set aside").click()
        tab.get_by_text("Add a statement to Plan").click()
        tab.locator("#a-plan").fill(EVIL)
        tab.locator("#a-plan").press("Control+Enter")
        expect(tab.locator(".statement.added")).to_contain_text(EVIL)
        found = {}
        for where in ("/", path, f"{path}/sign", f"{path}/delete", "/clients", "/consents", "/new", "/notes"):
            opened.go(where)
            found[where] = harmed(tab), EVIL in tab.locator("body").inner_text()
        assert {where for where, (hurt, _) in found.items() if hurt} == set()
        assert {where for where, (_, shown) in found.items() if shown} >= {"/", path, f"{path}/sign", f"{path}/delete"}
        for query in (f"/notes?client={EVIL}", f"/new?client={EVIL}", f"/clients?client={EVIL}", f"/drafts/{EVIL}"):
            opened.go(query)
            assert not harmed(tab), query


def harmed(page: Page) -> bool:
    """Say whether anything of the attack became a part of the page, or ran."""
    return bool(page.evaluate("document.title === 'pwned' || document.querySelector('[onerror], img') !== null"))


@in_browser
def test_a_signed_note_with_an_attack_in_it_is_harmless_too(browser: Browser, poisoned: Path) -> None:
    with served(poisoned) as page, closing(page.enter()) as client:
        path = first_draft(client)
        for target in targets(client, path):
            form = {"action": "keep" if len(target) == 64 else "acknowledge", "target": target}
            client.post(f"{path}/decide", data={**form, "seen": seen(client, path)})
        for key in ("details.date", "details.minutes"):
            form = {"action": "set aside", "target": key, "text": EVIL, "seen": seen(client, path)}
            client.post(f"{path}/decide", data=form)
        form = {"name": EVIL, "credentials": EVIL, "words": PASSPHRASE, "seen": seen(client, path)}
        assert client.post(f"{path}/sign", data=form).status_code == 200
        pages.run(poisoned, "notes", "list")
        context = browser.new_context()
        tab = context.new_page()
        tab.goto(f"{page.origin}/locked")
        tab.get_by_label("Your passphrase").fill(PASSPHRASE)
        tab.get_by_role("button", name="Unlock").click()
        tab.goto(f"{page.origin}/notes")
        assert EVIL in tab.locator("body").inner_text()
        assert not harmed(tab)
        tab.get_by_role("link", name="Show").first.click()
        assert EVIL in tab.locator("article").inner_text()
        assert not harmed(tab)
        context.close()


def targets(client: httpx.Client, path: str) -> list[str]:
    """Return what a draft's page has to decide on: statements by their digests, and the rest."""
    found = pages.marked(client.get(path).text, 'name="target" value')
    return list(dict.fromkeys(target for target in found if len(target) == 64 or ":" in target))


@in_browser
def test_the_browser_keeps_no_words_on_its_disk(browser: Browser, page: Served, tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    context = browser.browser_type.launch_persistent_context(
        profile, executable_path=pages.CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
    )
    tab = context.new_page()
    tab.goto(page.link)
    tab.locator("#queue a.main").first.click()
    tab.locator(".statement").first.get_by_role("button", name="Edit").click()
    tab.locator(".statement textarea").first.fill(f"She said {CANARY}.")
    expect(tab.locator("#said")).to_contain_text("Saved.")
    question = tab.locator("#asked form.answer").first
    question.locator("input[name=text]").fill(f"{CANARY} video")
    question.get_by_role("button", name="Set aside").click()
    expect(tab.locator("#said")).to_contain_text("Saved.")
    tab.goto(f"{page.origin}/new")
    tab.get_by_label("Your dictation, typed").fill(f"{pages.DICTATION} She said {CANARY}.")
    tab.get_by_role("button", name="Draft it", exact=True).click()
    expect(tab.locator(".talk")).to_contain_text(CANARY, timeout=60_000)
    tab.wait_for_timeout(1500)  # the browser writes its session some time after
    context.close()
    written = everything(profile)
    for words in (CANARY, "anxious about work", "worry log", "sertraline"):
        for encoded in (words.encode(), words.encode("utf-16-le")):
            assert encoded not in written, words


# What comes in


@pytest.mark.parametrize(
    ("query", "size", "status"),
    [
        ("suffix=.txt&kind=dictation", 21_000_000, 422),
        ("suffix=.exe&kind=dictation", 200, 200),
        ("suffix=.doc&kind=dictation", 200, 422),
        ("suffix=../../x.txt&kind=dictation", 200, 200),
        ("suffix=.vtt&kind=session&client=K-99", 200, 422),
        ("suffix=.wav&kind=session&client=K-99", 200, 422),
        ("suffix=.wav&kind=telepathy", 200, 422),
        ("kind=dictation", 200, 422),
    ],
)
def test_files_too_large_of_other_kinds_or_without_consent(
    page: Served, client: httpx.Client, query: str, size: int, status: int
) -> None:
    answer = client.post(f"/new/file?{query}", content=(CANARY.encode() + b"\x00\xff") * (size // 28 + 1))
    assert answer.status_code == status
    assert CANARY not in answer.text
    said = page.stop()
    assert CANARY not in said
    assert CANARY.encode() not in everything(page.home, page.home.parent / "home-tmp")
    assert not [path for path in page.home.rglob("*.txt")]


def test_half_a_file_is_not_kept(page: Served, client: httpx.Client) -> None:
    head = f"POST /new/file?suffix=.wav&kind=dictation HTTP/1.1\r\nhost: 127.0.0.1:{page.port}\r\n"
    head += f"origin: {page.origin}\r\ncookie: evenfall={client.cookies['evenfall']}\r\ncontent-length: 900000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", page.port)) as raw:
        raw.sendall(head.encode() + SPOKEN.read_bytes()[:300_000])
        wait(lambda: list(page.home.rglob("*.spool")) != [])
    wait(lambda: list(page.home.rglob("*.spool")) == [])
    assert "recorded" not in client.get("/").text
    assert page.stop().count("Traceback") == 0


def wait(ready: Any) -> None:
    """Wait until it is so."""
    until = time.monotonic() + 15
    while not ready():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_form_is_bounded_too(guest: httpx.Client) -> None:
    assert guest.post("/new/typed", data={"text": "x" * 5_000_000}).status_code == 413

    def endless() -> Iterator[bytes]:
        yield b"text="
        for _ in range(100):
            yield b"y" * 100_000

    typed = {"content-type": "application/x-www-form-urlencoded"}
    assert guest.post("/new/typed", content=endless(), headers=typed).status_code in (413, 422)


def test_a_file_in_a_form_is_never_put_down_in_clear(page: Served, client: httpx.Client) -> None:
    content = (CANARY.encode() * 100_000)[:3_000_000]
    answer = client.post("/new/typed", files={"text": ("a.txt", content, "text/plain")})
    assert answer.status_code in (400, 422)
    assert CANARY.encode() not in everything(page.home, page.home.parent / "home-tmp")


def test_chunks_of_a_recording_are_bounded_and_go_nowhere_without_one(client: httpx.Client) -> None:
    assert client.post("/record/none/chunk", content=b"\0\0").status_code == 404
    begun = client.post("/record/begin", data={"kind": "dictation"}).json()["id"]
    assert client.post(f"/record/{begun}/chunk", content=bytes(1_000_002)).status_code == 422
    assert client.post(f"/record/{begun}/chunk", content=bytes(3)).status_code == 422
    assert client.post(f"/record/{begun}/chunk", content=bytes(3200)).status_code == 204
    assert client.post(f"/recordings/{begun}/delete").status_code == 200
    assert client.post(f"/record/{begun}/chunk", content=bytes(3200)).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2f..%2fconfig.py",
        "/static//etc/passwd",
        "/static/%00",
        "/drafts/..%2f..%2fetc%2fpasswd",
        "/drafts/%25%25%25%25",
        "/drafts/____",
        "/notes/%00%00%00%00/export?to=text",
        "/notes/..%5c..%5cx",
        "/docs",
        "/openapi.json",
    ],
)
def test_tricks_in_addresses_lead_nowhere(lasting: Served, guest: httpx.Client, path: str) -> None:
    raw = httpx.URL(lasting.origin).copy_with(raw_path=path.encode())
    answer = guest.send(httpx.Request("GET", raw, headers={"cookie": f"evenfall={guest.cookies['evenfall']}"}))
    assert answer.status_code in (404, 405)
    assert "anxious" not in answer.text


def test_a_pattern_names_no_draft(guest: httpx.Client) -> None:
    path = first_draft(guest)
    assert guest.get(path).status_code == 200
    assert [guest.get(path[:-1] + sign).status_code for sign in ("_", "%25", "*")] == [404] * 3


@pytest.mark.parametrize("name", ["../../../../etc/passwd", "/etc/passwd", "soap\0", ""])
def test_a_format_is_no_path(guest: httpx.Client, name: str) -> None:
    path = first_draft(guest)
    form = {"form": name, "length": "brief", "call": "client", "seen": seen(guest, path)}
    answer = guest.post(f"{path}/manner", data=form)
    assert answer.status_code in (404, 422)
    assert "root:" not in answer.text


# What is said when something goes wrong


BROKEN: Final = f"""
import pipeline.web.sight as sight
def broken(*_): raise RuntimeError("{CANARY}")
sight.turns = broken
from pipeline.cli import main
main()
"""


def test_an_error_inside_says_nothing_of_a_client_anywhere(home: Path) -> None:
    with served(home, command=(sys.executable, "-c", BROKEN)) as page, closing(page.enter()) as client:
        path = first_draft(client)
        answer = client.get(path)
        assert answer.status_code == 500
        assert "RuntimeError" in answer.text
        assert CANARY not in answer.text
        wrong = [
            client.post(f"{path}/decide", data={"action": "edit", "target": CANARY, "text": CANARY, "seen": CANARY}),
            client.post(f"{path}/decide", data={"action": CANARY, "target": "x", "seen": "0" * 64}),
            client.post("/new/typed", data={"text": CANARY}),
            client.post("/record/begin", data={"kind": CANARY}),
            client.get(f"/drafts/{CANARY}"),
            client.get(f"/notes/{CANARY}"),
            client.post("/unlock", data={"words": CANARY}),
        ]
        assert [one.status_code for one in wrong if one.status_code < 400 or CANARY in one.text] == []
        assert CANARY not in page.stop()


PATHS: Final = (
    "/drafts/{draft}",
    "/drafts/{draft}/decide",
    "/drafts/{draft}/move",
    "/drafts/{draft}/manner",
    "/drafts/{draft}/undo",
    "/drafts/{draft}/redo",
    "/drafts/{draft}/quote",
    "/drafts/{draft}/speakers",
    "/drafts/{draft}/recall",
    "/drafts/{draft}/sign",
    "/notes/{junk}/addend",
    "/notes/{junk}/export",
    "/notes/{junk}/cosign",
    "/new/typing",
    "/new/typed",
    "/new/file",
    "/record/begin",
    "/record/{junk}/chunk",
    "/record/{junk}/mark",
    "/record/{junk}/pause",
    "/record/{junk}/resume",
    "/record/{junk}/end",
    "/recordings/{junk}/draft",
    "/recordings/{junk}/delete",
    "/clients/goals",
    "/clients/goals/met",
    "/clients/goals/remove",
    "/consents",
    "/consents/sheet",
    "/consents/revoke",
    "/settings/rules",
    "/settings/style",
    "/{junk}",
)
FIELDS: Final = (
    *("action", "target", "seen", "text", "category", "detail", "section", "typing", "where", "form", "length", "call"),
    *("initials", "pronoun", "client", "kind", "participants", "participant", "at", "sure", "late", "name", "start"),
    *("end", "turn", "speaker", "who", "goal", "suffix", "to", "recalled", "scope", "method", "wording", "minutes"),
)
WORDS: Final = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["edit", "add", "move", "answer", "restore", "plan", "up", "to:plan", "nan", "-1", "1e999", "\0"]),
    st.sampled_from(["dictation", "session", "soap", "client", "{{7*7}}", "\ud7ff", "9" * 30, "details.date", "mood"]),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    path=st.sampled_from(PATHS),
    junk=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12),
    fields=st.dictionaries(st.sampled_from(FIELDS), WORDS, max_size=8),
    right=st.booleans(),
    raw=st.none() | st.binary(max_size=200),
    method=st.sampled_from(["POST", "POST", "POST", "GET", "PUT", "DELETE"]),
)
def test_garbage_is_refused_and_never_breaks_anything(
    lasting: Served,
    guest: httpx.Client,
    path: str,
    junk: str,
    fields: dict[str, str],
    right: bool,
    raw: bytes,
    method: str,
) -> None:
    draft = "none"
    if right:
        draft = first_draft(guest).split("/")[2]
        fields = {**fields, "seen": seen(guest, f"/drafts/{draft}")}
    where = path.format(draft=draft, junk=quote(junk, safe=""))
    body: dict[str, Any] = {"data": fields} if raw is None else {"content": raw, "params": fields}
    answer = guest.request(method, where, **body)
    assert answer.status_code < 500, (method, where, fields)
    assert lasting.process.poll() is None
