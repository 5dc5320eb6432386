"""Commands that record: dictate, record; and what waits, sealed, to be drafted: spool."""

import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ..moments import due_in_words, local
from .desk import agreed, echo_json, open_store, parse_date, progress_line, receipt_line, say_waiting
from .keys import Keys, keys
from .speech import ClientOption, JsonOption, ModelOption, ParticipantsOption, SpeakersOption, names, title

if TYPE_CHECKING:
    from ..audio.capture import Command, State
    from ..config import Settings
    from ..store import Store
    from ..workflow import Captured, Order

spool = typer.Typer(no_args_is_help=True, help="Recordings that wait, sealed, to be drafted: list, draft, purge.")

COMMANDS: Final[dict[str, "Command"]] = {"q": "end", "\n": "end", "\r": "end", "p": "pause", "m": "mark", "o": "off"}
SHOWN_EVERY: Final = 0.25  # seconds
QUIETEST: Final = -60.0  # dB of full scale at the left of the meter
METER: Final = 20  # characters

NoDraftOption = Annotated[bool, typer.Option("--no-draft", help="Only record; draft it later: evenfall spool draft.")]
DevicesOption = Annotated[bool, typer.Option("--devices", help="Only list the microphones.")]
ChannelsOption = Annotated[
    int | None, typer.Option(min=1, max=2, help="2 for a device with a microphone for each person.")
]
FormatOption = Annotated[str | None, typer.Option("--format", help="The note's format.")]
DateOption = Annotated[str | None, typer.Option(help="Date of the session, as 2026-03-31.")]
MinutesOption = Annotated[int | None, typer.Option(min=1, max=600, help="Minutes of the session.")]
SpoolArgument = Annotated[str, typer.Argument(help="The recording, by the first characters of its number.")]


class Terminal:
    """The clinician at a terminal: keys in, a line with time and loudness out; or nobody, and nothing shown.

    The `greeting` is told once the microphone is open.
    """

    def __init__(self, pressed: Keys, greeting: Sequence[str] = ()) -> None:
        self._keys, self._shown, self._drawn = pressed, 0.0, sys.stderr.isatty()
        self._greeting = tuple(greeting)

    def command(self) -> "Command | None":
        """Return what they want next, at once."""
        return "end" if self._keys.ended else COMMANDS.get(self._keys.pressed().lower())

    def show(self, state: "State") -> None:
        """Show time and loudness, where somebody watches."""
        greeting, self._greeting = self._greeting, ()
        for line in greeting:
            self.say(line)
        if self._drawn and time.monotonic() - self._shown >= SHOWN_EVERY:
            self._shown = time.monotonic()
            typer.echo(f"\r{meter_line(state)}\x1b[K", err=True, nl=False)

    def say(self, line: str) -> None:
        """Tell them something, on a line of its own."""
        typer.echo(f"\r\x1b[K{line}" if self._drawn else line, err=True)


def meter_line(state: "State") -> str:
    """Return a recording's time, its phase and how loud it is, in plain text."""
    minutes, seconds = divmod(int(state.seconds), 60)
    said = "waiting for the first word" if state.phase == "waiting" else state.phase
    heard = state.phase in ("waiting", "recording")
    filled = round(METER * min(1.0, max(0.0, 1 - state.level / QUIETEST))) if heard else 0
    return f"{minutes:3}:{seconds:02}  [{'#' * filled:<{METER}}]  {said}"


def dictate(
    client: ClientOption = None,
    date: DateOption = None,
    minutes: MinutesOption = None,
    format_name: FormatOption = None,
    model: ModelOption = None,
    no_draft: NoDraftOption = False,
    devices: DevicesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Dictate a note, hands free, and draft it: it starts at your first word and ends after a long silence.

    Or end it with q, Enter or Ctrl-C. Keys: p pause, o off the record (nothing of it is kept), m mark a moment.
    """
    from .. import workflow

    if _listed(devices):
        return
    order = workflow.Order(
        kind="dictation", client=client, day=parse_date(date), minutes=minutes, format=format_name, model=model
    )
    _record(order, 1, "Speak when you are ready. q ends it.", no_draft, as_json)


def record(
    client: ClientOption = None,
    participants: ParticipantsOption = "client",
    channels: ChannelsOption = None,
    date: DateOption = None,
    minutes: MinutesOption = None,
    format_name: FormatOption = None,
    model: ModelOption = None,
    speakers: SpeakersOption = None,
    no_draft: NoDraftOption = False,
    devices: DevicesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Record a session, with consent on file for every participant, and draft it.

    Keys: p pause and go on, o off the record and on again (nothing of it is kept), m mark a moment, q end.
    """
    from .. import workflow

    if _listed(devices):
        return
    order = workflow.Order(
        kind="session",
        client=client,
        participants=names(participants),
        day=parse_date(date),
        minutes=minutes,
        format=format_name,
        model=model,
        speakers=speakers,
    )
    _record(order, channels, "Recording. p pause, o off the record, m mark, q end.", no_draft, as_json)


def _listed(devices: bool) -> bool:
    if devices:
        from ..audio import capture

        typer.echo("\n".join(capture.devices()) or "There is no microphone.")
    return devices


def _record(order: "Order", channels: int | None, greeting: str, no_draft: bool, as_json: bool) -> None:
    from .. import workflow
    from ..config import load_settings

    settings = load_settings()
    with open_store(settings) as store:
        say_waiting(store)
        with keys() as pressed:
            first = (
                f'Say first, so that it is on the recording: "{words}"' for words in _announced(order, store, settings)
            )
            desk = Terminal(pressed, (*first, greeting))
            captured = workflow.capture(order, store, settings, desk, channels or settings.capture.channels)
            desk.say(_ended(captured))
        if captured.spool_id is None:
            raise typer.Exit(3)
        if no_draft or pressed.stopped:
            typer.echo(f"It waits, sealed. Draft it with: evenfall spool draft {captured.spool_id[:8]}")
        else:
            _draft(captured.spool_id, order, store, settings, as_json)


def _announced(order: "Order", store: "Store", settings: "Settings") -> tuple[str, ...]:
    """Return what the law asks to be said aloud when a session's recording begins."""
    from ..law import of_client

    if order.kind != "session" or order.client is None:
        return ()
    return of_client(settings.law, store.consents(order.client), settings.home).announcements


def _ended(captured: "Captured") -> str:
    length = f"{captured.seconds:.0f} s"
    if captured.receipt:
        return (
            f"Consent was revoked: the recording was stopped and its {length} purged, key and bytes "
            f"({captured.receipt.outcome}, receipt of recording {captured.receipt.recording[:8]})."
        )
    if captured.spool_id is None:
        return "Nothing was said, so nothing was kept."
    why = {"silence": " after a long silence", "longest": ": that is the longest length"}.get(captured.why, "")
    if captured.why == "microphone lost":
        why = ": the microphone did not come back"
    lost = f" The computer was too slow {captured.overruns} times; the draft says where." if captured.overruns else ""
    return f"Ended{why}. {length} are kept, sealed.{lost}"


def _draft(spool_id: str, order: "Order", store: "Store", settings: "Settings", as_json: bool) -> None:
    from .. import workflow
    from ..errors import ConsentRevoked, EvenfallError
    from .show import draft_lines

    try:
        with progress_line("listening to the recording", as_json) as progress:
            made, receipt = workflow.draft_spooled(spool_id, order, store, settings, progress)
    except ConsentRevoked:
        raise
    except EvenfallError:
        typer.echo(
            f"The recording is kept, sealed. Try again with: evenfall spool draft {spool_id[:8]}; "
            f"delete it with: evenfall spool purge {spool_id[:8]}",
            err=True,
        )
        raise
    if as_json:
        echo_json([made])
        return
    typer.echo("\n".join(draft_lines(made, title(made.format))))
    typer.echo(f"\nDraft {made.digest[:8]}, {due_in_words(made.due_at, workflow.now())}.")
    typer.echo(receipt_line(receipt))
    typer.echo(f"Go on with: evenfall review {made.digest[:8]}\n")


@spool.command("list")
def list_spools(as_json: JsonOption = False) -> None:
    """List the recordings that wait, sealed, to be drafted."""
    from ..config import load_settings

    with open_store(load_settings()) as store:
        found = store.spools()
    if as_json:
        echo_json(found)
        return
    for one in found:
        typer.echo(f"{one.id[:8]}  {local(one.begun_at)}  {one.kind:<10} client {one.client or 'not given'}")
    typer.echo("Draft one with: evenfall spool draft NUMBER" if found else "No recording waits.")


@spool.command("draft")
def draft_spool(
    number: SpoolArgument,
    client: ClientOption = None,
    date: DateOption = None,
    minutes: MinutesOption = None,
    format_name: FormatOption = None,
    model: ModelOption = None,
    speakers: SpeakersOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draft a recording that waits; then it is purged, with a receipt."""
    from .. import workflow
    from ..config import load_settings

    settings = load_settings()
    order = workflow.Order(
        client=client, day=parse_date(date), minutes=minutes, format=format_name, model=model, speakers=speakers
    )
    with open_store(settings) as store:
        _draft(_chosen(store, number), order, store, settings, as_json)


@spool.command("purge")
def purge_spool(
    number: SpoolArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Delete a recording that waits, without a draft of it: its key first, then its bytes."""
    from ..audio.spool import discard
    from ..config import load_settings

    with open_store(load_settings()) as store:
        spool_id = _chosen(store, number)
        if not yes and not agreed("Delete this recording for good? No draft was made of it."):
            typer.echo("Nothing was deleted.", err=True)
            raise typer.Exit(3)
        receipt = discard(store, spool_id)
    echo_json([receipt]) if as_json else typer.echo(receipt_line(receipt))


def _chosen(store: "Store", prefix: str) -> str:
    """Return the id that begins so.

    Raises:
        NotFound: none does, or more than one does.
    """
    from ..errors import NotFound

    found = [one.id for one in store.spools() if prefix and one.id.startswith(prefix.lower())]
    if len(found) != 1:
        raise NotFound(
            "No recording that waits begins so." if not found else "More than one recording begins so.",
            "See which there are: evenfall spool list",
        )
    return found[0]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(dictate)
    app.command()(record)
    app.add_typer(spool, name="spool")
