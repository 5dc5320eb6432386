"""Like statements of signed notes are found, by statement and for the note as a whole, and usual wording is not."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from pipeline import review, workflow
from pipeline.draft.likeness import describe, load_likenesses
from pipeline.resources import PACKAGE
from pipeline.store import Store
from pipeline.types import (
    Category,
    Decision,
    Draft,
    Likeness,
    Note,
    Polarity,
    Recording,
    Review,
    Section,
    Signature,
    Statement,
    Transcript,
    Turn,
)

from .rings import own_keyring  # noqa: F401

MARCH = datetime(2026, 3, 3, 18, tzinfo=UTC)
SIGNATURE = Signature(name="A. Ruiz", credentials="LCSW", at=MARCH)
RULES = load_likenesses()
WORKED = "Client reported waking at four and checking work email from bed until the alarm rang."
MOTHER = "Client described feeling ashamed after she shouted at her mother about the unpaid rent."
LADDER = "Worked on the fear ladder for driving and practised slow breathing in the parked car."
WALKS = "Client will walk round the park before breakfast and write down what she notices there."
DENIED = "Client denied suicidal ideation, homicidal ideation and self-harm, with no plan or intent."
WEEKLY = "Continue weekly sessions."
OTHER = "Client argued with a colleague over the broken printer and left the office early on Friday."


def statement(words: str, category: Category = "mood") -> Statement:
    turn = Turn(id="t1", speaker="clinician", start=0.0, end=1.0, text=words)
    said = Transcript(recording="a" * 64, kind="dictation", engine="test@1", turns=(turn,))
    polarity: Polarity = "denied" if category == "risk" else "affirmed"
    evidence = (said.evidence("t1", 0, len(words)),)
    return Statement(text=words, source="clinician dictated", category=category, evidence=evidence, polarity=polarity)


def drafted(store: Store, number: int, texts: tuple[str, ...], client: str | None = "K-12") -> Draft:
    """Return a draft of these statements, kept with its transcript; a denial is about risk."""
    recording = Recording(kind="dictation", medium="text", format="txt", sha256=f"{number:064x}", duration=0.0)
    turns = tuple(
        Turn(id=f"t{place}", speaker="clinician", start=float(place), end=place + 1.0, text=words)
        for place, words in enumerate(texts)
    )
    said = Transcript(recording=recording.digest, kind="dictation", engine="test@1", turns=turns)
    statements = tuple(
        Statement(
            text=words,
            source="clinician dictated",
            category="risk" if "denied" in words else "mood",
            polarity="denied" if "denied" in words else "affirmed",
            evidence=(said.evidence(f"t{place}", 0, len(words)),),
        )
        for place, words in enumerate(texts)
    )
    made = Draft(
        recording=recording.digest,
        transcript=said.digest,
        kind="dictation",
        format="soap@1",
        versions=("test@1",),
        drafted_at=MARCH,
        due_at=MARCH,
        expires_at=MARCH + timedelta(days=14),
        sections=(Section(key="subjective", title="Subjective", statements=statements),),
        client=client,
    )
    store.keep_transcript(recording, said, None)
    store.keep_draft(made)
    return made


def begin(made: Draft) -> Review:
    return Review(draft=made.digest, reviewer="A. Ruiz", started_at=MARCH)


def signed(store: Store, number: int, texts: tuple[str, ...], client: str | None = "K-12") -> Note:
    made = drafted(store, number, texts, client)
    decided = begin(made)
    for one in made.statements():
        decided = review.decide(made, decided, Decision(action="keep", target=one.digest, at=MARCH))
    asked = workflow.questions(made, decided, store, SIGNATURE)
    for question in asked:
        aside = Decision(action="set aside", target=question.key, text="not for this note", at=MARCH)
        decided = review.decide(made, decided, aside, asked)
    store.keep_review(decided)
    return workflow.sign(made, decided, "A. Ruiz", "LCSW", store)[0]


def looked_up(store: Store, *texts: str, client: str | None = "K-12") -> tuple[Likeness, ...]:
    made = drafted(store, 99, texts, client)
    return workflow.likenesses(made, begin(made), store)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "home", None, actor="A. Ruiz") as opened:
        yield opened


@pytest.mark.parametrize(
    ("today", "alike"),
    [
        (WORKED, True),
        ("Patient described waking at four and checking work email from bed until the alarm rang.", True),
        ("Client reported waking at five and checking work email from bed until the alarm rang.", True),
        ("Client reports waking at four, checking her work email from bed until the alarm rang.", True),
        ("Client reported waking at four and lying in bed until the alarm rang.", False),
        ("The alarm rang at four and client reported checking bed from work until email waking.", False),
        ("Client reported sleeping through the night and getting up with the alarm.", False),
        (OTHER, False),
    ],
)
def test_a_statement_is_like_an_earlier_one_or_not(store: Store, today: str, alike: bool) -> None:
    note = signed(store, 1, (WORKED, MOTHER))
    found = looked_up(store, today, OTHER)
    assert [(item.note, item.text) for item in found] == ([(note.digest, WORKED)] if alike else [])


def test_the_same_client_and_another_are_told_apart(store: Store) -> None:
    own = signed(store, 1, (WORKED, OTHER))
    other = signed(store, 2, (MOTHER, WALKS), client="K-77")
    found = looked_up(store, WORKED, MOTHER, LADDER)
    assert [(item.client, item.note, item.text) for item in found] == [
        ("same", own.digest, WORKED),
        ("other", other.digest, MOTHER),
    ]
    assert found[0].signed_at == own.signature.at
    assert found[0].share == 1.0
    assert "this client's note of" in describe(found[0])
    assert "another client's note of" in describe(found[1])


def test_where_no_client_is_given_it_is_not_said_whose_note_it_is(store: Store) -> None:
    signed(store, 1, (WORKED,), client=None)
    (item,) = looked_up(store, WORKED, client=None)
    assert item.client == "not given"
    assert "client" not in describe(item)


@pytest.mark.parametrize("usual", [DENIED, WEEKLY, "Client denied suicidal ideation.", "Client felt anxious."])
def test_usual_wording_alone_is_not_named(store: Store, usual: str) -> None:
    signed(store, 1, (usual, WORKED))
    assert looked_up(store, usual, OTHER) == ()


def test_usual_wording_is_named_softly_where_the_note_is_like_another_as_a_whole(store: Store) -> None:
    signed(store, 1, (WORKED, MOTHER, LADDER, DENIED, WEEKLY))
    found = looked_up(store, WORKED, MOTHER, OTHER, DENIED, WEEKLY)
    assert [(item.text, item.usual) for item in found] == [
        (WORKED, False),
        (MOTHER, False),
        (DENIED, True),
        (WEEKLY, True),
    ]
    assert "as such statements often are" in describe(found[2])
    (whole,) = RULES.whole(found, 5)
    assert whole.startswith("4 of 5 statements stand nearly so in this client's note of ")


def test_two_like_statements_of_many_are_no_whole_note(store: Store) -> None:
    signed(store, 1, (WORKED, MOTHER, DENIED, LADDER))
    found = looked_up(store, WORKED, MOTHER, OTHER, WALKS, "Client slept.", "She smiled once.", "He came late.")
    assert len(found) == 2
    assert RULES.whole(found, 7) == ()


def test_the_note_that_most_was_copied_from_is_the_one_named(store: Store) -> None:
    signed(store, 1, (WORKED, OTHER))
    copied = signed(store, 2, (WORKED, MOTHER, LADDER))
    signed(store, 3, (LADDER, WALKS))
    assert {item.note for item in looked_up(store, WORKED, MOTHER, LADDER)} == {copied.digest}


def test_words_that_stand_in_hundreds_of_notes_do_not_hide_the_clients_own(store: Store) -> None:
    for number in range(1, 131):
        signed(store, number, (WORKED,), client=f"K-{number + 200}")
    own = signed(store, 200, (WORKED,))
    found = looked_up(store, WORKED, LADDER)
    assert [(item.client, item.note) for item in found if item.client == "same"] == [("same", own.digest)]
    assert [item.client for item in found] == ["same", "other"]


def test_what_was_edited_is_looked_up_as_it_will_be_signed_and_what_was_dropped_is_not(store: Store) -> None:
    signed(store, 1, (WORKED, MOTHER))
    made = drafted(store, 2, (OTHER, MOTHER, LADDER))
    first, second, _ = made.statements()
    decided = review.decide(made, begin(made), Decision(action="edit", target=first.digest, text=WORKED, at=MARCH))
    decided = review.decide(made, decided, Decision(action="drop", target=second.digest, at=MARCH))
    (found,) = workflow.likenesses(made, decided, store)
    (edited,) = [one for section in review.apply(made, decided) for one in section.statements]
    assert (found.statement, found.text) == (edited.digest, WORKED)


def test_a_source_drafted_again_is_not_like_its_own_note(store: Store) -> None:
    signed(store, 99, (WORKED, MOTHER))
    assert looked_up(store, WORKED, MOTHER) == ()


def test_notes_of_an_older_store_are_indexed_once(store: Store) -> None:
    note = signed(store, 1, (WORKED, MOTHER))
    usual = signed(store, 2, (WEEKLY,))
    with store._database.writing() as connection:
        connection.execute(text("DELETE FROM likenesses"))
    assert [item.note for item in looked_up(store, WORKED)] == [note.digest]
    seen = []
    store.index(RULES.name, lambda one: seen.append(one) or RULES.hashes(one.statements()))  # type: ignore[func-returns-value]
    assert seen == []
    store.index("likeness@2", lambda one: seen.append(one) or RULES.hashes(one.statements()).replace(name="likeness@2"))  # type: ignore[func-returns-value]
    assert {one.digest for one in seen} == {note.digest, usual.digest}
    assert [event.action for event in store.events()].count("index notes") == 2


def test_hashes_are_kept_in_the_transaction_that_signs(store: Store) -> None:
    signed(store, 1, (WORKED, MOTHER))
    assert "index notes" not in [event.action for event in store.events()]
    with store._database.reading() as connection:
        kept = connection.execute(text("SELECT count(*) FROM likenesses")).scalar()
    assert kept == 2 * 8 + 1


def test_reading_other_notes_is_on_the_audit_chain(store: Store) -> None:
    signed(store, 1, (WORKED,))
    before = [event.action for event in store.events()].count("compare with notes")
    looked_up(store, WORKED)
    assert [event.action for event in store.events()].count("compare with notes") == before + 1


def test_hashes_are_the_same_in_every_process() -> None:
    code = (
        "import sys; from pipeline.draft.likeness import load_likenesses as load; "
        "from tests.test_likeness import statement, WORKED; print(load().hashes([statement(WORKED)]).bands[0])"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=PACKAGE.parent,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert printed == {f"{RULES.hashes([statement(WORKED)]).bands[0]}\n"}
    assert all(0 <= band < 2**63 for band in RULES.hashes([statement(WORKED)]).bands[0])


def test_a_usual_statement_has_no_hashes() -> None:
    assert RULES.hashes([statement(WEEKLY), statement(DENIED, "risk"), statement(WORKED)]).bands[:2] == ((), ())
