"""Commands about what is kept: retention, one client's material on request, the audit chain for an auditor."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..moments import local
from .desk import open_store, receipt_line
from .keeping import ForceOption
from .records import ask_about_clock, audit, expired_lines

if TYPE_CHECKING:
    from ..store.retention import Held

retention = typer.Typer(no_args_is_help=True, help="What is kept how long: show, apply.")
client = typer.Typer(no_args_is_help=True, help="One client's material on request: export, delete.")

RefArgument = Annotated[str, typer.Argument(help="The client's reference, as your practice uses it.")]


@retention.command("show")
def show() -> None:
    """Say what is kept how long and why, what is there, and what would go now."""
    from ..config import load_settings

    settings = load_settings()
    with open_store(settings) as store:
        held, due = store.held(settings), store.due_notes(settings)
    for one in held:
        typer.echo(f"{one.title}: {_found(one)}\n    {_rule(one)}")
    for row in due:
        typer.echo(
            f"Due: {row.notes} note(s) of client {row.client or 'not given'}, last signed {local(row.last_service)}. "
            f"If the client may have been a minor then, keep them until {row.minor_until:%Y-%m-%d} at the latest."
        )
    typer.echo("Process notes are apart, and nothing here reads them: kept until you delete them.")
    typer.echo("What goes by command: evenfall retention apply. Notes: evenfall client delete REF --with-notes")


@retention.command("apply")
def apply(yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Delete expired drafts, and transcripts that waited too long for one; print a receipt for each. Notes stay.

    A draft that you worked on of late stays, too.
    """
    from ..config import load_settings

    settings = load_settings()
    with open_store(settings) as store:
        ask_about_clock(store, yes)
        due, left = store.due_drafts(settings), store.left_over(settings)
        for line in expired_lines(due):
            typer.echo(line)
        if left:
            typer.echo(f"{len(left)} transcript(s) that waited too long for a draft")
        count = len(due) + len(left)
        if count and not yes and not typer.confirm(f"Delete {count} expired draft(s) and transcript(s) for good?"):
            typer.echo("Nothing was deleted.")
            raise typer.Exit(3)
        receipts = store.apply_retention(settings, {*(one.digest for one in due), *left})
    for receipt in receipts:
        typer.echo(receipt_line(receipt))
    if not receipts:
        typer.echo("Nothing was due for deletion.")


@client.command("export")
def export_client(
    ref: RefArgument, file: Annotated[Path, typer.Argument(help="The zip file to write.")], force: ForceOption = False
) -> None:
    """Write all that is kept of one client into a zip file. The file is not sealed: whoever has it can read it.

    Each signed note is in it as a text; in record.json is all else that the record holds: consents and plans; of what
    is not signed drafts with your decisions, transcripts, findings and what is being typed. What your law lets you
    withhold is for you to take out. Process notes are apart: evenfall process-notes export
    """
    from .. import workflow
    from ..config import load_settings

    with open_store(load_settings()) as store:
        found = workflow.export_client(store, ref, file, force=force)
    counts = ", ".join(f"{len(values)} {kind}" for kind, values in found.values().items() if values)
    typer.echo(f"Written, readable by you alone and not sealed: {file}\n{counts}")
    if found.recordings:
        typer.echo("Recordings that wait are listed, their sound is not in it: draft them first.")


@client.command("delete")
def delete_client(
    ref: RefArgument,
    with_notes: Annotated[
        bool, typer.Option("--with-notes", help="Signed notes, treatment plans and consents too.")
    ] = False,
) -> None:
    """Delete what is kept of one client; print a receipt for each. Signed notes stay unless you say otherwise.

    The law makes you keep signed notes for years, also where a client asks for their deletion: see `retention show`.
    Audio files outside of Evenfall and backups made before are not touched.
    """
    from .. import workflow
    from ..config import load_settings

    with open_store(load_settings()) as store:
        found = store.client_file(ref)
        loose = len(found.drafts) + len(found.transcripts) + len(found.recordings) + len(found.typings)
        typer.echo(f"To be deleted: {len(found.drafts)} draft(s), {len(found.transcripts)} transcript(s), ", nl=False)
        typer.echo(f"{len(found.recordings)} recording(s), {len(found.typings)} text(s) being typed.")
        # Always the same words: whether there are any of this client only the drawer's own passphrase tells.
        typer.echo("Process notes, if you keep any, are apart: evenfall process-notes delete --client REF")
        if with_notes:
            typer.echo(
                f"And {len(found.notes)} signed note(s), {len(found.plans)} plan(s), {len(found.consents)} consent(s). "
                "Until their time has come the law makes you keep them; nothing brings them back."
            )
        elif found.notes:
            typer.echo(f"{len(found.notes)} signed note(s) stay, with consents and plans: the law makes you keep them.")
        if not (loose or with_notes):
            typer.echo("There is nothing else to delete.")
            return
        if typer.prompt("Type the client's reference to delete this for good").strip() != ref.strip():
            typer.echo("Nothing was deleted.")
            raise typer.Exit(3)
        receipts = workflow.delete_client(store, ref, with_notes=with_notes)
    for receipt in receipts:
        typer.echo(receipt_line(receipt))


@audit.command("export")
def export_audit(file: Annotated[Path, typer.Argument(help="The file to write.")], force: ForceOption = False) -> None:
    """Write the audit chain as JSON lines for an auditor: who did what to which digest, when; no client's words.

    Its first line says how to check it without Evenfall. A broken chain is exported, too, and says where it breaks.
    """
    from .. import workflow
    from ..config import load_settings

    with open_store(load_settings()) as store:
        count = workflow.export_audit(store, file, force=force)
    typer.echo(f"Written, readable by you alone: {file}, {count} lines.")


def _found(one: "Held") -> str:
    parts = [f"{one.count}"]
    if one.files is not None and one.files != one.count:
        parts.append(f"{one.files} files on the disk")
    if one.oldest:
        parts.append(f"the oldest of {local(one.oldest)}")
    if one.next_due:
        parts.append(f"the next expires {local(one.next_due)}")
    if one.due:
        parts.append(f"{one.due} due now")
    return ", ".join(parts)


def _rule(one: "Held") -> str:
    goes = {"itself": "goes by itself", "apply": "goes by `retention apply`", "asks": "goes only if you say so"}
    return f"{one.until[0].upper()}{one.until[1:].rstrip('.')}; {goes[one.goes]}. {one.why}"


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(retention, name="retention")
    app.add_typer(client, name="client")
