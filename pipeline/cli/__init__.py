"""The command line; each command imports what it needs when it runs, so that --help is quick."""

import sys
from typing import Annotated

import typer

from . import (
    batch,
    capture,
    consents,
    continuity,
    drawer,
    evenings,
    export,
    formats,
    keeping,
    machine,
    page,
    records,
    retention,
    rules,
    speakers,
    speech,
    store,
    style,
    walk,
    watch,
)

app = typer.Typer(
    name="evenfall",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="From a therapist's dictation to a progress note, on this computer, saved only when signed.",
)


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show where in the program an error arose.")] = False,
) -> None:
    """Take the options that stand before every command; `main` reads --debug itself."""


for module in (
    speech,
    batch,
    capture,
    formats,
    speakers,
    records,
    consents,
    export,
    walk,
    continuity,
    rules,
    store,
    style,
    page,
    watch,
    evenings,
    retention,
    keeping,
    drawer,
    machine,
):
    module.register(app)


def main() -> None:
    """Run the command line; errors of ours become one or two plain lines and their exit code."""
    from ..errors import EvenfallError
    from ..memory import keep_private

    keep_private()
    debug = "--debug" in sys.argv[1:]
    try:
        app()
    except EvenfallError as error:
        if debug:
            raise
        typer.echo(f"evenfall: {error}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        typer.echo("\nevenfall: stopped. What was finished is kept; run the same command again to go on.", err=True)
        sys.exit(130)
    except Exception as error:
        if debug:
            raise
        # The message of a foreign error may hold a client's words; its type does not.
        typer.echo(
            f"evenfall: an error inside the program ({type(error).__name__}). What was saved before is unharmed.\n"
            "Run it again; if it stays, report it with the output of: evenfall --debug COMMAND",
            err=True,
        )
        sys.exit(1)
