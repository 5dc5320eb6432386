"""Capture: from the first word on, never without consent, nothing off the record, nothing lost by a kill.

The tests with a `speaker` run real PortAudio over ALSA, which reads a pipe (see microphone.py); the others hand the
recorder its blocks themselves.
"""

import os
import pty
import random
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline import consent, resources, workflow
from pipeline.audio import decode
from pipeline.audio.capture import Command, Ended, Microphone, Recorder, State, Wish, pace, recorder
from pipeline.audio.capture.gate import Gate
from pipeline.audio.capture.microphone import Block, Device, pick
from pipeline.audio.capture.resample import Resampler
from pipeline.audio.spool import Content, Spool
from pipeline.cli.capture import meter_line
from pipeline.config import Settings
from pipeline.errors import MicrophoneFault, StoreAway, StoreFault
from pipeline.store import Store
from pipeline.types import SAMPLE_RATE, Consent
from pipeline.workflow import capturing, order

from .microphone import RATE, Samples, Speaker, at_rate, silence, speaker, step, tone

SAMPLE = resources.configs() / "sample" / "dictation.wav"
DICTATION = consent.ask("dictation", None, (), (), datetime.now(UTC))
HOUR = 3600.0
WISH = Wish(hands_free=True, before=2.0, silence=5.0, lost=60.0, longest=HOUR)
BLOCK = SAMPLE_RATE // 20  # samples that the scripted microphone gives at once
real = pytest.mark.skipif(not step(), reason="needs PortAudio and ALSA: apt-get install libportaudio2")


class Scripted(Microphone):
    """A microphone that hears what it is given, at our own rate and at once, through PortAudio's own callback."""

    def __init__(self, sound: Samples, overruns: Sequence[int] = ()) -> None:
        self._sound, self._overruns = sound, overruns
        super().__init__(None, 1)

    @property
    def lost(self) -> bool:
        return False

    def drain(self) -> float:
        return 0.0

    def close(self) -> None:
        """Let go of nothing."""

    def _open(self) -> None:
        self.rate = SAMPLE_RATE
        for number, first in enumerate(range(0, len(self._sound), BLOCK)):
            part = self._sound[first : first + BLOCK]
            self._take(part.tobytes(), len(part), None, Status(number in self._overruns))


@dataclass(frozen=True)
class Status:
    """What PortAudio says beside a block."""

    input_overflow: bool


@dataclass
class Scribe:
    """A person who ends a recording once nothing more is heard, and may want something at the block of a number."""

    microphone: Scripted
    wanted: dict[int, Command] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    shown: list[State] = field(default_factory=list)
    asked: int = -1

    def command(self) -> Command | None:
        self.asked += 1
        if self.asked in self.wanted:
            return self.wanted[self.asked]
        return "end" if self.microphone._blocks.empty() else None

    def show(self, state: State) -> None:
        self.shown.append(state)

    def say(self, line: str) -> None:
        self.said.append(line)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "home", "correct horse", actor="ruiz") as made:
        yield made


def at_16k(*parts: Samples) -> Samples:
    """Return parts that were made at RATE at our own rate."""
    joined = np.concatenate(parts)
    places = np.arange(int(len(joined) * SAMPLE_RATE / RATE)) * RATE / SAMPLE_RATE
    return np.asarray(np.interp(places, np.arange(len(joined)), joined), np.int16)


def record(
    store: Store,
    microphone: Scripted,
    wish: Wish = WISH,
    wanted: dict[int, Command] | None = None,
    demand: Callable[[], None] = lambda: None,
) -> tuple[Ended, Scribe]:
    scribe = Scribe(microphone, wanted or {})
    recorder = Recorder(microphone, lambda: Spool.begin(store, DICTATION, medium="pcm"), wish, scribe, demand)
    return recorder.run(), scribe


def kept(store: Store, ended: Ended) -> Content:
    assert ended.spool
    with Spool.open(store, ended.spool.spooled.id) as spool:
        return spool.read(DICTATION)


def samples(content: Content) -> Samples:
    return np.frombuffer(content.data, "<i2")


def strength(sound: Samples, frequency: float, rate: int = SAMPLE_RATE) -> float:
    """Return how much of a tone is in a sound: the largest part of its spectrum within 5 Hz, of full scale."""
    spectrum = np.abs(np.fft.rfft(sound.astype(np.float64) / 32768)) * 2 / max(1, len(sound))
    near = np.abs(np.fft.rfftfreq(len(sound), 1 / rate) - frequency) <= 5
    return float(spectrum[near].max())


def noise(seconds: float, level: float) -> Samples:
    """Return white noise at RATE, `level` of full scale."""
    return np.asarray(np.random.default_rng(5).normal(0, level * 32767, int(seconds * RATE)), np.int16)


def voice(seconds: float) -> Samples:
    """Return the first words of the bundled dictation at RATE."""
    with wave.open(str(SAMPLE)) as whole:
        return at_rate(np.frombuffer(whole.readframes(int(seconds * SAMPLE_RATE)), np.int16), SAMPLE_RATE)


# When a dictation starts and ends


@pytest.mark.parametrize("before", [0.0, 0.4, 3.0, 15.0])
@pytest.mark.parametrize("room", [0.0, 0.0005, 0.01], ids=["digital silence", "a quiet room", "a car"])
def test_a_dictation_holds_its_first_word_whole(store: Store, before: float, room: float) -> None:
    word = tone(0.3)
    sound = np.concatenate([silence(before), word, silence(1.0)])
    sound = sound + noise(len(sound) / RATE, room)[: len(sound)]
    ended, _ = record(store, Scripted(at_16k(sound)))
    found = samples(kept(store, ended))
    expected = at_16k(sound[int(before * RATE) :])
    start = len(found) - len(expected)
    assert start <= (WISH.before + 0.1) * SAMPLE_RATE or room == 0.01  # a loud room may open it too early
    np.testing.assert_array_less(np.abs(found[max(start, 0) + 1 :].astype(int) - expected[-len(found) :][1:]), 3000)
    assert strength(found[start : start + SAMPLE_RATE // 2], 440) > 0.1


def test_nothing_is_kept_where_nobody_speaks(store: Store) -> None:
    ended, _ = record(store, Scripted(at_16k(noise(20.0, 0.0005))))
    assert ended.spool is None
    assert store.spools() == ()


def test_a_long_silence_ends_a_dictation_and_a_pause_for_thought_does_not(store: Store) -> None:
    sound = np.concatenate([silence(4.0), tone(2.0), silence(4.0), tone(2.0), silence(30.0)])
    ended, _ = record(store, Scripted(at_16k(sound)))
    assert ended.why == "silence"
    assert ended.seconds == pytest.approx(WISH.before + 2 + 4 + 2 + WISH.silence, abs=0.5)


def test_noise_alone_does_not_end_a_dictation_before_its_first_word(store: Store) -> None:
    ended, _ = record(store, Scripted(at_16k(noise(30.0, 0.02))))
    assert ended.why == "asked"


def test_the_gate_hears_a_voice_and_no_click() -> None:
    gate = Gate()
    gate.hear(at_16k(silence(3.0))[:, None])
    click = np.zeros(BLOCK, np.int16)
    click[100:140] = 20_000
    gate.hear(click[:, None])
    assert not gate.open
    gate.hear(at_16k(voice(3.0))[:, None])
    assert gate.open


def test_the_longest_length_ends_it(store: Store) -> None:
    ended, _ = record(store, Scripted(at_16k(tone(9.0))), Wish(False, 2.0, 5.0, 60.0, longest=4.0))
    assert ended.why == "longest"
    assert ended.seconds == pytest.approx(4.0, abs=0.1)


# Pause, off the record, marks, faults


def test_what_is_off_the_record_is_nowhere_and_its_gap_is_told(store: Store, tmp_path: Path) -> None:
    sound = at_16k(tone(4.0, 440), tone(4.0, 1000), tone(4.0, 700))
    # the second key comes 50 ms too early, while what must not be kept is still on its way from the device
    ended, _ = record(store, Scripted(sound), wanted={80: "off", 159: "off"})
    content = kept(store, ended)
    found = samples(content)
    assert strength(found[:64_000], 440) > 0.2
    assert strength(found[-48_000:], 700) > 0.2
    assert strength(found, 1000) < 0.01
    assert not any(sound[at : at + 32].tobytes() in content.data for at in range(65_000, 127_900, 50))
    (gap,) = content.notes
    assert (gap.what, round(gap.at, 1)) == ("off the record", 4.0)
    (told,) = decode.load_sealed(content, DICTATION, HOUR).lost
    assert told.reason.startswith("off the record; nothing of it was kept")
    assert told.start == told.end == gap.at


@pytest.mark.parametrize(
    ("wanted", "notes"),
    [
        ({40: "pause", 60: "pause"}, ["paused"]),
        ({40: "pause", 50: "off", 60: "off"}, ["paused", "off the record"]),
        ({40: "off"}, ["off the record"]),
        ({40: "mark", 60: "mark"}, ["marked", "marked"]),
        ({40: "pause", 45: "mark", 60: "pause"}, ["paused", "marked"]),
    ],
)
def test_what_happened_is_noted(store: Store, wanted: dict[int, Command], notes: list[str]) -> None:
    ended, _ = record(store, Scripted(at_16k(tone(8.0))), wanted=wanted)
    content = kept(store, ended)
    assert [noted.what for noted in content.notes] == notes
    assert content.whole
    assert all(noted.seconds is not None for noted in content.notes if noted.what != "marked")
    dropped = 1.0 if 60 in wanted and "mark" not in wanted.values() else 0.0
    assert ended.seconds <= 8.0 - dropped


def test_overruns_are_counted_and_told_where_they_were(store: Store) -> None:
    ended, _ = record(store, Scripted(at_16k(tone(12.0)), overruns=[20, 21, 22, 200]))
    assert ended.overruns == 4
    lost = decode.load_sealed(kept(store, ended), DICTATION, HOUR).lost
    assert [round(gap.start) for gap in lost] == [1, 10]
    assert {gap.reason for gap in lost} == {"the computer was too slow here; a little sound was lost"}


def test_a_computer_that_slept_is_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    microphone = Scripted(at_16k(tone(6.0)))
    monkeypatch.setattr(recorder, "slept", lambda: 600.0 if microphone._blocks.qsize() < 60 else 0.0)
    ended, scribe = record(store, microphone)
    (asleep,) = kept(store, ended).notes
    assert asleep.what == "asleep"
    assert asleep.seconds == pytest.approx(600.0, abs=1.0)
    assert scribe.said == ["The computer was asleep; the recording goes on."]
    assert ended.seconds == pytest.approx(6.0, abs=0.1)


def test_a_clock_that_is_set_ahead_is_no_sleep(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    microphone = Scripted(at_16k(tone(6.0)))
    clock = time.time
    monkeypatch.setattr(time, "time", lambda: clock() + (3600.0 if microphone._blocks.qsize() < 60 else 0.0))
    ended, scribe = record(store, microphone)
    assert kept(store, ended).notes == ()
    assert scribe.said == []


@pytest.mark.skipif(sys.platform not in ("linux", "darwin"), reason="no clocks that tell")
def test_how_long_the_computer_slept_only_grows() -> None:
    before = pace.slept()
    time.sleep(0.2)
    assert before - 0.01 <= pace.slept() <= before + 0.05


# What somebody wants, and what the microphone does, one second a step


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store.open(tmp_path_factory.mktemp("shared") / "home", "correct horse", actor="ruiz") as made:
        yield made


@dataclass
class Clock:
    """A clock that goes on when the microphone is listened to."""

    now: float = 1000.0

    def monotonic(self) -> float:
        return self.now


class Live(Microphone):
    """A microphone that hears the same value all the time, by its own clock; it can be pulled out."""

    def __init__(self, clock: Clock) -> None:
        self.clock, self.value, self.gone, self.overran = clock, HUSH, False, False
        super().__init__(None, 1)

    @property
    def lost(self) -> bool:
        return self.gone

    def read(self, timeout: float) -> Block | None:
        self.clock.now += timeout
        if self.gone:
            return None
        overran, self.overran = self.overran, False
        part = np.full(int(SAMPLE_RATE * timeout), self.value, np.int16)
        return Block(part.tobytes(), overran, self.clock.now)

    def drain(self) -> float:
        return 0.05

    def reopen(self) -> None:
        if self.gone:
            raise MicrophoneFault("It is gone.", "Plug it in.")

    def close(self) -> None:
        """Let go of nothing."""

    def _open(self) -> None:
        self.rate = SAMPLE_RATE


HUSH, SAID, SECRET = 1, 3000, 9000  # samples: nothing, what may be kept, what may not
STEP = 10  # blocks of a second
KEYS: dict[str, Command] = {"p": "pause", "o": "off"}


@dataclass
class Person:
    """Does one thing a second, by the words of a script: presses keys at once (pp), pulls the plug, stops the program.

    What follows a + is what is said from then on.
    """

    microphone: Live
    script: list[str]
    said: list[str] = field(default_factory=list)
    phases: list[str] = field(default_factory=list)
    asked: int = -1

    def command(self) -> Command | None:
        self.asked += 1
        step, rest = divmod(self.asked, STEP)
        if step == len(self.script):
            return "end"
        done, _, then = self.script[step].partition("+")
        if not rest:
            self._do(done, then)
        return KEYS[done[rest]] if set(done) <= KEYS.keys() and rest < len(done) else None

    def _do(self, done: str, then: str) -> None:
        if then:
            self.microphone.value = SECRET if then == "secret" else SAID
        if done in ("gone", "back"):
            self.microphone.gone = done == "gone"
        if done.startswith("stopped"):
            self.microphone.clock.now += float(done[7:])
            self.microphone.overran = True

    def show(self, state: State) -> None:
        if self.asked % STEP == STEP - 1:
            self.phases.append(state.phase)

    def say(self, line: str) -> None:
        self.said.append(line)


def lived(
    shared: Store, monkeypatch: pytest.MonkeyPatch, script: str, *, hands_free: bool = False
) -> tuple[Person, Content | None]:
    """Record by a script; return who did it, and what is kept."""
    clock = Clock()
    monkeypatch.setattr(recorder, "time", clock)
    person = Person(Live(clock), script.split())
    wish = Wish(hands_free, 2.0, 60.0, 60.0, HOUR)
    made = Recorder(
        person.microphone, lambda: Spool.begin(shared, DICTATION, medium="pcm"), wish, person, lambda: None
    ).run()
    return person, kept(shared, made) if made.spool else None


@pytest.mark.parametrize(
    ("script", "phase"),
    [
        ("+said - o+secret - o+said -", "recording"),
        ("+said gone o+secret - back - -", "off the record"),  # nobody said that it is over
        ("+said gone o+secret - back - o+said - -", "recording"),
        ("+said gone p+secret - back - p+said - -", "recording"),
        ("+said gone o o+said - back - -", "recording"),
        ("+said gone o o+said - -", "microphone lost"),
        ("+said o+secret p p - -", "off the record"),
        ("+said o+secret p p - o+said -", "recording"),
        ("+said o+secret p o - p+said -", "recording"),
        ("+said p+secret o p - -", "off the record"),
        ("+said p+secret o o - -", "paused"),
        ("+said p+secret o p o+said - -", "recording"),
        ("+said o+secret gone back - - o+said - -", "recording"),
        ("+said o+secret gone - o+said - back - -", "recording"),
    ],
)
def test_what_is_off_the_record_stays_so_until_its_own_key(
    shared: Store, monkeypatch: pytest.MonkeyPatch, script: str, phase: str
) -> None:
    person, content = lived(shared, monkeypatch, script)
    assert content
    found = samples(content)
    assert SECRET not in found
    assert person.phases[-1] == phase
    assert (found[-1], len(found) > SAMPLE_RATE // 2) == (SAID, True)
    away = sum(noted.seconds or 0.0 for noted in content.notes)
    assert away + len(found) / SAMPLE_RATE == pytest.approx(len(script.split()), abs=0.5)


def test_before_the_first_word_it_can_be_off_the_record_too(shared: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for key in "op":
        person, content = lived(shared, monkeypatch, f"- - - {key} +secret - -", hands_free=True)
        assert content is None
        person, content = lived(
            shared, monkeypatch, f"- - - {key} +secret - {key}+said - gone back - -", hands_free=True
        )
        assert content
        assert SECRET not in samples(content)
        assert SAID in samples(content)


def test_who_is_still_off_the_record_is_told_so(shared: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    person, _ = lived(shared, monkeypatch, "+said o p p gone - o - o back -")
    assert [line for line in person.said if "till" in line] == [
        "Still off the record.",
        "The microphone is back. Still off the record.",
    ]


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (
            "+said - p stopped600 pp - p - p -",
            ["the recording was paused here, for 10:0", "the recording was paused here, for 0:0"],
        ),
        ("+said - p - p p", ["the recording was paused here, for 0:0"] * 2),
        ("+said - gone stopped30 - back - -", ["the microphone was gone here, for 0:33"]),
        ("+said - stopped600.5 - - - -", ["no sound came from the microphone here, for 10:00"]),
        ("+said - stopped600.5 - o -", ["no sound came from the microphone here, for 10:00", "off the record; "]),
        ("+said - stopped600.5", ["no sound came from the microphone here, for 10:00"]),
        ("+said - stopped0.2 - - - -", ["the computer was too slow here; a little sound was lost"]),
    ],
)
def test_how_long_nothing_was_kept_is_told_as_it_was(
    shared: Store, monkeypatch: pytest.MonkeyPatch, script: str, told: list[str]
) -> None:
    _, content = lived(shared, monkeypatch, script)
    assert content
    reasons = [gap.reason for gap in decode.load_sealed(content, DICTATION, HOUR).lost]
    assert [reason[: len(words)] for reason, words in zip(reasons, told, strict=True)] == told


def test_sound_that_is_only_late_is_not_missing() -> None:
    """A driver that hands on two seconds at a time, and one that was held up and then catches up."""
    bursts = pace.Pace()
    found = [bursts.hear(10.0 * (number // 20) * 0.2 + 0.01 * (number % 20), 0.1, number / 10) for number in range(200)]
    assert (set(found), bursts.rest()) == ({None}, None)
    held = pace.Pace()
    came = [0.1, 0.2, *(9.0 + number / 100 for number in range(88)), *(9.9 + number / 10 for number in range(60))]
    assert {held.hear(moment, 0.1, 0.0) for moment in came} == {None}


DEVICES = [
    Device(0, "Microphone (USB Audio)", "MME", True),
    Device(1, "Array (Realtek)", "MME", True),
    Device(2, "Microphone (USB Audio)", "Windows WASAPI", False),
    Device(3, "Array (Realtek)", "Windows WASAPI", False),
    Device(4, "A headset with a long name (Bluetooth)", "Windows DirectSound", False),
    Device(5, "A headset with a long name (Bluetooth)", "Windows WASAPI", False),
    Device(6, "Array", "Windows WDM-KS", False),
    Device(7, "Line 1", "MME", True),
    Device(8, "Line 2", "MME", True),
]


@pytest.mark.parametrize(
    ("wanted", "number"),
    [
        ("usb", 0),  # of two interfaces, the system's own
        ("Microphone (USB Audio)", 0),
        ("usb wasapi", 2),
        ("Array (Realtek), Windows WASAPI", 3),
        ("array", 6),  # its whole name
        ("realtek", 1),
        ("headset directsound", 4),
        ("line 2", 8),
    ],
)
def test_a_microphone_is_found_by_a_part_of_its_name(wanted: str, number: int) -> None:
    assert pick(wanted, DEVICES) == number


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("trumpet", "There is no microphone of that name"),
        ("usb microphone", "There is no microphone of that name"),  # in its order
        ("headset", "4  A headset with a long name (Bluetooth), Windows DirectSound; 5  "),
        ("line", "Several microphones have that name: 7  Line 1, MME; 8  Line 2, MME."),
    ],
)
def test_a_name_that_says_no_one_microphone_says_why(wanted: str, said: str) -> None:
    with pytest.raises(MicrophoneFault) as fault:
        pick(wanted, DEVICES)
    assert said in fault.value.what


def test_a_disk_that_is_full_ends_it_and_what_was_heard_is_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    microphone = Scripted(at_16k(tone(6.0)))
    write = os.fsync

    def full(descriptor: int) -> None:
        if microphone._blocks.qsize() < 60:
            raise OSError(28, "No space left on device")
        write(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StoreFault, match="What was recorded until then is kept"):
            recorder = Recorder(
                microphone,
                lambda: Spool.begin(store, DICTATION, medium="pcm"),
                WISH,
                Scribe(microphone),
                lambda: None,
            )
            recorder.run()
    assert recorder.spool
    recorder.spool.close()
    with Spool.open(store, recorder.spool.spooled.id) as spool:
        content = spool.read(DICTATION)
    assert 2.4 <= len(content.data) / 32_000 <= 3.1
    assert content.whole


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("count", [1, 2])
def test_every_rate_becomes_ours(rate: int, count: int) -> None:
    time_ = np.arange(rate * 2) / rate
    sound = np.asarray(np.sin(2 * np.pi * 440 * time_) * 9000, np.int16)
    both = np.repeat(sound[:, None], count, axis=1)
    resampler = Resampler(rate, count)
    blocks = [resampler.take(both[first : first + 383].tobytes()) for first in range(0, len(both), 383)]
    found = np.concatenate([*blocks, resampler.flush()])
    assert found.shape[1] == count
    assert len(found) == pytest.approx(2 * SAMPLE_RATE, abs=40)
    assert strength(found[:, -1], 440) == pytest.approx(9000 / 32768, rel=0.05)


@pytest.mark.parametrize(
    ("state", "line"),
    [
        (State("waiting", 0.0, -50.0), "  0:00  [###                 ]  waiting for the first word"),
        (State("recording", 65.0, -12.0), "  1:05  [################    ]  recording"),
        (State("recording", 65.0, 0.0), "  1:05  [####################]  recording"),
        (State("off the record", 3605.0, -6.0), " 60:05  [                    ]  off the record"),
    ],
)
def test_the_meter_is_plain_text(state: State, line: str) -> None:
    assert meter_line(state) == line


# The real command with the real PortAudio


@dataclass
class Room:
    """A computer with a microphone in a room where somebody speaks."""

    root: Path
    speaker: Speaker

    @property
    def home(self) -> Path:
        return self.root / "home"

    def environment(self, **settings: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("EVENFALL_")}
        (self.root / "tmp").mkdir(exist_ok=True)
        own = {
            "EVENFALL_HOME": str(self.home),
            "EVENFALL_PASSPHRASE": "correct horse",
            "EVENFALL_USER": "ruiz",
            "HOME": str(self.speaker.home),
            "TMPDIR": str(self.root / "tmp"),
        }
        return {**kept, **own, **{f"EVENFALL_CAPTURE__{name.upper()}": value for name, value in settings.items()}}

    def start(self, *args: str, stdin: int = subprocess.DEVNULL, **settings: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", "from pipeline.cli import main; main()", *args]
        return subprocess.Popen(
            command,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment(**settings),
        )

    def run(self, *args: str, **settings: str) -> tuple[int, str, str]:
        with self.start(*args, stdin=subprocess.DEVNULL, **settings) as process:
            out, err = process.communicate(timeout=120)
        return process.returncode, out, err

    def store(self) -> Store:
        return Store.open(self.home, "correct horse", actor="ruiz")

    def permit(self) -> None:
        with self.store() as store:
            store.add_consent(GIVEN)

    def only(self, permit: consent.Permit = DICTATION) -> Content:
        """Return what the one recording that waits holds."""
        with self.store() as store:
            (spooled,) = store.spools()
            with Spool.open(store, spooled.id) as spool:
                return spool.read(permit)


GIVEN = Consent(
    client="K-12",
    participant="client",
    scope=("record", "transcribe"),
    method="written",
    wording="form@1",
    given_at=datetime(2026, 1, 1, tzinfo=UTC),
)
SESSION = consent.ask("session", "K-12", ("client",), (GIVEN,), datetime.now(UTC))


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with speaker(made(tmp_path / "machine"), speed=4.0) as speaking:
        yield Room(tmp_path, speaking)


@pytest.fixture
def slow_room(tmp_path: Path) -> Iterator[Room]:
    with speaker(made(tmp_path / "machine")) as speaking:
        yield Room(tmp_path, speaking)


def made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def until(true: Callable[[], Any], seconds: float = 60.0) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.02)


def listening(process: "subprocess.Popen[str]") -> None:
    """Wait until the microphone is open: what is said after the greeting is heard."""
    assert process.stderr
    assert process.stderr.readline()
    time.sleep(1.0)


def everything(folder: Path) -> bytes:
    return b"\0".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


@real
def test_a_dictation_by_the_real_command_from_first_word_to_draft(room: Room) -> None:
    """The bundled dictation is spoken into the microphone; it ends by itself and becomes a draft; the audio is gone."""
    with room.start("dictate", "--model", "rough", "--client", "K-12", silence_seconds="6") as process:
        listening(process)
        room.speaker.say(voice(30.0))
        out, err = process.communicate(timeout=180)
    assert process.returncode == 0, err
    assert "Ended after a long silence." in err
    assert "audio of recording" in out
    assert "purged" in out
    with room.store() as store:
        (draft,) = store.drafts()
        assert draft.client == "K-12"
        texts = " ".join(statement.text for statement in draft.statements())
        assert "low mood" in texts  # of the first sentence: nothing of it was cut off
        assert store.spools() == ()
        assert list(store.spool_folder.iterdir()) == []
        store.verify_audit()


@real
def test_nothing_of_a_recording_stands_in_clear_while_it_is_made(room: Room) -> None:
    with room.start("dictate", "--no-draft", "--client", "Xanthippe") as process:
        listening(process)
        room.speaker.say(np.concatenate([voice(12.0), tone(4.0)]))
        until(lambda: room.speaker.silent)
        during = everything(room.root)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "evenfall spool draft" in out
    after = everything(room.root)
    content = room.only()
    assert len(content.data) > 10 * 32_000
    loud = [at for at in range(0, len(content.data) - 64, 1000) if np.abs(samples(content)[at // 2 :][:32]).max() > 500]
    assert len(loud) > 100
    floats = (samples(content).astype(np.float32) / 32768).tobytes()
    for found in (during, after):
        assert not [at for at in loud if content.data[at : at + 64] in found]
        assert not [at for at in loud if floats[2 * at : 2 * at + 128] in found]
        assert b"Xanthippe" not in found


@real
def test_a_session_without_consent_opens_no_microphone(tmp_path: Path) -> None:
    """The pipe of this microphone has no other end: whoever opens it waits for ever."""
    home = made(tmp_path / "machine")
    with speaker(home) as speaking:
        room = Room(tmp_path, speaking)
        os.unlink(home / "sound")
        os.mkfifo(home / "sound")
        code, _, err = room.run("record", "--client", "K-12")
        assert code == 3
        assert "consent" in err
        room.permit()
        with room.start("record", "--client", "K-12") as process:
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(5)
            process.kill()
    with room.store() as store:
        assert store.spools() == ()
        assert "refused: no consent" in [event.action for event in store.events()]


@real
def test_a_session_at_a_terminal_with_every_key(room: Room) -> None:
    room.permit()
    ours, theirs = pty.openpty()
    with room.start("record", "--client", "K-12", "--no-draft", stdin=theirs) as process:
        listening(process)
        for key, sound in (("m", tone(3, 440)), ("o", tone(3, 1000)), ("o", tone(3, 700)), ("q", silence(1))):
            room.speaker.say(sound)
            until(lambda: room.speaker.silent)
            time.sleep(0.3)
            os.write(ours, key.encode())
            time.sleep(0.3)
        out, err = process.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    assert process.returncode == 0, err
    found = room.only(SESSION)
    assert found.whole
    assert found.finished
    sound = samples(found)
    assert strength(sound, 440) > 0.05
    assert strength(sound, 1000) > 0.05
    assert strength(sound, 700) < 0.01
    assert [noted.what for noted in found.notes] == ["marked", "off the record"]
    assert "Draft it with" in out


@real
def test_two_channels_stay_two(tmp_path: Path) -> None:
    with speaker(made(tmp_path / "machine"), speed=4.0, channels=2) as speaking:
        room = Room(tmp_path, speaking)
        room.permit()
        with room.start("record", "--client", "K-12", "--channels", "2", "--no-draft") as process:
            listening(process)
            speaking.say(np.stack([tone(4.0, 440), tone(4.0, 1000)], axis=1))
            until(lambda: speaking.silent)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        found = room.only(SESSION)
    assert found.spooled.channels == 2
    left, right = samples(found).reshape(-1, 2).T
    assert strength(left, 440) > 0.05 > 0.005 > strength(left, 1000)
    assert strength(right, 1000) > 0.05 > 0.005 > strength(right, 440)


@real
def test_consent_revoked_on_the_way_stops_and_purges(room: Room) -> None:
    room.permit()
    with room.start("record", "--client", "K-12") as process:
        listening(process)
        room.speaker.say(tone(6.0))
        until(lambda: room.speaker.silent)
        with room.store() as store:
            assert len(list(store.spool_folder.iterdir())) == 1
            store.revoke_consent("K-12", "client", datetime.now(UTC))
        out, err = process.communicate(timeout=30)
    assert process.returncode == 3
    assert "Consent was revoked" in err
    assert "purged" in err
    with room.store() as store:
        assert store.spools() == ()
        assert list(store.spool_folder.iterdir()) == []
        assert [receipt.outcome for receipt in store.receipts()] == ["purged"]
        assert store.drafts() == ()


@real
def test_a_microphone_that_is_gone_and_back(slow_room: Room) -> None:
    with slow_room.start("dictate", "--no-draft") as process:
        listening(process)
        slow_room.speaker.say(tone(2.0, 440))
        until(lambda: slow_room.speaker.silent)
        slow_room.speaker.muted = True
        time.sleep(5.0)
        slow_room.speaker.muted = False
        time.sleep(4.0)
        slow_room.speaker.say(tone(2.0, 700))
        until(lambda: slow_room.speaker.silent)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "The microphone is gone." in err
    assert "The microphone is back" in err
    found = slow_room.only()
    assert strength(samples(found), 440) > 0.03
    assert strength(samples(found), 700) > 0.03
    (gap,) = found.notes
    assert gap.what == "microphone lost"
    assert gap.seconds
    assert gap.seconds > 2


@real
def test_a_microphone_that_never_comes_back_ends_it_and_what_was_heard_is_kept(slow_room: Room) -> None:
    with slow_room.start("dictate", "--no-draft", lost_seconds="2") as process:
        listening(process)
        slow_room.speaker.say(tone(2.0, 440))
        until(lambda: slow_room.speaker.silent)
        slow_room.speaker.muted = True
        _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "the microphone did not come back" in err
    assert strength(samples(slow_room.only()), 440) > 0.05


@real
@pytest.mark.parametrize(
    ("asoundrc", "device", "said"),
    [
        ("pcm.!default { type hw card 7 }", "", "There is no microphone."),
        ("", "a microphone of no such name", "There is no microphone of that name"),
        ("", "99", "There is no microphone"),
    ],
)
def test_no_microphone_gives_a_clear_line(tmp_path: Path, asoundrc: str, device: str, said: str) -> None:
    with speaker(made(tmp_path / "machine")) as speaking:
        if asoundrc:
            (speaking.home / ".asoundrc").write_text(asoundrc)
        room = Room(tmp_path, speaking)
        code, _, err = room.run("dictate", device=device)
        assert code == 4
        assert said in err
        assert "ALSA lib" not in err
        assert "Traceback" not in err
        with room.store() as store:
            assert store.spools() == ()


def test_every_fault_of_portaudio_is_a_line_of_ours() -> None:
    from pipeline.audio.capture.microphone import _fault

    for code, said in ((-9985, "another program may have it"), (-1, "There is no microphone"), (-9999, "-9999")):
        fault = _fault(code)
        assert isinstance(fault, MicrophoneFault)
        assert said in fault.what
        assert fault.exit_code == 4


CHILDREN = """
import os, sys
from pathlib import Path
from pipeline import workflow
from pipeline.cli import capture
from pipeline.cli.keys import Keys
from pipeline.config import load_settings
from pipeline.store import Store
import av, cryptography.hazmat.primitives.ciphers.aead, sqlcipher3

settings = load_settings()
for line in sys.stdin:
    machine, home = line.rstrip("\\n").split("\\t")
    child = os.fork()
    if child == 0:
        os.environ["HOME"] = machine
        with Store.open(Path(home), "correct horse", actor="ruiz") as store:
            print(os.getpid(), flush=True)
            workflow.capture(workflow.Order(kind="dictation"), store, settings, capture.Terminal(Keys(False)), 1)
        os._exit(0)
"""
KILLS = 20


@real
def test_killed_at_twenty_random_moments_less_than_a_second_is_lost(tmp_path: Path) -> None:
    """A real process records from a real PortAudio, in real time, and is killed; the next start finds what was said."""
    chance = random.Random(11)
    rooms = [Room(tmp_path / name, Speaker(made(tmp_path / name / "machine"), 1.0, 1)) for name in "abcd"]
    with subprocess.Popen(
        [sys.executable, "-c", CHILDREN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        lost = [seconds for _ in range(KILLS // len(rooms)) for seconds in kill_each(parent, rooms, chance)]
        assert parent.stdin
        parent.stdin.close()
    for room in rooms:
        room.speaker.close()
    assert len(lost) == KILLS
    assert max(lost) < 1.0


def kill_each(parent: "subprocess.Popen[str]", rooms: list[Room], chance: random.Random) -> Iterator[float]:
    """Record in several rooms at once, kill each at a random moment; yield the seconds of each that are lost."""
    children = [begun(parent, room) for room in rooms]
    time.sleep(1.0)
    for room in rooms:
        room.speaker.spoken = 0
        room.speaker.say(tone(10.0))
    for room, child in zip(rooms, children, strict=True):
        time.sleep(chance.uniform(0.2, 0.9))
        os.kill(child, signal.SIGKILL)
        spoken = room.speaker.spoken / 2 / RATE
        room.speaker.hush()
        yield spoken - found_after_a_kill(room)


def begun(parent: "subprocess.Popen[str]", room: Room) -> int:
    """Let a child of the parent record in this room, and return its process id."""
    assert parent.stdin
    assert parent.stdout
    parent.stdin.write(f"{room.speaker.home}\t{room.home}\n")
    parent.stdin.flush()
    return int(parent.stdout.readline())


def found_after_a_kill(room: Room) -> float:
    """Return how many seconds of what was said the next start finds; then they are purged."""
    heard = 0.0
    with room.store() as store:
        for spooled in store.spools():
            with Spool.open(store, spooled.id) as spool:
                content = spool.read(DICTATION)
                spool.purge()
            assert content.whole
            assert not content.finished
            heard += float((np.abs(samples(content)) > 0).sum() / SAMPLE_RATE)
        store.verify_audit()
    return heard


def test_what_waits_is_said_by_the_next_command_and_can_be_purged(tmp_path: Path, store: Store) -> None:
    ended, _ = record(store, Scripted(at_16k(tone(3.0))))
    assert ended.spool
    number = ended.spool.spooled.id[:8]
    kept_home = {**os.environ, "EVENFALL_HOME": str(tmp_path / "home"), "EVENFALL_PASSPHRASE": "correct horse"}

    def evenfall(*args: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-c", "from pipeline.cli import main; main()", *args]
        return subprocess.run(command, capture_output=True, text=True, env=kept_home, check=False)

    assert "A recording waits, sealed, to be drafted. See: evenfall spool list" in evenfall("queue").stderr
    assert number in evenfall("spool", "list").stdout
    refused = evenfall("spool", "draft", number, "--model", "rough")
    assert refused.returncode == 3
    assert "The recording is kept, sealed." in refused.stderr
    assert evenfall("spool", "purge", "ffff", "--yes").returncode == 3
    assert "purged" in evenfall("spool", "purge", number, "--yes").stdout
    assert evenfall("queue").stderr == ""
    assert store.spools() == ()


@dataclass
class Meanwhile(Scribe):
    """A person who, a second into the recording, does something in another window."""

    act: Callable[[], object] = lambda: None

    def command(self) -> Command | None:
        if self.asked == 20:
            self.act()
        return super().command()


def recorded_meanwhile(
    store: Store, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]
) -> tuple[workflow.Captured, Meanwhile]:
    """Record twenty seconds of K-12's session, and let something happen on the way."""
    store.add_consent(GIVEN)
    clock = time.monotonic
    microphone = Scripted(at_16k(tone(20.0)))
    desk = Meanwhile(microphone, act=act)
    monkeypatch.setattr(time, "monotonic", lambda: clock() + (400 - microphone._blocks.qsize()) / 20)
    monkeypatch.setattr(capturing, "Microphone", lambda device, channels: microphone)
    order = workflow.Order(kind="session", client="K-12")
    return workflow.capture(order, store, Settings(home=store.spool_folder.parent), desk, 1), desk


def test_a_revoked_consent_stops_the_recorder_within_seconds(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def act() -> None:
        store.revoke_consent("K-12", "client", datetime.now(UTC))

    captured, _ = recorded_meanwhile(store, monkeypatch, act)
    assert captured.seconds <= 3.5
    assert captured.receipt
    assert captured.receipt.outcome == "purged"
    assert store.spools() == ()


def test_a_stricter_law_stops_the_recorder_and_what_was_recorded_is_kept(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def act() -> None:
        store.renew_consent(GIVEN.replace(participant="partner", law=("illinois",), told=("ai", "purpose", "apart")))

    captured, desk = recorded_meanwhile(store, monkeypatch, act)
    assert captured.seconds <= 3.5
    assert (captured.why, captured.receipt) == ("consent not enough", None)
    assert any("though nobody took consent back" in line and "illinois@1:informed" in line for line in desk.said)
    assert captured.spool_id
    with Spool.open(store, captured.spool_id) as spool:
        content = spool.read(SESSION)
    assert content.finished
    assert len(samples(content)) / SAMPLE_RATE == pytest.approx(captured.seconds)


def away(monkeypatch: pytest.MonkeyPatch, looks: tuple[int, ...]) -> list[bool]:
    """Have these looks at consent, counted from 1, get no answer; tells of each look so far whether it got none."""
    real = order.permit_for
    asked: list[bool] = []

    def answers(*of: Any) -> consent.Permit:
        asked.append(len(asked) + 1 in looks)
        if asked[-1]:
            raise StoreAway("The record's server cannot be reached.", "See that it runs.")
        return real(*of)

    monkeypatch.setattr(capturing, "permit_for", answers)
    return asked


def test_a_record_that_is_away_for_a_while_does_not_end_a_recording(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = away(monkeypatch, (3, 4, 5))
    captured, desk = recorded_meanwhile(store, monkeypatch, lambda: None)
    assert (captured.why, len(desk.said)) == ("asked", 1)
    assert "The recording goes on, sealed" in desk.said[0]
    assert captured.seconds == pytest.approx(20.0, abs=0.2)
    assert asked.count(True) == 3 and not asked[-1]


def test_consent_that_was_revoked_while_the_record_was_away_stops_it_then(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    away(monkeypatch, (2, 3))
    act = partial(store.revoke_consent, "K-12", "client", datetime.now(UTC))
    captured, _ = recorded_meanwhile(store, monkeypatch, act)
    assert captured.seconds <= 8
    assert captured.receipt and captured.receipt.outcome == "purged"
    assert store.spools() == ()


def test_a_clock_that_is_stepped_back_does_not_end_a_recording(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def act() -> None:
        monkeypatch.setattr(order, "now", lambda: GIVEN.given_at - timedelta(days=1))

    captured, desk = recorded_meanwhile(store, monkeypatch, act)
    assert (captured.why, captured.receipt, desk.said) == ("asked", None, [])
    assert captured.seconds == pytest.approx(20.0, abs=0.2)
