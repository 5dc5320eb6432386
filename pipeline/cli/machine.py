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
        Path | None, typer.Option("--from", help="Take the model from this folder or USB stick, without any network.")
    ] = None,
) -> None:
    """Get a speech model: download one, or take one from a folder. The only command that uses the network.

    A download that was cut goes on where it stopped. What arrives is verified, run once, and timed.
    """
    from .. import workflow
    from ..config import load_settings
    from ..speech import weights

    settings = load_settings()
    root = workflow.models(settings)
    if from_dir:
        folder = weights.install(from_dir, root)
    else:
        size = size or _ask_size(settings)
        if size not in weights.SIZES:
            raise typer.BadParameter(f"choose one of: {', '.join(weights.SIZES)}")
        with progress_line("downloading", quiet=False) as progress:
            folder = weights.download(size, root, progress, settings.speech.language)
    typer.echo(f"The speech model is in place: {folder}")
    _time(folder, settings)


def _ask_size(settings: "Settings") -> str:
    """Explain the choices with what each costs here; return the one that is wanted, `balanced` if nobody is there."""
    from ..speech import pace, weights

    typer.echo("Evenfall hears with a speech model. It is downloaded once; your recordings never leave this computer.")
    typer.echo("Finding out how fast this computer is ...", err=True)
    expected = pace.expected(settings.speech.threads)
    typer.echo("A 50-minute session takes, on this computer:")
    for name, choice in weights.SIZES.items():
        taken = about(expected[choice.multilingual])
        typer.echo(f"  {name:<14} {taken:>16}  {choice.megabytes:>5} MB  {choice.words}")
    return str(typer.prompt("Which one?", default="balanced")) if sys.stdin.isatty() else "balanced"


def _time(folder: Path, settings: "Settings") -> None:
    """Say how long a session takes with the model that is now there, as timed on the sample dictation."""
    from ..speech import pace
    from ..speech.choose import load_engine

    typer.echo("Timing it on a minute of speech ...", err=True)
    engine = load_engine(str(folder), settings.speech, folder.parent)
    typer.echo(f"Timed with it: a 50-minute session takes {about(pace.timed(engine))} on this computer.")


def about(seconds: float) -> str:
    """Return a length of time as one would say it."""
    minutes = seconds / 60
    if minutes < 1.5:
        return "about a minute"
    return f"about {minutes:.0f} minutes" if minutes < 100 else f"about {minutes / 60:.1f} hours"


def doctor(
    as_json: JsonOption = False,
    verify: Annotated[bool, typer.Option("--verify", help="Read all of the speech model and of the record.")] = False,
) -> None:
    """Say what is ready on this computer and what is missing."""
    import json

    from ..config import load_settings

    checks = list(_checks(load_settings(), verify))
    if as_json:
        typer.echo(json.dumps([asdict(check) for check in checks]))
    else:
        for check in checks:
            typer.echo(f"{'ready  ' if check.good else 'MISSING'}  {check.name}: {check.what}")
    if not all(check.good for check in checks):
        raise typer.Exit(4)


def _checks(settings: "Settings", verify: bool) -> Iterator[Check]:
    yield Check("Python", sys.version_info >= (3, 11), sys.version.split()[0])
    yield _free_space(settings.home)
    yield _model(settings, verify)
    yield _record(settings, verify)
    yield _law(settings)


def _free_space(home: Path) -> Check:
    import shutil

    there = next(folder for folder in (home, *home.parents) if folder.is_dir())
    free = shutil.disk_usage(there).free / 1e9
    return Check("disk", free > 2, f"{free:.0f} GB free for {home}")


def _model(settings: "Settings", verify: bool) -> Check:
    from .. import workflow
    from ..errors import EvenfallError
    from ..speech import weights

    try:
        found = weights.find(settings.speech.model, workflow.models(settings))
    except EvenfallError as error:
        return Check("speech model", False, f"{error.what} {error.next_step}")
    if found == weights.ROUGH:
        return Check("speech model", True, "rough, for trying out only: often wrong")
    if found == weights.demo():
        return Check("speech model", True, "demo, for trying out only: it knows synthetic voices, not yours")
    return _unchanged(found, verify)


def _unchanged(folder: Path, verify: bool) -> Check:
    """Say whether a model's files are the ones that setup verified."""
    from ..moments import local
    from ..speech import integrity

    record = integrity.read(folder)
    if record is None:
        return Check("speech model", True, f"{folder}; setup did not put it there, so it was never verified")
    day = local(record.verified)
    if changed := integrity.altered(folder, record, verify):
        what = f"{folder}: changed or damaged since setup verified it on {day}: {', '.join(changed)}."
        return Check("speech model", False, f"{what} Run: evenfall setup")
    how = "every byte is" if verify else "unchanged,"
    return Check("speech model", True, f"{folder}; {how} as setup verified it on {day}")


def _record(settings: "Settings", verify: bool) -> Check:
    """Open the record if there is one, and with `verify` read it whole; a new one is not made here."""
    from ..errors import EvenfallError
    from ..store import Store
    from .desk import open_store

    if settings.store is None and not Store.exists(settings.home):
        return Check("record", True, "none yet; the first draft makes it")
    try:
        with open_store(settings) as store:
            if verify:
                values, events = store.verify_whole(), store.verify_audit()
                return Check("record", True, f"every page and all {values} values whole; audit chain, {events} events")
            return Check("record", True, f"opens; audit chain whole, {store.verify_audit()} events")
    except EvenfallError as error:
        return Check("record", False, f"{error.what} {error.next_step}")


def _law(settings: "Settings") -> Check:
    """Say whose law is asked before a session is recorded, and how a consent may be given by it."""
    from ..errors import SettingsInvalid
    from ..law import load

    try:
        found = load(settings.law, settings.home)
    except SettingsInvalid as error:
        return Check("law", False, f"{error.what} {error.next_step}")
    titles, ways = ", ".join(profile.title for profile in found.profiles), " or ".join(found.methods)
    return Check("law", bool(ways), f"{titles}; consent is given {ways or 'in no way'}. See: evenfall law show")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(setup)
    app.command()(doctor)
