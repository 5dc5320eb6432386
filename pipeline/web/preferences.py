"""What is set: how drafts are made, the PIN, which rules ask, what was learnt of the clinician's wording."""

import re
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from .. import draft as drafting
from .. import workflow
from ..draft.style import load_style_rules
from ..errors import Outdated
from ..types import Role
from . import lock
from .app import Site, site

router = APIRouter()
NAMED: Final = re.compile(r"\{\w+\}")  # what a rule puts into its question once it found something


@router.get("/settings")
def show(request: Request) -> Response:
    """Show what is set."""
    return _page(request, site(request))


@router.post("/settings/pin")
def set_pin(
    request: Request,
    pin: Annotated[str, Form()],
    again: Annotated[str, Form()],
    words: Annotated[str, Form()] = "",
    role: Annotated[Role, Form()] = "clinician",
) -> Response:
    """Set a PIN, once the owner is proved; where nothing can prove it yet, the link that opened the page does."""
    here = site(request)
    if pin != again:
        return _page(request, here, wrong="The two are not the same.", status=422)
    if here.store.can_be_proved() and (wrong := lock.proves(request, words)):
        return _page(request, here, wrong=wrong, status=403)
    here.store.set_pin(pin, role)
    return RedirectResponse("/settings#pin", 303)


@router.post("/settings/rules")
def switch_rule(request: Request, rule: Annotated[str, Form()], on: Annotated[bool, Form()]) -> Response:
    """Switch a rule on or off for this practice."""
    workflow.switch_rule(rule, on, site(request).store)
    return RedirectResponse("/settings#rules", 303)


@router.post("/settings/style")
def forget(request: Request, habit: Annotated[str, Form()]) -> Response:
    """Forget a habit that was learnt, by its digest, or all of them."""
    store = site(request).store
    known = store.style_of(store.actor).preferences
    forgotten = tuple(one for one in known if habit in ("all", one.digest))
    if not forgotten:
        raise Outdated("That habit is not known any more.", "Reload the page.")
    workflow.forget_style(store, forgotten)
    return RedirectResponse("/settings#style", 303)


def _page(request: Request, here: Site, wrong: str = "", status: int = 200) -> Response:
    rules, style = drafting.load_rules(here.settings.home), load_style_rules()
    learnt = here.store.style_of(here.store.actor).preferences
    values: dict[str, Any] = {
        "settings": here.settings,
        "file": here.settings.home / "config.yaml",
        "form": drafting.load_format(here.settings.draft.format, workflow.formats(here.settings)),
        "has_pin": here.store.has_pin(),
        "can_prove": here.store.can_be_proved(),
        "rules": [(rule, NAMED.sub("…", rule.ask), rule.id not in rules.off) for rule in rules.all()],
        "rules_file": here.settings.home / "rules.yaml",
        "habits": [(one.digest, style.describe(one)) for one in learnt],
        "wrong": wrong,
    }
    return here.page(request, "settings.html", status=status, **values)
