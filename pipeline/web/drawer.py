"""Process notes: a place of the page with a passphrase of its own, closed again when nobody is there.

The client's reference stands in no address: what a browser keeps of the pages it showed says nothing of whose notes.
"""

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from ..drawer import Drawer
from ..drawer.misplaced import misplaced
from ..drawer.note import ProcessNote, Unfinished
from ..errors import EvenfallError, Refused, WrongPassphrase
from ..types import Seconds
from .app import site
from .gate import token_of
from .lock import Tries, opens_record

router = APIRouter()
PLACE = "/process-notes"

Text = Annotated[str, Form()]


@dataclass
class Held:
    """A drawer that one browser's session has opened, and whose notes it looks at, "" for nobody's.

    `seen` is the last sign of life by the clock on the wall: the timer stands still while the computer sleeps.
    """

    drawer: Drawer
    timer: threading.Timer
    seen: float
    client: str = ""


@dataclass
class Unlocked:
    """The drawers that are open, by the digest of the session's token; each goes `idle` after the last sign of life."""

    idle: Seconds
    tries: Tries = field(default_factory=Tries)
    wall: Callable[[], float] = time.time
    _held: dict[str, Held] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def hold(self, token: str, drawer: Drawer, client: str = "") -> None:
        """Hold a drawer open for a session, from now on for the whole idle time."""
        timer = threading.Timer(self.idle, self.close, (token,))
        timer.daemon = True
        self.close(token)
        with self._guard:
            self._held[_name(token)] = Held(drawer, timer, self.wall(), client)
        timer.start()

    def find(self, token: str) -> Held | None:
        """Return what a session has open; to ask for it is a sign of life."""
        with self._guard:
            held = self._held.get(_name(token))
        if held is None:
            return None
        if self.wall() - held.seen > self.idle:
            self.close(token)
            return None
        self.hold(token, held.drawer, held.client)
        return held

    def close(self, token: str) -> None:
        """Close a session's drawer: its key is forgotten."""
        with self._guard:
            held = self._held.pop(_name(token), None)
        if held is not None:
            held.timer.cancel()


@dataclass(frozen=True)
class Sight:
    """One note as the page shows it, with what is asked of it."""

    note: ProcessNote
    questions: tuple[str, ...]


@router.get(PLACE)
def show(request: Request) -> Response:
    """Show one client's notes, or list the clients; or ask for the passphrase."""
    held = unlocked(request).find(token_of(request.headers))
    if held is None:
        return _closed(request)
    drawer = held.drawer
    if not held.client:
        return _page(request, "process_clients.html", clients=drawer.clients(), typed=drawer.typed())
    notes = tuple(Sight(note, _questions(note)) for note in reversed(drawer.notes(held.client)))
    typing = drawer.typing(held.client)
    values = {"client": held.client, "notes": notes, "today": date.today()}
    return _page(request, "process_notes.html", typing=typing, **values)


@router.post(PLACE)
def write(request: Request, client: Text, day: Annotated[date, Form()], text: Text = "") -> Response:
    """Keep a new note."""
    note = _drawer(request).write(client, day, text)
    return _to(f"{PLACE}#n{note.digest[:12]}")


@router.post(f"{PLACE}/make")
def make(request: Request, words: Text, again: Text) -> Response:
    """Make the drawer, with a passphrase that opens nothing else."""
    here = site(request)
    try:
        if Drawer.exists(here.settings.home):  # before the words are tried: the answer would tell a guess
            raise Refused("There are process notes already.", "Open them with their own passphrase.")
        if words != again:
            raise Refused("The two are not the same.", "Type it once more.")
        if opens_record(request, words):
            raise Refused("These words open the record.", "The process notes need a passphrase of their own.")
        drawer = Drawer.make(here.settings.home, words, actor=here.store.actor)
    except EvenfallError as error:
        return _closed(request, f"{error.what} {error.next_step}")
    unlocked(request).hold(token_of(request.headers), drawer)
    return _to(PLACE)


@router.post(f"{PLACE}/open")
def unlock(request: Request, words: Text) -> Response:
    """Open the drawer with its own passphrase; wrong tries are on the record's chain, for the drawer's is closed."""
    here, tries = site(request), unlocked(request).tries
    with tries.one_at_a_time:
        if tries.waits():
            return _closed(request, "Too many wrong tries. Wait half a minute.")
        try:
            drawer = Drawer.open(here.settings.home, words, actor=here.store.actor)
        except WrongPassphrase as error:
            tries.count(False)
            here.store.record("refused: wrong passphrase of the process notes")
            return _closed(request, f"{error.what} {error.next_step}")
        tries.count(True)
    unlocked(request).hold(token_of(request.headers), drawer)
    return _to(PLACE)


@router.post(f"{PLACE}/close")
def close(request: Request) -> Response:
    """Close it at once."""
    unlocked(request).close(token_of(request.headers))
    return _to(PLACE)


@router.post(f"{PLACE}/awake")
def awake(request: Request) -> Response:
    """Take it that somebody is there, who reads or types."""
    _drawer(request)
    return Response(status_code=204)


@router.post(f"{PLACE}/client")
def choose(request: Request, client: Text = "") -> Response:
    """Look at one client's notes, or with none at the list of clients."""
    token = token_of(request.headers)
    unlocked(request).hold(token, _drawer(request), client.strip())
    return _to(PLACE)


@router.post(f"{PLACE}/typing")
def keep_typing(
    request: Request, client: Text, day: Annotated[date, Form()], text: Text = "", of: Text = "", seen: Text = ""
) -> Response:
    """Keep what is being typed, sealed; nothing where there are no words."""
    drawer = _drawer(request)
    if not text.strip():
        drawer.forget_typing(client, of)
        return JSONResponse({"seen": ""})
    typing = Unfinished(client=client, of=of, day=day, text=text.replace("\r\n", "\n"))
    drawer.keep_typing(typing, seen)
    return JSONResponse({"seen": typing.digest})


@router.get(PLACE + "/{key}")
def edit(request: Request, key: str) -> Response:
    """Show one note to be changed, or to be deleted."""
    held = unlocked(request).find(token_of(request.headers))
    if held is None:
        return _closed(request)
    note = held.drawer.note(key)
    typing = held.drawer.typing(note.client, note.digest)
    return _page(request, "process_note.html", typing=typing, note=note, questions=_questions(note))


@router.post(PLACE + "/{key}")
def change(request: Request, key: str, day: Annotated[date, Form()], text: Text = "") -> Response:
    """Put new words in the place of a note's; the earlier ones are deleted."""
    note = _drawer(request).change(key, day, text)
    return _to(f"{PLACE}#n{note.digest[:12]}")


@router.post(PLACE + "/{key}/delete")
def delete(request: Request, key: str) -> Response:
    """Delete a note for good."""
    _drawer(request).delete(key)
    return _to(PLACE)


def unlocked(request: Request) -> Unlocked:
    """Return the drawers that are open."""
    found: Unlocked = request.app.state.drawers
    return found


def _drawer(request: Request) -> Drawer:
    held = unlocked(request).find(token_of(request.headers))
    if held is None:
        raise Refused("The process notes are closed.", "Open them again: what was kept as you typed is there.")
    return held.drawer


def _closed(request: Request, wrong: str = "") -> Response:
    here = site(request)
    there = Drawer.exists(here.settings.home)
    return here.page(request, "process_locked.html", 403 if wrong else 200, wrong=wrong, there=there)


def _page(request: Request, name: str, typing: Unfinished | None = None, **values: Any) -> Response:
    closes, seen = unlocked(request).idle, typing.digest if typing else ""
    return site(request).page(request, name, closes=closes, typing=typing, seen=seen, **values)


def _questions(note: ProcessNote) -> tuple[str, ...]:
    return tuple(one.question for one in misplaced(note.text))


def _to(where: str) -> Response:
    return RedirectResponse(where, 303)


def _name(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
