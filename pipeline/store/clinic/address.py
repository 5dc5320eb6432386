"""Where a practice's server is, and whether a client's words may be sent there."""

from typing import Final

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from ...errors import Refused

DRIVER: Final = "postgresql+psycopg"
LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
DEMANDED: Final = "verify-full"  # libpq's sslmode that proves the server's name, not only that it speaks TLS
OPTIONS: Final = ("host", "sslmode", "sslrootcert", "sslcert", "sslkey")
EXAMPLE: Final = f"{DRIVER}://LOGIN@HOST/DATABASE?sslmode={DEMANDED}"


def read_address(text: str) -> URL:
    """Read a server's address and see that what goes there is read by nobody on the way.

    Raises:
        Refused: it is none, leaves the server open, or is not on this computer and does not demand a proven one.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise _refused("That is no address of a record.") from None  # its own text might show the password
    if url.drivername != DRIVER or not url.database or not url.username:
        raise _refused("That is no address of a record.")
    if wrong := sorted(set(url.query) - set(OPTIONS)):
        raise _refused(f"The record's address has an option that is not taken: {', '.join(wrong)}.")
    host = url.host or url.query.get("host")
    if not isinstance(host, str) or "," in host:
        raise _refused("The record's address names no server, or several.")
    if not is_local(host) and url.query.get("sslmode") != DEMANDED:
        raise _refused(f"The record's server is not on this computer, and its address lacks sslmode={DEMANDED}.")
    return url


def is_local(host: str) -> bool:
    """Say whether a host is this computer: its loopback, or a socket's folder."""
    return host in LOOPBACK or host.startswith("/")


def named(url: URL) -> str:
    """Return the address as it may be shown: without a password."""
    return f"{url.username}@{url.host or url.query['host']}/{url.database}"


def _refused(what: str) -> Refused:
    return Refused(what, f"Write it as {EXAMPLE}; on this computer itself sslmode may be left out.")
