"""Find the files that may be drafted, and pair each with whose it is and what, by all that says so; guess nothing."""

from collections.abc import Container, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ..config import Settings
from ..errors import SourceRefused
from ..types import Digest
from .appointments import Agenda
from .incoming import Incoming, Lack, Said, Unusable, Wish
from .naming import read_name
from .places import calendars, digest, walk
from .rules import Rules, load_rules
from .sidecar import beside, read_sidecar

FIELDS: Final = ("client", "kind", "participants", "day", "minutes")
WHO: Final = ("client",)  # who took part besides the clinician, where nothing says it


def find(
    places: Iterable[Path], wish: Wish, settings: Settings, only: Container[Path] | None = None
) -> Iterator[Incoming | Unusable]:
    """Yield each source under these folders, and each file named, paired or with the reason why it is left alone.

    What is said on the command line counts before a sidecar, that before the file's name, that before the calendar;
    where two of them name different clients or kinds, none counts. Of a file its bytes are hashed and nothing else:
    consent is still to be asked. Of two files with the same content the second is left alone. `only` takes of the
    sources these paths alone.

    Raises:
        SettingsInvalid: a key of intake.yaml is wrong.
        SourceRefused: the calendar that is named cannot be read.
    """
    places, rules = tuple(places), load_rules(settings.home)
    agenda = Agenda((), rules)
    for named in (*rules.calendar.files, *((wish.calendar,) if wish.calendar else ())):
        agenda = agenda.with_export(named)
    for export in dict.fromkeys(one for place in places for one in calendars(place)):
        try:
            agenda = agenda.with_export(export)
        except SourceRefused as error:
            yield Unusable(export, error.what, error.next_step)
    seen: set[Digest] = set()
    for found in dict.fromkeys(one for place in places for one in walk(place, rules)):
        if isinstance(found, Unusable):
            yield found
        elif only is None or found in only:
            yield _paired(found, wish, rules, agenda, seen)


def _paired(path: Path, wish: Wish, rules: Rules, agenda: Agenda, seen: set[Digest]) -> Incoming | Unusable:
    sha256 = None
    try:
        sha256 = digest(path)
        if sha256 in seen:
            raise SourceRefused("It holds the same as another file here.", "Delete one of the two.")
        said = _all_said(path, wish, rules, agenda)
        _demand_agreement(said)
    except SourceRefused as error:
        return Unusable(path, error.what, error.next_step, sha256)
    seen.add(sha256)
    return _joined(path, sha256, said, rules)


def _all_said(path: Path, wish: Wish, rules: Rules, agenda: Agenda) -> tuple[Said, ...]:
    """Return what each source says of a file, in the order in which they count."""
    order = Said("order", wish.client, wish.kind, wish.participants, wish.day, wish.minutes)
    name = read_name(path.stem, rules.templates)
    named = Said("file name", name.client, name.kind, None, name.day, name.minutes, name.began)
    told = (order, *map(read_sidecar, beside(path)), named)
    began = name.began or (_file_date(path) if rules.calendar.file_date else None)
    appointment = agenda.at(began, early=_may_be_early(path, told, rules)) if began else None
    return (*told, *((appointment,) if appointment else ()))


def _may_be_early(path: Path, told: Sequence[Said], rules: Rules) -> bool:
    """Say whether a file may be of an appointment that it began before; a text nobody calls a session may be dictated.

    A dictation is made after a session: minutes before the next client's, it is of the one before.
    """
    kinds = {one.kind for one in told if one.kind}
    return "dictation" not in kinds and ("session" in kinds or path.suffix.lower() not in rules.text)


def _demand_agreement(said: Sequence[Said]) -> None:
    """Demand that nobody says another client or kind than somebody else.

    Raises:
        SourceRefused: they do.
    """
    told = [one for one in said if one.told != "calendar"]  # that a recording began in it makes it a session only there
    clients = {one.client: one.told for one in said if one.client}
    kinds = {one.kind: one.told for one in told if one.kind}
    for known, what in ((clients, "whose it is"), (kinds, "whether it is a session")):
        if len(known) > 1:
            who = " and the ".join(dict.fromkeys(known.values()))
            raise SourceRefused(f"The {who} differ about {what}.", "Mend the wrong one; nothing was guessed.")


def _joined(path: Path, sha256: Digest, said: Sequence[Said], rules: Rules) -> Incoming | Unusable:
    sound = path.suffix.lower() not in rules.text
    told = {field: one for field in FIELDS for one in reversed(said) if getattr(one, field) is not None}
    if not sound and "kind" in told and told["kind"].told == "calendar":
        del told["kind"]  # a text is judged by what it holds
    lacks: tuple[Lack, ...] = (*(("client",) if "client" not in told else ()),)
    if sound and "kind" not in told:
        lacks = (*lacks, "kind")
    if lacks:
        return _lacking(path, sha256, lacks)
    return Incoming(
        path=path,
        sha256=sha256,
        client=told["client"].client or "",
        kind=told["kind"].kind if "kind" in told else None,
        participants=(told["participants"].participants if "participants" in told else None) or WHO,
        day=told["day"].day if "day" in told else None,
        minutes=told["minutes"].minutes if "minutes" in told else None,
        known_from=tuple((field, one.told) for field, one in told.items()),
    )


def _lacking(path: Path, sha256: Digest, lacks: tuple[Lack, ...]) -> Unusable:
    client = "whose it is (--client REF)"
    kind = "whether it is a dictation or a session (--kind)"
    what = " nor ".join(words for lack, words in (("client", client), ("kind", kind)) if lack in lacks)
    return Unusable(
        path,
        f"Nothing says {what}.",
        "Say so in a .yaml or .json file of the same name beside it, or in its name.",
        sha256,
        lacks,
    )


def _file_date(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
