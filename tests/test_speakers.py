"""Who said what: real voices and synthetic ones through the real encoder; words, cuts and roles as tables."""

import shutil
import subprocess
import wave
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import consent
from pipeline.audio import channels as audio_channels
from pipeline.audio import decode
from pipeline.resources import configs
from pipeline.speech import voice
from pipeline.speech.engine import Sound
from pipeline.speech.speakers import Present, attribute, tell, who
from pipeline.speech.speakers.channels import Levels, tell_channels
from pipeline.speech.speakers.clustering import path, people
from pipeline.speech.speakers.embedding import SIZE, Encoder, Floats
from pipeline.speech.speakers.turns import cut
from pipeline.speech.speakers.voices import Stretch, tell_voices
from pipeline.types import SAMPLE_RATE, Speaker, Turn, Word

PERMIT = consent.ask("dictation", None, (), (), datetime.now(UTC))
TALK = (
    ("slt", "How have you been sleeping since we last met, and what did you notice about the worry in the evenings?"),
    (
        "rms",
        "Not great. I wake up at four most nights and then I lie there until the alarm goes.",
    ),
    ("slt", "It sounds as if the nights are the hardest part. What goes through your mind when you wake up at four?"),
    (
        "rms",
        "That I am going to get fired. My boss walked past my desk and I could not breathe, so I hid.",
    ),
)


def turn(text: str, start: float = 0.0, step: float = 0.4, number: int = 1) -> Turn:
    """A turn whose words take `step` seconds each, one after the other."""
    words, at = [], 0
    for place, token in enumerate(text.split()):
        times = start + place * step, start + (place + 1) * step
        words.append(Word(start=at, end=at + len(token), start_time=times[0], end_time=times[1], probability=0.9))
        at += len(token) + 1
    return Turn(id=f"x{number}", speaker="unknown", start=start, end=words[-1].end_time, text=text, words=tuple(words))


def voiced(*edges: float) -> list[Stretch]:
    """Stretches between these times, of voice 0 and 1 in turn."""
    return [Stretch(a, b, number % 2) for number, (a, b) in enumerate(pairwise(edges))]


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> tuple[Sound, tuple[Turn, ...], Sound]:
    """A conversation of two synthetic voices, its turns, and the same with each voice in a channel of its own."""
    if not shutil.which("flite"):
        pytest.skip("flite is not installed")
    folder = tmp_path_factory.mktemp("talk")
    tracks: list[list[Sound]] = [[], []]
    turns, now = [], 0.0
    for number, (name, text) in enumerate(TALK):
        file = folder / "said.wav"
        subprocess.run(["flite", "-voice", name, "-t", text, "-o", str(file)], check=True)
        said = decode.load(file, PERMIT, 60.0).sound
        silence = np.zeros(len(said) + SAMPLE_RATE // 2, np.float32)
        heard = np.concatenate([said, silence[len(said) :]])
        tracks[name == "rms"].append(heard)
        tracks[name == "slt"].append(silence)
        turns.append(turn(text, now, len(said) / SAMPLE_RATE / len(text.split()), number))
        now += len(heard) / SAMPLE_RATE
    both = np.stack([np.concatenate(track) for track in tracks])
    return both.sum(axis=0), tuple(turns), both


def test_two_voices_are_told_apart_and_the_clinician_is_known_by_the_words(
    talk: tuple[Sound, tuple[Turn, ...], Sound],
) -> None:
    sound, turns, _ = talk
    told, warnings = tell("session", turns, sound, voice.speech(sound), Present())
    assert [t.speaker for t in told] == ["clinician", "client", "clinician", "client"]
    assert [t.text for t in told] == [text for _, text in TALK]
    assert warnings == ()


def test_a_turn_that_a_recogniser_ran_together_is_cut_where_the_voice_changes(
    talk: tuple[Sound, tuple[Turn, ...], Sound],
) -> None:
    sound, turns, _ = talk
    first, second = turns[:2]
    shift = len(first.text) + 1
    later = [word.replace(start=word.start + shift, end=word.end + shift) for word in second.words]
    text = f"{first.text} {second.text}"
    run = first.replace(text=text, end=second.end, words=(*first.words, *later))
    told, _ = tell("session", (run, *turns[2:]), sound, voice.speech(sound), Present())
    assert [t.text for t in told] == [text for _, text in TALK]
    assert [t.id for t in told] == ["t1", "t2", "t3", "t4"]


def write_stereo(file: Path, both: Sound) -> None:
    with wave.open(str(file), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE)
        out.writeframes((np.clip(both, -1, 1) * 32767).astype("<i2").T.tobytes())


@pytest.mark.parametrize(
    ("leak", "gain", "two_people"),
    [
        pytest.param(0.0, 1.0, True, id="clean channels"),
        pytest.param(0.12, 1.0, True, id="each hears the other in the room"),
        pytest.param(0.12, 0.1, True, id="and one microphone is faint"),
        pytest.param(1.0, 1.0, False, id="the same sound twice"),
        pytest.param(0.8, 1.0, False, id="one room in stereo"),
    ],
)
def test_two_channels_speak_for_themselves(
    talk: tuple[Sound, tuple[Turn, ...], Sound], tmp_path: Path, leak: float, gain: float, two_people: bool
) -> None:
    _, turns, both = talk
    mixed = (both + leak * both[::-1]) * np.array([[1.0], [gain]])
    write_stereo(tmp_path / "call.wav", mixed * 0.5)
    levels = audio_channels.levels(tmp_path / "call.wav", PERMIT)
    sound = decode.load(tmp_path / "call.wav", PERMIT, 60.0).sound
    assert levels is not None
    assert len(levels) == pytest.approx(len(sound) / 160, abs=2)
    spans = [(t.start, t.end) for t in turns]
    stretches = tell_channels(levels, spans)
    assert bool(stretches) == two_people
    if two_people:
        assert [piece.voice for piece in cut(turns, stretches)] == [0, 1, 0, 1]


def test_a_mono_file_has_no_levels(tmp_path: Path) -> None:
    assert audio_channels.levels(configs() / "sample" / "dictation.wav", PERMIT) is None
    broken = tmp_path / "call.wav"
    broken.write_bytes(b"RIFF but not really")
    assert audio_channels.levels(broken, PERMIT) is None
    with pytest.raises(TypeError):
        audio_channels.levels(broken, None)  # type: ignore[arg-type]


def test_a_dictation_in_one_voice_gets_no_warning_and_one_in_two_does(
    talk: tuple[Sound, tuple[Turn, ...], Sound],
) -> None:
    sample = decode.load(configs() / "sample" / "dictation.wav", PERMIT, 600.0).sound
    assert tell("dictation", (), sample, voice.speech(sample), Present())[1] == ()
    sound, turns, _ = talk
    told, warnings = tell("dictation", turns, sound, voice.speech(sound), Present())
    assert told == turns
    assert "consent" in warnings[0]


@pytest.mark.parametrize("count", [2, 3, None])
def test_one_voice_alone_leaves_a_session_unknown(count: int | None) -> None:
    sound = np.tile(np.sin(np.arange(SAMPLE_RATE * 6) / 9).astype(np.float32) * 0.3, 2)
    turns = (turn("I have been feeling low all week."),)
    told, warnings = tell("session", turns, sound, [(0.0, 12.0)], Present(count=count))
    assert told == turns
    assert warnings and "review" in warnings[0]


@pytest.mark.parametrize("error", [RuntimeError("onnx"), MemoryError(), OSError("disk")])
def test_whatever_goes_wrong_the_words_stay(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fails(*_: object) -> list[Stretch]:
        raise error

    monkeypatch.setattr(attribute, "tell_voices", fails)
    monkeypatch.setattr(attribute, "two_voices", fails)
    turns = (turn("I have been feeling low all week."),)
    told, warnings = tell("session", turns, np.zeros(SAMPLE_RATE, np.float32), [(0.0, 1.0)], Present())
    assert told == turns
    assert warnings == (attribute.FAILED,)
    assert tell("dictation", turns, np.zeros(SAMPLE_RATE, np.float32), [(0.0, 1.0)], Present()) == (turns, ())


def test_a_slow_machine_gives_up_on_voices_not_on_the_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.speech.speakers.voices.PATIENCE", -100.0)
    sound = np.random.default_rng(1).standard_normal(SAMPLE_RATE * 8).astype(np.float32) * 0.1
    turns = (turn("I have been feeling low all week."),)
    assert tell("session", turns, sound, [(0.0, 8.0)], Present()) == (turns, (attribute.FAILED,))


@pytest.mark.parametrize(
    ("said", "edges", "pieces"),
    [
        pytest.param("How was it? It was fine.", (0, 1.2, 5), ["How was it?", "It was fine."], id="between sentences"),
        pytest.param("How was it? It was fine.", (0, 1.7, 5), ["How was it?", "It was fine."], id="a word too late"),
        pytest.param("so then I left the room", (0, 0.3, 5), ["so then I left the room"], id="one word is no person"),
        pytest.param("so then I left the room", (0, 9), ["so then I left the room"], id="one voice"),
        pytest.param("so then I left the room", (30, 40), ["so then I left the room"], id="no voice near"),
        pytest.param(
            "Did it help? Yes it did. And then?",
            (0, 1.2, 2.4, 9),
            ["Did it help?", "Yes it did.", "And then?"],
            id="three pieces",
        ),
    ],
)
def test_where_turns_are_cut(said: str, edges: tuple[float, ...], pieces: list[str]) -> None:
    assert [piece.turn.text for piece in cut([turn(said)], voiced(*edges))] == pieces


def test_a_voice_that_is_hardly_nearer_than_another_is_uncertain() -> None:
    stretches = [Stretch(0, 2, 0, 0.3), Stretch(2, 4, 1, 0.02)]
    turns = [turn("I slept well then.", 0.0), turn("So did I then.", 2.2)]
    assert [piece.voice for piece in cut(turns, stretches)] == [0, None]


def test_every_word_is_kept_once_and_in_order() -> None:
    @given(
        st.lists(st.tuples(st.integers(1, 12), st.floats(0, 3)), min_size=1, max_size=8),
        st.lists(st.tuples(st.floats(0.05, 4), st.integers(0, 3), st.floats(-0.1, 1)), max_size=20),
    )
    def check(lengths: list[tuple[int, float]], lasting: list[tuple[float, int, float]]) -> None:
        turns, now = [], 0.0
        for number, (length, pause) in enumerate(lengths):
            text = " ".join(f"w{place}{'.' if place % 5 == 4 else ''}" for place in range(length))
            turns.append(turn(text, now + pause, 0.3, number))
            now = turns[-1].end
        stretches, at = [], 0.0
        for seconds, number, margin in lasting:
            stretches.append(Stretch(at, at + seconds, number, margin))
            at += seconds
        made = [piece.turn for piece in cut(turns, stretches)]
        assert " ".join(t.text for t in made) == " ".join(t.text for t in turns)
        assert [t.id for t in made] == [f"t{number}" for number in range(1, len(made) + 1)]
        for t in made:
            assert t.text == " ".join(t.text[w.start : w.end] for w in t.words)

    check()


def around(directions: Sequence[int], lengths: Sequence[int], noise: float) -> Floats:
    """Embeddings in runs around one direction each."""
    rng = np.random.default_rng(3)
    rows = np.repeat(np.eye(SIZE)[list(directions)], lengths, axis=0)
    rows = rows + noise * rng.standard_normal(rows.shape) / 16
    made: Floats = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return made


@pytest.mark.parametrize(
    ("directions", "lengths", "count", "found"),
    [
        ([0, 1, 0, 1], [20, 30, 20, 30], 2, 2),
        ([0, 1, 0, 1], [20, 30, 20, 30], None, 2),
        ([0, 1, 2, 1], [20, 30, 20, 30], None, 3),
        ([0, 0, 0], [20, 30, 20], None, 1),
        ([0, 1, 0], [2000, 3000, 2000], 2, 2),
    ],
)
def test_as_many_people_as_there_are(directions: list[int], lengths: list[int], count: int | None, found: int) -> None:
    embeddings = around(directions, lengths, 0.3)
    means = people(embeddings, count)
    assert len(means) == found
    labels, margins = path(embeddings, [0.5 * n for n in range(len(embeddings))], means)
    truth = np.repeat(directions, lengths)
    for number in set(directions):
        assert len(set(labels[truth == number].tolist())) == 1
    assert found == 1 or margins.min() > 0.3


def test_a_cough_is_not_the_second_person() -> None:
    embeddings = around([0, 5, 1, 0], [20, 1, 20, 20], 0.3)
    labels, _ = path(embeddings, [0.5 * n for n in range(61)], people(embeddings, 2))
    assert len(set(labels[:20].tolist())) == 1
    assert labels[0] != labels[25]


@pytest.mark.parametrize("seconds", [0.0, 0.3, 1.0])
def test_almost_no_sound_is_no_error(seconds: float) -> None:
    sound = np.zeros(int(seconds * SAMPLE_RATE), np.float32)
    assert tell_voices(sound, [], 2) == []
    found = tell_voices(sound, [(0.0, seconds)], 2)
    assert all(0 <= s.start <= s.end <= seconds for s in found)


def test_embeddings_do_not_depend_on_loudness(talk: tuple[Sound, tuple[Turn, ...], Sound]) -> None:
    sound, encoder = talk[0], Encoder()
    loud, faint = (np.concatenate(list(encoder.embed(s, [2.0, 8.0]))) for s in (sound, sound * np.float32(0.01)))
    assert loud.shape == (2, SIZE)
    assert np.allclose((loud * faint).sum(axis=1), 1.0, atol=1e-3)
    assert (loud[0] * loud[1]).sum() < 0.8


@pytest.mark.parametrize(
    ("clinician", "client"),
    [
        ("How did that feel? What would you like to work on?", "I was so tired and my mom kept calling me all day."),
        ("how did the week go have you had any thoughts of hurting yourself", "no not really i just felt kind of numb"),
        (
            "Let's try the breathing together. Could you write it down?",
            "Okay. I guess I could do it at night.",
        ),
    ],
)
def test_the_clinician_is_known_by_the_words(clinician: str, client: str) -> None:
    weights = who.load_weights().weights
    assert who.clinician([clinician, client], weights)[0] > 0.8
    assert who.clinician([client, clinician], weights)[1] > 0.8


@pytest.mark.parametrize(
    ("given_roles", "expected"),
    [
        (("client",), {0: "clinician", 1: "client", 2: "other"}),
        (("client", "client2"), {0: "clinician", 1: "client", 2: "client2"}),
        (("client", "other"), {0: "clinician", 1: "client", 2: "other"}),
    ],
)
def test_those_who_are_not_the_clinician_get_the_participants_roles_by_how_much_they_say(
    given_roles: tuple[Speaker, ...], expected: dict[int, str]
) -> None:
    said = (
        "How have you both been since last time? What did you notice?",
        "I have been so angry with him, he never listens and I cannot sleep and my head hurts.",
        "That is not true, I do listen.",
    )
    turns = [turn(text, 10.0 * number) for number, text in enumerate(said)]
    stretches = [Stretch(10.0 * number, 10.0 * number + 9, number) for number in range(3)]
    pieces = cut(turns, stretches)
    assert attribute._roles(pieces, given_roles) == expected


def test_channels_of_silence_are_nobody() -> None:
    levels: Levels = np.zeros((1000, 2), np.float32)
    assert tell_channels(levels, [(0.0, 10.0)]) == []
    assert tell_channels(levels, []) == []
    assert tell_channels(levels[:0], [(0.0, 10.0)]) == []
