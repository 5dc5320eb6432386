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

from .continued import CLIENT, Practice, Says, draft, earlier, plan_of, practice, signed, week  # noqa: F401

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
    assert [line.heading for line in found.lines].count("Risk") == 3
    quoted = [line.quote.removesuffix(" …") for line in found.lines if line.heading != "Goals"]
    assert all(any(one.text.startswith(quote) for one in said) for quote in quoted if quote)


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
