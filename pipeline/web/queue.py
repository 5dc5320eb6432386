"""The first page: every draft and every recording on its way, the most urgent first."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from fastapi.responses import StreamingResponse as Stream

from .. import review as reviewing
from .. import workflow
from ..config import Settings
from ..errors import NotFound
from ..moments import local
from ..store import Store, retention
from ..types import Draft, Seconds, Spooled
from . import sight
from .app import Site, may, role_of, site
from .gate import PASSIVE, token_of
from .incoming import Microphones, end_revoked
from .jobs import Jobs, State

router = APIRouter()
EVERY: Final[Seconds] = 1.0  # between looks at what goes on
STILL: Final = State("open; nothing is heard")


@dataclass(frozen=True)
class Row:
    """One line of the queue; links are "" where there is nothing to do."""

    key: str
    due: str
    pressing: str
    client: str | None
    kind: str
    length: str
    state: str
    must: int | None = None
    share: int | None = None
    why: str = ""
    draft: str = ""
    retry: str = ""
    retry_name: str = ""
    go_on: str = ""
    delete: str = ""


def rows(here: Site, jobs: Jobs, microphones: Microphones) -> tuple[Row, ...]:
    """Return the queue: recordings on their way, then the drafts, the one due first first."""
    coming = (_of_recording(spooled, jobs.state(spooled.id), microphones) for spooled in here.store.spools())
    return (*coming, *(_of_draft(here.store, here.settings, draft) for draft in here.store.drafts()))


def _of_recording(spooled: Spooled, state: State | None, microphones: Microphones) -> Row:
    name, recording = spooled.id[:8], spooled.id in microphones.open
    still = recording and spooled.id in microphones.still()
    now = STILL if still else State("being recorded") if recording else state or State("recorded")
    resting = now.failed or still or (state is None and not recording)
    return Row(
        key=name,
        due=f"since {local(spooled.begun_at)}",
        pressing="",
        client=spooled.client,
        kind=spooled.kind,
        length="",
        state=now.state,
        share=now.share,
        why=now.why,
        retry=f"/recordings/{spooled.id}/draft" if resting else "",
        retry_name="Done, draft it" if still else "Try again" if now.failed else "Draft it",
        go_on="/new" if still else "",
        delete=f"/recordings/{spooled.id}/delete" if resting else "",
    )


def _of_draft(store: Store, settings: Settings, draft: Draft) -> Row:
    decided = workflow.start_review(draft, store, store.actor)
    words, pressing = sight.due(draft.due_at, workflow.now())
    count = sum(len(statement.text.split()) for statement in draft.statements())
    warned = retention.warns(draft, settings, workflow.now())
    return Row(
        key=draft.digest[:8],
        why=f"Expires {local(draft.expires_at)} unless it is signed" if warned else "",
        due=words,
        pressing=pressing,
        client=draft.client,
        kind=draft.kind,
        length=f"{count} words",
        state="in review" if decided.decisions else "drafted",
        must=len({item.target for item in reviewing.untouched(draft, decided)}),
        draft=draft.digest[:16],
        delete=f"/drafts/{draft.digest[:16]}/delete",
    )


@router.get("/")
def queue(request: Request) -> Response:
    """Show what waits."""
    here = site(request)
    expiry = here.store.expire(here.settings, shown=role_of(request) == "clinician")
    shown, state = _rows(request), request.app.state
    told = (*state.jobs.purged, *map(str, state.microphones.stopped.values()))
    return here.page(request, "queue.html", rows=shown, expiry=expiry, told=told)


def _rows(request: Request) -> tuple[Row, ...]:
    state = request.app.state
    end_revoked(request)
    return rows(site(request), state.jobs, state.microphones)


@router.get(PASSIVE)
async def events(request: Request) -> Response:
    """Send the queue whenever it changes, and say when nobody is let in any more."""
    return Stream(_events(request, site(request)), media_type="text/event-stream")


async def _events(request: Request, here: Site) -> AsyncIterator[str]:
    state, token = request.app.state, token_of(request.headers)
    shown: tuple[int, int, tuple[str, ...]] = (-1, -1, ())
    while not await request.is_disconnected():
        if not here.sessions.holds(token, passive=True):
            yield "event: locked\ndata: \n\n"
            return
        if (await asyncio.to_thread(here.store.latest), state.jobs.changes, state.microphones.still()) != shown:
            changes, still = state.jobs.changes, state.microphones.still()
            html = await asyncio.to_thread(_html, request, here)
            shown = (await asyncio.to_thread(here.store.latest), changes, still)  # reading the queue is an event, too
            yield "event: queue\n" + "".join(_data(html)) + "\n"
        await asyncio.sleep(EVERY)


def _html(request: Request, here: Site) -> str:
    return here.templates.get_template("_queue.html").render(rows=_rows(request), may=may(request))


def _data(html: str) -> Iterator[str]:
    yield from (f"data: {line}\n" for line in html.splitlines())


@router.get("/recordings/{spool_id}/delete")
def ask_delete_recording(request: Request, spool_id: str) -> Response:
    """Ask before a recording is deleted."""
    here = site(request)
    found = next((spooled for spooled in here.store.spools() if spooled.id == spool_id), None)
    if found is None:
        raise NotFound("There is no such recording.", "Look at the queue; it may have been drafted since.")
    return here.page(request, "delete.html", spooled=found)


@router.get("/drafts/{draft}/delete")
def ask_delete(request: Request, draft: str) -> Response:
    """Ask before a draft is deleted."""
    here = site(request)
    return here.page(request, "delete.html", draft=here.store.draft(draft))


@router.post("/drafts/{draft}/delete")
def delete(request: Request, draft: str, sure: Annotated[str, Form()] = "") -> Response:
    """Delete a draft with its transcript, and show the receipt."""
    here = site(request)
    if sure != "yes":
        return RedirectResponse("/", 303)
    receipt = here.store.delete_draft(here.store.draft(draft).digest, "deleted by request")
    return here.page(request, "receipt.html", receipts=(receipt,), title="Deleted")
