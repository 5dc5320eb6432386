"""What was said, in real Chromium: words marked and quoted, who spoke put right, by mouse and by keys; typing kept."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from . import pages
from .pages import Served, Window, in_browser, window

pytestmark = in_browser
SELECT = """([id, words]) => {
    const said = document.querySelector(`#turn-${id} .said`);
    const walker = document.createTreeWalker(said, NodeFilter.SHOW_TEXT);
    const at = said.textContent.indexOf(words);
    const range = document.createRange();
    let seen = 0;
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const end = seen + node.length;
        if (seen <= at && at < end) range.setStart(node, at - seen);
        if (seen < at + words.length && at + words.length <= end) range.setEnd(node, at + words.length - seen);
        seen = end;
    }
    getSelection().removeAllRanges();
    getSelection().addRange(range);
}"""


@pytest.fixture
def opened(browser: Browser, page: Served) -> Iterator[Window]:
    with window(browser, page) as one:
        one.draft(2)
        yield one


def turn_of(page: Page, words: str) -> str:
    """Choose the turn that holds these words and return its id."""
    turn = page.locator(".turn", has_text=words)
    turn.locator(".who").click()
    return turn.get_attribute("data-turn") or ""


def test_words_that_are_marked_become_a_statement_in_the_section_of_their_kind(opened: Window) -> None:
    page = opened.page
    turn = turn_of(page, "panic attack on the bus")
    page.evaluate(SELECT, [turn, "panic attack on the b"])
    expect(page.locator("#quoted")).to_have_text("panic attack on the b")
    page.get_by_label("What it is about").last.select_option("behaviour")
    page.get_by_role("button", name="Add to the note").click()
    expect(page.locator("#said")).to_have_text("Saved.")
    quoted = page.locator(".statement.added")
    expect(quoted.locator(".words")).to_have_text(re.compile(r'Client said: "panic attack on the bus[.,]?"'))
    expect(quoted.locator(".chip").first).to_have_text("client said")
    quoted.locator(".words").click()
    expect(page.locator(f"#turn-{turn} mark.lit")).to_have_text(re.compile("^panic attack on the bus"))
    page.reload()
    expect(page.locator(".statement.added .words")).to_contain_text("panic attack on the bus")


def test_who_spoke_is_put_right_and_what_was_typed_stays(opened: Window) -> None:
    page = opened.page
    one = page.locator(".statement").first
    one.get_by_role("button", name="Edit").click()
    one.locator("textarea").fill("She is very anxious.")
    turn = turn_of(page, "panic attack on the bus")
    before = page.url
    expect(page.get_by_label("Who said this")).to_have_value("client")
    page.get_by_label("Who said this").select_option("other")
    page.get_by_role("button", name="Change who spoke").click()
    expect(page.locator(f"#turn-{turn} .who")).to_contain_text("Another person", timeout=60_000)
    assert page.url.split("?")[0] != before
    expect(page.locator(".statement.edited .words, .statement.added .words")).to_have_text("She is very anxious.")


def test_turns_by_keys(opened: Window) -> None:
    page = opened.page
    turns = page.locator(".turn .who")
    turns.first.focus()
    page.keyboard.press("ArrowDown")
    expect(turns.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#turn-tools")).to_be_visible()
    text = page.locator(".turn .said").nth(1).text_content() or ""
    expect(page.locator("#quoted")).to_have_text(text.strip())
    page.keyboard.press("Tab")
    expect(page.get_by_label("What it is about").last).to_be_focused()
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
    assert found.response["violations"] == [], found.generate_report()


def test_a_dictation_being_typed_outlives_a_reload(opened: Window, page: Served) -> None:
    typing = opened.page
    typing.goto(f"{page.origin}/new")
    typing.get_by_label("Your dictation, typed").fill("She feels anxious about work")
    expect(typing.locator("#kept")).to_have_text("Kept, sealed.")
    typing.reload()
    expect(typing.get_by_label("Your dictation, typed")).to_have_value("She feels anxious about work")
    typing.get_by_label("Your dictation, typed").fill(pages.DICTATION.replace("Saw", "I saw"))
    typing.get_by_role("button", name="Draft it", exact=True).click()
    expect(typing.locator("h1")).to_contain_text("Draft", timeout=60_000)
    typing.goto(f"{page.origin}/new")
    expect(typing.get_by_label("Your dictation, typed")).to_have_value("")
