"""Commands that look back: plan, brief, trends."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ..moments import local
from .desk import open_store, reference, with_digest
from .speech import JsonOption

if TYPE_CHECKING:
    from ..continuity import Trends
    from ..types import TreatmentPlan

    Change = Callable[[TreatmentPlan | None, str, datetime], TreatmentPlan]  # the plan, who changes it, when

plan = typer.Typer(no_args_is_help=True, help="A client's treatment plan: goals and objectives, in your words.")

ClientArgument = Annotated[
    str, typer.Argument(help="The client's reference, as your practice uses it.", callback=reference)
]
KeyArgument = Annotated[str, typer.Argument(help="The goal's number, as `evenfall plan show` lists it.")]


@plan.command("show")
def show_plan(client: ClientArgument, as_json: JsonOption = False) -> None:
    """Show the goals of the plan as it stands."""
    from ..config import load_settings

    with open_store(load_settings()) as store:
        found = store.plan_of(client)
    _print_plan(found, as_json)


@plan.command("goal")
def add_goal(
    client: ClientArgument,
    text: Annotated[str, typer.Argument(help="The goal, in your words.")],
    objective: Annotated[list[str] | None, typer.Option(help="A step towards it; may be given several times.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Add a goal to the plan, with its objectives."""
    from ..continuity import with_goal

    _change(client, lambda found, by, at: with_goal(found, client, text, objective or (), by, at), as_json)


@plan.command("met")
def meet_goal(client: ClientArgument, key: KeyArgument, as_json: JsonOption = False) -> None:
    """Mark a goal as met; it stays in the plan and is asked about no more."""
    from ..continuity import met

    _change(client, lambda found, by, at: met(found, key, by, at), as_json)


@plan.command("remove")
def remove_goal(client: ClientArgument, key: KeyArgument, as_json: JsonOption = False) -> None:
    """Take a goal out of the plan; signed notes that were linked to it stay as they are."""
    from ..continuity import without_goal

    _change(client, lambda found, by, at: without_goal(found, key, by, at), as_json)


def brief(client: ClientArgument, as_json: JsonOption = False) -> None:
    """Print half a page before a session: what the client's signed notes last said, each line with its date."""
    from .. import workflow
    from ..config import load_settings

    today = workflow.now().astimezone().date()
    with open_store(load_settings()) as store:
        found = workflow.brief_of(store, client, today)
    if as_json:
        typer.echo(json.dumps(found.model_dump(mode="json"), ensure_ascii=False))
        return
    if not found.notes:
        typer.echo("There is no signed note of this client yet.")
    for line in found.text(today):
        typer.echo(line)


def trends(
    client: ClientArgument,
    out: Annotated[Path | None, typer.Option(help="Draw them into this file, .png or .svg.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if it is there.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show what the signed notes report over sessions: mood words as said, homework, scores. Nothing is worked out.

    The file is not sealed: whoever has it can read it. It holds no name.
    """
    from .. import workflow
    from ..config import load_settings

    picture = _picture(out)
    with open_store(load_settings()) as store:
        found = workflow.trends_of(store, client, out, picture, force=force)
    if as_json:
        typer.echo(json.dumps(found.model_dump(mode="json"), ensure_ascii=False))
    else:
        for line in _trend_lines(found):
            typer.echo(line)
    if out:
        typer.echo(f"Drawn, readable by you alone and not sealed: {out}", err=True)


def _picture(out: Path | None) -> Literal["png", "svg"]:
    suffix = out.suffix.lower() if out else ".png"
    if suffix == ".svg":
        return "svg"
    if suffix != ".png":
        raise typer.BadParameter("a chart is a .png or an .svg")
    return "png"


def _change(client: str, change: "Change", as_json: bool) -> None:
    """Keep a changed plan and print it."""
    from .. import workflow
    from ..config import load_settings

    with open_store(load_settings()) as store:
        changed = workflow.change_plan(store, client, change)
    _print_plan(changed, as_json)


def _print_plan(found: "TreatmentPlan | None", as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(with_digest(found) if found else None, ensure_ascii=False))
    elif found is None or not found.goals:
        typer.echo('There is no goal in the plan. Add one with: evenfall plan goal CLIENT "the goal"')
    else:
        typer.echo(f"Treatment plan of client {found.client}, as of {local(found.at)}")
        for goal in found.goals:
            typer.echo(f"{goal.key:>3}  {goal.text}{f'  (met {local(goal.met_at)})' if goal.met_at else ''}")
            for objective in goal.objectives:
                typer.echo(f"       - {objective}")


def _trend_lines(found: "Trends") -> Iterator[str]:
    """Yield a line a session: scores, homework, mood words; then the numbers that were not drawn, and why."""
    if not found.sessions:
        yield "There is no signed note of this client yet."
        return
    yield "date        homework before  scores; mood words as said"
    for session in found.sessions:
        scores = ", ".join(f"{score.scale} {score.value:g}" for score in session.scores)
        words = ", ".join(f"{mood.word}{f' x{mood.count}' if mood.count > 1 else ''}" for mood in session.moods)
        homework = session.homework if session.homework_set_before else "none was set"
        words = f"{words}, others not kept" if words and session.unkept else words
        words = words or ("words not kept" if session.unkept else "no mood word")
        yield f"{session.day.isoformat()}  {homework:<15}  {scores or 'no score'}; {words}"
    for session in found.sessions:
        for one in session.unread:
            yield f"Not drawn: {one.scale} on {session.day.isoformat()}: {one.why}."


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(plan, name="plan")
    app.command()(brief)
    app.command()(trends)
