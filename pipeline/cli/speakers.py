"""The command that says who spoke, where a draft's session has it wrong."""

from typing import TYPE_CHECKING, Annotated

import typer

from ..moments import due_in_words
from .desk import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..types import Speaker, Transcript

SHOWN = 60  # characters of a turn in the list


def speakers(
    draft: Annotated[str, typer.Argument(help="The draft, by the first characters of its digest.")],
    choices: Annotated[
        list[str] | None,
        typer.Option("--set", help="A turn and who spoke it, as t3=client; else clinician, client2, other, unknown."),
    ] = None,
    swap: Annotated[bool, typer.Option("--swap", help="Clinician and client were taken for each other.")] = False,
) -> None:
    """List a session's turns with who spoke them, or say it better: the draft is made anew, your edits stay."""
    from .. import workflow
    from ..config import load_settings

    settings = load_settings()
    with open_store(settings) as store:
        before = store.transcript(store.draft(draft).transcript)
        if not choices and not swap:
            typer.echo("\n".join(_lines(before)))
            return
        asked = {**(workflow.swapped(before) if swap else {}), **_chosen(choices or ())}
        made = workflow.respeak(store, draft, asked, settings)
    typer.echo(f"Draft {made.digest[:8]}, {due_in_words(made.due_at, workflow.now())}.")
    for warning in made.warnings:
        typer.echo(warning)
    typer.echo(f"Go on with: evenfall review {made.digest[:8]}")


def _chosen(choices: "Sequence[str]") -> "dict[str, Speaker]":
    from typing import get_args

    from ..types import Speaker

    known: dict[str, Speaker] = {name: name for name in get_args(Speaker)}
    found = {}
    for choice in choices:
        turn, _, who = choice.partition("=")
        if who not in known:
            raise typer.BadParameter(f"write a turn and who spoke it, as t3=client; who is one of: {', '.join(known)}")
        found[turn] = known[who]
    return found


def _lines(transcript: "Transcript") -> "Iterator[str]":
    from ..moments import clock

    for turn in transcript.turns:
        at = f"{clock(turn.start):>8}" if turn.end else ""
        text = turn.text if len(turn.text) <= SHOWN else f"{turn.text[:SHOWN].rsplit(' ', 1)[0]} ..."
        yield f"{turn.id:<6}{at} {turn.speaker:<10} {text}"


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command()(speakers)
