"""All sound tracks of a file (a microphone on one, the call on another), mixed, with silence for what was lost."""

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from ..errors import SourceRefused
from ..types import SAMPLE_RATE, Dropped, Seconds
from .container import BROKEN_OFF, Gap, Opened, begins, claimed, frames, not_sound, opened_sound, readable
from .mix import Mix, Sound, mono

if TYPE_CHECKING:
    from av.container import InputContainer

SLACK: Final = 1.0  # seconds that an encoder's padding may add to a recording of the longest length
LEAST_BITRATE: Final = 400  # bit/s; a header that claims fewer is wrong about the duration (AMR silence: some 1,800)
COUNTED: Final = frozenset({"flac", "matroska", "mov", "aiff", "w64"})  # their headers hold the length, not a guess
MENDED: Final = 1.0  # seconds between two losses that are told as one
TRACK_LOST: Final = "A sound track of this file could not be read to its end: what was said on it may be missing."


class Decoded(NamedTuple):
    """What a file holds: its container's short name, its samples, and what is to be said of it."""

    format: str
    sound: Sound
    lost: tuple[Dropped, ...]
    warnings: tuple[str, ...] = ()


def decode(file: Opened, extension: str, size: int, longest: Seconds) -> Decoded:
    """Return what an open file of `size` bytes holds, all its sound tracks that can be read mixed.

    Raises:
        SourceRefused: there is none, it is too long, or nothing in it decodes.
    """
    with opened_sound(file) as container:
        names = container.format.name.split(",")
        count, tracks = len(container.streams.audio), readable(container)
        claim, counted = _longest_claim(container, tracks), _counted(container)
    if not count:
        raise not_sound("There is no sound in the file.")
    if claim > longest + SLACK and size * 8 / claim >= LEAST_BITRATE:
        raise too_long(longest)
    mix = Mix(int((claim + SLACK) * SAMPLE_RATE), int((longest + SLACK) * SAMPLE_RATE))
    lost, refused = list[Dropped](), list[SourceRefused]()
    for track in tracks:
        try:
            with opened_sound(file) as container:
                lost += _add(container, track, mix, longest)
        except SourceRefused as error:
            if mix.full:
                raise
            refused.append(error)
    end = len(mix) / SAMPLE_RATE
    if not tracks or len(refused) == len(tracks) or not end:
        raise refused[0] if refused else not_sound("Nothing in the file could be decoded.")
    if counted and claim > end + SLACK:
        lost.append(Dropped(start=end, end=claim, reason=BROKEN_OFF))
    warnings = (TRACK_LOST,) if refused or len(tracks) < count else ()
    return Decoded(extension if extension in names else names[0], mix.whole(), merged(lost), warnings)


def _longest_claim(container: "InputContainer", tracks: tuple[int, ...]) -> Seconds:
    return max((claimed(container, track) for track in tracks), default=0.0)


def _add(container: "InputContainer", track: int, mix: Mix, longest: Seconds) -> list[Dropped]:
    """Add a sound track where it begins in the file, and return what was lost of it.

    Raises:
        SourceRefused: it is too long, or most of it does not decode.
    """
    stream, claim, lost = container.streams.audio[track], claimed(container, track), list[Dropped]()
    at = begin = int(begins(container)[track] * SAMPLE_RATE)
    for piece in mono(frames(container, track)):
        if isinstance(piece, Gap):
            start = at / SAMPLE_RATE
            most = begin / SAMPLE_RATE + (claim or longest) + SLACK
            length = piece.length if start + piece.length <= most else 0.0
            lost.append(Dropped(start=start, end=start + length, reason=piece.reason))
            sound, loudest = np.zeros(int(length * SAMPLE_RATE), np.float32), 0.0
        else:
            sound, loudest = piece
        mix.add(sound, at, loudest)
        if mix.full:
            raise too_long(longest)
        at += len(sound)
    if stream.duration and _counted(container) and claim > (at - begin) / SAMPLE_RATE + SLACK:
        lost.append(Dropped(start=at / SAMPLE_RATE, end=begin / SAMPLE_RATE + claim, reason=BROKEN_OFF))
    return lost


def _counted(container: "InputContainer") -> bool:
    return not COUNTED.isdisjoint(container.format.name.split(","))


def merged(lost: list[Dropped]) -> tuple[Dropped, ...]:
    """Join what was lost with less than MENDED between, and what is told of the end twice."""
    merged: list[Dropped] = []
    for gap in sorted(lost, key=lambda gap: gap.start):
        if merged and gap.start - merged[-1].end < MENDED:
            merged[-1] = gap.replace(start=merged[-1].start, end=max(gap.end, merged[-1].end))
        else:
            merged.append(gap)
    return tuple(merged)


def too_long(longest: Seconds) -> SourceRefused:
    """Return the error that says so."""
    return SourceRefused(
        f"The recording is longer than {longest / 3600:g} hours.",
        "Cut it in two, or raise speech.longest_hours in config.yaml.",
    )
