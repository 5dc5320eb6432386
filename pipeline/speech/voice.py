"""Where in a recording somebody speaks: Silero's voice activity detector, as faster-whisper brings it along."""

from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from ..types import SAMPLE_RATE, Seconds
from .engine import Sound

Span = tuple[Seconds, Seconds]  # start, end

BLOCK: Final = 600.0  # seconds looked at in one go; memory does not grow with the recording
# Of Silero's speech probability a value over 0.5 is speech (its own default). White, pink and brown noise, hum, tones,
# chords, clicks and cough-like bursts gave 0.0 s of speech in 20 s with these, at any loudness; read speech 85-100 %.
THRESHOLD: Final = 0.5
LEAST_SPEECH: Final = 0.25  # seconds
LEAST_SILENCE: Final = 0.3  # seconds, between two spans of speech
LEAST_PAUSE: Final = 0.16  # seconds, between two phrases: faster-whisper's own value for cutting a recording


def speech(sound: Sound) -> list[Span]:
    """Return the spans of speech in order of time, without padding; pauses under LEAST_SILENCE are within a span."""
    return joined(phrases(sound))


def phrases(sound: Sound) -> list[Span]:
    """Return the spans of speech in order of time, cut at every pause of LEAST_PAUSE."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(threshold=THRESHOLD, min_silence_duration_ms=int(LEAST_PAUSE * 1000), speech_pad_ms=0)
    found: list[Span] = []
    step = int(BLOCK * SAMPLE_RATE)
    for first in range(0, len(sound), step):
        for part in get_speech_timestamps(sound[first : first + step], options):
            start, end = ((first + part[key]) / SAMPLE_RATE for key in ("start", "end"))
            if found and start - found[-1][1] < LEAST_PAUSE:
                start = found.pop()[0]  # one word over the border of two blocks
            found.append((start, end))
    long = [(start, end) for start, end in joined(found) if end - start > LEAST_SPEECH]
    starts = [start for start, _ in long]
    return [span for span in found if (place := bisect_right(starts, span[0])) and span[1] <= long[place - 1][1]]


def joined(spans: list[Span]) -> list[Span]:
    """Join spans (in order, apart) with less than LEAST_SILENCE between them."""
    found: list[Span] = []
    for start, end in spans:
        if found and start - found[-1][1] < LEAST_SILENCE:
            start = found.pop()[0]
        found.append((start, end))
    return found


def uncovered(spans: list[Span], covered: list[Span], least: Seconds) -> Iterator[Span]:
    """Yield the parts of `spans` of `least` seconds or more that nothing in `covered` touches; both in any order."""
    taken = sorted(covered)
    for start, end in sorted(spans):
        for taken_start, taken_end in taken:
            if taken_end <= start or taken_start >= end:
                continue
            if taken_start - start >= least:
                yield start, taken_start
            start = taken_end
        if end - start >= least:
            yield start, end
