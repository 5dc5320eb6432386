"""The server on this machine's own address: reached from no other, silent about what it serves."""

import logging
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, get_args

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from ..config import Settings
from ..errors import Refused
from ..store import Store
from ..types import Role
from . import (
    addresses,
    clients,
    consents,
    drafts,
    drawer,
    incoming,
    lock,
    notes,
    preferences,
    queue,
    recall,
    signing,
    talk,
)
from .app import create_app
from .gate import OPEN, Sessions
from .jobs import Jobs

LOOPBACK: Final = "127.0.0.1"
HTTPS: Final = 443  # the port that browsers leave out of the Host
SILENT: Final = logging.CRITICAL + 1


def build(
    store: Store,
    settings: Settings,
    port: int,
    host: str = LOOPBACK,
    routers: Callable[[FastAPI], None] | None = None,
) -> tuple[FastAPI, Sessions]:
    """Return the application for a port, and who is let in to it; without `routers` it has every page."""
    sessions = Sessions(idle=settings.web.logoff_minutes * 60)
    app = create_app(store, settings, sessions, hosts_of(host, port), routers or _routers)
    app.state.brake = lock.Brake()
    app.state.adding = threading.Lock()
    app.state.drawers = drawer.Unlocked(min(settings.web.drawer_minutes, settings.web.logoff_minutes) * 60)
    app.state.jobs = Jobs(store, settings)
    app.state.microphones = incoming.Microphones()
    for role in get_args(Role):
        incoming.unfinished(store, settings, role)  # what has expired goes now
    return app, sessions


def hosts_of(host: str, port: int) -> frozenset[str]:
    """Return the Host headers that a page at this host and port may be asked by."""
    names = {host, "localhost"} if host == LOOPBACK else {host}
    return frozenset(f"{name}:{port}" for name in names) | (names if port == HTTPS else frozenset())


def _routers(app: FastAPI) -> None:
    pages = (queue, signing, recall, drafts, talk, notes, incoming, clients, consents, drawer, preferences, lock)
    for module in (*pages, addresses):
        app.include_router(module.router)


def serve(store: Store, settings: Settings, port: int, ready: Callable[[str], None], role: Role = "clinician") -> None:
    """Serve until interrupted; `ready` gets the one-time link, for somebody in this role, once the page answers.

    Raises:
        Refused: the port is taken.
    """
    bound = bind(LOOPBACK, port)
    port = bound.getsockname()[1]
    app, sessions = build(store, settings, port)
    run(app, bound, lambda: ready(f"http://{LOOPBACK}:{port}{OPEN}?key={sessions.link(role)}"))


def bind(host: str, port: int) -> socket.socket:
    """Take a port, 0 for any that is free.

    Raises:
        Refused: it is taken, or the host is no address of this computer.
    """
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name == "posix":  # a port is free again at once after a kill; on Windows this would let others share it
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        what = f"Port {port} of this computer is in use." if host == LOOPBACK else f"{host}:{port} cannot be taken."
        raise Refused(what, "Take another: --port 0 finds a free one.") from error
    return bound


def run(
    app: ASGIApp,
    bound: socket.socket,
    ready: Callable[[], None],
    certificate: Path | None = None,
    key: Path | None = None,
) -> None:
    """Serve at a bound socket until interrupted, by TLS where there is a certificate; `ready` is called then."""
    # No log of its own: a line about a request, or a traceback, could hold a client's words.
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level=SILENT,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )
    _Server(config, ready).run(sockets=[bound])


class _Server(uvicorn.Server):
    """Says when it answers."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so from a thread of its own: opening a browser may take its time."""
        await super().startup(sockets)
        threading.Thread(target=self._ready, daemon=True).start()
