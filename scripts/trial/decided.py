"""Killed: reviewing and signing, in the terminal and on the page."""

import re
import signal
import time
from collections.abc import Iterator

import httpx
from typing_extensions import override

from tests import pages
from trial.action import CLIENT, CLIP, SIGNING, Action, named
from trial.children import PATIENCE, Running
from trial.world import World


class Walking(Action):
    """A draft is read, decided on and signed in the terminal."""

    name, row, kills = "review", "SIGKILL while a draft is reviewed and signed in the terminal (`review`)", 18

    @override
    def make(self, world: World) -> None:
        world.do("draft", world.source("monday.txt", pages.DICTATION), "--client", CLIENT)

    @override
    def start(self, world: World, *, held: bool = False) -> Running:
        return world.start("review", *SIGNING, typed=world.answers(), held=held)

    @override
    def lost(self, world: World, said: str, confirmed: tuple[str, ...]) -> Iterator[str]:
        at = max((int(number) for number in named(r"^(\d+) of \d+  [A-Z]", said)), default=1)
        with world.store() as store:
            if store.notes():
                return
            if named(r"^Sign as .*Signed", said) or "is saved" in said:
                yield "the note was said to be saved and is not there"
            (draft,) = store.drafts()
            kept = store.review_of(draft.digest)
        if len(kept.decisions if kept else ()) < at - 1:
            yield f"{at - 1} decisions were taken, {len(kept.decisions) if kept else 0} are there"

    @override
    def again(self, world: World) -> None:
        with world.store() as store:
            if store.notes():
                return
        super().again(world)


class Signing(Walking):
    """A draft of a recording, decided on before, is signed; the recording is purged."""

    name, row, kills = "sign", "SIGKILL while a note is signed and its audio purged (`review`)", 20

    @override
    def make(self, world: World) -> None:
        world.do("draft", world.spoken("thursday.wav", CLIP), "--client", CLIENT)
        world.run("review", *SIGNING, typed=world.answers().removesuffix("sign\n") + "q\n")

    @override
    def lost(self, world: World, said: str, confirmed: tuple[str, ...]) -> Iterator[str]:
        yield from super().lost(world, said, confirmed)
        audio = list(world.sources.iterdir())
        with world.store() as store:
            signed, gone = len(store.notes()), [one.outcome for one in store.receipts()]
        if signed and (audio or gone != ["purged"]) and (audio or gone != ["already gone"]):
            yield f"signed, and of the audio {len(audio)} files are left with the receipts {gone}"
        if not signed and not audio:
            yield "the audio is gone and nothing is signed"


class Paging(Action):
    """The review page is used by its own requests: typed words, a draft of them, decisions, a signature."""

    name, row, kills = "page", "SIGKILL while the review page is used, from typed words to the signature (`page`)", 24
    ends = (0, -signal.SIGTERM)

    @override
    def make(self, world: World) -> None:
        world.do("draft", world.source("monday.txt", pages.DICTATION), "--client", CLIENT)
        with world.store() as store:
            (draft,) = store.drafts()
        (world.folder / "draft").write_text(draft.digest)

    @override
    def start(self, world: World, *, held: bool = False) -> Running:
        return world.start("page", "--no-browser", "--port", "0", held=held)

    @override
    def during(self, world: World, running: Running) -> tuple[str, ...]:
        confirmed: list[str] = []
        link = None
        while running.alive and not link:
            time.sleep(0.02)
            link = re.search(r"^(http://[^/]+)/\S+$", running.said, re.MULTILINE)
        try:
            if link:
                headers = {"origin": link[1]}
                with httpx.Client(base_url=link[1], trust_env=False, headers=headers, timeout=PATIENCE) as client:
                    client.get(link[0])
                    for one in _evening(client, (world.folder / "draft").read_text()[:16], world.words):
                        confirmed.append(one)  # noqa: PERF402 (what came before the kill counts)
            running.signal(signal.SIGTERM)
        except httpx.TransportError:  # it was killed
            pass
        running.wait()
        return tuple(confirmed)

    @override
    def lost(self, world: World, said: str, confirmed: tuple[str, ...]) -> Iterator[str]:
        key = (world.folder / "draft").read_text()
        with world.store() as store:
            note = next((note for note in store.notes() if note.draft == key), None)
            kept = store.review_of(key)
            typing = store.typing_of("clinician")
            others = [draft for draft in store.drafts() if draft.digest != key]
        decided = {decision.target for decision in kept.decisions} if kept else set()
        for one in confirmed:
            what, _, target = one.partition(" ")
            there = {
                "typing": bool(others) or (typing is not None and typing.text == pages.SECOND),
                "drafted": bool(others),
                "decided": note is not None or target in decided,
                "signed": note is not None,
            }
            if not there[what]:
                yield f"the page answered that it {what} and it is not there"


def _evening(client: httpx.Client, key: str, words: str) -> Iterator[str]:
    """Type a dictation, have it drafted, decide on everything of the first draft, sign it; what is done is left."""
    path = f"/drafts/{key}"
    if client.get("/").text.count('href="/drafts/') < 2 and client.get(path).status_code == 200:
        seen = pages.marked(client.get("/new").text, "data-seen")[0]
        seen = client.post("/new/typing", data={"text": pages.SECOND, "seen": seen}).json()["seen"]
        yield "typing"
        made = client.post("/new/typed", data={"text": pages.SECOND, "seen": seen})
        if made.status_code == 303:
            yield "drafted"
    while (shown := client.get(path)).status_code == 200:
        form = _next_decision(shown.text)
        if form is None:
            break
        seen = pages.marked(shown.text, "data-seen")[0]
        if (code := client.post(f"{path}/decide", data={**form, "seen": seen}).status_code) != 303:
            raise RuntimeError(f"a decision was answered with {code}")
        yield f"decided {form['target']}"
    if shown.status_code == 200:
        seen = pages.marked(shown.text, "data-seen")[0]
        form = {"name": "Jane Doe", "credentials": "LCSW", "words": words, "seen": seen}
        if "Signed by" in client.post(f"{path}/sign", data=form).text:
            yield "signed"


def _next_decision(html: str) -> dict[str, str] | None:
    """Return what to send for the next thing that waits on a draft's page; None where nothing must be decided."""
    for part in html.split('<div class="statement')[1:]:
        if "touched" not in part.partition('"')[0]:
            return {"action": "keep", "target": pages.marked(part, 'name="target" value')[0]}
    todo = html.partition('id="todo"')[2].partition("</section>")[0]
    for form in todo.split("<form")[1:]:
        target = pages.marked(form, 'name="target" value')[0]
        if 'value="acknowledge"' in form:
            return {"action": "acknowledge", "target": target}
        return {"action": "set aside", "target": target, "text": "Not known."}
    return None
