"""Words that may have been about harm are pointed out, and ordinary talk is left alone."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.speech.doubts import soundalike, sounds
from pipeline.types import SoundsLike, Transcript, Turn

DATA = Path(__file__).parent / "data/soundalikes"
LEAST_WRITTEN = 0.85  # of the table that was written by hand, which the thresholds were chosen on
LEAST_HEARD = 0.10  # of what recognisers really misheard: 0.12 is found, which is far too few to rely on


def turns(*texts: str) -> tuple[Turn, ...]:
    return tuple(
        Turn(id=f"t{number}", speaker="client", start=0.0, end=1.0, text=text) for number, text in enumerate(texts, 1)
    )


def alarms(*texts: str) -> list[tuple[str, str]]:
    said = turns(*texts)
    by_id = {turn.id: turn.text for turn in said}
    return [(by_id[item.turn_id][item.start : item.end], item.phrase) for item in soundalike.load().find(said)]


@pytest.mark.parametrize(
    ("text", "heard", "phrase"),
    [
        ("Do you ever want to dirt yourself?", "dirt yourself", "hurt yourself"),
        ("I told her that I was going to curl myself.", "curl myself", "kill myself"),
        ("She took an over those in college.", "over those", "overdose"),
        ("He talked about soup side with his sister.", "soup side", "suicide"),
        ("I just want to end my wife.", "end my wife", "end my life"),
        ("I just wanna dye.", "wanna dye", "wanna die"),
        ("Client denies self-arm and plans.", "self-arm", "self harm"),
    ],
)
def test_what_sounds_like_harm_is_pointed_out(text: str, heard: str, phrase: str) -> None:
    assert alarms(text) == [(heard, phrase)]


@pytest.mark.parametrize(
    "text",
    [
        "I want to hurt myself.",  # heard as it is: for the findings, not for an alarm
        "He denies suicidal ideation and self-harm.",
        "I keep hating myself for it.",
        "She caught herself thinking it would all go wrong.",
        "I took care of my wife and then I heard myself laugh.",
        "We got over those first weeks. I found myself a job.",
        "It hurts, um, my knee.",
        "",
    ],
)
def test_ordinary_words_are_left_alone(text: str) -> None:
    assert alarms(text or "Fine.") == []


def test_words_of_two_turns_are_never_joined() -> None:
    assert alarms("They talked about soup", "side by side.") == []


def test_mishearings_written_by_hand() -> None:
    lines = [line for line in (DATA / "written.txt").read_text().splitlines() if line[0] != "#"]
    texts = [re.sub(r"[\[\]]", "", line.split(" = ")[1]) for line in lines]
    found = {item.turn_id for item in soundalike.load().find(turns(*texts))}
    assert len(found) / len(texts) >= LEAST_WRITTEN


def test_mishearings_of_real_recognisers() -> None:
    """A floor against getting worse, and no proof that it is good: most of these make sense as they were heard."""
    texts = [re.sub(r"[\[\]]", "", line.split("\t")[3]) for line in (DATA / "heard.tsv").read_text().splitlines()]
    found = {item.turn_id for item in soundalike.load().find(turns(*texts))}
    assert len(texts) >= 70
    assert len(found) / len(texts) >= LEAST_HEARD


@given(st.lists(st.text(max_size=60).filter(str.strip), max_size=5))
def test_spans_lie_in_their_turns_whatever_was_heard(texts: list[str]) -> None:
    said = turns(*texts)
    found = soundalike.load().find(said)
    Transcript(recording="a" * 64, kind="session", engine="e@1", turns=said, sounds_like=found)


def test_a_span_outside_its_turn_is_refused() -> None:
    outside = SoundsLike(turn_id="t1", start=0, end=99, phrase="hurt yourself")
    with pytest.raises(ValueError, match="outside its turn"):
        Transcript(recording="a" * 64, kind="session", engine="e@1", turns=turns("Short."), sounds_like=(outside,))


def cost(heard: str, meant: str) -> float:
    spoken = sounds.load().pronounce(frozenset((heard, meant)))
    return float(sounds.load().distances([(spoken[heard], spoken[meant])])[0])


@pytest.mark.parametrize(
    ("near", "far", "meant"),
    [("dirt", "table", "hurt"), ("caught", "wish", "cut"), ("bills", "songs", "pills"), ("bat", "cat", "pat")],
)
def test_sounds_made_alike_are_nearer(near: str, far: str, meant: str) -> None:
    assert cost(meant, meant) == 0.0 < cost(near, meant) < cost(far, meant)


def test_a_word_in_no_dictionary_is_read_by_its_letters() -> None:
    assert not sounds.dictionary(frozenset({"sertralean"}))
    assert cost("sertralean", "sertraline") < 0.6
