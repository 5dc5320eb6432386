"""An evening on the page in a real Chromium, with a profile that lasts; and a few words sent without one."""

import os
import re
import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from tests import pages
from tests.test_web_evening import edit, keep_the_rest, statement

if TYPE_CHECKING:
    from trial.canary import Canaries, Evening


def spend(evening: "Evening", link: str) -> None:
    """Spend an evening on the page: the browser is closed once, and once killed with words half typed."""
    profile = evening.world.folder / "profile"
    with sync_playwright() as playwright:

        def opened() -> BrowserContext:
            context = playwright.chromium.launch_persistent_context(
                profile,
                executable_path=pages.CHROMIUM,
                args=list(pages.FLAGS),
                ignore_default_args=["--disable-back-forward-cache", "--enable-automation"],
                downloads_path=evening.world.out,
            )
            context.set_default_timeout(pages.PATIENCE)
            return context

        context = opened()
        page = context.new_page()
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(link))
        page.goto(link)
        _come_in(page, origin, evening)
        evening.search("things came in by the page")
        _sign(page, origin, evening)
        _look_back(page, origin, evening)
        _process_notes(page, origin, evening.canaries)
        evening.search("an evening on the page")
        context.close()
        if b"/clients?of=" not in (profile / "Default" / "History").read_bytes():
            raise RuntimeError("the browser kept no address, so that a search of its profile would show nothing")
        evening.search("the browser was closed")
        context = opened()
        page = context.new_page()
        _unlock(page, origin, evening)
        page.goto(f"{origin}/new")
        page.get_by_label("Your dictation, typed").fill(f"She fears {evening.canaries['half typed']}.")
        expect(page.locator("#kept")).to_contain_text("sealed")
        evening.search("words were half typed")
        _kill(profile)
        with suppress(Exception):  # it is dead
            context.close()
    evening.search("the browser was killed")


def say_a_little(evening: "Evening", link: str) -> None:
    """Send a typed dictation and read its draft, so that words are in the page's memory."""
    text = f"{pages.DICTATION}She said that {evening.canaries['dictated']} frightens her at night.\n"
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(link))
    with httpx.Client(base_url=origin, trust_env=False, headers={"origin": origin}, timeout=120) as client:
        client.get(link)
        made = client.post("/new/typed", data={"text": text, "client": evening.canaries["client"]})
        shown = client.get(made.headers["location"])
    if evening.canaries["dictated"] not in shown.text:
        raise RuntimeError("the page does not show the words, so that a search would show nothing")


def _come_in(page: Page, origin: str, evening: "Evening") -> None:
    canaries, words = evening.canaries, evening.world.words
    page.goto(f"{origin}/settings")
    page.get_by_label("Your passphrase").fill(words)
    for label in ("New PIN", "Once more"):
        page.get_by_label(label).fill(canaries["PIN"])
    page.get_by_role("button", name="Set the PIN").click()
    page.goto(f"{origin}/consents")
    page.get_by_label("Client's reference").fill(canaries["client"])
    page.get_by_label("Who is to consent").fill(canaries["participant"])
    page.get_by_role("button", name="Show the sheet").click()
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="I agree").click()
    page.get_by_label("Your passphrase or PIN").fill(words)
    page.get_by_role("button", name="Keep this consent").click()
    source = evening.world.source(f"{canaries['file']}.vtt", pages.SESSION.replace("sertraline", canaries["session"]))
    page.goto(f"{origin}/new")
    page.locator("#client").fill(canaries["client"])
    page.locator("#kind").select_option("session")
    page.locator("#participants").fill(canaries["participant"])
    page.locator("#file").set_input_files(source)
    page.wait_for_url(re.compile("/drafts/"))
    page.goto(f"{origin}/new")
    page.locator("#client").fill(canaries["client"])
    typed = f"{pages.DICTATION}She said that {canaries['dictated']} frightens her at night."
    page.get_by_label("Your dictation, typed").fill(typed)
    page.get_by_role("button", name="Draft it", exact=True).click()
    page.wait_for_url(re.compile("/drafts/"))


def _sign(page: Page, origin: str, evening: "Evening") -> None:
    canaries = evening.canaries
    words = statement(page, "About 4 hours").locator(".words").inner_text()
    edit(page, words, f"She sleeps about four hours beside {canaries['edited']}.")
    keep_the_rest(page)
    page.goto(f"{page.url.partition('#')[0]}/sign")
    page.get_by_label("Your name").fill(f"Jane {canaries['name']}")
    page.get_by_label("Title and credentials").fill("LCSW")
    page.get_by_label("Your passphrase or PIN").fill(canaries["PIN"])
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.locator("body")).to_contain_text("Signed by")


def _look_back(page: Page, origin: str, evening: "Evening") -> None:
    page.goto(f"{origin}/notes")
    page.get_by_role("link", name="Show").first.click()
    with page.expect_download() as download:
        page.get_by_role("link", name="DOCX").click()
    download.value.path()
    for path in ("/clients", "/consents"):
        page.goto(f"{origin}{path}")
        page.get_by_role("link", name=evening.canaries["client"]).first.click()
        expect(page.locator("body")).to_contain_text(evening.canaries["client"])


def _process_notes(page: Page, origin: str, canaries: "Canaries") -> None:
    page.goto(f"{origin}/process-notes")
    own = f"drawer {canaries['drawer']} 9"
    page.get_by_label("A passphrase for the process notes").fill(own)
    page.get_by_label("Once more").fill(own)
    page.get_by_role("button", name="Make the drawer").click()
    page.get_by_label("Client's reference").fill(canaries["client"])
    page.get_by_role("button", name="Show or write").click()
    page.get_by_label("What you think of it").fill(f"I felt like {canaries['thought']} when she spoke.")
    page.get_by_role("button", name="Keep it").click()
    expect(page.locator("p.reference")).to_contain_text(canaries["thought"])


def _unlock(page: Page, origin: str, evening: "Evening") -> None:
    page.goto(f"{origin}/locked")
    if page.get_by_role("button", name="Unlock").count():
        page.get_by_label("Your passphrase").fill(evening.world.words)
        page.get_by_role("button", name="Unlock").click()
        page.wait_for_url(f"{origin}/")


def _kill(profile: Path) -> None:
    """Kill every process of the browser that uses this profile."""
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if f"--user-data-dir={profile}".encode() in file.read_bytes():
                os.kill(int(file.parent.name), signal.SIGKILL)
