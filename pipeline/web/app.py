"""The page's application: the gate before everything, the pages, and errors that show no client's words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from .. import __version__
from ..config import Settings
from ..errors import EvenfallError, NotFound, Outdated, StoreAway
from ..moments import local
from ..store import Store
from ..types import Role
from . import sight
from .addresses import Addresses, Unveiled
from .gate import Gate, Sessions
from .roles import allows

HERE: Final = Path(__file__).parent
# What our own errors are answered with, else 422; 503 says to ask again.
STATUS: Final[Mapping[type[EvenfallError], int]] = {Outdated: 409, NotFound: 404, StoreAway: 503}


@dataclass(frozen=True)
class Site:
    """What every page may use."""

    store: Store
    settings: Settings
    sessions: Sessions
    templates: Jinja2Templates
    addresses: Addresses

    def page(self, request: Request, name: str, status: int = 200, **values: object) -> HTMLResponse:
        """Return a page, or the parts of one where the request asks for parts."""
        shared = {
            "part": "x-part" in request.headers,
            "idle": int(self.sessions.idle),
            "version": __version__,
            "clinician": self.store.actor,
            "may": may(request),
            "role": getattr(request.state, "role", ""),
        }
        return self.templates.TemplateResponse(request, name, {**shared, **values}, status_code=status)


def may(request: Request) -> Callable[[str], bool]:
    """Return what says of a route, by its name in the table of roles, whether whoever asks may ask for it."""
    return partial(allows, getattr(request.state, "role", None))


def role_of(request: Request) -> Role:
    """Return in which role somebody asks; the gate has let them in."""
    role: Role = request.state.role
    return role


def site(request: Request) -> Site:
    """Return the site that answers this request."""
    found: Site = request.app.state.site
    return found


def create_app(
    store: Store,
    settings: Settings,
    sessions: Sessions,
    hosts: frozenset[str],
    routers: Callable[[FastAPI], None],
    gate: type[Gate] = Gate,
) -> FastAPI:
    """Return the application; it asks nothing of the network and answers only what the gate lets through."""
    app = FastAPI(title="Evenfall", docs_url=None, redoc_url=None, openapi_url=None)
    templates = Jinja2Templates(HERE / "templates")
    addresses = Addresses()
    templates.env.globals.update(local=local, key_of=sight.key_of, query=addresses.query)
    templates.env.trim_blocks = templates.env.lstrip_blocks = True
    app.state.site = Site(store, settings, sessions, templates, addresses)
    app.mount("/static", StaticFiles(directory=HERE / "static"))
    routers(app)
    app.add_middleware(Unveiled, addresses=addresses)
    app.add_middleware(gate, sessions=sessions, hosts=hosts, record=store.record)
    app.add_exception_handler(EvenfallError, _ours)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(ValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _foreign)
    return app


def _ours(request: Request, error: Exception) -> Response:
    if not isinstance(error, EvenfallError):
        raise error
    status = next((status for kind, status in STATUS.items() if isinstance(error, kind)), 422)
    return _trouble(request, status, error.what, error.safe, error.next_step)


def _malformed(request: Request, error: Exception) -> Response:
    """Answer what the form's reader refused; its own answer would repeat what was typed."""
    return _trouble(request, 422, "The page sent something incomplete.", "Nothing was changed.", "Reload the page.")


def _http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 400
    if status in (400, 413):
        return _malformed(request, error)
    return _trouble(request, status, "There is no such page.", "Nothing was changed.", "Go back to the queue.")


def _foreign(request: Request, error: Exception) -> Response:
    if isinstance(error, EvenfallError):  # the gate's own: the record did not take an event
        return _ours(request, error)
    what = f"An error inside the program ({type(error).__name__})."
    return _trouble(request, 500, what, "What was saved before is unharmed.", "Reload the page.")


def _trouble(request: Request, status: int, what: str, safe: str, step: str) -> Response:
    return site(request).page(request, "trouble.html", status, what=what, safe=safe, step=step)
