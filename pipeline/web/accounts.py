"""What an administrator of a practice sees: who is in it, and the audit chain; no client, no draft, no note.

It cannot show more: an administrator's key opens the chain alone, and the server's policies give no other row.
"""

from typing import Final

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse, Response

from ..store.clinic import members
from ..store.clinic.server import Server
from . import lock
from .app import Site, site

router = APIRouter()
LAST: Final = 100  # events that are shown; the file holds all


class Office(Site):
    """The administrator's site: no page of the others' is offered."""

    def page(self, request: Request, name: str, status: int = 200, **values: object) -> HTMLResponse:
        """Return a page whose bar leads nowhere else."""
        return super().page(request, name, status, may=lambda route: False, **values)


def routers(app: FastAPI) -> None:
    """Give an application the administrator's routes and no others."""
    for module_router in (router, lock.router):
        app.include_router(module_router)


def furnish(app: FastAPI, server: Server) -> None:
    """Give an application what its routes need."""
    plain: Site = app.state.site
    app.state.site = Office(**vars(plain))
    app.state.server = server


@router.get("/")
def show(request: Request) -> Response:
    """Show who is in the practice, and the last events."""
    here, server = site(request), request.app.state.server
    with server.reading() as connection:
        listed = members.listed(connection)
    events = here.store.events()
    last = events[-LAST:][::-1]
    return here.page(request, "accounts.html", members=listed, events=last, count=len(events))


@router.get("/audit")
def exported(request: Request) -> Response:
    """Hand the whole chain on as a file; its end says whether it holds."""
    lines = "\n".join(site(request).store.audit_lines()) + "\n"
    headers = {"content-disposition": 'attachment; filename="evenfall-audit.jsonl"'}
    return Response(lines, media_type="application/jsonl", headers=headers)
