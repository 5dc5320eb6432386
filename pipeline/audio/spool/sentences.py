"""What a sealed recording's notes and faults mean, in sentences for the clinician."""

from typing import Final

from ...types import Dropped, Seconds
from .spool import Content, Noted

GAPS: Final = {
    "paused": "the recording was paused here",
    "off the record": "off the record; nothing of it was kept",
    "microphone lost": "the microphone was gone here",
    "overrun": "the computer was too slow here; a little sound was lost",
    "asleep": "the computer was asleep here",
}
UNHEARD: Final = "no sound came from the microphone here"
BROKEN_OFF: Final = (
    "The recording was broken off, by the computer or the program: up to a second of its end may be missing."
)
NOT_WHOLE: Final = "The sealed recording was damaged or changed on the disk; what is intact before and after was kept."


def gaps(content: Content) -> tuple[Dropped, ...]:
    """Return where the recording went on without something that happened, in its own time."""
    return tuple(
        Dropped(start=noted.at, end=noted.at, reason=_reason(noted)) for noted in content.notes if noted.what in GAPS
    )


def remarks(content: Content) -> tuple[str, ...]:
    """Return what is to be said of a recording as a whole."""
    marked = [clock(noted.at) for noted in content.notes if noted.what == "marked"]
    return (
        *(() if content.whole else (NOT_WHOLE,)),
        *(() if content.finished else (BROKEN_OFF,)),
        *((f"You marked a moment at {', '.join(marked)}.",) if marked else ()),
    )


def clock(seconds: Seconds) -> str:
    """Return a time as 3:05 or 1:02:03."""
    minutes, second = divmod(int(seconds), 60)
    return f"{minutes}:{second:02}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02}:{second:02}"


def _reason(noted: Noted) -> str:
    if not noted.seconds:
        return GAPS[noted.what]
    what = UNHEARD if noted.what == "overrun" else GAPS[noted.what]
    return f"{what}, for {clock(noted.seconds)}"
