"""Commands about the clinician's style: show what was learnt, forget it."""

import json
from typing import Annotated

import typer

from .desk import open_store, with_digest
from .speech import JsonOption

style = typer.Typer(no_args_is_help=True, help="How you word a note, learnt from your edits: show, forget.")


@style.command("show")
def show_style(as_json: JsonOption = False) -> None:
    """Say what was learnt from your edits, from how many, and what of it is used in drafts."""
    from ..config import load_settings
    from ..draft.style import load_style_rules

    settings = load_settings()
    with open_store(settings) as store:
        found = store.style_of(store.actor)
    if as_json:
        typer.echo(json.dumps(with_digest(found), ensure_ascii=False))
        return
    if not settings.draft.learn_style:
        typer.echo("Learning is switched off (draft.learn_style); nothing below is used.")
    if not found.preferences:
        typer.echo("Nothing has been learnt from your edits yet.")
        return
    typer.echo("Used for words that a draft puts in itself; what was said stays as it was said.")
    for number, preference in enumerate(found.preferences, 1):
        typer.echo(f"{number:>3}. {load_style_rules().describe(preference)}")
    typer.echo("Forget one with: evenfall style forget NUMBER")


@style.command("forget")
def forget_style(
    number: Annotated[int | None, typer.Argument(help="Which, by its number in `style show`.", min=1)] = None,
    everything: Annotated[bool, typer.Option("--all", help="All of it.")] = False,
) -> None:
    """Forget one habit that was learnt, or all; the next drafts are worded without it."""
    from .. import workflow
    from ..config import load_settings
    from ..errors import NotFound

    if (number is None) != everything:
        raise typer.BadParameter("give a number of `evenfall style show`, or --all")
    with open_store(load_settings()) as store:
        found = store.style_of(store.actor)
        if number is not None and number > len(found.preferences):
            raise NotFound("Nothing of that number was learnt.", "See the numbers with: evenfall style show")
        workflow.forget_style(store, found.preferences if number is None else found.preferences[number - 1 : number])
    typer.echo("Forgotten.")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(style, name="style")
