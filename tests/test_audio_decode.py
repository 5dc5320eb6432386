"""Real files of many formats, made here with PyAV, and everything that people give instead."""

import hashlib
import os
import re
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline import consent
from pipeline.audio import channels, clipping, container, decode, mix, purging, tracks
from pipeline.disk import drive_of
from pipeline.errors import EvenfallError, SourceRefused
from pipeline.types import SAMPLE_RATE

PERMIT = consent.ask("dictation", None, (), (), datetime.now(UTC))
HOURS = 4 * 3600.0
# file name, container, codec, Hz, channels
FILES = [
    ("a.wav", "wav", "pcm_s16le", 16_000, "mono"),
    ("telephone.wav", "wav", "pcm_mulaw", 8_000, "mono"),
    ("studio.wav", "wav", "pcm_s24le", 96_000, "stereo"),
    ("float.wav", "wav", "pcm_f32le", 48_000, "5.1"),
    ("four.wav", "wav", "pcm_s16le", 48_000, "quad"),
    ("a.mp3", "mp3", "libmp3lame", 44_100, "stereo"),
    ("a.m4a", "ipod", "aac", 44_100, "mono"),
    ("a.mp4", "mp4", "aac", 48_000, "5.1"),
    ("a.ogg", "ogg", "libopus", 48_000, "mono"),
    ("a.flac", "flac", "flac", 44_100, "stereo"),
    ("a.webm", "webm", "libopus", 48_000, "mono"),
    ("a.amr", "amr", "libopencore_amrnb", 8_000, "mono"),
    ("a.aiff", "aiff", "pcm_s16be", 22_050, "mono"),
    ("a.wma", "asf", "wmav2", 44_100, "stereo"),
]


def tone(rate: int, seconds: float = 2.0) -> NDArray[np.float32]:
    return (0.3 * np.sin(2 * np.pi * 300 * np.arange(int(rate * seconds)) / rate)).astype(np.float32)


def write(path: Path, container: str, codec: str, rate: int, layout: str, seconds: float = 2.0, **options: str) -> Path:
    """Write a tone of 300 Hz, the same in all channels."""
    try:
        av.codec.Codec(codec, "w")
    except av.codec.codec.UnknownCodecError:
        pytest.skip(f"this build of PyAV has no encoder {codec}")
    with av.open(str(path), "w", format=container, options=options) as file:
        stream: Any = file.add_stream(codec, rate=rate)
        stream.layout = layout
        if codec == "wmav2":
            stream.bit_rate = 128_000
        tones = np.repeat(tone(rate, seconds)[None, :], stream.layout.nb_channels, axis=0)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(tones), format="fltp", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        context = stream.codec_context
        context.open(strict=False)
        fit = av.AudioResampler(context.format, layout, rate, frame_size=context.frame_size or 1024)
        for piece in [*fit.resample(frame), *fit.resample(None)]:
            file.mux(stream.encode(piece))
        file.mux(stream.encode(None))
    return path


def wav(path: Path, seconds: float = 2.0) -> Path:
    return write(path, "wav", "pcm_s16le", SAMPLE_RATE, "mono", seconds)


def old(path: Path) -> Path:
    """Let a file be one that nobody writes to any more."""
    os.utime(path, (0, 0))
    return path


def refused(path: Path, longest: float = HOURS) -> SourceRefused:
    with pytest.raises(SourceRefused) as caught:
        decode.load(path, PERMIT, longest)
    assert caught.value.next_step
    return caught.value


@pytest.mark.parametrize(("name", "container", "codec", "rate", "layout"), FILES, ids=[row[0] for row in FILES])
def test_a_file_of_any_format_becomes_mono_at_16_khz(
    tmp_path: Path, name: str, container: str, codec: str, rate: int, layout: str
) -> None:
    path = write(tmp_path / name, container, codec, rate, layout)
    content = path.read_bytes()
    recording, sound, lost, warnings = decode.load(path, PERMIT, HOURS)
    assert not lost and not warnings
    assert sound.dtype == np.float32 and sound.ndim == 1
    assert recording.duration == len(sound) / SAMPLE_RATE == pytest.approx(2.0, abs=0.15)
    assert recording.kind == "dictation" and recording.medium == "audio"
    assert recording.sha256 == hashlib.sha256(content).hexdigest()
    assert recording.format == name.split(".")[1] or codec in ("wmav2",)
    middle = sound[SAMPLE_RATE // 2 : 3 * SAMPLE_RATE // 2]
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.3 / np.sqrt(2), rel=0.2), "no channel is lost or added twice"
    strongest = int(np.argmax(np.abs(np.fft.rfft(middle))))
    assert strongest == pytest.approx(300, abs=3), "the pitch, and so the rate, is right"
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path], "no copy is left anywhere near"


def two_tracks(path: Path, container: str, codec: str, late: float = 0.0) -> Path:
    """Write 300 Hz in the first two of four seconds on one sound track, 700 Hz in the last two on another."""
    rate = 48_000
    times = np.arange(4 * rate) / rate
    halves = [
        np.where(times < 2, np.sin(2 * np.pi * 300 * times), 0),
        np.where(times < 2, 0, np.sin(1400 * np.pi * times)),
    ]
    with av.open(str(path), "w", format=container) as file:
        streams: list[Any] = [file.add_stream(codec, rate=rate, layout="mono") for _ in halves]
        for number, (stream, half) in enumerate(zip(streams, halves, strict=True)):
            stream.codec_context.open(strict=False)
            frame = av.AudioFrame.from_ndarray((0.5 * half[None]).astype(np.float32), format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = rate, int(number * late * rate), Fraction(1, rate)
            fit = av.AudioResampler(stream.codec_context.format, "mono", rate, frame_size=1024)
            for piece in [*fit.resample(frame), *fit.resample(None), None]:
                file.mux(stream.encode(piece))
    return path


def pitch(sound: NDArray[np.float32]) -> int:
    """Return the strongest frequency of a second of sound."""
    return int(np.argmax(np.abs(np.fft.rfft(sound))))


@pytest.mark.parametrize("late", [0.0, 1.0])
@pytest.mark.parametrize(("container", "codec"), [("matroska", "pcm_s16le"), ("mp4", "aac"), ("mov", "pcm_s16le")])
def test_every_sound_track_of_a_file_is_heard(tmp_path: Path, container: str, codec: str, late: float) -> None:
    """As OBS records: the microphone on the first, the call on the second."""
    path = two_tracks(tmp_path / "a.mkv", container, codec, late)
    recording, sound, lost, warnings = decode.load(old(path), PERMIT, HOURS)
    assert (lost, warnings) == ((), ())
    assert recording.duration == pytest.approx(4.0 + late, abs=0.1)
    assert pitch(sound[SAMPLE_RATE // 2 :][:SAMPLE_RATE]) == pytest.approx(300, abs=2)
    last = sound[int((2.5 + late) * SAMPLE_RATE) :][:SAMPLE_RATE]
    assert pitch(last) == pytest.approx(700, abs=2)
    assert np.abs(last).max() == pytest.approx(0.5, abs=0.1)
    levels = channels.levels(path, PERMIT)
    assert levels is not None
    louder = levels[:, 0] > levels[:, 1]
    assert louder[20:180].all()
    assert not louder[int(220 + late * 100) : int(380 + late * 100)].any()


def test_tracks_that_are_loud_together_stay_within_full_scale(tmp_path: Path) -> None:
    mixed = mix.Mix(10, 100)
    for _ in range(3):
        mixed.add(np.full(10, 0.5, np.float32), 0)
    assert mixed.whole().tolist() == [1.0] * 10


@pytest.mark.parametrize(("unread", "heard", "at"), [(1, 300, 0.5), (0, 700, 2.5)])
def test_a_sound_track_that_cannot_be_read_is_told(tmp_path: Path, unread: int, heard: int, at: float) -> None:
    path = two_tracks(tmp_path / "a.mkv", "matroska", "pcm_s16le")
    head, between, tail = path.read_bytes().split(b"A_PCM/INT/LIT")
    names = [b"A_XYZ/INT/LIT" if number == unread else b"A_PCM/INT/LIT" for number in range(2)]
    path.write_bytes(head + names[0] + between + names[1] + tail)
    loaded = decode.load(old(path), PERMIT, HOURS)
    assert loaded.warnings == (tracks.TRACK_LOST,)
    assert loaded.recording.duration == pytest.approx(4.0, abs=0.1)
    assert pitch(loaded.sound[int(at * SAMPLE_RATE) :][:SAMPLE_RATE]) == pytest.approx(heard, abs=2)
    assert channels.levels(path, PERMIT) is None


def test_a_file_of_which_no_sound_track_can_be_read_is_refused(tmp_path: Path) -> None:
    path = two_tracks(tmp_path / "a.mkv", "matroska", "pcm_s16le")
    path.write_bytes(path.read_bytes().replace(b"A_PCM/INT/LIT", b"A_XYZ/INT/LIT"))
    assert "Nothing" in refused(old(path)).what


def many(path: Path, samples: NDArray[Any], mask: int | None = None, rate: int = SAMPLE_RATE) -> Path:
    """Write a WAV file of [samples, channels], with a mask of loudspeakers or without."""
    count, size = samples.shape[1], samples.itemsize
    sort = 3 if samples.dtype.kind == "f" else 1
    fmt = struct.pack(
        "<HHIIHH", sort if mask is None else 0xFFFE, count, rate, rate * count * size, count * size, 8 * size
    )
    if mask is not None:
        fmt += struct.pack("<HHIH", 22, 8 * size, mask, sort) + bytes.fromhex("000000001000800000aa00389b71")
    data = samples.tobytes()
    head = b"WAVEfmt " + struct.pack("<I", len(fmt)) + fmt + b"data" + struct.pack("<I", len(data))
    path.write_bytes(b"RIFF" + struct.pack("<I", len(head) + len(data)) + head + data)
    return old(path)


@pytest.mark.parametrize(
    ("count", "mask"),
    [(1, 0x8), (2, None), (2, 0x9), (3, None), (4, None), (4, 0xF), (5, 0x1F), (6, None), (6, 0x3F), (7, 0x7F)]
    + [(8, None), (8, 0), (10, 0x3FF), (16, None), (16, 0xFFFF), (20, None)],
)
def test_no_channel_of_a_recorder_is_left_out(tmp_path: Path, count: int, mask: int | None) -> None:
    """Each is a microphone, whatever loudspeaker the file, or FFmpeg's guess, says that it is for."""
    seconds = np.zeros((count * SAMPLE_RATE, count), "<i2")
    for one in range(count):
        seconds[one * SAMPLE_RATE : (one + 1) * SAMPLE_RATE, one] = 32767 * tone(SAMPLE_RATE, 1.0)
    path = many(tmp_path / "a.wav", seconds, mask)
    loaded = decode.load(path, PERMIT, HOURS)
    peaks = np.abs(loaded.sound.reshape(count, SAMPLE_RATE)).max(axis=1)
    assert peaks == pytest.approx(0.15 if count == 2 else 0.3, abs=0.02)
    assert (loaded.lost, loaded.warnings) == ((), ())
    levels = channels.levels(path, PERMIT)
    assert (levels is not None) == (count == 2)
    if levels is not None:
        assert levels[50] == pytest.approx([0.045, 0], abs=0.001) and levels[150] == pytest.approx(
            [0, 0.045], abs=0.001
        )


def test_planar_sound_of_eight_channels_is_read(tmp_path: Path) -> None:
    """PyAV crashes on eight planes in Python; they never come there."""
    path = tmp_path / "a.flac"
    with av.open(str(path), "w") as file:
        stream: Any = file.add_stream("flac", rate=48_000, layout="7.1")
        samples = np.repeat((32767 * tone(48_000)).astype("<i2")[:, None], 8, axis=1).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="7.1")
        frame.sample_rate = 48_000
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    assert np.abs(decode.load(old(path), PERMIT, HOURS).sound).max() == pytest.approx(0.3, abs=0.02)


def speechlike(seconds: float, rate: int = SAMPLE_RATE) -> NDArray[np.float32]:
    """Return one channel of a tone that swells and fades three times a second, up to full scale."""
    times = np.arange(int(seconds * rate)) / rate
    wave: NDArray[np.float32] = (np.sin(400 * np.pi * times) * np.sin(3 * np.pi * times) ** 2).astype(np.float32)
    return wave[:, None]


@pytest.mark.parametrize("rate", [16_000, 48_000])
@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("gain", [2.0, 8.0])
def test_what_is_over_full_scale_in_a_file_of_floats_is_not_cut_off(
    tmp_path: Path, gain: float, count: int, rate: int
) -> None:
    """Field recorders write such files so that nothing is ever too loud; nobody is to turn down a microphone."""
    wave = np.repeat(gain * speechlike(5.0, rate), count, axis=1).astype("<f4")
    loaded = decode.load(many(tmp_path / "a.wav", wave, rate=rate), PERMIT, HOURS)
    assert loaded.warnings == ()
    expected = speechlike(5.0)[:, 0] * np.abs(loaded.sound).max()
    assert loaded.sound == pytest.approx(expected, abs=0.02), "the same wave, quieter"
    assert 0.9 < np.abs(loaded.sound).max() <= 1.0


@pytest.mark.parametrize("rate", [16_000, 48_000])
@pytest.mark.parametrize("dtype", ["<f4", "<i2"])
def test_what_its_recorder_cut_off_is_still_told(tmp_path: Path, dtype: str, rate: int) -> None:
    wave = np.clip(4 * speechlike(5.0, rate), -1, 1) * (1 if dtype == "<f4" else 32767)
    loaded = decode.load(many(tmp_path / "a.wav", wave.astype(dtype), rate=rate), PERMIT, HOURS)
    assert "too loud in 5 of" in loaded.warnings[0]


@pytest.mark.parametrize("rate", [16_000, 48_000])
@pytest.mark.parametrize("damage", [np.nan, np.inf, 1e30])
def test_damage_in_a_file_of_floats_makes_the_rest_no_quieter(tmp_path: Path, damage: float, rate: int) -> None:
    wave = (0.5 * speechlike(5.0, rate)).astype("<f4")
    wave[rate : rate + 3000 : 7] = damage
    loaded = decode.load(many(tmp_path / "a.wav", wave, rate=rate), PERMIT, HOURS)
    assert np.isfinite(loaded.sound).all() and np.abs(loaded.sound).max() <= 1.0
    assert loaded.sound[-2 * SAMPLE_RATE :] == pytest.approx(0.5 * speechlike(5.0)[-2 * SAMPLE_RATE :, 0], abs=0.01)


def test_the_content_counts_not_the_extension(tmp_path: Path) -> None:
    path = wav(tmp_path / "a.wav").rename(tmp_path / "a.mp3")
    assert decode.load(path, PERMIT, HOURS)[0].format == "wav"
    text = path.rename(tmp_path / "a.txt")
    assert decode.load(text, PERMIT, HOURS)[0].format == "wav"


@pytest.mark.parametrize("row", [row for row in FILES if row[0] in ("a.wav", "a.mp3", "a.ogg", "a.flac", "a.webm")])
def test_a_truncated_tail_is_left_out(tmp_path: Path, row: tuple[str, str, str, int, str]) -> None:
    path = write(tmp_path / row[0], *row[1:], seconds=9.0)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])
    recording, sound, lost, _ = decode.load(old(path), PERMIT, HOURS)
    assert 4.0 < recording.duration < 7.5
    assert np.abs(sound[: SAMPLE_RATE // 2]).max() > 0.2
    if path.suffix in (".mp3", ".ogg"):
        return  # nothing in these tells how long they were to be
    assert [(gap.start, gap.reason) for gap in lost] == [(recording.duration, container.BROKEN_OFF)]
    assert path.suffix == ".wav" or lost[0].end == pytest.approx(9.0, abs=0.1)


@pytest.mark.parametrize("padding", [0, 467])
@pytest.mark.parametrize("cut", [204_800, 204_900, 32_768 * 6, 300_000])
@pytest.mark.parametrize(("rate", "count"), [(16_000, 1), (44_100, 2), (48_000, 1), (48_000, 6)])
def test_a_wav_that_breaks_off_says_what_is_missing(
    tmp_path: Path, rate: int, count: int, cut: int, padding: int
) -> None:
    """FFmpeg takes one that ends with a packet for whole."""
    path = many(tmp_path / "a.wav", np.zeros((20 * rate, count), "<i2"), rate=rate)
    content = path.read_bytes()
    odd = b"bext" + struct.pack("<I", padding) + bytes(padding + padding % 2) if padding else b""
    content = content[:36] + odd + content[36:]
    path.write_bytes(content[: content.index(b"data") + 8 + cut])
    assert "still being written" in refused(path).what
    recording, _, (gap,), warnings = decode.load(old(path), PERMIT, HOURS)
    assert recording.duration == pytest.approx(cut / (2 * count * rate), abs=0.01)
    assert (gap.start, gap.end) == pytest.approx((recording.duration, 20.0), abs=0.01)
    assert gap.reason == container.BROKEN_OFF and not warnings


def test_a_64_bit_wav_that_breaks_off_says_what_is_missing(tmp_path: Path) -> None:
    content = wav(tmp_path / "a.wav", 20.0).read_bytes()
    data = content.index(b"data")
    long = b"ds64" + struct.pack("<IQQQI", 28, len(content) + 28, len(content) - data - 8, 320_000, 0)
    head = b"RF64\xff\xff\xff\xffWAVE" + long + content[12 : data + 4] + b"\xff\xff\xff\xff"
    path = tmp_path / "a.wav"
    path.write_bytes(head + content[data + 8 :])
    assert decode.load(old(path), PERMIT, HOURS).lost == ()
    path.write_bytes(head + content[data + 8 :][:204_800])
    (gap,) = decode.load(old(path), PERMIT, HOURS).lost
    assert (gap.start, gap.end) == pytest.approx((6.4, 20.0), abs=0.01)


@pytest.mark.parametrize(
    ("claim", "told"),
    [
        pytest.param(lambda size: size + 44, (), id="the header counted as sound"),
        pytest.param(lambda size: 0xFFFF_FFFF, (), id="no length"),
        pytest.param(lambda size: 0x7000_0000, ((2.0, 2.0),), id="more than the longest"),
    ],
)
def test_a_length_that_a_wav_cannot_have_is_not_believed(
    tmp_path: Path, claim: Callable[[int], int], told: tuple[tuple[float, float], ...]
) -> None:
    path = wav(tmp_path / "a.wav")
    content = path.read_bytes()
    data = content.index(b"data")
    size = claim(len(content) - data - 8)
    path.write_bytes(content[: data + 4] + struct.pack("<I", size) + content[data + 8 :])
    lost = decode.load(old(path), PERMIT, HOURS).lost
    assert [(gap.start, gap.end) for gap in lost if gap.end > gap.start or told] == list(told)


def test_a_date_in_the_future_does_not_make_a_file_one_that_is_still_being_written(tmp_path: Path) -> None:
    """As of a recorder whose clock is wrong: nobody can wait for a year."""
    path = wav(tmp_path / "a.wav")
    path.write_bytes(path.read_bytes()[:30_001])
    ahead = time.time() + 365 * 86_400
    os.utime(path, (ahead, ahead))
    assert decode.load(path, PERMIT, HOURS).lost[-1].reason == container.BROKEN_OFF
    assert not decode.take(path, PERMIT).recent
    ahead = time.time() + 20
    os.utime(path, (ahead, ahead))
    assert "still being written" in refused(path).what, "a file server's clock may be a little ahead"
    assert decode.take(path, PERMIT).recent


def test_a_truncated_m4a_that_was_written_for_streaming_is_kept_to_its_end(tmp_path: Path) -> None:
    path = write(tmp_path / "a.m4a", "ipod", "aac", 44_100, "mono", 4.0, movflags="faststart")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    recording, _, lost, _ = decode.load(old(path), PERMIT, HOURS)
    assert 0.5 < recording.duration < 3.9
    assert lost[-1].reason == container.BROKEN_OFF and lost[-1].end == pytest.approx(4.0, abs=0.1)


# Of each format: the seconds told to be lost; mp3 and aac hold no times, so it is only told where.
@pytest.mark.parametrize(
    ("row", "told"),
    [
        (("a.m4a", "ipod", "aac", 44_100, "mono"), 2.0),
        (("a.flac", "flac", "flac", 44_100, "stereo"), 2.0),
        (("a.ogg", "ogg", "libopus", 48_000, "mono"), 2.0),
        (("a.webm", "webm", "libopus", 48_000, "mono"), 5.0),  # a cluster
        (("a.wma", "asf", "wmav2", 44_100, "stereo"), 2.0),
        (("a.mp3", "mp3", "libmp3lame", 44_100, "mono"), None),
        (("a.aac", "adts", "aac", 44_100, "mono"), None),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_a_file_that_is_damaged_in_the_middle_keeps_the_rest_in_its_place(
    tmp_path: Path, row: tuple[str, str, str, int, str], told: float | None
) -> None:
    path = write(tmp_path / row[0], *row[1:], seconds=20.0)
    content = bytearray(path.read_bytes())
    first, last = len(content) // 2, len(content) * 6 // 10
    content[first:last] = np.random.default_rng(4).bytes(last - first)
    path.write_bytes(content)
    recording, sound, lost, _ = decode.load(path, PERMIT, HOURS)
    (gap,) = lost
    assert gap.reason == container.DAMAGED
    assert gap.start == pytest.approx(10.0, abs=1.5)
    assert np.abs(sound[: 8 * SAMPLE_RATE]).max() > 0.2 and np.abs(sound[-5 * SAMPLE_RATE :]).max() > 0.2
    if told is None:
        return
    assert gap.end - gap.start == pytest.approx(told, abs=1.5)
    assert recording.duration == pytest.approx(20.0, abs=0.1), "what follows is at the time it was spoken"
    silent = sound[int((gap.start + 0.1) * SAMPLE_RATE) : int((gap.end - 0.1) * SAMPLE_RATE)]
    assert not silent.any()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.m4a", lambda content: content[: len(content) * 2 // 3]),
        ("a.flac", lambda content: content[: len(content) // 4]),
        ("a.wav", lambda content: content[: len(content) // 2 - 1]),
    ],
)
def test_an_unfinished_file_is_still_being_written_if_it_changed_just_now(
    tmp_path: Path, name: str, content: Callable[[bytes], bytes]
) -> None:
    row = next(row for row in FILES if row[0] == name)
    path = write(tmp_path / name, *row[1:], seconds=5.0)
    path.write_bytes(content(path.read_bytes()))
    assert "still being written" in refused(path).what
    if name == "a.m4a":
        assert "never finished" in refused(old(path)).what
    else:
        assert decode.load(old(path), PERMIT, HOURS).lost[-1].reason == container.BROKEN_OFF


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = wav(tmp_path / "a.wav")
    decoded = tracks.decode

    def meanwhile(*arguments: Any) -> Any:
        with path.open("ab") as file:
            file.write(bytes(3200))
        return decoded(*arguments)

    monkeypatch.setattr(tracks, "decode", meanwhile)
    assert "still being written" in refused(path).what
    assert path.stat().st_size > 64_000, "and left as it is"


@pytest.mark.parametrize(("gain", "told"), [(1.0, False), (2.9, False), (6.0, True)])
def test_a_recording_that_is_too_loud_is_taken_and_told(tmp_path: Path, gain: float, told: bool) -> None:
    if not shutil.which("sox"):
        pytest.skip("sox makes the clipped file; it is not here")
    plain, loud = wav(tmp_path / "a.wav", 10.0), tmp_path / "loud.wav"
    subprocess.run(["sox", "-D", plain, "-r", "48000", loud, "vol", str(gain)], check=True, capture_output=True)
    recording, sound, _, warnings = decode.load(loud, PERMIT, HOURS)
    assert recording.duration == pytest.approx(10.0)
    assert np.abs(sound).max() <= 1.0
    assert [("too loud in 10 of" in warning) for warning in warnings] == ([True] if told else [])


def test_a_single_knock_is_not_told() -> None:
    sound = 0.1 * tone(SAMPLE_RATE, 60.0)
    sound[SAMPLE_RATE : SAMPLE_RATE + 400] = 1.0
    assert clipping.clipped(sound) == 1.0
    assert clipping.warning(sound) is None
    assert clipping.clipped(sound[:0]) == clipping.clipped(sound[:2]) == 0.0


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("telephone.wav", ["-ar", "8000", "-ac", "1"]),
        ("studio.flac", ["-ar", "96000", "-ac", "2", "-sample_fmt", "s32"]),
        ("cinema.m4a", ["-ar", "48000", "-ac", "6"]),
    ],
)
def test_what_another_program_wrote_is_read(tmp_path: Path, name: str, options: list[str]) -> None:
    if not shutil.which("ffmpeg"):
        pytest.skip("ffmpeg writes the file; it is not here")
    made = tmp_path / name
    source = wav(tmp_path / "a.wav", 3.0)
    subprocess.run(["ffmpeg", "-v", "error", "-i", source, *options, made], check=True, capture_output=True)
    recording, sound, lost, warnings = decode.load(made, PERMIT, HOURS)
    assert recording.duration == pytest.approx(3.0, abs=0.1)
    assert not lost and not warnings
    assert np.abs(sound).max() > 0.05, "5.1 with a voice in its centre only keeps it"


def test_a_wav_that_was_streamed_has_no_length_in_its_header(tmp_path: Path) -> None:
    path = wav(tmp_path / "a.wav")
    content = path.read_bytes()
    data = content.index(b"data")
    path.write_bytes(content[:4] + b"\xff" * 4 + content[8 : data + 4] + b"\xff" * 4 + content[data + 8 :])
    assert "still being written" in refused(path).what
    recording, _, lost, _ = decode.load(old(path), PERMIT, HOURS)
    assert recording.duration == pytest.approx(2.0) and lost == ()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"Client was anxious. " * 400, id="text"),
        pytest.param(bytes(5000), id="zeros"),
        pytest.param(np.random.default_rng(3).bytes(30_000), id="random bytes"),
        pytest.param(b"RIFF\x24\x00\x00\x00WAVE", id="a header that breaks off"),
        pytest.param(b"#EXTM3U\n#EXTINF:9,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n", id="a playlist"),
        pytest.param(b"ffconcat version 1.0\nfile a.wav\n", id="a list of files"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(200), id="a picture"),
    ],
)
@pytest.mark.parametrize("name", ["a.wav", "a.mp3", "a.m4a"])
def test_what_is_no_sound_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    error = refused(tmp_path / name)
    assert "anxious" not in str(error)


def test_a_header_without_any_sound_is_refused(tmp_path: Path) -> None:
    content = wav(tmp_path / "a.wav").read_bytes()
    (tmp_path / "a.wav").write_bytes(content[: content.index(b"data") + 8])
    refused(tmp_path / "a.wav")


def test_a_video_without_sound_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with av.open(str(path), "w") as file:
        stream: Any = file.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        for _ in range(3):
            file.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")))
        file.mux(stream.encode(None))
    assert "no sound" in refused(path).what


def test_a_folder_a_missing_file_and_a_pipe_are_refused(tmp_path: Path) -> None:
    assert "folder" in refused(tmp_path).what
    assert "no such file" in refused(tmp_path / "nowhere.wav").what
    refused(tmp_path / "a\0b.wav")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.wav")
        assert "pipe" in refused(tmp_path / "pipe.wav").what


def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    if sys.platform == "win32" or os.geteuid() == 0:
        pytest.skip("this account may read every file")
    path = wav(tmp_path / "a.wav")
    path.chmod(0)
    assert "permission" in refused(path).next_step


def test_a_recording_over_the_longest_is_refused_and_one_of_just_that_length_is_not(tmp_path: Path) -> None:
    path = wav(tmp_path / "a.wav", 8.0)
    assert "longer than" in refused(path, 5.0).what
    assert decode.load(path, PERMIT, 8.0)[0].duration == pytest.approx(8.0)


def test_the_limit_holds_where_the_header_claims_less(tmp_path: Path) -> None:
    """Only decoding tells how long a raw AAC or a file with a wrong header is."""
    path = write(tmp_path / "a.aac", "adts", "aac", 44_100, "mono", 8.0)
    assert "longer than" in refused(path, 5.0).what


def test_there_is_no_way_to_open_sound_without_a_permit(tmp_path: Path) -> None:
    path = wav(tmp_path / "a.wav")
    for forged in (None, "dictation", object()):
        with pytest.raises(TypeError):
            decode.load(path, forged, HOURS)  # type: ignore[arg-type]
    with pytest.raises(EvenfallError):
        consent.Permit("session", object())


def test_messages_hold_no_file_name(tmp_path: Path) -> None:
    path = tmp_path / "Jane Doe.wav"
    path.write_bytes(b"nothing")
    assert not re.search("jane|doe", str(refused(path)), re.IGNORECASE)


def test_purge_deletes_the_source_only_while_it_is_the_same(tmp_path: Path) -> None:
    path = wav(tmp_path / "a.wav")
    recording = decode.load(path, PERMIT, HOURS).recording
    link = tmp_path / "link.wav"
    link.symlink_to(path)
    content = path.read_bytes()
    path.write_bytes(content + b"more")
    assert purging.purge(path, recording) == "changed, left in place"
    assert path.exists()
    path.write_bytes(content)
    assert purging.purge(link, recording) == "purged"
    assert not path.exists() and not link.is_symlink()
    assert purging.purge(path, recording) == "already gone"
    path.mkdir()
    assert purging.purge(path, recording) == "changed, left in place"


def test_what_lies_on_a_drive_that_is_away_is_not_gone(tmp_path: Path) -> None:
    drive = tmp_path / "RECORDER"
    drive.mkdir()
    path = wav(drive / "a.wav")
    link = tmp_path / "link.wav"
    link.symlink_to(path)
    recording = decode.load(path, PERMIT, HOURS).recording
    drive.rename(tmp_path / "unplugged")
    assert purging.purge(path, recording) == purging.purge(link, recording) == "could not be deleted"
    (tmp_path / "unplugged").rename(drive)
    assert purging.purge(path, recording) == "purged"


def test_an_empty_mount_point_does_not_say_that_the_source_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drive = tmp_path / "RECORDER"
    (drive / "voice").mkdir(parents=True)
    mounted = {os.path.realpath(drive), os.path.abspath(os.sep)}
    monkeypatch.setattr(os.path, "ismount", lambda path: os.fspath(path) in mounted)
    for path in (wav(drive / "a.wav"), wav(drive / "voice" / "a.wav")):
        recording, known = decode.load(path, PERMIT, HOURS).recording, drive_of(path)
        content = path.read_bytes()
        path.unlink()
        assert purging.purge(path, recording, known) == "already gone"
        mounted.remove(os.path.realpath(drive))
        assert purging.purge(path, recording, known) == "could not be deleted"
        assert purging.purge(path, recording) == "already gone", "by a record of before, which does not know the drive"
        path.write_bytes(content)
        assert purging.purge(path, recording, known) == "purged", "what it is says its content"
        mounted.add(os.path.realpath(drive))


def test_purge_says_when_it_could_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = wav(tmp_path / "a.wav")
    recording = decode.load(path, PERMIT, HOURS).recording

    def locked(self: Path, missing_ok: bool = False) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "unlink", locked)
    assert purging.purge(path, recording) == "could not be deleted"
    assert path.exists()
