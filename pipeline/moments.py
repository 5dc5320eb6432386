"""Times as a person reads them: in a recording, on the clock, until a note is due."""

from datetime import datetime


def clock(seconds: float) -> str:
    """Return seconds from the start of the recording as m:ss."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def local(moment: datetime) -> str:
    """Return a moment in local time, to the minute."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M")


def due_in_words(due: datetime, now: datetime) -> str:
    """Return how long until a note is due, in plain words."""
    hours = (due - now).total_seconds() / 3600
    if hours < 0:
        return f"overdue by {_span(-hours)}"
    return f"due in {_span(hours)}"


def _span(hours: float) -> str:
    return f"{hours / 24:.0f} days" if hours >= 48 else f"{hours:.0f} h" if hours >= 1 else f"{hours * 60:.0f} min"
