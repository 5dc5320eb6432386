"""The signature: what is still open, the note as it will stand, who signs; then what was purged."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from .. import review as reviewing
from .. import workflow
from ..consent import NOT_KEPT
from ..draft.likeness import load_likenesses
from ..store.retention import quotes_in_words
from . import changes, lock, sight
from .app import Site, site
from .desk import Desk
from .notes import UNNAMED

router = APIRouter()


@router.get("/drafts/{key}/sign")
def ask(request: Request, key: str) -> Response:
    """Show what is still open, or the note as it will be signed."""
    here = site(request)
    return _page(request, here, Desk.open(here.store, key))


@router.post("/drafts/{key}/sign")
def sign(
    request: Request,
    key: str,
    words: Annotated[str, Form()],
    seen: Annotated[str, Form()],
    name: Annotated[str, Form()] = "",
    credentials: Annotated[str, Form()] = "",
) -> Response:
    """Sign, once the clinician has proved to be the owner of the record."""
    here = site(request)
    desk = Desk.open(here.store, key)
    desk.demand(seen)
    signed, learn = (name.strip(), credentials.strip()), here.settings.draft.learn_style
    wrong = lock.proves(request, words) or ("" if all(signed) else UNNAMED)
    if wrong:
        return _page(request, here, desk, wrong, *signed)
    keep = here.settings.retention.keep_quotes
    note, _ = workflow.sign(desk.draft, desk.review, *signed, here.store, learn=learn, keep_quotes=keep)
    receipts = [receipt for receipt in here.store.receipts() if receipt.recording == note.recording]
    here.store.record(f"review: {desk.edits} edits, {round(desk.seconds)} s", note.digest)
    return here.page(request, "signed.html", note=note, receipts=receipts)


def _page(request: Request, here: Site, desk: Desk, wrong: str = "", name: str = "", credentials: str = "") -> Response:
    draft, review = desk.draft, desk.review
    asked = workflow.questions(draft, review, here.store)
    signed = reviewing.apply(draft, review)
    found = workflow.likenesses(draft, review, here.store)
    return here.page(
        request,
        "sign.html",
        status=403 if wrong else 200,
        wrong=wrong,
        signer=name,
        credentials=credentials,
        draft=draft,
        draft_key=draft.digest[:16],
        seen=desk.seen,
        sections=signed,
        changes=changes.before_signing(draft, review),
        alike=sight.alike(found, signed),
        whole=load_likenesses().whole(found, sum(len(section.statements) for section in signed)),
        goals=reviewing.goals(draft, review),
        touch=[item for item in sight.to_touch(draft, review) if not item.touched],
        waiting=reviewing.undecided(draft, review),
        asked=sight.grouped(asked),
        must=[question for question in asked if question.severity == "must"],
        edits=desk.edits,
        time_spent=desk.time_spent,
        quotes=quotes_in_words(here.settings) if workflow.may_keep_quotes(draft, here.store) else NOT_KEPT,
    )
