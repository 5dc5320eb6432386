"""Consent on the page: what the law asks for is shown, a minor's is the guardian's, revoked sessions stop and go."""

import html
import re
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipeline import consent, resources
from pipeline.store import Store

from .pages import PASSPHRASE, marked, served
from .test_law import TALK
from .test_store import drafted

SAMPLE = resources.configs() / "sample" / "dictation.wav"
SESSION = {"kind": "session", "client": "K-17", "participants": "client"}
OF = {"client": "K-17", "participant": "client"}
PATIENCE = 60.0  # seconds


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@contextmanager
def entered(home: Path, **settings: Any) -> Iterator[httpx.Client]:
    with served(home, **settings) as page, closing(page.enter()) as client:
        yield client


def opened(home: Path) -> Store:
    return Store.open(home, PASSPHRASE, actor="test")


def words(answer: httpx.Response) -> str:
    """The text of a page as it is read, without its marks."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


def agree(asks: httpx.Client, *scopes: str, **names: str) -> tuple[httpx.Response, httpx.Response]:
    """Read the sheet, tick these, agree, confirm; return what the clinician saw, and what came of it."""
    asked = {**OF, **names}
    (wording,) = marked(asks.get("/consents/sheet", params=asked).text, 'name="wording" value')
    form = {"wording": html.unescape(wording), "scope": list(scopes)}
    seen = asks.post("/consents/sheet", params=asked, data=form)
    return seen, asks.post("/consents", params=asked, data={**form, "words": PASSPHRASE})


def send(asks: httpx.Client, suffix: str = ".vtt", content: bytes = TALK.encode()) -> httpx.Response:
    return asks.post("/new/file", params={"suffix": suffix, **SESSION}, content=content)


def test_the_sheet_as_it_is_shipped_does_in_illinois(home: Path) -> None:
    with entered(home, EVENFALL_LAW="illinois") as asks:
        shown = words(asks.get("/consents"))
        assert "Codes of ethics, Illinois" in shown
        assert "Illinois Public Act 104-0054" in shown
        seen, kept = agree(asks, "record", "transcribe")
        assert kept.status_code == 303
        assert "Not enough" not in words(seen)
        assert "Their words go when a note is signed" in words(seen)
        assert send(asks).status_code == 200


def test_a_wording_that_does_not_name_the_ai_does_not(home: Path) -> None:
    home.mkdir()
    own = consent.load_wording(home).model_copy(update={"told": ()})
    (home / "consent.yaml").write_text(own.model_dump_json(), encoding="utf-8")
    with entered(home) as asks:
        seen, _ = agree(asks, "record", "transcribe", law="illinois")
        assert "Not enough yet for a session." in words(seen)
        assert "illinois@1:informed" in words(seen)
        assert "not enough" in words(asks.get("/consents"))
        refused = send(asks)
        assert refused.status_code == 422
        assert "illinois@1:informed" in words(refused)


def test_for_a_minor_the_guardian_reads_and_agrees(home: Path) -> None:
    with entered(home) as asks:
        sheet = words(asks.get("/consents/sheet", params={**OF, "by": "mother"}))
        assert "You read and decide for client , as mother" in sheet
        agree(asks, "record", "transcribe", by="mother")
        assert "client , by mother" in words(asks.get("/consents"))
    with opened(home) as store:
        (given,) = store.consents()
    assert (given.minor, given.by, given.told) == (True, "mother", consent.load_wording(home).told)


def test_revoking_shows_what_is_left_and_deletes_it_if_asked(home: Path) -> None:
    with entered(home) as asks:
        agree(asks, "record", "transcribe")
        send(asks)
        told = asks.get(asks.post("/consents/revoke", params=OF).headers["location"])
        assert "1 draft(s) of sessions, not signed" in words(told)
        assert "Delete now what is not signed" in words(told)
        (seen,) = marked(told.text, 'name="seen" value')
        gone = asks.post("/consents/purge", params=OF, data={"seen": seen})
        assert "Transcript and draft of recording" in words(gone)
        assert "Nothing waits" in words(asks.get("/"))
    with opened(home) as store:
        assert "delete draft: consent revoked" in [event.action for event in store.events()]


def left(asks: httpx.Client) -> tuple[str, str]:
    """Look at what is left once a consent was taken back: return the words, and what stands for what they list."""
    shown = asks.get("/consents/revoked", params=OF)
    return words(shown), "".join(marked(shown.text, 'name="seen" value'))


def test_an_old_page_deletes_nothing_of_a_new_consent(home: Path) -> None:
    with entered(home) as asks:
        agree(asks, "record", "transcribe")
        send(asks)
        asks.post("/consents/revoke", params=OF)
        _, seen = left(asks)
        agree(asks, "record", "transcribe")
        send(asks, content=TALK.replace("four most nights", "five most nights").encode())
        refused = asks.post("/consents/purge", params=OF, data={"seen": seen})
        assert refused.status_code == 422
        assert "A new consent was given since that page was opened. Nothing was deleted." in words(refused)
        _, again = left(asks)  # an old page that is reloaded
        assert asks.post("/consents/purge", params=OF, data={"seen": again}).status_code == 422
    with opened(home) as store:
        assert len(store.drafts()) == 2


def test_only_what_the_page_listed_is_deleted(home: Path) -> None:
    """The partner's consent is gone; the client's stands, and another session of the client's own is drafted."""
    partner = {**OF, "participant": "partner"}
    with entered(home) as asks:
        agree(asks, "record", "transcribe")
        agree(asks, "record", "transcribe", participant="partner")
        send(asks)
        told = asks.get(asks.post("/consents/revoke", params=partner).headers["location"])
        (seen,) = marked(told.text, 'name="seen" value')
        send(asks, content=TALK.replace("four most nights", "five most nights").encode())
        refused = asks.post("/consents/purge", params=partner, data={"seen": seen})
        assert refused.status_code == 409
        assert "What is left has changed" in words(refused)
    with opened(home) as store:
        assert len(store.drafts()) == 2


def paused(asks: httpx.Client) -> str:
    """Record a second of a session on the page, and send nothing more; return the recording's id."""
    begun = str(asks.post("/record/begin", data=SESSION).json()["id"])
    assert asks.post(f"/record/{begun}/chunk", content=b"\1\0" * 16_000).status_code == 204
    return begun


def gone(home: Path, spool_id: str) -> bool:
    """Whether nothing of a recording is left but the receipt."""
    with opened(home) as store:
        store.verify_audit()
        return spool_id not in [one.id for one in store.spools()] and not list(store.spool_folder.iterdir())


def test_what_is_paused_goes_when_consent_is_taken_back_on_the_page(home: Path) -> None:
    with entered(home) as asks:
        agree(asks, "record", "transcribe")
        begun = paused(asks)
        told = words(asks.get(asks.post("/consents/revoke", params=OF).headers["location"]))
        assert gone(home, begun)
        assert re.search(r"so the recording was stopped\. audio of recording [0-9a-f]{8}: purged\.", told)
        assert "being made or heard now" not in told
        for way in ("end", "mark", "chunk"):  # "Done, draft it", "Mark this moment", "Go on"
            refused = asks.post(f"/record/{begun}/{way}")
            assert (refused.status_code, "Consent was revoked" in words(refused)) == (422, True)
        assert "Nothing waits" in words(asks.get("/"))


def test_another_clients_recording_goes_on(home: Path) -> None:
    with entered(home) as asks:
        agree(asks, "record", "transcribe")
        agree(asks, "record", "transcribe", client="K-18")
        begun = paused(asks)
        asks.post("/consents/revoke", params={**OF, "client": "K-18"})
        assert asks.post(f"/record/{begun}/chunk", content=b"\1\0" * 16_000).status_code == 204


@pytest.mark.parametrize("look", ["GET /", "GET /new", "POST /record/{id}/end"])
def test_what_is_paused_goes_at_the_next_look_when_it_was_taken_back_at_the_terminal(look: str, home: Path) -> None:
    with entered(home) as asks:
        agree(asks, "record", "transcribe")
        begun = paused(asks)
        with opened(home) as store:
            store.revoke_consent("K-17", "client", datetime.now(UTC))
        method, path = look.format(id=begun).split()
        shown = words(asks.request(method, path))
        assert gone(home, begun)
        assert "still open" not in shown
        assert "so the recording was stopped" in words(asks.get("/"))


def test_a_recording_in_which_nothing_was_heard_leaves_nothing_to_draft(home: Path) -> None:
    with entered(home) as asks:
        begun = asks.post("/record/begin", data={"kind": "dictation"}).json()["id"]
        assert asks.post(f"/record/{begun}/end").json() == {"go": "/"}
        assert "Nothing waits" in words(asks.get("/"))
    assert gone(home, begun)


def test_a_session_that_is_being_heard_stops_and_goes(home: Path) -> None:
    with entered(home) as asks:
        agree(asks, "record", "transcribe")
        assert send(asks, ".wav", SAMPLE.read_bytes()).status_code == 200
        until(asks, "transcribing")
        asks.post("/consents/revoke", params=OF)
        shown = until(asks, "Consent was revoked, so the session was not worked on any further.")
        assert re.search(r"audio of recording [0-9a-f]{8}: purged\. The receipts are kept\.", shown)
    with opened(home) as store:
        assert (store.spools(), store.drafts(), list(store.spool_folder.iterdir())) == ((), (), [])
        assert "delete transcript: consent revoked" not in [event.action for event in store.events()]
        store.verify_audit()


def until(asks: httpx.Client, said: str) -> str:
    """Wait until the queue says this, and return the whole page."""
    end = time.monotonic() + PATIENCE
    while said not in (shown := words(asks.get("/"))):
        assert time.monotonic() < end, shown
        time.sleep(0.1)
    return shown


def test_an_expired_draft_goes_as_the_page_said(home: Path) -> None:
    with Store.open(home, PASSPHRASE, actor="test", clock=lambda: datetime.now(UTC) - timedelta(days=2)) as store:
        old = drafted(store)
        moment = datetime.now(UTC) - timedelta(hours=1)
        store.replace_draft(old.digest, old.replace(expires_at=moment))
    with entered(home, EVENFALL_RETENTION__WARN_DAYS="0") as asks:
        assert "unless it is signed" in words(asks.get("/"))
        shown = words(asks.get("/"))
        assert (
            f"A draft has expired, as you were warned: transcript and draft of recording {old.recording[:8]}" in shown
        )
        assert "Nothing waits" in shown
