"""How a batch is shown: bars at a terminal, lines elsewhere, JSON lines for a program; a table at the end.

Only a terminal is told file names and clients: what is written into a log or a pipe names items by digests.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import typer

from ..moments import due_in_words

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from ..batch import Event
    from ..types import Draft

WORDS: Final = {"drafted": "drafted", "known": "drafted before", "refused": "refused", "failed": "failed"}

Tell = Callable[["Event"], None]


@dataclass
class Tally:
    """What has become of each item so far."""

    over: "list[Event]" = field(default_factory=list)
    begun: int = 0

    def add(self, event: "Event") -> None:
        """Count an event in."""
        self.begun = max(self.begun, event.number)
        if event.over:
            self.over.append(event)

    @property
    def needing(self) -> int:
        """How many items need somebody."""
        return sum(event.why is not None for event in self.over)

    def sentence(self) -> str:
        """Return the counts as one says them."""
        counts = [(sum(event.state == state for event in self.over), words) for state, words in WORDS.items()]
        return ", ".join(f"{count} {words}" for count, words in counts if count) or "nothing to draft"

    def exit_code(self, *, unattended: bool) -> int:
        """Return the code of the first item that was refused or failed; unattended, a refusal that is told is none."""
        states = ("failed",) if unattended else ("failed", "refused")
        return next((event.why.exit_code for event in self.over if event.why and event.state in states), 0)


@contextmanager
def shown(tally: Tally, *, as_json: bool, quiet: bool) -> Iterator[Tell]:
    """Show what happens, in the way that suits who watches."""
    if as_json:
        yield _json_line
    elif quiet or not sys.stderr.isatty():
        yield _line
    else:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        columns = (TextColumn("{task.description}", markup=False), BarColumn(), TextColumn("{task.fields[how]}"))
        with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
            yield _Bars(bars, tally).tell


def table(tally: Tally) -> None:
    """Print what became of each item: what is to be reviewed, the one due first first; then what was not drafted."""
    from rich.console import Console
    from rich.table import Table

    rows = Table("Recording", "Draft", "Client", "Due", box=None, pad_edge=False)
    made = [(event, event.draft) for event in tally.over if event.draft]
    for event, draft in sorted(made, key=lambda pair: pair[1].due_at):
        rows.add_row(event.name, draft.digest[:8], draft.client or "not given", _due(draft))
    console = Console()
    if made:
        console.print(rows, markup=False)
    for event in tally.over:
        if event.why:
            console.print(f"{event.name}: {outcome(event)}", markup=False, highlight=False, soft_wrap=True)


def outcome(event: "Event") -> str:
    """Return what became of an item, in a line without names."""
    if event.draft:
        return f"{WORDS[event.state]}: {event.draft.digest[:8]}, {_due(event.draft)}"
    if event.state == "waiting" and event.why:
        return f"{event.why.what} What was drafted is kept; this goes on when it is back."
    return f"{WORDS[event.state]}: {event.why.what} {event.why.next_step}" if event.why else event.state


def _due(draft: "Draft") -> str:
    """Return how long until it is due from now on: one that was drafted before may be overdue."""
    from .. import workflow

    return due_in_words(draft.due_at, workflow.now())


def _line(event: "Event") -> None:
    if event.over or event.state == "waiting":
        typer.echo(f"{event.name if sys.stdout.isatty() else event.source}: {outcome(event)}")


def _json_line(event: "Event") -> None:
    fields: dict[str, object] = {"event": event.state, "item": event.number, "source": event.source}
    if event.state == "listening":
        fields["share"] = round(event.share, 3)
    if event.draft:
        fields |= {"draft": event.draft.digest, "due_at": event.draft.due_at.isoformat()}
    if event.why:
        fields |= {"error": type(event.why).__name__, "why": event.why.what, "next": event.why.next_step}
    typer.echo(json.dumps(fields))


class _Bars:
    """A bar for all, and one for each recording that is being heard."""

    def __init__(self, bars: "Progress", tally: Tally) -> None:
        self._bars, self._tally = bars, tally
        self._all = bars.add_task("All recordings", total=None, how="")
        self._each: dict[int, TaskID] = {}

    def tell(self, event: "Event") -> None:
        """Move the bars, and print what is over."""
        number = event.number
        if event.state == "listening" and number not in self._each:
            self._each[number] = self._bars.add_task(event.name, total=1.0, how="")
        if number in self._each and event.over:
            self._bars.remove_task(self._each.pop(number))
        elif number in self._each:
            share = event.share if event.state == "listening" else 1.0
            self._bars.update(self._each[number], completed=share, how=f"{share:.0%}")
        if event.over or event.state == "waiting":
            self._bars.console.print(f"{event.name}: {outcome(event)}", highlight=False, markup=False)
        done, begun = len(self._tally.over), self._tally.begun
        self._bars.update(self._all, completed=done, total=begun, how=f"{done} of {begun} begun")
