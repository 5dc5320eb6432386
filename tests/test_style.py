"""What edits teach of a clinician's wording, by the real review and a real record; facts are never learnt."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text as sql
from typer.testing import CliRunner

from pipeline import review, workflow
from pipeline.cli import app
from pipeline.config import load_settings
from pipeline.draft.style import load_style_rules
from pipeline.errors import StoreFault
from pipeline.store import Store
from pipeline.types import (
    Category,
    Consent,
    Decision,
    Draft,
    Preference,
    Review,
    Signature,
    SourceClass,
    Statement,
    Style,
    Transcript,
    Turn,
)

from .rings import own_keyring  # noqa: F401

NOW = datetime(2026, 3, 31, 18, 0, tzinfo=UTC)
RULES = load_style_rules()
SESSION = """WEBVTT

00:00:01.000 --> 00:00:04.000
<v Therapist>How were the nights this week?

00:00:05.000 --> 00:00:11.000
<v Client>I feel anxious about {what}. I skipped work on {day}.

00:00:12.000 --> 00:00:16.000
<v Client>I stopped going to the gym. I have no thoughts of suicide.
"""
WHATS = ("the exam", "the move", "the wedding", "the invoice", "the trial")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
Change = Callable[[Statement], str | None]  # other words; "" drops the statement; None keeps it


class Practice:
    """One clinician with a record of their own, who drafts, edits and signs one session after another."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store, self._folder, self._number = store, folder, 0
        self.settings = load_settings()

    def draft(self) -> Draft:
        """Return the draft of the next session; no two say the same."""
        number, self._number = self._number, self._number + 1
        source = self._folder / f"{number}.vtt"
        source.write_text(SESSION.format(what=WHATS[number % 5], day=DAYS[number // 5]))
        order = workflow.Order(source=source, client="K-12")
        return workflow.draft_source(order, self.store, self.settings, lambda *_: None)

    def sign(self, made: Draft, change: Change, *, learn: bool = True) -> None:
        """Review a draft with these changes and sign it."""
        decided = Review(draft=made.digest, reviewer=self.store.actor, started_at=NOW)
        for statement in made.statements():
            words = change(statement)
            action = "keep" if words is None else "edit" if words else "drop"
            decision = Decision.model_validate(
                {"action": action, "target": statement.digest, "at": NOW, "text": words or None}
            )
            decided = review.decide(made, decided, decision)
        for item in review.untouched(made, decided):
            decided = review.decide(made, decided, Decision(action="acknowledge", target=item.target, at=NOW))
        signature = Signature(name="A. Ruiz", credentials="LCSW", at=NOW)
        asked = workflow.questions(made, decided, self.store, signature)
        for question in asked:
            aside = Decision(action="set aside", target=question.key, text="not today", at=NOW)
            decided = review.decide(made, decided, aside, asked)
        self.store.keep_review(decided)
        workflow.sign(made, decided, "A. Ruiz", "LCSW", self.store, learn=learn)

    def habit(self, change: Change, times: int = 3) -> list[str]:
        """Sign so many drafts with these changes; return the statements of the next draft."""
        for _ in range(times):
            self.sign(self.draft(), change)
        return texts(self.draft())

    @property
    def learnt(self) -> tuple[Preference, ...]:
        return self.store.style_of(self.store.actor).preferences


def texts(made: Draft) -> list[str]:
    return [statement.text for statement in made.statements()]


def replacing(*pairs: tuple[str, str], only: str = "") -> Change:
    """Return the change that puts words for others where a statement holds `only`."""

    def change(statement: Statement) -> str | None:
        words = statement.text
        for old, new in pairs:
            words = words.replace(old, new)
        return words if words != statement.text and only in statement.text else None

    return change


@pytest.fixture
def practice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Practice]:
    monkeypatch.setenv("EVENFALL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("EVENFALL_PASSPHRASE", "correct horse")
    monkeypatch.setenv("EVENFALL_USER", "ruiz")
    with Store.open(tmp_path / "home", "correct horse", actor="ruiz") as store:
        store.add_consent(
            Consent(
                client="K-12",
                participant="client",
                scope=("record", "transcribe"),
                method="written",
                wording="consent@1",
                given_at=NOW,
            )
        )
        yield Practice(store, tmp_path)


def test_three_edits_teach_and_the_fourth_draft_shows_it(practice: Practice) -> None:
    patient = replacing(("Client", "Patient"), only="gym")
    assert "Client reported that they stopped going to the gym." in practice.habit(patient, times=2)
    made = practice.draft()
    practice.sign(made, patient)
    fourth = practice.draft()
    assert "Patient reported that they stopped going to the gym." in texts(fourth)
    assert not [words for words in texts(fourth) if "Client" in words]
    assert "style@1" in fourth.versions
    assert practice.learnt == (Preference(kind="term", old="client", new="patient", seen=3),)


def test_edits_of_one_note_count_one_by_one(practice: Practice) -> None:
    after = practice.habit(replacing(("Client", "Patient")), times=1)
    assert after
    assert all("Client" not in words for words in after)


@pytest.mark.parametrize("word", ["endorsed", "stated", "described", "noted"])
def test_verbs_of_telling_are_learnt(practice: Practice, word: str) -> None:
    after = practice.habit(replacing(("reported", word), only="gym"))
    assert f"Client {word} that they stopped going to the gym." in after


def test_the_tense_of_telling_is_learnt(practice: Practice) -> None:
    assert "Client reports that they stopped going to the gym." in practice.habit(
        replacing(("reported", "reports"), only="gym")
    )


def test_a_pattern_of_sentences_is_learnt_and_the_way_back_ends_it(practice: Practice) -> None:
    after = practice.habit(replacing(("reported that", "reported"), only="gym"))
    assert "Client reported they stopped going to the gym." in after
    assert "Client reported they have no thoughts of suicide." in after
    after = practice.habit(replacing(("reported they", "reported that they"), only="gym"), times=1)
    assert "Client reported that they stopped going to the gym." in after


def test_who_told_it_is_never_left_out(practice: Practice) -> None:
    after = practice.habit(replacing(("Client reported that they", "They")), times=3)
    assert practice.learnt == ()
    assert "Client reported that they stopped going to the gym." in after


def test_what_is_always_dropped_is_offered_as_left_out(practice: Practice) -> None:
    practice.habit(lambda s: "" if s.category in ("behaviour", "mood") else None, times=3)
    made = practice.draft()
    assert [s.category for s in made.statements()] == ["risk"]
    assert {s.category for s in made.left_out} == {"behaviour", "mood"}


def test_a_kind_that_was_kept_once_is_not_left_out(practice: Practice) -> None:
    after = practice.habit(lambda s: "" if "gym" in s.text else None, times=3)
    assert "Client reported that they stopped going to the gym." in after
    assert [one for one in practice.learnt if one.kind == "left out"] == []


def test_risk_that_is_always_dropped_is_still_drafted(practice: Practice) -> None:
    after = practice.habit(lambda s: "" if s.category == "risk" else None, times=4)
    assert [words for words in after if "suicide" in words]


def test_the_way_back_ends_a_habit(practice: Practice) -> None:
    assert "Patient reported that they stopped going to the gym." in practice.habit(replacing(("Client", "Patient")))
    after = practice.habit(replacing(("Patient", "Client"), only="gym"), times=1)
    assert "Client reported that they stopped going to the gym." in after


FACTS = {
    "a number": ("on Monday", "on 5 days"),
    "a feeling": ("anxious", "sad"),
    "a day": ("gym", "pool"),
    "a negation": ("stopped going", "did not stop going"),
    "a name": ("the gym", "Janet"),
    "a drug": ("the gym", "sertraline"),
    "a limit": ("reported", "may have reported"),
}


@pytest.mark.parametrize("name", FACTS)
def test_facts_are_never_learnt(practice: Practice, name: str) -> None:
    practice.habit(replacing(FACTS[name]), times=3)
    assert practice.learnt == ()


def test_switched_off_it_neither_learns_nor_words(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    practice.sign(practice.draft(), replacing(("Client", "Patient")), learn=False)
    assert practice.learnt == ()
    practice.sign(practice.draft(), replacing(("Client", "Patient")))
    monkeypatch.setenv("EVENFALL_DRAFT__LEARN_STYLE", "false")
    practice.settings = load_settings()
    assert [words for words in texts(practice.draft()) if "Client" in words]


def test_another_clinicians_edits_teach_nobody_else(practice: Practice) -> None:
    practice.habit(replacing(("Client", "Patient")), times=1)
    assert practice.store.style_of("someone else") == Style(clinician="someone else")


def test_show_says_it_plainly_and_forget_unlearns(practice: Practice) -> None:
    assert "Nothing has been learnt" in said("show")
    practice.habit(replacing(("Client", "Patient"), ("reported", "endorsed"), only="skipped"), times=2)
    practice.sign(practice.draft(), replacing(("Client", "Patient"), only="skipped"))
    lines = said("show").splitlines()
    assert "1. You write “patient” for “client”. 3 edits." in lines[1]
    assert "2. You write “endorsed” for “reported”. 2 edits; not used in drafts before 1 more." in lines[2]
    assert "Forgotten" in said("forget", "1")
    assert [one.old for one in practice.learnt] == ["reported"]
    assert [words for words in texts(practice.draft()) if "Client" in words]
    said("forget", "--all")
    assert practice.learnt == ()
    with practice.store._database.reading() as connection:
        assert connection.execute(sql("SELECT count(*) FROM styles WHERE payload LIKE '%reported%'")).scalar() == 0


@pytest.mark.parametrize("arguments", [["forget"], ["forget", "1", "--all"], ["forget", "0"], ["forget", "x"]])
def test_forget_takes_one_number_or_all(practice: Practice, arguments: list[str]) -> None:
    assert CliRunner().invoke(app, ["style", *arguments]).exit_code == 2


def test_forgetting_what_is_not_there_is_refused(practice: Practice) -> None:
    result = CliRunner().invoke(app, ["style", "forget", "7"])
    assert "Nothing of that number" in str(result.exception)


def said(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["style", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


# One statement at a time


def statement(
    text: str, said_: str, source: SourceClass = "client said", category: Category = "behaviour"
) -> Statement:
    kind = "dictation" if source == "clinician dictated" else "session"
    speaker = "client" if source == "client said" else "clinician"
    turn = Turn.model_validate({"id": "t1", "speaker": speaker, "start": 0.0, "end": 4.0, "text": said_})
    transcript = Transcript.model_validate({"recording": "a" * 64, "kind": kind, "engine": "t@1", "turns": (turn,)})
    evidence = (transcript.evidence("t1", 0, len(said_)),)
    return Statement(text=text, source=source, category=category, evidence=evidence)


PATIENT = Preference(kind="term", old="client", new="patient", seen=3)
ENDORSED = Preference(kind="term", old="reported", new="endorsed", seen=3)
PRESENT = Preference(kind="tense", old="past", new="present", seen=3)


POLICE = ("Client reported him to the police.", "I reported him to the police")


@pytest.mark.parametrize(
    ("given", "said_", "used", "expected"),
    [
        ("Client reported that she slept.", "I slept", PATIENT, "Patient reported that she slept."),
        ('Client said: "a client shouted"', "a client shouted", PATIENT, 'Client said: "a client shouted"'),
        (
            'Client wrote the word: "reported"',
            "I wrote the word: reported",
            ENDORSED,
            'Client wrote the word: "reported"',
        ),
        (*POLICE, ENDORSED, POLICE[0]),
        (*POLICE, PRESENT, POLICE[0]),
        ("Client reported that she slept.", "I slept", PRESENT, "Client reports that she slept."),
    ],
)
def test_only_words_that_the_draft_put_in_are_changed(given: str, said_: str, used: Preference, expected: str) -> None:
    assert RULES.worded(statement(given, said_), (used,)).text == expected


def test_a_word_keeps_its_ending_and_its_article() -> None:
    given = statement("A client's sleep was poor.", "her sleep was poor", "clinician dictated")
    owner = Preference(kind="term", old="client", new="adult", seen=3)
    assert RULES._changed(given, owner) == "An adult's sleep was poor."


def test_a_habit_that_the_checker_is_not_silent_about_is_not_used() -> None:
    made_up = Preference(kind="term", old="client", new="sister", seen=9)
    given = statement("Client reported that she slept.", "I slept")
    assert RULES.worded(given, (made_up,)) == given


def test_an_error_after_the_signature_says_that_the_note_is_signed(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreFault("The disk is full.", "Make room.")

    patient = replacing(("Client", "Patient"), only="gym")
    practice.habit(patient, times=2)
    made = practice.draft()
    monkeypatch.setattr(practice.store, "keep_style", full)
    with pytest.raises(StoreFault) as fault:
        practice.sign(made, patient)
    assert "The note is signed" in str(fault.value)
    assert "Nothing was saved" not in str(fault.value)
    assert practice.store.note_of(made.recording)
