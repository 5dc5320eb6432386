"""Signed notes: read, export, add to."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from .. import export, workflow
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
    text: Annotated[str, Form()],
    name: Annotated[str, Form()],
    credentials: Annotated[str, Form()],
    words: Annotated[str, Form()],
    late: Annotated[str, Form()] = "",
) -> Response:
    """Add signed words to a note; the note itself stays as it was."""
    here = site(request)
    if wrong := lock.proves(request, words):
        return _page(request, here, key, wrong=wrong, typed=text)
    workflow.addend(here.store, key, text, name.strip(), credentials.strip(), bool(late))
    return RedirectResponse(f"/notes/{key}", 303)


@router.post("/notes/{key}/cosign")
def cosign(
    request: Request,
    key: str,
    name: Annotated[str, Form()],
    credentials: Annotated[str, Form()],
    words: Annotated[str, Form()],
    comment: Annotated[str, Form()] = "",
) -> Response:
    """Add the supervisor's signature and comment; the note itself stays as it was."""
    here = site(request)
    if wrong := lock.proves(request, words, "supervisor"):
        return _page(request, here, key, wrong=wrong, comment=comment)
    workflow.cosign(here.store, key, comment, name.strip(), credentials.strip())
    return RedirectResponse(f"/notes/{key}", 303)


def _page(
    request: Request, here: Site, key: str, wrong: str = "", typed: str = "", comment: str | None = None
) -> Response:
    """Show a note; where a co-signature was wrong its `comment` stands in its form again, "" if there was none."""
    note = here.store.note(key)
    values = {
        "note": note,
        "addenda": here.store.addenda(note.digest),
        "changes": changes.as_signed(note),
        "counts": changes.counted(note),
        "co_signed": workflow.CO_SIGNED,
        "may_cosign": here.store.may_cosign(),
        "wrong": wrong,
        "typed": typed,
        "comment": comment,
    }
    return here.page(request, "note.html", status=403 if wrong else 200, **values)
