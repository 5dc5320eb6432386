"""Findings to a draft: what stands where, what is asked, what must be touched, and that nothing is made up."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline import review
from pipeline.draft import compose, load_format, load_rules
from pipeline.draft.numerals import load_numerals
from pipeline.draft.passages import passages
from pipeline.draft.sentences import sentences
from pipeline.draft.wording import load_wording
from pipeline.errors import SettingsInvalid
from pipeline.resources import read_yaml
from pipeline.speech.spoken.commands import read_commands
from pipeline.types import (
    CATEGORIES,
    Category,
    Decision,
    Detail,
    Draft,
    Evidence,
    Finding,
    Kind,
    Polarity,
    Recording,
    Review,
    SoundsLike,
    Speaker,
    Statement,
    Transcript,
    Turn,
    Typed,
    Word,
)

NOW = datetime(2026, 3, 31, 18, 0, tzinfo=UTC)
MARK = re.compile(r"\[(-?)(\w+):([^\]]*)\]")
WHO: dict[str, Speaker] = {"T": "clinician", "C": "client", "?": "unknown", "O": "other", "D": "client2"}


def read(marked: str, kind: Kind = "dictation", doubtful: str = "") -> tuple[Transcript, tuple[Finding, ...]]:
    """Read lines of talk with findings marked: `[mood:anxious]`, `[-risk:SI]` for a denial; sessions say who speaks."""
    turns, marks = [], []
    for number, line in enumerate(filter(None, map(str.strip, marked.splitlines())), 1):
        speaker, text = ("clinician", line) if kind == "dictation" else (WHO[line[0]], line[2:].strip())
        plain = ""
        position = 0
        for match in MARK.finditer(text):
            plain += text[position : match.start()]
            marks.append((f"t{number}", len(plain), len(plain) + len(match[3]), match[1], match[2]))
            plain += match[3]
            position = match.end()
        plain += text[position:]
        words = tuple(
            Word(
                start=m.start(),
                end=m.end(),
                start_time=float(number),
                end_time=float(number),
                probability=0.5,
                doubtful=m[0].strip(".,") in doubtful.split() or doubtful == "all",
                weighty=m[0].strip(".,") in ("not", "sertraline", "50"),
            )
            for m in re.finditer(r"\S+", plain)
        )
        turns.append(
            Turn(id=f"t{number}", speaker=speaker, start=float(number), end=float(number), text=plain, words=words)  # type: ignore[arg-type]
        )
    transcript = Transcript(recording="a" * 64, kind=kind, engine="typed", turns=tuple(turns))
    findings = tuple(finding(transcript, *mark) for mark in marks)
    return transcript, findings


def finding(transcript: Transcript, turn: str, start: int, end: int, minus: str, category: str) -> Finding:
    assert category in CATEGORIES
    polarity: Polarity = "denied" if minus else "affirmed"
    evidence = transcript.evidence(turn, start, end)
    named: Category = category
    return Finding(
        category=named, label=evidence.quote.casefold(), evidence=(evidence,), rule="test@1", polarity=polarity
    )


def draft(marked: str, kind: Kind = "dictation", doubtful: str = "", details: tuple[Detail, ...] = ()) -> Draft:
    return composed(*read(marked, kind, doubtful), details)


def composed(transcript: Transcript, findings: tuple[Finding, ...], details: tuple[Detail, ...] = ()) -> Draft:
    kind = transcript.kind
    recording = Recording(kind=kind, medium="audio", format="wav", sha256="c" * 64, duration=60.0)
    return compose(
        recording,
        transcript,
        findings,
        details,
        form=load_format("soap"),
        rules=load_rules(),
        versions=("test@1",),
        drafted_at=NOW,
        due_hours=24,
        expires_days=14,
        client="K-12",
    )


def texts(made: Draft, section: str) -> list[str]:
    return [statement.text for part in made.sections if part.key == section for statement in part.statements]


def typed(key: str, value: str) -> Detail:
    evidence = (Typed(by="A. Ruiz", at=NOW, quote=value),)
    return Detail.model_validate({"key": key, "value": value, "source": "typed", "evidence": evidence})


DICTATION = """
    Okay so this is my four o'clock.
    Mood: she describes herself as [mood:anxious] most of the week.
    Affect was [mood:restricted] at first.
    Um, sleep is [behaviour:still broken].
    Interventions colon, we [intervention:practised postponing worry].
    She [assessment:responded well].
    Risk: denies [-risk:SI], [-risk:HI] or [-risk:self-harm].
    [medication:Sertraline fifty milligrams].
    Homework colon [homework:worry time] on weekdays.
    Next session we will [plan:start exposure].
"""


def test_a_dictation_becomes_soap() -> None:
    made = draft(DICTATION)
    assert texts(made, "subjective") == [
        "Client describes herself as anxious most of the week.",
        "Sleep is still broken.",
    ]
    assert texts(made, "objective") == ["Affect was restricted at first.", "We practised postponing worry."]
    assert texts(made, "assessment") == ["Client responded well.", "Denies SI, HI or self-harm."]
    assert texts(made, "plan") == [
        "Sertraline 50 mg.",
        "Worry time on weekdays.",
        "Next session we will start exposure.",
    ]
    assert made.format == "soap@2"
    assert {"soap@2", "wording@3", "core@2", "test@1"} <= set(made.versions)


def test_every_statement_carries_evidence_and_source_class() -> None:
    made = draft(DICTATION)
    for statement in made.statements():
        assert statement.source == "clinician dictated"
        assert statement.findings
        spoken = load_numerals().written(" ".join(item.quote for item in statement.spoken)).casefold()
        for word in re.findall(r"\w+", statement.text.casefold()):
            assert word in spoken or word in load_wording().frame


def test_what_was_not_addressed_is_shown_and_never_filled() -> None:
    made = draft("She feels [mood:anxious] about work.")
    missing = {name for section in made.sections for name in section.not_addressed}
    assert missing == {"behaviour", "intervention", "assessment", "risk", "medication", "homework", "plan"}
    assert [statement.text for statement in made.statements()] == ["Client feels anxious about work."]
    assert [item.target for item in made.must_touch] == ["not_addressed:risk"]
    assert "date" in made.details_not_addressed


def test_another_persons_risk_does_not_address_the_clients() -> None:
    transcript, (found,) = read("Her brother [risk:overdosed] in May.")
    recording = Recording(kind="dictation", medium="audio", format="wav", sha256="c" * 64, duration=60.0)
    made = compose(
        recording,
        transcript,
        (found.replace(subject="other"),),
        (),
        form=load_format("soap"),
        rules=load_rules(),
        versions=(),
        drafted_at=NOW,
        due_hours=24,
        expires_days=14,
    )
    assert {item.reason for item in made.must_touch} == {"risk", "not addressed"}
    assert [statement.subject for statement in made.statements()] == ["other"]


def test_risk_and_medication_must_be_touched_wherever_they_stand() -> None:
    made = draft("She [behaviour:drinks] and has [risk:thoughts of death] and stopped [medication:sertraline].")
    (statement,) = made.statements()
    assert statement.category == "risk"
    reasons = {item.reason for item in made.must_touch if item.target == statement.digest}
    assert reasons == {"risk", "medication"}


def test_doubtful_words_that_would_turn_a_statement_around_must_be_touched() -> None:
    made = draft("She is [-mood:not] anxious lately.", doubtful="not lately")
    (item,) = [item for item in made.must_touch if item.reason == "doubtful words"]
    assert item.message == "Not heard well: “not”."
    plain = draft("She feels [mood:anxious] lately.", doubtful="anxious lately")
    assert all(item.reason != "doubtful words" for item in plain.must_touch)
    (statement,) = plain.statements()
    assert len(statement.spoken[0].doubtful) == 2  # still marked where the words are shown
    all_of_it = draft("She feels [mood:anxious] lately.", doubtful="all")
    assert any(item.message == "Not heard well: any word of it." for item in all_of_it.must_touch)


@pytest.mark.parametrize("held", [True, False])
def test_words_that_may_be_about_harm_must_be_touched_with_or_without_a_statement(held: bool) -> None:
    marked = "She feels [mood:low]. " + ("[behaviour:wants to dirt herself]." if held else "Wants to dirt herself.")
    transcript, findings = read(marked)
    start = transcript.turns[0].text.index("dirt")
    alarm = SoundsLike(turn_id="t1", start=start, end=start + len("dirt herself"), phrase="hurt herself")
    transcript = transcript.replace(sounds_like=(alarm,))
    findings = tuple(
        f.replace(evidence=tuple(transcript.evidence(e.turn_id, e.start, e.end) for e in f.evidence)) for f in findings
    )
    made = composed(transcript, findings)
    (item,) = [item for item in made.must_touch if item.reason == "may be about harm"]
    assert item.message == "“dirt herself” at 0:01 may have been “hurt herself”: listen or ask."
    digests = {statement.digest for statement in made.statements()}
    assert (item.target in digests) == held
    begun = Review(draft=made.digest, reviewer="R", started_at=NOW)
    action = "keep" if held else "acknowledge"
    touched = review.decide(made, begun, Decision(action=action, target=item.target, at=NOW))  # type: ignore[arg-type]
    assert item in review.untouched(made, begun)
    assert item not in review.untouched(made, touched)


def test_a_contradiction_is_shown_on_both_sides() -> None:
    made = draft("She is [behaviour:drinking]. Later she said she is not [-behaviour:drinking].")
    conflicting = [item.target for item in made.must_touch if item.reason == "conflict"]
    assert conflicting == [statement.digest for statement in made.statements()]


def test_a_sentence_is_cut_between_sections_but_never_out_of_its_negation() -> None:
    cut = draft("She [assessment:responded well], and she will [homework:walk daily].")
    assert texts(cut, "assessment") == ["Client responded well."]
    assert texts(cut, "plan") == ["Client will walk daily."]
    whole = draft("She denies [-risk:SI], and any [-medication:side effects].")
    assert texts(whole, "assessment") == ["Client denies SI, and any side effects."]
    assert "medication" not in {name for section in whole.sections for name in section.not_addressed}
    turned = draft("She [plan:was going] to [risk:take the tablets] but [behaviour:rang her sister] instead.")
    told = "Client was going to take the tablets but rang her sister instead."
    assert [statement.text for statement in turned.statements()] == [told]


SESSION = """
    T: How have you been sleeping?
    C: Honestly, [behaviour:I barely sleep]. I feel [mood:hopeless about it].
    T: Any thoughts of ending your life?
    C: [-risk:No].
    T: Let's [intervention:try the breathing exercise] now. Would you [homework:write down your worries] this week?
    ?: I [mood:am scared] of all that.
    O: She [behaviour:cries] every night.
"""


def test_the_clients_words_are_reported_or_quoted_letter_by_letter() -> None:
    made = draft(SESSION, "session")
    assert texts(made, "subjective")[:2] == [
        "Client reported feeling hopeless about it.",
        'A speaker not told apart said: "I am scared of all that."',
    ]
    sources = {statement.text: statement.source for statement in made.statements()}
    assert sources["Client reported that they barely sleep."] == "client said"
    assert sources['Another person said: "She cries every night."'] == "other person said"
    assert sources["Clinician proposed to try the breathing exercise."] == "clinician said"
    assert any(item.reason == "speaker unknown" for item in made.must_touch)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Medication colon [-medication:none].", ["Medication: none."]),
        ("New section plan. [plan:Same].", ["Plan: same."]),
        ("Risk colon [risk:low].", ["Risk: low."]),
        ("Homework colon [homework:none], she was too tired.", ["None, she was too tired."]),
        ("Homework colon [homework:thought record daily].", ["Thought record daily."]),
    ],
)
def test_a_word_that_means_nothing_without_its_heading_stands_with_it(said: str, told: list[str]) -> None:
    transcript, findings = read(said)
    made = composed(transcript.replace(commands=read_commands(transcript.turns)), findings)
    assert [statement.text for statement in made.statements()] == told
    assert not [item for item in made.must_touch if item.reason == "conflict"]


@pytest.mark.parametrize(
    ("said", "polarity"),
    [
        ("Had [-risk:no suicidal thoughts] on Monday but had them every day since.", "affirmed"),
        ("Denied [-risk:suicidal thoughts] but then said he had them yesterday.", "affirmed"),
        ("Had [-risk:no suicidal thoughts] last week but several this week.", "affirmed"),
        ("Has [-risk:no intent] but can't say she wouldn't act.", "affirmed"),
        ("Denies [-risk:self-harm] although she did it last week.", "affirmed"),
        ("Denied [-risk:suicidal thoughts], then said he had them yesterday.", "affirmed"),
        ("Denies [-risk:suicidal thoughts] but feels low.", "denied"),
        ("Denies [-risk:suicidal thoughts], plan or intent.", "denied"),
    ],
)
def test_a_denial_of_risk_that_is_taken_back_further_on_is_none(said: str, polarity: str) -> None:
    (statement,) = draft(said).statements()
    assert statement.polarity == polarity


@pytest.mark.parametrize("marks", ['""', "“”"])
def test_words_that_a_dictation_quotes_stay_letter_for_letter(marks: str) -> None:
    said = f"She said {marks[0]}I take fifty milligrams, um, of it{marks[1]} and feels {marks[0]}on edge{marks[1]}"
    made = draft(f"{said} [mood:at work] with her husband Mark.")
    assert texts(made, "subjective") == [said.replace("She", "Client", 1) + " at work with her husband."]


def test_a_bare_answer_stands_with_its_question() -> None:
    made = draft(SESSION, "session")
    assert texts(made, "assessment") == ['Asked "Any thoughts of ending your life?", client answered "No."']
    (statement,) = [s for s in made.statements() if s.category == "risk"]
    assert statement.polarity == "denied"
    assert [item.turn_id for item in statement.spoken] == ["t3", "t4"]
    made = draft("T: Can you keep yourself safe tonight?\nC: [-risk:I don't think so].", "session")
    assert [[one.turn_id for one in s.spoken] for s in made.statements()] == [["t1", "t2"]]


def test_a_finding_said_in_two_places_is_quoted_from_both() -> None:
    transcript, (first, second) = read("C [mood:Low]. The bus was late. [mood:So low].", "session")
    once = first.replace(evidence=(*first.evidence, *second.evidence))
    found = passages(transcript, (once,), load_format("soap"), load_wording())
    assert [passage.statement.text for passage in found] == ['Client said: "Low."', 'Client said: "So low."']


def test_marks_inside_what_was_said_stay_honest() -> None:
    made = draft('C: He said "you are [mood:useless]" and I believed it.', "session")
    assert texts(made, "subjective") == ['Client said: He said "you are useless" and I believed it.']


def test_details_have_a_source_and_two_answers_must_be_touched() -> None:
    transcript, _ = read("Fifty minutes by telehealth.")
    said = Detail(key="minutes", value="50", source="clinician dictated", evidence=(transcript.evidence("t1", 0, 13),))
    made = draft(
        "Fifty minutes, she felt [mood:low].", details=(said, typed("minutes", "45"), typed("date", "2026-03-31"))
    )
    assert [(detail.key, detail.value, detail.source) for detail in made.details] == [
        ("date", "2026-03-31", "typed"),
        ("minutes", "45", "typed"),
    ]
    assert any(item.target == "detail:minutes" and "50 and 45" in item.message for item in made.must_touch)


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (15, "not reportable"),
        (16, "90832"),
        (37, "90832"),
        (38, "90834"),
        (52, "90834"),
        (53, "90837"),
        (120, "90837"),
    ],
)
def test_the_minutes_suggest_a_service_code_as_a_question(minutes: int, expected: str) -> None:
    made = draft("She felt [mood:low].", details=(typed("minutes", str(minutes)),))
    (question,) = [question for question in made.questions if question.key in ("service_code", "short_session")]
    assert expected in question.text
    assert "CPT" in question.citation


def test_a_note_is_due_a_day_after_the_session_and_the_draft_expires() -> None:
    made = draft("She felt [mood:low].", details=(typed("date", "2026-03-30"), typed("end_time", "12:00")))
    ended = datetime(2026, 3, 30, 12, 0).astimezone()
    assert (made.due_at - ended).total_seconds() == 24 * 3600
    assert (made.expires_at - made.drafted_at).days == 14


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("Homework colon she will walk daily", "She will walk daily."),
        ("okay so um mood. she was low", "She was low."),
        ("She was, um, low.", "She was low."),
        ("Mood was low.", "Mood was low."),
        ("Section plan: see her weekly", "See her weekly."),
        ("Plan to meet weekly", "Plan to meet weekly."),
        ("She umpires on weekends.", "She umpires on weekends."),
    ],
)
def test_dictated_words_become_written_ones(spoken: str, written: str) -> None:
    assert load_wording().written(spoken) == written


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("She slept. He left.", ["She slept.", "He left."]),
        ("At 3.30 p.m. she rang Dr. Who. Then left", ["At 3.30 p.m. she rang Dr. Who.", "Then left"]),
        ("no punctuation at all", ["no punctuation at all"]),
        ("  ", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert [text[a:b] for a, b in sentences(text)] == expected


def test_a_wrong_format_names_file_and_key(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="Choose one of|no format"):
        load_format("../default")
    wrong = tmp_path / "soap.yaml"
    wrong.write_text("name: soap\nversion: 1\ntitle: x\nsections: [{key: a, title: A, takes: [{category: moood}]}]\n")
    with pytest.raises(SettingsInvalid, match=r"soap\.yaml: sections\.0\.takes\.0\.category"):
        read_yaml(wrong, type(load_format("soap")))


def test_the_evidence_of_a_draft_outlives_storage() -> None:
    made = draft(SESSION, "session")
    back = Draft.read(made.model_dump_json())
    assert back == made
    assert back.digest == made.digest
    assert all(isinstance(item, Evidence) for statement in back.statements() for item in statement.evidence)
    assert isinstance(next(back.statements()), Statement)
