"""The engine of faster-whisper: the real library with a tiny model of random weights, and its guards by themselves."""

from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ModelMissing, Unready
from pipeline.resources import configs
from pipeline.speech import repeats, voice, whisper
from pipeline.speech.engine import Engine, Heard, HeardWord, Sound
from pipeline.speech.whisper import WhisperEngine
from pipeline.types import SAMPLE_RATE, Dropped

from .random_whisper import build


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
    seek: int = 0


@dataclass
class Model:
    """A stand-in for WhisperModel that gives the same segments for every piece of sound."""

    segments: list[Part]
    language: str = "en"
    asked: list[dict[str, Any]] = field(default_factory=list)

    def transcribe(self, sound: Sound, **options: Any) -> tuple[Any, "Model"]:
        self.asked.append(options)
        return iter(self.segments), self


def part(text: str, start: float = 1.0, **changes: Any) -> Part:
    """Words of 0.3 s each."""
    words = [Piece(f" {w}", start + 0.3 * n, start + 0.3 * n + 0.3) for n, w in enumerate(text.split())]
    return Part(f" {text}", start, start + 0.3 * len(words), words, **changes)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("models") / "random")


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


def listen(
    model: Path, monkeypatch: pytest.MonkeyPatch, *segments: Part, spoken: float = 10.0
) -> list[Heard | Dropped]:
    """Let the engine hear these segments in a recording of 10 s, the first `spoken` seconds of it speech."""
    engine = WhisperEngine(model, 1, "en")
    monkeypatch.setattr(whisper, "_load", lambda *_: Model(list(segments)))
    monkeypatch.setattr(voice, "speech", lambda sound: [(0.0, spoken)] if spoken else [])
    engine._model = None
    return list(engine.listen(np.zeros(10 * SAMPLE_RATE, np.float32), lambda done, total: None))


def words(events: list[Heard | Dropped]) -> str:
    return " ".join(word.text for heard in events if isinstance(heard, Heard) for word in heard.words)


def reasons(events: list[Heard | Dropped]) -> list[str]:
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
    assert told == [1.0, 0.0]


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


def test_the_library_is_asked_as_the_promises_say(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, fake = WhisperEngine(model, 1, None), Model([part("Mood is low.")], language="de")
    monkeypatch.setattr(whisper, "_load", lambda *_: fake)
    monkeypatch.setattr(voice, "speech", lambda sound: [(0.0, 500.0), (502.0, 900.0)])
    engine._model = None
    list(engine.listen(np.zeros(900 * SAMPLE_RATE, np.float32), lambda *_: None))
    assert [asked["language"] for asked in fake.asked] == [None, "de"], "heard once, then kept"
    for asked in fake.asked:
        assert asked["vad_filter"] is True
        assert asked["word_timestamps"] is True
        assert asked["condition_on_previous_text"] is False
        assert "temperature" not in asked, "the library's own fallback"


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
    events = listen(model, monkeypatch, part("Mood is low.", 0.0), spoken=9.0)
    assert reasons(events) == ["no words were recognised in this speech"]
    (gap,) = (event for event in events if isinstance(event, Dropped))
    assert gap.start == pytest.approx(1.4)
    assert gap.end == pytest.approx(9.0)


def test_a_loop_is_cut_to_what_was_said_first(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loop = "I'm so sorry about that. " * 9
    events = listen(model, monkeypatch, part(f"Plan is to walk. {loop}", 0.0), part("Next week.", 9.5))
    assert words(events) == "Plan is to walk. I'm so sorry about that. Next week."
    assert any("over and over" in reason for reason in reasons(events))


def test_a_loop_over_several_windows_is_one(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    segments = [part("I don't know what to say.", 1.0 * n, seek=100 * n) for n in range(8)]
    events = listen(model, monkeypatch, *segments)
    assert words(events).count("I don't know what to say.") <= 3
    assert reasons(events)


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


def test_times_are_put_in_order_within_the_recording(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = [Piece(" a", 5, 4, float("nan")), Piece(" b", 3, 6, 1.5), Piece(" c", 9, 40), Piece(" d", 50, 60)]
    (heard,) = listen(model, monkeypatch, Part(" a b c d", 3, 60, pieces), spoken=0.5)
    assert isinstance(heard, Heard)
    assert [(word.start, word.end) for word in heard.words] == [(5, 5), (5, 6), (9, 10), (10, 10)]
    assert [word.probability for word in heard.words] == [0.0, 1.0, 0.9, 0.9]


def test_a_failure_while_listening_is_told(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(Model):
        def transcribe(self, sound: Sound, **options: Any) -> tuple[Any, Model]:
            def segments() -> Any:
                yield part("One.")
                raise RuntimeError("out of memory")

            return segments(), self

    engine = WhisperEngine(model, 1, "en")
    monkeypatch.setattr(whisper, "_load", lambda *_: Broken([]))
    monkeypatch.setattr(voice, "speech", lambda sound: [(0.0, 5.0)])
    engine._model = None
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


@given(st.lists(st.sampled_from("ab"), max_size=80))
def test_loops_are_in_order_apart_and_never_at_the_start(text: list[str]) -> None:
    found = repeats.loops(text)
    assert all(0 < start < end <= len(text) for start, end in found)
    assert all(a[1] < b[0] for a, b in pairwise(found))
