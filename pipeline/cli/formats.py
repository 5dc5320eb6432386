"""Commands about the format of a note: which there are, what is wrong with one, and a draft in another one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ..moments import due_in_words
from .desk import open_store, with_digest
from .speech import CallOption, InitialsOption, JsonOption, LengthOption, PronounOption

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..draft.formats import Format, SectionFormat, Take

formats = typer.Typer(no_args_is_help=True, help="Formats of a note: list, show, check one of your own.")


@formats.command("list")
def list_formats(as_json: JsonOption = False) -> None:
    """List the formats with their sections: those shipped, and your own in the data folder's `formats`."""
    import json

    from .. import workflow
    from ..config import load_settings
    from ..draft.format_files import is_own, load_formats

    rows = [
        (name, form, "yours" if is_own(path) else "shipped")
        for name, path, form in load_formats(workflow.formats(load_settings()))
    ]
    if as_json:
        shown = [{"name": name, "where": where, **(form.model_dump() if form else {})} for name, form, where in rows]
        typer.echo(json.dumps(shown))
        return
    for name, form, where in rows:
        if form is None:
            typer.echo(f"{name:<14} {where}: wrong, see: evenfall formats check {name}")
            continue
        sections = ", ".join(section.title for section in form.sections)
        typer.echo(f"{name:<14} {form.title} ({where}, {form.versioned})\n               {sections}")


@formats.command("show")
def show_format(name: Annotated[str, typer.Argument(help="The format's name.")], as_json: JsonOption = False) -> None:
    """Show what goes into which section of a format, and how long it is."""
    from .. import workflow
    from ..config import load_settings
    from ..draft import load_format

    form = load_format(name, workflow.formats(load_settings()))
    typer.echo(form.model_dump_json() if as_json else "\n".join(_lines(form)))


@formats.command("check")
def check_format(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A format's file, or the name of one of your own.")],
) -> None:
    """Say what is wrong with a format's file, by line; exit code 4 where something is."""
    from .. import workflow
    from ..config import load_settings
    from ..draft.format_files import check, load_format

    own = workflow.formats(load_settings())
    path = Path(file) if Path(file).suffix else own / f"{file}.yaml"
    mistakes = check(path, own)
    for mistake in mistakes:
        typer.echo(f"{path}, {mistake}")
    if mistakes:
        raise typer.Exit(4)
    typer.echo(f"{path} is sound.")
    if path.parent == own:
        typer.echo("\n".join(_unplaced(load_format(path.stem, own))))


def redraft(
    draft: Annotated[str, typer.Argument(help="The draft, by the first characters of its digest.")],
    format_name: Annotated[str | None, typer.Option("--format", help="The note's format.")] = None,
    length: LengthOption = None,
    call: CallOption = None,
    initials: InitialsOption = None,
    pronoun: PronounOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a draft anew in another format or length; what you decided and typed stays where its sentence does."""
    import json

    from .. import workflow
    from ..config import load_settings
    from ..draft import load_format
    from .show import draft_lines

    settings = load_settings()
    with open_store(settings) as store:
        asked = {"format": format_name, "length": length, "call": call, "initials": initials, "pronoun": pronoun}
        made = workflow.redraft(store, draft, workflow.wished(store.draft(draft).manner, **asked), settings)
    if as_json:
        typer.echo(json.dumps(with_digest(made), ensure_ascii=False))
        return
    title = load_format(made.manner.format, workflow.formats(settings)).title
    typer.echo("\n".join(draft_lines(made, title)))
    typer.echo(f"\nDraft {made.digest[:8]}, {due_in_words(made.due_at, workflow.now())}.")
    typer.echo(f"Go on with: evenfall review {made.digest[:8]}")


def _lines(form: "Format") -> "Iterator[str]":
    yield f"{form.title} ({form.versioned})"
    yield f"Source: {form.source}"
    yield f"At most {form.length.brief} words brief, {form.length.standard} standard; full has no limit."
    yield f"Left out first: {', '.join(form.first_out)}."
    if form.only:
        yield f"Only words of: {', '.join(form.only.speakers)}."
    for section in form.sections:
        yield f"\n{section.title}  [{section.key}]"
        yield from _takes(section)
    yield from _unplaced(form)


def _takes(section: "SectionFormat") -> "Iterator[str]":
    for take in section.takes:
        yield f"  {', '.join(take.category)}{_conditions(take)}{'  (expected)' if take.expected else ''}"
        if take.ask:
            yield f"      asks: {take.ask}"


def _conditions(take: "Take") -> str:
    plain: tuple[Literal["said", "polarity", "subject", "temporality", "speaker"], ...]
    plain = ("said", "polarity", "subject", "temporality", "speaker")
    told = [f"{name} {value}" for name in plain if (value := getattr(take, name))]
    told += [f"with one of: {', '.join(take.words)}"] if take.words else []
    return f", {'; '.join(told)}" if told else ""


def _unplaced(form: "Format") -> "Iterator[str]":
    if form.untaken:
        last = form.sections[-1].title
        yield f"\nNo section takes all of: {', '.join(form.untaken)}. What is left of that goes to {last}."


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(formats, name="formats")
    app.command()(redraft)
