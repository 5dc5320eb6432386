"""Commands about consent: who agreed to what, how it is taken back, and what the law asks of it."""

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ..moments import local
from .desk import echo_json, open_store, parse_date, receipt_line, reference
from .speech import JsonOption, names

if TYPE_CHECKING:
    from ..config import Settings
    from ..law import Law, Profile
    from ..store import Store
    from ..types import Consent

consents = typer.Typer(no_args_is_help=True, help="Consent of each participant: add, list, revoke.")
laws = typer.Typer(no_args_is_help=True, help="What the law and the codes of ethics ask of a consent: list, show.")

ClientRequired = Annotated[str, typer.Option(help="The client's reference, as your practice uses it.")]
ScopeOption = Annotated[
    str | None,
    typer.Option(help="What it covers, comma between: record, transcribe, keep quotes. Without it, you are asked."),
]
ToldOption = Annotated[
    str | None,
    typer.Option(help="What your form says, comma between: ai, purpose, revocable, apart. Without it, you are asked."),
]


@consents.command("add")
def add_consent(
    client: Annotated[str, typer.Option(help="The client's reference, as your practice uses it.", callback=reference)],
    participant: Annotated[str, typer.Option(help="Who consents: client, partner, mother ...")],
    scope: ScopeOption = None,
    method: Annotated[Literal["written", "on screen", "spoken"], typer.Option(help="How it was given.")] = "written",
    wording: Annotated[str, typer.Option(help="Which version of your consent form.")] = "practice form",
    told: ToldOption = None,
    law: Annotated[str, typer.Option(help="Where this client is, if elsewhere: `evenfall law list` has names.")] = "",
    minor: Annotated[bool, typer.Option("--minor", help="The participant is a minor.")] = False,
    by: Annotated[str | None, typer.Option(help="Who consents for a minor: mother, guardian ...")] = None,
    date: Annotated[str | None, typer.Option(help="When a paper form was signed, as 2026-03-31.")] = None,
) -> None:
    """Put one participant's consent on file; it says what your law still asks of it."""
    from .. import workflow
    from ..config import load_settings
    from ..law import of_client

    settings, now = load_settings(), workflow.now()
    with open_store(settings) as store:
        given = _consent(
            client=client,
            participant=participant,
            scope=names(scope) if scope else _asked_scope(),
            method=method,
            wording=wording,
            given_at=_moment(date, now),
            law=names(law),
            minor=minor,
            by=by,
        )
        demanded = of_client(settings.law, (*store.consents(client), given), settings.home)
        given = given.replace(told=_topics(names(told)) if told else _asked_topics(demanded))
        if date is None:
            store.renew_consent(given)
        elif not store.add_consent(given):
            typer.echo("That form is on file already: nothing was added.")
        ended_at = next(one.revoked_at for one in store.consents(client) if one.replace(revoked_at=None) == given)
    typer.echo(f"Consent of {participant} for client {client} is on file: {', '.join(given.scope)}.")
    if ended_at:
        typer.echo(f"It does not stand: {participant} took consent back, or gave another, on {local(ended_at)}.")
        typer.echo("A form signed after that: give its own day (--date). Consent given now: the same without --date.")
        return
    _say_what_follows(given, demanded, now, settings)


def _consent(**fields: object) -> "Consent":
    from pydantic import ValidationError

    from ..types import Consent

    try:
        return Consent.model_validate(fields)
    except ValidationError as error:
        raise typer.BadParameter("scope takes: record, transcribe, keep quotes; names may not be empty") from error


def _topics(told: tuple[str, ...]) -> tuple[str, ...]:
    from ..law import TOPICS

    if set(told) - set(TOPICS):
        raise typer.BadParameter(f"told takes: {', '.join(TOPICS)}")
    return told


def _moment(date: str | None, now: datetime) -> datetime:
    day = parse_date(date)
    return now if day is None else datetime(day.year, day.month, day.day).astimezone()


def _asked_scope() -> tuple[str, ...]:
    """Return what a consent covers, by asking where somebody is there; words are kept only where that was said."""
    usual = ("record", "transcribe")
    question = "Did they agree, too, that some of their words are kept with signed notes, letter by letter?"
    return (*usual, "keep quotes") if sys.stdin.isatty() and typer.confirm(question, default=False) else usual


def _asked_topics(demanded: "Law") -> tuple[str, ...]:
    """Return what the form says of what is demanded, by asking where somebody is there."""
    from ..law import TOPICS

    if not sys.stdin.isatty():
        return ()
    return tuple(topic for topic in demanded.told if typer.confirm(f"Does the form say {TOPICS[topic]}?"))


def _say_what_follows(given: "Consent", demanded: "Law", at: datetime, settings: "Settings") -> None:
    """Say what becomes of quotes, what the consent lacks for a session, and what is to be said aloud."""
    from .. import consent

    if not consent.allows(given):
        typer.echo("It does not cover recording: a session needs record and transcribe both.")
    for rule, lack in demanded.lacking(given, at):
        typer.echo(f"Not enough yet for a session. {lack}\n    {rule.name}: {rule.says} ({rule.source})")
    if "keep quotes" not in given.scope:
        typer.echo("Their words go when a note is signed: turn, time, speaker and a digest of each stay as evidence.")
        typer.echo("To keep the words, where they agree: the same with --scope 'record,transcribe,keep quotes'")
    elif not settings.retention.keep_quotes:
        typer.echo("Your practice keeps no words all the same (retention.keep_quotes): they go when a note is signed.")
    for words in demanded.announcements:
        typer.echo(f'When you record, say first: "{words}"')


@consents.command("list")
def list_consents(
    client: Annotated[str | None, typer.Option(help="Only this client's.")] = None, as_json: JsonOption = False
) -> None:
    """List consents, revoked ones too; of each that stands, what your law still asks of it."""
    from .. import workflow
    from ..config import load_settings
    from ..law import of_client

    settings = load_settings()
    with open_store(settings) as store:
        found = store.consents(client)
    if as_json:
        echo_json(found)
        return
    for one in found:
        state = f"revoked {local(one.revoked_at)}" if one.revoked_at else f"given {local(one.given_at)}"
        whose = f"{one.participant} by {one.by}" if one.by else one.participant
        typer.echo(f"client {one.client:<12} {whose:<12} {', '.join(one.scope)}  {one.method}, {state}")
        if not one.revoked_at:
            demanded = of_client(settings.law, (other for other in found if other.client == one.client), settings.home)
            for rule, lack in demanded.lacking(one, workflow.now()):
                typer.echo(f"    not enough, {rule.name}: {lack}")
    if not found:
        typer.echo("There is no consent on file.")


@consents.command("revoke")
def revoke_consent(
    client: ClientRequired,
    participant: Annotated[str, typer.Option(help="Whose consent ends.")],
    purge: Annotated[
        bool, typer.Option("--purge", help="Delete what is not signed of their sessions, without asking.")
    ] = False,
) -> None:
    """End one participant's consent: from now on no session of this client is opened without a new one.

    It says what of the client's sessions is still there, and asks whether to delete what is not signed.
    """
    from .. import workflow
    from ..config import load_settings

    with open_store(load_settings()) as store:
        ended = store.revoke_consent(client, participant, workflow.now())
        typer.echo(f"{len(ended)} consent of {participant} for client {client} revoked.")
        _offer_purge(store, client, participant, purge)
    typer.echo(f"To record again, {participant} consents anew: evenfall consent add, or on the page.")


def _offer_purge(store: "Store", client: str, participant: str, purge: bool) -> None:
    from ..workflow.consenting import left_of, purge_left

    left = left_of(store, client, participant)
    for line in left.lines():
        typer.echo(line)
    if not left.purgeable:
        return
    if not purge and not (sys.stdin.isatty() and typer.confirm("Delete now what is not signed?", default=False)):
        typer.echo("Nothing was deleted. To delete it later:")
        for line in left.ways():
            typer.echo(f"    {line}")
        return
    for receipt in purge_left(store, left):
        typer.echo(receipt_line(receipt))


@laws.command("list")
def list_laws() -> None:
    """List the laws and codes that Evenfall knows, and which of them your settings name."""
    from ..config import load_settings
    from ..law import ETHICS, NO_ADVICE, known

    settings = load_settings()
    chosen = {ETHICS, *settings.law}
    for profile in known(settings.home).profiles:
        typer.echo(f"{'counts' if profile.name in chosen else '':<7} {profile.name:<16} {profile.title}")
    typer.echo("What one asks: evenfall law show NAME. Which count: the setting `law` (configs/default.yaml).")
    typer.echo(NO_ADVICE)


@laws.command("show")
def show_law(
    which: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Without any: those that count.")
    ] = None,
) -> None:
    """Show what is asked of a consent, by whom, and what all of it comes to together."""
    from ..config import load_settings
    from ..law import NO_ADVICE, load

    settings = load_settings()
    found = load(which or settings.law, settings.home)
    for profile in found.profiles:
        typer.echo("\n".join(_profile_lines(profile)))
    for line in _together(found, settings):
        typer.echo(line)
    typer.echo(NO_ADVICE)


def _profile_lines(profile: "Profile") -> list[str]:
    lines = [f"{profile.title} ({profile.name}@{profile.version})"]
    for rule in profile.named():
        lines += [f"  {rule.name.split(':')[1]}: {rule.says}", f"      {rule.source}"]
    return lines


def _together(found: "Law", settings: "Settings") -> list[str]:
    from ..law import TOPICS

    kept = settings.retention
    years, minors = found.years(kept.note_years, kept.minor_years)
    lines = [
        f"Together: a consent may be given {' or '.join(found.methods) or 'in no way: they contradict each other'}."
    ]
    lines += [f"  Its wording says {TOPICS[topic]}." for topic in found.told]
    lines += [f'  When a recording begins, say: "{words}"' for words in found.announcements]
    return [
        *lines,
        f"  Notes are kept {years} years; of a minor {minors} years after the age of {kept.majority_years}.",
    ]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(consents, name="consent")
    app.add_typer(laws, name="law")
