"""The ways in, in real Chromium, when something fails: words and sound stay in the window until they are kept."""

import signal
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import Browser, Error, FilePayload, Page, Route, expect

from .pages import CLIENT, DICTATION, Window, free_port, in_browser, served, window

pytestmark = in_browser
OWN = "the lamp in the hall"
UNSAVED = "Not saved: Evenfall does not answer. Your words are still in this window."
TYPED = "Your dictation, typed"


def test_nothing_is_drafted_until_the_words_are_kept(opened: Window) -> None:
    page = opened.go("/new")
    page.route("**/new/typing", lambda route: route.abort())
    page.get_by_label(TYPED).fill(DICTATION)
    draft = page.get_by_role("button", name="Draft it", exact=True)
    draft.click()
    expect(page.locator("#kept")).to_have_text(UNSAVED)
    expect(page.get_by_label(TYPED)).to_have_value(DICTATION)
    assert not [url for url in opened.asked if url.endswith("/new/typed")]
    page.unroute("**/new/typing")
    draft.click()
    expect(page.locator(".talk")).to_contain_text("anxious", timeout=60_000)


def test_words_typed_in_a_page_that_was_locked_stay_in_it(opened: Window) -> None:
    page = opened.go("/new")
    opened.context.clear_cookies()
    page.get_by_label(TYPED).fill(DICTATION)
    page.get_by_role("button", name="Draft it", exact=True).click()
    expect(page.locator("#kept")).to_contain_text("Evenfall was locked meanwhile.")
    expect(page.get_by_label(TYPED)).to_have_value(DICTATION)


def test_a_long_dictation_is_kept_as_it_is_typed(opened: Window) -> None:
    page = opened.go("/new")
    page.get_by_label(TYPED).fill(DICTATION * 200)
    expect(page.locator("#kept")).to_have_text("Kept, sealed.")
    page.reload()
    expect(page.get_by_label(TYPED)).to_have_value(DICTATION * 200)


def test_the_same_file_can_be_chosen_again(opened: Window) -> None:
    page = opened.go("/new")
    file = FilePayload(name="a.doc", mimeType="text/plain", buffer=b"x" * 200)
    for _ in range(2):
        with page.expect_response("**/new/file**"):
            page.get_by_label("Drop a recording").set_input_files([file])
        expect(page.locator("#sending")).not_to_have_text("Sending …")
        assert page.locator("#file").input_value() == ""


def test_a_process_note_is_not_sent_until_its_words_are_kept(opened: Window) -> None:
    page = opened.go("/process-notes")
    page.get_by_label("A passphrase for the process notes").fill(OWN)
    page.get_by_label("Once more").fill(OWN)
    page.get_by_role("button", name="Make the drawer").click()
    page.get_by_label("Client's reference").fill(CLIENT)
    page.get_by_role("button", name="Show or write").click()
    page.request.post(f"{opened.origin}/process-notes/close", headers={"origin": opened.origin})
    page.get_by_label("What you think of it").fill("Her silence.")
    page.get_by_role("button", name="Keep it").click()
    expect(page.locator("#kept")).to_contain_text("Your words are still in this window")
    page.wait_for_timeout(500)
    expect(page.get_by_label("What you think of it")).to_have_value("Her silence.")


def samples(opened: Window, spool_id: str) -> int:
    """Return how many samples of a recording the server has."""
    where = f"{opened.origin}/record/{spool_id}/resume"
    return int(opened.page.request.post(where, headers={"origin": opened.origin}).json()["samples"])


def record(page: Page) -> str:
    """Begin to record, wait until it is heard, and return the recording's id."""
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.locator("#time")).not_to_have_text("0:00")
    return str(page.evaluate("recording.id"))


def test_what_is_heard_while_nobody_answers_is_sent_once_somebody_does(opened: Window) -> None:
    page = opened.go("/new")
    spool_id = record(page)

    def arrives_and_is_not_answered(route: Route) -> None:
        with suppress(Error):  # the test may be over by then
            route.fetch()
            route.abort()

    page.route("**/chunk**", arrives_and_is_not_answered)
    expect(page.locator("#mic")).to_contain_text("Evenfall does not answer.")
    heard = page.evaluate("recording.samples")
    page.wait_for_function("heard => recording.samples > heard + 32000", arg=heard)
    page.unroute("**/chunk**")
    expect(page.locator("#mic")).to_have_text("Recording. Each second is sealed as it is heard.")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#mic")).to_have_text("Paused: nothing is heard.")
    page.evaluate("sending")
    assert samples(opened, spool_id) == page.evaluate("recording.samples") > heard + 32_000


def test_a_microphone_that_ends_says_so_and_can_go_on(opened: Window) -> None:
    page = opened.go("/new")
    record(page)
    page.evaluate("recording.stream.getTracks()[0].dispatchEvent(new Event('ended'))")
    expect(page.locator("#mic")).to_contain_text("The microphone is gone")
    before = page.evaluate("recording.samples")
    page.get_by_role("button", name="Go on", exact=True).click()
    expect(page.locator("#mic")).to_contain_text("Recording.")
    page.wait_for_function("before => recording.samples > before", arg=before)
    page.evaluate("stop()")


def test_a_recording_goes_on_in_another_where_evenfall_was_started_anew(browser: Browser, home: Path) -> None:
    port = free_port()
    with served(home, port=port) as page, window(browser, page) as opened:
        spool_id = record(opened.go("/new"))
        page.process.send_signal(signal.SIGKILL)
        page.process.wait()
        mic = opened.page.locator("#mic")
        expect(mic).to_contain_text("Evenfall does not answer.")
        with served(home, port=port) as again:
            other = opened.tab()
            other.goto(again.link)
            expect(mic).to_have_text("Recording. Each second is sealed as it is heard.")
            opened.page.get_by_role("button", name="Pause").click()
            opened.page.evaluate("sending")
            new_id, first, heard = opened.page.evaluate("[recording.id, recording.first, recording.samples]")
            assert new_id != spool_id
            assert samples(opened, new_id) == heard - first > 0
