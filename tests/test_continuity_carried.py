"""Carried forward: what the client's earlier signed notes leave open is asked, and never stands in the new note."""

from datetime import timedelta
from pathlib import Path

import pytest

from pipeline import continuity, workflow
from pipeline.types import Question

from .continued import CLIENT, Practice, Says, added, asked, draft, earlier, plan_of, practice, week  # noqa: F401

WORRY_LOG = Says("homework", "Worry log daily.")
SERTRALINE = Says("medication", "Sertraline 50 mg, no side effects.")
SUICIDAL = Says("risk", "Passive suicidal ideation without plan.")
NO_RISK = Says("risk", "Denies suicidal ideation.", "denied")
REFERRAL = Says("plan", "Weekly sessions, refer to a psychiatrist, start exposure next time.")
MOOD = Says("mood", "She is calm.")


def texts(questions: list[Question]) -> list[str]:
    return [question.text for question in questions]


@pytest.mark.parametrize(
    ("said", "question", "answer", "severity"),
    [
        (WORRY_LOG, "Homework on 3 March: “Worry log daily”. Was it done?", "assessment", "should"),
        (SERTRALINE, "Medication on 3 March: “Sertraline 50 mg, no side effects”. Unchanged?", "medication", "should"),
        (SUICIDAL, "Risk on 3 March: “Passive suicidal ideation without plan”. How is it now?", "risk", "must"),
        (
            REFERRAL,
            f"Planned on 3 March: “{REFERRAL.text[:-1]}”. What became of it?",
            "plan",
            "should",
        ),
        (
            Says("plan", "Call her GP about the blood test."),
            "Planned on 3 March: “Call her GP about the blood test”. Was it done?",
            "plan",
            "should",
        ),
        (
            Says("plan", "Next session on 10 March."),
            "Planned on 3 March: “Next session on 10 March”. What was agreed for the next appointment now?",
            "plan",
            "consider",
        ),
    ],
)
def test_each_kind_is_asked_with_its_source(said: Says, question: str, answer: str, severity: str) -> None:
    notes = earlier((said,))
    (found,) = asked(notes, MOOD)
    (source,) = found.carried
    (statement,) = notes[0].note.statements()
    assert (found.text, found.category, found.severity) == (question, answer, severity)
    assert (source.note, source.statement, source.quote) == (notes[0].note.digest, statement.digest, said.text)
    kind = found.key.split(":")[1]
    assert found.key == f"carried:{kind}:{statement.digest[:8]}"
    assert found.rule == f"continuity@1:{kind}"
    assert found.citation


@pytest.mark.parametrize(
    "said",
    [
        Says("homework", "Her son keeps a reading log.", subject="other"),
        Says("medication", "Her mother takes lithium.", subject="other"),
        Says("medication", "No medication.", "denied"),
        NO_RISK,
        Says("plan", "Go on with the trauma work."),
        MOOD,
    ],
)
def test_nothing_is_open_after(said: Says) -> None:
    assert asked(earlier((said,)), MOOD) == []


@pytest.mark.parametrize(
    ("item", "now", "why"),
    [
        (WORRY_LOG, Says("assessment", "Kept the worry log on four days."), "the same task"),
        (WORRY_LOG, Says("assessment", "Homework was not done.", "denied"), "homework, and that it was not done"),
        (WORRY_LOG, Says("homework", "Client completed the worry log, go on with it."), "told as done"),
        (
            Says("homework", "Walk to the shop on weekdays."),
            Says("behaviour", "She did walk to the shop."),
            "two words",
        ),
        (SERTRALINE, Says("medication", "Sertraline was raised to 100 mg."), "the drug"),
        (SERTRALINE, Says("medication", "No medication changes."), "no changes, of every drug"),
        (SUICIDAL, NO_RISK, "the same risk"),
        (Says("risk", "Cut herself on Friday."), Says("risk", "No self-harm this week.", "denied"), "the same concept"),
        (
            Says("plan", "Refer to a psychiatrist."),
            Says("behaviour", "She saw the psychiatrist."),
            "whom she was sent to",
        ),
        (Says("plan", "Next session on 10 March."), Says("plan", "Next session on 17 March."), "another appointment"),
    ],
)
def test_not_asked_where_the_session_speaks_of_it(item: Says, now: Says, why: str) -> None:
    assert len(asked(earlier((item,)), MOOD)) == 1
    assert asked(earlier((item,)), now) == [], why


@pytest.mark.parametrize(
    ("item", "now", "why"),
    [
        (WORRY_LOG, Says("homework", "Worry log daily."), "set again: that does not say that it was done"),
        (WORRY_LOG, Says("homework", "Complete the worry log every day."), "a new task, though it says complete"),
        (WORRY_LOG, Says("intervention", "Did a worry log."), "done by the clinician, in the session"),
        (WORRY_LOG, Says("assessment", "Completed a worry log together."), "done with the clinician"),
        (WORRY_LOG, Says("assessment", "Homework was done in session."), "not at home"),
        (WORRY_LOG, Says("plan", "Go on with the worry log every day."), "what is to be done"),
        (WORRY_LOG, Says("mood", "She worries at night."), "a word that many sentences have"),
        (SERTRALINE, Says("assessment", "She blames poor sleep on the sertraline."), "no statement of medication"),
        (WORRY_LOG, Says("behaviour", "Her son kept a worry log daily.", subject="other"), "another person's"),
        (SERTRALINE, Says("medication", "Lithium 400 mg."), "another drug"),
        (SUICIDAL, Says("mood", "She is hopeless."), "mood is no word of risk"),
        (SUICIDAL, Says("risk", "Her brother is suicidal.", subject="other"), "another person's risk"),
        (Says("risk", "Cut herself on Friday."), Says("risk", "Denies homicidal ideation.", "denied"), "another risk"),
        (REFERRAL, Says("intervention", "Exposure to the bus was begun."), "another part of the same sentence"),
    ],
)
def test_still_asked_where_something_else_is_said(item: Says, now: Says, why: str) -> None:
    assert len(asked(earlier((item,)), now)) == 1, why


@pytest.mark.parametrize(
    ("item", "sessions"),
    [(WORRY_LOG, 3), (REFERRAL, 4), (SERTRALINE, 6), (SUICIDAL, 3), (Says("plan", "Next session on 10 March."), 1)],
)
def test_dropped_after_so_many_notes_without_a_word_of_it(item: Says, sessions: int) -> None:
    assert len(asked(earlier((item,), *[(MOOD,)] * (sessions - 1)), MOOD)) == 1
    assert asked(earlier((item,), *[(MOOD,)] * sessions), MOOD) == []


def test_no_change_in_a_later_note_keeps_the_dose_as_last_written() -> None:
    unchanged = Says("medication", "Medication unchanged.")
    notes = earlier((SERTRALINE,), *[(MOOD,)] * 4, (unchanged,), *[(MOOD,)] * 4)
    assert texts(asked(notes, MOOD)) == ["Medication on 3 March: “Sertraline 50 mg, no side effects”. Unchanged?"]


def test_of_two_doses_the_last_is_known() -> None:
    notes = earlier((SERTRALINE,), (Says("medication", "Sertraline 100 mg."),))
    assert texts(asked(notes, MOOD)) == ["Medication on 10 March: “Sertraline 100 mg”. Unchanged?"]


def test_only_the_last_homework_and_the_last_word_on_risk_count() -> None:
    notes = earlier((WORRY_LOG, SUICIDAL), (Says("homework", "Sleep diary."), NO_RISK))
    assert texts(asked(notes, MOOD)) == ["Homework on 10 March: “Sleep diary”. Was it done?"]


def test_an_addendum_counts() -> None:
    (first,) = earlier((WORRY_LOG, Says("plan", "Next session on 10 March.")))
    moved = added(first, "She rang. The appointment is moved to Friday.", 0)
    assert texts(asked((moved,), MOOD)) == [
        "Homework on 3 March: “Worry log daily”. Was it done?",
        "Planned on 4 March: “The appointment is moved to Friday”. What was agreed for the next appointment now?",
    ]
    answered = added(first, "She wrote that the worry log was kept on six days.", 0)
    assert not any("Worry log" in text for text in texts(asked((answered,), MOOD)))


def test_a_supervisors_comment_is_nothing_that_the_client_said() -> None:
    (first,) = earlier((MOOD,))
    (addendum,) = added(first, "Ask about lithium 400 mg and the next appointment.", 0).addenda
    cosigned = continuity.Earlier(first.note, (addendum.replace(label="Co-signature"),))
    assert texts(asked((cosigned,), MOOD)) == texts(asked((first,), MOOD))
    assert texts(asked((continuity.Earlier(first.note, (addendum,)),), MOOD)) != texts(asked((first,), MOOD))


def test_what_is_added_to_an_older_note_takes_no_question_away() -> None:
    active = Says("risk", "Active suicidal ideation with a plan to overdose.")
    first, second = earlier((NO_RISK,), (active, WORRY_LOG, Says("plan", "Next session on 17 March.")))
    before = texts(asked((first, second), MOOD))
    late = added(first, "A safety plan was printed. It lists overdose. Worry log was not done. No appointment.", 3)
    same = added(second, "A safety plan was printed. It lists overdose.", 3)
    assert set(before) < set(texts(asked((late, second), MOOD)))
    assert set(before) < set(texts(asked((first, same), MOOD)))


def test_a_drug_is_asked_of_after_a_note_that_only_speaks_of_it() -> None:
    denied = Says("medication", "Denies side effects of sertraline.", "denied")
    for later in (Says("assessment", "She blames poor sleep on the sertraline."), denied):
        assert texts(asked(earlier((SERTRALINE,), (later,)), MOOD)) == [
            "Medication on 3 March: “Sertraline 50 mg, no side effects”. Unchanged?"
        ]


def test_of_two_drugs_in_one_sentence_both_must_be_spoken_of() -> None:
    both = Says("medication", "Sertraline 50 mg and lithium 400 mg.")
    assert len(asked(earlier((both,)), Says("medication", "Sertraline 100 mg."))) == 1
    assert (
        asked(earlier((both,)), Says("medication", "Sertraline 100 mg."), Says("medication", "Lithium 400 mg.")) == []
    )


def test_two_sentences_of_an_addendum_are_two_questions() -> None:
    (first,) = earlier((MOOD,))
    keys = [one.key for one in asked((added(first, "Lithium 400 mg. Sertraline 50 mg.", 0),), MOOD)]
    assert len(keys) == len(set(keys)) == 2


def test_risk_comes_before_the_rest() -> None:
    assert texts(asked(earlier((WORRY_LOG, SERTRALINE, SUICIDAL)), MOOD))[0].startswith("Risk on")


def test_a_year_is_told_where_it_is_another() -> None:
    (note,) = earlier((WORRY_LOG,))
    (question,) = continuity.carry_forward((note,), None, (), week(50))
    assert question.text.startswith("Homework on 3 March 2026: ")


def test_goals_that_nothing_bears_on_are_asked_the_longest_left_first() -> None:
    plan = plan_of("Sleep six hours a night", "Stop drinking", "Leave the house alone")
    notes = earlier((Says("behaviour", "Slept four hours."),), (Says("behaviour", "Two beers."),), (MOOD,), plan=plan)
    questions = asked(notes, Says("intervention", "Exposure to the supermarket."), plan=plan)
    assert texts(questions) == [
        "Goal “Sleep six hours a night” (last addressed on 3 March): was it worked on?",
        "Goal “Stop drinking” (last addressed on 10 March): was it worked on?",
    ]
    assert [question.carried[0].quote for question in questions] == ["Slept four hours.", "Two beers."]
    assert texts(asked((), MOOD, plan=plan_of("Stop drinking"))) == [
        "Goal “Stop drinking” (not addressed yet): was it worked on?"
    ]


def test_a_goal_that_is_newer_than_the_notes_is_asked_as_perhaps_spoken_of() -> None:
    (question,) = asked(earlier((Says("behaviour", "Two beers."),), (MOOD,)), MOOD, plan=plan_of("Stop drinking"))
    assert question.text == "Goal “Stop drinking” (perhaps spoken of without a link on 3 March): was it worked on?"
    assert [source.quote for source in question.carried] == ["Two beers."]


def test_a_goal_that_is_met_is_not_asked() -> None:
    plan = continuity.met(plan_of("Stop drinking"), "1", "ruiz", week(1))
    assert asked((), MOOD, plan=plan) == []


FIRST_SESSION = """Progress note, telehealth, fifty minutes.
Mood: she describes herself as anxious.
We practised slow breathing and she responded well.
Risk: passive suicidal ideation without plan or intent.
Sertraline fifty milligrams, no side effects.
Homework: keep the worry log daily.
Plan: weekly sessions.
"""
SECOND_SESSION = """Progress note, in person, fifty minutes.
Mood: she is hopeful.
She did go to the market alone on Tuesday and stayed for half an hour.
We went through the exposure hierarchy.
"""


def test_the_second_sessions_draft_asks_about_the_firsts_homework(practice: Practice) -> None:  # noqa: F811
    first = practice.sign(FIRST_SESSION)
    made = practice.dictate(SECOND_SESSION)
    carried = {one.key.split(":")[1]: one for one in made.questions if one.carried}
    assert carried["homework"].text == "Homework on 3 March: “Keep the worry log daily”. Was it done?"
    assert carried["risk"].severity == "must"
    assert set(carried) == {"homework", "risk", "medication", "appointment"}
    assert {source.note for one in carried.values() for source in one.carried} == {first.digest}
    note = "\n".join(statement.text for statement in (*made.statements(), *made.left_out))
    assert not any(word in note for word in ("worry log", "Sertraline", "suicidal", "weekly"))
    assert "list notes" in [event.action for event in practice.store.events()]


def test_another_clients_notes_are_not_asked_of(practice: Practice) -> None:  # noqa: F811
    practice.keep(draft(0, WORRY_LOG, client="K-99"))
    assert not any(one.carried for one in practice.dictate(SECOND_SESSION).questions)


def test_the_same_source_drafted_again_asks_nothing_of_its_own_note(practice: Practice) -> None:  # noqa: F811
    source: Path = practice.folder / "0.txt"
    practice.sign(FIRST_SESSION)
    source.write_text(FIRST_SESSION, encoding="utf-8")
    order = workflow.Order(source=source, client=CLIENT, again=True)
    made = workflow.draft_source(order, practice.store, practice.settings, lambda done, total: None)
    assert not any(one.carried for one in made.questions)


def test_only_the_notes_that_are_needed_are_read(practice: Practice) -> None:  # noqa: F811
    for number in range(15):
        practice.keep(draft(number, MOOD))
    last = workflow.earlier_notes(practice.store, CLIENT, continuity.look_back())
    assert [each.note.signature.at for each in last] == [week(number) for number in range(3, 15)]
    assert len(workflow.earlier_notes(practice.store, CLIENT)) == 15


def test_the_last_session_is_asked_of_though_many_notes_were_signed_after_it(practice: Practice) -> None:  # noqa: F811
    practice.keep(draft(8, SUICIDAL))
    for number in range(8):
        at = week(9) + timedelta(hours=number)
        practice.keep(draft(number, NO_RISK).replace(drafted_at=at, due_at=at, expires_at=at + timedelta(days=14)))
    practice.sessions = 9
    made = practice.dictate("She was calm today and slept well all week. Next session on Friday at ten o'clock.")
    assert [one.carried[0].quote for one in made.questions if one.key.startswith("carried:risk")] == [SUICIDAL.text]
