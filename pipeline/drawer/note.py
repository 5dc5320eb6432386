"""What lies in the drawer. These values are not among `pipeline.types`: they flow nowhere."""

from datetime import date

from pydantic import AwareDatetime

from ..types import Value, Words


class ProcessNote(Value):
    """The clinician's own analysis of one conversation (45 CFR 164.501); `day` is the day of that conversation."""

    client: Words
    day: date
    text: Words
    written_at: AwareDatetime
    changed_at: AwareDatetime | None = None


class Unfinished(Value):
    """What is being typed and not kept yet: a client's new note, or new words of the note `of`, by its digest."""

    client: Words
    of: str = ""
    day: date
    text: str
