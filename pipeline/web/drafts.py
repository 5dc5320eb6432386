"""One draft beside what was said: read, decide, mend."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from .. import draft as drafting
from .. import review as reviewing
from .. import workflow
from ..draft.format_files import load_formats
from ..moments import clock
from ..types import CATEGORIES, Category
from . import recall, sight
from .app import Site, may, site
from .desk import Desk

router = APIRouter()

Seen = Annotated[str, Form()]
AS_DRAFTED: Final = "as drafted"  # the page's action that keeps the drafted words where others stand


@router.get("/drafts/{key}")
def show(request: Request, key: str) -> Response:
    """Show a draft."""
    here = site(request)
    decides = may(request)("POST /drafts/{key}/decide")
    desk = Desk.open(here.store, key, begin=decides)
    if decides and recall.comes_first(request, here, desk):
        return RedirectResponse(f"/drafts/{key}/recall", 303)
    values = {**_values(here, desk), **_head(here, desk), "turns": _turns(desk), "who": sight.WHO, "decides": decides}
    return here.page(request, "draft.html", **values)


@router.post("/drafts/{key}/decide")
def decide(
    request: Request,
    key: str,
    action: Annotated[str, Form()],
    target: Annotated[str, Form()] = "",
    seen: Seen = "",
    text: Annotated[str, Form()] = "",
    category: Annotated[Category | Literal[""], Form()] = "",
    detail: Annotated[str, Form()] = "",
    section: Annotated[str, Form()] = "",
    typing: Annotated[str, Form()] = "",
) -> Response:
    """Make one decision. While somebody types, the last words stand in the place of those before.

    What is added without a section goes where the format has its category. To keep what stands edited or taken leaves
    it so: the button may have been pressed before the page showed it.
    """
    here = site(request)
    desk = Desk.open(here.store, key)
    detail = detail if action == "answer" else ""  # a reason for setting a question aside is no date
    given = {"text": text.strip(), "category": category, "detail": detail, "section": section}
    fields = {name: value for name, value in given.items() if value}
    goes_on = bool(typing) and action == "edit"
    if action == "add" and category and not target:
        target = workflow.section_for(desk.draft, category, here.settings.home)
    if action == "keep" and _reworded(desk, target):
        desk.demand(seen)
        return answer(request, here, key, desk, target)
    action = "keep" if action == AS_DRAFTED else action
    changed = desk.decide(seen, goes_on=goes_on, action=action, target=target, **fields)
    return answer(request, here, key, changed, "" if action == "restore" else target)


def _reworded(desk: Desk, target: str) -> bool:
    """Say whether a statement stands in other words than the drafted ones."""
    standing = desk.review.standing.get(target)
    return standing is not None and standing.action in ("edit", "take")


@router.post("/drafts/{key}/move")
def move(
    request: Request, key: str, target: Annotated[str, Form()], where: Annotated[str, Form()], seen: Seen = ""
) -> Response:
    """Move a statement up or down in its section, or to the end of another: `up`, `down`, `to:SECTION`."""
    here = site(request)
    desk = Desk.open(here.store, key)
    section, before = sight.moved(reviewing.layout(desk.draft, desk.review), target, where)
    return answer(request, here, key, desk.decide(seen, action="move", target=target, section=section, before=before))


@router.post("/drafts/{key}/manner")
def rewrite(
    request: Request,
    key: str,
    form: Annotated[str, Form()],
    length: Annotated[str, Form()],
    call: Annotated[str, Form()],
    initials: Annotated[str, Form()] = "",
    pronoun: Annotated[str, Form()] = "",
    seen: Seen = "",
) -> Response:
    """Write the draft anew in another manner; what was decided goes along."""
    here = site(request)
    desk = Desk.open(here.store, key)
    desk.demand(seen)
    asked = {"format": form, "length": length, "call": call, "initials": initials or None, "pronoun": pronoun or None}
    manner = workflow.wished(desk.draft.manner, **asked)
    made = workflow.redraft(here.store, desk.draft.digest, manner, here.settings)
    return RedirectResponse(f"/drafts/{made.digest[:16]}", 303)


@router.post("/drafts/{key}/undo")
def undo(request: Request, key: str, seen: Seen = "") -> Response:
    """Take the last decision back."""
    here = site(request)
    return answer(request, here, key, Desk.open(here.store, key).undo(seen))


@router.post("/drafts/{key}/redo")
def redo(request: Request, key: str, seen: Seen = "") -> Response:
    """Make the decision again that was taken back last."""
    here = site(request)
    return answer(request, here, key, Desk.open(here.store, key).redo(seen))


def answer(request: Request, here: Site, key: str, desk: Desk, target: str = "", turn: str = "") -> Response:
    """Return what changed on the page, and this turn of the transcript, or the page where no script asks."""
    if "x-part" not in request.headers:
        return RedirectResponse(f"/drafts/{key}", 303)
    values = _values(here, desk)
    found = [one for section in values["sections"] for one in section.statements if one.digest == target]
    turns = [one for one in _turns(desk) if one.id == turn] if turn else []
    shown = {"changed": found, "whole": not found, "turns": turns, "decides": True, "said": "Saved."}
    return here.page(request, "draft.html", **{**values, **shown})


def _turns(desk: Desk) -> tuple[sight.TurnSight, ...]:
    draft = desk.draft
    statements = (*draft.statements(), *draft.left_out, *sight.gained(draft, desk.review))
    return sight.turns(desk.transcript(), statements)


def _values(here: Site, desk: Desk) -> dict[str, Any]:
    """Return what changes with each decision."""
    draft, review = desk.draft, desk.review
    asked = workflow.questions(draft, review, here.store)
    items, waiting = reviewing.untouched(draft, review), reviewing.undecided(draft, review)
    must = [question for question in asked if question.severity == "must"]
    form, standing = form_of(here, desk), reviewing.apply(draft, review, waiting=True)
    texts = [one.text for section in standing for one in section.statements]
    return {
        "draft": draft,
        "form": form,
        "placed": {name: form.section_for(name) for name in CATEGORIES},
        "draft_key": draft.digest[:16],
        "seen": desk.seen,
        "sections": sight.sections(draft, review),
        "left_out": reviewing.left_out(draft, review),
        "section_keys": [section.key for section in draft.sections],
        "touch": sight.to_touch(draft, review),
        "asked": sight.grouped(asked),
        "recalled": recall.beside(review.recalled, texts),
        "categories": CATEGORIES,
        "open_statements": len(waiting),
        "open_items": len({item.target for item in items}) + len(must),
        "ready": not (items or waiting or must),
        "can_undo": bool(review.decisions),
        "can_redo": bool(review.undone),
        "edits": desk.edits,
        "time_spent": desk.time_spent,
        "clock": clock,
    }


def form_of(here: Site, desk: Desk) -> drafting.Format:
    """Return the draft's format."""
    return drafting.load_format(desk.draft.format.split("@")[0], workflow.formats(here.settings))


def _head(here: Site, desk: Desk) -> dict[str, Any]:
    forms = [(name, form.title) for name, _, form in load_formats(workflow.formats(here.settings)) if form]
    words, pressing = sight.due(desk.draft.due_at, workflow.now())
    return {"due": words, "pressing": pressing, "forms": forms, "changed": (), "whole": False, "said": ""}
