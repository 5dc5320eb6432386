"""Locked and unlocked: the page shows nothing until its user proves to be the owner of the record."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final, get_args

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from ..errors import Refused
from ..types import Role, Seconds
from .app import site
from .gate import LOCKED, UNLOCK, let_in, token_of

router = APIRouter()
FREE: Final = 5  # wrong tries before one has to wait
WAIT: Final[Seconds] = 30.0  # after each further one
ROLES: Final[tuple[Role, ...]] = get_args(Role)
WRONG: Final = "That is not the passphrase or PIN."
WAITS: Final = "Too many wrong tries. Wait half a minute."
TOO_MANY: Final = "refused: too many wrong tries"


@dataclass
class Tries:
    """Wrong tries at the passphrase since the last right one."""

    free: int = FREE
    wrong: int = 0
    last: float = field(default=0.0)
    one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def waits(self) -> bool:
        """Say whether the next try comes too early."""
        return self.wrong >= self.free and time.monotonic() - self.last < WAIT

    def count(self, right: bool) -> None:
        """Count a try."""
        self.wrong, self.last = (0 if right else self.wrong + 1), time.monotonic()


@dataclass
class Brake:
    """Wrong tries at the words of each role: one that is wrong counts for all roles whose words it might have been.

    A right one forgives those at its own role's words alone: who knows the front desk's PIN may guess no more of the
    clinician's than anybody else.
    """

    one_at_a_time: threading.Lock = field(default_factory=threading.Lock)
    _of: dict[Role, Tries] = field(default_factory=lambda: {role: Tries() for role in ROLES})

    def free(self, roles: Sequence[Role]) -> tuple[Role, ...]:
        """Return those of the roles whose words may be tried now."""
        return tuple(role for role in dict.fromkeys(roles) if not self._of[role].waits())

    def count(self, tried: Sequence[Role], right: Role | None) -> None:
        """Count a try at the words of these roles, which were right for one of them or for none."""
        for role in tried if right is None else (right,):
            self._of[role].count(right is not None)


def proves(request: Request, words: str, *others: Role) -> str:
    """Return "" if the words are the owner's passphrase or PIN, or the PIN of the role that asks, else what to tell.

    `others` are roles whose PIN will do as well.
    """
    return _proved(request, words, ("clinician", getattr(request.state, "role", "clinician"), *others))[1]


def _proved(request: Request, words: str, roles: Sequence[Role]) -> tuple[Role | None, str]:
    """Return which of these roles the words prove, or what to tell; wrong tries are on the chain."""
    brake: Brake = request.app.state.brake
    store = site(request).store
    with brake.one_at_a_time:  # else many at once would all be free
        free = brake.free(roles)
        right = next((role for role in free if store.proves(words, role)), None)
        if free:
            brake.count(free, right)
    if right is not None:
        return right, ""
    store.record("refused: wrong passphrase or PIN" if free else TOO_MANY)
    return None, WRONG if len(free) == len(set(roles)) else WAITS


def opens_record(request: Request, words: str) -> bool:
    """Say whether words that shall open something else open the record; it counts as a wrong try, and is on the chain.

    Raises:
        Refused: too many wrong tries came before.
    """
    brake: Brake = request.app.state.brake
    store = site(request).store
    with brake.one_at_a_time:
        if brake.free(ROLES) != ROLES:
            store.record(TOO_MANY)
            raise Refused("Too many wrong tries.", "Wait half a minute.")
        opens = any(store.proves(words, role) for role in ROLES)
        brake.count(ROLES, None)  # a right guess is told, too: it forgives nothing
    store.record("compared new words with the record's passphrase and PINs")
    return opens


@router.get(LOCKED)
def locked(request: Request) -> Response:
    """Show that it is locked."""
    return _page(request, "")


@router.post(UNLOCK)
def unlock(request: Request, words: Annotated[str, Form()]) -> Response:
    """Let the owner in again, or somebody in the role that the PIN is for."""
    role, wrong = _proved(request, words, ROLES)
    if role is None:
        return _page(request, wrong)
    return let_in(RedirectResponse("/", 303), site(request).sessions.begin(role))


@router.post("/awake")
def awake() -> Response:
    """Take it that somebody is there, who types or reads; the gate has seen the request."""
    return Response(status_code=204)


@router.post("/lock")
def lock(request: Request) -> Response:
    """Lock at once, with the process notes."""
    request.app.state.drawers.close(token_of(request.headers))
    site(request).sessions.end(token_of(request.headers))
    return RedirectResponse(LOCKED, 303)


def _page(request: Request, wrong: str) -> Response:
    here = site(request)
    held = here.sessions.holds(token_of(request.headers), passive=True)  # another tab may go on
    values = {"wrong": wrong, "held": held, "can_unlock": True, "has_pin": here.store.has_pin()}
    return here.page(request, "locked.html", 401, **values)
