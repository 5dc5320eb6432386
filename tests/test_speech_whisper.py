"""The engine of faster-whisper: the real library with a tiny model of random weights, and its guards by themselves."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import faster_whisper
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ModelMissing, Unready
from pipeline.resources import configs
from pipeline.speech import guards, repeats, voice, whisper
from pipeline.speech.engine import Engine, Heard, HeardWord, Remark, Sound
from pipeline.speech.guards import Guard, Said
from pipeline.speech.whisper import Effort, WhisperEngine
from pipeline.speech.windows import Window
from pipeline.types import SAMPLE_RATE, Dropped

from .random_whisper import build, tokenizer

RECITED: Final = "she felt anxious, plan walk"
QUICK: Final = Effort(beams=1, temperatures=(0.0, 0.4))


@dataclass
class Piece:
    """A word as faster-whisper gives it."""

    word: str
    start: float
    end: float
    probability: float = 0.9


@dataclass
class Part:
    """A segment as faster-whisper gives it."""

    text: str
    start: float
    end: float
    words: list[Piece] | None = None
    no_speech_prob: float = 0.1
    avg_logprob: float = -0.3
    compression_ratio: float = 1.2
    seek: int = 0

    @property
    def tokens(self) -> list[int]:
        return [1] * len(self.text.split())


@dataclass
class Model:
    """A stand-in for WhisperModel and its batched pipeline: gives these segments, and `alone` for one window again."""

    segments: list[Part]
    alone: list[Part] = field(default_factory=list)
    languages: list[str] = field(default_factory=lambda: ["en"])
    asked: list[dict[str, Any]] = field(default_factory=list)
    is_multilingual: bool = True

    @property
    def model(self) -> "Model":
        return self

    def transcribe(self, sound: Sound, **options: Any) -> tuple[Any, None]:
        self.asked.append(options)
        return iter(self.segments if "clip_timestamps" in options else self.alone), None

    def detect_language(self, sound: Sound) -> tuple[str, float, None]:
        assert len(sound) <= 30 * SAMPLE_RATE
        return self.languages.pop(0), 0.7, None


def part(text: str, start: float = 1.0, **changes: Any) -> Part:
    """Words of 0.3 s each."""
    words = [Piece(f" {w}", start + 0.3 * n, start + 0.3 * n + 0.3) for n, w in enumerate(text.split())]
    return Part(f" {text}", start, start + 0.3 * len(words), words, **changes)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("models") / "random")


@pytest.fixture(scope="module")
def reciting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that says RECITED whatever it hears: it invents on anything that reaches it."""
    return build(tmp_path_factory.mktemp("models") / "reciting", recited=RECITED)


@pytest.fixture(scope="module")
def speech() -> Sound:
    """Ten seconds of somebody speaking."""
    from datetime import UTC, datetime

    from pipeline import consent
    from pipeline.audio import decode

    path = configs() / "sample" / "dictation.wav"
    if not path.is_file():
        pytest.skip("the sample dictation is not in this checkout")
    permit = consent.ask("dictation", None, (), (), datetime.now(UTC))
    return decode.load(path, permit, 3600.0)[1][: 10 * SAMPLE_RATE]


def pretend(monkeypatch: pytest.MonkeyPatch, engine: WhisperEngine, fake: Model, spans: list[voice.Span]) -> None:
    """Let the engine have this model, and hear speech at these times."""
    monkeypatch.setattr(whisper, "_load", lambda *_: fake)
    monkeypatch.setattr(faster_whisper, "BatchedInferencePipeline", lambda model: model)
    monkeypatch.setattr(voice, "phrases", lambda sound: spans)
    engine._model = None


def listen(
    model: Path, monkeypatch: pytest.MonkeyPatch, *segments: Part, spoken: float = 10.0, alone: Sequence[Part] = ()
) -> list[Heard | Dropped | Remark]:
    """Let the engine hear these segments in a recording of 10 s, the first `spoken` seconds of it speech."""
    engine = WhisperEngine(model, 1, "en")
    pretend(monkeypatch, engine, Model(list(segments), list(alone)), [(0.0, spoken)])
    return list(engine.listen(np.zeros(10 * SAMPLE_RATE, np.float32), lambda done, total: None))


def words(events: list[Heard | Dropped | Remark]) -> str:
    return " ".join(word.text for heard in events if isinstance(heard, Heard) for word in heard.words)


def reasons(events: list[Heard | Dropped | Remark]) -> list[str]:
    return [event.reason for event in events if isinstance(event, Dropped)]


def test_the_real_library_runs_through_the_seam(model: Path, speech: Sound) -> None:
    engine: Engine = WhisperEngine(model, 1, "en")
    told: list[tuple[float, float]] = []
    events = list(engine.listen(speech, lambda done, total: told.append((done, total))))
    heard = [word for event in events if isinstance(event, Heard) for word in event.words]
    assert heard
    assert all(word.text == word.text.strip() != "" and 0 <= word.probability <= 1 for word in heard)
    assert all(0 <= word.start <= word.end <= 10.0 for word in heard)
    assert all(a.start <= b.start for a, b in pairwise(heard))
    assert told[-1] == (10.0, 10.0)
    assert all(a[0] <= b[0] for a, b in pairwise(told))


def test_one_recording_gives_the_same_words_every_time(model: Path, speech: Sound) -> None:
    """At higher temperatures the library samples; the random model always gets there."""
    engine = WhisperEngine(model, 1, "en")
    first, second = (list(engine.listen(speech[: 5 * SAMPLE_RATE], lambda *_: None)) for _ in range(2))
    assert first == second != []


def test_silence_gives_nothing(model: Path) -> None:
    told: list[float] = []
    engine = WhisperEngine(model, 1, None)
    assert list(engine.listen(np.zeros(SAMPLE_RATE, np.float32), lambda done, total: told.append(done))) == []
    assert list(engine.listen(np.zeros(0, np.float32), lambda done, total: told.append(done))) == []
    assert told == [0.0, 1.0, 0.0, 0.0]


def test_the_name_tells_library_folder_and_weights(model: Path, tmp_path: Path) -> None:
    name = WhisperEngine(model, 1, "en").name
    assert name == f"faster-whisper@1.2.1/random:{whisper.fingerprint(model)}"
    other = build(tmp_path / "random", seed=1)
    assert WhisperEngine(other, 1, "en").name != name
    assert (build(tmp_path / "again") / "model.bin").read_bytes() == (model / "model.bin").read_bytes()


@pytest.mark.parametrize("name", ["model.bin", "config.json", "tokenizer.json", "vocabulary.json"])
def test_a_folder_that_lacks_a_file_is_named_and_nothing_is_fetched(tmp_path: Path, name: str) -> None:
    folder = build(tmp_path / "random")
    (folder / name).unlink()
    with pytest.raises(ModelMissing, match=name.replace("vocabulary.json", "vocabulary")) as caught:
        WhisperEngine(folder, 1, "en")
    assert "evenfall setup" in caught.value.next_step


@pytest.mark.parametrize("name", ["model.bin", "tokenizer.json"])
def test_damaged_files_are_told(tmp_path: Path, name: str) -> None:
    folder = build(tmp_path / "random")
    (folder / name).write_bytes((folder / name).read_bytes()[:1000])
    with pytest.raises(Unready, match="does not load"):
        WhisperEngine(folder, 1, "en")


def test_a_language_that_the_model_does_not_know_is_told(model: Path) -> None:
    with pytest.raises(Unready, match="language"):
        WhisperEngine(model, 1, "de")


def test_a_model_that_loads_but_does_not_run_is_told(model: Path, tmp_path: Path) -> None:
    """large-v3 without its preprocessor_config.json is such a one: 128 bands expected, 80 given."""
    folder = build(tmp_path / "random")
    (folder / "preprocessor_config.json").write_text('{"feature_size": 128}', encoding="utf-8")
    with pytest.raises(Unready, match="failed"):
        WhisperEngine(folder, 1, "en").try_out()
    WhisperEngine(model, 1, "en").try_out()


def test_several_windows_are_heard_at_once_and_none_of_a_word_twice(reciting: Path, speech: Sound) -> None:
    told: list[float] = []
    sound = np.tile(speech, 8)
    engine = WhisperEngine(reciting, 1, "en", effort=Effort(together=2, temperatures=(0.0,)))
    events = list(engine.listen(sound, lambda done, total: told.append(done)))
    heard = [event for event in events if isinstance(event, Heard)]
    assert len(heard) == 3, "80 s are three windows"
    assert {" ".join(word.text for word in event.words) for event in heard} == {RECITED}
    starts = [word.start for event in heard for word in event.words]
    assert starts == sorted(starts)
    assert all(b.words[0].start > a.words[0].start + 15 for a, b in pairwise(heard)), "each in its own window"
    assert told == sorted(told) and told[0] == 0.0 and told[-1] == 80.0
    assert len(told) == len(heard) + 2, "progress after each window"


def rain(count: int) -> Sound:
    drops = np.random.default_rng(5).standard_normal(count)
    return np.asarray(np.convolve(drops, np.ones(4) / 4, "same") * 0.1, np.float32)


def music(count: int) -> Sound:
    time = np.arange(count) / SAMPLE_RATE
    pitches = np.array([262, 330, 392, 523])[(time * 2).astype(int) % 4]
    return np.asarray(0.2 * np.sin(2 * np.pi * pitches * time) * np.exp(-(time % 0.5) * 4), np.float32)


def typing(count: int) -> Sound:
    rng = np.random.default_rng(6)
    sound = np.zeros(count, np.float32)
    for at in rng.integers(0, count - 400, count // 3000):
        sound[at : at + 400] += (rng.standard_normal(400) * np.exp(-np.arange(400) / 60) * 0.4).astype(np.float32)
    return sound


def cough(count: int) -> Sound:
    rng = np.random.default_rng(7)
    sound = np.zeros(count, np.float32)
    for at in (2.0, 2.4, 9.0):
        length = SAMPLE_RATE // 4
        burst = np.convolve(rng.standard_normal(length), np.ones(12) / 12, "same") * np.exp(-np.arange(length) / 1500)
        sound[int(at * SAMPLE_RATE) :][:length] += (burst * 0.8).astype(np.float32)
    return sound


@pytest.mark.parametrize("made", [np.zeros, rain, music, typing, cough], ids=lambda made: made.__name__)
def test_no_words_come_out_of_what_is_no_speech(reciting: Path, made: Any) -> None:
    """The model invents on anything: that nothing comes is due to voice activity detection alone."""
    engine = WhisperEngine(reciting, 1, "en", ["sertraline", "PHQ-9"])
    assert list(engine.listen(made(20 * SAMPLE_RATE).astype(np.float32), lambda *_: None)) == []


def test_the_library_is_asked_as_the_promises_say(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = WhisperEngine(model, 1, "en", ["Fernwood Clinic", "sertraline"])
    fake = Model([part("Mood is low.", 0.0)])
    pretend(monkeypatch, engine, fake, [(0.0, 20.0), (502.0, 520.0), (522.0, 528.0)])
    list(engine.listen(np.zeros(600 * SAMPLE_RATE, np.float32), lambda *_: None))
    together, alone = fake.asked[0], fake.asked[1]
    assert together["clip_timestamps"] == [
        {"start": 0.0, "end": pytest.approx(20.4)},
        {"start": pytest.approx(20.4), "end": pytest.approx(46.0)},
    ], "our own windows; the silence between is not heard"
    assert together["hotwords"] == "Fernwood Clinic, sertraline"
    assert together["without_timestamps"] is True, "with times the pipeline leaves out a window's unfinished end"
    assert together["temperature"] == 0.0
    assert "hotwords" not in alone, "what was heard badly is heard again without them"
    assert alone["temperature"] == (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    for asked in fake.asked:
        assert asked["word_timestamps"] is True and asked["language"] == "en"
        assert asked["condition_on_previous_text"] is False


@pytest.mark.parametrize(
    ("first", "alone", "kept"),
    [
        (part("Mood was low.", 0.0), part("Not asked.", 0.0), "Mood was low."),
        (part("Moo moo.", 0.0, avg_logprob=-1.4), part("Mood was low.", 0.0), "Mood was low."),
        (part("Mood was low.", 0.0, avg_logprob=-1.1), part("Moo moo.", 0.0, avg_logprob=-1.4), "Mood was low."),
        (part("low low low", 0.0, compression_ratio=2.8), part("Mood was low.", 0.0), "Mood was low."),
        (part("Mood.", 0.0), part("Low mood, then better.", 0.0), "Low mood, then better."),
        (part("Mood was low.", 0.0, avg_logprob=-1.1), None, "Mood was low."),
    ],
    ids=["good", "unlikely", "worse again", "a loop", "speech left out", "nothing again"],
)
def test_a_window_that_went_wrong_is_heard_again_and_the_better_is_kept(
    model: Path, monkeypatch: pytest.MonkeyPatch, first: Part, alone: Part | None, kept: str
) -> None:
    events = listen(model, monkeypatch, first, spoken=6.0, alone=[alone] if alone else [])
    assert words(events) == kept


@pytest.mark.parametrize(
    ("heard", "language"),
    [(["de", "en", "de", "de", "en"], "de"), (["en", "en", "de", "en", "fr"], "en")],
)
def test_the_language_is_that_of_most_windows_and_a_foreign_one_is_told(
    model: Path, monkeypatch: pytest.MonkeyPatch, heard: list[str], language: str
) -> None:
    engine, fake = WhisperEngine(model, 1, None), Model([part("Mood is low.")], languages=list(heard))
    spans = [(30.0 * n, 30.0 * n + 25.0) for n in range(10)]
    pretend(monkeypatch, engine, fake, spans)
    events = list(engine.listen(np.zeros(300 * SAMPLE_RATE, np.float32), lambda *_: None))
    assert not fake.languages, "five windows were looked at"
    assert {asked["language"] for asked in fake.asked} == {language}
    remarks = [event.text for event in events if isinstance(event, Remark)]
    assert [f"(code: {language})" in text for text in remarks] == ([True] if language != "en" else [])


def test_a_multilingual_model_hears_a_language_of_its_own(tmp_path: Path, speech: Sound) -> None:
    folder = build(tmp_path / "several", languages=("de", "fr"))
    events = list(WhisperEngine(folder, 1, None, effort=QUICK).listen(speech, lambda *_: None))
    (remark,) = [event for event in events if isinstance(event, Remark)]
    assert "(code: de)" in remark.text or "(code: fr)" in remark.text
    assert words(events)


def test_terms_that_are_read_out_are_dropped(tmp_path: Path, speech: Sound) -> None:
    terms = ["sertraline", "50", "mg", "plan", "walk"]
    told = len(tokenizer().encode(f" {', '.join(terms)}").ids) + 1
    folder = build(tmp_path / "echoing", recited=f"the {' '.join(terms)} slept", told=told)
    once = Effort(temperatures=(0.0,))
    events = list(WhisperEngine(folder, 1, "en", terms, effort=once).listen(speech, lambda *_: None))
    assert words(events) == "the slept"
    assert guards.ECHO in reasons(events)
    events = list(WhisperEngine(folder, 1, "en", terms, effort=QUICK).listen(speech, lambda *_: None))
    assert not repeats.echoes(words(events).split(), terms)


def test_the_terms_are_named_in_the_transcript_and_do_not_exceed_the_room(model: Path) -> None:
    plain, told = WhisperEngine(model, 1, "en"), WhisperEngine(model, 1, "en", ["sertraline"])
    assert told.name.startswith(f"{plain.name}+terms:")
    assert WhisperEngine(model, 1, "en", ["fluoxetine"]).name != told.name
    many = WhisperEngine(model, 1, "en", [f"walk{n}" for n in range(500)])
    assert 20 < len(many._terms) < 100, "in this model a letter is a token"


def test_a_segment_is_dropped_only_if_speech_and_text_are_both_unlikely(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = listen(
        model,
        monkeypatch,
        part("Kept though silent.", 0.0, no_speech_prob=0.9, avg_logprob=-0.5),
        part("Kept though unlikely.", 2.0, no_speech_prob=0.3, avg_logprob=-1.5),
        part("Thank you for watching.", 4.0, no_speech_prob=0.7, avg_logprob=-1.2),
        spoken=6.0,
    )
    assert words(events) == "Kept though silent. Kept though unlikely."
    assert reasons(events) == ["no speech heard there"]


def test_speech_that_the_library_passed_over_is_told(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    events = listen(model, monkeypatch, part("Mood is low.", 0.0), spoken=9.0, alone=[part("Mood.", 0.0)])
    assert reasons(events) == ["no words were recognised in this speech"]
    (gap,) = (event for event in events if isinstance(event, Dropped))
    assert gap.start == pytest.approx(1.4)
    assert gap.end == pytest.approx(9.0)


def test_a_loop_is_cut_to_what_was_said_first(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loop = "I'm so sorry about that. " * 9
    events = listen(model, monkeypatch, part(f"Plan is to walk. {loop}", 0.0), part("Next week.", 9.5))
    assert words(events) == "Plan is to walk. I'm so sorry about that. Next week."
    assert any("over and over" in reason for reason in reasons(events))


def test_a_loop_over_several_windows_is_one() -> None:
    guard = Guard("en")
    events: list[Heard | Dropped | Remark] = []
    for n in range(8):
        window = Window(((30.0 * n, 30.0 * n + 28.0),))
        events += guard.events(Said(window, [part("I don't know what to say.", 1.0)], [(30.0 * n, 30.0 * n + 3.0)]))
    assert words(events).count("I don't know what to say.") <= 3
    assert guards.LOOP in reasons(events)
    assert [event.start for event in events if isinstance(event, Dropped)][-1] == pytest.approx(211.0)


def test_what_people_do_repeat_is_kept(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spoken = "No, no, no, no. I can't, I can't, I just can't. Very, very, very tired."
    assert words(listen(model, monkeypatch, part(spoken, 0.0), spoken=5.0)) == spoken


def test_pieces_of_a_word_are_joined(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = [
        Piece(" long", 1, 1.2),
        Piece("-term,", 1.2, 1.4, 0.4),
        Piece(" 50", 2, 2.2),
        Piece("%", 2.2, 2.3),
        Piece(" ", 3, 3),
    ]
    events = listen(model, monkeypatch, Part(" long-term, 50% ", 1, 3, pieces), spoken=3.0)
    assert events == [Heard((HeardWord("long-term,", 1.0, 1.4, 0.4), HeardWord("50%", 2.0, 2.3, 0.9)))]


def test_words_without_times_are_not_lost(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    events = listen(model, monkeypatch, Part(" Mood is low.", 1.0, 4.0, []), spoken=4.0)
    assert words(events) == "Mood is low."
    assert [word.start for heard in events if isinstance(heard, Heard) for word in heard.words] == [1.0, 2.0, 3.0]
    assert [heard.all_doubtful for heard in events if isinstance(heard, Heard)] == [True]


def test_times_are_put_in_order_within_the_recording(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = [Piece(" a", 5, 4, float("nan")), Piece(" b", 3, 6, 1.5), Piece(" c", 9, 40), Piece(" d", 50, 60)]
    heard, *_ = listen(model, monkeypatch, Part(" a b c d", 3, 60, pieces), spoken=10.0)
    assert isinstance(heard, Heard)
    assert [(word.start, word.end) for word in heard.words] == [(5, 5), (5, 6), (9, 10), (10, 10)]
    assert [word.probability for word in heard.words] == [0.0, 1.0, 0.9, 0.9]


def test_a_failure_while_listening_is_told(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(Model):
        def transcribe(self, sound: Sound, **options: Any) -> tuple[Any, None]:
            def segments() -> Any:
                yield part("One.")
                raise RuntimeError("out of memory")

            return segments(), None

    engine = WhisperEngine(model, 1, "en")
    pretend(monkeypatch, engine, Broken([]), [(0.0, 5.0)])
    with pytest.raises(Unready, match="failed"):
        list(engine.listen(np.zeros(5 * SAMPLE_RATE, np.float32), lambda *_: None))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("go " * 8, "go"),
        ("go " * 7, "go " * 7),
        ("thank you " * 6, "thank you"),
        ("thank you " * 5, "thank you " * 5),
        ("you have to be kind " * 4 + "you have", "you have to be kind"),
        ("and " + "I love you. I love you, " * 5 + "so", "and I love you. so"),
        ("one two three four", "one two three four"),
    ],
)
def test_what_counts_as_a_loop(text: str, kept: str) -> None:
    spoken = text.split()
    gone = {place for start, end in repeats.loops(spoken) for place in range(start, end)}
    assert [word for place, word in enumerate(spoken) if place not in gone] == kept.split()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("she takes Sertraline, PHQ-9. Fernwood Clinic, quetiapine daily", "she takes daily"),
        ("sertraline, PHQ-9 and Fernwood Clinic", "sertraline, PHQ-9 and Fernwood Clinic"),
        ("the Fernwood Clinic, Fernwood Clinic", "the Fernwood Clinic, Fernwood Clinic"),
        ("quetiapine, sertraline, Fernwood, EMDR", "quetiapine, sertraline, Fernwood, EMDR"),
    ],
)
def test_what_counts_as_a_list_read_out(text: str, left: str) -> None:
    spoken = text.split()
    found = repeats.echoes(spoken, ["sertraline", "PHQ-9", "Fernwood Clinic", "quetiapine", "EMDR"])
    gone = {place for start, end in found for place in range(start, end)}
    assert " ".join(word for place, word in enumerate(spoken) if place not in gone) == left


def test_two_threads_of_a_core_count_once() -> None:
    assert 1 <= whisper.cores() <= (os.cpu_count() or 1)


@given(st.lists(st.sampled_from("ab"), max_size=80))
def test_loops_are_in_order_apart_and_never_at_the_start(text: list[str]) -> None:
    found = repeats.loops(text)
    assert all(0 < start < end <= len(text) for start, end in found)
    assert all(a[1] < b[0] for a, b in pairwise(found))
