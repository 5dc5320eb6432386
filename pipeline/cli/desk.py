"""What commands share: the open store, the progress line, dates, receipts."""

import getpass
import json
import sys
import time
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING

import typer

from ..moments import local

if TYPE_CHECKING:
    from ..config import Settings
    from ..store import Store
    from ..types import Progress, Receipt, Value

LEAST_ELAPSED = 2.0  # seconds before which nothing is said of what is left: it would jump


def ask_passphrase(prompt: str) -> str:
    """Ask at the terminal without showing what is typed; where there is none, take a line that is piped in.

    Raises:
        KeyMissing: there is neither.
    """
    from ..errors import KeyMissing

    try:
        return ask_at_terminal(prompt)
    except KeyMissing:
        if not (line := sys.stdin.readline()):
            raise
        return line.rstrip("\r\n")


def ask_at_terminal(prompt: str) -> str:
    """Ask at the terminal without showing what is typed; never read from what is piped in.

    Raises:
        KeyMissing: there is no terminal.
    """
    from ..errors import KeyMissing

    with warnings.catch_warnings():
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            return getpass.getpass(f"{prompt}: ")
        except getpass.GetPassWarning:
            raise KeyMissing("There is no terminal to ask for the passphrase.", "Run this in a terminal.") from None


def actor(settings: "Settings") -> str:
    """Return who uses this computer account, as the audit chain names them."""
    return settings.user or getpass.getuser()


def server(settings: "Settings") -> str | None:
    """Return the address of the practice's server, None where the record is in the data folder."""
    return settings.store.get_secret_value() if settings.store else None


@contextmanager
def open_store(settings: "Settings") -> Iterator["Store"]:
    """Open the record; finish purges that an interrupted run left to do."""
    from .. import workflow
    from ..errors import ConsentMissing, Refused
    from ..store import Store

    passphrase = settings.passphrase.get_secret_value() if settings.passphrase else None
    ask = ask_passphrase if sys.stdin.isatty() else None
    with Store.open(settings.home, passphrase, ask=ask, actor=actor(settings), server=server(settings)) as store:
        store.watch_clock()  # before anything is recorded by a clock that may be wrong
        store.use_settings(settings)
        workflow.finish_purges(store)
        try:
            yield store
            say_expiry(store, settings)  # at the end: no draft goes that the command was about
        except Refused as error:
            if not isinstance(error, ConsentMissing):  # that is on the chain already
                store.record(f"refused: {type(error).__name__}")
            raise


def say_expiry(store: "Store", settings: "Settings", *, shown: bool | None = None) -> None:
    """Delete the drafts whose time has come and say so; warn of those that go soon, where somebody reads it."""
    found = store.expire(settings, shown=sys.stderr.isatty() if shown is None else shown)
    for receipt in found.receipts:
        typer.echo(f"A draft has expired. {receipt_line(receipt)}", err=True)
    if found.doubt:
        typer.echo(
            f"The computer's clock said {local(found.doubt.at)}, and the last thing on record was of "
            f"{local(found.doubt.last)}: no draft expires until you say that the clock is right. Do so with: "
            "evenfall retention apply",
            err=True,
        )
    elif sys.stderr.isatty():
        for one in found.soon:
            typer.echo(f"Draft {one.draft[:8]} goes {local(one.goes_at)} unless it is signed.", err=True)


def say_waiting(store: "Store") -> None:
    """Say that recordings wait, where an interrupted run, or a choice, left some; those being made now do not count."""
    from ..audio.spool import is_busy

    waiting = [one for one in store.spools() if not is_busy(store, one.id)]
    if waiting:
        count = "A recording waits, sealed," if len(waiting) == 1 else f"{len(waiting)} recordings wait, sealed,"
        typer.echo(f"{count} to be drafted. See: evenfall spool list", err=True)


@contextmanager
def progress_line(label: str, quiet: bool) -> Iterator["Progress"]:
    """Show how much of the sound is done while a step runs, and about how long it still takes.

    Nothing is shown where nobody watches.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    if quiet or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    left = TextColumn("{task.fields[left]}")
    began: float | None = None
    with Progress(*columns, left, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None, left="")

        def show(done: float, total: float) -> None:
            nonlocal began
            now = time.monotonic()
            began = began or now
            bar.update(task, completed=done, total=total, left=left_in_words(now - began, done, total))

        yield show


def left_in_words(elapsed: float, done: float, total: float) -> str:
    """Return about how long is left, if what is left goes as fast as what was done in `elapsed` seconds."""
    if not 0 < done < total or elapsed < LEAST_ELAPSED:
        return ""
    seconds = elapsed * (total - done) / done
    if seconds < 60:
        return "less than a minute left"
    return f"about {seconds / 60:.0f} min left" if seconds < 3600 else f"about {seconds / 3600:.1f} h left"


def echo_json(values: "Iterable[Value]") -> None:
    """Print values as a JSON list, each with its digest."""
    typer.echo(json.dumps([with_digest(value) for value in values], ensure_ascii=False))


def with_digest(value: "Value") -> dict[str, object]:
    """Return a value's JSON fields with its digest among them."""
    return {"digest": value.digest, **value.model_dump(mode="json")}


def parse_date(text: str | None) -> date | None:
    """Read an ISO date of what has been.

    Raises:
        typer.BadParameter: it is none, or is still to come.
    """
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError as error:
        raise typer.BadParameter("write the date as 2026-03-31") from error
    if day and day > date.today():
        raise typer.BadParameter("that day is still to come")
    return day


def reference(given: str | None) -> str | None:
    """Return a client's reference without the spaces around it; a callback of every option that names a client.

    Raises:
        typer.BadParameter: nothing is left of it.
    """
    if given is not None and not given.strip():
        raise typer.BadParameter("a client's reference needs a letter or a digit")
    return given and given.strip()


def agreed(question: str) -> bool:
    """Ask for a yes, apart from what a program reads; where nobody answers it is a no."""
    typer.echo(f"{question} [y/N]: ", nl=False, err=True)
    try:
        return input().strip().casefold() in ("y", "yes")
    except EOFError:
        typer.echo(err=True)
        return False


def inside(error: Exception) -> str:
    """Return what is told of an error that nobody foresaw: its message may hold a client's words; its type does not."""
    return f"an error inside the program ({type(error).__name__}). What was saved before is unharmed."


def receipt_line(receipt: "Receipt") -> str:
    """Return what was purged of which recording, when, and how it went."""
    what = " and ".join(receipt.what)
    return f"{local(receipt.at)}  {what} of recording {receipt.recording[:8]}: {receipt.outcome}"
