"""No source, no statement: what cannot be built, and what reading back keeps."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline.types import Draft, Evidence, Finding, MustTouch, Section, Statement, Transcript, Turn, Typed, Word

NOW = datetime(2026, 3, 31, 18, 0, tzinfo=UTC)


def transcript(*texts: str) -> Transcript:
    turns = tuple(
        Turn(id=f"t{i}", speaker="clinician", start=0.0, end=1.0, text=text) for i, text in enumerate(texts, 1)
    )
    return Transcript(recording="a" * 64, kind="dictation", engine="typed", turns=turns)


def statement(text: str = "Denies SI.") -> Statement:
    spoken = transcript("Risk: denies SI.").evidence("t1", 6, 16)
    return Statement(text=text, source="clinician dictated", category="risk", evidence=(spoken,), polarity="denied")


def draft(*statements: Statement, touch: tuple[MustTouch, ...] = ()) -> Draft:
    return Draft(
        recording="b" * 64,
        transcript=transcript("Risk: denies SI.").digest,
        kind="dictation",
        format="soap@1",
        versions=(),
        drafted_at=NOW,
        due_at=NOW,
        expires_at=NOW,
        sections=(Section(key="risk", title="Risk", statements=statements),),
        must_touch=touch,
    )


def test_evidence_is_the_turns_own_words_with_time_and_speaker() -> None:
    words = (
        Word(start=0, end=6, start_time=0.5, end_time=1.0, probability=0.9),
        Word(start=7, end=9, start_time=1.1, end_time=1.4, probability=0.2, doubtful=True),
    )
    turn = Turn(id="t1", speaker="clinician", start=0.0, end=2.0, text="denies SI", words=words)
    heard = Transcript(recording="a" * 64, kind="dictation", engine="x", turns=(turn,))
    evidence = heard.evidence("t1", 7, 9)
    assert (evidence.quote, evidence.start_time, evidence.end_time) == ("SI", 1.1, 1.4)
    assert evidence.doubtful == ((7, 9),)
    assert heard.evidence("t1", 0, 6).doubtful == ()


def test_a_statement_without_evidence_cannot_be_built() -> None:
    with pytest.raises(ValidationError, match="at least 1"):
        Statement(text="Sleeps well.", source="clinician dictated", category="behaviour", evidence=())


def test_a_finding_without_evidence_cannot_be_built() -> None:
    with pytest.raises(ValidationError, match="at least 1"):
        Finding(category="mood", label="sad", evidence=(), rule="x@1")


def test_evidence_cannot_be_made_up() -> None:
    honest = transcript("denies SI").evidence("t1", 7, 9)
    fields = {name: getattr(honest, name) for name in Evidence.model_fields}
    with pytest.raises(ValidationError, match=r"use Transcript\.evidence"):
        Evidence(**{**fields, "quote": "HI"})
    with pytest.raises(ValidationError, match=r"use Transcript\.evidence"):
        Evidence(**fields)
    with pytest.raises(TypeError, match="cannot be changed"):
        honest.replace(quote="HI")


@pytest.mark.parametrize(("start", "end"), [(0, 0), (3, 2), (-1, 2), (0, 99), (6, 7)])
def test_evidence_needs_words_of_the_turn(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="no words"):
        transcript("denies SI").evidence("t1", start, end)


@pytest.mark.parametrize("text", ['Said "HI".', "Said “HI” and “SI”."])
def test_quotation_marks_hold_only_words_that_were_said(text: str) -> None:
    with pytest.raises(ValidationError, match="not said"):
        statement(text)
    assert statement(text.replace("HI", "SI")).text


def test_only_typed_statements_stand_on_typed_words() -> None:
    typed = Typed(by="A. Ruiz", at=NOW, quote="No SI.")
    with pytest.raises(ValidationError, match="typed"):
        Statement(text="No SI.", source="clinician dictated", category="risk", evidence=(typed,))
    with pytest.raises(ValidationError, match="typed"):
        statement().replace(source="typed")


def test_a_draft_refuses_evidence_of_another_transcript() -> None:
    foreign = transcript("Denies SI.").evidence("t1", 0, 10)
    with pytest.raises(ValidationError, match="another transcript"):
        draft(statement().replace(evidence=(foreign,)))


def test_a_must_touch_item_points_to_a_statement() -> None:
    assert draft(statement(), touch=(MustTouch(target=statement().digest, reason="risk", message="x"),))
    with pytest.raises(ValidationError, match="points to no statement"):
        draft(statement(), touch=(MustTouch(target="c" * 64, reason="risk", message="x"),))


def test_values_are_frozen_and_strict() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        statement().text = "Has SI."  # type: ignore[misc]
    with pytest.raises(ValidationError, match="Extra inputs"):
        Section.model_validate({"key": "x", "title": "X", "mood": "low"})
    with pytest.raises(ValidationError, match="valid integer"):
        Word.model_validate({"start": "0", "end": 1, "start_time": 0.0, "end_time": 1.0, "probability": 1.0})


@given(st.text(min_size=1).filter(str.strip), st.data())
def test_reading_back_keeps_value_and_digest(text: str, data: st.DataObject) -> None:
    spoken = transcript(text)
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    if not text[start:end].strip():
        return
    evidence = spoken.evidence("t1", start, end)
    assert evidence.quote == text[start:end]
    back = Evidence.read(evidence.model_dump_json())
    assert back == evidence
    assert back.digest == evidence.digest
    assert Transcript.read(spoken.model_dump_json()).digest == spoken.digest


def test_a_digest_depends_on_type_and_content() -> None:
    assert transcript("a").digest != transcript("b").digest
    assert transcript("a").digest == transcript("a").digest
    typed = Typed(by="x", at=NOW, quote="y")
    assert typed.digest != Typed(by="x", at=NOW, quote="z").digest
