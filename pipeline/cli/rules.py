"""Commands about the rules that ask: list, check a file, switch one off or on."""

from pathlib import Path
from typing import Annotated

import typer

from .desk import open_store
from .speech import JsonOption

rules = typer.Typer(no_args_is_help=True, help="The rules that ask what a note lacks: list, check a file, off, on.")

RuleArgument = Annotated[str, typer.Argument(metavar="ID", help="The rule, by its id in the list.")]


@rules.command("list")
def list_rules(as_json: JsonOption = False) -> None:
    """List every rule with its severity, whether it is on, and its source."""
    import json

    from ..config import load_settings
    from ..draft import load_rules

    found = load_rules(load_settings().home)
    if as_json:
        listed = [{**rule.model_dump(mode="json"), "on": rule.id not in found.off} for rule in found.all()]
        typer.echo(json.dumps({"versions": found.versions, "rules": listed}, ensure_ascii=False))
        return
    typer.echo(f"{' '.join(found.versions)}; must: answered or set aside before signing")
    for rule in found.all():
        typer.echo(f"{rule.id:<25} {rule.severity:<9} {'off' if rule.id in found.off else 'on ':<4} {rule.source}")


@rules.command("check")
def check_rules(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A rules.yaml of your own, as it would lie in your data folder.")
    ],
) -> None:
    """Check rules of your own before you put them in place; a wrong key is named."""
    from ..draft import load_rules

    found = load_rules(own=file)
    typer.echo(f"{file} is right: {len(found.own)} rules of your own, {len(found.off)} rules off.")


@rules.command("off")
def switch_off(rule: RuleArgument) -> None:
    """Switch a rule off for your practice; the record keeps that you did, and each note that it was off."""
    _switch(rule, on=False)


@rules.command("on")
def switch_on(rule: RuleArgument) -> None:
    """Switch a rule on for your practice."""
    _switch(rule, on=True)


def _switch(rule: str, *, on: bool) -> None:
    from .. import workflow
    from ..config import load_settings

    with open_store(load_settings()) as store:
        workflow.switch_rule(rule, on, store)
    typer.echo(f"The rule {rule} is {'on' if on else 'off'}.")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(rules, name="rules")
