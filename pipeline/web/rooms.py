"""Each member's page of a practice: an application for itself over a `Store` for itself, opened by that member's login.

The server's row-level security binds it so; no two members share a connection, a key, a queue or a session.
"""

import gc
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

from fastapi import FastAPI

from .. import workflow
from ..config import Settings
from ..errors import Refused, StoreFault
from ..store import Store
from ..store.audit import AuditChain
from ..store.clinic import Joined, join, members
from ..store.clinic.address import read_address
from ..store.clinic.members import MemberRole, PracticeKeys
from ..store.keys import Ask, StoreKey
from ..store.sidecar import make_home
from ..store.store import now
from ..types import Role
from . import accounts
from .gate import Sessions
from .server import build

LONGEST: Final = 63  # bytes of a login that PostgreSQL keeps whole
# Who is a supervisor reads and co-signs; who is an administrator has no page of the table, see `accounts`.
ROLES: Final[dict[MemberRole, Role]] = {
    "clinician": "clinician",
    "supervisor": "supervisor",
    "administrator": "clinician",
}


@dataclass(frozen=True)
class Place:
    """Where the page is and to whom: at `host` and `port`, `shared` with whoever reaches it, or by its link alone."""

    record: str
    settings: Settings
    port: int
    host: str
    shared: bool = False

    @property
    def starter(self) -> str | None:
        """Whose login the record's address has: who starts the page."""
        return read_address(self.record).username


@dataclass
class Room:
    """One member's page; `tokens` are those of the browsers that the member is signed in with."""

    joined: Joined
    role: MemberRole
    store: Store
    app: FastAPI
    sessions: Sessions
    tokens: set[str] = field(default_factory=set)

    @property
    def busy(self) -> bool:
        """Whether recordings of the member are still being drafted."""
        return bool(self.app.state.jobs.busy)

    def end(self, token: str) -> None:
        """End one browser's session, and close what it had open."""
        self.tokens.discard(token)
        self.app.state.drawers.close(token)
        self.sessions.end(token)

    def close(self) -> None:
        """Close the recordings being made, which stay sealed, and the store."""
        spools = self.app.state.microphones.open
        while spools:
            spools.popitem()[1].close()
        self.app.state.jobs.stop()
        self.store.close()


@dataclass
class Rooms:
    """Everybody's page: from the sign-in until the last browser of that member is let out and nothing is in progress.

    Then its store is closed, and the key is in memory no more. Tokens are held as they are: the store's key, which is
    worth more, lies beside them.
    """

    place: Place
    _rooms: dict[str, Room] = field(default_factory=dict)
    _guard: threading.RLock = field(default_factory=threading.RLock)

    def find(self, token: str) -> Room | None:
        """Return the page that a token opens; it waits for nobody who signs in meanwhile."""
        return next((room for room in tuple(self._rooms.values()) if token in room.tokens), None)

    def holds(self, token: str) -> bool:
        """Say whether a browser is signed in, and goes on in another tab; it is no sign of life."""
        room = self.find(token)
        return room is not None and room.sessions.holds(token, passive=True)

    def sign_in(self, login: str, words: str) -> str:
        """Open the record as this member and return the token of a new session.

        Raises:
            EvenfallError: the name is no member's here, or the passphrase not theirs; it does not say which.
        """
        if not 0 < len(login.encode()) <= LONGEST or not login.isprintable():
            raise Refused("That is no name of a login.", "Try again.")
        home = home_of(self.place, login)
        joined = join(address_of(self.place, login), home, words, None)
        try:
            make_home(home)  # only now: what was typed may be a passphrase, and the folder is named by its digest
        except StoreFault:
            joined.database.close()
            raise
        with self._guard:
            room = self._room(joined, home)
            room.store.record("sign in")
            token = room.sessions.begin(ROLES[room.role])
            room.tokens.add(token)
        return token

    def leave(self, token: str, why: str) -> None:
        """End a session, say why on the chain, and drop its member's store and key where nothing needs them."""
        with self._guard:
            room = self.find(token)
            if room is None:
                return
            room.end(token)
        with suppress(StoreFault):  # a server that does not answer keeps nobody signed in
            room.store.record(why)
        self._drop_empty()

    def sweep(self) -> None:
        """Let those out who are silent for too long, and drop what is done."""
        with self._guard:
            gone = [
                token
                for room in self._rooms.values()
                for token in tuple(room.tokens)
                if not room.sessions.holds(token, passive=True)
            ]
        for token in gone:
            self.leave(token, "signed out: nobody was there")
        self._drop_empty()

    def close(self) -> None:
        """Let everybody out; a recording whose draft is not done waits, sealed, as after any stop."""
        with self._guard:
            while self._rooms:
                self._rooms.popitem()[1].close()

    def _drop_empty(self) -> None:
        with self._guard:
            empty = [login for login, room in self._rooms.items() if not room.tokens and not room.busy]
            for login in empty:
                self._rooms.pop(login).close()
        if empty:
            gc.collect()  # an application holds itself in circles; its store's key should not wait there

    def _room(self, joined: Joined, home: Path) -> Room:
        """Return the member's page: the one that is open, or a new one if there is none, or of another role."""
        with joined.database.reading() as connection:
            role = members.member(connection, joined.login).role
        known = self._rooms.get(joined.login)
        if known is not None and known.role == role:
            joined.database.close()
            return known
        if known is not None:
            self._rooms.pop(joined.login).close()
        settings = self.place.settings.model_copy(update={"home": home, "passphrase": None, "store": None})
        made = _made(joined, role, settings, self.place)
        self._rooms[joined.login] = made
        return made


def _made(joined: Joined, role: MemberRole, settings: Settings, place: Place) -> Room:
    store = store_of(joined, joined.keys.own)
    if role == "administrator":
        app, sessions = build(store, settings, place.port, place.host, accounts.routers)
        accounts.furnish(app, joined.database)
    else:
        store.watch_clock()
        store.use_settings(settings)
        workflow.finish_purges(store)
        app, sessions = build(store, settings, place.port, place.host)
    app.state.site.templates.env.globals["member"] = joined.login
    return Room(joined, role, store, app, sessions)


def store_of(joined: Joined, key: StoreKey) -> Store:
    """Return the record as one login has it."""
    chain = AuditChain(joined.keys.audit.derive("audit"), joined.login, now)
    return Store(joined.database, key, chain, joined.way)


def porter(address: str, home: Path, passphrase: str | None, ask: Ask | None) -> Store:
    """Open the record for its chain alone, by whoever starts the page: the key to what clients said is not kept.

    Raises:
        Refused, StoreFault, KeyMissing, WrongPassphrase: it does not open, see `join`.
    """
    make_home(home)
    joined = join(address, home, passphrase, ask)
    audit = PracticeKeys(None, joined.keys.audit)
    with joined.database.reading() as connection:
        practice = members.practice_row(connection).id
    joined.database.unseal(audit.seals(practice))
    return store_of(joined, audit.own)


def address_of(place: Place, login: str) -> str:
    """Return the record's address for another login; its password is asked of libpq's own file (~/.pgpass)."""
    if login == place.starter:
        return place.record
    other = read_address(place.record)._replace(username=login, password=None)
    return other.render_as_string(hide_password=False)


def home_of(place: Place, login: str) -> Path:
    """Return the folder of a member's sealed recordings and own files; the one whose the address is has the record's.

    A login's letters make no path: the folder's name is a digest.
    """
    home = place.settings.home
    return home if login == place.starter else home / "members" / sha256(login.encode()).hexdigest()[:16]
