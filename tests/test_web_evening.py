"""The evening in real Chromium: drafts read, mended, signed, through reloads, kills, second tabs, small screens."""

import base64
import io
import json
import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from docx import Document
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from . import pages
from .pages import PASSPHRASE, PHONE, SPOKEN, Served, Window, edit, in_browser, press, said, served, statement, window

pytestmark = in_browser
LEVELS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
PLAIN = ("/", "/new", "/notes", "/clients", "/clients?client=K-12", "/consents", "/settings", "/locked")
ANXIOUS = "Client reported feeling anxious about work and sleeping."
MENDED = "Client felt anxious about the quarterly review at work."


LISTEN = """
const real = window.fetch;
window.fetch = async (where, options) => {
    if (String(where).includes("/chunk?")) {
        overheard(btoa(String.fromCharCode(...new Uint8Array(await options.body.arrayBuffer()))));
    }
    return real(where, options);
};
"""


COUNT = """
window.streams = [];
const give = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (what) => {
    const stream = await give(what);
    window.streams.push(stream);
    return stream;
};
"""
REFUSE = """
navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("no", "NotAllowedError"); };
"""
DEAF = """
AudioWorklet.prototype.addModule = async () => { throw new Error("No sound comes in."); };
"""
LIVE = "streams.flatMap(one => one.getTracks()).filter(one => one.readyState === 'live').length"


def keep_the_rest(page: Page) -> None:
    """Keep every statement that is not decided, set aside what must be answered, confirm what stands for itself."""
    for key in page.locator(".statement:not(.touched)").evaluate_all("all => all.map(one => one.id)"):
        press(page, page.locator(f"#{key}"), "Keep", "kept")
    for button in iter(lambda: page.locator("#todo").get_by_role("button", name="Confirm"), None):
        if not (left := button.count()):
            break
        button.first.click()
        expect(button).to_have_count(left - 1)
    set_aside(page, "#todo")


def set_aside(page: Page, where: str) -> None:
    asked = page.locator(f"{where} form.answer")
    while left := asked.count():
        asked.first.locator("input[name=text]").fill("Not known.")
        asked.first.get_by_role("button", name="Set aside").click()
        expect(asked).to_have_count(left - 1)


def sign(page: Page, words: str = PASSPHRASE) -> None:
    page.get_by_label("Your name").fill("Jane Doe")
    page.get_by_label("Title and credentials").fill("LCSW")
    page.get_by_label("Your passphrase or PIN").fill(words)
    page.get_by_role("button", name="Sign", exact=True).dblclick()


def test_an_edit_outlives_a_reload_and_a_kill(browser: Browser, home: Path) -> None:
    port = pages.free_port()
    with served(home, port=port) as page, window(browser, page) as opened:
        path = opened.draft()
        edit(opened.page, ANXIOUS, MENDED)
        opened.page.reload()
        expect(statement(opened.page, MENDED)).to_contain_text(f"drafted as: {ANXIOUS}")
        edit(opened.page, "About 4 hours a night.", "About three hours a night.")
        page.process.send_signal(signal.SIGKILL)
        page.process.wait()
        edited = statement(opened.page, "For homework")
        edited.get_by_role("button", name="Edit").click()
        edited.locator("textarea").fill("She keeps a worry log.")
        said(opened.page, "Your words are still in this window.")
        with served(home, port=port) as again:
            other = opened.tab()
            other.goto(again.link)
            other.goto(again.origin + path)
            for words in (MENDED, "About three hours a night."):
                expect(statement(other, words)).to_have_class(re.compile("edited"))
            edited.locator("textarea").press("Control+Enter")
            expect(statement(opened.page, "She keeps a worry log.")).to_have_class(re.compile("edited"))


def test_undo_and_redo_go_all_the_way(opened: Window) -> None:
    opened.draft()
    page = opened.page
    press(page, statement(page, "About 4 hours"), "Keep", "kept")
    press(page, statement(page, "worry log"), "Drop", "dropped")
    edit(page, ANXIOUS, MENDED)
    statement(page, ANXIOUS).get_by_role("button", name="Done").click()
    expect(statement(page, MENDED)).to_have_class(re.compile("edited"))
    for words in (ANXIOUS, "worry log", "About 4 hours"):
        page.get_by_role("button", name="Undo").click()
        expect(statement(page, words)).not_to_have_class(re.compile("touched"))
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    for words, state in (("About 4 hours", "kept"), ("worry log", "dropped"), (MENDED, "edited")):
        page.get_by_role("button", name="Redo").click()
        expect(statement(page, words)).to_have_class(re.compile(state))
    expect(page.get_by_role("button", name="Redo")).to_be_disabled()


def test_what_is_chosen_shows_what_it_stands_on(opened: Window) -> None:
    opened.draft(2)
    page = opened.page
    statement(page, "easier not to wake up").locator(".words").click()
    expect(page.locator("mark.lit")).to_contain_text(["Sometimes I think it would be easier not to wake up"])
    page.locator(".turn", has_text="panic attack on the bus").click()
    expect(page.locator(".statement.chosen")).to_contain_text(["they had a panic attack on the bus"])


def test_the_signature_waits_for_each_item_and_each_statement(opened: Window) -> None:
    path, page = opened.draft(), opened.page
    page.get_by_role("link", name="What is still open").click()
    expect(page.locator("h1")).to_have_text("Still open")
    for words in ("This is about risk.", "This is about medication.", "date of service", "Decide: About 4 hours"):
        expect(page.locator("main")).to_contain_text(words)
    expect(page.get_by_role("button", name="Sign", exact=True)).to_have_count(0)
    opened.go(path)
    seen = page.locator("[data-seen]").get_attribute("data-seen") or ""
    forced = page.request.post(
        f"{opened.origin}{path}/sign",
        form={"name": "Jane Doe", "credentials": "LCSW", "words": PASSPHRASE, "seen": seen},
        headers={"origin": opened.origin},
    )
    assert forced.status == 422
    assert "Not signed: 2 must-touch items are untouched" in forced.text()
    expect(opened.go("/notes").locator("main")).to_contain_text("There is no signed note")


def test_from_the_queue_to_the_receipt_the_addendum_and_every_export(opened: Window, page: Served) -> None:
    opened.draft()
    mend(opened.page)
    opened.page.get_by_role("link", name="Sign …").click()
    expect(opened.page.get_by_label("The note as it will be signed")).to_contain_text("She walks to work.")
    sign(opened.page, "open sesame 8")
    expect(opened.page.get_by_role("alert")).to_contain_text("Nothing was signed.")
    sign(opened.page)
    expect(opened.page.locator("h1")).to_have_text("Signed")
    expect(opened.page.locator("main")).to_contain_text("The note is locked. Its draft and transcript are gone.")
    expect(opened.go("/").locator("#queue tbody tr")).to_have_count(2)
    opened.go("/notes").get_by_role("link", name="Show").click()
    add(opened.page)
    texts = {name: export(opened.page, name) for name in ("Text", "DOCX", "PDF", "FHIR", "JSON")}
    for name, text in texts.items():
        for words in (MENDED, "She walks to work.", "The client rang on Friday.", "Jane Doe"):
            assert words in " ".join(text.split()), (name, words)
        assert "worry log" not in text, name
    assert json.loads(pages.run(page.home, "audit", "verify", "--json"))["intact"]


def mend(page: Page) -> None:
    """Edit, drop, add, answer and set aside on the first draft, and keep the rest."""
    edit(page, ANXIOUS, MENDED)
    press(page, statement(page, "worry log"), "Drop", "dropped")
    page.get_by_text("Add a statement to Plan").click()
    plan = page.locator("details", has_text="Add a statement to Plan")
    plan.get_by_label("Your words").fill("She walks to work.")
    plan.get_by_role("button", name="Add").click()
    expect(statement(page, "She walks to work.")).to_contain_text("added")
    date = page.get_by_role("listitem").filter(has_text="date of service")
    date.locator("input[name=text]").fill("yesterday")
    date.get_by_role("button", name="Answer").click()
    said(page, "This is no date. Nothing was changed. Write the date as 2026-03-31.")
    date.locator("input[name=text]").fill("2026-03-31")
    date.get_by_role("button", name="Answer").click()
    expect(date).to_have_count(0)
    service = page.get_by_role("listitem").filter(has_text="service code")
    service.locator("input[name=text]").fill("Billed elsewhere.")
    service.get_by_role("button", name="Set aside").click()
    expect(service).to_have_count(0)
    keep_the_rest(page)


def add(page: Page) -> None:
    """Add a signed addendum to the note that is shown; a wrong passphrase adds nothing and keeps the words."""
    before = page.locator("article").first.inner_text()
    page.get_by_text("Add to this note").click()
    page.get_by_label("What to add").fill("The client rang on Friday.")
    page.get_by_label("Your name").fill("Jane Doe")
    page.get_by_label("Title and credentials").fill("LCSW")
    for words in ("wrong", PASSPHRASE):
        page.get_by_label("Your passphrase or PIN").fill(words)
        page.get_by_role("button", name="Add and sign").dblclick()
        expect(page.get_by_role("alert")).to_have_count(1 if words == "wrong" else 0)
    expect(page.locator("article").nth(1)).to_contain_text("The client rang on Friday.")
    expect(page.locator("article")).to_have_count(2)
    assert page.locator("article").first.inner_text() == before


def export(page: Page, name: str) -> str:
    """Download the note and return the words that the file holds when it is opened."""
    with page.expect_download() as download:
        page.get_by_role("link", name=name, exact=True).click()
    content = Path(download.value.path()).read_bytes()
    read: dict[str, Callable[[bytes], str]] = {
        "DOCX": lambda data: "\n".join(paragraph.text for paragraph in Document(io.BytesIO(data)).paragraphs),
        "PDF": lambda data: "\n".join(one.extract_text() for one in PdfReader(io.BytesIO(data)).pages),
        "FHIR": lambda data: json.dumps(json.loads(data), ensure_ascii=False),
        "JSON": lambda data: json.dumps(json.loads(data), ensure_ascii=False),
    }
    return read.get(name, bytes.decode)(content)


def test_an_offered_technique_stands_once_it_is_taken(opened: Window) -> None:
    path = opened.draft(2)
    one = statement(opened.page, "breathe in for four")
    press(opened.page, one, "Take the name", "taken")
    expect(opened.page.locator(".statement.taken .words")).to_contain_text("used a breathing exercise")
    keep_the_rest(opened.page)
    expect(opened.go(f"{path}/sign").locator("article")).to_contain_text("Clinician used a breathing exercise")


def test_what_was_left_out_comes_back_and_another_format_keeps_the_edits(opened: Window) -> None:
    opened.draft(1)
    page = opened.page
    edit(page, "He skipped lunch twice.", "He skipped lunch on Monday and Tuesday.")
    page.get_by_text("How it is written").click()
    page.get_by_label("Length").select_option("brief")
    page.get_by_role("button", name="Write it so").click()
    left_out = page.locator("#about form", has_text="He slept in his clothes on Thursday")
    expect(left_out).to_have_count(1)
    left_out.get_by_role("button", name="Put back").click()
    back = page.locator("#note .statement", has_text="He slept in his clothes on Thursday")
    expect(back).to_have_count(1)
    expect(left_out).to_have_count(0)
    press(page, back, "Keep", "kept")
    page.get_by_text("How it is written").click()
    page.get_by_label("Format").select_option("dap")
    page.get_by_role("button", name="Write it so").click()
    expect(page.locator("#note h2")).to_have_text(["Data", "Assessment", "Plan"])
    for words in ("He skipped lunch on Monday and Tuesday.", "He slept in his clothes on Thursday"):
        expect(page.locator("#note .statement.touched", has_text=words)).to_have_count(1)


def test_two_tabs_never_overwrite_each_other(opened: Window) -> None:
    path, first = opened.draft(), opened.page
    second = opened.tab()
    second.goto(opened.origin + path)
    edit(first, ANXIOUS, MENDED)
    with second.expect_response("**/decide") as refused:
        statement(second, "worry log").get_by_role("button", name="Drop").click()
    assert refused.value.status == 409
    said(second, "This draft was changed in another window.")
    one = statement(second, "About 4 hours")
    one.get_by_role("button", name="Edit").click()
    with second.expect_response("**/decide") as refused:
        one.locator("textarea").fill("Three hours a night.")
    assert refused.value.status == 409
    said(second, "Copy what you typed here, then reload the page.")
    expect(one.locator("textarea")).to_have_value("Three hours a night.")
    second.reload()
    expect(statement(second, MENDED)).to_have_class(re.compile("edited"))
    for words in ("worry log", "About 4 hours"):
        expect(statement(second, words)).not_to_have_class(re.compile("touched"))


def test_words_half_typed_outlive_a_decision_elsewhere(opened: Window) -> None:
    opened.draft()
    page = opened.page
    question = page.get_by_role("listitem").filter(has_text="Which telehealth method")
    question.locator("input[name=text]").fill("video")
    page.get_by_text("Add a statement to Plan").click()
    words = page.locator("#a-plan")
    words.fill("She walks to")
    press(page, statement(page, "worry log"), "Keep", "kept")
    page.get_by_role("button", name="Undo").click()
    expect(statement(page, "worry log")).not_to_have_class(re.compile("touched"))
    expect(question.locator("input[name=text]")).to_have_value("video")
    expect(words).to_have_value("She walks to")
    expect(words).to_be_visible()


def test_on_a_phone_note_and_words_are_tabs_and_nothing_is_cut_off(browser: Browser, page: Served) -> None:
    with window(browser, page, viewport=PHONE, has_touch=True, is_mobile=True) as opened:
        path = opened.draft(2)
        note, talk = opened.page.locator("#note"), opened.page.get_by_role("region", name="What was said")
        tab = opened.page.get_by_role("tab", name="What was said")
        expect(note).to_be_visible()
        expect(talk).to_be_hidden()
        tab.tap()
        expect(talk).to_be_visible()
        expect(note).to_be_hidden()
        expect(tab).to_have_attribute("aria-selected", "true")
        for where in (path, f"{path}/sign", f"{path}/delete", *PLAIN):
            opened.go(where)
            assert widest(opened.page) <= PHONE["width"], where


def widest(page: Page) -> int:
    """Return how wide the page is, in CSS pixels, with everything that it could be scrolled to sideways."""
    return int(page.evaluate("document.documentElement.scrollWidth"))


def test_by_keyboard_alone(opened: Window) -> None:
    opened.draft()
    page, keys = opened.page, opened.page.keyboard
    for _ in range(3):
        keys.press("j")
    keys.press("k")
    chosen = page.locator(".statement.chosen")
    expect(chosen).to_contain_text("About 4 hours")
    assert outlined(page)
    keys.press("Space")
    expect(chosen).to_have_class(re.compile("kept"))
    keys.press("j")
    keys.press("d")
    expect(chosen).to_have_class(re.compile("dropped"))
    keys.press("u")
    expect(chosen).not_to_have_class(re.compile("touched"))
    keys.press("r")
    expect(chosen).to_have_class(re.compile("dropped"))
    keys.press("e")
    keys.press("Control+a")
    keys.type("We practised paced breathing.")
    keys.press("Control+Enter")
    expect(chosen.locator(".words")).to_have_text("We practised paced breathing.")
    keys.press("j")
    expect(chosen).to_contain_text("denied suicidal ideation")
    keys.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    keys.press("d")
    keys.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    expect(chosen).not_to_have_class(re.compile("touched"))
    keys.press("Control+Enter")
    expect(page.locator("h1")).to_have_text("Still open")


def outlined(page: Page) -> bool:
    """Say whether what has the focus is drawn with an outline, inside the window and under nothing else."""
    return bool(
        page.evaluate("""() => {
            const one = document.activeElement, box = one.getBoundingClientRect();
            const top = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height / 2, 8));
            return getComputedStyle(one).outlineStyle !== "none" && top !== null
                && (one.contains(top) || top.contains(one));
        }""")
    )


def test_buttons_are_pressed_by_the_keys_that_press_buttons(opened: Window) -> None:
    opened.draft()
    page = opened.page
    page.keyboard.press("j")
    drop = page.locator(".statement.chosen").get_by_role("button", name="Drop")
    drop.focus()
    page.keyboard.press("Space")
    expect(page.locator(".statement.chosen")).to_have_class(re.compile("dropped"))
    expect(drop).to_be_focused()
    page.get_by_role("button", name="Undo").focus()
    page.keyboard.press("Space")
    expect(page.locator(".statement.touched")).to_have_count(0)


def test_the_tab_key_goes_through_the_page_in_reading_order_and_shows_where_it_is(opened: Window) -> None:
    opened.draft()
    opened.page.keyboard.press("Tab")
    expect(opened.page.locator(":focus")).to_have_text("Skip to the content")
    tops, names = [], []
    for _ in range(60):
        opened.page.keyboard.press("Tab")
        place = opened.page.evaluate("""() => {
            const one = document.activeElement;
            return [one.closest("#note") ? one.getBoundingClientRect().top + scrollY : null, one.textContent.trim()];
        }""")
        assert outlined(opened.page), place
        tops += [place[0]] if place[0] is not None else []
        names.append(place[1])
    assert names[:3] == ["Queue", "New", "Notes"]
    assert len(tops) > 10
    assert all(later >= earlier - 8 for earlier, later in zip(tops, tops[1:], strict=False))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_barrier_on_any_page(browser: Browser, page: Served, scheme: str) -> None:
    with window(browser, page, color_scheme=scheme) as opened:
        path = opened.draft(2)
        edit(opened.page, "panic attack", MENDED)
        press(opened.page, statement(opened.page, "breathe in for four"), "Drop", "dropped")
        statement(opened.page, "not to wake up").locator(".words").click()
        for summary in opened.page.locator("summary").all():
            summary.click()
        found = {path: barriers(opened.page)}
        opened.page.keyboard.press("Escape")
        opened.page.get_by_role("button", name="Keys").click()
        found["keys"] = barriers(opened.page)
        for where in (f"{path}/sign", f"{path}/delete", "/drafts/none", *PLAIN):
            found[where] = barriers(opened.go(where))
        opened.go(path)
        keep_the_rest(opened.page)
        found["signature"] = barriers(opened.go(f"{path}/sign"))
        sign(opened.page)
        expect(opened.page.locator("h1")).to_have_text("Signed")
        found["signed"] = barriers(opened.page)
        opened.page.get_by_role("link", name="Show the note").click()
        opened.page.get_by_text("Add to this note").click()
        found["note"] = barriers(opened.page)
        assert {where: wrong for where, wrong in found.items() if wrong} == {}


def barriers(page: Page) -> list[tuple[str, Any]]:
    """Return what axe has against a page, of WCAG 2.0 to 2.2, levels A and AA: the rule and where."""
    found = Axe().run(page, options={"runOnly": list(LEVELS), "resultTypes": ["violations"]})
    return [(rule["id"], rule["nodes"][0]["target"]) for rule in found.response["violations"]]


def test_a_file_of_sound_becomes_a_draft(opened: Window) -> None:
    page = opened.go("/new")
    page.get_by_label("Client's reference").fill("K-13")
    page.get_by_label("Drop a recording").set_input_files(SPOKEN)
    row = page.locator("#queue tr", has_text="K-13")
    expect(row.get_by_role("link", name="Review")).to_be_visible(timeout=60_000)
    row.get_by_role("link", name="Review").click()
    expect(page.locator(".talk .turn").first).to_be_visible()
    expect(page.locator("#note .statement").first).to_be_visible()


def test_the_microphone_outlives_a_reload_and_leaves_no_sound_behind(opened: Window, home: Path) -> None:
    sent: list[bytes] = []
    opened.page.expose_function("overheard", lambda data: sent.append(base64.b64decode(data)))
    opened.page.add_init_script(LISTEN)
    page = opened.go("/new")
    page.get_by_label("Client's reference").fill("K-13")
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.locator("#time")).to_have_text("0:06", timeout=30_000)
    page.reload()
    page.get_by_role("button", name="Go on with it").click()
    expect(page.locator("#time")).to_have_text("0:17", timeout=30_000)
    page.get_by_role("button", name="Done, draft it").last.click()
    row = page.locator("#queue tr", has_text="K-13")
    expect(row.get_by_role("link", name="Review")).to_be_visible(timeout=60_000)
    row.get_by_role("link", name="Review").click()
    expect(page.locator("#note .statement").first).to_be_visible()
    keep_the_rest(page)
    page.get_by_role("link", name="Sign …").click()
    sign(page)
    expect(page.locator("main")).to_contain_text(re.compile(r"Audio of recording \w{8}: purged"))
    sound = b"".join(sent)
    assert len(sound) > 15 * 2 * 16_000
    samples = [sound[at : at + 64] for at in range(32_000, len(sound) - 64, 16_000) if any(sound[at : at + 64])]
    assert samples
    kept = [path.read_bytes() for path in home.parent.rglob("*") if path.is_file()]
    assert not [at for at, part in enumerate(samples) if any(part in content for content in kept)]
    assert not list(home.rglob("*.spool"))


def asked_for(opened: Window, end: str) -> int:
    """Return how often an address with this end was asked for."""
    return sum(url.endswith(end) for url in opened.asked)


def test_pressed_twice_the_microphone_is_opened_once(opened: Window) -> None:
    opened.page.add_init_script(COUNT)
    page = opened.go("/new")
    page.get_by_label("Client's reference").fill("K-13")
    page.get_by_role("button", name="Record", exact=True).dblclick()
    expect(page.locator("#time")).to_have_text("0:02")
    assert (page.evaluate("streams.length"), asked_for(opened, "/record/begin")) == (1, 1)
    page.reload()
    page.get_by_role("button", name="Go on with it").dblclick()
    expect(page.locator("#mic")).to_contain_text("Recording.")
    expect(page.get_by_role("button", name="Go on with it")).to_be_disabled()
    assert page.evaluate("streams.length") == 1
    page.evaluate("stop()")
    assert page.evaluate(LIVE) == 0


def test_a_session_without_consent_opens_no_microphone(opened: Window) -> None:
    opened.page.add_init_script(COUNT)
    page = opened.go("/new")
    page.get_by_label("Client's reference").fill("K-13")
    page.get_by_label("What it is").select_option("session")
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.locator("#mic")).to_contain_text("There is no consent on file")
    assert page.evaluate("streams.length") == 0


def test_a_microphone_that_cannot_be_heard_is_closed_again(opened: Window) -> None:
    opened.page.add_init_script(COUNT + DEAF)
    page = opened.go("/new")
    with page.expect_response("**/end"):
        page.get_by_role("button", name="Record", exact=True).click()
    assert page.evaluate("streams.length") == 1
    assert page.evaluate(LIVE) == 0
    assert page.get_by_role("button", name="Record", exact=True).is_enabled()
    expect(opened.go("/new").locator("[data-recording]")).to_have_count(0)


def test_a_microphone_that_is_not_given_leaves_no_recording_open(opened: Window) -> None:
    opened.page.add_init_script(REFUSE)
    page = opened.go("/new")
    with page.expect_response("**/end"):
        page.get_by_role("button", name="Record", exact=True).click()
    expect(page.locator("#mic")).to_have_text("The browser did not give the microphone.")
    expect(opened.go("/new").locator("[data-recording]")).to_have_count(0)
