"""What scripts/train_demo_speech gives its voices to say, and what it makes of their sound."""

import random
from pathlib import Path

import numpy as np
import pytest
from demo_speech import clips, texts
from demo_speech.rhvoice import labelled
from demo_speech.sound import powers, scaled
from demo_speech.splices import Words, frames
from demo_speech.spoken import RATE, CannotSayError, per_word
from demo_speech.texts import Line, Word
from demo_speech.tokens import PIECES, SPECIAL, Tokens
from faster_whisper.feature_extractor import FeatureExtractor
from rough import clinic


@pytest.mark.parametrize(
    ("text", "written", "said"),
    [
        ("PHQ-9 was 14, down from 21.", "PHQ nine was fourteen, down from twenty one.", "P H Q nine was"),
        ("lithium level 0.7 on the 22nd", "Lithium level zero point seven on the twenty second.", "lithium level zero"),
        (
            "She takes sertraline 150mg at 3 pm",
            "She takes sertraline one hundred fifty milligrams at three p.m.",
            "She",
        ),
        ("i'll see him in 2019", "I'll see him in twenty nineteen.", "i'll see him"),
        ("AUDIT: 19", "AUDIT, nineteen.", "audit, nineteen"),
        ("Plan (laughs) is self-harm work", "Plan is self harm work.", "Plan is self"),
        ("Dilî came.", "Dili came.", "Dili came."),
    ],
)
def test_a_line_is_written_as_it_is_heard(text: str, written: str, said: str) -> None:
    words = texts.words_of(text)
    assert words is not None
    assert Line("", words).written == written
    assert " ".join(word.said for word in words).startswith(said)


@pytest.mark.parametrize("text", ["Yes.", "He's on B12 injections", "It cost £40"])
def test_what_a_voice_might_say_otherwise_is_left_out(text: str) -> None:
    assert texts.words_of(text) is None


def test_training_and_held_out_lines_share_no_six_words_in_a_row() -> None:
    training, evaluation = texts.training(), texts.evaluation()
    runs = clinic.runs([line.written for line in evaluation if len(line.words) >= clinic.RUN])
    shared = [line.written for line in training if clinic.runs([line.written]) & runs and line.kind != "unrelated"]
    assert (len(training) > 30_000, len(evaluation) > 1_500) == (True, True)
    assert shared == []


def test_a_word_that_is_said_as_several_has_their_time() -> None:
    line = Line("", (Word("PHQ", "P H Q"), Word("nine.", "nine.")))
    spans = [((0.1, 0.3),), ((0.3, 0.5),), ((0.5, 0.7),), ((0.8, 1.1),)]
    assert per_word(line, spans) == ((0.1, 0.7), (0.8, 1.1))
    with pytest.raises(CannotSayError):
        per_word(line, spans[:3])
    with pytest.raises(CannotSayError):
        per_word(line, [*spans, ((1.1, 1.2),)])


def test_features_are_those_of_faster_whisper() -> None:
    chance = np.random.default_rng(1)
    sound = (chance.standard_normal(2 * RATE) * np.linspace(0.01, 0.3, 2 * RATE)).astype(np.float32)
    theirs = FeatureExtractor()(sound)
    kept = powers(sound).astype(np.float32)
    mine = scaled(kept, float(kept.max()))
    frames = min(mine.shape[1], theirs.shape[1]) - 4  # at the edges they mirror the sound, and we have quiet
    assert frames > 190
    np.testing.assert_allclose(mine[:, 4:frames], theirs[:, 4:frames], atol=0.005)


def test_pieces_can_spell_any_word_under_faster_whispers_bars() -> None:
    tokens = Tokens.made([line.written for line in texts.ours(kept=True)])
    first = {sign: tokens.tokenizer.encode(sign).ids[0] for sign in (" ", " -", " '", " ♩")}
    text = "Quetiapine o'clock Zzyx a.m."
    ids = tokens.tokenizer.encode(f" {text}").ids
    assert not set(first.values()) & set(ids)
    assert tokens.tokenizer.decode(ids).strip() == text
    assert max(ids) < PIECES == tokens.end
    assert tokens.barred == list(range(PIECES + 1, PIECES + len(SPECIAL)))


def test_a_shard_holds_what_was_put_in(tmp_path: Path) -> None:
    chance, made = random.Random(1), []
    for count in (1, 3):
        sound = np.random.default_rng(count).standard_normal(RATE * count // 2).astype(np.float32)
        spans = np.array([(0.1 * i, 0.1 * i + 0.1) for i in range(count)], np.float32)
        words = tuple(f"word{i}" for i in range(count))
        made.append(clips.Clip(chance.choice(("slt", "rms")), "session", powers(sound), words, spans, (("pau", 0.2),)))
    clips.write(tmp_path / "a.npz", made)
    for before, after in zip(made, clips.read(tmp_path / "a.npz"), strict=True):
        assert (before.voice, before.kind, before.words, before.phones) == (
            after.voice,
            after.kind,
            after.words,
            after.phones,
        )
        np.testing.assert_array_equal(before.powers, after.powers)
        np.testing.assert_array_equal(before.spans, after.spans)


def numbered(text: str, number: int) -> clips.Clip:
    """Return a clip of words of 0.1 s with 0.05 s of quiet around each; every frame holds which it is."""
    words = tuple(text.split())
    length = 15 * len(words) + 5
    spans = np.array([(0.15 * i + 0.05, 0.15 * i + 0.15) for i in range(len(words))], np.float32)
    return clips.Clip("slt", "session", np.full((80, 1), 0) + np.arange(length) + 1000 * number, words, spans, ())


def test_words_of_other_sentences_bring_their_sound_along() -> None:
    texts_of = ["He slept at three p.m.", "Walks, calmer, with Dr Anders.", "Anders said panic comes."]
    said = [numbered(text, number) for number, text in enumerate(texts_of)]
    words = Words()
    for clip in said:
        words.add(clip, clip.powers[0])
    words.weigh()
    chance, exchanged = random.Random(3), 0
    for _ in range(50):
        clip = chance.choice(said)
        made, phones = words.spliced(clip, clip.powers[0], chance)
        np.testing.assert_array_equal(made.powers[0], phones)
        exchanged += made.words != clip.words
        assert [w[-1] in ".,?!" for w in made.words] == [w[-1] in ".,?!" for w in clip.words]
        assert made.words[0][0].isupper()
        for place, written in enumerate(made.words):
            sound = made.powers[0, slice(*frames(made, place))]
            source, start = said[sound[0] // 1000], sound[0] % 1000 // 15
            assert len(sound) == 10
            assert source.words[start].rstrip(".,").lower() == written.rstrip(".,").lower()
    assert exchanged > 40


def test_another_languages_sounds_stand_in_for_english_ones() -> None:
    rest = "@1_2/B:1-1-2@1-1&1-1#0-0$0-0!0-0;0-0|{}/C:0+0+0/J:2+1-1"
    said = [
        ("x", "x", "pau", "w", "ay", "x"),
        ("x", "pau", "w", "ay", "pau", "ay"),
        ("pau", "w", "ay", "pau", "x", "ay"),
    ]
    lines = [f"0 2000000 {a}^{b}-{c}+{d}={e}{rest.format(vowel)}" for a, b, c, d, e, vowel in said]
    made, counts = labelled(lines, {"pau": "pau", "w": "u", "ay": "a j"})
    assert counts == [1, 1, 2]
    assert [label.split("@")[0] for label in made] == ["x^x-pau+u=a", "x^pau-u+a=j", "pau^u-a+j=x", "u^a-j+x=x"]
    assert made[1].endswith("|a/C:0+0+0/J:2+1-1/K:x_x")
    assert labelled(lines, {})[0][1].startswith("x^pau-w+ay=x@")
