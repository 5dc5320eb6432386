"""Saving in real Chromium: what is refused is seen, what is typed is not lost, what is pressed twice is done once."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from .pages import PHONE, Served, Window, edit, in_browser, press, said, served, statement, window

pytestmark = in_browser
ANXIOUS = "Client reported feeling anxious about work and sleeping."
MENDED = "Client felt anxious about the quarterly review at work."
SLEEP = "About 4 hours"
DECIDES = "**/decide"
SPOKEN = """() => {
    window.spoken = [];
    const said = document.getElementById("said");
    const heard = () => said.textContent && spoken.push(said.textContent);
    new MutationObserver(heard).observe(said, { childList: true });
}"""
ON_TOP = """one => {
    const box = one.getBoundingClientRect();
    return one.contains(document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2));
}"""


def decide_elsewhere(opened: Window) -> None:
    """Drop the second statement as another window does, so that this page shows an older review."""
    page = opened.page
    target = page.locator(".statement [name=target]").nth(3).get_attribute("value") or ""
    seen = page.locator("[data-seen]").get_attribute("data-seen") or ""
    form: dict[str, str | float | bool] = {"action": "drop", "target": target, "seen": seen}
    assert page.request.post(f"{page.url}/decide", form=form, headers={"origin": opened.origin}).ok


def nobody_answers(route: Route) -> None:
    route.abort()


def type_into(page: Page, words: str, new: str) -> Locator:
    """Write other words for a statement, and wait until they were sent."""
    one = statement(page, words)
    one.get_by_role("button", name="Edit").click()
    area = page.locator(f"#{one.get_attribute('id')} textarea")
    with page.expect_request(DECIDES):
        area.fill(new)
    return area


@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 720}, PHONE], ids=["desk", "phone"])
def test_a_refusal_is_seen_wherever_one_is_and_spoken_each_time(browser: Browser, page: Served, viewport: Any) -> None:
    with window(browser, page, viewport=viewport) as opened:
        opened.draft(1)
        shown, told = opened.page, opened.page.locator("#said")
        decide_elsewhere(opened)
        shown.evaluate(SPOKEN)
        for times in (1, 2):
            with shown.expect_response(DECIDES) as refused:
                shown.locator(".statement").last.get_by_role("button", name="Drop").click()
            assert refused.value.status == 409
            shown.wait_for_function("count => spoken.length === count", arg=times)
            expect(told).to_contain_text("This draft was changed in another window.")
            expect(told).to_have_attribute("role", "alert")
            expect(told).to_be_in_viewport()
            assert shown.evaluate("scrollY") > 0
            assert told.evaluate(ON_TOP)


@pytest.mark.parametrize(("status", "words"), [(403, "This is for the clinician alone."), (413, "That is too large.")])
def test_what_the_gate_refuses_is_said(opened: Window, status: int, words: str) -> None:
    opened.draft()
    page = opened.page
    edit(page, ANXIOUS, MENDED)
    page.route(DECIDES, lambda route: route.fulfill(status=status, content_type="text/plain", body=f"{words}\n"))
    statement(page, "worry log").get_by_role("button", name="Drop").click()
    expect(page.locator("#said")).to_have_text(words)


def test_the_next_thing_to_look_at_is_what_the_keys_decide_on(opened: Window) -> None:
    path, page = opened.draft(), opened.page
    chosen = page.locator(".statement.chosen")
    page.keyboard.press("j")
    first = chosen.get_attribute("id")
    page.keyboard.press("m")
    expect(chosen).to_have_class(re.compile("must"))
    expect(chosen.locator(".words")).to_be_focused()
    expect(chosen).to_be_in_viewport()
    page.keyboard.press("Space")
    expect(page.locator(".statement.must.kept")).to_have_count(1)
    expect(page.locator(f"#{first}")).not_to_have_class(re.compile("kept"))
    opened.go(f"{path}/sign").get_by_role("link", name=f"Decide: {SLEEP}").click()
    expect(chosen).to_contain_text(SLEEP)
    page.keyboard.press("Space")
    expect(statement(page, SLEEP)).to_have_class(re.compile("kept"))


def test_typing_goes_on_in_the_same_question_when_something_else_was_saved(opened: Window) -> None:
    opened.draft()
    page = opened.page
    fields = page.locator("#asked form.answer input[name=text]")
    one = statement(page, ANXIOUS)
    one.get_by_role("button", name="Edit").click()
    one.locator("textarea").fill(MENDED)
    with page.expect_response(DECIDES):
        fields.nth(1).click()
    said(page, "Saved.")
    page.keyboard.type("90837")
    expect(fields.nth(1)).to_have_value("90837")
    expect(fields.nth(0)).to_have_value("")


def test_enter_held_down_decides_one_thing(opened: Window) -> None:
    opened.draft()
    page = opened.page
    asked = page.locator("#asked form.answer")
    count = asked.count()
    assert count > 1
    asked.first.locator("input[name=text]").fill("Not known.")
    asked.nth(1).locator("input[name=text]").fill("Not this one.")
    asked.first.get_by_role("button", name="Set aside").focus()
    for _ in range(3):
        page.keyboard.down("Enter")
        page.wait_for_timeout(300)
    expect(asked).to_have_count(count - 1)
    expect(asked.first.locator("input[name=text]")).to_have_value("Not this one.")
    expect(page.locator("#asked h2")).to_be_focused()


def test_words_that_were_not_kept_are_sent_again_before_the_next_decision(opened: Window) -> None:
    opened.draft()
    page = opened.page
    page.route(DECIDES, nobody_answers)
    area = type_into(page, ANXIOUS, MENDED)
    said(page, "Not saved: Evenfall does not answer.")
    statement(page, "worry log").get_by_role("button", name="Drop").click()
    said(page, "Evenfall does not answer.")
    expect(area).to_have_value(MENDED)
    page.unroute(DECIDES)
    press(page, statement(page, "worry log"), "Drop", "dropped")
    expect(statement(page, MENDED)).to_have_class(re.compile("edited"))
    page.reload()
    expect(statement(page, MENDED)).to_have_class(re.compile("edited"))


def test_words_that_another_window_refused_outlive_a_decision(opened: Window) -> None:
    opened.draft()
    page = opened.page
    decide_elsewhere(opened)
    area = type_into(page, ANXIOUS, MENDED)
    said(page, "Copy what you typed here, then reload the page.")
    for name in ("Keep", "Drop"):
        with page.expect_response(DECIDES):
            area.locator("xpath=ancestor::*[contains(@class, 'statement')]").get_by_role("button", name=name).click()
        expect(area).to_be_visible()
        expect(area).to_have_value(MENDED)


def test_edit_then_keep_keeps_the_words_that_were_typed(opened: Window) -> None:
    opened.draft()
    page = opened.page
    one = page.locator(f"#{statement(page, ANXIOUS).get_attribute('id')}")
    one.get_by_role("button", name="Edit").click()
    one.locator("textarea").fill(MENDED)
    one.get_by_role("button", name="Keep").click()
    expect(one.locator(".words")).to_have_text(MENDED)
    expect(one).to_have_class(re.compile("edited"))
    one.locator(".words").click()
    page.keyboard.press("Space")
    one.get_by_role("button", name="Keep as drafted").click()
    expect(one.locator(".words")).to_have_text(ANXIOUS)
    expect(one).to_have_class(re.compile("kept"))


def test_a_statement_shows_what_was_saved_while_it_was_written_once_it_is_left(opened: Window) -> None:
    opened.draft()
    page = opened.page
    one = page.locator(f"#{statement(page, ANXIOUS).get_attribute('id')}")
    edit(page, ANXIOUS, MENDED)
    expect(one.locator("textarea")).to_be_focused()
    expect(one.locator(".words")).to_have_text(ANXIOUS)
    page.locator("h1").click()
    expect(one.locator(".words")).to_have_text(MENDED)
    expect(one).to_have_class(re.compile("edited"))


def test_lines_stay_lines(opened: Window) -> None:
    opened.draft()
    page = opened.page
    edit(page, ANXIOUS, "First line.\nSecond line.")
    page.reload()
    words = page.locator(".statement.edited .words")
    assert words.inner_text() == "First line.\nSecond line."
    assert "\r" not in (words.text_content() or "")


def test_a_double_click_adds_once_and_answers_once(opened: Window) -> None:
    opened.draft()
    page = opened.page
    page.get_by_text("Add a statement to Plan").click()
    page.locator("#a-plan").fill("She walks to work.")
    page.get_by_role("button", name="Add", exact=True).first.dblclick()
    said(page, "Saved.")
    expect(statement(page, "She walks to work.")).to_have_count(1)
    asked = page.locator("#todo form.answer")
    count = asked.count()
    asked.first.locator("input[name=text]").fill("Not known.")
    with page.expect_response(DECIDES) as answered:
        asked.first.get_by_role("button", name="Set aside").dblclick()
    assert answered.value.ok
    expect(asked).to_have_count(count - 1)
    said(page, "Saved.")
    expect(statement(page, "She walks to work.")).to_have_count(1)


def test_control_and_enter_send_only_where_it_is_clear_what(opened: Window) -> None:
    opened.draft()
    page = opened.page
    both = page.locator("form.answer", has=page.get_by_role("button", name="Answer")).first.locator("input[name=text]")
    both.fill("video")
    both.press("Control+Enter")
    one = page.locator("form.answer").filter(has_not=page.get_by_role("button", name="Answer")).first
    count = page.locator("form.answer").count()
    one.locator("input[name=text]").fill("Billed elsewhere.")
    one.locator("input[name=text]").press("Control+Enter")
    expect(page.locator("form.answer")).to_have_count(count - 1)
    said(page, "Saved.")
    expect(both).to_have_value("video")


def test_an_emptied_statement_is_not_sent(opened: Window) -> None:
    opened.draft()
    page = opened.page
    one = statement(page, ANXIOUS)
    one.get_by_role("button", name="Edit").click()
    one.locator("textarea").fill("")
    said(page, "A statement without words is not saved.")
    assert not [url for url in opened.asked if url.endswith("/decide")]


def test_a_statement_of_blanks_is_not_sent_by_its_button_either(opened: Window) -> None:
    opened.draft()
    page = opened.page
    one = statement(page, ANXIOUS)
    one.get_by_role("button", name="Edit").click()
    one.locator("textarea").fill("   ")
    for _ in range(2):
        one.get_by_role("button", name="Done").click()
        said(page, "A statement without words is not saved.")
    assert not [url for url in opened.asked if url.endswith("/decide")]


def test_a_turn_that_was_quoted_is_still_reached_with_the_tab_key(opened: Window) -> None:
    opened.draft()
    page = opened.page
    page.locator(".turn .who").first.click()
    page.locator("#quote button").click()
    said(page, "Saved.")
    assert page.locator('.turn .who[tabindex="0"]').count() == 1


@pytest.mark.parametrize("loose", [True, False])
def test_a_page_left_alone_hides_what_is_half_typed_and_shows_it_again(
    browser: Browser, home: Path, loose: bool
) -> None:
    with served(home, EVENFALL_WEB__LOGOFF_MINUTES="0.1") as page, window(browser, page) as opened:
        opened.draft()
        answer = opened.page.locator("form.answer input[name=text]").first
        if loose:
            answer.fill("half an answ")
        covered = opened.page.locator("#covered" if loose else "form[action='/unlock']")
        expect(covered).to_be_visible()
        expect(opened.page.locator("h1, .statement, .turn").filter(visible=True)).to_have_count(0 if loose else 1)
        if not loose:
            return
        other = opened.tab()
        other.goto(f"{opened.origin}/locked")
        other.get_by_label("Your passphrase").fill("open sesame 7")
        other.get_by_role("button", name="Unlock").click()
        expect(answer).to_be_visible()
        expect(answer).to_have_value("half an answ")


def test_who_works_in_one_tab_is_there_in_the_others(browser: Browser, home: Path) -> None:
    with served(home, EVENFALL_WEB__LOGOFF_MINUTES="0.1") as page, window(browser, page) as opened:
        opened.go("/clients")
        other = opened.tab()
        other.goto(f"{opened.origin}/notes")
        for _ in range(40):
            other.mouse.wheel(0, 1)
            other.wait_for_timeout(250)
        expect(opened.page.locator("h1")).to_have_text("Clients")


def test_what_it_is_about_stays_chosen_while_the_words_are_not_added(opened: Window) -> None:
    opened.draft()
    page = opened.page
    page.get_by_text("Add a statement to Plan").click()
    page.locator("#a-plan").fill("She walks to")
    before = page.locator("#c-plan").input_value()
    page.locator("#c-plan").select_option("risk")
    assert before != "risk"
    press(page, statement(page, "worry log"), "Keep", "kept")
    page.get_by_role("button", name="Undo").click()
    expect(statement(page, "worry log")).not_to_have_class(re.compile("touched"))
    expect(page.locator("#c-plan")).to_have_value("risk")
    page.get_by_role("button", name="Add", exact=True).first.click()
    expect(statement(page, "She walks to")).to_have_count(1)
    expect(page.locator("#c-plan")).to_have_value(before)


def test_locking_in_one_tab_hides_the_others_and_keeps_what_was_typed_there(opened: Window) -> None:
    path, page = opened.draft(), opened.page
    one = statement(page, ANXIOUS)
    one.get_by_role("button", name="Edit").click()
    one.locator("textarea").fill(MENDED)
    said(page, "Saved.")
    other = opened.tab()
    other.goto(f"{opened.origin}/notes")
    other.get_by_role("button", name="Lock").click()
    for tab in (other, page):
        expect(tab.locator("h1")).to_have_text("Evenfall is locked")
    other.get_by_label("Your passphrase").fill("open sesame 7")
    other.get_by_role("button", name="Unlock").click()
    expect(other.locator("h1")).to_have_text("What waits for you")
    other.goto(opened.origin + path)
    expect(statement(other, MENDED)).to_have_class(re.compile("edited"))


def test_words_that_could_not_be_kept_outlive_the_lock_of_another_tab(opened: Window) -> None:
    opened.draft()
    page = opened.page
    page.route(DECIDES, nobody_answers)
    area = type_into(page, ANXIOUS, MENDED)
    said(page, "Not saved: Evenfall does not answer.")
    other = opened.tab()
    other.goto(f"{opened.origin}/notes")
    other.get_by_role("button", name="Lock").click()
    expect(other.locator("h1")).to_have_text("Evenfall is locked")
    page.unroute(DECIDES)
    other.get_by_label("Your passphrase").fill("open sesame 7")
    other.get_by_role("button", name="Unlock").click()
    expect(other.locator("h1")).to_have_text("What waits for you")
    expect(area).to_have_value(MENDED)
    area.press("Control+Enter")
    expect(statement(page, MENDED)).to_have_class(re.compile("edited"))
