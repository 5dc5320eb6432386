"""The commands that have this computer draft by itself: every evening, or whatever is synced in."""

from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from .pairing import CalendarOption
from .speech import KindOption

if TYPE_CHECKING:
    from .recipes import Computer, Recipe

app = typer.Typer(
    no_args_is_help=True, help="Have this computer draft by itself, every evening: show, install, remove."
)

FolderArgument = Annotated[Path, typer.Argument(metavar="DIR", help="The folder that recordings come into.")]
AtOption = Annotated[str, typer.Option(help="When, each day.")]
WatchOption = Annotated[bool, typer.Option("--watch", help="Draft what comes in as it comes, not in the evening.")]
KEYRING = "Nobody is there to type a passphrase, so this computer's keyring must keep the key of the record."


@app.command()
def show(
    folder: FolderArgument,
    at: AtOption = "18:00",
    watch: WatchOption = False,
    kind: KindOption = None,
    calendar: CalendarOption = None,
    computer: Annotated[
        Literal["linux", "mac", "windows"] | None, typer.Option("--for", help="Which computer; without it, this one.")
    ] = None,
) -> None:
    """Print what `install` would write and run, and change nothing."""
    from .recipes import HERE

    made = _recipe(folder, at, kind, calendar, computer or HERE, watch=watch)
    for path, content in made.files:
        text = content.decode("utf-16" if path.suffix == ".xml" else "utf-8")
        typer.echo(f"# {path}\n{text}")
    for name, value in made.settings:
        typer.echo(f'# first, where your account does not have it: setx {name} "{value}"')
    typer.echo("\n".join(f"# then: {' '.join(command)}" for command in (*made.clear, *made.start)))
    typer.echo(f"# {KEYRING}")


@app.command()
def install(
    folder: FolderArgument,
    at: AtOption = "18:00",
    watch: WatchOption = False,
    kind: KindOption = None,
    calendar: CalendarOption = None,
) -> None:
    """Draft what is new in a folder every evening, while you are logged in; a computer that slept does it later.

    A notification tells how many drafts wait and how many files need you: counts only.
    """
    from . import recipes

    if not folder.is_dir():
        raise typer.BadParameter("there is no such folder")
    _demand_keyring()
    made = _recipe(folder, at, kind, calendar, recipes.HERE, watch=watch)
    recipes.install(made)
    typer.echo("Evenfall drafts what is synced in." if watch else f"Evenfall drafts what is new every day at {at}.")
    typer.echo("Written: " + ", ".join(str(path) for path, _ in made.files))
    typer.echo("Take it back with: evenfall evenings remove")


@app.command()
def remove() -> None:
    """Stop drafting by itself, and delete what `install` wrote."""
    from . import recipes

    kinds: tuple[recipes.What, ...] = ("evening", "watch")
    found = [recipes.remove(recipes.recipe(recipes.Job(("evenfall",), what))) for what in kinds]
    typer.echo("Removed. Nothing runs by itself any more." if any(found) else "Nothing was installed.")


def _recipe(
    folder: Path,
    at: str,
    kind: str | None,
    calendar: Path | None,
    computer: "Computer",
    *,
    watch: bool,
) -> "Recipe":
    from . import recipes

    moment = _time(at)
    options = (
        *(("--kind", kind) if kind else ()),
        *(("--calendar", str(calendar.absolute())) if calendar else ()),
    )
    words = ("watch", "--notify") if watch else ("batch", "--unattended", "--notify")
    command = (*recipes.own_command(), *words, *options, str(folder.absolute()))
    job = recipes.Job(command, "watch" if watch else "evening", moment.hour, moment.minute)
    return recipes.recipe(job, computer, recipes.settings_along())


def _time(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter("write the time as 18:00") from error


def _demand_keyring() -> None:
    """Demand that the record opens without anybody; a passphrase is never written into a file.

    Raises:
        Refused: there is no record, or it opens with a passphrase.
    """
    from ..config import load_settings
    from ..errors import NotFound, Refused
    from ..store.sidecar import read_sidecar
    from .recipes import is_said_here

    settings = load_settings()
    if settings.store is not None:  # its key is in no keyring
        if settings.passphrase is None or is_said_here("EVENFALL_PASSPHRASE"):
            raise Refused(
                "A practice's record opens with your passphrase, and nobody is there to type it.",
                "Draft it yourself at day's end: evenfall batch DIR",
            )
        return
    sidecar = read_sidecar(settings.home)
    if sidecar is None:
        raise NotFound("There is no record yet.", "Draft something first: evenfall draft SOURCE")
    if sidecar.kind != "keyring":
        raise Refused(f"The record opens with a passphrase. {KEYRING}", "Run: evenfall passphrase --keyring")


def register(parent: typer.Typer) -> None:
    """Add this module's commands."""
    parent.add_typer(app, name="evenings")
