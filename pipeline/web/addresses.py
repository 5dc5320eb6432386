"""Addresses that name nobody: a browser keeps the addresses of the pages it showed, in several files of its profile.

What such an address asks for is held here, in memory, under a token. A page that is started anew knows none of them:
its lists are where they lead then.
"""

import hmac
import secrets
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

router = APIRouter()

NAME: Final = "of"  # of the one value in such an address


@dataclass
class Addresses:
    """What addresses with a token ask for, until the page ends."""

    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    _asked: dict[str, bytes] = field(default_factory=dict, repr=False)

    def query(self, **values: str) -> str:
        """Return the query of an address that asks for these values; the same one for the same values."""
        asked = urlencode(values, quote_via=quote, safe="").encode()
        token = hmac.new(self._key, asked, "sha256").hexdigest()[:32]
        self._asked[token] = asked
        return f"{NAME}={token}"

    def behind(self, query: bytes) -> bytes:
        """Return what a query asks for, nothing where its token is not known; one without a token as it is."""
        name, _, token = query.decode("latin-1").partition("=")
        return self._asked.get(token, b"") if name == NAME else query


class Unveiled:
    """ASGI middleware that hands a page what its address asks for."""

    def __init__(self, app: ASGIApp, *, addresses: Addresses) -> None:
        self._app, self._addresses = app, addresses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            scope = {**scope, "query_string": self._addresses.behind(scope["query_string"])}
        await self._app(scope, receive, send)


@router.post("/find")
def find(
    request: Request,
    to: Annotated[Literal["/clients", "/notes", "/consents/sheet"], Form()],
    client: Annotated[str, Form()] = "",
    participant: Annotated[str, Form()] = "",
    by: Annotated[str, Form()] = "",
    law: Annotated[str, Form()] = "",
) -> Response:
    """Go to what a form asks for: sent as an address, what was typed would stand in it."""
    given = {"client": client.strip(), "participant": participant.strip(), "by": by.strip(), "law": law}
    asked = {name: value for name, value in given.items() if value}
    addresses: Addresses = request.app.state.site.addresses
    return RedirectResponse(f"{to}?{addresses.query(**asked)}" if asked else to, 303)
