"""Who spoke, put right: the draft is made anew, edits stay, what somebody else said is decided on again; and quotes."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import diff, review, workflow
from pipeline.config import Settings, load_settings
from pipeline.draft import load_format
from pipeline.draft.quoting import quote
from pipeline.errors import NotFound, Outdated, Refused
from pipeline.speech.transcripts.files import Pasted
from pipeline.store import Store
from pipeline.types import Category, Consent, Decision, Draft, Manner, Review, Speaker, Statement
from pipeline.workflow import drafting

from .test_evening import Desk

SAID = """Therapist: How did the week go for you, and how have you been sleeping?
Client: I felt anxious all week and I can't sleep. My wife left.
Therapist: For homework, please write down your worries every evening.
Client: I will try that. I don't want to kill myself or anything.
Therapist: Good. We practised slow breathing together and that seemed to settle you.
"""


@dataclass
class Session:
    """A session's draft in a record, reviewed and put right by the real workflow."""

    store: Store
    settings: Settings
    draft: Draft

    def decide(self, **fields: Any) -> Review:
        decided = workflow.start_review(self.draft, self.store, "ruiz")
        decision = Decision.model_validate({**fields, "at": workflow.now()})
        decided = review.decide(self.draft, decided, decision, workflow.questions(self.draft, decided, self.store))
        self.store.keep_review(decided)
        return decided

    def respeak(self, **speakers: Speaker) -> Draft:
        self.draft = workflow.respeak(self.store, self.draft.digest, speakers, self.settings)
        return self.draft

    def quote(self, turn: str, words: str, category: Category = "mood", section: str = "subjective") -> Review:
        transcript = self.store.transcript(self.draft.transcript)
        text = next(one.text for one in transcript.turns if one.id == turn)
        span = (turn, text.index(words), text.index(words) + len(words))
        made = quote(transcript, span, category, section, load_format("soap"), workflow.now())
        return self.decide(**{name: getattr(made, name) for name in Decision.model_fields if name != "at"})

    def of(self, category: Category) -> Statement:
        return next(one for one in self.draft.statements() if one.category == category)

    def texts(self) -> list[str]:
        """The note's sentences as they are decided."""
        decided = self.store.review_of(self.draft.digest)
        assert decided
        return [one.text for section in review.apply(self.draft, decided) for one in section.statements]

    def settle(self) -> None:
        """Decide on everything that is open, and keep what is undecided."""
        decided = workflow.start_review(self.draft, self.store, "ruiz")
        for one in review.undecided(self.draft, decided):
            self.decide(action="keep", target=one.digest)
        for item in {item.target for item in review.untouched(self.draft, self.decided)}:
            self.decide(action="acknowledge", target=item)
        for question in workflow.questions(self.draft, self.decided, self.store):
            if question.severity == "must":
                self.decide(action="set aside", target=question.key, text="Not known.")

    @property
    def decided(self) -> Review:
        return workflow.start_review(self.draft, self.store, "ruiz")

    @property
    def chain(self) -> list[str]:
        return [event.action for event in self.store.events()]


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    monkeypatch.setenv("EVENFALL_HOME", str(tmp_path / "home"))
    settings = load_settings()
    with Store.open(tmp_path / "home", "correct horse", actor="ruiz") as store:
        store.add_consent(
            Consent(
                client="K-12",
                participant="client",
                scope=("record", "transcribe", "keep quotes"),
                method="written",
                wording="form",
                given_at=workflow.now(),
            )
        )
        order = workflow.Order(source=Pasted(SAID.encode(), ".txt"), kind="session", client="K-12")
        made = workflow.draft_source(order, store, settings, lambda done, total: None)
        yield Session(store, settings, made)


def test_the_words_stay_and_the_old_transcript_is_gone(session: Session) -> None:
    old, before = session.draft, session.store.transcript(session.draft.transcript)
    new = session.respeak(t2="client2", t4="client2")
    after = session.store.transcript(new.transcript)
    assert [turn.text for turn in after.turns] == [turn.text for turn in before.turns]
    assert [turn.speaker for turn in after.turns] == ["clinician", "client2", "clinician", "client2", "clinician"]
    assert (new.recording, new.client, new.manner) == (old.recording, old.client, old.manner)
    assert (new.drafted_at, new.due_at, new.expires_at) == (old.drafted_at, old.due_at, old.expires_at)
    assert session.store.drafts() == (new,)
    assert session.store.found_of(old.transcript) is None
    assert session.store.found_of(new.transcript)
    for gone in (lambda: session.store.transcript(old.transcript), lambda: session.store.draft(old.digest)):
        with pytest.raises(NotFound):
            gone()
    for action in ("reassign speakers", "delete transcript: replaced", "delete findings: replaced"):
        assert session.chain.count(action) == 1
    assert session.store.verify_audit() > 0


def test_what_is_found_depends_on_who_said_it(session: Session) -> None:
    assert session.of("risk").source == "client said"
    session.respeak(t4="other")
    assert "client said" not in {one.source for one in session.draft.statements() if one.spoken[-1].turn_id == "t4"}


def test_edits_stay_and_what_somebody_else_said_is_decided_on_again(session: Session) -> None:
    mood, risk = session.of("mood"), session.of("risk")
    session.decide(action="edit", target=mood.digest, text="Anxious all week.")
    session.decide(action="drop", target=risk.digest)
    session.decide(action="add", target="plan", category="plan", text="Call on Friday.")
    session.respeak(t4="clinician")
    assert {"Anxious all week.", "Call on Friday."} <= set(session.texts())
    again = [one for one in session.draft.statements() if one.spoken[-1].turn_id == "t4"]
    assert again
    assert set(again) <= set(review.undecided(session.draft, session.decided))


def test_a_drop_of_the_partners_words_does_not_drop_the_clients(session: Session) -> None:
    session.respeak(t4="client2")
    for one in [one for one in session.draft.statements() if one.spoken[-1].turn_id == "t4"]:
        session.decide(action="drop", target=one.digest)
    session.respeak(t4="client")
    again = [one for one in session.draft.statements() if one.spoken[-1].turn_id == "t4"]
    assert again
    assert set(again) <= set(review.undecided(session.draft, session.decided))


def test_an_edit_of_what_somebody_else_is_known_to_have_said_must_be_looked_at(session: Session) -> None:
    session.decide(action="edit", target=session.of("risk").digest, text="Client wants to die.")
    session.respeak(t4="clinician")
    assert "Client wants to die." in session.texts()
    (item,) = [one for one in session.draft.must_touch if one.target.startswith("respoken:")]
    assert "Client wants to die." in item.message
    session.draft = workflow.redraft(session.store, session.draft.digest, Manner(call="patient"), session.settings)
    (item,) = [one for one in review.untouched(session.draft, session.decided) if one.target.startswith("respoken:")]
    session.decide(action="acknowledge", target=item.target)
    session.draft = workflow.redraft(session.store, session.draft.digest, Manner(call="client"), session.settings)
    assert not [one for one in session.draft.must_touch if one.target.startswith("respoken:")]


def test_a_decision_made_while_speakers_change_stands(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    old, mood = session.draft, session.of("mood")
    session.decide(action="keep", target=mood.digest)
    compose = drafting._compose

    def slowly(*given: Any) -> Draft:
        session.decide(action="edit", target=mood.digest, text="Anxious all week.")  # in another window
        return compose(*given)

    monkeypatch.setattr(drafting, "_compose", slowly)
    with pytest.raises(Outdated, match="changed in another window"):
        session.respeak(t4="clinician")
    assert session.store.drafts() == (old,)
    assert session.decided.standing[mood.digest].text == "Anxious all week."
    assert [turn.speaker for turn in session.store.transcript(old.transcript).turns][3] == "client"
    assert "reassign speakers" not in session.chain


def test_a_keep_of_what_nobody_touched_stands(session: Session) -> None:
    session.decide(action="keep", target=session.of("mood").digest)
    kept = session.of("mood").text
    session.respeak(t4="unknown")
    assert session.texts() == [kept]


def test_swapping_clinician_and_client_twice_is_where_it_began(session: Session) -> None:
    first = session.draft
    for _ in range(2):
        session.respeak(**workflow.swapped(session.store.transcript(session.draft.transcript)))
    assert session.draft.transcript == first.transcript
    assert list(session.draft.statements()) == list(first.statements())


def test_nothing_to_change_changes_nothing(session: Session) -> None:
    old = session.draft
    assert session.respeak(t2="client") == old
    assert "reassign speakers" not in session.chain


def test_a_turn_that_is_not_there(session: Session) -> None:
    with pytest.raises(NotFound):
        session.respeak(t99="client")


def test_a_dictation_has_one_speaker(session: Session) -> None:
    order = workflow.Order(
        source=Pasted(
            b"She felt anxious about work all week, slept badly, and we practised slow breathing together.", ".txt"
        )
    )
    session.draft = workflow.draft_source(order, session.store, session.settings, lambda done, total: None)
    with pytest.raises(Refused, match="one speaker"):
        session.respeak(t1="client")


# Words of a turn, quoted in the note


@pytest.mark.parametrize(
    ("turn", "words", "text", "source"),
    [
        ("t2", "I felt anxious all week", 'Client said: "I felt anxious all week"', "client said"),
        ("t2", "My wife left.", 'Client said: "My wife left."', "client said"),
        ("t2", "can", 'Client said: "can\'t"', "client said"),
        ("t2", " all week ", 'Client said: "all week"', "client said"),
        ("t5", "slow breathing", 'Clinician said: "slow breathing"', "clinician said"),
    ],
)
def test_words_are_quoted_whole_and_letter_by_letter(
    session: Session, turn: str, words: str, text: str, source: str
) -> None:
    decided = session.quote(turn, words)
    (made,) = next(
        section for section in review.apply(session.draft, decided) if section.key == "subjective"
    ).statements
    assert (made.text, made.source, made.category) == (text, source, "mood")
    (evidence,) = made.spoken
    assert (evidence.turn_id, evidence.transcript) == (turn, session.draft.transcript)
    assert f'"{evidence.quote}"' in text


@pytest.mark.parametrize(("turn", "start", "end"), [("t2", 5, 5), ("t2", 900, 910), ("t99", 0, 4), ("t2", -9, -2)])
def test_words_that_are_not_there(session: Session, turn: str, start: int, end: int) -> None:
    transcript = session.store.transcript(session.draft.transcript)
    with pytest.raises(NotFound):
        quote(transcript, (turn, start, end), "mood", "subjective", load_format("soap"), workflow.now())


def test_a_quote_about_risk_addresses_it_and_is_signed_with_its_evidence(session: Session) -> None:
    for one in session.draft.statements():
        session.decide(action="drop", target=one.digest)
    session.quote("t4", "I don't want to kill myself or anything.", "risk", "assessment")
    session.settle()
    note, _ = workflow.sign(session.draft, session.decided, "Ana Ruiz", "LCSW", session.store)
    (signed,) = note.statements()
    assert signed.source == "client said"
    assert signed.spoken[0].quote == "I don't want to kill myself or anything."
    assert session.store.note(note.digest) == note


def test_a_quote_goes_along_and_is_of_whoever_said_it(session: Session) -> None:
    session.quote("t2", "My wife left.", "behaviour", "subjective")
    session.respeak(t2="client2")
    assert session.texts() == ['Second client said: "My wife left."']
    session.draft = workflow.redraft(session.store, session.draft.digest, Manner(format="dap"), session.settings)
    decided = session.decided
    (data,) = (section for section in review.apply(session.draft, decided) if section.key == "data")
    assert [one.text for one in data.statements] == ['Second client said: "My wife left."']


def test_words_of_another_transcript_are_no_evidence_here(session: Session) -> None:
    decision = session.quote("t2", "My wife left.").decisions[-1]
    session.respeak(t4="other")
    with pytest.raises(NotFound):
        review.decide(session.draft, session.decided, decision)


def test_who_is_left_out_of_a_format_cannot_be_quoted_in_it(session: Session) -> None:
    session.respeak(t4="other")
    transcript = session.store.transcript(session.draft.transcript)
    with pytest.raises(Refused):
        quote(transcript, ("t4", 0, 16), "mood", "presentation", load_format("group_member"), workflow.now())
    session.quote("t4", "I will try that.")
    with pytest.raises(Refused):
        workflow.redraft(session.store, session.draft.digest, Manner(format="group_member"), session.settings)


# What a note keeps of what was changed


def test_a_note_keeps_what_was_changed_and_no_word_that_was_not_signed(session: Session) -> None:
    mood, risk = session.of("mood"), session.of("risk")
    session.decide(action="edit", target=mood.digest, text=mood.text.replace("anxious", "wretched"))
    session.decide(action="drop", target=risk.digest)
    session.decide(action="add", target="assessment", category="risk", text="No danger seen.")
    session.settle()
    note, _ = workflow.sign(session.draft, session.decided, "Ana Ruiz", "LCSW", session.store)
    edited, dropped, added = note.changes
    assert (edited.how, edited.category, edited.removed) == ("edited", "mood", 1)
    signed = list(note.statements())[edited.place or 0]
    assert [signed.text[a:b] for a, b in edited.written] == ["wretched"]
    assert (dropped.how, dropped.category, dropped.place) == ("dropped", "risk", None)
    assert dropped.removed == len(risk.text.split())
    assert (added.how, added.category) == ("added", "risk")
    kept = "".join(change.model_dump_json() for change in note.changes)
    assert "anxious" not in kept
    assert risk.text not in note.model_dump_json()


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("Sleeps badly.", "Sleeps badly.", "Sleeps badly."),
        ("Client sleeps badly.", "Client sleeps well.", "Client sleeps [-badly-][+well+]."),
        ("She can't sleep.", "She can sleep.", "She [-can't-][+can+] sleep."),
        ("", "New.", "[+New.+]"),
        ("Gone.", "", "[-Gone.-]"),
    ],
)
def test_two_wordings_side_by_side(old: str, new: str, shown: str) -> None:
    marks = {"same": "{}", "removed": "[-{}-]", "written": "[+{}+]"}
    assert "".join(marks[piece.how].format(piece.text) for piece in diff.compare(old, new)) == shown


@given(st.text(), st.text())
def test_both_wordings_can_be_read_back(old: str, new: str) -> None:
    pieces = diff.compare(old, new)
    assert "".join(piece.text for piece in pieces if piece.how != "written") == old
    assert "".join(piece.text for piece in pieces if piece.how != "removed") == new
    spans = diff.written(old, new)
    assert [new[a:b] for a, b in spans] == [piece.text for piece in pieces if piece.how == "written"]


# By the command


def test_the_command_lists_and_changes_who_spoke(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.run("consent", "add", "--client", "K-12", "--participant", "client").returncode == 0
    (draft,) = desk.json("draft", desk.file("s.txt", SAID), "--client", "K-12", "--kind", "session")
    listed = desk.run("speakers", draft["digest"][:8]).stdout.splitlines()
    assert [line.split()[:2] for line in listed][:2] == [["t1", "clinician"], ["t2", "client"]]
    assert desk.run("speakers", draft["digest"][:8], "--set", "t2=nobody").returncode == 2
    changed = desk.run("speakers", draft["digest"][:8], "--set", "t2=other")
    assert changed.returncode == 0, changed.stderr
    (waiting,) = desk.json("queue")
    assert waiting["digest"] != draft["digest"]
    swapped = desk.run("speakers", waiting["digest"][:8], "--swap", "--set", "t2=client")
    assert swapped.returncode == 0, swapped.stderr
    (waiting,) = desk.json("queue")
    listed = desk.run("speakers", waiting["digest"][:8]).stdout.splitlines()
    assert [line.split()[1] for line in listed] == ["client", "client", "client", "clinician", "client"]
