"""Commands that keep the record: backup, restore, the passphrase, the recovery key."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .desk import actor, ask_passphrase, open_store, server

if TYPE_CHECKING:
    from ..config import Settings
    from ..store import Store

ForceOption = Annotated[bool, typer.Option("--force", help="Overwrite the file if it is there.")]


def backup(file: Annotated[Path, typer.Argument(help="The file to write.")], force: ForceOption = False) -> None:
    """Write a sealed copy of the whole record, and prove it by restoring it beside the record.

    It opens with the passphrase of today, or the recovery key; process notes are in it as they are, sealed with their
    own. Your settings, formats and rules are plain files in the data folder: they are not in it.
    """
    from ..config import load_settings

    with open_store(load_settings()) as store:
        made = store.backup(file, force=force)
    typer.echo(f"Written, restored beside the record and compared: {file}")
    if made.recordings:
        typer.echo(
            f"It holds {made.recordings} sealed recording(s) with their keys. What is purged here later stays in it: "
            "delete the backup when you have a newer one."
        )


def restore(
    file: Annotated[Path, typer.Argument(help="A backup.")],
    home: Annotated[Path | None, typer.Option(help="The data folder to restore into; without it, your own.")] = None,
    move_aside: Annotated[
        bool, typer.Option("--move-aside", help="Move the record that is there into a folder of its own.")
    ] = False,
) -> None:
    """Put a backup's record into the data folder, once it opens and is whole. Nothing is overwritten."""
    from ..config import load_settings
    from ..errors import NotFound, Refused
    from ..store import Store

    if not file.is_file():
        raise NotFound("There is no such file.", "Name the file that `evenfall backup` wrote.")
    settings = load_settings()
    if home is None and settings.store is not None:
        raise Refused(
            "The record is on a practice's server; a backup is of a record in a folder.",
            "On the server use pg_restore. To look into the backup restore it into another folder: --home DIR",
        )
    into = home or settings.home
    words = settings.passphrase.get_secret_value() if settings.passphrase else None
    made = Store.restore(file, into, words, ask_passphrase, actor=actor(settings), move_aside=move_aside)
    then = made.manifest.made_at.astimezone()
    typer.echo(f"The record of {then:%Y-%m-%d %H:%M} is in {into}, whole, its audit chain too.")
    typer.echo("What was deleted since then is back. See what is due: evenfall retention show")
    if made.revoked is None:
        typer.echo("Consents that were revoked since then stand again: revoke them anew, see: evenfall consent list")
    else:
        typer.echo(
            f"{made.revoked} consent(s) that the record moved aside holds as revoked are revoked in this one, too."
        )


def passphrase(
    keyring: Annotated[
        bool, typer.Option("--keyring", help="Have this computer's keyring keep the key, without a passphrase.")
    ] = False,
) -> None:
    """Change the passphrase, or move between a passphrase and this computer's keyring. The record stays as it is."""
    from ..config import load_settings
    from ..drawer.passphrase import opens as opens_drawer
    from ..errors import Refused
    from ..store.keys import ask_twice

    settings = load_settings()
    with _proven(settings) as store:
        words = None if keyring else ask_twice(ask_passphrase, "The new passphrase")
        if words is not None and opens_drawer(settings.home, words):
            raise Refused("These words open the process notes.", "The record needs a passphrase of its own.")
        store.change_passphrase(words)
    if keyring:
        typer.echo("This computer's keyring keeps the key now. A backup needs a recovery key: evenfall recovery-key")
    else:
        typer.echo("The new passphrase opens the record. Backups made before open with the one of then.")
    if settings.passphrase:
        typer.echo("EVENFALL_PASSPHRASE (or config.yaml) still holds the old one: change it there.")


def recovery_key(
    drop: Annotated[bool, typer.Option("--drop", help="Have no recovery key open the record any more.")] = False,
) -> None:
    """Make a recovery key to print and lock away: it opens the record where the passphrase is asked for.

    It is shown once and kept nowhere. A new one takes the place of the one before.
    """
    from ..config import load_settings

    with _proven(load_settings()) as store:
        if drop:
            store.drop_recovery_key()
            typer.echo("No recovery key opens the record any more; backups made before keep theirs.")
            return
        shown = store.make_recovery_key()
    typer.echo("Write this down or print it, and lock it away. Whoever has it and the record can read everything.")
    typer.echo(f"\n    {shown}\n")
    typer.echo("Type it where the passphrase is asked for. It is not shown again.")


@contextmanager
def _proven(settings: "Settings") -> "Iterator[Store]":
    """Open the record for its owner: who types the passphrase anew, or the PIN where the keyring has the key."""
    from ..errors import NotFound, WrongPassphrase
    from ..store import Store
    from ..store.sidecar import read_sidecar

    sidecar = read_sidecar(settings.home)
    if sidecar is None and settings.store is None:
        raise NotFound("There is no record yet.", "The first draft makes it.")
    keyring = settings.store is None and sidecar is not None and sidecar.kind == "keyring"
    words = None if keyring else ask_passphrase("The passphrase so far, or the recovery key")
    at = server(settings)
    with Store.open(settings.home, words, ask_passphrase, actor=actor(settings), server=at) as store:
        store.watch_clock()  # before anything is recorded by a clock that may be wrong
        if words is None and store.has_pin() and not store.proves(ask_passphrase("Your PIN")):
            store.record("refused: wrong PIN")
            raise WrongPassphrase("That is not your PIN.", "Try again.")
        yield store


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(backup)
    app.command()(restore)
    app.command()(passphrase)
    app.command("recovery-key")(recovery_key)
