"""Locked and unlocked: the page shows nothing until its user proves to be the owner of the record."""

import time
from dataclasses import dataclass, field
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from ..types import Seconds
from .app import site
from .gate import LOCKED, UNLOCK, let_in, token_of

router = APIRouter()
FREE: Final = 5  # wrong tries before one has to wait
WAIT: Final[Seconds] = 30.0  # after each further one


@dataclass
class Tries:
    """Wrong tries at the passphrase since the last right one."""

    wrong: int = 0
    last: float = field(default=0.0)

    def waits(self) -> bool:
        """Say whether the next try comes too early."""
        return self.wrong >= FREE and time.monotonic() - self.last < WAIT

    def count(self, right: bool) -> None:
        """Count a try."""
        self.wrong, self.last = (0 if right else self.wrong + 1), time.monotonic()


def proves(request: Request, words: str) -> str:
    """Return "" if the words are the owner's passphrase or PIN, else what to tell; wrong tries are on the chain."""
    tries: Tries = request.app.state.tries
    if tries.waits():
        return "Too many wrong tries. Wait half a minute."
    right = site(request).store.proves(words)
    tries.count(right)
    if not right:
        site(request).store.record("refused: wrong passphrase or PIN")
        return "That is not the passphrase or PIN."
    return ""


@router.get(LOCKED)
def locked(request: Request) -> Response:
    """Show that it is locked; whoever is in is let out."""
    return _page(request, "")


@router.post(UNLOCK)
def unlock(request: Request, words: Annotated[str, Form()]) -> Response:
    """Let the owner in again."""
    if wrong := proves(request, words):
        return _page(request, wrong)
    return let_in(RedirectResponse("/", 303), site(request).sessions.begin())


@router.post("/lock")
def lock(request: Request) -> Response:
    """Lock at once."""
    site(request).sessions.end(token_of(request.headers))
    return RedirectResponse(LOCKED, 303)


def _page(request: Request, wrong: str) -> Response:
    store = site(request).store
    return site(request).page(request, "locked.html", 401, wrong=wrong, can_unlock=True, has_pin=store.has_pin())
