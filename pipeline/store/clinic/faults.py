"""What PostgreSQL and its driver say, in plain words; the driver's own text may hold names and is not shown."""

from typing import Final

from ...errors import EvenfallError, Refused, StoreAway, StoreFault

AGAIN: Final = "Try again; if it stays, ask who keeps the server."

# SQLSTATEs (PostgreSQL documentation, appendix A), the longest beginning first
BY_STATE: Final = (
    ("28P01", "refused the password.", "Mend the password of the address, or of ~/.pgpass."),
    ("28", "let this login not in.", "Check the login, the database and how the server lets users in (pg_hba.conf)."),
    ("3D000", "has no such database.", "Check the address; who keeps the server makes the database."),
    ("42501", "forbids this login that.", "Log in as who may: the clinician whose it is, or the database's owner."),
    ("55P03", "is in use by others for too long.", "Wait for them to finish, then try again."),
    ("53300", "has too many users at this moment.", "Try again in a moment."),
    ("53", "cannot grow: its disk or memory is full.", "Ask who keeps the server to make room."),
    ("57P03", "is starting or stopping.", "Try again in a moment."),
    ("57P", "was stopped or restarted.", "Try again in a moment."),
    ("08", "cannot be reached any more.", "See to the network, then try again."),
    ("25006", "takes no changes.", "Ask who keeps the server."),
    ("42P01", "holds no practice's record, or none for this login.", "Its owner makes it: evenfall store init URL"),
)
PASSING: Final = ("53300", "57P", "08")  # beginnings of the states that pass by themselves
# Before there is a session the driver gives no SQLSTATE, only text.
BY_TEXT: Final = (
    ("password authentication failed", BY_STATE[0]),
    ("no password supplied", ("", "asks for a password.", "Put it into ~/.pgpass, or into the address.")),
    ("no pg_hba.conf entry", BY_STATE[1]),
    ("authentication failed", BY_STATE[1]),
    ("is not permitted to log in", BY_STATE[1]),
    ("permission denied for database", BY_STATE[1]),
    ("server does not support ssl", ("", "speaks no TLS.", "Ask who keeps the server to switch TLS on.")),
    (
        "root certificate file",
        ("", "cannot be proven: no root certificate.", "Add sslrootcert=FILE to the address."),
    ),
    ('" does not exist', BY_STATE[2]),
    ("certificate verify failed", ("", "is not the one it says it is.", "Do not go on; ask who keeps the server.")),
    ("does not match host name", ("", "is not the one it says it is.", "Do not go on; ask who keeps the server.")),
    ("starting up", BY_STATE[7]),
    ("shutting down", BY_STATE[7]),
    ("too many clients", BY_STATE[5]),
)


def fault(server: str, error: BaseException | None, *, lost: bool = False) -> EvenfallError:
    """Return our error for one of the driver's; `lost` says that the connection is gone."""
    state, text = getattr(error, "sqlstate", None) or "", str(error).casefold()
    for start, what, next_step in BY_STATE:
        if state.startswith(start):
            return _kind(start)(f"The record's server {server} {what}", next_step)
    if not state:
        for part, (start, what, next_step) in BY_TEXT:
            if part in text:
                return _kind(start)(f"The record's server {server} {what}", next_step)
        what = "was stopped or restarted, or the network failed." if lost else "cannot be reached."
        return StoreAway(f"The record's server {server} {what}", "See that it runs and the network too; try again.")
    return StoreFault(f"The record's server {server} refused the change ({state}).", AGAIN)


def _kind(state: str) -> type[EvenfallError]:
    if state == "42501":
        return Refused
    return StoreAway if state.startswith(PASSING) else StoreFault
