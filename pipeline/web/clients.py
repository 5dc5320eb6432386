"""Clients: what waits and what was signed of each; of one the brief, the plan, the trends, the notes, the consents.

A reference may hold any character, and no address of ours holds it: see addresses.py.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from .. import continuity, workflow
from ..continuity.chart import described
from ..errors import Outdated
from ..types import TreatmentPlan
from . import sight
from .app import Site, site
from .consents import standings

router = APIRouter()

Key = Annotated[str, Form()]
Seen = Annotated[str, Form()]


@router.get("/clients")
def show(request: Request, client: str = "") -> Response:
    """Show one client, or list them all."""
    here = site(request)
    if client:
        return here.page(request, "client.html", **_values(here, client))
    now = workflow.now()
    rows = [(one, sight.due(one.due_at, now) if one.due_at else ("", "")) for one in here.store.clients()]
    return here.page(request, "clients.html", rows=rows)


@router.get("/clients/trends.svg")
def drawn(request: Request, client: str) -> Response:
    """Draw what the signed notes report over sessions."""
    found = workflow.trends_of(site(request).store, client, None, "svg")
    return Response(continuity.chart(found, "svg"), media_type="image/svg+xml")


@router.post("/clients/goals")
def add_goal(
    request: Request, client: str, text: Annotated[str, Form()], objectives: Annotated[str, Form()] = ""
) -> Response:
    """Add a goal to the plan; each line of the objectives is one."""
    steps = tuple(line.strip() for line in objectives.splitlines() if line.strip())
    store = site(request).store
    workflow.change_plan(store, client, lambda plan, by, at: continuity.with_goal(plan, client, text, steps, by, at))
    return _back(request, client)


@router.post("/clients/goals/met")
def meet_goal(request: Request, client: str, key: Key, seen: Seen) -> Response:
    """Mark a goal as met."""
    store = site(request).store
    workflow.change_plan(store, client, lambda plan, by, at: continuity.met(_as_seen(plan, seen), key, by, at))
    return _back(request, client)


@router.post("/clients/goals/remove")
def remove_goal(request: Request, client: str, key: Key, seen: Seen) -> Response:
    """Take a goal out of the plan."""
    store = site(request).store
    workflow.change_plan(store, client, lambda plan, by, at: continuity.without_goal(_as_seen(plan, seen), key, by, at))
    return _back(request, client)


def _as_seen(plan: TreatmentPlan | None, seen: str) -> TreatmentPlan | None:
    """Return the plan if it is the one that the page shows: a goal's number may be another's by now.

    Raises:
        Outdated: it is not.
    """
    if plan is None or plan.digest != seen:
        raise Outdated("The plan was changed in another window.", "Go back and reload the page.")
    return plan


def _values(here: Site, client: str) -> dict[str, Any]:
    today = workflow.now().astimezone().date()
    brief = workflow.brief_of(here.store, client, today)
    trends = workflow.trends_of(here.store, client, None, "svg")
    return {
        "client": client,
        "brief": brief,
        "lines": brief.text(today),
        "plan": here.store.plan_of(client),
        "sessions": trends.sessions[::-1],
        "described": described(trends) if trends.sessions else "",
        "drafts": [draft for draft in here.store.drafts() if draft.client == client],
        "notes": here.store.notes(client)[::-1],
        "standings": standings(here.store.consents(client), here.settings),
    }


def _back(request: Request, client: str) -> Response:
    return RedirectResponse(f"/clients?{site(request).addresses.query(client=client)}", 303)
