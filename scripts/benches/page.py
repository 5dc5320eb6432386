"""How quick the review page is in real Chromium: first paint, a decision there and back, a two-hour transcript."""

import argparse
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Page, expect

from benches.speed import machine
from benches.table import Row, show
from tests import pages

TURNS, STEP = 1500, 4.8  # of a two-hour session, seconds from one to the next
LOADS, DECISIONS, WHEELS = 7, 10, 120
PAINT, TASK = 300.0, 50.0  # ms that a first paint, and one task while scrolling, may take
THERAPIST = (
    "What went through your mind when that happened on {day}?",
    "Let us look at the evidence for that thought, and what speaks against it.",
    "How would you rate the worry now, from zero to ten?",
    "For next week, please write down each time it happens on {day}.",
)
CLIENT = (
    "I felt anxious on {day} morning, and I had a panic attack on the bus to work.",
    "I slept about four hours on {day} and I kept thinking about what my sister had said.",
    "Perhaps a six. It was a nine when I came home on {day}.",
    "I called my brother on {day} and we went for a walk, and afterwards I felt calmer than before.",
)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
OBSERVE = """
window.found = { shift: 0, tasks: [] };
new PerformanceObserver((list) => { for (const one of list.getEntries()) found.shift += one.value; })
    .observe({ type: "layout-shift", buffered: true });
new PerformanceObserver((list) => { for (const one of list.getEntries()) found.tasks.push(one.duration); })
    .observe({ type: "longtask", buffered: true });
"""
PAINTED = """() => new Promise((done) => new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (one.name === "first-contentful-paint") done(one.startTime);
}).observe({ type: "paint", buffered: true }))"""
DECIDE = """async (key) => {
    const begun = performance.now();
    const one = document.getElementById(key);
    one.querySelector('[data-key="keep"]').click();
    while (document.getElementById(key) === one) await new Promise((done) => requestAnimationFrame(done));
    return performance.now() - begun;
}"""


def session() -> str:
    """Return a transcript file of two hours."""
    said = []
    for number in range(TURNS):
        who, lines = ("Therapist", THERAPIST) if number % 2 == 0 else ("Client", CLIENT)
        words = lines[number // 2 % len(lines)].format(day=DAYS[number % len(DAYS)])
        said.append(f"{_at(number * STEP)} --> {_at(number * STEP + STEP - 0.5)}\n{who}: {words}\n")
    return "WEBVTT\n\n" + "\n".join(said)


def _at(seconds: float) -> str:
    return f"{int(seconds // 3600):02d}:{int(seconds // 60 % 60):02d}:{seconds % 60:06.3f}"


def main(arguments: Sequence[str]) -> None:
    """Measure and print."""
    argparse.ArgumentParser(prog="scripts/bench page", description=__doc__).parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        home, source = Path(folder, "home"), Path(folder, "long.vtt")
        source.write_text(session())
        pages.keep_drafts(home)
        pages.run(home, "draft", str(source), "--client", pages.CLIENT)
        with pages.served(home) as page, pages.chromium() as browser, pages.window(browser, page) as opened:
            opened.page.add_init_script(OBSERVE)
            rows = measure(opened)
    head = ("page", "first paint ms", "worst", "decision ms", "longest task ms", "layout shift")
    show(f"The review page on {machine()}; {TURNS} turns in the long draft", head, rows)
    print(f"  wanted: first paint under {PAINT:.0f} ms, no task over {TASK:.0f} ms while scrolling, no layout shift")


def measure(opened: pages.Window) -> list[Row]:
    """Return a row for each page."""
    queue = opened.go("/")
    drafts = queue.locator("#queue a.main").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    return [
        _row(opened, "queue", "/"),
        _row(opened, "new", "/new"),
        _row(opened, "short draft", drafts[0]),
        _row(opened, "long draft", drafts[-1]),
    ]


def _row(opened: pages.Window, name: str, path: str) -> Row:
    painted = [float(opened.go(path).evaluate(PAINTED)) for _ in range(LOADS)]
    page, decided = opened.page, []
    for key in page.locator(".statement").evaluate_all("all => all.map(one => one.id)")[:DECISIONS]:
        decided.append(float(page.evaluate(DECIDE, key)))
        expect(page.locator(f"#{key} .chip.good")).to_have_text("kept")
    page.evaluate("found.tasks = []")
    _scroll(page)
    found = page.evaluate("found")
    longest = max(found["tasks"], default=0.0)
    there = round(statistics.median(decided)) if decided else None
    return (name, round(statistics.median(painted)), round(max(painted)), there, round(longest), float(found["shift"]))


def _scroll(page: Page) -> None:
    """Turn the wheel over the transcript, where there is one, down to its end and up again."""
    talk = page.locator(".talk")
    if talk.count():
        talk.hover()
    for step in [2000] * WHEELS + [-4000] * (WHEELS // 2):
        page.mouse.wheel(0, step)
        page.wait_for_timeout(16)
