"""What rules look at: the note as it would be now, at drafting, after an edit or before the signature."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from ...types import Category, Detail, Finding, GoalLink, Section, Signature, Statement


@dataclass(frozen=True)
class View:
    """The note as it would be at the moment `at`.

    `findings` say what a statement carries besides its own category. `planned` says whether the client has a treatment
    plan, `alike` names statements that are worded like another note's, by digest; `unnamed` finds the names in a text
    that no role stands for. `origins` gives, for a statement as
    it was edited, the digest of the one in the draft: a question points to that.
    """

    sections: tuple[Section, ...]
    details: Sequence[Detail]
    at: datetime
    format: str
    findings: Sequence[Finding] = ()
    goals: Sequence[GoalLink] = ()
    planned: bool = False
    alike: Sequence[str] = ()
    unnamed: Callable[[str], Iterable[str]] | None = None
    signature: Signature | None = None
    origins: Mapping[str, str] = field(default_factory=dict)

    def statements(self) -> Iterator[Statement]:
        """Yield the statements in the order of the note."""
        for section in self.sections:
            yield from section.statements

    def target(self, statement: Statement) -> str:
        """Return the digest of the statement as it stands in the draft."""
        return self.origins.get(statement.digest, statement.digest)

    def addressed(self) -> frozenset[Category]:
        """Return the categories that something is said of about the client, also beside a statement's own."""
        carried = {finding.digest: finding for finding in self.findings}
        said = {statement.category for statement in self.statements() if statement.subject == "client"}
        beside = [carried[d] for statement in self.statements() for d in statement.findings if d in carried]
        return frozenset(said | {finding.category for finding in beside if finding.subject == "client"})

    def known(self) -> dict[str, str]:
        """Return the details by key; minutes also where only start and stop are known."""
        known: dict[str, str] = {detail.key: detail.value for detail in self.details}
        if "minutes" not in known and "start_time" in known and "end_time" in known:
            start, end = (time.fromisoformat(known[key]) for key in ("start_time", "end_time"))
            length = (end.hour - start.hour) * 60 + end.minute - start.minute
            return {**known, "minutes": str(length % (24 * 60))}
        return known

    def ended(self) -> datetime | None:
        """Return when the session ended, in local time; the end of the day where only the date is known."""
        return session_end(self.details)


def session_end(details: Sequence[Detail]) -> datetime | None:
    """Return when the session ended by its details, in local time: the end of the day where they name no time."""
    known = {detail.key: detail.value for detail in details}
    if "date" not in known:
        return None
    day = date.fromisoformat(known["date"])
    if "end_time" in known:
        end = datetime.combine(day, time.fromisoformat(known["end_time"]))
    elif "start_time" in known and known.get("minutes", "").isdecimal():
        end = datetime.combine(day, time.fromisoformat(known["start_time"])) + timedelta(minutes=int(known["minutes"]))
    else:
        end = datetime.combine(day, time(23, 59))
    return end.astimezone()
