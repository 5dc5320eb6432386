"""Commands of a practice's record on PostgreSQL: found it, let users in and out, copy between it and a folder."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from .desk import actor, ask_passphrase

if TYPE_CHECKING:
    from ..config import Settings
    from ..store import Store

app = typer.Typer(no_args_is_help=True, help="A practice's record on its own PostgreSQL server.")

Address = Annotated[str, typer.Argument(metavar="URL", help="The database, by its owner's login.")]
By = Annotated[
    str | None,
    typer.Option(help="The clinician or supervisor whose passphrase opens it; without it the recovery key is asked."),
]
MemberRole = Literal["clinician", "supervisor", "administrator"]


@app.command()
def init(
    url: Address,
    administrator: Annotated[str, typer.Option(help="The first administrator's login.")] = "administrator",
    no_password: Annotated[
        bool, typer.Option("--no-password", help="Make no password: the server knows its users in another way.")
    ] = False,
) -> None:
    """Make a practice's record in an empty database, or bring one of an older Evenfall up to date."""
    from ..config import load_settings
    from ..store.clinic.founding import Owner
    from ..store.keys import ask_twice
    from ..store.sidecar import make_home

    home = load_settings().home
    make_home(home)
    with Owner(url, home) as owner:
        if owner.is_founded():
            owner.bring_up()
            typer.echo("The practice's record is of this Evenfall's form, and who may do what is said anew.")
            return
        words = ask_twice(ask_passphrase, f"A passphrase for {administrator}")
        made = owner.found(administrator, words, password=not no_password)
    typer.echo("The practice's record is made. Its recovery key lets users in and saves it if all forget their words.")
    typer.echo(f"\n    {made.recovery}\n")
    typer.echo("Write it down or print it, and lock it away. It is not shown again.")
    _say_password(administrator, made.password)


@app.command("add-user")
def add_user(
    url: Address,
    login: Annotated[str, typer.Argument(help="The user's login, which is made where there is none.")],
    role: Annotated[MemberRole, typer.Option(help="What the user is in the practice.")] = "clinician",
    by: By = None,
    no_password: Annotated[
        bool, typer.Option("--no-password", help="Make no password: the server knows its users in another way.")
    ] = False,
) -> None:
    """Let a user in; a known one gets another passphrase. A clinician sees own notes, an administrator none."""
    from ..config import load_settings
    from ..store.clinic.founding import Owner
    from ..store.keys import ask_twice

    with Owner(url, load_settings().home) as owner:
        opening = _opening(by)
        words = ask_twice(ask_passphrase, f"A passphrase for {login}")
        password = owner.add(opening, by, login, role, words, password=not no_password)
    typer.echo(f"{login} is in, as {role}.")
    _say_password(login, password)


@app.command()
def supervise(
    url: Address,
    login: Annotated[str, typer.Argument(help="The supervisor.")],
    clinicians: Annotated[list[str] | None, typer.Argument(help="Those supervised; without any: nobody.")] = None,
    by: By = None,
) -> None:
    """Have a supervisor read what these clinicians write, and nobody else's."""
    from ..config import load_settings
    from ..store.clinic.founding import Owner

    with Owner(url, load_settings().home) as owner:
        owner.supervise(_opening(by), by, login, tuple(clinicians or ()))
    typer.echo(f"{login} supervises: {', '.join(clinicians or ()) or 'nobody'}.")


@app.command("remove-user")
def remove_user(url: Address, login: Annotated[str, typer.Argument(help="The user's login.")], by: By = None) -> None:
    """Let a user out. What the user wrote stays on record; the login stays on the server, without any right here."""
    from ..config import load_settings
    from ..store.clinic.founding import Owner

    with Owner(url, load_settings().home) as owner:
        owner.remove(_opening(by), by, login)
    typer.echo(f"{login} is out.")


@app.command()
def show(
    url: Annotated[str | None, typer.Argument(metavar="[URL]", help="The database, by its owner's login.")] = None,
) -> None:
    """Say where the record is; with the owner's login, who is in the practice."""
    from ..config import load_settings
    from ..store.clinic.address import named, read_address
    from ..store.clinic.founding import Owner

    settings = load_settings()
    if url is None:
        at = settings.store.get_secret_value() if settings.store else None
        typer.echo(f"The record is in {settings.home}." if at is None else f"The record is {named(read_address(at))}.")
        typer.echo(f"Sealed recordings, settings and process notes are in {settings.home}, on this computer alone.")
        return
    with Owner(url, settings.home) as owner:
        for member in owner.members():
            whom = f", supervises {', '.join(member.supervises)}" if member.supervises else ""
            typer.echo(f"{member.login}  {member.role}{whom}, since {member.added_at.astimezone():%Y-%m-%d}")


@app.command()
def copy(
    source: Annotated[str, typer.Argument(metavar="FROM", help="A data folder, or the database by its owner's login.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="The other of the two; it must be empty.")],
    whose: Annotated[
        str | None, typer.Option("--for", help="The clinician's login whose the notes become on the server.")
    ] = None,
    by: By = None,
) -> None:
    """Copy a whole record between a folder and a practice's server, compare every value, and only then keep it."""
    from ..config import load_settings
    from ..errors import Refused
    from ..store import copying
    from ..store.clinic.founding import Owner

    settings = load_settings()
    to_server = "://" in target
    if to_server == ("://" in source):
        raise Refused("One of the two must be a folder, the other a server.", "Name the folder first to copy up.")
    folder, url = (source, target) if to_server else (target, source)
    if to_server and not (Path(folder) / "store.json").is_file():
        raise Refused("There is no record in that folder.", "Name the data folder that holds it.")
    with Owner(url, settings.home) as owner, _folder(Path(folder), settings) as store:
        up = owner.end(_opening(by), by, _clinician(whose) if to_server else None)
        made = copying.copy(store.end, up) if to_server else copying.copy(up, store.end)
    typer.echo(f"Copied and compared: {made.values} values, {made.events} events of the audit chain.")
    typer.echo("The record it was copied from is as it was. Delete it when you have seen that the other opens.")


def _clinician(whose: str | None) -> str:
    from ..errors import Refused

    if whose is None:
        raise Refused("Nobody says whose the notes are.", "Name the clinician's login: --for LOGIN")
    return whose


def _folder(home: Path, settings: "Settings") -> "Store":
    from ..store import Store

    words = settings.passphrase.get_secret_value() if settings.passphrase else None
    return Store.open(home, words, ask_passphrase, actor=actor(settings))


def _opening(by: str | None) -> str:
    return ask_passphrase(f"The passphrase of {by}" if by else "The practice's recovery key")


def _say_password(login: str, password: str | None) -> None:
    if password:
        typer.echo(f"The server's password for {login}, for ~/.pgpass; it is not shown again:\n\n    {password}\n")


def register(parent: typer.Typer) -> None:
    """Add this module's commands."""
    parent.add_typer(app, name="store")
