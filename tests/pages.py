"""A real server of the review page in a process of its own, over a record with drafts, and a real browser before it."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect, sync_playwright

from pipeline import resources

COMMAND = str(Path(sys.executable).with_name("evenfall"))
PASSPHRASE = "open sesame 7"
CLIENT: Final = "K-12"
SPOKEN: Final = resources.configs() / "sample" / "dictation.wav"
DICTATION: Final = """Saw the client today for fifty minutes by telehealth.
She reported feeling anxious about work and sleeping
about four hours a night. She denied suicidal ideation. We practised grounding and she said it helped. She is taking
sertraline fifty milligrams every morning. For homework she will keep a worry log. Next session on Tuesday at three.
"""
SECOND: Final = """He says the marmalade business is quiet and he feels lonely on Sundays. Sleep is back to seven hours.
He was anxious before the meeting on Monday and proud of himself afterwards. He feels irritable in the evenings.
He felt guilty when he cancelled on a friend. He has stopped reading the news before bed. He skipped lunch twice.
He argued with his landlord about the heating. He cooked for himself on three days and went swimming on Saturday.
He drank no alcohol this week. He slept in his clothes on Thursday after a long shift. He cleaned the kitchen.
He was sad on the day his mother would have turned seventy, and calmer after he had called his sister about it.
He worries about money at night and counts the weeks until the rent is due. He was ashamed of the state of his flat.
He avoids the kitchen at work because his supervisor eats there. He checked the front door four times on Friday.
We went through the thought record of last week. We planned pleasant activities for the weekend.
We rehearsed what he would say to his landlord. He responded well and laughed once.
His symptoms are slowly improving. Denies suicidal ideation. He will call his brother before Friday.
"""
SESSION: Final = """WEBVTT

00:00:01.000 --> 00:00:06.000
Therapist: How has the week been since we last met?

00:00:07.000 --> 00:00:16.000
Client: I felt sad most mornings, and I had a panic attack on the bus on Wednesday.

00:00:17.000 --> 00:00:24.000
Therapist: Let's breathe in for four and out for six, and do that together for a minute.

00:00:25.000 --> 00:00:36.000
Client: I have never fainted. Sometimes I think it would be easier not to wake up, but I would not do anything.

00:00:37.000 --> 00:00:45.000
Therapist: Do you have any plan or intention to hurt yourself?

00:00:46.000 --> 00:00:50.000
Client: No, I have no plan. I started on sertraline fifty milligrams last week.

00:00:51.000 --> 00:00:58.000
Therapist: For next week, please write down each time you ride the bus and how anxious you are, from zero to ten.
"""
CHROMIUM: Final = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    f"--use-file-for-fake-audio-capture={SPOKEN}",
)
PHONE: Final = {"width": 390, "height": 844}
PATIENCE: Final = 15_000  # ms to wait for what a busy machine does slowly
expect.set_options(timeout=PATIENCE)
in_browser: Final = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium: apt install chromium")


@dataclass(frozen=True)
class Served:
    """A running page: its one-time link, the record's home, and its process."""

    link: str
    home: Path
    process: subprocess.Popen[str]

    @property
    def origin(self) -> str:
        """The page's scheme, host and port."""
        parts = urlsplit(self.link)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def port(self) -> int:
        return urlsplit(self.link).port or 0

    def enter(self) -> httpx.Client:
        """Return a client that has used the link."""
        client = httpx.Client(base_url=self.origin, trust_env=False, headers={"origin": self.origin}, timeout=30)
        client.get(self.link)
        return client

    def stop(self) -> str:
        """Stop it as its user would and return all that it wrote."""
        self.process.terminate()
        return "".join(self.process.communicate(timeout=20))


def environment(home: Path) -> dict[str, str]:
    """Return the environment of a command that opens the record, with a temporary folder of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EVENFALL_")}
    temporary = home.parent / f"{home.name}-tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    own = {"EVENFALL_HOME": str(home), "EVENFALL_PASSPHRASE": PASSPHRASE, "EVENFALL_USER": "j.doe"}
    return {**kept, **own, "TMPDIR": str(temporary), "EVENFALL_SPEECH__MODEL": "rough"}


def run(home: Path, *arguments: str) -> str:
    """Run one command of Evenfall and return what it printed."""
    command = [COMMAND, *arguments]
    done = subprocess.run(command, env=environment(home), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def keep_drafts(home: Path) -> None:
    """Make a record with the three drafts of an evening: two dictations, and a session with consent."""
    sources = {"monday.txt": DICTATION, "tuesday.txt": SECOND, "wednesday.vtt": SESSION}
    folder = home.parent / "sources"
    folder.mkdir()
    for name, text in sources.items():
        (folder / name).write_text(text)
    run(home, "consent", "add", "--client", CLIENT, "--participant", "client")
    run(home, "draft", *(str(folder / name) for name in sources), "--client", CLIENT)


@contextmanager
def served(home: Path, *, command: Sequence[str] = (COMMAND,), port: int = 0, **settings: str) -> Iterator[Served]:
    """Serve the page of a record until the block ends."""
    line = [*command, "page", "--no-browser", "--port", str(port)]
    with subprocess.Popen(
        line, env={**environment(home), **settings}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            lines: list[str] = []
            while not lines or not lines[-1].startswith("http"):
                said = process.stdout.readline()
                assert said, process.stderr.read() if process.stderr else ""
                lines.append(said.strip())
            yield Served(lines[-1], home, process)
        finally:
            process.terminate()


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def marked(html: str, name: str) -> list[str]:
    """Return the values of a data attribute or name in a page, in order."""
    return re.findall(rf'{name}="([^"]*)"', html)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium with a microphone that speaks the bundled dictation."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=list(FLAGS),
            ignore_default_args=["--disable-back-forward-cache"],  # a clinician's Chromium has that cache
        )
        yield browser
        browser.close()


@dataclass
class Window:
    """A browser's window on a page of ours, with every address it asked for and all that went wrong in it."""

    context: BrowserContext
    page: Page
    origin: str
    asked: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> Page:
        """Listen to what goes wrong in a tab; an answer that refuses is no error of the page."""

        def heard(message: ConsoleMessage) -> None:
            if message.type == "error" and not message.text.startswith("Failed to load resource"):
                self.wrong.append(message.text)

        page.on("console", heard)
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        return page

    def tab(self) -> Page:
        """Open a second tab of the same browser."""
        return self.watch(self.context.new_page())

    def go(self, path: str) -> Page:
        """Go to one of our pages."""
        self.page.goto(self.origin + path)
        return self.page

    def draft(self, number: int = 0) -> str:
        """Open the draft at that place of the queue, and return its path."""
        path = self.go("/").locator("#queue a.main").nth(number).get_attribute("href") or ""
        self.go(path)
        return path

    def strangers(self) -> list[str]:
        """Return the addresses it asked for that are not ours."""
        return [url for url in self.asked if not url.startswith((f"{self.origin}/", "data:", "blob:"))]


@contextmanager
def window(browser: Browser, page: Served, **options: Any) -> Iterator[Window]:
    """Open a window with the one-time link; nothing may go wrong in it, and it may ask nobody else for anything."""
    context = browser.new_context(reduced_motion="reduce", **options)
    context.set_default_timeout(PATIENCE)
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    opened = Window(context, context.new_page(), page.origin, asked)
    opened.watch(opened.page).goto(page.link)
    yield opened
    assert (opened.strangers(), opened.wrong) == ([], [])
    context.close()


def statement(page: Page, words: str) -> Locator:
    """Return the statement with these words."""
    return page.locator(".statement", has_text=words)


def said(page: Page, words: str) -> None:
    """Wait until the page has said this."""
    expect(page.locator("#said")).to_contain_text(words)


def edit(page: Page, words: str, new: str) -> None:
    """Type other words for a statement, and wait until they are kept without a button pressed."""
    one = statement(page, words)
    one.get_by_role("button", name="Edit").click()
    with page.expect_response("**/decide") as kept:
        one.locator("textarea").fill(new)
    assert kept.value.ok
    said(page, "Saved.")


def press(page: Page, one: Locator, name: str, state: str) -> None:
    """Press a button of a statement, and wait until it stands so."""
    one.get_by_role("button", name=name, exact=True).click()
    expect(page.locator(f"#{one.get_attribute('id')} .chip.good")).to_have_text(state)
