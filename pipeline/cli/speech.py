"""Commands that listen and draft: transcribe, draft, findings, demo."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ..moments import due_in_words
from .desk import agreed, echo_json, inside, open_store, parse_date, progress_line, reference, say_waiting, with_digest

if TYPE_CHECKING:
    from ..config import Settings
    from ..store import Store
    from ..types import Evidence
    from ..workflow import Order

DEMO_PASSPHRASE = "evenfall demo"
REFUSED = 3  # exit code

KindOption = Annotated[
    Literal["dictation", "session"] | None,
    typer.Option(help="What it is. A session needs consent on file for every participant."),
]
ClientOption = Annotated[
    str | None, typer.Option(help="The client's reference, as your practice uses it.", callback=reference)
]
ParticipantsOption = Annotated[str, typer.Option(help="Who took part in a session besides you, comma between them.")]
ModelOption = Annotated[
    str | None,
    typer.Option(help="A folder with a Whisper model, or `demo` or `rough` (for trying out only: often wrong)."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
LabelOption = Annotated[str | None, typer.Option("--clinician", help="Your name as the transcript file writes it.")]
SpeakersOption = Annotated[
    int | None,
    typer.Option(min=0, max=6, help="How many people speak; 0 to judge by the voices. Else: you and the participants."),
]


LengthOption = Annotated[
    Literal["brief", "standard", "full"] | None,
    typer.Option(help="How long the note is; the format says how many words that may be."),
]
CallOption = Annotated[
    Literal["client", "patient", "initials", "pronoun"] | None, typer.Option(help="How the client is spoken of.")
]
InitialsOption = Annotated[str | None, typer.Option(help="The client's initials, as J.D., to be called by.")]
PronounOption = Annotated[Literal["she", "he", "they"] | None, typer.Option(help="The client's pronoun.")]


def names(text: str) -> tuple[str, ...]:
    """Return the names of a list with commas between them."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def transcribe(
    audio: Annotated[Path, typer.Argument(help="Audio of any usual format.", show_default=False)],
    kind: KindOption = None,
    client: ClientOption = None,
    participants: ParticipantsOption = "client",
    speakers: SpeakersOption = None,
    model: ModelOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print what was said in a recording, with times. Saves nothing."""
    from .. import workflow
    from ..config import load_settings
    from ..moments import clock
    from .show import cue_lines

    settings = load_settings()
    order = workflow.Order(
        source=audio,
        kind=kind,
        client=client,
        participants=names(participants),
        model=model,
        speakers=speakers,
        again=True,
    )
    with progress_line("listening", as_json) as progress:
        if order.decided_kind == "session":
            with open_store(settings) as store:
                _, transcript = workflow.transcribe(order, store, settings, progress)
        else:
            _, transcript = workflow.transcribe(order, None, settings, progress)
    if as_json:
        typer.echo(json.dumps(with_digest(transcript), ensure_ascii=False))
        return
    for turn in transcript.turns:
        typer.echo(f"{clock(turn.start):>6}  {turn.speaker}: {turn.text}")
    for gap in transcript.dropped:
        typer.echo(f"{clock(gap.start):>6}  [{gap.reason}]")
    for line in cue_lines(transcript.commands, transcript):
        typer.echo(f"        {line}")
    for line in transcript.warnings:
        typer.echo(line, err=True)
    typer.echo(f"Heard by {transcript.engine}.", err=True)


def draft(
    sources: Annotated[
        list[Path],
        typer.Argument(
            metavar="SOURCE...",
            help="Audio, a typed dictation (.txt, .docx) or a transcript (.vtt, .srt, .docx, .txt, .json).",
            show_default=False,
        ),
    ],
    kind: KindOption = None,
    client: ClientOption = None,
    participants: ParticipantsOption = "client",
    format_name: Annotated[str | None, typer.Option("--format", help="The note's format.")] = None,
    length: LengthOption = None,
    call: CallOption = None,
    initials: InitialsOption = None,
    pronoun: PronounOption = None,
    date: Annotated[str | None, typer.Option(help="Date of the session, as 2026-03-31.")] = None,
    minutes: Annotated[int | None, typer.Option(min=1, max=600, help="Minutes of the session.")] = None,
    model: ModelOption = None,
    label: LabelOption = None,
    speakers: SpeakersOption = None,
    again: Annotated[bool, typer.Option(help="Draft again what was drafted before.")] = False,
    keep_source: Annotated[
        bool, typer.Option(help="Leave the audio file where it is when the note is signed.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="With --again, do not ask before what you decided on a draft goes with it.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a draft of each source. It waits in the queue for your review; nothing is saved as a note.

    An audio file is deleted when its note is signed, with a receipt, unless you say --keep-source.
    """
    from .. import workflow
    from ..config import load_settings

    settings = load_settings()
    day = parse_date(date)
    orders = [
        workflow.Order(
            source=source,
            kind=kind,
            client=client,
            participants=names(participants),
            day=day,
            minutes=minutes,
            format=format_name,
            length=length,
            call=call,
            initials=initials,
            pronoun=pronoun,
            model=model,
            clinician_label=label,
            speakers=speakers,
            again=again,
            keep_source=keep_source,
        )
        for source in sources
    ]
    raise typer.Exit(_draft_all(orders, settings, as_json, yes=yes))


def _span(item: "Evidence") -> dict[str, object]:
    fields = {"turn_id", "start", "end", "start_time", "end_time", "speaker", "quote"}
    return item.model_dump(mode="json", include=fields)


def _draft_all(orders: "list[Order]", settings: "Settings", as_json: bool, *, yes: bool) -> int:
    """Draft each source; one that fails does not stop the others. Returns the exit code: the first failure's."""
    from .. import workflow
    from ..errors import EvenfallError
    from .show import draft_lines

    made, failed = [], 0
    with open_store(settings) as store:
        say_waiting(store)
        for order in orders:
            begun = workflow.now()
            try:
                if order.again and not (yes or _may_go(order, store)):
                    typer.echo("It stays as it is.", err=True)
                    failed = failed or REFUSED
                    continue
                with progress_line(order.source.name, as_json) as progress:
                    one = workflow.draft_source(order, store, settings, progress)
            except EvenfallError as error:
                typer.echo(f"evenfall: {order.source.name}: {error}", err=True)
                failed = failed or error.exit_code
                continue
            except Exception as error:
                if len(orders) == 1:
                    raise
                typer.echo(
                    f"evenfall: {order.source.name}: {inside(error)}\n"
                    "Run it again by itself; if it stays, report it with the output of: evenfall --debug draft FILE",
                    err=True,
                )
                failed = failed or 1
                continue
            made.append(one)
            if one.drafted_at < begun:
                typer.echo(
                    f"{order.source.name} was drafted before, and this is that draft. {_unheard(order)}", err=True
                )
            if not as_json:
                typer.echo("\n".join(draft_lines(one, title(one.format))))
                typer.echo(f"\nDraft {one.digest[:8]}, {due_in_words(one.due_at, workflow.now())}.")
                typer.echo(f"Go on with: evenfall review {one.digest[:8]}\n")
    if as_json:
        echo_json(made)
    return failed


def _may_go(order: "Order", store: "Store") -> bool:
    """Say whether what was decided on the draft that a source has may go with it; asked where there is any.

    Nothing of the file is heard or read for that: its digest finds the draft.

    Raises:
        SourceRefused: the file cannot be read.
    """
    from .. import workflow
    from ..intake.places import digest

    if not isinstance(order.source, Path):
        return True
    earlier = workflow.known_draft(digest(order.source), order.decided_kind, store)
    decided = store.review_of(earlier.digest) if earlier else None
    if earlier is None or decided is None or not decided.decisions:
        return True
    count = f"{len(decided.decisions)} decision{'s' if len(decided.decisions) > 1 else ''}"
    return agreed(f"Draft {earlier.digest[:8]} has {count} of yours, edits among them: all go with it. Draft it anew?")


def _unheard(order: "Order") -> str:
    """Return what of the order counts only where a source is heard anew."""
    from .. import workflow

    if workflow.is_text(order.source) or (order.speakers is None and order.participants == ("client",)):
        return "To draft it anew: --again."
    return "Who took part and how many speak counts only where it is heard anew: --again."


def title(versioned: str) -> str:
    """Return the title of a format by its versioned name; of one that is not there any more, that name."""
    from ..draft import load_format
    from ..errors import SettingsInvalid

    try:
        return load_format(versioned.split("@")[0]).title
    except SettingsInvalid:
        return versioned


def findings(
    docs: Annotated[Path, typer.Argument(metavar="DOCS.jsonl", help="Documents of the gold format, one a line.")],
) -> None:
    """Print the findings of each document, one JSON object a line, as the scorer reads them."""
    from ..findings import Finder
    from ..speech.transcripts.documents import read_documents

    finder = Finder()
    for name, transcript in read_documents(docs):
        found = [
            {**finding.model_dump(mode="json", exclude={"evidence"}), "evidence": [_span(e) for e in finding.evidence]}
            for finding in finder.find(transcript)
        ]
        typer.echo(json.dumps({"id": name, "findings": found}, ensure_ascii=False))


def demo(
    model: ModelOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draft the bundled spoken dictation from its audio, in a record of the demo's own."""
    import shlex
    import sys

    from pydantic import SecretStr

    from .. import resources, workflow
    from ..config import load_settings
    from .show import draft_lines

    settings = load_settings()
    passphrase = settings.passphrase or SecretStr(DEMO_PASSPHRASE)
    settings = settings.model_copy(update={"home": settings.home / "demo", "passphrase": passphrase})
    order = workflow.Order(
        source=resources.configs() / "sample" / "dictation.wav",
        client="DEMO",
        model=model or "rough",
        again=True,
        keep_source=True,
    )
    with open_store(settings) as store, progress_line("listening to the sample dictation", as_json) as progress:
        made = workflow.draft_source(order, store, settings, progress)
        transcript = store.transcript(made.transcript)
    if as_json:
        typer.echo(json.dumps(with_digest(made), ensure_ascii=False))
        return
    typer.echo("WHAT WAS HEARD")
    typer.echo("\n".join(f"  {turn.text}" for turn in transcript.turns))
    typer.echo()
    typer.echo("\n".join(draft_lines(made, title(made.format))))
    typer.echo(f"\nHeard by {transcript.engine}, for trying out only: every word of it is doubtful.")
    typer.echo("For your own recordings get a Whisper model: evenfall setup")
    command = shlex.quote(sys.argv[0]) if Path(sys.argv[0]).name == "evenfall" else "evenfall"
    prefix = f"EVENFALL_HOME={shlex.quote(str(settings.home))} EVENFALL_PASSPHRASE={shlex.quote(DEMO_PASSPHRASE)} "
    typer.echo(f"Go on with: {prefix}{command} review {made.digest[:8]}")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    for command in (demo, transcribe, draft, findings):
        app.command()(command)
