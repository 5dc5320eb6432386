"""Nothing is saved unapproved: what must be decided and touched before a note can be."""

from datetime import UTC, datetime

import pytest

from pipeline import review
from pipeline.errors import NotFound, Undecided
from pipeline.types import Category, Decision, Draft, Note, Review, Signature, Statement, Typed

from .test_draft import DICTATION, draft

NOW = datetime(2026, 3, 31, 18, 0, tzinfo=UTC)
SIGNATURE = Signature(name="A. Ruiz", credentials="LCSW", at=NOW)


def begin(made: Draft) -> Review:
    return Review(draft=made.digest, reviewer="A. Ruiz", started_at=NOW)


def keep(statement: Statement) -> Decision:
    return Decision(action="keep", target=statement.digest, at=NOW)


def add(section: str, category: Category, text: str) -> Decision:
    return Decision(action="add", target=section, category=category, text=text, at=NOW)


def kept(made: Draft) -> Review:
    decided = begin(made)
    for statement in made.statements():
        decided = review.decide(made, decided, keep(statement))
    return decided


def test_a_reviewed_draft_becomes_a_note() -> None:
    made = draft(DICTATION)
    note = review.sign(made, kept(made), SIGNATURE)
    assert [s.text for s in note.statements()] == [s.text for s in made.statements()]
    assert note.signature == SIGNATURE
    assert (note.draft, note.recording, note.versions) == (made.digest, made.recording, made.versions)


def test_nothing_is_approved_beforehand() -> None:
    made = draft(DICTATION)
    assert review.undecided(made, begin(made)) == tuple(made.statements())
    with pytest.raises(Undecided, match="must-touch items are untouched"):
        review.sign(made, begin(made), SIGNATURE)


@pytest.mark.parametrize("left", range(9))
def test_one_undecided_statement_stops_the_signature(left: int) -> None:
    made = draft(DICTATION)
    decided = begin(made)
    for number, statement in enumerate(made.statements()):
        if number != left:
            decided = review.decide(made, decided, keep(statement))
    with pytest.raises(Undecided) as refusal:
        review.sign(made, decided, SIGNATURE)
    assert refusal.value.exit_code == 3


def test_risk_that_was_not_addressed_must_be_confirmed() -> None:
    made = draft("She feels [mood:anxious] about work.")
    decided = kept(made)
    with pytest.raises(Undecided, match="1 must-touch"):
        review.sign(made, decided, SIGNATURE)
    confirmed = review.decide(made, decided, Decision(action="acknowledge", target="not_addressed:risk", at=NOW))
    note = review.sign(made, confirmed, SIGNATURE)
    assert "risk" in {name for section in note.sections for name in section.not_addressed}


def test_a_typed_statement_about_risk_addresses_it() -> None:
    made = draft("She feels [mood:anxious] about work.")
    decided = review.decide(made, kept(made), add("assessment", "risk", "Denied any thought of suicide."))
    note = review.sign(made, decided, SIGNATURE)
    (statement,) = [s for s in note.statements() if s.category == "risk"]
    assert statement.source == "typed"
    assert statement.evidence == (Typed(by="A. Ruiz", at=NOW, quote="Denied any thought of suicide."),)
    assert "risk" not in {name for section in note.sections for name in section.not_addressed}


def test_an_edit_keeps_the_spoken_evidence_and_says_that_it_was_typed() -> None:
    made = draft(DICTATION)
    first = next(made.statements())
    change = Decision(action="edit", target=first.digest, text="She is anxious at work.", at=NOW)
    note = review.sign(made, review.decide(made, kept(made), change), SIGNATURE)
    edited = next(note.statements())
    assert edited.text == "She is anxious at work."
    assert edited.source == "typed"
    assert edited.spoken == first.spoken


def test_a_dropped_statement_is_not_in_the_note_and_the_last_decision_counts() -> None:
    made = draft(DICTATION)
    first = next(made.statements())
    dropped = review.decide(made, kept(made), Decision(action="drop", target=first.digest, at=NOW))
    assert first.text not in {s.text for s in review.sign(made, dropped, SIGNATURE).statements()}
    again = review.decide(made, dropped, keep(first))
    assert first.text in {s.text for s in review.sign(made, again, SIGNATURE).statements()}
    assert len(again.decisions) == len(list(made.statements())) + 2


def test_a_note_of_nothing_is_not_signed() -> None:
    made = draft("Risk: denies [-risk:SI].")
    (only,) = made.statements()
    decided = review.decide(made, begin(made), Decision(action="drop", target=only.digest, at=NOW))
    with pytest.raises(Undecided, match="no statement is left"):
        review.sign(made, decided, SIGNATURE)


@pytest.mark.parametrize(
    "decision",
    [
        Decision(action="keep", target="c" * 64, at=NOW),
        Decision(action="acknowledge", target="not_addressed:mood", at=NOW),
        Decision(action="add", target="nowhere", text="x", category="mood", at=NOW),
    ],
)
def test_a_decision_needs_its_target(decision: Decision) -> None:
    made = draft(DICTATION)
    with pytest.raises(NotFound):
        review.decide(made, begin(made), decision)


def test_acknowledging_a_statement_does_not_stand_for_deciding_on_it() -> None:
    made = draft("Risk: denies [-risk:SI].")
    (only,) = made.statements()
    with pytest.raises(NotFound):
        review.decide(made, begin(made), Decision(action="acknowledge", target=only.digest, at=NOW))


def test_the_review_of_one_draft_signs_no_other() -> None:
    made, other = draft(DICTATION), draft("She feels [mood:anxious].")
    with pytest.raises(Undecided, match="another draft"):
        review.sign(other, kept(made), SIGNATURE)


def test_a_note_reads_back_as_it_was_signed() -> None:
    made = draft(DICTATION)
    note = review.sign(made, kept(made), SIGNATURE)
    assert Note.read(note.model_dump_json()).digest == note.digest
