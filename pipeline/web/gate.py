"""Who may ask the page for anything: this machine's own browser, let in once, from the page itself, until it idles.

Against DNS rebinding the Host must be ours; against requests that another page makes in the clinician's browser (CSRF)
the Origin must be, and Sec-Fetch-Site say so (W3C Fetch Metadata); the session is a cookie that scripts cannot read.
"""

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Final, NamedTuple
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..types import Role, Seconds
from .roles import QUIET, allows, route_of

COOKIE: Final = "evenfall"
OPEN: Final = "/open"  # where a one-time link leads
LOCKED: Final = "/locked"
UNLOCK: Final = "/unlock"
STATIC: Final = "/static/"
PASSIVE: Final = "/events"  # asked for by the page by itself: no sign that somebody is there
STREAMED: Final = ("/new/file", "/record/")  # bodies that are bounded where they are taken
LARGEST_FORM: Final = 4_000_000  # bytes
LINK_LIVES: Final[Seconds] = 300.0
SAFE: Final = frozenset({"GET", "HEAD"})
POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS: Final = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",  # with no-referrer, a form of our own would come from the origin "null"
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "microphone=(self), camera=(), geolocation=()",
}


class Moment(NamedTuple):
    """A moment by the computer's own clock and by the one on the wall."""

    clock: float
    wall: float


@dataclass
class Sessions:
    """Who is let in and in which role: one-time links, and browsers that used one; only digests of both are held.

    `idle` is how long a browser may be silent before it is let out (automatic logoff, 45 CFR 164.312), the time that
    the computer sleeps included: `clock` stands still then, `wall` does not, but somebody may set it back.
    """

    idle: Seconds
    clock: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    _links: dict[str, tuple[Moment, Role]] = field(default_factory=dict)
    _last_seen: dict[str, Moment] = field(default_factory=dict)
    _roles: dict[str, Role] = field(default_factory=dict)

    def link(self, role: Role = "clinician") -> str:
        """Return the secret of a new one-time link."""
        secret = secrets.token_urlsafe(32)
        self._links[_digest(secret)] = (self._now(), role)
        return secret

    def enter(self, secret: str) -> str | None:
        """Use a one-time link up and return the new session's token; None if it was used before or is too old."""
        made, role = self._links.pop(_digest(secret), (None, None))
        return None if made is None or role is None or self._since(made) > LINK_LIVES else self.begin(role)

    def begin(self, role: Role = "clinician") -> str:
        """Return the token of a new session."""
        token = secrets.token_urlsafe(32)
        self._last_seen[_digest(token)], self._roles[_digest(token)] = self._now(), role
        return token

    def role(self, token: str) -> Role | None:
        """Return in which role a session was begun; None where there is no such session."""
        return self._roles.get(_digest(token))

    def holds(self, token: str, *, passive: bool) -> bool:
        """Say whether a session is there and awake; a passive request does not keep it so."""
        name = _digest(token)
        seen = self._last_seen.get(name)
        if seen is None or self._since(seen) > self.idle:
            self.end(token)
            return False
        if not passive:
            self._last_seen[name] = self._now()
        return True

    def end(self, token: str) -> None:
        """End a session."""
        self._last_seen.pop(_digest(token), None)
        self._roles.pop(_digest(token), None)

    def _now(self) -> Moment:
        return Moment(self.clock(), self.wall())

    def _since(self, then: Moment) -> Seconds:
        now = self._now()
        return max(now.clock - then.clock, now.wall - then.wall)


class Gate:
    """ASGI middleware that lets a request through, or refuses it without a word of a client and says so to `record`.

    `hosts` are the Host headers that are ours, as 127.0.0.1:8400, in whatever case.
    """

    def __init__(
        self, app: ASGIApp, *, sessions: Sessions, hosts: frozenset[str], record: Callable[[str], None]
    ) -> None:
        self._app, self._sessions, self._record = app, sessions, record
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # nothing here speaks WebSocket; without an answer the server closes it
        answer = await run_in_threadpool(self._answer, scope)  # it may write to the record
        bounded = receive if scope["path"].startswith(STREAMED) else _bounded(receive)
        await (answer or self._app)(scope, bounded, _with_headers(send, scope["path"]))

    def _answer(self, scope: Scope) -> Response | None:
        """Return the refusal, or what /open answers; None lets the request through."""
        headers, path = Headers(scope=scope), scope["path"]
        if why := self._foreign(headers, scope["method"], scope.get("scheme", "http")):
            self._record(f"refused request: {why}")
            return Response("This request did not come from Evenfall's own page.\n", 403, media_type="text/plain")
        if not path.startswith(STREAMED) and not 0 <= _length(headers) <= LARGEST_FORM:
            self._record("refused request: too large")
            return Response("That is too large. Nothing was changed.\n", 413, media_type="text/plain")
        if path == OPEN and scope["method"] in SAFE:
            return self._open(scope)
        if path.startswith(STATIC) or path in (LOCKED, UNLOCK):
            return None
        if self._sessions.holds(token_of(headers), passive=path == PASSIVE):
            return self._in_role(scope, self._sessions.role(token_of(headers)))
        self._record("refused request: no session")
        if "text/html" in headers.get("accept", "") and scope["method"] in SAFE:
            return RedirectResponse(LOCKED, 303)
        return Response("Evenfall is locked. Open it again.\n", 401, media_type="text/plain")

    def _in_role(self, scope: Scope, role: Role | None) -> Response | None:
        """Refuse what the role may not ask for; what another than the clinician does is on the chain."""
        route = route_of(scope["method"], scope["path"])
        if not allows(role, route):
            self._record(f"refused request: not for the {role}")
            return Response("This is for the clinician alone.\n", 403, media_type="text/plain")
        scope.setdefault("state", {})["role"] = role
        if role != "clinician" and route not in QUIET:
            self._record(f"{role}: {route}")
        return None

    def _foreign(self, headers: Headers, method: str, scheme: str) -> str:
        """Say why a request is not from our own page, "" if it is."""
        host = headers.get("host", "").lower()  # browsers write a host's name so, whatever was typed
        if host not in self._hosts:
            return "another host's name"
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return "from another site"
        if method not in SAFE and headers.get("origin", "").lower() != f"{scheme}://{host}":
            return "from another origin"
        return ""

    def _open(self, scope: Scope) -> Response:
        secret = parse_qs(scope["query_string"].decode("latin-1")).get("key", [""])[0]
        token = self._sessions.enter(secret)
        if token is None:
            self._record("refused request: a link that was used before")
            return RedirectResponse(LOCKED, 303)
        return let_in(RedirectResponse("/", 303), token)


def let_in(response: Response, token: str, name: str = COOKIE, *, secure: bool = False) -> Response:
    """Give the browser its session."""
    response.set_cookie(name, token, httponly=True, samesite="strict", path="/", secure=secure)
    return response


def token_of(headers: Headers, name: str = COOKIE) -> str:
    """Return the session's token that a request carries, "" if none."""
    try:
        cookie = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return cookie.value if cookie else ""


def _with_headers(send: Send, path: str) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(HEADERS)
            headers["cache-control"] = "max-age=3600" if path.startswith(STATIC) else "no-store"
        await send(message)

    return sending


def _length(headers: Headers) -> int:
    """Return how many bytes a request says that it has; -1 if it says something else."""
    said = headers.get("content-length", "0")
    return int(said) if said.isdecimal() else -1


def _bounded(receive: Receive) -> Receive:
    """Return what hands on a request's body, no more of it than a form of ours has, whatever it said of its length."""
    length = 0

    async def receiving() -> Message:
        nonlocal length
        message = await receive()
        length += len(message.get("body", b""))
        if length > LARGEST_FORM:
            raise HTTPException(413)
        return message

    return receiving


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
