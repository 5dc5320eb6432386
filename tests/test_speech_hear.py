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
from pipeline.speech.engine import Heard, HeardWord, Remark, Sound
from pipeline.speech.hear import LONGEST_TURN, hear
from pipeline.speech.windows import windows
from pipeline.types import SAMPLE_RATE, Dropped, Kind, Progress, Recording, Transcript

RECORDING = Recording(kind="dictation", medium="audio", format="wav", sha256="0" * 64, duration=60.0)


class ScriptedEngine:
    """An engine that says what it was told to, whatever the sound."""

    name = "scripted@1"

    def __init__(self, events: Sequence[Heard | Dropped | Remark]) -> None:
        self.events = events

    def listen(self, sound: Sound, progress: Progress) -> Iterator[Heard | Dropped | Remark]:
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


def test_twenty_minutes_of_silence_are_refused() -> None:
    silence = np.zeros(20 * 60 * SAMPLE_RATE, np.float32)
    with pytest.raises(NoSpeech, match="silence or noise") as caught:
        hear(RECORDING, silence, ScriptedEngine([said("Thank you for watching.")]), 1.0, ignored)
    assert "microphone" in caught.value.next_step


@pytest.mark.usefixtures("heard")
def test_what_the_file_lost_and_what_is_to_be_said_of_it_are_in_the_transcript() -> None:
    lost = Dropped(start=2.0, end=9.0, reason="the file is damaged here")
    later = Dropped(start=30.0, end=31.0, reason="no speech heard there")
    events: list[Heard | Dropped | Remark] = [
        said("he does not"),
        later,
        said("want to die.", 10.0),
        Remark("The language is not English."),
    ]
    silence = np.zeros(SAMPLE_RATE, np.float32)
    transcript = hear(
        RECORDING, silence, ScriptedEngine(events), 1.0, ignored, lost=[lost], warnings=["It is too loud."]
    )
    assert [turn.text for turn in transcript.turns] == ["he does not", "want to die."], "no sentence over a loss"
    assert transcript.dropped == (lost, later)
    assert transcript.warnings == ("It is too loud.", "The language is not English.")


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
def test_a_dictated_sentence_that_takes_back_is_of_the_turn_before_it() -> None:
    taken = said("Lithium 800 mg. Sorry, 600 mg. Sleep is poor.")
    apart = ["Lithium 800 mg.", "Sorry, 600 mg.", "Sleep is poor."]
    assert texts(taken) == ["Lithium 800 mg. Sorry, 600 mg.", "Sleep is poor."]
    assert [turn.text for turn in transcribe(taken, kind="session").turns] == apart, "two people may be speaking"
    lost = Dropped(start=2.0, end=3.0, reason="x")
    assert texts(said("Lithium 800 mg."), lost, said("Sorry, 600 mg.", 4.0)) == apart[:2]
    long = " ".join(["he denies", *["and slept"] * 17, "wanting to die."])
    assert texts(said(f"{long} Sorry, he cried.")) == [long, "Sorry, he cried."], "neither is cut for it"


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


def test_every_moment_of_speech_is_in_one_window() -> None:
    @given(st.lists(st.tuples(st.floats(0.1, 40), st.floats(0.3, 90)), max_size=30))
    def check(pairs: list[tuple[float, float]]) -> None:
        spans, now = [], 0.0
        for silent, spoken in pairs:
            spans.append((now + silent, now + silent + spoken))
            now += silent + spoken
        sound = np.zeros(int((now + 1.0) * SAMPLE_RATE), np.float32)
        made = windows(sound, spans)
        pieces = [piece for window in made for piece in window.pieces]
        assert all(a[1] <= b[0] + 1e-6 for a, b in pairwise(pieces))
        assert all(sum(end - start for start, end in window.pieces) <= 30.0 + 1e-6 for window in made)
        for start, end in spans:
            heard = sum(max(0.0, min(b, end) - max(a, start)) for a, b in pieces)
            assert heard == pytest.approx(end - start, abs=1e-3)

    check()


def rounded(spans: Sequence[voice.Span]) -> list[voice.Span]:
    return [(round(start, 3), round(end, 3)) for start, end in spans]


def test_windows_end_at_the_longest_pause_near_30_seconds_and_leave_long_silence_out() -> None:
    sound = np.zeros(90 * SAMPLE_RATE, np.float32)
    spans = [(0.0, 10.0), (10.4, 26.0), (27.5, 28.7), (29.0, 40.0), (80.0, 84.0)]
    first, second = windows(sound, spans)
    assert rounded(first.pieces) == [(0.0, 26.4)]
    assert rounded(second.pieces) == [(27.1, 40.4), (79.6, 84.4)]
    assert len(second.cut(sound)) == pytest.approx((13.3 + 4.8) * SAMPLE_RATE, abs=2)
    assert rounded([second.place(1.0, 2.0)]) == [(28.1, 29.1)]
    assert rounded([second.place(13.2, 14.3)]) == [(79.6, 80.6)], "in the piece of its middle"
    assert second.place(17.0, 99.0)[1] == pytest.approx(84.4)


def test_a_model_that_hears_ten_seconds_gets_no_longer_windows() -> None:
    sound = np.zeros(40 * SAMPLE_RATE, np.float32)
    made = windows(sound, [(0.0, 4.0), (4.5, 9.0), (9.5, 36.0)], 10.0)
    lengths = [len(window.cut(sound)) / SAMPLE_RATE for window in made]
    assert max(lengths) <= 10.0 and len(lengths) == 5
    assert rounded(made[0].pieces) == [(0.0, 9.25)]


def test_speech_without_a_pause_is_cut_where_it_is_quietest() -> None:
    sound = np.full(40 * SAMPLE_RATE, 0.3, np.float32)
    sound[24 * SAMPLE_RATE : 25 * SAMPLE_RATE] = 0.001
    first, second = windows(sound, [(0.0, 40.0)])
    assert 24.0 <= first.end == second.start <= 25.0


def test_the_part_of_speech_that_nothing_covers() -> None:
    assert list(voice.uncovered([(0, 10), (20, 30)], [(2, 3), (29, 31), (9, 21)], 2.0)) == [(0, 2), (3, 9), (21, 29)]
    assert list(voice.uncovered([(0, 10)], [], 2.0)) == [(0, 10)]
    assert list(voice.uncovered([(0, 1)], [], 2.0)) == []
