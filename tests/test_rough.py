import hashlib
import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from rough.scoring import SAMPLE, Score, plain, read_wav

from pipeline.errors import ModelMissing
from pipeline.resources import models
from pipeline.speech.engine import Heard, Sound
from pipeline.speech.rough import LONGEST, RoughEngine, utterances
from pipeline.types import SAMPLE_RATE, Dropped

HIGHEST_WER = 0.10  # of the whole sample; 0.15 was the aim


def sample() -> Sound:
    return read_wav(SAMPLE)


@pytest.fixture(scope="module")
def heard() -> tuple[list[Heard | Dropped], list[tuple[float, float]]]:
    steps: list[tuple[float, float]] = []
    items = list(RoughEngine().listen(sample(), lambda done, total: steps.append((done, total))))
    return items, steps


def text_of(items: list[Heard | Dropped]) -> str:
    return " ".join(word.text for item in items if isinstance(item, Heard) for word in item.words)


Listened = tuple[list[Heard | Dropped], list[tuple[float, float]]]


def test_the_sample_is_heard(heard: Listened) -> None:
    score = Score()
    score.add(plain(SAMPLE.with_suffix(".txt").read_text(encoding="utf-8")), plain(text_of(heard[0])))
    assert score.rate < HIGHEST_WER


@pytest.mark.parametrize(
    "words",
    [
        "fifty minutes by telehealth",
        "trouble sleeping",
        "low mood",
        "avoiding her friends",
        "a thought record",
        "Assessment colon.",
        "moderate depression",
        "Medication colon.",
        "sertraline fifty milligrams every morning",
        "no side effects",
        "Risk colon.",
        "She denies suicidal thoughts and has no plan or intent",
        "Homework colon.",
        "mood log",
        "Plan colon.",
        "weekly sessions",
        "next Thursday.",
    ],
)
def test_what_a_note_needs_survives(heard: Listened, words: str) -> None:
    assert words in text_of(heard[0])


def test_every_utterance_is_a_doubtful_sentence(heard: Listened) -> None:
    for item in heard[0]:
        assert isinstance(item, Heard)
        assert item.all_doubtful
        assert item.words[0].text[0].isupper()
        assert item.words[-1].text.endswith(".")
        assert not re.search(r"[<>\[\]()+_\d]", " ".join(word.text for word in item.words))


def test_words_follow_each_other_inside_the_recording(heard: Listened) -> None:
    words = [word for item in heard[0] if isinstance(item, Heard) for word in item.words]
    assert all(0 <= word.start < word.end <= len(sample()) / SAMPLE_RATE for word in words)
    assert all(0 <= word.probability <= 1 for word in words)
    assert all(one.end <= two.start for one, two in zip(words, words[1:], strict=False))


def test_progress_grows_to_the_total(heard: Listened) -> None:
    done = [step[0] for step in heard[1]]
    assert {step[1] for step in heard[1]} == {len(sample()) / SAMPLE_RATE}
    assert done == sorted(done)
    assert done[-1] == len(sample()) / SAMPLE_RATE


@pytest.mark.parametrize("seconds", [0.0, 0.01, 3.0])
def test_silence_gives_nothing(seconds: float) -> None:
    steps: list[tuple[float, float]] = []
    silence = np.zeros(int(seconds * SAMPLE_RATE), np.float32)
    assert list(RoughEngine().listen(silence, lambda done, total: steps.append((done, total)))) == []
    assert steps == [(len(silence) / SAMPLE_RATE,) * 2]


def test_a_long_utterance_is_cut_without_loss() -> None:
    speech = sample()[int(0.6 * SAMPLE_RATE) : int(2.4 * SAMPLE_RATE)]
    parts = list(utterances(np.tile(speech, 40)))
    assert len(parts) > 1
    assert all(len(pcm) / SAMPLE_RATE <= LONGEST + 1 for _, pcm in parts)
    for (start, pcm), (following, _) in zip(parts, parts[1:], strict=False):
        assert start + len(pcm) / SAMPLE_RATE <= following + 1e-6
    assert sum(len(pcm) for _, pcm in parts) / SAMPLE_RATE > 0.95 * 40 * len(speech) / SAMPLE_RATE


def test_hearing_again_gives_the_same() -> None:
    engine, sound = RoughEngine(), sample()[: 8 * SAMPLE_RATE]
    assert list(engine.listen(sound, lambda *_: None)) == list(engine.listen(sound, lambda *_: None))


def test_the_name_tells_engine_and_model() -> None:
    assert re.fullmatch(r"pocketsphinx@[\d.]+/evenfall-rough@\d+", RoughEngine().name)


def test_a_missing_or_broken_model_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="build_rough_model"):
        RoughEngine(tmp_path)
    for name in ("notes.lm.bin", "additions.dict", "spelling.txt"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(ModelMissing, match="cannot be read"):
        list(RoughEngine(tmp_path).listen(np.zeros(16, np.float32), lambda *_: None))


def test_the_manifest_matches_the_files() -> None:
    manifest = yaml.safe_load((models() / "manifest.yaml").read_text(encoding="utf-8"))
    (entry,) = (model for model in manifest["models"] if model["name"] == "evenfall-rough")
    assert {file["path"] for file in entry["files"]} == {f"rough/{p.name}" for p in (models() / "rough").iterdir()}
    for file in entry["files"]:
        data = (models() / file["path"]).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file["bytes"], file["sha256"])
    assert sum(file["bytes"] for file in entry["files"]) < 6_000_000
    assert f"{entry['name']}@{entry['version']}" in RoughEngine().name


def test_every_word_of_the_language_model_has_a_pronunciation() -> None:
    import pocketsphinx

    dictionary = Path(pocketsphinx.get_model_path(), "en-us", "cmudict-en-us.dict").read_text(encoding="utf-8")
    additions = (models() / "rough" / "additions.dict").read_text(encoding="utf-8")
    known = {re.sub(r"\(\d+\)$", "", line.split()[0]) for line in (dictionary + additions).splitlines()}
    data = (models() / "rough" / "notes.lm.bin").read_bytes()
    words = set(re.findall(r"[^\0]+", data[data.rindex(b"</s>\0") :].decode()))  # the words are last, sorted
    assert len(words) > 5000
    assert words - {"<s>", "</s>", "<UNK>"} <= known
