"""The command that watches folders, and drafts what a phone or recorder syncs in."""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated

import typer

from .desk import open_store, say_waiting
from .notify import notify as show_notification
from .pairing import CalendarOption, NotifyOption
from .speech import ClientOption, KindOption, ModelOption, names

if TYPE_CHECKING:
    from types import FrameType

    from ..config import Settings
    from ..intake import Wish
    from ..workflow import Order


def watch(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR...", help="The folders.", show_default=False)],
    kind: KindOption = None,
    client: ClientOption = None,
    participants: Annotated[
        str | None, typer.Option(help="Who takes part in sessions besides you, comma between them.")
    ] = None,
    calendar: CalendarOption = None,
    format_name: Annotated[str | None, typer.Option("--format", help="The notes' format.")] = None,
    model: ModelOption = None,
    keep_source: Annotated[bool, typer.Option(help="Leave the audio file where it is.")] = False,
    poll: Annotated[bool, typer.Option("--poll", help="Look by itself: for a folder on a network.")] = False,
    notify: NotifyOption = False,
) -> None:
    """Draft what is synced into folders, as it is complete, until you stop it with ctrl-c.

    Of each file a sidecar (NAME.yaml), its name, your calendar or the options must say whose it is. Once its draft is
    kept, an audio file is deleted, with a receipt, unless you say --keep-source. What lacks something stays where it
    is, is told once, and is tried again when a sidecar or a consent arrives.
    """
    from .. import workflow
    from ..config import load_settings
    from ..errors import NotFound
    from ..intake import Wish, claim

    settings = load_settings()
    if missing := [folder for folder in folders if not folder.is_dir()]:
        raise NotFound("There is no such folder.", f"Check the name: {missing[0]}")
    wish = Wish(client, kind, names(participants) if participants else None, calendar=calendar)
    rest = workflow.Order(format=format_name, model=model, keep_source=keep_source)
    with _stoppable(), claim(settings.home):
        _watch(tuple(folder.resolve() for folder in folders), wish, rest, settings, poll=poll, notify=notify)


def _watch(
    folders: tuple[Path, ...], wish: "Wish", rest: "Order", settings: "Settings", *, poll: bool, notify: bool
) -> None:
    from ..errors import StoreAway
    from ..intake import Arrivals, load_rules, ticks
    from .watched import Watched

    rules = load_rules(settings.home)
    arrivals = Arrivals(folders, rules)
    with open_store(settings) as store:
        say_waiting(store)
        watched = Watched(store, settings, rules, folders, wish, rest, _say, lambda done, total: None)
        typer.echo(f"Watching {len(folders)} folder{'s' if len(folders) > 1 else ''}. Stop with ctrl-c.")
        away = False
        for changed in ticks(folders, rules.watch.look_seconds, Event(), poll=poll):
            if not (changed or away or arrivals.restless or watched.waits):
                continue
            now = time.monotonic()
            try:
                if watched.look(arrivals.settled(now), now) and notify:
                    show_notification(len(store.drafts()), watched.needing)
                away = False
            except StoreAway as error:
                if not away:
                    typer.echo(f"{time.strftime('%H:%M')}  {error.what} Files wait where they are until it is back.")
                away = True


def _say(path: Path, sha256: str | None, line: str) -> None:
    """Print a line about a file, by its name where a person watches; a log shall hold no name, for it may be one."""
    known = path.name if sys.stdout.isatty() else f"file {sha256[:8]}" if sha256 else "a file"
    typer.echo(f"{time.strftime('%H:%M')}  {known}: {line}")


@contextmanager
def _stoppable() -> Iterator[None]:
    """End the block at ctrl-c or SIGTERM, between any two steps of it: each is whole or not done."""

    def stop(number: int, frame: "FrameType | None") -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except KeyboardInterrupt:
        typer.echo("Stopped. What was finished is kept; the rest is where it was.")
    finally:
        signal.signal(signal.SIGTERM, before)


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command()(watch)
