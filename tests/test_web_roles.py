"""Roles of a practice: what the supervisor and the front desk may ask of the page, and what neither ever sees."""

import asyncio
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from pipeline import review, workflow
from pipeline.audio.spool import Content
from pipeline.config import Settings, load_settings
from pipeline.errors import Refused, StoreAway
from pipeline.speech.transcripts.files import Pasted
from pipeline.store import Store
from pipeline.types import Consent, Decision, Draft, Note, Role, Signature
from pipeline.web import incoming, lock
from pipeline.web.desk import Desk
from pipeline.web.gate import COOKIE, Sessions
from pipeline.web.roles import TABLE, allows, route_of
from pipeline.web.server import build
from pipeline.workflow import drafting

from .continued import settled
from .pages import DICTATION, marked

PORT = 8400
ORIGIN = f"http://127.0.0.1:{PORT}"
OTHERS: tuple[Role, ...] = ("supervisor", "front desk")
WORDS = ("anxious", "sertraline", "suicidal", "grounding", "worry log")
OPEN = {"GET /locked", "POST /unlock"}  # asked for by whoever has no session


@dataclass
class Practice:
    """One record and its page, asked in any role."""

    store: Store
    settings: Settings
    app: FastAPI
    sessions: Sessions

    def ask(
        self, role: Role, route: str, data: dict[str, str] | None = None, content: bytes | None = None
    ) -> httpx.Response:
        """Ask for a route, as GET /notes, in a session of its own."""
        method, path = route.split(" ")
        headers = {"origin": ORIGIN, "accept": "text/html", "cookie": f"{COOKIE}={self.sessions.begin(role)}"}

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
                return await client.request(method, path, headers=headers, data=data, content=content)

        return asyncio.run(send())

    def draft(self) -> Draft:
        order = workflow.Order(source=Pasted(DICTATION.encode(), ".txt"), kind="dictation", client="K-12")
        return workflow.draft_source(order, self.store, self.settings, lambda done, total: None)

    def sign(self) -> Note:
        made = self.draft()
        note = review.sign(made, settled(made), Signature(name="Ana Ruiz", credentials="LCSW", at=workflow.now()))
        self.store.keep_review(settled(made))
        self.store.sign(note)
        return note

    @property
    def chain(self) -> list[str]:
        return [event.action for event in self.store.events()]


@pytest.fixture
def practice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Practice]:
    monkeypatch.setenv("EVENFALL_HOME", str(tmp_path / "home"))
    settings = load_settings()
    with Store.open(tmp_path / "home", "correct horse", actor="ruiz") as store:
        app, sessions = build(store, settings, PORT)
        yield Practice(store, settings, app, sessions)


def routes(app: FastAPI) -> set[str]:
    """Every route of the page by its name in the table; what is served from a folder is no route of ours."""
    return {f"{method.upper()} {path}" for path, methods in app.openapi()["paths"].items() for method in methods}


def test_every_route_of_the_page_is_in_the_table_and_nothing_else(practice: Practice) -> None:
    assert routes(practice.app) - OPEN == set(TABLE)


@pytest.mark.parametrize("route", [name for name in TABLE if name != "GET /events"])
@pytest.mark.parametrize("role", OTHERS)
def test_a_role_gets_through_to_its_own_routes_alone(practice: Practice, role: Role, route: str) -> None:
    answer = practice.ask(role, re.sub(r"\{\w+\}", "abcd1234", route))
    refused = f"refused request: not for the {role}"
    assert answer.status_code < 500
    assert (answer.status_code == 403) == (role not in TABLE[route])
    assert (refused in practice.chain) == (role not in TABLE[route])


@pytest.mark.parametrize("route", ["GET /drafts", "GET /export", "DELETE /drafts/abcd", "PUT /", "GET //drafts/abcd"])
def test_what_the_table_does_not_name_is_denied(practice: Practice, route: str) -> None:
    assert route_of(*route.split(" ")) == ""
    for role in OTHERS:
        assert not allows(role, "")
        assert practice.ask(role, route).status_code == 403


def test_a_session_has_the_role_of_its_link_until_it_ends() -> None:
    time = 0.0
    sessions = Sessions(idle=900.0, clock=lambda: time)
    token = sessions.enter(sessions.link("front desk")) or ""
    assert sessions.role(token) == "front desk"
    time = 901.0
    assert not sessions.holds(token, passive=False)
    assert sessions.role(token) is None


def test_the_front_desk_sees_that_something_waits_and_no_word_of_it(practice: Practice) -> None:
    made = practice.draft()
    page = practice.ask("front desk", "GET /").text
    assert "K-12" in page
    assert re.search(r"\d+ words", page)
    assert [word for word in WORDS if word in page] == []
    assert made.digest[:16] not in page
    assert marked(page, "href").count("/notes") == 0
    key = made.digest[:16]
    for route in (f"GET /drafts/{key}", f"GET /drafts/{key}/sign", f"POST /drafts/{key}/delete", "GET /notes"):
        answer = practice.ask("front desk", route)
        assert answer.status_code == 403
        assert [word for word in WORDS if word in answer.text] == []


def test_the_front_desk_types_a_dictation_and_is_not_led_to_its_draft(practice: Practice) -> None:
    answer = practice.ask("front desk", "POST /new/typed", {"text": DICTATION, "client": "K-12"})
    assert answer.headers["location"] == "/"
    (made,) = practice.store.drafts()
    assert made.client == "K-12"
    assert "front desk: POST /new/typed" in practice.chain


def test_the_supervisor_reads_a_draft_and_can_decide_nothing(practice: Practice) -> None:
    made = practice.draft()
    key = made.digest[:16]
    page = practice.ask("supervisor", f"GET /drafts/{key}").text
    assert "denied suicidal ideation" in page
    assert set(marked(page, "action")) == {"/lock"}
    assert practice.store.review_of(made.digest) is None
    statement = next(made.statements()).digest
    for data in ({"action": "keep", "target": statement}, {"action": "edit", "target": statement, "text": "x"}):
        assert practice.ask("supervisor", f"POST /drafts/{key}/decide", data).status_code == 403
    assert practice.store.review_of(made.digest) is None
    assert "supervisor: GET /drafts/{key}" in practice.chain


def test_the_supervisor_co_signs_with_a_pin_that_opens_nothing_else(practice: Practice) -> None:
    note = practice.sign()
    practice.store.set_pin("2468", "supervisor")
    key = note.digest[:16]
    signs = {
        "name": "Lee Park",
        "credentials": "LMFT",
        "comment": "Ask about sleep next time.",
        "words": "1111",
        "seen": "0",
    }
    wrong = practice.ask("supervisor", f"POST /notes/{key}/cosign", {**signs, "words": "1111"})
    assert wrong.status_code == 403
    assert "Ask about sleep next time." in wrong.text
    assert practice.store.addenda(note.digest) == ()
    assert practice.ask("supervisor", f"POST /notes/{key}/cosign", {**signs, "words": "2468"}).status_code == 303
    (added,) = practice.store.addenda(note.digest)
    assert (added.label, added.text) == ("Co-signature", "Ask about sleep next time.")
    assert (added.signature.name, added.signature.credentials) == ("Lee Park", "LMFT")
    assert practice.store.note(key) == note
    page = practice.ask("supervisor", f"GET /notes/{key}").text
    assert "Co-signature of" in page
    assert f"/notes/{key}/addend" not in page
    assert "/export" not in page
    addend = {"text": "More.", "name": "Ana Ruiz", "credentials": "LCSW", "words": "2468"}
    assert practice.ask("clinician", f"POST /notes/{key}/addend", addend).status_code == 403
    assert practice.store.addenda(note.digest) == (added,)


@pytest.mark.parametrize(("words", "status"), [("2468", 303), ("correct horse", 303), ("1357", 403), ("0000", 403)])
def test_the_supervisor_co_signs_at_the_clinicians_page_with_their_own_pin(
    practice: Practice, words: str, status: int
) -> None:
    note = practice.sign()
    practice.store.set_pin("2468", "supervisor")
    practice.store.set_pin("1357", "front desk")
    key = note.digest[:16]
    assert "The supervisor's PIN, or yours" in practice.ask("clinician", f"GET /notes/{key}").text
    signs = {"name": "Lee Park", "credentials": "LMFT", "words": words, "seen": "0"}
    assert practice.ask("clinician", f"POST /notes/{key}/cosign", signs).status_code == status
    assert len(practice.store.addenda(note.digest)) == (status == 303)
    assert ("refused: wrong passphrase or PIN" in practice.chain) == (status == 403)


@pytest.mark.parametrize(
    ("words", "role"), [("2468", "supervisor"), ("1357", "front desk"), ("correct horse", "clinician")]
)
def test_after_logoff_everybody_comes_back_in_their_own_role(practice: Practice, words: str, role: Role) -> None:
    practice.store.set_pin("2468", "supervisor")
    practice.store.set_pin("1357", "front desk")
    answer = practice.ask("clinician", "POST /unlock", {"words": words})
    assert practice.sessions.role(answer.cookies[COOKIE]) == role
    assert practice.store.proves(words) == (role == "clinician")


def test_who_knows_a_pin_of_their_own_may_guess_no_more_of_the_clinicians(practice: Practice) -> None:
    practice.store.set_pin("1357", "front desk")
    for number in range(lock.FREE):
        answer = practice.ask("front desk", "POST /unlock", {"words": f"guess {number}"})
        assert lock.WRONG in answer.text
        assert practice.ask("front desk", "POST /unlock", {"words": "1357"}).status_code == 303
    assert lock.WAITS in practice.ask("front desk", "POST /unlock", {"words": "correct horse"}).text
    assert practice.ask("front desk", "POST /unlock", {"words": "1357"}).status_code == 303
    assert lock.WAITS in practice.ask("clinician", "POST /unlock", {"words": "correct horse"}).text


def test_the_clinicians_own_words_forgive_wrong_tries_at_them(practice: Practice) -> None:
    for number in range(2 * lock.FREE):
        assert lock.WRONG in practice.ask("clinician", "POST /unlock", {"words": f"guess {number}"}).text
        assert practice.ask("clinician", "POST /unlock", {"words": "correct horse"}).status_code == 303
        for role in OTHERS:
            practice.app.state.brake.count((role,), role)


@pytest.mark.parametrize("pin", ["correct horse", "2468", "123"])
def test_a_pin_proves_one_role(practice: Practice, pin: str) -> None:
    practice.store.set_pin("2468", "supervisor")
    with pytest.raises(Refused):
        practice.store.set_pin(pin, "front desk")
    assert not practice.store.proves(pin, "front desk")


@pytest.mark.parametrize("name", ["Ana Ruiz", " ana  RUIZ ", ""])
def test_nobody_co_signs_their_own_note(practice: Practice, name: str) -> None:
    note = practice.sign()
    with pytest.raises(Refused):
        workflow.cosign(practice.store, note.digest, "Seen.", name, "LCSW")
    assert practice.store.addenda(note.digest) == ()


def test_a_co_signature_without_a_comment_says_what_it_is(practice: Practice) -> None:
    added = workflow.cosign(practice.store, practice.sign().digest, "  ", "Lee Park", "LMFT")
    assert added.text == "Read and co-signed."
    assert "add co-signature" in practice.chain


def test_what_was_filled_in_for_an_addendum_stands_again_where_it_was_not_added(practice: Practice) -> None:
    key = practice.sign().digest[:16]
    form = {"text": "The client\r\nrang.", "name": "Ana Ruiz", "credentials": "LCSW", "late": "1", "seen": "0"}
    signs = {**form, "words": "correct horse"}
    for wrong, told in (
        ({"words": "wrong"}, "That is not the passphrase"),
        ({"name": "  "}, "A signature needs a name"),
        ({"text": " "}, "An addendum needs words."),
        ({"seen": "3"}, "Something else was added to this note meanwhile"),
    ):
        refused = practice.ask("clinician", f"POST /notes/{key}/addend", {**signs, **wrong})
        assert refused.status_code in (403, 409, 422)
        assert told in refused.text
        assert 'name="late" value="1" checked' in refused.text
        standing = {**form, **wrong}
        for words in (standing["text"].strip().replace("\r", ""), standing["name"].strip(), "LCSW"):
            assert words in refused.text
    assert practice.ask("clinician", f"POST /notes/{key}/addend", signs).status_code == 303
    (added,) = practice.store.addenda(practice.store.note(key).digest)
    assert (added.label, added.text) == ("Late entry", "The client\nrang.")


def test_what_was_filled_in_for_a_co_signature_stands_again_where_it_was_not_added(practice: Practice) -> None:
    key = practice.sign().digest[:16]
    signs = {"comment": "Seen.", "credentials": "LMFT", "words": "correct horse", "seen": "0"}
    for name, told in (("Ana Ruiz", "A co-signature is somebody"), ("", "A signature needs a name")):
        refused = practice.ask("clinician", f"POST /notes/{key}/cosign", {**signs, "name": name})
        assert refused.status_code == 422
        for words in (told, "Seen.</textarea>", f'value="{name}"', 'value="LMFT"'):
            assert words in refused.text


@pytest.mark.parametrize("form", ["addend", "cosign"])
def test_a_form_that_is_sent_twice_signs_once(practice: Practice, form: str) -> None:
    key = practice.sign().digest[:16]
    signs = {"text": "More.", "comment": "Seen.", "name": "Lee Park", "credentials": "LMFT", "words": "correct horse"}
    with ThreadPoolExecutor(2) as pool:
        route = f"POST /notes/{key}/{form}"
        asked = [pool.submit(practice.ask, "clinician", route, {**signs, "seen": "0"}) for _ in range(2)]
        assert [one.result().status_code for one in asked] == [303, 303]
    assert len(practice.store.addenda(practice.store.note(key).digest)) == 1


def test_a_wrong_passphrase_leaves_the_name_at_the_signature(practice: Practice) -> None:
    made = practice.draft()
    practice.store.keep_review(settled(made))
    key = f"/drafts/{made.digest[:16]}/sign"
    signs = {"name": "Ana Ruiz", "credentials": "LCSW", "words": "wrong", "seen": settled(made).digest}
    for given, told in (({}, "not the passphrase"), ({"name": " ", "words": "correct horse"}, "needs a name")):
        refused = practice.ask("clinician", f"POST {key}", {**signs, **given})
        assert refused.status_code == 403
        for words in (told, 'value="LCSW"', f'value="{given.get("name", "Ana Ruiz").strip()}"'):
            assert words in refused.text
    assert practice.store.notes() == ()


# What was changed against the draft


def test_both_wordings_are_shown_before_the_signature_and_the_signed_one_after_it(practice: Practice) -> None:
    made = practice.draft()
    mood = next(one for one in made.statements() if one.category == "mood")
    now = workflow.now()
    edit = Decision(action="edit", target=mood.digest, text=mood.text.replace("anxious", "wretched"), at=now)
    drop = Decision(action="drop", target=next(one.digest for one in made.statements() if one != mood), at=now)
    decided = settled(made)
    practice.store.keep_review(decided.replace(decisions=(*decided.decisions, edit, drop)))
    key = f"/drafts/{made.digest[:16]}/sign"
    before = practice.ask("clinician", f"GET {key}").text
    assert "<del>anxious</del><ins>wretched</ins>" in before
    assert before.count("<del>") == 2
    signs = {"name": "Ana Ruiz", "credentials": "LCSW", "words": "correct horse", "seen": marked(before, "value")[0]}
    assert practice.ask("clinician", f"POST {key}", signs).status_code == 200
    (note,) = practice.store.notes()
    after = practice.ask("supervisor", f"GET /notes/{note.digest[:16]}").text
    assert "1 edited, 1 dropped" in after or "1 dropped, 1 edited" in after
    assert "<ins>wretched</ins>" in after
    assert "1 drafted word not kept" in after
    assert "<del>" not in after
    assert "anxious" not in after


# Two windows at once


def changed_elsewhere(practice: Practice, made: Draft) -> str:
    """Drop the first statement in another window; return its review's digest."""
    desk = Desk.open(practice.store, made.digest)
    return desk.decide(desk.seen, action="drop", target=next(made.statements()).digest).seen


def test_what_another_window_decides_at_the_last_moment_is_not_signed_over(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = practice.draft()
    practice.store.keep_review(settled(made))
    elsewhere: list[str] = []

    def slowly(*_: object) -> str:
        elsewhere.append(changed_elsewhere(practice, made))
        return ""

    monkeypatch.setattr(lock, "proves", slowly)
    signs = {"name": "Ana Ruiz", "credentials": "LCSW", "words": "correct horse", "seen": settled(made).digest}
    answer = practice.ask("clinician", f"POST /drafts/{made.digest[:16]}/sign", signs)
    assert (answer.status_code, practice.store.notes()) == (409, ())
    assert "This draft was changed in another window." in answer.text
    assert "nothing was signed" in answer.text
    kept = practice.store.review_of(made.digest)
    assert kept
    assert [kept.digest] == elsewhere


def test_a_draft_is_not_written_anew_over_what_another_window_decides_meanwhile(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = practice.draft()
    practice.store.keep_review(settled(made))
    compose, elsewhere = drafting._compose, []

    def slowly(*given: Any) -> Draft:
        elsewhere.append(changed_elsewhere(practice, made))
        return compose(*given)

    monkeypatch.setattr(drafting, "_compose", slowly)
    asks = {"form": "dap", "length": "standard", "call": "client", "seen": settled(made).digest}
    answer = practice.ask("clinician", f"POST /drafts/{made.digest[:16]}/manner", asks)
    assert answer.status_code == 409, answer.text
    assert "This draft was changed in another window." in answer.text
    kept = practice.store.review_of(made.digest)
    assert kept
    assert ([kept.digest], practice.store.drafts()) == (elsewhere, (made,))


# What is recorded


def test_a_part_of_a_recording_that_arrives_twice_is_kept_once(practice: Practice) -> None:
    begun = practice.ask("clinician", "POST /record/begin", {"kind": "dictation"}).json()["id"]
    parts = [bytes([number, 0]) * 1600 for number in range(3)]
    for number in (0, 1, 1, 0, 2, 2):
        route = f"POST /record/{begun}/chunk?at={1600 * number}"
        assert practice.ask("clinician", route, content=parts[number]).status_code == 204
    assert practice.ask("clinician", f"POST /record/{begun}/resume").json()["samples"] == 4800
    assert recorded(practice, begun).data == b"".join(parts)


def test_a_pause_on_the_page_is_sealed_as_the_recorder_seals_one(practice: Practice) -> None:
    begun = practice.ask("clinician", "POST /record/begin", {"kind": "dictation"}).json()["id"]
    for what in ("paused", "microphone+lost"):
        practice.ask("clinician", f"POST /record/{begun}/chunk", content=bytes(3200))
        assert practice.ask("clinician", f"POST /record/{begun}/pause?what={what}").status_code == 204
        practice.ask("clinician", f"POST /record/{begun}/resume")
    notes = recorded(practice, begun).notes
    assert [(one.what, one.at) for one in notes] == [("paused", 0.1), ("microphone lost", 0.2)]
    assert all(one.seconds is not None and one.seconds > 0 for one in notes)


def test_a_page_that_is_loaded_anew_leaves_a_trace_in_the_recording_too(practice: Practice) -> None:
    begun = practice.ask("clinician", "POST /record/begin", {"kind": "dictation"}).json()["id"]
    assert practice.ask("clinician", f"POST /record/{begun}/resume").json()["samples"] == 0
    practice.ask("clinician", f"POST /record/{begun}/chunk", content=bytes(3200))
    assert practice.ask("clinician", f"POST /record/{begun}/resume").json()["samples"] == 1600
    assert [(one.what, one.at) for one in recorded(practice, begun).notes] == [("paused", 0.1)]


def test_who_goes_on_with_a_recording_learns_whose_it_is(practice: Practice) -> None:
    of = {"kind": "dictation", "client": "K-12"}
    begun = practice.ask("clinician", "POST /record/begin", of).json()["id"]
    known = practice.ask("clinician", f"POST /record/{begun}/resume").json()
    assert known == {"samples": 0, "client": "K-12", "kind": "dictation", "participants": ""}
    recorded(practice, begun)


def test_the_time_that_a_computer_slept_is_noted(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = practice.ask("clinician", "POST /record/begin", {"kind": "dictation"}).json()["id"]
    record = f"POST /record/{begun}"
    practice.ask("clinician", f"{record}/chunk", content=bytes(3200))
    assert practice.ask("clinician", f"{record}/slept?seconds=600.5").status_code == 204
    for wrong in ("-1", "nan", ""):
        assert practice.ask("clinician", f"{record}/slept?seconds={wrong}").status_code == 422
    practice.ask("clinician", f"{record}/chunk", content=bytes(3200))
    practice.ask("clinician", f"{record}/pause?what=microphone+lost&ago=300")
    clock = time.time
    monkeypatch.setattr(time, "time", lambda: clock() + 3600)  # the computer's own clock stands still meanwhile
    practice.ask("clinician", f"{record}/resume")
    asleep, lost = recorded(practice, begun).notes
    assert (asleep.what, asleep.at, asleep.seconds) == ("asleep", 0.1, 600.5)
    assert (lost.what, lost.at) == ("microphone lost", 0.2)
    assert lost.seconds == pytest.approx(3900, abs=60)


def test_a_record_that_is_away_is_asked_again_and_loses_no_sound(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = practice.ask("clinician", "POST /record/begin", {"kind": "dictation"}).json()["id"]

    def away(*_: object) -> None:
        raise StoreAway("The record's server cannot be reached.", "See that it runs.")

    with monkeypatch.context() as patch:
        patch.setattr(workflow, "demand_standing", away)
        answer = practice.ask("clinician", f"POST /record/{begun}/chunk?at=0", content=bytes(3200))
        assert (answer.status_code, "cannot be reached" in answer.text) == (503, True)
    assert practice.ask("clinician", f"POST /record/{begun}/chunk?at=0", content=bytes(3200)).status_code == 204
    assert len(recorded(practice, begun).data) == 3200


def test_a_recording_that_its_page_has_left_can_be_gone_on_with_or_drafted_from_the_queue(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = practice.ask("clinician", "POST /record/begin", {"kind": "dictation"}).json()["id"]
    practice.ask("clinician", f"POST /record/{begun}/chunk", content=bytes(3200))
    shown = practice.ask("clinician", "GET /").text
    assert "being recorded" in shown and f"/recordings/{begun}/draft" not in shown
    practice.app.state.microphones.signs[begun] -= incoming.STILL + 1
    shown = practice.ask("front desk", "GET /").text
    assert "open; nothing is heard" in shown and "Go on with it" in shown and "Done, draft it" in shown
    added: list[str] = []
    monkeypatch.setattr(practice.app.state.jobs, "add", added.append)
    assert practice.ask("front desk", f"POST /recordings/{begun}/draft").status_code == 303
    assert (added, practice.app.state.microphones.open) == ([begun], {})
    assert "open; nothing" not in practice.ask("clinician", "GET /").text


def test_what_the_law_has_said_first_is_told_when_a_session_begins(practice: Practice) -> None:
    given = Consent(
        client="K-30",
        participant="client",
        scope=("record", "transcribe"),
        method="written",
        wording="form@1",
        law=("washington",),
        given_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    practice.store.add_consent(given)
    of = {"kind": "session", "client": "K-30", "participants": "client"}
    begun = practice.ask("front desk", "POST /record/begin", of).json()
    assert any("recorded" in words for words in begun["announcements"])
    assert practice.ask("clinician", "POST /record/begin", {**of, "kind": "dictation"}).json()["announcements"] == []
    for one in list(practice.app.state.microphones.open.values()):
        one.close()


def recorded(practice: Practice, spool_id: str) -> Content:
    """Let go of a recording that is being made, and return what it holds."""
    permit = workflow.permit_for(workflow.Order(kind="dictation"), practice.store, practice.settings)
    with practice.app.state.microphones.open.pop(spool_id) as spool:
        content: Content = spool.read(permit)
    return content


# What is typed and not drafted yet


def test_what_is_typed_is_kept_until_it_is_drafted_and_each_role_sees_its_own(practice: Practice) -> None:
    kept = practice.ask("clinician", "POST /new/typing", {"text": "She sleeps bad", "client": "K-12"}).json()["seen"]
    again = practice.ask("clinician", "POST /new/typing", {"text": DICTATION, "client": "K-12", "seen": kept})
    page = practice.ask("clinician", "GET /new").text
    assert "sertraline fifty milligrams" in page
    assert 'value="K-12"' in page
    assert "sertraline" not in practice.ask("front desk", "GET /new").text
    seen = {"text": DICTATION, "client": "K-12", "seen": again.json()["seen"]}
    assert practice.ask("clinician", "POST /new/typed", seen).headers["location"].startswith("/drafts/")
    assert "sertraline" not in practice.ask("clinician", "GET /new").text
    assert practice.store.typing_of("clinician") is None


def test_another_window_does_not_write_over_what_is_typed(practice: Practice) -> None:
    practice.ask("clinician", "POST /new/typing", {"text": "In the first window."})
    second = practice.ask("clinician", "POST /new/typing", {"text": "In the second.", "seen": "0" * 64})
    assert second.status_code == 409
    drafted = practice.ask("clinician", "POST /new/typed", {"text": DICTATION, "seen": "0" * 64})
    assert drafted.headers["location"].startswith("/drafts/")
    kept = practice.store.typing_of("clinician")
    assert kept
    assert kept.text == "In the first window."


def test_what_could_not_be_drafted_is_still_there(practice: Practice) -> None:
    assert practice.ask("clinician", "POST /new/typed", {"text": "Nothing of note."}).status_code == 422
    assert "Nothing of note." in practice.ask("clinician", "GET /new").text


def test_what_was_typed_expires_as_a_draft_does(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    practice.ask("clinician", "POST /new/typing", {"text": "She sleeps badly."})
    later = workflow.now() + 1.01 * (practice.draft().expires_at - workflow.now())
    monkeypatch.setattr(workflow, "now", lambda: later)
    assert "She sleeps badly." not in practice.ask("clinician", "GET /new").text
    assert practice.store.typing_of("clinician") is None
