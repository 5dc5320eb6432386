"""The ways in, in real Chromium, when something fails: words and sound stay in the window until they are kept."""

import signal
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Error, FilePayload, Page, Route, expect

from .pages import CLIENT, DICTATION, Window, free_port, in_browser, run, served, window

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


def chosen(page: Page, *names: str) -> None:
    """Choose files: a.vtt is one that is no transcript."""
    files = [FilePayload(name=name, mimeType="text/plain", buffer=name.encode() * 200) for name in names]
    page.get_by_label("Drop a recording").set_input_files(files)


def test_a_file_that_is_refused_is_named_and_the_others_are_sent(opened: Window) -> None:
    page = opened.go("/new")
    chosen(page, "one.m4a", "two.vtt", "three.m4a", "four.m4a")
    told = page.locator("#sending")
    expect(told).to_contain_text("two.vtt: ")
    expect(told).to_contain_text("Sent, and in the queue: one.m4a, three.m4a, four.m4a.")
    assert page.url.endswith("/new")


def test_where_nobody_answers_the_files_that_were_not_sent_are_named(opened: Window) -> None:
    page = opened.go("/new")
    page.route("**/new/file**", lambda route: route.abort())
    chosen(page, "one.m4a", "two.m4a", "three.m4a")
    expect(page.locator("#sending")).to_contain_text("one.m4a: Evenfall does not answer.")
    expect(page.locator("#sending")).to_contain_text("Not sent: two.m4a, three.m4a.")


FOLDER = """() => {
    const folder = new File(["x"], "Recordings");
    folder.slice = () => ({ arrayBuffer: () => Promise.reject(new DOMException("no", "NotReadableError")) });
    return upload([folder, new File(["x".repeat(500)], "one.m4a")]);
}"""


def test_a_folder_is_told_from_an_evenfall_that_does_not_answer(opened: Window) -> None:
    page = opened.go("/new")
    page.evaluate(FOLDER)
    expect(page.locator("#sending")).to_contain_text("Recordings: It cannot be read: it is a folder")
    expect(page.locator("#sending")).to_contain_text("Sent, and in the queue: one.m4a.")


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


def test_a_page_that_records_is_not_left_unasked(opened: Window) -> None:
    page = opened.go("/new")
    spool_id = record(page)
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.get_by_role("link", name="Queue").click(no_wait_after=True)
    page.wait_for_timeout(500)
    assert (asked, page.evaluate("recording.id")) == (["beforeunload"], spool_id)
    page.get_by_role("button", name="Done, draft it").click()
    page.wait_for_url(f"{opened.origin}/")
    assert asked == ["beforeunload"]


def test_an_older_recording_is_finished_without_the_one_that_runs(opened: Window) -> None:
    page = opened.go("/new")
    record(page)
    page.reload()
    newer = record(page)
    done = page.locator("[data-finish]")
    expect(done).to_be_disabled()
    older = done.get_attribute("data-finish")
    page.evaluate("id => finish({ id })", older)
    expect(page.locator("[data-recording]")).to_have_count(0)
    before = page.evaluate("recording.samples")
    page.wait_for_function("before => recording?.samples > before", arg=before)
    assert (page.evaluate("recording.id"), page.url) == (newer, f"{opened.origin}/new")
    assert samples(opened, newer) > 0
    page.evaluate("stop()")


def test_a_record_that_is_away_ends_no_recording_and_loses_nothing(opened: Window) -> None:
    page = opened.go("/new")
    spool_id = record(page)
    said = "<p id='said'>The record's server cannot be reached.</p>"
    page.route("**/chunk**", lambda route: route.fulfill(status=503, content_type="text/html", body=said))
    expect(page.locator("#mic")).to_contain_text("The record's server cannot be reached. What is heard waits")
    heard = page.evaluate("recording.samples")
    page.unroute("**/chunk**")
    expect(page.locator("#mic")).to_have_text("Recording. Each second is sealed as it is heard.")
    page.get_by_role("button", name="Pause").click()
    page.evaluate("sending")
    assert samples(opened, spool_id) == page.evaluate("recording.samples") >= heard


def test_what_the_law_has_said_first_is_shown_when_a_session_begins(opened: Window, home: Path) -> None:
    run(home, "consent", "add", "--client", "K-30", "--participant", "client", "--law", "washington")
    page = opened.go("/new")
    page.get_by_label("Client's reference").fill("K-30")
    page.get_by_label("What it is").select_option("session")
    record(page)
    expect(page.locator("#first")).to_contain_text("Say first: “This session is being recorded")
    page.evaluate("stop()")
    expect(page.locator("#first")).to_have_text("")


# What a microphone hands on at a device's own rate: a low tone as it was, nothing of one too high for 16 kHz.
RESAMPLED = """async ([rate, tone]) => {
    const context = new OfflineAudioContext(1, 2 * rate, rate);
    await context.audioWorklet.addModule("/static/microphone.js");
    const node = new AudioWorkletNode(context, "microphone");
    const heard = [];
    node.port.onmessage = ({ data }) => heard.push(...data);
    const source = new OscillatorNode(context, { frequency: tone });
    source.connect(node);
    node.connect(context.destination);
    source.start();
    await context.startRendering();
    await new Promise((done) => setTimeout(done, 300));
    let [there, here] = [0, 0];
    const middle = heard.slice(4000, 20000);
    for (const [at, one] of middle.entries()) {
        there += one * Math.sin(2 * Math.PI * tone * at / 16000);
        here += one * Math.cos(2 * Math.PI * tone * at / 16000);
    }
    return [heard.length, 2 * Math.hypot(there, here) / middle.length / 32767, Math.max(...middle) / 32767];
}"""


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000, 96_000])
def test_a_microphone_at_any_rate_is_heard_at_ours(opened: Window, rate: int) -> None:
    page = opened.go("/new")
    length, strength, _ = page.evaluate(RESAMPLED, [rate, 440])
    assert length == pytest.approx(32_000, abs=1_700)  # what is no whole block yet is still held
    assert strength == pytest.approx(1, rel=0.01)
    if rate > 22_000:
        _, _, most = page.evaluate(RESAMPLED, [rate, 10_000])
        assert most < 0.001


def test_a_computer_that_slept_leaves_its_gap_in_the_recording(opened: Window) -> None:
    page = opened.go("/new")
    record(page)
    with page.expect_response("**/slept?seconds=600") as noted:
        page.evaluate("recording.node.port.onmessage({ data: 600 })")
    assert noted.value.ok
    assert page.evaluate("Boolean(recording)")
    page.evaluate("stop()")


def test_what_is_gone_on_with_goes_on_in_another_where_evenfall_was_started_anew(browser: Browser, home: Path) -> None:
    port = free_port()
    with served(home, port=port) as page, window(browser, page) as opened:
        tab = opened.go("/new")
        tab.get_by_label("Client's reference").fill("K-31")
        spool_id = record(tab)
        tab.reload()
        tab.get_by_label("Client's reference").fill("somebody else's")
        tab.get_by_role("button", name="Go on with it").click()
        expect(tab.locator("#mic")).to_contain_text("Recording.")
        page.process.send_signal(signal.SIGKILL)
        page.process.wait()
        expect(tab.locator("#mic")).to_contain_text("Evenfall does not answer.")
        with served(home, port=port) as again:
            opened.tab().goto(again.link)
            expect(tab.locator("#mic")).to_have_text("Recording. Each second is sealed as it is heard.")
            tab.get_by_role("button", name="Pause").click()
            tab.evaluate("sending")
            new_id, first, heard = tab.evaluate("[recording.id, recording.first, recording.samples]")
            assert new_id != spool_id
            assert samples(opened, new_id) == heard - first > 0
            where = f"{opened.origin}/record/{new_id}/resume"
            known = tab.request.post(where, headers={"origin": opened.origin}).json()
            assert (known["client"], known["kind"]) == ("K-31", "dictation")


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
