"""The command that hands a note on: notes export."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from .records import notes


def export_note(
    note: Annotated[str, typer.Argument(help="The note (or draft), by the first characters of its digest.")],
    to: Annotated[Literal["text", "docx", "pdf", "fhir", "json"], typer.Option(help="What to make of it.")] = "text",
    out: Annotated[Path | None, typer.Option(help="The file to write; without it, print (not docx, pdf).")] = None,
    shape: Annotated[
        str, typer.Option(help="Of text, what it is pasted into: plain, simplepractice, therapynotes, theranest.")
    ] = "plain",
    section: Annotated[str | None, typer.Option(help="Of text, only what goes under this heading.")] = None,
    appendix: Annotated[
        bool, typer.Option("--appendix", help="Add the evidence of each statement: the words, who, when. JSON has it.")
    ] = False,
    draft: Annotated[bool, typer.Option("--draft", help="Export an unsigned draft, marked so throughout.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if it is there.")] = False,
) -> None:
    """Export a signed note with its addenda. The file is not sealed: whoever has it can read it."""
    from .. import workflow
    from ..config import load_settings
    from ..export import Order
    from .desk import open_store

    if out is None and to in ("docx", "pdf"):
        raise typer.BadParameter("a docx or pdf goes into a file: --out FILE")
    order = Order(to=to, shape=shape, section=section, appendix=appendix)
    with open_store(load_settings()) as store:
        content = workflow.export_note(store, note, order, out, unsigned=draft, force=force)
    if out is None:
        typer.echo(content, nl=False)
    else:
        typer.echo(f"Written, readable by you alone and not sealed: {out}", err=True)


def register(app: typer.Typer) -> None:
    """Add this module's command to those about notes."""
    notes.command("export")(export_note)
