"""The golden thread: which goals a note's statements bear on, with a reason that shows the words."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

import pytest
import yaml

from pipeline import continuity, workflow
from pipeline.continuity import with_goal
from pipeline.continuity.goals import reason_for
from pipeline.continuity.words import stem
from pipeline.errors import NotFound, Refused
from pipeline.store import Store
from pipeline.types import Goal, TreatmentPlan

from .continued import CLIENT, Practice, Says, draft, plan_of, practice, signed, week  # noqa: F401
from .test_layers import ROOT
from .test_store import Clock

PAIRS = yaml.safe_load((ROOT.parent / "tests" / "data" / "goals.yaml").read_text(encoding="utf-8"))


class Measured(NamedTuple):
    """Right and wrong links, and those that were missed."""

    right: int
    wrong: int
    missed: int


def measured(half: str) -> Measured:
    right = wrong = missed = 0
    for entry in PAIRS[half]:
        goal = Goal(key="1", text=entry["goal"], objectives=tuple(entry.get("objectives", ())))
        linked = [bool(reason_for(goal, text)) for text in entry["right"]]
        right, missed = right + sum(linked), missed + len(linked) - sum(linked)
        wrong += sum(bool(reason_for(goal, text)) for text in entry["wrong"])
    return Measured(right, wrong, missed)


@pytest.mark.parametrize("half", ["tune", "kept"])
def test_links_of_150_pairs(half: str) -> None:
    """A wrong link wastes the clinician's time and looks like proof: rather miss one."""
    found = measured(half)
    assert found.right + found.missed > 30
    assert found.right / (found.right + found.wrong) >= 0.95
    assert found.right / (found.right + found.missed) >= 0.85


@pytest.mark.parametrize(
    ("goal", "said", "reason"),
    [
        ("Sleep six hours a night", "Slept four hours.", "both about sleep: “Sleep”, “Slept”"),
        ("Treat insomnia", "She wakes at four.", "both about sleep: “insomnia”, “wakes at”"),
        ("Feel safe on the ferry again", "She took the ferry twice.", "same words: “ferry”"),
        ("Get on with her mother", "She rang her mum.", "same words: “mum”"),
        ("No panic at work", "Her work is busy.", ""),
        ("No panic at work", "One panic attack in the lift.", "both about panic: “panic”, “panic attack”"),
        ("Stop drinking", "She drinks plenty of water.", ""),
        ("Stop self-harm", "He cut his hours.", ""),
        ("Say no to extra work", "How to say, no voice was left.", ""),
        ("Feel better", "She feels better.", ""),
    ],
)
def test_a_link_shows_its_reason(goal: str, said: str, reason: str) -> None:
    assert reason_for(Goal(key="1", text=goal), said) == reason


def test_an_objective_counts_as_the_goal_does() -> None:
    goal = Goal(key="1", text="Feel safe at night", objectives=("Keep a sleep diary",))
    assert reason_for(goal, "Slept four hours.") == "both about sleep: “sleep”, “Slept”"


def test_another_persons_statement_and_a_met_goal_are_not_linked() -> None:
    plan = continuity.met(plan_of("Stop drinking", "Sleep six hours"), "2", "ruiz", week(0))
    made = draft(0, Says("behaviour", "Her brother drinks.", subject="other"), Says("behaviour", "Slept four hours."))
    assert continuity.link(plan, tuple(made.statements())) == ()


def test_a_denial_bears_on_its_goal_and_the_note_says_so() -> None:
    plan = plan_of("Stop drinking")
    note = signed(draft(0, Says("behaviour", "Denies any alcohol.", "denied"), plan=plan))
    (found,) = note.goals
    (statement,) = note.statements()
    assert (found.goal, found.text, found.statement) == ("1", "Stop drinking", statement.digest)


@pytest.mark.parametrize(
    "forms",
    [
        ("worry", "worries", "worried", "worrying"),
        ("plan", "plans", "planned", "planning"),
        ("avoid", "avoids", "avoided", "avoiding"),
        ("cut", "cutting", "cuts"),
        ("hope", "hoping", "hoped"),
        ("psychiatry", "psychiatric"),
    ],
)
def test_forms_of_a_word_share_a_stem(forms: tuple[str, ...]) -> None:
    assert len({stem(form) for form in forms}) == 1


def test_other_words_do_not() -> None:
    assert stem("worse") != stem("worry")
    assert stem("stress") == "stress"
    assert stem("need") == "need"


DICTATED = "Progress note, telehealth, fifty minutes. Mood: she is calm. She slept six hours on most nights."


def test_a_draft_says_which_goals_it_addressed(practice: Practice) -> None:  # noqa: F811
    practice.store.keep_plan(plan_of("Sleep six hours a night", "Stop drinking"))
    made = practice.dictate(DICTATED)
    assert {link.goal for link in made.goals} == {"1"}
    assert {link.statement for link in made.goals} <= {one.digest for one in (*made.statements(), *made.left_out)}
    assert [one.text for one in made.questions if one.key.startswith("carried:")] == [
        "Goal “Stop drinking” (not addressed yet): was it worked on?"
    ]
    assert practice.dictate(DICTATED + " And more.", client="K-99").goals == ()


def test_goals_are_added_met_and_removed() -> None:
    plan = continuity.with_goal(None, CLIENT, " Sleep six hours ", ("No phone in bed",), "ruiz", week(0))
    plan = continuity.with_goal(plan, CLIENT, "Stop drinking", (), "ruiz", week(1))
    assert [(goal.key, goal.text, goal.objectives) for goal in plan.goals] == [
        ("1", "Sleep six hours", ("No phone in bed",)),
        ("2", "Stop drinking", ()),
    ]
    plan = continuity.met(plan, "2", "ruiz", week(2))
    plan = continuity.met(plan, "2", "ruiz", week(3))
    assert [goal.met_at for goal in plan.goals] == [None, week(2)]
    plan = continuity.without_goal(plan, "1", "ruiz", week(4))
    assert [goal.key for goal in plan.goals] == ["2"]
    assert continuity.with_goal(plan, CLIENT, "Walk daily", (), "ruiz", week(5)).goals[-1].key == "3"


def test_a_goal_needs_words_and_is_there_once() -> None:
    plan = plan_of("Stop drinking")
    for text, objectives in ((" ", ()), ("Walk", ("",)), ("stop drinking", ())):
        with pytest.raises(Refused):
            continuity.with_goal(plan, CLIENT, text, objectives, "ruiz", week(0))
    for change in (continuity.met, continuity.without_goal):
        with pytest.raises(NotFound):
            change(plan, "7", "ruiz", week(0))
        with pytest.raises(NotFound):
            change(None, "1", "ruiz", week(0))


def test_the_plan_kept_last_counts_whatever_the_clock_says(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    clock = Clock()
    with Store.open(practice.store.home, "correct horse", actor="ruiz", clock=clock) as store:
        for words in ("Sleep six hours", "Stop drinking", "Walk daily"):
            change = partial(continuity.with_goal, client=CLIENT, text=words, objectives=(), by="ruiz", at=clock())
            store.change_plan(CLIENT, change)
            clock.now -= timedelta(hours=5)
        plan = store.plan_of(CLIENT)
    assert plan is not None
    assert [goal.text for goal in plan.goals] == ["Sleep six hours", "Stop drinking", "Walk daily"]


def adding(words: str, plan: TreatmentPlan | None, by: str, at: datetime) -> TreatmentPlan:
    return with_goal(plan, CLIENT, words, (), by, at)


def test_of_two_windows_that_add_a_goal_at_once_neither_loses_its_own(practice: Practice) -> None:  # noqa: F811
    begun = threading.Barrier(2)

    def add(words: str) -> None:
        with Store.open(practice.store.home, "correct horse", actor="ruiz") as store:
            begun.wait()
            for number in range(5):
                goal = f"{words} {number}"
                workflow.change_plan(store, CLIENT, partial(adding, goal))

    with ThreadPoolExecutor() as threads:
        list(threads.map(add, ("Walk", "Sleep")))
    plan = practice.store.plan_of(CLIENT)
    assert plan is not None
    assert len(plan.goals) == 10


def test_no_goal_is_asked_about_where_none_is_open(practice: Practice) -> None:  # noqa: F811
    def asked() -> bool:
        again = " again" * practice.sessions  # other words: the same would be the same draft
        made = practice.dictate(f"She told of her week{again}. We used grounding. Plan is weekly sessions.")
        return any(question.rule.endswith(":goals") for question in made.questions)

    assert not asked()
    workflow.change_plan(practice.store, CLIENT, lambda plan, by, at: with_goal(plan, CLIENT, "Fly again", (), by, at))
    assert asked()
    workflow.change_plan(practice.store, CLIENT, lambda plan, by, at: continuity.met(plan, "1", by, at))
    assert not asked()
    workflow.change_plan(practice.store, CLIENT, lambda plan, by, at: continuity.without_goal(plan, "1", by, at))
    assert not asked()
