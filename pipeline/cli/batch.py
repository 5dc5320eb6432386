"""Commands that draft many recordings: batch, on this computer or a clinic's; worker, a computer that hears for it."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .desk import open_store
from .notify import notify as show_notification
from .pairing import CalendarOption, NotifyOption, ask_for
from .speech import ClientOption, JsonOption, KindOption, LengthOption, ModelOption, names
from .tally import Tally, shown, table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..batch import Crew, Item
    from ..config import Settings
    from ..intake import Incoming, Unusable, Wish
    from ..store import Store

STOPPED = 130  # exit code, as of any program that Ctrl-C ended

SchedulerOption = Annotated[
    str | None, typer.Option(help="The clinic's scheduler, as tls://HOST:8786; else that of the settings.")
]
WorkersOption = Annotated[
    int | None,
    typer.Option(min=1, max=64, help="How many recordings are heard at a time; else what cores and memory allow."),
]
CaOption = Annotated[Path | None, typer.Option("--tls-ca", help="The clinic's certificate authority, a PEM file.")]
CertOption = Annotated[Path | None, typer.Option("--tls-cert", help="This computer's certificate, a PEM file.")]
TlsKeyOption = Annotated[Path | None, typer.Option("--tls-key", help="The key of that certificate, a PEM file.")]


def batch(
    places: Annotated[
        list[Path] | None, typer.Argument(metavar="[DIR|FILE]...", help="Where to look.", show_default=False)
    ] = None,
    kind: KindOption = None,
    client: ClientOption = None,
    participants: Annotated[
        str | None, typer.Option(help="Who took part in sessions besides you, comma between them.")
    ] = None,
    calendar: CalendarOption = None,
    format_name: Annotated[str | None, typer.Option("--format", help="The notes' format.")] = None,
    length: LengthOption = None,
    model: ModelOption = None,
    keep_source: Annotated[bool, typer.Option(help="Leave audio files where they are when notes are signed.")] = False,
    workers: WorkersOption = None,
    scheduler: SchedulerOption = None,
    tls_ca: CaOption = None,
    tls_cert: CertOption = None,
    tls_key: TlsKeyOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be drafted; draft nothing.")] = False,
    unattended: Annotated[
        bool, typer.Option("--unattended", help="Ask nothing and show no progress: for a timer.")
    ] = False,
    notify: NotifyOption = False,
    as_json: JsonOption = False,
) -> None:
    """Draft everything you have: what is new under DIR, and the sealed recordings that wait.

    Stop it whenever you like and run it again: what was finished is not done twice, and nothing is lost. With
    --scheduler a clinic's computers hear the recordings, and the drafts are made and kept here.
    """
    from .. import workflow
    from ..batch import foretell, incoming, waiting
    from ..config import load_settings
    from ..intake import Wish, find

    settings = _with_clinic(load_settings(), scheduler, tls_ca, tls_cert, tls_key)
    wish = Wish(client, kind, names(participants) if participants else None, calendar=calendar)
    rest = workflow.Order(format=format_name, length=length, model=model, keep_source=keep_source)
    found: Iterable[Incoming | Unusable] = find(places or [], wish, settings)
    if not (unattended or as_json or dry_run):
        found = _asked(found, wish, settings)
    with open_store(settings) as store:
        items = chain(waiting(store, rest), incoming(found, rest))
        tally = Tally()
        if dry_run:
            with shown(tally, as_json=as_json, quiet=True) as tell:
                for event in foretell(items, store, settings):
                    tally.add(event)
                    tell(event)
            raise typer.Exit(tally.exit_code(unattended=unattended))
        code = _draft(items, store, settings, tally, model, workers, as_json=as_json, quiet=unattended)
        if notify:
            show_notification(len(store.drafts()), tally.needing)
    raise typer.Exit(code or tally.exit_code(unattended=unattended))


def _asked(found: "Iterable[Incoming | Unusable]", wish: "Wish", settings: "Settings") -> "list[Incoming | Unusable]":
    """Ask for what nothing says of a file before anything begins."""
    from ..intake import Unusable

    return [ask_for(one, wish, settings) if isinstance(one, Unusable) else one for one in found]


def _draft(
    items: "Iterable[Item]",
    store: "Store",
    settings: "Settings",
    tally: Tally,
    model: str | None,
    workers: int | None,
    *,
    as_json: bool,
    quiet: bool,
) -> int:
    """Draft all items, show what happens, and say at the end what became of them; return 130 where it was stopped."""
    from ..batch import run

    stopped = False
    try:
        with (
            heeding_ctrl_c() as heed,
            shown(tally, as_json=as_json, quiet=quiet) as tell,
            _crew(settings, model, workers) as crew,
        ):
            for event in run(items, store, settings, crew):
                tally.add(event)
                tell(event)
                heed()
    except KeyboardInterrupt:
        stopped = True
    finally:
        if not as_json:
            if sys.stdout.isatty() and not quiet:
                table(tally)
            typer.echo(f"{tally.sentence()}.".capitalize())
    if stopped:
        left = tally.begun - len(tally.over)
        typer.echo(
            f"Stopped: {left} begun and not finished, and whatever was not begun. Run it again to go on.", err=True
        )
    return STOPPED if stopped else 0


@contextmanager
def heeding_ctrl_c() -> Iterator[Callable[[], None]]:
    """Remember Ctrl-C; what is yielded raises it again where an import or a callback of a library has swallowed it."""
    asked = False

    def remember(*_: object) -> None:
        nonlocal asked
        asked = True
        raise KeyboardInterrupt

    def heed() -> None:
        if asked:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, remember)
    try:
        yield heed
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _crew(settings: "Settings", model: str | None, workers: int | None) -> "Iterator[Crew]":
    """Have the recordings heard by the clinic's computers where a scheduler is set, else by processes of this one."""
    if settings.clinic.scheduler:
        from ..batch import clinic

        with clinic.crew(settings.clinic.scheduler, settings.clinic) as crew:
            yield crew
        return
    from ..batch.processes import local_crew

    with local_crew(settings, model, workers) as crew:
        yield crew


def worker(
    scheduler: SchedulerOption = None,
    workers: WorkersOption = None,
    model: ModelOption = None,
    tls_ca: CaOption = None,
    tls_cert: CertOption = None,
    tls_key: TlsKeyOption = None,
) -> None:
    """Hear recordings for a clinic's batches, until it is stopped. It has no record, and keeps nothing.

    The speech model is that of this computer's settings, or --model. It needs the extra `clinic`.
    """
    from .. import workflow
    from ..batch import clinic
    from ..batch.processes import fitting
    from ..config import load_settings
    from ..errors import Refused
    from ..speech import weights

    settings = _with_clinic(load_settings(), scheduler, tls_ca, tls_cert, tls_key)
    if not settings.clinic.scheduler:
        raise Refused("No scheduler is named.", "Name it: --scheduler tls://HOST:8786.")
    root = workflow.models(settings)
    weights.find(model or settings.speech.model, root)  # a missing model is said before anything is started
    count = workers or fitting(settings.speech, root, model)
    clinic.work_for(settings, model, count, lambda: typer.echo("Ready to hear a recording. Stop with ctrl-c."))


def _with_clinic(
    settings: "Settings", scheduler: str | None, ca: Path | None, cert: Path | None, key: Path | None
) -> "Settings":
    given = {"scheduler": scheduler, "tls_ca": ca, "tls_cert": cert, "tls_key": key}
    update = {name: value for name, value in given.items() if value is not None}
    return settings.model_copy(update={"clinic": settings.clinic.model_copy(update=update)})


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    for command in (batch, worker):
        app.command()(command)
