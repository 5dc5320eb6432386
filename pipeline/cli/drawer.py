"""Commands about process (psychotherapy) notes: a drawer apart from the record, with a passphrase of its own."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ..moments import local
from .desk import actor, ask_at_terminal, parse_date, reference
from .keeping import ForceOption

if TYPE_CHECKING:
    from ..config import Settings
    from ..drawer import Drawer
    from ..drawer.note import ProcessNote, Unfinished
    from ..store.sidecar import Way
    from ..types import Digest

process = typer.Typer(
    no_args_is_help=True, help="Your own process notes, apart from the record: write, read, change, delete, export."
)

END: Final = "."  # the line that ends what is typed
NoteArgument = Annotated[str, typer.Argument(help="The process note, by the first characters of its digest.")]
DayOption = Annotated[str | None, typer.Option(help="The day of the conversation, as 2026-03-31; without it, today.")]
ClientOption = Annotated[str | None, typer.Option(help="Only this client's.", callback=reference)]


@process.command("add")
def add(
    client: Annotated[str, typer.Option(help="The client's reference, as your practice uses it.", callback=reference)],
    day: DayOption = None,
) -> None:
    """Write a process note: typed here line by line, or from another program's output (no editor, no file in clear).

    The first one makes the drawer, sealed with a passphrase of its own. What you see stays on this terminal's screen.
    """
    from ..drawer.note import Unfinished

    wanted, piped = parse_date(day), _piped()
    drawer = _open_or_make()
    if piped is None:
        typed, over = _typed(drawer, Unfinished(client=client, day=date.today(), text=""), wanted)
        note = drawer.write(client, typed.day, typed.text, over)
    else:
        note = drawer.write(client, wanted or date.today(), piped, over="")  # what is being typed stays
    typer.echo(f"Kept, sealed, apart from the record: {note.digest[:8]}, client {note.client}, {note.day}.")
    _ask_of(note)


@process.command("list")
def listed(client: ClientOption = None) -> None:
    """List process notes, without their words."""
    drawer = _open()
    notes = drawer.notes(client)
    begun = [one for one in drawer.typed() if client in (None, one.client)]
    for note in notes:
        changed = f", changed {local(note.changed_at)}" if note.changed_at else ""
        typer.echo(f"{note.digest[:8]}  {note.day}  client {note.client:<12} {len(note.text.split())} words{changed}")
    for typing in begun:
        typer.echo(f"Begun and not kept yet: client {typing.client}, {typing.day}")
    if not notes:
        typer.echo("There is no process note.")


@process.command("show")
def show(
    note: Annotated[str | None, typer.Argument(help="One note, by the first characters of its digest.")] = None,
    client: Annotated[str | None, typer.Option(help="All of this client's.", callback=reference)] = None,
) -> None:
    """Show one process note, or all of a client's."""
    if (note is None) == (client is None):
        raise typer.BadParameter("name a note, or a client: --client REF")
    drawer = _open()
    found = (drawer.note(note),) if note else drawer.notes(client)
    typer.echo("\n\n".join("\n".join(_lines(one)) for one in found) or "There is no process note of this client.")


@process.command("edit")
def edit(note: NoteArgument, day: DayOption = None) -> None:
    """Change a process note, line by line, or from another program's output. Its earlier words are deleted for good."""
    from ..drawer.note import Unfinished

    wanted, piped = parse_date(day), _piped()
    drawer = _open()
    old = drawer.note(note)
    new = Unfinished(client=old.client, of=old.digest, day=wanted or old.day, text=piped or "")
    if piped is None:
        new, _ = _typed(drawer, new.replace(day=old.day, text=old.text), wanted)
    changed = drawer.change(old.digest, new.day, new.text)
    typer.echo(f"Changed: {changed.digest[:8]}. The words it had before are gone.")
    _ask_of(changed)


@process.command("delete")
def delete(
    note: Annotated[str | None, typer.Argument(help="One note, by the first characters of its digest.")] = None,
    client: Annotated[str | None, typer.Option(help="All of this client's.", callback=reference)] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete one process note, or all of a client's, for good. The record is not touched."""
    if (note is None) == (client is None):
        raise typer.BadParameter("name a note, or a client: --client REF")
    drawer = _open()
    found = (drawer.note(note),) if note else drawer.notes(client)
    if found and not yes and not typer.confirm(f"Delete {len(found)} process note(s) for good?"):
        typer.echo("Nothing was deleted.")
        raise typer.Exit(3)
    if client:
        drawer.forget(client)
    else:
        drawer.delete(found[0].digest)
    typer.echo(f"{len(found)} process note(s) deleted. Backups and exports made before still hold them.")


@process.command("export")
def export(
    file: Annotated[Path, typer.Argument(help="The file to write.")],
    readable: Annotated[bool, typer.Option("--readable", help="As text that whoever has the file can read.")] = False,
    client: Annotated[str | None, typer.Option(help="With --readable: only this client's.", callback=reference)] = None,
    force: ForceOption = False,
) -> None:
    """Write the process notes into one file: all of them, sealed as they are; or readable, only where you say so."""
    from ..drawer import copies

    if client and not readable:
        raise typer.BadParameter("sealed, all of them go; one client's go with --readable")
    drawer = _open()
    if not readable:
        copies.seal(drawer, file, force=force)
        typer.echo(f"Written, sealed: {file}. It opens with the passphrase of today: evenfall process-notes restore")
        return
    count = copies.write_readable(drawer, client, file, force=force)
    typer.echo(f"Written, readable by you alone and NOT sealed: {file}, {count} process note(s).")
    typer.echo("To hand them on you need the client's own authorization for them (45 CFR 164.508(a)(2)).")


@process.command("restore")
def restore(
    file: Annotated[Path, typer.Argument(help="A sealed export.")],
    home: Annotated[Path | None, typer.Option(help="The data folder to restore into; without it, your own.")] = None,
) -> None:
    """Put a sealed export into a data folder that has no process notes, once it opens and is whole."""
    from ..config import load_settings
    from ..drawer import copies
    from ..errors import NotFound

    if not file.is_file():
        raise NotFound("There is no such file.", "Name the file that `evenfall process-notes export` wrote.")
    settings = load_settings()
    words = _ask("The passphrase of the process notes")
    drawer = copies.restore(file, home or settings.home, words, actor=actor(settings))
    typer.echo(f"The process notes are in {drawer.home}, whole, their audit chain too.")


@process.command("passphrase")
def passphrase() -> None:
    """Change the passphrase of the process notes. It may not be the record's."""
    from ..config import load_settings
    from ..store.keys import ask_twice

    drawer = _open()
    words = ask_twice(_ask, "Their new passphrase")
    with _way_to_record(load_settings()) as record:
        drawer.change_passphrase(words, record)
    typer.echo("The new passphrase opens the process notes. Copies made before open with the one of then.")


@process.command("recovery-key")
def recovery_key(
    drop: Annotated[bool, typer.Option("--drop", help="Have no recovery key open them any more.")] = False,
) -> None:
    """Make a recovery key of their own to print and lock away; it is shown once and kept nowhere."""
    drawer = _open()
    if drop:
        drawer.drop_recovery_key()
        typer.echo("No recovery key opens the process notes any more; copies made before keep theirs.")
        return
    typer.echo("Write this down or print it, and lock it away. It opens the process notes, not the record.")
    typer.echo(f"\n    {drawer.make_recovery_key()}\n")
    typer.echo("Type it where their passphrase is asked for. It is not shown again.")


@process.command("audit")
def audit() -> None:
    """Check the process notes and their own audit chain, and print it: who did what, when, to which digest."""
    drawer = _open()
    count = drawer.verify()
    for event in drawer.events():
        typer.echo(f"{event.sequence:>5}  {local(event.at)}  {event.actor}  {event.action}  {event.subject[:8]}")
    typer.echo(f"The process notes are as they were put in, and their chain is whole: {count} events.")


def _open() -> "Drawer":
    from ..config import load_settings
    from ..drawer import Drawer
    from ..errors import NotFound

    settings = load_settings()
    if not Drawer.exists(settings.home):
        raise NotFound("There are no process notes yet.", "Write one: evenfall process-notes add --client REF")
    return Drawer.open(settings.home, _ask("The passphrase of the process notes"), actor=actor(settings))


def _open_or_make() -> "Drawer":
    from ..config import load_settings
    from ..drawer import Drawer

    settings = load_settings()
    return _open() if Drawer.exists(settings.home) else _make(settings)


def _make(settings: "Settings") -> "Drawer":
    from ..drawer import Drawer
    from ..store.keys import ask_twice

    typer.echo("Process notes get a passphrase of their own, which may not be the record's.", err=True)
    typer.echo("Whoever loses it cannot read them; a recovery key helps: evenfall process-notes recovery-key", err=True)
    words = ask_twice(_ask, "A passphrase for the process notes")
    with _way_to_record(settings) as record:
        return Drawer.make(settings.home, words, actor=actor(settings), record=record)


@contextmanager
def _way_to_record(settings: "Settings") -> "Iterator[Way | None]":
    """Yield how the record is opened if it lies on a server; else the data folder says so."""
    if settings.store is None:
        yield None
        return
    from ..store import clinic

    with clinic.unopened(settings.store.get_secret_value(), settings.home) as way:
        yield way


def _ask(prompt: str) -> str:
    """Ask at the terminal, also where the text comes from elsewhere; no setting holds this passphrase.

    Raises:
        KeyMissing: there is no terminal.
    """
    from ..errors import KeyMissing

    try:
        return ask_at_terminal(prompt)
    except KeyMissing as error:
        raise KeyMissing(
            "There is no terminal to ask for the passphrase of the process notes.", error.next_step
        ) from None


def _piped() -> str | None:
    """Return what another program says; None where somebody sits at a terminal."""
    return None if sys.stdin.isatty() else sys.stdin.read()


def _typed(drawer: "Drawer", first: "Unfinished", wanted: date | None) -> "tuple[Unfinished, Digest]":
    """Take words line by line, those that are there already first; each line is kept, sealed, once it is typed.

    They are those that were begun before, else the `first`; so is the day, where another is not `wanted`. Return what
    was typed, and the digest of what is kept of it, "" if nothing is.
    """
    if begun := drawer.typing(first.client, first.of):
        typer.echo("You had begun this; go on with it.", err=True)
    typing, over = begun or first, begun.digest if begun else ""
    typing = typing.replace(day=wanted or typing.day)
    lines, left = list[str](), typing.text.splitlines()
    typer.echo(f"Write. A line with a single {END} ends it{', and keeps the rest as it is' if left else ''}.", err=True)
    while (line := _line(left[0] if left else "")) is not None and line != END:
        lines, left = [*lines, line], left[1:]
        typing = typing.replace(text="\n".join((*lines, *left)))
        drawer.keep_typing(typing, over)
        over = typing.digest
    return typing, over


def _line(prefill: str = "") -> str | None:
    """Read one line that begins with `prefill`; None where no more comes."""
    if sys.platform == "win32":  # it has no line that can be begun for somebody; the page has
        return _plain_line()
    import readline

    hook: Callable[[Callable[[], None] | None], None] = readline.set_startup_hook
    readline.set_auto_history(False)  # else the arrow keys would bring these words back elsewhere
    hook(lambda: readline.insert_text(prefill))
    try:
        return _plain_line()
    finally:
        hook(None)
        readline.set_auto_history(True)


def _plain_line() -> str | None:
    try:
        return input()
    except EOFError:
        return None


def _ask_of(note: "ProcessNote") -> None:
    """Ask of what seems to belong into the progress note."""
    from ..drawer.misplaced import misplaced

    for one in misplaced(note.text):
        typer.echo(f"? {one.question}")


def _lines(note: "ProcessNote") -> Iterator[str]:
    changed = f", changed {local(note.changed_at)}" if note.changed_at else ""
    yield f"{note.digest[:8]}  client {note.client}, {note.day}, written {local(note.written_at)}{changed}"
    yield ""
    yield note.text


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(process, name="process-notes")
