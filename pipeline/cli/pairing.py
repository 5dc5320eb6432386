"""What the commands that take in folders share: their options, and asking at the terminal for what nothing says."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ..config import Settings
    from ..intake import Incoming, Unusable, Wish

CalendarOption = Annotated[
    Path | None,
    typer.Option(help="Your calendar, exported as .ics: a recording belongs to the appointment it began in."),
]
NotifyOption = Annotated[
    bool, typer.Option("--notify", help="Say with a notification on the desktop how many drafts wait; no names.")
]


def ask_for(unusable: "Unusable", wish: "Wish", settings: "Settings") -> "Incoming | Unusable":
    """Ask for what nothing says of a file, and pair it with the answers; without a terminal it stays as it is."""
    from ..intake import find

    if not unusable.lacks or not sys.stdin.isatty():
        return unusable
    typer.echo(f"{unusable.path.name}: nothing says {' nor '.join(unusable.lacks)}.", err=True)
    if "client" in unusable.lacks:
        answer = typer.prompt("The client's reference (Enter: leave it alone)", default="").strip()
        wish = replace(wish, client=answer or None)
    if "kind" in unusable.lacks and wish.client:
        answer = typer.prompt("Dictation or session? [d/s]").strip().lower()
        wish = replace(wish, kind="session" if answer.startswith("s") else "dictation" if answer == "d" else None)
    found = find([unusable.path], wish, settings)  # a calendar beside it may be told of, too
    return next((one for one in found if one.path == unusable.path), unusable)
