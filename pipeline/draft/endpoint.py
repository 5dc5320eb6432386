"""The language model on this computer: which address may be asked, and one question within a time."""

import asyncio
import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Annotated, Any, Final
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, Field

from ..errors import SettingsInvalid

MOST_BYTES: Final = 64 * 1024  # of an answer; a statement is one sentence
LOOPBACK: Final = ("127.0.0.1", "[::1]")  # what localhost stands for; no resolver is asked
PATH: Final = re.compile(r"[\w.~/-]*", re.ASCII)


class Failed(Exception):
    """The server gave no usable answer; it says not why, an answer may hold a client's words."""


class _Message(BaseModel):
    content: str


class _Choice(BaseModel):
    message: _Message


class _Answer(BaseModel):
    choices: Annotated[tuple[_Choice, ...], Field(min_length=1)]


@dataclass(frozen=True)
class Endpoint:
    """Where chat completions are asked for (OpenAI's shape), by each address of the host in turn."""

    urls: tuple[str, ...]

    @classmethod
    def at(cls, url: str, allow_host: str | None) -> "Endpoint":
        """Return the endpoint of a server on this computer, or of the other one that is allowed; opens no socket.

        Raises:
            SettingsInvalid: the address is none, or another computer's that draft.rephrase.allow_host does not name.
        """
        parts = _parts(url)
        host = parts.hostname or ""
        path = parts.path.rstrip("/")
        end = f"{path}/chat/completions" if path.endswith("/v1") else f"{path}/v1/chat/completions"
        port = f":{parts.port}" if parts.port else ""
        return cls(tuple(f"{parts.scheme}://{name}{port}{end}" for name in _names(host, allow_host)))

    def ask(self, body: dict[str, Any], seconds: float) -> str:
        """Return the content of the model's answer.

        Raises:
            Failed: no whole answer of the right shape came within these seconds.
        """
        import httpx

        try:
            content = asyncio.run(self._within(body, seconds))
            return _Answer.model_validate_json(content).choices[0].message.content
        except (httpx.HTTPError, OSError, ValueError):  # pydantic's and asyncio's are among them
            raise Failed from None  # the cause may hold a client's words

    async def _within(self, body: dict[str, Any], seconds: float) -> bytes:
        import httpx

        async with asyncio.timeout(seconds), httpx.AsyncClient(trust_env=False, timeout=None) as client:
            for url in self.urls:
                try:
                    return await _post(client, url, body)
                except httpx.ConnectError:
                    continue
        raise Failed


async def _post(client: Any, url: str, body: dict[str, Any]) -> bytes:
    """Return the body of the answer.

    Raises:
        Failed: it is no plain success, such as a redirect, or too long.
    """
    content = b""
    async with client.stream("POST", url, json=body, headers={"Accept-Encoding": "identity"}) as response:
        if response.status_code != 200:
            raise Failed
        async for chunk in response.aiter_raw():
            content += chunk
            if len(content) > MOST_BYTES:
                raise Failed
    return content


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _wrong("is no address") from None
    extra = parts.username or parts.password or parts.query or parts.fragment
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or extra
        or not PATH.fullmatch(parts.path)
        or port == 0
    ):
        raise _wrong("is no address of a server")
    return parts


def _names(host: str, allow_host: str | None) -> tuple[str, ...]:
    if host == "localhost":
        return LOOPBACK
    try:
        address = ip_address(host)
    except ValueError:
        address = None
    name = f"[{host}]" if address and address.version == 6 else host
    if address and address.is_loopback:
        return (name,)
    if allow_host and host == allow_host.strip("[]").casefold():
        return (name,)
    raise _wrong("names another computer; clients' words stay on this one")


def _wrong(why: str) -> SettingsInvalid:
    return SettingsInvalid(
        f"The setting draft.rephrase.url {why}.",
        "Write http://127.0.0.1:11434, or another port of this computer; or name the other computer in "
        "draft.rephrase.allow_host.",
    )
