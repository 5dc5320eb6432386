"""The rules ask what a note lacks, with their source; each has a note that makes it ask and a near one that doesn't."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline import workflow
from pipeline.draft.rules import View, load_rules, switch_rule
from pipeline.draft.rules.lexicon import load_lexicon
from pipeline.draft.rules.overlay import NAME
from pipeline.draft.rules.pack import Pack, Rules
from pipeline.errors import EvenfallError, NotFound, SettingsInvalid, Undecided
from pipeline.store import Store
from pipeline.types import (
    Category,
    Decision,
    Detail,
    Draft,
    GoalLink,
    Question,
    Recording,
    Review,
    Section,
    Signature,
    SourceClass,
    Speaker,
    Statement,
    Transcript,
    Turn,
    Typed,
)

from .test_draft import DICTATION, composed, draft, read

NOW = datetime(2026, 3, 31, 18, 0, tzinfo=UTC)
KNOWN = {"date": "2026-03-31", "minutes": "50", "modality": "in person", "participants": "client"}
SIGNED = Signature(name="Ana Ruiz", credentials="LCSW", at=NOW)
LINK = GoalLink(goal="g1", text="Sleep through the night", statement="a" * 64, reason="Both name sleep.")


def statement(words: str, category: Category = "mood", source: SourceClass = "clinician dictated") -> Statement:
    """A statement in these words; `mood: ...` at the start names another category."""
    speaker: Speaker = "client" if source == "client said" else "clinician"
    turn = Turn(id="t1", speaker=speaker, start=0.0, end=1.0, text=words)
    heard = Transcript(recording="a" * 64, kind="dictation", engine="typed", turns=(turn,))
    evidence: tuple[Any, ...] = (heard.evidence("t1", 0, len(words)),)
    if source == "typed":
        evidence = (Typed(by="Ana Ruiz", at=NOW, quote=words),)
    return Statement(text=words, source=source, category=category, evidence=evidence)


def note(*statements: Statement | str, details: dict[str, str] = KNOWN, **fields: Any) -> View:
    """The note with these statements, dictated ones about mood where only words are given."""
    made = tuple(one if isinstance(one, Statement) else statement(one) for one in statements)
    typed = tuple(
        Detail.model_validate(
            {"key": key, "value": value, "source": "typed", "evidence": (Typed(by="A", at=NOW, quote=value),)}
        )
        for key, value in details.items()
    )
    sections = (Section(key="subjective", title="Subjective", statements=made),)
    return View(**{"sections": sections, "details": typed, "at": NOW, "format": "soap", **fields})


def without(key: str) -> dict[str, str]:
    return {name: value for name, value in KNOWN.items() if name != key}


def ended(hours: float, **fields: Any) -> View:
    """A note looked at so many hours after its session's end."""
    end = (NOW - timedelta(hours=hours)).astimezone()
    times = {"date": end.date().isoformat(), "end_time": end.strftime("%H:%M")}
    return note("She slept badly.", details={**KNOWN, **times}, **fields)


def asked(view: View, rule: str, rules: Rules | None = None) -> list[Question]:
    every = rules or load_rules(own=EVERY)
    return [question for question in every.check(view) if question.rule.endswith(f":{rule}")]


EVERY = Path(__file__).parent / "data" / "every_rule.yaml"  # switches on what is optional

CASES: list[tuple[str, View, View]] = [
    ("details.date", note(details=without("date")), note()),
    ("details.minutes", note(details=without("minutes")), note()),
    (
        "details.minutes",
        note(details={**without("minutes"), "start_time": "16:00"}),
        note(details={**without("minutes"), "start_time": "23:30", "end_time": "00:20"}),
    ),
    ("details.start", note(), note(details={**KNOWN, "start_time": "16:00"})),
    ("details.stop", note(), note(details={**KNOWN, "end_time": "16:50"})),
    ("details.modality", note(details=without("modality")), note()),
    ("details.participants", note(details=without("participants")), note()),
    (
        "details.telehealth",
        note("She was on the train.", details={**KNOWN, "modality": "telehealth"}),
        note("Seen by secure video.", details={**KNOWN, "modality": "telehealth"}),
    ),
    ("details.telehealth", note(details={**KNOWN, "modality": "Telehealth"}), note(details=KNOWN)),
    ("service_code", note(), note(details=without("minutes"))),
    ("service_code", note(), note(details={**KNOWN, "participants": "client and partner"})),
    ("short_session", note(details={**KNOWN, "minutes": "15"}), note(details={**KNOWN, "minutes": "16"})),
    ("interventions", note("She slept badly."), note(statement("Practised grounding.", "intervention"))),
    ("response", note("She slept badly."), note(statement("She was calmer after it.", "assessment"))),
    ("goals", note(planned=True), note(planned=True, goals=(LINK,))),
    ("goals", note(planned=True), note()),
    ("next_steps", note("She slept badly."), note(statement("Weekly sessions.", "plan"))),
    ("next_steps", note(statement("Practised grounding.", "intervention")), note(statement("Walk daily.", "homework"))),
    ("necessity", note(statement("Weekly sessions.", "plan")), note(statement("Wakes at four.", "behaviour"))),
    ("necessity.functioning", note("She feels low."), note("She feels low and missed two shifts.")),
    ("necessity.diagnosis", note("She feels low."), note("She meets criteria for major depression.")),
    ("objective.character", note("She was manipulative with staff."), note("She asked staff A, then staff B.")),
    ("objective.character", note("He is lying to us."), note("He was lying in bed until noon.")),
    ("objective.character", note("The client was resistant."), note("Treatment-resistant depression.")),
    ("objective.character", note("She is lazy."), note("She said that she is lazy.")),
    ("objective.character", note("He is selfish."), note('He said: "I am selfish."')),
    ("objective.character", note("He is selfish."), note(statement("I am selfish.", source="client said"))),
    ("objective.character", note("She is needy."), note("She is not needy.")),
    ("objective.character", note("She is stubborn and left."), note("Stubborn, she said, and left.")),
    (
        "objective.character",
        note(statement("He is rude to me.", source="typed")),
        note("He left rude words in the letter."),
    ),
    ("objective.speculation", note("She is presumably drinking again."), note("She reported drinking again.")),
    ("objective.speculation", note("I suspect an affair."), note("Her husband said: I suspect an affair.")),
    ("objective.certainty", note("He obviously misses her."), note("He cried when he spoke of her.")),
    ("objective.certainty", note("She is clearly better."), note("She spoke clearly and at length.")),
    ("cloned", note("Low.", alike=(statement("Low.").digest,)), note("Low.", alike=(statement("Lower.").digest,))),
    (
        "confidential.names",
        note("She rang Deirdre twice.", unnamed=lambda text: ("Deirdre",)),
        note("Dr. Deirdre will adjust the dose.", unnamed=lambda text: ("Deirdre",)),
    ),
    ("confidential.identifiers", note("Her number is 555-201-4433."), note("PHQ-9 was 14, GAD-7 was 12.")),
    ("confidential.identifiers", note("Writes to jo.lee@example.org daily."), note("Writes to an ex daily.")),
    ("confidential.identifiers", note("Moved to 14 Elm Street."), note("Walks down the street daily.")),
    ("confidential.identifiers", note("Lives in 90210, CA 90210."), note("Walked 10210 steps.")),
    ("confidential.identifiers", note("DOB 3/4/1991."), note("Born on the coast.")),
    ("confidential.identifiers", note("Her SSN 123-45-6789 was stolen."), note("Sessions 12-14 of 20.")),
    ("confidential.identifiers", note("Attends Lincoln High School."), note("Attends high school.")),
    ("confidential.identifiers", note("She works at Brightwater Foods."), note("She works at home on Fridays.")),
    ("process_notes", note("I found myself wanting to rescue her."), note("She found herself crying.")),
    ("process_notes", note("Strong countertransference today."), note("She reported: I felt judged.")),
    ("substance", note("He rang his sponsor."), note("Cardiac rehab starts on Monday.")),
    (
        "substance",
        note(statement("I went to my AA meeting.", source="client said")),
        note(statement("I drank a glass of wine.", source="client said")),
    ),
    ("timely", ended(30), ended(20)),
    ("timely", ended(30), ended(100)),
    ("timely.crisis", ended(30, format="crisis"), ended(30)),
    ("timely.county", ended(24 * 6), ended(24)),
    ("late_entry", ended(80), ended(60)),
    ("signature", note(signature=SIGNED.replace(name="Ana")), note(signature=SIGNED)),
    ("signature", note(signature=SIGNED.replace(credentials="--")), note()),
]


@pytest.mark.parametrize(("rule", "asks", "quiet"), CASES, ids=[f"{rule}-{n}" for n, (rule, _, _) in enumerate(CASES)])
def test_each_rule_asks_and_knows_a_near_miss(rule: str, asks: View, quiet: View) -> None:
    (question, *more) = asked(asks, rule)
    assert not more
    assert question.citation
    assert question.severity in ("must", "should", "consider")
    assert "{" not in question.text
    assert asked(quiet, rule) == []


def test_every_rule_has_a_case() -> None:
    assert {rule.id for rule in load_rules().all()} == {rule for rule, _, _ in CASES}


@pytest.mark.parametrize(
    ("minutes", "expected"), [("16", "90832"), ("37", "90832"), ("38", "90834"), ("52", "90834"), ("53", "90837")]
)
def test_the_minutes_support_a_code_also_where_only_the_times_are_known(minutes: str, expected: str) -> None:
    end = (datetime(2026, 3, 31, 16, 0) + timedelta(minutes=int(minutes))).strftime("%H:%M")
    times = {**without("minutes"), "start_time": "16:00", "end_time": end}
    for view in (note(details={**KNOWN, "minutes": minutes}), note(details=times)):
        (question,) = asked(view, "service_code")
        assert f"{minutes} minutes support service code {expected}" in question.text


def test_a_question_about_words_names_them_its_statement_and_what_to_write_instead() -> None:
    said = statement("She was manipulative with staff.")
    (question,) = asked(note("She slept badly.", said), "objective.character")
    assert question.target == said.digest
    assert question.text.startswith("“manipulative” judges the person. Say what was seen or said, such as “")
    assert (question.rule, question.citation.split(" (")[0]) == (
        "core@2:objective.character",
        "Seed text on therapy notes",
    )


def test_a_question_about_an_edited_statement_points_to_the_one_in_the_draft_and_is_another_question() -> None:
    before, after = statement("She is lazy."), statement("She is stubborn.", source="typed")
    (first,) = asked(note(before), "objective.character")
    (second,) = asked(note(after, origins={after.digest: before.digest}), "objective.character")
    assert first.target == second.target == before.digest
    assert first.key != second.key


def test_one_name_in_several_statements_is_one_question() -> None:
    view = note("Deirdre rang.", "He left Deirdre.", unnamed=lambda text: ("Deirdre",))
    (question,) = asked(view, "confidential.names")
    assert "(in 2 statements)" in question.text


def test_what_a_statement_carries_beside_its_own_category_counts() -> None:
    transcript, findings = read("She [behaviour:drinks] and has [risk:thoughts of death].")
    made = composed(transcript, findings)
    assert "necessity" not in {question.key for question in made.questions}
    assert [one.category for one in made.statements()] == ["risk"]


def test_business_days_leave_the_weekend_out() -> None:
    friday = {**KNOWN, "date": "2026-03-27", "end_time": "12:00"}
    wednesday, thursday = datetime(2026, 4, 1, 20, tzinfo=UTC), datetime(2026, 4, 2, 20, tzinfo=UTC)
    assert asked(note(details=friday, at=wednesday), "timely.county") == []
    assert len(asked(note(details=friday, at=thursday), "timely.county")) == 1


def test_the_gravest_is_asked_first_and_every_answer_has_a_place() -> None:
    questions = draft("She felt [mood:low].").questions
    order = [("must", "should", "consider").index(question.severity) for question in questions]
    assert order == sorted(order)
    assert {q.key: q.detail for q in questions if q.severity == "must"} == {
        "details.date": "date",
        "details.minutes": "minutes",
    }


WORDS = st.lists(
    st.sampled_from(
        [
            w
            for lexicon in ("objective", "process")
            for g in load_lexicon(lexicon).groups.values()
            for e in g
            for w in e.say
        ]
        + ["She", "slept badly.", "555-201-4433", "said", '"', "not", "works at Brightwater", "\n", "é", "’"]
    ),
    min_size=1,
    max_size=12,
)


@given(WORDS, st.sampled_from(["clinician dictated", "typed", "client said"]))
def test_rules_never_change_a_note_and_ask_the_same_again(words: list[str], source: SourceClass) -> None:
    text = " ".join(words).replace('"', "").strip() or "x"
    view = note(statement(text, source=source), signature=SIGNED)
    before = [section.digest for section in view.sections]
    first = load_rules().check(view)
    assert [section.digest for section in view.sections] == before
    assert first == load_rules().check(view)
    assert len({question.key for question in first}) == len(first)


# A practice's own word on the rules


def overlay(home: Path, text: str) -> Rules:
    (home / NAME).write_text(text, encoding="utf-8")
    return load_rules(home)


def test_without_a_file_of_its_own_a_practice_has_the_pack(tmp_path: Path) -> None:
    assert load_rules(tmp_path).versions == ("core@2",)
    assert overlay(tmp_path, "# nothing yet\n").versions == ("core@2",)


def test_rules_are_switched_off_and_on_and_the_record_says_so(tmp_path: Path) -> None:
    rules = overlay(tmp_path, "off: [necessity, interventions]\non: [timely.county]\n")
    assert rules.versions == ("core@2-interventions-necessity+timely.county",)
    assert asked(note("x"), "interventions", rules) == []
    assert len(asked(ended(24 * 6), "timely.county", rules)) == 1


OWN = """
severity: {interventions: must}
words:
  objective.character:
    - {say: [bolshy], instead: [declined twice]}
rules:
  - id: interpreter
    severity: must
    source: Practice handbook, 4
    check: {kind: no detail, detail: participants}
    ask: Was an interpreter there?
    becomes: {detail: participants}
"""


def test_a_practice_has_words_severities_and_rules_of_its_own_by_name(tmp_path: Path) -> None:
    rules = overlay(tmp_path, OWN)
    name, practice = rules.versions
    assert (name, practice.partition("@")[0]) == ("core@2", "practice")
    questions = {question.key: question for question in rules.check(note("She is bolshy.", details={}))}
    assert questions["interpreter"].rule == f"{practice}:interpreter"
    assert questions["interpreter"].citation == "Practice handbook, 4"
    assert questions["interventions"].severity == "must"
    assert any("bolshy" in question.text for question in questions.values())
    other = overlay(tmp_path, OWN.replace("bolshy", "stroppy"))
    assert other.versions != rules.versions


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("of: [necessity]", "of: Extra inputs"),
        ("off: [necesity]", "off: there is no rule necesity"),
        ("severity: {goals: grave}", "severity.goals"),
        ("severity: {goal: must}", "severity: there is no rule goal"),
        ("words: {goals: [{say: [x]}]}", "words: the rule goals takes no words"),
        ("words: {objective.character: [{sae: [x]}]}", r"words\.objective\.character\.0\.sa"),
        (OWN.replace("id: interpreter", "id: goals"), "rules: an id stands twice"),
        (OWN.replace("id: interpreter", "id: Interpreter 2"), r"rules\.0\.id"),
        (OWN.replace("no detail", "no such"), r"rules\.0\.check"),
        (
            OWN.replace("detail: participants}\n    ask", "detail: people}\n    ask"),
            r"rules\.0\.check\.no detail\.detail",
        ),
        (OWN.replace("there?", "there, {who}?"), "ask names {who}"),
        (OWN.replace("there?", "there, {?"), r"rules\.0"),
        (OWN.replace("becomes: {detail: participants}", "becomes: {}"), r"rules\.0\.becomes"),
        ("rules: [", "is not YAML"),
        ("- a list", "the file"),
    ],
)
def test_a_wrong_file_is_refused_and_the_key_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(SettingsInvalid, match=named) as refusal:
        overlay(tmp_path, text)
    assert str(tmp_path / NAME) in refusal.value.what


@pytest.mark.parametrize(
    ("check", "named"),
    [
        ({"kind": "words", "lexicon": "objective", "group": "charcter"}, "no group charcter"),
        ({"kind": "pattern", "patterns": [{"what": "x", "pattern": "("}]}, "not a regular expression"),
        ({"kind": "elapsed"}, "either hours or business_days"),
        ({"kind": "no words", "lexicon": "../default", "group": "x"}, "lexicon"),
    ],
)
def test_a_wrong_check_is_refused(check: dict[str, Any], named: str) -> None:
    rule = {"id": "x", "severity": "must", "source": "s", "ask": "?", "check": check}
    with pytest.raises(ValidationError, match=named):
        Pack.model_validate({"name": "own", "version": 1, "rules": [rule]})


@pytest.mark.parametrize(
    "before",
    [
        "",
        "# ours\noff: [goals]\n",
        "off:\n  - goals\n\non:\n- timely.county\n# after\nseverity: {response: must}\n",
        "severity:\n  response: must\n'off':\n  - goals\n",
        'severity: {response: must}\n"on": [timely.county]\noff: [goals]',
    ],
)
def test_a_switch_leaves_the_rest_of_the_file_as_it_is(tmp_path: Path, before: str) -> None:
    was = overlay(tmp_path, before)
    switch_rule(tmp_path, "necessity", on=False)
    assert load_rules(tmp_path).off == tuple(r.id for r in was.all() if r.id in (*was.off, "necessity"))
    switch_rule(tmp_path, "necessity", on=True)
    after = load_rules(tmp_path)
    assert (after.off, after.versions) == (was.off, was.versions)
    kept = [line for line in before.splitlines() if line.startswith(("#", "severity", "  response"))]
    assert [line for line in kept if line not in (tmp_path / NAME).read_text().splitlines()] == []


def test_an_unknown_rule_cannot_be_switched(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no rule of that name"):
        switch_rule(tmp_path, "necesity", on=False)
    assert not (tmp_path / NAME).exists()


# The rules in the workflow, by a real store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "home", "correct horse", actor="ruiz") as opened:
        yield opened


def waiting(store: Store, marked: str = DICTATION) -> tuple[Draft, Review]:
    """A draft in the store with its transcript, and a review that keeps every statement and confirms the rest."""
    transcript, findings = read(marked)
    recording = Recording(kind="dictation", medium="audio", format="wav", sha256="c" * 64, duration=60.0)
    transcript = transcript.replace(recording=recording.digest)
    found = tuple(
        one.replace(evidence=tuple(transcript.evidence(e.turn_id, e.start, e.end) for e in one.evidence))
        for one in findings
    )
    made = composed(transcript, found).replace(recording=recording.digest)
    store.keep_transcript(recording, transcript, None)
    store.keep_draft(made)
    decided = workflow.start_review(made, store, "Ana Ruiz")
    for one in made.statements():
        decided = decide(made, decided, action="keep", target=one.digest)
    for item in made.must_touch:
        if ":" in item.target:
            decided = decide(made, decided, action="acknowledge", target=item.target)
    return made, decided


def decide(made: Draft, decided: Review, **fields: Any) -> Review:
    from pipeline import review

    return review.decide(made, decided, Decision(at=NOW, **fields))


def test_signing_waits_for_what_must_be_answered_and_for_nothing_else(store: Store) -> None:
    made, decided = waiting(store)
    open_now = workflow.questions(made, decided, store)
    assert {q.key for q in open_now if q.severity == "must"} == {"details.date", "details.minutes"}
    with pytest.raises(Undecided, match="2 questions must be answered"):
        workflow.sign(made, decided, "Ana Ruiz", "LCSW", store)
    decided = decide(made, decided, action="answer", target="details.date", detail="date", text="2026-03-31")
    decided = decide(made, decided, action="set aside", target="details.minutes", text="A phone call, not billed.")
    assert [q.severity for q in workflow.questions(made, decided, store) if q.severity == "must"] == []
    store.keep_review(decided)
    signed, _ = workflow.sign(made, decided, "Ana Ruiz", "LCSW", store)
    assert [(one.question, one.reason) for one in signed.set_aside] == [
        ("details.minutes", "A phone call, not billed.")
    ]
    assert [(d.key, d.value, d.source) for d in signed.details] == [("date", "2026-03-31", "typed")]
    assert "core@2" in signed.versions


def test_the_rules_run_after_each_edit(store: Store) -> None:
    made, decided = waiting(store)
    first = next(made.statements())
    assert not [q for q in workflow.questions(made, decided, store) if "objective" in q.rule]
    decided = decide(made, decided, action="edit", target=first.digest, text="She is manipulative.")
    (question,) = [q for q in workflow.questions(made, decided, store) if "objective" in q.rule]
    assert question.target == first.digest
    decided = decide(made, decided, action="edit", target=first.digest, text="She asked twice.")
    assert not [q for q in workflow.questions(made, decided, store) if "objective" in q.rule]


def test_an_answer_closes_its_question_and_may_open_another(store: Store) -> None:
    made, decided = waiting(store, "She feels [mood:low].")
    before = {question.key for question in workflow.questions(made, decided, store)}
    assert {"interventions", "details.minutes"} <= before
    decided = decide(made, decided, action="answer", target="details.minutes", detail="minutes", text="50")
    decided = decide(
        made,
        decided,
        action="answer",
        target="interventions",
        category="intervention",
        section="objective",
        text="Practised slow breathing.",
    )
    after = {question.key for question in workflow.questions(made, decided, store)}
    assert "service_code" in after
    assert {"interventions", "details.minutes"} & after == set()


def test_a_signature_of_one_word_is_asked_about_before_signing(store: Store) -> None:
    made, decided = waiting(store)
    assert not [q for q in workflow.questions(made, decided, store) if q.key == "signature"]
    assert [q for q in workflow.questions(made, decided, store, SIGNED.replace(name="Ana")) if q.key == "signature"]


def test_what_was_switched_off_is_in_the_audit_chain_and_in_the_note(store: Store) -> None:
    workflow.switch_rule("details.minutes", False, store)
    workflow.switch_rule("details.date", False, store)
    assert [e.action for e in store.events()][-2:] == ["rule off: details.minutes", "rule off: details.date"]
    made, decided = waiting(store)
    store.keep_review(decided)
    signed, _ = workflow.sign(made, decided, "Ana Ruiz", "LCSW", store)
    assert "core@2-details.date-details.minutes" in signed.versions


def test_a_rule_that_is_not_there_is_neither_recorded_nor_switched(store: Store) -> None:
    with pytest.raises(EvenfallError):
        workflow.switch_rule("nope", False, store)
    assert not any("nope" in event.action for event in store.events())
