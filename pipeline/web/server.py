"""The server on this machine's own address: reached from no other, silent about what it serves."""

import logging
import os
import socket
import threading
from collections.abc import Callable
from typing import Final, get_args

import uvicorn
from fastapi import FastAPI

from ..config import Settings
from ..errors import Refused
from ..store import Store
from ..types import Role
from . import clients, consents, drafts, incoming, lock, notes, preferences, queue, recall, signing, talk
from .app import create_app
from .gate import OPEN, Sessions
from .jobs import Jobs

LOOPBACK: Final = "127.0.0.1"
SILENT: Final = logging.CRITICAL + 1


def build(store: Store, settings: Settings, port: int) -> tuple[FastAPI, Sessions]:
    """Return the application for a port, and who is let in to it."""
    sessions = Sessions(idle=settings.web.logoff_minutes * 60)
    hosts = frozenset(f"{name}:{port}" for name in (LOOPBACK, "localhost"))
    app = create_app(store, settings, sessions, hosts, _routers)
    app.state.tries = lock.Tries()
    app.state.jobs = Jobs(store, settings)
    app.state.microphones = incoming.Microphones()
    for role in get_args(Role):
        incoming.unfinished(store, settings, role)  # what has expired goes now
    return app, sessions


def _routers(app: FastAPI) -> None:
    for module in (queue, signing, recall, drafts, talk, notes, incoming, clients, consents, preferences, lock):
        app.include_router(module.router)


def serve(store: Store, settings: Settings, port: int, ready: Callable[[str], None], role: Role = "clinician") -> None:
    """Serve until interrupted; `ready` gets the one-time link, for somebody in this role, once the page answers.

    Raises:
        Refused: the port is taken.
    """
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name == "posix":  # a port is free again at once after a kill; on Windows this would let others share it
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((LOOPBACK, port))
    except OSError as error:
        bound.close()
        raise Refused(f"Port {port} of this computer is in use.", "Take another: --port 0 finds a free one.") from error
    port = bound.getsockname()[1]
    app, sessions = build(store, settings, port)
    # No log of its own: a line about a request, or a traceback, could hold a client's words.
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level=SILENT,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    server = _Server(config, lambda: ready(f"http://{LOOPBACK}:{port}{OPEN}?key={sessions.link(role)}"))
    server.run(sockets=[bound])


class _Server(uvicorn.Server):
    """Says when it answers."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so from a thread of its own: opening a browser may take its time."""
        await super().startup(sockets)
        threading.Thread(target=self._ready, daemon=True).start()
