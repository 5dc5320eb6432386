"""Where in a recording somebody speaks: Silero's voice activity detector, as faster-whisper brings it along."""

from collections.abc import Iterator
from typing import Final

from ..types import SAMPLE_RATE, Seconds
from .engine import Sound

Span = tuple[Seconds, Seconds]  # start, end

BLOCK: Final = 600.0  # seconds heard at once; memory does not grow with the recording
# Of Silero's speech probability a value over 0.5 is speech (its own default). White, pink and brown noise, hum, tones,
# chords, clicks and cough-like bursts gave 0.0 s of speech in 20 s with these, at any loudness; read speech 85-100 %.
THRESHOLD: Final = 0.5
LEAST_SPEECH_MS: Final = 250
LEAST_SILENCE_MS: Final = 300


def speech(sound: Sound) -> list[Span]:
    """Return the spans of speech in order of time, without padding; pauses under 0.3 s are within a span."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(
        threshold=THRESHOLD,
        min_speech_duration_ms=LEAST_SPEECH_MS,
        min_silence_duration_ms=LEAST_SILENCE_MS,
        speech_pad_ms=0,
    )
    spans: list[Span] = []
    step = int(BLOCK * SAMPLE_RATE)
    for first in range(0, len(sound), step):
        for found in get_speech_timestamps(sound[first : first + step], options):
            start, end = ((first + found[key]) / SAMPLE_RATE for key in ("start", "end"))
            if spans and start - spans[-1][1] < LEAST_SILENCE_MS / 1000:
                start = spans.pop()[0]  # one word over the border of two blocks
            spans.append((start, end))
    return spans


def blocks(spans: list[Span], total: Seconds, longest: Seconds = BLOCK, margin: Seconds = 0.5) -> Iterator[Span]:
    """Cut a recording of `total` seconds at pauses into pieces of at most about `longest`; silence is in none.

    A piece reaches `margin` seconds beyond its first and last speech, but never into its neighbour's.
    """
    pieces: list[Span] = []
    for start, end in spans:
        while end - start > longest:  # nobody paused: cut all the same
            pieces.append((start, start + longest))
            start += longest
        if pieces and end - pieces[-1][0] <= longest and start - pieces[-1][1] < longest:
            pieces[-1] = (pieces[-1][0], end)
        else:
            pieces.append((start, end))
    for number, (start, end) in enumerate(pieces):
        before = pieces[number - 1][1] if number else 0.0
        after = pieces[number + 1][0] if number + 1 < len(pieces) else total
        yield max(start - margin, (before + start) / 2), min(end + margin, (end + after) / 2)


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
