"""Commands about the record: queue, notes, audit, purge."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from ..moments import due_in_words, local
from .desk import agreed, echo_json, open_store, receipt_line, reference, say_expiry, say_waiting, with_digest
from .speech import JsonOption

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..store import Store
    from ..types import Draft

notes = typer.Typer(no_args_is_help=True, help="Signed notes: list, show, add to.")
audit = typer.Typer(no_args_is_help=True, help="The audit chain.")

NameOption = Annotated[str, typer.Option(help="Your name as it stands under the note.", prompt="Your name")]
CredentialsOption = Annotated[str, typer.Option(help="Your title and credentials.", prompt="Your credentials")]


def queue(as_json: JsonOption = False) -> None:
    """List the drafts that wait for you, the most urgent first."""
    import json

    from .. import review, workflow
    from ..config import load_settings

    settings = load_settings()
    with open_store(settings) as store:
        say_waiting(store)
        say_expiry(store, settings, shown=None if as_json else True)  # JSON warns nobody
        waiting = [(draft, workflow.start_review(draft, store, store.actor)) for draft in store.drafts()]
    rows = [(draft, len({item.target for item in review.untouched(draft, decided)})) for draft, decided in waiting]
    if as_json:
        typer.echo(json.dumps([{**with_digest(draft), "untouched": count} for draft, count in rows]))
        return
    if not rows:
        typer.echo("Nothing waits. Draft something with: evenfall draft SOURCE")
    from ..store.retention import warns

    for draft, count in rows:
        soon = "  EXPIRES SOON, sign it or it goes" if warns(draft, settings, workflow.now()) else ""
        due = due_in_words(draft.due_at, workflow.now())
        typer.echo(
            f"{draft.digest[:8]}  {due:<18} {draft.kind:<10} client {draft.client or 'not given':<12} "
            f"{count} to touch  expires {local(draft.expires_at)}{soon}"
        )


@notes.command("list")
def list_notes(
    client: Annotated[str | None, typer.Option(help="Only this client's.", callback=reference)] = None,
    as_json: JsonOption = False,
) -> None:
    """List signed notes."""
    from ..config import load_settings

    with open_store(load_settings()) as store:
        found = store.notes(client)
    if as_json:
        echo_json(found)
        return
    for note in found:
        signed = f"signed {local(note.signature.at)} by {note.signature.name}, {note.signature.credentials}"
        typer.echo(f"{note.digest[:8]}  client {note.client or 'not given':<12} {note.format:<10} {signed}")
    if not found:
        typer.echo("There is no signed note.")


@notes.command("show")
def show_note(
    note: Annotated[str, typer.Argument(help="The note, by the first characters of its digest.")],
    as_json: JsonOption = False,
) -> None:
    """Show a signed note with its addenda."""
    import json

    from ..config import load_settings
    from .show import note_lines

    with open_store(load_settings()) as store:
        found = store.note(note)
        added = store.addenda(found.digest)
    if as_json:
        typer.echo(json.dumps({**with_digest(found), "addenda": [with_digest(one) for one in added]}))
    else:
        typer.echo("\n".join(note_lines(found, added)))


@notes.command("addend")
def addend_note(
    note: Annotated[str, typer.Argument(help="The note, by the first characters of its digest.")],
    text: Annotated[str, typer.Option(help="What to add.", prompt="What to add")],
    name: NameOption,
    credentials: CredentialsOption,
    late: Annotated[bool, typer.Option("--late-entry", help="Label it as a late entry.")] = False,
) -> None:
    """Add a signed, dated addendum; the note itself is never changed."""
    from .. import workflow
    from ..config import load_settings

    with open_store(load_settings()) as store:
        added = workflow.addend(store, note, text, name, credentials, late)
    typer.echo(f"{added.label} added to note {added.note[:8]}.")


@notes.command("cosign")
def cosign_note(
    note: Annotated[str, typer.Argument(help="The note, by the first characters of its digest.")],
    name: Annotated[str, typer.Option(help="The supervisor's name.", prompt="The supervisor's name")],
    credentials: Annotated[str, typer.Option(help="Their title and credentials.", prompt="Their credentials")],
    comment: Annotated[str, typer.Option(help="What the supervisor says about the note.")] = "",
) -> None:
    """Add a supervisor's signature, with a comment; the note itself is never changed."""
    from .. import workflow
    from ..config import load_settings

    with open_store(load_settings()) as store:
        added = workflow.cosign(store, note, comment, name, credentials)
    typer.echo(f"{added.label} added to note {added.note[:8]}.")


@audit.command("verify")
def verify_audit(as_json: JsonOption = False) -> None:
    """Check that no event of the audit chain was changed, moved, added or taken away."""
    import json

    from ..config import load_settings

    with open_store(load_settings()) as store:
        events = store.verify_audit()
    typer.echo(json.dumps({"intact": True, "events": events}) if as_json else f"The chain is whole: {events} events.")


def purge(
    draft: Annotated[str | None, typer.Argument(help="A draft to delete; without it, the expired ones.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Delete one draft with its transcript, or every expired one; print a receipt for each. Audio files stay.

    Of the expired ones those stay that you worked on of late.
    """
    from ..config import load_settings

    settings = load_settings()
    with open_store(settings) as store:
        if draft is None:
            ask_about_clock(store, yes)
        doomed = (store.draft(draft),) if draft else store.due_drafts(settings)
        for line in () if draft or as_json else expired_lines(doomed):
            typer.echo(line)
        if doomed and not yes and not agreed(f"Delete {len(doomed)} unsigned draft(s) for good?"):
            typer.echo("Nothing was deleted.", err=True)
            raise typer.Exit(3)
        if draft:
            receipts = tuple(store.delete_draft(one.digest, "deleted by request") for one in doomed)
        else:  # what was worked on while it was asked stays
            receipts = store.apply_retention(settings, {one.digest for one in doomed})
    if as_json:
        echo_json(receipts)
        return
    for receipt in receipts:
        typer.echo(receipt_line(receipt))
    if not receipts:
        typer.echo("Nothing was due for deletion.")


def ask_about_clock(store: "Store", yes: bool) -> None:
    """Have the clock confirmed where it is in doubt; nothing is deleted by a clock that may be wrong.

    `yes` answers whether to delete, not whether the clock is right: that takes somebody who looks at it.
    """
    found = store.watch_clock()
    if found is None:
        return
    said = f"The computer's clock said {local(found.at)}; the last thing on record was of {local(found.last)}."
    typer.echo(said, err=True)
    if yes:
        typer.echo("Nothing was deleted: --yes does not say that the clock is right. Run it without.", err=True)
        raise typer.Exit(3)
    now = datetime.now().astimezone()
    if not typer.confirm(f"It says {local(now)} now. Is that right?"):
        typer.echo("Nothing was deleted. Set the computer's clock first.")
        raise typer.Exit(3)
    store.trust_clock()


def expired_lines(drafts: "Iterable[Draft]") -> "Iterator[str]":
    """Yield which drafts are to be deleted, one in a line."""
    for draft in drafts:
        due, expired = local(draft.due_at), local(draft.expires_at)
        yield f"{draft.digest[:8]}  client {draft.client or 'not given':<12} due {due}, expired {expired}"


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(queue)
    app.add_typer(notes, name="notes")
    app.add_typer(audit, name="audit")
    app.command()(purge)
