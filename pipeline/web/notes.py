"""Signed notes: read, export, add to."""

from dataclasses import dataclass, replace
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from .. import export, workflow
from ..errors import EvenfallError
from ..types import Addendum
from . import changes, lock
from .app import Site, site

router = APIRouter()
TYPES: Final = {
    "text": "text/plain; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "fhir": "application/fhir+json",
    "json": "application/json",
}
UNNAMED: Final = "A signature needs a name and credentials."
MEANWHILE: Final = "Something else was added to this note meanwhile: read it above, then sign again."


@dataclass(frozen=True)
class Filled:
    """What one of a note's two forms held when it was sent, to stand there again; `wrong` is why."""

    form: Literal["", "addend", "cosign"] = ""
    text: str = ""
    name: str = ""
    credentials: str = ""
    late: bool = False
    wrong: str = ""

    def made(self, added: Addendum) -> bool:
        """Say whether this was added of it."""
        signature = added.signature
        text = self.text or (workflow.CO_SIGNED if self.form == "cosign" else "")
        same_form = added.cosigns == (self.form == "cosign")
        return same_form and (text, self.name, self.credentials) == (added.text, signature.name, signature.credentials)


@router.get("/notes")
def listed(request: Request, client: str = "") -> Response:
    """List signed notes, the last first."""
    here = site(request)
    return here.page(request, "notes.html", notes=here.store.notes(client or None)[::-1], client=client)


@router.get("/notes/{key}")
def show(request: Request, key: str) -> Response:
    """Show one note with all that was added to it."""
    return _page(request, site(request), key)


@router.get("/notes/{key}/export")
def exported(request: Request, key: str, to: Literal["text", "docx", "pdf", "fhir", "json"] = "text") -> Response:
    """Hand a note on as a file; the audit chain holds it first."""
    here = site(request)
    content = workflow.export_note(here.store, key, export.Order(to=to), None)
    ending = {"text": "txt", "fhir": "fhir.json"}.get(to, to)
    named = f'attachment; filename="note-{key[:8]}.{ending}"'
    return Response(content, media_type=TYPES[to], headers={"content-disposition": named})


@router.post("/notes/{key}/addend")
def addend(
    request: Request,
    key: str,
    words: Annotated[str, Form()],
    text: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    credentials: Annotated[str, Form()] = "",
    late: Annotated[str, Form()] = "",
    seen: Annotated[str, Form()] = "",
) -> Response:
    """Add signed words to a note; the note itself stays as it was."""
    filled = Filled("addend", _lines(text), name.strip(), credentials.strip(), bool(late))
    return _added(request, key, filled, lock.proves(request, words), seen)


@router.post("/notes/{key}/cosign")
def cosign(
    request: Request,
    key: str,
    words: Annotated[str, Form()],
    comment: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    credentials: Annotated[str, Form()] = "",
    seen: Annotated[str, Form()] = "",
) -> Response:
    """Add the supervisor's signature and comment; the note itself stays as it was."""
    filled = Filled("cosign", _lines(comment), name.strip(), credentials.strip())
    return _added(request, key, filled, lock.proves(request, words, "supervisor"), seen)


def _added(request: Request, key: str, filled: Filled, wrong: str, seen: str) -> Response:
    """Add what a form holds; where it is `wrong`, or something was added since the page was shown, show it again."""
    here = site(request)
    signed = (filled.text, filled.name, filled.credentials)
    if wrong:
        return _page(request, here, key, replace(filled, wrong=wrong), 403)
    if not (filled.name and filled.credentials):
        return _page(request, here, key, replace(filled, wrong=UNNAMED), 422)
    with request.app.state.adding:  # a form that was sent twice, at once
        before = here.store.addenda(here.store.note(key).digest)
        if seen != str(len(before)):
            same = bool(before) and filled.made(before[-1])
            return _shown(key) if same else _page(request, here, key, replace(filled, wrong=MEANWHILE), 409)
        try:
            if filled.form == "cosign":
                workflow.cosign(here.store, key, *signed)
            else:
                workflow.addend(here.store, key, *signed, filled.late)
        except EvenfallError as error:
            return _page(request, here, key, replace(filled, wrong=f"{error.what} {error.next_step}"), 422)
    return _shown(key)


def _shown(key: str) -> Response:
    return RedirectResponse(f"/notes/{key}", 303)


def _lines(text: str) -> str:
    return text.strip().replace("\r\n", "\n")


def _page(request: Request, here: Site, key: str, filled: Filled = Filled(), status: int = 200) -> Response:
    """Show a note, with what a form held that was not added."""
    note = here.store.note(key)
    addenda = here.store.addenda(note.digest)
    values = {
        "note": note,
        "addenda": addenda,
        "seen": len(addenda),
        "changes": changes.as_signed(note),
        "counts": changes.counted(note),
        "co_signed": workflow.CO_SIGNED,
        "may_cosign": here.store.may_cosign(),
        "addend": filled if filled.form == "addend" else Filled(),
        "cosign": filled if filled.form == "cosign" else Filled(),
    }
    return here.page(request, "note.html", status=status, **values)
