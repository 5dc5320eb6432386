"""Brief, plan and trends by the real commands, and half a page that holds only words of signed notes."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from pipeline import continuity, workflow
from pipeline.cli import app
from pipeline.store import Store

from .continued import CLIENT, Practice, Says, added, draft, earlier, plan_of, practice, signed, week  # noqa: F401

FULL = (
    Says("mood", "She is anxious."),
    Says("homework", "Worry log daily."),
    Says("medication", "Sertraline 50 mg."),
    Says("risk", "Passive suicidal ideation without plan."),
    Says("plan", "Refer to a psychiatrist."),
)
TODAY = week(3).date()


def brief_lines(*notes: tuple[Says, ...], goals: tuple[str, ...] = ()) -> list[str]:
    plan = plan_of(*goals) if goals else None
    return list(continuity.brief(earlier(*notes, plan=plan), plan, TODAY).text(TODAY))


def test_a_brief_says_what_was_last_said_and_when() -> None:
    later = (Says("mood", "She is hopeful."), Says("assessment", "Kept the worry log on five days."))
    assert brief_lines(FULL, later, goals=("Sleep six hours a night", "Less worry")) == [
        "Last session: 10 March, SOAP note of a dictation",
        "Risk: not addressed in the last note",
        "Risk: 3 March, “Passive suicidal ideation without plan”",
        "Mood: 10 March, “She is hopeful”",
        "Homework: 3 March, “Worry log daily”",
        "Homework: 10 March, since then: done, “Kept the worry log on five days”",
        "Medication: 3 March, “Sertraline 50 mg”",
        "Open plans: 3 March, “Refer to a psychiatrist”",
        "Goals: not addressed in the last 2 notes, “Sleep six hours a night”",
        "Goals: 10 March, last addressed, “Less worry”",
    ]


CALM = (Says("mood", "Calm."),)


@pytest.mark.parametrize(
    ("notes", "line"),
    [
        (((Says("risk", "Denies any self-harm.", "denied"),),), "Risk: 3 March, denied, “Denies any self-harm”"),
        ((CALM, CALM, CALM), "Risk: not addressed in the last 3 notes"),
        (((Says("homework", "Walk daily."),), CALM), "Homework: 3 March, nothing said of it since, “Walk daily”"),
        (((Says("medication", "Lithium."),), *(CALM,) * 8), "Medication: 3 March, “Lithium”"),
    ],
)
def test_lines_of_a_brief(notes: tuple[tuple[Says, ...], ...], line: str) -> None:
    assert line in brief_lines(*notes)


def test_a_brief_is_half_a_page_and_keeps_the_risk() -> None:
    long = " ".join(["and then she spoke of the garden"] * 12)
    said = [Says(one.category, f"{one.text[:-1]} {long}{number}.") for number in range(6) for one in FULL]
    found = continuity.brief(earlier(tuple(said)), plan_of(*(f"Goal {n} {long}" for n in range(9))), TODAY)
    assert sum(len(line.split()) for line in found.text(TODAY)) <= 200
    assert found.left_out > 0
    assert [line.heading for line in found.lines].count("Risk") == 6
    quoted = [line.quote.removesuffix(" …") for line in found.lines if line.heading != "Goals"]
    assert all(any(one.text.startswith(quote) for one in said) for quote in quoted if quote)


DENIALS = tuple(Says("risk", f"Denies {what}.", "denied") for what in ("homicidal ideation", "self-harm", "any intent"))
BOUGHT = Says("risk", "She has bought pills and has a plan to overdose.")


def test_of_risk_nothing_is_left_out_and_what_was_told_comes_before_what_was_denied() -> None:
    assert brief_lines((*DENIALS, BOUGHT))[1:] == [
        "Risk: 3 March, “She has bought pills and has a plan to overdose”",
        *(f"Risk: 3 March, denied, “{one.text[:-1]}”" for one in DENIALS),
    ]


def test_what_has_no_room_is_counted() -> None:
    notes = earlier(tuple(Says("mood", f"She is calm, {number}.") for number in range(5)))
    found = continuity.brief(notes, None, TODAY)
    assert (len([line for line in found.lines if line.heading == "Mood"]), found.left_out) == (3, 2)
    assert found.text(TODAY)[-1] == "2 more in the notes."


def test_what_is_added_to_an_older_note_hides_nothing_of_a_newer_session() -> None:
    log, remove = Says("homework", "Worry log daily."), Says("homework", "Remove pills from the house.")
    first, second, third = earlier((DENIALS[1], log), CALM, (BOUGHT, remove))
    late = added(first, "A safety plan was printed for her. The homework sheet was handed over.", 4)
    assert list(continuity.brief((late, second, third), None, TODAY).text(TODAY))[1:] == [
        "Risk: 1 April, “A safety plan was printed for her”",
        "Risk: 17 March, “She has bought pills and has a plan to overdose”",
        "Mood: 10 March, “Calm”",
        "Homework: 17 March, nothing said of it since, “Remove pills from the house”",
        "Homework: 1 April, nothing said of it since, “The homework sheet was handed over”",
    ]


def test_what_was_added_of_a_risk_before_the_next_sessions_note_is_not_the_last_word() -> None:
    first, second = earlier((BOUGHT,), (DENIALS[1],))
    late = added(first, "The safety plan was read to her again.", 0)
    assert list(continuity.brief((late, second), None, TODAY).text(TODAY))[1:] == [
        "Risk: 10 March, denied, “Denies self-harm”"
    ]


def medication(*notes: tuple[Says, ...]) -> list[str]:
    return [line.removeprefix("Medication: ") for line in brief_lines(*notes) if line.startswith("Medication")]


DRUGS = (Says("medication", "Sertraline 150 mg for anxiety."), Says("medication", "Lamotrigine 100 mg."))


@pytest.mark.parametrize(
    "later",
    [
        Says("assessment", "She blames poor sleep on the sertraline."),
        Says("medication", "Hydroxyzine 25 mg for anxiety."),
        Says("medication", "Her son takes sertraline.", subject="other"),
        Says("medication", "Denies side effects of sertraline.", "denied"),
    ],
)
def test_no_drug_is_lost_because_it_is_spoken_of(later: Says) -> None:
    assert {f"3 March, “{one.text[:-1]}”" for one in DRUGS} <= set(medication(DRUGS, (later,)))


def test_a_drug_is_as_last_written_and_a_denial_stands_beside_it() -> None:
    stopped = Says("medication", "She is no longer taking sertraline.", "denied")
    raised = Says("medication", "Sertraline was raised to 200 mg.")
    both = Says("medication", "Sertraline 150 mg and lamotrigine 100 mg.")
    assert medication(DRUGS[:1], (raised,)) == ["10 March, “Sertraline was raised to 200 mg”"]
    assert medication(DRUGS[:1], (stopped,)) == [
        "3 March, “Sertraline 150 mg for anxiety”",
        "10 March, “She is no longer taking sertraline”",
    ]
    assert medication((both,), (raised,))[1] == "3 March, “Sertraline 150 mg and lamotrigine 100 mg”"


def test_a_dose_corrected_by_an_addendum_stands_beside_the_old_one() -> None:
    (note,) = earlier(DRUGS[:1])
    found = continuity.brief((added(note, "Correction: the sertraline is 50, not 150.", 0),), None, TODAY)
    assert list(found.text(TODAY))[2:] == [
        "Medication: 4 March, “Correction: the sertraline is 50, not 150”",
        "Medication: 3 March, “Sertraline 150 mg for anxiety”",
    ]


def test_a_goal_that_is_newer_than_the_notes_is_not_said_to_be_unaddressed() -> None:
    notes = earlier((Says("assessment", "Panic attacks are rarer."),), (Says("mood", "Calm."),))
    plan = plan_of("Fewer panic attacks", "Stop drinking")
    assert list(continuity.brief(notes, plan, TODAY).text(TODAY))[-2:] == [
        "Goals: 3 March, perhaps spoken of without a link, “Fewer panic attacks”",
        "Goals: not addressed in the last 2 notes, “Stop drinking”",
    ]


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(app, [str(arg) for arg in args])


def read(*args: str | Path) -> Any:
    result = run(*args, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def home(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> Practice:  # noqa: F811
    monkeypatch.setenv("EVENFALL_PASSPHRASE", "correct horse")
    monkeypatch.setenv("EVENFALL_USER", "ruiz")
    return practice


def test_a_plan_by_command(home: Practice) -> None:
    assert "no goal in the plan" in run("plan", "show", CLIENT).stdout
    assert read("plan", "show", CLIENT) is None
    read("plan", "goal", CLIENT, "Sleep six hours", "--objective", "No phone in bed", "--objective", "Up at seven")
    read("plan", "goal", CLIENT, "Stop drinking")
    read("plan", "met", CLIENT, "2")
    shown = run("plan", "show", CLIENT).stdout
    assert "  1  Sleep six hours\n       - No phone in bed\n       - Up at seven\n" in shown
    assert "  2  Stop drinking  (met " in shown
    assert [goal["key"] for goal in read("plan", "remove", CLIENT, "1")["goals"]] == ["2"]
    assert [event.action for event in home.store.events()].count("keep treatment plan") == 4


def test_a_brief_and_trends_by_command(home: Practice) -> None:
    for number in range(2):
        home.keep(
            draft(number, *FULL, Says("assessment", f"PHQ-9 was {18 - number}."), Says("assessment", "GAD-7 was 99."))
        )
    before = len(home.store.events())
    lines = run("brief", CLIENT).stdout.splitlines()
    assert "Medication: 10 March 2026, “Sertraline 50 mg”" in [line.replace("March,", "March 2026,") for line in lines]
    assert read("brief", CLIENT)["notes"] == 2
    shown = run("trends", CLIENT).stdout
    assert "2026-03-10  not addressed    PHQ-9 17; anxious" in shown
    assert "Not drawn: GAD-7 on 2026-03-03: 99 is outside 0 to 21." in shown
    assert [one["scores"][0]["value"] for one in read("trends", CLIENT)["sessions"]] == [18.0, 17.0]
    assert [event.action for event in home.store.events()[before:]].count("list notes") == 4


@pytest.mark.parametrize(("name", "begins"), [("t.png", b"\x89PNG"), ("t.SVG", b"<?xml")])
def test_a_chart_by_command_is_the_owners_alone_and_on_the_audit_chain(
    home: Practice, name: str, begins: bytes
) -> None:
    home.keep(draft(0, *FULL))
    out = home.folder / name
    assert run("trends", CLIENT, "--out", out).exit_code == 0
    assert out.read_bytes().startswith(begins)
    assert CLIENT.encode() not in out.read_bytes()
    assert out.stat().st_mode & 0o077 == 0
    assert home.store.events()[-1].action == f"export trends as {out.suffix[1:].lower()}"
    taken = run("trends", CLIENT, "--out", out)
    assert taken.exit_code != 0
    assert run("trends", CLIENT, "--out", out, "--force").exit_code == 0


def test_no_notes_and_a_wrong_file(home: Practice) -> None:
    assert run("brief", "K-77").stdout == "There is no signed note of this client yet.\n"
    assert run("trends", "K-77").stdout == "There is no signed note of this client yet.\n"
    assert read("brief", "K-77") == {"notes": 0, "lines": [], "left_out": 0}
    assert run("trends", "K-77", "--out", home.folder / "t.png").exit_code != 0
    assert run("trends", "K-77", "--out", home.folder / "t.gif").exit_code == 2
    assert list(home.folder.glob("t.*")) == []


OWNERS = st.lists(st.sampled_from(("K-1", "K-2", "K-12", "k-1")), min_size=1, max_size=10)


@settings(max_examples=12)
@given(OWNERS)
def test_another_clients_words_never_appear(tmp_path_factory: pytest.TempPathFactory, owners: list[str]) -> None:
    folder = tmp_path_factory.mktemp("record")
    with Store.open(folder, "correct horse", actor="ruiz") as store:
        kept = Practice(store, folder, None)  # type: ignore[arg-type]
        for number, owner in enumerate(owners):
            mark = f"zz{owner.replace('-', '')}zz"
            said = (Says(one.category, f"{one.text[:-1]} {mark}.") for one in FULL)
            kept.keep(draft(number, *said, Says("assessment", f"PHQ-9 was {number}."), client=owner))
        for client in ("K-1", "K-2", "K-12", "k-1"):
            notes = workflow.earlier_notes(store, client)
            shown = [*continuity.brief(notes, None, TODAY).text(TODAY), continuity.trends(notes).model_dump_json()]
            shown += [one.text for one in continuity.carry_forward(notes, None, (), week(20))]
            others = {f"zz{owner.replace('-', '')}zz" for owner in owners if owner != client}
            assert not [mark for mark in others if any(mark in text for text in shown)]
            own = [float(number) for number, owner in enumerate(owners) if owner == client]
            assert [score.value for one in continuity.trends(notes).sessions for score in one.scores] == own


def test_notes_are_dated_by_their_session_not_their_signing() -> None:
    made = draft(0, *FULL)
    late = signed(made.replace(drafted_at=made.drafted_at + timedelta(days=4), due_at=week(9), expires_at=week(9)))
    (line, *_) = continuity.brief([continuity.Earlier(late)], None, TODAY).text(TODAY)
    assert line.startswith("Last session: 3 March, ")


def late(number: int, days: int, *said: Says) -> continuity.Earlier:
    """The note of one week's session, signed so many days after it."""
    made = draft(number, *said)
    at = made.drafted_at + timedelta(days=days)
    return continuity.Earlier(signed(made.replace(drafted_at=at, due_at=at, expires_at=at + timedelta(days=14))))


def test_a_note_signed_late_hides_nothing_of_a_later_session() -> None:
    newer = late(1, 0, Says("risk", "Suicidal ideation with a plan."), Says("medication", "Sertraline 100 mg."))
    older = late(0, 9, Says("risk", "Denies suicidal ideation.", "denied"), Says("medication", "Sertraline 50 mg."))
    assert older.note.signature.at > newer.note.signature.at
    assert continuity.brief((newer, older), None, TODAY).text(TODAY) == (
        "Last session: 10 March, SOAP note of a dictation",
        "Risk: 10 March, “Suicidal ideation with a plan”",
        "Medication: 10 March, “Sertraline 100 mg”",
    )
    assert [one.text for one in continuity.carry_forward((newer, older), None, (), week(3))] == [
        "Risk on 10 March: “Suicidal ideation with a plan”. How is it now?",
        "Medication on 10 March: “Sertraline 100 mg”. Unchanged?",
    ]


def test_homework_is_followed_in_the_order_of_the_sessions() -> None:
    answered = late(1, 0, Says("assessment", "Kept the worry log on five days."))
    found = continuity.trends((answered, late(0, 9, Says("homework", "Worry log daily.")))).sessions
    assert [(one.homework_set_before, one.homework) for one in found] == [(False, "not addressed"), (True, "done")]


def test_a_reference_is_the_same_with_spaces_around_it_and_is_never_none(home: Practice) -> None:
    read("plan", "goal", f"  {CLIENT} ", "Sleep six hours")
    assert [goal["text"] for goal in read("plan", "show", CLIENT)["goals"]] == ["Sleep six hours"]
    source = home.folder / "tuesday.txt"
    source.write_text("Client reported that she slept badly this week. We used grounding. Plan is weekly sessions.")
    (made,) = read("draft", source, "--client", f" {CLIENT} ")
    assert made["client"] == CLIENT
    for words in (
        ("brief", " "),
        ("plan", "show", ""),
        ("draft", source, "--client", ""),
        ("notes", "list", "--client="),
    ):
        assert run(*words).exit_code == 2
