"""What the clinician asks for with one source, and leave to open it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from .. import consent, law
from ..audio.spool import Spool
from ..config import Settings
from ..draft.format_files import OWN
from ..errors import ConsentMissing, Refused
from ..speech.transcripts import files
from ..types import (
    Detail,
    Kind,
    Length,
    Manner,
    Typed,
)

if TYPE_CHECKING:
    from ..store import Store


TEXT: Final = files.SUFFIXES  # extensions of what is read, not heard


@dataclass(frozen=True)
class Order:
    """What the clinician asked for with one source; None: as the source says, or as the settings do.

    `draft_spooled` puts the sealed recording in the source's place.
    """

    source: Path | Spool | files.Pasted = Path()
    kind: Kind | None = None
    client: str | None = None
    participants: tuple[str, ...] = ("client",)
    day: date | None = None
    minutes: int | None = None
    format: str | None = None
    length: Length | None = None
    call: str | None = None
    initials: str | None = None
    pronoun: str | None = None
    model: str | None = None
    clinician_label: str | None = None
    speakers: int | None = None  # how many people speak; 0: judge by the voices; None: the clinician and participants
    again: bool = False
    keep_source: bool = False

    @property
    def decided_kind(self) -> Kind:
        """The kind asked for, else what the file is: a transcript with speakers is a session, the rest dictation."""
        if isinstance(self.source, Spool):
            return self.source.spooled.kind
        return self.kind or files.kind_of(self.source) or "dictation"


def models(settings: Settings) -> Path:
    """Return the folder that `evenfall setup` puts speech models into."""
    return settings.home / "models"


def formats(settings: Settings) -> Path:
    """Return the folder of the user's own formats."""
    return settings.home / OWN


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


def wished(
    manner: Manner,
    *,
    format: str | None = None,  # noqa: A002 (the field's name)
    length: str | None = None,
    call: str | None = None,
    initials: str | None = None,
    pronoun: str | None = None,
) -> Manner:
    """Return the manner with what the clinician asks for in it; None leaves it as it is. Initials are for calling by.

    Raises:
        Refused: it asks for initials or a pronoun and has none, or they are none.
    """
    call = call or ("initials" if initials else None)
    asked = {"format": format, "length": length, "call": call, "initials": initials, "pronoun": pronoun}
    try:
        return manner.replace(**{name: value for name, value in asked.items() if value is not None})
    except ValidationError as error:
        raise Refused(
            "The client cannot be called so.",
            "Give the initials as J.D. (--initials), the pronoun as she, he or they (--pronoun).",
        ) from error


def as_ordered(manner: Manner, order: Order) -> Manner:
    """Return the manner with what the order asks for in it; see `wished`."""
    return wished(
        manner,
        format=order.format,
        length=order.length,
        call=order.call,
        initials=order.initials,
        pronoun=order.pronoun,
    )


def permit_for(order: Order, store: "Store | None", settings: Settings) -> consent.Permit:
    """Return leave to open what the order names, by the laws that count; a refusal is on the chain.

    A clock that was stepped back asks of no moment before a sealed recording was begun.

    Raises:
        ConsentMissing: it is a session, and somebody in it has not consented as is demanded.
    """
    kind, at = order.decided_kind, now()
    if isinstance(order.source, Spool):
        at = max(at, order.source.spooled.begun_at)
    given = store.consents(order.client) if store and order.client else ()
    try:
        demanded = law.of_client(settings.law, given, settings.home)
        return consent.ask(kind, order.client, order.participants, given, at, demanded)
    except ConsentMissing:
        if store:
            store.record("refused: no consent")
        raise


def typed_details(order: Order, by: str) -> tuple[Detail, ...]:
    """Return what the order says of the session, as details that the clinician `by` typed."""
    values = {"date": order.day and order.day.isoformat(), "minutes": order.minutes and str(order.minutes)}
    return tuple(
        Detail.model_validate(
            {"key": key, "value": value, "source": "typed", "evidence": (Typed(by=by, at=now(), quote=value),)}
        )
        for key, value in values.items()
        if value
    )
