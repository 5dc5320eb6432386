"""The command that opens the review page."""

from typing import Annotated, Literal

import typer


def page(
    port: Annotated[int | None, typer.Option(help="The port; 0 takes any that is free.")] = None,
    role: Annotated[
        Literal["clinician", "supervisor", "front desk"],
        typer.Option(help="Whom the link is for: a supervisor reads and co-signs, the front desk sees no content."),
    ] = "clinician",
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open it in the browser.")] = True,
) -> None:
    """Open the review page on this computer, for nobody else, until you stop it with ctrl-c."""
    import webbrowser

    from ..config import load_settings
    from ..web.server import serve
    from .desk import open_store

    settings = load_settings()

    def ready(link: str) -> None:
        whose = "" if role == "clinician" else f" for the {role}"
        typer.echo(f"The review page is open{whose} on this computer alone.")
        typer.echo(f"Its link works once, for five minutes:\n{link}")
        typer.echo("Stop it with ctrl-c; everything is kept.")
        if browser:
            webbrowser.open(link)

    with open_store(settings) as store:
        serve(store, settings, settings.web.port if port is None else port, ready, role)


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command()(page)
