"""A session that is drafted late is asked of no session that came after it; where days change, what is asked does."""

from datetime import date

import pytest

from pipeline import review, workflow
from pipeline.types import Decision, Draft, Question, Review

from .continued import CLIENT, FIRST, Practice, Says, added, draft, practice, week  # noqa: F401
from .continued import earlier as notes_of

BEFORE = Says("risk", "Passive suicidal ideation without plan.")
AFTER = Says("risk", "Suicidal ideation with a plan to overdose.")
WALKS = Says("homework", "Walk every day.")
MOOD = Says("mood", "She is calm.")
WORDS = "She felt anxious about work this week and slept badly. We practised grounding for a while."


def dictated(practice: Practice, day: date | None) -> Draft:  # noqa: F811
    """The draft of a session of this day, made after all the others."""
    source = practice.folder / "late.txt"
    source.write_text(WORDS, encoding="utf-8")
    order = workflow.Order(source=source, client=CLIENT, day=day, minutes=50)
    return workflow.draft_source(order, practice.store, practice.settings, lambda done, total: None)


def quoted(questions: tuple[Question, ...]) -> set[str]:
    """The words of earlier notes that are asked of."""
    return {source.quote for question in questions for source in question.carried}


def dated(practice: Practice, made: Draft, day: date) -> Review:  # noqa: F811
    """A review in which the session's day was typed."""
    decided = Review(draft=made.digest, reviewer="ruiz", started_at=made.drafted_at)
    asking = Question(key="day", text="When?", citation="-", rule="test@1", detail="date")
    answer = Decision(action="answer", target="day", text=day.isoformat(), at=made.drafted_at, detail="date")
    return review.decide(made, decided, answer, (asking,))


@pytest.fixture
def signed(practice: Practice) -> Practice:  # noqa: F811
    """The notes of weeks 0 and 2 are signed."""
    practice.keep(draft(0, BEFORE))
    practice.keep(draft(2, AFTER, WALKS))
    return practice


def test_a_session_is_not_asked_of_what_came_after_it(signed: Practice) -> None:
    assert quoted(dictated(signed, week(1).date()).questions) == {BEFORE.text}


@pytest.mark.parametrize("day", [week(2).date(), week(3).date(), None])
def test_a_note_of_the_same_day_or_earlier_is_asked_of_and_all_where_the_day_is_not_known(
    signed: Practice, day: date | None
) -> None:
    assert quoted(dictated(signed, day).questions) == {AFTER.text, WALKS.text}


def test_a_note_whose_day_is_not_known_is_asked_of(practice: Practice) -> None:  # noqa: F811
    practice.keep(draft(0, BEFORE).replace(details=()))
    assert quoted(dictated(practice, FIRST.date().replace(day=1)).questions) == {BEFORE.text}


def test_the_session_before_is_found_behind_many_later_ones(practice: Practice) -> None:  # noqa: F811
    practice.keep(draft(0, BEFORE))
    for number in range(2, 18):
        practice.keep(draft(number, MOOD))
    assert quoted(dictated(practice, week(1).date()).questions) == {BEFORE.text}


@pytest.mark.parametrize("drafted", [week(1).date(), week(3).date(), None])
def test_what_is_asked_goes_by_the_day_that_the_review_gives_the_session(
    signed: Practice, drafted: date | None
) -> None:
    made = dictated(signed, drafted)
    for day, asked in [(week(1).date(), {BEFORE.text}), (week(3).date(), {AFTER.text, WALKS.text})]:
        decided = dated(signed, made, day)
        assert quoted(workflow.questions(made, decided, signed.store)) == asked
        back = review.undo(decided)
        assert quoted(workflow.questions(made, back, signed.store)) == quoted(made.questions)


def test_what_a_corrected_day_asks_can_be_answered_and_must_be(signed: Practice) -> None:
    made = dictated(signed, week(1).date())
    decided = dated(signed, made, week(3).date())
    asked = workflow.questions(made, decided, signed.store)
    (risk,) = [one for one in asked if one.severity == "must" and one.carried]
    aside = Decision(action="set aside", target=risk.key, text="Asked by telephone.", at=made.drafted_at)
    decided = review.decide(made, decided, aside, asked)
    assert risk.key not in [one.key for one in workflow.questions(made, decided, signed.store)]


def test_a_draft_written_anew_is_asked_of_no_later_session_either(signed: Practice) -> None:
    made = dictated(signed, week(1).date())
    manner = workflow.wished(made.manner, format="dap")
    assert quoted(workflow.redraft(signed.store, made.digest, manner, signed.settings).questions) == {BEFORE.text}


def test_what_was_added_to_an_earlier_note_is_asked_of_whenever_it_was_added(practice: Practice) -> None:  # noqa: F811
    practice.keep(draft(0, MOOD))
    (kept,) = notes_of((MOOD,))
    late = added(kept, "She had passive suicidal ideation.", 2)
    practice.store.addend(late.addenda[0])
    assert quoted(dictated(practice, week(1).date()).questions) == {"She had passive suicidal ideation."}
