"""The calendar's export (.ics): which appointment a recording began in, and whose it is."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from ..errors import SourceRefused
from .incoming import Said
from .naming import read_name
from .rules import Rules

LARGEST: Final = 50_000_000  # bytes
LONGEST: Final = timedelta(days=1)  # of an appointment; what lasts longer is a holiday
EARLIEST: Final = 1970  # year
FOLD: Final = re.compile(rb"\r?\n[ \t]")
# Repetitions within a day, or on the spot, which appointments do not have: to follow one would take for ever.
TOO_OFTEN: Final = re.compile(
    rb"^RRULE[^\r\n]*(?:FREQ=(?:SECONDLY|MINUTELY|HOURLY)|BY(?:SECOND|MINUTE|HOUR)=|INTERVAL=0+(?!\d))"
    rb"[^\r\n]*(?:\r?\n|\Z)",
    re.I | re.M,
)
# What icalendar and recurring_ical_events raise at exports that are none.
FAULTS: Final = (ValueError, KeyError, IndexError, TypeError, AttributeError, ArithmeticError, RecursionError)


@dataclass(frozen=True)
class Agenda:
    """The appointments of some exports."""

    calendars: tuple[Any, ...]  # icalendar.Calendar
    rules: Rules

    def with_export(self, file: Path) -> "Agenda":
        """Return these appointments and those of one more export.

        Raises:
            SourceRefused: it cannot be read as what it is.
        """
        try:
            if file.stat().st_size > LARGEST:
                raise _unreadable()
            return self.with_content(file.read_bytes())
        except OSError:
            raise _unreadable() from None

    def with_content(self, content: bytes) -> "Agenda":
        """Return these appointments and those of one more export's bytes.

        Raises:
            SourceRefused: they cannot be read as what they are.
        """
        import icalendar

        plain = TOO_OFTEN.sub(b"", FOLD.sub(b"", content))
        try:
            read = list(icalendar.Calendar.from_ical(plain, multiple=True))
            for calendar in read:
                calendar.subcomponents = [part for part in calendar.subcomponents if _is_sane(part)]
        except FAULTS:
            raise _unreadable() from None
        return replace(self, calendars=(*self.calendars, *read))

    def at(self, began: datetime, *, early: bool = True) -> Said | None:
        """Return whose recording began then and on which day, None where no appointment says it, or more than one.

        It may have begun minutes before its appointment, unless not `early`. How long it was planned is not how long it
        was: an appointment says nothing of the minutes.

        Raises:
            SourceRefused: an appointment about that time cannot be read.
        """
        found = dict(self._whose(began, timedelta(minutes=self.rules.calendar.before_minutes if early else 0)))
        if len(found) != 1:
            return None
        ((client, day),) = found.items()
        return Said("calendar", client, "session", day=day.date())

    def _whose(self, began: datetime, early: timedelta) -> Iterator[tuple[str, datetime]]:
        """Yield the reference in each appointment that a recording could belong to, and when that begins here."""
        for event in self._about(began):
            start, end = event["DTSTART"].dt, event["DTEND"].dt
            if not isinstance(start, datetime) or str(event.get("STATUS", "")).upper() == "CANCELLED":
                continue
            start, end = start.astimezone(), end.astimezone()  # a time without a zone is this computer's
            client = self._reference(event)
            if client and end - start <= LONGEST and start - early <= began < end:
                yield client, start

    def _about(self, began: datetime) -> Iterator[Any]:
        import recurring_ical_events

        try:
            for calendar in self.calendars:
                series = recurring_ical_events.of(calendar, skip_bad_series=True)
                yield from series.between(began - LONGEST, began + LONGEST)
        except FAULTS:
            raise _unreadable() from None

    def _reference(self, event: Any) -> str | None:
        held = event.get(self.rules.calendar.field, "")
        return read_name(" ".join(str(held).split()), self.rules.references).client


def _is_sane(part: Any) -> bool:
    """Say whether a calendar's part is no event that lasts for years, of which each day would be followed."""
    if part.name != "VEVENT" or "DTEND" not in part:
        return True
    start, end = part["DTSTART"].dt, part["DTEND"].dt
    return bool(start.year >= EARLIEST and start.year <= end.year <= start.year + 1)


def _unreadable() -> SourceRefused:
    return SourceRefused(
        "The calendar's export cannot be read.", "Export it again as .ics, or take it out of the folder."
    )
