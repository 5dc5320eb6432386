"""A recording that is heard by another process or computer: packed here, under a permit; unpacked and heard there.

What goes along says how to decode it and how many people speak. The client, the participants' names and the file's name
stay here.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from .. import consent
from ..audio import channels
from ..audio import decode as audio
from ..audio.parcel import Key, Sealed
from ..audio.spool import Content, Noted
from ..config import SpeechSettings
from ..speech.engine import Engine
from ..speech.speakers import Present
from ..types import Digest, Dropped, Kind, Progress, Recording, Speaker, Spooled, Transcript, Value
from .hearing import listen, seated, tells_channels
from .order import Order

if TYPE_CHECKING:
    from ..store import Store


class Waybill(Value):
    """What the bytes are, who is in the room, and which recordings need not be heard: their notes are signed."""

    kind: Kind
    spooled: Spooled
    extension: str
    recent: bool
    notes: tuple[Noted, ...]
    lost: tuple[Dropped, ...]
    whole: bool
    finished: bool
    count: int | None
    others: tuple[Speaker, ...]
    signed: tuple[Digest, ...]


class Heard(Value):
    """What came of it; no transcript where a note of the recording was signed before."""

    recording: Recording
    transcript: Transcript | None


def pack(content: Content, permit: consent.Permit, order: Order, store: "Store", key: Key) -> Sealed:
    """Seal a recording that was opened with this permit, with what its hearing takes; it is heard by `hear_packed`."""
    present = seated(order)
    bill = Waybill(
        kind=permit.kind,
        spooled=content.spooled.replace(client=None, participants=()),
        extension=content.extension,
        recent=content.recent,
        notes=content.notes,
        lost=content.lost,
        whole=content.whole,
        finished=content.finished,
        count=present.count,
        others=present.others,
        signed=() if order.again else store.signed_recordings(),
    )
    return key.seal(content.data, bill.model_dump_json().encode())


def hear_packed(sealed: Sealed, key: Key, engine: Engine, settings: SpeechSettings, progress: Progress) -> Heard:
    """Unseal a recording, decode it and hear it, all in memory; no permit is needed, for nobody seals without one.

    Raises:
        SourceRefused: it was damaged on its way, is not sound, or is too long.
        NoSpeech: there is none in it.
    """
    data, note = key.open(sealed)
    bill = Waybill.read(note)
    content = Content(bill.spooled, data, bill.notes, bill.lost, bill.whole, bill.finished, bill.extension, bill.recent)
    loaded = audio.load_taken(content, bill.kind, settings.longest_hours * 3600)
    if loaded.recording.digest in bill.signed:
        return Heard(recording=loaded.recording, transcript=None)
    present = Present(count=bill.count, others=bill.others)
    if tells_channels(loaded, present):
        present = replace(present, levels=channels.taken_levels(content))
    transcript = listen(loaded, present, engine, settings.least_speech_seconds, progress)
    return Heard(recording=loaded.recording, transcript=transcript)
