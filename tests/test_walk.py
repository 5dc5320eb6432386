"""The review in a terminal asks everything that the page asks: offers, what was left out, questions, likenesses."""

from pathlib import Path
from types import ModuleType

import pytest
from typer.testing import CliRunner, Result

from pipeline import review, workflow
from pipeline.cli import app, asking, walk
from pipeline.errors import Outdated, Refused
from pipeline.store import Store
from pipeline.types import Carried, Decision, Draft, GoalLink, MustTouch, Note, Question, Recording
from pipeline.web.desk import Desk

from .test_draft import DICTATION, NOW, composed, read
from .test_review import offering, short

PASSPHRASE = "correct horse"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in {"HOME": tmp_path / "home", "PASSPHRASE": PASSPHRASE, "USER": "ruiz"}.items():
        monkeypatch.setenv(f"EVENFALL_{name}", str(value))
    return tmp_path / "home"


def kept(home: Path, sha256: str = "c" * 64) -> Draft:
    """The draft of the usual dictation, with nothing that must be touched, waiting in the store."""
    transcript, findings = read(DICTATION)
    recording = Recording(kind="dictation", medium="audio", format="wav", sha256=sha256, duration=60.0)
    transcript = transcript.replace(recording=recording.digest)
    found = tuple(
        one.replace(evidence=tuple(transcript.evidence(e.turn_id, e.start, e.end) for e in one.evidence))
        for one in findings
    )
    made = composed(transcript, found).replace(recording=recording.digest, must_touch=(), questions=())
    with Store.open(home, PASSPHRASE, actor="ruiz") as store:
        store.keep_transcript(recording, transcript, None)
        store.keep_draft(made)
    return made


def replaced(home: Path, made: Draft) -> None:
    with Store.open(home, PASSPHRASE, actor="ruiz") as store:
        store.replace_draft(store.drafts()[0].digest, made)


def walked(*lines: str, options: tuple[str, ...] = ()) -> Result:
    """What the terminal shows when these lines are typed."""
    return CliRunner().invoke(app, ["review", *options], input="\n".join(lines) + "\n")


def signed(home: Path) -> Note:
    with Store.open(home, PASSPHRASE, actor="ruiz") as store:
        (note,) = store.notes()
        return note


SIGNING = ("", "Ana Ruiz", "LCSW", "sign")  # no statement of one's own, then name, credentials and the word
ANSWERED = ("a", "2026-03-31", "a", "50", "l")  # the date, the minutes; the rest is left


def keeping(made: Draft) -> tuple[str, ...]:
    return ("k",) * len(list(made.statements()))


def test_questions_are_asked_one_by_one_and_a_wrong_answer_is_asked_again(home: Path) -> None:
    made = kept(home)
    shown = walked(*keeping(made), "", "a", "tuesday", "a", "2026-03-31", "s", "", "Not billed.", "l", *SIGNING)
    assert shown.exit_code == 0, shown.output
    assert "QUESTIONS: 2 must be answered or set aside" in shown.output
    assert "It must be answered or set aside." in shown.output
    assert "This is no date. Write the date as 2026-03-31." in shown.output
    assert "must | core@2:details.date | Medicare" in shown.output
    assert "STILL OPEN: " in shown.output
    note = signed(home)
    assert [(one.question, one.reason) for one in note.set_aside] == [("details.minutes", "Not billed.")]
    assert [(detail.key, detail.value) for detail in note.details] == [("date", "2026-03-31")]


def test_a_question_about_words_is_answered_by_mending_them(home: Path) -> None:
    made = kept(home)
    words = ("e", "She is manipulative.", *keeping(made)[1:])
    shown = walked(*words, "a", "2026-03-31", "a", "50", "", "e", "She asked twice.", "l", *SIGNING)
    assert shown.exit_code == 0, shown.output
    assert "“manipulative” judges the person" in shown.output
    assert next(signed(home).statements()).text == "She asked twice."


def test_nobody_signs_with_a_blank_name(home: Path) -> None:
    made = kept(home)
    typed = (*keeping(made), *ANSWERED, "", "Ana Ruiz", "LCSW", "sign")
    shown = walked(*typed, options=("--name", "  ", "--credentials", " "))
    assert shown.exit_code == 0, shown.output
    with Store.open(home, PASSPHRASE, actor="ruiz") as store:
        (note,) = store.notes()
        assert (note.signature.name, note.signature.credentials) == ("Ana Ruiz", "LCSW")
        for name, credentials in (("", "LCSW"), ("  ", "LCSW"), ("Lee Park", " ")):
            with pytest.raises(Refused, match="name and credentials"):
                workflow.addend(store, note.digest[:8], "More.", name, credentials, False)
            with pytest.raises(Refused):
                workflow.cosign(store, note.digest[:8], "", name, credentials)
        assert store.addenda(note.digest) == ()


def test_an_answer_becomes_a_statement(home: Path) -> None:
    made = kept(home)
    shown = walked(*("d",) * len(keeping(made)), *ANSWERED[:-1], "", "a", "Slow breathing.", "l", *SIGNING)
    assert shown.exit_code == 0, shown.output
    assert [(s.text, s.category, s.source) for s in signed(home).statements()] == [
        ("Slow breathing.", "intervention", "typed")
    ]


def test_an_offered_name_is_shown_and_can_be_taken(home: Path) -> None:
    made, offered = offering(kept(home))
    replaced(home, made)
    shown = walked("t", *keeping(made)[1:], *ANSWERED, *SIGNING)
    assert f"offered, if you take it: {offered.offer}" in shown.output
    assert "take the name" in shown.output
    assert next(signed(home).statements()).text == offered.offer


def test_enter_goes_on_over_what_is_decided_and_keeps_nothing_that_must_be_looked_at(home: Path) -> None:
    made = kept(home)
    first, second, third = list(made.statements())[:3]
    marked = made.replace(must_touch=(MustTouch(target=third.digest, reason="risk", message="About harm."),))
    replaced(home, marked.replace(warnings=("Something was left out.",)))
    walked("k", "e", "As I wrote it.", "b", "b", "d", "q")
    shown = walked("b", "b", "b", "", "", "", "q")
    assert "! Something was left out." in shown.output
    assert ("You decided: drop" in shown.output, "You decided: edit, As I wrote it." in shown.output) == (True, True)
    with Store.open(home, PASSPHRASE, actor="ruiz") as store:
        (waiting,) = store.drafts()
        decided = store.review_of(waiting.digest)
    assert decided
    assert {key: one.action for key, one in decided.standing.items()} == {first.digest: "drop", second.digest: "edit"}


def test_the_rest_of_a_section_is_kept_but_for_what_is_decided(home: Path) -> None:
    made = kept(home)
    section = max(made.sections, key=lambda one: len(one.statements))
    walked(*["s"] * len(made.sections), "q")
    with Store.open(home, PASSPHRASE, actor="ruiz") as store:
        (waiting,) = store.drafts()
        decided = store.review_of(waiting.digest)
        assert decided
        dropped = review.decide(made, decided, Decision(action="drop", target=section.statements[-1].digest, at=NOW))
        store.keep_review(dropped)
    walked(*["b"] * 20, *["s"] * len(made.sections), "q")
    with Store.open(home, PASSPHRASE, actor="ruiz") as store:
        after = store.review_of(waiting.digest)
    assert after and after.standing[section.statements[-1].digest].action == "drop"


def test_what_was_left_out_for_length_is_listed_and_put_back(home: Path) -> None:
    made, left = short(kept(home))
    replaced(home, made)
    shown = walked(*keeping(made), "1, 9", *ANSWERED, *SIGNING)
    assert f"   1 {left.text}  [mood]" in shown.output
    assert left.text in [statement.text for statement in signed(home).statements()]


def test_goals_and_earlier_words_are_shown_with_their_date(home: Path) -> None:
    made = kept(home)
    first = next(made.statements())
    link = GoalLink(goal="g1", text="Less worry at work", statement=first.digest, reason="Both name worry.")
    carried = Carried(note="d" * 64, statement="e" * 64, signed_at=NOW, quote="Worry log on weekdays.")
    question = Question(key="homework", text="Did she do the worry log?", citation="Last note", carried=(carried,))
    replaced(home, made.replace(goals=(link,), questions=(question,)))
    shown = walked(*keeping(made), *ANSWERED, *SIGNING)
    assert "GOALS ADDRESSED\n     Less worry at work\n       Both name worry." in shown.output
    assert "Did she do the worry log?" in shown.output
    assert ": Worry log on weekdays." in shown.output
    assert "note signed 2026-03-31" in shown.output


def test_what_is_worded_like_an_earlier_note_is_shown_with_both_texts(home: Path) -> None:
    made = kept(home)
    words = "She rehearsed telling her sister about the move and wrote the first letter at the kitchen table."
    decisions = ("e", words, *keeping(made)[1:])
    assert walked(*decisions, *ANSWERED, *SIGNING).exit_code == 0
    kept(home, sha256="f" * 64)
    stopped = walked(*decisions, *ANSWERED[:-1], "", "q")
    assert "9 statements are worded like an earlier note" in stopped.output
    shown = walked("l", "", "q")
    assert "WORDED LIKE AN EARLIER NOTE" in shown.output
    assert f"     now:     {words}" in shown.output
    assert f"     earlier: {words}" in shown.output


# The page beside the terminal


@pytest.mark.parametrize(
    ("module", "verb", "prompt"),
    [(walk, "ask", "Sign as "), (walk, "ask", "\nAdd a statement"), (asking, "choose", "answer")],
    ids=["at the signature", "at a statement", "at a question"],
)
def test_what_the_page_keeps_meanwhile_is_neither_overwritten_nor_left_out_of_the_note(
    home: Path, monkeypatch: pytest.MonkeyPatch, module: ModuleType, verb: str, prompt: str
) -> None:
    made = kept(home)
    target = next(made.statements()).digest
    asked = getattr(module, verb)

    def beside(text: str, *more: str) -> str:
        """Correct the first statement on the page while the terminal waits at this prompt."""
        if text.startswith(prompt):
            with Store.open(home, PASSPHRASE, actor="ruiz") as store:
                desk = Desk.open(store, made.digest)
                desk.decide(desk.seen, action="edit", target=target, text="Seventy-five milligrams.")
        return str(asked(text, *more))

    monkeypatch.setattr(module, verb, beside)
    shown = walked(*keeping(made), *ANSWERED, "mood", "She slept well.", *SIGNING)
    assert isinstance(shown.exception, Outdated), shown.output
    assert "This draft was changed in another window." in str(shown.exception)
    with Store.open(home, PASSPHRASE, actor="ruiz") as store:
        assert store.notes() == ()
        decided = store.review_of(made.digest)
    assert decided
    assert decided.standing[target].text == "Seventy-five milligrams."
    assert len(decided.standing) >= len(keeping(made))  # what was decided in the terminal before stays, too


# The commands about rules


def ran(*args: str) -> Result:
    return CliRunner().invoke(app, ["rules", *args])


def test_rules_are_listed_with_severity_state_and_source(home: Path) -> None:
    lines = ran("list").output.splitlines()
    assert lines[0].startswith("core@2; must:")
    assert any(line.split()[:3] == ["details.date", "must", "on"] for line in lines)
    assert any(line.split()[:3] == ["timely.county", "should", "off"] for line in lines)
    assert any("45 CFR 164.501" in line for line in lines)


def test_a_rule_is_switched_and_the_chain_holds_it(home: Path) -> None:
    assert ran("off", "necessity").output == "The rule necessity is off.\n"
    assert ran("list").output.startswith("core@2-necessity;")
    assert ran("on", "necessity").exit_code == 0
    assert ran("list").output.startswith("core@2;")
    with Store.open(home, PASSPHRASE, actor="ruiz") as store:
        assert [e.action for e in store.events() if "rule" in e.action] == ["rule off: necessity", "rule on: necessity"]


def test_a_file_of_rules_is_checked_before_it_is_put_in_place(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "ours.yaml"
    file.write_text("off: [necessity]\n")
    assert "is right: 0 rules of your own" in ran("check", str(file)).output
    file.write_text("severity: {goals: grave}\n")
    wrong = ran("check", str(file))
    assert wrong.exit_code != 0
    assert "severity.goals" in str(wrong.exception)
    assert not home.exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("The client feels anxious.", "about the client."),
        ("Her partner felt anxious on Friday.", "about another person;"),
    ],
)
def test_an_edit_of_what_was_about_another_person_says_whose_it_is_now(home: Path, words: str, told: str) -> None:
    made = kept(home)
    first, *rest = made.sections
    statement = first.statements[0].replace(text="Her partner feels anxious.", subject="other")
    replaced(home, made.replace(sections=(first.replace(statements=(statement, *first.statements[1:])), *rest)))
    assert f"It counts as {told}" in walked("e", words, "q").output
