"""A recorded session by the real command: its findings know who said them, on one channel and on two."""

import shutil
import subprocess
import wave
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from pipeline import consent, workflow
from pipeline.audio import decode
from pipeline.speech.speakers import Present
from pipeline.types import SAMPLE_RATE, Dropped, Recording
from pipeline.workflow import hearing

from .test_evening import Desk, desk  # noqa: F401

TALK = (
    ("slt", "How has your mood been this week, have you noticed any changes?"),
    ("rms", "I have been feeling anxious and sad most of the week. I can not sleep and I wake up at four."),
    ("slt", "What goes through your mind when you wake up? Have you had any thoughts of hurting yourself?"),
    ("rms", "No, I have no thoughts of suicide. I feel anxious about my job and I do not want to go to work."),
    ("slt", "For homework, would you write down your worries every evening this week?"),
    ("rms", "Okay, I will try to write down my worries. I feel tired all the time."),
)


def recorded(file: Path, *, channels: int) -> Path:
    """Speak the talk into a file of one channel, or of one for each person."""
    tracks: list[list[np.ndarray]] = [[], []]
    for name, text in TALK:
        raw = file.with_name("said.wav")
        subprocess.run(["flite", "-voice", name, "-t", text, "-o", str(raw)], check=True)
        permit = consent.ask("dictation", None, (), (), datetime.now(UTC))
        said = np.pad(decode.load(raw, permit, 60.0).sound, (0, SAMPLE_RATE // 2))
        tracks[name == "rms"].append(said)
        tracks[name != "rms"].append(np.zeros_like(said))
    both = np.stack([np.concatenate(track) for track in tracks])
    sound = both if channels == 2 else both.sum(axis=0, keepdims=True)
    with wave.open(str(file), "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE)
        out.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").T.tobytes())
    return file


@pytest.mark.skipif(not shutil.which("flite"), reason="flite is not installed")
@pytest.mark.parametrize("channels", [1, 2])
def test_a_recorded_session_is_drafted_with_who_said_what(desk: Desk, channels: int) -> None:  # noqa: F811
    session = ("--kind", "session", "--client", "K-12", "--model", "rough")
    assert desk.run("consent", "add", "--client", "K-12", "--participant", "client").returncode == 0
    source = recorded(desk.root / "session.wav", channels=channels)
    heard = desk.json("transcribe", source, *session)
    said = {turn["speaker"]: "" for turn in heard["turns"]}
    for turn in heard["turns"]:
        said[turn["speaker"]] += f" {turn['text']}"
    assert set(said) == {"clinician", "client"}
    assert "hurting yourself" in said["clinician"]
    assert "anxious about my job" in said["client"]
    (draft,) = desk.json("draft", source, *session)
    statements = [statement for section in draft["sections"] for statement in section["statements"]]
    assert "client said" in {statement["source"] for statement in statements}
    assert not [item for item in draft["must_touch"] if item["reason"] == "speaker unknown"]


@pytest.mark.parametrize(
    ("form", "start", "end", "told"),
    [("pcm", 60.0, 60.0, True), ("pcm", 60.0, 61.0, False), ("wav", 60.0, 60.0, False)],
)
def test_a_pause_of_a_sealed_recording_leaves_its_channels_of_use(
    form: str, start: float, end: float, told: bool
) -> None:
    recording = Recording(kind="session", medium="audio", format=form, sha256="0" * 64, duration=90.0)
    lost = (Dropped(start=start, end=end, reason="the recording was paused here"),)
    loaded = decode.Loaded(recording, np.zeros(0, np.float32), lost, ())
    assert hearing.tells_channels(loaded, Present(count=2)) == told


@pytest.mark.parametrize(
    ("participants", "others"),
    [
        (("client",), ("client",)),
        (("client", "client's mother"), ("client", "other")),
        (("client’s mother", "client"), ("client", "other")),
        (("client 1", "client 2"), ("client", "client2")),
        (("partner",), ("other",)),
    ],
)
def test_who_sits_there_beside_the_clinician(participants: tuple[str, ...], others: tuple[str, ...]) -> None:
    assert hearing.seated(workflow.Order(participants=participants)).others == others
