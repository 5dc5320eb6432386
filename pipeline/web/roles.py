"""Who in a practice may do what on the page: the one table; what it does not name is the clinician's alone.

The clinician may do everything, save co-sign in a practice's record, which asks the member's role (`may_cosign`). The
supervisor reads drafts and notes, and co-signs. The front desk sees what waits without a word of it, brings recordings
in and handles consents.
"""

import re
from collections.abc import Mapping
from typing import Final

from ..types import Role

DESK: Final[tuple[Role, ...]] = ("front desk",)
SUPERVISOR: Final[tuple[Role, ...]] = ("supervisor",)
BOTH: Final = DESK + SUPERVISOR
NONE: Final[tuple[Role, ...]] = ()

# Each route of the page, and whose it is beside the clinician's.
TABLE: Final[Mapping[str, tuple[Role, ...]]] = {
    "GET /": BOTH,
    "GET /events": BOTH,
    "POST /lock": BOTH,
    "POST /awake": BOTH,
    "POST /find": BOTH,
    "GET /new": DESK,
    "POST /new/typing": DESK,
    "POST /new/typed": DESK,
    "POST /new/file": DESK,
    "POST /record/begin": DESK,
    "POST /record/{spool_id}/chunk": DESK,
    "POST /record/{spool_id}/mark": DESK,
    "POST /record/{spool_id}/pause": DESK,
    "POST /record/{spool_id}/resume": DESK,
    "POST /record/{spool_id}/slept": DESK,
    "POST /record/{spool_id}/end": DESK,
    "POST /recordings/{spool_id}/draft": DESK,
    "GET /recordings/{spool_id}/delete": NONE,
    "POST /recordings/{spool_id}/delete": NONE,
    "GET /consents": DESK,
    "POST /consents": DESK,
    "GET /consents/sheet": DESK,
    "POST /consents/sheet": DESK,
    "GET /consents/declined": DESK,
    "POST /consents/revoke": DESK,
    "GET /consents/revoked": DESK,
    "POST /consents/purge": NONE,
    "GET /drafts/{key}": SUPERVISOR,
    "GET /drafts/{key}/recall": NONE,
    "POST /drafts/{key}/recall": NONE,
    "POST /drafts/{key}/decide": NONE,
    "POST /drafts/{key}/move": NONE,
    "POST /drafts/{key}/quote": NONE,
    "POST /drafts/{key}/speakers": NONE,
    "POST /drafts/{key}/manner": NONE,
    "POST /drafts/{key}/undo": NONE,
    "POST /drafts/{key}/redo": NONE,
    "GET /drafts/{key}/sign": NONE,
    "POST /drafts/{key}/sign": NONE,
    "GET /drafts/{draft}/delete": NONE,
    "POST /drafts/{draft}/delete": NONE,
    "GET /notes": SUPERVISOR,
    "GET /notes/{key}": SUPERVISOR,
    "POST /notes/{key}/cosign": SUPERVISOR,
    "POST /notes/{key}/addend": NONE,
    "GET /notes/{key}/export": NONE,
    "GET /clients": NONE,
    "GET /clients/trends.svg": NONE,
    "POST /clients/goals": NONE,
    "POST /clients/goals/met": NONE,
    "POST /clients/goals/remove": NONE,
    "GET /process-notes": NONE,
    "POST /process-notes": NONE,
    "POST /process-notes/make": NONE,
    "POST /process-notes/open": NONE,
    "POST /process-notes/close": NONE,
    "POST /process-notes/awake": NONE,
    "POST /process-notes/client": NONE,
    "POST /process-notes/typing": NONE,
    "GET /process-notes/{key}": NONE,
    "POST /process-notes/{key}": NONE,
    "POST /process-notes/{key}/delete": NONE,
    "GET /settings": NONE,
    "POST /settings/pin": NONE,
    "POST /settings/rules": NONE,
    "POST /settings/style": NONE,
}
# What a page asks for again and again by itself: let through without an event of its own on the chain.
QUIET: Final = frozenset({"GET /events", "POST /awake", "POST /record/{spool_id}/chunk", "POST /new/typing"})
_PATTERNS: Final = {
    name: re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(name))) for name in sorted(TABLE, key=lambda n: "{" in n)
}


def route_of(method: str, path: str) -> str:
    """Return the table's name of what a request asks for, as GET /drafts/{key}; "" where the table has none."""
    asked = f"{'GET' if method == 'HEAD' else method} {path}"
    return next((name for name, pattern in _PATTERNS.items() if pattern.fullmatch(asked)), "")


def allows(role: Role | None, route: str) -> bool:
    """Say whether somebody in this role may ask for a route, by the table's name of it."""
    return role == "clinician" or (role is not None and role in TABLE.get(route, NONE))
