"""What comes in by the page: files, the microphone, typed words. Sound is sealed as it arrives, and never else on disk.

Files come as the body of a request, not as a form: a form's files would be put into a temporary folder in clear.
"""

import threading
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from .. import consent, law, workflow
from ..audio.spool import Spool, discard
from ..audio.spool.spool import Noted
from ..config import Settings
from ..errors import ConsentMissing, ConsentRevoked, NotFound, Outdated, SourceRefused
from ..speech.transcripts.files import SUFFIXES, Pasted
from ..store import Store
from ..types import Kind, Role, Seconds, Spooled, Typing
from .app import Site, may, role_of, site
from .jobs import Jobs

router = APIRouter()
MEGABYTE: Final = 1_000_000  # bytes
LARGEST: Final = 2000 * MEGABYTE  # of a recording
LARGEST_TEXT: Final = 20 * MEGABYTE  # of a transcript
LONGEST: Final[Seconds] = 31 * 86_400.0  # that a page may say that nothing was heard
LARGEST_CHUNK: Final = 1 * MEGABYTE  # of a microphone's second or two
WIDTH: Final = 2  # bytes of one sample
STILL: Final[Seconds] = 10.0  # without a sign of its page, after which an open recording waits for somebody


@dataclass(frozen=True)
class Stopped:
    """A session that was stopped while it was recorded, for want of consent; `why` says what became of it."""

    spooled: Spooled
    why: ConsentMissing

    def __str__(self) -> str:
        return f"{self.why.what} {self.why.safe}"


@dataclass(frozen=True)
class Quiet:
    """Why nothing has been heard of a recording, and since when: by the wall clock, which goes on in a sleep."""

    what: Literal["paused", "microphone lost"]
    since: Seconds = field(default_factory=time.time)


@dataclass
class Microphones:
    """Recordings that the page is making, open from the first chunk to the last; and those it stopped, in this run.

    Of each that was heard, `quiet` says since when it was not; `signs` are the last of each one's page, by a clock that
    nobody sets.

    Whoever adds to one or ends one holds the `guard`: consent may be taken back meanwhile, in another tab.
    """

    open: dict[str, Spool] = field(default_factory=dict)
    stopped: dict[str, Stopped] = field(default_factory=dict)
    quiet: dict[str, Quiet] = field(default_factory=dict)
    signs: dict[str, float] = field(default_factory=dict)
    guard: threading.Lock = field(default_factory=threading.Lock)

    def sign(self, spool_id: str) -> None:
        """Take it that a page makes this recording at the moment."""
        self.signs[spool_id] = time.monotonic()

    def still(self) -> tuple[str, ...]:
        """Return the open recordings of which nothing is heard any more: paused, or their page is gone."""
        now = time.monotonic()
        return tuple(one for one in tuple(self.open) if now - self.signs.get(one, now) > STILL)


@router.get("/new")
def new(request: Request, client: str = "") -> Response:
    """Show the ways in."""
    here, role = site(request), role_of(request)
    end_revoked(request)
    begun = unfinished(here.store, here.settings, role) or Typing(role=role, at=workflow.now())
    open_ = list(_microphones(request).open.values())
    said_first = _said_first(here, client or begun.client)
    return here.page(request, "new.html", client=client, recording=open_, typing=begun, announcements=said_first)


def _said_first(here: Site, client: str | None) -> tuple[str, ...]:
    """Return what the law where the client is has said aloud when a session's recording begins."""
    given = here.store.consents(client) if client else ()
    return law.of_client(here.settings.law, given, here.settings.home).announcements


@router.post("/new/typing")
def typing(
    request: Request,
    text: Annotated[str, Form()] = "",
    client: Annotated[str, Form()] = "",
    seen: Annotated[str, Form()] = "",
) -> Response:
    """Keep what is being typed; the answer names it, so that another window's words are not written over."""
    return JSONResponse({"seen": _keep_typing(request, text, client, seen).digest})


@router.post("/new/typed")
def typed(
    request: Request,
    text: Annotated[str, Form()],
    client: Annotated[str, Form()] = "",
    seen: Annotated[str, Form()] = "",
) -> Response:
    """Draft a typed dictation; it is kept as it was typed until there is a draft of it."""
    here, kept = site(request), None
    with suppress(Outdated):  # what another window keeps stays, whatever becomes of this
        kept = _keep_typing(request, text, client, seen)
    made = _draft(here, Pasted(text.encode(), ".txt"), "dictation", client)
    if kept:
        here.store.forget_typing(kept.role)
    return RedirectResponse(_goes_on(request, made), 303)


def unfinished(store: Store, settings: Settings, role: Role) -> Typing | None:
    """Return what somebody in this role was typing, unless it is as old as a draft that expires; then it goes."""
    begun = store.typing_of(role)
    if begun and begun.at + timedelta(days=settings.draft.expires_days) < workflow.now():
        store.forget_typing(role)
        return None
    return begun


def _keep_typing(request: Request, text: str, client: str, seen: str) -> Typing:
    made = Typing(role=role_of(request), at=workflow.now(), client=client.strip() or None, text=text)
    site(request).store.keep_typing(made, seen)
    return made


def _goes_on(request: Request, made: str) -> str:
    """Return where to go once there is a draft: to it, or to the queue for those who may not see it."""
    return f"/drafts/{made}" if may(request)("GET /drafts/{key}") else "/"


@router.post("/new/file")
async def upload(request: Request, suffix: str, kind: Kind, client: str = "", participants: str = "client") -> Response:
    """Take a file: a transcript is drafted at once, sound is sealed and waits its turn."""
    here = site(request)
    suffix = suffix.lower()
    if suffix in SUFFIXES:
        content = b"".join([chunk async for chunk in _bounded(request, LARGEST_TEXT)])
        made = await run_in_threadpool(_draft, here, Pasted(content, suffix), kind, client, participants)
        return JSONResponse({"go": _goes_on(request, made)})
    spool = await run_in_threadpool(_begin, here, kind, client, participants, "file")
    try:
        async for chunk in _bounded(request, LARGEST):
            await run_in_threadpool(spool.append, chunk)
    except BaseException:  # the page was closed, or the file is too large: half a file is of no use
        spool.close()
        discard(here.store, spool.spooled.id)
        raise
    await run_in_threadpool(spool.finish)
    _jobs(request).add(spool.spooled.id)
    return JSONResponse({"go": "/"})


@router.post("/record/begin")
def begin(
    request: Request,
    kind: Annotated[Kind, Form()],
    client: Annotated[str, Form()] = "",
    participants: Annotated[str, Form()] = "client",
) -> Response:
    """Begin a recording from the page's microphone, a session only with consent; the answer says what to say first."""
    here, microphones = site(request), _microphones(request)
    said_first = _said_first(here, client.strip() or None) if kind == "session" else ()
    spool = _begin(here, kind, client, participants, "pcm")
    microphones.sign(spool.spooled.id)
    microphones.open[spool.spooled.id] = spool
    return JSONResponse({"id": spool.spooled.id, "announcements": said_first})


@router.post("/record/{spool_id}/chunk")
async def chunk(request: Request, spool_id: str, at: Annotated[int | None, Query(ge=0)] = None) -> Response:
    """Seal what the microphone heard: 16-bit samples at 16 kHz. When this answers they are on the disk.

    `at` counts the samples before the first of them: those that are there already, as they came twice, are left out.
    """
    spool = _recording(request, spool_id)
    data = b"".join([part async for part in _bounded(request, LARGEST_CHUNK)])
    if len(data) % 2:
        raise SourceRefused("The page sent half a sample.", "Reload the page.", safe="What was recorded is kept.")
    await run_in_threadpool(_append, request, spool, data, at)
    return Response(status_code=204)


def _append(request: Request, spool: Spool, data: bytes, at: int | None = None) -> None:
    """Seal what is new of a recording; a session whose consent was revoked stops here, and goes.

    Raises:
        ConsentRevoked: it does; or it went while this sound was on its way.
    """
    microphones = _microphones(request)
    with microphones.guard:
        _recording(request, spool.spooled.id)
        _stand(request, spool)
        known = 0 if at is None else max(0, _samples(spool) - at)
        spool.append(data[WIDTH * known :])
        microphones.quiet[spool.spooled.id] = Quiet("paused")
        microphones.sign(spool.spooled.id)


def end_revoked(request: Request) -> None:
    """End the sessions being recorded whose consent does not stand: a paused one sends no sound to be refused.

    Raises:
        StoreFault: one could not be purged; the next call tries again.
    """
    microphones = _microphones(request)
    with microphones.guard:
        for spool in tuple(microphones.open.values()):
            with suppress(ConsentMissing):
                _stand(request, spool)


def _stand(request: Request, spool: Spool) -> None:
    """Return if consent to what is being recorded still stands; else end it: taken back, it is purged with a receipt.

    Raises:
        ConsentRevoked: somebody took it back; `safe` says what was purged.
        ConsentMissing: it is not enough at this moment; what was recorded waits, sealed.
    """
    here, microphones, spooled = site(request), _microphones(request), spool.spooled
    order = workflow.Order(source=spool, client=spooled.client, participants=spooled.participants)
    try:
        workflow.demand_standing(order, here.store, here.settings)
    except ConsentRevoked as error:
        what, step = "Consent was revoked, so the recording was stopped.", "Record again once everybody consents anew."
        why = ConsentRevoked(what, step, safe=error.safe)
        microphones.stopped[spooled.id] = Stopped(spooled, why)
        microphones.open.pop(spooled.id, None)
        raise why from error
    except ConsentMissing as error:
        microphones.stopped[spooled.id] = Stopped(spooled, error)
        microphones.open.pop(spooled.id, None)
        spool.finish()
        raise


@router.post("/record/{spool_id}/pause")
def pause(
    request: Request,
    spool_id: str,
    what: Literal["paused", "microphone lost"] = "paused",
    ago: Annotated[Seconds, Query(ge=0)] = 0,
) -> Response:
    """Note that nothing is heard from here on, or since `ago`: what is said before and after is no one sentence."""
    microphones = _microphones(request)
    with microphones.guard:
        spool = _recording(request, spool_id)
        microphones.quiet[spool_id] = Quiet(what, time.time() - min(ago, LONGEST))
        spool.note(Noted(what=what, at=spool.seconds))
    return Response(status_code=204)


@router.post("/record/{spool_id}/slept")
def slept(request: Request, spool_id: str, seconds: Annotated[Seconds, Query(ge=0)]) -> Response:
    """Note that the page's computer slept here, for so long."""
    with _microphones(request).guard:
        spool = _recording(request, spool_id)
        spool.note(Noted(what="asleep", at=spool.seconds, seconds=min(seconds, LONGEST)))
    return Response(status_code=204)


@router.post("/record/{spool_id}/resume")
def resume(request: Request, spool_id: str) -> Response:
    """Go on after a pause, or in a page that was loaded anew, and note how long nothing was heard.

    The answer says how many samples there are, and whose it is: should Evenfall be started anew meanwhile, the page
    goes on in another recording.
    """
    microphones = _microphones(request)
    with microphones.guard:
        spool = _recording(request, spool_id)
        if quiet := microphones.quiet.pop(spool_id, None):
            gone = max(0.0, time.time() - quiet.since)  # that clock may have been set back
            spool.note(Noted(what=quiet.what, at=spool.seconds, seconds=gone))
        microphones.sign(spool_id)
    of = spool.spooled
    about = {"client": of.client or "", "kind": of.kind, "participants": ", ".join(of.participants)}
    return JSONResponse({"samples": _samples(spool), **about})


def _samples(spool: Spool) -> int:
    return round(spool.seconds * spool.spooled.rate)


@router.post("/record/{spool_id}/mark")
def mark(request: Request, spool_id: str) -> Response:
    """Mark the moment up to which the recording was sent."""
    with _microphones(request).guard:
        spool = _recording(request, spool_id)
        spool.note(Noted(what="marked", at=spool.seconds))
    return Response(status_code=204)


@router.post("/record/{spool_id}/end")
def end(request: Request, spool_id: str) -> Response:
    """End a recording and have it drafted; one in which nothing was heard goes, as there is nothing to draft."""
    end_revoked(request)
    if _ended(request, spool_id):
        _jobs(request).add(spool_id)
    return JSONResponse({"go": "/"})


def _ended(request: Request, spool_id: str) -> bool:
    """End a recording that is being made, and say whether anything was heard in it."""
    microphones = _microphones(request)
    with microphones.guard:
        spool = _recording(request, spool_id)
        heard = bool(spool.seconds)
        if heard:
            spool.finish()
        else:
            spool.purge()
        microphones.open.pop(spool_id, None)
        microphones.quiet.pop(spool_id, None)
    return heard


@router.post("/recordings/{spool_id}/draft")
def again(request: Request, spool_id: str) -> Response:
    """Have a recording drafted that waits, or failed before, or is open with nothing heard any more."""
    if spool_id not in _microphones(request).still() or _ended(request, spool_id):
        _jobs(request).add(spool_id)
    return RedirectResponse("/", 303)


@router.post("/recordings/{spool_id}/delete")
def delete(request: Request, spool_id: str) -> Response:
    """Delete a recording: its key first, then its bytes; the receipt says so."""
    here = site(request)
    if spool := _microphones(request).open.pop(spool_id, None):
        spool.close()
    return here.page(request, "receipt.html", receipts=(discard(here.store, spool_id),), title="Deleted")


def _draft(here: Site, pasted: Pasted, kind: Kind, client: str, participants: str = "client") -> str:
    order = workflow.Order(source=pasted, kind=kind, client=client.strip() or None, participants=_names(participants))
    made = workflow.draft_source(order, here.store, here.settings, lambda done, total: None)
    return made.digest[:16]


def _begin(here: Site, kind: Kind, client: str, participants: str, medium: str) -> Spool:
    permit = _permit(here, kind, client, _names(participants))
    return Spool.begin(
        here.store,
        permit,
        medium="pcm" if medium == "pcm" else "file",
        client=client.strip() or None,
        participants=_names(participants) if kind == "session" else (),
    )


def _permit(here: Site, kind: Kind, client: str, participants: tuple[str, ...]) -> consent.Permit:
    name = client.strip() or None
    order = workflow.Order(kind=kind, client=name, participants=participants or ("client",))
    return workflow.permit_for(order, here.store, here.settings)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip()) or ("client",)


def _recording(request: Request, spool_id: str) -> Spool:
    """Return a recording that is being made.

    Raises:
        ConsentMissing: it was stopped for want of consent, which says what became of it.
        NotFound: it was ended.
    """
    microphones = _microphones(request)
    spool = microphones.open.get(spool_id)
    if spool is None and (stopped := microphones.stopped.get(spool_id)):
        raise ConsentMissing(stopped.why.what, stopped.why.next_step, safe=stopped.why.safe)
    if spool is None:
        raise NotFound(
            "This recording was ended.", "Find it in the queue; begin another to go on.", safe="What was heard is kept."
        )
    return spool


async def _bounded(request: Request, most: int) -> AsyncIterator[bytes]:
    """Yield a request's body piece by piece.

    Raises:
        SourceRefused: it is larger than `most` bytes.
    """
    length = 0
    async for piece in request.stream():
        length += len(piece)
        if length > most:
            raise SourceRefused("That is too large.", "Check that it is the right file.")
        if piece:
            yield piece


def _jobs(request: Request) -> Jobs:
    jobs: Jobs = request.app.state.jobs
    return jobs


def _microphones(request: Request) -> Microphones:
    found: Microphones = request.app.state.microphones
    return found
