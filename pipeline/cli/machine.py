"""Commands about this computer: setup, doctor."""

import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .desk import progress_line
from .speech import JsonOption

if TYPE_CHECKING:
    from ..config import Settings


@dataclass(frozen=True)
class Check:
    """One thing that Evenfall needs, whether it is there, and what to do if not."""

    name: str
    good: bool
    what: str


def setup(
    size: Annotated[str | None, typer.Option(help="fast, balanced, most accurate; without it, you are asked.")] = None,
    from_dir: Annotated[
        Path | None, typer.Option("--from", help="Take the model from this folder, without any network.")
    ] = None,
) -> None:
    """Get a speech model: download one, or take one from a folder. The only command that uses the network."""
    from .. import workflow
    from ..config import load_settings
    from ..speech import weights

    settings = load_settings()
    root = workflow.models(settings)
    if from_dir:
        typer.echo(f"The speech model is in place: {weights.install(from_dir, root)}")
        return
    if size is None:
        for choice in weights.SIZES.values():
            typer.echo(f"{choice.megabytes:>5} MB  {choice.words}")
        size = typer.prompt("Which one?", default="balanced") if sys.stdin.isatty() else "balanced"
    if size not in weights.SIZES:
        raise typer.BadParameter(f"choose one of: {', '.join(weights.SIZES)}")
    with progress_line("downloading", quiet=False) as progress:
        folder = weights.download(size, root, progress, settings.speech.language)
    typer.echo(f"The speech model is in place: {folder}")


def doctor(as_json: JsonOption = False) -> None:
    """Say what is ready on this computer and what is missing."""
    import json

    from ..config import load_settings

    checks = list(_checks(load_settings()))
    if as_json:
        typer.echo(json.dumps([asdict(check) for check in checks]))
    else:
        for check in checks:
            typer.echo(f"{'ready  ' if check.good else 'MISSING'}  {check.name}: {check.what}")
    if not all(check.good for check in checks):
        raise typer.Exit(4)


def _checks(settings: "Settings") -> Iterator[Check]:
    yield Check("Python", sys.version_info >= (3, 11), sys.version.split()[0])
    yield _free_space(settings.home)
    yield _model(settings)
    yield _record(settings)


def _free_space(home: Path) -> Check:
    import shutil

    there = next(folder for folder in (home, *home.parents) if folder.is_dir())
    free = shutil.disk_usage(there).free / 1e9
    return Check("disk", free > 2, f"{free:.0f} GB free for {home}")


def _model(settings: "Settings") -> Check:
    from .. import workflow
    from ..errors import EvenfallError
    from ..speech import weights

    try:
        return Check("speech model", True, str(weights.find(settings.speech.model, workflow.models(settings))))
    except EvenfallError as error:
        return Check("speech model", False, f"{error.what} {error.next_step}")


def _record(settings: "Settings") -> Check:
    """Open the record if there is one; a new one is not made here."""
    from ..errors import EvenfallError
    from ..store import Store
    from .desk import open_store

    if not Store.exists(settings.home):
        return Check("record", True, "none yet; the first draft makes it")
    try:
        with open_store(settings) as store:
            return Check("record", True, f"opens; audit chain whole, {store.verify_audit()} events")
    except EvenfallError as error:
        return Check("record", False, f"{error.what} {error.next_step}")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(setup)
    app.command()(doctor)
