"""The command that opens the review page."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..config import Settings


def page(
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="The port; 0 takes any that is free.")] = None,
    role: Annotated[
        Literal["clinician", "supervisor", "front desk"],
        typer.Option(help="Whom the link is for: a supervisor reads and co-signs, the front desk sees no content."),
    ] = "clinician",
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open it in the browser.")] = True,
    shared: Annotated[
        bool, typer.Option("--shared", help="A practice's record: members sign in at its address, without the link.")
    ] = False,
    host: Annotated[
        str | None, typer.Option(help="A practice's record: this computer's name for others, by TLS alone.")
    ] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="The host's certificate (PEM).")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="The certificate's key (PEM).")] = None,
) -> None:
    """Open the review page on this computer, for nobody else, until you stop it with ctrl-c.

    On a practice's record its members sign in, each with a page of their own.
    """
    import webbrowser

    from ..config import load_settings
    from ..errors import Refused
    from ..web.server import serve
    from .desk import open_store, server

    settings = load_settings()
    chosen = settings.web.port if port is None else port
    address = server(settings)

    def ready(link: str) -> None:
        whose = "" if role == "clinician" else f" for the {role}"
        where = "to other computers, by TLS" if host else "on this computer alone"
        typer.echo(f"The review page is open{whose} {where}.")
        typer.echo(f"Members sign in at:\n{link}" if shared else f"Its link works once, for five minutes:\n{link}")
        typer.echo("Stop it with ctrl-c; everything is kept.")
        if browser:
            webbrowser.open(link)

    if address is not None:
        if role != "clinician":
            raise Refused("Each member signs in as what they are in the practice.", "Leave --role out.")
        _serve_practice(settings, address, chosen, ready, shared, host, (tls_cert, tls_key))
        return
    if shared or host or tls_cert or tls_key:
        raise Refused("This record is one person's; several sign in to a practice's.", "Leave these options out.")
    with open_store(settings) as store:
        serve(store, settings, chosen, ready, role)


def _serve_practice(
    settings: "Settings",
    address: str,
    port: int,
    ready: "Callable[[str], None]",
    shared: bool,
    host: str | None,
    tls: tuple[Path | None, Path | None],
) -> None:
    import sys

    from ..errors import Refused
    from ..web.members import Certificate, serve
    from ..web.rooms import Place, porter
    from ..web.server import LOOPBACK
    from .desk import ask_passphrase

    chain, key = tls
    if (chain is None) != (key is None):
        raise Refused("TLS needs a certificate and its key.", "Give --tls-cert and --tls-key.")
    certificate = Certificate(chain, key) if chain and key else None
    place = Place(address, settings, port, host or LOOPBACK, shared)
    words = settings.passphrase.get_secret_value() if settings.passphrase else None
    with porter(address, settings.home, words, ask_passphrase if sys.stdin.isatty() else None) as keeper:
        serve(place, keeper, ready, certificate)


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command()(page)
