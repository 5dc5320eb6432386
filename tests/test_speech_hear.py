"""Sound to sentences: with a scripted engine, whose words may be anything, behind the real voice activity detector."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import consent
from pipeline.audio import decode
from pipeline.errors import NoSpeech
from pipeline.resources import configs
from pipeline.speech import voice
from pipeline.speech.engine import Heard, HeardWord, Sound
from pipeline.speech.hear import LONGEST_TURN, hear
from pipeline.types import SAMPLE_RATE, Dropped, Kind, Progress, Recording, Transcript

RECORDING = Recording(kind="dictation", medium="audio", format="wav", sha256="0" * 64, duration=60.0)


class ScriptedEngine:
    """An engine that says what it was told to, whatever the sound."""

    name = "scripted@1"

    def __init__(self, events: Sequence[Heard | Dropped]) -> None:
        self.events = events

    def listen(self, sound: Sound, progress: Progress) -> Iterator[Heard | Dropped]:
        yield from self.events
        progress(len(sound) / SAMPLE_RATE, len(sound) / SAMPLE_RATE)


def ignored(done: float, total: float) -> None:
    """Take progress and do nothing."""


def said(text: str, start: float = 0.0, pause: float = 0.1, probability: float = 0.9) -> Heard:
    """One utterance; a word takes 0.3 s, "~" is one more second of silence."""
    words, now = [], start
    for token in text.split():
        if token == "~":
            now += 1.0
            continue
        words.append(HeardWord(token, now, now + 0.3, probability))
        now += 0.3 + pause
    return Heard(tuple(words))


@pytest.fixture(scope="module")
def speech() -> Sound:
    """Ten seconds of somebody speaking."""
    path = configs() / "sample" / "dictation.wav"
    if not path.is_file():
        pytest.skip("the sample dictation is not in this checkout")
    permit = consent.ask("dictation", None, (), (), datetime.now(UTC))
    return decode.load(path, permit, 3600.0)[1][: 10 * SAMPLE_RATE]


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every sound pass as speech."""
    monkeypatch.setattr(voice, "speech", lambda sound: [(0.0, 10.0)])


def transcribe(*events: Heard | Dropped, kind: Kind = "dictation") -> Transcript:
    silence = np.zeros(SAMPLE_RATE, np.float32)
    return hear(RECORDING.replace(kind=kind), silence, ScriptedEngine(events), 1.0, ignored)


def texts(*events: Heard | Dropped) -> list[str]:
    return [turn.text for turn in transcribe(*events).turns]


def noise(colour: str) -> Sound:
    rng = np.random.default_rng(7)
    count = 15 * SAMPLE_RATE
    time = np.arange(count) / SAMPLE_RATE
    white = rng.standard_normal(count)
    spectrum = np.fft.rfft(white)
    sounds = {
        "silence": np.zeros(count),
        "white": white * 0.2,
        "pink": np.fft.irfft(spectrum / np.sqrt(np.arange(1, len(spectrum) + 1)), count) * 20,
        "brown": np.cumsum(white) / 200,
        "tone": 0.3 * np.sin(2 * np.pi * 440 * time),
        "hum": sum(0.2 / k * np.sin(2 * np.pi * 60 * k * time) for k in range(1, 9)),
        "chord": 0.15 * sum(np.sin(2 * np.pi * pitch * time) for pitch in (262, 330, 392)) * (np.sin(12 * time) > 0),
        "clicks": (np.arange(count) % 8000 == 0).astype(float),
        "coughs": white * 0.5 * np.exp(-((time % 1.5) * 9)),
    }
    sound: Sound = np.clip(np.asarray(sounds[colour]), -1, 1).astype(np.float32)
    return sound


@pytest.mark.parametrize("colour", ["silence", "white", "pink", "brown", "tone", "hum", "chord", "clicks", "coughs"])
def test_noise_is_refused_before_an_engine_can_invent_words(colour: str) -> None:
    engine = ScriptedEngine([said("Thank you for watching.")])
    with pytest.raises(NoSpeech, match="silence or noise"):
        hear(RECORDING, noise(colour), engine, 1.0, ignored)


def test_no_sound_at_all_is_refused() -> None:
    with pytest.raises(NoSpeech):
        hear(RECORDING, np.zeros(0, np.float32), ScriptedEngine([said("Hello.")]), 0.0, ignored)


def test_speech_is_heard_however_faint_and_in_noise(speech: Sound) -> None:
    engine = ScriptedEngine([said("Mood is low.")])
    hum = (0.002 * np.random.default_rng(1).standard_normal(len(speech))).astype(np.float32)
    for sound in (speech, speech * 0.02, speech * 0.2 + hum):
        assert hear(RECORDING, sound.astype(np.float32), engine, 1.0, ignored).word_count == 3


def test_speech_shorter_than_the_least_is_refused(speech: Sound) -> None:
    with pytest.raises(NoSpeech):
        hear(RECORDING, speech[: SAMPLE_RATE * 2], ScriptedEngine([said("One.")]), 5.0, ignored)


@pytest.mark.usefixtures("heard")
def test_speech_without_words_is_refused() -> None:
    for events in ([], [Dropped(start=0.0, end=1.0, reason="no speech heard there")], [said("  ")]):
        with pytest.raises(NoSpeech, match="no words"):
            transcribe(*events)


@pytest.mark.usefixtures("heard")
def test_turns_are_sentences_and_a_pause_within_one_does_not_cut_it() -> None:
    assert texts(said("Mood is low. He denies ~ ~ wanting to die. Plan: see in"), said("two weeks.", 20.0)) == [
        "Mood is low.",
        "He denies wanting to die.",
        "Plan: see in two weeks.",
    ]


@pytest.mark.usefixtures("heard")
@pytest.mark.parametrize(
    ("spoken", "cut"),
    [
        ("I spoke with Dr. Lee today. Fine.", ["I spoke with Dr. Lee today.", "Fine."]),
        ("At 3 p.m. she came. Late.", ["At 3 p.m. she came.", "Late."]),
        ("She came at 3 p.m. She left.", ["She came at 3 p.m.", "She left."]),
        ("Any plan? No. Good!", ["Any plan?", "No.", "Good!"]),
        ('She said "I am fine." He nodded.', ['She said "I am fine."', "He nodded."]),
        ("Dose is 2.5 mg. Daily.", ["Dose is 2.5 mg.", "Daily."]),
        ("well... maybe", ["well...", "maybe"]),
    ],
)
def test_where_sentences_end(spoken: str, cut: list[str]) -> None:
    assert texts(said(spoken)) == cut


@pytest.mark.usefixtures("heard")
def test_without_punctuation_pauses_cut_and_what_is_too_long_is_cut_at_its_longest_pause() -> None:
    assert texts(said("mood is low ~ sleep is poor ~ plan is to walk")) == [
        "mood is low",
        "sleep is poor",
        "plan is to walk",
    ]
    long = " ".join(f"word{n}" for n in range(100))
    turns = transcribe(said(long, pause=0.2)).turns
    assert all(len(turn.words) <= LONGEST_TURN for turn in turns)
    assert " ".join(turn.text for turn in turns) == long


@pytest.mark.usefixtures("heard")
def test_words_on_both_sides_of_a_gap_are_not_one_sentence() -> None:
    gap = Dropped(start=2.0, end=9.0, reason="no words were recognised in this speech")
    transcript = transcribe(said("he does not"), gap, said("want to die.", 10.0))
    assert [turn.text for turn in transcript.turns] == ["he does not", "want to die."]
    assert transcript.dropped == (gap,)


@pytest.mark.usefixtures("heard")
def test_speakers_and_identifiers() -> None:
    dictation = transcribe(said("One. Two."))
    assert [(turn.id, turn.speaker) for turn in dictation.turns] == [("t1", "clinician"), ("t2", "clinician")]
    assert dictation.engine == "scripted@1"
    assert dictation.recording == RECORDING.digest
    assert {turn.speaker for turn in transcribe(said("One. Two."), kind="session").turns} == {"unknown"}


@pytest.mark.usefixtures("heard")
def test_an_engine_that_is_not_to_be_trusted_has_all_words_doubted() -> None:
    heard = Heard(said("Mood is low.").words, all_doubtful=True)
    assert all(word.doubtful for turn in transcribe(heard).turns for word in turn.words)


WORDS = st.builds(
    HeardWord,
    text=st.text(max_size=12),
    start=st.floats(0, 60),
    end=st.floats(0, 60),
    probability=st.floats(0, 1),
)


@pytest.mark.usefixtures("heard")
def test_offsets_and_times_are_right_for_any_words(monkeypatch: pytest.MonkeyPatch) -> None:
    @given(st.lists(st.builds(lambda words: Heard(tuple(words)), st.lists(WORDS, max_size=30)), max_size=5))
    def check(events: list[Heard]) -> None:
        spoken = [word.text for heard in events for word in heard.words]
        clean = [" ".join("".join(c if c.isprintable() else " " for c in text).split()) for text in spoken]
        expected = [text for text in clean if text]
        if not expected:
            with pytest.raises(NoSpeech):
                transcribe(*events)
            return
        transcript = transcribe(*events)
        found = [turn.text[word.start : word.end] for turn in transcript.turns for word in turn.words]
        assert found == expected, "every word once, in order, letter by letter"
        for turn in transcript.turns:
            assert turn.text == " ".join(turn.text[word.start : word.end] for word in turn.words)
            assert all(a.end + 1 == b.start for a, b in pairwise(turn.words))
            assert all(word.start_time <= word.end_time <= turn.end for word in turn.words)
        assert Transcript.read(transcript.model_dump_json()).digest == transcript.digest

    check()


def test_a_long_recording_is_cut_at_pauses_and_no_speech_is_in_two_pieces_or_none() -> None:
    @given(st.lists(st.tuples(st.floats(0.1, 40), st.floats(0.3, 90)), max_size=60))
    def check(pairs: list[tuple[float, float]]) -> None:
        spans, now = [], 0.0
        for silent, spoken in pairs:
            spans.append((now + silent, now + silent + spoken))
            now += silent + spoken
        pieces = list(voice.blocks(spans, now + 1.0, longest=120.0))
        assert all(a[1] <= b[0] + 1e-6 for a, b in pairwise(pieces))
        assert all(end - start <= 121.0 + 1e-6 for start, end in pieces)
        assert all(any(a <= start and end <= b for a, b in pieces) for start, end in spans)

    check()


def test_the_part_of_speech_that_nothing_covers() -> None:
    assert list(voice.uncovered([(0, 10), (20, 30)], [(2, 3), (29, 31), (9, 21)], 2.0)) == [(0, 2), (3, 9), (21, 29)]
    assert list(voice.uncovered([(0, 10)], [], 2.0)) == [(0, 10)]
    assert list(voice.uncovered([(0, 1)], [], 2.0)) == []
