"""Consent of each participant: read and agreed to on the screen, confirmed by the clinician, taken back at any time."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from .. import consent, workflow
from ..errors import Outdated, Refused
from ..types import Consent, Scope
from . import lock
from .app import Site, site

router = APIRouter()

Agreed = Annotated[list[Scope], Form()]


@dataclass(frozen=True)
class Standing:
    """One consent on file and whether it lets a session be recorded."""

    consent: Consent
    allows: bool


def standings(consents: Iterable[Consent]) -> tuple[Standing, ...]:
    """Return consents as a page lists them: those that stand first, the newest first."""
    newest = sorted(consents, key=lambda one: one.given_at, reverse=True)
    return tuple(Standing(one, consent.allows(one)) for one in sorted(newest, key=lambda one: bool(one.revoked_at)))


@router.get("/consents")
def listed(request: Request, client: str = "") -> Response:
    """List consents, revoked ones too; a participant is chosen here for the sheet."""
    here = site(request)
    found = standings(here.store.consents(client or None))
    return here.page(request, "consents.html", standings=found, client=client, can_prove=here.store.can_be_proved())


@router.get("/consents/sheet")
def sheet(request: Request, client: str, participant: str) -> Response:
    """Show the participant what there is to read and to agree to; nothing is ticked, and no way leads elsewhere."""
    return _sheet(request, client, participant)


@router.post("/consents/sheet")
def agree(
    request: Request,
    client: str,
    participant: str,
    wording: Annotated[str, Form()],
    scope: Annotated[list[Scope] | None, Form()] = None,
) -> Response:
    """Take what the participant agreed to and ask the clinician to confirm it; nothing is kept before."""
    if not scope:
        return _sheet(request, client, participant, "Nothing is ticked. Tick what you agree to, or say no.")
    return _confirm(request, client, participant, wording, scope)


@router.get("/consents/declined")
def declined(request: Request) -> Response:
    """Say that nothing was agreed to; nothing is kept of it."""
    return site(request).page(request, "declined.html")


@router.post("/consents")
def keep(
    request: Request,
    client: str,
    participant: str,
    wording: Annotated[str, Form()],
    scope: Agreed,
    words: Annotated[str, Form()],
) -> Response:
    """Keep the consent in the place of an earlier one, once the clinician has confirmed whose it is."""
    if wrong := lock.proves(request, words):
        return _confirm(request, client, participant, wording, scope, wrong)
    here = site(request)
    client, participant = _named(client, participant)
    _as_read(here, wording)
    given = Consent(
        client=client,
        participant=participant,
        scope=tuple(dict.fromkeys(scope)),
        method="on screen",
        wording=wording,
        given_at=workflow.now(),
    )
    here.store.renew_consent(given)
    return RedirectResponse("/consents", 303)


@router.post("/consents/revoke")
def revoke(request: Request, client: str, participant: str) -> Response:
    """End a participant's consent; a session that is being recorded stops at its next second."""
    site(request).store.revoke_consent(client, participant, workflow.now())
    return RedirectResponse("/consents", 303)


def _sheet(request: Request, client: str, participant: str, wrong: str = "") -> Response:
    here = site(request)
    client, participant = _named(client, participant)
    values = {"client": client, "participant": participant, "wording": _wording(here), "wrong": wrong}
    return here.page(request, "sheet.html", status=422 if wrong else 200, **values)


def _confirm(
    request: Request, client: str, participant: str, wording: str, scope: list[Scope], wrong: str = ""
) -> Response:
    here = site(request)
    client, participant = _named(client, participant)
    return here.page(
        request,
        "agreed.html",
        status=403 if wrong else 200,
        client=client,
        participant=participant,
        wording=_as_read(here, wording),
        scope=scope,
        enough=set(scope) >= consent.NEEDED,
        wrong=wrong,
    )


def _wording(here: Site) -> consent.Wording:
    rephrase = here.settings.draft.rephrase
    return consent.load_wording(here.settings.home, rephrase.allow_host if rephrase.url else None)


def _as_read(here: Site, name: str) -> consent.Wording:
    """Return the wording if it is the one that was on the screen.

    Raises:
        Outdated: it was changed meanwhile.
    """
    wording = _wording(here)
    if wording.name != name:
        raise Outdated("The wording was changed since it was read.", "Show the sheet again.")
    return wording


def _named(client: str, participant: str) -> tuple[str, str]:
    if not client.strip() or not participant.strip():
        raise Refused("A consent needs the client's reference and who consents.", "Fill in both.")
    return client.strip(), participant.strip()
