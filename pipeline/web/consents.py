"""Consent of each participant: read and agreed to on the screen, confirmed by the clinician, taken back at any time."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from .. import consent, law, workflow
from ..config import Settings
from ..errors import Outdated, Refused
from ..types import Consent, Scope
from ..workflow.consenting import left_of, purge_left
from . import lock
from .app import Site, site
from .incoming import end_revoked

router = APIRouter()

Agreed = Annotated[list[Scope], Form()]


@dataclass(frozen=True)
class Standing:
    """One consent on file, whether it lets a session be recorded, and what the law still asks of it."""

    consent: Consent
    allows: bool
    lacking: tuple[tuple[law.Rule, str], ...] = ()


@dataclass(frozen=True)
class Sheet:
    """Whom a sheet is for: whose client, who takes part; of a minor who consents; where the client is, if elsewhere."""

    client: str
    participant: str
    by: str = ""
    law: str = ""


def named(client: str, participant: str, by: str = "", law: str = "") -> Sheet:
    """Return whom a sheet is for, as a request's query names it.

    Raises:
        Refused: the client or who takes part is not named.
    """
    if not client.strip() or not participant.strip():
        raise Refused("A consent needs the client's reference and who consents.", "Fill in both.")
    return Sheet(client.strip(), participant.strip(), by.strip(), law.strip())


Named = Annotated[Sheet, Depends(named)]


def standings(consents: Iterable[Consent], settings: Settings) -> tuple[Standing, ...]:
    """Return consents as a page lists them: those that stand first, the newest first."""
    newest = sorted(consents, key=lambda one: one.given_at, reverse=True)
    return tuple(_standing(one, newest, settings) for one in sorted(newest, key=lambda one: bool(one.revoked_at)))


def _standing(one: Consent, consents: Iterable[Consent], settings: Settings) -> Standing:
    if one.revoked_at:
        return Standing(one, False)
    demanded = law.of_client(settings.law, (each for each in consents if each.client == one.client), settings.home)
    return Standing(one, consent.allows(one), demanded.lacking(one, workflow.now()))


@router.get("/consents")
def listed(request: Request, client: str = "") -> Response:
    """List consents, revoked ones too; a participant is chosen here for the sheet."""
    here = site(request)
    return here.page(
        request,
        "consents.html",
        standings=standings(here.store.consents(client or None), here.settings),
        client=client,
        can_prove=here.store.can_be_proved(),
        law=law.load(here.settings.law, here.settings.home),
        laws=law.known(here.settings.home).profiles,
        no_advice=law.NO_ADVICE,
    )


@router.get("/consents/sheet")
def sheet(request: Request, whom: Named) -> Response:
    """Show the participant what there is to read and to agree to; nothing is ticked, and no way leads elsewhere."""
    return _sheet(request, whom)


@router.post("/consents/sheet")
def agree(
    request: Request,
    whom: Named,
    wording: Annotated[str, Form()],
    scope: Annotated[list[Scope] | None, Form()] = None,
) -> Response:
    """Take what the participant agreed to and ask the clinician to confirm it; nothing is kept before."""
    if not scope:
        return _sheet(request, whom, "Nothing is ticked. Tick what you agree to, or say no.")
    return _confirm(request, whom, wording, scope)


@router.get("/consents/declined")
def declined(request: Request) -> Response:
    """Say that nothing was agreed to; nothing is kept of it."""
    return site(request).page(request, "declined.html")


@router.post("/consents")
def keep(
    request: Request,
    whom: Named,
    wording: Annotated[str, Form()],
    scope: Agreed,
    words: Annotated[str, Form()],
) -> Response:
    """Keep the consent in the place of an earlier one, once the clinician has confirmed whose it is."""
    if wrong := lock.proves(request, words):
        return _confirm(request, whom, wording, scope, wrong)
    here = site(request)
    here.store.renew_consent(_given(_as_read(here, wording), whom, scope))
    return RedirectResponse("/consents", 303)


@router.post("/consents/revoke")
def revoke(request: Request, client: str, participant: str) -> Response:
    """End a participant's consent; a session that is being recorded or heard stops within seconds."""
    here = site(request)
    here.store.revoke_consent(client, participant, workflow.now())
    end_revoked(request)
    return RedirectResponse(f"/consents/revoked?{here.addresses.query(client=client, participant=participant)}", 303)


@router.get("/consents/revoked")
def revoked(request: Request, client: str, participant: str) -> Response:
    """Tell what is left of a client's sessions once a consent was taken back, and what of them was stopped."""
    here = site(request)
    ended = tuple(request.app.state.microphones.stopped.values())
    return here.page(
        request,
        "revoked.html",
        client=client,
        participant=participant,
        left=left_of(here.store, client, participant),
        stopped=[one for one in ended if one.spooled.client == client and participant in one.spooled.participants],
    )


@router.post("/consents/purge")
def purge(request: Request, client: str, participant: str, seen: Annotated[str, Form()]) -> Response:
    """Delete what the page listed of a client's sessions after a consent was taken back, and show the receipts.

    Raises:
        Refused: a new consent was given since.
        Outdated: there is other material than the page listed.
    """
    store = site(request).store
    if any(one.participant == participant and not one.revoked_at for one in store.consents(client)):
        step = "Delete what is to go one by one, in the queue."
        raise Refused("A new consent was given since that page was opened.", step, safe="Nothing was deleted.")
    left = left_of(store, client, participant)
    if left.digest != seen:
        step = "Go back, reload the page and look at what is left."
        raise Outdated("What is left has changed since that page was opened.", step, safe="Nothing was deleted.")
    receipts = purge_left(store, left)
    return site(request).page(request, "receipt.html", receipts=receipts, title="Deleted")


def _given(wording: consent.Wording, whom: Sheet, scope: list[Scope]) -> Consent:
    """Return the consent that somebody gave on the screen, now."""
    return Consent(
        client=whom.client,
        participant=whom.participant,
        scope=tuple(dict.fromkeys(scope)),
        method="on screen",
        wording=wording.name,
        given_at=workflow.now(),
        told=wording.told,
        law=(whom.law,) if whom.law else (),
        minor=bool(whom.by),
        by=whom.by or None,
    )


def _sheet(request: Request, whom: Sheet, wrong: str = "") -> Response:
    here = site(request)
    values = {"whom": whom, "wording": _wording(here), "wrong": wrong}
    return here.page(request, "sheet.html", status=422 if wrong else 200, **values)


def _confirm(request: Request, whom: Sheet, wording: str, scope: list[Scope], wrong: str = "") -> Response:
    here = site(request)
    read = _as_read(here, wording)
    given = _given(read, whom, scope)
    demanded = law.of_client(here.settings.law, (*here.store.consents(whom.client), given), here.settings.home)
    return here.page(
        request,
        "agreed.html",
        status=403 if wrong else 200,
        whom=whom,
        wording=read,
        scope=scope,
        enough=consent.allows(given),
        lacking=demanded.lacking(given, given.given_at),
        announcements=demanded.announcements,
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
