"""Source to transcript: consent first, then sound or text, then who spoke."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .. import consent
from ..audio import channels
from ..audio import decode as audio
from ..audio.spool import Spool
from ..config import Settings
from ..errors import Refused
from ..speech.choose import load_engine
from ..speech.engine import Engine
from ..speech.hear import hear
from ..speech.speakers import Present
from ..speech.transcripts import files
from ..speech.transcripts.roles import numbered, role_of
from ..types import (
    Progress,
    Recording,
    Seconds,
    Transcript,
)
from .leaving import follow_source
from .order import TEXT, Order, models, permit_for
from .standing import watched

DELETED: Final = "Nothing is left to do: what was left of its sealed sound is deleted, with a receipt."

if TYPE_CHECKING:
    from ..store import Store


def transcribe(
    order: Order, store: "Store | None", settings: Settings, progress: Progress
) -> tuple[Recording, Transcript]:
    """Return what was said in the source, from the store if it was transcribed before; saves nothing.

    Raises:
        EvenfallError: no consent, or none any more; no speech model, an unreadable source, no speech, already signed.
    """
    permit, source = permit_for(order, store, settings), order.source
    if isinstance(source, files.Pasted) or is_text(source):
        return read_source(order, permit, store)
    loaded = _load(source, permit, settings.speech.longest_hours * 3600)
    recording = loaded.recording
    refuse_signed(recording, order, store)
    known = store.transcript_of(recording.sha256, recording.kind) if store and not order.again else None
    if known:
        return known
    engine = load_engine(order.model, settings.speech, models(settings))
    progress = watched(progress, order, store, settings)
    present = seated(order)
    if tells_channels(loaded, present):
        present = replace(present, levels=_levels(source, permit))
    return recording, listen(loaded, present, engine, settings.speech.least_speech_seconds, progress)


def is_text(source: Path | Spool | files.Pasted) -> bool:
    """Say whether a source is a file that is read, not heard."""
    return isinstance(source, Path) and source.suffix.lower() in TEXT


def read_source(order: Order, permit: consent.Permit, store: "Store | None") -> tuple[Recording, Transcript]:
    """Return what was said or typed in a text source.

    Raises:
        EvenfallError: see `files.read_text`; or a note of it was signed before.
    """
    if isinstance(order.source, Spool):
        raise TypeError("a sealed recording is heard, not read")
    recording, transcript = files.read_text(order.source, permit, order.clinician_label)
    refuse_signed(recording, order, store)
    return recording, transcript


def listen(
    loaded: audio.Loaded, present: Present, engine: Engine, least_speech: Seconds, progress: Progress
) -> Transcript:
    """Return what the engine hears in a decoded recording; see `hear`."""
    return hear(
        loaded.recording,
        loaded.sound,
        engine,
        least_speech,
        progress,
        lost=loaded.lost,
        warnings=loaded.warnings,
        present=present,
    )


def seated(order: Order) -> Present:
    """Return who is in the room by what the order says, without the levels of channels."""
    count = 1 + len(order.participants) if order.speakers is None else order.speakers or None
    roles = numbered(order.participants, {name: role_of(name) or "other" for name in order.participants})
    return Present(count=count, others=tuple(sorted(roles.values(), key=lambda role: role == "other")))


def tells_channels(loaded: audio.Loaded, present: Present) -> bool:
    """Say whether two channels may tell who spoke; of a damaged file their times would not be those of its sound.

    Of a recording of samples they are: where it was paused, its own time stood still in both.
    """
    samples = loaded.recording.format == "pcm"
    shifts = any(gap.end > gap.start or not samples for gap in loaded.lost)
    return loaded.recording.kind == "session" and present.count in (None, 2) and not shifts


def _load(source: Path | Spool, permit: consent.Permit, longest: Seconds) -> audio.Loaded:
    if isinstance(source, Spool):
        return audio.load_sealed(source.read(permit), permit, longest)
    return audio.load(source, permit, longest)


def _levels(source: Path | Spool, permit: consent.Permit) -> channels.Levels | None:
    if isinstance(source, Spool):
        return channels.sealed_levels(source.read(permit), permit)
    return channels.levels(source, permit)


def refuse_signed(recording: Recording, order: Order, store: "Store | None") -> None:
    """Raise Refused where a note of the recording was signed, unless the order says to draft it again.

    Of a sealed recording that means that its draft was kept, and the run killed before the rest of it was purged: that
    is done now. A file that could not be deleted, for it was moved, is found again so.
    """
    if store and not order.again and store.note_of(recording.digest):
        if isinstance(order.source, Spool):
            order.source.purge(recording.digest)
            raise Refused("A note of this recording was signed before.", DELETED, safe="The note is as it was.")
        if isinstance(order.source, Path) and not order.keep_source:
            follow_source(recording.digest, order.source, store)
        raise Refused("A note of this source was signed before.", "To draft it again: --again.")
