"""A dictation full of cues, from the file to the statements of the draft."""

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pipeline import consent
from pipeline.draft import compose, load_format, load_rules
from pipeline.findings import Finder, find_details
from pipeline.speech.transcripts import files
from pipeline.types import Consent, Detail, Draft, Finding, Recording, Transcript

NOW = datetime(2026, 3, 31, 18, 0, tzinfo=UTC)
DICTATION = """Client seen for fifty minutes, correction, forty five minutes by telehealth.
The date is march thirty first twenty twenty six.
She reports low mood and trouble sleeping.
She has been cutting her arms again.
Um, scratch that.
She denies self-harm and she denies suicidal thoughts.
P H Q nine was fourteen, no, make that sixteen.
Sertraline fifty milligrams. Correction, one hundred milligrams every morning.
We used a thought record, scratch that, we practised paced breathing.
She said "I take fifty, correction, sixty pills" and laughed about it with her sister.
We practised the safety plan, correction, it was a long day.
Homework colon.
The blue envelope under the lamp.
Keep a daily mood log, fifteen minutes.
She was tearful at the end.
Section plan.
Continue weekly sessions, see her in two weeks.
End note.
My next client wants to die and takes lithium nine hundred milligrams.
"""
GONE = ("cutting", "thought record", "lithium", "wants to die", "scratch", "end note", "homework colon", "section plan")


@pytest.fixture(scope="module")
def transcript(tmp_path_factory: pytest.TempPathFactory) -> Transcript:
    source = tmp_path_factory.mktemp("day") / "tuesday.txt"
    source.write_text(DICTATION, encoding="utf-8")
    return files.read_text(source, consent.ask("dictation", None, (), (), NOW))[1]


@pytest.fixture(scope="module")
def findings(transcript: Transcript) -> tuple[Finding, ...]:
    return Finder().find(transcript)


@pytest.fixture(scope="module")
def details(transcript: Transcript) -> tuple[Detail, ...]:
    return find_details(transcript)


@pytest.fixture(scope="module")
def draft(transcript: Transcript, findings: tuple[Finding, ...], details: tuple[Detail, ...]) -> Draft:
    return compose(
        Recording(kind="dictation", medium="text", format="txt", sha256="c" * 64, duration=0.0),
        transcript,
        findings,
        details,
        form=load_format("soap"),
        rules=load_rules(),
        versions=(),
        drafted_at=NOW,
        due_hours=24,
        expires_days=14,
    )


def texts(draft: Draft) -> dict[str, list[str]]:
    return {section.key: [statement.text for statement in section.statements] for section in draft.sections}


def test_the_draft_says_what_was_meant(draft: Draft) -> None:
    said = texts(draft)
    assert "Client denies self-harm and she denies suicidal thoughts." in said["assessment"]
    assert "PHQ-9 was 16." in said["assessment"]
    assert "Sertraline 100 mg every morning." in said["plan"]
    assert "We practised paced breathing." in said["objective"]
    assert {"The blue envelope under the lamp.", "Keep a daily mood log, 15 minutes."} <= set(said["plan"])
    assert "Continue weekly sessions, see her in 2 weeks." in said["plan"]


def test_nothing_that_was_struck_or_is_a_cue_is_found_stated_or_evidence(
    transcript: Transcript, findings: tuple[Finding, ...], draft: Draft
) -> None:
    shown = [statement.text for statement in draft.statements()]
    quoted = [item.quote for finding in findings for item in finding.evidence]
    proven = [item.quote for statement in draft.statements() for item in statement.spoken]
    for words in GONE:
        assert not [text for text in (*shown, *quoted, *proven) if words in text.casefold()]
    for statement in draft.statements():
        for item in statement.spoken:
            assert not any(a < item.end and item.start < b for a, b in transcript.aside(item.turn_id))


def test_the_evidence_is_letter_by_letter_what_was_spoken(transcript: Transcript, draft: Draft) -> None:
    said = {turn.id: turn.text for turn in transcript.turns}
    (statement,) = [s for s in draft.statements() if s.text.startswith("Sertraline")]
    assert [item.quote for item in statement.spoken] == ["Sertraline", "one hundred milligrams every morning."]
    for item in (item for s in draft.statements() for item in s.spoken):
        assert said[item.turn_id][item.start : item.end] == item.quote


def test_homework_is_homework_because_the_clinician_said_so(findings: tuple[Finding, ...]) -> None:
    (named,) = [finding for finding in findings if finding.rule == "command:homework@1"]
    assert named.evidence[0].quote == "The blue envelope under the lamp"
    assert not [f for f in findings if f.category == "homework" and "tearful" in f.evidence[0].quote]


def test_a_corrected_detail_is_the_corrected_one(details: tuple[Detail, ...]) -> None:
    known = {detail.key: detail.value for detail in details}
    assert known["minutes"] == "45"
    assert known["date"] == date(2026, 3, 31).isoformat()


def test_a_quote_with_struck_words_in_it_is_no_quote(draft: Draft) -> None:
    for statement in draft.statements():
        if "sixty pills" in statement.text or "60 pills" in statement.text:
            assert '"' not in statement.text


def test_what_is_not_clear_must_be_touched_and_nothing_is_struck(draft: Draft) -> None:
    asked = [item.message for item in draft.must_touch if item.reason == "spoken cue"]
    assert "Not clear what the correction at line 11 replaces, so nothing was struck." in asked
    assert any("safety plan" in text for text in sum(texts(draft).values(), []))


def test_words_of_harm_or_a_drug_are_not_struck_unseen(draft: Draft) -> None:
    asked = [item.message for item in draft.must_touch if item.reason == "spoken cue"]
    grave = [message for message in asked if message.endswith("Words about harm or a drug were among them.")]
    assert [message.split(" at ")[0] for message in grave] == ["Struck: one sentence", "The note ends"]
    assert len(asked) == len(grave) + 1


def test_the_draft_keeps_what_the_cues_did(draft: Draft) -> None:
    kinds = [command.kind for command in draft.commands]
    assert kinds.count("section") == 2
    assert kinds[-1] == "end"
    assert {"commands@3", "numerals@3"} <= set(draft.versions)
    assert Draft.read(draft.model_dump_json()) == draft


@pytest.mark.parametrize(
    "said",
    [
        "No suicidal thoughts this week, correction, suicidal thoughts on Sunday.",
        "She has never attempted suicide, correction, attempted suicide in 2019.",
        "Denied any plan. Correction, plan is to overdose.",
    ],
)
def test_what_a_correction_discloses_is_not_denied(said: str, tmp_path: Path) -> None:
    source = tmp_path / "note.txt"
    source.write_text(said, encoding="utf-8")
    _, transcript = files.read_text(source, consent.ask("dictation", None, (), (), NOW))
    risks = [finding for finding in Finder().find(transcript) if finding.category == "risk"]
    assert [item.quote for finding in risks if finding.polarity == "affirmed" for item in finding.evidence]
    assert all(command.unclear and not command.struck for command in transcript.commands)


def test_a_correction_between_full_stops_stays_in_its_sentence(tmp_path: Path) -> None:
    source = tmp_path / "note.txt"
    source.write_text("PHQ-9 was 14. Correction. 16. Course correction. She slept.", encoding="utf-8")
    _, transcript = files.read_text(source, consent.ask("dictation", None, (), (), NOW))
    noted = [" ".join(turn.text.split()) for turn in transcript.noted().turns]
    assert noted == ["PHQ-9 was 16.", "Course correction.", "She slept."]


@pytest.mark.parametrize(
    ("said", "noted"),
    [
        ("Lithium 800 mg. Sorry, 600 mg. She slept.", ["Lithium 600 mg.", "She slept."]),
        ("Lithium 800 mg. Sorry. 600 mg.", ["Lithium 600 mg."]),
        ("She slept badly. Sorry, well. Scratch that. She ate.", ["She slept badly.", ".", "She ate."]),
        ("He said sorry. She left.", ["He said sorry.", "She left."]),
    ],
)
def test_a_sentence_that_takes_back_is_of_the_turn_before_it(said: str, noted: list[str], tmp_path: Path) -> None:
    source = tmp_path / "note.txt"
    source.write_text(said, encoding="utf-8")
    _, transcript = files.read_text(source, consent.ask("dictation", None, (), (), NOW))
    assert [" ".join(turn.text.split()) for turn in transcript.noted().turns] == noted


def test_no_before_another_number_denies_nothing(tmp_path: Path) -> None:
    source = tmp_path / "note.txt"
    source.write_text("She self-harmed twice this week. No, three times.", encoding="utf-8")
    _, transcript = files.read_text(source, consent.ask("dictation", None, (), (), NOW))
    assert {f.polarity for f in Finder().find(transcript) if f.category == "risk"} == {"affirmed"}
    assert [command.unclear for command in transcript.commands] == [True]


def test_a_session_has_no_cues(tmp_path: Path) -> None:
    source = tmp_path / "zoom.json"
    said = [{"speaker": "client", "text": "I ate."}, {"speaker": "clinician", "text": "Scratch that. End note."}]
    source.write_text(json.dumps({"kind": "session", "turns": said}), encoding="utf-8")
    given = Consent(
        client="K-1", participant="client", scope=("record", "transcribe"), method="written", wording="v1", given_at=NOW
    )
    _, transcript = files.read_text(source, consent.ask("session", "K-1", ("client",), (given,), NOW))
    assert transcript.commands == ()


def test_the_command_line_reads_back_what_the_cues_did(tmp_path: Path) -> None:
    source = tmp_path / "tuesday.txt"
    source.write_text(DICTATION, encoding="utf-8")
    environment = {**os.environ, "EVENFALL_HOME": str(tmp_path / "home"), "EVENFALL_PASSPHRASE": "correct horse"}
    shown = {}
    for command in ("transcribe", "draft"):
        arguments = [sys.executable, "-c", "from pipeline.cli import main; main()", command, str(source)]
        result = subprocess.run(arguments, capture_output=True, text=True, env=environment, check=False)
        assert result.returncode == 0, result.stderr
        shown[command] = result.stdout
    assert "Struck: one sentence at line 4. “She has been cutting her arms again.”" in shown["transcribe"]
    assert "SPOKEN CUES" in shown["draft"]
    assert "Struck: one sentence at line 4." in shown["draft"]
    assert "cutting" not in shown["draft"]
