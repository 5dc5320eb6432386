"""Nothing is saved unapproved: what must be decided and touched before a note can be."""

from datetime import UTC, datetime

import pytest

from pipeline import review
from pipeline.errors import NotFound, Refused, Undecided
from pipeline.types import (
    Category,
    Decision,
    Draft,
    GoalLink,
    MustTouch,
    Note,
    Polarity,
    Question,
    Review,
    Section,
    SetAside,
    Signature,
    Statement,
    Typed,
)
from pipeline.web import sight

from .test_draft import DICTATION, draft

NOW = datetime(2026, 3, 31, 18, 0, tzinfo=UTC)
SIGNATURE = Signature(name="A. Ruiz", credentials="LCSW", at=NOW)


def begin(made: Draft) -> Review:
    return Review(draft=made.digest, reviewer="A. Ruiz", started_at=NOW)


def keep(statement: Statement) -> Decision:
    return Decision(action="keep", target=statement.digest, at=NOW)


def add(section: str, category: Category, text: str) -> Decision:
    return Decision(action="add", target=section, category=category, text=text, at=NOW)


def set_aside(question: str, reason: str = "Not needed here.") -> Decision:
    return Decision(action="set aside", target=question, text=reason, at=NOW)


def answer(question: Question, text: str, section: str | None = None) -> Decision:
    into = {"category": question.category, "section": section} if section else {"detail": question.detail}
    return Decision(action="answer", target=question.key, text=text, at=NOW, **into)  # type: ignore[arg-type]


def kept(made: Draft) -> Review:
    """A review that keeps every statement and sets aside what must be answered."""
    decided = begin(made)
    for statement in made.statements():
        decided = review.decide(made, decided, keep(statement))
    for question in made.questions:
        if question.severity == "must":
            decided = review.decide(made, decided, set_aside(question.key))
    return decided


def asked(made: Draft, key: str) -> Question:
    (question,) = [question for question in made.questions if question.key == key]
    return question


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


@pytest.mark.parametrize(
    ("typed", "polarity"),
    [
        ("Client denied suicidal thoughts this week.", "denied"),
        ("Client reported suicidal thoughts with a plan.", "affirmed"),
        ("Client denied suicidal thoughts, but then spoke of a plan.", "affirmed"),
    ],
)
def test_an_edited_denial_is_one_only_where_its_words_still_deny(typed: str, polarity: str) -> None:
    made = draft("She denied [-risk:suicidal thoughts].")
    (denial,) = made.statements()
    assert (denial.text, denial.polarity) == ("Client denied suicidal thoughts.", "denied")
    change = Decision(action="edit", target=denial.digest, text=typed, at=NOW)
    note = review.sign(made, review.decide(made, kept(made), change), SIGNATURE)
    assert [(one.text, one.polarity) for one in note.statements()] == [(typed, polarity)]


def of_another(polarity: Polarity = "affirmed") -> tuple[Draft, Statement]:
    """A draft with risk of somebody else alone, and its one statement."""
    made = draft("Her partner has [risk:suicidal thoughts]." if polarity == "affirmed" else DENIED)
    (statement,) = made.statements()
    other = statement.replace(subject="other")
    (risk,) = [section.key for section in made.sections if statement in section.statements]
    missing = MustTouch(target="not_addressed:risk", reason="not addressed", message="Risk was not addressed.")
    sections = tuple(
        section.replace(statements=(other,), not_addressed=("risk",)) if section.key == risk else section
        for section in made.sections
    )
    return made.replace(sections=sections, must_touch=(missing,), questions=()), other


DENIED = "Her partner denied [-risk:suicidal thoughts]."


def edited(statement: Statement, text: str) -> Decision:
    return Decision(action="edit", target=statement.digest, text=text, at=NOW)


def test_an_edit_that_makes_it_the_clients_addresses_the_risk_until_it_is_undone() -> None:
    made, other = of_another()
    changed = review.decide(made, begin(made), edited(other, "The client has suicidal thoughts with a plan."))
    assert review.untouched(made, changed) == ()
    note = review.sign(made, changed, SIGNATURE)
    assert [(one.subject, one.polarity) for one in note.statements()] == [("client", "affirmed")]
    assert not any("risk" in section.not_addressed for section in note.sections)
    back = review.undo(changed)
    (shown,) = [one for section in review.apply(made, back, waiting=True) for one in section.statements]
    assert (shown, review.untouched(made, back)) == (other, made.must_touch)
    assert any("risk" in section.not_addressed for section in review.apply(made, back))
    assert review.redo(back).decisions == changed.decisions


def test_the_last_edit_says_whose_it_is() -> None:
    made, other = of_another()
    changed = review.decide(made, begin(made), edited(other, "The client has suicidal thoughts."))
    again = review.decide(made, changed, edited(other, "Her partner had suicidal thoughts in 2019."))
    assert [one.subject for section in review.apply(made, again) for one in section.statements] == ["other"]
    assert review.untouched(made, again) == made.must_touch
    kept_so = review.decide(made, changed, keep(other))
    assert [one for section in review.apply(made, kept_so) for one in section.statements] == [other]


@pytest.mark.parametrize(
    ("typed", "subject", "polarity"),
    [
        ("{} this week.", "other", "denied"),
        ("{}, and the client a plan.", "client", "affirmed"),
        ("Client denied suicidal thoughts.", "client", "affirmed"),
    ],
)
def test_another_persons_denial_is_none_of_the_clients(typed: str, subject: str, polarity: str) -> None:
    made, other = of_another("denied")
    changed = review.decide(made, begin(made), edited(other, typed.format(other.text.rstrip("."))))
    now = [one for section in review.apply(made, changed) for one in section.statements]
    assert [(one.subject, one.polarity) for one in now] == [(subject, polarity)]


def test_the_page_tells_whose_it_is_as_it_stands() -> None:
    made, other = of_another("denied")
    for text, told in [(other.text, ("denied", "about another person")), ("Client has a plan.", ())]:
        changed = review.decide(made, begin(made), edited(other, text))
        shown = [one for section in sight.sections(made, changed) for one in section.statements]
        assert [one.told for one in shown] == [told]


def test_the_last_answer_about_a_detail_counts_whichever_question_was_asked_first() -> None:
    made = draft(DICTATION)
    questions = [made.questions[0].replace(key=key, detail=key) for key in ("start_time", "minutes")]
    decided = begin(made)
    for question, text in zip((questions[0], *questions[::-1]), ("15:00", "16:00-16:50", "15:30"), strict=True):
        decided = review.decide(made, decided, answer(question, text), questions)
    assert {d.key: d.value for d in review.details(made, decided)}["start_time"] == "15:30"


def test_a_dropped_statement_is_not_in_the_note_and_the_last_decision_counts() -> None:
    made = draft(DICTATION)
    first = next(made.statements())
    dropped = review.decide(made, kept(made), Decision(action="drop", target=first.digest, at=NOW))
    assert first.text not in {s.text for s in review.sign(made, dropped, SIGNATURE).statements()}
    again = review.decide(made, dropped, keep(first))
    assert first.text in {s.text for s in review.sign(made, again, SIGNATURE).statements()}
    assert len(again.decisions) == len(kept(made).decisions) + 2


def test_a_note_of_nothing_is_not_signed() -> None:
    made = draft("Risk: denies [-risk:SI].")
    (only,) = made.statements()
    decided = review.decide(made, kept(made), Decision(action="drop", target=only.digest, at=NOW))
    with pytest.raises(Undecided, match="no statement is left"):
        review.sign(made, decided, SIGNATURE)


@pytest.mark.parametrize(
    "decision",
    [
        Decision(action="keep", target="c" * 64, at=NOW),
        Decision(action="acknowledge", target="not_addressed:mood", at=NOW),
        Decision(action="add", target="nowhere", text="x", category="mood", at=NOW),
        Decision(action="take", target="c" * 64, at=NOW),
        Decision(action="restore", target="c" * 64, section="plan", at=NOW),
        Decision(action="answer", target="no such question", text="50", detail="minutes", at=NOW),
        Decision(action="answer", target="details.minutes", text="50", detail="length", at=NOW),
        Decision(action="answer", target="interventions", text="x", category="mood", section="nowhere", at=NOW),
        Decision(action="set aside", target="no such question", text="x", at=NOW),
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


# Questions


def test_what_must_be_answered_holds_up_the_signature_and_the_rest_does_not() -> None:
    made = draft(DICTATION)
    decided = begin(made)
    for statement in made.statements():
        decided = review.decide(made, decided, keep(statement))
    with pytest.raises(Undecided, match="2 questions must be answered or set aside"):
        review.sign(made, decided, SIGNATURE)
    for key in ("details.date", "details.minutes"):
        decided = review.decide(made, decided, set_aside(key))
    assert {question.severity for question in review.unanswered(decided, made.questions)} == {"should", "consider"}
    note = review.sign(made, decided, SIGNATURE)
    assert note.set_aside[0] == SetAside(question="details.date", rule="core@2:details.date", reason="Not needed here.")


def test_an_answer_becomes_a_typed_statement_in_its_section() -> None:
    made = draft("She feels [mood:low].")
    question = asked(made, "interventions")
    decided = review.decide(made, kept(made), answer(question, "Practised slow breathing.", section="objective"))
    decided = review.decide(made, decided, Decision(action="acknowledge", target="not_addressed:risk", at=NOW))
    note = review.sign(made, decided, SIGNATURE)
    (section,) = [section for section in note.sections if section.key == "objective"]
    (statement,) = section.statements
    assert (statement.text, statement.source, statement.category) == (
        "Practised slow breathing.",
        "typed",
        "intervention",
    )
    assert "intervention" not in section.not_addressed


def test_the_last_word_on_a_question_counts() -> None:
    made = draft(DICTATION)
    question = asked(made, "details.minutes")
    decided = review.decide(made, kept(made), answer(question, "45"))
    decided = review.decide(made, decided, answer(question, "50"))
    assert [(d.key, d.value) for d in review.details(made, decided)] == [("minutes", "50")]
    decided = review.decide(made, decided, set_aside(question.key))
    assert review.details(made, decided) == ()
    said = answer(question.replace(detail=None, category="mood"), "Calm.", section="subjective")
    twice = review.decide(made, review.decide(made, kept(made), said), said.replace(text="Calmer."))
    assert [s.text for section in review.apply(made, twice) for s in section.statements if s.source == "typed"] == [
        "Calmer."
    ]


def test_an_answer_about_risk_addresses_it() -> None:
    made = draft("She feels [mood:anxious] about work.")
    question = made.questions[0].replace(key="ask.risk", category="risk", detail=None)
    said = answer(question, "Denied any thought of suicide.", section="assessment")
    decided = review.decide(made, kept(made), said, asked=(question,))
    assert review.untouched(made, decided) == ()


@pytest.mark.parametrize(
    ("detail", "typed", "known"),
    [
        ("date", "2026-03-31", {"date": "2026-03-31"}),
        ("minutes", "50", {"minutes": "50"}),
        ("minutes", "50 min", {"minutes": "50"}),
        ("minutes", "16:00-16:50", {"start_time": "16:00", "end_time": "16:50", "minutes": "50"}),
        ("minutes", "23:30 to 0:20", {"start_time": "23:30", "end_time": "00:20", "minutes": "50"}),
        ("start_time", "9:05", {"start_time": "09:05"}),
        ("modality", "telehealth, audio only", {"modality": "telehealth, audio only"}),
    ],
)
def test_a_detail_is_typed_as_one_says_it(detail: str, typed: str, known: dict[str, str]) -> None:
    made = draft(DICTATION)
    question = made.questions[0].replace(detail=detail)
    decided = review.decide(made, begin(made), answer(question, typed))
    found = review.details(made, decided)
    assert {d.key: d.value for d in found} == known
    assert all(d.source == "typed" and d.evidence == (Typed(by="A. Ruiz", at=NOW, quote=typed),) for d in found)
    note = review.sign(made, review.decide(made, kept(made), answer(question, typed)), SIGNATURE)
    assert {key.replace("_", " ") for key in known} & set(note.details_not_addressed) == set()


@pytest.mark.parametrize(
    ("detail", "typed"),
    [
        ("date", "31 March"),
        ("date", "2026-02-30"),
        ("minutes", "about an hour"),
        ("minutes", "0"),
        ("minutes", "9000"),
        ("minutes", "16:00-16:00"),
        ("start_time", "25:00"),
        ("end_time", "four"),
    ],
)
def test_a_detail_that_is_none_is_refused_without_its_words(detail: str, typed: str) -> None:
    made = draft(DICTATION)
    with pytest.raises(Refused) as refusal:
        review.decide(made, begin(made), answer(made.questions[0].replace(detail=detail), typed))
    assert "Write the" in refusal.value.next_step
    assert typed not in refusal.value.what


# Offers, and what was left out for length


def offering(made: Draft) -> tuple[Draft, Statement]:
    """The draft with a name offered for what its first statement shows."""
    first = next(made.statements())
    offered = first.replace(offer=f"Grounding was used: {first.text}")
    sections = tuple(
        section.replace(statements=tuple(offered if one is first else one for one in section.statements))
        for section in made.sections
    )
    return made.replace(sections=sections, must_touch=()), offered


@pytest.mark.parametrize(("action", "text"), [("take", "Grounding was used: "), ("keep", "")])
def test_an_offer_stands_only_once_it_is_taken(action: str, text: str) -> None:
    made, offered = offering(draft(DICTATION))
    decision = Decision(action=action, target=offered.digest, at=NOW)  # type: ignore[arg-type]
    note = review.sign(made, review.decide(made, kept(made), decision), SIGNATURE)
    first = next(note.statements())
    assert first.text == f"{text}{offered.text}"
    assert (first.evidence, first.source, first.offer) == (offered.evidence, offered.source, None)


def test_what_offers_nothing_cannot_be_taken() -> None:
    made = draft(DICTATION)
    with pytest.raises(NotFound):
        review.decide(made, begin(made), Decision(action="take", target=next(made.statements()).digest, at=NOW))


def short(made: Draft) -> tuple[Draft, Statement]:
    """The draft without its first statement, which was left out for length."""
    first = next(made.statements())
    sections = tuple(
        section.replace(statements=tuple(one for one in section.statements if one is not first))
        for section in made.sections
    )
    return made.replace(sections=sections, left_out=(first,)), first


def test_what_was_left_out_can_be_put_back_edited_and_dropped_again() -> None:
    made, left = short(draft(DICTATION))
    decided = kept(made)
    assert left not in tuple(review.sign(made, decided, SIGNATURE).statements())
    with pytest.raises(NotFound):
        review.decide(made, decided, keep(left))
    back = review.decide(made, decided, Decision(action="restore", target=left.digest, section="subjective", at=NOW))
    note = review.sign(made, back, SIGNATURE)
    assert note.sections[0].statements[-1] == left
    change = Decision(action="edit", target=left.digest, text="Anxious.", at=NOW)
    edited = review.sign(made, review.decide(made, back, change), SIGNATURE)
    assert edited.sections[0].statements[-1].text == "Anxious."
    gone = review.decide(made, back, Decision(action="drop", target=left.digest, at=NOW))
    assert left not in tuple(review.sign(made, gone, SIGNATURE).statements())


# What the note takes over


def test_a_note_has_the_goals_of_the_statements_that_stay() -> None:
    made = draft(DICTATION)
    first, second, third, *_ = made.statements()
    links = tuple(
        GoalLink(goal="g1", text="Less worry", statement=one.digest, reason="Both name worry.")
        for one in (first, second, third)
    )
    made = made.replace(goals=links)
    decided = review.decide(made, kept(made), Decision(action="drop", target=second.digest, at=NOW))
    change = Decision(action="edit", target=third.digest, text="Affect was flat.", at=NOW)
    note = review.sign(made, review.decide(made, decided, change), SIGNATURE)
    linked = {link.statement for link in note.goals}
    assert linked == {s.digest for s in note.statements() if s.text in (first.text, "Affect was flat.")}
    assert len(linked) == 2
    assert note.manner == made.manner


def test_an_edited_statement_is_known_by_the_one_it_was() -> None:
    made = draft(DICTATION)
    first = next(made.statements())
    change = Decision(action="edit", target=first.digest, text="Anxious.", at=NOW)
    decided = review.decide(made, kept(made), change)
    now = review.apply(made, decided)[0].statements[0]
    assert review.origins(made, decided)[now.digest] == first.digest
    waiting = review.apply(made, begin(made), waiting=True)
    assert [s for section in waiting for s in section.statements] == list(made.statements())


def move(statement: Statement, section: str, before: Statement | None = None) -> Decision:
    digest = before.digest if before else None
    return Decision(action="move", target=statement.digest, section=section, before=digest, at=NOW)


def texts(sections: tuple[Section, ...]) -> dict[str, list[str]]:
    return {section.key: [statement.text for statement in section.statements] for section in sections}


def test_a_statement_goes_where_it_is_moved_and_stays_decided() -> None:
    made = draft(DICTATION)
    decided = kept(made)
    first = next(made.statements())
    there = next(section for section in made.sections if section.statements and first not in section.statements)
    before = there.statements[0]
    moved = review.decide(made, decided, move(first, there.key, before))
    assert texts(review.apply(made, moved))[there.key][:2] == [first.text, before.text]
    at_the_end = review.decide(made, moved, move(first, there.key))
    assert texts(review.apply(made, at_the_end))[there.key][-1] == first.text
    assert review.undecided(made, at_the_end) == ()
    assert sum(len(found) for found in texts(review.apply(made, at_the_end)).values()) == len([*made.statements()])


def test_a_move_alone_decides_nothing() -> None:
    made = draft(DICTATION)
    first = next(made.statements())
    moved = review.decide(made, begin(made), move(first, made.sections[-1].key))
    assert first in review.undecided(made, moved)


@pytest.mark.parametrize("section", ["nowhere", ""])
def test_there_is_no_moving_to_a_section_that_is_not_there(section: str) -> None:
    made = draft(DICTATION)
    with pytest.raises((NotFound, ValueError)):
        review.decide(made, begin(made), move(next(made.statements()), section))


def test_what_is_taken_back_can_be_made_again() -> None:
    made = draft(DICTATION)
    decided = kept(made)
    back = review.undo(review.undo(decided))
    assert len(back.decisions) == len(decided.decisions) - 2
    assert review.redo(review.redo(back)) == decided
    assert review.redo(decided) == decided
    assert review.undo(begin(made)) == begin(made)


def test_a_new_decision_ends_what_was_taken_back() -> None:
    made = draft(DICTATION)
    back = review.undo(kept(made))
    on = review.decide(made, back, keep(next(made.statements())))
    assert on.undone == ()


@pytest.mark.parametrize(
    ("detail", "typed", "what"),
    [
        ("date", "2026-04-02", "still to come"),
        ("date", "2036-01-01", "still to come"),
        ("minutes", "16:50-16:00", "more than 10 hours"),
        ("minutes", "09:00 to 8:30", "more than 10 hours"),
    ],
)
def test_what_no_session_was_is_asked_again(detail: str, typed: str, what: str) -> None:
    made = draft(DICTATION)
    question = made.questions[0].replace(detail=detail)
    with pytest.raises(Refused, match=what):
        review.decide(made, begin(made), answer(question, typed))
    said = begin(made).replace(decisions=(answer(question, typed),))  # of before that was asked
    assert review.details(made, said)


def test_a_crisis_of_twelve_hours_is_said_in_minutes() -> None:
    made = draft(DICTATION)
    decided = review.decide(made, begin(made), answer(made.questions[0].replace(detail="minutes"), "720"))
    assert {one.key: one.value for one in review.details(made, decided)} == {"minutes": "720"}
