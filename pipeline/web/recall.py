"""Recall first: what the clinician remembers, written down before the draft is seen, then laid beside it.

Whoever reads a finished draft first finds it right; whoever has said first what was important sees what is missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from ..continuity.lists import load_concepts
from .app import Site, site
from .desk import Desk

router = APIRouter()
LINES: Final = 3
LEAST_SHARE: Final = 0.5  # of a line's words that a statement must have to be taken for the same
SHOWN: Final = "shown"  # in the query of a draft that is to be seen without recalling


@dataclass(frozen=True)
class Remembered:
    """One line that was remembered and the text of the draft that it is closest to, "" where none is close."""

    line: str
    near: str


@router.get("/drafts/{key}/recall")
def ask(request: Request, key: str) -> Response:
    """Ask what is remembered of the session, before the draft is shown."""
    here = site(request)
    desk = Desk.open(here.store, key)
    return here.page(request, "recall.html", draft=desk.draft, draft_key=key, seen=desk.seen, lines=range(1, LINES + 1))


@router.post("/drafts/{key}/recall")
def remember(
    request: Request, key: str, seen: Annotated[str, Form()], line: Annotated[list[str] | None, Form()] = None
) -> Response:
    """Keep what is remembered and show the draft; the audit chain holds that it was done, and no word of it."""
    here = site(request)
    lines = [" ".join(one.split()) for one in (line or [])[:LINES]]
    lines = [one for one in lines if one]
    desk = Desk.open(here.store, key)
    if not lines:
        here.store.record("recall first: skipped", desk.draft.digest)
        return RedirectResponse(f"/drafts/{key}?{SHOWN}=1", 303)
    desk.remember(seen, "\n".join(lines))
    here.store.record(f"recall first: {len(lines)} lines", desk.draft.digest)
    return RedirectResponse(f"/drafts/{key}", 303)


def comes_first(request: Request, here: Site, desk: Desk) -> bool:
    """Say whether to ask before this draft is shown: it is set so, and nothing was decided or asked yet."""
    begun = desk.review.decisions or desk.review.undone or desk.review.recalled
    return here.settings.web.recall_first and not begun and SHOWN not in request.query_params


def beside(recalled: str, texts: Sequence[str]) -> tuple[Remembered, ...]:
    """Return each remembered line with the text that has most of its words, by their stems, if it has half of them."""
    known = [(text, frozenset(load_concepts().stems(text))) for text in texts]
    lines = recalled.splitlines()
    return tuple(Remembered(line, _nearest(frozenset(load_concepts().stems(line)), known)) for line in lines)


def _nearest(words: frozenset[str], texts: Sequence[tuple[str, frozenset[str]]]) -> str:
    """Return the text with most of these words; of those the one with fewest others."""
    text, own = max(texts, key=lambda each: (len(words & each[1]), -len(each[1])), default=("", frozenset[str]()))
    return text if words and len(words & own) >= LEAST_SHARE * len(words) else ""
