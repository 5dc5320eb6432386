"""Clients, consents, recall first and settings: the real page, asked by httpx, and in Chromium where it counts."""

import html
import re
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from pipeline import consent, continuity, workflow
from pipeline.config import load_settings
from pipeline.continuity.chart import described
from pipeline.errors import SettingsInvalid
from pipeline.store import Store
from pipeline.types import Preference, Style
from pipeline.web.recall import beside

from .continued import Practice, settled
from .pages import CLIENT, PASSPHRASE, SESSION, Served, in_browser, marked, run, served, window

MARCH = """Saw the client today for fifty minutes by telehealth. She reported feeling anxious about work and sleeping
about four hours a night. PHQ-9 was 14. She denied suicidal ideation. We practised grounding and she said it helped.
For homework she will keep a worry log. Next session on Tuesday at three.
"""
APRIL = (
    MARCH.replace("four hours", "five hours").replace("14", "11").replace("She denied", "She kept the log. She denied")
)
HOSTILE = """<img src=x onerror="document.title='hacked'">'"/../&+#?"""
ODD = (
    ".",
    "..",
    "a/b",
    "a//../b?c#d",
    "K 12 ",
    "100%",
    "%2e%2e",
    "Zoë & Söhne",
    "<b>bold</b>",
    "{{ 7 * 7 }}",
    "two\nlines",
    "\u202eback",
    "日本",
    HOSTILE,
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record with two signed notes, a draft like the last of them and a plan with one goal."""
    home = tmp_path_factory.mktemp("made") / "home"
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("EVENFALL_HOME", str(home))
        settings = load_settings()
    with Store.open(home, PASSPHRASE, actor="j.doe") as store:
        practice = Practice(store, home.parent, settings)
        workflow.change_plan(
            store, CLIENT, lambda plan, by, at: continuity.with_goal(plan, CLIENT, "Sleep six hours", ["log"], by, at)
        )
        practice.sign(MARCH)
        practice.sign(APRIL)
        practice.dictate(APRIL.replace("five hours", "six hours"))
    return home


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "home"))


@pytest.fixture
def asks(page: Served) -> Iterator[httpx.Client]:
    with closing(page.enter()) as client:
        yield client


@pytest.fixture(scope="module")
def reads(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a page that the tests which only read share."""
    with entered(Path(shutil.copytree(made, tmp_path_factory.mktemp("read") / "home"))) as client:
        yield client


@contextmanager
def entered(home: Path, recall_first: str = "false") -> Iterator[httpx.Client]:
    """Serve a record and be let in."""
    with served(home, EVENFALL_WEB__RECALL_FIRST=recall_first) as page, closing(page.enter()) as client:
        yield client


def opened(home: Path) -> Store:
    return Store.open(home, PASSPHRASE, actor="test")


def actions(home: Path) -> list[str]:
    with opened(home) as store:
        return [event.action for event in store.events()]


def words(answer: httpx.Response) -> str:
    """The text of a page as it is read, without its marks."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


def draft_of(asks: httpx.Client) -> str:
    return next(link for link in marked(asks.get("/").text, "href") if re.fullmatch("/drafts/[0-9a-f]{16}", link))


def agree(asks: httpx.Client, *scopes: str, who: str = "client", proof: str = PASSPHRASE) -> httpx.Response:
    """Read the sheet, tick these, agree, and confirm as the clinician."""
    names = {"client": CLIENT, "participant": who}
    (wording,) = re.findall(r'name="wording" value="([^"]*)"', asks.get("/consents/sheet", params=names).text)
    form = {"wording": html.unescape(wording), "scope": list(scopes)}
    if (handed := asks.post("/consents/sheet", params=names, data=form)).status_code != 200:
        return handed
    assert marked(handed.text, "scope") == []
    return asks.post("/consents", params=names, data={**form, "words": proof})


def send_session(asks: httpx.Client) -> httpx.Response:
    query = {"suffix": ".vtt", "kind": "session", "client": CLIENT, "participants": "client"}
    return asks.post("/new/file", params=query, content=SESSION.encode())


# Clients


def test_the_list_says_what_waits_and_what_was_signed(reads: httpx.Client) -> None:
    listed = words(reads.get("/clients"))
    assert re.search(r"K-12 1 draft, overdue by \d+ days 2, the last \d{4}-\d\d-\d\d", listed)


def test_one_client_shows_brief_plan_trends_and_notes(reads: httpx.Client) -> None:
    answer = reads.get("/clients", params={"client": CLIENT})
    shown = words(answer)
    assert "Homework: 10 March, nothing said of it since, “For homework she will keep a worry log”" in shown
    assert "Sleep six hours log" in shown
    assert re.search(r"2026-03-10 .{0,20}PHQ-9 11 anxious 2026-03-03 none was set PHQ-9 14 anxious", shown)
    assert len(re.findall(r'href="/notes/[0-9a-f]{16}">2026', answer.text)) == 4
    assert "Review it" in shown


def test_the_chart_is_a_picture_with_its_words(reads: httpx.Client, made: Path) -> None:
    with opened(made) as store:
        told = described(workflow.trends_of(store, CLIENT, None, "svg"))
    assert "PHQ-9: 14, 11." in told
    assert f'alt="{html.escape(told)}"' in reads.get("/clients", params={"client": CLIENT}).text
    drawn = reads.get("/clients/trends.svg", params={"client": CLIENT})
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert f'<desc id="desc">{told}</desc>' in drawn.text.replace("svg:", "")


def test_a_client_without_notes_has_no_chart(reads: httpx.Client) -> None:
    shown = reads.get("/clients", params={"client": "new one"})
    assert "There is no signed note of this client yet." in words(shown)
    assert "trends.svg" not in shown.text
    assert reads.get("/clients/trends.svg", params={"client": "new one"}).status_code == 422


@pytest.mark.parametrize("reference", ODD)
def test_a_reference_may_hold_any_character(reads: httpx.Client, reference: str) -> None:
    first = reads.get("/clients", params={"client": reference})
    action = next(html.unescape(one) for one in marked(first.text, "action") if one.startswith("/clients/goals?"))
    kept = reads.post(action, data={"text": "Be kinder to myself"})
    assert kept.status_code == 303
    shown = reads.get(kept.headers["location"]).text
    assert f'<bdi class="reference">{html.escape(reference)}</bdi>' in shown.replace("&#34;", "&quot;").replace(
        "&#39;", "&#x27;"
    )
    assert "Be kinder to myself" in shown
    links = [html.unescape(link) for link in marked(reads.get("/clients").text, "href") if "?of=" in link]
    assert any("Be kinder to myself" in reads.get(link).text for link in links)


def test_no_address_names_a_client(asks: httpx.Client) -> None:
    """A browser keeps addresses in its history: what they ask for is known to the page alone."""
    for path in ("/", "/new", "/clients", f"/clients?client={CLIENT}", "/notes", "/consents"):
        shown = asks.get(path).text
        addresses = [one for name in ("href", "action", "formaction", "src") for one in marked(shown, name)]
        assert [one for one in addresses if CLIENT in one] == []
    asked = {"client": CLIENT, "participant": "client"}
    for to, title in (("/clients", f"Client {CLIENT}"), ("/notes", "Signed notes"), ("/consents/sheet", "For: client")):
        found = asks.post("/find", data={"to": to, **asked}).headers["location"]
        assert found.startswith(f"{to}?of=")
        assert CLIENT not in found
        assert title in words(asks.get(found))
    assert "Waits for you" in words(asks.get(f"/clients?of={'0' * 32}"))
    assert asks.post("/find", data={"to": "//elsewhere.example", **asked}).status_code == 422


def test_a_goal_is_added_met_and_taken_out(asks: httpx.Client, home: Path) -> None:
    of = {"client": CLIENT}

    def act(what: str, key: str) -> int:
        (seen, *_) = marked(asks.get("/clients", params=of).text, 'name="seen" value')
        return asks.post(f"/clients/goals{what}", params=of, data={"key": key, "seen": seen}).status_code

    asks.post(
        "/clients/goals", params=of, data={"text": "See friends", "objectives": "call one\r\n\r\n walk together \r\n"}
    )
    assert "2  See friends\n       - call one\n       - walk together" in run(home, "plan", "show", CLIENT).replace(
        "  2", "2"
    )
    assert act("/met", "1") == 303
    assert re.search(r"Sleep six hours met 20\d\d-", words(asks.get("/clients", params=of)))
    assert act("/remove", "2") == 303
    assert "See friends" not in asks.get("/clients", params=of).text
    assert act("/remove", "7") == 404


def test_a_page_that_shows_an_older_plan_takes_nothing_out(asks: httpx.Client) -> None:
    of = {"client": CLIENT}
    (seen, *_) = marked(asks.get("/clients", params=of).text, 'name="seen" value')
    asks.post("/clients/goals", params=of, data={"text": "See friends"})
    refused = asks.post("/clients/goals/remove", params=of, data={"key": "1", "seen": seen})
    assert refused.status_code == 409
    assert "changed in another window" in words(refused)
    assert "Sleep six hours" in asks.get("/clients", params=of).text


# Consents


def test_the_sheet_holds_the_whole_wording_nothing_ticked_and_no_way_elsewhere(reads: httpx.Client) -> None:
    sheet = reads.get("/consents/sheet", params={"client": CLIENT, "participant": "partner"})
    wording = consent.load_wording(Path("nowhere"))
    shown = words(sheet)
    for sentence in (wording.title, *wording.paragraphs, *wording.scopes.values(), wording.name):
        assert sentence in shown
    assert "checked" not in sheet.text
    links = [link for link in marked(sheet.text, "href") if not link.startswith(("/static", "#"))]
    assert links == ["/consents/declined"]


def test_consent_on_the_screen_opens_a_session_and_revoked_closes_it(asks: httpx.Client, home: Path) -> None:
    assert send_session(asks).status_code == 422
    assert agree(asks, "record", "transcribe").headers["location"] == "/consents"
    with opened(home) as store:
        (given,) = store.consents(CLIENT)
    assert (given.participant, given.scope, given.method) == ("client", ("record", "transcribe"), "on screen")
    assert given.wording == consent.load_wording(home).name
    drafted = asks.get(send_session(asks).json()["go"])
    assert "a panic attack on the bus" in words(drafted)

    (action,) = [html.unescape(one) for one in marked(asks.get("/consents").text, "action") if "/revoke" in one]
    assert asks.post(action).status_code == 303
    assert "ended" in words(asks.get("/consents"))
    assert "record" in words(asks.get("/clients", params={"client": CLIENT}))
    refused = asks.post(
        "/record/begin", data={"kind": "session", "client": CLIENT, "participants": "client"}, headers={"x-part": "1"}
    )
    assert refused.status_code == 422
    assert "There is no consent on file" in words(refused)


def test_nothing_is_kept_without_a_tick_or_without_the_clinician(asks: httpx.Client, home: Path) -> None:
    unticked = agree(asks)
    assert (unticked.status_code, "Nothing is ticked" in words(unticked)) == (422, True)
    wrong = agree(asks, "record", "transcribe", proof="guess")
    assert (wrong.status_code, "Nothing was kept." in words(wrong)) == (403, True)
    assert asks.get("/consents/declined").status_code == 200
    with opened(home) as store:
        assert store.consents() == ()


@pytest.mark.parametrize(
    ("names", "scope"),
    [
        ({"client": " ", "participant": "client"}, "record"),
        ({"client": CLIENT, "participant": ""}, "record"),
        ({"client": CLIENT, "participant": "client"}, "everything"),
    ],
)
def test_half_a_consent_is_none(asks: httpx.Client, home: Path, names: dict[str, str], scope: str) -> None:
    form = {"wording": consent.load_wording(home).name, "scope": scope, "words": PASSPHRASE}
    assert asks.post("/consents", params=names, data=form).status_code == 422
    with opened(home) as store:
        assert store.consents() == ()


def test_consent_that_covers_less_ends_the_one_before(asks: httpx.Client, home: Path) -> None:
    agree(asks, "record", "transcribe", "keep quotes")
    assert agree(asks, "keep quotes").status_code == 303
    with opened(home) as store:
        standing = [one.scope for one in store.consents(CLIENT) if one.revoked_at is None]
    assert standing == [("keep quotes",)]
    assert "does not cover recording" in words(asks.get("/consents"))
    assert send_session(asks).status_code == 422


def test_revoked_in_the_middle_the_recording_stops_and_goes(asks: httpx.Client, home: Path) -> None:
    agree(asks, "record", "transcribe")
    begun = asks.post("/record/begin", data={"kind": "session", "client": CLIENT, "participants": "client"}).json()
    second = b"\1\0" * 16_000
    assert asks.post(f"/record/{begun['id']}/chunk", content=second).status_code == 204
    assert "K-12 1 recording to draft, 1 draft" in words(asks.get("/clients"))
    assert asks.post("/consents/revoke", params={"client": CLIENT, "participant": "client"}).status_code == 303
    stopped = asks.post(f"/record/{begun['id']}/chunk", content=second)
    assert (stopped.status_code, "Consent was revoked" in words(stopped)) == (422, True)
    with opened(home) as store:
        assert store.spools() == ()
    assert not list((home / "spool").glob("*"))


def test_a_wording_changed_while_it_was_read_is_read_again(asks: httpx.Client, home: Path) -> None:
    shipped = consent.load_wording(home)
    own = shipped.model_copy(update={"title": "May we record you?"})
    (home / "consent.yaml").write_text(own.model_dump_json(), encoding="utf-8")
    form = {"wording": shipped.name, "scope": "record", "words": PASSPHRASE}
    assert asks.post("/consents", params={"client": CLIENT, "participant": "client"}, data=form).status_code == 409
    assert "May we record you?" in asks.get("/consents/sheet", params={"client": CLIENT, "participant": "x"}).text
    assert consent.load_wording(home).name != shipped.name


def test_the_wording_names_the_other_computer_where_there_is_one(made: Path) -> None:
    told = consent.load_wording(made, "attic.local")
    assert "named attic.local" in told.paragraphs[-1]
    assert told.name != consent.load_wording(made).name


def test_a_wrong_key_of_the_practices_wording_is_named(tmp_path: Path) -> None:
    (tmp_path / "consent.yaml").write_text("version: 1\ntitle: x\n", encoding="utf-8")
    with pytest.raises(SettingsInvalid, match="paragraphs"):
        consent.load_wording(tmp_path)


# Recall first

TEXTS = (
    "Client reported feeling anxious about work.",
    "Client sleeps about six hours a night.",
    "Client denied suicidal ideation.",
    "For homework client will keep a worry log.",
)


@pytest.mark.parametrize(
    ("line", "near"),
    [
        ("anxious at work", TEXTS[0]),
        ("sleeping six hours", TEXTS[1]),
        ("no suicidal ideation", TEXTS[2]),
        ("worries: she keeps a log", TEXTS[3]),
        ("cried about her mother", ""),
        ("quarrel with the landlord, money", ""),
        ("she said so", ""),
    ],
)
def test_a_remembered_line_is_laid_beside_what_is_closest(line: str, near: str) -> None:
    assert [one.near for one in beside(line, TEXTS)] == [near]


def test_beside_an_empty_draft_everything_is_missing() -> None:
    assert [one.near for one in beside("anxious\nsleep", ())] == ["", ""]
    assert beside("", TEXTS) == ()


def test_what_is_remembered_comes_before_the_draft(home: Path) -> None:
    with entered(home, recall_first="true") as asks:
        draft = draft_of(asks)
        assert asks.get(draft).headers["location"] == f"{draft}/recall"
        asked = asks.get(f"{draft}/recall")
        assert "grounding" not in asked.text
        (seen, *_) = marked(asked.text, 'name="seen" value')
        lines = ["  anxious at  work ", "", "cried about her mother"]
        assert asks.post(f"{draft}/recall", data={"seen": seen, "line": lines}).headers["location"] == draft
        shown = asks.get(draft)
        assert "anxious at work In the draft: Client reported feeling anxious" in words(shown)
        assert "cried about her mother not in the draft Add it?" in words(shown)

        (seen,) = marked(shown.text, "data-seen")
        form = {"action": "add", "text": "Client cried about her mother.", "category": "mood", "seen": seen}
        assert asks.post(f"{draft}/decide", data=form).status_code == 303
        shown = asks.get(draft)
        assert "cried about her mother In the draft: Client cried about her mother." in words(shown)
        section = shown.text.split('id="section-subjective"')[1].split('id="section-')[0]
        assert "Client cried about her mother." in section
    with opened(home) as store:
        (draft_kept,) = store.drafts()
        review = store.review_of(draft_kept.digest)
        events = [(event.action, event.subject) for event in store.events()]
    assert review is not None
    assert review.recalled == "anxious at work\ncried about her mother"
    assert ("recall first: 2 lines", draft_kept.digest) in events
    assert not any("mother" in action for action, _ in events)


def test_recalling_can_be_skipped_and_is_not_asked_once_something_is_decided(home: Path) -> None:
    with entered(home, recall_first="true") as asks:
        draft = draft_of(asks)
        (seen, *_) = marked(asks.get(f"{draft}/recall").text, 'name="seen" value')
        skipped = asks.post(f"{draft}/recall", data={"seen": seen, "line": ["", " "]})
        shown = asks.get(skipped.headers["location"])
        assert "anxious about work" in shown.text
        assert "What you remembered" not in shown.text
        assert asks.get(draft).status_code == 303
        (target, *_) = marked(shown.text, 'name="target" value')
        asks.post(f"{draft}/decide", data={"action": "keep", "target": target, "seen": seen})
        assert asks.get(draft).status_code == 200
    assert "recall first: skipped" in actions(home)


def test_what_is_remembered_stays_when_the_draft_is_written_anew(home: Path) -> None:
    with entered(home, recall_first="true") as asks:
        draft = draft_of(asks)
        (seen, *_) = marked(asks.get(f"{draft}/recall").text, 'name="seen" value')
        asks.post(f"{draft}/recall", data={"seen": seen, "line": ["cried about her mother"]})
        (seen,) = marked(asks.get(draft).text, "data-seen")
        manner = {"form": "dap", "length": "standard", "call": "client", "seen": seen}
        anew = asks.post(f"{draft}/manner", data=manner).headers["location"]
        assert "cried about her mother" in words(asks.get(anew))


def test_without_the_setting_the_draft_comes_first(reads: httpx.Client) -> None:
    assert reads.get(draft_of(reads)).status_code == 200


# Before signing


@pytest.fixture
def decided(home: Path) -> Path:
    """The record with everything of its draft decided, so that it can be signed."""
    with opened(home) as store:
        (draft,) = store.drafts()
        store.keep_review(settled(draft))
    return home


def test_before_signing_likeness_and_goals_are_shown(decided: Path) -> None:
    with entered(decided) as asks:
        shown = words(asks.get(f"{draft_of(asks)}/sign"))
    today = workflow.now().astimezone()
    assert f"statements stand nearly so in this client's note of {today.day} {today:%B %Y}." in shown
    assert "Now: About 6 hours a night. Then: About 5 hours a night." in shown
    goals = shown.split("Goals of the treatment plan that this note speaks to")[1]
    assert goals.count("Sleep six hours") == 1
    assert "both about sleep: “Sleep”, “sleeping”" in goals


def test_a_note_unlike_any_other_shows_no_likeness(home: Path) -> None:
    with opened(home) as store:
        store.delete_draft(store.drafts()[0].digest, "deleted by request")
        practice = Practice(store, home.parent, load_settings())
        made = practice.dictate("He argued with his landlord about the heating and felt proud of himself.", "L-7")
        store.keep_review(settled(made))
    with entered(home) as asks:
        shown = words(asks.get(f"{draft_of(asks)}/sign"))
    assert "landlord" in shown
    assert "nearly so" not in shown
    assert "Goals of the treatment plan" not in shown


@pytest.mark.parametrize(
    ("scopes", "kept"), [(("record", "transcribe"), False), (("record", "transcribe", "keep quotes"), True)]
)
def test_words_stay_with_the_note_only_where_that_was_agreed_to(
    home: Path, scopes: tuple[str, ...], kept: bool
) -> None:
    with opened(home) as store:
        store.delete_draft(store.drafts()[0].digest, "deleted by request")
    with entered(home) as asks:
        agree(asks, *scopes)
        send_session(asks)
        with opened(home) as store:
            (draft,) = store.drafts()
            store.keep_review(settled(draft))
        told = consent.NOT_KEPT in words(asks.get(f"/drafts/{draft.digest[:16]}/sign"))
    assert told is not kept
    with opened(home) as store:
        note, _ = workflow.sign(draft, settled(draft), "Ana Ruiz", "LCSW", store)
    assert any(item.quote for statement in note.statements() for item in statement.spoken) is kept


# Settings


def test_settings_say_what_is_set_and_where_to_change_it(asks: httpx.Client, home: Path) -> None:
    shown = words(asks.get("/settings"))
    assert "Format of a new draft SOAP note draft.format" in shown
    assert "This page locks itself after 15 minutes without you web.logoff_minutes" in shown
    assert str(home / "config.yaml") in shown


def test_a_pin_is_set_by_the_owner_and_signs(decided: Path) -> None:
    form = {"pin": "4711", "again": "4711"}
    with entered(decided) as asks:
        assert asks.post("/settings/pin", data={**form, "words": "guess"}).status_code == 403
        assert asks.post("/settings/pin", data={**form, "again": "4712", "words": PASSPHRASE}).status_code == 422
        assert asks.post("/settings/pin", data={"pin": "1", "again": "1", "words": PASSPHRASE}).status_code == 422
        assert "No PIN is set." in words(asks.get("/settings"))
        assert asks.post("/settings/pin", data={**form, "words": PASSPHRASE}).status_code == 303
        assert "A PIN is set." in words(asks.get("/settings"))
        sign = f"{draft_of(asks)}/sign"
        (seen,) = marked(asks.get(sign).text, 'name="seen" value')
        signed = asks.post(sign, data={"name": "Ana Ruiz", "credentials": "LCSW", "words": "4711", "seen": seen})
        assert "Signed by Ana Ruiz, LCSW" in words(signed)
    assert "set PIN" in actions(decided)


def test_a_rule_is_switched_off_and_on(asks: httpx.Client, home: Path) -> None:
    (first, *_) = marked(asks.get("/settings").text, 'name="rule" value')
    for on in ("false", "true"):
        assert asks.post("/settings/rules", data={"rule": first, "on": on}).status_code == 303
        listed = run(home, "rules", "list")
        assert re.search(rf"^{re.escape(first)} .*\b{'on' if on == 'true' else 'off'}\b", listed, re.M)
    assert f"rule off: {first}" in actions(home)
    assert asks.post("/settings/rules", data={"rule": "no.such", "on": "false"}).status_code == 404


def test_what_was_learnt_is_shown_and_forgotten(home: Path) -> None:
    habits = (
        Preference(kind="term", old="client", new="patient", seen=4),
        Preference(kind="tense", old="past", new="present", seen=1),
    )
    with opened(home) as store:
        store.keep_style(Style(clinician="j.doe", preferences=habits))
    with entered(home) as asks:
        assert "You write “patient” for “client”. 4 edits." in words(asks.get("/settings"))
        assert asks.post("/settings/style", data={"habit": habits[0].digest}).status_code == 303
        assert "patient" not in words(asks.get("/settings")).split("Used for words")[1]
        assert asks.post("/settings/style", data={"habit": habits[0].digest}).status_code == 409
        assert asks.post("/settings/style", data={"habit": "all"}).status_code == 303
    with opened(home) as store:
        assert store.style_of("j.doe").preferences == ()


# In the browser


@pytest.fixture
def hostile(home: Path) -> Path:
    """A record whose every reference, goal and name tries to run as a script."""
    run(home, "consent", "add", "--client", HOSTILE, "--participant", HOSTILE, "--wording", HOSTILE)
    run(home, "plan", "goal", HOSTILE, HOSTILE, "--objective", HOSTILE)
    with opened(home) as store:
        practice = Practice(store, home.parent, load_settings())
        practice.sign(MARCH.replace("grounding", "breathing"), HOSTILE)
    return home


@in_browser
def test_no_reference_ever_runs(browser: Browser, hostile: Path) -> None:
    names = {"client": HOSTILE, "participant": HOSTILE}
    with served(hostile) as page, window(browser, page) as here:
        paths = ("/clients", f"/clients?{urlencode(names)}", "/consents", f"/consents/sheet?{urlencode(names)}")
        for path in paths:
            shown = here.go(path)
            expect(shown.locator("bdi", has_text=HOSTILE).first).to_have_text(HOSTILE)
            assert shown.locator("main img:not(.chart), main script").count() == 0
            assert "hacked" not in shown.title().split("client ")[0]
        here.go("/clients").get_by_role("link", name=HOSTILE).click()
        expect(here.page.get_by_role("heading", level=1)).to_have_text(f"Client {HOSTILE}")
        here.page.get_by_text("Add a goal").click()
        here.page.get_by_label("The goal, in your words").fill("<b>Sleep</b>")
        here.page.get_by_role("button", name="Add it").click()
        expect(here.page.locator("#plan ~ ol")).to_contain_text("<b>Sleep</b>")


@in_browser
def test_the_chart_is_drawn_under_the_strict_policy(browser: Browser, page: Served) -> None:
    with window(browser, page) as here:
        picture = here.go(f"/clients?client={CLIENT}").locator("img.chart")
        expect(picture).to_be_visible()
        assert picture.evaluate("one => one.complete && one.naturalWidth > 300")


@in_browser
def test_a_participant_agrees_by_the_keyboard_alone(browser: Browser, page: Served, home: Path) -> None:
    with window(browser, page) as here:
        here.go(f"/consents?client={CLIENT}").get_by_label("Who is to consent").fill("partner")
        here.page.keyboard.press("Enter")
        boxes = here.page.get_by_role("checkbox")
        expect(boxes).to_have_count(3)
        assert [box.is_checked() for box in boxes.all()] == [False, False, False]
        boxes.first.focus()
        for key in ("Space", "Tab", "Space", "Tab", "Tab", "Enter"):
            here.page.keyboard.press(key)
        here.page.get_by_label("Your passphrase or PIN").fill(PASSPHRASE)
        here.page.keyboard.press("Enter")
        row = here.page.locator("tbody tr", has_text="partner")
        expect(row).to_contain_text("record, transcribe")
        expect(row).to_contain_text("stands")
        row.get_by_text("Revoke …").click()
        row.get_by_role("button", name="Yes, revoke").click()
        expect(here.page.get_by_role("heading", level=1)).to_have_text("Consent revoked")
        here.go("/consents")
        expect(here.page.locator("tbody tr", has_text="partner")).to_contain_text("ended")


@in_browser
def test_a_remembered_line_is_added_without_leaving_the_page(browser: Browser, home: Path) -> None:
    with served(home, EVENFALL_WEB__RECALL_FIRST="true") as page, window(browser, page) as here:
        here.draft()
        assert Axe().run(here.page).response["violations"] == []
        here.page.get_by_label("1.").fill("cried about her mother")
        here.page.get_by_role("button", name="Show the draft beside it").click()
        remembered = here.page.locator("#recalled")
        expect(remembered).to_contain_text("not in the draft")
        assert Axe().run(here.page).response["violations"] == []
        remembered.get_by_label("What it is about").select_option("mood")
        remembered.get_by_role("button", name="Add").click()
        expect(remembered).to_contain_text("In the draft: cried about her mother")
        expect(here.page.locator(".statement", has_text="cried about her mother")).to_contain_text("added")


@in_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_fit_a_phone_and_are_accessible(
    browser: Browser, page: Served, home: Path, scheme: Literal["light", "dark"]
) -> None:
    with closing(page.enter()) as asks:
        agree(asks, "keep quotes")
        cookies = dict(asks.cookies)
    sheet = f"/consents/sheet?client={CLIENT}&participant=partner"
    paths = ("/clients", f"/clients?client={CLIENT}", "/consents", sheet, "/settings")
    with browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme) as context:
        context.add_cookies([{"name": name, "value": value, "url": page.origin} for name, value in cookies.items()])
        shown = context.new_page()
        for path in paths:
            shown.goto(page.origin + path)
            assert shown.evaluate("document.documentElement.scrollWidth") <= 390, path
            found = Axe().run(shown).response["violations"]
            assert [(path, one["id"], one["nodes"][0]["html"]) for one in found] == []
