"""Several members of a practice at one page: each signs in by name and passphrase, and has a whole page of their own.

A request finds its page (rooms.py) by its cookie alone, in one place (`Practice`). Who has no page has the door: a form
to sign in, and nothing.
"""

import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, FastAPI, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from ..errors import EvenfallError, Refused, StoreFault, WrongPassphrase
from ..store import Store
from ..store.clinic import members as roll
from ..store.keys import StoreKey, find_key
from ..store.sidecar import Sidecar
from ..types import Seconds
from .app import create_app, site
from .gate import LOCKED, OPEN, STATIC, UNLOCK, Gate, Sessions, let_in, token_of
from .lock import FREE, Tries
from .rooms import Place, Rooms
from .server import LOOPBACK, bind, hosts_of, run

router = APIRouter()
DOOR: Final = "evenfall-door"  # the cookie of a browser that used the link
ADMITTED: Final[Seconds] = 12 * 3600.0  # how long the link's browser may be silent and still sign in
FREE_IN_ALL: Final = 4 * FREE  # wrong tries under any names before everybody has to wait
QUIET: Final[Seconds] = 300.0  # without a wrong try, after which the earlier ones count no more
REFUSAL: Final[Seconds] = 1.5  # how long every refusal takes: longer than Argon2 and the server together
LOOK: Final[Seconds] = 1.0  # between looks for who has gone
WRONG: Final = (
    "That name and passphrase do not open the record. If they are right, this computer may lack your login's password "
    "of the server: ask who keeps it."
)


@dataclass(frozen=True)
class Certificate:
    """What proves the page's host to browsers: a certificate's chain and its key, each a file in PEM."""

    chain: Path
    key: Path

    @property
    def files(self) -> tuple[Path, Path]:
        """Both files."""
        return self.chain, self.key

    def check(self) -> None:
        """See that the two can be read and belong together.

        Raises:
            Refused: they do not.
        """
        try:
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(self.chain, self.key)
        except (OSError, ValueError) as error:  # ssl's own errors are OSErrors
            raise Refused("The certificate and its key do not open.", "Give both as PEM files that fit.") from error


@dataclass
class SignIns:
    """Wrong tries, by name and in all: neither many words for one name nor one word for many names gets far."""

    whole: Tries = field(default_factory=lambda: Tries(FREE_IN_ALL))
    _names: dict[str, Tries] = field(default_factory=dict)

    def waits(self, name: str) -> bool:
        """Say whether the next try under this name comes too early."""
        self._forget()
        return self.whole.waits() or self._of(name).waits()

    def count(self, name: str, right: bool) -> None:
        """Count a try; a right one under one name forgives no wrong ones under others."""
        self._of(name).count(right)
        if not right:
            self.whole.count(False)

    def _of(self, name: str) -> Tries:
        return self._names.setdefault(sha256(name.encode()).hexdigest(), Tries())

    def _forget(self) -> None:
        old = time.monotonic() - QUIET
        if self.whole.last < old:
            self.whole.wrong = 0
        self._names = {name: tries for name, tries in self._names.items() if tries.wrong and tries.last >= old}


class Door(Gate):
    """The gate before the form to sign in: its link lets a browser to the form, not further."""

    def _open(self, scope: Scope) -> Response:
        token = self._sessions.enter(key_of(scope))
        if token is None:
            self._record("refused request: a link that was used before")
            return RedirectResponse(LOCKED, 303)
        return let_in(RedirectResponse(LOCKED, 303), token, DOOR, secure=is_secure(scope))


class Practice:
    """ASGI: hands a request to the page of the member whose session it carries, or else to the door."""

    def __init__(self, place: Place, keeper: Store) -> None:
        self.place, self.rooms, self.links = place, Rooms(place), Sessions(idle=ADMITTED)
        self.keeper, self.tries = keeper, SignIns()
        self._nobodys = roll.sidecar_for(StoreKey(bytes(32)), "0" * 32, "nobody's words")
        hosts = hosts_of(place.host, place.port)
        self.door = create_app(keeper, place.settings, self.links, hosts, _door_routers, Door)
        self.door.state.practice = self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        at_door = scope["type"] != "http" or scope["path"] in (OPEN, LOCKED, UNLOCK)
        token = "" if at_door else token_of(Headers(scope=scope))
        room = self.rooms.find(token) if token and not scope["path"].startswith(STATIC) else None
        if room is None:
            await self.door(scope, receive, send)
            return
        await room.app(scope, receive, send)
        if scope["path"] == "/lock" and not room.sessions.holds(token, passive=True):
            await run_in_threadpool(self.rooms.leave, token, "sign out")

    def admits(self, request: Request) -> bool:
        """Say whether a browser may try to sign in: anybody's where the page is shared, else one that used the link."""
        return self.place.shared or self.links.holds(token_of(request.headers, DOOR), passive=False)

    def try_in(self, name: str, words: str) -> tuple[str, str]:
        """Return the token of a new session, or "" and what to tell; refusals are on the chain and take one time."""
        began = time.monotonic()
        with self.tries.whole.one_at_a_time:
            self.keeper.latest()  # a server that is away is no wrong passphrase
            if self.tries.waits(name):
                self.keeper.record("refused sign-in: too many wrong tries")
                return "", "Too many wrong tries. Wait half a minute."
            try:
                token = self.rooms.sign_in(name, words)
            except EvenfallError as error:
                token = ""
                if not isinstance(error, WrongPassphrase):
                    stretch(self._nobodys, words)  # an unknown name costs what a wrong passphrase costs
                self.keeper.record("refused sign-in: wrong name or passphrase")
            self.tries.count(name, bool(token))
        if not token:
            time.sleep(max(0.0, REFUSAL - (time.monotonic() - began)))
        return token, "" if token else WRONG

    def link(self, secure: bool) -> str:
        """Return the page's address, with a one-time link's secret unless it is shared."""
        address = f"{'https' if secure else 'http'}://{self.place.host}:{self.place.port}"
        return address + (LOCKED if self.place.shared else f"{OPEN}?key={self.links.link()}")

    def watch(self, stopped: threading.Event) -> None:
        """Let out who is gone, until stopped."""
        while not stopped.wait(LOOK):
            with suppress(EvenfallError):
                self.rooms.sweep()


def _door_routers(app: FastAPI) -> None:
    app.include_router(router)


def stretch(sidecar: Sidecar, words: str) -> None:
    """Spend the time that trying words on a key takes."""
    with suppress(EvenfallError):
        find_key(sidecar, words, None)


def is_secure(scope: Scope) -> bool:
    """Say whether a request came by TLS."""
    return bool(scope.get("scheme") == "https")


def key_of(scope: Scope) -> str:
    """Return the secret of the one-time link that a request carries, "" if none."""
    return Request(scope).query_params.get("key", "")


@router.get(LOCKED)
def ask(request: Request) -> Response:
    """Show the form to sign in."""
    return _page(request)


@router.post(UNLOCK)
def sign_in(request: Request, name: Annotated[str, Form()] = "", words: Annotated[str, Form()] = "") -> Response:
    """Let a member in; who was signed in with this browser before is let out."""
    practice: Practice = request.app.state.practice
    if not practice.admits(request):
        return _page(request, status=403)
    try:
        token, wrong = practice.try_in(name.strip(), words)
    except StoreFault as error:
        return _page(request, f"{error.what} {error.next_step}", name, 503)
    if wrong:
        return _page(request, wrong, name)
    practice.rooms.leave(token_of(request.headers), "sign out")
    return let_in(RedirectResponse("/", 303), token, secure=is_secure(request.scope))


def _page(request: Request, wrong: str = "", name: str = "", status: int = 401) -> Response:
    practice: Practice = request.app.state.practice
    asks, held = practice.admits(request), practice.rooms.holds(token_of(request.headers))
    return site(request).page(request, "sign_in.html", status, wrong=wrong, login=name, asks=asks, held=held)


def serve(place: Place, keeper: Store, ready: Callable[[str], None], tls: Certificate | None = None) -> None:
    """Serve a practice until interrupted, then let everybody out; `ready` gets the link, or the address if shared.

    Raises:
        Refused: other computers could reach it without TLS, the certificate does not fit, or the port is taken.
    """
    if tls is None and place.host != LOOPBACK:
        raise Refused("Other computers may reach the page by TLS alone.", "Give --tls-cert and --tls-key as well.")
    if tls is not None:
        tls.check()
    bound = bind(place.host, place.port)
    practice, stopped = Practice(replace(place, port=bound.getsockname()[1]), keeper), threading.Event()
    watching = threading.Thread(target=practice.watch, args=(stopped,), name="sign-outs", daemon=True)
    watching.start()
    try:
        run(practice, bound, lambda: ready(practice.link(tls is not None)), *(tls.files if tls else ()))
    finally:
        stopped.set()
        watching.join()
        practice.rooms.close()
