"""The command line; each command imports what it needs when it runs, so that --help is quick."""

import codecs
import io
import sys
from collections.abc import Iterator
from typing import Annotated, NoReturn

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
from .desk import inside

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
    _never_break_off()
    debug = "--debug" in sys.argv[1:]
    try:
        app()
    except EvenfallError as error:
        if debug:
            raise
        typer.echo(f"evenfall: {error}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        _stopped()
    except SystemExit as end:
        behind = list(_behind(end))  # typer makes exits of both
        if end.code in (1, 130) and any(isinstance(one, KeyboardInterrupt) for one in behind):
            _stopped()
        if end.code == 1 and any(isinstance(one, EOFError) for one in behind):
            typer.echo("evenfall: a question was not answered. What was finished is kept.", err=True)
            sys.exit(3)
        raise
    except Exception as error:
        if debug:
            raise
        typer.echo(
            f"evenfall: {inside(error)}\n"
            "Run it again; if it stays, report it with the output of: evenfall --debug COMMAND",
            err=True,
        )
        sys.exit(1)


def _stopped() -> NoReturn:
    typer.echo("\nevenfall: stopped. What was finished is kept; run the same command again to go on.", err=True)
    sys.exit(130)


def _behind(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and those that it was raised for, or while they were handled."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _never_break_off() -> None:
    """Have letters that the output's encoding does not know escaped as JSON does, where else the command would end."""

    def escape(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeEncodeError):
            raise error
        units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass").hex()
        return "".join(f"\\u{units[place : place + 4]}" for place in range(0, len(units), 4)), error.end

    codecs.register_error("evenfall", escape)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="evenfall")
