"""The trained tagger: windows hold every word once, offsets are right for any text, what it sees has words."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from pipeline import resources
from pipeline.errors import ModelMissing
from pipeline.findings import Finder
from pipeline.findings.tagger import Tagger
from pipeline.findings.windows import AFTER, BEFORE, CORE, WORD, marker, pieces, windows
from pipeline.types import Kind, Speaker, Transcript, Turn

FINDER, TAGGER = Finder(), Tagger()
TOKENIZER = Tokenizer.from_file(str(resources.models() / "findings" / "tokenizer.json"))


def talk(*turns: tuple[Speaker, str], kind: Kind = "session") -> Transcript:
    return Transcript(
        recording="a" * 64,
        kind=kind,
        engine="typed",
        turns=tuple(
            Turn(id=f"t{i}", speaker=speaker, start=0.0, end=0.0, text=text) for i, (speaker, text) in enumerate(turns)
        ),
    )


any_text = st.text(min_size=1, max_size=400)
SPEECH = st.lists(
    st.sampled_from(
        ["she", "feels", "anxious", "denies", "SI", "we", "practised", "breathing", ".", "no", "🙂", "\x00"]
    ),
    min_size=1,
    max_size=300,
).map(" ".join)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.sampled_from(["clinician", "client", "other"]), any_text | SPEECH), min_size=1, max_size=6)
)
def test_every_word_is_tagged_once_whatever_the_text(turns: list[tuple[Speaker, str]]) -> None:
    words = [(marker("session", speaker), [m[0] for m in WORD.finditer(text)]) for speaker, text in turns]
    made = list(windows(pieces(TOKENIZER, words)))
    places = [(turn, word) for window in made for turn, word, _ in window.places]
    assert len(places) == len(set(places))
    assert all(len(window.ids) <= CORE + BEFORE + AFTER + 2 for window in made)
    assert all(0 < place < len(window.ids) for window in made for _, _, place in window.places)
    for turn, word in places:
        assert word < len(words[turn][1])


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.sampled_from(["clinician", "client", "other"]), any_text | SPEECH), min_size=1, max_size=5)
)
def test_any_talk_gives_findings_or_none(turns: list[tuple[Speaker, str]]) -> None:
    transcript = talk(*turns)
    found = FINDER.find(transcript)
    assert found == FINDER.find(transcript)
    order = {turn.id: number for number, turn in enumerate(transcript.turns)}
    starts = [(order[f.evidence[0].turn_id], f.evidence[0].start) for f in found]
    assert starts == sorted(starts)


def test_what_the_rules_do_not_know_the_tagger_finds_and_says_so() -> None:
    transcript = talk(
        ("clinician", "She told me it is like wading through treacle, and she cancelled the choir again."),
        kind="dictation",
    )
    found = FINDER.find(transcript)
    assert "behaviour" in {finding.category for finding in found}
    assert any("findings-tagger@" in finding.rule for finding in found)


def test_a_clinicians_words_in_a_session_are_no_mood_of_the_client() -> None:
    found = FINDER.find(talk(("client", "Nothing much."), ("clinician", "I feel quite sad hearing that myself.")))
    assert "mood" not in {finding.category for finding in found}


def test_what_was_taken_back_is_no_finding_for_the_tagger_either() -> None:
    found = FINDER.find(
        talk(("clinician", "She cancelled the choir, scratch that, she sang in the choir."), kind="dictation")
    )
    assert not [f for f in found if "cancelled" in f.evidence[0].quote]


def test_the_clinicians_own_feelings_in_a_dictation_are_no_mood() -> None:
    found = FINDER.find(talk(("clinician", "I felt sad after this session."), kind="dictation"))
    assert "mood" not in {finding.category for finding in found}


def test_risk_is_denied_only_by_words_that_deny() -> None:
    for text in ("Suicidal ideation was discussed.", "Self-harm came up again.", "She spoke about ending her life."):
        for finding in FINDER.find(talk(("clinician", text), kind="dictation")):
            assert (finding.category, finding.polarity) != ("risk", "denied")


@pytest.mark.parametrize(
    "turns",
    [
        [("clinician", "Any thoughts of suicide? And are you still working?"), ("client", "No, I got signed off.")],
        [("clinician", "Do you still think about suicide? Can you tell me?"), ("client", "No, I can't.")],
        [("clinician", "She has no plans for Easter and is sleeping well.")],
    ],
)
def test_a_no_to_something_else_denies_no_risk(turns: list[tuple[Speaker, str]]) -> None:
    kind: Kind = "session" if len(turns) > 1 else "dictation"
    found = FINDER.find(talk(*turns, kind=kind))
    assert ("risk", "denied") not in {(finding.category, finding.polarity) for finding in found}


def test_a_missing_model_says_what_to_do(tmp_path: object) -> None:
    with pytest.raises(ModelMissing, match="tagger is missing"):
        Tagger(resources.configs())
